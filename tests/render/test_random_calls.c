/* SPDX-License-Identifier: MIT */
/*
 * Every public call of the renderer in random order with random values, most of them sound, some as bad as a float can
 * hold: nothing crashes, what comes out is finite and within full scale, and memory does not grow. tests/soak runs this
 * for hours of audio.
 */
#include "realtime/head.h"
#include "support/failing.h"

#include <pinna/preset.h>
#include <pinna/renderer.h>

#include <criterion/criterion.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CALLS = 200000, SLOTS = 40, FRAMES = 300, LONG_FRAMES = 4096, IDS = 64, HEADS = 3 };

typedef struct stage {
    uint32_t state;
    failing_allocator memory; /* counts */
    pinna_allocator allocator;
    size_t taken;             /* by set_up() */
    pinna_renderer* renderer;
    pinna_hrtf* heads[HEADS];
    pinna_source ids[IDS]; /* live, stale, never made: whatever lies there */
    uint32_t call_count, refused_count;
    uint64_t frame_count;
    uint32_t max_frames;
    double energy;
} stage;

static const float hostile[] = {NAN,  INFINITY, -INFINITY, 1e30f,        -1e30f, FLT_MAX, -FLT_MAX,
                                1e-42f, -1e-42f, FLT_MIN,  FLT_EPSILON, 0.0f,   -0.0f,   -1.0f, 1e9f};

static float next_hostile(uint32_t* state)
{
    return hostile[next_below(state, sizeof hostile / sizeof hostile[0])];
}

/* Spoils one number of a struct of floats, flags and enumerations; flags are left alone, for a bool holds 0 or 1. */
static void spoil_params(stage* s, pinna_source_params* p)
{
    float* const numbers[] = {&p->position.x, &p->position.y, &p->position.z, &p->gain, &p->reference_distance_m,
                              &p->max_distance_m, &p->rolloff, &p->air_absorption, &p->forward.x, &p->forward.y,
                              &p->forward.z, &p->cone_inner_deg, &p->cone_outer_deg, &p->cone_outer_gain, &p->extent_m,
                              &p->occlusion, &p->transmission[0], &p->transmission[1], &p->transmission[2]};
    *numbers[next_below(&s->state, sizeof numbers / sizeof numbers[0])] = next_hostile(&s->state);
    if (next_chance(&s->state, 0.05f)) p->distance_model = (pinna_distance_model)next_below(&s->state, 9);
}

static void call_set_params(stage* s)
{
    pinna_source_params params = next_params(&s->state);
    if (next_chance(&s->state, 0.2f)) spoil_params(s, &params);
    s->refused_count += pinna_source_set_params(s->renderer, s->ids[next_below(&s->state, IDS)], &params) != PINNA_OK;
}

static void call_set_listener(stage* s)
{
    pinna_listener_params p = pinna_listener_params_default();
    p.position = next_place(&s->state, 10.0f);
    p.orientation = (pinna_quat){next_random(&s->state), next_random(&s->state), next_random(&s->state), 0.0f};
    float* const numbers[] = {&p.position.x, &p.position.y, &p.position.z, &p.orientation.w, &p.orientation.z,
                              &p.head_position.x, &p.head_position.z, &p.head_orientation.w, &p.head_orientation.x};
    if (next_chance(&s->state, 0.2f))
        *numbers[next_below(&s->state, sizeof numbers / sizeof numbers[0])] = next_hostile(&s->state);
    s->refused_count += pinna_renderer_set_listener(s->renderer, &p) != PINNA_OK;
}

static void call_create(stage* s)
{
    pinna_source* id = &s->ids[next_below(&s->state, IDS)];
    pinna_source_destroy(s->renderer, *id); /* else it would live on, named by nobody */
    s->refused_count += pinna_source_create(s->renderer, id) != PINNA_OK;
}

static void call_destroy(stage* s)
{
    pinna_source* id = &s->ids[next_below(&s->state, IDS)];
    s->refused_count += pinna_source_destroy(s->renderer, *id) != PINNA_OK;
    if (next_chance(&s->state, 0.1f)) id->generation += 1; /* an id of the future */
    if (next_chance(&s->state, 0.02f)) id->index1 = (uint32_t)(next_random(&s->state) * 4294967040.0f);
}

static void call_set_hrtf(stage* s)
{
    cr_assert_eq(pinna_renderer_set_hrtf(s->renderer, s->heads[next_below(&s->state, HEADS)]), PINNA_OK);
    if (next_chance(&s->state, 0.5f)) pinna_renderer_collect(s->renderer);
}

