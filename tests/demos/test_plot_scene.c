/* SPDX-License-Identifier: MIT */
#include "scene_levels.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000 };

static void check_drawn(const char* command_line, const char* name, const char* start)
{
    char bytes[8] = "";
    outcome result = run_tool(command_line);
    cr_assert_eq(result.exit_code, 0, "pinna %s: exit %d: %s", command_line, result.exit_code, result.err);
    FILE* file = fopen(name, "rb");
    cr_assert(file && fread(bytes, 1, 4, file) == 4);
    fclose(file);
    cr_expect(!memcmp(bytes + (bytes[0] == '\x89'), start, 3), "pinna %s", command_line);
    remove(name);
}

Test(plot_scene, draws_scenes_beds_and_paths)
{
    enter_folder();
    write_noise("bed.wav", RATE, 6, RATE / 2);
    write_noise("field.wav", RATE, 4, RATE / 2);
    write_text("p.csv", "t_s,azimuth_deg,elevation_deg\n0,0,0\n1,90,0\n1,180,0\n2,270,90\n");
    write_text(
        "s.json",
        "{\"version\": 1, \"head\": [{\"t_s\": 0, \"yaw_deg\": 0, \"pitch_deg\": 0, \"roll_deg\": 0}, {\"t_s\": 1, "
        "\"yaw_deg\": 200, \"pitch_deg\": 0, \"roll_deg\": 0}], \"listener\": {\"position\": [{\"t_s\": 0, \"x_m\": 0, "
        "\"y_m\": 0}, {\"t_s\": 1, \"x_m\": 4, \"y_m\": 0}]},\n"
        " \"beds\": [{\"file\": \"bed.wav\", \"layout\": \"5.1\"}, {\"file\": \"field.wav\", \"layout\": \"ambix\"}],\n"
        " \"sources\": [{\"file\": \"builtin:rotor\", \"end_s\": 1, \"path\": \"p.csv\"}]}");
    check_drawn("plot s.json -o s.png -q", "s.png", "PNG");
    check_drawn("plot s.json -o s.svg -q", "s.svg", "<?x");
    check_drawn("plot p.csv -o p.pdf -q", "p.pdf", "%PD");
    check_drawn("plot footsteps -o f.png -q", "f.png", "PNG");
}

Test(plot_scene, says_what_is_wrong)
{
    enter_folder();
    write_text("bad.json", "{\"version\": 1,\n \"sauces\": []}");
    write_text("empty.json", "");
    outcome result = run_tool("plot bad.json -o x.png");
    cr_expect(result.exit_code == 1 && strstr(result.err, "bad.json:2:2: unknown key"), "%s", result.err);
    result = run_tool("plot empty.json -o x.png");
    cr_expect(result.exit_code == 1 && strstr(result.err, "empty.json:1:"), "%s", result.err);
    result = run_tool("plot nothing.json -o x.png");
    cr_expect(result.exit_code == 1 && strstr(result.err, "nothing.json: "), "%s", result.err);
    result = run_tool("plot helicopter -o helicopter");
    cr_expect_eq(result.exit_code, 2);
    cr_expect_eq(count_files("x.png"), 0);
}

/* A sine of -12 dB peak from 2 to 5 s of 100 s: cells merge on the way, levels stay. */
Test(plot_scene, levels_are_those_of_the_file)
{
    static float sine[3 * RATE];
    static pinna_report report;
    pinna_scene scene;
    pinna_scene_levels levels;
    enter_folder();
    for (int i = 0; i < 3 * RATE; i++)
        sine[i] = (float)(0.25 * sin(6.283185307 * 440 * i / RATE));
    write_wav("a.wav", RATE, 1, 0, sine, 3 * RATE);
    write_text(
        "s.json",
        "{\"version\": 1, \"duration_s\": 100, \"gain_db\": -6, \"sources\": [{\"file\": \"a.wav\", \"start_s\": 2, "
        "\"position\": {\"x_m\": 1, \"y_m\": 0}}]}");
    cr_assert_eq(pinna_scene_load("s.json", &report, &scene), PINNA_OK, "%s", pinna_report_error(&report));
    cr_assert_eq(pinna_scene_levels_measure(&scene, &report, &levels), PINNA_OK, "%s", pinna_report_error(&report));
    cr_expect_float_eq(levels.duration_s, 100, 1e-6);
    cr_expect(levels.cell_s > 0.1, "%g s: cells were merged", levels.cell_s);
    double level_db = 10 * log10(pinna_scene_levels_power_at(&levels, 0, 3.5));
    cr_expect_float_eq(level_db, 20 * log10(0.25) - 3.01 - 6, 0.02, "%.2f dB", level_db);
    cr_expect_eq(pinna_scene_levels_power_at(&levels, 0, 1), 0);
    cr_expect_eq(pinna_scene_levels_power_at(&levels, 0, 8), 0);
    cr_expect_eq(pinna_scene_levels_power_at(&levels, 0, 1e9), 0);
    pinna_scene_levels_release(&levels);
    pinna_scene_release(&scene);
}
