/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_SCENE_H
#define PINNA_DEMOS_SCENE_H

#include "automation.h"
#include "path.h"

#include <pinna/ambisonics.h>
#include <pinna/preset.h>
#include <pinna/renderer.h>

/*
 * What is to be rendered: sounds, where they are over time, and how the head is turned. Made from a scene file or from
 * the options of one command line; everything below works on this alone.
 *
 * The file is JSON, version 1. Times are seconds from the scene's start; files are named relative to the scene file, or
 * are built-in sounds, "builtin:rotor" (sounds.h). What is not known or out of range is refused, with line and column.
 *
 *   {
 *     "version": 1,                         required
 *     "title": "...",                       for people
 *     "sofa": "head.sofa",                  default: the set this program finds installed
 *     "preset": "flat",                     or cinematic, positional
 *     "room": "hall",                       a name (`pinna presets --all`), "off", or an object:
 *         {"name": "hall", "size_m": [9, 6, 3], "rt60_s": 0.6, "listener_m": [3, 3, 1.2], "level_db": -6, ...}
 *         size and place along front, left, up; rt60_s one number, or seven from 125 Hz to 8 kHz; the rest as in
 *         pinna_room_params: yaw_deg, reflection_order, pre_delay_s, reflections_db, distance_falloff
 *     "brir": "room.sofa",                  beds sound in this measured room: a SOFA file, or a folder (brir.h)
 *     "set": {"cue.presence_db": 6},        single values of the preset; `pinna presets` lists them
 *     "headphone_eq": "model.txt",          of AutoEq or Equalizer APO
 *     "sample_rate_hz": 48000,
 *     "duration_s": 20,                     default: until the last sound ends; required where one loops for ever
 *     "gain_db": 0,                         of everything
 *     "listener": {                         default: at the origin, facing front
 *       "position": {"x_m": 0, "y_m": 0, "z_m": 0},                   [keyframes], or a CSV file of t_s,x_m,y_m,z_m
 *       "orientation": {"yaw_deg": 0, "pitch_deg": 0, "roll_deg": 0}, [keyframes], or a CSV file
 *       "interpolation": "linear"           or spline
 *     },
 *     "head": "head.csv",                   on top of that: a tracker's; or {"yaw_deg": 0, ...}, or [keyframes]
 *     "sources": [
 *       {
 *         "name": "drums",
 *         "file": "drums.flac",             required
 *         "channel": 1,                     default: the mean of all channels
 *         "gain_db": 0,
 *         "start_s": 0, "end_s": 4,         default: from the scene's start, until the file ends
 *         "fade_s": 0.01,                   in and out, default 0
 *         "loop": false,
 *         "category": "effect",             or cue, speech, music, ambience, bed: what the preset may do to it
 *         "priority": 128,                  0 to 255; from 192 on the exact path
 *         "extent_m": 0,                    its radius
 *         "near_field": false,
 *         "position": {"azimuth_deg": 30, "elevation_deg": 0, "distance_m": 2},  from the origin; or x_m, y_m, z_m
 *         "path": "path.csv",               one of position, path and keyframes is required
 *         "keyframes": [{"t_s": 0, "azimuth_deg": 0, "elevation_deg": 0, "distance_m": 1}, ...],  or metres
 *         "interpolation": "linear"         between keyframes; or spline (pinna_path_smooth())
 *       }
 *     ],
 *     "beds": [                             sources or beds are required
 *       {
 *         "file": "film.wav",               required
 *         "layout": "7.1.4",                default: by the file's channel mask; "direct": two channels, to the ears
 *         "channel_order": "auto",          or itu, wav
 *         "ambisonic_format": "sn3d",       or n3d, fuma; with "max_re": false, of layout "ambix"
 *         "lfe_db": 0,                      of low-frequency channels, at each ear
 *         "gain_db", "start_s", "end_s", "fade_s", "loop", "category": as above; category is "bed"
 *       }
 *     ]
 *   }
 */

enum { PINNA_SCENE_VERSION = 1, PINNA_SCENE_SOURCE_MAX = 4096, PINNA_SCENE_PRIORITY = 128 };

/** How a source reaches the ears. */
typedef enum pinna_scene_route {
    PINNA_ROUTE_PLACED, /**< From where it is. */
    PINNA_ROUTE_EARS,   /**< As it is, to each ear by ear_gain: stereo that is meant for headphones, low frequencies. */
    PINNA_ROUTE_FIELD,  /**< As a channel of a sound field, from all around. */
    PINNA_ROUTE_ROOM,   /**< As a loudspeaker of a measured room (brir.h). */
} pinna_scene_route;

