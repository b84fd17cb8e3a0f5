/* SPDX-License-Identifier: MIT */
/*
 * Every kernel table against the scalar one, over odd lengths and offsets. Arrays lie flush against pages that may not
 * be touched, once at their end and once at their beginning, so reading or writing outside the documented ranges
 * crashes; what lies next to an output in readable memory must keep its value.
 */
#include "dsp/kernels.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ARENA_FLOATS = 16384, FRAME_CASE_COUNT = 80, CANARY_FLOATS = 24 };

/* A few pages between two forbidden ones. */
typedef struct arena {
    char* map;
    size_t map_bytes;
    float* begin;
    float* end;
} arena;

static arena arena_create(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = (ARENA_FLOATS * sizeof(float) + page - 1) / page * page;
    arena a = {.map_bytes = bytes + 2 * page};
    a.map = mmap(NULL, a.map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(a.map != MAP_FAILED);
    cr_assert_eq(mprotect(a.map + page, bytes, PROT_READ | PROT_WRITE), 0);
    a.begin = (float*)(void*)(a.map + page);
    a.end = (float*)(void*)(a.map + page + bytes);
    return a;
}

static void arena_destroy(arena* a)
{
    munmap(a->map, a->map_bytes);
}

/* count floats that touch the arena's end or beginning. */
static float* arena_place(const arena* a, size_t count, bool at_end)
{
    return at_end ? a->end - count : a->begin;
}

static uint32_t random_state = 1;

static float random_float(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (float)(int32_t)random_state * 0x1p-31f;
}

static void fill_random(float* x, size_t count)
{
    for (size_t n = 0; n < count; n++) x[n] = random_float();
}

static size_t frame_case(size_t index)
{
    static const size_t larger[] = {95, 96, 112, 127, 128, 129, 200, 255, 256, 257, 500, 1000};
    return index < 68 ? index : larger[index - 68];
}

static const size_t tap_cases[] = {0,  1,  2,  3,  4,  5,  7,  8,   9,   15,  16,  17,  31,  32,
                                   33, 47, 63, 64, 65, 97, 99, 127, 128, 129, 177, 255, 256, 300};
enum { TAP_CASE_COUNT = sizeof tap_cases / sizeof tap_cases[0] };

/* What an output is compared with: the scalar result, and what rounding may do to it. */
typedef struct expectation {
    float value[1024];
    float size[1024]; /* Sum of |a b|. */
} expectation;

static bool near_enough(const float* got, const expectation* expected, size_t count, float tolerance)
{
    for (size_t n = 0; n < count; n++)
        if (!(fabsf(got[n] - expected->value[n]) <= tolerance * expected->size[n] + 1e-30f)) return false;
    return true;
}

/* An output with a canary on its free side. */
typedef struct output {
    float* x;
    float* canary;
} output;

static output output_place(const arena* a, size_t count, bool at_end)
{
    float* x = arena_place(a, count, at_end);
    output out = {x, at_end ? x - CANARY_FLOATS : x + count};
    for (size_t n = 0; n < CANARY_FLOATS; n++) out.canary[n] = 12345.0f;
    for (size_t n = 0; n < count; n++) x[n] = 0.25f;
    return out;
}

static bool canary_lives(const output* out)
{
    for (size_t n = 0; n < CANARY_FLOATS; n++)
        if (out->canary[n] != 12345.0f) return false;
    return true;
}

/* --- the filters --- */

typedef struct fir_fixture {
    arena in, taps0, taps1, out0, out1;
} fir_fixture;

static fir_fixture fir_fixture_create(void)
{
    fir_fixture f = {arena_create(), arena_create(), arena_create(), arena_create(), arena_create()};
    return f;
}

static void fir_fixture_destroy(fir_fixture* f)
{
    arena_destroy(&f->in);
    arena_destroy(&f->taps0);
    arena_destroy(&f->taps1);
    arena_destroy(&f->out0);
    arena_destroy(&f->out1);
}

static void expect_fir(expectation* expected, const float* in, const float* taps, size_t tap_count, size_t frame_count)
{
    pinna_kernels_select(0)->fir(expected->value, in, taps, tap_count, frame_count);
    for (size_t n = 0; n < frame_count; n++) {
        expected->size[n] = 0.0f;
        for (size_t k = 0; k < tap_count; k++) expected->size[n] += fabsf(taps[k] * *(in + n - k));
    }
}

static void assert_fir(const float* got, const expectation* expected, const pinna_kernels* table, size_t tap_count,
                       size_t frame_count)
{
    cr_assert(near_enough(got, expected, frame_count, 3e-6f), "%s, %zu taps, %zu frames", table->name, tap_count,
              frame_count);
}

static void check_fir(const pinna_kernels* table, const fir_fixture* f, size_t tap_count, size_t frame_count,
                      bool at_end)
{
    static expectation expected0, expected1;
    size_t history = tap_count ? tap_count - 1 : 0;
    float* in = arena_place(&f->in, history + frame_count, at_end) + history;
    float* taps0 = arena_place(&f->taps0, tap_count, at_end);
    float* taps1 = arena_place(&f->taps1, tap_count, !at_end);
    fill_random(in - history, history + frame_count);
    fill_random(taps0, tap_count);
    fill_random(taps1, tap_count);
    expect_fir(&expected0, in, taps0, tap_count, frame_count);
    expect_fir(&expected1, in, taps1, tap_count, frame_count);
    output out0 = output_place(&f->out0, frame_count, at_end);
    output out1 = output_place(&f->out1, frame_count, !at_end);

    table->fir(out0.x, in, taps0, tap_count, frame_count);
    assert_fir(out0.x, &expected0, table, tap_count, frame_count);
    table->fir_pair(out1.x, out0.x, in, taps1, taps0, tap_count, frame_count);
    assert_fir(out0.x, &expected0, table, tap_count, frame_count);
    assert_fir(out1.x, &expected1, table, tap_count, frame_count);

    for (size_t n = 0; n < frame_count; n++) {
        out0.x[n] = 2.0f;
        expected0.value[n] += 2.0f;
        expected0.size[n] += 2.0f;
    }
    table->fir_add(out0.x, in, taps0, tap_count, frame_count);
    assert_fir(out0.x, &expected0, table, tap_count, frame_count);
    cr_assert(canary_lives(&out0) && canary_lives(&out1), "%s, %zu taps, %zu frames", table->name, tap_count,
              frame_count);
}

Test(kernels, fir_of_every_table_equals_scalar)
{
    const pinna_kernels* tables[4];
    size_t table_count = pinna_kernels_all(tables);
    fir_fixture f = fir_fixture_create();
    for (size_t t = 0; t < table_count; t++)
        for (size_t i = 0; i < TAP_CASE_COUNT; i++)
            for (size_t j = 0; j < FRAME_CASE_COUNT; j++)
                check_fir(tables[t], &f, tap_cases[i], frame_case(j), (i + j) & 1);
    fir_fixture_destroy(&f);
}

/* An impulse, `age` frames before the first or later (negative), gives the taps with the largest one's rounding, and
   before itself, like silence, exact zeros. */
static void check_impulse(const pinna_kernels* table, size_t tap_count, size_t frame_count, ptrdiff_t age)
{
    static float in[1024], taps[2][300], outs[2][512];
    float* now = in + 300;
    memset(in, 0, sizeof in);
    fill_random(taps[0], tap_count);
    fill_random(taps[1], tap_count);
    now[-age] = 1.0f;
    table->fir(outs[0], now, taps[0], tap_count, frame_count);
    for (int pair = 0; pair < 2; pair++) {
        for (size_t n = 0; n < frame_count; n++) {
            ptrdiff_t tap = (ptrdiff_t)n + age;
            float expected = tap >= 0 && tap < (ptrdiff_t)tap_count ? taps[0][tap] : 0.0f;
            cr_assert(fabsf(outs[pair][n] - expected) <= (tap < 0 ? 0.0f : 1e-6f), "%s, %zu taps, %zu frames, %td: %zu",
                      table->name, tap_count, frame_count, age, n);
        }
        table->fir_pair(outs[0], outs[1], now, taps[1], taps[0], tap_count, frame_count);
    }
}

Test(kernels, fir_of_an_impulse_is_its_taps)
{
    static const size_t counts[] = {1, 17, 63, 64, 65, 127, 128, 129, 151, 200, 256, 300};
    enum { COUNTS = sizeof counts / sizeof counts[0] };
    const pinna_kernels* tables[4];
    size_t table_count = pinna_kernels_all(tables);
    for (size_t t = 0; t < table_count; t++)
        for (size_t i = 0; i < COUNTS; i++)
            for (size_t j = 0; j < COUNTS; j++)
                for (ptrdiff_t age = 1 - (ptrdiff_t)counts[i]; age <= (ptrdiff_t)counts[j]; age += 31)
                    check_impulse(tables[t], counts[i], counts[j], -age);
}

Test(kernels, scalar_fir_of_an_impulse_is_its_taps)
{
    const float in[7] = {0, 0, 0, 1, 0, 0, 0};
    const float taps[4] = {4, 3, 2, 1};
    float out[4];
    pinna_kernels_select(0)->fir(out, in + 3, taps, 4, 4);
    cr_assert_arr_eq(out, taps, sizeof taps);
}

/* --- fractional delays --- */

static void expect_glide(expectation* expected, const float* in, const pinna_delay_glide* glide, float u0, float du,
                         size_t frame_count)
{
    pinna_kernels_select(0)->delay_glide(expected->value, in, glide, u0, du, frame_count);
    for (size_t n = 0; n < frame_count; n++) {
        expected->size[n] = 0.0f;
        for (size_t k = 0; k < PINNA_DELAY_TAPS; k++) {
            float tap = fabsf(glide->c[0][k]) + fabsf(glide->c[1][k]) + fabsf(glide->c[2][k]);
            expected->size[n] += tap * fabsf(*(in + n - k));
        }
    }
}

static void check_delays(const pinna_kernels* table, const arena* in_arena, const arena* out_arena, size_t frame_count,
                         bool at_end)
{
    static expectation expected;
    pinna_delay_glide glide;
    size_t history = PINNA_DELAY_TAPS - 1;
    float* in = arena_place(in_arena, history + frame_count, at_end) + history;
    fill_random(in - history, history + frame_count);
    fill_random(&glide.c[0][0], 3 * PINNA_DELAY_TAPS);
    output out = output_place(out_arena, frame_count, at_end);

    table->delay_fixed(out.x, in, glide.c[0], frame_count);
    expect_fir(&expected, in, glide.c[0], PINNA_DELAY_TAPS, frame_count);
    cr_assert(near_enough(out.x, &expected, frame_count, 2e-6f), "%s fixed, %zu", table->name, frame_count);

    float du = 1.0f / (float)(frame_count + 1);
    table->delay_glide(out.x, in, &glide, -0.5f, du, frame_count);
    expect_glide(&expected, in, &glide, -0.5f, du, frame_count);
    cr_assert(near_enough(out.x, &expected, frame_count, 2e-6f), "%s glide, %zu", table->name, frame_count);
    cr_assert(canary_lives(&out), "%s, %zu", table->name, frame_count);
}

static void check_glide_add(const pinna_kernels* table, const fir_fixture* f, size_t tap_count, size_t frame_count,
                            bool at_end)
{
    static expectation expected;
    float* in = arena_place(&f->in, tap_count - 1 + frame_count, at_end) + tap_count - 1;
    float* taps = arena_place(&f->taps0, 3 * tap_count, at_end);
    fill_random(in - (tap_count - 1), tap_count - 1 + frame_count);
    fill_random(taps, 3 * tap_count);
    output out = output_place(&f->out0, frame_count, at_end);
    float du = 1.0f / (float)(frame_count + 1);
    for (size_t n = 0; n < frame_count; n++) {
        expected.value[n] = out.x[n];
        expected.size[n] = 1.0f;
        for (size_t k = 0; k < tap_count; k++)
            expected.size[n] +=
                (fabsf(taps[k]) + fabsf(taps[tap_count + k]) + fabsf(taps[2 * tap_count + k])) * fabsf(*(in + n - k));
    }
    pinna_kernels_select(0)->glide_add(expected.value, in, taps, tap_count, -0.5f, du, frame_count);
    table->glide_add(out.x, in, taps, tap_count, -0.5f, du, frame_count);
    cr_assert(near_enough(out.x, &expected, frame_count, 2e-6f) && canary_lives(&out), "%s, %zu taps, %zu frames",
              table->name, tap_count, frame_count);
}

Test(kernels, glide_add_of_every_table_equals_scalar)
{
    static const size_t taps[] = {1, 2, 7, 8, 16, 23, 24, 33};
    const pinna_kernels* tables[4];
    size_t table_count = pinna_kernels_all(tables);
    fir_fixture f = fir_fixture_create();
    for (size_t t = 0; t < table_count; t++)
        for (size_t i = 0; i < sizeof taps / sizeof taps[0]; i++)
            for (size_t j = 0; j < FRAME_CASE_COUNT; j++)
                check_glide_add(tables[t], &f, taps[i], frame_case(j), (i + j) & 1);
    fir_fixture_destroy(&f);
}

/* One tap, frame by frame: what the definition says. */
Test(kernels, scalar_glide_add_follows_its_polynomial)
{
    const float in[3] = {1.0f, 1.0f, 2.0f}, taps[3] = {10.0f, 4.0f, 8.0f};
    float out[3] = {1.0f, 1.0f, 1.0f};
    pinna_kernels_select(0)->glide_add(out, in, taps, 1, -0.5f, 0.5f, 3);
    cr_assert_float_eq(out[0], 1.0f + 10.0f - 2.0f + 2.0f, 1e-6);
    cr_assert_float_eq(out[1], 1.0f + 10.0f, 1e-6);
    cr_assert_float_eq(out[2], 1.0f + 2.0f * (10.0f + 2.0f + 2.0f), 1e-5);
}

Test(kernels, delays_of_every_table_equal_scalar)
{
    const pinna_kernels* tables[4];
    size_t table_count = pinna_kernels_all(tables);
    arena in = arena_create(), out = arena_create();
    for (size_t t = 0; t < table_count; t++)
        for (size_t j = 0; j < 2 * FRAME_CASE_COUNT; j++)
            check_delays(tables[t], &in, &out, frame_case(j / 2), j & 1);
    arena_destroy(&in);
    arena_destroy(&out);
}

/* The first and the last places there are, and one in between. */
Test(kernels, delays_from_a_table_equal_those_with_the_taps_themselves)
{
    enum { ROWS = 5, FRAMES = 70, HISTORY = PINNA_DELAY_TAPS - 1 };
    static const pinna_table_place places[3] = {{0, 0.25f}, {1, 0.0f}, {ROWS - 2, 1.0f}};
    static const size_t counts[] = {1, 3, 16, 33, FRAMES};
    const pinna_kernels* tables[4];
    size_t table_count = pinna_kernels_all(tables);
    float rows[ROWS * PINNA_DELAY_TAPS], in[HISTORY + FRAMES], out[FRAMES], expected[FRAMES];
    pinna_delay_glide glide;
    fill_random(rows, ROWS * PINNA_DELAY_TAPS);
    fill_random(in, HISTORY + FRAMES);
    for (size_t k = 0; k < PINNA_DELAY_TAPS; k++) {
        float from = rows[k] + 0.25f * (rows[PINNA_DELAY_TAPS + k] - rows[k]);
        float middle = rows[PINNA_DELAY_TAPS + k], to = rows[(ROWS - 1) * PINNA_DELAY_TAPS + k];
        glide.c[0][k] = middle;
        glide.c[1][k] = to - from;
        glide.c[2][k] = 2.0f * (from + to) - 4.0f * middle;
    }
    for (size_t t = 0; t < table_count; t++) {
        pinna_delay_glide got;
        tables[t]->glide_taps(got.c[0], rows, places, PINNA_DELAY_TAPS);
        for (size_t i = 0; i < 3 * PINNA_DELAY_TAPS; i++) {
            size_t power = i / PINNA_DELAY_TAPS, k = i % PINNA_DELAY_TAPS;
            cr_assert_float_eq(got.c[power][k], glide.c[power][k], 1e-5f, "%s", tables[t]->name);
        }
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            tables[t]->delay_at(out, in + HISTORY, rows, places[1], counts[c]);
            tables[t]->delay_fixed(expected, in + HISTORY, glide.c[0], counts[c]);
            cr_assert_arr_eq(out, expected, counts[c] * sizeof *out, "%s", tables[t]->name);
        }
    }
}

