/* SPDX-License-Identifier: MIT */
/*
 * What the late reverberator costs: ns per frame of both ears at 48 kHz, steady and while tuning and ears crossfade.
 * Neighbours disturb: the best of many short slices.
 *
 *     bench_reverb [ROUNDS]    default 40
 */
#include "base/memory.h"
#include "dsp/reverb.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RATE_HZ 48000.0

enum { FRAMES = 480, BLOCKS = 20, ROOMS = 2 };

static double cpu_time_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ns per frame; with other != NULL a crossfade is always under way. */
static double slice_ns(pinna_reverb* reverb, const pinna_reverb_tuning* other[2], const pinna_reverb_ears* ears)
{
    static float in[FRAMES], left[FRAMES], right[FRAMES];
    const float* inputs[1] = {in};
    for (int n = 0; n < FRAMES; n++) in[n] = (float)((n * 7919) % 1000) / 1000.0f - 0.5f;
    double start = cpu_time_s();
    for (int block = 0; block < BLOCKS; block++) {
        if (other) {
            pinna_reverb_set_tuning(reverb, other[block % 2]);
            pinna_reverb_set_ears(reverb, ears);
        }
        pinna_reverb_process(reverb, inputs, left, right, FRAMES);
    }
    return 1e9 * (cpu_time_s() - start) / (FRAMES * BLOCKS);
}

static void bench(const pinna_kernels* kernels, const pinna_reverb_tuning* rooms[ROOMS], const pinna_reverb_ears* ears,
                  int rounds)
{
    pinna_reverb_config config = {.sample_rate_hz = RATE_HZ, .input_count = 1, .kernels = kernels};
    pinna_arena arena = {0};
    pinna_reverb_place(&arena, &config, NULL, NULL);
    arena = (pinna_arena){.base = aligned_alloc(PINNA_ALIGNMENT, (arena.used + 63) / 64 * 64)};
    void* memory = arena.base;
    if (!memory) return;
    pinna_reverb* reverb = pinna_reverb_place(&arena, &config, rooms[0], ears);
    double steady = 1e9, fading = 1e9;
    for (int i = 0; i < rounds; i++) {
        double ns = slice_ns(reverb, NULL, ears);
        steady = ns < steady ? ns : steady;
    }
    for (int i = 0; i < rounds; i++) {
        double ns = slice_ns(reverb, rooms, ears);
        fading = ns < fading ? ns : fading;
    }
    printf("%-8s %6.1f ns per frame, %6.1f while everything crossfades, %zu KB\n", kernels->name, steady, fading,
           arena.used / 1024);
    free(memory);
}

int main(int argc, char** argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 40;
    static pinna_reverb_tuning small, large;
    static pinna_reverb_ears ears;
    const pinna_reverb_tuning* rooms[ROOMS] = {&large, &small};
    pinna_reverb_params params = {.size_m = {26, 18, 9}, .level = 1};
    pinna_reverb_spread_bands(0.9f, 0.7f, 0.5f, params.rt60_s);
    pinna_reverb_tune(&params, RATE_HZ, &large);
    params.size_m[0] = 5.0f;
    double start = cpu_time_s();
    pinna_reverb_tune(&params, RATE_HZ, &small);
    printf("tuning takes %.2f ms\n", 1e3 * (cpu_time_s() - start));
    static const float none[2] = {0.0f, 0.0f}, unit[2] = {1.0f, 1.0f};
    const float* power[2] = {unit, unit};
    if (!pinna_reverb_shape_ears(&ears, RATE_HZ, none, power, 2, pinna_allocator_default())) return 1;
    const pinna_kernels* tables[4];
    size_t count = pinna_kernels_all(tables);
    for (size_t i = 0; i < count; i++) bench(tables[i], rooms, &ears, rounds);
    return 0;
}
