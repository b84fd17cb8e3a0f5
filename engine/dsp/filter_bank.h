/* SPDX-License-Identifier: MIT */
/*
 * A bank of filters whose outputs are summed, for two channels at once: out[c] += sum over f of filter f * rows[c][f].
 * Whole segments go through the frequency domain: the two channels of a row are the real and the imaginary part of one
 * transform, for their filter is the same; what is long is cut into partitions. Short segments are filtered directly.
 * No latency, and the same result within rounding.
 */
#ifndef PINNA_DSP_FILTER_BANK_H
#define PINNA_DSP_FILTER_BANK_H

#include "dsp/kernels.h"
#include "dsp/transform.h"

enum {
    PINNA_FILTER_BANK_PART = PINNA_TRANSFORM_MIN / 2, /**< Taps of a partition, and frames of a whole segment. */
    PINNA_FILTER_BANK_PARTS = 8,                      /**< With more of them everything is filtered directly. */
};

typedef struct pinna_filter_bank {
    const pinna_kernels* kernels;
    const pinna_spectral* spectral;
    pinna_transform_tables tables;
    float* turns; /**< Of pinna_spectral.forward256. */
    uint32_t part_capacity; /**< 0: no memory for transforms. */
    uint32_t filter_capacity;
    const float* taps; /**< [filter][tap] */
    uint32_t filter_count, tap_count, part_count;
    float* filters;   /**< [tile][part][filter] spectra */
    float* windows;   /**< [tile][part][filter] spectra of the rows, parts in a ring */
    float* work;      /**< One transform, real parts, then imaginary. */
    uint32_t newest;  /**< Part of the ring that holds the newest window. */
    uint32_t valid;   /**< Parts, newest first, that hold the windows of the segments just before. */
} pinna_filter_bank;

/** Lays it out for sets of up to so many filters of up to so many taps. */
void pinna_filter_bank_place(pinna_filter_bank* bank, pinna_arena* arena, const pinna_kernels* kernels,
                             uint32_t filter_capacity, uint32_t tap_capacity);

/** Takes filters; taps must stay. Real-time safe; costs a transform for every 128 taps. */
void pinna_filter_bank_use(pinna_filter_bank* bank, const float* taps, uint32_t filter_count, uint32_t tap_count);

/** Frames before a segment that run reads of each row. */
static inline uint32_t pinna_filter_bank_past(uint32_t tap_capacity)
{
    uint32_t parts = (tap_capacity + PINNA_FILTER_BANK_PART - 1) / PINNA_FILTER_BANK_PART;
    return (parts + 1) * PINNA_FILTER_BANK_PART;
}

/** One segment. @param rows  First frame of filter 0's row of each channel; the others' lie stride apart. */
void pinna_filter_bank_run(pinna_filter_bank* bank, const float* const rows[2], size_t stride, size_t frame_count,
                           float* const out[2]);

#endif
