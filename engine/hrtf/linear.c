/* SPDX-License-Identifier: MIT */
#include "hrtf/linear.h"

#include <math.h>
#include <string.h>

enum {
    LANES = PINNA_LINEAR_LANES,
    ITERATIONS = 12,
    SPARE_VECTORS = 8 /* Iterated along and dropped: the wanted ones converge faster. */
};

/* Below this part of the largest, an eigenvalue is rounding. */
static const float RANK_LIMIT = 3e-6f;

/* --- Cholesky, one system per lane: every inner loop is a few whole vectors --- */

static void subtract_product(float* restrict out, const float* restrict a, const float* restrict b)
{
    for (size_t lane = 0; lane < LANES; lane++) out[lane] -= a[lane] * b[lane];
}

static void multiply(float* restrict out, const float* restrict a)
{
    for (size_t lane = 0; lane < LANES; lane++) out[lane] *= a[lane];
}

/* The diagonal keeps the reciprocals, which is what both substitutions need. */
static void invert_pivot(float* pivot)
{
    for (size_t lane = 0; lane < LANES; lane++) {
        float positive = pivot[lane] > 1e-30f ? pivot[lane] : 1.0f;
        pivot[lane] = pivot[lane] > 1e-30f ? 1.0f / sqrtf(positive) : 0.0f;
    }
}

static void factorize(float* matrix, size_t count)
{
    for (size_t row = 0; row < count; row++) {
        for (size_t column = 0; column <= row; column++) {
            float* element = matrix + pinna_linear_pair(row, column) * LANES;
            const float* left = matrix + pinna_linear_pair(row, 0) * LANES;
            const float* above = matrix + pinna_linear_pair(column, 0) * LANES;
            float sum[LANES];
            memcpy(sum, element, sizeof sum);
            for (size_t k = 0; k < column; k++) subtract_product(sum, left + k * LANES, above + k * LANES);
            if (column < row) multiply(sum, matrix + pinna_linear_pair(column, column) * LANES);
            else invert_pivot(sum);
            memcpy(element, sum, sizeof sum);
        }
    }
}

void pinna_linear_solve(float* matrix, float* right, size_t count)
{
    factorize(matrix, count);
    for (size_t row = 0; row < count; row++) {
        for (size_t k = 0; k < row; k++)
            subtract_product(right + row * LANES, matrix + pinna_linear_pair(row, k) * LANES, right + k * LANES);
        multiply(right + row * LANES, matrix + pinna_linear_pair(row, row) * LANES);
    }
    for (size_t row = count; row-- > 0;) {
        for (size_t k = row + 1; k < count; k++)
            subtract_product(right + row * LANES, matrix + pinna_linear_pair(k, row) * LANES, right + k * LANES);
        multiply(right + row * LANES, matrix + pinna_linear_pair(row, row) * LANES);
    }
}

/* --- eigenvectors by subspace iteration --- */

static void add_scaled(float* restrict out, const float* restrict in, float factor, size_t size)
{
    for (size_t i = 0; i < size; i++) out[i] += factor * in[i];
}

static void scale(float* values, float factor, size_t size)
{
    for (size_t i = 0; i < size; i++) values[i] *= factor;
}

/* Gram-Schmidt, twice for accuracy. What depends on the vectors before it becomes zero. */
static void orthonormalize(const pinna_kernels* kernels, float* vectors, size_t count, size_t size)
{
    for (size_t v = 0; v < count; v++) {
        float* vector = vectors + v * size;
        float before = sqrtf(kernels->dot(vector, vector, size));
        for (int pass = 0; pass < 2; pass++) {
            for (size_t u = 0; u < v; u++) {
                const float* other = vectors + u * size;
                add_scaled(vector, other, -kernels->dot(vector, other, size), size);
            }
        }
        float norm = sqrtf(kernels->dot(vector, vector, size));
        scale(vector, norm > 1e-5f * before ? 1.0f / norm : 0.0f, size);
    }
}

/* next = vectors * matrix; columns is room for the transpose the product wants. */
static void multiply_by(const pinna_kernels* kernels, const float* matrix, const float* vectors, float* columns,
                        float* next, size_t count, size_t size)
{
    for (size_t v = 0; v < count; v++)
        for (size_t i = 0; i < size; i++) columns[i * count + v] = vectors[v * size + i];
    memset(next, 0, count * size * sizeof *next);
    kernels->bus_mix(next, size, columns, count, matrix, size, count, size, size);
}

static void randomize(float* values, size_t count)
{
    uint32_t random = 1;
    for (size_t i = 0; i < count; i++) {
        random = random * 1664525u + 1013904223u;
        values[i] = (float)(int32_t)random * 0x1p-31f;
    }
}

static float largest_diagonal(const float* matrix, size_t size)
{
    float largest = 0.0f;
    for (size_t i = 0; i < size; i++) largest = fmaxf(largest, matrix[i * size + i]);
    return largest;
}

/* The matrix with its largest diagonal element made 1, so that no product leaves the range of floats. */
static float* normalized(pinna_pool* scratch, const float* matrix, size_t size, float largest)
{
    float* copy = pinna_pool_take(scratch, size * size, sizeof *copy);
    for (size_t i = 0; copy && i < size * size; i++) copy[i] = matrix[i] / largest;
    return copy;
}

bool pinna_linear_leading(const pinna_kernels* kernels, pinna_pool* scratch, const float* matrix, size_t size,
                          float* vectors, float* values, size_t count)
{
    memset(vectors, 0, count * size * sizeof *vectors);
    memset(values, 0, count * sizeof *values);
    float largest = largest_diagonal(matrix, size);
    if (!(largest > 0.0f)) return true;
    size_t tried = count + SPARE_VECTORS;
    float* unit = normalized(scratch, matrix, size, largest);
    float* current = pinna_pool_take(scratch, tried * size, sizeof *current);
    float* next = pinna_pool_take(scratch, tried * size, sizeof *next);
    float* columns = pinna_pool_take(scratch, tried * size, sizeof *columns);
    if (!unit || !current || !next || !columns) return false;
    randomize(next, tried * size);
    for (int i = 0; i < ITERATIONS; i++) {
        orthonormalize(kernels, next, tried, size);
        memcpy(current, next, tried * size * sizeof *current);
        multiply_by(kernels, unit, current, columns, next, tried, size);
    }
    float first = kernels->dot(current, next, size);
    for (size_t v = 0; v < count; v++) {
        float value = kernels->dot(current + v * size, next + v * size, size);
        if (!(value > RANK_LIMIT * first)) continue;
        values[v] = value * largest;
        memcpy(vectors + v * size, current + v * size, size * sizeof *vectors);
    }
    return true;
}
