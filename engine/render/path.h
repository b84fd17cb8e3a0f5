/* SPDX-License-Identifier: MIT */
/* What the exact and the batch path have in common: where a voice is aimed and what it is fed. Floor 4. */
#ifndef PINNA_RENDER_PATH_H
#define PINNA_RENDER_PATH_H

#include "dsp/delay.h"
#include "dsp/tone.h"
#include "hrtf/aim.h"

#include <math.h>
#include <string.h>

/** One segment's input of a voice: samples times a gain that goes linearly from gain_from to gain_to. */
typedef struct pinna_feed {
    const float* samples; /**< A segment's; NULL: silence. */
    float gain_from;      /**< Before the first frame. */
    float gain_to;        /**< At the last frame. */
    int fade;             /**< 0: none; 1: in, -1: out, along the way below. */
    float way_before;     /**< Part of the fade done before the first frame. */
    float way_last;       /**< And at the last one. */
    bool ahead; /**< Batch path: samples go on through the next segment, at gain_to, and nothing else happens. */
} pinna_feed;

/** From 0 to 1 with no corner in value, slope or curvature: what fades along it does not click, a straight line does.
 */
static inline float pinna_soft_step(float t)
{
    return t * t * t * (t * (6.0f * t - 15.0f) + 10.0f);
}

/** What every voice of a path is made for. */
typedef struct pinna_path_config {
    uint32_t ramp_frames;       /**< Length of the period over which a voice glides to where it is aimed. */
    uint32_t max_tap_count;     /**< Of any set rendered. */
    uint32_t max_basis_count;   /**< Of any set rendered. */
    uint32_t max_delay_frames;  /**< Of any set rendered. */
    pinna_tone_split split;
    const pinna_kernels* kernels;
    const pinna_delay_table* delays;      /**< PINNA_DELAY_TAPS taps: for many voices, and for glides. */
    const pinna_delay_table* fine_delays; /**< PINNA_DELAY_MAX_TAPS taps. */
} pinna_path_config;

/** Fades in what begins in the midst of a sound. @param left  Frames of the fade still to go, of `of`. */
static inline void pinna_soft_rise(float* x, uint32_t frame_count, uint32_t* left, uint32_t of)
{
    for (uint32_t n = 0; n < frame_count && *left > 0; n++) x[n] *= pinna_soft_step(1.0f - (float)--*left / (float)of);
}

/** Where in its period a segment lies. */
typedef struct pinna_segment {
    uint32_t phase;       /**< Frames of the period already rendered. */
    uint32_t frame_count; /**< phase + frame_count <= ramp_frames. */
} pinna_segment;

/** Goes from out to another signal over a period of step 1 / ramp_frames, where the one cannot glide to the other. */
static inline void pinna_soft_cross(float* out, const float* to, pinna_segment segment, float step)
{
    for (uint32_t n = 0; n < segment.frame_count; n++)
        out[n] += (to[n] - out[n]) * pinna_soft_step((float)(segment.phase + n + 1) * step);
}

/** How a voice's delay goes over a period. */
typedef enum pinna_motion { PINNA_MOTION_NONE, PINNA_MOTION_GLIDE, PINNA_MOTION_JUMP } pinna_motion;

/** A glide where both delays move at most so far, else a jump. */
static inline pinna_motion pinna_motion_between(const double from[PINNA_EAR_COUNT], const double to[PINNA_EAR_COUNT],
                                                double max_glide_frames, bool jump)
{
    if (jump) return PINNA_MOTION_JUMP;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        if (!(fabs(to[ear] - from[ear]) <= max_glide_frames)) return PINNA_MOTION_JUMP;
    return PINNA_MOTION_GLIDE;
}

/** Levels of nearness of one voice: where they come from and go to over a period, and their filters. */
typedef struct pinna_shade {
    bool on;
    float from[PINNA_EAR_COUNT][PINNA_TONE_BANDS], to[PINNA_EAR_COUNT][PINNA_TONE_BANDS];
    pinna_tone tones[PINNA_EAR_COUNT];
} pinna_shade;

/** Takes an aim's levels as the new goal. @param at_once  As where it comes from, too. */
static inline void pinna_shade_aim(pinna_shade* shade, const pinna_aim* aim, bool at_once)
{
    bool was_on = shade->on && !at_once;
    shade->on = aim->shaded || was_on;
    if (!shade->on) return;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        for (int b = 0; b < PINNA_TONE_BANDS; b++) {
            float goal = aim->shaded ? aim->bands[ear][b] : 1.0f;
            shade->from[ear][b] = at_once ? goal : was_on ? shade->to[ear][b] : 1.0f;
            shade->to[ear][b] = goal;
        }
    }
}

/** A period has ended: the goal is reached; levels of 1 need no filter any more. */
static inline void pinna_shade_settle(pinna_shade* shade)
{
    if (!shade->on) return;
    bool flat = true;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        for (int b = 0; b < PINNA_TONE_BANDS; b++) {
            shade->from[ear][b] = shade->to[ear][b];
            flat = flat && shade->to[ear][b] == 1.0f;
        }
    }
    shade->on = !flat;
}

/** One ear's segment, in place. */
static inline void pinna_shade_run(pinna_shade* shade, const pinna_path_config* config, int ear, float* samples,
                                   pinna_segment segment)
{
    pinna_tone_process(config->kernels, &shade->tones[ear], &config->split, samples, samples, shade->from[ear],
                       shade->to[ear], (pinna_tone_way){segment.phase, config->ramp_frames}, segment.frame_count);
}

/** Copies a segment's input behind the past of a history; returns its peak. */
static inline float pinna_feed_copy(const pinna_kernels* kernels, const pinna_feed* feed, float* out, uint32_t frames)
{
    if (!feed->samples) {
        memset(out, 0, frames * sizeof *out);
        return 0.0f;
    }
    float step = (feed->gain_to - feed->gain_from) / (float)frames;
    float peak = kernels->ramp_copy(out, feed->samples, feed->gain_from + step, step, frames);
    float way = (feed->way_last - feed->way_before) / (float)frames;
    for (uint32_t n = 0; feed->fade && n < frames; n++) {
        float share = pinna_soft_step(feed->way_before + (float)(n + 1) * way);
        out[n] *= feed->fade > 0 ? share : 1.0f - share;
    }
    return feed->gain_from == 0.0f && feed->gain_to == 0.0f ? 0.0f : peak;
}

#endif
