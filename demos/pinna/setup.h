/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_SETUP_H
#define PINNA_DEMOS_SETUP_H

#include <pinna/hrtf.h>
#include <pinna/renderer.h>

/* What render, probe and bench choose alike. */

/** Names of pinna_method, in its order; ends with NULL. */
extern const char* const pinna_setup_methods[];

/** Checks a preset's name. NULL: the default one. @param report On failure says which there are. */
PINNA_NODISCARD pinna_status pinna_setup_check_preset(const char* name, pinna_report* report);

/** The same for the option --preset. Returns PINNA_CLI_GO_ON or PINNA_EXIT_USAGE, the error printed. */
int pinna_setup_check_preset_option(const char* name);

/** @param sofa NULL: the user's own head, or the default set. @param tap_count 0: the usual length. */
PINNA_NODISCARD pinna_status pinna_setup_load_hrtf(const char* sofa, uint32_t sample_rate_hz, uint32_t tap_count,
                                                   pinna_report* report, pinna_hrtf** out);

/** Frames after the last input frame until every response has ended: the longest delay, the filter's taps, and some for
    the interpolation of fractional delays. */
uint32_t pinna_setup_tail_frames(const pinna_hrtf* hrtf);

#endif
