/* SPDX-License-Identifier: MIT */
#include "ambisonics/harmonics.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { MAX_ORDER = PINNA_AMBISONICS_MAX_ORDER, MAX_CHANNELS = PINNA_AMBISONICS_MAX_CHANNELS };

static float next_between(uint32_t* state, float low, float high)
{
    *state = *state * 1664525u + 1013904223u;
    return low + (high - low) * (float)(*state >> 8) / 16777216.0f;
}

static pinna_vec3 next_direction(uint32_t* state)
{
    float z = next_between(state, -1.0f, 1.0f), turn = next_between(state, -3.14159265f, 3.14159265f);
    float r = sqrtf(1.0f - z * z);
    return (pinna_vec3){r * cosf(turn), r * sinf(turn), z};
}

static pinna_quat next_rotation(uint32_t* state)
{
    pinna_quat q = {next_between(state, -1.0f, 1.0f), next_between(state, -1.0f, 1.0f),
                    next_between(state, -1.0f, 1.0f), next_between(state, -1.0f, 1.0f)};
    return pinna_quat_normalize(q);
}

static void turn(const float* matrices, const float* in, float* out)
{
    for (uint32_t l = 0; l <= MAX_ORDER; l++) {
        const float* matrix = matrices + pinna_rotation_start(l);
        uint32_t count = 2 * l + 1;
        for (uint32_t row = 0; row < count; row++) {
            out[l * l + row] = 0.0f;
            for (uint32_t c = 0; c < count; c++) out[l * l + row] += matrix[row * count + c] * in[l * l + c];
        }
    }
}

static double distance(const float* a, const float* b, uint32_t count)
{
    double largest = 0.0;
    for (uint32_t i = 0; i < count; i++) largest = fmax(largest, fabs((double)a[i] - b[i]));
    return largest;
}

Test(harmonics, counts_and_orders)
{
    cr_expect_eq(pinna_ambisonics_channel_count(0), 1);
    cr_expect_eq(pinna_ambisonics_channel_count(3), 16);
    cr_expect_eq(pinna_ambisonics_channel_count(7), 64);
    cr_expect_eq(pinna_ambisonics_channel_count(8), 0);
    cr_expect_eq(pinna_ambisonics_channel_count(UINT32_MAX), 0);
    cr_expect_eq(pinna_rotation_start(MAX_ORDER + 1), PINNA_ROTATION_MAX_ENTRIES);
    for (uint32_t count = 0; count < 100; count++) {
        uint32_t order = pinna_ambisonics_order_of(count);
        cr_expect(order == 0 || pinna_ambisonics_channel_count(order) == count);
    }
    cr_expect_eq(pinna_ambisonics_order_of(4), 1);
    cr_expect_eq(pinna_ambisonics_order_of(64), 7);
    cr_expect_eq(pinna_ambisonics_order_of(1), 0);
    cr_expect_eq(pinna_ambisonics_order_of(15), 0);
}

/* The table of AmbiX (Nachbar, Zotter, Deleflie and Sontacchi 2011) to degree 2, and one entry of degree 3. */
Test(harmonics, are_those_of_ambix)
{
    uint32_t seed = 1;
    for (int i = 0; i < 50; i++) {
        pinna_vec3 d = next_direction(&seed);
        float gains[16], root = sqrtf(3.0f);
        const float known[9] = {1.0f,
                                d.y,
                                d.z,
                                d.x,
                                root * d.x * d.y,
                                root * d.y * d.z,
                                0.5f * (3.0f * d.z * d.z - 1.0f),
                                root * d.x * d.z,
                                0.5f * root * (d.x * d.x - d.y * d.y)};
        pinna_ambisonics_encode(3, d, gains);
        cr_expect_lt(distance(gains, known, 9), 1e-6);
        cr_expect_float_eq(gains[pinna_acn(3, -2)], sqrtf(15.0f) * d.x * d.y * d.z, 1e-6);
    }
}

/* The addition theorem: over a degree, the products of SN3D harmonics sum to Legendre's polynomial of the angle. */
Test(harmonics, sum_to_legendre)
{
    uint32_t seed = 2;
    for (int i = 0; i < 50; i++) {
        pinna_vec3 a = next_direction(&seed), b = next_direction(&seed);
        float ga[MAX_CHANNELS], gb[MAX_CHANNELS];
        double z = pinna_vec3_dot(a, b), before = 0.0, legendre = 1.0;
        pinna_ambisonics_encode(MAX_ORDER, a, ga);
        pinna_ambisonics_encode(MAX_ORDER, b, gb);
        for (uint32_t l = 0; l <= MAX_ORDER; l++) {
            double sum = 0.0;
            for (uint32_t c = l * l; c < (l + 1) * (l + 1); c++) sum += (double)ga[c] * gb[c];
            cr_expect_float_eq(sum, legendre, 2e-6, "degree %u: %g, not %g", l, sum, legendre);
            double next = ((2.0 * l + 1.0) * z * legendre - l * before) / (l + 1.0);
            before = legendre;
            legendre = next;
        }
    }
}