Test(kernels, glide_taps_of_every_table_equal_scalar)
{
    enum { ROWS = 5, MOST = 32 };
    static const pinna_table_place places[3] = {{1, 0.25f}, {2, 0.0f}, {ROWS - 2, 1.0f}};
    const pinna_kernels *tables[4], *scalar = pinna_kernels_select(0);
    size_t table_count = pinna_kernels_all(tables);
    float rows[ROWS * MOST], expected[3 * MOST], got[3 * MOST + 1];
    fill_random(rows, ROWS * MOST);
    for (size_t taps = 0; taps <= MOST; taps += 8) {
        scalar->glide_taps(expected, rows, places, taps);
        for (size_t k = 0; k < taps; k++) { /* through the places, at u = 0 and 1/2 */
            cr_assert_float_eq(expected[k], rows[2 * taps + k], 1e-6f);
            cr_assert_float_eq(expected[k] + 0.5f * expected[taps + k] + 0.25f * expected[2 * taps + k],
                               rows[(ROWS - 1) * taps + k], 1e-5f);
        }
        for (size_t t = 0; t < table_count; t++) {
            got[3 * taps] = 7.0f;
            tables[t]->glide_taps(got, rows, places, taps);
            for (size_t k = 0; k < 3 * taps; k++)
                cr_assert_float_eq(got[k], expected[k], 1e-5f, "%s, %zu taps", tables[t]->name, taps);
            cr_assert_eq(got[3 * taps], 7.0f, "%s, %zu taps", tables[t]->name, taps);
        }
    }
}

