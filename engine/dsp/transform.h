/* SPDX-License-Identifier: MIT */
/*
 * The transform behind the partitioned convolver, floor 1.
 *
 * Overlap-save needs products of real windows of 2 P samples. Instead of a real transform with its packing, the window
 * is read as P complex numbers z[n] = (x[n] + i x[n + P]) exp(i pi n / 2P): multiplying two such transforms convolves
 * modulo (shift by 2P = -1), and the sign only touches the half of the result that overlap-save throws away.
 */
#ifndef PINNA_DSP_TRANSFORM_H
#define PINNA_DSP_TRANSFORM_H

#include "base/memory.h"
#include "dsp/spectral.h"

enum {
    PINNA_TRANSFORM_SIZES = 5, /**< P = 256, 1024, 4096, 16384, 65536, named by their index 0 to 4. */
    PINNA_TRANSFORM_MIN = PINNA_GROUP
};

/** Points P of a transform. */
static inline uint32_t pinna_transform_points(uint32_t size_index)
{
    return (uint32_t)PINNA_TRANSFORM_MIN << (2 * size_index);
}

/** Passes of radix-4 butterflies before (forward) or after (inverse) the leaves. */
static inline uint32_t pinna_transform_pass_count(uint32_t size_index)
{
    return size_index + 2;
}

/** Constants for all sizes up to one. Read-only once filled. */
typedef struct pinna_transform_tables {
    float* twiddles[PINNA_TRANSFORM_SIZES + 1]; /**< For blocks of 64 << 2k points; see pinna_spectral.forward4. */
    float* cosine[PINNA_TRANSFORM_SIZES];       /**< cos(pi n / 2P). */
    float* sine[PINNA_TRANSFORM_SIZES];
} pinna_transform_tables;

/** Takes memory for sizes 0 to size_count - 1. */
void pinna_transform_tables_take(pinna_transform_tables* tables, pinna_arena* arena, uint32_t size_count);
void pinna_transform_tables_fill(pinna_transform_tables* tables, uint32_t size_count);

/** Block length of pass 0 (the longest) to pass_count - 1 (64), and its twiddles. */
static inline uint32_t pinna_transform_pass_length(uint32_t size_index, uint32_t pass)
{
    return pinna_transform_points(size_index) >> (2 * pass);
}

static inline const float* pinna_transform_pass_twiddles(const pinna_transform_tables* tables, uint32_t size_index,
                                                         uint32_t pass)
{
    return tables->twiddles[size_index + 1 - pass];
}

#endif
