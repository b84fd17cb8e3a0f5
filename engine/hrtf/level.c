/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include "dsp/fft.h"

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

typedef struct meter {
    uint32_t size;
    pinna_fft* fft;
    float *time, *weights;
    pinna_complex* bins;
} meter;

static bool meter_init(meter* m, const pinna_build* build)
{
    m->size = 2048;
    while (m->size < build->tap_count) m->size *= 2;
    void* memory = pinna_pool_take(build->scratch, 1, pinna_fft_size(m->size));
    m->time = pinna_pool_take(build->scratch, m->size, sizeof *m->time);
    m->weights = pinna_pool_take(build->scratch, m->size / 2 + 1, sizeof *m->weights);
    m->bins = pinna_pool_take(build->scratch, m->size / 2 + 1, sizeof *m->bins);
    if (!memory || !m->time || !m->weights || !m->bins) return false;
    m->fft = pinna_fft_place(memory, m->size);
    pink_weights(m->weights, m->size, build->sample_rate_hz);
    return true;
}

static double weighted_power(meter* m, const float* taps, size_t count)
{
    memcpy(m->time, taps, count * sizeof *taps);
    memset(m->time + count, 0, (m->size - count) * sizeof *m->time);
    pinna_fft_forward(m->fft, m->time, m->bins);
    double power = 0.0;
    for (uint32_t k = 0; k <= m->size / 2; k++)
        power += (double)m->weights[k] * ((double)m->bins[k].re * m->bins[k].re + (double)m->bins[k].im * m->bins[k].im);
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
    double power = 0.0;
    for (uint32_t d = 0; d < grid->direction_count; d++)
        for (uint32_t ear = 0; ear < PINNA_EAR_COUNT; ear++)
            power += (double)grid->areas[d] *
                     weighted_power(&m, grid->hrirs + ((size_t)d * PINNA_EAR_COUNT + ear) * build->tap_count,
                                    build->tap_count);
    if (!(power > 1e-30) || !isfinite(power)) {
        pinna_report_add(build->report, PINNA_SEVERITY_ERROR, "silent",
                         "the impulse responses are silent; measure or export the set again");
        return PINNA_ERROR_DATA;
    }
    *gain = (float)(1.0 / sqrt(power));
    size_t count = (size_t)grid->direction_count * PINNA_EAR_COUNT * build->tap_count;
    for (size_t i = 0; i < count; i++) grid->hrirs[i] *= *gain;
    return PINNA_OK;
}
