/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "scene/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct stage {
    pinna_scene scene;
    void* memory;
    pinna_taken taken; /* of the stage's only source */
    pinna_source_snapshot seen;
} stage;

static void stage_open(stage* s, uint32_t slot_count, pinna_axes axes)
{
    pinna_arena arena = {0};
    pinna_scene_place(&s->scene, &arena, slot_count, axes);
    size_t bytes = (arena.used + 63) / 64 * 64;
    s->memory = aligned_alloc(64, bytes);
    s->taken = (pinna_taken){0};
    memset(s->memory, 0xA5, bytes);
    arena = (pinna_arena){.base = s->memory};
    pinna_scene_place(&s->scene, &arena, slot_count, axes);
    cr_assert(arena.used <= bytes);
}

static void stage_close(stage* s)
{
    free(s->memory);
}

static pinna_source create(stage* s)
{
    pinna_source source = {0};
    cr_assert_eq(pinna_scene_create_source(&s->scene, &source), PINNA_OK);
    return source;
}

/* What the audio side would read next. */
static const pinna_source_snapshot* newest(stage* s, pinna_source source)
{
    cr_assert_not_null(pinna_scene_find(&s->scene, source));
    const pinna_source_snapshot* whole = pinna_scene_take(&s->scene, source.index1 - 1, &s->taken, &s->seen.now);
    if (whole) s->seen.jump_serial = whole->jump_serial;
    return &s->seen;
}

Test(sources, ids_find_their_own_slot_and_nothing_else)
{
    stage s;
    stage_open(&s, 8, PINNA_AXES_AES69);
    pinna_source ids[8];
    for (int i = 0; i < 8; i++) ids[i] = create(&s);
    for (int i = 0; i < 8; i++) {
        cr_expect(ids[i].index1 >= 1 && ids[i].index1 <= 8 && ids[i].generation != 0);
        cr_expect_not_null(pinna_scene_find(&s.scene, ids[i]));
        for (int k = 0; k < i; k++)
            cr_expect(pinna_scene_find(&s.scene, ids[i]) != pinna_scene_find(&s.scene, ids[k]));
    }
    const pinna_source foreign[] = {{0, 0}, {0, 1}, {9, 1}, {UINT32_MAX, 1}, {ids[0].index1, ids[0].generation + 1},
                                    {ids[0].index1, 0}};
    pinna_source_params params = pinna_source_params_default();
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        cr_expect_null(pinna_scene_find(&s.scene, foreign[i]));
        cr_expect_eq(pinna_scene_set_source(&s.scene, foreign[i], &params), PINNA_ERROR_STALE);
        cr_expect_eq(pinna_scene_destroy_source(&s.scene, foreign[i]), PINNA_ERROR_STALE);
    }
    stage_close(&s);
}

Test(sources, full_is_said_and_ends_with_a_destroy)
{
    stage s;
    stage_open(&s, 3, PINNA_AXES_AES69);
    pinna_source a = create(&s), more = {7, 7};
    create(&s);
    create(&s);
    cr_expect_eq(pinna_scene_create_source(&s.scene, &more), PINNA_ERROR_FULL);
    cr_expect(more.index1 == 0 && more.generation == 0);
    cr_expect_eq(pinna_scene_destroy_source(&s.scene, a), PINNA_OK);
    cr_expect_eq(pinna_scene_create_source(&s.scene, &more), PINNA_OK);
    cr_expect_eq(pinna_scene_create_source(&s.scene, &more), PINNA_ERROR_FULL);
    stage_close(&s);
}

Test(sources, an_id_dies_with_its_source_however_often_the_slot_is_reused)
{
    stage s;
    stage_open(&s, 2, PINNA_AXES_AES69);
    pinna_source old[200];
    for (int i = 0; i < 200; i++) {
        old[i] = create(&s);
        cr_assert_eq(pinna_scene_destroy_source(&s.scene, old[i]), PINNA_OK);
        cr_assert_eq(pinna_scene_destroy_source(&s.scene, old[i]), PINNA_ERROR_STALE, "twice");
        for (int k = 0; k <= i; k++) cr_assert_null(pinna_scene_find(&s.scene, old[k]));
    }
    stage_close(&s);
}

