/* SPDX-License-Identifier: MIT */
/* Presets as plain values, by name. */
#include "support.h"

#include <pinna/preset.h>

static pinna_preset preset_of(const char* name)
{
    pinna_preset p;
    cr_assert_eq(pinna_preset_find(name, &p), PINNA_OK);
    return p;
}

Test(preset_values, all_presets_are_valid_and_differ)
{
    uint32_t count = 0;
    for (; pinna_preset_name(count); count++) {
        pinna_preset p = preset_of(pinna_preset_name(count));
        pinna_report report = {0};
        cr_expect_eq(pinna_preset_check(&p, &report), PINNA_OK, "%s: %s", pinna_preset_name(count),
                     pinna_report_error(&report));
    }
    cr_expect_eq(count, 3);
    pinna_preset none;
    cr_expect_eq(pinna_preset_find("loud", &none), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_preset_find(NULL, &none), PINNA_ERROR_ARGUMENT);
    cr_expect(preset_of("cinematic").room.on);
    cr_expect_not(preset_of("positional").room.on);
    cr_expect_float_eq(preset_of("positional").hrtf.cue_expansion, 1.5f, 0.0f);
}

/* Flat is off: nothing of it differs from what a renderer has that was told nothing. */
Test(preset_values, flat_turns_everything_off)
{
    pinna_preset flat = preset_of("flat");
    pinna_mix_params mix = pinna_mix_params_default();
    pinna_hrtf_options hrtf = pinna_hrtf_options_default();
    cr_expect_arr_eq(&flat.mix, &mix, sizeof mix);
    cr_expect_arr_eq(&flat.hrtf, &hrtf, sizeof hrtf);
    cr_expect_not(flat.room.on);
    cr_expect_not(flat.head_prediction);
}

/* Every value can be read, is in its range, can be written back, and is refused beyond its range. */
Test(preset_values, every_value_by_its_name)
{
    uint32_t count = 0;
    pinna_preset_value v;
    for (; !pinna_preset_describe(count, &v); count++) {
        for (uint32_t i = 0; pinna_preset_name(i); i++) {
            pinna_preset p = preset_of(pinna_preset_name(i)), before = p;
            char text[32], again[32];
            cr_assert_eq(pinna_preset_get(&p, v.name, text, sizeof text), PINNA_OK, "%s", v.name);
            cr_assert_eq(pinna_preset_set(&p, v.name, text, NULL), PINNA_OK, "%s=%s", v.name, text);
            cr_assert_eq(pinna_preset_get(&p, v.name, again, sizeof again), PINNA_OK);
            cr_expect_str_eq(again, text, "%s", v.name);
            cr_expect_neq(pinna_preset_set(&p, v.name, "", NULL), PINNA_OK, "%s", v.name);
            cr_expect_neq(pinna_preset_set(&p, v.name, "nan", NULL), PINNA_OK, "%s", v.name);
            if (!v.is_switch && !v.choices) {
                snprintf(text, sizeof text, "%.9g", v.maximum * 1.01 + 1.0);
                cr_expect_eq(pinna_preset_set(&p, v.name, text, NULL), PINNA_ERROR_ARGUMENT, "%s=%s", v.name, text);
                snprintf(text, sizeof text, "%.9g", v.maximum);
                cr_expect_eq(pinna_preset_set(&p, v.name, text, NULL), PINNA_OK, "%s=%s", v.name, text);
                snprintf(text, sizeof text, "%.9g", v.minimum);
                cr_expect_eq(pinna_preset_set(&p, v.name, text, NULL), PINNA_OK, "%s=%s", v.name, text);
            }
            (void)before;
        }
    }
    cr_expect_gt(count, 100u);
}

Test(preset_values, rooms_by_name)
{
    pinna_preset p = preset_of("cinematic");
    float level_db = p.room.level_db;
    cr_expect_eq(pinna_preset_set(&p, "room", "hall", NULL), PINNA_OK);
    cr_expect_float_eq(p.room.size_m[0], 40.0f, 0.0f);
    cr_expect_float_eq(p.room.level_db, level_db, 0.0f);
    cr_expect_eq(pinna_preset_set(&p, "room", "off", NULL), PINNA_OK);
    cr_expect_not(p.room.on);
    pinna_report report = {0};
    cr_expect_eq(pinna_preset_set(&p, "room", "cellar", &report), PINNA_ERROR_ARGUMENT);
    cr_expect_str_eq(pinna_report_error(&report), "room is off, living room, cinema, hall or studio, not cellar");
}

Test(preset_values, mistakes_have_sentences)
{
    static const struct {
        const char *name, *text, *says;
    } cases[] = {
        {"cue.presence_db", "13", "cue.presence_db is -12 to 12, not 13"},
        {"cue.presence_db", "loud", "cue.presence_db is -12 to 12, not loud"},
        {"cue.ducks", "yes", "cue.ducks is on or off, not yes"},
        {"cue.priority", "1.5", "cue.priority is 0 to 255, whole, not 1.5"},
        {"mix.anchor", "wall", "mix.anchor is screen or head, not wall"},
        {"hrtf.cue_expansion", "0.5", "hrtf.cue_expansion is 0 or 1 to 3, not 0.5"},
        {"cue.presense_db", "3", "a preset has no value 'cue.presense_db'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_preset p = preset_of("flat"), before = p;
        pinna_report report = {0};
        cr_expect_eq(pinna_preset_set(&p, cases[i].name, cases[i].text, &report), PINNA_ERROR_ARGUMENT);
        cr_expect_str_eq(pinna_report_error(&report), cases[i].says);
        cr_expect_arr_eq(&p, &before, sizeof p);
    }
    char text[32];
    pinna_preset p = preset_of("flat");
    cr_expect_eq(pinna_preset_get(&p, "nothing", text, sizeof text), PINNA_ERROR_ARGUMENT);
}
