/* SPDX-License-Identifier: MIT */
#include "dsp/reverb.h"

#include "base/denormals.h"
#include "dsp/reverb_lines.h"
#include "dsp/reverb_network.h"

#include <math.h>
#include <string.h>

/* In front of the network an input is spread over as many delays as there are lines, mixed by the matrix, delayed and
   mixed again: 256 echoes enter each line for one that comes in. */
#define SPREAD_S 0.008
#define THICKEN_S 0.013
#define FADE_S 0.045

/* Of a whole chunk's energy in all lines: what is left 160 dB below full scale is taken as silence. */
#define SILENT_ENERGY 1e-13f

enum {
    LINES = PINNA_REVERB_LINES,
    CHUNK = PINNA_REVERB_CHUNK,
    STATE_FLOATS = PINNA_REVERB_BANDS * 2 * LINES,
    EARS = PINNA_REVERB_EARS
};

/* Past samples of some channels. Chunks are written whole; the first is repeated behind the last, so that any chunk's
   length can be read at once. */
typedef struct ring {
    uint32_t frame_count; /* a multiple of CHUNK */
    uint32_t stride;      /* an odd number of chunks: rows a large power of two apart would share a few cache lines */
    uint32_t at;          /* where the chunk at hand begins */
    float* samples;       /* [channel][stride] */
} ring;

struct pinna_reverb {
    const pinna_kernels* kernels;
    const pinna_reverb_kernels* loops;
    uint32_t input_count, ear_tap_count, ear_past; /* of the sums */
    ring inputs, thickener, lines;
    uint32_t spread_frames[PINNA_REVERB_MAX_INPUTS][LINES];
    uint32_t thicken_frames[LINES];

    uint32_t filled;      /* frames of the chunk at hand */
    bool heard;           /* one of them is not silent */
    bool asleep;
    uint32_t quiet_chunks, chunks_to_sleep;

    /* What is heard, what a running crossfade goes to, and what waits for its end. */
    pinna_reverb_tuning *tuning, *next_tuning, *waiting_tuning;
    pinna_reverb_ears *ears, *next_ears, *waiting_ears;
    bool tuning_waits, ears_wait, tuning_fades, ears_fade;
    uint32_t fade_chunk, fade_chunk_count;

    float *states, *next_states; /* [section][2][line] of the filters heard, and of those a crossfade goes to */
    float *now, *next;           /* [line][frame] */
    float* entering;             /* [line][frame] */
    float* sums;                 /* [sum][ear_past + CHUNK] */
    float* out;                  /* [ear][frame], the last chunk's */
};

/* --- memory --- */

static void ring_take(ring* r, pinna_arena* arena, uint32_t channels, double frames)
{
    uint32_t chunks = (uint32_t)ceil(frames / CHUNK) + 2;
    r->frame_count = chunks * CHUNK;
    r->stride = (chunks | 1) * CHUNK;
    if (r->stride < r->frame_count + CHUNK) r->stride += 2 * CHUNK;
    r->samples = pinna_arena_take(arena, (size_t)channels * r->stride, sizeof *r->samples);
}

