/* SPDX-License-Identifier: MIT */
#include "hrtf/power.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846
#define LOWEST_HZ 20.0
#define HIGHEST_HZ 20000.0

/* Power of a biquad at a frequency, its coefficients being those for 48 kHz. */
static double biquad_power(const double b[3], const double a[3], double frequency_hz)
{
    double w = 2.0 * PI * frequency_hz / 48000.0, c1 = cos(w), c2 = cos(2.0 * w), s1 = sin(w), s2 = sin(2.0 * w);
    double br = b[0] + b[1] * c1 + b[2] * c2, bi = b[1] * s1 + b[2] * s2;
    double ar = a[0] + a[1] * c1 + a[2] * c2, ai = a[1] * s1 + a[2] * s2;
    return (br * br + bi * bi) / (ar * ar + ai * ai);
}

/* ITU-R BS.1770-4, tables 1 and 2: the K weighting. */
static double k_weighting(double frequency_hz)
{
    static const double shelf_b[3] = {1.53512485958697, -2.69169618940638, 1.19839281085285};
    static const double shelf_a[3] = {1.0, -1.69065929318241, 0.73248077421585};
    static const double pass_b[3] = {1.0, -2.0, 1.0};
    static const double pass_a[3] = {1.0, -1.99004745483398, 0.99007225036621};
    return biquad_power(shelf_b, shelf_a, frequency_hz) * biquad_power(pass_b, pass_a, frequency_hz);
}

void pinna_power_pink(float* weights, uint32_t size, double sample_rate_hz)
{
    double sum = 0.0;
    for (uint32_t k = 0; k <= size / 2; k++) {
        double f = k * sample_rate_hz / size;
        double w = f >= LOWEST_HZ && f <= HIGHEST_HZ ? k_weighting(f) / f : 0.0;
        weights[k] = (float)w;
        sum += w;
    }
    for (uint32_t k = 0; k <= size / 2; k++)
        weights[k] = (float)(weights[k] / sum);
}

bool pinna_power_init(pinna_power* p, pinna_pool* pool, size_t tap_count, double sample_rate_hz)
{
    uint32_t n = 32;
    while (n < 2 * tap_count)
        n *= 2;
    *p = (pinna_power){.tap_count = tap_count, .fine = n > 2048 ? n : 2048};
    if (!pinna_fft_lanes_init(&p->lanes, pool, n)) return false;
    void* inverse = pinna_pool_take(pool, 1, pinna_fft_size(n));
    void* fft = pinna_pool_take(pool, 1, pinna_fft_size(p->fine));
    p->time = pinna_pool_take(pool, n, PINNA_FFT_LANES * sizeof *p->time);
    p->spectrum = pinna_pool_take(pool, pinna_fft_lanes_spectrum(n), sizeof *p->spectrum);
    p->correlation = pinna_pool_take(pool, p->fine, sizeof *p->correlation);
    p->bins = pinna_pool_take(pool, p->fine / 2 + 1, sizeof *p->bins);
    p->pink = pinna_pool_take(pool, p->fine / 2 + 1, sizeof *p->pink);
    if (pool->failed) return false;
    p->inverse = pinna_fft_place(inverse, n);
    p->fft = pinna_fft_place(fft, p->fine);
    pinna_power_pink(p->pink, p->fine, sample_rate_hz);
    return true;
}

pinna_power_sum* pinna_power_sum_take(const pinna_power* p, pinna_pool* pool)
{
    return pinna_pool_take(pool, p->lanes.n / 2 + 1, sizeof(pinna_power_sum));
}

void pinna_power_add(pinna_power* p, pinna_power_sum* sum, const float* rows, size_t row_count, const float* weights)
{
    float shares[PINNA_FFT_LANES] = {0};
    memset(p->time, 0, (size_t)p->lanes.n * PINNA_FFT_LANES * sizeof *p->time);
    for (size_t lane = 0; lane < row_count; lane++) {
        for (size_t n = 0; n < p->tap_count; n++)
            p->time[n * PINNA_FFT_LANES + lane] = rows[lane * p->tap_count + n];
        shares[lane] = weights[lane];
    }
    pinna_fft_lanes_forward(&p->lanes, p->time, p->spectrum);
    for (size_t k = 0; k <= p->lanes.n / 2; k++) {
        const float* bin = p->spectrum + k * 2 * PINNA_FFT_LANES;
        for (size_t lane = 0; lane < PINNA_FFT_LANES; lane++) {
            float re = bin[lane], im = bin[PINNA_FFT_LANES + lane];
            sum[k].re += shares[lane] * (re * re + im * im);
        }
    }
}

static void refine(pinna_power* p, const pinna_power_sum* sum)
{
    uint32_t half = p->lanes.n / 2;
    pinna_fft_inverse(p->inverse, sum, p->correlation);
    memmove(p->correlation + p->fine - half, p->correlation + half, half * sizeof *p->correlation);
    if (p->fine > p->lanes.n) memset(p->correlation + half, 0, (p->fine - p->lanes.n) * sizeof *p->correlation);
    pinna_fft_forward(p->fft, p->correlation, p->bins);
}

void pinna_power_spectrum(pinna_power* p, const pinna_power_sum* sum, float* out)
{
    refine(p, sum);
    for (uint32_t k = 0; k <= p->fine / 2; k++)
        out[k] = fmaxf(0.0f, p->bins[k].re);
}

double pinna_power_of_pink(pinna_power* p, const pinna_power_sum* sum)
{
    double power = 0.0;
    refine(p, sum);
    for (uint32_t k = 0; k <= p->fine / 2; k++)
        power += (double)p->pink[k] * (double)p->bins[k].re;
    return power;
}

/* The running sum between bins. */
static double sum_to(const double* sums, double position)
{
    size_t whole = (size_t)position;
    double part = position - (double)whole;
    return part > 0.0 ? sums[whole] + part * (sums[whole + 1] - sums[whole]) : sums[whole];
}

void pinna_power_smooth(const float* in, float* out, size_t bin_count, double octaves, double* sums)
{
    double half = exp2(0.5 * octaves);
    sums[0] = 0.0;
    for (size_t k = 0; k < bin_count; k++)
        sums[k + 1] = sums[k] + (double)in[k];
    for (size_t k = 0; k < bin_count; k++) { /* bin k reaches from k to k + 1 in the sums, its frequency lies between */
        double low = fmin((double)k, (double)k / half + 0.5);
        double high = fmin((double)bin_count, fmax((double)k + 1.0, (double)k * half + 0.5));
        out[k] = (float)((sum_to(sums, high) - sum_to(sums, low)) / (high - low));
    }
}
