/* SPDX-License-Identifier: MIT */
#include "render/mixer.h"

#include "render/renderer.h"

#include <math.h>
#include <string.h>

#define TURN 6.28318530717958648
#define CENTRED_RAD 2e-4f /* a hundredth of a degree: the scene stands */

static float from_db(float db)
{
    return powf(10.0f, 0.05f * db);
}

/* Share of the way that a one-pole filter goes in a period; 0 s: never. */
static float share_of(const pinna_mixer* m, float time_constant_s)
{
    return time_constant_s > 0.0f ? (float)(1.0 - exp(-m->period_s / (double)time_constant_s)) : 0.0f;
}

static bool is_plain(const pinna_category_params* c)
{
    return c->gain_db == 0.0f && c->presence_db == 0.0f && c->compression == 0.0f && !c->near_field &&
           c->priority == 0 && c->air_absorption == 0.0f && c->extent_m == 0.0f;
}

static void make_ready(const pinna_mixer* m, const pinna_mix_params* params, pinna_mix* out)
{
    bool some_duck = false, some_are_ducked = false;
    *out = (pinna_mix){.params = *params};
    for (int c = 0; c < PINNA_CATEGORY_COUNT; c++) {
        const pinna_category_params* p = &params->categories[c];
        out->gain[c] = from_db(p->gain_db + (c == PINNA_CATEGORY_DIRECT ? 0.0f : params->gain_db));
        out->presence[c] = from_db(p->presence_db) - 1.0f;
        out->room[c] = p->room_db > -120.0f ? from_db(p->room_db) : 0.0f;
        some_duck = some_duck || p->ducks;
        some_are_ducked = some_are_ducked || p->duck_db > 0.0f;
    }
    out->ducks = some_duck && some_are_ducked;
    out->plain = !out->ducks && params->gain_db == 0.0f;
    for (int c = 0; c < PINNA_CATEGORY_DIRECT; c++) out->plain = out->plain && is_plain(&params->categories[c]);
    out->duck_attack = share_of(m, params->duck_attack_s);
    out->duck_release = share_of(m, params->duck_release_s);
    out->recentre = params->anchor == PINNA_ANCHOR_SCREEN ? share_of(m, params->recentre_s) : 0.0f;
    out->duck_energy = powf(10.0f, 0.1f * params->duck_threshold_db);
}

void pinna_mixer_place(pinna_mixer* m, pinna_arena* arena, uint32_t slot_count, uint32_t ramp_frames,
                       double sample_rate_hz)
{
    m->ramp_frames = ramp_frames;
    m->period_s = ramp_frames / sample_rate_hz;
    m->glide.done = m->glide.total = pinna_glide_periods(sample_rate_hz, ramp_frames);
    m->sources = pinna_arena_take(arena, slot_count, sizeof *m->sources);
    if (!arena->base) return;
    memset(m->sources, 0, slot_count * sizeof *m->sources);
    pinna_presence_init(&m->presence, sample_rate_hz);
    pinna_mailbox_init(&m->mailbox);
    pinna_mix_params params = pinna_mix_params_default();
    make_ready(m, &params, &m->snapshots[m->mailbox.reading]);
    m->mix = &m->snapshots[m->mailbox.reading];
    for (int c = 0; c < PINNA_CATEGORY_COUNT; c++) m->duck_from[c] = m->duck_to[c] = 1.0f;
    m->heard.orientation = m->heard.body = m->heard.head = pinna_quat_identity();
}

void pinna_mixer_set(pinna_mixer* m, const pinna_mix_params* params)
{
    make_ready(m, params, &m->snapshots[m->mailbox.writing]);
    pinna_mailbox_publish(&m->mailbox);
}

bool pinna_mixer_take(pinna_mixer* m)
{
    if (pinna_glide_runs(&m->glide)) return true;
    pinna_mix before = *m->mix;
    if (!pinna_mailbox_take(&m->mailbox)) return false;
    m->before = before;
    m->mix = &m->snapshots[m->mailbox.reading];
    pinna_glide_begin(&m->glide, m->period == 0);
    return true;
}

/* --- ducking --- */

/* All or nothing, held between sounds: a level that follows the cues' own would be heard as pumping. */
static void follow_cues(pinna_mixer* m)
{
    const pinna_mix_params* p = &m->mix->params;
    bool sounds = m->mix->ducks && m->duck_sum > (double)m->mix->duck_energy * m->ramp_frames;
    m->duck_hold_s = sounds ? (double)p->duck_hold_s + m->period_s : m->duck_hold_s - m->period_s;
    m->duck_sum = 0.0;
    float goal = m->mix->ducks && m->duck_hold_s > 0.0 ? 1.0f : 0.0f;
    m->duck_share += (goal - m->duck_share) * (goal > 0.0f ? m->mix->duck_attack : m->mix->duck_release);
    if (fabsf(goal - m->duck_share) < 1e-4f) m->duck_share = goal;
}