static void take_arrays(pinna_reverb* r, pinna_arena* arena, const pinna_reverb_config* config)
{
    double rate_hz = config->sample_rate_hz;
    r->ear_tap_count = pinna_reverb_ear_tap_count(rate_hz);
    r->ear_past = r->ear_tap_count; /* a multiple of 16, so that chunks begin aligned */
    ring_take(&r->inputs, arena, config->input_count, (PINNA_REVERB_MAX_PRE_DELAY_S + SPREAD_S) * rate_hz);
    ring_take(&r->thickener, arena, LINES, THICKEN_S * rate_hz);
    ring_take(&r->lines, arena, LINES, PINNA_REVERB_LONGEST_LINE_S * rate_hz);
    pinna_reverb_tuning** tunings[3] = {&r->tuning, &r->next_tuning, &r->waiting_tuning};
    pinna_reverb_ears** ears[3] = {&r->ears, &r->next_ears, &r->waiting_ears};
    for (int i = 0; i < 3; i++) {
        *tunings[i] = pinna_arena_take(arena, 1, sizeof **tunings[i]);
        *ears[i] = pinna_arena_take(arena, 1, sizeof **ears[i]);
    }
    r->states = pinna_arena_take(arena, STATE_FLOATS, sizeof *r->states);
    r->next_states = pinna_arena_take(arena, STATE_FLOATS, sizeof *r->next_states);
    r->now = pinna_arena_take(arena, PINNA_REVERB_CHUNK_FLOATS, sizeof *r->now);
    r->next = pinna_arena_take(arena, PINNA_REVERB_CHUNK_FLOATS, sizeof *r->next);
    r->entering = pinna_arena_take(arena, PINNA_REVERB_CHUNK_FLOATS, sizeof *r->entering);
    r->sums = pinna_arena_take(arena, (size_t)EARS * (r->ear_past + CHUNK), sizeof *r->sums);
    r->out = pinna_arena_take(arena, (size_t)EARS * CHUNK, sizeof *r->out);
}

static double next_random(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state / 4294967296.0;
}

/* One delay in each of 16 slots, in shuffled order. One is 0, so that the onset is the shortest line's. */
static void scatter_delays(uint32_t frames[LINES], double longest_frames, uint32_t* seed)
{
    for (int l = 0; l < LINES; l++) frames[l] = (uint32_t)((l + next_random(seed)) * longest_frames / LINES);
    frames[0] = 0;
    for (int l = LINES - 1; l > 0; l--) {
        int other = (int)(next_random(seed) * (l + 1));
        uint32_t swap = frames[l];
        frames[l] = frames[other];
        frames[other] = swap;
    }
}

static void choose_delays(pinna_reverb* r, double rate_hz)
{
    /* Of some thousand, the one that strays least by chance in single bands, with the rooms made up beforehand and
       through six heads: no octave's decay by more than 8 %, the ears' likeness by 0.08 RMS, echoes dense before 80 ms.
     */
    uint32_t seed = 241213946u;
    for (uint32_t i = 0; i < r->input_count; i++) scatter_delays(r->spread_frames[i], SPREAD_S * rate_hz, &seed);
    scatter_delays(r->thicken_frames, THICKEN_S * rate_hz, &seed);
}

pinna_reverb* pinna_reverb_place(pinna_arena* arena, const pinna_reverb_config* config,
                                 const pinna_reverb_tuning* tuning, const pinna_reverb_ears* ears)
{
    pinna_reverb layout = {.kernels = config->kernels, .input_count = config->input_count};
    layout.loops = pinna_reverb_kernels_select(config->kernels ? config->kernels->lanes : 1);
    pinna_reverb* r = pinna_arena_take(arena, 1, sizeof *r);
    take_arrays(&layout, arena, config);
    if (!r) return NULL;
    *r = layout;
    choose_delays(r, config->sample_rate_hz);
    r->fade_chunk_count = (uint32_t)ceil(FADE_S * config->sample_rate_hz / CHUNK);
    r->chunks_to_sleep = (r->inputs.frame_count + r->thickener.frame_count + 2 * r->lines.frame_count) / CHUNK;
    *r->tuning = *tuning;
    *r->ears = *ears;
    pinna_reverb_reset(r);
    return r;
}

static void clear(float* x, size_t count)
{
    memset(x, 0, count * sizeof *x);
}

static void skip_fade(pinna_reverb* r);

void pinna_reverb_reset(pinna_reverb* r)
{
    clear(r->inputs.samples, (size_t)r->input_count * r->inputs.stride);
    clear(r->thickener.samples, (size_t)LINES * r->thickener.stride);
    clear(r->lines.samples, (size_t)LINES * r->lines.stride);
    clear(r->states, STATE_FLOATS);
    clear(r->sums, (size_t)EARS * (r->ear_past + CHUNK));
    clear(r->out, (size_t)EARS * CHUNK);
    r->filled = r->quiet_chunks = 0;
    r->heard = false;
    r->asleep = true;
    skip_fade(r);
}

