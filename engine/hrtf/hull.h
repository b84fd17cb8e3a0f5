/* SPDX-License-Identifier: MIT */
/* The convex hull of points on a sphere, by Quickhull (Barber, Dobkin and Huhdanpaa 1996). */
#ifndef PINNA_HRTF_HULL_H
#define PINNA_HRTF_HULL_H

#include "base/memory.h"

#include <pinna/geometry.h>

typedef struct pinna_hull_face {
    uint32_t vertices[3];   /**< Counter-clockwise seen from outside. */
    uint32_t neighbours[3]; /**< Across the edge from vertex i to vertex i + 1. */
    double normal[3], offset;
    uint32_t outside;  /**< First point of the list of points above this face, or PINNA_HULL_NONE. */
    bool alive;
} pinna_hull_face;

#define PINNA_HULL_NONE UINT32_MAX

typedef struct pinna_hull {
    uint32_t face_count; /**< Dead ones included. */
    pinna_hull_face* faces;
} pinna_hull;

/** @return false without memory or where the points are fewer than four or lie in one plane. */
bool pinna_hull_init(pinna_hull* hull, pinna_pool* scratch, const pinna_vec3* points, uint32_t count);

#endif
