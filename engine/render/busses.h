/* SPDX-License-Identifier: MIT */
/*
 * The busses of the batch path: rows (a voice's signal as either ear is to get it) are mixed into a bus per ear and
 * basis filter; the set's basis turns the busses into two ears. Gains change for all rows together: what they were goes
 * to a second group of busses that fades out over the period.
 */
#ifndef PINNA_RENDER_BUSSES_H
#define PINNA_RENDER_BUSSES_H

#include "dsp/filter_bank.h"
#include "render/path.h"

enum {
    PINNA_BUSSES_ROWS = 48,  /**< Rows mixed at a time: so many share one way of the busses through the cache. */
    PINNA_BUSSES_REACH = 4,  /**< Periods a bus history holds before it is moved back. */
    PINNA_BUSSES_PARTS = 2,  /**< Segments that rows may be written for at a time. */
};

/** Where a row is to be written before the next one is asked for. */
typedef struct pinna_bus_row {
    float* samples[PINNA_EAR_COUNT]; /**< 64-byte aligned; a segment each. */
    float*
        gains; /**< [ear][basis] at the period's end; behind them, of a row that moves, at its beginning less that. */
} pinna_bus_row;

/** A segment being rendered. */
typedef struct pinna_bus_part {
    pinna_segment segment;
    bool sounds;                  /**< Its busses are cleared and in use. */
    bool fades;                   /**< One of its rows does. */
    uint32_t position;            /**< Of its busses, in frames behind the past; set once it sounds. */
    uint32_t moving_count;        /**< Rows from the front of the tile that fade. */
    uint32_t still_count;         /**< Rows from its back that do not. */
    float* tile[PINNA_EAR_COUNT]; /**< [row][frame] */
    float* tile_gains;            /**< [row][now, change][ear][basis] */
    float* fading_busses;         /**< [ear][basis][frame] */
} pinna_bus_part;

typedef struct pinna_busses {
    pinna_path_config config;
    size_t bus_count;             /**< Of both ears. */
    size_t tile_stride, gain_stride, bus_stride; /**< From row to row. */
    size_t past;                  /**< Frames of a bus that the bank reads before the period. */
    const pinna_hrtf* hrtf;       /**< NULL: none yet. */
    pinna_bus_part parts[PINNA_BUSSES_PARTS];
    uint32_t first_part;          /**< The first that has not ended. */
    pinna_filter_bank bank;
    float* busses;                /**< [ear][basis][past then reach of periods] */
    uint32_t position;            /**< Where the first part that has not ended begins, in frames behind the past. */
    uint32_t audible_frames;      /**< Until the busses are silent. */
} pinna_busses;

void pinna_busses_place(pinna_busses* busses, pinna_arena* arena, const pinna_path_config* config);

/** Gives silent busses their set. */
PINNA_REALTIME void pinna_busses_use(pinna_busses* busses, const pinna_hrtf* hrtf);

/** Segments that follow one another begin, at most PINNA_BUSSES_PARTS. */
PINNA_REALTIME void pinna_busses_begin_segments(pinna_busses* busses, const pinna_segment* segments, uint32_t count);

/** The next row of a part. @param moves  Its gains are not what they were at the period's beginning. */
PINNA_REALTIME void pinna_busses_row(pinna_busses* busses, uint32_t part, bool moves, pinna_bus_row* out);

/** The first segment that has not ended does: adds it to the outputs. */
PINNA_REALTIME void pinna_busses_end_segment(pinna_busses* busses, float* const out[PINNA_EAR_COUNT]);

#endif