/** An ambisonic sound field; its channels are sources. Those of one channel add up, a channel without any is silent. */
typedef struct pinna_scene_field {
    uint32_t order;                 /**< 1 to PINNA_AMBISONICS_MAX_ORDER. */
    pinna_ambisonics_format format; /**< How its channels are numbered and scaled. */
    bool max_re;                    /**< As in pinna_ambisonics_config. */
    bool head_locked;               /**< Moves with the head; else it stays in the room. */
} pinna_scene_field;

typedef struct pinna_scene_source {
    char* name;
    char* file;
    uint32_t channel; /**< From 1; 0: the mean of all. */
    double gain_db;
    double start_s;
    double end_s; /**< INFINITY: until the file ends. */
    double fade_s;
    bool loop;
    bool bed; /**< A loudspeaker: keeps its level whatever its distance, and goes with the listener. */
    bool near_field;
    uint8_t priority;
    pinna_scene_route route;
    float ear_gain[PINNA_EAR_COUNT]; /**< Linear, of PINNA_ROUTE_EARS. */
    size_t field;                    /**< Of PINNA_ROUTE_FIELD: an index of the scene's fields, */
    uint32_t field_channel;          /**< and which of its channels, from 0. */
    uint32_t speaker;                /**< Of PINNA_ROUTE_ROOM: of the measured room's. */
    double extent_m;                 /**< Radius; 0: a point. */
    pinna_path* path;                /**< Where it is; NULL where it is not placed or has an automation. */
    pinna_automation* automation; /**< Of authored objects; at the file's rate until its feed starts. */
    pinna_category category;
} pinna_scene_source;

/** One value of the preset, as pinna_preset_set() takes it. */
typedef struct pinna_scene_set {
    char *name, *value;
} pinna_scene_set;

typedef struct pinna_scene {
    char* title;             /**< NULL: none. */
    char* sofa;              /**< NULL: the default set. */
    char* preset;            /**< NULL: the default one. */
    size_t set_count;
    pinna_scene_set* sets;   /**< In the file's order. */
    uint32_t sample_rate_hz; /**< 0: not said. */
    double duration_s;       /**< INFINITY: until the last source ends. */
    double gain_db;
    char* headphone_eq; /**< NULL: none. */
    char* brir;         /**< Of the beds; NULL: none. */
    pinna_path* listener_position;    /**< PINNA_PATH_PLACE; NULL: at the origin. */
    pinna_path* listener_orientation; /**< PINNA_PATH_HEAD; NULL: not turned. */
    char* head_file;  /**< NULL where the head is still or given in the scene. */
    pinna_path* head; /**< NULL: looks ahead. */
    size_t source_count;
    pinna_scene_source* sources;
    size_t field_count;
    pinna_scene_field* fields;
} pinna_scene;

/** Reads a scene from a file, or a built-in one where no file is so named (scenes_builtin.h). @param report On failure
    tells line and column. @param out Free with release. */
PINNA_NODISCARD pinna_status pinna_scene_load(const char* path, pinna_report* report, pinna_scene* out);

/** Reads a scene from text. @param name What messages call it; a folder in it is where its files are. */
PINNA_NODISCARD pinna_status pinna_scene_parse(const char* name, const char* text, pinna_report* report,
                                               pinna_scene* out);

/** Where the listener is, and how turned. */
pinna_listener_params pinna_scene_listener_at(const pinna_scene* scene, double t_s);

/** Where a source is at a frame. An automation must have been taken to the rate. False where it has no place but goes
    to the ears. */
bool pinna_scene_pose_at(const pinna_scene* scene, size_t source, uint64_t frame, uint32_t sample_rate_hz,
                         pinna_pose* out);

/** The same as the listener's body has it: from his place, along his front, left and up. */
bool pinna_scene_place_at(const pinna_scene* scene, size_t source, uint64_t frame, uint32_t sample_rate_hz,
                          pinna_vec3* out);

/** Whether where it is ever changes. */
bool pinna_scene_source_moves(const pinna_scene* scene, size_t source);

/** Channels and objects of a mix: their level is the mix's at any distance, and they go with the listener. */
static inline bool pinna_scene_source_is_authored(const pinna_scene_source* source)
{
    return source->bed || source->automation;
}

/** Appends sources, zeroed but for end_s and priority. NULL without memory. */
pinna_scene_source* pinna_scene_add_sources(pinna_scene* scene, size_t count);

/** A sound field like this one, of the scene's or a new one. @param out Its index. */
PINNA_NODISCARD pinna_status pinna_scene_find_field(pinna_scene* scene, const pinna_scene_field* field, size_t* out);

/** A zeroed scene is accepted. */
void pinna_scene_release(pinna_scene* scene);

#endif