Test(harmonics, encoding_keeps_to_its_range)
{
    float gains[MAX_CHANNELS + 1];
    const pinna_vec3 odd[] = {{0.0f, 0.0f, 0.0f}, {NAN, 0.0f, 1.0f}, {1e30f, 0.0f, 0.0f}, {0.0f, 0.0f, -5.0f}};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        gains[MAX_CHANNELS] = 7.0f;
        pinna_ambisonics_encode(MAX_ORDER, odd[i], gains);
        for (uint32_t c = 0; c < MAX_CHANNELS; c++) cr_expect(fabsf(gains[c]) <= 1.0f + 1e-6f);
        cr_expect_eq(gains[MAX_CHANNELS], 7.0f);
    }
    memset(gains, 0, sizeof gains);
    pinna_ambisonics_encode(MAX_ORDER + 1, (pinna_vec3){1.0f, 0.0f, 0.0f}, gains);
    cr_expect_eq(gains[0], 0.0f, "an order beyond the range writes nothing");
    pinna_ambisonics_encode(0, (pinna_vec3){0.0f, 1.0f, 0.0f}, gains);
    cr_expect(gains[0] == 1.0f && gains[1] == 0.0f);
}

Test(rotation, turns_a_source_to_where_it_belongs)
{
    uint32_t seed = 3;
    for (int i = 0; i < 200; i++) {
        float matrices[PINNA_ROTATION_MAX_ENTRIES], in[MAX_CHANNELS], out[MAX_CHANNELS], wanted[MAX_CHANNELS];
        pinna_quat q = next_rotation(&seed);
        pinna_vec3 d = next_direction(&seed);
        pinna_rotation_make(MAX_ORDER, q, matrices);
        pinna_ambisonics_encode(MAX_ORDER, d, in);
        pinna_ambisonics_encode(MAX_ORDER, pinna_quat_rotate(q, d), wanted);
        turn(matrices, in, out);
        cr_expect_lt(distance(out, wanted, MAX_CHANNELS), 1e-5);
    }
}

Test(rotation, is_orthogonal)
{
    uint32_t seed = 4;
    for (int i = 0; i < 50; i++) {
        float matrices[PINNA_ROTATION_MAX_ENTRIES];
        pinna_rotation_make(MAX_ORDER, next_rotation(&seed), matrices);
        for (uint32_t l = 0; l <= MAX_ORDER; l++) {
            const float* m = matrices + pinna_rotation_start(l);
            const uint32_t count = 2 * l + 1;
            for (uint32_t r = 0; r < count; r++)
                for (uint32_t s = 0; s < count; s++) {
                    double sum = 0.0;
                    for (uint32_t c = 0; c < count; c++) sum += (double)m[r * count + c] * m[s * count + c];
                    cr_expect_float_eq(sum, r == s ? 1.0 : 0.0, 1e-5);
                }
        }
    }
}

/* Turns that put entries of the recursion to nought: none, half ones, about each axis. */
Test(rotation, of_special_angles)
{
    const float h = sqrtf(0.5f);
    const pinna_quat turns[] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}, {h, h, 0, 0},
                                {h, 0, h, 0}, {h, 0, 0, h}, {0, h, h, 0}, {-1, 0, 0, 0}};
    uint32_t seed = 5;
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
        float matrices[PINNA_ROTATION_MAX_ENTRIES], in[MAX_CHANNELS], out[MAX_CHANNELS], wanted[MAX_CHANNELS];
        pinna_vec3 d = next_direction(&seed);
        pinna_rotation_make(MAX_ORDER, turns[i], matrices);
        pinna_ambisonics_encode(MAX_ORDER, d, in);
        pinna_ambisonics_encode(MAX_ORDER, pinna_quat_rotate(turns[i], d), wanted);
        turn(matrices, in, out);
        cr_expect_lt(distance(out, wanted, MAX_CHANNELS), 1e-5);
    }
}

/* A lower order's matrices are the first of a higher one's. */
Test(rotation, writes_no_further_than_its_order)
{
    float low[PINNA_ROTATION_MAX_ENTRIES], high[PINNA_ROTATION_MAX_ENTRIES];
    uint32_t seed = 6;
    pinna_quat q = next_rotation(&seed);
    for (uint32_t i = 0; i < PINNA_ROTATION_MAX_ENTRIES; i++) low[i] = 9.0f;
    pinna_rotation_make(3, q, low);
    pinna_rotation_make(MAX_ORDER, q, high);
    cr_expect_arr_eq(low, high, pinna_rotation_start(4) * sizeof(float));
    for (uint32_t i = pinna_rotation_start(4); i < PINNA_ROTATION_MAX_ENTRIES; i++) cr_expect_eq(low[i], 9.0f);
}