/* One number in three is as bad as can be. */
static float next_value(stage* s, float least, float most)
{
    return next_chance(&s->state, 0.3f) ? next_hostile(&s->state) : next_between(&s->state, least, most);
}

static void call_set_mix(stage* s)
{
    pinna_mix_params p = pinna_mix_params_default();
    pinna_category_params* c = &p.categories[next_below(&s->state, PINNA_CATEGORY_COUNT)];
    p.gain_db = next_value(s, -20.0f, 10.0f);
    if (next_chance(&s->state, 0.5f))
        c->presence_db = next_value(s, 0.0f, 6.0f), c->room_db = next_value(s, -20.0f, 6.0f);
    if (next_chance(&s->state, 0.3f)) c->duck_db = next_value(s, -12.0f, 0.0f), p.categories[0].ducks = true;
    s->refused_count += pinna_renderer_set_mix(s->renderer, &p) != PINNA_OK;
}

static void call_set_room(stage* s)
{
    pinna_room_params p = pinna_room_params_default();
    const char* name = pinna_room_name(next_below(&s->state, 4));
    if (name) cr_assert_eq(pinna_room_find(name, &p), PINNA_OK);
    p.on = next_chance(&s->state, 0.5f);
    p.reflection_order = next_below(&s->state, 4);
    if (next_chance(&s->state, 0.5f)) p.size_m[next_below(&s->state, 3)] = next_value(s, 1.0f, 30.0f);
    if (next_chance(&s->state, 0.5f)) p.rt60_s[next_below(&s->state, PINNA_ROOM_OCTAVES)] = next_value(s, 0.1f, 5.0f);
    s->refused_count += pinna_renderer_set_room(s->renderer, &p) != PINNA_OK;
}

static void call_set_equalizer(stage* s)
{
    static pinna_equalizer equalizer; /* large for a stack */
    equalizer = (pinna_equalizer){0};
    pinna_equalizer_ear* ear = &equalizer.ears[next_below(&s->state, 2)];
    ear->filter_count = next_below(&s->state, 4);
    for (uint32_t i = 0; i < ear->filter_count; i++)
        ear->filters[i] =
            (pinna_filter){(pinna_filter_kind)next_below(&s->state, PINNA_FILTER_KIND_COUNT),
                           (pinna_filter_width)next_below(&s->state, PINNA_WIDTH_COUNT), next_value(s, 20.0f, 20000.0f),
                           next_value(s, -12.0f, 12.0f), next_value(s, 0.1f, 5.0f)};
    s->refused_count += pinna_renderer_set_equalizer(s->renderer, &equalizer) != PINNA_OK;
}

static void call_set_preset(stage* s)
{
    pinna_preset preset;
    cr_assert_eq(pinna_preset_find(pinna_preset_name(next_below(&s->state, 3)), &preset), PINNA_OK);
    pinna_hrtf* head = s->heads[next_below(&s->state, HEADS)];
    s->refused_count += pinna_renderer_set_preset(s->renderer, &preset, head) != PINNA_OK;
}

static void call_nonsense(stage* s)
{
    pinna_source source;
    pinna_renderer* renderer;
    pinna_renderer_collect(NULL);
    pinna_renderer_destroy(NULL);
    cr_assert_neq(pinna_source_create(NULL, &source), PINNA_OK);
    cr_assert_neq(pinna_source_create(s->renderer, NULL), PINNA_OK);
    cr_assert_neq(pinna_source_destroy(NULL, s->ids[0]), PINNA_OK);
    cr_assert_neq(pinna_source_set_params(s->renderer, s->ids[0], NULL), PINNA_OK);
    cr_assert_neq(pinna_renderer_set_listener(s->renderer, NULL), PINNA_OK);
    cr_assert_neq(pinna_renderer_set_hrtf(s->renderer, NULL), PINNA_OK);
    cr_assert_neq(pinna_renderer_create(NULL, &renderer), PINNA_OK);
}

static void fill(stage* s, float* samples)
{
    float level = next_chance(&s->state, 0.3f) ? 0.0f : next_random(&s->state);
    for (uint32_t n = 0; n < s->max_frames; n++) samples[n] = level * next_between(&s->state, -1.0f, 1.0f);
    if (!next_chance(&s->state, 0.1f)) return;
    for (int i = 0; i < 20; i++) samples[next_below(&s->state, s->max_frames)] = next_hostile(&s->state);
}

