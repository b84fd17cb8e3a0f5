/* SPDX-License-Identifier: MIT */
#include "json_place.h"
#include "scene.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void check_refused(const char* text, const char* expected)
{
    static pinna_report report;
    pinna_scene scene;
    report.count = 0;
    write_text("s.json", text);
    cr_expect_neq(pinna_scene_load("s.json", &report, &scene), PINNA_OK);
    cr_expect_eq(scene.source_count, 0);
    const char* error = pinna_report_error(&report);
    cr_expect(error && strstr(error, expected), "'%s' does not say '%s'", error ? error : "(nothing)", expected);
}

Test(scene, reads_all_it_documents)
{
    static pinna_report report;
    pinna_scene scene;
    enter_folder();
    write_text("a.wav", "");
    write_text("p.csv", "t_s,azimuth_deg,elevation_deg\n0,10,20\n");
    write_text(
        "s.json",
        "{\"version\": 1, \"title\": \"t\", \"sofa\": \"h.sofa\", \"preset\": \"flat\", \"sample_rate_hz\": 44100,\n"
        " \"duration_s\": 3, \"gain_db\": -3, \"head\": [{\"t_s\": 0, \"yaw_deg\": 0, \"pitch_deg\": 0, \"roll_deg\": "
        "0},\n"
        "   {\"t_s\": 1, \"yaw_deg\": 90, \"pitch_deg\": 0, \"roll_deg\": 0}],\n"
        " \"sources\": [{\"name\": \"n\", \"file\": \"a.wav\", \"channel\": 2, \"gain_db\": 6, \"start_s\": 1, "
        "\"end_s\": 2,\n"
        "   \"fade_s\": 0.5, \"loop\": true, \"position\": {\"azimuth_deg\": 30, \"elevation_deg\": -5, "
        "\"distance_m\": 4}},\n"
        "  {\"file\": \"a.wav\", \"path\": \"p.csv\"}]}");
    cr_assert_eq(pinna_scene_load("s.json", &report, &scene), PINNA_OK, "%s", pinna_report_error(&report));
    cr_expect_str_eq(scene.title, "t");
    cr_expect_str_eq(scene.sofa, "h.sofa");
    cr_expect_eq(scene.sample_rate_hz, 44100);
    cr_expect_eq(scene.duration_s, 3);
    cr_assert_eq(scene.source_count, 2);
    const pinna_scene_source* source = scene.sources;
    cr_expect(source->channel == 2 && source->gain_db == 6 && source->start_s == 1 && source->end_s == 2);
    cr_expect(source->fade_s == 0.5 && source->loop);
    double value[PINNA_PATH_FIELD_COUNT];
    pinna_path_at(source->path, 0, value);
    cr_expect(value[0] == 30 && value[1] == -5 && value[2] == 4);
    pinna_path_at(scene.sources[1].path, 0, value);
    cr_expect(value[0] == 10 && value[1] == 20 && value[2] == 1);
    cr_expect(isinf(scene.sources[1].end_s));
    pinna_path_at(scene.head, 0.5, value);
    cr_expect_eq(value[0], 45);
    pinna_scene_release(&scene);
}

Test(scene, a_byte_order_mark_is_passed_over)
{
    static pinna_report report;
    pinna_scene scene;
    enter_folder();
    write_text("s.json", "\xef\xbb\xbf{\"version\": 1,\n \"sources\": [{\"file\": \"builtin:rotor\", \"end_s\": 1, "
                         "\"position\": {\"azimuth_deg\": 7, \"elevation_deg\": 0}}]}");
    cr_assert_eq(pinna_scene_load("s.json", &report, &scene), PINNA_OK, "%s", pinna_report_error(&report));
    cr_expect_eq(scene.source_count, 1);
    pinna_scene_release(&scene);
    write_text("s.json", "\xef\xbb\xbf{\"version\": 1,\n \"titel\": 1}");
    cr_assert_neq(pinna_scene_load("s.json", &report, &scene), PINNA_OK);
    cr_expect(strstr(pinna_report_error(&report), "s.json:2:2: unknown key"), "%s", pinna_report_error(&report));
}

