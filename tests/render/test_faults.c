/* SPDX-License-Identifier: MIT */
/* Each allocation fails in turn: a clean error every time, everything given back, and success once all succeed. */
#include "realtime/head.h"

#include <pinna/convolver.h>
#include <pinna/renderer.h>

#include <criterion/criterion.h>
#include <stdio.h>

/* Gives out memory until its count runs out; knows what is still out. */
typedef struct failing {
    long left; /* allocations until one fails */
    long taken, outstanding;
} failing;

static void* take(void* user, size_t bytes)
{
    failing* f = user;
    if (f->left-- <= 0) return NULL;
    void* memory = malloc(bytes);
    f->taken++;
    f->outstanding += memory != NULL;
    return memory;
}

static void give_back(void* user, void* memory)
{
    failing* f = user;
    cr_assert_not_null(memory, "NULL is never passed");
    f->outstanding--;
    free(memory);
}

/* Makes the thing under test and, where that succeeds, destroys it. */
typedef pinna_status attempt(const pinna_allocator* allocator, const void* material);

static void fail_each(const char* name, attempt* try, const void* material, long least)
{
    for (long count = 0; count < 100000; count++) {
        failing f = {.left = count};
        pinna_allocator allocator = {take, give_back, &f};
        pinna_status status = try(&allocator, material);
        cr_assert_eq(f.outstanding, 0, "%s: %ld blocks lost where allocation %ld fails", name, f.outstanding, count);
        if (status == PINNA_OK) {
            cr_assert_geq(count, least, "%s: succeeds with %ld allocations", name, count);
            fprintf(stderr, "[faults] %s: each of %ld allocations failed in turn\n", name, count);
            return;
        }
        cr_assert_eq(status, PINNA_ERROR_MEMORY, "%s: status %d where allocation %ld fails", name, (int)status, count);
    }
    cr_assert_fail("%s never succeeds", name);
}

static pinna_status prepare(const pinna_allocator* allocator, const void* material)
{
    (void)material;
    pinna_status status;
    pinna_hrtf* hrtf = make_head(3, 24, 48, allocator, &status);
    cr_assert_eq(hrtf != NULL, status == PINNA_OK);
    pinna_hrtf_release(hrtf);
    return status;
}

Test(faults, prepare)
{
    fail_each("pinna_hrtf_prepare", prepare, NULL, 5);
}

static pinna_status create_renderer(const pinna_allocator* allocator, const void* material)
{
    pinna_renderer_config config = *(const pinna_renderer_config*)material;
    pinna_renderer* renderer = (pinna_renderer*)&config; /* to be overwritten */
    config.allocator = allocator;
    pinna_status status = pinna_renderer_create(&config, &renderer);
    cr_assert_eq(renderer != NULL, status == PINNA_OK);
    pinna_renderer_destroy(renderer);
    return status;
}

Test(faults, renderer)
{
    pinna_status status;
    pinna_renderer_config config = pinna_renderer_config_default();
    config.hrtf = make_head(3, 24, 48, NULL, &status);
    config.max_propagation_m = 30.0f;
    for (pinna_method method = 0; method < PINNA_METHOD_COUNT; method++) {
        config.method = method;
        fail_each("pinna_renderer_create", create_renderer, &config, 1);
    }
    pinna_hrtf_release(config.hrtf);
}

/* More memory than there is address space for is refused before anybody is asked for it. */
Test(faults, renderer_too_large)
{
    pinna_status status;
    pinna_renderer_config config = pinna_renderer_config_default();
    config.hrtf = make_head(3, 24, 48, NULL, &status);
    config.max_source_count = PINNA_RENDERER_MAX_SOURCES;
    config.max_propagation_m = 10000.0f;
    config.max_tap_count = PINNA_HRTF_MAX_TAPS;
    config.method = PINNA_METHOD_EXACT;
    failing f = {.left = 0};
    pinna_allocator allocator = {take, give_back, &f};
    config.allocator = &allocator;
    pinna_renderer* renderer;
    cr_assert_eq(pinna_renderer_create(&config, &renderer), PINNA_ERROR_MEMORY);
    cr_assert_null(renderer);
    pinna_hrtf_release(config.hrtf);
}

static pinna_status create_response(const pinna_allocator* allocator, const void* material)
{
    const float* const* paths = material;
    pinna_convolver_config config = pinna_convolver_config_default();
    config.allocator = allocator;
    pinna_response* response;
    pinna_status status = pinna_response_create(&config, paths, 5000, &response);
    cr_assert_eq(response != NULL, status == PINNA_OK);
    pinna_response_release(response);
    return status;
}

static pinna_status create_convolver(const pinna_allocator* allocator, const void* material)
{
    (void)material;
    pinna_convolver_config config = pinna_convolver_config_default();
    config.allocator = allocator;
    pinna_convolver* convolver;
    pinna_status status = pinna_convolver_create(&config, &convolver);
    cr_assert_eq(convolver != NULL, status == PINNA_OK);
    pinna_convolver_destroy(convolver);
    return status;
}

Test(faults, convolver)
{
    static float taps[5000];
    const float* const paths[] = {taps, taps};
    uint32_t state = 5;
    for (int n = 0; n < 5000; n++) taps[n] = next_between(&state, -0.1f, 0.1f);
    fail_each("pinna_response_create", create_response, paths, 1);
    fail_each("pinna_convolver_create", create_convolver, NULL, 1);
}
