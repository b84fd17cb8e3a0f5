/* SPDX-License-Identifier: MIT */
/* What a scene says is what is heard. */
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { RATE = 48000 };

static float* render(const char* scene, const char* options, size_t* count)
{
    char command[200];
    if (scene) write_text("s.json", scene);
    snprintf(command, sizeof command, "render %s %s -o out.wav -q --sample-format float32",
             scene ? "--scene s.json" : "", options);
    outcome result = run_tool(command);
    cr_assert_eq(result.exit_code, 0, "pinna %s: exit %d: %s", command, result.exit_code, result.err);
    return read_stereo("out.wav", count, NULL);
}

static void check_same(const char* what, const char* scene, const char* other_scene, const char* options,
                       double within_db)
{
    size_t count = 0, other_count = 0;
    float *a = render(scene, "", &count), *b = render(other_scene, options, &other_count);
    cr_assert_eq(count, other_count, "%s: %zu and %zu frames", what, count, other_count);
    double error_db = worst_db(a, b, 2 * count);
    cr_expect_lt(error_db, within_db, "%s: %.1f dB", what, error_db);
    free(a);
    free(b);
}

/* A sound at the side, and what one scene has beside it against what another has, or options. */
static void check_beside(const char* what, const char* here, const char* there, const char* options, double within_db)
{
    static const char sound[] = "{\"version\": 1, %s \"sources\": [{\"file\": \"a.wav\", \"position\": "
                                "{\"azimuth_deg\": 40, \"elevation_deg\": 10}}]}";
    char scene[400], other[400];
    snprintf(scene, sizeof scene, sound, here);
    snprintf(other, sizeof other, sound, there);
    write_noise("a.wav", RATE, 1, RATE);
    check_same(what, scene, other, options, within_db);
}

Test(scene_render, a_bed_is_the_same_in_a_scene)
{
    enter_folder();
    write_noise("bed.wav", RATE, 8, 30000);
    check_same("a bed", "{\"version\": 1, \"beds\": [{\"file\": \"bed.wav\", \"layout\": \"7.1\", \"lfe_db\": 10}]}",
               NULL, "bed.wav --layout 7.1 --lfe-db 10", -140);
    check_same(
        "direct",
        "{\"version\": 1, \"beds\": [{\"file\": \"bed.wav\", \"layout\": \"7.1\", \"gain_db\": -6}], \"gain_db\": 6}",
        NULL, "bed.wav --layout 7.1", -130);
}

Test(scene_render, a_sound_field_is_the_same_in_a_scene)
{
    enter_folder();
    write_noise("field.wav", RATE, 4, 30000);
    check_same(
        "field",
        "{\"version\": 1, \"beds\": [{\"file\": \"field.wav\", \"layout\": \"ambix\", \"ambisonic_format\": \"n3d\"}]}",
        NULL, "field.wav --layout ambix --ambisonic-format n3d", -140);
}

/* Who walks past a sound hears what one hears whom the sound passes by. */
Test(scene_render, a_listener_walks)
{
    enter_folder();
    write_noise("a.wav", RATE, 1, 2 * RATE);
    check_same(
        "walking",
        "{\"version\": 1, \"listener\": {\"position\": [{\"t_s\": 0, \"x_m\": 0, \"y_m\": 0}, {\"t_s\": 2, \"x_m\": 4, "
        "\"y_m\": 0}]},"
        " \"sources\": [{\"file\": \"a.wav\", \"position\": {\"x_m\": 2, \"y_m\": 1}}]}",
        "{\"version\": 1, \"sources\": [{\"file\": \"a.wav\", \"keyframes\": [{\"t_s\": 0, \"x_m\": 2, \"y_m\": 1},"
        " {\"t_s\": 2, \"x_m\": -2, \"y_m\": 1}]}]}",
        "", -80);
}

