/* SPDX-License-Identifier: MIT */
/* Nearness against measurements at 0.25 to 1.5 m on the horizontal circle: the KU100 of TH Koeln. */
#include "support.h"

enum { FRAMES = 512, STEP = 10 /* every tenth measurement */ };

static const set_name at_1m = {"KU100 1 m", "../sofa-near/THK_CIRC360_NF100.sofa", 0};
static const set_name all_radii = {"KU100 5 radii", "../sofa-near/THK_KU100_NF_CIRC360_5radii.sofa", 0};

/* Level difference between the ears of an impulse from there. */
static double rendered_ild_db(pinna_hrtf* hrtf, pinna_vec3 position_m, bool near_field)
{
    float input[FRAMES] = {1.0f}, left[FRAMES], right[FRAMES];
    pinna_renderer_config config = plain_config(hrtf, PINNA_METHOD_EXACT);
    pinna_renderer* renderer = renderer_of(&config);
    pinna_source source = source_at(renderer, position_m);
    pinna_source_params params = at_position(position_m);
    params.near_field = near_field;
    params.snap = true;
    cr_assert_eq(pinna_source_set_params(renderer, source, &params), PINNA_OK);
    process_one(renderer, source, input, left, right, FRAMES);
    pinna_renderer_destroy(renderer);
    return ild_db(left, right, FRAMES);
}

/* Mean error over the circle at one distance. */
static double mean_error_db(pinna_hrtf* hrtf, const pinna_measured_set* truth, float radius_m, bool near_field)
{
    double sum = 0.0;
    uint32_t count = 0;
    for (uint32_t m = 0; m < truth->measurement_count; m += STEP) {
        pinna_vec3 position = truth->positions_m[m];
        if (fabsf(pinna_vec3_length(position) - radius_m) > 0.01f) continue;
        const float* pair = truth->hrirs + (size_t)m * 2 * truth->tap_count;
        double measured = ild_db(pair, pair + truth->tap_count, truth->tap_count);
        sum += fabs(rendered_ild_db(hrtf, position, near_field) - measured);
        count++;
    }
    cr_assert_gt(count, 10u);
    return sum / count;
}

Test(near_field, modelled_from_one_metre)
{
    static const float radii_m[] = {0.25f, 0.5f, 0.75f, 1.0f};
    static const double bars_db[] = {1.5, 0.6, 0.4, 0.1};
    pinna_sofa* truth = need_sofa(&all_radii);
    pinna_hrtf* hrtf = need_hrtf(&at_1m);
    for (size_t i = 0; i < sizeof radii_m / sizeof radii_m[0]; i++) {
        double with = mean_error_db(hrtf, pinna_sofa_measured(truth), radii_m[i], true);
        double without = mean_error_db(hrtf, pinna_sofa_measured(truth), radii_m[i], false);
        say(at_1m.label, "near field at %.2f m: ILD %.2f dB off, %.2f dB without the model (bar %.1f)",
            (double)radii_m[i], with, without, bars_db[i]);
        cr_expect_leq(with, bars_db[i], "%.2f m", (double)radii_m[i]);
    }
    pinna_hrtf_release(hrtf);
    pinna_sofa_destroy(truth);
}

Test(near_field, measured_radii_are_used)
{
    static const float radii_m[] = {0.25f, 0.5f, 0.75f, 1.0f};
    pinna_sofa* truth = need_sofa(&all_radii);
    pinna_hrtf* hrtf = need_hrtf(&all_radii);
    for (size_t i = 0; i < sizeof radii_m / sizeof radii_m[0]; i++) {
        double error = mean_error_db(hrtf, pinna_sofa_measured(truth), radii_m[i], true);
        say(all_radii.label, "measured at %.2f m: ILD %.3f dB off (bar 0.05)", (double)radii_m[i], error);
        cr_expect_leq(error, 0.05, "%.2f m", (double)radii_m[i]);
    }
    pinna_hrtf_release(hrtf);
    pinna_sofa_destroy(truth);
}
