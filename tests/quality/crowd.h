/* SPDX-License-Identifier: MIT */
/* A busy scene for the tests that compare one rendering with another: sources that move, come and go, a head that
 * turns. */
#ifndef PINNA_TESTS_CROWD_H
#define PINNA_TESTS_CROWD_H

#include "support.h"

enum { CROWD_SOURCES = 30, CROWD_PERIOD = 4096, CROWD_PERIODS = 8, CROWD_FRAMES = CROWD_PERIOD * CROWD_PERIODS };

/** Renders the scene in blocks of at most block_frames; parameters change each CROWD_PERIOD frames. Left then right,
 *  CROWD_FRAMES each. Free with free(). */
float* crowd_render(pinna_hrtf* hrtf, pinna_method method, size_t block_frames);

#endif
