/* SPDX-License-Identifier: MIT */
/*
 * Real Fourier transforms of several signals side by side, floor 1. Many short signals go through several times faster
 * this way than one after the other, because each step is the same for all lanes. Load time; one thread at a time.
 *
 * Signals are [sample][lane], spectra [bin][real, imaginary][lane] with bins 0 to n/2.
 */
#ifndef PINNA_DSP_FFT_LANES_H
#define PINNA_DSP_FFT_LANES_H

#include "base/memory.h"

enum { PINNA_FFT_LANES = 8 };

typedef struct pinna_fft_lanes {
    uint32_t n;          /**< Real samples, a power of two, 16 to 65536. */
    float* turn;         /**< [n][cosine, sine] of -2 pi k / n */
    float* work[2];      /**< [n][lane] */
} pinna_fft_lanes;

/** False without memory or for a bad n. */
bool pinna_fft_lanes_init(pinna_fft_lanes* fft, pinna_pool* pool, uint32_t n);

/** Floats of a spectrum. */
static inline size_t pinna_fft_lanes_spectrum(uint32_t n)
{
    return ((size_t)n / 2 + 1) * 2 * PINNA_FFT_LANES;
}

/** spectrum[k] = sum over t of time[t] exp(-2 pi i k t / n). Time and spectrum must not overlap. */
void pinna_fft_lanes_forward(pinna_fft_lanes* fft, const float* time, float* spectrum);

/** The inverse, scaled by 1/n. The imaginary parts of bins 0 and n/2 are taken as 0. */
void pinna_fft_lanes_inverse(pinna_fft_lanes* fft, const float* spectrum, float* time);

#endif
