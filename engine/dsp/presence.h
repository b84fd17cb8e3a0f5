/* SPDX-License-Identifier: MIT */
/*
 * The band from 2 to 6 kHz raised or lowered: the signal, and a gain times what a band pass lets through of it. The
 * filter never changes, so that its gain may move, and at 0 it may be switched off, whatever its state.
 */
#ifndef PINNA_DSP_PRESENCE_H
#define PINNA_DSP_PRESENCE_H

#include <stddef.h>

typedef struct pinna_presence_filter {
    float b0, a1, a2; /**< b0 (1 - z^-2) over 1 + a1 z^-1 + a2 z^-2 */
} pinna_presence_filter;

typedef struct pinna_presence {
    float z[2];
} pinna_presence;

void pinna_presence_init(pinna_presence_filter* filter, double sample_rate_hz);

/**
 * In place is fine. Samples that are not finite count as silence. The gain of frame n is from + step (phase + n + 1):
 * 0 changes nothing, 1 raises the middle of the band to twice its level.
 */
void pinna_presence_process(pinna_presence* presence, const pinna_presence_filter* filter, const float* in, float* out,
                            float from, float step, size_t phase, size_t frame_count);

#endif
