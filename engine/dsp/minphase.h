/* SPDX-License-Identifier: MIT */
/* Minimum phase by the real cepstrum (Oppenheim and Schafer, Discrete-Time Signal Processing, ch. 13). Load time. */
#ifndef PINNA_DSP_MINPHASE_H
#define PINNA_DSP_MINPHASE_H

#include "base/memory.h"
#include "dsp/fft.h"

/** Scratch for transforms of one size; one thread at a time. */
typedef struct pinna_minphase {
    uint32_t size; /**< FFT points. */
    pinna_fft* fft;
    float* time; /**< [size] */
} pinna_minphase;

/** Deepest notch kept, below the largest magnitude. The cepstrum of a deeper one would alias. */
#define PINNA_MINPHASE_FLOOR 1e-5f

/** size: a power of two, several times the longest response. False without memory. */
bool pinna_minphase_init(pinna_minphase* minphase, pinna_pool* pool, uint32_t size);

/** Spectrum, size / 2 + 1 bins, of a response of at most size samples. */
void pinna_minphase_spectrum(pinna_minphase* minphase, const float* response, size_t count, pinna_complex* bins);

/**
 * The minimum-phase counterpart of a spectrum.
 *
 * @param bins      In: the spectrum; only its magnitude counts. Out: that of minimum phase.
 * @param response  The first count samples.
 */
void pinna_minphase_convert(pinna_minphase* minphase, pinna_complex* bins, float* response, size_t count);

#endif
