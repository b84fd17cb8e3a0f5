/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "heads.h"
#include "hrtf/metrics.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

static void pulse(float* out, size_t count, double time, double gain)
{
    for (size_t n = 0; n < count; n++) {
        double x = (double)n - time;
        double sinc = fabs(x) < 1e-9 ? 1.0 : sin(PI * x) / (PI * x);
        out[n] = fabs(x) < 24.0 ? (float)(gain * sinc * (0.5 + 0.5 * cos(PI * x / 24.0))) : 0.0f;
    }
}

Test(metrics, known_itds_at_every_length_and_rate)
{
    static const size_t counts[] = {256, 2000, 8192, 30000};
    static const double rates[] = {44100, 48000, 96000, 192000};
    for (int c = 0; c < 4; c++) {
        for (int r = 0; r < 4; r++) {
            pinna_pool pool;
            pinna_metrics metrics;
            pinna_pool_init(&pool, pinna_allocator_default());
            cr_assert(pinna_metrics_init(&metrics, &pool, counts[c], rates[r]));
            float *left = malloc(counts[c] * sizeof *left), *right = malloc(counts[c] * sizeof *right);
            for (double itd_s = -600e-6; itd_s <= 600e-6; itd_s += 37e-6) {
                pulse(left, counts[c], 130.0 - 0.5 * itd_s * rates[r], 1.0);
                pulse(right, counts[c], 130.0 + 0.5 * itd_s * rates[r], 0.3);
                double got = pinna_metrics_itd_s(&metrics, left, right, counts[c]);
                cr_expect_float_eq(got, itd_s, 0.5e-6, "%g us instead of %g (%zu taps, %g Hz)", 1e6 * got, 1e6 * itd_s,
                                   counts[c], rates[r]);
            }
            free(left);
            free(right);
            pinna_pool_free(&pool);
        }
    }
}

Test(metrics, known_levels)
{
    pinna_pool pool;
    pinna_metrics metrics;
    float a[512], b[512], levels[2][PINNA_METRICS_POINTS];
    pinna_pool_init(&pool, pinna_allocator_default());
    cr_assert(pinna_metrics_init(&metrics, &pool, 512, 48000));
    pulse(a, 512, 100.0, 1.0);
    pulse(b, 512, 140.0, 0.5);
    cr_expect_float_eq(pinna_metrics_ild_db(a, b, 512), 6.0206, 1e-3);
    cr_expect_float_eq(pinna_metrics_ild_db(b, a, 512), -6.0206, 1e-3);
    pinna_metrics_levels_db(&metrics, a, 512, levels[0]);
    pinna_metrics_levels_db(&metrics, b, 512, levels[1]);
    for (int i = 0; i < PINNA_METRICS_POINTS; i++) cr_expect_float_eq(levels[0][i], 0.0f, 0.01f, "point %d", i);
    cr_expect_float_eq(pinna_metrics_lsd_db(levels[0], levels[1]), 6.0206f, 1e-3f);
    cr_expect_float_eq(pinna_metrics_lsd_db(levels[0], levels[0]), 0.0f, 0.0f);
    pinna_pool_free(&pool);
}

/* 1 + z^-d has notches at odd multiples of rate / 2d. */
Test(metrics, levels_follow_a_comb)
{
    pinna_pool pool;
    pinna_metrics metrics;
    float comb[64] = {0}, levels[PINNA_METRICS_POINTS];
    comb[0] = comb[12] = 1.0f;
    pinna_pool_init(&pool, pinna_allocator_default());
    cr_assert(pinna_metrics_init(&metrics, &pool, 64, 48000));
    pinna_metrics_levels_db(&metrics, comb, 64, levels);
    for (int i = 0; i < PINNA_METRICS_POINTS; i++) {
        double f = 200.0 * pow(2.0, i / 24.0), gain = 2.0 * fabs(cos(PI * f * 12.0 / 48000.0));
        if (gain > 0.1) cr_expect_float_eq(levels[i], 20.0 * log10(gain), 0.2, "%g Hz", f);
    }
    pinna_pool_free(&pool);
}

Test(metrics, cross_validation_of_a_smooth_head_is_good)
{
    head h = usual_head();
    pinna_vec3* grid = spiral_grid(600);
    pinna_measured_set set = head_measure(&h, grid, 600);
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_hrtf_quality quality;
    cr_assert_eq(pinna_hrtf_cross_validate(&set, &config, 4, &quality), PINNA_OK);
    cr_expect_eq(quality.tested_count, 450); /* three folds of four are enough */
    cr_expect(quality.itd_error_s < 8e-6f, "%g us", 1e6 * (double)quality.itd_error_s);
    cr_expect(quality.log_spectral_db < 0.5f && quality.ild_error_db < 0.2f, "%g dB %g dB",
              (double)quality.log_spectral_db, (double)quality.ild_error_db);
    cr_expect_eq(pinna_hrtf_cross_validate(&set, &config, 1, &quality), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_hrtf_cross_validate(&set, &config, 65, &quality), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_hrtf_cross_validate(&set, &config, 4, NULL), PINNA_ERROR_ARGUMENT);
    head_free(&set);
    free(grid);
}
