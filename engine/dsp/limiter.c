/* SPDX-License-Identifier: MIT */
#include "dsp/limiter.h"

#include <math.h>

void pinna_limiter_init(pinna_limiter* limiter, double sample_rate_hz)
{
    limiter->excess = 0.0f;
    limiter->release = (float)exp(-1.0 / (0.1 * sample_rate_hz));
}

/* False also for NaN. */
static int all_within_one(const float* left, const float* right, size_t frame_count)
{
    int within = 1;
    for (size_t n = 0; n < frame_count; n++)
        within &= (fabsf(left[n]) <= 1.0f) & (fabsf(right[n]) <= 1.0f);
    return within;
}

void pinna_limiter_process(pinna_limiter* limiter, float* left, float* right, size_t frame_count)
{
    float excess = limiter->excess;
    if (excess == 0.0f && all_within_one(left, right, frame_count)) return;
    for (size_t n = 0; n < frame_count; n++) {
        float l = isfinite(left[n]) ? left[n] : 0.0f, r = isfinite(right[n]) ? right[n] : 0.0f;
        excess *= limiter->release;
        if (excess < 1e-6f) excess = 0.0f; /* ends, rather than creeping on for ever */
        excess = fmaxf(excess, fmaxf(fabsf(l), fabsf(r)) - 1.0f);
        float gain = 1.0f / (1.0f + excess);
        /* A quotient of huge numbers may round to just above 1. */
        left[n] = fminf(fmaxf(l * gain, -1.0f), 1.0f);
        right[n] = fminf(fmaxf(r * gain, -1.0f), 1.0f);
    }
    limiter->excess = excess;
}
