/* SPDX-License-Identifier: MIT */
/* How a long response is cut into partitions, and responses so cut, floor 1. */
#ifndef PINNA_DSP_RESPONSE_H
#define PINNA_DSP_RESPONSE_H

#include <pinna/convolver.h>

#include "dsp/transform.h"

#include <stdatomic.h>

enum {
    PINNA_HEAD_TAPS = PINNA_CONVOLVER_HEAD_TAPS, /**< Taps that run directly. */
    PINNA_MAX_LEVELS = PINNA_TRANSFORM_SIZES,
    PINNA_RESPONSE_WINDOW = 8192, /**< Of the transform that power is measured with. */
    PINNA_RESPONSE_BINS = PINNA_RESPONSE_WINDOW / 2 + 1
};

_Static_assert(PINNA_HEAD_TAPS == 2 * PINNA_TRANSFORM_MIN, "the first level begins where the head ends");

/** Partitions of one length. A level begins two partitions into the response: one to gather input, one to compute. */
typedef struct pinna_plan_level {
    uint32_t size_index;      /**< Of the transform; a partition has its number of points P. */
    uint32_t partition_count; /**< Partition j holds taps (2 + j) P to (3 + j) P. */
} pinna_plan_level;

typedef struct pinna_plan {
    uint32_t level_count; /**< 0: the head is enough. */
    pinna_plan_level levels[PINNA_MAX_LEVELS];
} pinna_plan;

/** The cheapest plan. Depends on the counts and max_tap_count only. */
pinna_plan pinna_plan_make(const pinna_convolver_config* config);

/** Transform sizes a plan needs tables for. */
uint32_t pinna_plan_size_count(const pinna_plan* plan);

bool pinna_convolver_config_valid(const pinna_convolver_config* config);

struct pinna_response {
    atomic_uint reference_count;
    pinna_allocator allocator;
    void* memory;
    uint32_t input_count, output_count, max_tap_count;
    uint32_t head_tap_count;
    bool* present;                               /**< [path] */
    bool* headed;                                /**< [path], whether any tap of its head is not 0. */
    float* head;                                 /**< [path][head_tap_count] */
    uint32_t partition_count[PINNA_MAX_LEVELS];  /**< As far as this response reaches. */
    float* spectra[PINNA_MAX_LEVELS];            /**< [path][tile][partition][PINNA_TILE_FLOATS] */
    float* power; /**< [PINNA_RESPONSE_BINS] of all outputs together, where there is one input; else NULL. */
};

/** Tiles of a path's tap partitions in one level, partition 0 first. */
static inline const float* pinna_response_tiles(const pinna_response* response, uint32_t level, uint32_t size_index,
                                                size_t path, size_t tile)
{
    size_t tile_count = pinna_transform_points(size_index) / PINNA_TILE;
    return response->spectra[level] +
           (path * tile_count + tile) * response->partition_count[level] * PINNA_TILE_FLOATS;
}

#endif
