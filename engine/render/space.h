/* SPDX-License-Identifier: MIT */
/*
 * The room on the audio side. Sources send to one bus, which the reverberator (or a measured response) turns into both
 * ears' tail; a limited number of sources have early reflections of their own: each is read from the source's delay
 * line and is a voice of the batch path like any other.
 */
#ifndef PINNA_RENDER_SPACE_H
#define PINNA_RENDER_SPACE_H

#include <pinna/convolver.h>
#include <pinna/renderer.h>

#include "base/mailbox.h"
#include "render/batch.h"
#include "render/glide.h"
#include "render/line.h"
#include "render/room.h"

enum { PINNA_SPACE_ORDERS = 2 };

typedef struct pinna_placement pinna_placement;

/** How loud a room makes what it is given. */
typedef struct pinna_space_levels {
    float falloff;
    float farthest_m;   /**< Beyond, the room is no louder against the direct sound. */
    float loudness;     /**< Takes back what the room adds, so that rooms are as loud as none. */
    float send;         /**< Level of what is sent; 0: there is no room. */
} pinna_space_levels;

/** A room made ready. */
typedef struct pinna_space_room {
    bool on;
    uint32_t serial; /**< Tells rooms apart. */
    pinna_room box;
    uint32_t order;
    float reflections;  /**< Level of images. */
    bool has_response;  /**< A measured response stands in for reflections and tail. */
    pinna_space_levels levels;
    pinna_reverb_tuning tuning; /**< At the room's level. */
} pinna_space_room;

/** One image of one source. */
typedef struct pinna_image {
    uint32_t voice; /**< Of the bank's batch, or PINNA_BATCH_NONE. */
    uint32_t order;
    float delay_from, delay_to; /**< Frames. */
    float gain_from, gain_to;
} pinna_image;

/** The images of one room on one bank. */
typedef struct pinna_images {
    uint32_t bank, serial, count;
    pinna_image images[PINNA_ROOM_MAX_REFLECTIONS];
} pinna_images;

/** What a source with reflections has. Rooms and heads change by fading from one set of images to another. */
typedef struct pinna_reflector {
    pinna_images sets[2];
    int now;
    uint32_t fade_done, fade_total; /**< Periods; fade_total 0: none. */
    uint32_t fade_period;           /**< In which it began. */
    bool heard;                     /**< Something came in in this period. */
    uint32_t quiet_periods;         /**< Before this one, in which nothing came in. */
    uint32_t periods_to_rest;       /**< After so many the lines are silent all along. */
    uint32_t period;                /**< In which it was aimed; in a later one its images have arrived. */
    float bands_from[PINNA_SPACE_ORDERS][PINNA_TONE_BANDS], bands_to[PINNA_SPACE_ORDERS][PINNA_TONE_BANDS];
    float bands_goal[PINNA_SPACE_ORDERS][PINNA_TONE_BANDS]; /**< Where they are on the way to. */
    uint32_t opened[PINNA_SPACE_ORDERS]; /**< Period in which an order's line began. */
    bool rises[PINNA_SPACE_ORDERS];      /**< It may have begun in the midst of a sound, not long ago. */
    pinna_tone tones[PINNA_SPACE_ORDERS]; /**< What walls take, per order. */
    uint32_t order_count;                 /**< Orders in use; the lines of the others are silent. */
    pinna_line lines[PINNA_SPACE_ORDERS];
} pinna_reflector;

/** Something is left in its lines. By whole periods: not by how the host cuts its blocks. */
static inline bool pinna_reflector_sounds(const pinna_reflector* reflector)
{
    return reflector->heard || reflector->quiet_periods < reflector->periods_to_rest;
}

/** A source as the room sees it. */
typedef struct pinna_sender {
    float from, to;     /**< Level sent. */
    bool fresh;
    uint32_t since;     /**< The room's serial when it began. */
    uint32_t period;
    uint32_t reflector1; /**< + 1; 0: none. */
} pinna_sender;

