/* SPDX-License-Identifier: MIT */
/*
 * The pure delay of each direction and ear. What is not minimum phase in a human HRIR is not a delay alone: reflections
 * from the torso put zeros outside the unit circle, and correlating a low-passed HRIR with its minimum-phase version
 * then finds a wrong peak, hundreds of microseconds off. So:
 *
 * 1. each ear's delay is the one that puts the onset of its minimum-phase version where the measured onset is;
 * 2. the difference of both ears is set so that the interaural cross-correlation below 3 kHz peaks where it does in the
 *    measurement; the softer ear, whose own delay is the less certain, takes most of the correction;
 * 3. where that difference is far from its neighbours', another of the correlation's peaks is taken.
 */
#ifndef PINNA_HRTF_DELAYS_H
#define PINNA_HRTF_DELAYS_H

#include "base/memory.h"
#include "dsp/fft_lanes.h"

#include <pinna/geometry.h>

enum { PINNA_DELAYS_BATCH = PINNA_FFT_LANES / 2 /**< Directions noted at once. */ };

/** One set's delays in the making. */
typedef struct pinna_delays {
    double sample_rate_hz;
    uint32_t count;       /**< Directions. */
    uint32_t reach;       /**< Lags kept on either side of 0, frames. */
    pinna_fft_lanes* fft; /**< The caller's. */
    float* low_pass;      /**< [n / 2 + 1] on the cross-spectrum. */
    float* cross;         /**< Spectra: measured pairs in the first lanes, then minimum-phase ones. */
    float* time;          /**< [n][lane] */
    float* measured;      /**< [direction][2 reach + 1] interaural correlation, as measured. */
    float* minimum;       /**< The same of the minimum-phase pair. */
    float* loudness;      /**< [direction] the right ear's share of the energy. */
    float* drift;         /**< [direction] frames by which a change of the minimum-phase pair moved its peak. */
    float* lags;          /**< [2 reach + 1] */
} pinna_delays;

bool pinna_delays_init(pinna_delays* delays, pinna_pool* pool, pinna_fft_lanes* fft, double sample_rate_hz,
                       uint32_t count);

/** Delay from one response's onset to another's, in frames; 0 where either is silent. */
float pinna_delays_between_onsets(const float* from, size_t from_count, const float* to, size_t to_count);

/**
 * Notes directions first to first + count, at most PINNA_DELAYS_BATCH, for step 2.
 *
 * @param measured, minimum  Spectra of the HRIRs and of their minimum-phase versions; lane ear *
 *                           PINNA_DELAYS_BATCH + i is direction first + i.
 */
void pinna_delays_note(pinna_delays* delays, uint32_t first, uint32_t count, const float* measured,
                       const float* minimum);

/**
 * After pinna_delays_note() of the same directions: their minimum-phase pairs have been changed. What that moves the
 * correlation's peak by, the delays take back.
 */
void pinna_delays_follow(pinna_delays* delays, uint32_t first, uint32_t count, const float* changed);

/**
 * Steps 2 and 3, when all directions are noted.
 *
 * @param extra_frames  [direction][ear] to be added to each delay (Data.Delay). NULL: none.
 * @param delay_frames  [direction][ear] In: step 1's. Out: final.
 */
bool pinna_delays_finish(pinna_delays* delays, pinna_pool* scratch, const pinna_vec3* directions,
                         const float* extra_frames, float* delay_frames);

#endif
