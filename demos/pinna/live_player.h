/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_PLAYER_H
#define PINNA_DEMOS_LIVE_PLAYER_H

#include "live_head.h"
#include "live_sound.h"
#include "scene.h"

#include <pinna/hrtf.h>

#include <stdatomic.h>

/* One scene, loaded whole and ready to be played without touching disk or heap. */
typedef struct pinna_live_player pinna_live_player;

typedef struct pinna_live_player_config {
    const char* name;  /**< A scene's file or built-in name; what messages call it where text is given. Copied. */
    const char* text;  /**< JSON text of the scene. NULL: read from name. */
    const pinna_live_choices* choices; /**< Must outlive the player. */
    pinna_live_sound sound;
    const pinna_live_player* like; /**< Sounds that this one has in memory are shared. NULL: none. It must stay alive
                                        meanwhile. */
    uint64_t first_frame;          /**< Begins there; a multiple of ramp and period. Default 0. */
    uint32_t sample_rate_hz, period_frames;
    uint32_t ramp_frames; /**< 0: pinna_offline_usual_ramp(), 128 at most. */
    bool limiter;
} pinna_live_player_config;

/** Frames that first_frame must be a multiple of. */
uint32_t pinna_live_player_grid(const pinna_live_player* player);

PINNA_NODISCARD pinna_status pinna_live_player_create(const pinna_live_player_config* config, pinna_report* report,
                                                      pinna_live_player** out);

/** NULL is accepted. */
void pinna_live_player_destroy(pinna_live_player* player);

/** Plays the next frames, zeros after the end. Returns the frames before the end. Thread: audio. */
size_t pinna_live_player_render(pinna_live_player* player, const pinna_live_head* head, float* left, float* right,
                                size_t frame_count);

/** The frame it is at, of the scene. Any thread. */
uint64_t pinna_live_player_position(const pinna_live_player* player);

/** Seconds from the scene's start. Any thread. */
double pinna_live_player_time_s(const pinna_live_player* player);

/** Seconds the scene lasts, and its last sound after that. Any thread. */
double pinna_live_player_duration_s(const pinna_live_player* player);

/** Where a source is at a time, seen from the listener. False where it goes to the ears as it is. */
bool pinna_live_player_place_at(const pinna_live_player* player, size_t source, double t_s, pinna_vec3* out);

/** Lives as long as the player. Any thread. */
const pinna_scene* pinna_live_player_scene(const pinna_live_player* player);
const char* pinna_live_player_name(const pinna_live_player* player);
/** NULL where it was read from a file. */
const char* pinna_live_player_text(const pinna_live_player* player);

/** Level of a source's sound, before it is placed: that of the latest period, falling by 30 dB a second at most. dBFS,
   -120 at least. Measured while it is asked for at least once in a second. Any thread. */
float pinna_live_player_level_db(pinna_live_player* player, size_t source);

/** Any thread. */
pinna_live_sound pinna_live_player_sound(const pinna_live_player* player);

/** All values of that. Any thread. */
const pinna_preset* pinna_live_player_preset(const pinna_live_player* player);

/** Whether headphones are equalised for: the choices' or the scene's. Any thread. */
bool pinna_live_player_is_equalized(const pinna_live_player* player);

#endif
