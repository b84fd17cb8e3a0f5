/* SPDX-License-Identifier: MIT */
/* Triangulated directions: which three surround any direction, and with which weights. */
#ifndef PINNA_HRTF_SPHERE_H
#define PINNA_HRTF_SPHERE_H

#include <pinna/geometry.h>

#include "base/memory.h"

enum { PINNA_SPHERE_CELLS = 128 /**< Start triangles lie on an octahedral map of 128 x 128 cells. */ };

typedef struct pinna_triangle {
    float to_weights[3][3];  /**< Row i times a direction is proportional to vertex i's weight. */
    uint32_t vertices[3];    /**< Grid indices. */
    uint32_t neighbours[3];  /**< Triangle across the edge opposite vertex i. */
    uint32_t padding;        /**< To a cache line: most lookups read one triangle. */
} pinna_triangle;

typedef struct pinna_sphere {
    uint32_t triangle_count;
    const pinna_triangle* triangles;
    const uint32_t* start; /**< [PINNA_SPHERE_CELLS squared] a triangle near each cell's centre. */
} pinna_sphere;

/** Three grid points and weights that are not negative and sum to 1. */
typedef struct pinna_blend {
    uint32_t vertices[3];
    float weights[3];
} pinna_blend;

/**
 * Triangulates the convex hull of directions that surround the centre. Directions closer than about 0.03 degrees should
 * have been merged before; co-circular ones are fine.
 *
 * @param pool     Keeps the result.
 * @return false without memory, with fewer than four directions, or where they do not surround the centre.
 */
bool pinna_sphere_init(pinna_sphere* sphere, pinna_pool* pool, const pinna_vec3* directions, uint32_t count);

/** A triangle near a direction. */
PINNA_REALTIME uint32_t pinna_sphere_start(const pinna_sphere* sphere, pinna_vec3 direction);

/** The triangle around a unit vector, looked for from one that is likely near; *triangle becomes the one found. */
PINNA_REALTIME pinna_blend pinna_sphere_locate_from(const pinna_sphere* sphere, pinna_vec3 direction,
                                                    uint32_t* triangle);

/** The triangle around a unit vector. Real-time safe. */
PINNA_REALTIME pinna_blend pinna_sphere_locate(const pinna_sphere* sphere, pinna_vec3 direction);

#endif
