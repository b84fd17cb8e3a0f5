/* SPDX-License-Identifier: MIT */
/*
 * The batch path: all voices share one bank of filters, the HRTF set's basis. A voice costs two fractional delays and a
 * gain per ear and basis filter into the bank's busses.
 */
#ifndef PINNA_RENDER_BATCH_H
#define PINNA_RENDER_BATCH_H

#include "render/busses.h"

#include <pinna/renderer.h>

typedef struct pinna_batch_voice {
    pinna_fixed_delay delay[PINNA_EAR_COUNT];
    pinna_fixed_delay from[PINNA_EAR_COUNT];
    uint32_t period; /**< In which motion began; in a later one it is over. */
    uint32_t audible_frames;
    uint32_t triangle; /**< Of the grid, where the voice was found last. */
    pinna_motion motion;
    bool released;
    bool aimed;        /**< At blend, and its gains are still to be blended. */
    bool has_glides;   /**< glides are those of its motion. */
    bool shaded;       /**< As shade->on: what most voices do not need is not looked at. */
    pinna_blend blend; /**< Of one far away, its place on the grid. */
    float* past;       /**< Input before the segment. */
    float* gains;      /**< [ear][basis] at the period's end, then what they were at its beginning less that. */
    pinna_delay_glide* glides; /**< [ear] Of a motion that is rendered in several segments. */
    pinna_shade* shade;
} pinna_batch_voice;

typedef struct pinna_batch {
    pinna_path_config config;
    const pinna_hrtf* hrtf; /**< NULL: none yet. */
    float step;             /**< A frame's share of the period. */
    uint32_t period;        /**< Counts them. */
    uint32_t part;          /**< The segment in hand, as the period is. */
    pinna_segment segments[PINNA_BUSSES_PARTS];
    uint32_t past_frames;   /**< Of input a voice's delays reach back. */
    size_t record_bytes;
    size_t hot_bytes;       /**< Of a record, what is used in every segment. */
    uint32_t voice_count, free_count, released_count;
    unsigned char* records; /**< [voice] a pinna_batch_voice and what it points to. */
    uint32_t* free_voices;
    uint32_t* released; /**< Voices that die away. */
    float* input;       /**< One voice's past, then its segments. */
    pinna_busses busses;
} pinna_batch;

#define PINNA_BATCH_NONE UINT32_MAX

void pinna_batch_place(pinna_batch* batch, pinna_arena* arena, const pinna_path_config* config, uint32_t voice_count);

/** Gives an empty bank (no voices, silent) its set. */
PINNA_REALTIME void pinna_batch_use(pinna_batch* batch, const pinna_hrtf* hrtf);

/** No voice and nothing left to hear. */
PINNA_REALTIME bool pinna_batch_is_idle(const pinna_batch* batch);

/* As in exact.h. */
PINNA_REALTIME uint32_t pinna_batch_acquire(pinna_batch* batch, const pinna_target* target);
PINNA_REALTIME void pinna_batch_aim(pinna_batch* batch, uint32_t voice, const pinna_target* target, bool jump);
PINNA_REALTIME void pinna_batch_release(pinna_batch* batch, uint32_t voice);
PINNA_REALTIME bool pinna_batch_is_silent(const pinna_batch* batch, uint32_t voice);

/** The newest frames it was fed, as they were fed; of at most past_frames, that are no fewer than a chain's edge. */
PINNA_REALTIME const float* pinna_batch_newest(const pinna_batch* batch, uint32_t voice, uint32_t frame_count);

/** Asks for a voice's data ahead of their use. */
PINNA_REALTIME void pinna_batch_fetch(const pinna_batch* batch, uint32_t voice);

/** When these have come: asks for where on the grid it was, before it is aimed. */
PINNA_REALTIME void pinna_batch_fetch_place(const pinna_batch* batch, uint32_t voice);

/**
 * Segments begin that follow one another, each in a period of its own; at most PINNA_BUSSES_PARTS. Call before anything
 * else of their periods. Every voice that is not released is to be fed once in each, in their order; whether voice by
 * voice or segment by segment is all the same.
 */
PINNA_REALTIME void pinna_batch_begin_segments(pinna_batch* batch, const pinna_segment* segments, uint32_t count);

/** What is done to voices from now on is done in this one of the segments. */
PINNA_REALTIME void pinna_batch_turn_to(pinna_batch* batch, uint32_t part);

/** A voice's input for this segment, or for this and the next. It goes into the busses at once, while all its data are
 *  at hand. */
PINNA_REALTIME void pinna_batch_feed(pinna_batch* batch, uint32_t voice, const pinna_feed* feed);

/** The first segment that has not ended does: adds it to the outputs. */
PINNA_REALTIME void pinna_batch_end_segment(pinna_batch* batch, float* const out[PINNA_EAR_COUNT]);

#endif
