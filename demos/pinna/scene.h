/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_SCENE_H
#define PINNA_DEMOS_SCENE_H

#include "automation.h"
#include "path.h"

#include <pinna/ambisonics.h>
#include <pinna/preset.h>

/*
 * What is to be rendered: sounds, where they are over time, and how the head is turned. Made from a scene file or from
 * the options of one command line; everything below works on this alone.
 *
 * The file is JSON, version 1. Times are seconds from the scene's start; files are named relative to the scene file, or
 * are built-in sounds, "builtin:rotor" (sounds.h).
 *
 *   {
 *     "version": 1,                         required
 *     "title": "...",                       for people
 *     "sofa": "head.sofa",                  default: the set this program finds installed
 *     "preset": "flat",                     or cinematic, positional
 *     "set": {"cue.presence_db": 6, "room": "hall"},   single values of the preset; `pinna presets` lists them
 *     "sample_rate_hz": 48000,
 *     "duration_s": 20,                     default: until the last source ends; required with sources that loop for
 * ever "gain_db": 0,                         of everything "head": "head.csv",                   or {"yaw_deg": 0,
 * "pitch_deg": 0, "roll_deg": 0}, or [keyframes with t_s] "sources": [
 *       {
 *         "name": "drums",
 *         "file": "drums.flac",             required
 *         "channel": 1,                     default: the mean of all channels
 *         "gain_db": 0,
 *         "start_s": 0, "end_s": 4,         default: from the scene's start, until the file ends
 *         "fade_s": 0.01,                   in and out, default 0
 *         "loop": false,
 *         "category": "effect",             or cue, speech, music, ambience, bed: what the preset may do to it
 *         "position": {"azimuth_deg": 30, "elevation_deg": 0, "distance_m": 2},
 *         "path": "path.csv",               one of position, path and keyframes is required
 *         "keyframes": [{"t_s": 0, "azimuth_deg": 0, "elevation_deg": 0, "distance_m": 1}, ...]
 *       }
 *     ]
 *   }
 */

enum { PINNA_SCENE_VERSION = 1, PINNA_SCENE_SOURCE_MAX = 4096 };

/** How a source reaches the ears. */
typedef enum pinna_scene_route {
    PINNA_ROUTE_PLACED, /**< From where it is. */
    PINNA_ROUTE_EARS,   /**< As it is, to each ear by ear_gain: stereo that is meant for headphones, low frequencies. */
    PINNA_ROUTE_FIELD,  /**< As a channel of a sound field, from all around. */
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
    bool bed; /**< A loudspeaker: keeps its level whatever its distance. */
    pinna_scene_route route;
    float ear_gain[PINNA_EAR_COUNT]; /**< Linear, of PINNA_ROUTE_EARS. */
    size_t field;                    /**< Of PINNA_ROUTE_FIELD: an index of the scene's fields, */
    uint32_t field_channel;          /**< and which of its channels, from 0. */
    double extent_m;                 /**< Radius; 0: a point. */
    pinna_path* path;             /**< Where it is; NULL where it is not placed or has an automation. */
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

/** Appends sources, zeroed but for end_s. NULL without memory. */
pinna_scene_source* pinna_scene_add_sources(pinna_scene* scene, size_t count);

/** A sound field like this one, of the scene's or a new one. @param out Its index. */
PINNA_NODISCARD pinna_status pinna_scene_find_field(pinna_scene* scene, const pinna_scene_field* field, size_t* out);

/** A zeroed scene is accepted. */
void pinna_scene_release(pinna_scene* scene);

#endif
