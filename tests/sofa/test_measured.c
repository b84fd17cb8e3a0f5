/* SPDX-License-Identifier: MIT */
#include "sofa_test.h"

#include <math.h>

/*
 * Synthetic sets, given to the same door every reader uses: a sphere-like head whose ears lead and are louder on their
 * side, so that whoever judges sides has something to judge.
 */

enum { COUNT = 72, TAPS = 64, RATE = 48000 };

typedef struct lab {
    float responses[COUNT][PINNA_EAR_COUNT][TAPS];
    float positions[COUNT][3];
    float delays[COUNT][PINNA_EAR_COUNT];
    float view[3], up[3], listener[3], rate;
    pinna_sofa_fields fields;
    pinna_report report;
    pinna_sofa_set set;
} lab;

/* Three rings of 24: azimuth 0 to 345, elevation -40, 0, 40. */
static void place_sources(lab* l)
{
    for (int m = 0; m < COUNT; m++) {
        l->positions[m][0] = (float)(m % 24) * 15;
        l->positions[m][1] = (float)(m / 24 - 1) * 40;
        l->positions[m][2] = 1.5f;
    }
}

static void hear_sources(lab* l)
{
    for (int m = 0; m < COUNT; m++) {
        pinna_vec3 direction = pinna_direction_from_spherical(l->positions[m][0], l->positions[m][1]);
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            float towards = ear == PINNA_LEFT ? direction.y : -direction.y;
            int onset = 20 - (int)lrintf(10 * towards);
            l->responses[m][ear][onset] = 0.5f + 0.4f * towards;
            l->responses[m][ear][onset + 3] = -0.2f;
        }
    }
}

static lab* new_lab(void)
{
    lab* l = calloc(1, sizeof *l);
    place_sources(l);
    hear_sources(l);
    l->rate = RATE;
    pinna_sofa_fields* f = &l->fields;
    strcpy(f->info.convention, "SimpleFreeFieldHRIR");
    strcpy(f->info.data_type, "FIR");
    f->measurement_count = COUNT;
    f->receiver_count = PINNA_EAR_COUNT;
    f->emitter_count = 1;
    f->tap_count = TAPS;
    f->impulse_responses =
        (pinna_sofa_array){.values = &l->responses[0][0][0], .count = COUNT * PINNA_EAR_COUNT * TAPS};
    f->source_position = (pinna_sofa_array){
        .values = &l->positions[0][0], .count = COUNT * 3, .type = "spherical", .units = "degree, degree, metre"};
    f->sampling_rate = (pinna_sofa_array){.values = &l->rate, .count = 1};
    f->delays = (pinna_sofa_array){.values = &l->delays[0][0], .count = 2};
    return l;
}

static pinna_status measure(lab* l)
{
    pinna_sofa_context context = {.name = "lab.sofa", .report = &l->report};
    pinna_sofa_set_free(&l->set);
    memset(&l->report, 0, sizeof l->report);
    pinna_status status = pinna_sofa_measure(&context, &l->fields, &l->set);
    if (status) {
        cr_assert_not_null(pinna_report_error(&l->report));
        cr_assert_null(l->set.hrirs);
    }
    return status;
}

static void expect(lab* l, const char* entry_name)
{
    pinna_status status = measure(l);
    if (status || !has_entry(&l->report, entry_name)) print_entries(&l->report);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&l->report, entry_name), "%s", entry_name);
}

static void expect_refused(lab* l, pinna_status expected, const char* entry_name)
{
    pinna_status status = measure(l);
    if (status != expected || !has_entry(&l->report, entry_name)) print_entries(&l->report);
    cr_assert_eq(status, expected, "status %d", (int)status);
    cr_assert(has_entry(&l->report, entry_name), "%s", entry_name);
}

static void free_lab(lab* l)
{
    pinna_sofa_set_free(&l->set);
    free(l);
}

static void expect_positions(const lab* l)
{
    lab* clean = new_lab();
    cr_assert_eq(measure(clean), PINNA_OK);
    cr_assert_eq(l->set.measurement_count, COUNT);
    for (int m = 0; m < COUNT; m++) {
        pinna_vec3 apart = pinna_vec3_sub(l->set.positions_m[m], clean->set.positions_m[m]);
        cr_assert_leq(pinna_vec3_length(apart), 1e-4f, "measurement %d", m);
    }
    free_lab(clean);
}

