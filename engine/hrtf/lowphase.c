/* SPDX-License-Identifier: MIT */
#include "hrtf/lowphase.h"

#include <math.h>

enum { LANES = PINNA_FFT_LANES, HALF = LANES / 2, MOMENTS = PINNA_LOWPHASE_MOMENTS };

#define PI 3.14159265358979323846

/* The integrand beside log G, by bin: dV / V^(2 j). */
static void set_kernels(float* kernels[MOMENTS], const float* share, size_t bin_count)
{
    double reference = 0.0;
    for (size_t k = bin_count; k-- > 1;)
        if (share[k] > 0.0f) reference = tan(0.5 * PI * fmin((double)k / (double)(bin_count - 1), 0.99));
    for (size_t k = 1; k < bin_count; k++) {
        double inverse = 1.0 / tan(0.5 * PI * (double)k / (double)(bin_count - 1)), x = inverse * reference;
        double kernel = (1.0 + inverse * inverse) * (k + 1 < bin_count ? 1.0 : 0.5);
        for (int j = 0; j < MOMENTS; j++, kernel *= x * x) kernels[j][k] = share[k] > 0.0f ? (float)kernel : 0.0f;
    }
}

static double product(const float* a, const float* b, const float* weights, size_t count)
{
    double sum = 0.0;
    for (size_t k = 0; k < count; k++) sum += (double)a[k] * (double)b[k] * (double)weights[k];
    return sum;
}

/* Gram and Schmidt, twice over what rounding left. */
static void make_orthonormal(float* kernels[MOMENTS], const float* weights, size_t count)
{
    for (int j = 0; j < MOMENTS; j++) {
        for (int other = 0; other < 2 * j; other++) {
            double common = product(kernels[j], kernels[other % j], weights, count);
            for (size_t k = 0; k < count; k++) kernels[j][k] -= (float)common * kernels[other % j][k];
        }
        double square = product(kernels[j], kernels[j], weights, count);
        float factor = square > 1e-20 ? (float)(1.0 / sqrt(square)) : 0.0f;
        for (size_t k = 0; k < count; k++) kernels[j][k] *= factor;
    }
}

bool pinna_lowphase_init(pinna_lowphase* p, pinna_pool* pool, const float* share, uint32_t n)
{
    size_t bins = p->bin_count = n / 2 + 1;
    for (int j = 0; j < MOMENTS; j++) {
        p->take[j] = pinna_pool_take(pool, bins, sizeof(float));
        p->give[j] = pinna_pool_take(pool, bins, sizeof(float));
    }
    float* weights = pinna_pool_take(pool, bins, sizeof *weights);
    if (pool->failed) return false;
    for (size_t k = 0; k < bins; k++) weights[k] = share[k] * share[k] * (float)k / (float)bins;
    set_kernels(p->take, share, bins);
    make_orthonormal(p->take, weights, bins);
    for (int j = 0; j < MOMENTS; j++)
        for (size_t k = 0; k < bins; k++) p->give[j][k] = weights[k] * p->take[j][k];
    return true;
}

void pinna_lowphase_keep(const pinna_lowphase* p, float* levels)
{
    float sums[MOMENTS][HALF] = {{0}};
    for (int j = 0; j < MOMENTS; j++)
        for (size_t k = 0; k < p->bin_count; k++)
            for (size_t l = 0; l < HALF; l++)
                sums[j][l] += 0.5f * p->take[j][k] * (levels[k * LANES + l] - levels[k * LANES + HALF + l]);
    for (int j = 0; j < MOMENTS; j++)
        for (size_t k = 0; k < p->bin_count; k++)
            for (size_t l = 0; l < HALF; l++) {
                levels[k * LANES + l] -= p->give[j][k] * sums[j][l];
                levels[k * LANES + HALF + l] += p->give[j][k] * sums[j][l];
            }
}
