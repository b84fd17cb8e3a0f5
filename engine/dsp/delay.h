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

/** Where in the table a delay's filter is. @param delay_frames  Behind the whole frames. */
static inline pinna_table_place pinna_delay_place(const pinna_delay_table* table, double delay_frames)
{
    double position = (delay_frames - ((double)table->lead - 2.0)) * PINNA_DELAY_STEPS;
    position = position > 0.0 ? position : 0.0;
    position = position < 5.0 * PINNA_DELAY_STEPS ? position : 5.0 * PINNA_DELAY_STEPS;
    int row = (int)position;
    return (pinna_table_place){(uint32_t)row, (float)(position - row)};
}

/** A delay as a whole number of 2^-32 frames: where many are looked up, that is faster than a double. */
typedef int64_t pinna_fixed_delay;

static inline pinna_fixed_delay pinna_delay_to_fixed(double frames)
{
    return (pinna_fixed_delay)(frames * 4294967296.0);
}

/** As pinna_delay_whole(). */
static inline uint32_t pinna_fixed_delay_whole(const pinna_delay_table* table, pinna_fixed_delay delay)
{
    return (uint32_t)(delay >> 32) - table->lead;
}

/** As pinna_delay_place(), behind so many whole frames; within lead - 2 to lead + 3. */
static inline pinna_table_place pinna_fixed_delay_place(const pinna_delay_table* table, pinna_fixed_delay delay,
                                                        uint32_t whole)
{
    enum { FRACTION_BITS = 25 }; /* PINNA_DELAY_STEPS are 7 more */
    pinna_fixed_delay rest = delay - (((int64_t)whole + table->lead - 2) << 32);
    uint32_t fraction = (uint32_t)rest & ((1u << FRACTION_BITS) - 1);
    return (pinna_table_place){(uint32_t)(rest >> FRACTION_BITS), (float)(int32_t)fraction * 0x1p-25f};
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

#endif
