/* SPDX-License-Identifier: MIT */
#include "render/space.h"

#include "render/reflect.h"
#include "render/renderer.h"

#include <math.h>
#include <string.h>

#define NEAREST_M 0.1f
#define BANDS_S 0.012 /* time constant of what walls take, where they change */
#define RISE_S 0.04
#define LINE_GLIDE_FRAMES 1.5f

static uint32_t reflected_count(const pinna_renderer_config* config)
{
    if (!config->room) return 0;
    return config->max_reflected_count < config->max_source_count ? config->max_reflected_count
                                                                  : config->max_source_count;
}

uint32_t pinna_space_voice_count(const pinna_renderer_config* config)
{
    return reflected_count(config) * PINNA_ROOM_MAX_REFLECTIONS;
}

static pinna_convolver_config convolver_config(const pinna_renderer_config* config)
{
    pinna_convolver_config c = pinna_convolver_config_default();
    c.max_tap_count = config->max_room_tap_count;
    return c;
}

static void place_convolver(pinna_space* s, pinna_arena* arena, const pinna_renderer_config* config)
{
    if (config->max_room_tap_count == 0) return;
    pinna_convolver_config c = convolver_config(config);
    void* memory = pinna_arena_take(arena, pinna_convolver_size(&c), 1);
    if (memory) s->convolver = pinna_convolver_place(memory, &c);
}

static void place_reflectors(pinna_space* s, pinna_arena* arena, const pinna_renderer_config* config)
{
    double longest = PINNA_REFLECT_LAST_S * config->sample_rate_hz + 2 * PINNA_DELAY_TAPS;
    s->band_share = (float)(1.0 - exp(-(double)config->ramp_frames / (BANDS_S * config->sample_rate_hz)));
    s->rise_frames = (uint32_t)(RISE_S * config->sample_rate_hz);
    s->line_frames = ((uint32_t)(longest / config->ramp_frames) + 2) * config->ramp_frames;
    s->reflector_count = reflected_count(config);
    s->reflectors = pinna_arena_take(arena, s->reflector_count, sizeof *s->reflectors);
    s->free_reflectors = pinna_arena_take(arena, s->reflector_count, sizeof *s->free_reflectors);
    for (uint32_t i = 0; i < s->reflector_count; i++) {
        if (arena->base) s->reflectors[i] = (pinna_reflector){0};
        for (int order = 0; order < PINNA_SPACE_ORDERS; order++) {
            pinna_line line = {.frames = s->line_frames, .glide_frames = LINE_GLIDE_FRAMES};
            line.samples = pinna_arena_take(arena, pinna_line_floats(line.frames, config->ramp_frames), sizeof(float));
            if (arena->base) s->reflectors[i].lines[order] = line;
        }
        if (arena->base) s->free_reflectors[s->free_count++] = i;
    }
}

/* Its tuning comes with the first room. */
static void place_reverb(pinna_space* s, pinna_arena* arena, const pinna_renderer_config* config)
{
    static const pinna_reverb_tuning none;
    pinna_reverb_config c = {config->sample_rate_hz, 1, config->hrtf->kernels};
    s->reverb = pinna_reverb_place(arena, &c, &none, config->hrtf->ears);
}

void pinna_space_place(pinna_space* s, pinna_arena* arena, const pinna_renderer_config* config,
                       const pinna_path_config* path)
{
    if (!config->room) return;
    s->placed = true;
    s->sample_rate_hz = config->sample_rate_hz;
    s->path = *path;
    s->senders = pinna_arena_take(arena, config->max_source_count, sizeof *s->senders);
    float** rows[] = {&s->bus, &s->clean, &s->delayed, &s->tails[0], &s->tails[1]};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        *rows[i] = pinna_arena_take(arena, config->ramp_frames, sizeof(float));
    if (arena->base) {
        memset(s->senders, 0, config->max_source_count * sizeof *s->senders);
        s->params = pinna_room_params_default();
        pinna_mailbox_init(&s->mailbox);
        pinna_space_make(s, &s->snapshots[s->mailbox.reading]);
        s->room = &s->snapshots[s->mailbox.reading];
    }
    place_reflectors(s, arena, config);
    place_convolver(s, arena, config);
    place_reverb(s, arena, config);
}

