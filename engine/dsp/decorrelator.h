/* SPDX-License-Identifier: MIT */
/*
 * A signal with the same spectrum and level, but not correlated with its input: sparse noise of plus and minus ones
 * that decays (Valimaki et al., "Late reverberation synthesis using filtered velvet noise", 2017). Its taps sum to
 * zero, so that the lowest frequencies, at which no ear hears width, are left out.
 */
#ifndef PINNA_DSP_DECORRELATOR_H
#define PINNA_DSP_DECORRELATOR_H

#include "dsp/kernels.h"

enum { PINNA_DECORRELATOR_TAPS = 24 };

typedef struct pinna_decorrelator {
    uint32_t past_frames; /**< History it reads; about 11 ms. */
    uint32_t positions[PINNA_DECORRELATOR_TAPS];
    float gains[PINNA_DECORRELATOR_TAPS];
} pinna_decorrelator;

void pinna_decorrelator_init(pinna_decorrelator* decorrelator, double sample_rate_hz);

/** in[-past_frames] on is readable. Overwrites out. */
void pinna_decorrelator_run(const pinna_decorrelator* decorrelator, const pinna_kernels* kernels, const float* in,
                            float* out, size_t frame_count);

#endif
