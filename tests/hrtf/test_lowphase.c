/* SPDX-License-Identifier: MIT */
#include "hrtf/lowphase.h"

#include "dsp/minphase.h"

#include <criterion/criterion.h>

#include <math.h>

enum { N = 2048, BINS = N / 2 + 1, LANES = PINNA_FFT_LANES, POINT = 2 * LANES };
#define RATE_HZ 48000.0

/* Phase between two ears that differ by a bump at 6 kHz, at a frequency. */
static double phase_at(pinna_fft_lanes* fft, const float* levels, double hz)
{
    static float spectrum[BINS * POINT], time[N * LANES];
    for (size_t k = 0; k < BINS; k++)
        for (size_t l = 0; l < LANES; l++) spectrum[k * POINT + l] = expf(levels[k * LANES + l]);
    pinna_minphase_convert(fft, spectrum, time);
    const float* bin = spectrum + (size_t)lrint(hz * N / RATE_HZ) * POINT;
    return atan2(bin[LANES], bin[0]) - atan2(bin[LANES + LANES / 2], bin[LANES / 2]);
}

Test(lowphase, a_change_above_leaves_the_phase_between_the_ears_below)
{
    static float share[BINS], levels[BINS * LANES];
    pinna_pool pool;
    pinna_fft_lanes fft;
    pinna_lowphase lowphase;
    pinna_pool_init(&pool, pinna_allocator_or_default(NULL));
    cr_assert(pinna_fft_lanes_init(&fft, &pool, N));
    for (size_t k = 0; k < BINS; k++) {
        double hz = (double)k * RATE_HZ / N;
        share[k] = (float)fmin(1.0, fmax(0.0, (hz - 3000.0) / 2000.0));
        for (size_t l = 0; l < LANES; l++)
            levels[k * LANES + l] =
                (l < LANES / 2 ? 0.5f : -0.2f) * share[k] * (float)exp(-pow((hz - 6000.0) / 1500.0, 2.0));
    }
    cr_assert(pinna_lowphase_init(&lowphase, &pool, share, N));
    double before = phase_at(&fft, levels, 1000.0);
    pinna_lowphase_keep(&lowphase, levels);
    for (double hz = 200.0; hz <= 2500.0; hz += 100.0) {
        double delay_us = 1e6 * phase_at(&fft, levels, hz) / (2.0 * 3.14159265358979323846 * hz);
        cr_expect(fabs(delay_us) < 1.5, "%.0f Hz: %.2f us", hz, delay_us);
    }
    cr_expect(fabs(before) > 0.02, "unkept it turns by %.3f", before);
    cr_expect(levels[(size_t)(6000.0 * N / RATE_HZ) * LANES] > 0.1f, "the change is still there");
    for (size_t k = 0; k < BINS; k++)
        if (share[k] == 0.0f) cr_expect_eq(levels[k * LANES], 0.0f);
    pinna_pool_free(&pool);
}
