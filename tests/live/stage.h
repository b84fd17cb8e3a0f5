/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TESTS_LIVE_STAGE_H
#define PINNA_TESTS_LIVE_STAGE_H

#include "live_session.h"

/* A whole session without device, face and clock: the test renders it, as fast as it can. */
typedef struct stage {
    pinna_live_session* session;
} stage;

enum { STAGE_RATE_HZ = 48000, STAGE_PERIOD = 256 };

/* Skips the test where the default head is missing. scene: a file or a built-in's name. ramp_frames: 0: as usual. */
stage stage_start(const char* scene, uint32_t ramp_frames);
void stage_stop(stage* s);

/* Renders, updating the session after each period. stereo: [frame][ear], or NULL: thrown away. */
void stage_render(stage* s, float* stereo, size_t period_count);

/* Waits until nothing is being loaded, in no time of the scene's. */
void stage_settle(stage* s);

#endif