bool pinna_reverb_is_silent(const pinna_reverb* r)
{
    return r->asleep && !r->heard;
}

/* --- rings --- */

static float* ring_write(const ring* r, uint32_t channel)
{
    return r->samples + (size_t)channel * r->stride + r->at;
}

static const float* ring_read(const ring* r, uint32_t channel, uint32_t delay_frames)
{
    uint32_t at = r->at >= delay_frames ? r->at - delay_frames : r->at + r->frame_count - delay_frames;
    return r->samples + (size_t)channel * r->stride + at;
}

static void ring_repeat_first(const ring* r, uint32_t channels)
{
    if (r->at) return;
    for (uint32_t c = 0; c < channels; c++)
        memcpy(ring_write(r, c) + r->frame_count, ring_write(r, c), CHUNK * sizeof(float));
}

static void ring_advance(ring* r)
{
    r->at += CHUNK;
    if (r->at == r->frame_count) r->at = 0;
}

/* --- crossfades --- */

static void swap_tunings(pinna_reverb_tuning** a, pinna_reverb_tuning** b)
{
    pinna_reverb_tuning* swap = *a;
    *a = *b;
    *b = swap;
}

static void swap_floats(float** a, float** b)
{
    float* swap = *a;
    *a = *b;
    *b = swap;
}

static void swap_ears(pinna_reverb_ears** a, pinna_reverb_ears** b)
{
    pinna_reverb_ears* swap = *a;
    *a = *b;
    *b = swap;
}

static void begin_fade(pinna_reverb* r)
{
    if (r->tuning_fades || r->ears_fade) return;
    if (r->tuning_waits) swap_tunings(&r->next_tuning, &r->waiting_tuning);
    if (r->ears_wait) swap_ears(&r->next_ears, &r->waiting_ears);
    r->tuning_fades = r->tuning_waits;
    r->ears_fade = r->ears_wait;
    if (r->tuning_fades) clear(r->next_states, STATE_FLOATS);
    r->tuning_waits = r->ears_wait = false;
    r->fade_chunk = 0;
}

static void end_fade(pinna_reverb* r)
{
    if (r->tuning_fades) {
        swap_tunings(&r->tuning, &r->next_tuning);
        swap_floats(&r->states, &r->next_states);
    }
    if (r->ears_fade) swap_ears(&r->ears, &r->next_ears);
    r->tuning_fades = r->ears_fade = false;
}

/* In silence nothing needs to fade. */
static void skip_fade(pinna_reverb* r)
{
    end_fade(r);
    begin_fade(r);
    end_fade(r);
}

void pinna_reverb_set_tuning(pinna_reverb* r, const pinna_reverb_tuning* tuning)
{
    *r->waiting_tuning = *tuning;
    r->tuning_waits = true;
    if (pinna_reverb_is_silent(r)) skip_fade(r);
}

void pinna_reverb_set_ears(pinna_reverb* r, const pinna_reverb_ears* ears)
{
    *r->waiting_ears = *ears;
    r->ears_wait = true;
    if (pinna_reverb_is_silent(r)) skip_fade(r);
}

/* How far the crossfade has come at the chunk's start, and its step per frame. */
static float fade_start(const pinna_reverb* r)
{
    return (float)r->fade_chunk / (float)r->fade_chunk_count;
}

static float fade_step(const pinna_reverb* r)
{
    return 1.0f / (float)(r->fade_chunk_count * CHUNK);
}

/* --- one chunk --- */

