/* SPDX-License-Identifier: MIT */
#include "render/exact.h"

#include <string.h>

/* A filter pair and its delays: what a direction comes to. */
typedef struct aim {
    float* taps[PINNA_EAR_COUNT];
    float delay_frames[PINNA_EAR_COUNT];
} aim;

struct pinna_exact_voice {
    const pinna_hrtf* hrtf;
    float* history;                   /* input, past then segment */
    float* delayed[PINNA_EAR_COUNT];  /* the same behind carry[ear], past then segment */
    pinna_delay carry[PINNA_EAR_COUNT]; /* the period's constant delay, PINNA_DELAY_LEAD less than the mean */
    pinna_delay_glide glide[PINNA_EAR_COUNT];
    pinna_shade shade;
    aim aims[2];
    int to;                           /* aims[to] is where the voice goes, the other where it comes from */
    pinna_motion motion;
    bool carry_is_new;                /* delayed must be made again from history */
    bool released;
    pinna_feed feed;
    uint32_t audible_frames;          /* until all that was fed has left the filters */
};

/* z, the filtered signal, is made this many frames beyond a segment's start so that the glide can read back. */
enum { GLIDE_PAST = PINNA_DELAY_TAPS - 1 };

static size_t delayed_past(const pinna_path_config* config)
{
    return config->max_tap_count - 1 + GLIDE_PAST;
}

static size_t history_past(const pinna_path_config* config)
{
    return delayed_past(config) + config->max_delay_frames + PINNA_DELAY_MAX_TAPS;
}


static void place_voice(pinna_exact_voice* voice, pinna_arena* arena, const pinna_path_config* config)
{
    pinna_exact_voice local = {0};
    local.history = pinna_arena_take(arena, history_past(config) + config->ramp_frames, sizeof(float));
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        local.delayed[ear] = pinna_arena_take(arena, delayed_past(config) + config->ramp_frames, sizeof(float));
        for (int i = 0; i < 2; i++)
            local.aims[i].taps[ear] = pinna_arena_take(arena, config->max_tap_count, sizeof(float));
    }
    if (voice) *voice = local;
}

void pinna_exact_place(pinna_exact* exact, pinna_arena* arena, const pinna_path_config* config, uint32_t voice_count)
{
    *exact = (pinna_exact){.config = *config, .voice_count = voice_count};
    exact->voices = pinna_arena_take(arena, voice_count, sizeof *exact->voices);
    exact->free_voices = pinna_arena_take(arena, voice_count, sizeof *exact->free_voices);
    exact->used_voices = pinna_arena_take(arena, voice_count, sizeof *exact->used_voices);
    for (int i = 0; i < 4; i++)
        exact->work[i] = pinna_arena_take(arena, delayed_past(config) + config->ramp_frames + GLIDE_PAST, sizeof(float));
    for (uint32_t i = 0; i < voice_count; i++) place_voice(arena->base ? &exact->voices[i] : NULL, arena, config);
    if (!arena->base) return;
    for (uint32_t i = 0; i < voice_count; i++) exact->free_voices[i] = voice_count - 1 - i;
    exact->free_count = voice_count;
}

static void look_up(pinna_exact_voice* voice, const pinna_target* target, bool at_once)
{
    pinna_aim found;
    aim* to = &voice->aims[voice->to];
    pinna_hrtf_aim(voice->hrtf, target, &found);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        pinna_aim_taps(voice->hrtf, &found, ear, to->taps[ear]);
        to->delay_frames[ear] = found.delay_frames[ear];
    }
    pinna_shade_aim(&voice->shade, &found, at_once);
}

static void set_carry(const pinna_exact* exact, pinna_exact_voice* voice, const float mean_frames[PINNA_EAR_COUNT])
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        voice->carry[ear] = pinna_delay_fixed(exact->config.fine_delays, mean_frames[ear] - PINNA_DELAY_LEAD);
    voice->carry_is_new = true;
}

uint32_t pinna_exact_acquire(pinna_exact* exact, const pinna_hrtf* hrtf, const pinna_target* target)
{
    if (exact->free_count == 0) return PINNA_EXACT_NONE;
    uint32_t index = exact->free_voices[--exact->free_count];
    exact->used_voices[exact->used_count++] = index;
    pinna_exact_voice* voice = &exact->voices[index];
    memset(voice->history, 0, history_past(&exact->config) * sizeof(float));
    voice->hrtf = hrtf;
    voice->motion = PINNA_MOTION_NONE;
    voice->released = false;
    voice->feed = (pinna_feed){0};
    voice->audible_frames = 0;
    voice->shade = (pinna_shade){0};
    look_up(voice, target, true);
    set_carry(exact, voice, voice->aims[voice->to].delay_frames);
    return index;
}