void pinna_space_init(pinna_space* s, uint32_t fade_periods)
{
    s->fade_periods = s->glide.done = s->glide.total = fade_periods;
}

void pinna_space_release(pinna_space* s)
{
    pinna_convolver_destroy(s->convolver);
}

/* --- rooms, control side --- */

static void publish(pinna_space* s)
{
    s->serial++;
    pinna_space_make(s, &s->snapshots[s->mailbox.writing]);
    pinna_mailbox_publish(&s->mailbox);
}

void pinna_space_set_room(pinna_space* s, const pinna_room_params* params)
{
    s->params = *params;
    publish(s);
}

pinna_status pinna_space_set_response(pinna_space* s, pinna_response* response)
{
    if (!s->convolver) return PINNA_ERROR_UNSUPPORTED;
    if (response) {
        pinna_status status = pinna_convolver_set_response(s->convolver, response);
        if (status) return status;
    }
    /* One that is no longer sent anything rings out; it is held until another takes its place. */
    s->has_response = response != NULL;
    if (response) s->response_power = pinna_space_power_of(response, s->sample_rate_hz);
    publish(s);
    return PINNA_OK;
}

/* --- audio side --- */

bool pinna_space_take(pinna_space* s)
{
    if (!s->placed) return false;
    if (pinna_glide_runs(&s->glide)) return true;
    pinna_space_levels before = s->room->levels;
    if (!pinna_mailbox_take(&s->mailbox)) return false;
    s->before = before;
    s->room = &s->snapshots[s->mailbox.reading];
    pinna_glide_begin(&s->glide, s->period == 0);
    s->response_runs = s->response_runs || s->room->has_response;
    if (!s->room->on || s->room->has_response) return true;
    pinna_reverb_set_tuning(s->reverb, &s->room->tuning);
    s->model_runs = true;
    return true;
}

void pinna_space_use(pinna_space* s, const pinna_hrtf* hrtf)
{
    if (s->placed) pinna_reverb_set_ears(s->reverb, hrtf->ears);
}

void pinna_space_begin_period(pinna_space* s)
{
    if (!s->placed) return;
    float goal = s->room->has_response ? 1.0f : 0.0f, step = 1.0f / (float)s->fade_periods;
    s->share_from = s->share_to;
    s->share_to = fminf(fmaxf(goal, s->share_to - step), s->share_to + step);
    if (s->period == 0) s->share_from = s->share_to = goal; /* what was set before the first period is there at once */
    s->line_position += s->path.ramp_frames;
    if (s->line_position == s->line_frames) s->line_position = 0;
    s->period++;
    pinna_glide_go_on(&s->glide);
}

void pinna_space_start(pinna_space* s, uint32_t slot)
{
    if (s->placed) s->senders[slot] = (pinna_sender){.fresh = true, .since = s->glide.serial};
}

/* What a source of this gain, level and distance sends: the room's part does not fall with distance as the direct sound
   does, or not as much. */
static float level_sent(const pinna_space_levels* room, const pinna_source_params* params, const pinna_placement* place)
{
    if (room->send == 0.0f || params->bypass) return 0.0f;
    float distance_m = fminf(fmaxf(place->target.distance_m, NEAREST_M), room->farthest_m);
    return room->send * room->loudness * params->gain * place->distance_gain * powf(distance_m, room->falloff);
}

