/* SPDX-License-Identifier: MIT */
/*
 * Cost of the partitioned convolver against direct convolution with our own FIR kernel, and how evenly it is spread.
 * usage: bench_convolver [seconds of response, default 3] [--json]
 */
#include <pinna/convolver.h>

#include "dsp/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RATE = 48000, EARS = 2 };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static float noise(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / 8388608.0f - 1.0f;
}

static float* noise_array(size_t count, uint32_t seed, double decay_frames)
{
    float* array = malloc(count * sizeof *array);
    if (!array) exit(1);
    for (size_t n = 0; n < count; n++) array[n] = noise(&seed) * (float)exp(-(double)n / decay_frames);
    return array;
}

static int ascending(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

/* Best of ten runs, ns per frame of both ears. */
static double direct_cost(float* const taps[EARS], size_t tap_count)
{
    enum { BLOCK = 128, BLOCKS = 12 };
    const pinna_kernels* kernels = pinna_kernels_select(pinna_cpu_flags());
    float* in = noise_array(tap_count + (size_t)BLOCK * BLOCKS, 1, 1e9);
    float left[BLOCK], right[BLOCK];
    double best = INFINITY;
    for (int run = 0; run < 10; run++) {
        double start = now_ns();
        for (size_t b = 0; b < BLOCKS; b++)
            kernels->fir_pair(left, right, in + tap_count + b * BLOCK, taps[0], taps[1], tap_count, BLOCK);
        best = fmin(best, (now_ns() - start) / (BLOCK * BLOCKS));
    }
    free(in);
    return best;
}

typedef struct cost {
    double mean;          /* ns per frame. */
    double high, highest; /* 99.9th percentile of blocks and the worst, as multiples of the mean. */
} cost;

/* Each block's time is the least of five passes over the same frames, so that what the machine does besides drops out
   and the convolver's own peaks stay. */
static cost convolver_cost(pinna_convolver* convolver, uint32_t input_count, size_t block)
{
    enum { PASSES = 5 };
    const size_t block_count = 5 * RATE / block;
    double* times = calloc(block_count, sizeof *times);
    float* in = noise_array(block, 3, 1e9);
    float *left = calloc(block, sizeof *left), *right = calloc(block, sizeof *right);
    if (!times || !left || !right) exit(1);
    const float* inputs[PINNA_CONVOLVER_MAX_CHANNELS];
    for (uint32_t i = 0; i < input_count; i++) inputs[i] = in;
    for (int pass = 0; pass < PASSES; pass++) {
        pinna_convolver_reset(convolver);
        for (size_t b = 0; b < block_count; b++) {
            double start = now_ns();
            pinna_convolver_process(convolver, inputs, (float* const[]){left, right}, block);
            double took = now_ns() - start;
            if (!pass || took < times[b]) times[b] = took;
        }
    }
    double sum = 0;
    for (size_t b = 0; b < block_count; b++) sum += times[b];
    qsort(times, block_count, sizeof *times, ascending);
    const double mean = sum / (double)block_count;
    cost result = {mean / (double)block, times[block_count - 1 - block_count / 1000] / mean,
                   times[block_count - 1] / mean};
    free(times);
    free(in);
    free(left);
    free(right);
    return result;
}

static pinna_convolver* prepare(uint32_t input_count, float* const taps[EARS], uint32_t tap_count)
{
    pinna_convolver_config config = pinna_convolver_config_default();
    config.input_count = input_count;
    config.output_count = EARS;
    config.max_tap_count = tap_count;
    const float* paths[PINNA_CONVOLVER_MAX_CHANNELS * EARS];
    for (uint32_t p = 0; p < input_count * EARS; p++) paths[p] = taps[p % EARS];
    pinna_response* response = NULL;
    pinna_convolver* convolver = NULL;
    if (pinna_response_create(&config, paths, tap_count, &response) || pinna_convolver_create(&config, &convolver) ||
        pinna_convolver_set_response(convolver, response))
        exit(1);
    pinna_response_release(response);
    return convolver;
}

int main(int argc, char** argv)
{
    bool json = false;
    double seconds = 3;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json")) json = true;
        else seconds = atof(argv[i]);
    }
    if (!(seconds > 0 && seconds <= 30)) return 1;
    const uint32_t tap_count = (uint32_t)(seconds * RATE);
    float* const taps[EARS] = {noise_array(tap_count, 5, 20000), noise_array(tap_count, 7, 20000)};
    const double direct = direct_cost(taps, tap_count);
    if (!json) printf("%.2f s at %d Hz to 2 ears, kernels %s\ndirect: %.0f ns per frame and input\n", seconds, RATE,
                      pinna_kernels_select(pinna_cpu_flags())->name, direct);
    static const struct { uint32_t inputs; size_t block; } cases[] = {{1, 16},  {1, 64},  {1, 128},  {1, 256},
                                                                      {1, 512}, {1, 1024}, {12, 128}, {12, 512}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        pinna_convolver* convolver = prepare(cases[k].inputs, taps, tap_count);
        cost c = convolver_cost(convolver, cases[k].inputs, cases[k].block);
        const double ratio = direct * cases[k].inputs / c.mean;
        printf(json ? "{\"inputs\":%u,\"block\":%zu,\"ns_per_frame\":%.2f,\"direct_over_partitioned\":%.1f,"
                      "\"p999_over_mean\":%.2f,\"worst_over_mean\":%.2f}\n"
                    : "inputs %2u  block %4zu: %7.1f ns per frame, 1/%.1f of direct; blocks: 99.9%% within %.2f of the "
                      "mean, worst %.2f\n",
               cases[k].inputs, cases[k].block, c.mean, ratio, c.high, c.highest);
        pinna_convolver_destroy(convolver);
    }
    free(taps[0]);
    free(taps[1]);
    return 0;
}
