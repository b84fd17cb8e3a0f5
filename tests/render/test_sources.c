/* SPDX-License-Identifier: MIT */
/* Sources coming and going, many and none. */
#include "support.h"

#include <time.h>

enum { BLOCK = 256 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

Test(sources, silence_is_exact_and_cheap)
{
    enum { SOURCES = 1000, BLOCKS = 500 };
    static float zeros[BLOCK], left[BLOCK], right[BLOCK];
    static pinna_input inputs[SOURCES];
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    config.max_source_count = SOURCES;
    pinna_renderer* renderer = renderer_of(&config);
    for (int i = 0; i < SOURCES; i++)
        inputs[i] = (pinna_input){source_at(renderer, 1.0f, 0.01f * (float)i, 0.0f), NULL};
    double start = seconds();
    for (int block = 0; block < BLOCKS; block++) {
        pinna_renderer_process(renderer, inputs, SOURCES, left, right, BLOCK);
        cr_assert_eq(loudest(left, BLOCK) + loudest(right, BLOCK), 0.0);
    }
    double ns = (seconds() - start) * 1e9 / ((double)BLOCKS * BLOCK * SOURCES);
    fprintf(stderr, "[silence] %d silent sources: %.4f ns per source per sample (bar 0.2)\n", SOURCES, ns);
    cr_expect_leq(ns, 0.2);
    for (int i = 0; i < SOURCES; i++)
        inputs[i].samples = zeros;
    for (int block = 0; block < 20; block++) {
        pinna_renderer_process(renderer, inputs, SOURCES, left, right, BLOCK);
        cr_assert_eq(loudest(left, BLOCK) + loudest(right, BLOCK), 0.0);
    }
    pinna_renderer_destroy(renderer);
    pinna_hrtf_release(hrtf);
}

Test(sources, sound_dies_away_to_exact_silence)
{
    static float input[BLOCK], left[BLOCK], right[BLOCK];
    pinna_hrtf* hrtf = sphere_head();
    for (int method = 0; method < PINNA_METHOD_COUNT; method++) {
        pinna_renderer_config config = sphere_config(hrtf, (pinna_method)method);
        pinna_renderer* renderer = renderer_of(&config);
        pinna_input one = {source_at(renderer, 1.0f, 1.0f, 0.0f), input};
        input[BLOCK - 1] = 1.0f;
        pinna_renderer_process(renderer, &one, 1, left, right, BLOCK);
        pinna_renderer_process(renderer, NULL, 0, left, right, BLOCK);
        cr_expect_gt(loudest(left, BLOCK), 0.1, "the response goes on in the next block");
        for (int block = 0; block < 20; block++)
            pinna_renderer_process(renderer, NULL, 0, left, right, BLOCK);
        cr_expect_eq(loudest(left, BLOCK) + loudest(right, BLOCK), 0.0);
        pinna_renderer_destroy(renderer);
    }
    pinna_hrtf_release(hrtf);
}

Test(sources, stale_ids_are_refused)
{
    static float input[BLOCK], left[BLOCK], right[BLOCK];
    for (int n = 0; n < BLOCK; n++)
        input[n] = 0.5f;
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    config.max_source_count = 1;
    pinna_renderer* renderer = renderer_of(&config);
    pinna_source_params params = pinna_source_params_default();
    pinna_source old = source_at(renderer, 1.0f, 0.0f, 0.0f), other;
    cr_expect_eq(pinna_source_create(renderer, &other), PINNA_ERROR_FULL);
    cr_expect_eq(other.index1, 0u);
    cr_expect_eq(pinna_source_destroy(renderer, old), PINNA_OK);
    cr_expect_eq(pinna_source_destroy(renderer, old), PINNA_ERROR_STALE);
    cr_expect_eq(pinna_source_set_params(renderer, old, &params), PINNA_ERROR_STALE);
    pinna_source next = source_at(renderer, 0.0f, 1.0f, 0.0f);
    cr_expect_eq(pinna_source_set_params(renderer, old, &params), PINNA_ERROR_STALE);
    const pinna_input odd[] = {
        {old, input}, {{0, 0}, input}, {{2, 1}, input}, {{UINT32_MAX, UINT32_MAX}, input}, {next, NULL}};
    pinna_renderer_process(renderer, odd, sizeof odd / sizeof odd[0], left, right, BLOCK);
    cr_expect_eq(loudest(left, BLOCK) + loudest(right, BLOCK), 0.0);
    pinna_renderer_destroy(renderer);
    pinna_hrtf_release(hrtf);
}

/* A source destroyed while it sounds dies away; its place is free again afterwards. */
Test(sources, destroyed_while_sounding)
{
    static float input[BLOCK], left[BLOCK], right[BLOCK];
    for (int n = 0; n < BLOCK; n++)
        input[n] = 0.5f;
    pinna_hrtf* hrtf = sphere_head();
    for (int method = 0; method < PINNA_METHOD_COUNT; method++) {
        pinna_renderer_config config = sphere_config(hrtf, (pinna_method)method);
        config.max_source_count = 4;
        pinna_renderer* renderer = renderer_of(&config);
        for (int round = 0; round < 100; round++) {
            pinna_source source;
            pinna_status status = pinna_source_create(renderer, &source);
            cr_assert(status == PINNA_OK || status == PINNA_ERROR_FULL);
            pinna_input one = {source, input};
            pinna_renderer_process(renderer, &one, 1, left, right, BLOCK);
            if (status == PINNA_OK) cr_expect_gt(loudest(left, BLOCK), 0.05, "round %d", round);
            if (status == PINNA_OK) cr_assert_eq(pinna_source_destroy(renderer, source), PINNA_OK);
            pinna_renderer_process(renderer, &one, 1, left, right, BLOCK); /* the id is stale by now */
        }
        for (int block = 0; block < 20; block++)
            pinna_renderer_process(renderer, NULL, 0, left, right, BLOCK);
        cr_expect_eq(loudest(left, BLOCK) + loudest(right, BLOCK), 0.0);
        for (int i = 0; i < 4; i++)
            source_at(renderer, 1.0f, 0.0f, 0.0f);
        pinna_renderer_destroy(renderer);
    }
    pinna_hrtf_release(hrtf);
}

/* Counts bytes; refuses from the n-th call on. */
typedef struct counting {
    size_t bytes, calls, allowed, live;
} counting;

static void* count_allocate(void* user, size_t byte_count)
{
    counting* c = user;
    if (c->calls++ >= c->allowed) return NULL;
    c->bytes += byte_count;
    c->live++;
    return malloc(byte_count);
}

static void count_release(void* user, void* memory)
{
    ((counting*)user)->live--;
    free(memory);
}

Test(sources, most_there_can_be)
{
    enum { SOURCES = PINNA_RENDERER_MAX_SOURCES };
    static float input[64], left[64], right[64];
    for (int n = 0; n < 64; n++)
        input[n] = 0.001f;
    counting memory = {.allowed = SIZE_MAX};
    pinna_allocator allocator = {count_allocate, count_release, &memory};
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    config.max_source_count = SOURCES;
    config.allocator = &allocator;
    pinna_renderer* renderer = renderer_of(&config);
    fprintf(stderr, "[memory] renderer for %d sources: %.0f MB, %.0f bytes per source (bar 8192)\n", SOURCES,
            (double)memory.bytes / 1e6, (double)memory.bytes / SOURCES);
    cr_expect_leq(memory.bytes / SOURCES, 8192u);
    pinna_input* inputs = malloc(SOURCES * sizeof *inputs);
    for (int i = 0; i < SOURCES; i++)
        inputs[i] = (pinna_input){source_at(renderer, 1.0f, 0.0001f * (float)i, 0.0f), input};
    for (int block = 0; block < 4; block++)
        pinna_renderer_process(renderer, inputs, SOURCES, left, right, 64);
    double loud = loudest(left, 64);
    cr_expect(isfinite(loud) && loud > 1.0, "%g", loud);
    free(inputs);
    pinna_renderer_destroy(renderer);
    cr_expect_eq(memory.live, 0u);
    pinna_hrtf_release(hrtf);
}

Test(sources, no_memory_for_a_renderer)
{
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    for (size_t allowed = 0;; allowed++) {
        cr_assert_lt(allowed, 1000u);
        counting memory = {.allowed = allowed};
        pinna_allocator allocator = {count_allocate, count_release, &memory};
        config.allocator = &allocator;
        pinna_renderer* renderer = (pinna_renderer*)&memory;
        pinna_status status = pinna_renderer_create(&config, &renderer);
        if (status == PINNA_OK) {
            pinna_renderer_destroy(renderer);
            cr_expect_eq(memory.live, 0u);
            break;
        }
        cr_expect_eq(status, PINNA_ERROR_MEMORY);
        cr_expect_null(renderer);
        cr_expect_eq(memory.live, 0u);
    }
    pinna_hrtf_release(hrtf);
}

Test(sources, refused_configs)
{
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config good = sphere_config(hrtf, PINNA_METHOD_AUTO), bad[9];
    for (size_t i = 0; i < 9; i++)
        bad[i] = good;
    bad[0].hrtf = NULL;
    bad[1].sample_rate_hz = 44100;
    bad[2].max_block_frames = 0;
    bad[3].max_block_frames = PINNA_RENDERER_MAX_BLOCK_FRAMES + 1;
    bad[4].max_source_count = 0;
    bad[5].max_source_count = PINNA_RENDERER_MAX_SOURCES + 1;
    bad[6].ramp_frames = 0;
    bad[7].method = PINNA_METHOD_COUNT;
    bad[8].axes = PINNA_AXES_COUNT;
    pinna_renderer* renderer = NULL;
    for (size_t i = 0; i < 9; i++) {
        cr_expect_eq(pinna_renderer_create(&bad[i], &renderer), PINNA_ERROR_ARGUMENT, "config %zu", i);
        cr_expect_null(renderer);
    }
    cr_expect_eq(pinna_renderer_create(NULL, &renderer), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_renderer_create(&good, NULL), PINNA_ERROR_ARGUMENT);
    pinna_renderer_destroy(NULL);
    pinna_hrtf_release(hrtf);
}
