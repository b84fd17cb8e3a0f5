/* SPDX-License-Identifier: MIT */
/* What sources cost before they sound: bytes and time, for a renderer of 1,024. */
#include "realtime/head.h"

#include <pinna/renderer.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

enum { LIMIT_BYTES = 8192, LIMIT_MS = 50 };

static size_t total;

static void* count_and_take(void* user, size_t bytes)
{
    (void)user;
    total += bytes;
    return malloc(bytes);
}

static void give_back(void* user, void* memory)
{
    (void)user;
    free(memory);
}

/* Taps as the default set's at 48 kHz. */
static pinna_hrtf* head(void)
{
    pinna_status status;
    pinna_hrtf* hrtf = make_head(1, 180, 256, NULL, &status);
    cr_assert_not_null(hrtf);
    return hrtf;
}

static size_t bytes_of(pinna_renderer_config config, uint32_t source_count)
{
    static const pinna_allocator counting = {count_and_take, give_back, NULL};
    pinna_renderer* renderer;
    config.max_source_count = source_count;
    config.allocator = &counting;
    total = 0;
    cr_assert_eq(pinna_renderer_create(&config, &renderer), PINNA_OK);
    pinna_renderer_destroy(renderer);
    return total;
}

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* The frames a source's own delay lines need: the largest ear delay with what filters read around it, and a period. */
static double delay_line_bytes(const pinna_renderer_config* config)
{
    pinna_hrtf_info info = pinna_hrtf_get_info(config->hrtf);
    return sizeof(float) * ((double)info.max_delay_frames + config->sample_rate_hz / 500.0 + config->ramp_frames);
}

Test(memory, bytes_per_source)
{
    static const char* const names[] = {"auto", "exact", "batch"};
    pinna_renderer_config config = pinna_renderer_config_default();
    config.hrtf = head();
    for (pinna_method method = 0; method < PINNA_METHOD_COUNT; method++) {
        config.method = method;
        size_t few = bytes_of(config, 256), many = bytes_of(config, 256 + 1024);
        double each = (double)(many - few) / 1024.0;
        fprintf(stderr, "[memory] %s: %.0f bytes per source, of these about %.0f delay line; %.2f MB for none\n",
                names[method], each, delay_line_bytes(&config), ((double)few - 256.0 * each) / 1e6);
        if (method == PINNA_METHOD_EXACT) continue; /* every source with its own filters: asked for by name */
        cr_expect_leq(each - delay_line_bytes(&config), LIMIT_BYTES);
    }
    config.method = PINNA_METHOD_AUTO;
    size_t without = bytes_of(config, 1024);
    config.max_propagation_m = 100.0f;
    fprintf(stderr, "[memory] propagation: %.1f bytes per source and metre\n",
            (double)(bytes_of(config, 1024) - without) / 1024.0 / 100.0);
    pinna_hrtf_release(config.hrtf);
}

Test(memory, time_to_create)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    config.hrtf = head();
    config.max_source_count = 1024;
    double best = 1e9;
    for (int i = 0; i < 5; i++) {
        pinna_renderer* renderer;
        double start = cpu_ms();
        cr_assert_eq(pinna_renderer_create(&config, &renderer), PINNA_OK);
        best = fmin(best, cpu_ms() - start);
        pinna_renderer_destroy(renderer);
    }
    fprintf(stderr, "[memory] renderer_create for 1,024 sources: %.2f ms\n", best);
    cr_expect_lt(best, LIMIT_MS);
    pinna_hrtf_release(config.hrtf);
}
