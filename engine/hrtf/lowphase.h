/* SPDX-License-Identifier: MIT */
/*
 * Changes of level over frequency that leave the phase of low frequencies alone. The minimum phase that a change G
 * above some frequency brings along reaches far below it: by Bode's relation it is, in the variable W = tan(w / 2),
 *
 *     phase(W) = 2 / pi * sum over j of W^(2 j - 1) * integral of log G(V) / V^(2 j) dV,    j = 1, 2, ...
 *
 * of which j = 1 is a delay. Where what both ears' changes differ by has first integrals of zero, the time differences
 * that ears take from low frequencies stay as they were. Load time.
 */
#ifndef PINNA_HRTF_LOWPHASE_H
#define PINNA_HRTF_LOWPHASE_H

#include "base/memory.h"
#include "dsp/fft_lanes.h"

enum { PINNA_LOWPHASE_MOMENTS = 3 /**< Integrals that are made zero. */ };

typedef struct pinna_lowphase {
    size_t bin_count;
    float* take[PINNA_LOWPHASE_MOMENTS]; /**< [bin] */
    float* give[PINNA_LOWPHASE_MOMENTS]; /**< [bin] where take's sums go */
} pinna_lowphase;

/**
 * False without memory.
 *
 * @param share  [bin] 0 to 1: where changes may be made. A correction goes there, more of it the higher the frequency.
 * @param n      The transforms' size.
 */
bool pinna_lowphase_init(pinna_lowphase* lowphase, pinna_pool* pool, const float* share, uint32_t n);

/** The nearest change that leaves low frequencies' phase between the ears alone: lanes l and l + half of them are a
 * pair. levels: [bin][lane], zero where share is. */
void pinna_lowphase_keep(const pinna_lowphase* lowphase, float* levels);

#endif
