/* SPDX-License-Identifier: MIT */
/* The nearest of many directions: sorted along one axis, so that a search looks at a narrow band only. Load time. */
#ifndef PINNA_HRTF_NEAREST_H
#define PINNA_HRTF_NEAREST_H

#include "base/memory.h"

#include <pinna/geometry.h>

enum { PINNA_NEAREST_MAX = 16 };

typedef struct pinna_nearest {
    uint32_t count;
    int axis;           /**< Along which the directions spread most: 0 x, 1 y, 2 z. */
    uint32_t* indices;  /**< [count] into the directions given, in ascending order along the axis. */
    pinna_vec3* sorted; /**< [count] */
} pinna_nearest;

/** False without memory. */
bool pinna_nearest_init(pinna_nearest* nearest, pinna_pool* pool, const pinna_vec3* directions, uint32_t count);

/**
 * The nearest directions, nearest first; of equally near ones the lower index.
 *
 * @param skip   Index left out, e.g. the direction itself. UINT32_MAX: none.
 * @param found  Room for wanted indices.
 * @param wanted 1 to PINNA_NEAREST_MAX.
 * @return how many there are, at most wanted.
 */
uint32_t pinna_nearest_find(const pinna_nearest* nearest, pinna_vec3 direction, uint32_t skip, uint32_t* found,
                            uint32_t wanted);

#endif
