/* SPDX-License-Identifier: MIT */
/*
 * The pure delay of each direction and ear. What is not minimum phase in a human HRIR is not a delay alone: reflections
 * from the torso put zeros outside the unit circle, and correlating a low-passed HRIR with its minimum-phase version then
 * finds a wrong peak, hundreds of microseconds off. So:
 *
 * 1. each ear's delay is the one that puts the onset of its minimum-phase version where the measured onset is;
 * 2. the difference of both ears is set so that the interaural cross-correlation below 3 kHz peaks where it does in the
 *    measurement; the softer ear, whose own delay is the less certain, takes most of the correction;
 * 3. where that difference is far from its neighbours', another of the correlation's peaks is taken.
 */
#ifndef PINNA_HRTF_DELAYS_H
#define PINNA_HRTF_DELAYS_H

#include "base/memory.h"
#include "dsp/fft.h"

#include <pinna/geometry.h>

/** One set's delays in the making. */
typedef struct pinna_delays {
    uint32_t size;       /**< FFT points. */
    double sample_rate_hz;
    uint32_t count;      /**< Directions. */
    uint32_t reach;      /**< Lags kept on either side of 0, frames. */
    pinna_fft* fft;
    float* low_pass;     /**< [size / 2 + 1] on the cross-spectrum. */
    pinna_complex* bins; /**< [size / 2 + 1] */
    float* time;         /**< [size] */
    float* measured;     /**< [direction][2 reach + 1] interaural correlation, as measured. */
    float* minimum;      /**< The same of the minimum-phase pair. */
    float* loudness;     /**< [direction] the right ear's share of the energy. */
} pinna_delays;

bool pinna_delays_init(pinna_delays* delays, pinna_pool* pool, uint32_t size, double sample_rate_hz, uint32_t count);

/** Delay from one response's onset to another's, in frames; 0 where either is silent. */
float pinna_delays_between_onsets(const float* from, size_t from_count, const float* to, size_t to_count);

/**
 * Notes one direction for step 2.
 *
 * @param measured, minimum  Spectra by ear: of the HRIR, and of its minimum-phase version.
 */
void pinna_delays_note(pinna_delays* delays, uint32_t direction, pinna_complex* const measured[2],
                       pinna_complex* const minimum[2]);

/**
 * Steps 2 and 3, when all directions are noted.
 *
 * @param extra_frames  [direction][ear] to be added to each delay (Data.Delay). NULL: none.
 * @param delay_frames  [direction][ear] In: step 1's. Out: final.
 */
bool pinna_delays_finish(pinna_delays* delays, pinna_pool* scratch, const pinna_vec3* directions,
                         const float* extra_frames, float* delay_frames);

#endif
