/* SPDX-License-Identifier: MIT */
/* What filters pass of white noise in each octave: exact, because the spectra are finer than the filters' detail. */
#ifndef PINNA_HRTF_BASIS_BANDS_H
#define PINNA_HRTF_BASIS_BANDS_H

#include "dsp/fft_lanes.h"
#include "dsp/kernels.h"
#include "hrtf/linear.h"

enum { PINNA_BASIS_BANDS = 8 /**< Octaves round 125 Hz to 16 kHz, the last up to 20 kHz. A multiple of 8. */ };

typedef struct pinna_basis_bands {
    pinna_fft_lanes fft;
    size_t tap_count, bin_count;
    float* shares;   /* [bin][band]: of the bin's power */
    float* time;     /* [sample][PINNA_FFT_LANES] */
    float* spectrum; /* [bin][real, imaginary][PINNA_FFT_LANES] */
    float* powers;   /* [bin][PINNA_LINEAR_LANES] */
} pinna_basis_bands;

/** False without memory. */
bool pinna_basis_bands_init(pinna_basis_bands* bands, pinna_pool* pool, uint32_t sample_rate_hz, size_t tap_count);

/** Energies of the columns [tap][PINNA_LINEAR_LANES] in the octaves: powers [band][PINNA_LINEAR_LANES]. */
void pinna_basis_bands_powers(pinna_basis_bands* bands, const pinna_kernels* kernels, const float* columns,
                              float* powers);

/**
 * The same of the products of all pairs of columns [tap][count], count a multiple of 8, as one matrix to the octave,
 * side by side: pairs [column][band][column]. False without memory.
 */
bool pinna_basis_bands_pairs(pinna_basis_bands* bands, pinna_pool* scratch, const float* columns, size_t count,
                             float* pairs);

#endif
