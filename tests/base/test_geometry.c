/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include <pinna/geometry.h>

#include <float.h>
#include <math.h>

#define EXPECT_VEC(v, ex, ey, ez, tolerance)                                                                        \
    do {                                                                                                            \
        pinna_vec3 got_ = (v);                                                                                      \
        cr_expect(fabs((double)got_.x - (ex)) <= (tolerance) && fabs((double)got_.y - (ey)) <= (tolerance) &&       \
                      fabs((double)got_.z - (ez)) <= (tolerance),                                                   \
                  "(%g %g %g) is not (%g %g %g)", (double)got_.x, (double)got_.y, (double)got_.z, (double)(ex),     \
                  (double)(ey), (double)(ez));                                                                      \
    } while (0)

static double uniform(unsigned* seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) / 8388608.0 - 1.0;
}

static pinna_vec3 random_vec3(unsigned* seed)
{
    return (pinna_vec3){(float)uniform(seed), (float)uniform(seed), (float)uniform(seed)};
}

static pinna_quat random_quat(unsigned* seed)
{
    return pinna_quat_normalize(
        (pinna_quat){(float)uniform(seed), (float)uniform(seed), (float)uniform(seed), (float)uniform(seed)});
}

static double quat_gap(pinna_quat a, pinna_quat b)
{
    double dot = (double)a.w * b.w + (double)a.x * b.x + (double)a.y * b.y + (double)a.z * b.z;
    return 1.0 - fabs(dot);
}

Test(spherical, main_directions)
{
    EXPECT_VEC(pinna_direction_from_spherical(0, 0), 1, 0, 0, 1e-7);
    EXPECT_VEC(pinna_direction_from_spherical(90, 0), 0, 1, 0, 1e-7);
    EXPECT_VEC(pinna_direction_from_spherical(180, 0), -1, 0, 0, 1e-7);
    EXPECT_VEC(pinna_direction_from_spherical(-90, 0), 0, -1, 0, 1e-7);
    EXPECT_VEC(pinna_direction_from_spherical(0, 90), 0, 0, 1, 1e-7);
    EXPECT_VEC(pinna_direction_from_spherical(77, -90), 0, 0, -1, 1e-7);
    EXPECT_VEC(pinna_direction_from_spherical(45, 30), 0.612372, 0.612372, 0.5, 1e-6);
    EXPECT_VEC(pinna_direction_from_spherical(36090, 0), 0, 1, 0, 1e-6);
    EXPECT_VEC(pinna_direction_from_spherical(0, 270), 0, 0, -1, 1e-6);
}

Test(spherical, round_trip)
{
    unsigned seed = 1;
    for (int i = 0; i < 1000; i++) {
        float azimuth = (float)(180 * uniform(&seed)), elevation = (float)(89.9 * uniform(&seed));
        float distance = (float)(10.001 + 10 * uniform(&seed));
        pinna_spherical s =
            pinna_spherical_from_vec3(pinna_vec3_scale(pinna_direction_from_spherical(azimuth, elevation), distance));
        cr_expect_float_eq(s.azimuth_deg, azimuth, 0.02, "%g", (double)azimuth);
        cr_expect_float_eq(s.elevation_deg, elevation, 1e-3);
        cr_expect_float_eq(s.distance_m, distance, 1e-5f * distance);
    }
}

Test(spherical, poles_zero_and_the_seam)
{
    pinna_spherical zero = pinna_spherical_from_vec3((pinna_vec3){0, 0, 0});
    cr_expect(zero.azimuth_deg == 0 && zero.elevation_deg == 0 && zero.distance_m == 0);
    pinna_spherical up = pinna_spherical_from_vec3((pinna_vec3){0, 0, 2});
    cr_expect(up.azimuth_deg == 0 && up.elevation_deg == 90 && up.distance_m == 2);
    cr_expect_eq(pinna_spherical_from_vec3((pinna_vec3){-1, 0, 0}).azimuth_deg, 180);
    cr_expect_eq(pinna_spherical_from_vec3((pinna_vec3){-1, -0.0f, 0}).azimuth_deg, 180, "azimuth is in (-180, 180]");
    cr_expect_float_eq(pinna_spherical_from_vec3((pinna_vec3){1e30f, 1e30f, 0}).azimuth_deg, 45, 1e-4);
}

