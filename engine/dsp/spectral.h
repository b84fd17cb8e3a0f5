/* SPDX-License-Identifier: MIT */
/*
 * Inner loops of the partitioned convolver, floor 1: a complex transform in small pieces, and products of spectra. One
 * body (spectral_body.h) compiled once per vector width; the scalar table is the specification.
 *
 * The transform is built for convolution alone. Bins may come in any order as long as both factors agree, so it never
 * reorders: forward runs decimation in frequency, inverse the mirror image. Real and imaginary parts are kept in
 * separate arrays. Every function here does a slice of the work, so that a long transform can be spread over time.
 */
#ifndef PINNA_DSP_SPECTRAL_H
#define PINNA_DSP_SPECTRAL_H

#include "dsp/kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PINNA_LEAF = 16,                            /**< Points of the last transform, done 16 at a time across lanes. */
    PINNA_GROUP = PINNA_LEAF * PINNA_LEAF,      /**< Points a leaf step handles. */
    PINNA_TILE = 64,                            /**< Bins stored together: 64 real parts, then 64 imaginary. */
    PINNA_TILE_FLOATS = 2 * PINNA_TILE,
    PINNA_GROUP_TILES = PINNA_GROUP / PINNA_TILE,
    PINNA_WINDOW = PINNA_GROUP / 2              /**< Half a window of forward_windows. */
};

/** Constants of windows of 2 PINNA_WINDOW samples. */
typedef struct pinna_window_turns {
    float cosine[PINNA_WINDOW], sine[PINNA_WINDOW];           /**< Of pi n / (2 PINNA_WINDOW). */
    float turn_cosine[PINNA_WINDOW], turn_sine[PINNA_WINDOW]; /**< [8][16] Of 2 pi row column / PINNA_WINDOW. */
} pinna_window_turns;

typedef struct pinna_spectral {
    const char* name;

    /** (re + i im)[n] = (low[n] + i high[n]) (cosine[n] + i sine[n]). Counts here are multiples of 16. */
    void (*weight)(float* re, float* im, const float* low, const float* high, const float* cosine, const float* sine,
                   size_t count);

    /** out[n] = imaginary part of (re + i im)[n] (cosine[n] - i sine[n]). */
    void (*unweight)(float* out, const float* re, const float* im, const float* cosine, const float* sine,
                     size_t count);

    /**
     * Radix-4 butterflies first to first + count of a pass over blocks of `length` points; a block has length/4.
     * twiddles: exp(-2 pi i q j / length) for j < length/4: real and imaginary parts for q = 1, then 2, then 3.
     * first and count are multiples of 16.
     */
    void (*forward4)(float* re, float* im, size_t length, const float* twiddles, size_t first, size_t count);
    void (*inverse4)(float* re, float* im, size_t length, const float* twiddles, size_t first, size_t count);

    /** The last 16-point transforms of a group, into 4 tiles that lie tile_stride floats apart. */
    void (*forward_leaf)(float* tiles, size_t tile_stride, const float* re, const float* im);
    /** The first 16-point transforms back, from 4 adjacent tiles to a group. */
    void (*inverse_leaf)(float* re, float* im, const float* tiles);

    /**
     * A whole transform of 256 points in one go: what two passes of forward4 and a leaf do.
     * turns: exp(-2 pi i k n / 256) at [16 row + n], real parts, then 256 imaginary; k as pinna_spectral_row_turn(row).
     */
    void (*forward256)(float* tiles, size_t tile_stride, const float* re, const float* im, const float* turns);

    /** sum += x[j] h[j] over j < count, complex, one tile each; tiles adjacent in x and in h. */
    void (*mac)(float* sum, const float* x, const float* h, size_t count);

    /**
     * Two windows of 2 PINNA_WINDOW real samples, given as halves, each weighted (dsp/transform.h) and transformed as
     * PINNA_WINDOW points, into a group of adjacent tiles.
     */
    void (*forward_windows)(float* tiles, const float* const early[2], const float* const late[2],
                            const pinna_window_turns* turns);
    /**
     * And back, from x h, or with sum (which may be NULL) from sum + x h: complex, a group of adjacent tiles each. Of a
     * convolution it is the late halves that count (dsp/transform.h); early[w] may be NULL.
     */
    void (*inverse_windows)(float* const early[2], float* const late[2], const float* sum, const float* x,
                            const float* h, const pinna_window_turns* turns);

    /** out = x h, or with add: += x h, complex, a group of adjacent tiles each. */
    void (*multiply)(float* out, const float* x, const float* h, bool add);
} pinna_spectral;

void pinna_window_turns_init(pinna_window_turns* turns);

/** Where forward256 keeps harmonic k of its columns: two passes of radix 4 leave them in this order. */
static inline uint32_t pinna_spectral_row_turn(uint32_t row)
{
    return row / 4 + 4 * (row % 4);
}

/** The best table for these flags (PINNA_CPU_*, dsp/kernels.h). Never NULL. */
const pinna_spectral* pinna_spectral_select(uint32_t cpu_flags);

/** The table of the same vector width as other kernels. Never NULL. */
const pinna_spectral* pinna_spectral_like(const pinna_kernels* kernels);

/** One table per file; NULL where this build lacks it. */
const pinna_spectral* pinna_spectral_scalar(void);
const pinna_spectral* pinna_spectral_vec4(void);
const pinna_spectral* pinna_spectral_avx2(void);
const pinna_spectral* pinna_spectral_avx512(void);

#endif
