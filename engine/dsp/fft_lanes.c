/* SPDX-License-Identifier: MIT */
#include "dsp/fft_lanes.h"

#include "dsp/fft.h"

#include <math.h>
#include <string.h>

enum { LANES = PINNA_FFT_LANES, POINT = 2 * LANES /* floats of one complex number in all lanes */ };

bool pinna_fft_lanes_init(pinna_fft_lanes* fft, pinna_pool* pool, uint32_t n)
{
    *fft = (pinna_fft_lanes){.n = n};
    if (n < PINNA_FFT_MIN || n > PINNA_FFT_MAX || (n & (n - 1))) return false;
    fft->turn = pinna_pool_take(pool, n, 2 * sizeof *fft->turn);
    for (int i = 0; i < 2; i++) fft->work[i] = pinna_pool_take(pool, n, LANES * sizeof *fft->work[i]);
    if (!fft->turn || !fft->work[0] || !fft->work[1]) return false;
    for (uint32_t k = 0; k < n; k++) {
        double angle = -2.0 * 3.14159265358979323846 * k / n;
        fft->turn[2 * k] = (float)cos(angle);
        fft->turn[2 * k + 1] = (float)sin(angle);
    }
    return true;
}

/* Radix-4 butterfly in all lanes; inputs `apart` floats from each other, outputs `stride`. turn: w, w^2, w^3. Sums are
   kept in arrays, so that compilers see plain loops over lanes. */
static inline void butterfly4(float* restrict to, size_t stride, const float* restrict from, size_t apart,
                              const float turn[6])
{
    const float *a = from, *b = from + apart, *c = b + apart, *d = c + apart;
    float y[4][POINT];
    for (size_t l = 0; l < LANES; l++) {
        float sr = a[l] + c[l], si = a[LANES + l] + c[LANES + l], dr = a[l] - c[l], di = a[LANES + l] - c[LANES + l];
        float tr = b[l] + d[l], ti = b[LANES + l] + d[LANES + l], er = b[l] - d[l], ei = b[LANES + l] - d[LANES + l];
        y[0][l] = sr + tr;
        y[0][LANES + l] = si + ti;
        y[1][l] = dr + ei;
        y[1][LANES + l] = di - er;
        y[2][l] = sr - tr;
        y[2][LANES + l] = si - ti;
        y[3][l] = dr - ei;
        y[3][LANES + l] = di + er;
    }
    memcpy(to, y[0], sizeof y[0]);
    for (size_t q = 1; q < 4; q++) {
        float *out = to + q * stride, re = turn[2 * q - 2], im = turn[2 * q - 1];
        for (size_t l = 0; l < LANES; l++) {
            out[l] = y[q][l] * re - y[q][LANES + l] * im;
            out[LANES + l] = y[q][l] * im + y[q][LANES + l] * re;
        }
    }
}

static inline void butterfly2(float* restrict to, const float* restrict from, size_t apart)
{
    for (size_t l = 0; l < POINT; l++) {
        float a = from[l], b = from[l + apart];
        to[l] = a + b;
        to[l + apart] = a - b;
    }
}

/* One pass of Stockham's transform, which sorts itself: blocks of `length` points, `stride` of them side by side. */
static void pass4(const pinna_fft_lanes* fft, float* restrict to, const float* restrict from, size_t length,
                  size_t stride)
{
    size_t quarter = length / 4, step = fft->n / length, across = stride * POINT;
    for (size_t p = 0; p < quarter; p++) {
        const float *w1 = fft->turn + 2 * p * step, *w2 = fft->turn + 4 * p * step, *w3 = fft->turn + 6 * p * step;
        const float turn[6] = {w1[0], w1[1], w2[0], w2[1], w3[0], w3[1]};
        for (size_t q = 0; q < stride; q++)
            butterfly4(to + 4 * p * across + q * POINT, across, from + p * across + q * POINT, quarter * across, turn);
    }
}

/* Complex transform of n/2 points, work[0] to one of both; returns which. */
static float* transform(pinna_fft_lanes* fft)
{
    size_t length = fft->n / 2, stride = 1;
    int at = 0;
    for (; length >= 4; length /= 4, stride *= 4, at ^= 1)
        pass4(fft, fft->work[at ^ 1], fft->work[at], length, stride);
    if (length == 2) {
        for (size_t q = 0; q < stride; q++)
            butterfly2(fft->work[at ^ 1] + q * POINT, fft->work[at] + q * POINT, stride * POINT);
        at ^= 1;
    }
    return fft->work[at];
}

/* Even samples are the real, odd ones the imaginary parts of a transform half as long; this takes the two apart. */
void pinna_fft_lanes_forward(pinna_fft_lanes* fft, const float* restrict time, float* restrict spectrum)
{
    size_t half = fft->n / 2;
    memcpy(fft->work[0], time, fft->n * LANES * sizeof *time);
    const float* z = transform(fft);
    for (size_t k = 0; k <= half; k++) {
        const float *a = z + (k % half) * POINT, *b = z + ((half - k) % half) * POINT;
        float c = k < half ? fft->turn[2 * k] : -1.0f, s = k < half ? fft->turn[2 * k + 1] : 0.0f;
        float* restrict out = spectrum + k * POINT;
        for (size_t l = 0; l < LANES; l++) {
            float er = 0.5f * (a[l] + b[l]), ei = 0.5f * (a[LANES + l] - b[LANES + l]);
            float odd_r = 0.5f * (a[LANES + l] + b[LANES + l]), odd_i = 0.5f * (b[l] - a[l]);
            out[l] = er + odd_r * c - odd_i * s;
            out[LANES + l] = ei + odd_r * s + odd_i * c;
        }
    }
}

/* The way back; with real and imaginary parts exchanged before and after, the forward transform is the inverse. */
void pinna_fft_lanes_inverse(pinna_fft_lanes* fft, const float* restrict spectrum, float* restrict time)
{
    size_t half = fft->n / 2;
    for (size_t k = 0; k < half; k++) {
        const float *a = spectrum + k * POINT, *b = spectrum + (half - k) * POINT;
        float c = fft->turn[2 * k], s = -fft->turn[2 * k + 1], imaginary = k ? 1.0f : 0.0f;
        float* restrict z = fft->work[0] + k * POINT;
        for (size_t l = 0; l < LANES; l++) {
            float ai = imaginary * a[LANES + l], bi = imaginary * b[LANES + l];
            float er = a[l] + b[l], ei = ai - bi, dr = a[l] - b[l], di = ai + bi;
            float odd_r = dr * c - di * s, odd_i = dr * s + di * c;
            z[LANES + l] = er - odd_i;
            z[l] = ei + odd_r;
        }
    }
    const float* z = transform(fft);
    float scale = 1.0f / (float)fft->n;
    for (size_t m = 0; m < half; m++)
        for (size_t l = 0; l < LANES; l++) {
            time[m * POINT + l] = z[m * POINT + LANES + l] * scale;
            time[m * POINT + LANES + l] = z[m * POINT + l] * scale;
        }
}
