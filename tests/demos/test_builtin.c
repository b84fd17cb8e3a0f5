/* SPDX-License-Identifier: MIT */
#include "scene.h"
#include "scenes_builtin.h"
#include "sounds.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

Test(builtin, scenes_are_read_and_name_sounds_that_exist)
{
    static pinna_report report;
    for (size_t i = 0; pinna_scenes_builtin_names[i]; i++) {
        pinna_scene scene;
        const char* name = pinna_scenes_builtin_names[i];
        cr_assert_eq(pinna_scene_load(name, &report, &scene), PINNA_OK, "%s: %s", name, pinna_report_error(&report));
        cr_expect(scene.source_count >= 4 && isfinite(scene.duration_s) && scene.title);
        pinna_scene_release(&scene);
    }
    cr_expect_null(pinna_scenes_builtin_text("zeppelin"));
}

/* A loop's step from its last sample to its first is no larger than steps within it. */
static void check_sound(const char* name)
{
    float *sound, *again;
    size_t count, count_again;
    cr_assert_eq(pinna_sounds_make(name, &sound, &count), PINNA_OK);
    cr_assert_eq(pinna_sounds_make(name, &again, &count_again), PINNA_OK);
    cr_expect(count == count_again && !memcmp(sound, again, count * sizeof *sound), "%s is not the same twice", name);
    float peak = 0, largest_step = 0;
    for (size_t i = 1; i < count; i++) {
        peak = fmaxf(peak, fabsf(sound[i]));
        largest_step = fmaxf(largest_step, fabsf(sound[i] - sound[i - 1]));
    }
    cr_expect(peak > 0.5f && peak <= 1.0f, "%s: peak %g", name, (double)peak);
    cr_expect_leq(fabsf(sound[0] - sound[count - 1]), largest_step, "%s has a seam", name);
    free(sound);
    free(again);
}

Test(builtin, sounds_are_loud_finite_repeatable_and_without_seams)
{
    for (size_t i = 0; pinna_sounds_names[i]; i++)
        check_sound(pinna_sounds_names[i]);
    float* none;
    size_t count;
    cr_expect_eq(pinna_sounds_make("moo", &none, &count), PINNA_ERROR_ARGUMENT);
}

Test(builtin, mistyped_names_are_met_with_a_suggestion)
{
    enter_folder();
    outcome o = run_tool("render --scene helicoptre -o o.wav");
    cr_expect(o.exit_code == 1 && strstr(o.err, "helicopter"), "%s", o.err);
    write_text("s.json", "{\"version\":1,\"sources\":[{\"file\":\"builtin:rotr\",\"position\":{\"azimuth_deg\":0,"
                         "\"elevation_deg\":0}}]}");
    o = run_tool("render --scene s.json -o o.wav");
    cr_expect(o.exit_code == 1 && strstr(o.err, "s.json:1") && strstr(o.err, "'rotor'"), "%s", o.err);
    cr_expect_eq(count_files("o.wav"), 0);
}
