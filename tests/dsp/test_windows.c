/* SPDX-License-Identifier: MIT */
/* Filters by windows against their definition, for filters of any length, on every vector width. */
#include "dsp/windows.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EARS = 2, MAX_COUNT = 3, PAST = (MAX_COUNT + 1) * PINNA_WINDOW, BLOCKS = 6, FRAMES = BLOCKS * PINNA_WINDOW };

typedef struct fixture {
    pinna_windows windows;
    pinna_window_ring ring;
    void* memory;
    float* spectra;
    float input[EARS][PAST + FRAMES];
    float taps[EARS][MAX_COUNT * PINNA_WINDOW];
    uint32_t tap_count;
} fixture;

static void place(fixture* f, pinna_arena* arena, const pinna_kernels* kernels)
{
    pinna_windows_place(&f->windows, arena, kernels);
    pinna_window_ring_place(&f->ring, arena, MAX_COUNT);
    f->spectra = pinna_arena_take(arena, MAX_COUNT, PINNA_WINDOW_FLOATS * sizeof(float));
}

static float noise(uint32_t* seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / 8388608.0f - 1.0f;
}

static fixture* fixture_create(const pinna_kernels* kernels, uint32_t tap_count)
{
    fixture* f = calloc(1, sizeof *f);
    pinna_arena arena = {0};
    uint32_t seed = tap_count;
    place(f, &arena, kernels);
    f->memory = malloc(arena.used + PINNA_ALIGNMENT);
    size_t behind = (uintptr_t)f->memory % PINNA_ALIGNMENT;
    arena = (pinna_arena){.base = (unsigned char*)f->memory + (PINNA_ALIGNMENT - behind) % PINNA_ALIGNMENT};
    place(f, &arena, kernels);
    f->tap_count = tap_count;
    for (int ear = 0; ear < EARS; ear++) {
        for (size_t n = 0; n < PAST + FRAMES; n++) f->input[ear][n] = noise(&seed);
        for (size_t k = 0; k < tap_count; k++) f->taps[ear][k] = noise(&seed);
    }
    const float* const taps[EARS] = {f->taps[0], f->taps[1]};
    pinna_windows_transform(&f->windows, f->spectra, taps, pinna_window_count(tap_count));
    return f;
}

static void fixture_destroy(fixture* f)
{
    free(f->memory);
    free(f);
}

/* Frame n of a block: the convolution, for an early half as it wraps round. */
static double expected(const fixture* f, int ear, size_t block, int n, bool early)
{
    const float* now = f->input[ear] + PAST + block * PINNA_WINDOW - (early ? PINNA_WINDOW : 0);
    double sum = 0.0;
    for (int k = 0; k < (int)f->tap_count; k++) {
        bool wraps = early && k % PINNA_WINDOW > n;
        sum += (wraps ? -1.0 : 1.0) * (double)f->taps[ear][k] * (double)now[n - k + (wraps ? 2 * PINNA_WINDOW : 0)];
    }
    return sum;
}

static double worst_db(const fixture* f, float got[EARS][PINNA_WINDOW], size_t block, bool early)
{
    double worst = 0.0, peak = 0.0;
    for (int ear = 0; ear < EARS; ear++) {
        for (int n = 0; n < PINNA_WINDOW; n++) {
            double want = expected(f, ear, block, n, early);
            worst = fmax(worst, fabs(want - (double)got[ear][n]));
            peak = fmax(peak, fabs(want));
        }
    }
    return 20.0 * log10(worst / peak);
}

static void check_block(fixture* f, const char* name, size_t block)
{
    static float early[EARS][PINNA_WINDOW], late[EARS][PINNA_WINDOW];
    const float* const in[EARS] = {f->input[0] + PAST + block * PINNA_WINDOW,
                                   f->input[1] + PAST + block * PINNA_WINDOW};
    uint32_t count = pinna_window_count(f->tap_count);
    pinna_windows_take(&f->windows, &f->ring, in, count);
    pinna_windows_filter(&f->windows, &f->ring, f->spectra, count, (float*[EARS]){early[0], early[1]},
                         (float*[EARS]){late[0], late[1]});
    double late_db = worst_db(f, late, block, false), early_db = worst_db(f, early, block, true);
    cr_expect_lt(late_db, -115.0, "%s, %u taps, block %zu: %.1f dB", name, f->tap_count, block, late_db);
    cr_expect_lt(early_db, -115.0, "%s, %u taps, block %zu, early: %.1f dB", name, f->tap_count, block, early_db);
}

Test(windows, filter_as_a_convolution_does)
{
    static const uint32_t tap_counts[] = {1, 100, 128, 129, 151, 256, 384};
    const pinna_kernels* tables[4];
    size_t table_count = pinna_kernels_all(tables);
    for (size_t t = 0; t < table_count; t++)
        for (size_t i = 0; i < sizeof tap_counts / sizeof tap_counts[0]; i++) {
            fixture* f = fixture_create(tables[t], tap_counts[i]);
            for (size_t block = 0; block < BLOCKS; block++) {
                if (block % 3 == 2) f->ring.kept = 0; /* as after input that went another way */
                check_block(f, tables[t]->name, block);
            }
            fixture_destroy(f);
        }
}

/* More windows than were asked for before: the one that is missing is made. */
Test(windows, a_longer_filter_finds_what_it_needs)
{
    fixture* f = fixture_create(pinna_kernels_select(pinna_cpu_flags()), MAX_COUNT * PINNA_WINDOW);
    for (size_t block = 0; block < 2; block++) {
        const float* const in[EARS] = {f->input[0] + PAST + block * PINNA_WINDOW,
                                       f->input[1] + PAST + block * PINNA_WINDOW};
        pinna_windows_take(&f->windows, &f->ring, in, 1);
        cr_expect_eq(f->ring.kept, block + 1);
    }
    f->ring.kept = 1;
    memset(f->ring.windows + (size_t)((f->ring.newest + 1) % MAX_COUNT) * PINNA_WINDOW_FLOATS, 0,
           PINNA_WINDOW_FLOATS * sizeof(float));
    check_block(f, "kept", 2);
    cr_expect_eq(f->ring.kept, MAX_COUNT);
    fixture_destroy(f);
}
