/* SPDX-License-Identifier: MIT */
#include "dsp/decorrelator.h"

#include <math.h>
#include <string.h>

#define LENGTH_S 10.7e-3
#define DECAY 2.3 /* the last taps are 20 dB softer than the first */

static double next_random(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state / 4294967296.0;
}

void pinna_decorrelator_init(pinna_decorrelator* d, double sample_rate_hz)
{
    uint32_t state = 20240229;
    double length = LENGTH_S * sample_rate_hz, slot = length / (PINNA_DECORRELATOR_TAPS + 1), energy = 0.0;
    double gains[PINNA_DECORRELATOR_TAPS];
    d->past_frames = (uint32_t)ceil(length) + 1;
    for (int i = 0; i < PINNA_DECORRELATOR_TAPS; i++) {
        d->positions[i] = (uint32_t)(slot * (i + 1 + 0.9 * next_random(&state)));
        gains[i] = exp(-DECAY * i / PINNA_DECORRELATOR_TAPS);
    }
    /* Pairs of opposite signs, in random order. */
    for (int i = 0; i < PINNA_DECORRELATOR_TAPS; i += 2) {
        gains[i + 1] = -gains[i];
        if (next_random(&state) < 0.5) {
            gains[i] = -gains[i];
            gains[i + 1] = -gains[i + 1];
        }
    }
    for (int i = 0; i < PINNA_DECORRELATOR_TAPS; i++) energy += gains[i] * gains[i];
    for (int i = 0; i < PINNA_DECORRELATOR_TAPS; i++)
        d->gains[i] = (float)(gains[i] / sqrt(energy));
}

void pinna_decorrelator_run(const pinna_decorrelator* d, const pinna_kernels* kernels, const float* in, float* out,
                            size_t frame_count)
{
    memset(out, 0, frame_count * sizeof *out);
    for (int i = 0; i < PINNA_DECORRELATOR_TAPS; i++)
        kernels->ramp_add(out, in - d->positions[i], d->gains[i], 0.0f, frame_count);
}
