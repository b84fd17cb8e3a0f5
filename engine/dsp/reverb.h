/* SPDX-License-Identifier: MIT */
/*
 * Late reverberation: a feedback delay network of 16 lines (Jot and Chaigne 1991, "Digital delay networks for designing
 * artificial reverberators"). Absorbing filters in the lines set the decay in each octave (Schlecht and Habets 2017,
 * "Accurate reverberation time control in feedback delay networks"); two stages of delays and Hadamard matrices thicken
 * what enters them. Two sums of the lines that have nothing in common become the ears: each ear gets its share of both,
 * so that spectrum and interaural coherence are those of a diffuse field.
 *
 * Slow parts (tuning, ears) are pure functions that fill plain structs, on any thread; the audio thread takes those and
 * crossfades from the ones before. Works in chunks of its own, so the output does not depend on the host's blocks.
 */
#ifndef PINNA_DSP_REVERB_H
#define PINNA_DSP_REVERB_H

#include "base/memory.h"
#include "dsp/kernels.h"

enum {
    PINNA_REVERB_LINES = 16,
    PINNA_REVERB_CHUNK = 64,
    PINNA_REVERB_BANDS = 7, /**< Octaves 125 Hz to 8 kHz; the outer ones reach to 0 and to the Nyquist frequency. */
    PINNA_REVERB_MAX_INPUTS = 4,
    PINNA_REVERB_MAX_EAR_TAPS = 512,
    PINNA_REVERB_EARS = 2
};

/** The shortest and longest decay a tuning can hold, seconds per 60 dB. */
#define PINNA_REVERB_MIN_RT60_S 0.1f
#define PINNA_REVERB_MAX_RT60_S 20.0f
#define PINNA_REVERB_MAX_PRE_DELAY_S 0.25f

/** What is asked for. Values out of range are cut to it. */
typedef struct pinna_reverb_params {
    float size_m[3];                  /**< Of the room, 1 to 200 each: sets the lines' lengths, not the level. */
    float rt60_s[PINNA_REVERB_BANDS]; /**< Decay by 60 dB in each octave. */
    float pre_delay_s;                /**< From input to the tail's first sample; no less than the network needs. */
    float level;                      /**< Linear, 0 to 100: at 1 kHz each ear's response to a unit impulse has the
                                           energy level^2, before the ears' own spectrum. */
} pinna_reverb_params;

/** Lengths and filters for one sample rate. Filters run as b0 + b1 z^-1 + b2 z^-2 over 1 + a1 z^-1 + a2 z^-2. */
typedef struct pinna_reverb_tuning {
    uint32_t line_frames[PINNA_REVERB_LINES];
    uint32_t pre_delay_frames; /**< In front of the network. */
    uint32_t onset_frames;     /**< Input to the tail's first sample, with the pre-delay. */
    float gain;
    float sections[PINNA_REVERB_BANDS][5][PINNA_REVERB_LINES]; /**< b0, b1, b2, a1, a2 */
} pinna_reverb_tuning;

/** Takes about 2 ms, no memory: not for the audio thread. */
void pinna_reverb_tune(const pinna_reverb_params* params, double sample_rate_hz, pinna_reverb_tuning* out);

/** Three bands as tone.h splits them: to 500 Hz, 1 to 4 kHz, 8 kHz. */
void pinna_reverb_spread_bands(float low_s, float middle_s, float high_s, float rt60_s[PINNA_REVERB_BANDS]);

/** Filters from the two sums to the ears. */
typedef struct pinna_reverb_ears {
    float taps[PINNA_REVERB_EARS][PINNA_REVERB_EARS][PINNA_REVERB_MAX_EAR_TAPS]; /**< [sum][ear][tap] */
} pinna_reverb_ears;

/** Taps used at a sample rate: 3.3 ms, a multiple of 16. */
uint32_t pinna_reverb_ear_tap_count(double sample_rate_hz);

/**
 * @param coherence  Wanted between the ears, -1 to 1, at bin_count frequencies evenly from 0 to Nyquist.
 * @param power      Wanted at each ear, at the same frequencies; 1 leaves the tail's spectrum as tuned.
 * @return false without memory.
 */
bool pinna_reverb_shape_ears(pinna_reverb_ears* out, double sample_rate_hz, const float* coherence,
                             const float* const power[PINNA_REVERB_EARS], uint32_t bin_count,
                             pinna_allocator allocator);

typedef struct pinna_reverb_config {
    double sample_rate_hz;
    uint32_t input_count; /**< 1 to PINNA_REVERB_MAX_INPUTS, each thickened its own way. */
    const pinna_kernels* kernels;
} pinna_reverb_config;

typedef struct pinna_reverb pinna_reverb;

/**
 * Takes the memory (about half a megabyte at 48 kHz) and, where arena->base is set, starts it: silent, with this tuning
 * and these ears.
 *
 * @param tuning, ears  Copied. May be NULL while measuring.
 * @return NULL while measuring.
 */
pinna_reverb* pinna_reverb_place(pinna_arena* arena, const pinna_reverb_config* config,
                                 const pinna_reverb_tuning* tuning, const pinna_reverb_ears* ears);

/** Copied; heard from the next chunk, by a crossfade of about 45 ms; at once in silence. While one runs, the newest
 *  waits for its end. */
void pinna_reverb_set_tuning(pinna_reverb* reverb, const pinna_reverb_tuning* tuning);
void pinna_reverb_set_ears(pinna_reverb* reverb, const pinna_reverb_ears* ears);

/** Forgets all sound and ends any crossfade. */
void pinna_reverb_reset(pinna_reverb* reverb);

/** Nothing is to be heard until something comes in: it need not be run. */
bool pinna_reverb_is_silent(const pinna_reverb* reverb);

/**
 * Overwrites left and right. Real-time safe; any frame count. Input that is not finite counts as silence.
 *
 * @param inputs  input_count pointers; NULL is silence.
 */
void pinna_reverb_process(pinna_reverb* reverb, const float* const* inputs, float* left, float* right,
                          size_t frame_count);

#endif
