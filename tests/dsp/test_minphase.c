/* SPDX-License-Identifier: MIT */
/* Transforms in lanes, the functions in them, minimum phase, and change of rate. */
#include <criterion/criterion.h>

#include "dsp/approximate.h"
#include "dsp/fft_lanes.h"
#include "dsp/minphase.h"
#include "dsp/resample.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
enum { LANES = PINNA_FFT_LANES };

static double noise(unsigned* seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) / 8388608.0 - 1.0;
}

static void begin(pinna_fft_lanes* fft, pinna_pool* pool, uint32_t n)
{
    pinna_pool_init(pool, pinna_allocator_default());
    cr_assert(pinna_fft_lanes_init(fft, pool, n));
}

Test(fft_lanes, agrees_with_the_definition)
{
    for (uint32_t n = 16; n <= 256; n *= 2) {
        pinna_pool pool;
        pinna_fft_lanes fft;
        begin(&fft, &pool, n);
        float *time = pinna_pool_take(&pool, n, LANES * sizeof *time);
        float* spectrum = pinna_pool_take(&pool, pinna_fft_lanes_spectrum(n), sizeof *spectrum);
        unsigned seed = n;
        for (uint32_t i = 0; i < n * LANES; i++) time[i] = (float)noise(&seed);
        pinna_fft_lanes_forward(&fft, time, spectrum);
        for (uint32_t k = 0; k <= n / 2; k++)
            for (uint32_t l = 0; l < LANES; l++) {
                double re = 0.0, im = 0.0;
                for (uint32_t t = 0; t < n; t++) {
                    re += (double)time[t * LANES + l] * cos(2 * PI * k * t / n);
                    im -= (double)time[t * LANES + l] * sin(2 * PI * k * t / n);
                }
                cr_assert_float_eq(spectrum[k * 2 * LANES + l], re, 2e-5, "n %u bin %u lane %u", n, k, l);
                cr_assert_float_eq(spectrum[k * 2 * LANES + LANES + l], im, 2e-5, "n %u bin %u lane %u", n, k, l);
            }
        pinna_pool_free(&pool);
    }
}

Test(fft_lanes, there_and_back_at_every_size)
{
    for (uint32_t n = 16; n <= 65536; n *= 2) {
        pinna_pool pool;
        pinna_fft_lanes fft;
        begin(&fft, &pool, n);
        float *time = pinna_pool_take(&pool, n, LANES * sizeof *time),
              *back = pinna_pool_take(&pool, n, LANES * sizeof *back);
        float* spectrum = pinna_pool_take(&pool, pinna_fft_lanes_spectrum(n), sizeof *spectrum);
        unsigned seed = n;
        for (uint32_t i = 0; i < n * LANES; i++) time[i] = (float)noise(&seed);
        pinna_fft_lanes_forward(&fft, time, spectrum);
        for (uint32_t l = 0; l < LANES; l++)
            spectrum[LANES + l] = spectrum[(size_t)n * LANES + LANES + l] = 7.0f; /* documented as ignored */
        pinna_fft_lanes_inverse(&fft, spectrum, back);
        for (uint32_t i = 0; i < n * LANES; i++) cr_assert_float_eq(back[i], time[i], 4e-6f, "n %u sample %u", n, i);
        pinna_pool_free(&pool);
    }
}

Test(fft_lanes, refuses_other_lengths)
{
    static const uint32_t bad[] = {0, 1, 8, 24, 1000, 131072};
    pinna_pool pool;
    pinna_fft_lanes fft;
    pinna_pool_init(&pool, pinna_allocator_default());
    for (int i = 0; i < 6; i++) cr_expect_not(pinna_fft_lanes_init(&fft, &pool, bad[i]));
    pinna_pool_free(&pool);
}

Test(approximate, agrees_with_libm)
{
    double log_worst = 0.0, exp_worst = 0.0, sine_worst = 0.0;
    for (int i = 0; i < 200000; i++) {
        float x = expf(-87.0f + 175.0f * (float)i / 200000.0f), y = -86.0f + 173.0f * (float)i / 200000.0f;
        float angle = -400.0f + 800.0f * (float)i / 200000.0f, s, c;
        log_worst = fmax(log_worst, fabs((double)pinna_log(x) - log((double)x)) / fmax(1.0, fabs(log((double)x))));
        exp_worst = fmax(exp_worst, fabs((double)pinna_exp(y) / exp((double)y) - 1.0));
        pinna_sine_cosine(angle, &s, &c);
        sine_worst = fmax(sine_worst, fmax(fabs((double)s - sin((double)angle)), fabs((double)c - cos((double)angle))));
    }
    cr_expect(log_worst < 2e-7, "log %g", log_worst);
    cr_expect(exp_worst < 4e-7, "exp %g", exp_worst);
    cr_expect(sine_worst < 4e-7, "sine %g", sine_worst);
    cr_expect(isfinite(pinna_exp(1e30f)) && pinna_exp(-1e30f) >= 0.0f && isfinite(pinna_log(FLT_MIN)));
}

