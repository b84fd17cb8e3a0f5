/* SPDX-License-Identifier: MIT */
/* What options change of a head, and what they leave alone. */
#include <criterion/criterion.h>

#include "heads.h"
#include "hrtf/hrtf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

static pinna_measured_set synthetic_set(double radius_m, uint32_t count)
{
    head h = usual_head();
    h.radius_m = radius_m;
    pinna_vec3* grid = spiral_grid(count);
    pinna_measured_set set = head_measure(&h, grid, count);
    free(grid);
    return set;
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

static double level_difference_db(const pinna_hrtf* hrtf, uint32_t direction)
{
    uint32_t taps = pinna_hrtf_get_info(hrtf).tap_count;
    const float* pair = pinna_hrtf_shell(hrtf)->hrirs + (size_t)direction * 2 * taps;
    double energy[2] = {0};
    for (uint32_t n = 0; n < 2 * taps; n++) energy[n / taps] += (double)pair[n] * pair[n];
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
