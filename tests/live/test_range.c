/* SPDX-License-Identifier: MIT */
#include "demos/support.h"
#include "listening_test.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pinna_listening_test with(float target_azimuth, float target_elevation, float azimuth, float elevation)
{
    pinna_listening_test test = pinna_listening_make(1, 1);
    test.trials[0].target = (pinna_listening_direction){target_azimuth, target_elevation};
    pinna_listening_answer(&test, (pinna_listening_direction){azimuth, elevation}, 2);
    return test;
}

Test(range, errors_are_those_put_in)
{
    pinna_listening_test off = with(90, 0, 90, 25);
    pinna_listening_result r = pinna_listening_evaluate(&off);
    cr_expect_float_eq(r.mean_error_deg, 25, 1e-3);
    cr_expect_float_eq(r.elevation_error_deg, 25, 1e-3);
    cr_expect_float_eq(r.lateral_error_deg, 25, 1e-3);
    cr_expect_eq(r.front_back_count, 0);
    off = with(20, 0, 160, 0);
    r = pinna_listening_evaluate(&off);
    cr_expect_float_eq(r.mean_error_deg, 140, 1e-3);
    cr_expect_float_eq(r.lateral_error_deg, 0, 1e-3);
    cr_expect_eq(r.front_back_count, 1);
    off = with(-170, 0, 175, 0);
    cr_expect_float_eq(pinna_listening_evaluate(&off).mean_error_deg, 15, 1e-3);
    off = with(85, 0, 95, 0);
    cr_expect_eq(pinna_listening_evaluate(&off).front_back_count, 1, "answered exactly at the mirror image");
    cr_expect_eq(pinna_listening_evaluate(&(pinna_listening_test){0}).mean_error_deg, 0);
}

Test(range, targets_are_spread_and_repeatable)
{
    pinna_listening_test a = pinna_listening_make(24, 5), b = pinna_listening_make(24, 5),
                         c = pinna_listening_make(24, 6);
    cr_expect(!memcmp(&a, &b, sizeof a) && memcmp(&a, &c, sizeof a));
    int quadrants[4] = {0};
    for (size_t i = 0; i < a.trial_count; i++) {
        float azimuth = a.trials[i].target.azimuth_deg, elevation = a.trials[i].target.elevation_deg;
        cr_expect(azimuth >= -180 && azimuth <= 180 && elevation >= -40 && elevation <= 60);
        quadrants[(int)((azimuth + 180) / 90.001f)]++;
    }
    for (int i = 0; i < 4; i++)
        cr_expect_eq(quadrants[i], 6);
}

Test(range, a_scripted_session_writes_the_known_errors, .timeout = 60)
{
    enter_folder();
    write_text("targets.csv", "azimuth_deg,elevation_deg\n0,0\n90,0\n-45,30\n170,0\n");
    write_text("answers.csv", "azimuth_deg,elevation_deg\n10,0\n90,20\n-45,30\n10,0\n");
    outcome o = run_tool("live --scene range --silent --face text --tracker none --opentrack-port 0 --osc-port 0 "
                         "--freepie-port 0 --targets targets.csv --answers answers.csv --result out -q");
    cr_assert_eq(o.exit_code, 0, "%s", o.err);
    static const double errors_deg[] = {10, 20, 0, 160};
    FILE* file = fopen("out.csv", "r");
    char line[256];
    cr_assert(file && fgets(line, sizeof line, file));
    for (int i = 0; i < 4; i++) {
        double value[8];
        cr_assert(fgets(line, sizeof line, file));
        cr_assert_eq(sscanf(line, "%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &value[0], &value[1], &value[2], &value[3],
                            &value[4], &value[5], &value[6], &value[7]),
                     8);
        cr_expect_float_eq(value[5], errors_deg[i], 0.01, "%s", line);
        cr_expect_eq(value[6], i == 3);
    }
    fclose(file);
    cr_expect_eq(count_files("out.png"), 1);
    cr_expect(strstr(o.out, "Off by 48"), "%s", o.out);
}

Test(range, a_result_that_cannot_be_written_is_told_at_once)
{
    enter_folder();
    outcome o = run_tool("live --scene range --silent --face none --seconds 30 --result no/such/folder/mine");
    cr_expect(o.exit_code == 1 && is_one_line(o.err) && strstr(o.err, "no/such/folder/mine.csv"), "%s", o.err);
    cr_expect_str_empty(o.out);
}

Test(range, broken_scripts_are_refused)
{
    enter_folder();
    write_text("bad.csv", "azimuth_deg,elevation_deg\n0,moo\n");
    outcome o = run_tool("live --scene range --silent --face none --targets bad.csv");
    cr_expect(o.exit_code == 1 && strstr(o.err, "bad.csv line 2"), "%s", o.err);
}
