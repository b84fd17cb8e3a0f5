/* SPDX-License-Identifier: MIT */
#include "adm_model.h"
#include "automation.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000 };

static uint64_t frame_of(const char* text)
{
    pinna_moment moment;
    cr_assert(pinna_adm_parse_time(text, &moment), "%s", text);
    return pinna_moment_frame(moment, RATE);
}

Test(automation, times_are_fractions)
{
    cr_expect_eq(frame_of("00:00:00.00000"), 0);
    cr_expect_eq(frame_of("0.005208"), 250, "rounded from 249.98");
    cr_expect_eq(frame_of("00:00:00.00025"), 12);
    cr_expect_eq(frame_of("01:00:00.5"), 3600ull * RATE + RATE / 2);
    cr_expect_eq(frame_of("00:00:01.00250S48000"), RATE + 250);
    cr_expect_eq(frame_of(" 00:00:02 \n"), 2 * RATE);
    cr_expect_eq(frame_of("00:00:00.3333333333333333333333"), 16000);
    static const char* const bad[] = {"", "x", "-1", "1:2:3:4", "00:61:00", "00:00:00.", "00:00:01.5S", "00:00:01.5S0",
                                      "00:00:01.5S5", "99999999", "00:00:00.1x", "1e3"};
    pinna_moment moment;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(pinna_adm_parse_time(bad[i], &moment), "'%s'", bad[i]);
}

Test(automation, times_add_up)
{
    pinna_moment a, b;
    cr_assert(pinna_adm_parse_time("00:00:01.99999", &a) && pinna_adm_parse_time("00:00:00.000010", &b));
    pinna_moment sum = pinna_moment_add(a, b);
    cr_expect_eq(pinna_moment_frame(sum, RATE), 2 * RATE);
    cr_assert(pinna_adm_parse_time("00:00:00.1S3", &a) && pinna_adm_parse_time("00:00:00.1S7", &b));
    cr_expect_eq(pinna_moment_frame(pinna_moment_add(a, b), 21000), 10000);
}

/* --- the cube ----------------------------------------------------------------------------------------------------- */

static void check_place(pinna_cube cube, double x, double y, double z, double azimuth_deg, double elevation_deg,
                        double distance)
{
    pinna_vec3 p = pinna_cube_place(cube, x, y, z);
    double length = (double)pinna_vec3_length(p), degree = 180 / 3.14159265358979323846;
    double azimuth = atan2((double)p.y, (double)p.x) * degree, elevation = asin((double)p.z / length) * degree;
    cr_expect_float_eq(azimuth, azimuth_deg, 0.02, "(%g, %g, %g): azimuth %.3f, not %g", x, y, z, azimuth, azimuth_deg);
    cr_expect_float_eq(elevation, elevation_deg, 0.02, "(%g, %g, %g): elevation %.3f, not %g", x, y, z, elevation,
                       elevation_deg);
    cr_expect_float_eq(length, distance, 0.001, "(%g, %g, %g): distance %.3f, not %g", x, y, z, length, distance);
}

/* What EBU's renderer computes by BS.2127 section 10. */
Test(automation, cube_of_5_1)
{
    check_place(PINNA_CUBE_5_1, -1, 1, 0, 30, 0, 1);
    check_place(PINNA_CUBE_5_1, -1, 0, 0, 70, 0, 1);
    check_place(PINNA_CUBE_5_1, -1, -1, 0, 110, 0, 1);
    check_place(PINNA_CUBE_5_1, 0, 1, 1, 0, 30, 1);
    check_place(PINNA_CUBE_5_1, -1, 0, 1, 70, 30, 1);
    check_place(PINNA_CUBE_5_1, 0.5, 1, 0, -15, 0, 1);
    check_place(PINNA_CUBE_5_1, 1, 0.5, 0, -50.83, 0, 1);
    check_place(PINNA_CUBE_5_1, 0.3, 0.4, 0.5, -21.33, 38.45, 0.5);
    check_place(PINNA_CUBE_5_1, 0, 0.5, 1, 0, 54.58, 1);
}