/** Everything. All functions do nothing where the config asks for no room. */
typedef struct pinna_space {
    bool placed;        /**< It has memory. */
    double sample_rate_hz;
    pinna_path_config path;
    uint32_t fade_periods;
    pinna_mailbox mailbox;
    pinna_space_room snapshots[PINNA_MAILBOX_SLOTS];
    const pinna_space_room* room;
    pinna_space_levels before; /**< Those that the room's come from. */
    pinna_glide glide;
    uint32_t serial;    /**< Control side only. */
    pinna_room_params params; /**< Control side only: as set last. */
    bool has_response;  /**< Control side only. */
    double response_power; /**< Control side only: pink noise's through it, both ears together, as it is heard. */
    pinna_convolver* convolver; /**< NULL: no memory for one. */
    pinna_reverb* reverb;
    bool bus_sounds;    /**< In this segment. */
    /** There has been a room for it. It runs from then on, silent or not: when it works must not depend on how the host
        cuts its blocks. */
    bool model_runs, response_runs;
    float share_from, share_to;     /**< Of the response against the model. */
    uint32_t period;
    pinna_sender* senders;      /**< [slot] */
    uint32_t reflector_count, free_count;
    pinna_reflector* reflectors;
    uint32_t* free_reflectors;
    float band_share;           /**< Of their way that a reflector's bands go in a period. */
    uint32_t rise_frames;       /**< A line that begins in the midst of a sound rises so long. */
    uint32_t line_frames;       /**< A multiple of the period. */
    uint32_t line_position;     /**< Where the present period begins. */
    float *bus, *clean, *delayed, *tails[PINNA_EAR_COUNT]; /**< [ramp_frames] */
} pinna_space;

/** Voices the reflections of a config may take at once on one bank. */
uint32_t pinna_space_voice_count(const pinna_renderer_config* config);

void pinna_space_place(pinna_space* space, pinna_arena* arena, const pinna_renderer_config* config,
                       const pinna_path_config* path);

/** @param fade_periods  A change of room or set takes so many. */
void pinna_space_init(pinna_space* space, uint32_t fade_periods);

/** Gives back what it holds. */
void pinna_space_release(pinna_space* space);

/** Control side. */
void pinna_space_set_room(pinna_space* space, const pinna_room_params* params);
pinna_status pinna_space_set_response(pinna_space* space, pinna_response* response);

/** The newest room; true where all sources are to be placed again: it is new, or its levels are on their way. */
PINNA_REALTIME bool pinna_space_take(pinna_space* space);

PINNA_REALTIME void pinna_space_begin_period(pinna_space* space);

/** The renderer has changed to another set. */
PINNA_REALTIME void pinna_space_use(pinna_space* space, const pinna_hrtf* hrtf);

/** A slot's source starts. */
PINNA_REALTIME void pinna_space_start(pinna_space* space, uint32_t slot);

/** A source has been placed, by itself and by the mix; takes the room's part in its level. */
PINNA_REALTIME void pinna_space_aim(pinna_renderer* renderer, uint32_t slot, const pinna_source_params* params,
                                    pinna_placement* place, bool jump);

/** A segment's samples of a source, NULL for silence. */
PINNA_REALTIME void pinna_space_feed(pinna_renderer* renderer, uint32_t slot, const float* samples,
                                     pinna_segment segment);

/** Nothing of the source's reflections is still to come. */
PINNA_REALTIME bool pinna_space_is_silent(const pinna_space* space, uint32_t slot);

/** A source ends. */
PINNA_REALTIME void pinna_space_stop(pinna_renderer* renderer, uint32_t slot);

/** A segment begins. */
PINNA_REALTIME void pinna_space_begin_segment(pinna_space* space, pinna_segment segment);

/** A segment ends: adds the tail. */
PINNA_REALTIME void pinna_space_end_segment(pinna_space* space, pinna_segment segment,
                                            float* const out[PINNA_EAR_COUNT]);

#endif