Test(scene, names_files_relative_to_itself)
{
    static pinna_report report;
    pinna_scene scene;
    enter_folder();
    cr_assert_eq(mkdir("d", 0777), 0);
    write_text("d/a.wav", "");
    write_text(
        "d/s.json",
        "{\"version\":1,\"sources\":[{\"file\":\"a.wav\",\"position\":{\"azimuth_deg\":0,\"elevation_deg\":0}}]}");
    cr_assert_eq(pinna_scene_load("d/s.json", &report, &scene), PINNA_OK, "%s", pinna_report_error(&report));
    cr_expect_str_eq(scene.sources[0].file, "d/a.wav");
    pinna_scene_release(&scene);
    remove("d/a.wav");
    remove("d/s.json");
}

static pinna_scene load(const char* text)
{
    static pinna_report report;
    pinna_scene scene;
    report.count = 0;
    write_text("s.json", text);
    cr_assert_eq(pinna_scene_load("s.json", &report, &scene), PINNA_OK, "%s", pinna_report_error(&report));
    return scene;
}

Test(scene, reads_the_listener_and_what_a_source_may_say)
{
    enter_folder();
    write_text("a.wav", "");
    write_text("walk.csv", "t_s,x_m,y_m\n0,0,0\n2,4,0\n");
    pinna_scene scene = load(
        "{\"version\": 1, \"headphone_eq\": \"eq.txt\", \"listener\": {\"position\": \"walk.csv\", \"orientation\": "
        "{\"yaw_deg\": "
        "90, \"pitch_deg\": 0, \"roll_deg\": 0}},\n"
        " \"head\": {\"yaw_deg\": -90, \"pitch_deg\": 0, \"roll_deg\": 0}, \"sources\": [{\"file\": \"a.wav\", "
        "\"priority\": 200, "
        "\"extent_m\": 0.5, \"near_field\": true, \"category\": \"cue\", \"interpolation\": \"spline\",\n"
        "  \"keyframes\": [{\"t_s\": 0, \"x_m\": 1, \"y_m\": 0}, {\"t_s\": 1, \"x_m\": 1, \"y_m\": 2, \"z_m\": 1}, "
        "{\"t_s\": 2, "
        "\"x_m\": 1, \"y_m\": 2, \"z_m\": 1}]},\n {\"file\": \"a.wav\", \"position\": {\"x_m\": 4, \"y_m\": 1}}]}");
    const pinna_scene_source* source = scene.sources;
    cr_expect(source->priority == 200 && source->extent_m == 0.5 && source->near_field);
    cr_expect_eq(source->category, PINNA_CATEGORY_CUE);
    cr_expect_eq(scene.sources[1].priority, 128);
    cr_expect_str_eq(scene.headphone_eq, "eq.txt");
    double value[PINNA_PATH_FIELD_COUNT];
    pinna_path_at(source->path, 1.5, value);
    cr_expect(value[0] == 1 && value[1] == 2 && value[2] == 1, "stands still between two rows that are alike");
    pinna_path_at(source->path, 0.5, value);
    cr_expect_float_eq(value[1], 1.375, 1e-12, "beyond halfway: it slows down (%g)", value[1]);
    pinna_listener_params listener = pinna_scene_listener_at(&scene, 1);
    cr_expect_float_eq(listener.position.x, 2, 1e-6);
    pinna_vec3 nose = pinna_quat_rotate(pinna_quat_multiply(listener.orientation, listener.head_orientation),
                                        (pinna_vec3){1, 0, 0}), at;
    cr_expect_float_eq(nose.x, 1, 1e-6, "the head is turned back to the front");
    cr_assert(pinna_scene_place_at(&scene, 1, 48000, 48000, &at));
    cr_expect(fabsf(at.x - 1) < 1e-5f && fabsf(at.y + 2) < 1e-5f, "from a body turned left: %g %g", (double)at.x,
              (double)at.y);
    pinna_scene_release(&scene);
}

static const char* set_of(const pinna_scene* scene, const char* name)
{
    const char* value = NULL;
    for (size_t i = 0; i < scene->set_count; i++)
        if (!strcmp(scene->sets[i].name, name)) value = scene->sets[i].value;
    return value ? value : "(not set)";
}

