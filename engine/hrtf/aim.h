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
} pinna_target;

/** What a target comes to: a place on the grid per ear, and delays. */
typedef struct pinna_aim {
    pinna_blend blends[PINNA_EAR_COUNT];
    float delay_frames[PINNA_EAR_COUNT];
} pinna_aim;

PINNA_REALTIME void pinna_hrtf_aim(const pinna_hrtf* hrtf, const pinna_target* target, pinna_aim* aim);

/** One ear's minimum-phase taps. */
PINNA_REALTIME void pinna_aim_taps(const pinna_hrtf* hrtf, const pinna_aim* aim, int ear, float* taps);

/** Both ears' basis gains, [ear][basis]. */
PINNA_REALTIME void pinna_aim_gains(const pinna_hrtf* hrtf, const pinna_aim* aim, float* gains);

#endif
