/* SPDX-License-Identifier: MIT */
#include "render/exact.h"

#include <string.h>

/* So far a delay glides within a period; its filters are made for one whole number of frames in front. */
#define MAX_GLIDE_FRAMES 4.0

enum {
    DELAY_TAPS = PINNA_DELAY_MAX_TAPS,
    /* The delay's filter comes last. It reads this many frames of the filtered signal before those it gives. */
    DELAY_PAST = DELAY_TAPS - 1,
    FILTERED_PAST = 32, /* So many, that is; whole vectors are filtered at the least cost. */
    WRAPPED_FRAMES = 2 * FILTERED_PAST,
    WRAPPED_TAP = PINNA_WINDOW - FILTERED_PAST,
    NO_WHOLE = -1,
    /* Shorter filters cost less than the transforms that would replace them. */
    WINDOW_MIN_TAPS = 100,
    /* A voice that rests so many windows has its delays joined to its filters: not doing so has cost as much by then.
     */
    RESTED = 10
};

/** What an aim's spectra are of. */
typedef enum spectra { SPECTRA_NONE, SPECTRA_TAPS, SPECTRA_JOINED } spectra;

/** How far a segment has come before the ears are rendered. */
typedef enum stage { STAGE_RAW, STAGE_FILTERED, STAGE_DELAYED } stage;

/* A delay's way through a period, or a part of it that one gliding filter follows. */
typedef struct glide {
    uint32_t begin, end; /* frames of the period */
    float middle;        /* delay behind the whole one */
    float taps[3][DELAY_TAPS];
} glide;

/* A filter pair and its delays: what a direction comes to. */
typedef struct aim {
    float* taps[PINNA_EAR_COUNT]; /* up to whole windows, with zeros */
    float* spectra;               /* of both ears' taps, or of these and the delays as well */
    spectra spectra_of;
    bool has_taps;
    pinna_blend blend; /* where there are no taps yet: whose */
    double delay_frames[PINNA_EAR_COUNT];
} aim;

struct pinna_exact_voice {
    const pinna_hrtf* hrtf;
    uint32_t triangle; /* the last on the grid */
    float* history;    /* input: past, then the segment at now, then room for more before the past moves back */
    size_t now;
    aim aims[2];
    int to;            /* aims[to] is where the voice goes, the other where it comes from */
    /* The input through either aim's filter, past then segment, and the whole delay in front for which its past is. */
    float* filtered[2][PINNA_EAR_COUNT];
    int32_t filtered_whole[2][PINNA_EAR_COUNT];
    uint32_t whole_frames[PINNA_EAR_COUNT];
    pinna_window_ring ring; /* of the input, for these whole delays in front: */
    uint32_t ring_whole[PINNA_EAR_COUNT];
    uint32_t rested_windows;                  /* since it came where it is */
    bool delays_held;                         /* whole_frames and delay are those of where the voice is */
    float delay[PINNA_EAR_COUNT][DELAY_TAPS]; /* of a delay that stands still, or jumps to */
    glide glides[PINNA_EAR_COUNT];            /* the first, and mostly only, part of a delay's way */
    pinna_shade shade;
    pinna_motion motion;
    bool released;
    pinna_feed feed;
    uint32_t audible_frames; /* until all that was fed has left the filters */
};

static uint32_t joined_count(uint32_t tap_count)
{
    return pinna_window_count(tap_count + DELAY_PAST);
}

static size_t history_past(const pinna_path_config* config)
{
    return joined_count(config->max_tap_count) * PINNA_WINDOW + FILTERED_PAST + config->max_delay_frames;
}

static size_t history_length(const pinna_path_config* config)
{
    return 2 * history_past(config) + config->ramp_frames;
}