Test(sources, a_sounding_slot_is_free_only_when_its_sound_has_died_away)
{
    stage s;
    stage_open(&s, 1, PINNA_AXES_AES69);
    pinna_source source = create(&s), next;
    pinna_slot* slot = pinna_scene_find(&s.scene, source);
    cr_expect(pinna_slot_wake(slot));
    cr_expect_not(pinna_slot_wake(slot), "already awake");
    cr_expect_not_null(pinna_scene_find(&s.scene, source));
    cr_expect_eq(pinna_scene_destroy_source(&s.scene, source), PINNA_OK);
    cr_expect_null(pinna_scene_find(&s.scene, source));
    cr_expect_eq(pinna_scene_create_source(&s.scene, &next), PINNA_ERROR_FULL);
    pinna_slot_sleep(slot);
    cr_expect_eq(pinna_scene_create_source(&s.scene, &next), PINNA_OK);
    cr_expect_null(pinna_scene_find(&s.scene, source), "the old id stays refused");
    cr_expect_not_null(pinna_scene_find(&s.scene, next));
    cr_expect(pinna_slot_wake(pinna_scene_find(&s.scene, next)));
    pinna_slot_sleep(pinna_scene_find(&s.scene, next));
    cr_expect_not_null(pinna_scene_find(&s.scene, next), "asleep is not dead");
    stage_close(&s);
}

Test(sources, a_new_source_is_as_the_defaults_say)
{
    for (int axes = 0; axes < (int)PINNA_AXES_COUNT; axes++) {
        stage s;
        stage_open(&s, 1, (pinna_axes)axes);
        pinna_source source = create(&s);
        pinna_source_params loud = pinna_source_params_default();
        loud.gain = 9.0f;
        loud.snap = true;
        cr_expect_eq(pinna_scene_set_source(&s.scene, source, &loud), PINNA_OK);
        cr_expect_eq(pinna_scene_destroy_source(&s.scene, source), PINNA_OK);
        source = create(&s);
        const pinna_source_snapshot* fresh = newest(&s, source);
        cr_expect_eq(fresh->now.gain, 1.0f, "the slot's last owner is forgotten");
        cr_expect_eq(fresh->jump_serial, 0);
        cr_expect(pinna_vec3_is_finite(fresh->now.position));
        stage_close(&s);
    }
}

Test(sources, positions_convert_from_every_convention)
{
    for (int axes = 0; axes < (int)PINNA_AXES_COUNT; axes++) {
        stage s;
        stage_open(&s, 1, (pinna_axes)axes);
        pinna_source source = create(&s);
        pinna_source_params params = pinna_source_params_default();
        params.position = pinna_axes_from_aes69((pinna_axes)axes, (pinna_vec3){3, -2, 1});
        cr_expect_eq(pinna_scene_set_source(&s.scene, source, &params), PINNA_OK);
        float unit_m = axes == PINNA_AXES_UNREAL ? 0.01f : 1.0f; /* places keep the host's unit */
        pinna_vec3 got = pinna_vec3_scale(newest(&s, source)->now.position, unit_m);
        cr_expect(pinna_vec3_length(pinna_vec3_sub(got, (pinna_vec3){3, -2, 1})) < 1e-5f, "convention %d", axes);
        stage_close(&s);
    }
}

Test(sources, the_latest_snapshot_wins_and_a_jump_is_not_lost)
{
    stage s;
    stage_open(&s, 1, PINNA_AXES_AES69);
    pinna_source source = create(&s);
    pinna_source_params params = pinna_source_params_default();
    uint32_t before = newest(&s, source)->jump_serial;
    params.snap = true;
    params.position = (pinna_vec3){5, 0, 0};
    pinna_scene_set_source(&s.scene, source, &params);
    params.snap = false;
    params.position = (pinna_vec3){6, 0, 0};
    pinna_scene_set_source(&s.scene, source, &params);
    const pinna_source_snapshot* got = newest(&s, source);
    cr_expect_eq(got->now.position.x, 6.0f);
    cr_expect_neq(got->jump_serial, before);
    stage_close(&s);
}

static void set_three(stage* s, pinna_source source, float x, float gain, float rolloff)
{
    pinna_source_params params = pinna_source_params_default();
    params.position.x = x;
    params.gain = gain;
    params.rolloff = rolloff;
    cr_assert_eq(pinna_scene_set_source(&s->scene, source, &params), PINNA_OK);
}

