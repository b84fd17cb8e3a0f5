/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_RECORDING_H
#define PINNA_DEMOS_LIVE_RECORDING_H

#include <pinna/tracking.h>

/* A recorded head (t_s,yaw_deg,pitch_deg,roll_deg) that is played as if it were a tracker, round and round. */
typedef struct pinna_live_recording pinna_live_recording;

PINNA_NODISCARD pinna_status pinna_live_recording_load(const char* path, pinna_report* report,
                                                       pinna_live_recording** out);

/** The latest sample due at now_s, its time the moment it was due; false where none has become due since the last call.
 */
bool pinna_live_recording_next(pinna_live_recording* recording, double now_s, pinna_head_sample* out);

/** NULL is accepted. */
void pinna_live_recording_destroy(pinna_live_recording* recording);

#endif
