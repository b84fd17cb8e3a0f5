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
    check_refused("{\"version\": 1, \"sources\": [{}]}", "s.json:1:28: a source needs a \"file\"");
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
