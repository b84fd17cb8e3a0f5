/* SPDX-License-Identifier: MIT */
/*
 * The steps from a measured set to a prepared one, in order: trim (how much of each response), pick (which
 * measurements), plan_fill (which directions nobody measured), split (minimum phase and delays), fill, triangulate,
 * equalize, personalize, level, basis. prepare.c calls them.
 */
#ifndef PINNA_HRTF_BUILD_H
#define PINNA_HRTF_BUILD_H

#include <pinna/hrtf.h>

#include "base/memory.h"
#include "dsp/kernels.h"
#include "hrtf/delays.h"
#include "hrtf/hrtf.h"
#include "hrtf/power.h"
#include "hrtf/sphere.h"

enum { PINNA_HRTF_BASIS_COUNT = 24 /**< A multiple of 8. */ };

/** One distance's grid in the making. Arrays are by direction: measured ones first, then filled ones. */
typedef struct pinna_grid {
    float radius_m;
    uint32_t measured_count, direction_count;
    uint32_t* measurements;  /**< [measured] index into the measured set */
    pinna_vec3* directions;
    float* hrirs;            /**< [direction][ear][tap] */
    float* delays_frames;    /**< [direction][ear] */
    float* areas;            /**< [direction] share of the sphere, sums to 1 */
    pinna_sphere sphere;
} pinna_grid;

/** Directions as they were split, so that a part of the same set need not be split again. */
typedef struct pinna_splits {
    float scale;
    const uint32_t* places;      /**< [measurement] 1 + place below; 0: not among them. */
    const float* hrirs;          /**< [place][ear][tap] */
    const float* delays_frames;  /**< [place][ear] by the onsets */
    pinna_delays notes;          /**< By place. */
    pinna_measured_set measured; /**< What was split, trimmed. */
} pinna_splits;

/** What all steps share. */
typedef struct pinna_build {
    const pinna_measured_set* measured;
    uint32_t sample_rate_hz, tap_count;
    float scale; /**< Factor of the measured HRIRs in grid.hrirs before level. */
    const pinna_hrtf_options* options;
    const float* equalizer; /**< [tap] learnt from the reference distance; NULL before. */
    double growth_frames; /**< Of the head's radius, once the reference distance has been personalized. */
    const pinna_kernels* kernels;
    pinna_report* report;
    pinna_pool* pool;    /**< What the set keeps. */
    pinna_pool* scratch; /**< What only the making needs. */
    const pinna_splits* known; /**< Of the same responses and options, for pinna_build_split(). NULL: none. */
    pinna_splits* kept;        /**< What it is to keep of the reference distance, in scratch memory. NULL: nothing. */
    pinna_grid grid;
} pinna_build;

enum { PINNA_BUILD_MAX_SHELLS = 16 };

/** Measurements that make one grid: at one distance, or at several whose directions complement each other. */
typedef struct pinna_shell_range {
    float radius_m; /**< Mean. */
    uint32_t first, count; /**< In the order of distances. */
} pinna_shell_range;

/** The distances that become grids, ascending; the reference is the fullest. */
typedef struct pinna_shells {
    pinna_shell_range ranges[PINNA_BUILD_MAX_SHELLS];
    uint32_t count, reference;
    float spacing_rad; /**< Directions nearer to each other than this become one. */
    uint8_t* members;  /**< [measurement] index of its shell; PINNA_BUILD_MAX_SHELLS: of none. In scratch memory. */
} pinna_shells;

/** Makes build->measured a shorter copy in `out` where its responses are much longer than a head's. False: no memory.
 */
bool pinna_build_trim(pinna_build* build, pinna_measured_set* out);

/** Distance of a measurement; 1 where the file gives none. */
float pinna_build_radius(const pinna_measured_set* measured, uint32_t measurement);

/** Finds what distances there are and reports several. */
pinna_status pinna_build_find_shells(const pinna_build* build, pinna_shells* shells);

/** Takes one shell's measurements, drops those that are too near to another; sets grid.measured_count, measurements,
 *  directions (in scratch memory: not final yet). */
pinna_status pinna_build_pick(pinna_build* build, const pinna_shells* shells, uint32_t shell);

/** Adds the directions nobody measured to grid.directions, which is final afterwards: it and all it sizes is kept. */
pinna_status pinna_build_plan_fill(pinna_build* build);

/** Sets grid.hrirs and grid.delays_frames, those of the measured directions; the others are zero. */
pinna_status pinna_build_split(pinna_build* build);

/** Whether all of the grid's measurements are among build->known; then they are taken from there. */
bool pinna_splits_have(const pinna_build* build);

/** Sets grid.hrirs, grid.delays_frames and notes to what is known. */
void pinna_splits_take(const pinna_build* build, pinna_delays* notes);

/** Sets build->kept. False: no memory. */
bool pinna_splits_keep(const pinna_build* build, const pinna_delays* notes);

/** Delays the whole set until the least of the first direction_count directions' delays leaves the renderer room. */
pinna_status pinna_build_make_room(pinna_build* build, uint32_t direction_count);

/** Ends taps in half a cosine, an eighth of their length. */
void pinna_build_fade_out(float* taps, uint32_t count);

/** Fills in the directions nobody measured. */
pinna_status pinna_build_fill(pinna_build* build);

/** Sets grid.sphere and grid.areas. */
pinna_status pinna_build_triangulate(pinna_build* build);

/** Makes the mean response over all directions flat. */
pinna_status pinna_build_equalize(pinna_build* build);

/** The listener's own head and ears: size and balance. */
pinna_status pinna_build_personalize(pinna_build* build);

/** Scales the set to the common loudness. Returns the factor on the measured HRIRs through gain. */
pinna_status pinna_build_level(pinna_build* build, float* gain);

/**
 * The batch basis: basis [basis][tap] and gains [direction][ear][basis], in the pool.
 *
 * @param basis  NULL: learnt from this grid and returned. Else only gains are made, on this basis.
 */
pinna_status pinna_build_basis(pinna_build* build, uint32_t basis_count, const float** basis, const float** gains);

/** The grid's power with sound from everywhere, both ears together, in scratch memory; NULL without. */
pinna_power_sum* pinna_build_diffuse_power(const pinna_build* build, pinna_power* power);

/** Angle between unit vectors, radians. */
double pinna_build_angle(pinna_vec3 a, pinna_vec3 b);

#endif
