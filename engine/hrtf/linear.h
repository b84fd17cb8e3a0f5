/* SPDX-License-Identifier: MIT */
/* The linear algebra the basis needs. */
#ifndef PINNA_HRTF_LINEAR_H
#define PINNA_HRTF_LINEAR_H

#include "base/memory.h"
#include "dsp/kernels.h"

enum { PINNA_LINEAR_LANES = 32 /**< Systems solved side by side; a multiple of 16. */ };

/** Where the lower triangle, row after row, holds element (row, column), column <= row. */
static inline size_t pinna_linear_pair(size_t row, size_t column)
{
    return row * (row + 1) / 2 + column;
}

/**
 * Solves PINNA_LINEAR_LANES symmetric positive definite systems of count unknowns: matrix [pair][lane], right [unknown]
 * [lane]. The solution replaces right; the matrix is overwritten. Unknowns without a positive pivot become 0.
 */
void pinna_linear_solve(float* matrix, float* right, size_t count);

/**
 * The leading eigenvectors of a symmetric matrix without negative eigenvalues.
 *
 * @param matrix   [size][size], size a multiple of 16, 64-byte aligned.
 * @param vectors  [count][size], orthonormal, count a multiple of 8. Zero where the rank is smaller than count.
 * @param values   [count], descending; 0 where the vector is zero.
 * @return false without memory.
 */
bool pinna_linear_leading(const pinna_kernels* kernels, pinna_pool* scratch, const float* matrix, size_t size,
                          float* vectors, float* values, size_t count);

#endif
