/* SPDX-License-Identifier: MIT */
#include "tracking_check.h"

static pinna_quat ypr(float yaw, float pitch, float roll)
{
    return pinna_quat_from_yaw_pitch_roll(yaw, pitch, roll);
}

static pinna_head_filter* filter_with(const pinna_head_filter_config* config)
{
    pinna_head_filter* filter;
    cr_assert_eq(pinna_head_filter_create(config, NULL, &filter), PINNA_OK);
    return filter;
}

/* Holds a pose for some time at 100 Hz; returns the time after. */
static double hold(pinna_head_filter* filter, pinna_quat pose, double from_s, double seconds, uint32_t discontinuity)
{
    int count = (int)lrint(seconds * 100.0);
    for (int i = 0; i < count; i++) {
        pinna_head_sample s = {.time_s = from_s + i * 0.01, .orientation = pose, .discontinuity_count = discontinuity};
        cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_OK);
    }
    return from_s + count * 0.01;
}

static pinna_quat shown(pinna_head_filter* filter, double time_s)
{
    return pinna_head_filter_pose(filter, time_s).orientation;
}

Test(filter, identity_before_anything)
{
    pinna_head_filter* filter = filter_with(NULL);
    pinna_head_pose pose = pinna_head_filter_pose(filter, 5.0);
    cr_assert(!pose.valid && !pose.stale && !pose.still);
    CHECK_POSE(pose.orientation, 0, 0, 0);
    pinna_head_filter_destroy(filter);
    pinna_head_filter_destroy(NULL);
}

Test(filter, inverts_each_axis)
{
    for (int axis = 0; axis < 3; axis++) {
        pinna_head_filter_config config = pinna_head_filter_config_default();
        config.invert_yaw = axis == 0;
        config.invert_pitch = axis == 1;
        config.invert_roll = axis == 2;
        pinna_head_filter* filter = filter_with(&config);
        double t = hold(filter, ypr(30, 20, 10), 0.0, 0.5, 0);
        CHECK_POSE(shown(filter, t), axis == 0 ? -30.0f : 30.0f, axis == 1 ? -20.0f : 20.0f,
                   axis == 2 ? -10.0f : 10.0f);
        pinna_head_filter_destroy(filter);
    }
}

Test(filter, centre_yaw_keeps_pitch_and_roll)
{
    pinna_head_filter* filter = filter_with(NULL);
    double t = hold(filter, ypr(70, 15, -5), 0.0, 0.5, 0);
    pinna_head_filter_centre_yaw(filter);
    CHECK_POSE(shown(filter, t), 0, 15, -5);
    t = hold(filter, ypr(100, 0, 0), t + 0.1, 0.5, 0);
    CHECK_POSE(shown(filter, t), 30, 0, 0);
    pinna_head_filter_destroy(filter);
}

Test(filter, centre_takes_all)
{
    pinna_head_filter* filter = filter_with(NULL);
    pinna_quat at = ypr(70, 15, -5);
    double t = hold(filter, at, 0.0, 0.5, 0);
    pinna_head_filter_centre(filter);
    CHECK_POSE(shown(filter, t), 0, 0, 0);
    t = hold(filter, pinna_quat_multiply(at, ypr(0, 20, 0)), t + 0.1, 0.5, 0);
    CHECK_POSE(shown(filter, t), 0, 20, 0);
    pinna_head_filter_destroy(filter);
}

Test(filter, position_counts_from_the_centre)
{
    pinna_head_filter* filter = filter_with(NULL);
    pinna_head_sample s = {.orientation = ypr(90, 0, 0), .has_position = true, .position_m = {1, 2, 3}};
    cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_OK);
    pinna_head_filter_centre(filter);
    s.time_s = 0.1;
    s.position_m = (pinna_vec3){1, 3, 3}; /* a step to where the head now faces */
    cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_OK);
    pinna_vec3 p = pinna_head_filter_pose(filter, 0.1).position_m;
    cr_assert(fabsf(p.x - 1.0f) < 1e-5f && fabsf(p.y) < 1e-5f && fabsf(p.z) < 1e-5f);
    pinna_head_filter_destroy(filter);
}

