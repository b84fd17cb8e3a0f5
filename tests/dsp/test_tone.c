/* SPDX-License-Identifier: MIT */
/* Three bands, against the one-pole filters they are made of; on every kernel table. */
#include "dsp/tone.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { FRAMES = 1024, RATE = 48000 };

static float in[FRAMES];

static void fill_in(void)
{
    uint32_t state = 7;
    for (int n = 0; n < FRAMES; n++) {
        state = state * 1664525u + 1013904223u;
        in[n] = (float)(int32_t)state * 0x1p-31f;
    }
}

static void run(const pinna_kernels* kernels, const float from[3], const float to[3], size_t most, float* out)
{
    pinna_tone tone = {0};
    pinna_tone_split split;
    pinna_tone_split_init(&split, RATE);
    for (size_t at = 0; at < FRAMES; at += most) {
        size_t count = FRAMES - at < most ? FRAMES - at : most;
        pinna_tone_process(kernels, &tone, &split, in + at, out + at, from, to, (pinna_tone_way){at, FRAMES}, count);
    }
}

/* state += (1 - e^(-2 pi f / rate)) (x - state), sample by sample, in double. */
static void expect(const float from[3], const float to[3], double* out)
{
    const double low_share = 1.0 - exp(-2.0 * 3.14159265358979 * 800.0 / RATE),
                 high_share = 1.0 - exp(-2.0 * 3.14159265358979 * 8000.0 / RATE);
    double low = 0.0, high = 0.0, gain[3];
    for (int n = 0; n < FRAMES; n++) {
        double x = (double)in[n];
        low += low_share * (x - low);
        high += high_share * (x - high);
        for (int b = 0; b < 3; b++) gain[b] = (double)from[b] + ((double)to[b] - (double)from[b]) * (n + 1) / FRAMES;
        out[n] = gain[0] * low + gain[1] * (high - low) + gain[2] * (x - high);
    }
}

static const float from[3] = {1.0f, 0.3f, 0.8f}, to[3] = {0.2f, 0.9f, 0.0f};

Test(tone, is_one_pole_filters)
{
    static double expected[FRAMES];
    const pinna_kernels* tables[4];
    size_t count = pinna_kernels_all(tables);
    float out[FRAMES];
    fill_in();
    expect(from, to, expected);
    for (size_t t = 0; t < count; t++) {
        run(tables[t], from, to, FRAMES, out);
        for (int n = 0; n < FRAMES; n++)
            cr_assert_float_eq((double)out[n], expected[n], 1e-6, "%s, frame %d", tables[t]->name, n);
    }
}

Test(tone, is_the_same_bits_in_any_block)
{
    static const size_t cuts[] = {1, 3, 8, 17, 64, 129, 500};
    const pinna_kernels* tables[4];
    size_t count = pinna_kernels_all(tables);
    float whole[FRAMES], cut[FRAMES];
    fill_in();
    for (size_t t = 0; t < count; t++) {
        run(tables[t], from, to, FRAMES, whole);
        for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
            run(tables[t], from, to, cuts[c], cut);
            cr_assert(memcmp(whole, cut, sizeof cut) == 0, "%s, cut at %zu", tables[t]->name, cuts[c]);
        }
    }
}

Test(tone, gains_of_one_change_nothing)
{
    static const float ones[3] = {1.0f, 1.0f, 1.0f};
    const pinna_kernels* tables[4];
    size_t count = pinna_kernels_all(tables);
    float out[FRAMES];
    fill_in();
    for (size_t t = 0; t < count; t++) {
        run(tables[t], ones, ones, 100, out);
        cr_assert(memcmp(in, out, sizeof out) == 0, "%s", tables[t]->name);
    }
}

Test(tone, forgets_what_is_not_finite)
{
    const pinna_kernels* tables[4];
    size_t count = pinna_kernels_all(tables);
    float out[FRAMES];
    for (size_t t = 0; t < count; t++) {
        fill_in();
        in[10] = NAN;
        in[20] = INFINITY;
        in[30] = -1e38f;
        run(tables[t], from, to, 64, out);
        for (int n = 0; n < FRAMES; n++) cr_assert(isfinite(out[n]), "%s, frame %d", tables[t]->name, n);
        cr_assert_lt(fabsf(out[FRAMES - 1]), 1.0f, "%s", tables[t]->name);
    }
}
