/* SPDX-License-Identifier: MIT */
/* Early reflections against geometry done by hand. */
#include "render/room.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#define RATE_HZ 48000.0
#define SPEED_M_PER_S 343.0

static pinna_room plain_room(void)
{
    pinna_room room = {.size_m = {8.0f, 6.0f, 3.0f}, .listener_m = {3.0f, 2.0f, 1.5f}, .orientation = {1, 0, 0, 0}};
    for (int wall = 0; wall < PINNA_ROOM_WALLS; wall++)
        for (int band = 0; band < PINNA_TONE_BANDS; band++) room.absorption[wall][band] = 0.0f;
    return room;
}

/* The reflection that arrives from a point relative to the listener, world axes; fails if there is none. */
static const pinna_reflection* arriving_from(const pinna_reflection* all, uint32_t count, double x, double y, double z)
{
    double distance = sqrt(x * x + y * y + z * z);
    for (uint32_t i = 0; i < count; i++) {
        const pinna_reflection* r = &all[i];
        if (fabs(r->distance_m - distance) < 1e-3 && fabs(r->direction.x - x / distance) < 1e-4 &&
            fabs(r->direction.y - y / distance) < 1e-4 && fabs(r->direction.z - z / distance) < 1e-4)
            return r;
    }
    cr_assert_fail("nothing arrives from %g %g %g", x, y, z);
    return NULL;
}

Test(room, six_walls_mirror_the_source)
{
    pinna_room room = plain_room();
    pinna_reflection all[PINNA_ROOM_MAX_REFLECTIONS];
    /* 2 m in front, 1 m to the left, 0.5 m down: at (5, 3, 1) in the room. */
    cr_assert_eq(pinna_room_reflect(&room, (pinna_vec3){2.0f, 1.0f, -0.5f}, 1, RATE_HZ, all), 6);
    static const double images[6][3] = {
        {-8.0, 1.0, -0.5}, /* x = 0: image at -5 */
        {8.0, 1.0, -0.5},  /* x = 8: at 11 */
        {2.0, -5.0, -0.5}, /* y = 0: at -3 */
        {2.0, 7.0, -0.5},  /* y = 6: at 9 */
        {2.0, 1.0, -2.5},  /* z = 0: at -1 */
        {2.0, 1.0, 3.5},   /* z = 3: at 5 */
    };
    double direct = sqrt(2.0 * 2.0 + 1.0 + 0.25);
    for (int i = 0; i < 6; i++) {
        const double* at = images[i];
        const pinna_reflection* r = arriving_from(all, 6, at[0], at[1], at[2]);
        double distance = sqrt(at[0] * at[0] + at[1] * at[1] + at[2] * at[2]);
        double delay = (distance - direct) / SPEED_M_PER_S * RATE_HZ;
        cr_expect(fabs(r->delay_frames - delay) < 0.05, "image %d: %g, not %g frames", i, r->delay_frames, delay);
        cr_expect(fabs(r->extra_m - (distance - direct)) < 1e-3);
        cr_expect(fabs(r->gains[0] * distance - 1.0) < 1e-4);
        cr_expect_eq(r->order, 1);
    }
}

Test(room, second_order_reaches_over_corners_and_between_opposite_walls)
{
    pinna_room room = plain_room();
    pinna_reflection all[PINNA_ROOM_MAX_REFLECTIONS];
    cr_assert_eq(pinna_room_reflect(&room, (pinna_vec3){2.0f, 1.0f, -0.5f}, 2, RATE_HZ, all), 24);
    cr_expect_eq(arriving_from(all, 24, 18.0, 1.0, -0.5)->order, 2);  /* source 5 + 2 * 8 = 21, listener 3 */
    cr_expect_eq(arriving_from(all, 24, -14.0, 1.0, -0.5)->order, 2); /* 5 - 16 = -11 */
    cr_expect_eq(arriving_from(all, 24, -8.0, 7.0, -0.5)->order, 2);
    cr_expect_eq(arriving_from(all, 24, 8.0, 1.0, 3.5)->order, 2);
    for (int i = 0; i < 24; i++)
        for (int j = 0; j < i; j++) {
            pinna_vec3 a = pinna_vec3_scale(all[i].direction, all[i].distance_m);
            pinna_vec3 b = pinna_vec3_scale(all[j].direction, all[j].distance_m);
            cr_expect(pinna_vec3_length(pinna_vec3_sub(a, b)) > 0.1f, "%d and %d are one", i, j);
        }
}

