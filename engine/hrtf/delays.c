/* SPDX-License-Identifier: MIT */
#include "hrtf/delays.h"

#include "hrtf/nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEIGHBOURS = 8, MAX_PEAKS = 16 };
#define REACH_S 1.5e-3
#define ITD_CUTOFF_HZ 3000.0
#define ONSET_LEVEL 0.18f    /* of the peak, -15 dB: above the noise of measurements and the ringing of resampling */
#define OUTLIER_S 100e-6   /* a difference further than this from its neighbours' median is doubted */
#define PEAK_THRESHOLD 0.8f /* and replaced by another peak of at least this share of the highest */

bool pinna_delays_init(pinna_delays* d, pinna_pool* pool, uint32_t size, double sample_rate_hz, uint32_t count)
{
    uint32_t bins = size / 2 + 1;
    d->size = size;
    d->sample_rate_hz = sample_rate_hz;
    d->count = count;
    d->reach = (uint32_t)ceil(REACH_S * sample_rate_hz);
    size_t lags = 2 * (size_t)d->reach + 1;
    void* memory = pinna_pool_take(pool, 1, pinna_fft_size(size));
    d->low_pass = pinna_pool_take(pool, bins, sizeof *d->low_pass);
    d->bins = pinna_pool_take(pool, bins, sizeof *d->bins);
    d->time = pinna_pool_take(pool, size, sizeof *d->time);
    d->measured = pinna_pool_take(pool, count, lags * sizeof *d->measured);
    d->minimum = pinna_pool_take(pool, count, lags * sizeof *d->minimum);
    d->loudness = pinna_pool_take(pool, count, sizeof *d->loudness);
    if (pool->failed) return false;
    d->fft = pinna_fft_place(memory, size);
    for (uint32_t k = 0; k < bins; k++) {
        double ratio = k * sample_rate_hz / size / ITD_CUTOFF_HZ;
        double power = 1.0 / (1.0 + pow(ratio, 8.0)); /* 4th-order Butterworth, forwards and backwards in each ear */
        d->low_pass[k] = (float)(power * power);
    }
    return d->fft != NULL;
}

/* Where a response first rises to the onset level, between frames by a straight line; negative for silence. */
static float onset_frames(const float* response, size_t count)
{
    float peak = 0.0f;
    for (size_t n = 0; n < count; n++) peak = fmaxf(peak, fabsf(response[n]));
    float level = ONSET_LEVEL * peak;
    for (size_t n = 0; peak > 0.0f && n < count; n++) {
        float here = fabsf(response[n]), before = n > 0 ? fabsf(response[n - 1]) : 0.0f;
        if (here >= level) return (float)n - (here - level) / (here - before);
    }
    return -1.0f;
}

float pinna_delays_between_onsets(const float* from, size_t from_count, const float* to, size_t to_count)
{
    float first = onset_frames(from, from_count), second = onset_frames(to, to_count);
    return first > -1.0f && second > -1.0f ? second - first : 0.0f;
}