Test(scene, a_room_is_values_of_the_preset)
{
    enter_folder();
    pinna_scene scene =
        load("{\"version\": 1, \"set\": {\"room.level_db\": -3}, \"room\": {\"name\": \"hall\", \"size_m\": [9, 6, 3], "
             "\"rt60_s\": 0.7, \"listener_m\": [3, 2, 1], \"level_db\": -9, \"reflection_order\": 2},\n"
             " \"sources\": [{\"file\": \"builtin:rotor\", \"position\": {\"x_m\": 1, \"y_m\": 0}}]}");
    cr_expect_str_eq(set_of(&scene, "room"), "hall");
    cr_expect_str_eq(set_of(&scene, "room.size_left_m"), "6");
    cr_expect_str_eq(set_of(&scene, "room.rt60_8k_s"), "0.7");
    cr_expect_str_eq(set_of(&scene, "room.reflection_order"), "2");
    cr_expect_str_eq(set_of(&scene, "room.level_db"), "-3", "a set goes before");
    pinna_scene_release(&scene);
    scene = load(
        "{\"version\": 1, \"room\": \"cinema\", \"sources\": [{\"file\": \"builtin:rotor\", \"position\": {\"x_m\": 1, "
        "\"y_m\": 0}}]}");
    cr_expect_str_eq(set_of(&scene, "room"), "cinema");
    pinna_scene_release(&scene);
}

Test(scene, reads_beds)
{
    enter_folder();
    write_noise("six.wav", 48000, 6, 100);
    write_noise("two.wav", 48000, 2, 100);
    pinna_scene scene =
        load("{\"version\": 1, \"duration_s\": 5, \"beds\": [{\"file\": \"six.wav\", \"layout\": \"5.1\", \"gain_db\": "
             "-3, \"lfe_db\": 10, \"start_s\": 1, \"end_s\": 3, \"fade_s\": 0.2, \"loop\": true},\n"
             " {\"file\": \"two.wav\", \"layout\": \"direct\", \"category\": \"music\"}]}");
    cr_assert_eq(scene.source_count, 8);
    const pinna_scene_source *left = scene.sources, *low = scene.sources + 3, *direct = scene.sources + 6;
    cr_expect(left->gain_db == -3 && left->start_s == 1 && left->end_s == 3 && left->fade_s == 0.2 && left->loop);
    cr_expect(left->bed && left->category == PINNA_CATEGORY_BED && left->route == PINNA_ROUTE_PLACED);
    cr_expect(low->route == PINNA_ROUTE_EARS && low->gain_db == 7 && !low->path);
    cr_expect(direct->route == PINNA_ROUTE_EARS && direct->category == PINNA_CATEGORY_MUSIC && isinf(direct->end_s));
    pinna_scene_release(&scene);
    check_refused("{\"version\": 1, \"beds\": [\n {\"file\": \"six.wav\", \"layout\": \"7.1\"}]}",
                  "s.json:2:2: six.wav: has 6 channel(s); 7.1 needs 8");
    check_refused("{\"version\": 1, \"beds\": [\n {\"layout\": \"7.1\"}]}", "s.json:2:2: a \"file\" is missing");
    check_refused("{\"version\": 1, \"beds\": [\n {\"file\": \"six.wav\", \"channel_order\": \"mpeg\"}]}",
                  "s.json:2:22: \"channel_order\" is one of auto, itu and wav");
    check_refused("{\"version\": 1, \"beds\": []}", "s.json:1:24: \"beds\" must be a list of 1 to 64 beds, not 0");
}

