/* SPDX-License-Identifier: MIT */
/* Minimum phase by the real cepstrum (Oppenheim and Schafer, Discrete-Time Signal Processing, ch. 13). Load time. */
#ifndef PINNA_DSP_MINPHASE_H
#define PINNA_DSP_MINPHASE_H

#include "dsp/fft_lanes.h"

/** Deepest notch kept, below the largest magnitude. The cepstrum of a deeper one would alias. */
#define PINNA_MINPHASE_FLOOR 1e-5f

/**
 * The minimum-phase counterparts of PINNA_FFT_LANES spectra. Silence stays silent. Levels around 1, please: squares of
 * magnitudes must be neither infinite nor denormal.
 *
 * @param fft       Of several times the longest response's samples.
 * @param spectrum  In: the spectra; only their magnitudes count. Out: those of minimum phase.
 * @param time      [n][lane] The responses.
 */
void pinna_minphase_convert(pinna_fft_lanes* fft, float* spectrum, float* time);

#endif