void pinna_exact_aim(pinna_exact* exact, uint32_t index, const pinna_target* target, bool jump)
{
    pinna_exact_voice* voice = &exact->voices[index];
    const aim* from = &voice->aims[voice->to];
    aim* to = &voice->aims[voice->to ^= 1];
    look_up(voice, target, false);
    voice->motion = pinna_motion_between(from->delay_frames, to->delay_frames, jump);
    if (voice->motion == PINNA_MOTION_JUMP) {
        set_carry(exact, voice, to->delay_frames);
        return;
    }
    float mean[PINNA_EAR_COUNT];
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        float half = 0.5f * (to->delay_frames[ear] - from->delay_frames[ear]);
        mean[ear] = from->delay_frames[ear] + half;
        pinna_delay_glide_between(exact->config.delays, PINNA_DELAY_LEAD - half, PINNA_DELAY_LEAD + half,
                                  &voice->glide[ear]);
    }
    set_carry(exact, voice, mean);
}

void pinna_exact_begin_period(pinna_exact* exact)
{
    for (uint32_t i = 0; i < exact->used_count; i++) {
        pinna_exact_voice* voice = &exact->voices[exact->used_voices[i]];
        if (voice->motion == PINNA_MOTION_GLIDE) set_carry(exact, voice, voice->aims[voice->to].delay_frames);
        voice->motion = PINNA_MOTION_NONE;
        pinna_shade_settle(&voice->shade);
    }
}

void pinna_exact_feed(pinna_exact* exact, uint32_t voice, pinna_feed feed)
{
    exact->voices[voice].feed = feed;
}

void pinna_exact_release(pinna_exact* exact, uint32_t voice)
{
    exact->voices[voice].released = true;
}

bool pinna_exact_is_silent(const pinna_exact* exact, uint32_t voice)
{
    return exact->voices[voice].audible_frames == 0;
}

const pinna_hrtf* pinna_exact_hrtf(const pinna_exact* exact, uint32_t voice)
{
    return exact->voices[voice].hrtf;
}

/* Runs the input through a constant delay: delayed[first..past + frames). */
static void carry(const pinna_exact* exact, const pinna_exact_voice* voice, const pinna_delay* delay, float* delayed,
                  size_t first, size_t frame_count)
{
    size_t past = delayed_past(&exact->config), history = history_past(&exact->config);
    const float* in = voice->history + history - past + first - delay->whole_frames;
    exact->config.kernels->fir(delayed + first, in, delay->taps, PINNA_DELAY_MAX_TAPS, past + frame_count - first);
}

static void update_delayed(const pinna_exact* exact, pinna_exact_voice* voice, size_t frame_count)
{
    size_t first = voice->carry_is_new ? 0 : delayed_past(&exact->config);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        carry(exact, voice, &voice->carry[ear], voice->delayed[ear], first, frame_count);
    voice->carry_is_new = false;
}

static void add_still(const pinna_exact* exact, const pinna_exact_voice* voice, int ear, float* out, size_t frame_count)
{
    const float* in = voice->delayed[ear] + delayed_past(&exact->config) - PINNA_DELAY_LEAD;
    exact->config.kernels->fir_add(out, in, voice->aims[voice->to].taps[ear], voice->hrtf->info.tap_count, frame_count);
}

/* The filters' crossfade is taken where the glide's filter looks, PINNA_DELAY_LEAD frames ahead of what it gives. */
static void add_gliding(const pinna_exact* exact, const pinna_exact_voice* voice, int ear, float* out,
                        pinna_segment segment)
{
    const pinna_kernels* k = exact->config.kernels;
    size_t count = segment.frame_count + GLIDE_PAST;
    float step = 1.0f / (float)exact->config.ramp_frames, *from = exact->work[0], *to = exact->work[1];
    float* mixed = exact->work[2];
    const float* in = voice->delayed[ear] + delayed_past(&exact->config) - GLIDE_PAST;
    k->fir_pair(from, to, in, voice->aims[voice->to ^ 1].taps[ear], voice->aims[voice->to].taps[ear],
                voice->hrtf->info.tap_count, count);
    float first = ((float)segment.phase + 1.0f + PINNA_DELAY_LEAD - GLIDE_PAST) * step;
    memset(mixed, 0, count * sizeof *mixed);
    k->crossfade_add(mixed, from, to, first, step, count);
    k->delay_glide(from, mixed + GLIDE_PAST, &voice->glide[ear], ((float)segment.phase + 1.0f) * step - 0.5f, step,
                   segment.frame_count);
    k->ramp_add(out, from, 1.0f, 0.0f, segment.frame_count);
}