Test(scene_render, a_body_turns_as_a_head_does)
{
    enter_folder();
    write_text("h.csv", "t_s,yaw_deg,pitch_deg,roll_deg\n0,0,0,0\n1,120,0,0\n");
    check_beside("turning", "\"listener\": {\"orientation\": \"h.csv\"},", "\"head\": \"h.csv\",", "", -110);
}

/* A film's bed stays around whoever walks through the scene. */
Test(scene_render, a_bed_goes_with_the_listener)
{
    enter_folder();
    write_noise("bed.wav", RATE, 2, RATE);
    check_same("bed",
               "{\"version\": 1, \"listener\": {\"position\": [{\"t_s\": 0, \"x_m\": 0, \"y_m\": 0}, {\"t_s\": 1, "
               "\"x_m\": 9, \"y_m\": 3}]},"
               " \"beds\": [{\"file\": \"bed.wav\"}]}",
               NULL, "bed.wav", -80);
}

Test(scene_render, a_room_is_that_of_the_command_line)
{
    enter_folder();
    check_beside("room", "\"room\": {\"name\": \"studio\", \"level_db\": -6, \"size_m\": [7, 6, 3]},", "",
                 "--set room=studio --set room.level_db=-6 --set room.size_front_m=7 --set room.size_left_m=6 "
                 "--set room.size_up_m=3",
                 -140);
}

Test(scene_render, headphones_are_those_of_the_command_line)
{
    enter_folder();
    write_text("eq.txt", "Preamp: -6 dB\nFilter 1: ON PK Fc 1000 Hz Gain 6 dB Q 1\n");
    check_beside("headphones", "\"headphone_eq\": \"eq.txt\",", "", "--headphone-eq eq.txt", -140);
}

/* Low-frequency channels have no place to draw. */
Test(scene_render, the_picture_of_a_bed_with_a_low_channel)
{
    enter_folder();
    write_noise("bed.wav", RATE, 6, RATE);
    outcome result = run_tool("render bed.wav --layout 5.1 -o out.wav --picture out.png -q");
    cr_assert_eq(result.exit_code, 0, "exit %d, signal %d: %s", result.exit_code, result.signal, result.err);
    cr_expect_eq(count_files("out.png"), 1);
}

Test(scene_render, a_measured_room_is_the_same_in_a_scene)
{
    enter_folder();
    write_noise("bed.wav", RATE, 2, RATE / 2);
    cr_assert_eq(mkdir("room", 0777), 0);
    write_noise("room/L.wav", RATE, 2, 3000);
    write_noise("room/R.wav", RATE, 2, 3000);
    check_same("measured room", "{\"version\": 1, \"brir\": \"room\", \"beds\": [{\"file\": \"bed.wav\"}]}", NULL,
               "bed.wav --brir room", -140);
    outcome result = run_tool("live --scene s.json --silent --face text --tracker none --seconds 0.2");
    cr_expect(result.exit_code == 1 && strstr(result.err, "not played live"), "%s", result.err);
    remove("room/L.wav");
    remove("room/R.wav");
}

/* Beds have channels without a place, which a map must leave out. */
Test(scene_render, live_shows_beds)
{
    enter_folder();
    write_noise("bed.wav", RATE, 6, RATE);
    write_text(
        "s.json",
        "{\"version\": 1, \"listener\": {\"position\": [{\"t_s\": 0, \"x_m\": 0, \"y_m\": 0}, {\"t_s\": 1, \"x_m\": 3, "
        "\"y_m\": 0}]}, \"beds\": [{\"file\": \"bed.wav\", \"layout\": \"5.1\"}]}");
    outcome result =
        run_tool("live --scene s.json --silent --face text --tracker none --seconds 0.6 --once --screenshot t.png");
    cr_expect_eq(result.exit_code, 0, "exit %d, signal %d: %s", result.exit_code, result.signal, result.err);
    cr_expect_eq(count_files("t.png"), 1);
}
