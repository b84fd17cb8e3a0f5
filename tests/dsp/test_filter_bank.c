/* SPDX-License-Identifier: MIT */
/* The bank against its definition, whatever the lengths of filters and segments. */
#include "dsp/filter_bank.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FILTERS = 24, FRAMES = 1024, CHANNELS = 2 };

typedef struct bench {
    uint32_t tap_count;
    size_t past, stride;
    float *taps, *rows; /* [filter][tap], [channel][filter][past then FRAMES] */
    float* out[CHANNELS];
} bench;

static float noise(uint32_t* seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / 8388608.0f - 1.0f;
}

static bench bench_create(uint32_t tap_count)
{
    bench b = {.tap_count = tap_count, .past = pinna_filter_bank_past(tap_count)};
    uint32_t seed = tap_count;
    b.stride = b.past + FRAMES;
    b.taps = malloc(FILTERS * tap_count * sizeof *b.taps);
    b.rows = malloc(CHANNELS * FILTERS * b.stride * sizeof *b.rows);
    for (size_t n = 0; n < FILTERS * (size_t)tap_count; n++) b.taps[n] = noise(&seed);
    for (size_t n = 0; n < CHANNELS * FILTERS * b.stride; n++) b.rows[n] = noise(&seed);
    for (int c = 0; c < CHANNELS; c++) b.out[c] = calloc(FRAMES, sizeof *b.out[c]);
    return b;
}

static void bench_free(bench* b)
{
    for (int c = 0; c < CHANNELS; c++) free(b->out[c]);
    free(b->rows);
    free(b->taps);
}

static const float* row(const bench* b, int channel, size_t filter)
{
    return b->rows + ((size_t)channel * FILTERS + filter) * b->stride + b->past;
}

static double expected(const bench* b, int channel, size_t frame)
{
    double sum = 0.0;
    for (size_t f = 0; f < FILTERS; f++)
        for (size_t k = 0; k < b->tap_count; k++)
            sum += (double)b->taps[f * b->tap_count + k] * (double)*(row(b, channel, f) + frame - k);
    return sum;
}

static double error_db(const bench* b)
{
    double error = 0.0, signal = 0.0;
    for (int c = 0; c < CHANNELS; c++) {
        for (size_t n = 0; n < FRAMES; n += 7) {
            double want = expected(b, c, n), off = want - (double)b->out[c][n];
            error += off * off;
            signal += want * want;
        }
    }
    return 10.0 * log10(error / signal + 1e-30);
}

static void* place(pinna_filter_bank* bank, const pinna_kernels* kernels, uint32_t tap_count)
{
    pinna_arena arena = {0};
    pinna_filter_bank_place(bank, &arena, kernels, FILTERS, tap_count);
    void* memory = aligned_alloc(PINNA_ALIGNMENT, (arena.used + PINNA_ALIGNMENT) / PINNA_ALIGNMENT * PINNA_ALIGNMENT);
    arena = (pinna_arena){memory, 0};
    pinna_filter_bank_place(bank, &arena, kernels, FILTERS, tap_count);
    return memory;
}

/* Segments of these lengths, over and over, up to FRAMES. */
static void run(pinna_filter_bank* bank, bench* b, const size_t* lengths, size_t length_count)
{
    for (size_t done = 0, i = 0; done < FRAMES; i++) {
        size_t length = lengths[i % length_count], count = length < FRAMES - done ? length : FRAMES - done;
        const float* rows[CHANNELS] = {row(b, 0, 0) + done, row(b, 1, 0) + done};
        float* const out[CHANNELS] = {b->out[0] + done, b->out[1] + done};
        pinna_filter_bank_run(bank, rows, b->stride, count, out);
        done += count;
    }
}

static void check(const pinna_kernels* kernels, uint32_t tap_count, const size_t* lengths, size_t length_count)
{
    bench b = bench_create(tap_count);
    pinna_filter_bank bank;
    void* memory = place(&bank, kernels, tap_count);
    pinna_filter_bank_use(&bank, b.taps, FILTERS, tap_count);
    run(&bank, &b, lengths, length_count);
    double db = error_db(&b);
    cr_expect_lt(db, -120.0, "%s, %u taps, segments of %zu: %.1f dB", kernels->name, tap_count, lengths[0], db);
    free(memory);
    bench_free(&b);
}

Test(filter_bank, equals_its_definition)
{
    static const uint32_t taps[] = {1, 17, 127, 128, 129, 256, 300, 512, 1200};
    static const size_t whole[] = {128}, mixed[] = {128, 128, 64, 128, 1, 100, 128, 128, 128, 129, 48, 16},
                        long_[] = {400};
    const pinna_kernels* tables[4];
    size_t table_count = pinna_kernels_all(tables);
    for (size_t t = 0; t < table_count; t++) {
        for (size_t i = 0; i < sizeof taps / sizeof taps[0]; i++) {
            check(tables[t], taps[i], whole, 1);
            check(tables[t], taps[i], mixed, sizeof mixed / sizeof mixed[0]);
            check(tables[t], taps[i], long_, 1);
        }
    }
}

Test(filter_bank, another_set_leaves_nothing_of_the_last)
{
    static const size_t whole[] = {128};
    const pinna_kernels* kernels = pinna_kernels_select(pinna_cpu_flags());
    bench first = bench_create(300), second = bench_create(200);
    pinna_filter_bank bank;
    void* memory = place(&bank, kernels, 300);
    pinna_filter_bank_use(&bank, first.taps, FILTERS, 300);
    run(&bank, &first, whole, 1);
    pinna_filter_bank_use(&bank, second.taps, FILTERS, 200);
    run(&bank, &second, whole, 1);
    cr_expect_lt(error_db(&second), -120.0);
    free(memory);
    bench_free(&first);
    bench_free(&second);
}