static void expect_three(stage* s, pinna_source source, float x, float gain, float rolloff)
{
    const pinna_source_params* got = &newest(s, source)->now;
    cr_expect(got->position.x == x && got->gain == gain && got->rolloff == rolloff, "%g %g %g, not %g %g %g",
              (double)got->position.x, (double)got->gain, (double)got->rolloff, (double)x, (double)gain,
              (double)rolloff);
    cr_expect_not(pinna_slot_has_news(pinna_scene_find(&s->scene, source), &s->taken));
}

/* What moves only goes another way than what changes more; whichever is the newest is what counts. */
Test(sources, moves_and_other_changes_keep_their_order)
{
    stage s;
    stage_open(&s, 1, PINNA_AXES_AES69);
    pinna_source source = create(&s);
    pinna_slot* slot = pinna_scene_find(&s.scene, source);
    set_three(&s, source, 2.0f, 0.5f, 1.0f);
    expect_three(&s, source, 2.0f, 0.5f, 1.0f);
    for (int i = 3; i < 8; i++) set_three(&s, source, (float)i, 0.25f, 1.0f);
    cr_expect_not(pinna_mailbox_has_news(&slot->mailbox), "a move is no whole snapshot");
    expect_three(&s, source, 7.0f, 0.25f, 1.0f);
    set_three(&s, source, 8.0f, 0.25f, 1.0f);
    set_three(&s, source, 9.0f, 0.75f, 2.0f);
    expect_three(&s, source, 9.0f, 0.75f, 2.0f);
    set_three(&s, source, 10.0f, 0.75f, 3.0f);
    set_three(&s, source, 11.0f, 1.0f, 3.0f);
    expect_three(&s, source, 11.0f, 1.0f, 3.0f);
    set_three(&s, source, 12.0f, 1.0f, 3.0f);
    set_three(&s, source, 12.0f, 1.0f, 2.0f);
    set_three(&s, source, 12.0f, 1.0f, 3.0f);
    set_three(&s, source, 13.0f, 1.0f, 3.0f);
    expect_three(&s, source, 13.0f, 1.0f, 3.0f);
    stage_close(&s);
}

/* Each float of the parameters, and what it may be. */
static const struct field {
    size_t offset;
    float low, high;
} fields[] = {
    {offsetof(pinna_source_params, gain), 0, 16},
    {offsetof(pinna_source_params, max_distance_m), 1, 1e9f},
    {offsetof(pinna_source_params, rolloff), 0, 10},
    {offsetof(pinna_source_params, air_absorption), 0, 10},
    {offsetof(pinna_source_params, cone_outer_gain), 0, 1},
    {offsetof(pinna_source_params, extent_m), 0, 1000},
    {offsetof(pinna_source_params, occlusion), 0, 1},
    {offsetof(pinna_source_params, transmission[0]), 0, 1},
    {offsetof(pinna_source_params, transmission[2]), 0, 1},
};

static pinna_status set_field(stage* s, pinna_source source, size_t offset, float value)
{
    pinna_source_params params = pinna_source_params_default();
    memcpy((char*)&params + offset, &value, sizeof value);
    return pinna_scene_set_source(&s->scene, source, &params);
}

