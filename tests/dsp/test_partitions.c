/* SPDX-License-Identifier: MIT */
/* The convolver's inside: how a response is cut, how work is spread, and the vector widths against scalar. */
#include "dsp/kernels.h"
#include "dsp/level.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t next_random(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static float* noise(size_t count)
{
    uint32_t seed = 1;
    float* x = malloc(count * sizeof *x);
    for (size_t n = 0; n < count; n++) x[n] = (float)next_random(&seed) / 8388608.0f - 1.0f;
    return x;
}

static double level_db(double error, double peak)
{
    return 20.0 * log10(fmax(error, 1e-300) / peak);
}

Test(partitions, plans_cover_every_tap_without_overlap)
{
    uint32_t seed = 1;
    for (int i = 0; i < 3000; i++) {
        const uint32_t tap_count = 1 + next_random(&seed) % (i % 2 ? 20000 : PINNA_CONVOLVER_MAX_TAPS);
        const pinna_convolver_config config = {.input_count = 1 + next_random(&seed) % 64,
                                               .output_count = 1 + next_random(&seed) % 64,
                                               .max_tap_count = tap_count};
        const pinna_plan plan = pinna_plan_make(&config);
        uint32_t covered = PINNA_HEAD_TAPS;
        for (uint32_t l = 0; l < plan.level_count; l++) {
            const uint32_t points = pinna_transform_points(plan.levels[l].size_index);
            cr_assert_eq(covered, 2 * points, "%u taps, level %u", tap_count, l);
            cr_assert_gt(plan.levels[l].partition_count, 0);
            covered += plan.levels[l].partition_count * points;
        }
        cr_assert_geq(covered, tap_count);
    }
}

/* Work done after e of P frames is e / P of all, but for one step: that is what keeps blocks even. */
Test(partitions, work_keeps_pace_with_frames)
{
    const pinna_convolver_config config = {.input_count = 1, .output_count = 2, .max_tap_count = 144000};
    const pinna_plan plan = pinna_plan_make(&config);
    cr_expect_gt(plan.level_count, 1);
    pinna_level_host host = {.input_count = 1, .output_count = 2};
    for (uint32_t l = 0; l < plan.level_count; l++) {
        pinna_level level;
        pinna_arena arena = {0};
        pinna_level_lay_out(&level, &arena, &host, &plan.levels[l], l);
        arena = (pinna_arena){.base = malloc(arena.used)};
        pinna_level_lay_out(&level, &arena, &host, &plan.levels[l], l);
        uint64_t largest = 0;
        for (uint32_t s = 0; s < level.step_count; s++) {
            uint64_t end = s + 1 < level.step_count ? level.steps[s + 1].start : level.cost;
            if (end - level.steps[s].start > largest) largest = end - level.steps[s].start;
        }
        const double share = (double)level.points / 128.0 * (double)largest / (double)level.cost;
        cr_expect_lt(share, 1.5, "level %u: a step weighs %.2f blocks of 128", l, share);
        free(arena.base);
    }
}

/* Every entry once; leaves the output, then spectra, in tiles. */
static void sweep(const pinna_spectral* table, float* re, float* im, float* tiles)
{
    enum { POINTS = 1024, STRIDE = 3 * PINNA_TILE_FLOATS };
    pinna_transform_tables tables = {0};
    pinna_arena arena = {0};
    pinna_transform_tables_take(&tables, &arena, 2);
    void* memory = calloc(1, arena.used + PINNA_ALIGNMENT);
    arena = (pinna_arena){.base = memory};
    pinna_transform_tables_take(&tables, &arena, 2);
    pinna_transform_tables_fill(&tables, 2);
    float *x = noise(2 * POINTS), *sum = calloc(16 * PINNA_TILE_FLOATS, sizeof *sum);
    table->weight(re, im, x, x + POINTS, tables.cosine[1], tables.sine[1], POINTS);
    for (uint32_t pass = 0; pass < 3; pass++)
        for (size_t first = 0; first < POINTS / 4; first += 48)
            table->forward4(re, im, pinna_transform_pass_length(1, pass),
                            pinna_transform_pass_twiddles(&tables, 1, pass), first,
                            POINTS / 4 - first < 48 ? POINTS / 4 - first : 48);
    for (size_t g = 0; g < 4; g++)
        table->forward_leaf(tiles + g * 4 * STRIDE, STRIDE, re + g * PINNA_GROUP, im + g * PINNA_GROUP);
    for (size_t t = 0; t < 16; t++)
        table->mac(sum + t * PINNA_TILE_FLOATS, tiles + t * STRIDE, tiles + (15 - t) * STRIDE, 3);
    for (size_t g = 0; g < 4; g++)
        table->inverse_leaf(re + g * PINNA_GROUP, im + g * PINNA_GROUP, sum + g * 4 * PINNA_TILE_FLOATS);
    for (uint32_t pass = 3; pass-- > 0;)
        table->inverse4(re, im, pinna_transform_pass_length(1, pass), pinna_transform_pass_twiddles(&tables, 1, pass),
                        0, POINTS / 4);
    table->unweight(x, re, im, tables.cosine[1], tables.sine[1], POINTS);
    memcpy(tiles, x, POINTS * sizeof *x);
    free(x);
    free(sum);
    free(memory);
}