static pinna_complex times_conjugate(pinna_complex a, pinna_complex b)
{
    return (pinna_complex){a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
}

/* Interaural correlation below 3 kHz; its lag is positive where the left ear is later. */
static void correlate(pinna_delays* d, pinna_complex* const ears[2], float* out)
{
    for (uint32_t k = 0; k <= d->size / 2; k++) {
        pinna_complex c = times_conjugate(ears[PINNA_LEFT][k], ears[PINNA_RIGHT][k]);
        d->bins[k] = (pinna_complex){c.re * d->low_pass[k], c.im * d->low_pass[k]};
    }
    pinna_fft_inverse(d->fft, d->bins, d->time);
    memcpy(out, d->time + d->size - d->reach, d->reach * sizeof *out);
    memcpy(out + d->reach, d->time, (d->reach + 1) * sizeof *out);
}

static double energy(const pinna_complex* bins, uint32_t count)
{
    double sum = 0.0;
    for (uint32_t k = 0; k < count; k++) sum += (double)bins[k].re * bins[k].re + (double)bins[k].im * bins[k].im;
    return sum;
}

void pinna_delays_note(pinna_delays* d, uint32_t direction, pinna_complex* const measured[2],
                       pinna_complex* const minimum[2])
{
    size_t lags = 2 * (size_t)d->reach + 1;
    correlate(d, measured, d->measured + direction * lags);
    correlate(d, minimum, d->minimum + direction * lags);
    double left = energy(minimum[PINNA_LEFT], d->size / 2 + 1), right = energy(minimum[PINNA_RIGHT], d->size / 2 + 1);
    d->loudness[direction] = left + right > 0.0 ? (float)(right / (left + right)) : 0.5f;
}

/* Lag of a local maximum, to a fraction of a frame by the parabola through it. */
static float refined(const float* correlation, uint32_t index, uint32_t reach)
{
    float lag = (float)index - (float)reach;
    if (index == 0 || index == 2 * reach) return lag;
    float a = correlation[index - 1], b = correlation[index], c = correlation[index + 1];
    float curvature = a - 2.0f * b + c;
    return curvature < 0.0f ? lag + 0.5f * (a - c) / curvature : lag;
}

static uint32_t highest(const float* correlation, uint32_t reach)
{
    uint32_t best = reach;
    for (uint32_t i = 0; i <= 2 * reach; i++)
        if (correlation[i] > correlation[best]) best = i;
    return best;
}

static uint32_t find_peaks(const float* correlation, uint32_t reach, float lags[MAX_PEAKS])
{
    uint32_t count = 0;
    float threshold = PEAK_THRESHOLD * correlation[highest(correlation, reach)];
    for (uint32_t i = 1; i < 2 * reach && count < MAX_PEAKS; i++)
        if (correlation[i] > correlation[i - 1] && correlation[i] >= correlation[i + 1] && correlation[i] >= threshold)
            lags[count++] = refined(correlation, i, reach);
    return count;
}

static int compare_floats(const void* a, const void* b)
{
    float x = *(const float*)a, y = *(const float*)b;
    return (x > y) - (x < y);
}

/* Median of a direction's nearest neighbours. */
static float neighbours_median(const pinna_nearest* nearest, pinna_vec3 direction, uint32_t of, const float* values)
{
    uint32_t near[NEIGHBOURS];
    float sorted[NEIGHBOURS];
    uint32_t found = pinna_nearest_find(nearest, direction, of, near, NEIGHBOURS);
    for (uint32_t i = 0; i < found; i++) sorted[i] = values[near[i]];
    qsort(sorted, found, sizeof *sorted, compare_floats);
    return found % 2 ? sorted[found / 2] : 0.5f * (sorted[found / 2 - 1] + sorted[found / 2]);
}

/* The pair of peaks whose difference comes nearest to what the neighbours say. */
static float nearest_difference(const pinna_delays* d, uint32_t direction, float extra, float wanted, float fallback)
{
    size_t lags = 2 * (size_t)d->reach + 1;
    float measured[MAX_PEAKS], minimum[MAX_PEAKS], best = fallback;
    uint32_t measured_count = find_peaks(d->measured + direction * lags, d->reach, measured);
    uint32_t minimum_count = find_peaks(d->minimum + direction * lags, d->reach, minimum);
    for (uint32_t i = 0; i < measured_count; i++)
        for (uint32_t j = 0; j < minimum_count; j++) {
            float difference = measured[i] - minimum[j] + extra;
            if (fabsf(difference - wanted) < fabsf(best - wanted)) best = difference;
        }
    return best;
}

bool pinna_delays_finish(pinna_delays* d, pinna_pool* scratch, const pinna_vec3* directions, const float* extra_frames,
                         float* delay_frames)
{
    size_t lags = 2 * (size_t)d->reach + 1;
    float* differences = pinna_pool_take(scratch, d->count, sizeof *differences);
    pinna_nearest nearest;
    if (!differences || !pinna_nearest_init(&nearest, scratch, directions, d->count)) return false;
    for (uint32_t i = 0; i < d->count; i++) {
        const float *measured = d->measured + i * lags, *minimum = d->minimum + i * lags;
        differences[i] = refined(measured, highest(measured, d->reach), d->reach) -
                         refined(minimum, highest(minimum, d->reach), d->reach);
        if (extra_frames) differences[i] += extra_frames[2 * i] - extra_frames[2 * i + 1];
    }
    float outlier = (float)(OUTLIER_S * d->sample_rate_hz);
    for (uint32_t i = 0; i < d->count; i++) {
        float extra[2] = {extra_frames ? extra_frames[2 * i] : 0.0f, extra_frames ? extra_frames[2 * i + 1] : 0.0f};
        float difference = differences[i];
        if (d->count > NEIGHBOURS) {
            float median = neighbours_median(&nearest, directions[i], i, differences);
            if (fabsf(difference - median) > outlier)
                difference = nearest_difference(d, i, extra[0] - extra[1], median, difference);
        }
        float* delay = delay_frames + 2 * i;
        for (int ear = 0; ear < 2; ear++) delay[ear] += extra[ear];
        float correction = difference - (delay[PINNA_LEFT] - delay[PINNA_RIGHT]);
        delay[PINNA_LEFT] += d->loudness[i] * correction;
        delay[PINNA_RIGHT] -= (1.0f - d->loudness[i]) * correction;
    }
    return true;
}
