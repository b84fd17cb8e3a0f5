/* SPDX-License-Identifier: MIT */
/*
 * Fractional delays as short filters, least squares over most of the band (Laakso et al. 1996, "Splitting the unit
 * delay"). A filter is best where its delay lies between its two middle taps; gliding ones reach a sample beyond.
 */
#ifndef PINNA_DSP_DELAY_H
#define PINNA_DSP_DELAY_H

#include "dsp/kernels.h"

enum {
    PINNA_DELAY_MAX_TAPS = 12,
    PINNA_DELAY_STEPS = 128,                         /**< Table entries per sample. */
    PINNA_DELAY_ENTRIES = 3 * PINNA_DELAY_STEPS + 2, /**< Three samples, and one entry to interpolate towards. */
};

/** The widest glide one filter can follow, in frames. */
#define PINNA_DELAY_MAX_GLIDE_FRAMES 2.0f

typedef struct pinna_delay_table {
    uint32_t tap_count;
    uint32_t lead; /**< Taps before the middle two: no delay may be shorter. */
    float taps[PINNA_DELAY_ENTRIES][PINNA_DELAY_MAX_TAPS]; /**< Delays from lead - 1 to lead + 2. */
} pinna_delay_table;

/**
 * Fills the table. Takes about a millisecond.
 *
 * @param tap_count  Even, at most PINNA_DELAY_MAX_TAPS.
 * @param band       Part of the Nyquist frequency up to which the filters are fitted.
 */
void pinna_delay_table_init(pinna_delay_table* table, uint32_t tap_count, double band);

/** A delay as whole frames and a filter behind them: out[n] = sum of taps[k] in[n - whole - k]. */
typedef struct pinna_delay {
    uint32_t whole_frames;
    float taps[PINNA_DELAY_MAX_TAPS];
} pinna_delay;

/** @param delay_frames  The table's lead or more. */
pinna_delay pinna_delay_fixed(const pinna_delay_table* table, float delay_frames);

/** Whole frames in front of an 8-tap filter. @param delay_frames  PINNA_DELAY_LEAD or more. */
static inline uint32_t pinna_delay_whole(float delay_frames)
{
    return (uint32_t)delay_frames - PINNA_DELAY_LEAD;
}

/**
 * The 8-tap filter of a delay gliding from one value to another, at most PINNA_DELAY_MAX_GLIDE_FRAMES apart: u runs from -1/2
 * to 1/2.
 *
 * @param from_frames, to_frames  Behind the whole frames; their middle within 3 to 4.
 */
void pinna_delay_glide_between(const pinna_delay_table* table, float from_frames, float to_frames,
                               pinna_delay_glide* glide);

#endif
