/* SPDX-License-Identifier: MIT */
/* A safety limiter without look-ahead: no sample leaves above 1, both ears are turned down together. */
#ifndef PINNA_DSP_LIMITER_H
#define PINNA_DSP_LIMITER_H

#include <stddef.h>

typedef struct pinna_limiter {
    float excess;  /**< Of the held peak over 1. */
    float release;  /**< Factor per frame on what exceeds 1. */
} pinna_limiter;

/** Release time constant 100 ms. */
void pinna_limiter_init(pinna_limiter* limiter, double sample_rate_hz);

/** In place. Samples that are not finite become 0. */
void pinna_limiter_process(pinna_limiter* limiter, float* left, float* right, size_t frame_count);

#endif