/* --- the matrix product --- */

typedef struct mix_case {
    size_t bus_count, source_count, frame_count, bus_stride, input_stride, gain_stride;
} mix_case;

static void check_mix(const pinna_kernels* table, const mix_case* c, bool add)
{
    const size_t bus_floats = (c->bus_count + 1) * c->bus_stride;
    float* busses = aligned_alloc(64, bus_floats * sizeof(float));
    float* expected = aligned_alloc(64, bus_floats * sizeof(float));
    float* inputs = aligned_alloc(64, (c->source_count + 1) * c->input_stride * sizeof(float));
    float* gains = malloc((c->source_count * c->gain_stride + 1) * sizeof(float));
    cr_assert(busses && expected && inputs && gains);
    fill_random(busses, bus_floats);
    memcpy(expected, busses, bus_floats * sizeof(float));
    fill_random(inputs, (c->source_count + 1) * c->input_stride);
    fill_random(gains, c->source_count * c->gain_stride);

    (add ? table->bus_mix : table->bus_set)(busses, c->bus_stride, gains, c->gain_stride, inputs, c->input_stride,
                                            c->bus_count, c->source_count, c->frame_count);
    for (size_t bus = 0; bus < c->bus_count && !add; bus++)
        memset(expected + bus * c->bus_stride, 0, c->frame_count * sizeof *expected);
    pinna_kernels_select(0)->bus_mix(expected, c->bus_stride, gains, c->gain_stride, inputs, c->input_stride,
                                     c->bus_count, c->source_count, c->frame_count);
    size_t written = (c->frame_count + 15) / 16 * 16;
    for (size_t i = 0; i < bus_floats; i++) {
        size_t bus = i / c->bus_stride, n = i % c->bus_stride;
        bool padding = bus < c->bus_count && n >= c->frame_count && n < written;
        float tolerance = bus < c->bus_count && n < written ? 2e-6f * (1.0f + (float)c->source_count) : 0.0f;
        if (!padding)
            cr_assert(fabsf(busses[i] - expected[i]) <= tolerance, "%s: bus %zu of %zu, frame %zu of %zu, %zu sources",
                      table->name, bus, c->bus_count, n, c->frame_count, c->source_count);
    }
    free(busses);
    free(expected);
    free(inputs);
    free(gains);
}