Test(filter, discontinuity_recentres_without_slew)
{
    pinna_head_filter* filter = filter_with(NULL);
    double t = hold(filter, ypr(10, 5, 0), 0.0, 1.0, 3);
    CHECK_POSE(shown(filter, t), 10, 5, 0);
    pinna_head_sample s = {.time_s = t, .orientation = ypr(130, 5, 0), .discontinuity_count = 4};
    cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_OK);
    for (double ahead = 0.0; ahead < 0.25; ahead += 0.01)
        CHECK_POSE(shown(filter, t + ahead), 0, 5, 0);
    pinna_head_filter_destroy(filter);
    pinna_head_filter_config config = pinna_head_filter_config_default();
    config.on_reset = PINNA_HEAD_RESET_KEEP;
    filter = filter_with(&config);
    hold(filter, ypr(10, 5, 0), 0.0, 1.0, 3);
    cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_OK);
    CHECK_POSE(shown(filter, t + 0.1), 130, 5, 0);
    pinna_head_filter_destroy(filter);
}

/* Turns left at a steady 60 degrees/s for a second. */
static double turn(pinna_head_filter* filter, double from_s)
{
    for (int i = 0; i < 100; i++) {
        pinna_head_sample s = {.time_s = from_s + i * 0.01, .orientation = ypr((float)i * 0.6f, 0, 0)};
        cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_OK);
    }
    return from_s + 0.99;
}

Test(filter, lost_tracker_holds_gently)
{
    pinna_head_filter* filter = filter_with(NULL);
    double t = turn(filter, 0.0);
    double step_deg = 0.0;
    for (int i = 0; i < 300; i++)
        step_deg = fmax(step_deg, angle_between_deg(shown(filter, t + i * 0.01), shown(filter, t + i * 0.01 + 0.01)));
    cr_assert(step_deg < 1.5, "a step of %.2f degrees in 10 ms", step_deg);
    pinna_head_pose pose = pinna_head_filter_pose(filter, t + 3.0);
    cr_assert(pose.stale && !pose.still);
    CHECK_POSE(pose.orientation, 59.4f, 0, 0);
    /* It comes back looking the other way: no jump, and there within half a second. */
    pinna_quat before = pose.orientation;
    double from = hold(filter, ypr(-20, 0, 0), t + 3.0, 0.01, 0) - 0.01;
    cr_assert(angle_between_deg(before, shown(filter, from)) < 0.5);
    from = hold(filter, ypr(-20, 0, 0), from + 0.01, 0.6, 0);
    CHECK_POSE(shown(filter, from), -20, 0, 0);
    pinna_head_filter_destroy(filter);
}

Test(filter, lost_tracker_returns_gently)
{
    pinna_head_filter_config config = pinna_head_filter_config_default();
    config.stale = PINNA_HEAD_STALE_RETURN;
    pinna_head_filter* filter = filter_with(&config);
    double t = turn(filter, 0.0), step_deg = 0.0;
    for (int i = 0; i < 900; i++)
        step_deg = fmax(step_deg, angle_between_deg(shown(filter, t + i * 0.01), shown(filter, t + i * 0.01 + 0.01)));
    cr_assert(step_deg < 1.5, "a step of %.2f degrees in 10 ms", step_deg);
    CHECK_POSE(shown(filter, t + 10.0), 0, 0, 0);
    pinna_head_filter_destroy(filter);
}