static const float radians = 0.0174532925f;

static void store_radians(lab* l)
{
    for (int m = 0; m < COUNT; m++) l->positions[m][0] *= radians, l->positions[m][1] *= radians;
}

static void store_cartesian(lab* l)
{
    for (int m = 0; m < COUNT; m++) {
        pinna_vec3 v = pinna_direction_from_spherical(l->positions[m][0], l->positions[m][1]);
        float r = l->positions[m][2];
        l->positions[m][0] = r * v.x, l->positions[m][1] = r * v.y, l->positions[m][2] = r * v.z;
    }
}

Test(measured, a_clean_set_has_nothing_to_report_but_its_coverage)
{
    lab* l = new_lab();
    cr_assert_eq(measure(l), PINNA_OK);
    for (uint32_t i = 0; i < l->report.count; i++) cr_assert_str_eq(l->report.entries[i].name, "partial-sphere");
    cr_assert_eq(memcmp(l->set.hrirs, l->responses, sizeof l->responses), 0);
    cr_assert_not(l->set.has_delays);
    free_lab(l);
}

Test(measured, units_are_read_as_labelled)
{
    lab* l = new_lab();
    store_radians(l);
    strcpy(l->fields.source_position.units, "radian, radian, metre");
    expect(l, "radian-positions");
    expect_positions(l);
    place_sources(l);
    store_cartesian(l);
    strcpy(l->fields.source_position.type, "cartesian");
    strcpy(l->fields.source_position.units, "metre");
    expect(l, "cartesian-positions");
    expect_positions(l);
    free_lab(l);
}

Test(measured, wrong_labels_are_seen_through)
{
    lab* l = new_lab();
    store_radians(l);
    expect(l, "mislabelled-units");
    expect_positions(l);
    place_sources(l);
    strcpy(l->fields.source_position.units, "radian, radian, metre");
    expect(l, "mislabelled-units");
    expect_positions(l);
    strcpy(l->fields.source_position.type, "cartesian");
    strcpy(l->fields.source_position.units, "metre");
    expect(l, "mislabelled-units");
    expect_positions(l);
    store_cartesian(l);
    strcpy(l->fields.source_position.type, "spherical");
    strcpy(l->fields.source_position.units, "degree, degree, metre");
    expect(l, "mislabelled-units");
    expect_positions(l);
    free_lab(l);
}

Test(measured, lengths_in_centimetres_and_millimetres)
{
    lab* l = new_lab();
    for (int m = 0; m < COUNT; m++) l->positions[m][2] = 150;
    expect(l, "length-unit");
    expect_positions(l);
    for (int m = 0; m < COUNT; m++) l->positions[m][2] = 1500;
    expect(l, "length-unit");
    expect_positions(l);
    for (int m = 0; m < COUNT; m++) l->positions[m][2] = 0;
    expect(l, "zero-radius");
    cr_assert_float_eq(pinna_vec3_length(l->set.positions_m[5]), 1, 1e-5f);
    free_lab(l);
}

Test(measured, elevations_beyond_the_poles)
{
    lab* l = new_lab();
    for (int m = 0; m < COUNT; m++) l->positions[m][1] = 90 - l->positions[m][1];
    expect(l, "colatitude");
    expect_positions(l);
    place_sources(l);
    for (int m = 0; m < 24; m++) l->positions[m][1] += 360; /* -40 as 320 */
    expect(l, "wrapped-elevations");
    expect_positions(l);
    free_lab(l);
}

Test(measured, any_azimuth_means_a_direction)
{
    lab* l = new_lab();
    for (int m = 0; m < COUNT; m++) l->positions[m][0] += m % 2 ? 720.0f : -360.0f;
    cr_assert_eq(measure(l), PINNA_OK);
    expect_positions(l);
    free_lab(l);
}

