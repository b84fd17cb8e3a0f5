/* SPDX-License-Identifier: MIT */
/* The decoder's filters, fitted to a set. Load time. */
#ifndef PINNA_AMBISONICS_FIT_H
#define PINNA_AMBISONICS_FIT_H

#include "ambisonics/harmonics.h"
#include "base/memory.h"

typedef struct pinna_ambisonics_filters {
    uint32_t channel_count, tap_count;
    float* taps; /**< [channel, ACN][ear][tap], for SN3D. */
} pinna_ambisonics_filters;

/** @param pool  Keeps the taps. @return PINNA_OK or PINNA_ERROR_MEMORY. */
pinna_status pinna_ambisonics_fit(const pinna_hrtf* hrtf, uint32_t order, bool max_re, pinna_pool* pool,
                                  pinna_ambisonics_filters* out);

#endif
