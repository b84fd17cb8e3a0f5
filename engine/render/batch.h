/* SPDX-License-Identifier: MIT */
/*
 * The batch path: all voices share one bank of filters, the HRTF set's basis. A voice costs two fractional delays and a
 * gain per ear and basis filter into the bank's busses; the bank's filters turn the busses into two ears. Gains change
 * for all voices together: what they were goes to a second group of busses that fades out over the period.
 */
#ifndef PINNA_RENDER_BATCH_H
#define PINNA_RENDER_BATCH_H

#include "render/path.h"

#include <pinna/renderer.h>

enum {
    PINNA_BATCH_TILE = 16,  /**< Voices delayed, then mixed, at a time. */
    PINNA_BATCH_REACH = 8,  /**< Periods a bus history holds before it is moved back. */
};

typedef struct pinna_batch_voice {
    double delay_frames[PINNA_EAR_COUNT];
    double from_frames[PINNA_EAR_COUNT];
    uint32_t whole_frames[PINNA_EAR_COUNT];
    uint32_t period; /**< In which motion began; in a later one it is over. */
    uint32_t audible_frames;
    uint32_t handle;
    pinna_motion motion;
    bool released;
    pinna_shade shade;
} pinna_batch_voice;

typedef struct pinna_batch {
    pinna_path_config config;
    const pinna_hrtf* hrtf; /**< NULL: none yet. */
    uint32_t period;        /**< Counts them. */
    uint32_t voice_capacity, voice_count, released_count;
    pinna_batch_voice* voices;   /**< Dense. */
    pinna_delay_glide* glides;   /**< [voice][ear]; a constant delay's filter is c[0]. */
    float* histories;            /**< [voice] past then segment */
    float* gains;                /**< [voice][ear][basis] where the voice goes */
    float* fading;               /**< [voice][ear][basis] where it came from, less gains */
    uint32_t* handle_to_voice;
    uint32_t* free_handles;
    pinna_segment segment;        /**< The one being rendered. */
    uint32_t row_count;           /**< Voices waiting in the tile. */
    bool row_moves;               /**< One of them moves. */
    bool segment_moves;           /**< One of the segment's voices moves. */
    bool segment_sounds;          /**< The segment's busses are cleared and in use. */
    float* tile[PINNA_EAR_COUNT]; /**< [row][frame] */
    float* tile_gains;            /**< [row][ear][basis] */
    float* tile_fading;           /**< [row][ear][basis] */
    float* busses;                /**< [ear][basis][past then reach of periods] */
    float* fading_busses;         /**< [ear][basis][frame] */
    uint32_t bus_position;        /**< Frames behind the past. */
    uint32_t audible_frames;      /**< Until the busses are silent. */
} pinna_batch;

#define PINNA_BATCH_NONE UINT32_MAX

void pinna_batch_place(pinna_batch* batch, pinna_arena* arena, const pinna_path_config* config, uint32_t voice_count);

/** Gives an empty bank (no voices, silent) its set. */
PINNA_REALTIME void pinna_batch_use(pinna_batch* batch, const pinna_hrtf* hrtf);

/** No voice and nothing left to hear. */
PINNA_REALTIME bool pinna_batch_is_idle(const pinna_batch* batch);

/* As in exact.h. */
PINNA_REALTIME uint32_t pinna_batch_acquire(pinna_batch* batch, const pinna_target* target);
PINNA_REALTIME void pinna_batch_aim(pinna_batch* batch, uint32_t handle, const pinna_target* target, bool jump);
PINNA_REALTIME void pinna_batch_begin_period(pinna_batch* batch);
PINNA_REALTIME void pinna_batch_release(pinna_batch* batch, uint32_t handle);
PINNA_REALTIME bool pinna_batch_is_silent(const pinna_batch* batch, uint32_t handle);

/** A segment begins: every voice that is not released is to be fed once. */
PINNA_REALTIME void pinna_batch_begin_segment(pinna_batch* batch, pinna_segment segment);

/** A voice's input for this segment. It goes into the busses at once, while all its data are at hand. */
PINNA_REALTIME void pinna_batch_feed(pinna_batch* batch, uint32_t handle, pinna_feed feed);

/** The segment ends: adds it to the outputs. */
PINNA_REALTIME void pinna_batch_end_segment(pinna_batch* batch, float* const out[PINNA_EAR_COUNT]);

#endif