void pinna_mixer_begin_period(pinna_mixer* m)
{
    m->period++;
    pinna_glide_go_on(&m->glide);
    follow_cues(m);
    float share = pinna_glide_share(&m->glide);
    for (int c = 0; c < PINNA_CATEGORY_COUNT; c++) {
        float before_db = m->before.params.categories[c].duck_db, db = m->mix->params.categories[c].duck_db;
        db = m->duck_share * pinna_glide_between(before_db, db, share);
        m->duck_from[c] = m->duck_to[c];
        m->duck_to[c] = db > 0.0f ? from_db(-db) : 1.0f;
    }
    float direct =
        pinna_glide_between(m->before.gain[PINNA_CATEGORY_DIRECT], m->mix->gain[PINNA_CATEGORY_DIRECT], share);
    direct *= m->duck_to[PINNA_CATEGORY_DIRECT];
    m->direct_from = m->period == 1 ? direct : m->direct_to; /* what was set before the first period is there at once */
    m->direct_to = direct;
}

/* --- sources --- */

void pinna_mixer_start(pinna_mixer* m, uint32_t slot)
{
    m->sources[slot] = (pinna_mixed_source){.fresh = true, .since = m->glide.serial};
}

/* A part of what distance takes, in dB, is given back. */
static float decompressed(float distance_gain, float compression)
{
    return compression > 0.0f && distance_gain < 1.0f ? powf(fmaxf(distance_gain, 1e-6f), -compression) : 1.0f;
}

/* What a mix makes of a source. */
typedef struct effect {
    float gain, presence, room, extent_rad, nearness;
    float bands[PINNA_BAND_COUNT];
} effect;

static effect effect_on(const pinna_mix* mix, const pinna_source_params* params, const pinna_placement* place,
                        float distance_gain)
{
    const pinna_category_params* c = &mix->params.categories[params->category];
    effect e = {.presence = mix->presence[params->category], .extent_rad = place->target.extent_rad};
    e.gain = mix->gain[params->category] * decompressed(distance_gain, c->compression);
    e.room = e.gain * mix->room[params->category];
    e.nearness = place->target.near_field || c->near_field ? 1.0f : 0.0f;
    if (c->extent_m > params->extent_m) e.extent_rad = atan2f(c->extent_m, place->target.distance_m);
    memcpy(e.bands, place->bands, sizeof e.bands);
    if (c->air_absorption > params->air_absorption) {
        pinna_source_params air = *params;
        air.air_absorption = c->air_absorption;
        pinna_band_gains(&air, place->target.distance_m, e.bands);
    }
    return e;
}

static effect effect_between(const effect* from, const effect* to, float share)
{
    effect e = {.gain = pinna_glide_between(from->gain, to->gain, share),
                .presence = pinna_glide_between(from->presence, to->presence, share),
                .room = pinna_glide_between(from->room, to->room, share),
                .extent_rad = pinna_glide_between(from->extent_rad, to->extent_rad, share),
                .nearness = pinna_glide_between(from->nearness, to->nearness, share)};
    for (int b = 0; b < PINNA_BAND_COUNT; b++) e.bands[b] = pinna_glide_between(from->bands[b], to->bands[b], share);
    return e;
}

void pinna_mixer_aim(pinna_mixer* m, uint32_t slot, const pinna_source_params* params, pinna_placement* place)
{
    pinna_mixed_source* s = &m->sources[slot];
    float share = pinna_glide_share_since(&m->glide, s->since);
    place->distance_gain = pinna_distance_gain(params, place->target.distance_m);
    effect e = effect_on(m->mix, params, place, place->distance_gain);
    if (share < 1.0f) {
        effect before = effect_on(&m->before, params, place, place->distance_gain);
        e = effect_between(&before, &e, share);
    }
    s->came_from = s->fresh ? params->category : s->category;
    s->category = params->category;
    s->presence_from = s->fresh ? e.presence : s->presence_to;
    s->presence_to = e.presence;
    s->room = e.room;
    s->nearness = e.nearness;
    s->fresh = false;
    s->period = m->period;
    place->gain *= e.gain;
    place->target.extent_rad = e.extent_rad;
    place->target.near_field = e.nearness > 0.0f;
    memcpy(place->bands, e.bands, sizeof e.bands);
}

/* Half of the nearness is heard half of the way, in the logarithm of distance, to where there is none. */
void pinna_mixer_bring_near(const pinna_mixer* m, uint32_t slot, float far_m, pinna_placement* place)
{
    float nearness = m->sources[slot].nearness, distance_m = place->target.distance_m;
    if (nearness == 0.0f || nearness == 1.0f || distance_m >= far_m) return;
    place->target.distance_m = far_m * powf(fmaxf(distance_m, 1e-3f) / far_m, nearness);
}

