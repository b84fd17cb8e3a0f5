/* SPDX-License-Identifier: MIT */
/* What options change of a head, and what they leave alone. */
#include <criterion/criterion.h>

#include "heads.h"
#include "hrtf/hrtf.h"
#include "support/failing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

static pinna_measured_set synthetic_set(double radius_m, uint32_t count)
{
    head h = usual_head();
    h.radius_m = radius_m;
    return head_measure_spiral(&h, count);
}

static pinna_hrtf* prepare_with(const pinna_measured_set* set, pinna_hrtf_options options)
{
    pinna_prepare_config config = pinna_prepare_config_default();
    config.options = options;
    return prepare_good(set, &config);
}

Test(options, values_out_of_range_are_refused_by_name)
{
    static const struct {
        pinna_hrtf_options options;
        const char* name;
    } bad[] = {
        {{.diffuse_equalization = 1.5f}, "diffuse_equalization"},
        {{.low_extension_hz = 59.0f}, "low_extension_hz"},
        {{.low_extension_hz = 501.0f}, "low_extension_hz"},
        {{.cue_expansion = 0.5f}, "cue_expansion"},
        {{.cue_expansion = 3.1f}, "cue_expansion"},
        {{.cue_expansion = NAN}, "cue_expansion"},
        {{.cue_limit_db = -1.0f}, "cue_limit_db"},
        {{.cue_limit_db = INFINITY}, "cue_limit_db"},
        {{.head_circumference_m = 57.0f}, "head_circumference_m"},
        {{.head_width_m = 0.3f}, "head_width_m"},
        {{.balance_db = -12.5f}, "balance_db"},
        {{.head_width_m = 0.15f, .head_circumference_m = 0.57f}, "head_width_m"},
    };
    pinna_measured_set set = synthetic_set(0.0875, 60);
    static pinna_report report;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_prepare_config config = pinna_prepare_config_default();
        config.options = bad[i].options;
        pinna_hrtf* hrtf = NULL;
        memset(&report, 0, sizeof report);
        cr_expect_eq(pinna_hrtf_prepare(&set, &config, &report, &hrtf), PINNA_ERROR_ARGUMENT);
        cr_expect_null(hrtf);
        const char* sentence = pinna_report_error(&report);
        cr_expect(sentence && strstr(sentence, bad[i].name), "%zu: %s", i, sentence ? sentence : "nothing said");
    }
    pinna_hrtf_options good = pinna_hrtf_options_default();
    cr_expect_eq(pinna_hrtf_options_check(&good, NULL), PINNA_OK);
    cr_expect_eq(pinna_hrtf_options_check(NULL, NULL), PINNA_ERROR_ARGUMENT);
    head_free(&set);
}

/* A head of another size has the ITD of a head measured at that size, from every direction, above and behind too. */
Test(options, head_size_scales_the_itd_through_the_lateral_angle)
{
    pinna_measured_set small = synthetic_set(0.080, 300), large = synthetic_set(0.095, 300);
    pinna_hrtf* wanted = prepare_with(&large, pinna_hrtf_options_default());
    pinna_hrtf* got = prepare_with(&small, (pinna_hrtf_options){.head_circumference_m = (float)(2.0 * PI * 0.095)});
    double worst = 0.0;
    for (int i = 0; i < 200; i++) {
        pinna_vec3 d = pinna_hrtf_get_direction(wanted, (uint32_t)i);
        worst = fmax(worst, fabs(lookup_itd_s(got, d) - lookup_itd_s(wanted, d)));
    }
    fprintf(stderr, "options: a head of 0.080 m made 0.095 m, largest ITD error %.1f us\n", 1e6 * worst);
    cr_expect(worst < 25e-6, "%.1f us", 1e6 * worst);
    pinna_hrtf_release(wanted);
    pinna_hrtf_release(got);
    head_free(&small);
    head_free(&large);
}