Test(sources, parameters_out_of_range_change_nothing)
{
    stage s;
    stage_open(&s, 1, PINNA_AXES_AES69);
    pinna_source source = create(&s);
    newest(&s, source);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const struct field* f = &fields[i];
        const float bad[] = {NAN, INFINITY, -INFINITY, f->low - 0.01f, nextafterf(f->high, INFINITY), 1e30f, -1e30f};
        for (size_t b = 0; b < sizeof bad / sizeof *bad; b++)
            cr_expect_eq(set_field(&s, source, f->offset, bad[b]), PINNA_ERROR_ARGUMENT, "field %zu, %g", i,
                         (double)bad[b]);
        pinna_slot* slot = pinna_scene_find(&s.scene, source);
        cr_expect_not(pinna_slot_has_news(slot, &s.taken), "a refused snapshot was published");
        cr_expect_eq(set_field(&s, source, f->offset, f->low), PINNA_OK, "field %zu", i);
        cr_expect_eq(set_field(&s, source, f->offset, f->high), PINNA_OK, "field %zu", i);
        newest(&s, source);
        cr_expect_not(pinna_slot_has_news(slot, &s.taken));
    }
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int b = 0; b < 3; b++)
        for (size_t axis = 0; axis < 3; axis++) {
            cr_expect_eq(set_field(&s, source, offsetof(pinna_source_params, position) + 4 * axis, bad[b]),
                         PINNA_ERROR_ARGUMENT);
            cr_expect_eq(set_field(&s, source, offsetof(pinna_source_params, forward) + 4 * axis, bad[b]),
                         PINNA_ERROR_ARGUMENT);
        }
    cr_expect_eq(set_field(&s, source, offsetof(pinna_source_params, reference_distance_m), 0.0f),
                 PINNA_ERROR_ARGUMENT);
    cr_expect_eq(set_field(&s, source, offsetof(pinna_source_params, cone_outer_deg), 359.0f), PINNA_ERROR_ARGUMENT,
                 "outer below inner");
    pinna_source_params params = pinna_source_params_default();
    params.distance_model = PINNA_DISTANCE_COUNT;
    cr_expect_eq(pinna_scene_set_source(&s.scene, source, &params), PINNA_ERROR_ARGUMENT);
    stage_close(&s);
}

/* ---- distance ---- */

static float gain_at(pinna_distance_model model, float distance)
{
    pinna_source_params params = pinna_source_params_default();
    params.distance_model = model;
    params.reference_distance_m = 2.0f;
    params.max_distance_m = 50.0f;
    params.rolloff = 1.0f;
    return pinna_distance_gain(&params, distance);
}

Test(distance, models)
{
    cr_expect_float_eq(gain_at(PINNA_DISTANCE_INVERSE, 8), 0.25f, 1e-6f);
    cr_expect_float_eq(gain_at(PINNA_DISTANCE_EXPONENTIAL, 8), 0.25f, 1e-6f);
    cr_expect_float_eq(gain_at(PINNA_DISTANCE_LINEAR, 26), 0.5f, 1e-6f);
    cr_expect_eq(gain_at(PINNA_DISTANCE_NONE, 1e9f), 1.0f);
    for (int model = 0; model < (int)PINNA_DISTANCE_COUNT; model++) {
        float last = 2.0f;
        for (float d = 0.0f; d < 100.0f; d += 0.1f) {
            float gain = gain_at((pinna_distance_model)model, d);
            cr_assert(isfinite(gain) && gain >= 0.0f && gain <= 1.0f && gain <= last, "model %d at %g m: %g", model,
                      (double)d, (double)gain);
            last = gain;
        }
        cr_expect_eq(gain_at((pinna_distance_model)model, 0), 1.0f);
        cr_expect_eq(gain_at((pinna_distance_model)model, 50), gain_at((pinna_distance_model)model, 1e30f));
        cr_expect(isfinite(gain_at((pinna_distance_model)model, INFINITY)));
    }
}

Test(distance, extremes_stay_finite)
{
    pinna_source_params params = pinna_source_params_default();
    for (int model = 0; model < (int)PINNA_DISTANCE_COUNT; model++)
        for (float rolloff = 0.0f; rolloff <= 10.0f; rolloff += 5.0f) {
            params.distance_model = (pinna_distance_model)model;
            params.rolloff = rolloff;
            params.reference_distance_m = params.max_distance_m = 1e-6f;
            cr_expect_eq(pinna_distance_gain(&params, 5.0f), 1.0f);
            params.max_distance_m = 1e9f;
            float gain = pinna_distance_gain(&params, 1e9f);
            cr_expect(gain >= 0.0f && gain <= 1.0f, "model %d rolloff %g: %g", model, (double)rolloff, (double)gain);
        }
}

/* ---- listener ---- */

static pinna_listener_state listen(pinna_axes axes, const pinna_listener_params* params)
{
    stage s;
    stage_open(&s, 1, axes);
    cr_assert_eq(pinna_scene_set_listener(&s.scene, params), PINNA_OK);
    cr_assert(pinna_mailbox_take(&s.scene.listener_mailbox));
    pinna_listener_state state = s.scene.listener_snapshots[s.scene.listener_mailbox.reading];
    stage_close(&s);
    return state;
}