static void place_voice(pinna_exact_voice* voice, pinna_arena* arena, const pinna_path_config* config)
{
    pinna_exact_voice local = {0};
    uint32_t blocks = pinna_window_count(config->max_tap_count), joined = joined_count(config->max_tap_count);
    pinna_window_ring_place(&local.ring, arena, joined);
    local.history = pinna_arena_take(arena, history_length(config), sizeof(float));
    for (int i = 0; i < 2; i++) {
        local.aims[i].spectra = pinna_arena_take(arena, joined, PINNA_WINDOW_FLOATS * sizeof(float));
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            local.filtered[i][ear] = pinna_arena_take(arena, FILTERED_PAST + config->ramp_frames, sizeof(float));
            local.aims[i].taps[ear] = pinna_arena_take(arena, blocks, PINNA_WINDOW * sizeof(float));
        }
    }
    if (voice) *voice = local;
}

static float* take_zeros(pinna_arena* arena, size_t count)
{
    float* zeros = pinna_arena_take(arena, count, sizeof *zeros);
    if (arena->base) memset(zeros, 0, count * sizeof *zeros);
    return zeros;
}

static void place_scratch(pinna_exact* exact, pinna_arena* arena)
{
    const pinna_path_config* config = &exact->config;
    uint32_t row = config->ramp_frames > PINNA_WINDOW ? config->ramp_frames : PINNA_WINDOW;
    size_t blocks = pinna_window_count(config->max_tap_count), joined = joined_count(config->max_tap_count);
    for (int i = 0; i < PINNA_EXACT_WORK_ROWS; i++)
        exact->work[i] = pinna_arena_take(arena, FILTERED_PAST + row, sizeof(float));
    pinna_windows_place(&exact->windows, arena, config->kernels);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        exact->wrapped[ear] = take_zeros(arena, blocks * WRAPPED_FRAMES);
        exact->joined[ear] = take_zeros(arena, joined * PINNA_WINDOW);
    }
    exact->padded = take_zeros(arena, config->max_tap_count + 2 * DELAY_PAST);
}

void pinna_exact_place(pinna_exact* exact, pinna_arena* arena, const pinna_path_config* config, uint32_t voice_count)
{
    *exact = (pinna_exact){
        .config = *config, .voice_count = voice_count, .period_share = 1.0 / (double)config->ramp_frames};
    exact->voices = pinna_arena_take(arena, voice_count, sizeof *exact->voices);
    exact->free_voices = pinna_arena_take(arena, voice_count, sizeof *exact->free_voices);
    exact->used_voices = pinna_arena_take(arena, voice_count, sizeof *exact->used_voices);
    place_scratch(exact, arena);
    for (uint32_t i = 0; i < voice_count; i++) place_voice(arena->base ? &exact->voices[i] : NULL, arena, config);
    if (!arena->base) return;
    for (uint32_t i = 0; i < voice_count; i++) exact->free_voices[i] = voice_count - 1 - i;
    exact->free_count = voice_count;
}

/* By far the most: a place on the grid. Its taps are blended once they have arrived from memory. */
static void look_up_far(pinna_exact_voice* voice, pinna_vec3 direction, aim* to)
{
    to->blend = pinna_hrtf_aim_far(voice->hrtf, direction, &voice->triangle, to->delay_frames);
    to->has_taps = false;
    pinna_blend_prefetch_taps(voice->hrtf, &to->blend);
}

static void look_up(pinna_exact_voice* voice, const pinna_target* target, bool at_once)
{
    pinna_aim found;
    aim* to = &voice->aims[voice->to];
    found.shaded = false;
    to->has_taps = true;
    to->spectra_of = SPECTRA_NONE;
    voice->rested_windows = 0;
    if (pinna_target_is_far(voice->hrtf, target)) look_up_far(voice, target->direction, to);
    else pinna_hrtf_aim(voice->hrtf, target, &found);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        if (to->has_taps) {
            pinna_aim_taps(voice->hrtf, &found, ear, to->taps[ear]);
            to->delay_frames[ear] = found.delay_frames[ear];
        }
        voice->filtered_whole[voice->to][ear] = NO_WHOLE;
    }
    pinna_shade_aim(&voice->shade, &found, at_once);
}

static void need_taps(const pinna_exact_voice* voice, aim* to)
{
    if (!to->has_taps) pinna_blend_taps(voice->hrtf, &to->blend, to->taps);
    to->has_taps = true;
}