void pinna_space_aim(pinna_renderer* r, uint32_t slot, const pinna_source_params* params, pinna_placement* place,
                     bool jump)
{
    pinna_space* s = &r->space;
    if (!s->placed) return;
    pinna_sender* sender = &s->senders[slot];
    const pinna_space_levels* room = &s->room->levels;
    float level = level_sent(room, params, place), loudness = room->loudness;
    float share = pinna_glide_share_since(&s->glide, sender->since);
    if (share < 1.0f) {
        level = pinna_glide_between(level_sent(&s->before, params, place), level, share);
        loudness = pinna_glide_between(s->before.loudness, loudness, share);
    }
    level *= r->mixer.sources[slot].room;
    place->gain *= loudness;
    sender->from = sender->fresh ? level : sender->to;
    sender->to = level;
    sender->period = s->period;
    pinna_reflect_aim(r, slot, &place->target, jump);
    sender->fresh = false;
}

void pinna_space_feed(pinna_renderer* r, uint32_t slot, const float* samples, pinna_segment segment)
{
    pinna_space* s = &r->space;
    if (!s->placed) return;
    pinna_sender* sender = &s->senders[slot];
    if (sender->period != s->period) sender->from = sender->to;
    bool sends = sender->from != 0.0f || sender->to != 0.0f;
    if (!sends && !sender->reflector1) return;
    float step = (sender->to - sender->from) / (float)s->path.ramp_frames;
    bool sounds = samples && r->kernels->ramp_copy(s->clean, samples, 1.0f, 0.0f, segment.frame_count) > 0.0f;
    if (sounds && sends) {
        /* By the frame of the period: the same bits however it is cut, see mixer.c. */
        for (uint32_t n = 0; n < segment.frame_count; n++)
            s->bus[n] += s->clean[n] * (sender->from + step * (float)(segment.phase + n + 1));
        s->bus_sounds = true;
    }
    if (!sounds) memset(s->clean, 0, segment.frame_count * sizeof *s->clean);
    if (sender->reflector1) pinna_reflect_feed(r, slot, sounds, segment);
}

bool pinna_space_is_silent(const pinna_space* s, uint32_t slot)
{
    if (!s->placed || !s->senders[slot].reflector1) return true;
    return !pinna_reflector_sounds(&s->reflectors[s->senders[slot].reflector1 - 1]);
}

void pinna_space_stop(pinna_renderer* r, uint32_t slot)
{
    if (r->space.placed) pinna_reflect_release(r, slot);
}

void pinna_space_begin_segment(pinna_space* s, pinna_segment segment)
{
    if (!s->placed) return;
    memset(s->bus, 0, segment.frame_count * sizeof *s->bus);
    s->bus_sounds = false;
}

/* The bus's part for one of the two that make tails, at a share that goes from one level to another. */
static const float* shared(pinna_space* s, float from, float to, pinna_segment segment)
{
    if (!s->bus_sounds || (from == 0.0f && to == 0.0f)) return NULL;
    if (from == 1.0f && to == 1.0f) return s->bus;
    float step = (to - from) / (float)s->path.ramp_frames;
    for (uint32_t n = 0; n < segment.frame_count; n++)
        s->clean[n] = s->bus[n] * (from + step * (float)(segment.phase + n + 1));
    return s->clean;
}

static void add_tails(pinna_space* s, uint32_t frame_count, float* const out[PINNA_EAR_COUNT])
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        s->path.kernels->ramp_add(out[ear], s->tails[ear], 1.0f, 0.0f, frame_count);
}

void pinna_space_end_segment(pinna_space* s, pinna_segment segment, float* const out[PINNA_EAR_COUNT])
{
    if (!s->placed) return;
    if (s->model_runs) {
        const float* model = shared(s, 1.0f - s->share_from, 1.0f - s->share_to, segment);
        pinna_reverb_process(s->reverb, &model, s->tails[PINNA_LEFT], s->tails[PINNA_RIGHT], segment.frame_count);
        add_tails(s, segment.frame_count, out);
    }
    if (!s->convolver || !s->response_runs) return;
    const float* response = shared(s, s->share_from, s->share_to, segment);
    pinna_convolver_process(s->convolver, &response, s->tails, segment.frame_count);
    add_tails(s, segment.frame_count, out);
}
