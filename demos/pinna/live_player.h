/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_PLAYER_H
#define PINNA_DEMOS_LIVE_PLAYER_H

#include "live_head.h"
#include "scene.h"

#include <pinna/hrtf.h>

#include <stdatomic.h>

/* One scene, loaded whole and ready to be played without touching disk or heap. */
typedef struct pinna_live_player pinna_live_player;

typedef struct pinna_live_player_config {
    const char* name;  /**< A scene's file or built-in name; what messages call it where text is given. Copied. */
    const char* text;  /**< JSON text of the scene. NULL: read from name. */
    pinna_hrtf* hrtf;  /**< Retained. */
    uint32_t max_tap_count; /**< Of sets given later; 0: the set's. */
    uint32_t sample_rate_hz, period_frames;
    uint32_t ramp_frames; /**< 0: pinna_live_player_usual_ramp(). */
    bool limiter;
} pinna_live_player_config;

/** Frames between updates of what moves: as pinna render for scenes of few sources, coarser for many. */
uint32_t pinna_live_player_usual_ramp(size_t source_count);

PINNA_NODISCARD pinna_status pinna_live_player_create(const pinna_live_player_config* config, pinna_report* report,
                                                      pinna_live_player** out);

/** NULL is accepted. */
void pinna_live_player_destroy(pinna_live_player* player);

/** Plays the next frames, zeros after the end. Returns the frames before the end. Thread: audio. */
size_t pinna_live_player_render(pinna_live_player* player, const pinna_live_head* head, float* left, float* right,
                                size_t frame_count);

/** Seconds from the scene's start. Any thread. */
double pinna_live_player_time_s(const pinna_live_player* player);

/** Seconds the scene lasts; INFINITY where that is not known. Any thread. */
double pinna_live_player_duration_s(const pinna_live_player* player);

/** Lives as long as the player. Any thread. */
/** Where a source is at a time, seen from the listener. False where it goes to the ears as it is. */
bool pinna_live_player_place_at(const pinna_live_player* player, size_t source, double t_s, pinna_vec3* out);

const pinna_scene* pinna_live_player_scene(const pinna_live_player* player);
const char* pinna_live_player_name(const pinna_live_player* player);

/** Level of a source's sound, before it is placed: that of the latest period, falling by 30 dB a second at most. dBFS, -120
    at least. Any thread. */
float pinna_live_player_level_db(const pinna_live_player* player, size_t source);

/** Another head, faded over to. @return As pinna_renderer_set_hrtf(). Thread: control. */
PINNA_NODISCARD pinna_status pinna_live_player_set_hrtf(pinna_live_player* player, pinna_hrtf* hrtf);

/** Frees heads no longer heard. Thread: control. */
void pinna_live_player_collect(pinna_live_player* player);

#endif
