/* SPDX-License-Identifier: MIT */
/* Scenes nobody would write on purpose, or somebody did. */
#include "scene.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { LARGE = 8 << 20 };

static double cpu_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Refused within two seconds, with one sentence that names the place. */
static void check_refused(const char* what, const char* text, const char* expected)
{
    static pinna_report report;
    pinna_scene scene;
    report.count = 0;
    double begun_s = cpu_s();
    cr_expect_neq(pinna_scene_parse("s.json", text, &report, &scene), PINNA_OK, "%s", what);
    double took_s = cpu_s() - begun_s;
    const char* error = pinna_report_error(&report);
    cr_expect(error && strstr(error, expected), "%s: '%s' does not say '%s'", what, error ? error : "(nothing)",
              expected);
    cr_expect_lt(took_s, 2, "%s: %g s", what, took_s);
    cr_expect(scene.source_count == 0 && !scene.sources);
}

/* before, then piece again and again, then after. */
static char* repeated(const char* before, const char* piece, size_t count, const char* after)
{
    size_t length = strlen(piece);
    char *text = malloc(strlen(before) + count * length + strlen(after) + 1), *at = text;
    cr_assert(text);
    at = stpcpy(at, before);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, piece);
    strcpy(at, after);
    return text;
}

static void check_repeated(const char* what, const char* before, const char* piece, size_t count, const char* after,
                           const char* expected)
{
    char* text = repeated(before, piece, count, after);
    check_refused(what, text, expected);
    free(text);
}

#define SCENE "{\"version\": 1, "
#define HERE "\"position\": {\"azimuth_deg\": 0, \"elevation_deg\": 0}"

Test(scene_hostile, too_much_of_anything)
{
    check_repeated("deep arrays", "", "[", LARGE, "", "s.json:1:17: brackets are nested deeper than 16 levels");
    check_repeated("deep objects", "", "{\"a\":", LARGE / 5, "",
                   "s.json:1:81: brackets are nested deeper than 16 levels");
    check_repeated("empty arrays", "[", "[],", LARGE / 3, "[]]", "more than 2000000 values");
    check_repeated("empty objects", "[", "{},", LARGE / 3, "{}]", "more than 2000000 values");
    check_repeated("commas", "[1", ",1", LARGE / 2, "]", "more than 2000000 values");
    check_repeated("sources", SCENE "\"sources\": [{}", ",{}", 100000, "]}",
                   "s.json:1:27: \"sources\" must be a list of 1 to 4096 sources, not 100001");
    check_repeated("beds", SCENE "\"beds\": [{}", ",{}", 100000, "]}", "\"beds\" must be a list of 1 to 64 beds");
    check_repeated("keyframes", SCENE "\"sources\": [{\"file\": \"builtin:rotor\", \"keyframes\": [{\"t_s\": 0}",
                   ",{\"t_s\": 0}", 300000, "]}]}", "1 to 200000 keyframes");
    check_repeated("values of the preset", SCENE "\"set\": {\"room.level_db\": 1", ",\"x\": 1", 100000, "}}",
                   "duplicate");
    check_repeated("a long key", SCENE "\"", "k", LARGE, "\": 1}", "s.json:1:16: unknown key \"kkk");
    check_repeated("a long version", "{\"version\": ", "9", 400, "}", "s.json:1:");
    check_repeated("a long number", SCENE "\"gain_db\": ", "1", 100000, "}", "s.json:1:");
    check_repeated("a long file", SCENE "\"sources\": [{\"file\": \"", "f", LARGE, "\", " HERE "}]}",
                   "s.json:1:29: ffff");
    check_repeated("a long category", SCENE "\"sources\": [{\"file\": \"builtin:rotor\", \"category\": \"", "f", LARGE,
                   "\"}]}", "\"category\" is one of effect");
    check_repeated("a long value", SCENE "\"set\": {\"room\": \"", "f", LARGE, "\"}}", "s.json:1:24: ");
    check_repeated("a long room", SCENE "\"room\": \"", "f", LARGE, "\"}", "s.json:1:16: ");
    check_repeated("a file that is one string", "\"", "x", LARGE, "", "s.json:1:");
    check_repeated("quotes", "", "\\\"", LARGE / 2, "", "s.json:1:");
}