Test(kernels, bus_mix_of_every_table_equals_scalar)
{
    static const size_t sources[] = {0, 1, 3, 8, 17, 64};
    static const size_t frames[] = {0, 1, 3, 15, 16, 17, 31, 32, 33, 47, 48, 64, 65, 67, 80, 112, 128, 255, 256};
    const pinna_kernels* tables[4];
    size_t table_count = pinna_kernels_all(tables);
    for (size_t t = 0; t < table_count; t++)
        for (size_t busses = 8; busses <= 64; busses += busses < 24 ? 8 : 40)
            for (size_t s = 0; s < sizeof sources / sizeof sources[0]; s++)
                for (size_t f = 0; f < sizeof frames / sizeof frames[0]; f++) {
                    size_t row = (frames[f] + 15) / 16 * 16;
                    mix_case c = {busses, sources[s], frames[f], row + 16, row + 32, busses + s};
                    check_mix(tables[t], &c, true);
                    check_mix(tables[t], &c, false);
                }
}

/* --- sample by sample --- */

typedef struct rows {
    float* a;
    float* b;
    float* c;
} rows;

static rows rows_place(const arena arenas[3], size_t count, bool at_end)
{
    rows r = {arena_place(&arenas[0], count, at_end), arena_place(&arenas[1], count, !at_end),
              arena_place(&arenas[2], count, at_end)};
    fill_random(r.a, count);
    fill_random(r.b, count);
    fill_random(r.c, count);
    return r;
}