static void hold_delays(const pinna_exact* exact, pinna_exact_voice* voice)
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        voice->whole_frames[ear] =
            pinna_delay_fixed(exact->config.fine_delays, voice->aims[voice->to].delay_frames[ear], voice->delay[ear]);
    voice->delays_held = true;
}

/* Filters are laid out in whole blocks of taps. */
static void start_windows(pinna_exact_voice* voice, uint32_t tap_count)
{
    size_t behind = (size_t)pinna_window_count(tap_count) * PINNA_WINDOW - tap_count;
    for (int i = 0; i < 2; i++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            memset(voice->aims[i].taps[ear] + tap_count, 0, behind * sizeof(float));
    voice->ring.count = joined_count(tap_count);
    voice->ring.newest = voice->ring.kept = 0;
}

uint32_t pinna_exact_acquire(pinna_exact* exact, const pinna_hrtf* hrtf, const pinna_target* target)
{
    if (exact->free_count == 0) return PINNA_EXACT_NONE;
    uint32_t index = exact->free_voices[--exact->free_count];
    exact->used_voices[exact->used_count++] = index;
    pinna_exact_voice* voice = &exact->voices[index];
    voice->now = history_past(&exact->config);
    memset(voice->history, 0, voice->now * sizeof(float));
    start_windows(voice, hrtf->info.tap_count);
    voice->hrtf = hrtf;
    voice->motion = PINNA_MOTION_NONE;
    voice->released = false;
    voice->feed = (pinna_feed){0};
    voice->audible_frames = 0;
    voice->shade = (pinna_shade){0};
    voice->triangle = pinna_sphere_start(&pinna_hrtf_shell(hrtf)->sphere, target->direction);
    look_up(voice, target, true);
    hold_delays(exact, voice);
    return index;
}

static double way_frames(const pinna_exact_voice* voice, int ear)
{
    return voice->aims[voice->to].delay_frames[ear] - voice->aims[voice->to ^ 1].delay_frames[ear];
}

/* One filter follows a delay well over a quarter of a frame; a period in which it moves further has several. */
static uint32_t glide_count(const pinna_exact_voice* voice, int ear)
{
    return 1 + (uint32_t)(4.0 * fabs(way_frames(voice, ear)));
}

/* The filter of a delay's way from a frame of the period on. */
static void make_glide(const pinna_exact* exact, const pinna_exact_voice* voice, int ear, uint32_t begin, glide* out)
{
    uint32_t ramp = exact->config.ramp_frames, count = glide_count(voice, ear), part = (ramp + count - 1) / count;
    out->begin = begin;
    out->end = ramp - begin < part ? ramp : begin + part;
    /* The whole delay is the period's; the table reaches two samples to either side of it. */
    double start = voice->aims[voice->to ^ 1].delay_frames[ear] - voice->whole_frames[ear];
    double slope = way_frames(voice, ear) * exact->period_share;
    double from = start + slope * out->begin, to = start + slope * out->end;
    out->middle = (float)(0.5 * (from + to));
    pinna_delay_glide_filter(exact->config.fine_delays, from, to, out->taps[0]);
}

void pinna_exact_aim(pinna_exact* exact, uint32_t index, const pinna_target* target, bool jump)
{
    pinna_exact_voice* voice = &exact->voices[index];
    const aim* from = &voice->aims[voice->to];
    aim* to = &voice->aims[voice->to ^= 1];
    look_up(voice, target, false);
    voice->motion = pinna_motion_between(from->delay_frames, to->delay_frames, MAX_GLIDE_FRAMES, jump);
    if (voice->motion == PINNA_MOTION_JUMP) {
        hold_delays(exact, voice);
        return;
    }
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        voice->whole_frames[ear] = pinna_delay_whole(
            exact->config.fine_delays, 0.5 * (from->delay_frames[ear] + to->delay_frames[ear]));
        make_glide(exact, voice, ear, 0, &voice->glides[ear]);
    }
}

