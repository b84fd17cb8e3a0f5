/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_WORDS_H
#define PINNA_DEMOS_LIVE_WORDS_H

#include <pinna/geometry.h>

#include <stddef.h>

/* What a tracker says, in words a person can check against what they did. */

/** "30 degrees left, 5 up, level"; "straight ahead" within 2 degrees. */
void pinna_live_words_pose(pinna_quat pose, char* text, size_t size);

/** The largest part of the turn from one pose to another: "turned left", "looked up", "tilted right". Returns its
    degrees; below 8 nothing is said and 0 returned. */
float pinna_live_words_turn(pinna_quat from, pinna_quat to, char* text, size_t size);

#endif
