/* SPDX-License-Identifier: MIT */
#ifndef PINNA_MIX_H
#define PINNA_MIX_H

#include <pinna/base.h>
#include <pinna/convolver.h>
#include <pinna/geometry.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * What a renderer does to all its sources: levels and tone by category, ducking, how the scene hangs on the screen or
 * on the head, and the room they sound in. Plain data; presets (preset.h) are choices of it. pinna_renderer_set_mix()
 * and pinna_renderer_set_room() make it heard.
 */

/** What a source is. Decides only what the mix says of its category; nothing in the defaults. */
typedef enum pinna_category {
    PINNA_CATEGORY_EFFECT,   /**< Anything else. The default. */
    PINNA_CATEGORY_CUE,      /**< What must not be missed: footsteps, reloads, shots. */
    PINNA_CATEGORY_SPEECH,   /**< Dialogue, call-outs. */
    PINNA_CATEGORY_MUSIC,    /**< Music that has a place. */
    PINNA_CATEGORY_AMBIENCE, /**< Wind, traffic, crowds. */
    PINNA_CATEGORY_BED,      /**< Channels of a loudspeaker layout. */
    PINNA_CATEGORY_DIRECT,   /**< The stereo of pinna_direct. */
    PINNA_CATEGORY_COUNT
} pinna_category;

/** What happens to all sources of a category. */
typedef struct pinna_category_params {
    float gain_db;        /**< -60 to 24. Default 0. */
    float presence_db;    /**< 2 to 6 kHz, where steps and consonants are told apart, raised or lowered. -12 to 12.
                               Default 0. */
    float compression;    /**< Part of the fall of level over distance, in dB, that is taken back: 0.25 makes -20 dB -15
                               dB. 0 to 1. Default 0. */
    float duck_db;        /**< Turned down by this while a source of a category that ducks sounds. 0 to 60. Default
                               0. */
    bool ducks;           /**< Its sources duck others. Default false. */
    bool near_field;      /**< Its sources have near field, whatever they say. Default false. */
    uint8_t priority;     /**< Its sources have at least this; from 192 on they are on the exact path. Default 0. */
    float air_absorption; /**< Its sources have at least this. 0 to 10. Default 0. */
    float extent_m;       /**< Its sources have at least this radius. 0 to 1000. Default 0. */
    float room_db;        /**< What they send into the room. -120 (nothing) to 24. Default 0. */
} pinna_category_params;

/** What the scene hangs on when a tracked head turns. */
typedef enum pinna_anchor {
    PINNA_ANCHOR_SCREEN, /**< On the body, and so on the screen: it stays where it is. The default. */
    PINNA_ANCHOR_HEAD,   /**< On the head: it turns along, as without a tracker. */
    PINNA_ANCHOR_COUNT
} pinna_anchor;

/** The whole mix. Start from pinna_mix_params_default(). */
typedef struct pinna_mix_params {
    float gain_db;            /**< Of everything but pinna_direct. -60 to 24. Default 0. */
    pinna_category_params categories[PINNA_CATEGORY_COUNT]; /**< By pinna_category. */
    float duck_threshold_db;  /**< A source ducks others while the mean level of what it puts before the listener (its
                                   samples times its gain) is above this, dB re full scale. -120 to 0. Default -50. */
    float duck_attack_s;      /**< Time constant of turning down. 0.001 to 10. Default 0.03. */
    float duck_hold_s;        /**< Stays down so long after the last sound: steps do not pump. 0 to 10. Default 0.8. */
    float duck_release_s;     /**< Time constant of coming back. 0.001 to 10. Default 0.6. */
    pinna_anchor anchor;      /**< Default PINNA_ANCHOR_SCREEN. */
    float recentre_s;         /**< Anchored to the screen, the scene follows the head's yaw with this time constant, so
                                   that whoever sits down elsewhere has it in front again. 0.5 to 600; 0 (default):
                                   never. */
} pinna_mix_params;

/** The defaults named above: nothing is changed. Any thread. */
PINNA_API pinna_mix_params pinna_mix_params_default(void);

/** Checks ranges. @param report  Receives a sentence that names the value and its range. May be NULL. Any thread. */
PINNA_API PINNA_NODISCARD pinna_status pinna_mix_check(const pinna_mix_params* mix, pinna_report* report);

enum { PINNA_ROOM_OCTAVES = 7 /**< 125 Hz to 8 kHz. */ };

/**
 * A box around the listener: early reflections by image sources (Allen and Berkley 1979), each placed like a source,
 * and a late tail (feedback delay network, Jot 1991) as coherent between the ears as a diffuse field is for the head in
 * use. The room goes with the listener, its walls stay parallel to the world's axes.
 */
typedef struct pinna_room_params {
    bool on;                          /**< Default false. */
    float size_m[3];                  /**< Along front, left, up. 1 to 200 each. Default 5.2, 4.2, 2.5. */
    float rt60_s[PINNA_ROOM_OCTAVES]; /**< Decay by 60 dB. 0.1 to 20. Default about 0.45. Where neighbouring octaves
                                         differ by more than a factor of 4, the shorter is lengthened to that. */
    pinna_vec3 listener_m; /**< Where in the room, AES69 axes, from its back right lower corner; kept 0.1 m off
                                the walls. */
    float yaw_deg;                    /**< The room turned to the left, -360 to 360. Default 0. */
    uint32_t reflection_order;        /**< 0: none; 1: six walls; 2: eighteen more, by two walls. Default 1. */
    float pre_delay_s;                /**< Of the tail, at least what it needs by itself. 0 to 0.25. Default 0. */
    float level_db;                   /**< Of the room, against what its size and decay give. -60 to 24. Default 0. */
    float reflections_db;             /**< Of reflections beside that. -60 to 24. Default 0. */
    float distance_falloff;           /**< The direct sound falls against the room by 6 dB times this for each doubling
                                           of distance. 0 to 2. Default 1, as in a real room. */
} pinna_room_params;

/** A living room, off. Any thread. */
PINNA_API pinna_room_params pinna_room_params_default(void);

/** Name of a room made up beforehand: "living room", "cinema", "hall", "studio"; NULL from their count on.
    Any thread. */
PINNA_API const char* pinna_room_name(uint32_t index);

/** A room of that name, on. @return PINNA_OK, or PINNA_ERROR_ARGUMENT where there is none.
    Any thread. */
PINNA_API PINNA_NODISCARD pinna_status pinna_room_find(const char* name, pinna_room_params* out);

/** Checks ranges. @param report  Receives a sentence that names the value and its range. May be NULL. Any thread. */
PINNA_API PINNA_NODISCARD pinna_status pinna_room_check(const pinna_room_params* room, pinna_report* report);

PINNA_END_DECLS
#endif