Test(vec3, degenerate_vectors_face_the_front)
{
    const pinna_vec3 bad[] = {{0, 0, 0}, {NAN, 0, 0}, {0, INFINITY, 0}, {0, 0, -INFINITY}, {1e-38f, 0, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) EXPECT_VEC(pinna_vec3_normalize(bad[i]), 1, 0, 0, 0);
    cr_expect_not(pinna_vec3_is_finite(bad[1]));
    cr_expect_not(pinna_vec3_is_finite(bad[2]));
    cr_expect(pinna_vec3_is_finite((pinna_vec3){FLT_MAX, -FLT_MAX, 0}));
    EXPECT_VEC(pinna_vec3_normalize((pinna_vec3){0, FLT_MAX, 0}), 0, 1, 0, 1e-7);
    EXPECT_VEC(pinna_vec3_normalize((pinna_vec3){0, 0, 1e-20f}), 0, 0, 1, 1e-7);
}

Test(vec3, products)
{
    pinna_vec3 x = {1, 0, 0}, y = {0, 1, 0};
    EXPECT_VEC(pinna_vec3_cross(x, y), 0, 0, 1, 0);
    EXPECT_VEC(pinna_vec3_add(x, y), 1, 1, 0, 0);
    EXPECT_VEC(pinna_vec3_sub(x, y), 1, -1, 0, 0);
    cr_expect_eq(pinna_vec3_dot(x, y), 0);
    cr_expect_float_eq(pinna_vec3_length((pinna_vec3){3e30f, 4e30f, 0}), 5e30f, 1e24);
}

/* Signs by where the nose and the right ear go. */
Test(quat, yaw_left_pitch_up_roll_right_ear_down)
{
    pinna_vec3 nose = {1, 0, 0}, right_ear = {0, -1, 0};
    EXPECT_VEC(pinna_quat_rotate(pinna_quat_from_yaw_pitch_roll(90, 0, 0), nose), 0, 1, 0, 1e-6);
    EXPECT_VEC(pinna_quat_rotate(pinna_quat_from_yaw_pitch_roll(0, 90, 0), nose), 0, 0, 1, 1e-6);
    EXPECT_VEC(pinna_quat_rotate(pinna_quat_from_yaw_pitch_roll(0, 0, 90), right_ear), 0, 0, -1, 1e-6);
    EXPECT_VEC(pinna_quat_rotate(pinna_quat_from_yaw_pitch_roll(90, 45, 0), nose), 0, 0.707107, 0.707107, 1e-6);
}

/* Ours: q = Rz(yaw) Ry(-pitch) Rx(roll). */
Test(quat, yaw_pitch_roll_is_a_product_about_the_heads_own_axes)
{
    unsigned seed = 2;
    for (int i = 0; i < 1000; i++) {
        float yaw = (float)(180 * uniform(&seed)), pitch = (float)(90 * uniform(&seed)),
              roll = (float)(180 * uniform(&seed));
        pinna_quat whole = pinna_quat_from_yaw_pitch_roll(yaw, pitch, roll);
        pinna_quat parts = pinna_quat_multiply(pinna_quat_from_yaw_pitch_roll(yaw, 0, 0),
                                               pinna_quat_multiply(pinna_quat_from_yaw_pitch_roll(0, pitch, 0),
                                                                   pinna_quat_from_yaw_pitch_roll(0, 0, roll)));
        cr_expect(quat_gap(whole, parts) < 1e-6);
    }
}

Test(quat, angles_round_trip)
{
    unsigned seed = 3;
    for (int i = 0; i < 1000; i++) {
        pinna_quat q = random_quat(&seed);
        float yaw, pitch, roll;
        pinna_quat_to_yaw_pitch_roll(q, &yaw, &pitch, &roll);
        cr_expect(yaw > -180 && yaw <= 180 && fabsf(pitch) <= 90 && roll > -180 && roll <= 180);
        cr_expect(quat_gap(pinna_quat_from_yaw_pitch_roll(yaw, pitch, roll), q) < 1e-6);
    }
}

Test(quat, angles_at_the_poles)
{
    for (int p = -1; p <= 1; p += 2) {
        for (float yaw = -170; yaw < 180; yaw += 35) {
            for (float roll = -170; roll < 180; roll += 50) {
                pinna_quat q = pinna_quat_from_yaw_pitch_roll(yaw, 90.0f * (float)p, roll);
                float y, u, r;
                pinna_quat_to_yaw_pitch_roll(q, &y, &u, &r);
                cr_expect_float_eq(u, 90.0f * (float)p, 0.1);
                cr_expect(y > -180 && y <= 180);
                cr_expect(quat_gap(pinna_quat_from_yaw_pitch_roll(y, u, r), q) < 1e-5, "yaw %g roll %g pitch %d",
                          (double)yaw, (double)roll, 90 * p);
            }
        }
    }
}

Test(quat, angles_near_the_poles)
{
    for (float pitch = 89.0f; pitch <= 90.0f; pitch += 0.01f) {
        pinna_quat q = pinna_quat_from_yaw_pitch_roll(20, pitch, 30);
        float y, u, r;
        pinna_quat_to_yaw_pitch_roll(q, &y, &u, &r);
        cr_expect(quat_gap(pinna_quat_from_yaw_pitch_roll(y, u, r), q) < 2e-6, "pitch %g", (double)pitch);
    }
}

Test(quat, product_conjugate_and_rotation_agree)
{
    unsigned seed = 4;
    for (int i = 0; i < 1000; i++) {
        pinna_quat a = random_quat(&seed), b = random_quat(&seed);
        pinna_vec3 v = random_vec3(&seed);
        pinna_vec3 twice = pinna_quat_rotate(a, pinna_quat_rotate(b, v));
        EXPECT_VEC(pinna_quat_rotate(pinna_quat_multiply(a, b), v), (double)twice.x, (double)twice.y, (double)twice.z,
                   2e-6);
        EXPECT_VEC(pinna_quat_rotate(pinna_quat_conjugate(a), pinna_quat_rotate(a, v)), (double)v.x, (double)v.y,
                   (double)v.z, 2e-6);
        cr_expect_float_eq(pinna_vec3_length(twice), pinna_vec3_length(v), 2e-6);
    }
}

Test(quat, degenerate_ones_turn_nothing)
{
    const pinna_quat bad[] = {{0, 0, 0, 0}, {NAN, 0, 0, 0}, {1, INFINITY, 0, 0}, {1e-38f, 0, 0, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pinna_quat q = pinna_quat_normalize(bad[i]);
        cr_expect(q.w == 1 && q.x == 0 && q.y == 0 && q.z == 0);
    }
    pinna_quat q = pinna_quat_normalize((pinna_quat){0, 0, 0, -FLT_MAX});
    cr_expect(q.w == 0 && q.z == -1);
}

Test(quat, slerp_ends_halves_and_shortest_way)
{
    unsigned seed = 5;
    for (int i = 0; i < 1000; i++) {
        pinna_quat a = random_quat(&seed), b = random_quat(&seed);
        cr_expect(quat_gap(pinna_quat_slerp(a, b, 0), a) < 1e-6);
        cr_expect(quat_gap(pinna_quat_slerp(a, b, 1), b) < 1e-6);
        pinna_quat half = pinna_quat_slerp(a, b, 0.5f), minus = {-b.w, -b.x, -b.y, -b.z};
        cr_expect_float_eq(quat_gap(half, a), quat_gap(half, b), 2e-6);
        cr_expect(quat_gap(half, pinna_quat_slerp(a, minus, 0.5f)) < 1e-6, "q and -q are one rotation");
        cr_expect(quat_gap(half, a) <= quat_gap(a, b) + 1e-6);
    }
}

Test(quat, slerp_turns_evenly)
{
    pinna_quat a = pinna_quat_from_yaw_pitch_roll(-30, 0, 0), b = pinna_quat_from_yaw_pitch_roll(90, 0, 0);
    for (int i = 0; i <= 12; i++) {
        float yaw, pitch, roll;
        pinna_quat_to_yaw_pitch_roll(pinna_quat_slerp(a, b, (float)i / 12), &yaw, &pitch, &roll);
        cr_expect_float_eq(yaw, -30 + 10 * (float)i, 1e-3);
    }
    pinna_quat same = pinna_quat_slerp(a, a, 0.3f);
    cr_expect(quat_gap(same, a) < 1e-7);
    pinna_quat near = pinna_quat_slerp(a, pinna_quat_from_yaw_pitch_roll(-29.99f, 0, 0), 0.5f);
    float yaw, pitch, roll;
    pinna_quat_to_yaw_pitch_roll(near, &yaw, &pitch, &roll);
    cr_expect_float_eq(yaw, -29.995, 1e-4);
}

/* Where each convention has front, left and up, and how long its unit is in metres. */
static const struct convention {
    pinna_axes axes;
    pinna_vec3 front, left, up;
    double unit_m, handedness;
} conventions[] = {
    {PINNA_AXES_AES69, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, 1, 1},
    {PINNA_AXES_OPENGL, {0, 0, -1}, {-1, 0, 0}, {0, 1, 0}, 1, 1},
    {PINNA_AXES_UNITY, {0, 0, 1}, {-1, 0, 0}, {0, 1, 0}, 1, -1},
    {PINNA_AXES_UNREAL, {1, 0, 0}, {0, -1, 0}, {0, 0, 1}, 0.01, -1},
    {PINNA_AXES_ADM, {0, 1, 0}, {-1, 0, 0}, {0, 0, 1}, 1, 1},
};
enum { CONVENTION_COUNT = sizeof conventions / sizeof *conventions };
_Static_assert(CONVENTION_COUNT == (int)PINNA_AXES_COUNT, "every convention is tested");

Test(axes, front_left_up_and_units)
{
    for (size_t i = 0; i < CONVENTION_COUNT; i++) {
        const struct convention* c = &conventions[i];
        EXPECT_VEC(pinna_axes_to_aes69(c->axes, c->front), c->unit_m, 0, 0, 1e-9);
        EXPECT_VEC(pinna_axes_to_aes69(c->axes, c->left), 0, c->unit_m, 0, 1e-9);
        EXPECT_VEC(pinna_axes_to_aes69(c->axes, c->up), 0, 0, c->unit_m, 1e-9);
    }
}

Test(axes, there_and_back)
{
    unsigned seed = 6;
    for (size_t i = 0; i < CONVENTION_COUNT; i++) {
        for (int k = 0; k < 1000; k++) {
            pinna_vec3 v = random_vec3(&seed);
            pinna_quat q = random_quat(&seed);
            pinna_axes axes = conventions[i].axes;
            EXPECT_VEC(pinna_axes_from_aes69(axes, pinna_axes_to_aes69(axes, v)), (double)v.x, (double)v.y, (double)v.z,
                       2e-7);
            pinna_quat back = pinna_axes_quat_from_aes69(axes, pinna_axes_quat_to_aes69(axes, q));
            cr_expect(back.w == q.w && back.x == q.x && back.y == q.y && back.z == q.z);
        }
    }
}

/* In a left-handed host the same formula for turning a vector turns the other way round; its engines know. */
Test(axes, turning_then_converting_is_converting_then_turning)
{
    unsigned seed = 7;
    for (size_t i = 0; i < CONVENTION_COUNT; i++) {
        for (int k = 0; k < 1000; k++) {
            pinna_axes axes = conventions[i].axes;
            pinna_quat q = random_quat(&seed);
            pinna_vec3 v = random_vec3(&seed);
            pinna_vec3 one = pinna_axes_to_aes69(axes, pinna_quat_rotate(q, v));
            pinna_vec3 other = pinna_quat_rotate(pinna_axes_quat_to_aes69(axes, q), pinna_axes_to_aes69(axes, v));
            double unit = conventions[i].unit_m;
            EXPECT_VEC(one, (double)other.x, (double)other.y, (double)other.z, 3e-6 * unit);
        }
    }
}

/* Unity and Unreal: a positive turn about "up" goes to the right. */
Test(axes, left_handed_hosts_turn_right)
{
    float s = sqrtf(0.5f);
    pinna_vec3 nose = {1, 0, 0};
    EXPECT_VEC(pinna_quat_rotate(pinna_axes_quat_to_aes69(PINNA_AXES_UNITY, (pinna_quat){s, 0, s, 0}), nose), 0, -1, 0,
               1e-6);
    EXPECT_VEC(pinna_quat_rotate(pinna_axes_quat_to_aes69(PINNA_AXES_UNREAL, (pinna_quat){s, 0, 0, s}), nose), 0, -1, 0,
               1e-6);
    EXPECT_VEC(pinna_quat_rotate(pinna_axes_quat_to_aes69(PINNA_AXES_OPENGL, (pinna_quat){s, 0, s, 0}), nose), 0, 1, 0,
               1e-6);
    EXPECT_VEC(pinna_quat_rotate(pinna_axes_quat_to_aes69(PINNA_AXES_ADM, (pinna_quat){s, 0, 0, s}), nose), 0, 1, 0,
               1e-6);
}

Test(axes, unknown_conventions_change_nothing)
{
    EXPECT_VEC(pinna_axes_to_aes69(PINNA_AXES_COUNT, (pinna_vec3){1, 2, 3}), 1, 2, 3, 0);
    EXPECT_VEC(pinna_axes_from_aes69((pinna_axes)99, (pinna_vec3){1, 2, 3}), 1, 2, 3, 0);
    cr_expect_eq(pinna_axes_quat_to_aes69((pinna_axes)99, (pinna_quat){1, 2, 3, 4}).z, 4);
}
