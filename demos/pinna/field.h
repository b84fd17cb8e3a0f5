/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_FIELD_H
#define PINNA_DEMOS_FIELD_H

#include "scene.h"

/* The sound fields of a scene at work: each has a decoder, turned by the head. */
typedef struct pinna_fields pinna_fields;

/** How the head is turned at a frame: from head vectors to those of the room. */
typedef pinna_quat (*pinna_fields_head)(void* user, uint64_t frame);

/**
 * @param scene        Must outlive the fields.
 * @param frame_count  Processed at once.
 * @param head         Asked for frames ahead of what is processed. NULL: it does not turn.
 */
PINNA_NODISCARD pinna_status pinna_fields_create(const pinna_scene* scene, const pinna_hrtf* hrtf, uint32_t frame_count,
                                                 pinna_fields_head head, void* user, pinna_fields** out);

/** Takes the next frames of a source, frame_count of them; NULL is silence. */
void pinna_fields_add(pinna_fields* fields, const pinna_scene_source* source, const float* samples);

/** Adds what was taken since the last time to both ears. @param frame The scene's, of the first sample. */
void pinna_fields_process(pinna_fields* fields, uint64_t frame, float* left, float* right);

/** NULL is accepted. */
void pinna_fields_destroy(pinna_fields* fields);

#endif
