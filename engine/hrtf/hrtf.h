/* SPDX-License-Identifier: MIT */
/* A prepared set from the inside: what the renderer reads. */
#ifndef PINNA_HRTF_INTERNAL_H
#define PINNA_HRTF_INTERNAL_H

#include <pinna/hrtf.h>

#include "base/memory.h"
#include "dsp/kernels.h"
#include "dsp/reverb.h"
#include "hrtf/nearfield.h"
#include "hrtf/sphere.h"

#include <stdatomic.h>

/** Delays below this leave no room for the fractional filter and its glide; a set that has them is delayed as a
    whole. */
#define PINNA_HRTF_MIN_DELAY_FRAMES 9.0f

enum { PINNA_HRTF_MAX_BASIS = 64 };

/** The grid at one measurement distance. Arrays by grid direction; filled directions follow the measured ones. */
typedef struct pinna_shell {
    float radius_m;
    uint32_t direction_count, measured_count;
    const pinna_vec3* directions;
    const float* hrirs;         /**< [direction][ear][tap] minimum phase. */
    const float* delays_frames; /**< [direction][ear] */
    const float* gains;         /**< [direction][ear][basis] */
    pinna_sphere sphere;
} pinna_shell;

struct pinna_hrtf {
    atomic_uint reference_count;
    pinna_pool pool; /**< Holds everything, this struct included. */
    pinna_hrtf_info info;
    const pinna_kernels* kernels;
    uint32_t shell_count; /**< Ascending radius. */
    uint32_t reference_shell;
    const pinna_shell* shells;
    const float* basis; /**< [basis][tap], shared by both ears. */
    const pinna_nearfield* nearfield;
    const pinna_reverb_ears* ears; /**< What makes a tail's two sums a diffuse field for this head. */
};

/** What becomes of a set decides how much of it is made. */
typedef enum pinna_purpose {
    PINNA_PURPOSE_RENDER,
    PINNA_PURPOSE_EXAMINE, /**< Only pinna_hrtf_lookup(): no basis, no ears. */
    PINNA_PURPOSE_COMPARE, /**< The same, of the reference distance alone. */
} pinna_purpose;

struct pinna_splits; /* build.h */

/**
 * As pinna_hrtf_prepare(), for a purpose.
 *
 * @param known  Of responses among which these are, prepared with the same config. NULL: none.
 */
pinna_status pinna_hrtf_prepare_for(pinna_purpose purpose, const pinna_measured_set* measured,
                                    const pinna_prepare_config* config, const struct pinna_splits* known,
                                    pinna_report* report, pinna_hrtf** out);

/** As pinna_hrtf_cross_validate(). @param known  Of all of them. NULL: none. */
pinna_status pinna_hrtf_validate(const pinna_measured_set* measured, const pinna_prepare_config* config,
                                 uint32_t fold_count, const struct pinna_splits* known, pinna_hrtf_quality* out);

/** The shell whose directions and filters form the grid. */
static inline const pinna_shell* pinna_hrtf_shell(const pinna_hrtf* hrtf)
{
    return &hrtf->shells[hrtf->reference_shell];
}

#endif
