/* SPDX-License-Identifier: MIT */
/* What `pinna convert` does to a set, on heads whose answer is known. */
#include "convert_set.h"
#include "support.h"

#include <pinna/sofa.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 240, TAPS = 160, RATE_HZ = 48000 };

static const double pi = 3.14159265358979323846;

static pinna_vec3 direction(int m)
{
    double z = 1 - (2.0 * m + 1) / COUNT, turn = 2.39996322972865 * m, r = sqrt(1 - z * z);
    return (pinna_vec3){(float)(r * cos(turn)), (float)(r * sin(turn)), (float)z};
}

/* A pulse without anything near half the sampling rate: at any fraction of a frame it is known. */
static float pulse(double t)
{
    return (float)exp(-0.5 * t * t / 2.25);
}

/* The same pulse at both ears, everywhere: no time differences. */
static convert_set same_everywhere(void)
{
    static float hrirs[COUNT][PINNA_EAR_COUNT][TAPS];
    static pinna_vec3 positions[COUNT];
    pinna_measured_set plain = {RATE_HZ, COUNT, TAPS, hrirs[0][0], NULL, positions};
    convert_set set;
    for (int m = 0; m < COUNT; m++) {
        positions[m] = direction(m);
        for (int n = 0; n < TAPS; n++) hrirs[m][0][n] = hrirs[m][1][n] = pulse(n - 40.0);
    }
    cr_assert_eq(convert_set_copy(&plain, &set), PINNA_OK);
    return set;
}

static const float* row(const convert_set* set, int m, int ear)
{
    return set->hrirs + ((size_t)m * PINNA_EAR_COUNT + (size_t)ear) * set->measured.tap_count;
}

/* Where a response's energy has its middle, frames. */
static double middle(const convert_set* set, int m, int ear)
{
    double sum = 0, moment = 0;
    for (uint32_t n = 0; n < set->measured.tap_count; n++) {
        double power = (double)row(set, m, ear)[n] * (double)row(set, m, ear)[n];
        sum += power, moment += n * power;
    }
    return moment / sum;
}

Test(convert, added_time_differences_are_the_spheres)
{
    static const double circumferences_m[] = {0.5, 0.56, 0.65};
    for (size_t i = 0; i < sizeof circumferences_m / sizeof circumferences_m[0]; i++) {
        convert_set set = same_everywhere();
        double radius_m = circumferences_m[i] / (2 * pi), worst_s = 0, largest_s = 0;
        cr_assert_eq(convert_set_add_itd(&set, circumferences_m[i]), PINNA_OK);
        cr_assert_eq(convert_set_bake_delays(&set, NULL), PINNA_OK);
        cr_assert_null(set.measured.delays_frames);
        for (int m = 0; m < COUNT; m++) {
            /* Woodworth: (a/c)(theta + sin theta); + where the left ear leads. */
            double side = asin((double)direction(m).y), wanted_s = radius_m / 343.0 * (side + sin(side));
            double got_s = (middle(&set, m, PINNA_RIGHT) - middle(&set, m, PINNA_LEFT)) / RATE_HZ;
            worst_s = fmax(worst_s, fabs(got_s - wanted_s));
            largest_s = fmax(largest_s, fabs(got_s));
        }
        cr_assert_lt(worst_s, 0.2e-6, "%g m: %g us", circumferences_m[i], 1e6 * worst_s);
        cr_assert_gt(largest_s, 2.4 * radius_m / 343.0);
        convert_set_free(&set);
    }
}

Test(convert, fractional_delays_move_into_the_responses)
{
    convert_set set = same_everywhere();
    double error = 0, total = 0;
    set.delays_frames = calloc(COUNT * PINNA_EAR_COUNT, sizeof *set.delays_frames);
    set.measured.delays_frames = set.delays_frames;
    cr_assert_not_null(set.delays_frames);
    for (int i = 0; i < COUNT * PINNA_EAR_COUNT; i++) set.delays_frames[i] = (float)(0.13 * (i % 97));
    cr_assert_eq(convert_set_bake_delays(&set, NULL), PINNA_OK);
    /* All may begin a little later by the same whole frames: the room the filter takes. */
    double shift = rint(middle(&set, 0, PINNA_LEFT) - 40.0);
    cr_assert_geq(shift, 0);
    for (int i = 0; i < COUNT * PINNA_EAR_COUNT; i++)
        for (uint32_t n = 0; n < set.measured.tap_count; n++) {
            double wanted = (double)pulse(n - shift - 40.0 - (double)(float)(0.13 * (i % 97)));
            double got = (double)row(&set, i / 2, i % 2)[n];
            error += (got - wanted) * (got - wanted), total += wanted * wanted;
        }
    double error_db = 10 * log10(error / total);
    cr_assert_lt(error_db, -75, "%g dB", error_db);
    convert_set_free(&set);
}

