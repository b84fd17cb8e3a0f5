/* SPDX-License-Identifier: MIT */
/*
 * How near the kernels come to the processor: GMAC/s of each, and the share of what a loop of multiply-adds between
 * registers reaches in the same run. Neighbours disturb: every figure is the best of many short slices, taken in turns
 * with the peak's.
 *
 *     bench_kernels [ROUNDS]    default 60
 */
#include "dsp/kernels.h"
#include "peak.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_TAPS = 512, MAX_FRAMES = 1024, MAX_ROWS = 64, ROW_FLOATS = 256 + 16, IN_FLOATS = 4096 };

static struct {
    float in[IN_FLOATS];
    float taps[2][MAX_TAPS];
    /* Without it outputs lie whole pages after inputs, and loads wait for stores that only look like theirs. */
    float apart[512];
    float out[2][MAX_FRAMES];
    float inputs[MAX_ROWS * ROW_FLOATS];
    float busses[MAX_ROWS * ROW_FLOATS];
    float gains[MAX_ROWS * MAX_ROWS];
    pinna_delay_glide glide;
} data __attribute__((aligned(64)));

static volatile float sink;

static double cpu_time_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* --- the kernels --- */

typedef enum kernel_kind { FIR, FIR_PAIR, FIR_ADD, DELAY_FIXED, DELAY_GLIDE, GLIDE_ADD, BUS_MIX, BLEND3, CROSSFADE,
                           CROSSFADE_ADD, RAMP_ADD, RAMP_COPY, DOT, KIND_COUNT } kernel_kind;

static const char* const kind_names[KIND_COUNT] = {
    "fir",     "fir_pair", "fir_add",   "delay_fixed",   "delay_glide", "glide_add",
    "bus_mix", "blend3",   "crossfade", "crossfade_add", "ramp_add",    "ramp_copy", "dot"};

/* Taps of the exact path's delay. */
enum { GLIDE_TAPS = 24 };

typedef struct bench_case {
    kernel_kind kind;
    size_t taps; /* Or sources. */
    size_t busses;
    size_t frames;
    double best_s; /* Per call. */
} bench_case;

static void call_kernel(const pinna_kernels* k, const bench_case* c, size_t offset)
{
    /* An integer delay puts the input anywhere: alignment changes from call to call. */
    const float* in = data.in + 1024 + offset % 16;
    float* out = data.out[0];
    switch (c->kind) {
    case FIR: k->fir(out, in, data.taps[0], c->taps, c->frames); break;
    case FIR_PAIR: k->fir_pair(out, data.out[1], in, data.taps[0], data.taps[1], c->taps, c->frames); break;
    case FIR_ADD: k->fir_add(out, in, data.taps[0], c->taps, c->frames); break;
    case DELAY_FIXED: k->delay_fixed(out, in, data.taps[0], c->frames); break;
    case DELAY_GLIDE: k->delay_glide(out, in, &data.glide, -0.5f, 1.0f / (float)c->frames, c->frames); break;
    case GLIDE_ADD:
        k->glide_add(out, in, data.taps[0], GLIDE_TAPS, -0.5f, 1.0f / (float)c->frames, c->frames);
        break;
    case BUS_MIX:
        k->bus_mix(data.busses, ROW_FLOATS, data.gains, MAX_ROWS, data.inputs, ROW_FLOATS, c->busses, c->taps,
                   c->frames);
        break;
    case BLEND3: k->blend3(out, in, data.inputs, data.busses, 0.5f, 0.25f, 0.25f, c->frames); break;
    case CROSSFADE: k->crossfade(out, in, data.inputs, 0.0f, 0.001f, c->frames); break;
    case CROSSFADE_ADD: k->crossfade_add(out, in, data.inputs, 0.0f, 0.001f, c->frames); break;
    case RAMP_ADD: k->ramp_add(out, in, 1e-3f, 1e-6f, c->frames); break;
    case RAMP_COPY: sink = k->ramp_copy(out, in, 1.0f, -0.001f, c->frames); break;
    case DOT: sink = k->dot(in, data.inputs, c->frames); break;
    case KIND_COUNT: break;
    }
}

/* Multiply-adds of one call, as the definition counts them; for the pointwise ones, samples. */
static double macs_per_call(const bench_case* c)
{
    double frames = (double)c->frames;
    switch (c->kind) {
    case FIR:
    case FIR_ADD: return frames * (double)c->taps;
    case FIR_PAIR: return 2.0 * frames * (double)c->taps;
    case DELAY_FIXED: return frames * PINNA_DELAY_TAPS;
    case DELAY_GLIDE: return frames * (3 * PINNA_DELAY_TAPS + 2);
    case GLIDE_ADD: return frames * (3 * GLIDE_TAPS + 2);
    case BUS_MIX: return frames * (double)c->taps * (double)c->busses;
    default: return frames;
    }
}

