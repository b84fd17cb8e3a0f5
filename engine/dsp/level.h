/* SPDX-License-Identifier: MIT */
/*
 * All partitions of one length P, floor 1. While the frames of period p arrive, the level transforms the window that
 * ended when p began, multiplies it and its predecessors with the partitions and transforms back: the output of period
 * p + 1. That work is a fixed list of small steps; whatever the block size, the steps done keep pace with the frames.
 */
#ifndef PINNA_DSP_LEVEL_H
#define PINNA_DSP_LEVEL_H

#include "dsp/response.h"

typedef struct pinna_level_step {
    uint64_t start; /**< Cost of all steps before this one. */
    uint32_t first, count;
    uint16_t channel; /**< Input or output. */
    uint8_t kind;
    uint8_t pass;
} pinna_level_step;

/** What all levels of a convolver share. */
typedef struct pinna_level_host {
    const pinna_spectral* spectral;
    pinna_transform_tables tables;
    uint32_t input_count, output_count;
    float* rings;          /**< Past input, [input][ring_stride]; the ring itself begins at PINNA_HEAD_TAPS. */
    size_t ring_stride;
    size_t ring_frames;    /**< A power of two, at least 4 P. */
} pinna_level_host;

typedef struct pinna_level {
    const pinna_level_host* host;
    uint32_t index;           /**< In the plan. */
    uint32_t size_index;
    uint32_t points;          /**< P. */
    uint32_t partition_count;
    pinna_level_step* steps;
    uint32_t step_count;
    uint32_t step;            /**< The next one. */
    uint64_t cost;            /**< Of all steps. */
    uint64_t window_end;      /**< The frame the present period began at. */
    float* spectra;           /**< Of past windows, [input][tile][slot][PINNA_TILE_FLOATS]; newer ones lie before. */
    uint32_t newest;          /**< Slot. */
    float* work[2];           /**< For the response present and the one faded to: [output][re P, im P]. */
    float* frames[2];         /**< [output][P]: one being heard, one being computed. */
    uint32_t heard;           /**< 0 or 1. */
    const pinna_response* response; /**< NULL: silence. */
    const pinna_response* next;     /**< While fading. */
    bool fading;
} pinna_level;

/** Takes the level's memory; with a base, also sets it up. */
void pinna_level_lay_out(pinna_level* level, pinna_arena* arena, const pinna_level_host* host,
                         const pinna_plan_level* plan, uint32_t index);

/** Forgets the past. */
void pinna_level_clear(pinna_level* level);

/** Begins a period; the frames before `position` are in the rings. The caller then sets the responses. */
void pinna_level_turn(pinna_level* level, uint64_t position);

/** Works until in step with `elapsed` frames of the period; elapsed = P finishes it. */
void pinna_level_run(pinna_level* level, uint32_t elapsed);

/** What to add to an output, from a frame of the present period on. */
static inline const float* pinna_level_frames(const pinna_level* level, uint32_t output, uint32_t elapsed)
{
    return level->frames[level->heard] + (size_t)output * level->points + elapsed;
}

#endif