typedef struct bench {
    pinna_pool pool;
    pinna_fft_lanes fft;
    float *time, *before, *spectrum;
} bench;

static void bench_init(bench* b, uint32_t n)
{
    pinna_pool_init(&b->pool, pinna_allocator_default());
    cr_assert(pinna_fft_lanes_init(&b->fft, &b->pool, n));
    b->time = pinna_pool_take(&b->pool, n, LANES * sizeof *b->time);
    b->before = pinna_pool_take(&b->pool, pinna_fft_lanes_spectrum(n), sizeof *b->before);
    b->spectrum = pinna_pool_take(&b->pool, pinna_fft_lanes_spectrum(n), sizeof *b->spectrum);
}

static void convert(bench* b)
{
    pinna_fft_lanes_forward(&b->fft, b->time, b->spectrum);
    memcpy(b->before, b->spectrum, pinna_fft_lanes_spectrum(b->fft.n) * sizeof *b->before);
    pinna_minphase_convert(&b->fft, b->spectrum, b->time);
}

static double magnitude_db(const float* spectrum, uint32_t k, uint32_t lane)
{
    const float* bin = spectrum + (size_t)k * 2 * LANES + lane;
    return 10.0 * log10((double)bin[0] * bin[0] + (double)bin[LANES] * bin[LANES] + 1e-30);
}

Test(minphase, magnitudes_are_kept_and_energy_comes_first)
{
    bench b;
    bench_init(&b, 4096);
    unsigned seed = 11;
    float original[256][LANES];
    for (uint32_t n = 0; n < 256; n++)
        for (uint32_t l = 0; l < LANES; l++)
            original[n][l] = b.time[n * LANES + l] = (float)(noise(&seed) * exp(-fabs((double)n - 60.0) / 12.0));
    convert(&b);
    for (uint32_t l = 0; l < LANES; l++) {
        double top = -300.0, sum[2] = {0};
        for (uint32_t k = 0; k <= 2048; k++) top = fmax(top, magnitude_db(b.before, k, l));
        for (uint32_t k = 0; k <= 2048; k++) {
            if (magnitude_db(b.before, k, l) < top - 60.0) continue;
            cr_assert_float_eq(magnitude_db(b.spectrum, k, l), magnitude_db(b.before, k, l), 0.01, "lane %u bin %u", l,
                               k);
        }
        for (uint32_t n = 0; n < 256; n++) {
            sum[0] += (double)original[n][l] * original[n][l];
            sum[1] += (double)b.time[n * LANES + l] * b.time[n * LANES + l];
            cr_assert(sum[1] >= sum[0] - 1e-4,
                      "no response of these magnitudes has more energy in its first %u samples", n);
        }
        cr_expect_float_eq(sum[1], sum[0], 1e-3 * sum[0]);
    }
    pinna_pool_free(&b.pool);
}

Test(minphase, what_is_minimum_phase_stays_and_silence_too)
{
    bench b;
    bench_init(&b, 2048);
    for (uint32_t n = 0; n < 300; n++)
        for (uint32_t l = 0; l < LANES - 2; l++) /* poles and zeros inside the unit circle */
            b.time[n * LANES + l] = (float)(pow(0.7 + 0.03 * l, n) * cos(0.4 * n));
    b.time[LANES - 2] = 1e-3f;
    float* kept = malloc(2048 * LANES * sizeof *kept);
    memcpy(kept, b.time, 2048 * LANES * sizeof *kept);
    convert(&b);
    for (uint32_t i = 0; i < 512 * LANES; i++)
        cr_assert_float_eq(b.time[i], kept[i], 3e-5f, "sample %u lane %u", i / LANES, i % LANES);
    for (uint32_t n = 0; n < 2048; n++) cr_assert_eq(b.time[n * LANES + LANES - 1], 0.0f);
    free(kept);
    pinna_pool_free(&b.pool);
}

Test(minphase, a_pulse_loses_its_delay)
{
    bench b;
    bench_init(&b, 2048);
    for (uint32_t l = 0; l < LANES; l++) b.time[37 * (l + 1) * LANES + l] = l % 2 ? -0.5f : 0.5f;
    convert(&b);
    for (uint32_t l = 0; l < LANES; l++) {
        cr_expect_float_eq(b.time[l], 0.5f, 1e-5f);
        for (uint32_t n = 1; n < 2048; n++) cr_assert_float_eq(b.time[n * LANES + l], 0.0f, 1e-5f);
    }
    pinna_pool_free(&b.pool);
}