static void call_process(stage* s)
{
    static float samples[2][LONG_FRAMES], left[LONG_FRAMES], right[LONG_FRAMES];
    pinna_input inputs[IDS];
    size_t count = next_below(&s->state, IDS);
    size_t frames = next_chance(&s->state, 0.3f) ? 1 : next_below(&s->state, s->max_frames + 1);
    fill(s, samples[s->call_count % 2]);
    for (size_t i = 0; i < count; i++)
        inputs[i] = (pinna_input){s->ids[next_below(&s->state, IDS)],
                                  next_chance(&s->state, 0.1f) ? NULL : samples[next_below(&s->state, 2)]};
    pinna_direct direct = {next_chance(&s->state, 0.5f) ? samples[0] : NULL, samples[1]};
    pinna_renderer_process_with(s->renderer, inputs, count, next_chance(&s->state, 0.2f) ? &direct : NULL, left, right,
                                frames);
    for (size_t n = 0; n < frames; n++) {
        cr_assert(fabsf(left[n]) <= 1.0f && fabsf(right[n]) <= 1.0f, "%g and %g after %u calls", (double)left[n],
                  (double)right[n], s->call_count);
        s->energy += (double)(left[n] * left[n]);
    }
    s->frame_count += frames;
}

static void call_any(stage* s)
{
    float what = next_random(&s->state);
    if (what < 0.60f) call_set_params(s);
    else if (what < 0.70f) call_create(s);
    else if (what < 0.78f) call_destroy(s);
    else if (what < 0.83f) call_set_listener(s);
    else if (what < 0.84f) call_set_hrtf(s);
    else if (what < 0.85f) call_nonsense(s);
    else if (what < 0.853f) call_set_mix(s);
    else if (what < 0.855f) call_set_room(s);
    else if (what < 0.857f) call_set_equalizer(s);
    else if (what < 0.858f) call_set_preset(s);
    else call_process(s);
    s->call_count++;
}

static void set_up(stage* s, pinna_method method, uint32_t ramp_frames)
{
    pinna_status status;
    s->memory = failing_after(SIZE_MAX);
    s->allocator = counted_allocator(&s->memory);
    for (uint32_t i = 0; i < HEADS; i++) s->heads[i] = make_head(i + 1, 60, 48, &s->allocator, &status);
    pinna_renderer_config config = pinna_renderer_config_default();
    config.allocator = &s->allocator;
    config.method = method;
    config.max_source_count = SLOTS;
    config.max_block_frames = s->max_frames;
    config.max_propagation_m = 15.0f;
    config.ramp_frames = ramp_frames;
    config.max_exact_count = 10;
    config.hrtf = s->heads[0];
    config.axes = (pinna_axes)(s->state % PINNA_AXES_COUNT);
    cr_assert_eq(pinna_renderer_create(&config, &s->renderer), PINNA_OK);
    s->taken = s->memory.taken;
}

/* No call took memory, and all that was taken before is given back. */
static void take_down(stage* s)
{
    cr_assert_eq(s->memory.taken, s->taken, "%zu blocks of memory were taken by calls", s->memory.taken - s->taken);
    pinna_renderer_destroy(s->renderer);
    for (uint32_t i = 0; i < HEADS; i++) pinna_hrtf_release(s->heads[i]);
    cr_assert_eq(s->memory.live, 0, "%zu blocks of memory were kept", s->memory.live);
}

static void run(pinna_method method, uint32_t seed, uint32_t ramp_frames, uint32_t calls)
{
    stage s = {.state = seed, .max_frames = FRAMES};
    set_up(&s, method, ramp_frames);
    while (s.call_count < calls) call_any(&s);
    take_down(&s);
    fprintf(stderr, "[random calls] seed %u: %u calls, %u refused, %.1f s of audio\n", seed, s.call_count,
            s.refused_count, (double)s.frame_count / 48000.0);
    cr_assert(s.energy > 0.0 && s.refused_count > calls / 50);
}

Test(random_calls, automatic)
{
    run(PINNA_METHOD_AUTO, 1, 128, CALLS / 2);
    run(PINNA_METHOD_AUTO, 2, 1, CALLS / 20);
}

Test(random_calls, exact)
{
    run(PINNA_METHOD_EXACT, 3, 100, CALLS / 5);
}

Test(random_calls, batch)
{
    run(PINNA_METHOD_BATCH, 4, 1024, CALLS / 4);
}