/* Power over all directions and both ears, dB. */
static double common_level_db(const convert_set* set, double hz)
{
    double sum = 0;
    for (int i = 0; i < COUNT * PINNA_EAR_COUNT; i++) {
        double re = 0, im = 0;
        for (uint32_t n = 0; n < set->measured.tap_count; n++) {
            double turn = 2 * pi * hz * n / set->measured.sample_rate_hz, tap = (double)row(set, i / 2, i % 2)[n];
            re += tap * cos(turn), im -= tap * sin(turn);
        }
        sum += re * re + im * im;
    }
    return 10 * log10(sum / (COUNT * PINNA_EAR_COUNT));
}

static double common_range_db(const convert_set* set)
{
    double least = INFINITY, most = -INFINITY;
    for (double hz = 300; hz < 15000; hz *= 1.26) {
        double level_db = common_level_db(set, hz);
        least = fmin(least, level_db), most = fmax(most, level_db);
    }
    return most - least;
}

/* One colour for all, and an echo of its own for each direction. */
static convert_set coloured(void)
{
    convert_set set = same_everywhere();
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            float* taps = set.hrirs + ((size_t)m * PINNA_EAR_COUNT + (size_t)ear) * TAPS;
            int echo = 5 + (m * 7 + ear * 3) % 20;
            memset(taps, 0, TAPS * sizeof *taps);
            taps[30] = 0.5f, taps[31] = 0.4f, taps[32] = 0.15f;
            for (int n = TAPS - 1; n >= echo; n--) taps[n] += 0.2f * taps[n - echo];
        }
    return set;
}

Test(convert, equalising_takes_out_what_all_have_in_common)
{
    double before_db, half_db, after_db;
    pinna_hrtf_options options = pinna_hrtf_options_default();
    convert_set set = coloured();
    before_db = common_range_db(&set);
    options.diffuse_equalization = 1;
    cr_assert_eq(convert_set_apply(&set, &options, NULL), PINNA_OK);
    cr_assert_not_null(set.delays_frames);
    after_db = common_range_db(&set);
    convert_set_free(&set);
    set = coloured();
    options.diffuse_equalization = 0.5f;
    cr_assert_eq(convert_set_apply(&set, &options, NULL), PINNA_OK);
    half_db = common_range_db(&set);
    convert_set_free(&set);
    cr_assert_gt(before_db, 6, "%g dB", before_db);
    cr_assert_lt(after_db, 1.5, "%g dB", after_db);
    cr_assert_float_eq(half_db, 0.5 * before_db, 1.5, "%g dB, %g before", half_db, before_db);
}

/* From outside: the files open, and say what they are. */
Test(convert, options_reach_the_file)
{
    static const char* const options[] = {"--add-itd", "--add-itd --head-circumference 0.6", "--equalise 1",
                                          "--equalise 0.5 --low-end 100 --keep-delays", "--rate 44100 --length 128"};
    const char* kemar = pinna_sofa_default_path();
    if (!kemar) cr_skip_test("no default set is installed (Debian: libmysofa1)");
    enter_folder();
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        char line[PATH_BYTES];
        pinna_sofa* sofa;
        snprintf(line, sizeof line, "convert %s out.sofa %s", kemar, options[i]);
        outcome o = run_tool(line);
        if (strstr(o.err, "without")) cr_skip_test("built without netCDF");
        cr_assert_eq(o.exit_code, 0, "%s: %s", options[i], o.err);
        cr_assert_eq(pinna_sofa_load("out.sofa", NULL, &sofa), PINNA_OK, "%s", options[i]);
        cr_expect_eq(pinna_sofa_get_info(sofa)->has_delays, strstr(options[i], "keep") != NULL, "%s", options[i]);
        cr_expect_str_eq(pinna_sofa_get_info(sofa)->convention, "SimpleFreeFieldHRIR");
        pinna_sofa_destroy(sofa);
        remove("out.sofa");
    }
}