static void spread_input(pinna_reverb* r, uint32_t input, uint32_t line)
{
    const float gain = 0.25f; /* 16 lines share the input's energy */
    float* out = r->entering + (size_t)line * CHUNK;
    uint32_t delay = r->spread_frames[input][line], here = r->tuning->pre_delay_frames;
    if (!r->tuning_fades || here == r->next_tuning->pre_delay_frames) {
        r->kernels->ramp_add(out, ring_read(&r->inputs, input, here + delay), gain, 0.0f, CHUNK);
        return;
    }
    float w = fade_start(r), dw = fade_step(r);
    uint32_t there = r->next_tuning->pre_delay_frames;
    r->kernels->ramp_add(out, ring_read(&r->inputs, input, here + delay), gain * (1.0f - w), -gain * dw, CHUNK);
    r->kernels->ramp_add(out, ring_read(&r->inputs, input, there + delay), gain * w, gain * dw, CHUNK);
}

static void thicken(pinna_reverb* r)
{
    clear(r->entering, PINNA_REVERB_CHUNK_FLOATS);
    for (uint32_t input = 0; input < r->input_count; input++)
        for (uint32_t line = 0; line < LINES; line++) spread_input(r, input, line);
    r->loops->scatter(r->entering);
    for (uint32_t line = 0; line < LINES; line++)
        memcpy(ring_write(&r->thickener, line), r->entering + (size_t)line * CHUNK, CHUNK * sizeof(float));
    ring_repeat_first(&r->thickener, LINES);
    for (uint32_t line = 0; line < LINES; line++)
        memcpy(r->entering + (size_t)line * CHUNK, ring_read(&r->thickener, line, r->thicken_frames[line]),
               CHUNK * sizeof(float));
    r->loops->scatter(r->entering);
}

static void read_lines(pinna_reverb* r, const pinna_reverb_tuning* tuning, float* states, float* out)
{
    for (uint32_t line = 0; line < LINES; line++)
        memcpy(out + (size_t)line * CHUNK, ring_read(&r->lines, line, tuning->line_frames[line]), CHUNK * sizeof *out);
    r->loops->absorb(out, states, &tuning->sections[0][0][0], PINNA_REVERB_BANDS);
}

/* Filters a crossfade goes to start empty and are in swing long before they are loud. Crossfading what left them keeps
   each filter's coefficients still: moving those of low shelves, whose large terms nearly cancel, would click. */
static void read_network(pinna_reverb* r)
{
    read_lines(r, r->tuning, r->states, r->now);
    if (!r->tuning_fades) return;
    read_lines(r, r->next_tuning, r->next_states, r->next);
    float w = fade_start(r), dw = fade_step(r);
    for (size_t line = 0; line < LINES; line++) {
        float *from = r->now + line * CHUNK, *to = r->next + line * CHUNK;
        for (size_t n = 0; n < CHUNK; n++) from[n] += (to[n] - from[n]) * (w + (float)n * dw);
    }
}

/* The matrix has its lines' outputs permuted, for Hadamard's undoes itself when applied twice. */
static void write_line(pinna_reverb* r, uint32_t line)
{
    float* out = ring_write(&r->lines, line);
    const float* scattered = r->now + (size_t)((line * 5 + 3) % LINES) * CHUNK;
    const float* entering = r->entering + (size_t)line * CHUNK;
    for (size_t n = 0; n < CHUNK; n++) out[n] = scattered[n] + entering[n];
}

/* Signs of the two sums by line: orthogonal, also over the short lines and over the long ones alone. */
static const float sum_signs[EARS][LINES] = {
    {1, 1, -1, 1, -1, -1, 1, -1, 1, -1, -1, 1, 1, 1, -1, -1},
    {1, -1, -1, -1, -1, 1, 1, 1, -1, -1, 1, 1, -1, 1, 1, -1},
};

static void add_up_lines(pinna_reverb* r)
{
    float from = r->tuning->gain, to = r->tuning_fades ? r->next_tuning->gain : from;
    float gain = from + fade_start(r) * (to - from), step = fade_step(r) * (to - from);
    if (!r->tuning_fades) gain = from, step = 0.0f;
    for (size_t sum = 0; sum < EARS; sum++) {
        float* history = r->sums + sum * (r->ear_past + CHUNK);
        memmove(history, history + CHUNK, r->ear_past * sizeof *history);
        clear(history + r->ear_past, CHUNK);
        for (size_t l = 0; l < LINES; l++) {
            float sign = sum_signs[sum][l];
            r->kernels->ramp_add(history + r->ear_past, r->now + l * CHUNK, sign * gain, sign * step, CHUNK);
        }
    }
}