/* Levels by the frame of the period, so that they are the same bits however the period is cut: the reverberator behind
   would make more of the last bit. */
static void turn_down(const pinna_mixer* m, float from, float to, const float* in, float* out, pinna_segment segment)
{
    float step = (to - from) / (float)m->ramp_frames;
    for (uint32_t n = 0; n < segment.frame_count; n++) out[n] = in[n] * (from + step * (float)(segment.phase + n + 1));
}

const float* pinna_mixer_run(pinna_mixer* m, const pinna_kernels* kernels, uint32_t slot, const float* samples,
                             float gain, pinna_segment segment, float* row)
{
    pinna_mixed_source* s = &m->sources[slot];
    pinna_category c = s->category;
    if (s->period != m->period) {
        s->presence_from = s->presence_to;
        s->came_from = s->category;
    }
    if (!samples) return NULL;
    if (m->mix->ducks && m->mix->params.categories[c].ducks) {
        double energy = (double)kernels->dot(samples, samples, segment.frame_count) * (double)gain * (double)gain;
        if (energy < 1e12) m->duck_sum += energy; /* false for what is not a number */
    }
    if (s->presence_from != 0.0f || s->presence_to != 0.0f) {
        float step = (s->presence_to - s->presence_from) / (float)m->ramp_frames;
        pinna_presence_process(&s->presence, &m->presence, samples, row, s->presence_from, step, segment.phase,
                               segment.frame_count);
        samples = row;
    }
    float duck_from = m->duck_from[s->came_from], duck_to = m->duck_to[c];
    if (duck_from == 1.0f && duck_to == 1.0f) return samples;
    turn_down(m, duck_from, duck_to, samples, row, segment);
    return row;
}

/* --- the listener --- */

static float yaw_of(pinna_quat q)
{
    return 2.0f * atan2f(q.z, q.w);
}

static float wrapped(float rad)
{
    return rad - (float)(TURN * floor((double)rad / TURN + 0.5));
}

/* The scene turned to the left by `centre_rad` is the head turned to the right. */
static pinna_listener_state seen(const pinna_mixer* m)
{
    pinna_listener_state out = m->heard;
    if (m->mix->params.anchor == PINNA_ANCHOR_HEAD) {
        out.orientation = out.body;
    } else if (m->centre_rad != 0.0f) {
        pinna_quat back = {cosf(0.5f * m->centre_rad), 0.0f, 0.0f, -sinf(0.5f * m->centre_rad)};
        out.orientation = pinna_quat_multiply(out.body, pinna_quat_multiply(back, out.head));
    }
    return out;
}

pinna_listener_state pinna_mixer_listen(pinna_mixer* m, const pinna_listener_state* listener)
{
    m->heard = *listener;
    return seen(m);
}

bool pinna_mixer_recentre(pinna_mixer* m, pinna_listener_state* out)
{
    bool follows = m->mix->recentre > 0.0f;
    float goal = follows ? yaw_of(m->heard.head) : 0.0f, off = wrapped(goal - m->centre_rad);
    if (!follows && m->centre_rad == 0.0f) return false;
    if (follows && fabsf(off) < CENTRED_RAD) return false;
    m->centre_rad = follows ? wrapped(m->centre_rad + m->mix->recentre * off) : 0.0f;
    *out = seen(m);
    return true;
}

/* --- the renderer's hooks --- */

void pinna_mix_start(pinna_renderer* r, uint32_t slot, const pinna_source_params* params, pinna_placement* place)
{
    pinna_mixer_start(&r->mixer, slot);
    pinna_space_start(&r->space, slot);
    pinna_mix_aim(r, slot, params, place, false);
}

void pinna_mix_aim(pinna_renderer* r, uint32_t slot, const pinna_source_params* params, pinna_placement* place,
                   bool jump)
{
    const pinna_hrtf* hrtf = r->banks[r->bank].hrtf;
    pinna_mixer_aim(&r->mixer, slot, params, place);
    pinna_space_aim(r, slot, params, place, jump);
    pinna_mixer_bring_near(&r->mixer, slot, hrtf->shells[hrtf->shell_count - 1].radius_m, place);
}

const float* pinna_mix_feed(pinna_renderer* r, uint32_t slot, const float* samples, pinna_segment segment)
{
    float* row = r->rows + (size_t)slot * r->config.ramp_frames;
    samples = pinna_mixer_run(&r->mixer, r->kernels, slot, samples, r->sources[slot].gain_to, segment, row);
    pinna_space_feed(r, slot, samples, segment);
    return samples;
}
