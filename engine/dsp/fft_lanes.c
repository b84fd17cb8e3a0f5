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

/* Radix-4 butterfly in all lanes; inputs `apart` floats from each other, outputs `stride`. turn: w, w^2, w^3. */
static inline void butterfly4(float* restrict to, size_t stride, const float* restrict from, size_t apart,
                              const float turn[6])
{
    for (size_t l = 0; l < LANES; l++) {
        const float *a = from + l, *b = a + apart, *c = b + apart, *d = c + apart;
        float sr = a[0] + c[0], si = a[LANES] + c[LANES], dr = a[0] - c[0], di = a[LANES] - c[LANES];
        float tr = b[0] + d[0], ti = b[LANES] + d[LANES], er = b[0] - d[0], ei = b[LANES] - d[LANES];
        float y1r = dr + ei, y1i = di - er, y2r = sr - tr, y2i = si - ti, y3r = dr - ei, y3i = di + er;
        float* y = to + l;
        y[0] = sr + tr;
        y[LANES] = si + ti;
        y[stride] = y1r * turn[0] - y1i * turn[1];
        y[stride + LANES] = y1r * turn[1] + y1i * turn[0];
        y[2 * stride] = y2r * turn[2] - y2i * turn[3];
        y[2 * stride + LANES] = y2r * turn[3] + y2i * turn[2];
        y[3 * stride] = y3r * turn[4] - y3i * turn[5];
        y[3 * stride + LANES] = y3r * turn[5] + y3i * turn[4];
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
void pinna_fft_lanes_forward(pinna_fft_lanes* fft, const float* time, float* spectrum)
{
    size_t half = fft->n / 2;
    memcpy(fft->work[0], time, fft->n * LANES * sizeof *time);
    const float* z = transform(fft);
    for (size_t k = 0; k <= half; k++) {
        const float *a = z + (k % half) * POINT, *b = z + ((half - k) % half) * POINT;
        float c = k < half ? fft->turn[2 * k] : -1.0f, s = k < half ? fft->turn[2 * k + 1] : 0.0f;
        float* out = spectrum + k * POINT;
        for (size_t l = 0; l < LANES; l++) {
            float er = 0.5f * (a[l] + b[l]), ei = 0.5f * (a[LANES + l] - b[LANES + l]);
            float odd_r = 0.5f * (a[LANES + l] + b[LANES + l]), odd_i = 0.5f * (b[l] - a[l]);
            out[l] = er + odd_r * c - odd_i * s;
            out[LANES + l] = ei + odd_r * s + odd_i * c;
        }
    }
}

/* The way back; with real and imaginary parts exchanged before and after, the forward transform is the inverse. */
void pinna_fft_lanes_inverse(pinna_fft_lanes* fft, const float* spectrum, float* time)
{
    size_t half = fft->n / 2;
    for (size_t k = 0; k < half; k++) {
        const float *a = spectrum + k * POINT, *b = spectrum + (half - k) * POINT;
        float c = fft->turn[2 * k], s = -fft->turn[2 * k + 1], imaginary = k ? 1.0f : 0.0f;
        float* z = fft->work[0] + k * POINT;
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