Test(automation, cube_of_7_1_4)
{
    check_place(PINNA_CUBE_7_1_4, -1, 1, 0, 30, 0, 1);
    check_place(PINNA_CUBE_7_1_4, -1, 0, 0, 90, 0, 1);
    check_place(PINNA_CUBE_7_1_4, -1, -1, 0, 135, 0, 1);
    check_place(PINNA_CUBE_7_1_4, 0, -1, 0, 180, 0, 1);
    check_place(PINNA_CUBE_7_1_4, -1, -0.36397, 0, 107.36, 0, 1);
    check_place(PINNA_CUBE_7_1_4, -1, 0, 1, 90, 30, 1);
    check_place(PINNA_CUBE_7_1_4, 1, 1, 1, -30, 30, 1);
    check_place(PINNA_CUBE_LITERAL, -1, 1, 0, 45, 0, sqrt(2));
    check_place(PINNA_CUBE_LITERAL, 0, 0.5, 1, 0, 63.435, sqrt(1.25));
}

/* --- blocks ------------------------------------------------------------------------------------------------------- */

static pinna_automation* make(const pinna_automation_block* blocks, size_t count, uint64_t from, uint64_t to)
{
    pinna_automation* automation;
    pinna_automation_block* copy = malloc(count * sizeof *copy);
    pinna_automation_config config = pinna_automation_config_default();
    cr_assert(copy);
    memcpy(copy, blocks, count * sizeof *copy);
    config.from = from;
    config.to = to;
    cr_assert_eq(pinna_automation_create(copy, count, &config, &automation), PINNA_OK);
    return automation;
}

static double azimuth_at(const pinna_automation* a, uint64_t frame)
{
    pinna_pose pose = pinna_automation_pose_at(a, frame);
    return atan2((double)pose.position.y, (double)pose.position.x) * 180 / 3.14159265358979323846;
}

Test(automation, glides_take_as_long_as_stated)
{
    const pinna_automation_block blocks[] = {
        {.start = 0, .end = 4800, .place = {0, 0, 1}, .gain = 1, .ramp_frames = 4800},
        {.start = 4800, .end = 9600, .place = {20, 0, 1}, .gain = 0.5f, .ramp_frames = 4800},
        {.start = 9600, .end = 14400, .place = {30, 0, 1}, .gain = 1, .ramp_frames = 2400}};
    pinna_automation* a = make(blocks, 3, 0, UINT64_MAX);
    pinna_automation_start(a, RATE, RATE);
    cr_expect_eq(pinna_automation_slot_count(a), 1, "nothing here is fast");
    cr_expect_float_eq(azimuth_at(a, 0), 0, 1e-4, "the first block does not glide in");
    cr_expect_float_eq(azimuth_at(a, 4799), 0, 1e-4);
    cr_expect_float_eq(azimuth_at(a, 7200), 10, 1e-3);
    cr_expect_float_eq(azimuth_at(a, 9600), 20, 1e-3);
    cr_expect_float_eq(azimuth_at(a, 10800), 25, 1e-3);
    cr_expect_float_eq(azimuth_at(a, 12000), 30, 1e-3, "arrived after its 2400 frames");
    float ones[15000];
    for (size_t i = 0; i < 15000; i++) ones[i] = 1;
    cr_expect(pinna_automation_apply(a, 0, ones, 15000));
    cr_expect(ones[4800] == 1 && fabsf(ones[7200] - 0.75f) < 1e-6f && fabsf(ones[12000] - 1) < 1e-6f);
    cr_expect(ones[14399] == 1 && ones[14400] == 0);
    pinna_automation_destroy(a);
}