void pinna_exact_begin_period(pinna_exact* exact)
{
    for (uint32_t i = 0; i < exact->used_count; i++) {
        pinna_exact_voice* voice = &exact->voices[exact->used_voices[i]];
        voice->delays_held = voice->delays_held && voice->motion == PINNA_MOTION_NONE;
        voice->motion = PINNA_MOTION_NONE;
        pinna_shade_settle(&voice->shade);
    }
}

void pinna_exact_feed(pinna_exact* exact, uint32_t voice, const pinna_feed* feed)
{
    exact->voices[voice].feed = *feed;
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

/* The input a filter of this whole delay reads, at a segment's first frame. */
static const float* input(const pinna_exact_voice* voice, uint32_t whole_frames)
{
    return voice->history + voice->now - whole_frames;
}

/* Either aim's filtered signal at a segment's first frame, with its past. The past is kept from segment to segment: the
   filter a voice leaves is the one it came to. Only a new filter, or another whole delay, has none. */
static float* filtered(const pinna_exact* exact, pinna_exact_voice* voice, int which, int ear, uint32_t whole_frames)
{
    float* past = voice->filtered[which][ear];
    int32_t* whole = &voice->filtered_whole[which][ear];
    if (*whole != (int32_t)whole_frames)
        exact->config.kernels->fir(past, input(voice, whole_frames) - FILTERED_PAST,
                                   voice->aims[which].taps[ear], voice->hrtf->info.tap_count, FILTERED_PAST);
    *whole = (int32_t)whole_frames;
    return past + FILTERED_PAST;
}

/* Whether a segment is filtered by transforms. */
static bool takes_windows(const pinna_exact_voice* voice, pinna_segment segment)
{
    return segment.frame_count == PINNA_WINDOW && voice->hrtf->info.tap_count >= WINDOW_MIN_TAPS &&
           voice->motion != PINNA_MOTION_JUMP;
}

static void transform_input(const pinna_exact* exact, pinna_exact_voice* voice, uint32_t needed)
{
    const float* block[PINNA_EAR_COUNT];
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        if (voice->ring_whole[ear] != voice->whole_frames[ear]) voice->ring.kept = 0;
        voice->ring_whole[ear] = voice->whole_frames[ear];
        block[ear] = input(voice, voice->whole_frames[ear]);
    }
    pinna_windows_take(&exact->windows, &voice->ring, block, needed);
}

static void transform_taps(const pinna_exact* exact, const pinna_exact_voice* voice, aim* to)
{
    const float* const taps[PINNA_EAR_COUNT] = {to->taps[PINNA_LEFT], to->taps[PINNA_RIGHT]};
    if (to->spectra_of == SPECTRA_TAPS) return;
    pinna_windows_transform(&exact->windows, to->spectra, taps, pinna_window_count(voice->hrtf->info.tap_count));
    to->spectra_of = SPECTRA_TAPS;
}

/*
 * The filtered past comes from a product's earlier half. There the convolution has wrapped round: where a tap reads a
 * frame before the window, frame n got minus what lies a window later. For the last frames that is a matter of each
 * part's last taps. Their input is laid out well before it is read, for what was just stored comes back slowly.
 */
static float* wrapped(const pinna_exact* exact, int ear, uint32_t part)
{
    return exact->wrapped[ear] + part * WRAPPED_FRAMES;
}

/* The later half of each part's stays 0. */
static void lay_out_wrapped(const pinna_exact* exact, const pinna_exact_voice* voice, int ear)
{
    const float* early = input(voice, voice->whole_frames[ear]) - PINNA_WINDOW - FILTERED_PAST;
    for (uint32_t tap = WRAPPED_TAP, part = 0; tap < voice->hrtf->info.tap_count; tap += PINNA_WINDOW, part++) {
        float* out = wrapped(exact, ear, part);
        for (int n = 0; n < FILTERED_PAST; n++) out[n] = early[n] + early[n + 2 * PINNA_WINDOW];
        early -= PINNA_WINDOW;
    }
}

