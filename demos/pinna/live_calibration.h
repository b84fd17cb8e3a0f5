/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_CALIBRATION_H
#define PINNA_DEMOS_LIVE_CALIBRATION_H

#include "live_head.h"

/*
 * Three-pose calibrations kept from one session to the next, one per tracker. The poses themselves are kept, as the
 * tracker told them: calibrating with them again gives the same axes and the same tilt on the head.
 */
enum { PINNA_LIVE_CALIBRATION_POSES = 4, PINNA_LIVE_CALIBRATION_TRACKERS = 6 };

typedef struct pinna_live_calibration {
    pinna_quat poses[PINNA_LIVE_CALIBRATION_POSES]; /**< Neutral, left, up, tilted right. */
    uint32_t pose_count;                            /**< 3 or 4; 0: never calibrated. */
} pinna_live_calibration;

typedef struct pinna_live_calibrations {
    pinna_live_calibration of[PINNA_LIVE_CALIBRATION_TRACKERS]; /**< By pinna_live_tracker. */
} pinna_live_calibrations;

/** Where they are kept unless another file is named: pinna/calibration.csv in the user's settings. False: no such
    place. */
bool pinna_live_calibration_path(char* path, size_t capacity);

/** Reads a file. One that is not there holds none; lines that are broken, or poses that tell nothing, are warned of and
    passed over. */
pinna_live_calibrations pinna_live_calibration_load(const char* path, pinna_report* report);

/** Writes the file whole or not at all, with the folder it is in. @return PINNA_OK or PINNA_ERROR_FILE; errno tells. */
PINNA_NODISCARD pinna_status pinna_live_calibration_save(const char* path, const pinna_live_calibrations* all);

/** Whether the axes can be worked out from the poses. */
bool pinna_live_calibration_is_sound(const pinna_live_calibration* calibration);

/** What to tell the head. */
pinna_live_head_command pinna_live_calibration_command(const pinna_live_calibration* calibration);

#endif
