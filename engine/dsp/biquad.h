/* SPDX-License-Identifier: MIT */
/*
 * Second-order filters by R. Bristow-Johnson's "Cookbook formulae for audio equalizer biquad filter coefficients". In
 * double: at 20 Hz a float's coefficients are off by decibels.
 */
#ifndef PINNA_DSP_BIQUAD_H
#define PINNA_DSP_BIQUAD_H

#include <pinna/equalizer.h>

/** y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y''. */
typedef struct pinna_biquad {
    double b[3], a[2];
} pinna_biquad;

/** A filter at or above half the sample rate becomes the identity. */
pinna_biquad pinna_biquad_design(const pinna_filter* filter, double sample_rate_hz);

/** Power at a frequency. */
double pinna_biquad_power(const pinna_biquad* biquad, double frequency_hz, double sample_rate_hz);

#endif