Test(options, a_wider_head_has_more_itd_and_the_renderer_keeps_its_room)
{
    pinna_measured_set set = synthetic_set(0.0875, 200);
    double before = 0.0;
    for (float width = 0.12f; width < 0.19f; width += 0.02f) {
        pinna_hrtf* hrtf = prepare_with(&set, (pinna_hrtf_options){.head_width_m = width});
        double itd = lookup_itd_s(hrtf, (pinna_vec3){0, 1, 0});
        cr_expect(itd > before + 20e-6, "%.2f m: %.0f us after %.0f us", (double)width, 1e6 * itd, 1e6 * before);
        before = itd;
        for (uint32_t i = 0; i < 400; i++)
            cr_assert(pinna_hrtf_shell(hrtf)->delays_frames[i] >= PINNA_HRTF_MIN_DELAY_FRAMES);
        pinna_hrtf_release(hrtf);
    }
    head_free(&set);
}

/* Power of one response at a frequency. */
static double power_at(const float* taps, uint32_t count, double hz)
{
    double re = 0.0, im = 0.0, w = 2.0 * PI * hz / 48000.0;
    for (uint32_t n = 0; n < count; n++)
        re += (double)taps[n] * cos(w * n), im += (double)taps[n] * sin(w * n);
    return re * re + im * im;
}

/* Mean power over all directions and both ears. */
static double diffuse_db(const pinna_hrtf* hrtf, double hz)
{
    const pinna_shell* shell = pinna_hrtf_shell(hrtf);
    double sum = 0.0;
    for (size_t row = 0; row < 2 * (size_t)shell->direction_count; row++)
        sum += power_at(shell->hrirs + row * hrtf->info.tap_count, hrtf->info.tap_count, hz);
    return 10.0 * log10(sum / (2.0 * shell->direction_count));
}

static double diffuse_range_db(const pinna_hrtf* hrtf, double from_hz, double to_hz)
{
    double low = 1e9, high = -1e9;
    for (double hz = from_hz; hz <= to_hz; hz *= 1.1) {
        double level = diffuse_db(hrtf, hz);
        low = fmin(low, level), high = fmax(high, level);
    }
    return high - low;
}

Test(options, equalization_makes_the_mean_over_directions_flat_and_halves_do_half)
{
    pinna_measured_set set = synthetic_set(0.0875, 300);
    double ranges[3];
    for (int i = 0; i < 3; i++) {
        pinna_hrtf* hrtf = prepare_with(&set, (pinna_hrtf_options){.diffuse_equalization = 0.5f * (float)i});
        ranges[i] = diffuse_range_db(hrtf, 100.0, 16000.0);
        pinna_hrtf_release(hrtf);
    }
    fprintf(stderr, "options: diffuse field within %.2f dB, half equalized %.2f, equalized %.2f dB\n", ranges[0],
            ranges[1], ranges[2]);
    cr_expect(ranges[2] < 0.5);
    cr_expect(fabs(ranges[1] - 0.5 * ranges[0]) < 0.15 * ranges[0]);
    head_free(&set);
}

/* Loudspeakers that end at 150 Hz: a high-pass of second order on every response. */
static void cut_lows(pinna_measured_set* set)
{
    float* hrirs = (float*)(uintptr_t)set->hrirs;
    double w = tan(PI * 150.0 / set->sample_rate_hz), norm = 1.0 / (1.0 + sqrt(2.0) * w + w * w);
    for (size_t row = 0; row < 2 * (size_t)set->measurement_count; row++) {
        double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
        for (uint32_t n = 0; n < set->tap_count; n++) {
            double x = hrirs[row * set->tap_count + n];
            double y = norm * (x - 2.0 * x1 + x2 - 2.0 * (w * w - 1.0) * y1 - (1.0 - sqrt(2.0) * w + w * w) * y2);
            x2 = x1, x1 = x, y2 = y1, y1 = y;
            hrirs[row * set->tap_count + n] = (float)y;
        }
    }
}

