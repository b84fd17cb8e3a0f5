/* SPDX-License-Identifier: MIT */
/*
 * Early reflections of a box by image sources (Allen and Berkley 1979, "Image method for efficiently simulating
 * small-room acoustics"), and rooms as data. Pure functions. Floor 4.
 */
#ifndef PINNA_RENDER_ROOM_H
#define PINNA_RENDER_ROOM_H

#include <pinna/geometry.h>

#include "dsp/reverb.h"
#include "dsp/tone.h"

enum {
    PINNA_ROOM_WALLS = 6,         /**< Low x, high x, low y, high y, low z, high z. */
    PINNA_ROOM_FIRST_ORDER = 6,   /**< Images of order 1. */
    PINNA_ROOM_MAX_REFLECTIONS = 24 /**< Of orders 1 and 2. */
};

/** A box with the listener in it. The room's axes run along its edges from the corner where all are least. */
typedef struct pinna_room {
    float size_m[3];        /**< 1 to 200 each. */
    pinna_vec3 listener_m;  /**< In the room's axes. Kept inside, 0.1 m from the walls. */
    pinna_quat orientation; /**< The room's axes to the world's. */
    float absorption[PINNA_ROOM_WALLS][PINNA_TONE_BANDS]; /**< Share of energy that does not come back, 0 to 1. */
} pinna_room;

/** One image, seen from the listener. */
typedef struct pinna_reflection {
    pinna_vec3 direction;          /**< Unit vector in the world's axes. */
    float distance_m;              /**< Image to listener. */
    float extra_m;                 /**< Longer than the direct way, 0 or more. */
    float delay_frames;            /**< Behind the direct sound, exact (fractional). */
    float gains[PINNA_TONE_BANDS]; /**< Walls, air and 1 m / distance, on the scale where the direct sound has that. */
    uint32_t order;                /**< 1 or 2. */
} pinna_reflection;

/**
 * @param source_m  From the listener, in the world's axes. One that lies outside is heard as if at the wall it is seen
 *                  through: reflections belong to the room.
 * @param order     1: six images; 2: eighteen more, behind them.
 * @return how many were written: 6 or 24.
 */
PINNA_REALTIME uint32_t pinna_room_reflect(const pinna_room* room, pinna_vec3 source_m, uint32_t order,
                                           double sample_rate_hz,
                                           pinna_reflection out[PINNA_ROOM_MAX_REFLECTIONS]);

/** A room's size and decay. */
typedef struct pinna_room_preset {
    const char* name;
    float size_m[3];
    float rt60_s[PINNA_REVERB_BANDS];
} pinna_room_preset;

enum { PINNA_ROOM_PRESET_COUNT = 4 };
extern const pinna_room_preset pinna_room_presets[PINNA_ROOM_PRESET_COUNT]; /**< living room, cinema, hall, studio */

/** The preset of a name ("living room", "cinema", "hall", "studio"), or NULL. */
const pinna_room_preset* pinna_room_find_preset(const char* name);

/** Absorption of all walls alike that gives this decay, by Eyring 1930; bands as in tone.h. */
void pinna_room_absorb_evenly(pinna_room* room, const float rt60_s[PINNA_REVERB_BANDS]);

/**
 * The level (as pinna_reverb_params.level) of the tail behind a source whose direct sound has the level 1 at 1 m in all
 * directions: 4 / A of Sabine's diffuse field at 1 kHz, less what arrives before the tail begins. The same at any
 * distance: the direct-to-reverberant ratio then falls by 6 dB for each doubling.
 *
 * @param after_s  The tail's onset behind the direct sound.
 */
float pinna_room_tail_level(const float size_m[3], const float rt60_s[PINNA_REVERB_BANDS], float after_s);

/** Where direct and diffuse energy are equal, metres. */
float pinna_room_critical_distance_m(const float size_m[3], float rt60_s);

#endif
