/* SPDX-License-Identifier: MIT */
/* From where a source is, seen from the head, to the filters, gains and delays that put it there. Real-time safe. */
#ifndef PINNA_HRTF_AIM_H
#define PINNA_HRTF_AIM_H

#include "hrtf/hrtf.h"

/** Where a source is, in the head's frame. */
typedef struct pinna_target {
    pinna_vec3 direction; /**< Unit vector. */
    float distance_m;
    float extent_rad;     /**< Angular radius; 0: a point. */
    bool near_field;
    bool side;            /**< The part of a wide source that differs between the ears: the right ear's is turned
                               over. */
} pinna_target;

enum { PINNA_AIM_MAX_PARTS = 8 };

/** One place on one grid, and its share. */
typedef struct pinna_aim_part {
    const pinna_shell* shell;
    pinna_blend blend;
    float share;
} pinna_aim_part;

/** What a target comes to. */
typedef struct pinna_aim {
    uint32_t part_count;
    pinna_aim_part parts[PINNA_EAR_COUNT][PINNA_AIM_MAX_PARTS];
    double delay_frames[PINNA_EAR_COUNT]; /**< In double: a float's rounding of 50 frames is heard at -97 dB. */
    float ear_gain[PINNA_EAR_COUNT];
    bool is_far;  /**< Both ears' only part is the same. */
    bool shaded; /**< bands are not all 1. */
    float bands[PINNA_EAR_COUNT][PINNA_TONE_BANDS]; /**< Levels of nearness. */
} pinna_aim;

/** Whether a target is a point so far away that both ears see it in one direction: by far the most are. */
PINNA_REALTIME bool pinna_target_is_far(const pinna_hrtf* hrtf, const pinna_target* target);

/** What such a target comes to: its place on the grid, looked for from *triangle on, and the delays. */
PINNA_REALTIME pinna_blend pinna_hrtf_aim_far(const pinna_hrtf* hrtf, pinna_vec3 direction, uint32_t* triangle,
                                              double delay_frames[PINNA_EAR_COUNT]);

/** Both ears' taps of such a target. */
PINNA_REALTIME void pinna_blend_taps(const pinna_hrtf* hrtf, const pinna_blend* blend,
                                     float* const taps[PINNA_EAR_COUNT]);

/** Fetches into the cache what pinna_blend_taps() will read. */
PINNA_REALTIME void pinna_blend_prefetch_taps(const pinna_hrtf* hrtf, const pinna_blend* blend);

/** Fetches into the cache what pinna_blend_change() will read. */
PINNA_REALTIME void pinna_blend_prefetch(const pinna_hrtf* hrtf, const pinna_blend* blend);

/** Makes gains the basis gains of a place on the grid, [ear][basis]; change is what they were less what they are. */
PINNA_REALTIME void pinna_blend_change(const pinna_hrtf* hrtf, const pinna_blend* blend, float* gains, float* change);

PINNA_REALTIME void pinna_hrtf_aim(const pinna_hrtf* hrtf, const pinna_target* target, pinna_aim* aim);

/** One ear's minimum-phase taps. */
PINNA_REALTIME void pinna_aim_taps(const pinna_hrtf* hrtf, const pinna_aim* aim, int ear, float* taps);

/** Both ears' basis gains, [ear][basis]. */
PINNA_REALTIME void pinna_aim_gains(const pinna_hrtf* hrtf, const pinna_aim* aim, float* gains);

#endif