Test(options, low_extension_goes_on_flat_to_40_hz_and_leaves_the_rest)
{
    pinna_measured_set set = synthetic_set(0.0875, 300);
    cut_lows(&set);
    pinna_hrtf* plain = prepare_with(&set, pinna_hrtf_options_default());
    pinna_hrtf* extended = prepare_with(&set, (pinna_hrtf_options){.low_extension_hz = 300.0f});
    double before = diffuse_range_db(plain, 40.0, 300.0), after = diffuse_range_db(extended, 40.0, 300.0), worst = 0.0;
    double offset = diffuse_db(extended, 2000.0) - diffuse_db(plain, 2000.0);
    for (double hz = 600.0; hz < 16000.0; hz *= 1.1)
        worst = fmax(worst, fabs(diffuse_db(extended, hz) - diffuse_db(plain, hz) - offset));
    fprintf(stderr, "options: 40 to 300 Hz within %.1f dB, extended %.2f dB; above 600 Hz changed by %.2f dB\n", before,
            after, worst);
    cr_expect(before > 10.0 && after < 1.5);
    cr_expect(worst < 0.3);
    pinna_hrtf_release(plain);
    pinna_hrtf_release(extended);
    head_free(&set);
}

Test(options, every_option_works_at_every_rate_and_length)
{
    static const pinna_hrtf_options all = {1.0f, 200.0f, 2.0f, 12.0f, 0.6f, 0.0f, -3.0f};
    static const uint32_t rates[] = {8000, 44100, 192000}, lengths[] = {16, 0, 2048};
    pinna_measured_set set = synthetic_set(0.0875, 40);
    for (int i = 0; i < 9; i++) {
        pinna_prepare_config config = {.sample_rate_hz = rates[i / 3], .tap_count = lengths[i % 3], .options = all};
        pinna_hrtf* hrtf = prepare_good(&set, &config);
        size_t count = 2 * (size_t)hrtf->info.direction_count * hrtf->info.tap_count;
        for (size_t n = 0; n < count; n++)
            cr_assert(isfinite(pinna_hrtf_shell(hrtf)->hrirs[n]));
        pinna_hrtf_release(hrtf);
    }
    head_free(&set);
}

Test(options, each_allocation_failing_leaves_nothing_behind)
{
    pinna_measured_set set = synthetic_set(0.0875, 30);
    for (size_t good = 0;; good++) {
        failing_allocator failing = failing_after(good);
        pinna_allocator allocator = counted_allocator(&failing);
        pinna_prepare_config config = {.sample_rate_hz = 48000, .allocator = &allocator};
        config.options = (pinna_hrtf_options){1.0f, 200.0f, 1.5f, 0.0f, 0.57f, 0.0f, 1.0f};
        pinna_hrtf* hrtf = NULL;
        pinna_status status = pinna_hrtf_prepare(&set, &config, NULL, &hrtf);
        pinna_hrtf_release(hrtf);
        cr_assert_eq(failing.live, 0, "%zu blocks leak when call %zu fails", failing.live, good);
        if (!status) break;
        cr_assert_eq(status, PINNA_ERROR_MEMORY);
    }
    head_free(&set);
}

static double level_difference_db(const pinna_hrtf* hrtf, uint32_t direction)
{
    uint32_t taps = pinna_hrtf_get_info(hrtf).tap_count;
    const float* pair = pinna_hrtf_shell(hrtf)->hrirs + (size_t)direction * 2 * taps;
    double energy[2] = {0};
    for (uint32_t n = 0; n < 2 * taps; n++)
        energy[n / taps] += (double)pair[n] * pair[n];
    return 10.0 * log10(energy[0] / energy[1]);
}

Test(options, balance_moves_the_ears_against_each_other)
{
    pinna_measured_set set = synthetic_set(0.0875, 100);
    pinna_hrtf* plain = prepare_with(&set, pinna_hrtf_options_default());
    pinna_hrtf* left = prepare_with(&set, (pinna_hrtf_options){.balance_db = 3.0f});
    for (uint32_t i = 0; i < 100; i++)
        cr_expect_float_eq(level_difference_db(left, i) - level_difference_db(plain, i), 3.0, 1e-3);
    pinna_hrtf_release(plain);
    pinna_hrtf_release(left);
    head_free(&set);
}
