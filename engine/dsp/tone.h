/* SPDX-License-Identifier: MIT */
/*
 * Three bands with a gain each, split at 800 Hz and 8 kHz by one-pole filters whose parts add up to the input exactly:
 * gains of 1 change nothing, and switching the filter on or off is inaudible whatever its state.
 */
#ifndef PINNA_DSP_TONE_H
#define PINNA_DSP_TONE_H

#include "dsp/kernels.h"

enum { PINNA_TONE_BANDS = 3 };

typedef struct pinna_tone_split {
    pinna_pole low, high;
} pinna_tone_split;

/** The newest frames of the input and of what passes either filter. */
typedef struct pinna_tone {
    float in[PINNA_POLE_AHEAD], low[PINNA_POLE_AHEAD], high[PINNA_POLE_AHEAD];
} pinna_tone;

void pinna_tone_split_init(pinna_tone_split* split, double sample_rate_hz);

/** A part of a way: frames of it that lie before, and its whole length. */
typedef struct pinna_tone_way {
    size_t phase, length;
} pinna_tone_way;

/**
 * In place is fine. Gains go linearly over the way's length: the same bits however it is cut, for what filters with
 * feedback behind it make of the last bit can be measured.
 */
void pinna_tone_process(const pinna_kernels* kernels, pinna_tone* tone, const pinna_tone_split* split, const float* in,
                        float* out, const float from[PINNA_TONE_BANDS], const float to[PINNA_TONE_BANDS],
                        pinna_tone_way way, size_t frame_count);

#endif