/* The whole laboratory turned and moved, sources and listener alike: the head hears the same. */
Test(measured, a_listener_who_looks_elsewhere_is_followed)
{
    lab* l = new_lab();
    l->fields.listener_view = (pinna_sofa_array){.values = l->view, .count = 3, .type = "cartesian", .units = "metre"};
    l->fields.listener_up = (pinna_sofa_array){.values = l->up, .count = 3, .type = "", .units = ""};
    l->fields.listener_position =
        (pinna_sofa_array){.values = l->listener, .count = 3, .type = "cartesian", .units = "metre"};
    store_cartesian(l);
    strcpy(l->fields.source_position.type, "cartesian");
    strcpy(l->fields.source_position.units, "metre");
    for (int m = 0; m < COUNT; m++) { /* +x becomes +y, moved by (1, 2, 3) */
        float x = l->positions[m][0], y = l->positions[m][1];
        l->positions[m][0] = 1 - y, l->positions[m][1] = 2 + x, l->positions[m][2] += 3;
    }
    l->view[1] = 1, l->up[2] = 1;
    l->listener[0] = 1, l->listener[1] = 2, l->listener[2] = 3;
    expect(l, "listener-turned");
    cr_assert(has_entry(&l->report, "listener-moved"));
    expect_positions(l);
    free_lab(l);
}

Test(measured, a_view_that_the_ears_deny_is_ignored)
{
    lab* l = new_lab();
    l->fields.listener_view = (pinna_sofa_array){.values = l->view, .count = 3, .type = "cartesian", .units = "metre"};
    l->view[1] = 1; /* But the positions are the head's own. */
    expect(l, "listener-view-ignored");
    expect_positions(l);
    l->view[1] = 0; /* No view at all. */
    expect(l, "listener-view-ignored");
    expect_positions(l);
    free_lab(l);
}

Test(measured, delays_of_every_shape)
{
    lab* l = new_lab();
    l->delays[0][0] = 3, l->delays[0][1] = 5;
    expect(l, "separate-delays");
    cr_assert_eq(l->set.delays_frames[2 * 7 + PINNA_LEFT], 3);
    cr_assert_eq(l->set.delays_frames[2 * 7 + PINNA_RIGHT], 5);
    l->fields.delays.count = COUNT * 2;
    l->delays[7][PINNA_RIGHT] = 9;
    cr_assert_eq(measure(l), PINNA_OK);
    cr_assert_eq(l->set.delays_frames[2 * 7 + PINNA_LEFT], 0);
    cr_assert_eq(l->set.delays_frames[2 * 7 + PINNA_RIGHT], 9);
    l->delays[7][PINNA_RIGHT] = -4;
    expect(l, "negative-delays");
    cr_assert_eq(l->set.delays_frames[2 * 7 + PINNA_RIGHT], 0);
    cr_assert_eq(l->set.delays_frames[2 * 7 + PINNA_LEFT], 4);
    l->fields.delays.count = 5;
    expect_refused(l, PINNA_ERROR_DATA, "delay-shape");
    free_lab(l);
}

Test(measured, delays_in_seconds_and_damaged_ones)
{
    lab* l = new_lab();
    l->delays[0][0] = 0.0005f;
    expect(l, "delays-in-seconds");
    cr_assert_float_eq(l->set.delays_frames[0], 24, 1e-3f);
    l->delays[0][0] = NAN;
    expect_refused(l, PINNA_ERROR_DATA, "delays");
    l->delays[0][0] = 1e9f;
    expect_refused(l, PINNA_ERROR_DATA, "delays");
    free_lab(l);
}

Test(measured, what_cannot_be_used_is_left_out)
{
    lab* l = new_lab();
    l->responses[3][PINNA_LEFT][10] = NAN;
    l->responses[4][PINNA_RIGHT][0] = INFINITY;
    memset(l->responses[5], 0, sizeof l->responses[5]);
    memset(l->responses[6][PINNA_RIGHT], 0, sizeof l->responses[6][PINNA_RIGHT]);
    l->positions[7][0] = NAN;
    memcpy(l->positions[9], l->positions[8], sizeof l->positions[8]);
    expect(l, "non-finite-samples");
    cr_assert(has_entry(&l->report, "silent-measurements"));
    cr_assert(has_entry(&l->report, "silent-ear-measurements"));
    cr_assert(has_entry(&l->report, "non-finite-positions"));
    cr_assert(has_entry(&l->report, "duplicate-measurements"));
    cr_assert_eq(l->set.measurement_count, COUNT - 6);
    /* What followed moved up together: responses and positions still belong to each other. */
    cr_assert_eq(memcmp(l->set.hrirs + 3 * 2 * TAPS, l->responses[8], sizeof l->responses[8]), 0);
    cr_assert_eq(memcmp(l->set.hrirs + 4 * 2 * TAPS, l->responses[10], sizeof l->responses[10]), 0);
    cr_assert_float_eq(pinna_spherical_from_vec3(l->set.positions_m[4]).azimuth_deg, l->positions[10][0], 1e-3f);
    free_lab(l);
}

