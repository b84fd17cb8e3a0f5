/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_SETUP_H
#define PINNA_DEMOS_SETUP_H

#include "cli.h"
#include "scene.h"

#include <pinna/preset.h>

/* What render, probe and bench choose alike. */

/** Names of pinna_method, in its order; ends with NULL. */
extern const char* const pinna_setup_methods[];

/**
 * The preset of a name, with single values set.
 *
 * @param name   NULL: the scene's, or flat.
 * @param scene  Its values come first. NULL: none.
 * @param sets   "name=value" each. NULL: none.
 */
PINNA_NODISCARD pinna_status pinna_setup_choose_preset(const char* name, const pinna_scene* scene,
                                                       const pinna_cli_list* sets, pinna_report* report,
                                                       pinna_preset* out);

/** The same for the options --preset and --set before there is a scene. Returns PINNA_CLI_GO_ON or PINNA_EXIT_USAGE,
    the error printed. */
int pinna_setup_check_set_options(const char* name, const pinna_cli_list* sets);

/** Help of the options --preset and --set. */
extern const char pinna_setup_preset_help[];
extern const char pinna_setup_set_help[];

/** The same as below, for a preset. */
PINNA_NODISCARD pinna_status pinna_setup_load_hrtf_for(const pinna_preset* preset, const char* sofa,
                                                       uint32_t sample_rate_hz, uint32_t tap_count,
                                                       pinna_report* report, pinna_hrtf** out);

/** @param sofa NULL: the user's own head, or the default set. @param tap_count 0: the usual length. */
PINNA_NODISCARD pinna_status pinna_setup_load_hrtf(const char* sofa, uint32_t sample_rate_hz, uint32_t tap_count,
                                                   pinna_report* report, pinna_hrtf** out);

/** Of a renderer of one source whose responses are taken: convolved exactly, no limiter. */
pinna_renderer_config pinna_setup_single_source(pinna_hrtf* hrtf, uint32_t sample_rate_hz, uint32_t block_frames);

/** Frames after the last input frame until every response has ended: the longest delay, the filter's taps, some for the
    interpolation of fractional delays, and until the preset's room is 60 dB down. */
uint32_t pinna_setup_tail_frames_for(const pinna_hrtf* hrtf, const pinna_preset* preset);

#endif
