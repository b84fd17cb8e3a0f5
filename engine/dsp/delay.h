/* SPDX-License-Identifier: MIT */
/*
 * Fractional delays as short filters, least squares over most of the band (Laakso et al. 1996, "Splitting the unit
 * delay"). A filter is best where its delay lies between its two middle taps; gliding ones reach a sample beyond.
 */
#ifndef PINNA_DSP_DELAY_H
#define PINNA_DSP_DELAY_H

#include "dsp/kernels.h"

enum {
    PINNA_DELAY_MAX_TAPS = 24,
    PINNA_DELAY_STEPS = 128,                         /**< Table entries per sample. */
    PINNA_DELAY_ENTRIES = 5 * PINNA_DELAY_STEPS + 2, /**< Five samples, and one entry to interpolate towards. */
};

typedef struct pinna_delay_table {
    const pinna_kernels* kernels;
    uint32_t tap_count;
    uint32_t lead; /**< A filter delays by lead to lead + 1 frames; no delay may be shorter than lead. */
    float taps[PINNA_DELAY_ENTRIES * PINNA_DELAY_MAX_TAPS]; /**< [entry][tap_count] Delays from lead - 2 to lead + 3. */
} pinna_delay_table;

/**
 * Fills the table. Takes about a millisecond.
 *
 * @param tap_count  At most PINNA_DELAY_MAX_TAPS.
 * @param band       Part of the Nyquist frequency up to which the filters are fitted.
 */
void pinna_delay_table_init(pinna_delay_table* table, const pinna_kernels* kernels, uint32_t tap_count, uint32_t lead,
                            double band);

/** Whole frames in front of the filter of a delay of lead or more frames. */
static inline uint32_t pinna_delay_whole(const pinna_delay_table* table, double delay_frames)
{
    return (uint32_t)delay_frames - table->lead;
}

/** The filter of a delay: out[n] = sum of taps[k] in[n - whole - k]. Returns the whole frames. */
uint32_t pinna_delay_fixed(const pinna_delay_table* table, double delay_frames, float* taps);

/**
 * The filter of a delay gliding from one value to another: taps at u, from -1/2 to 1/2, are c0 + u c1 + u^2 c2.
 *
 * @param from_frames, to_frames  Behind the whole frames: within lead - 2 to lead + 3.
 * @param coefficients  c0, c1 and c2, one after another. The table's taps are a multiple of 8.
 */
void pinna_delay_glide_filter(const pinna_delay_table* table, double from_frames, double to_frames,
                              float* coefficients);

/** The same of a table of PINNA_DELAY_TAPS taps, for the kernel that has as many. */
void pinna_delay_glide_short(const pinna_delay_table* table, double from_frames, double to_frames,
                             pinna_delay_glide* out);

#endif
