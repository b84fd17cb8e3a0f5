/* SPDX-License-Identifier: MIT */
/* Band-limited change of rate for impulse responses. Exact rather than fast; for load time. */
#ifndef PINNA_DSP_RESAMPLE_H
#define PINNA_DSP_RESAMPLE_H

#include "base/memory.h"

/** The change of rate of many responses of one length: a band of weights per output sample. */
typedef struct pinna_resampler {
    size_t in_count, out_count;
    size_t lead_frames; /**< Output frames that lie before the input's first sample: the filter's onset. */
    size_t width;       /**< Weights per output sample. */
    const uint32_t* first;  /**< [out_count] input sample of the first weight. */
    const float* weights;   /**< [out_count][width] */
} pinna_resampler;

/**
 * Plans a change of rate that keeps the frequency response (samples scale with from/to). Equal rates copy.
 *
 * @return false without memory.
 */
bool pinna_resampler_init(pinna_resampler* resampler, pinna_pool* pool, size_t in_count, double from_hz, double to_hz);

/** out: out_count samples; sample n is the response at time (n - lead_frames) / to_hz. */
void pinna_resampler_run(const pinna_resampler* resampler, const float* in, float* out);

#endif