Test(filter, stillness)
{
    pinna_head_filter* filter = filter_with(NULL);
    dice d = {11};
    double t = 0.0;
    for (int i = 0; i < 300; i++, t += 0.01) {
        pinna_head_sample s = {.time_s = t, .orientation = ypr((float)(0.1 * roll_normal(&d)), 0, 0)};
        cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_OK);
        cr_assert_eq(pinna_head_filter_pose(filter, t).still, t >= 0.999, "at %.2f s", t);
    }
    t = turn(filter, t);
    cr_assert(!pinna_head_filter_pose(filter, t).still);
    pinna_head_filter_destroy(filter);
}

Test(filter, auto_centre_when_asked)
{
    pinna_head_filter_config config = pinna_head_filter_config_default();
    config.auto_centre_s = 2.0f;
    config.return_s = 0.5f;
    pinna_head_filter* filter = filter_with(&config);
    double t = hold(filter, ypr(20, 10, 0), 0.0, 1.9, 0);
    CHECK_POSE(shown(filter, t), 20, 10, 0);
    t = hold(filter, ypr(20, 10, 0), t, 5.0, 0);
    CHECK_POSE(shown(filter, t), 0, 10, 0);
    pinna_head_filter_destroy(filter);
}

Test(filter, old_samples_are_ignored_and_restarted_clocks_are_not)
{
    pinna_head_filter* filter = filter_with(NULL);
    double t = hold(filter, ypr(20, 0, 0), 100.0, 0.5, 0);
    pinna_head_sample s = {.time_s = t - 0.1, .orientation = ypr(90, 0, 0)};
    cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_ERROR_DATA);
    CHECK_POSE(shown(filter, t), 20, 0, 0);
    t = hold(filter, ypr(50, 0, 0), 0.0, 0.5, 0);
    CHECK_POSE(shown(filter, t), 50, 0, 0);
    pinna_head_filter_destroy(filter);
}

/* A suspended machine, a clock set back by a day, one that gives no number: afterwards the head is where it is. */
Test(filter, clocks_that_jump_do_no_harm)
{
    static const double jumps_s[] = {3600.0, -86400.0, 1e9, -1e9, 1e15};
    for (int smooth = 0; smooth < 2; smooth++) {
        pinna_head_filter_config config = pinna_head_filter_config_default();
        config.smooth_time = smooth;
        pinna_head_filter* filter = filter_with(&config);
        double t = hold(filter, ypr(20, 0, 0), 100.0, 0.5, 0);
        for (size_t i = 0; i < sizeof jumps_s / sizeof jumps_s[0]; i++) {
            float yaw_deg = i % 2 ? 20.0f : -35.0f;
            t = hold(filter, ypr(yaw_deg, 0, 0), 100.0 + jumps_s[i], 3.0, 0);
            CHECK_POSE(shown(filter, t), yaw_deg, 0, 0);
        }
        t = hold(filter, ypr(20, 0, 0), 100.0, 3.0, 0);
        pinna_head_sample s = {.time_s = NAN, .orientation = ypr(90, 0, 0)};
        cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_ERROR_ARGUMENT);
        CHECK_POSE(shown(filter, t), 20, 0, 0);
        CHECK_POSE(shown(filter, t - 1e9), 20, 0, 0);
        CHECK_POSE(shown(filter, NAN), 20, 0, 0);
        pinna_head_filter_destroy(filter);
    }
}

Test(filter, places_beyond_any_reach_are_refused)
{
    pinna_head_filter* filter = filter_with(NULL);
    pinna_head_sample s = {.orientation = ypr(20, 0, 0), .has_position = true, .position_m = {1, 2, -3e38f}};
    cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_ERROR_ARGUMENT);
    s.position_m.z = 1e6f;
    cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_OK);
    pinna_head_filter_destroy(filter);
}