/* What the earlier half lacks. */
static void filter_wrapped(const pinna_exact* exact, const pinna_exact_voice* voice, int which, int ear, float* past)
{
    const pinna_kernels* k = exact->config.kernels;
    const float* taps = voice->aims[which].taps[ear];
    k->fir(past, wrapped(exact, ear, 0) + FILTERED_PAST, taps + WRAPPED_TAP, FILTERED_PAST, FILTERED_PAST);
    for (uint32_t tap = WRAPPED_TAP + PINNA_WINDOW, part = 1; tap < voice->hrtf->info.tap_count; part++) {
        k->fir_add(past, wrapped(exact, ear, part) + FILTERED_PAST, taps + tap, FILTERED_PAST, FILTERED_PAST);
        tap += PINNA_WINDOW;
    }
}

static bool has_past(const pinna_exact_voice* voice, int which, int ear)
{
    return voice->filtered_whole[which][ear] == (int32_t)voice->whole_frames[ear];
}

/* Both ears' segment through one aim's filters. */
static void filter_windows(const pinna_exact* exact, pinna_exact_voice* voice, int which)
{
    float *early[PINNA_EAR_COUNT], *late[PINNA_EAR_COUNT];
    transform_taps(exact, voice, &voice->aims[which]);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        late[ear] = voice->filtered[which][ear] + FILTERED_PAST;
        early[ear] = has_past(voice, which, ear) ? NULL : exact->work[ear];
        if (early[ear]) filter_wrapped(exact, voice, which, ear, voice->filtered[which][ear]);
    }
    pinna_windows_filter(&exact->windows, &voice->ring, voice->aims[which].spectra,
                         pinna_window_count(voice->hrtf->info.tap_count), early, late);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        if (early[ear])
            exact->config.kernels->ramp_add(voice->filtered[which][ear], early[ear] + WRAPPED_TAP, 1.0f, 0.0f,
                                            FILTERED_PAST);
        voice->filtered_whole[which][ear] = (int32_t)voice->whole_frames[ear];
    }
}

/* The segment through every filter it is heard through. */
static void filter_segment(const pinna_exact* exact, pinna_exact_voice* voice)
{
    int to = voice->to, from = to ^ 1;
    bool moves = voice->motion == PINNA_MOTION_GLIDE;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        if (!has_past(voice, to, ear) || (moves && !has_past(voice, from, ear))) lay_out_wrapped(exact, voice, ear);
    transform_input(exact, voice, pinna_window_count(voice->hrtf->info.tap_count));
    filter_windows(exact, voice, to);
    if (moves) filter_windows(exact, voice, from);
}

/* Filters and delays in one, for a voice that rests. */
static void join(const pinna_exact* exact, const pinna_exact_voice* voice, aim* at)
{
    uint32_t taps = voice->hrtf->info.tap_count;
    const float* const joined[PINNA_EAR_COUNT] = {exact->joined[PINNA_LEFT], exact->joined[PINNA_RIGHT]};
    if (at->spectra_of == SPECTRA_JOINED) return;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        float* padded = exact->padded + DELAY_PAST;
        memcpy(padded, at->taps[ear], taps * sizeof *padded);
        memset(padded + taps, 0, DELAY_PAST * sizeof *padded);
        memset(exact->joined[ear] + taps, 0, (joined_count(taps) * PINNA_WINDOW - taps) * sizeof(float));
        exact->config.kernels->fir(exact->joined[ear], padded, voice->delay[ear], DELAY_TAPS, taps + DELAY_PAST);
    }
    pinna_windows_transform(&exact->windows, at->spectra, joined, joined_count(taps));
    at->spectra_of = SPECTRA_JOINED;
}

/* The segment filtered and delayed at once, into work. What a glide would need of it is made again when there is one.
 */
static void filter_joined(const pinna_exact* exact, pinna_exact_voice* voice)
{
    aim* at = &voice->aims[voice->to];
    float *const none[PINNA_EAR_COUNT] = {NULL, NULL}, *const out[PINNA_EAR_COUNT] = {exact->work[0], exact->work[1]};
    uint32_t count = joined_count(voice->hrtf->info.tap_count);
    join(exact, voice, at);
    transform_input(exact, voice, count);
    pinna_windows_filter(&exact->windows, &voice->ring, at->spectra, count, none, out);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) voice->filtered_whole[voice->to][ear] = NO_WHOLE;
}

