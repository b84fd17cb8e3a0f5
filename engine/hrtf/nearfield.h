/* SPDX-License-Identifier: MIT */
/*
 * What nearness does to each ear, by the rigid sphere: Duda and Martens, "Range dependence of the response of a
 * spherical head model", JASA 104(5), 1998. Levels are relative to the free field at the head's centre, in the three
 * bands of dsp/tone.h, on a grid of distance and incidence.
 */
#ifndef PINNA_HRTF_NEARFIELD_H
#define PINNA_HRTF_NEARFIELD_H

#include <pinna/geometry.h>

#include "dsp/tone.h"

enum { PINNA_NEARFIELD_DISTANCES = 16, PINNA_NEARFIELD_ANGLES = 37 };

/** Nearest distance modelled, in head radii: the surface itself is out of bounds. */
#define PINNA_NEARFIELD_MIN_RADII 1.15f

typedef struct pinna_nearfield {
    float radius_m; /**< Of the head. */
    float max_distance_m;
    float levels_db[PINNA_TONE_BANDS][PINNA_NEARFIELD_DISTANCES][PINNA_NEARFIELD_ANGLES];
} pinna_nearfield;

/** @param max_distance_m  Beyond it nothing changes. Takes some milliseconds. */
void pinna_nearfield_init(pinna_nearfield* model, float head_radius_m, float max_distance_m);

/** One ear, seen from a source at direction * distance. */
typedef struct pinna_nearfield_ear {
    pinna_vec3 direction;              /**< Where the source seems to be on the measurement sphere, from this ear. */
    float gains[PINNA_TONE_BANDS];     /**< Linear, on the HRIR measured in that direction. */
    float delay_s;                     /**< To be added to that HRIR's. */
} pinna_nearfield_ear;

/** @param measured_m  Distance of the measurements. Real-time safe. */
PINNA_REALTIME void pinna_nearfield_at(const pinna_nearfield* model, pinna_vec3 direction, float distance_m,
                                       float measured_m, int ear, pinna_nearfield_ear* out);

#endif
