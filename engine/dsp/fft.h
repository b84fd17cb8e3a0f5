/* SPDX-License-Identifier: MIT */
/* Real Fourier transforms over kissfft, floor 1. Memory is the caller's; nothing is allocated while transforming. */
#ifndef PINNA_DSP_FFT_H
#define PINNA_DSP_FFT_H

#include <pinna/base.h>

PINNA_BEGIN_DECLS

enum { PINNA_FFT_MIN = 16, PINNA_FFT_MAX = 65536 };

typedef struct pinna_complex {
    float re, im;
} pinna_complex;

/** A transform of one length. Holds scratch: one thread at a time. */
typedef struct pinna_fft pinna_fft;

/** Bytes for a transform of n real samples; 0 unless n is a power of two, PINNA_FFT_MIN to PINNA_FFT_MAX. */
size_t pinna_fft_size(uint32_t n);

/** Builds a transform in pinna_fft_size(n) bytes, aligned to 16 or better. NULL for a bad n. Needs no destruction. */
pinna_fft* pinna_fft_place(void* memory, uint32_t n);

/** spectrum[k] = sum over t of time[t] exp(-2 pi i k t / n), k = 0 to n/2. The arrays must not overlap. */
PINNA_REALTIME void pinna_fft_forward(pinna_fft* fft, const float* time, pinna_complex* spectrum);

/** The inverse, scaled by 1/n: inverse(forward(x)) is x. Bins 0 and n/2 are taken as real. No overlap. */
PINNA_REALTIME void pinna_fft_inverse(pinna_fft* fft, const pinna_complex* spectrum, float* time);

PINNA_END_DECLS
#endif