/* As far as transforms take a segment. */
static stage transform_segment(const pinna_exact* exact, pinna_exact_voice* voice, pinna_segment segment)
{
    if (!takes_windows(voice, segment)) {
        voice->ring.kept = 0;
        return STAGE_RAW;
    }
    if (voice->motion == PINNA_MOTION_NONE && voice->rested_windows++ >= RESTED) {
        filter_joined(exact, voice);
        return STAGE_DELAYED;
    }
    filter_segment(exact, voice);
    return STAGE_FILTERED;
}

/* An aim's filtered signal, past and segment, as sums of products. */
static const float* filter(const pinna_exact* exact, pinna_exact_voice* voice, int which, int ear,
                           uint32_t whole_frames, size_t frame_count)
{
    float* out = filtered(exact, voice, which, ear, whole_frames);
    exact->config.kernels->fir(out, input(voice, whole_frames), voice->aims[which].taps[ear],
                               voice->hrtf->info.tap_count, frame_count);
    return out;
}

/* What the next segment takes as the past. */
static void keep_past(pinna_exact_voice* voice, int which, int ear, size_t frame_count)
{
    float* past = voice->filtered[which][ear];
    if (frame_count >= FILTERED_PAST) /* of a count the compiler knows it makes a few moves */
        memcpy(past, past + frame_count, FILTERED_PAST * sizeof *past);
    else
        memmove(past, past + frame_count, FILTERED_PAST * sizeof *past);
}

static void add_still(const pinna_exact* exact, pinna_exact_voice* voice, int ear, float* out, size_t frame_count,
                      stage done)
{
    if (done == STAGE_DELAYED) {
        exact->config.kernels->ramp_add(out, exact->work[ear], 1.0f, 0.0f, frame_count);
        return;
    }
    const float* in = done == STAGE_FILTERED
                          ? voice->filtered[voice->to][ear] + FILTERED_PAST
                          : filter(exact, voice, voice->to, ear, voice->whole_frames[ear], frame_count);
    exact->config.kernels->fir_add(out, in, voice->delay[ear], DELAY_TAPS, frame_count);
    keep_past(voice, voice->to, ear, frame_count);
}

/* The delay's filter gives at each frame what the filtered signal was some frames before; so the filters' crossfade is
   taken that many frames early, and each frame out has the filter of its own time. */
static void add_glide(const pinna_exact* exact, const glide* part, const float* from, const float* to, uint32_t phase,
                      uint32_t count, float* out)
{
    const pinna_kernels* k = exact->config.kernels;
    float step = 1.0f / (float)exact->config.ramp_frames, du = 1.0f / (float)(part->end - part->begin);
    float *mixed = exact->work[0] + FILTERED_PAST, share = ((float)phase + 1.0f - DELAY_PAST + part->middle) * step;
    k->crossfade(mixed - DELAY_PAST, from - DELAY_PAST, to - DELAY_PAST, share, step, count + DELAY_PAST);
    k->glide_add(out, mixed, part->taps[0], DELAY_TAPS, (float)(phase - part->begin + 1) * du - 0.5f, du, count);
}

static void add_gliding(const pinna_exact* exact, pinna_exact_voice* voice, int ear, float* out, pinna_segment segment,
                        stage done)
{
    int to = voice->to, from = to ^ 1;
    uint32_t whole = voice->whole_frames[ear];
    float* in[] = {filtered(exact, voice, from, ear, whole), filtered(exact, voice, to, ear, whole)};
    if (done == STAGE_RAW)
        exact->config.kernels->fir_pair(in[0], in[1], input(voice, whole), voice->aims[from].taps[ear],
                                        voice->aims[to].taps[ear], voice->hrtf->info.tap_count, segment.frame_count);
    for (uint32_t n = 0; n < segment.frame_count;) {
        uint32_t phase = segment.phase + n, rest = segment.frame_count - n;
        glide* part = &voice->glides[ear];
        while (phase >= part->end) make_glide(exact, voice, ear, part->end, part);
        uint32_t count = rest < part->end - phase ? rest : part->end - phase;
        add_glide(exact, part, in[0] + n, in[1] + n, phase, count, out + n);
        n += count;
    }
    keep_past(voice, from, ear, segment.frame_count);
    keep_past(voice, to, ear, segment.frame_count);
}

