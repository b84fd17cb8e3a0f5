/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include "dsp/fft.h"
#include "dsp/fft_lanes.h"

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

/* K-weighted power of pink noise, per bin; sums to 1. */
static void pink_weights(float* weights, uint32_t size, double sample_rate_hz)
{
    double sum = 0.0;
    for (uint32_t k = 0; k <= size / 2; k++) {
        double f = k * sample_rate_hz / size;
        double w = f >= LOWEST_HZ && f <= HIGHEST_HZ ? k_weighting(f) / f : 0.0;
        weights[k] = (float)w;
        sum += w;
    }
    for (uint32_t k = 0; k <= size / 2; k++) weights[k] = (float)(weights[k] / sum);
}

/* Powers add up, so all responses of the set are added as power spectra; their autocorrelation is twice as long as a
   response, and its one transform at the meter's size gives the power at the frequencies of the weights. */
typedef struct meter {
    uint32_t short_size, size;
    pinna_fft_lanes short_fft;
    pinna_fft *inverse, *fft;
    float *time, *spectrum, *weights, *correlation;
    pinna_complex *power, *bins;
} meter;

static bool meter_init(meter* m, const pinna_build* build)
{
    pinna_pool* pool = build->scratch;
    m->short_size = 32;
    while (m->short_size < 2 * build->tap_count) m->short_size *= 2;
    m->size = m->short_size > 2048 ? m->short_size : 2048;
    if (!pinna_fft_lanes_init(&m->short_fft, pool, m->short_size)) return false;
    void* inverse = pinna_pool_take(pool, 1, pinna_fft_size(m->short_size));
    void* fft = pinna_pool_take(pool, 1, pinna_fft_size(m->size));
    m->time = pinna_pool_take(pool, m->short_size, PINNA_FFT_LANES * sizeof *m->time);
    m->spectrum = pinna_pool_take(pool, pinna_fft_lanes_spectrum(m->short_size), sizeof *m->spectrum);
    m->weights = pinna_pool_take(pool, m->size / 2 + 1, sizeof *m->weights);
    m->correlation = pinna_pool_take(pool, m->size, sizeof *m->correlation);
    m->power = pinna_pool_take(pool, m->short_size / 2 + 1, sizeof *m->power);
    m->bins = pinna_pool_take(pool, m->size / 2 + 1, sizeof *m->bins);
    if (pool->failed) return false;
    m->inverse = pinna_fft_place(inverse, m->short_size);
    m->fft = pinna_fft_place(fft, m->size);
    pink_weights(m->weights, m->size, build->sample_rate_hz);
    return true;
}

/* Adds up to PINNA_FFT_LANES rows from `first` on, by their areas, to the power spectrum. */
static void add_rows(meter* m, const pinna_build* build, size_t first)
{
    const pinna_grid* grid = &build->grid;
    size_t rows = (size_t)grid->direction_count * PINNA_EAR_COUNT;
    float areas[PINNA_FFT_LANES] = {0};
    memset(m->time, 0, (size_t)m->short_size * PINNA_FFT_LANES * sizeof *m->time);
    for (size_t lane = 0; lane < PINNA_FFT_LANES && first + lane < rows; lane++) {
        const float* taps = grid->hrirs + (first + lane) * build->tap_count;
        for (size_t n = 0; n < build->tap_count; n++) m->time[n * PINNA_FFT_LANES + lane] = taps[n];
        areas[lane] = grid->areas[(first + lane) / PINNA_EAR_COUNT];
    }
    pinna_fft_lanes_forward(&m->short_fft, m->time, m->spectrum);
    for (size_t k = 0; k <= m->short_size / 2; k++) {
        const float* bin = m->spectrum + k * 2 * PINNA_FFT_LANES;
        for (size_t lane = 0; lane < PINNA_FFT_LANES; lane++) {
            float re = bin[lane], im = bin[PINNA_FFT_LANES + lane];
            m->power[k].re += areas[lane] * (re * re + im * im);
        }
    }
}

static double weighted_power(meter* m)
{
    uint32_t half = m->short_size / 2;
    pinna_fft_inverse(m->inverse, m->power, m->correlation);
    memmove(m->correlation + m->size - half, m->correlation + half, half * sizeof *m->correlation);
    if (m->size > m->short_size) memset(m->correlation + half, 0, (m->size - m->short_size) * sizeof *m->correlation);
    pinna_fft_forward(m->fft, m->correlation, m->bins);
    double power = 0.0;
    for (uint32_t k = 0; k <= m->size / 2; k++) power += (double)m->weights[k] * (double)m->bins[k].re;
    return power;
}

/*
 * The reference: pink noise from everywhere is as loud on both ears together as the same noise panned to both
 * loudspeakers of a stereo pair at equal power, that is, as the source itself.
 */
pinna_status pinna_build_level(pinna_build* build, float* gain)
{
    pinna_grid* grid = &build->grid;
    meter m;
    if (!meter_init(&m, build)) return PINNA_ERROR_MEMORY;
    for (size_t row = 0; row < (size_t)grid->direction_count * PINNA_EAR_COUNT; row += PINNA_FFT_LANES)
        add_rows(&m, build, row);
    double power = weighted_power(&m);
    if (!(power > 1e-30) || !isfinite(power)) {
        pinna_report_add(build->report, PINNA_SEVERITY_ERROR, "silent",
                         "the impulse responses are silent; measure or export the set again");
        return PINNA_ERROR_DATA;
    }
    float factor = (float)(1.0 / sqrt(power));
    size_t count = (size_t)grid->direction_count * PINNA_EAR_COUNT * build->tap_count;
    for (size_t i = 0; i < count; i++) grid->hrirs[i] *= factor;
    *gain = factor * build->scale;
    return PINNA_OK;
}