/* out[ear] = sums through a set of filters. */
static void hear(const pinna_reverb* r, const pinna_reverb_ears* ears, float out[EARS][CHUNK])
{
    const float *a = r->sums + r->ear_past, *b = a + r->ear_past + CHUNK;
    r->kernels->fir_pair(out[0], out[1], a, ears->taps[0][0], ears->taps[0][1], r->ear_tap_count, CHUNK);
    for (size_t ear = 0; ear < EARS; ear++)
        r->kernels->fir_add(out[ear], b, ears->taps[1][ear], r->ear_tap_count, CHUNK);
}

static void hear_chunk(pinna_reverb* r)
{
    _Alignas(64) float from[EARS][CHUNK], to[EARS][CHUNK];
    hear(r, r->ears, from);
    if (!r->ears_fade) {
        memcpy(r->out, from, sizeof from);
        return;
    }
    hear(r, r->next_ears, to);
    clear(r->out, (size_t)EARS * CHUNK);
    for (size_t ear = 0; ear < EARS; ear++)
        r->kernels->crossfade_add(r->out + ear * CHUNK, from[ear], to[ear], fade_start(r), fade_step(r), CHUNK);
}

static void measure_silence(pinna_reverb* r)
{
    bool quiet = !r->heard && r->kernels->dot(r->now, r->now, PINNA_REVERB_CHUNK_FLOATS) < SILENT_ENERGY;
    r->quiet_chunks = quiet ? r->quiet_chunks + 1 : 0;
    r->asleep = r->quiet_chunks > r->chunks_to_sleep;
}

static void run_chunk(pinna_reverb* r)
{
    begin_fade(r);
    bool fading = r->tuning_fades || r->ears_fade;
    ring_repeat_first(&r->inputs, r->input_count);
    thicken(r);
    read_network(r);
    add_up_lines(r);
    hear_chunk(r);
    measure_silence(r);
    r->loops->scatter(r->now);
    for (uint32_t line = 0; line < LINES; line++) write_line(r, line);
    ring_repeat_first(&r->lines, LINES);
    ring_advance(&r->inputs);
    ring_advance(&r->thickener);
    ring_advance(&r->lines);
    if (fading && ++r->fade_chunk == r->fade_chunk_count) end_fade(r);
}

static void finish_chunk(pinna_reverb* r)
{
    if (r->asleep && !r->heard) {
        skip_fade(r);
        clear(r->out, (size_t)EARS * CHUNK);
    } else {
        r->asleep = false;
        run_chunk(r);
    }
    r->filled = 0;
    r->heard = false;
}

static void take_input(pinna_reverb* r, uint32_t input, const float* samples, size_t frame_count)
{
    float* to = ring_write(&r->inputs, input) + r->filled;
    if (!samples)
        clear(to, frame_count);
    else if (r->kernels->ramp_copy(to, samples, 1.0f, 0.0f, frame_count) > 0.0f)
        r->heard = true;
}

void pinna_reverb_process(pinna_reverb* r, const float* const* inputs, float* left, float* right, size_t frame_count)
{
    pinna_denormals before = pinna_denormals_off();
    for (size_t done = 0, part; done < frame_count; done += part) {
        part = frame_count - done < CHUNK - r->filled ? frame_count - done : CHUNK - r->filled;
        for (uint32_t i = 0; i < r->input_count; i++) take_input(r, i, inputs[i] ? inputs[i] + done : NULL, part);
        memcpy(left + done, r->out + r->filled, part * sizeof *left);
        memcpy(right + done, r->out + CHUNK + r->filled, part * sizeof *right);
        r->filled += (uint32_t)part;
        if (r->filled == CHUNK) finish_chunk(r);
    }
    pinna_denormals_restore(before);
}
