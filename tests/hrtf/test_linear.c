/* SPDX-License-Identifier: MIT */
/* The linear algebra against its definitions. */
#include "hrtf/linear.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = PINNA_LINEAR_LANES, UNKNOWNS = 11, SIZE = 48, VECTORS = 8, RANK = 5 };

static double next_random(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(int32_t)*state / 2147483648.0;
}

/* [pair][lane]: F F' + I / 2 with another F in every lane. */
static void fill_systems(float* matrix, uint32_t* random)
{
    for (size_t lane = 0; lane < LANES; lane++) {
        double factor[UNKNOWNS][UNKNOWNS];
        for (size_t i = 0; i < UNKNOWNS; i++)
            for (size_t j = 0; j < UNKNOWNS; j++) factor[i][j] = next_random(random);
        for (size_t i = 0; i < UNKNOWNS; i++) {
            for (size_t j = 0; j <= i; j++) {
                double sum = i == j ? 0.5 : 0.0;
                for (size_t k = 0; k < UNKNOWNS; k++) sum += factor[i][k] * factor[j][k];
                matrix[pinna_linear_pair(i, j) * LANES + lane] = (float)sum;
            }
        }
    }
}

Test(linear, solves_every_lane)
{
    static float matrix[UNKNOWNS * (UNKNOWNS + 1) / 2 * LANES], used[UNKNOWNS * (UNKNOWNS + 1) / 2 * LANES];
    static float right[UNKNOWNS * LANES], solution[UNKNOWNS * LANES];
    uint32_t random = 5;
    fill_systems(matrix, &random);
    for (size_t i = 0; i < UNKNOWNS * LANES; i++) solution[i] = right[i] = (float)next_random(&random);
    memcpy(used, matrix, sizeof used);
    pinna_linear_solve(used, solution, UNKNOWNS);
    for (size_t i = 0; i < UNKNOWNS; i++) {
        for (size_t lane = 0; lane < LANES; lane++) {
            double sum = 0.0;
            for (size_t j = 0; j < UNKNOWNS; j++) {
                size_t pair = j <= i ? pinna_linear_pair(i, j) : pinna_linear_pair(j, i);
                sum += (double)matrix[pair * LANES + lane] * (double)solution[j * LANES + lane];
            }
            cr_assert_float_eq(sum, right[i * LANES + lane], 1e-4);
        }
    }
}

Test(linear, leaves_unknowns_without_a_pivot_zero)
{
    static float matrix[3 * LANES], right[2 * LANES];
    for (size_t lane = 0; lane < LANES; lane++) {
        matrix[pinna_linear_pair(0, 0) * LANES + lane] = lane % 2 ? 4.0f : 0.0f;
        right[lane] = right[LANES + lane] = 8.0f;
    }
    pinna_linear_solve(matrix, right, 2);
    for (size_t lane = 0; lane < LANES; lane++) {
        cr_assert_float_eq(right[lane], lane % 2 ? 2.0f : 0.0f, 1e-6);
        cr_assert_eq(right[LANES + lane], 0.0f);
    }
}

/* Orthonormal directions: the rows of a cosine transform. */
static double direction(size_t which, size_t i)
{
    return sqrt(2.0 / SIZE) * cos(3.14159265358979324 / SIZE * (double)(which + 1) * ((double)i + 0.5));
}

Test(linear, finds_eigenvectors_and_the_rank)
{
    static const double values[RANK] = {900.0, 250.0, 40.0, 9.0, 1.0};
    pinna_pool pool;
    pinna_pool_init(&pool, pinna_allocator_default());
    float* matrix = pinna_pool_take(&pool, SIZE * SIZE, sizeof *matrix);
    float* vectors = pinna_pool_take(&pool, VECTORS * SIZE, sizeof *vectors);
    float found[VECTORS];
    for (size_t i = 0; i < SIZE; i++)
        for (size_t j = 0; j < SIZE; j++) {
            double sum = 0.0;
            for (size_t r = 0; r < RANK; r++) sum += values[r] * direction(r, i) * direction(r, j);
            matrix[i * SIZE + j] = (float)sum;
        }
    const pinna_kernels* kernels = pinna_kernels_select(pinna_cpu_flags());
    cr_assert(pinna_linear_leading(kernels, &pool, matrix, SIZE, vectors, found, VECTORS));
    for (size_t v = 0; v < VECTORS; v++) {
        double along = 0.0, energy = 0.0;
        for (size_t i = 0; i < SIZE; i++) {
            along += v < RANK ? (double)vectors[v * SIZE + i] * direction(v, i) : 0.0;
            energy += (double)vectors[v * SIZE + i] * (double)vectors[v * SIZE + i];
        }
        cr_assert_float_eq(fabs(along), v < RANK ? 1.0 : 0.0, 1e-3);
        cr_assert_float_eq(energy, v < RANK ? 1.0 : 0.0, 1e-4);
        cr_assert_float_eq(found[v], v < RANK ? values[v] : 0.0, v < RANK ? 1e-3 * values[v] : 0.0);
    }
    pinna_pool_free(&pool);
}