/* Walking a reflection's path by hand: each wall it meets takes its share, and air the rest. */
Test(room, walls_and_air_take_their_share)
{
    pinna_room room = plain_room();
    pinna_reflection all[PINNA_ROOM_MAX_REFLECTIONS];
    for (int wall = 0; wall < PINNA_ROOM_WALLS; wall++)
        for (int band = 0; band < PINNA_TONE_BANDS; band++)
            room.absorption[wall][band] = 0.1f * (float)(wall + 1) + 0.05f * (float)band;
    pinna_room_reflect(&room, (pinna_vec3){2.0f, 1.0f, -0.5f}, 2, RATE_HZ, all);
    static const double air_db_per_m[PINNA_TONE_BANDS] = {0.0, 0.005, 0.1};
    static const struct {
        double image[3];
        int walls[2];
    } paths[] = {{{-8.0, 1.0, -0.5}, {0, -1}}, {{2.0, 7.0, -0.5}, {3, -1}}, {{2.0, 1.0, 3.5}, {5, -1}},
                 {{18.0, 1.0, -0.5}, {0, 1}},  {{8.0, 7.0, -0.5}, {1, 3}},  {{2.0, -5.0, 3.5}, {2, 5}}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const double* at = paths[i].image;
        const pinna_reflection* r = arriving_from(all, 24, at[0], at[1], at[2]);
        for (int band = 0; band < PINNA_TONE_BANDS; band++) {
            double energy = 1.0;
            for (int hit = 0; hit < 2; hit++)
                if (paths[i].walls[hit] >= 0) energy *= 1.0 - (0.1 * (paths[i].walls[hit] + 1) + 0.05 * band);
            double wanted = sqrt(energy) * pow(10.0, -air_db_per_m[band] * r->distance_m / 20.0) / r->distance_m;
            cr_expect(fabs(r->gains[band] / wanted - 1.0) < 1e-4, "path %zu, band %d: %g, not %g", i, band,
                      (double)r->gains[band], wanted);
        }
    }
}

Test(room, a_turned_room_turns_its_reflections)
{
    pinna_room room = plain_room();
    pinna_reflection straight[PINNA_ROOM_MAX_REFLECTIONS], turned[PINNA_ROOM_MAX_REFLECTIONS];
    pinna_vec3 source = {2.0f, 1.0f, -0.5f};
    pinna_room_reflect(&room, source, 2, RATE_HZ, straight);
    room.orientation = pinna_quat_from_yaw_pitch_roll(90.0f, 0.0f, 0.0f);
    /* The room's x is the world's left, its y the world's back. */
    pinna_room_reflect(&room, (pinna_vec3){-1.0f, 2.0f, -0.5f}, 2, RATE_HZ, turned);
    for (int i = 0; i < PINNA_ROOM_MAX_REFLECTIONS; i++) {
        cr_expect(fabsf(turned[i].direction.x + straight[i].direction.y) < 1e-5f);
        cr_expect(fabsf(turned[i].direction.y - straight[i].direction.x) < 1e-5f);
        cr_expect(fabsf(turned[i].delay_frames - straight[i].delay_frames) < 0.01f);
    }
}

Test(room, sources_beyond_the_walls_and_nonsense_stay_finite)
{
    pinna_room room = plain_room();
    pinna_reflection all[PINNA_ROOM_MAX_REFLECTIONS];
    static const pinna_vec3 sources[] = {{100, 0, 0},  {0, 0, 0},         {-50, 70, 20},      {0, 0, -1.5f},
                                         {NAN, 0, 1}, {INFINITY, 0, 0}, {1e30f, 1e30f, 0}};
    for (size_t s = 0; s < sizeof sources / sizeof *sources; s++) {
        uint32_t count = pinna_room_reflect(&room, sources[s], 2, RATE_HZ, all);
        for (uint32_t i = 0; i < count; i++) {
            cr_expect(fabsf(pinna_vec3_length(all[i].direction) - 1.0f) < 1e-4f);
            cr_expect(all[i].delay_frames >= 0.0f && all[i].delay_frames < 0.2f * (float)RATE_HZ, "source %zu", s);
            cr_expect(all[i].gains[0] > 0.0f && all[i].gains[0] <= 10.0f);
        }
    }
    /* At 100 m ahead: heard as if 0.1 m from the wall, 4.9 m away, whose image is 0.2 m behind. */
    pinna_room_reflect(&room, sources[0], 1, RATE_HZ, all);
    cr_expect(fabsf(arriving_from(all, 6, 5.1, 0.0, 0.0)->extra_m - 0.2f) < 1e-3f);
}

Test(room, levels_follow_sabine_and_eyring)
{
    const pinna_room_preset* hall = pinna_room_find_preset("hall");
    cr_assert_not_null(hall);
    cr_expect_null(pinna_room_find_preset("cupboard"));
    /* 0.057 sqrt(V / T): the usual rule. */
    double volume = 40.0 * 23.0 * 17.0, wanted = 0.057 * sqrt(volume / 2.0);
    cr_expect(fabs(pinna_room_critical_distance_m(hall->size_m, 2.0f) / wanted - 1.0) < 0.01);
    double level = pinna_room_tail_level(hall->size_m, hall->rt60_s, 0.0f);
    cr_expect(fabs(level * pinna_room_critical_distance_m(hall->size_m, hall->rt60_s[3]) - 1.0) < 1e-4);
    /* A tenth of the decay later, 6 dB less. */
    double later = pinna_room_tail_level(hall->size_m, hall->rt60_s, 0.1f * hall->rt60_s[3]);
    cr_expect(fabs(20.0 * log10(later / level) + 6.0) < 0.01);

    pinna_room room = plain_room();
    float rt60_s[PINNA_REVERB_BANDS];
    pinna_reverb_spread_bands(1.0f, 0.5f, 0.3f, rt60_s);
    pinna_room_absorb_evenly(&room, rt60_s);
    /* V = 144, S = 180: Eyring T = 0.161 V / (-S ln(1 - a)). */
    static const double asked_s[PINNA_TONE_BANDS] = {1.0, 0.5, 0.3};
    for (int band = 0; band < PINNA_TONE_BANDS; band++) {
        double back_s = 0.161 * 144.0 / (-180.0 * log(1.0 - room.absorption[3][band]));
        cr_expect(fabs(back_s / asked_s[band] - 1.0) < 1e-3, "band %d: %g s", band, back_s);
    }
}
