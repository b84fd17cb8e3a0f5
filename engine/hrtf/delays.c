/* SPDX-License-Identifier: MIT */
#include "hrtf/delays.h"

#include "hrtf/nearest.h"

#include <math.h>
#include <stdlib.h>

enum { NEIGHBOURS = 8, MAX_PEAKS = 16 };
#define REACH_S 1.5e-3
#define ITD_CUTOFF_HZ 3000.0
#define ONSET_LEVEL 0.18f    /* of the peak, -15 dB: above the noise of measurements and the ringing of resampling */
#define OUTLIER_S 100e-6   /* a difference further than this from its neighbours' median is doubted */
#define PEAK_THRESHOLD 0.8f /* and replaced by another peak of at least this share of the highest */

bool pinna_delays_init(pinna_delays* d, pinna_pool* pool, pinna_fft_lanes* fft, double sample_rate_hz, uint32_t count)
{
    uint32_t bins = fft->n / 2 + 1, reach = (uint32_t)ceil(REACH_S * sample_rate_hz);
    size_t lags = 2 * (size_t)reach + 1;
    *d = (pinna_delays){.sample_rate_hz = sample_rate_hz, .count = count, .reach = reach, .fft = fft};
    d->low_pass = pinna_pool_take(pool, bins, sizeof *d->low_pass);
    d->cross = pinna_pool_take(pool, pinna_fft_lanes_spectrum(fft->n), sizeof *d->cross);
    d->time = pinna_pool_take(pool, fft->n, PINNA_FFT_LANES * sizeof *d->time);
    d->measured = pinna_pool_take(pool, count, lags * sizeof *d->measured);
    d->minimum = pinna_pool_take(pool, count, lags * sizeof *d->minimum);
    d->loudness = pinna_pool_take(pool, count, sizeof *d->loudness);
    d->drift = pinna_pool_take(pool, count, sizeof *d->drift);
    d->lags = pinna_pool_take(pool, lags, sizeof *d->lags);
    if (pool->failed) return false;
    for (uint32_t k = 0; k < bins; k++) {
        double ratio = k * sample_rate_hz / fft->n / ITD_CUTOFF_HZ;
        double power = 1.0 / (1.0 + pow(ratio, 8.0)); /* 4th-order Butterworth, forwards and backwards in each ear */
        d->low_pass[k] = (float)(power * power);
    }
    return true;
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

/* Left times the conjugate of right, below 3 kHz: the correlation's lag is positive where the left ear is later. */
static void cross_spectra(const pinna_delays* d, const float* restrict spectrum, float* restrict cross)
{
    for (size_t k = 0; k <= d->fft->n / 2; k++) {
        const float *re = spectrum + k * 2 * PINNA_FFT_LANES, *im = re + PINNA_FFT_LANES;
        float *out_re = cross + k * 2 * PINNA_FFT_LANES, *out_im = out_re + PINNA_FFT_LANES;
        for (size_t i = 0; i < PINNA_DELAYS_BATCH; i++) {
            const size_t l = i, r = PINNA_DELAYS_BATCH + i;
            out_re[i] = d->low_pass[k] * (re[l] * re[r] + im[l] * im[r]);
            out_im[i] = d->low_pass[k] * (im[l] * re[r] - re[l] * im[r]);
        }
    }
}

static void keep_lags(const pinna_delays* d, size_t lane, float* out)
{
    size_t n = d->fft->n;
    for (size_t i = 0; i <= 2 * (size_t)d->reach; i++)
        out[i] = d->time[(i + n - d->reach) % n * PINNA_FFT_LANES + lane];
}

static void energies(const float* spectrum, size_t bins, double out[PINNA_FFT_LANES])
{
    for (size_t l = 0; l < PINNA_FFT_LANES; l++) out[l] = 0.0;
    for (size_t k = 0; k < bins; k++) {
        const float* bin = spectrum + k * 2 * PINNA_FFT_LANES;
        for (size_t l = 0; l < PINNA_FFT_LANES; l++)
            out[l] += (double)bin[l] * bin[l] + (double)bin[PINNA_FFT_LANES + l] * bin[PINNA_FFT_LANES + l];
    }
}

void pinna_delays_note(pinna_delays* d, uint32_t first, uint32_t count, const float* measured, const float* minimum)
{
    size_t lags = 2 * (size_t)d->reach + 1;
    double energy[PINNA_FFT_LANES];
    cross_spectra(d, measured, d->cross);
    cross_spectra(d, minimum, d->cross + PINNA_DELAYS_BATCH);
    pinna_fft_lanes_inverse(d->fft, d->cross, d->time);
    energies(minimum, d->fft->n / 2 + 1, energy);
    for (uint32_t i = 0; i < count; i++) {
        keep_lags(d, i, d->measured + (first + i) * lags);
        keep_lags(d, PINNA_DELAYS_BATCH + i, d->minimum + (first + i) * lags);
        double left = energy[i], right = energy[PINNA_DELAYS_BATCH + i];
        d->loudness[first + i] = left + right > 0.0 ? (float)(right / (left + right)) : 0.5f;
    }
}

/* Lag of a local maximum, to a fraction of a frame: where the slope of the quartic through five points is zero. The
   parabola through three is up to a microsecond off. */
static float refined(const float* correlation, uint32_t index, uint32_t reach)
{
    float lag = (float)index - (float)reach;
    if (index < 2 || index + 2 > 2 * reach) return lag;
    double a = correlation[index - 2], b = correlation[index - 1], c = correlation[index], d = correlation[index + 1],
           e = correlation[index + 2];
    double slope = (8.0 * (d - b) - (e - a)) / 12.0, second = (16.0 * (b + d) - a - e - 30.0 * c) / 12.0;
    double third = (e - 2.0 * d + 2.0 * b - a) / 2.0, fourth = a - 4.0 * b + 6.0 * c - 4.0 * d + e;
    if (!(second < 0.0)) return lag;
    double x = 0.0;
    for (int step = 0; step < 4; step++) x = -(slope + x * x * (third / 2.0 + x * fourth / 6.0)) / second;
    return lag + (float)fmax(-1.0, fmin(1.0, x));
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

/* The lag where the correlation in a lane is highest next to a lag. */
static float peak_near(const pinna_delays* d, size_t lane, float* lags, uint32_t index)
{
    keep_lags(d, lane, lags);
    while (index > 0 && lags[index - 1] > lags[index]) index--;
    while (index < 2 * d->reach && lags[index + 1] > lags[index]) index++;
    return refined(lags, index, d->reach);
}

void pinna_delays_follow(pinna_delays* d, uint32_t first, uint32_t count, const float* changed)
{
    size_t lags = 2 * (size_t)d->reach + 1;
    cross_spectra(d, changed, d->cross);
    pinna_fft_lanes_inverse(d->fft, d->cross, d->time);
    for (uint32_t i = 0; i < count; i++) {
        const float* before = d->minimum + (first + i) * lags;
        uint32_t index = highest(before, d->reach);
        d->drift[first + i] = peak_near(d, i, d->lags, index) - refined(before, index, d->reach);
    }
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
        difference -= d->drift[i];
        float* delay = delay_frames + 2 * i;
        for (int ear = 0; ear < 2; ear++) delay[ear] += extra[ear];
        float correction = difference - (delay[PINNA_LEFT] - delay[PINNA_RIGHT]);
        delay[PINNA_LEFT] += d->loudness[i] * correction;
        delay[PINNA_RIGHT] -= (1.0f - d->loudness[i]) * correction;
    }
    return true;
}