Test(filter, smoothed_arrival_times_help_a_jittery_link)
{
    double error[2] = {0.0, 0.0};
    for (int smooth = 0; smooth < 2; smooth++) {
        pinna_head_filter_config config = pinna_head_filter_config_default();
        config.smooth_time = smooth;
        pinna_head_filter* filter = filter_with(&config);
        dice d = {12};
        double last = 0.0;
        for (int i = 0; i < 3000; i++) {
            double t = i * 0.01, arrived = fmax(last, t + 0.006 * roll_unit(&d));
            last = arrived;
            pinna_head_sample s = {.time_s = arrived, .orientation = ypr((float)(40.0 * sin(3.0 * t)), 0, 0)};
            cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_OK);
            if (i < 500) continue;
            /* 3 ms is the link's mean delay, which no receiver can know */
            double off = angle_between_deg(shown(filter, arrived + 0.05),
                                           ypr((float)(40.0 * sin(3.0 * (arrived + 0.047))), 0, 0));
            error[smooth] += off * off;
        }
        pinna_head_filter_destroy(filter);
    }
    cr_log_info("RMS error with 6 ms of jitter, smoothed over plain: %.2f", sqrt(error[1] / error[0]));
    cr_assert(error[1] < 0.8 * error[0], "smoothed %.1f, plain %.1f", error[1], error[0]);
}

/* A tracker mounted anyhow, in a world turned anyhow. */
typedef struct mount {
    pinna_quat world, mount;
    bool inverse;
} mount;

static pinna_quat reported(const mount* m, pinna_quat head)
{
    pinna_quat q = pinna_quat_multiply(pinna_quat_multiply(m->world, head), m->mount);
    return pinna_quat_normalize(m->inverse ? pinna_quat_conjugate(q) : q);
}

static void check_calibration(const mount* m, bool with_tilt, double allowed_deg)
{
    pinna_head_filter* filter = filter_with(NULL);
    pinna_quat tilted = reported(m, ypr(0, 0, 25));
    pinna_status status = pinna_head_filter_calibrate(filter, reported(m, ypr(0, 0, 0)), reported(m, ypr(35, 0, 0)),
                                                      reported(m, ypr(0, 30, 0)), with_tilt ? &tilted : NULL);
    cr_assert_eq(status, PINNA_OK);
    dice d = {21};
    double t = 0.0;
    for (int i = 0; i < 50; i++, t += 1.5) {
        pinna_quat head =
            ypr((float)(180 * roll_unit(&d) - 90), (float)(100 * roll_unit(&d) - 50), (float)(60 * roll_unit(&d) - 30));
        hold(filter, reported(m, head), t, 1.0, 0);
        double off = angle_between_deg(shown(filter, t + 0.99), head);
        cr_assert(off < allowed_deg, "pose %d is %.2f degrees off", i, off);
    }
    pinna_head_filter_destroy(filter);
}

Test(calibration, finds_any_mount)
{
    dice d = {22};
    for (int i = 0; i < 100; i++) {
        mount m = {ypr((float)(360 * roll_unit(&d)), (float)(180 * roll_unit(&d) - 90), (float)(360 * roll_unit(&d))),
                   ypr((float)(360 * roll_unit(&d)), (float)(180 * roll_unit(&d) - 90), (float)(360 * roll_unit(&d))),
                   false};
        check_calibration(&m, i % 2, 0.3);
        m.inverse = true;
        check_calibration(&m, true, 0.3);
    }
}

Test(calibration, sloppy_gestures_still_work)
{
    pinna_head_map map;
    /* left with 8 degrees of nodding in it, up with 10 of turning */
    cr_assert_eq(pinna_head_calibrate(ypr(0, 0, 0), ypr(40, -8, 3), ypr(10, 30, -4), NULL, &map), PINNA_OK);
    for (int i = 0; i < 3; i++)
        cr_assert_float_eq(map.row[i][i], 1.0f, 0.06f);
}