static pinna_quat random_quat(unsigned* seed)
{
    float c[4];
    for (int i = 0; i < 4; i++) {
        *seed = *seed * 1664525u + 1013904223u;
        c[i] = (float)((*seed >> 8) / 8388608.0 - 1.0);
    }
    return pinna_quat_normalize((pinna_quat){c[0], c[1], c[2], c[3]});
}

/* Composed in the host's own axes by hand, then converted, it is what the scene makes of the parts. */
Test(listener, body_and_head_compose_in_every_convention)
{
    unsigned seed = 5;
    for (int a = 0; a < (int)PINNA_AXES_COUNT; a++) {
        pinna_axes axes = (pinna_axes)a;
        for (int i = 0; i < 200; i++) {
            pinna_listener_params p = {.position = {1, 2, -3},
                                       .orientation = random_quat(&seed),
                                       .head_position = {0.1f, -0.2f, 0.3f},
                                       .head_orientation = random_quat(&seed)};
            pinna_listener_state got = listen(axes, &p);
            pinna_vec3 at = pinna_vec3_add(p.position, pinna_quat_rotate(p.orientation, p.head_position));
            pinna_vec3 probe = {0.3f, 0.5f, -0.7f};
            pinna_vec3 turned = pinna_quat_rotate(p.orientation, pinna_quat_rotate(p.head_orientation, probe));
            pinna_vec3 wanted = pinna_axes_to_aes69(axes, turned);
            pinna_vec3 made = pinna_quat_rotate(got.orientation, pinna_axes_to_aes69(axes, probe));
            pinna_vec3 got_m = pinna_vec3_scale(got.position, axes == PINNA_AXES_UNREAL ? 0.01f : 1.0f);
            cr_assert(pinna_vec3_length(pinna_vec3_sub(got_m, pinna_axes_to_aes69(axes, at))) < 3e-6f);
            cr_assert(pinna_vec3_length(pinna_vec3_sub(made, wanted)) < 3e-6f, "convention %d", a);
        }
    }
}

Test(listener, quaternions_need_no_unit_length)
{
    pinna_listener_params p = pinna_listener_params_default();
    p.orientation = (pinna_quat){5, 0, 0, 5};
    pinna_vec3 nose = pinna_quat_rotate(listen(PINNA_AXES_AES69, &p).orientation, (pinna_vec3){1, 0, 0});
    cr_expect(pinna_vec3_length(pinna_vec3_sub(nose, (pinna_vec3){0, 1, 0})) < 1e-6f);
}

Test(listener, refuses_what_is_no_pose)
{
    stage s;
    stage_open(&s, 1, PINNA_AXES_AES69);
    for (int field = 0; field < 14; field++) {
        static const float bad[] = {NAN, INFINITY, -INFINITY};
        for (int b = 0; b < 3; b++) {
            pinna_listener_params p = pinna_listener_params_default();
            memcpy((char*)&p + sizeof(float) * (size_t)field, &bad[b], sizeof(float));
            cr_expect_eq(pinna_scene_set_listener(&s.scene, &p), PINNA_ERROR_ARGUMENT, "field %d", field);
        }
    }
    pinna_listener_params p = pinna_listener_params_default();
    p.orientation = (pinna_quat){0, 0, 0, 0};
    cr_expect_eq(pinna_scene_set_listener(&s.scene, &p), PINNA_ERROR_ARGUMENT);
    p = pinna_listener_params_default();
    p.head_orientation = (pinna_quat){0, 0, 0, 0};
    cr_expect_eq(pinna_scene_set_listener(&s.scene, &p), PINNA_ERROR_ARGUMENT);
    cr_expect_not(pinna_mailbox_take(&s.scene.listener_mailbox), "nothing was published");
    stage_close(&s);
}

/* Positions of 1e30 are finite: what comes of them must be too. */
Test(listener, far_away_stays_finite)
{
    for (int a = 0; a < (int)PINNA_AXES_COUNT; a++) {
        pinna_listener_params p = pinna_listener_params_default();
        p.position = (pinna_vec3){1e30f, -1e30f, 1e30f};
        p.head_position = (pinna_vec3){-1e30f, 1e30f, 1e30f};
        pinna_listener_state got = listen((pinna_axes)a, &p);
        cr_expect(pinna_vec3_is_finite(got.position), "convention %d", a);
    }
}
