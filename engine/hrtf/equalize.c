/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"
#include "hrtf/power.h"

#include "dsp/minphase.h"

#include <math.h>
#include <string.h>

enum { LANES = PINNA_FFT_LANES, POINT = 2 * LANES };

#define LOW_HZ 80.0 /* beyond these two the correction stays what it is at them: loudspeakers and microphones end */
#define HIGH_HZ 17500.0
#define OCTAVES (1.0 / 6.0)
#define MOST 2.7631f /* 24 dB as a natural logarithm: no more is taken from or given to a band */

/* The correction's level by bin: what the mean power lacks of being flat. */
static void correction_levels(const float* power, float* levels, size_t bin_count, double bin_hz, float share)
{
    size_t low = (size_t)fmax(1.0, LOW_HZ / bin_hz), high = (size_t)fmin((double)bin_count - 1.0, HIGH_HZ / bin_hz);
    double sum = 0.0, weights = 0.0;
    if (low > high) low = high;
    for (size_t k = low; k <= high; k++) {
        levels[k] = -0.5f * share * logf(fmaxf(power[k], 1e-30f));
        sum += (double)levels[k] / (double)k;
        weights += 1.0 / (double)k;
    }
    float mean = (float)(sum / weights);
    for (size_t k = low; k <= high; k++)
        levels[k] = fmaxf(-MOST, fminf(MOST, levels[k] - mean));
    for (size_t k = 0; k < low; k++)
        levels[k] = levels[low];
    for (size_t k = high + 1; k < bin_count; k++)
        levels[k] = levels[high];
}

/* As a filter of minimum phase; lane 0 of the transforms is enough. */
static bool make_filter(pinna_build* build, const float* levels, uint32_t n, float* filter)
{
    pinna_fft_lanes fft;
    float* spectrum = pinna_pool_take(build->scratch, pinna_fft_lanes_spectrum(n), sizeof *spectrum);
    float* time = pinna_pool_take(build->scratch, n, LANES * sizeof *time);
    if (!spectrum || !time || !pinna_fft_lanes_init(&fft, build->scratch, n)) return false;
    for (size_t k = 0; k <= n / 2; k++)
        spectrum[k * POINT] = expf(levels[k]);
    pinna_minphase_convert(&fft, spectrum, time);
    for (uint32_t i = 0; i < build->tap_count; i++)
        filter[i] = time[i * LANES];
    pinna_build_fade_out(filter, build->tap_count);
    return true;
}

/* The mean power of all directions on both ears: one correction for both keeps their difference. */
static bool learn_filter(pinna_build* build, float* filter)
{
    pinna_power power;
    if (!pinna_power_init(&power, build->scratch, build->tap_count, build->sample_rate_hz)) return false;
    size_t bins = power.fine / 2 + 1;
    pinna_power_sum* sum = pinna_build_diffuse_power(build, &power);
    float* mean = pinna_pool_take(build->scratch, bins, sizeof *mean);
    float* levels = pinna_pool_take(build->scratch, bins, sizeof *levels);
    double* sums = pinna_pool_take(build->scratch, bins + 1, sizeof *sums);
    if (!sum || !mean || !levels || !sums) return false;
    pinna_power_spectrum(&power, sum, levels);
    pinna_power_smooth(levels, mean, bins, OCTAVES, sums);
    correction_levels(mean, levels, bins, (double)build->sample_rate_hz / power.fine,
                      build->options->diffuse_equalization);
    return make_filter(build, levels, power.fine, filter);
}

typedef struct filterer {
    pinna_fft_lanes fft;
    float *time, *spectrum, *filter; /* filter: [bin][real, imaginary] */
} filterer;

static bool filterer_init(filterer* f, const pinna_build* build)
{
    uint32_t n = 32;
    while (n < 2 * build->tap_count)
        n *= 2;
    f->time = pinna_pool_take(build->scratch, n, LANES * sizeof *f->time);
    f->spectrum = pinna_pool_take(build->scratch, pinna_fft_lanes_spectrum(n), sizeof *f->spectrum);
    f->filter = pinna_pool_take(build->scratch, n / 2 + 1, 2 * sizeof *f->filter);
    if (!f->time || !f->spectrum || !f->filter || !pinna_fft_lanes_init(&f->fft, build->scratch, n)) return false;
    for (uint32_t i = 0; i < build->tap_count; i++)
        f->time[i * LANES] = build->equalizer[i];
    pinna_fft_lanes_forward(&f->fft, f->time, f->spectrum);
    for (size_t k = 0; k <= n / 2; k++) {
        f->filter[2 * k] = f->spectrum[k * POINT];
        f->filter[2 * k + 1] = f->spectrum[k * POINT + LANES];
    }
    return true;
}

static void filter_spectra(const filterer* f)
{
    for (size_t k = 0; k <= f->fft.n / 2; k++) {
        float *re = f->spectrum + k * POINT, *im = re + LANES, a = f->filter[2 * k], b = f->filter[2 * k + 1];
        for (size_t l = 0; l < LANES; l++) {
            float x = re[l], y = im[l];
            re[l] = x * a - y * b;
            im[l] = x * b + y * a;
        }
    }
}

static void filter_rows(filterer* f, const pinna_build* build, size_t first, size_t count)
{
    size_t taps = build->tap_count;
    float* rows = build->grid.hrirs + first * taps;
    memset(f->time, 0, (size_t)f->fft.n * LANES * sizeof *f->time);
    for (size_t l = 0; l < count; l++)
        for (size_t n = 0; n < taps; n++)
            f->time[n * LANES + l] = rows[l * taps + n];
    pinna_fft_lanes_forward(&f->fft, f->time, f->spectrum);
    filter_spectra(f);
    pinna_fft_lanes_inverse(&f->fft, f->spectrum, f->time);
    for (size_t l = 0; l < count; l++) {
        for (size_t n = 0; n < taps; n++)
            rows[l * taps + n] = f->time[n * LANES + l];
        pinna_build_fade_out(rows + l * taps, build->tap_count);
    }
}

pinna_status pinna_build_equalize(pinna_build* build)
{
    filterer f;
    if (build->options->diffuse_equalization == 0.0f) return PINNA_OK;
    if (!build->equalizer) {
        float* filter = pinna_pool_take(build->scratch, build->tap_count, sizeof *filter);
        if (!filter || !learn_filter(build, filter)) return PINNA_ERROR_MEMORY;
        build->equalizer = filter;
    }
    if (!filterer_init(&f, build)) return PINNA_ERROR_MEMORY;
    size_t rows = (size_t)build->grid.direction_count * PINNA_EAR_COUNT;
    for (size_t first = 0; first < rows; first += LANES)
        filter_rows(&f, build, first, rows - first < LANES ? rows - first : LANES);
    return PINNA_OK;
}