/* The sum of all slots is the gain, whatever is fast, missing or outside of the object's time. */
Test(automation, slots_add_up)
{
    enum { COUNT = 400 };
    const pinna_automation_block blocks[] = {
        {.start = 10, .end = 10, .place = {30, 0, 1}, .gain = 1},
        {.start = 10, .end = 100, .place = {-30, 0, 1}, .gain = 0.5f, .ramp_frames = 40},
        {.start = 100, .end = 150, .place = {-29, 0, 1}, .gain = 1, .ramp_frames = 50},
        {.start = 200, .end = 250, .place = {100, 0, 1}, .gain = 1, .ramp_frames = 50},
        {.start = 250, .end = 400, .place = {-100, 0, 1}, .gain = 0.25f}};
    pinna_automation* a = make(blocks, 5, 20, 390);
    pinna_automation_start(a, RATE, RATE);
    cr_assert_eq(pinna_automation_slot_count(a), 4);
    float ones[COUNT], all[COUNT], one[COUNT], sum[COUNT] = {0};
    for (size_t i = 0; i < COUNT; i++) ones[i] = all[i] = 1;
    (void)pinna_automation_apply(a, 0, all, COUNT);
    for (uint32_t slot = 0; slot < 4; slot++) {
        (void)pinna_automation_apply_slot(a, slot, 0, ones, one, COUNT);
        for (size_t i = 0; i < COUNT; i++) sum[i] += one[i];
    }
    for (size_t i = 0; i < COUNT; i++) cr_assert_float_eq(sum[i], all[i], 1e-6f, "frame %zu", i);
    cr_expect(all[19] == 0 && all[20] > 0 && all[150] == 0 && all[199] == 0 && all[200] == 1 && all[250] == 0.25f);
    cr_expect(all[389] == 0.25f && all[390] == 0);
    pinna_automation_cursor cursor = pinna_automation_cursor_at(a, 0);
    size_t legs = 1;
    while (pinna_automation_next_leg(a, &cursor, COUNT)) legs++;
    cr_expect_eq(legs, 4, "30, -30 with -29, 100, -100");
    pinna_automation_destroy(a);
}

Test(automation, other_rates_keep_times)
{
    const pinna_automation_block blocks[] = {
        {.start = 0, .end = 48000, .gain = 1, .place = {0, 0, 1}},
        {.start = 48000, .end = UINT64_MAX, .gain = 1, .place = {5, 0, 1}, .ramp_frames = 4800}};
    pinna_automation* a = make(blocks, 2, 480, UINT64_MAX);
    pinna_automation_start(a, 48000, 44100);
    const pinna_automation_block* b = pinna_automation_blocks(a);
    cr_expect(b[1].start == 44100 && b[1].ramp_frames == 4410 && b[1].end == UINT64_MAX && b[0].end == 44100);
    float ones[500];
    for (size_t i = 0; i < 500; i++) ones[i] = 1;
    (void)pinna_automation_apply(a, 0, ones, 500);
    cr_expect(ones[440] == 0 && ones[441] == 1);
    pinna_automation_destroy(a);
}

/* BS.2127: what is nearer than the loudspeakers grows wide; the level is the authored one. */
Test(automation, nearness_widens)
{
    const pinna_automation_block blocks[] = {{.end = UINT64_MAX, .gain = 1, .place = {40, 0, 1}},
                                             {.end = UINT64_MAX, .gain = 1, .place = {40, 0, 0.5f}},
                                             {.end = UINT64_MAX, .gain = 1, .place = {40, 0, 0}},
                                             {.end = UINT64_MAX, .gain = 1, .place = {40, 0, 1}, .diffuse = 1}};
    double radius[4];
    for (int i = 0; i < 4; i++) {
        pinna_automation* a = make(&blocks[i], 1, 0, UINT64_MAX);
        radius[i] = (double)pinna_automation_pose_at(a, 0).extent_m;
        cr_expect_eq(pinna_automation_is_wide(a), i > 0);
        cr_expect_float_eq(azimuth_at(a, 0), 40, 1e-3);
        pinna_automation_destroy(a);
    }
    cr_expect(radius[0] == 0 && radius[1] > 0.3 && radius[1] < 0.7 && radius[2] > 100 && radius[3] > 100);
}