/* One of two places a jump fades between. */
static void place_fixed(const pinna_exact* exact, pinna_exact_voice* voice, int which, int ear, float* out,
                        size_t frame_count)
{
    float delay[DELAY_TAPS];
    uint32_t whole = pinna_delay_fixed(exact->config.fine_delays, voice->aims[which].delay_frames[ear], delay);
    const float* in = filter(exact, voice, which, ear, whole, frame_count);
    exact->config.kernels->fir(out, in, delay, DELAY_TAPS, frame_count);
    keep_past(voice, which, ear, frame_count);
}

static void add_jumping(const pinna_exact* exact, pinna_exact_voice* voice, int ear, float* out, pinna_segment segment)
{
    float step = 1.0f / (float)exact->config.ramp_frames, *from = exact->work[0], *to = exact->work[1];
    place_fixed(exact, voice, voice->to ^ 1, ear, from, segment.frame_count);
    place_fixed(exact, voice, voice->to, ear, to, segment.frame_count);
    for (uint32_t n = 0; n < segment.frame_count; n++)
        out[n] += from[n] + (to[n] - from[n]) * pinna_soft_step((float)(segment.phase + n + 1) * step);
}

static void add_ear(const pinna_exact* exact, pinna_exact_voice* voice, int ear, float* out, pinna_segment segment,
                    stage done)
{
    switch (voice->motion) {
    case PINNA_MOTION_NONE: add_still(exact, voice, ear, out, segment.frame_count, done); break;
    case PINNA_MOTION_GLIDE: add_gliding(exact, voice, ear, out, segment, done); break;
    case PINNA_MOTION_JUMP: add_jumping(exact, voice, ear, out, segment); break;
    }
}

static void add_voice(const pinna_exact* exact, pinna_exact_voice* voice, pinna_segment segment,
                      float* const out[PINNA_EAR_COUNT])
{
    if (voice->motion == PINNA_MOTION_NONE && !voice->delays_held) hold_delays(exact, voice); /* most are aimed again */
    need_taps(voice, &voice->aims[voice->to]);
    if (voice->motion != PINNA_MOTION_NONE) need_taps(voice, &voice->aims[voice->to ^ 1]);
    stage done = transform_segment(exact, voice, segment);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        if (!voice->shade.on) {
            add_ear(exact, voice, ear, out[ear], segment, done);
            continue;
        }
        float* alone = exact->work[2];
        memset(alone, 0, segment.frame_count * sizeof *alone);
        add_ear(exact, voice, ear, alone, segment, done);
        pinna_shade_run(&voice->shade, &exact->config, ear, alone, segment);
        exact->config.kernels->ramp_add(out[ear], alone, 1.0f, 0.0f, segment.frame_count);
    }
}

/* Takes the segment's input; false where there is nothing to hear. */
static bool take_input(const pinna_exact* exact, pinna_exact_voice* voice, uint32_t frame_count)
{
    uint32_t past = (uint32_t)history_past(&exact->config);
    float peak = pinna_feed_copy(exact->config.kernels, &voice->feed, voice->history + voice->now, frame_count);
    voice->feed = (pinna_feed){0};
    if (peak > 0.0f) voice->audible_frames = past + frame_count;
    if (voice->audible_frames == 0) voice->ring.kept = 0;
    return voice->audible_frames > 0;
}

static void advance(const pinna_exact* exact, pinna_exact_voice* voice, uint32_t frame_count)
{
    size_t past = history_past(&exact->config);
    voice->now += frame_count;
    if (voice->now + exact->config.ramp_frames > history_length(&exact->config)) {
        memmove(voice->history, voice->history + voice->now - past, past * sizeof *voice->history);
        voice->now = past;
    }
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