Test(scene, errors_name_line_and_column)
{
    enter_folder();
    write_text("a.wav", "");
    check_refused("{\"version\": 1,\n \"sources\": [}", "s.json:2:14:");
    check_refused("[]", "s.json:1:1: a scene is an object");
    check_refused("{\"sources\": []}", "s.json:1:1: the scene must say \"version\": 1");
    check_refused("{\n  \"version\": 2}", "s.json:2:3: version 2 is not known");
    check_refused("{\"version\": 1}", "s.json:1:1: the scene has no \"sources\"");
    check_refused("{\"version\": 1, \"sources\": []}", "s.json:1:27: \"sources\" must be a list");
    check_refused("{\"version\": 1,\n\n \"sauces\": []}",
                  "s.json:3:2: unknown key \"sauces\"; did you mean \"sources\"?");
    check_refused("{\"version\": 1, \"gain_db\": \"loud\"}", "s.json:1:27: \"gain_db\" must be a number");
    check_refused("{\"version\": 1, \"gain_db\": 1e9}", "s.json:1:27: \"gain_db\" must lie between");
    check_refused("{\"version\": 1, \"version\": 1}", "s.json:1:");
    check_refused("{\"version\": 1, \"title\": \"\xc3\xa9\xc3\xa9\", \"sample_rate_hz\": 0.5}", "s.json:1:49: ");
    check_refused("{\"version\": 1, \"sources\": [{}]}", "s.json:1:28: a \"file\" is missing");
    check_refused("{\"version\": 1, \"sources\": [\n {\"file\": \"none.wav\"}]}", "s.json:2:3: none.wav: No such file");
    check_refused("{\"version\": 1, \"sources\": [\n {\"file\": \"a.wav\"}]}", "s.json:2:2: a source needs one of");
    check_refused("{\"version\": 1, \"sources\": [\n {\"file\": \"a.wav\", \"loop\": true,\n"
                  "  \"position\": {\"azimuth_deg\": 0, \"elevation_deg\": 0}}]}",
                  "s.json:2:2: a source that loops needs an \"end_s\"");
    check_refused("{\"version\": 1, \"sources\": [{\"file\": \"a.wav\", \"keyframes\": [\n"
                  "  {\"t_s\": 1, \"azimuth_deg\": 0, \"elevation_deg\": 0},\n"
                  "  {\"t_s\": 0, \"azimuth_deg\": 0, \"elevation_deg\": 0}]}]}",
                  "s.json:3:3: \"t_s\" is 0, earlier");
    check_refused("{\"version\": 1, \"sources\": [{\"file\": \"a.wav\", \"position\": {\"azimuth_deg\": 0}}]}",
                  "s.json:1:58: \"elevation_deg\" is missing");
    check_refused(
        "{\"version\": 1, \"sources\": [{\"file\": \"a.wav\", \"position\": {\"x_m\": 0, \"azimuth_deg\": 0}}]}",
        "s.json:1:69: unknown key \"azimuth_deg\"");
    check_refused("{\"version\": 1, \"sources\": [{\"file\": \"a.wav\", \"path\": 5}]}",
                  "s.json:1:46: \"path\" names a CSV file");
    check_refused("{\"version\": 1, \"sources\": [{\"file\": \"a.wav\", \"interpolation\": \"cubic\",\n"
                  " \"position\": {\"azimuth_deg\": 0, \"elevation_deg\": 0}}]}",
                  "s.json:1:46: \"interpolation\" is one of linear and spline");
    check_refused("{\"version\": 1, \"sources\": [{\"file\": \"a.wav\", \"priority\": 256}]}",
                  "s.json:1:58: \"priority\" must lie between 0 and 255, not 256");
    check_refused("{\"version\": 1, \"room\": \"cave\"}", "s.json:1:16: ");
    check_refused("{\"version\": 1, \"room\": {\"size_m\": [1, 2]}}", "s.json:1:25: \"size_m\" is a list of 3 numbers");
    check_refused("{\"version\": 1, \"room\": {\"rt60_s\": [1, 2]}}",
                  "\"rt60_s\" is a list of 7 numbers, or one number");
    check_refused("{\"version\": 1, \"room\": {\"yaw\": 1}}",
                  "s.json:1:25: unknown key \"yaw\"; did you mean \"yaw_deg\"?");
    check_refused("{\"version\": 1, \"set\": {\"room.level_db\": [1]}}",
                  "s.json:1:24: \"room.level_db\" needs a number");
    check_refused("{\"version\": 1, \"listener\": {\"position\": {\"x_m\": 0}}}", "s.json:1:41: \"y_m\" is missing");
    check_refused("{\"version\": 1, \"listener\": [1]}", "s.json:1:28: an object {...} is needed here");
    write_text("p.csv", "t_s,azimuth_deg,elevation_deg\n0,0,361\n");
    check_refused("{\"version\": 1, \"sources\": [{\"file\": \"a.wav\", \"path\": \"p.csv\"}]}",
                  "p.csv line 2: elevation_deg");
}

Test(scene, the_place_of_a_value_survives_tricky_text)
{
    const char* text = "{ \"a\" : [ \"]}\\\"\", {\"b\":[1,2]} ,\n  {\"a\": {\"c\" :\t null}}]}";
    const pinna_json_step steps[] = {{"a", 0}, {NULL, 2}, {"a", 0}, {"c", 0}};
    pinna_json_place place = pinna_json_find(text, steps, 4, false);
    cr_expect(place.line == 2 && place.column == 17, "%u:%u", place.line, place.column);
    place = pinna_json_find(text, steps, 4, true);
    cr_expect(place.line == 2 && place.column == 10, "%u:%u", place.line, place.column);
    const pinna_json_step astray[] = {{"a", 0}, {NULL, 9}};
    place = pinna_json_find(text, astray, 2, false);
    cr_expect(place.line == 1 && place.column == 9, "%u:%u", place.line, place.column);
}
