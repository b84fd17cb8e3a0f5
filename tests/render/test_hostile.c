/* SPDX-License-Identifier: MIT */
/* Values no host should hand in, and what becomes of them: nothing an ear would mind, and nothing that lasts. */
#include "support.h"

#include <float.h>

enum { BLOCK = 256 };

static const float odd_samples[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, FLT_MAX, FLT_MIN / 8.0f, -1e-42f, 0.0f};

/* Renders blocks of one repeated sample, then silence, then an impulse. Returns the response to the impulse. */
static void render_after(pinna_method method, bool limiter, float sample, float response[2][BLOCK], double* while_odd)
{
    static float input[BLOCK], left[BLOCK], right[BLOCK];
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, method);
    config.limiter = limiter;
    pinna_renderer* renderer = renderer_of(&config);
    pinna_input one = {source_at(renderer, 0.3f, 1.0f, 0.2f), input};
    *while_odd = 0.0;
    for (size_t n = 0; n < BLOCK; n++)
        input[n] = n % 3 == 1 ? 0.25f : sample;
    for (int block = 0; block < 4; block++) {
        pinna_renderer_process(renderer, &one, 1, left, right, BLOCK);
        *while_odd = fmax(*while_odd, fmax(loudest(left, BLOCK), loudest(right, BLOCK)));
    }
    memset(input, 0, sizeof input);
    for (int block = 0; block < 800; block++)
        pinna_renderer_process(renderer, &one, 1, left, right, BLOCK);
    input[0] = 1.0f;
    pinna_renderer_process(renderer, &one, 1, response[0], response[1], BLOCK);
    pinna_renderer_destroy(renderer);
    pinna_hrtf_release(hrtf);
}

Test(hostile, samples)
{
    static float clean[2][BLOCK], after[2][BLOCK];
    for (int method = PINNA_METHOD_EXACT; method < PINNA_METHOD_COUNT; method++) {
        double loud;
        render_after((pinna_method)method, true, 0.0f, clean, &loud);
        for (size_t i = 0; i < sizeof odd_samples / sizeof odd_samples[0]; i++) {
            render_after((pinna_method)method, true, odd_samples[i], after, &loud);
            cr_expect_leq(loud, 1.0, "%g gives %g, limiter on", (double)odd_samples[i], loud);
            double difference = 0.0;
            for (int ear = 0; ear < 2; ear++)
                for (size_t n = 0; n < BLOCK; n++)
                    difference = fmax(difference, fabs((double)after[ear][n] - clean[ear][n]));
            cr_expect_leq(difference, 1e-6, "%g is still heard afterwards: %g", (double)odd_samples[i], difference);
            render_after((pinna_method)method, false, odd_samples[i], after, &loud);
            cr_expect(isfinite(loud), "%g, limiter off", (double)odd_samples[i]);
        }
    }
}

/* Every number of a snapshot in turn, by its place in the struct. */
static const size_t float_params[] = {
    offsetof(pinna_source_params, position.x),
    offsetof(pinna_source_params, position.y),
    offsetof(pinna_source_params, position.z),
    offsetof(pinna_source_params, gain),
    offsetof(pinna_source_params, reference_distance_m),
    offsetof(pinna_source_params, max_distance_m),
    offsetof(pinna_source_params, rolloff),
};

Test(hostile, source_params)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, FLT_MAX, -1.0f, 1e-42f, 0.0f};
    static float input[BLOCK], left[BLOCK], right[BLOCK];
    for (size_t n = 0; n < BLOCK; n++)
        input[n] = sinf(0.1f * (float)n);
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    pinna_renderer* renderer = renderer_of(&config);
    pinna_input one = {source_at(renderer, 1.0f, 0.0f, 0.0f), input};
    for (size_t p = 0; p < sizeof float_params / sizeof float_params[0]; p++) {
        for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
            pinna_source_params params = pinna_source_params_default();
            memcpy((char*)&params + float_params[p], &odd[i], sizeof odd[i]);
            pinna_status status = pinna_source_set_params(renderer, one.source, &params);
            if (!isfinite(odd[i])) cr_expect_eq(status, PINNA_ERROR_ARGUMENT, "parameter %zu, %g", p, (double)odd[i]);
            for (int block = 0; block < 3; block++) {
                pinna_renderer_process(renderer, &one, 1, left, right, BLOCK);
                double loud = fmax(loudest(left, BLOCK), loudest(right, BLOCK));
                cr_expect_leq(loud, 16.0 * 4.0, "parameter %zu, %g: %g", p, (double)odd[i], loud);
            }
        }
    }
    pinna_renderer_destroy(renderer);
    pinna_hrtf_release(hrtf);
}

Test(hostile, listener_params)
{
    static const float odd[] = {NAN, INFINITY, 1e30f, FLT_MAX, 0.0f};
    static float input[BLOCK], left[BLOCK], right[BLOCK];
    for (size_t n = 0; n < BLOCK; n++)
        input[n] = sinf(0.1f * (float)n);
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_BATCH);
    pinna_renderer* renderer = renderer_of(&config);
    pinna_input one = {source_at(renderer, 1.0f, 0.0f, 0.0f), input};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        for (size_t field = 0; field < sizeof(pinna_listener_params) / sizeof(float); field++) {
            pinna_listener_params params = pinna_listener_params_default();
            memcpy((char*)&params + field * sizeof(float), &odd[i], sizeof odd[i]);
            pinna_status status = pinna_renderer_set_listener(renderer, &params);
            if (!isfinite(odd[i])) cr_expect_eq(status, PINNA_ERROR_ARGUMENT, "field %zu, %g", field, (double)odd[i]);
            pinna_renderer_process(renderer, &one, 1, left, right, BLOCK);
            cr_expect(isfinite(loudest(left, BLOCK) + loudest(right, BLOCK)), "field %zu, %g", field, (double)odd[i]);
        }
    }
    pinna_renderer_destroy(renderer);
    pinna_hrtf_release(hrtf);
}

Test(hostile, frame_counts)
{
    static float input[4 * BLOCK], left[4 * BLOCK], right[4 * BLOCK];
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    config.max_block_frames = BLOCK;
    pinna_renderer* renderer = renderer_of(&config);
    pinna_input one = {source_at(renderer, 1.0f, 0.0f, 0.0f), input};
    for (size_t n = 0; n < 4 * BLOCK; n++)
        input[n] = 0.5f, left[n] = right[n] = 7.0f;
    pinna_renderer_process(renderer, &one, 1, left, right, 0);
    cr_expect_eq(left[0], 7.0f);
    pinna_renderer_process(renderer, &one, 1, left, right, 3 * BLOCK);
    cr_expect_eq(loudest(left, BLOCK), 0.0);
    cr_expect_eq(loudest(right, BLOCK), 0.0);
    cr_expect_eq(left[BLOCK], 7.0f, "written beyond max_block_frames");
    pinna_renderer_process(renderer, &one, 1, left, right, 1);
    pinna_renderer_process(renderer, &one, 1, left, right, BLOCK);
    cr_expect_gt(loudest(left, BLOCK), 0.1);
    pinna_renderer_destroy(renderer);
    pinna_hrtf_release(hrtf);
}
