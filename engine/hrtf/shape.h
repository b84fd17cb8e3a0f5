/* SPDX-License-Identifier: MIT */
/*
 * Changes the levels of responses over frequency before they are made minimum phase: the low end extended, cues
 * expanded. Two passes over a set's spectra: the first learns the mean over directions and what the lateral angle alone
 * adds to it, the second changes each direction by what it differs from them. Load time.
 *
 * Cues. What a response's level differs from the mean has two parts: one common to a cone of confusion, which the
 * lateral angle gives, and the rest, which tells up from down and front from back. Both are smoothed over a third of an
 * octave and magnified; but the first, which is the larger by far and tells nothing the ITD does not, no further than
 * a quarter of the limit. Nothing is changed below 2.5 kHz, and all above 5 kHz; and the change is made to leave the
 * phase of what lies below alone (lowphase.h), so that time differences stay by any measure. Last, each direction gets
 * back the level difference of the ears and the loudness it had, by gains that act where cues are expanded.
 */
#ifndef PINNA_HRTF_SHAPE_H
#define PINNA_HRTF_SHAPE_H

#include <pinna/hrtf.h>

#include "base/memory.h"
#include "dsp/fft_lanes.h"
#include "hrtf/lowphase.h"

enum { PINNA_SHAPE_BATCH = PINNA_FFT_LANES / 2 /**< Directions at once: lane ear * PINNA_SHAPE_BATCH + i. */ };

enum { PINNA_SHAPE_TERMS = 6 /**< Legendre polynomials of the sine of the lateral angle, degree 0 first. */ };

/** Levels are natural logarithms of magnitudes. */
typedef struct pinna_shape {
    const pinna_hrtf_options* options;
    size_t bin_count;
    double bin_hz;
    double gram[PINNA_SHAPE_TERMS][PINNA_SHAPE_TERMS]; /**< Of the polynomials, over the directions noted. */
    float* mean[PINNA_EAR_COUNT];                      /**< [bin] over directions. */
    float* terms[PINNA_EAR_COUNT]; /**< [bin][term] In the first pass moments, then factors of the polynomials. */
    float low_level;               /**< Where the mean goes on flat. */
    float* measured_share;         /**< [bin] 0 below the low extension, 1 above. */
    float* cue_share;              /**< [bin] 0 where cues stay, 1 where they are expanded. */
    pinna_lowphase lowphase;       /**< Only with cues to expand. */
    float* changes;                /**< [bin][lane] of the level, where cues are expanded. */
    float* pink;                   /**< [bin] K-weighted pink noise. */
    float *reach_low, *reach_high; /**< [bin] Ends of the smoothing window in the sums. */
    float* levels;                 /**< [bin][lane] */
    float *lateral, *other;        /**< [bin + 1][lane] the two parts, added up from bin 0 on. */
} pinna_shape;

bool pinna_shape_extends(const pinna_hrtf_options* options);
bool pinna_shape_expands(const pinna_hrtf_options* options);

/** False without memory. n is the transforms' size. */
bool pinna_shape_init(pinna_shape* shape, pinna_pool* pool, const pinna_hrtf_options* options, uint32_t n,
                      double sample_rate_hz);

/** First pass: spectra of up to PINNA_SHAPE_BATCH directions, the sines of their lateral angles, and their shares of
 * the sphere (0: lane not in use). */
void pinna_shape_note(pinna_shape* shape, const float* spectrum, const float sines[PINNA_SHAPE_BATCH],
                      const float weights[PINNA_SHAPE_BATCH]);

/** Between the passes. */
void pinna_shape_close(pinna_shape* shape);

/** Second pass: the low end of spectra extended. Magnitudes come out, as real spectra. */
void pinna_shape_extend(pinna_shape* shape, float* spectrum);

/** Second pass: cues of (extended) spectra expanded; phases stay as they come. */
void pinna_shape_expand(pinna_shape* shape, float* spectrum, const float sines[PINNA_SHAPE_BATCH]);

#endif
