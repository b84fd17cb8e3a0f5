/* SPDX-License-Identifier: MIT */
/*
 * Changes the levels of responses over frequency before they are made minimum phase: the low end extended, cues
 * expanded. Two passes over a set's spectra: the first learns the mean over directions, the second changes each by what
 * it differs from the mean. Load time.
 */
#ifndef PINNA_HRTF_SHAPE_H
#define PINNA_HRTF_SHAPE_H

#include <pinna/hrtf.h>

#include "base/memory.h"
#include "dsp/fft_lanes.h"

enum { PINNA_SHAPE_BATCH = PINNA_FFT_LANES / 2 /**< Directions at once: lane ear * PINNA_SHAPE_BATCH + i. */ };

/** Levels are natural logarithms of magnitudes. */
typedef struct pinna_shape {
    const pinna_hrtf_options* options;
    size_t bin_count;
    double bin_hz;
    float weight_sum;
    float* mean[PINNA_EAR_COUNT]; /**< [bin] over directions; after pinna_shape_close() with the low end extended. */
    float low_level;              /**< Where the mean goes on flat. */
    float* measured_share;        /**< [bin] 0 below the extension's end, 1 above. */
    float *reach_low, *reach_high; /**< [bin] Ends of the smoothing window, in bins from the window's edge of bin 0. */
    float* levels;                /**< [bin][lane] */
    float* sums;                  /**< [bin + 1][lane] of what is smoothed, from bin 0 on. */
} pinna_shape;

/** Whether options ask for any of this. */
bool pinna_shape_is_wanted(const pinna_hrtf_options* options);

/** False without memory. n is the transforms' size. */
bool pinna_shape_init(pinna_shape* shape, pinna_pool* pool, const pinna_hrtf_options* options, uint32_t n,
                      double sample_rate_hz);

/** First pass: spectra of up to PINNA_SHAPE_BATCH directions with their shares of the sphere (0: lane not in use). */
void pinna_shape_note(pinna_shape* shape, const float* spectrum, const float weights[PINNA_SHAPE_BATCH]);

/** Between the passes. */
void pinna_shape_close(pinna_shape* shape);

/** Second pass: spectra in, magnitudes out, as real spectra. */
void pinna_shape_apply(pinna_shape* shape, float* spectrum);

#endif
