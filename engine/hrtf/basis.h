/* SPDX-License-Identifier: MIT */
/*
 * The basis in two parts: learn finds the filters, fit the gains of every row on them. A row is one ear's
 * minimum-phase HRIR of one direction; row = direction * 2 + ear. Rows start at multiples of 64 bytes.
 */
#ifndef PINNA_HRTF_BASIS_H
#define PINNA_HRTF_BASIS_H

#include "hrtf/build.h"
#include "hrtf/linear.h"

enum { PINNA_BASIS_ROWS = PINNA_LINEAR_LANES /**< Rows handled at once. */ };

/** The frequencies at which spectra are compared. A spectrum is the real parts, then the imaginary ones. */
typedef struct pinna_basis_points {
    size_t count;
    size_t stride;  /**< count rounded up to 16; what lies beyond count is zero */
    float* weights; /**< [stride] */
    float* waves;   /**< [tap][2 * stride]: the Fourier transform as a matrix */
} pinna_basis_points;

/**
 * Rows first to first + PINNA_BASIS_ROWS, each scaled to unit energy, as columns [tap][PINNA_BASIS_ROWS]. Of the
 * directions, every direction_step-th counts. scales are the factors; silent and missing rows have scale 0.
 */
void pinna_basis_gather(const pinna_build* build, size_t first, size_t direction_step, float* columns,
                        float scales[PINNA_BASIS_ROWS]);

/** The filters, basis [count][tap], zero on entry. Filters the set does not need stay zero. */
pinna_status pinna_basis_learn(const pinna_build* build, const pinna_basis_points* points, size_t count, float* basis);

/** The gains [row][count]. */
pinna_status pinna_basis_fit(const pinna_build* build, const pinna_basis_points* points, size_t count,
                             const float* basis, float* gains);

#endif