/* As many sources as there can be, at once, in blocks of one frame. */
Test(random_calls, all_sources)
{
    enum { COUNT = PINNA_RENDERER_MAX_SOURCES };
    pinna_status status;
    pinna_renderer_config config = pinna_renderer_config_default();
    config.hrtf = make_head(1, 60, 32, NULL, &status);
    config.max_source_count = COUNT;
    config.ramp_frames = 16;
    pinna_renderer* renderer;
    cr_assert_eq(pinna_renderer_create(&config, &renderer), PINNA_OK);
    pinna_input* inputs = malloc(COUNT * sizeof *inputs);
    const float sample = 0.001f;
    float left, right;
    uint32_t state = 6;
    for (uint32_t i = 0; i < COUNT; i++) {
        inputs[i].samples = &sample;
        cr_assert_eq(pinna_source_create(renderer, &inputs[i].source), PINNA_OK);
        pinna_source_params params = pinna_source_params_default();
        params.position = next_place(&state, 3.0f);
        cr_assert_eq(pinna_source_set_params(renderer, inputs[i].source, &params), PINNA_OK);
    }
    pinna_source more;
    cr_assert_eq(pinna_source_create(renderer, &more), PINNA_ERROR_FULL);
    double loudest = 0.0;
    for (int block = 0; block < 35; block++) {
        pinna_renderer_process(renderer, inputs, COUNT, &left, &right, 1);
        cr_assert(fabsf(left) <= 1.0f && fabsf(right) <= 1.0f);
        loudest = fmax(loudest, (double)fabsf(left));
    }
    cr_assert_gt(loudest, 0.1);
    for (uint32_t i = 0; i < COUNT; i++) cr_assert_eq(pinna_source_destroy(renderer, inputs[i].source), PINNA_OK);
    for (int block = 0; block < 2000; block++)
        pinna_renderer_process(renderer, inputs, block < 10 ? COUNT : 0, &left, &right, 1); /* all stale */
    for (uint32_t i = 0; i < COUNT; i++) cr_assert_eq(pinna_source_create(renderer, &inputs[i].source), PINNA_OK);
    free(inputs);
    pinna_renderer_destroy(renderer);
    pinna_hrtf_release(config.hrtf);
}

/* --- the soak --- */

/* A sanitizer holds memory back to find uses after free: there, the blocks counted above tell alone. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { RESIDENT_TELLS = 0 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { RESIDENT_TELLS = 0 };
#else
enum { RESIDENT_TELLS = 1 };
#endif
#else
enum { RESIDENT_TELLS = 1 };
#endif

/* 0 where the system does not say. */
static size_t resident_kb(void)
{
    unsigned long total = 0, resident = 0;
    FILE* file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%lu %lu", &total, &resident) != 2) resident = 0;
    if (file) fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

static double number_from(const char* variable, double usual)
{
    const char* text = getenv(variable);
    return text ? atof(text) : usual;
}

/* Renderers are made anew every so often, all methods in turn, so that what a destroy forgets adds up too. */
Test(random_calls, soak)
{
    enum { RENDERER_CALLS = 5000 };
    double hours = number_from("PINNA_SOAK_HOURS", 0.02), calls = number_from("PINNA_SOAK_CALLS", 40000);
    uint64_t frame_count = 0, call_count = 0, wanted = (uint64_t)(hours * 3600.0 * 48000.0);
    size_t early_kb = 0, last_kb = 0;
    for (uint32_t round = 0; frame_count < wanted || (double)call_count < calls; round++) {
        stage s = {.state = 1000 + round, .max_frames = LONG_FRAMES};
        set_up(&s, (pinna_method)(round % PINNA_METHOD_COUNT), round % 2 ? 64 : 256);
        while (s.call_count < RENDERER_CALLS) call_any(&s);
        frame_count += s.frame_count;
        call_count += s.call_count;
        take_down(&s);
        last_kb = resident_kb();
        if (round == 2) early_kb = last_kb;
        if (round % 100 == 2)
            fprintf(stderr, "[soak] %.3f hours of audio, %llu calls, %zu kB\n", (double)frame_count / 48000.0 / 3600.0,
                    (unsigned long long)call_count, last_kb);
    }
    fprintf(stderr, "[soak] %.3f hours of audio, %llu calls, %zu kB, after the first rounds %zu kB\n",
            (double)frame_count / 48000.0 / 3600.0, (unsigned long long)call_count, last_kb, early_kb);
    cr_assert(!RESIDENT_TELLS || early_kb == 0 || last_kb < early_kb + early_kb / 10 + 2048,
              "memory grew from %zu to %zu kB", early_kb, last_kb);
}
