/* SPDX-License-Identifier: MIT */
/*
 * Levels of the mix and of the room go to what they are set to over 40 ms, however long a period is: over one period of
 * a few frames they would click. In whole periods, and with the newest setting waiting until the one before is reached.
 */
#ifndef PINNA_RENDER_GLIDE_H
#define PINNA_RENDER_GLIDE_H

#include "render/path.h"

typedef struct pinna_glide {
    uint32_t done, total; /**< Periods. */
    uint32_t serial;      /**< Counts settings: what begins to sound after one starts there. */
} pinna_glide;

/** Periods that come nearest to 40 ms, at least one. */
static inline uint32_t pinna_glide_periods(double sample_rate_hz, uint32_t ramp_frames)
{
    double periods = 0.04 * sample_rate_hz / ramp_frames;
    return periods > 1.0 ? (uint32_t)(periods + 0.5) : 1;
}

static inline bool pinna_glide_runs(const pinna_glide* glide)
{
    return glide->done < glide->total;
}

/** A new setting. @param at_once  Nothing has been heard yet. */
static inline void pinna_glide_begin(pinna_glide* glide, bool at_once)
{
    glide->done = at_once ? glide->total : 0;
    glide->serial++;
}

/** A period begins. */
static inline void pinna_glide_go_on(pinna_glide* glide)
{
    if (pinna_glide_runs(glide)) glide->done++;
}

/** Share of the new setting at the end of the period at hand. */
static inline float pinna_glide_share(const pinna_glide* glide)
{
    return pinna_glide_runs(glide) ? pinna_soft_step((float)glide->done / (float)glide->total) : 1.0f;
}

/** The same for something that began to sound after so many settings. */
static inline float pinna_glide_share_since(const pinna_glide* glide, uint32_t serial)
{
    return serial == glide->serial ? 1.0f : pinna_glide_share(glide);
}

/** From one setting to the other; exact at its end. */
static inline float pinna_glide_between(float from, float to, float share)
{
    return share == 1.0f ? to : from + share * (to - from);
}

#endif
