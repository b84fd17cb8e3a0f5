/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "heads.h"
#include "hrtf/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static bool same_info(const pinna_hrtf_info* a, const pinna_hrtf_info* b)
{
    return a->sample_rate_hz == b->sample_rate_hz && a->tap_count == b->tap_count &&
           a->direction_count == b->direction_count && a->measured_count == b->measured_count &&
           a->radius_count == b->radius_count && a->basis_count == b->basis_count &&
           a->reference_radius_m == b->reference_radius_m && a->max_delay_frames == b->max_delay_frames &&
           a->gain == b->gain;
}

/* An examination takes half the time, and finds the very numbers that the whole work would. */
static void expect_examined(const pinna_measured_set* set, const pinna_prepare_config* config)
{
    static pinna_report reports[2];
    pinna_hrtf* hrtf;
    pinna_hrtf_info info, wanted_info;
    pinna_hrtf_quality quality, wanted_quality;
    float *itds_s = malloc(set->measurement_count * sizeof *itds_s), taps[2][512], delays[PINNA_EAR_COUNT];
    reports[0] = reports[1] = (pinna_report){0};
    cr_assert_eq(pinna_hrtf_prepare(set, config, &reports[0], &hrtf), PINNA_OK);
    cr_assert_eq(pinna_hrtf_cross_validate(set, config, 4, &wanted_quality), PINNA_OK);
    cr_assert_eq(pinna_hrtf_examine(set, config, 4, &reports[1], &info, itds_s, &quality), PINNA_OK);
    wanted_info = pinna_hrtf_get_info(hrtf);
    cr_expect(same_info(&info, &wanted_info));
    cr_expect_eq(quality.tested_count, wanted_quality.tested_count);
    cr_expect_eq(quality.log_spectral_db, wanted_quality.log_spectral_db);
    cr_expect_eq(quality.itd_error_s, wanted_quality.itd_error_s);
    cr_expect_eq(quality.ild_error_db, wanted_quality.ild_error_db);
    cr_expect_eq(memcmp(&reports[0], &reports[1], sizeof reports[0]), 0);
    for (uint32_t m = 0; m < set->measurement_count; m += 7) {
        pinna_hrtf_lookup(hrtf, set->positions_m[m], taps[0], taps[1], delays);
        float itd_s = (delays[PINNA_RIGHT] - delays[PINNA_LEFT]) / (float)info.sample_rate_hz;
        cr_expect_float_eq(itds_s[m], itd_s, 1e-9f);
    }
    pinna_hrtf_release(hrtf);
    free(itds_s);
}

Test(metrics, examining_finds_what_preparing_does)
{
    head h = usual_head();
    enum { COUNT = 300 };
    pinna_vec3* grid = spiral_grid(COUNT);
    for (int i = 0; i < COUNT; i += 3) grid[i] = pinna_vec3_scale(grid[i], 0.5f); /* another distance */
    pinna_measured_set set = head_measure(&h, grid, COUNT);
    pinna_prepare_config config = pinna_prepare_config_default();
    expect_examined(&set, &config);
    config.options.diffuse_equalization = 1.0f;
    config.options.low_extension_hz = 150.0f, config.options.cue_expansion = 1.5f;
    expect_examined(&set, &config);
    head_free(&set);
    free(grid);
}

/* Responses of a second, most of it noise, are cut to the head's before all else. */
Test(metrics, examining_cuts_long_responses_once)
{
    head h = usual_head();
    h.tap_count = 6000;
    pinna_measured_set set = head_measure_spiral(&h, 150);
    float* taps = malloc((size_t)150 * PINNA_EAR_COUNT * 6000 * sizeof *taps);
    for (size_t i = 0; i < (size_t)150 * PINNA_EAR_COUNT * 6000; i++)
        taps[i] = set.hrirs[i] + 1e-4f * (float)((i * 2654435761u >> 16) % 1000) / 1000.0f;
    pinna_measured_set noisy = set;
    noisy.hrirs = taps;
    pinna_prepare_config config = pinna_prepare_config_default();
    expect_examined(&noisy, &config);
    free(taps);
    head_free(&set);
}

Test(metrics, examining_fails_as_preparing_does)
{
    static pinna_report report;
    head h = usual_head();
    pinna_measured_set set = head_measure_spiral(&h, 40), broken = set;
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_hrtf_info info;
    pinna_hrtf_quality quality;
    float* silence = calloc((size_t)40 * PINNA_EAR_COUNT * set.tap_count, sizeof *silence);
    broken.hrirs = silence;
    cr_expect_eq(pinna_hrtf_examine(&broken, &config, 4, &report, &info, NULL, &quality), PINNA_ERROR_DATA);
    cr_expect(report_has(&report, "silent"));
    cr_expect_eq(info.direction_count, 0);
    cr_expect_eq(pinna_hrtf_examine(&set, &config, 4, NULL, NULL, NULL, &quality), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_hrtf_examine(NULL, &config, 4, NULL, &info, NULL, &quality), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_hrtf_examine(&set, &config, 4, NULL, &info, NULL, NULL), PINNA_OK);
    cr_expect_eq(pinna_hrtf_examine(&set, &config, 1, NULL, &info, NULL, &quality), PINNA_OK);
    cr_expect_eq(quality.tested_count, 0); /* no folds, so nothing to tell */
    report.count = 0, config.tap_count = 3;
    cr_expect_eq(pinna_hrtf_examine(&set, &config, 4, &report, &info, NULL, NULL), PINNA_ERROR_ARGUMENT);
    cr_expect(strstr(pinna_report_error(&report), "tap_count is 3"));
    report.count = 0, config.sample_rate_hz = 0;
    cr_expect_eq(pinna_hrtf_examine(&set, &config, 4, &report, &info, NULL, NULL), PINNA_ERROR_ARGUMENT);
    cr_expect(strstr(pinna_report_error(&report), "sample_rate_hz is 0"));
    free(silence);
    head_free(&set);
}
