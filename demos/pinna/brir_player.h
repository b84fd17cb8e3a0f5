/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_BRIR_PLAYER_H
#define PINNA_DEMOS_BRIR_PLAYER_H

#include "brir.h"

/* A measured room at work: all loudspeakers of a scene's beds convolved at full length, without latency. Where the set
   has orientations of the head, the nearest one is heard, crossfaded within 256 frames. */
typedef struct pinna_brir_player pinna_brir_player;

/** How the head is turned at a frame: from head vectors to those of the room. */
typedef pinna_quat (*pinna_brir_head)(void* user, uint64_t frame);

/**
 * @param brir         Furnished; must outlive the player.
 * @param frame_count  Processed at once.
 * @param first_frame  Where it begins.
 * @param head         Asked for frames ahead of what is processed. NULL: it does not turn.
 */
PINNA_NODISCARD pinna_status pinna_brir_player_create(const pinna_brir* brir, uint32_t frame_count,
                                                      uint64_t first_frame, pinna_brir_head head, void* user,
                                                      pinna_brir_player** out);

/** Takes the next frames of a source, valid until they are processed; NULL is silence. */
void pinna_brir_player_add(pinna_brir_player* player, const pinna_scene_source* source, const float* samples);

/** Adds what was taken since the last time to both ears. @param frame The scene's, of the first sample. */
void pinna_brir_player_process(pinna_brir_player* player, uint64_t frame, float* left, float* right);

/** Whether memory ran out on the way, and the head was followed no more. */
bool pinna_brir_player_failed(const pinna_brir_player* player);

/** NULL is accepted. */
void pinna_brir_player_destroy(pinna_brir_player* player);

#endif