Test(scene_hostile, numbers_that_are_none)
{
    check_refused("NaN", SCENE "\"gain_db\": NaN}", "s.json:1:");
    check_refused("infinity", SCENE "\"gain_db\": Infinity}", "s.json:1:");
    check_refused("overflow", SCENE "\"gain_db\": 1e999}", "s.json:1:");
    check_refused("beyond 64 bits", SCENE "\"gain_db\": 99999999999999999999}", "s.json:1:");
    check_refused("the largest", SCENE "\"gain_db\": 1.7e308}", "s.json:1:27: \"gain_db\" must lie between");
    check_refused("as text", SCENE "\"gain_db\": \"3\"}", "s.json:1:27: \"gain_db\" must be a number");
    check_refused("null", SCENE "\"gain_db\": null}", "s.json:1:27: \"gain_db\" must be a number");
    check_refused("a fraction of Hz", SCENE "\"sample_rate_hz\": 44100.5}", "must be a whole number");
    check_refused("a version", "{\"version\": 1.5}", "version 1.5 is not known");
    check_refused("a negative version", "{\"version\": -1}", "s.json:1:13: \"version\" must lie between");
    check_refused("a room of no size", SCENE "\"room\": {\"size_m\": [0, 1e300, -5]}}", "s.json:1:25: ");
    check_refused("octaves of words", SCENE "\"room\": {\"rt60_s\": [1, 1, 1, \"a\", 1, 1, 1]}}",
                  "\"rt60_s\" must hold numbers");
}

Test(scene_hostile, names_that_are_none)
{
    check_refused("a zero byte", SCENE "\"title\": \"a\\u0000b\"}", "s.json:1:");
    check_refused("half a character", SCENE "\"title\": \"\\ud800\"}", "s.json:1:");
    check_refused("no UTF-8", SCENE "\"title\": \"\xff\xfe\"}", "s.json:1:");
    check_refused("twice", SCENE "\"gain_db\": 1, \"gain_db\": 2}", "duplicate object key");
    check_refused("a key in disguise", SCENE "\"\\u0067ain\": 1}", "unknown key \"gain\"");
    check_refused("a folder", SCENE "\"beds\": [{\"file\": \"/\"}]}", "s.json:1:25: ");
    check_refused("no name", SCENE "\"beds\": [{\"file\": \"\"}]}", "\"file\" is empty");
    check_refused("a number", SCENE "\"title\": 7}", "\"title\" must be a text in quotes");
    check_refused("nothing", "", "s.json:1:");
    check_refused("a comment", SCENE "/* no */ \"gain_db\": 1}", "s.json:1:");
    check_refused("more behind", SCENE "\"sources\": []} {}", "s.json:1:");
}

static const char whole[] =
    "{\"version\": 1, \"title\": \"t\", \"room\": {\"name\": \"hall\", \"size_m\": [9, 6, 3], \"rt60_s\": 0.7}, "
    "\"set\": "
    "{\"room.level_db\": -3}, \"listener\": {\"position\": [{\"t_s\": 0, \"x_m\": 0, \"y_m\": 0}], \"interpolation\": "
    "\"spline\"},\n"
    " \"sources\": [{\"name\": \"n\", \"file\": \"builtin:rotor\", \"end_s\": 3, \"interpolation\": \"spline\", "
    "\"keyframes\": [{\"t_s\": 0, "
    "\"azimuth_deg\": 0, \"elevation_deg\": 0}, {\"t_s\": 1, \"azimuth_deg\": 5, \"elevation_deg\": 0}]}]}";

Test(scene_hostile, cut_anywhere)
{
    char text[sizeof whole];
    static pinna_report report;
    pinna_scene scene;
    cr_assert_eq(pinna_scene_parse("s.json", whole, &report, &scene), PINNA_OK, "%s", pinna_report_error(&report));
    pinna_scene_release(&scene);
    for (size_t length = 0; length + 1 < sizeof whole; length++) {
        memcpy(text, whole, length);
        text[length] = '\0';
        check_refused("cut", text, "s.json:");
    }
}

/* What is allowed at most takes 250 MB; a sanitizer's own memory comes on top. */
Test(scene_hostile, memory_is_bounded)
{
    char* text = repeated("[", "{},", 1999990 / 2, "{}]");
    struct rusage usage;
    check_refused("objects", text, "s.json:1:1: a scene is an object");
    free(text);
    getrusage(RUSAGE_SELF, &usage);
    cr_expect_lt(usage.ru_maxrss, 900 << 10, "%ld kB", usage.ru_maxrss);
}
