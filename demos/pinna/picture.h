/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_PICTURE_H
#define PINNA_DEMOS_PICTURE_H

#include "scene.h"

/* Draws what reached the ears over time: where the sources were, the time and level differences between the ears, and
   the level at each. Windows of 50 ms, every 25 ms; memory grows by 40 bytes per window. */
typedef struct pinna_picture pinna_picture;

/** Creates the output file at once, so that a path that cannot be written fails early. @param scene Must outlive it. */
PINNA_NODISCARD pinna_status pinna_picture_create(const char* path, uint32_t sample_rate_hz, const pinna_scene* scene,
                                                  pinna_report* report, pinna_picture** out);

/** Analyses the next frames. */
void pinna_picture_write(pinna_picture* picture, const float* left, const float* right, size_t frame_count);

/** Draws and names the PNG; frees the picture in any case. */
PINNA_NODISCARD pinna_status pinna_picture_commit(pinna_picture* picture, pinna_report* report);

/** NULL is accepted. */
void pinna_picture_discard(pinna_picture* picture);

#endif
