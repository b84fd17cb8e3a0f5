/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_ARRANGE_H
#define PINNA_SOFA_ARRANGE_H

#include "measured.h"

/* Where the values of a response lie: the four dimensions a response may have, in AES69's letters. */
enum { AXIS_M, AXIS_R, AXIS_E, AXIS_N, AXIS_COUNT };

typedef struct pinna_sofa_layout {
    size_t sizes[AXIS_COUNT], strides[AXIS_COUNT];
} pinna_sofa_layout;

/** Largest number of samples kept of one file: 512 MB. */
enum { PINNA_SOFA_MAX_SAMPLES = 1 << 27 };

/** Finds the layout of a response array. False where its shape fits none. */
bool pinna_sofa_find_layout(const pinna_sofa_fields* fields, const pinna_sofa_array* array, pinna_sofa_layout* out);

static inline size_t pinna_sofa_index(const pinna_sofa_layout* l, size_t m, size_t r, size_t e)
{
    return m * l->strides[AXIS_M] + r * l->strides[AXIS_R] + e * l->strides[AXIS_E];
}

/**
 * Room for responses [M][R][E][tap_count] of a layout, and for a sampling rate behind them; becomes fields->made and
 * the fields' impulse responses. NULL, reported, beyond the limit or without memory.
 */
float* pinna_sofa_make_responses(const pinna_sofa_context* context, pinna_sofa_fields* fields,
                                 const pinna_sofa_layout* layout, size_t tap_count, double sample_rate_hz,
                                 pinna_status* status);

/** spectra.c: impulse responses of Data.Real, Data.Imag and N. */
pinna_status pinna_sofa_make_from_spectra(const pinna_sofa_context* context, pinna_sofa_fields* fields);

/** polar.c: the same of magnitudes and phases. */
pinna_status pinna_sofa_make_from_polar(const pinna_sofa_context* context, pinna_sofa_fields* fields);

/** sections.c: impulse responses of Data.SOS. */
pinna_status pinna_sofa_make_from_sections(const pinna_sofa_context* context, pinna_sofa_fields* fields);

#endif