static void time_slice(const pinna_kernels* kernels, bench_case* c)
{
    size_t calls = (size_t)(100000.0 * (kernels->lanes + 1.0) / macs_per_call(c)) + 16;
    if (c->kind >= BLEND3) calls = calls / 32 + 16;
    double start = cpu_time_s();
    for (size_t i = 0; i < calls; i++) call_kernel(kernels, c, i);
    double each = (cpu_time_s() - start) / (double)calls;
    if (each < c->best_s) c->best_s = each;
}

static void print_case(const pinna_kernels* kernels, const bench_case* c, double peak)
{
    double rate = macs_per_call(c) / c->best_s * 1e-9;
    char shape[48] = "";
    if (c->kind == BUS_MIX) snprintf(shape, sizeof shape, "%zu busses x %zu sources", c->busses, c->taps);
    else if (c->taps) snprintf(shape, sizeof shape, "%zu taps", c->taps);
    printf("%-7s %-14s %-24s %4zu frames  %7.1f GMAC/s  %3.0f %%  %8.1f ns  %6.3f ns/frame\n", kernels->name,
           kind_names[c->kind], shape, c->frames, rate, 100.0 * rate / peak, 1e9 * c->best_s,
           1e9 * c->best_s / (double)c->frames);
}

static size_t list_cases(bench_case* cases)
{
    static const size_t taps[] = {32, 128, 255, 512};
    static const size_t frames[] = {1, 3, 16, 64, 100, 128, 256};
    static const size_t busses[] = {16, 32, 64};
    static const size_t sources[] = {8, 16, 32, 64};
    enum { FRAME_KINDS = sizeof frames / sizeof frames[0] };
    size_t count = 0;
    for (kernel_kind kind = FIR; kind <= FIR_ADD; kind++)
        for (size_t t = 0; t < 4; t++)
            for (size_t f = taps[t] == 128 ? 0 : 3; f < FRAME_KINDS; f++)
                cases[count++] = (bench_case){kind, taps[t], 0, frames[f], 1.0};
    for (size_t f = 3; f < FRAME_KINDS; f++)
        for (size_t b = 0; b < 3; b++)
            for (size_t s = 0; s < 4; s++)
                cases[count++] = (bench_case){BUS_MIX, sources[s], busses[b], frames[f], 1.0};
    for (kernel_kind kind = DELAY_FIXED; kind < KIND_COUNT; kind++)
        for (size_t f = 0; f < FRAME_KINDS && kind != BUS_MIX; f++)
            cases[count++] = (bench_case){kind, 0, 0, frames[f], 1.0};
    return count;
}

static void fill(float* x, size_t count)
{
    for (size_t n = 0; n < count; n++) x[n] = (float)(n * 7919 % 1024) / 1024.0f - 0.5f;
}

static int compare_doubles(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

/* Each case is the best of rounds slices; the peak, timed before every slice, is given no more luck than that. */
static void bench_table(const pinna_kernels* kernels, size_t rounds)
{
    static bench_case cases[256];
    size_t case_count = list_cases(cases);
    double* peaks_s = malloc(rounds * case_count * sizeof *peaks_s);
    if (!peaks_s) return;
    size_t peak_count = 0;
    for (size_t round = 0; round < rounds; round++) {
        fill(data.busses, MAX_ROWS * ROW_FLOATS); /* They only ever grow. */
        for (size_t i = 0; i < case_count; i++) {
            peaks_s[peak_count++] = bench_peak_s(kernels->lanes);
            time_slice(kernels, &cases[i]);
        }
    }
    qsort(peaks_s, peak_count, sizeof *peaks_s, compare_doubles);
    double peak = 1e-9 / peaks_s[peak_count / (rounds + 1)];
    free(peaks_s);
    printf("\n%s: peak of multiply-adds between registers %.1f GMAC/s\n", kernels->name, peak);
    for (size_t i = 0; i < case_count; i++) print_case(kernels, &cases[i], peak);
}

int main(int argc, char** argv)
{
    int wanted = argc > 1 ? atoi(argv[1]) : 60;
    size_t rounds = wanted > 0 ? (size_t)wanted : 1;
    fill(data.in, IN_FLOATS);
    fill(data.taps[0], 2 * MAX_TAPS);
    fill(data.inputs, MAX_ROWS * ROW_FLOATS);
    fill(data.gains, MAX_ROWS * MAX_ROWS);
    fill(&data.glide.c[0][0], 3 * PINNA_DELAY_TAPS);
    const pinna_kernels* tables[4];
    size_t count = pinna_kernels_all(tables);
    const char* only = getenv("PINNA_CPU");
    for (size_t t = count; t-- > 0;)
        if (!only || pinna_kernels_select(pinna_cpu_flags()) == tables[t]) bench_table(tables[t], rounds);
    return 0;
}
