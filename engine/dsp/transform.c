/* SPDX-License-Identifier: MIT */
#include "dsp/transform.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* Points of the shortest pass: each of its four branches is one leaf. */
enum { SHORTEST = 4 * PINNA_LEAF };

static size_t pass_points(uint32_t index)
{
    return (size_t)SHORTEST << (2 * index);
}

void pinna_transform_tables_take(pinna_transform_tables* tables, pinna_arena* arena, uint32_t size_count)
{
    for (uint32_t k = 0; size_count && k <= size_count; k++)
        tables->twiddles[k] = pinna_arena_take(arena, pass_points(k) / 4 * 6, sizeof(float));
    for (uint32_t k = 0; k < size_count; k++) {
        tables->cosine[k] = pinna_arena_take(arena, pinna_transform_points(k), sizeof(float));
        tables->sine[k] = pinna_arena_take(arena, pinna_transform_points(k), sizeof(float));
    }
}

static void fill_twiddles(float* twiddles, size_t points)
{
    const size_t quarter = points / 4;
    for (size_t q = 1; q <= 3; q++) {
        float *re = twiddles + (q - 1) * 2 * quarter, *im = re + quarter;
        for (size_t j = 0; j < quarter; j++) {
            double angle = -2.0 * pi * (double)(q * j) / (double)points;
            re[j] = (float)cos(angle);
            im[j] = (float)sin(angle);
        }
    }
}

static void fill_weights(float* cosine, float* sine, size_t points)
{
    for (size_t n = 0; n < points; n++) {
        double angle = pi * (double)n / (2.0 * (double)points);
        cosine[n] = (float)cos(angle);
        sine[n] = (float)sin(angle);
    }
}

void pinna_transform_tables_fill(pinna_transform_tables* tables, uint32_t size_count)
{
    for (uint32_t k = 0; size_count && k <= size_count; k++) fill_twiddles(tables->twiddles[k], pass_points(k));
    for (uint32_t k = 0; k < size_count; k++)
        fill_weights(tables->cosine[k], tables->sine[k], pinna_transform_points(k));
}