/* What a row of gains was less what it is, in a second row; both are written to the last float and no further. */
static void check_blend3_change(const pinna_kernels* table, const rows* r, const arena* out_arena,
                                const arena* change_arena, size_t count, bool at_end)
{
    static const float weights[3] = {0.5f, 0.3f, -0.2f};
    static expectation now, change;
    const float* const blended[3] = {r->a, r->b, r->c};
    output out = output_place(out_arena, count, at_end), difference = output_place(change_arena, count, !at_end);
    for (size_t n = 0; n < count; n++) {
        float value = 0.5f * r->a[n] + 0.3f * r->b[n] - 0.2f * r->c[n];
        now.value[n] = value;
        change.value[n] = out.x[n] - value;
        now.size[n] = change.size[n] = 4.0f;
    }
    table->blend3_change(out.x, difference.x, blended, weights, count);
    cr_assert(near_enough(out.x, &now, count, 1e-6f) && canary_lives(&out), "%s now, %zu", table->name, count);
    cr_assert(near_enough(difference.x, &change, count, 1e-6f) && canary_lives(&difference), "%s change, %zu",
              table->name, count);
}

static void check_pointwise(const pinna_kernels* table, const rows* r, const arena* out_arena, size_t count,
                            bool at_end)
{
    static expectation expected;
    const pinna_kernels* scalar = pinna_kernels_select(0);
    output out = output_place(out_arena, count, at_end);
    for (size_t n = 0; n < count; n++) expected.size[n] = 4.0f;
    float step = 1.0f / (float)(count + 1);

    table->blend3(out.x, r->a, r->b, r->c, 0.5f, 0.3f, -0.2f, count);
    scalar->blend3(expected.value, r->a, r->b, r->c, 0.5f, 0.3f, -0.2f, count);
    cr_assert(near_enough(out.x, &expected, count, 1e-6f), "%s blend3, %zu", table->name, count);
    table->copy(out.x, r->b, count);
    cr_assert(memcmp(out.x, r->b, count * sizeof *out.x) == 0, "%s copy, %zu", table->name, count);
    table->crossfade(out.x, r->a, r->b, 0.1f, step, count);
    scalar->crossfade(expected.value, r->a, r->b, 0.1f, step, count);
    cr_assert(near_enough(out.x, &expected, count, 1e-6f), "%s crossfade, %zu", table->name, count);
    table->crossfade_add(out.x, r->a, r->b, 0.1f, step, count);
    scalar->crossfade_add(expected.value, r->a, r->b, 0.1f, step, count);
    cr_assert(near_enough(out.x, &expected, count, 1e-6f), "%s crossfade_add, %zu", table->name, count);
    table->ramp_add(out.x, r->c, 1.0f, -step, count);
    scalar->ramp_add(expected.value, r->c, 1.0f, -step, count);
    cr_assert(near_enough(out.x, &expected, count, 1e-6f), "%s ramp_add, %zu", table->name, count);
    const float* const three[3] = {r->a, r->b, r->c};
    const float gains[3] = {0.5f, -0.2f, 1.0f}, steps[3] = {step, 0.0f, -step};
    table->ramp3(out.x, three, gains, steps, 1.0f, count);
    scalar->ramp3(expected.value, three, gains, steps, 1.0f, count);
    cr_assert(near_enough(out.x, &expected, count, 1e-6f), "%s ramp3, %zu", table->name, count);
    float peak = table->ramp_copy(out.x, r->a, -0.5f, step, count);
    float expected_peak = scalar->ramp_copy(expected.value, r->a, -0.5f, step, count);
    cr_assert(near_enough(out.x, &expected, count, 1e-6f), "%s ramp_copy, %zu", table->name, count);
    cr_assert_eq(peak, expected_peak, "%s ramp_copy's peak, %zu", table->name, count);
    cr_assert(canary_lives(&out), "%s, %zu", table->name, count);

    float size = 0.0f;
    for (size_t n = 0; n < count; n++) size += fabsf(r->a[n] * r->b[n]);
    float difference = table->dot(r->a, r->b, count) - scalar->dot(r->a, r->b, count);
    cr_assert(fabsf(difference) <= 3e-6f * size, "%s dot, %zu", table->name, count);
}

