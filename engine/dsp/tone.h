/* SPDX-License-Identifier: MIT */
/*
 * Three bands with a gain each, split at 800 Hz and 8 kHz by one-pole filters whose parts add up to the input exactly:
 * gains of 1 change nothing, and switching the filter on or off is inaudible whatever its state.
 */
#ifndef PINNA_DSP_TONE_H
#define PINNA_DSP_TONE_H

#include <stddef.h>

enum { PINNA_TONE_BANDS = 3 };

typedef struct pinna_tone_split {
    float low, high; /**< Of the one-pole filters: state += coefficient * (x - state). */
} pinna_tone_split;

typedef struct pinna_tone {
    float low_state, high_state;
} pinna_tone;

void pinna_tone_split_init(pinna_tone_split* split, double sample_rate_hz);

/** In place is fine. Gains go linearly from before the first frame to the last. */
void pinna_tone_process(pinna_tone* tone, const pinna_tone_split* split, const float* in, float* out,
                        const float from[PINNA_TONE_BANDS], const float to[PINNA_TONE_BANDS], size_t frame_count);

#endif
