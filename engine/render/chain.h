/* SPDX-License-Identifier: MIT */
/*
 * What happens to a source's own signal before it is placed: soft edges where it is cut in or out, bands, propagation.
 */
#ifndef PINNA_RENDER_CHAIN_H
#define PINNA_RENDER_CHAIN_H

#include "dsp/tone.h"
#include "render/line.h"

enum { PINNA_CHAIN_EDGE = 96 /**< Frames over which a sound cut short dies away, or one cut in rises. */ };

/** What the chains of one renderer share. */
typedef struct pinna_chain_config {
    const pinna_path_config* path;
    uint32_t line_frames; /**< Longest propagation and room to read around it; 0: no line. */
    float max_delay_frames;
    uint32_t rest_periods; /**< What gets no new goal for longer rests. */
} pinna_chain_config;

typedef struct pinna_chain {
    bool sounding;              /**< Samples came in the segment before. */
    bool heard;                 /**< Samples came at some time. */
    bool flat;                  /**< The bands are 1 and stay so. */
    bool jump;                  /**< The delay crossfades instead of gliding. */
    uint32_t rise_frames;       /**< Of a soft start, still to go. */
    uint32_t tail_frames;       /**< Of a soft end, still to go. */
    float bands_from[PINNA_TONE_BANDS], bands_to[PINNA_TONE_BANDS];
    float delay_from, delay_to; /**< Frames of propagation; below 0: none. */
    float delay_goal;           /**< Where it is going, */
    uint32_t periods_left;      /**< in so many periods after this one. */
    uint32_t news_period;       /**< In which the goal was set, */
    float news_interval;        /**< and about how many periods lie between one goal and the next. */
    uint32_t line_audible;      /**< Frames until the line is silent. */
    uint32_t line_position;
    uint32_t line_rise_frames;  /**< Of a line that begins in the midst of a sound, still to go. */
    pinna_tone tone;
} pinna_chain;

/** Where a chain's sound may end. Apart from the chain, for they are large and hardly looked at. */
typedef struct pinna_chain_edges {
    float edge[PINNA_CHAIN_EDGE]; /**< The newest samples. */
    float tail[PINNA_CHAIN_EDGE]; /**< What follows them where they stop. */
} pinna_chain_edges;

/** What belongs to one chain beside its state. */
typedef struct pinna_chain_memory {
    pinna_chain_edges* edges;
    pinna_line line; /**< Without samples where there is no propagation. */
    float* row;      /**< ramp_frames for the result, if it is not the samples themselves. */
} pinna_chain_memory;

/** A source starts, at rest. @param first  Its first samples; frame_count of them. @param period  Any count of periods.
 */
PINNA_REALTIME void pinna_chain_start(pinna_chain* chain, const float* first, size_t frame_count, bool soft,
                                      uint32_t period);

/**
 * Where bands shall be at the end of the period that now begins, and propagation in twice as many as lie between one
 * such call with a new delay and the next: hosts move sources 60 times a second, not quite evenly, and a delay that
 * hurries for a period and then rests would be heard as a pitch that warbles.
 *
 * @param delay_frames  Below 0: no propagation.
 * @param period        That which begins.
 */
PINNA_REALTIME void pinna_chain_aim(pinna_chain* chain, const pinna_chain_config* config,
                                    const float bands[PINNA_TONE_BANDS], float delay_frames, bool jump,
                                    uint32_t period);

/** A period begins without news: bands are as aimed, propagation goes on. True where all of it has come to rest. */
PINNA_REALTIME bool pinna_chain_settle(pinna_chain* chain);

/**
 * One segment, or where the chain is open any more of them.
 *
 * @param samples  NULL: silence.
 * @return samples, memory->row, or NULL for silence.
 */
PINNA_REALTIME const float* pinna_chain_run(pinna_chain* chain, const pinna_chain_config* config,
                                            const pinna_chain_memory* memory, const float* samples,
                                            pinna_segment segment);

/** Neither bands nor propagation do anything, or are about to. What was in the line may still be heard. */
static inline bool pinna_chain_is_plain(const pinna_chain* chain)
{
    return chain->flat && chain->delay_from < 0.0f && chain->delay_to < 0.0f;
}

/** Samples go through as they are, and will until something is aimed at or they stop. */
static inline bool pinna_chain_is_open(const pinna_chain* chain)
{
    return chain->sounding && pinna_chain_is_plain(chain) && chain->line_audible == 0 && chain->rise_frames == 0 &&
           chain->tail_frames == 0;
}

/** Nothing more will come out by itself. */
static inline bool pinna_chain_is_silent(const pinna_chain* chain)
{
    return chain->tail_frames == 0 && chain->line_audible == 0 && !chain->sounding;
}

#endif