Test(measured, ears_that_are_silent_or_absurd)
{
    lab* l = new_lab();
    for (int m = 0; m < COUNT; m++)
        for (int i = 0; i < TAPS; i++) l->responses[m][PINNA_RIGHT][i] *= 4.7e7f;
    expect(l, "ear-level-repaired");
    lab* clean = new_lab();
    cr_assert_eq(measure(clean), PINNA_OK);
    for (size_t i = 0; i < COUNT * PINNA_EAR_COUNT * TAPS; i++)
        cr_assert_float_eq(l->set.hrirs[i], clean->set.hrirs[i], 1e-3f);
    free_lab(clean);
    for (int m = 0; m < COUNT; m++)
        for (int i = 0; i < TAPS; i++) l->responses[m][PINNA_RIGHT][i] = 4.7e7f * (float)((m * 37 + i) % 11);
    expect_refused(l, PINNA_ERROR_DATA, "ear-level");
    for (int m = 0; m < COUNT; m++) memset(l->responses[m][PINNA_RIGHT], 0, sizeof l->responses[m][PINNA_RIGHT]);
    expect_refused(l, PINNA_ERROR_DATA, "silent-ear");
    memset(l->responses, 0, sizeof l->responses);
    expect_refused(l, PINNA_ERROR_DATA, "nothing-usable");
    free_lab(l);
}

Test(measured, levels_out_of_balance_and_absurd_as_a_whole)
{
    lab* l = new_lab();
    for (int m = 0; m < COUNT; m++)
        for (int i = 0; i < TAPS; i++) l->responses[m][PINNA_RIGHT][i] *= 2;
    expect(l, "ear-balance");
    lab* loud = new_lab();
    for (int m = 0; m < COUNT; m++)
        for (int i = 0; i < 2 * TAPS; i++) loud->responses[m][i / TAPS][i % TAPS] *= 1e12f;
    expect(loud, "absurd-level");
    float peak = 0;
    for (size_t i = 0; i < COUNT * PINNA_EAR_COUNT * TAPS; i++) peak = fmaxf(peak, fabsf(loud->set.hrirs[i]));
    cr_assert_float_eq(peak, 1, 1e-4f);
    free_lab(loud);
    free_lab(l);
}

static void exchange_ears(lab* l)
{
    for (int m = 0; m < COUNT; m++) {
        float right[TAPS];
        memcpy(right, l->responses[m][PINNA_RIGHT], sizeof right);
        memcpy(l->responses[m][PINNA_RIGHT], l->responses[m][PINNA_LEFT], sizeof right);
        memcpy(l->responses[m][PINNA_LEFT], right, sizeof right);
    }
}

Test(measured, exchanged_sides_are_named_and_put_right)
{
    lab* l = new_lab();
    float receivers[PINNA_EAR_COUNT][3] = {{0, -0.09f, 0}, {0, 0.09f, 0}};
    l->fields.receiver_position = (pinna_sofa_array){.values = &receivers[0][0], .count = 6, .type = "cartesian"};
    cr_assert_eq(measure(l), PINNA_OK); /* Signs of receivers alone prove nothing. */
    cr_assert_eq(memcmp(l->set.hrirs, l->responses, sizeof l->responses), 0);
    exchange_ears(l);
    expect(l, "exchanged-receivers");
    l->fields.receiver_position.count = 0, l->fields.receiver_position.values = NULL;
    expect(l, "mirrored-sides");
    exchange_ears(l);
    cr_assert_eq(memcmp(l->set.hrirs, l->responses, sizeof l->responses), 0);
    exchange_ears(l);
    l->fields.delays.count = COUNT * 2; /* Now the delays lead on the right side, the levels not. */
    for (int m = 0; m < COUNT; m++) {
        float side = pinna_direction_from_spherical(l->positions[m][0], l->positions[m][1]).y;
        l->delays[m][PINNA_RIGHT] = 50 + 40 * side, l->delays[m][PINNA_LEFT] = 50;
    }
    expect(l, "contradicting-cues");
    free_lab(l);
}

