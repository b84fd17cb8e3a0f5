/* SPDX-License-Identifier: MIT */
#include "dsp/resample.h"

#include <math.h>

#define PI 3.14159265358979323846

enum { HALF_WIDTH = 32 /* zero crossings of the sinc on either side */ };

/* Modified Bessel function of order 0, by its power series. */
static double bessel_i0(double x)
{
    double sum = 1.0, term = 1.0;
    for (int k = 1; k < 60 && term > 1e-17 * sum; k++) {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

/* Kaiser window, beta 10: side lobes below -100 dB. */
static double window(double position)
{
    double r = 1.0 - position * position;
    return r > 0.0 ? bessel_i0(10.0 * sqrt(r)) / bessel_i0(10.0) : 0.0;
}

static double sinc(double x)
{
    return fabs(x) < 1e-12 ? 1.0 : sin(PI * x) / (PI * x);
}

static bool plan_memory(pinna_resampler* r, pinna_pool* pool, uint32_t** first, float** weights)
{
    r->first = *first = pinna_pool_take(pool, r->out_count, sizeof **first);
    r->weights = *weights = pinna_pool_take(pool, r->out_count * r->width, sizeof **weights);
    return *first && *weights;
}

static bool plan_copy(pinna_resampler* r, pinna_pool* pool)
{
    uint32_t* first;
    float* weights;
    r->out_count = r->in_count;
    r->lead_frames = 0;
    r->width = 1;
    if (!plan_memory(r, pool, &first, &weights)) return false;
    for (size_t n = 0; n < r->out_count; n++) {
        first[n] = (uint32_t)n;
        weights[n] = 1.0f;
    }
    return true;
}

bool pinna_resampler_init(pinna_resampler* r, pinna_pool* pool, size_t in_count, double from_hz, double to_hz)
{
    r->in_count = in_count;
    if (from_hz == to_hz) return plan_copy(r, pool);
    /* Going down, cut below the new Nyquist frequency, the window's transition included. */
    double ratio = to_hz / from_hz;
    double cutoff = ratio < 1.0 ? 0.97 * ratio : 1.0;
    double reach = HALF_WIDTH / cutoff;
    uint32_t* first;
    float* weights;
    r->lead_frames = (size_t)ceil(reach * ratio);
    r->out_count = 2 * r->lead_frames + (size_t)ceil((double)in_count * ratio);
    r->width = (size_t)(2.0 * reach) + 2;
    if (r->width > in_count) r->width = in_count;
    if (!plan_memory(r, pool, &first, &weights)) return false;
    for (size_t n = 0; n < r->out_count; n++) {
        double time = ((double)n - (double)r->lead_frames) / ratio;
        double start = fmin(fmax(ceil(time - reach), 0.0), (double)(in_count - r->width));
        first[n] = (uint32_t)start;
        for (size_t k = 0; k < r->width; k++) {
            double distance = time - (start + (double)k);
            weights[n * r->width + k] = (float)(cutoff / ratio * sinc(cutoff * distance) * window(distance / reach));
        }
    }
    return true;
}

void pinna_resampler_run(const pinna_resampler* r, const float* in, float* out)
{
    for (size_t n = 0; n < r->out_count; n++) {
        const float* weights = r->weights + n * r->width;
        const float* x = in + r->first[n];
        float sum[4] = {0}; /* four partial sums, so that the compiler may vectorise */
        size_t k = 0;
        for (; k + 4 <= r->width; k += 4)
            for (size_t lane = 0; lane < 4; lane++) sum[lane] += weights[k + lane] * x[k + lane];
        for (; k < r->width; k++) sum[0] += weights[k] * x[k];
        out[n] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}
