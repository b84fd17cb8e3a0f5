/* SPDX-License-Identifier: MIT */
/* Real spherical harmonics and how they turn. Floor: ambisonics. Pure, real-time safe. */
#ifndef PINNA_AMBISONICS_HARMONICS_H
#define PINNA_AMBISONICS_HARMONICS_H

#include <pinna/ambisonics.h>

/** Channel of degree l, index m. */
static inline uint32_t pinna_acn(uint32_t degree, int32_t index)
{
    return (uint32_t)((int32_t)(degree * (degree + 1)) + index);
}

/** Entries of the rotations of degrees 0 to the order: sum of (2 l + 1) squared. */
enum { PINNA_ROTATION_MAX_ENTRIES = 680 };

/** Where a degree's matrix, (2 l + 1) rows of (2 l + 1), begins: sum of (2 k + 1) squared over k < l. */
static inline uint32_t pinna_rotation_start(uint32_t degree)
{
    return degree * (2 * degree - 1) * (2 * degree + 1) / 3;
}

/**
 * The matrices that turn a sound field: out of channel (l, m) is the sum over k of matrix[m + l][k + l] in (l, k). A
 * source encoded at d becomes one encoded at pinna_quat_rotate(q, d). The same for SN3D and N3D.
 *
 * @param q         Unit length.
 * @param matrices  pinna_rotation_start(order + 1) entries.
 */
void pinna_rotation_make(uint32_t order, pinna_quat q, float* matrices);

#endif