Test(measured, noise_and_clipping_are_named)
{
    lab* l = new_lab();
    uint32_t state = 5;
    for (int m = 0; m < COUNT; m++)
        for (int i = 0; i < 2 * TAPS; i++) {
            state = state * 1664525u + 1013904223u;
            l->responses[m][i / TAPS][i % TAPS] = (float)(state >> 8) / 8388608.0f - 1;
        }
    expect(l, "no-side-cues");
    for (int i = 5; i < 9; i++) l->responses[3][PINNA_LEFT][i] = 1.0f;
    expect(l, "clipped-responses");
    free_lab(l);
}

Test(measured, counts_that_do_not_agree_are_refused)
{
    lab* l = new_lab();
    l->fields.impulse_responses.count--;
    expect_refused(l, PINNA_ERROR_DATA, "array-sizes");
    l->fields.impulse_responses.count++;
    l->fields.tap_count = 0;
    expect_refused(l, PINNA_ERROR_DATA, "no-samples");
    l->fields.tap_count = UINT32_MAX;
    expect_refused(l, PINNA_ERROR_DATA, "array-sizes");
    l->fields.measurement_count = UINT32_MAX;
    expect_refused(l, PINNA_ERROR_LIMIT, "measurement-limit");
    l->fields.tap_count = TAPS, l->fields.measurement_count = COUNT;
    l->fields.receiver_count = 1, l->fields.tap_count = 2 * TAPS;
    expect_refused(l, PINNA_ERROR_UNSUPPORTED, "one-ear");
    l->fields.receiver_count = 32, l->fields.tap_count = TAPS / 16;
    expect_refused(l, PINNA_ERROR_UNSUPPORTED, "receivers");
    l->fields.receiver_count = 2, l->fields.tap_count = TAPS;
    l->fields.source_position.count -= 3;
    expect_refused(l, PINNA_ERROR_DATA, "positions");
    l->fields.source_position.count += 3;
    l->fields.impulse_responses.values = NULL;
    expect_refused(l, PINNA_ERROR_DATA, "no-responses");
    strcpy(l->fields.info.data_type, "TF");
    expect_refused(l, PINNA_ERROR_UNSUPPORTED, "data-type");
    free_lab(l);
}

Test(measured, rates_and_conventions)
{
    lab* l = new_lab();
    strcpy(l->fields.info.convention, "GeneralFIR");
    expect(l, "other-convention");
    l->rate = 44.1f;
    expect(l, "rate-in-kilohertz");
    cr_assert_float_eq((float)l->set.sample_rate_hz, 44100, 1e-2f);
    l->rate = -1;
    expect_refused(l, PINNA_ERROR_DATA, "sampling-rate");
    l->rate = NAN;
    expect_refused(l, PINNA_ERROR_DATA, "sampling-rate");
    l->fields.sampling_rate.count = 0;
    expect_refused(l, PINNA_ERROR_DATA, "no-sampling-rate");
    free_lab(l);
}

Test(measured, long_responses_are_cut_with_a_fade)
{
    enum { LONG = PINNA_HRTF_MAX_TAPS + 1000, FEW = 1 };
    lab* l = new_lab();
    float* taps = malloc(2 * LONG * sizeof *taps);
    for (int i = 0; i < 2 * LONG; i++) taps[i] = 1.0f / (float)(1 + i % LONG);
    l->fields.impulse_responses = (pinna_sofa_array){.values = taps, .count = 2 * LONG};
    l->fields.measurement_count = FEW, l->fields.tap_count = LONG;
    l->fields.source_position.count = 3;
    expect(l, "cut-responses");
    cr_assert_eq(l->set.tap_count, PINNA_HRTF_MAX_TAPS);
    cr_assert_eq(l->set.hrirs[PINNA_HRTF_MAX_TAPS], 1.0f); /* The right ear begins where it should. */
    cr_assert_lt(l->set.hrirs[PINNA_HRTF_MAX_TAPS - 1], 1e-6f);
    free(taps);
    free_lab(l);
}

Test(measured, texts_are_clean)
{
    char out[8];
    pinna_sofa_copy_text(out, sizeof out, NULL);
    cr_assert_str_eq(out, "");
    pinna_sofa_copy_text(out, sizeof out, "a\nb\x1b[");
    cr_assert_str_eq(out, "a b [");
    pinna_sofa_copy_text(out, sizeof out, "K\xF6ln");
    cr_assert_str_eq(out, "K\xC3\xB6ln");
    pinna_sofa_copy_text(out, sizeof out, "123456\xC3\xB6");
    cr_assert_str_eq(out, "123456");
}