Test(calibration, refuses_gestures_that_tell_nothing)
{
    pinna_head_map map;
    pinna_quat front = ypr(0, 0, 0);
    cr_assert_eq(pinna_head_calibrate(front, front, ypr(0, 30, 0), NULL, &map), PINNA_ERROR_DATA);
    cr_assert_eq(pinna_head_calibrate(front, ypr(30, 0, 0), ypr(3, 2, 0), NULL, &map), PINNA_ERROR_DATA);
    cr_assert_eq(pinna_head_calibrate(front, ypr(30, 0, 0), ypr(35, 5, 0), NULL, &map), PINNA_ERROR_DATA);
    cr_assert_eq(pinna_head_calibrate((pinna_quat){0, 0, 0, 0}, ypr(30, 0, 0), ypr(0, 30, 0), NULL, &map),
                 PINNA_ERROR_ARGUMENT);
}

Test(calibration, angular_velocity_follows_the_map)
{
    /* A tracker that measures only rates well: the filter must turn them as it turns the poses, inverse or not. */
    for (int inverse = 0; inverse < 2; inverse++) {
        mount m = {ypr(50, 20, 10), ypr(-100, 30, 160), inverse};
        pinna_quat tilted = reported(&m, ypr(0, 0, 25));
        pinna_head_filter* filter = filter_with(NULL);
        cr_assert_eq(pinna_head_filter_calibrate(filter, reported(&m, ypr(0, 0, 0)), reported(&m, ypr(35, 0, 0)),
                                                 reported(&m, ypr(0, 30, 0)), &tilted),
                     PINNA_OK);
        double square = 0.0, square_held = 0.0;
        for (int i = 0; i < 2000; i++) {
            double t = i * 0.02;
            pinna_quat now = reported(&m, ypr((float)(40 * sin(2 * t)), (float)(20 * sin(3 * t)), 0));
            pinna_quat soon = reported(&m, ypr((float)(40 * sin(2 * t + 2e-3)), (float)(20 * sin(3 * t + 3e-3)), 0));
            pinna_quat step = pinna_quat_multiply(pinna_quat_conjugate(now), soon); /* in one millisecond */
            float scale = step.w < 0.0f ? -2000.0f : 2000.0f;
            pinna_head_sample s = {.time_s = t,
                                   .orientation = now,
                                   .has_angular_velocity = true,
                                   .angular_velocity_rad_per_s = {step.x * scale, step.y * scale, step.z * scale}};
            cr_assert_eq(pinna_head_filter_push(filter, &s), PINNA_OK);
            if (i < 100) continue;
            double later = t + 0.06;
            pinna_quat truth = ypr((float)(40 * sin(2 * later)), (float)(20 * sin(3 * later)), 0);
            double off = angle_between_deg(shown(filter, later), truth),
                   held = angle_between_deg(shown(filter, t), truth);
            square += off * off;
            square_held += held * held;
        }
        cr_assert(square < 0.01 * square_held, "inverse %d: %.3f of holding", inverse, sqrt(square / square_held));
        pinna_head_filter_destroy(filter);
    }
}

static void* refuse(void* user, size_t byte_count)
{
    (void)user;
    (void)byte_count;
    return NULL;
}

static void release_nothing(void* user, void* memory)
{
    (void)user;
    (void)memory;
}

Test(filter, creation_fails_cleanly)
{
    pinna_head_filter* filter = (pinna_head_filter*)1;
    pinna_allocator none = {refuse, release_nothing, NULL};
    cr_assert_eq(pinna_head_filter_create(NULL, &none, &filter), PINNA_ERROR_MEMORY);
    cr_assert_null(filter);
    cr_assert_eq(pinna_head_filter_create(NULL, NULL, NULL), PINNA_ERROR_ARGUMENT);
}

Test(filter, lives_in_given_memory)
{
    void* memory = aligned_alloc(PINNA_HEAD_PREDICTOR_ALIGNMENT, (pinna_head_filter_size() + 15) / 16 * 16);
    pinna_head_filter* filter = pinna_head_filter_place(memory, NULL);
    double t = hold(filter, ypr(30, 0, 0), 0.0, 0.5, 0);
    CHECK_POSE(shown(filter, t), 30, 0, 0);
    free(memory);
}
