/* SPDX-License-Identifier: MIT */
/* The parts of the batch path's work, each done alone with the engine's own functions and in its shapes. */
#ifndef PINNA_BENCH_STAGES_H
#define PINNA_BENCH_STAGES_H

#include "common.h"

#include "dsp/delay.h"
#include "dsp/filter_bank.h"
#include "hrtf/aim.h"

#include <pinna/renderer.h>

typedef enum bench_stage {
    BENCH_STAGE_SET,      /**< pinna_source_set_params for every source. */
    BENCH_STAGE_AIM,      /**< Triangle, delays and gains of every direction. */
    BENCH_STAGE_TAPS,     /**< The delays' filters. */
    BENCH_STAGE_INPUT,    /**< Copy with gain and check of samples. */
    BENCH_STAGE_DELAYS,   /**< Two fractional delays each. */
    BENCH_STAGE_MIX,      /**< Gains: sources into busses. */
    BENCH_STAGE_FILTERS,  /**< Busses into ears. */
    BENCH_STAGE_MEMORY,   /**< Input and delays again, each source with its own memory. */
    BENCH_STAGE_COUNT
} bench_stage;

typedef struct bench_stages {
    const pinna_hrtf* hrtf;
    const pinna_kernels* kernels;
    bench_scene scene;
    uint32_t ramp_frames;
    uint32_t segment_frames; /**< Of a block, or of a ramp where that is shorter. */
    uint32_t segment_count;  /**< Of a block. */
    uint32_t gliding_count;  /**< Of these, in which sources move. */
    pinna_delay_table delays;
    size_t history_stride, past, row_stride, bus_past, bus_stride;
    pinna_filter_bank bank;
    void* memory;
    float *histories, *tile, *gains, *fading, *busses, *out;
    pinna_delay_glide* glides; /**< [source][ear] */
    pinna_renderer* renderer;
    pinna_source* sources;
} bench_stages;

/** @param scene Taken over. Ends the program without memory. */
void bench_stages_init(bench_stages* stages, pinna_hrtf* hrtf, bench_scene scene);
void bench_stages_free(bench_stages* stages);

/** One stage's work for one block of all sources. */
void bench_stages_run(bench_stages* stages, bench_stage stage);

/** Multiply-adds of a stage per block, as the sums are written down; 0 where it is something else. */
double bench_stages_macs(const bench_stages* stages, bench_stage stage);

#endif
