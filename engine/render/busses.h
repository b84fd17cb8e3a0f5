/* SPDX-License-Identifier: MIT */
/*
 * The busses of the batch path: rows (a voice's signal as either ear is to get it) are mixed into a bus per ear and basis
 * filter; the set's basis turns the busses into two ears. Gains change for all rows together: what they were goes to a
 * second group of busses that fades out over the period.
 */
#ifndef PINNA_RENDER_BUSSES_H
#define PINNA_RENDER_BUSSES_H

#include "dsp/filter_bank.h"
#include "render/path.h"

enum {
    PINNA_BUSSES_ROWS = 64,  /**< Rows mixed at a time: so many share one way of the busses through the cache. */
    PINNA_BUSSES_REACH = 8,  /**< Periods a bus history holds before it is moved back. */
};

/** Where a row is to be written before the next one is asked for. */
typedef struct pinna_bus_row {
    float* samples[PINNA_EAR_COUNT]; /**< 64-byte aligned; a segment each. */
    float* gains;                    /**< [ear][basis] at the period's end. */
    float* fading;                   /**< [ear][basis] at its beginning, less gains; NULL where they are the same. */
} pinna_bus_row;

typedef struct pinna_busses {
    pinna_path_config config;
    const pinna_hrtf* hrtf;       /**< NULL: none yet. */
    pinna_segment segment;        /**< The one being rendered. */
    uint32_t moving_count;        /**< Rows from the front of the tile that fade. */
    uint32_t still_count;         /**< Rows from its back that do not. */
    bool segment_fades;           /**< One of the segment's rows did. */
    bool segment_sounds;          /**< The segment's busses are cleared and in use. */
    float* tile[PINNA_EAR_COUNT]; /**< [row][frame] */
    float* tile_gains;            /**< [row][ear][basis] */
    float* tile_fading;           /**< [row][ear][basis] */
    pinna_filter_bank bank;
    float* busses;                /**< [ear][basis][past then reach of periods] */
    float* fading_busses;         /**< [ear][basis][frame] */
    uint32_t position;            /**< Frames behind the past. */
    uint32_t audible_frames;      /**< Until the busses are silent. */
} pinna_busses;

void pinna_busses_place(pinna_busses* busses, pinna_arena* arena, const pinna_path_config* config);

/** Gives silent busses their set. */
PINNA_REALTIME void pinna_busses_use(pinna_busses* busses, const pinna_hrtf* hrtf);

/** A segment begins. */
PINNA_REALTIME void pinna_busses_begin_segment(pinna_busses* busses, pinna_segment segment);

/** The next row. @param moves  Its gains are not what they were at the period's beginning. */
PINNA_REALTIME void pinna_busses_row(pinna_busses* busses, bool moves, pinna_bus_row* out);

/** The segment ends: adds it to the outputs. */
PINNA_REALTIME void pinna_busses_end_segment(pinna_busses* busses, float* const out[PINNA_EAR_COUNT]);

#endif