static void add_jumping(const pinna_exact* exact, const pinna_exact_voice* voice, int ear, float* out,
                        pinna_segment segment)
{
    const pinna_kernels* k = exact->config.kernels;
    const aim* old = &voice->aims[voice->to ^ 1];
    size_t past = delayed_past(&exact->config), taps = voice->hrtf->info.tap_count;
    float step = 1.0f / (float)exact->config.ramp_frames, *from = exact->work[0], *to = exact->work[1];
    pinna_delay delay = pinna_delay_fixed(exact->config.fine_delays, old->delay_frames[ear] - PINNA_DELAY_LEAD);
    carry(exact, voice, &delay, exact->work[2], 0, segment.frame_count);
    k->fir(from, exact->work[2] + past - PINNA_DELAY_LEAD, old->taps[ear], taps, segment.frame_count);
    k->fir(to, voice->delayed[ear] + past - PINNA_DELAY_LEAD, voice->aims[voice->to].taps[ear], taps,
           segment.frame_count);
    k->crossfade_add(out, from, to, ((float)segment.phase + 1.0f) * step, step, segment.frame_count);
}

static void add_ear(const pinna_exact* exact, const pinna_exact_voice* voice, int ear, float* out, pinna_segment segment)
{
    switch (voice->motion) {
    case PINNA_MOTION_NONE: add_still(exact, voice, ear, out, segment.frame_count); break;
    case PINNA_MOTION_GLIDE: add_gliding(exact, voice, ear, out, segment); break;
    case PINNA_MOTION_JUMP: add_jumping(exact, voice, ear, out, segment); break;
    }
}

static void add_voice(const pinna_exact* exact, pinna_exact_voice* voice, pinna_segment segment,
                      float* const out[PINNA_EAR_COUNT])
{
    update_delayed(exact, voice, segment.frame_count);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        if (!voice->shade.on) {
            add_ear(exact, voice, ear, out[ear], segment);
            continue;
        }
        float* alone = exact->work[3];
        memset(alone, 0, segment.frame_count * sizeof *alone);
        add_ear(exact, voice, ear, alone, segment);
        pinna_shade_run(&voice->shade, &exact->config, ear, alone, segment);
        exact->config.kernels->ramp_add(out[ear], alone, 1.0f, 0.0f, segment.frame_count);
    }
}

/* Takes the segment's input; false where there is nothing to hear. */
static bool take_input(const pinna_exact* exact, pinna_exact_voice* voice, uint32_t frame_count)
{
    uint32_t past = (uint32_t)history_past(&exact->config);
    float peak = pinna_feed_copy(exact->config.kernels, &voice->feed, voice->history + past, frame_count);
    voice->feed = (pinna_feed){0};
    if (peak > 0.0f) {
        voice->audible_frames = past + frame_count;
        return true;
    }
    return voice->audible_frames > 0;
}

static void shift(float* row, size_t past, size_t frame_count)
{
    memmove(row, row + frame_count, past * sizeof *row);
}

static void advance(const pinna_exact* exact, pinna_exact_voice* voice, uint32_t frame_count)
{
    shift(voice->history, history_past(&exact->config), frame_count);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) shift(voice->delayed[ear], delayed_past(&exact->config), frame_count);
    voice->audible_frames = voice->audible_frames > frame_count ? voice->audible_frames - frame_count : 0;
}

void pinna_exact_render(pinna_exact* exact, pinna_segment segment, float* const out[PINNA_EAR_COUNT])
{
    for (uint32_t i = 0; i < exact->used_count;) {
        uint32_t index = exact->used_voices[i];
        pinna_exact_voice* voice = &exact->voices[index];
        if (take_input(exact, voice, segment.frame_count)) {
            add_voice(exact, voice, segment, out);
            advance(exact, voice, segment.frame_count);
        }
        if (voice->released && voice->audible_frames == 0) {
            exact->free_voices[exact->free_count++] = index;
            exact->used_voices[i] = exact->used_voices[--exact->used_count];
        } else {
            i++;
        }
    }
}
