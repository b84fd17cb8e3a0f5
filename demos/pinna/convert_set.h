/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_CONVERT_SET_H
#define PINNA_DEMOS_CONVERT_SET_H

#include <pinna/hrtf.h>

/* A measured set whose arrays may be changed, and what `pinna convert` does to it. */
typedef struct convert_set {
    pinna_measured_set measured; /**< Points to the arrays below. */
    float* hrirs;
    float* delays_frames; /**< NULL: none. */
    pinna_vec3* positions_m;
} convert_set;

/** Each returns PINNA_OK or PINNA_ERROR_MEMORY where nothing else is said. */
PINNA_NODISCARD pinna_status convert_set_copy(const pinna_measured_set* from, convert_set* out);

/** Moves delays into the responses, where every program hears them. */
PINNA_NODISCARD pinna_status convert_set_bake_delays(convert_set* set, pinna_report* report);

/** Changes the rate and keeps the frequency responses. @return also PINNA_ERROR_UNSUPPORTED. */
PINNA_NODISCARD pinna_status convert_set_resample(convert_set* set, uint32_t to_hz, pinna_report* report);

/** Cuts, with a fade of the last eighth, or appends silence. */
PINNA_NODISCARD pinna_status convert_set_set_length(convert_set* set, uint32_t tap_count, pinna_report* report);

/** Replaces the responses by what the engine makes of them with these options: minimum phase and delays. */
PINNA_NODISCARD pinna_status convert_set_apply(convert_set* set, const pinna_hrtf_options* options,
                                               pinna_report* report);

/** Adds the time differences of a rigid sphere of this circumference to the delays. */
PINNA_NODISCARD pinna_status convert_set_add_itd(convert_set* set, double circumference_m);

/** Largest difference of two sets, responses in dB re the first one's energy. INFINITY: not the same measurements. */
double convert_set_difference_db(const pinna_measured_set* a, const pinna_measured_set* b);

/** Accepts a zeroed set. */
void convert_set_free(convert_set* set);

#endif
