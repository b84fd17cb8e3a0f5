/* SPDX-License-Identifier: MIT */
/*
 * Power spectra of many responses added up, and how loud pink noise is through them. Powers add, so one transform per
 * eight responses of twice their length is all: the sum's autocorrelation is no
 * longer than that, and its transform at any size is the power at as many frequencies as one likes. Load time.
 */
#ifndef PINNA_HRTF_POWER_H
#define PINNA_HRTF_POWER_H

#include "base/memory.h"
#include "dsp/fft.h"
#include "dsp/fft_lanes.h"

typedef struct pinna_power {
    size_t tap_count;
    pinna_fft_lanes lanes;
    float *time, *spectrum;   /**< Of the lanes. */
    uint32_t fine;            /**< Size of the transform whose frequencies the results have. */
    pinna_fft *inverse, *fft; /**< Of lanes.n and fine. */
    float* correlation;       /**< [fine] */
    pinna_complex* bins;      /**< [fine / 2 + 1] */
    float* pink;              /**< [fine / 2 + 1] K-weighted pink noise's power, sums to 1. */
} pinna_power;

/** A sum in the making: power by bin of the lanes' transform, in re. */
typedef pinna_complex pinna_power_sum;

/** K-weighted power of pink noise (ITU-R BS.1770-4), 20 Hz to 20 kHz, in the bins of a transform; sums to 1. */
void pinna_power_pink(float* weights, uint32_t size, double sample_rate_hz);

bool pinna_power_init(pinna_power* power, pinna_pool* pool, size_t tap_count, double sample_rate_hz);

/** A sum of nothing, or NULL without memory. */
pinna_power_sum* pinna_power_sum_take(const pinna_power* power, pinna_pool* pool);

/** Adds up to PINNA_FFT_LANES responses, [row][tap], each times a weight. */
void pinna_power_add(pinna_power* power, pinna_power_sum* sum, const float* rows, size_t row_count,
                     const float* weights);

/** The sum's power at fine / 2 + 1 frequencies. */
void pinna_power_spectrum(pinna_power* power, const pinna_power_sum* sum, float* out);

/** Power of K-weighted pink noise through the sum, over that of the noise itself. */
double pinna_power_of_pink(pinna_power* power, const pinna_power_sum* sum);

/** The mean of a spectrum over windows of some octaves. sums: [bin_count + 1], scratch. */
void pinna_power_smooth(const float* in, float* out, size_t bin_count, double octaves, double* sums);

#endif