Test(partitions, every_vector_width_agrees_with_scalar)
{
    enum { FLOATS = 16 * 3 * PINNA_TILE_FLOATS };
    static float re[1024], im[1024], expected[FLOATS], got[FLOATS];
    const uint32_t available = pinna_cpu_flags();
    const uint32_t masks[] = {0, PINNA_CPU_SSE2, PINNA_CPU_SSE2 | PINNA_CPU_AVX2, available};
    sweep(pinna_spectral_scalar(), re, im, expected);
    double peak = 0;
    for (size_t n = 0; n < 1024; n++) peak = fmax(peak, fabs(expected[n]));
    cr_assert_gt(peak, 0);
    for (size_t m = 0; m < 4; m++) {
        const pinna_spectral* table = pinna_spectral_select(masks[m] & available);
        memset(got, 0, sizeof got);
        sweep(table, re, im, got);
        double worst = 0;
        for (size_t n = 0; n < FLOATS; n++) worst = fmax(worst, fabs((double)got[n] - expected[n]));
        cr_expect_lt(level_db(worst, peak), -115, "%s: %.1f dB", table->name, level_db(worst, peak));
    }
}

/* The windows of two ears, through: a spectrum of taps, of input, two products and back. Leaves all of it in turn. */
static void sweep_windows(const pinna_spectral* table, float* out)
{
    static pinna_window_turns turns;
    pinna_window_turns_init(&turns);
    float *x = noise(8 * PINNA_WINDOW), *spectra = out, *product = out + 4 * PINNA_GROUP;
    float* back = product + 2 * PINNA_GROUP;
    const float *const early[2] = {x + 1, x + 2 * PINNA_WINDOW + 3}, *const late[2] = {x + 301, x + 4 * PINNA_WINDOW};
    float *const halves[2] = {back, back + PINNA_WINDOW}, *const no_early[2] = {NULL, back + 2 * PINNA_WINDOW};
    table->forward_windows(spectra, early, late, &turns);
    table->forward_windows(spectra + 2 * PINNA_GROUP, late, early, &turns);
    table->multiply(product, spectra, spectra + 2 * PINNA_GROUP, false);
    table->multiply(product, spectra, spectra, true);
    table->inverse_windows(no_early, halves, product, spectra, spectra + 2 * PINNA_GROUP, &turns);
    table->inverse_windows(halves, (float*[2]){back + 3 * PINNA_WINDOW, back + 4 * PINNA_WINDOW}, NULL, spectra,
                           product, &turns);
    free(x);
}

Test(partitions, windows_of_every_vector_width_agree_with_scalar)
{
    enum { FLOATS = 6 * PINNA_GROUP + 5 * PINNA_WINDOW };
    static float expected[FLOATS], got[FLOATS];
    const uint32_t available = pinna_cpu_flags();
    const uint32_t masks[] = {PINNA_CPU_SSE2, PINNA_CPU_SSE2 | PINNA_CPU_AVX2, available};
    sweep_windows(pinna_spectral_scalar(), expected);
    for (size_t m = 0; m < sizeof masks / sizeof masks[0]; m++) {
        const pinna_spectral* table = pinna_spectral_select(masks[m] & available);
        sweep_windows(table, got);
        for (size_t part = 0; part < FLOATS; part += PINNA_WINDOW) { /* of much different size: each against itself */
            double worst = 0, peak = 0;
            for (size_t n = part; n < part + PINNA_WINDOW; n++) {
                worst = fmax(worst, fabs((double)got[n] - expected[n]));
                peak = fmax(peak, fabs((double)expected[n]));
            }
            cr_assert_gt(peak, 0);
            cr_expect_lt(level_db(worst, peak), -115, "%s, %zu: %.1f dB", table->name, part, level_db(worst, peak));
        }
    }
}
