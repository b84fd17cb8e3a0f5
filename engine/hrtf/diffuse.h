/* SPDX-License-Identifier: MIT */
/* What a set's ears hear where sound comes from everywhere at once: the late part of any room. Floor 2. */
#ifndef PINNA_HRTF_DIFFUSE_H
#define PINNA_HRTF_DIFFUSE_H

#include "hrtf/hrtf.h"

enum { PINNA_DIFFUSE_BINS = 513 /**< Evenly from 0 to half the set's sample rate. */ };

typedef struct pinna_diffuse_field {
    float coherence[PINNA_DIFFUSE_BINS];              /**< Real part of the normalised cross spectrum, -1 to 1. */
    float power[PINNA_EAR_COUNT][PINNA_DIFFUSE_BINS]; /**< Mean over the sphere of the squared magnitude. */
} pinna_diffuse_field;

/**
 * Averages over the grid of the reference distance, each direction weighted by its share of the sphere.
 *
 * @return false without memory. Load time: some milliseconds.
 */
bool pinna_hrtf_diffuse_field(const pinna_hrtf* hrtf, pinna_allocator allocator, pinna_diffuse_field* out);

/** Filters of a reverberator's tail for a finished set, hrtf->ears. @return false without memory. Load time. */
bool pinna_hrtf_make_ears(pinna_hrtf* hrtf, pinna_pool* pool);

#endif