Test(kernels, pointwise_kernels_of_every_table_equal_scalar)
{
    const pinna_kernels* tables[4];
    size_t table_count = pinna_kernels_all(tables);
    arena arenas[3] = {arena_create(), arena_create(), arena_create()};
    arena out = arena_create(), change = arena_create();
    for (size_t t = 0; t < table_count; t++)
        for (size_t j = 0; j < 2 * FRAME_CASE_COUNT; j++) {
            size_t count = frame_case(j / 2);
            rows r = rows_place(arenas, count, j & 1);
            check_pointwise(tables[t], &r, &out, count, j & 1);
            check_blend3_change(tables[t], &r, &out, &change, count, j & 1);
        }
    for (size_t i = 0; i < 3; i++) arena_destroy(&arenas[i]);
    arena_destroy(&out);
    arena_destroy(&change);
}

Test(kernels, ramp_copy_lets_nothing_dangerous_through)
{
    const float poison[] = {NAN, -NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 1e6f, -1.5e6f, 1e-40f, -0.0f, 0.0f, 1.0f};
    const float safe[] = {0, 0, 0, 0, 1e6f, -1e6f, 1e6f, -1e6f, 1e-40f, 0, 0, 1.0f};
    enum { KIND_COUNT = sizeof poison / sizeof poison[0], COUNT = 5 * KIND_COUNT + 3 };
    const pinna_kernels* tables[4];
    size_t table_count = pinna_kernels_all(tables);
    for (size_t t = 0; t < table_count; t++)
        for (size_t first = 0; first < KIND_COUNT; first++)
            for (size_t count = 1; count <= COUNT; count++) {
                float in[COUNT], out[COUNT], largest = 0.0f;
                for (size_t n = 0; n < count; n++) in[n] = poison[(first + n) % KIND_COUNT];
                float peak = tables[t]->ramp_copy(out, in, 0.5f, 0.0f, count);
                for (size_t n = 0; n < count; n++) {
                    float expected = safe[(first + n) % KIND_COUNT];
                    largest = fmaxf(largest, fabsf(expected));
                    cr_assert_eq(out[n], expected * 0.5f, "%s: %g became %g", tables[t]->name, (double)in[n],
                                 (double)out[n]);
                }
                cr_assert_eq(peak, largest, "%s: peak %g, not %g", tables[t]->name, (double)peak, (double)largest);
            }
}

/* --- selection --- */

Test(kernels, tables_are_listed_and_selected_best_last)
{
    const pinna_kernels* tables[4];
    size_t count = pinna_kernels_all(tables);
    cr_assert(count >= 1 && count <= 4);
    cr_assert_str_eq(tables[0]->name, "scalar");
    for (size_t t = 1; t < count; t++) cr_assert_gt(tables[t]->lanes, tables[t - 1]->lanes);
    unsetenv("PINNA_CPU");
    cr_assert_eq(pinna_kernels_select(pinna_cpu_flags()), tables[count - 1]);
    cr_assert_eq(pinna_kernels_select(0), tables[0]);
}

Test(kernels, environment_names_the_table)
{
    const pinna_kernels* tables[4];
    size_t count = pinna_kernels_all(tables);
    for (size_t t = 0; t < count; t++) {
        setenv("PINNA_CPU", tables[t]->name, 1);
        cr_assert_str_eq(pinna_kernels_select(pinna_cpu_flags())->name, tables[t]->name);
    }
    setenv("PINNA_CPU", "abacus", 1);
    cr_assert_eq(pinna_kernels_select(pinna_cpu_flags()), tables[count - 1]);
    unsetenv("PINNA_CPU");
}