/* One value of the Fourier transform; time 0 is sample `lead`. */
static void transform_at(const float* x, size_t count, size_t lead, double cycles, double out[2])
{
    out[0] = out[1] = 0.0;
    for (size_t n = 0; n < count; n++) {
        double angle = 2 * PI * cycles * ((double)n - (double)lead);
        out[0] += (double)x[n] * cos(angle);
        out[1] -= (double)x[n] * sin(angle);
    }
}

/* A burst of a sine keeps its frequency response: magnitude, and phase once the lead is taken off. */
static void check_burst(double from, double to, double hz)
{
    enum { COUNT = 1000 };
    pinna_pool pool;
    pinna_resampler r;
    float in[COUNT];
    double before[2], after[2];
    pinna_pool_init(&pool, pinna_allocator_default());
    cr_assert(pinna_resampler_init(&r, &pool, COUNT, from, to));
    float* out = pinna_pool_take(&pool, r.out_count, sizeof *out);
    for (int n = 0; n < COUNT; n++)
        in[n] = (float)(sin(2 * PI * hz * n / from) * (0.5 - 0.5 * cos(2 * PI * n / COUNT)));
    pinna_resampler_run(&r, in, out);
    transform_at(in, COUNT, 0, hz / from, before);
    transform_at(out, r.out_count, r.lead_frames, hz / to, after);
    double size = sqrt(before[0] * before[0] + before[1] * before[1]);
    double miss = sqrt(pow(after[0] - before[0], 2) + pow(after[1] - before[1], 2)) / size;
    cr_expect(20 * log10(miss + 1e-12) < -60.0, "%g to %g Hz: error %.1f dB at %g Hz", from, to, 20 * log10(miss), hz);
    pinna_pool_free(&pool);
}

Test(resample, sines_keep_level_and_phase)
{
    static const double rates[] = {44100, 48000, 96000, 192000};
    for (int f = 0; f < 4; f++)
        for (int t = 0; t < 4; t++)
            for (double hz = 500; hz < 0.43 * fmin(rates[f], rates[t]); hz *= 1.7) check_burst(rates[f], rates[t], hz);
}

/* The filter's slope reaches from 22.4 to 25.6 kHz here: what folds back lands where nobody hears it. */
Test(resample, nothing_folds_back)
{
    static const double tones[] = {25000, 26000, 30000, 45000}, limits_db[] = {-35, -80, -80, -80};
    for (int i = 0; i < 4; i++) {
        pinna_pool pool;
        pinna_resampler r;
        float in[1000];
        double energy[2] = {0};
        pinna_pool_init(&pool, pinna_allocator_default());
        cr_assert(pinna_resampler_init(&r, &pool, 1000, 96000, 48000));
        float* out = pinna_pool_take(&pool, r.out_count, sizeof *out);
        for (int n = 0; n < 1000; n++) {
            in[n] = (float)(sin(2 * PI * tones[i] * n / 96000) * (0.5 - 0.5 * cos(2 * PI * n / 1000)));
            energy[0] += (double)in[n] * in[n];
        }
        pinna_resampler_run(&r, in, out);
        for (size_t n = 0; n < r.out_count; n++) energy[1] += (double)out[n] * out[n];
        cr_expect(10 * log10(energy[1] / energy[0]) < limits_db[i], "%g Hz: %.1f dB", tones[i],
                  10 * log10(energy[1] / energy[0]));
        pinna_pool_free(&pool);
    }
}

Test(resample, equal_rates_copy_and_short_inputs_work)
{
    pinna_pool pool;
    pinna_resampler r;
    float in[50], out[50];
    pinna_pool_init(&pool, pinna_allocator_default());
    cr_assert(pinna_resampler_init(&r, &pool, 50, 44100, 44100));
    for (int n = 0; n < 50; n++) in[n] = (float)(n * n) - 7.3f;
    pinna_resampler_run(&r, in, out);
    cr_expect_eq(r.out_count, 50);
    cr_expect_eq(r.lead_frames, 0);
    cr_expect_arr_eq(in, out, sizeof in);
    for (size_t count = 1; count < 5; count++) {
        cr_assert(pinna_resampler_init(&r, &pool, count, 44100, 48000));
        float *shorter = pinna_pool_take(&pool, r.out_count, sizeof *shorter), one[4] = {0};
        double sum = 0.0;
        one[count - 1] = 1.0f;
        pinna_resampler_run(&r, one, shorter);
        for (size_t n = 0; n < r.out_count; n++) sum += (double)shorter[n];
        cr_expect_float_eq(sum, 1.0, 2e-4, "a pulse keeps its level at 0 Hz");
    }
    pinna_pool_free(&pool);
}
