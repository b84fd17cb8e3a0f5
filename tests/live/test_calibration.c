/* SPDX-License-Identifier: MIT */
/* Three-pose calibrations kept from one session to the next. */
#include "bench.h"
#include "live_calibration.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pinna_report report;

static const char* fresh_file(void)
{
    static char path[512];
    snprintf(path, sizeof path, PINNA_BINARY_DIR "/tests-calibration-%d/deep/kept.csv", (int)getpid());
    unlink(path);
    return path;
}

static pinna_quat ypr(float yaw, float pitch, float roll)
{
    return pinna_quat_from_yaw_pitch_roll(yaw, pitch, roll);
}

/* Worn back to front and on its side: left is its up, up its right. */
static pinna_quat as_worn(pinna_quat head)
{
    return pinna_quat_normalize(pinna_quat_multiply(pinna_quat_multiply(ypr(30, 0, 0), head), ypr(170, 10, 80)));
}

static pinna_live_head_command gestures(void)
{
    pinna_live_head_command command = {.order = PINNA_LIVE_HEAD_CALIBRATE, .has_tilted = true};
    const pinna_quat heads[] = {ypr(0, 0, 0), ypr(35, 0, 0), ypr(0, 30, 0), ypr(0, 0, 25)};
    for (int i = 0; i < 4; i++)
        command.poses[i] = as_worn(heads[i]);
    return command;
}

/* A phone's quaternion, OSC /quaternion w x y z in the library's own axes. */
static void say_pose(bench* b, pinna_quat q)
{
    uint8_t bytes[36] = "/quaternion\0,ffff\0\0";
    const float values[4] = {q.w, q.x, q.y, q.z};
    for (int i = 0; i < 4; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], 4);
        for (int k = 0; k < 4; k++)
            bytes[20 + 4 * i + k] = (uint8_t)(bits >> (24 - 8 * k));
    }
    bench_send(b, PINNA_LIVE_TRACKER_OSC, bytes, sizeof bytes);
}

static pinna_quat shown_after(bench* b, pinna_quat reported)
{
    float stereo[2 * BENCH_PERIOD];
    for (int i = 0; i < 400; i++) {
        say_pose(b, reported);
        bench_sleep(0.004);
        bench_render(b, stereo);
    }
    return pinna_live_engine_look(b->engine).head.pose.orientation;
}

static double apart_deg(pinna_quat a, pinna_quat b)
{
    pinna_quat d = pinna_quat_multiply(pinna_quat_conjugate(a), b);
    return 114.6 * asin(fmin(1, sqrt((double)(d.x * d.x + d.y * d.y + d.z * d.z))));
}

static bench start(const char* file)
{
    char text[512];
    bench_scene_text(text, sizeof text, 50, 15);
    return bench_start_keeping(text, PINNA_OSC_AUTO, file);
}

Test(calibration, holds_in_the_next_session, .timeout = 60)
{
    const char* file = fresh_file();
    bench first = start(file);
    pinna_live_head_command command = gestures();
    float stereo[2 * BENCH_PERIOD];
    pinna_quat raw = shown_after(&first, ypr(0, 0, 0)); /* however the dialect reads a quaternion */
    for (int i = 0; i < 4; i++) {
        shown_after(&first, command.poses[i]);
        command.poses[i] = pinna_live_engine_look(first.engine).head.raw;
    }
    cr_expect(apart_deg(raw, ypr(0, 0, 0)) < 0.1);
    cr_assert(pinna_live_head_send(pinna_live_engine_head(first.engine), &command));
    pinna_live_trackers_calibrated(first.trackers, &command);
    bench_render(&first, stereo);
    pinna_quat now = shown_after(&first, as_worn(ypr(25, 10, -5)));
    bench_stop(&first);
    cr_expect(apart_deg(now, ypr(25, 10, -5)) < 1, "calibrated: %.2f degrees off", apart_deg(now, ypr(25, 10, -5)));

    bench second = start(file);
    pinna_quat later = shown_after(&second, as_worn(ypr(25, 10, -5)));
    cr_expect(apart_deg(later, ypr(25, 10, -5)) < 1, "restored: %.2f degrees off", apart_deg(later, ypr(25, 10, -5)));
    cr_expect(strstr(pinna_live_trackers_look(second.trackers).said, "calibrated as it was"));
    bench_stop(&second);

    bench without = start(NULL);
    pinna_quat plain = shown_after(&without, as_worn(ypr(25, 10, -5)));
    cr_expect(apart_deg(plain, ypr(25, 10, -5)) > 20, "nothing was kept, yet it is known");
    bench_stop(&without);
    unlink(file);
}

Test(calibration, file_keeps_what_is_put_in)
{
    const char* file = fresh_file();
    pinna_live_calibrations all = {.of = {{.pose_count = 0}}};
    pinna_live_head_command command = gestures();
    memcpy(all.of[1].poses, command.poses, sizeof command.poses);
    memcpy(all.of[3].poses, command.poses, sizeof command.poses);
    all.of[1].pose_count = 4;
    all.of[3].pose_count = 3;
    cr_assert_eq(pinna_live_calibration_save(file, &all), PINNA_OK);
    pinna_live_calibrations back = pinna_live_calibration_load(file, &report);
    cr_expect_eq(report.count, 0);
    for (int i = 0; i < PINNA_LIVE_CALIBRATION_TRACKERS; i++) {
        cr_assert_eq(back.of[i].pose_count, all.of[i].pose_count);
        for (uint32_t k = 0; k < all.of[i].pose_count; k++)
            cr_expect(apart_deg(back.of[i].poses[k], all.of[i].poses[k]) < 0.01);
    }
    unlink(file);
    cr_expect_eq(pinna_live_calibration_save("/proc/no/such/place.csv", &all), PINNA_ERROR_FILE);
}

static void check_refused(const char* text)
{
    const char* file = fresh_file();
    pinna_live_calibrations none = {.of = {{.pose_count = 0}}};
    cr_assert_eq(pinna_live_calibration_save(file, &none), PINNA_OK); /* makes the folder */
    FILE* out = fopen(file, "w");
    fputs(text, out);
    fclose(out);
    report = (pinna_report){.count = 0};
    pinna_live_calibrations all = pinna_live_calibration_load(file, &report);
    for (int i = 0; i < PINNA_LIVE_CALIBRATION_TRACKERS; i++)
        cr_expect(!all.of[i].pose_count, "'%s' gave a calibration", text);
    cr_expect_eq(report.count, 1, "'%s': %zu warnings", text, (size_t)report.count);
    unlink(file);
}

Test(calibration, broken_files_are_warned_of)
{
    check_refused("RIFF nonsense\n");
    check_refused("tracker,pose,w,x,y,z\nosc,neutral,nan,0,0,0\n");
    check_refused("tracker,pose,w,x,y,z\nosc,neutral,5,0,0,0\n");
    check_refused("tracker,pose,w,x,y,z\nosc,left,1,0,0,0\n");
    check_refused("tracker,pose,w,x,y,z\nwii,neutral,1,0,0,0\n");
    check_refused("tracker,pose,w,x,y,z\nosc,neutral,1,0,0,0,7\n");
    check_refused("tracker,pose,w,x,y,z\nosc,neutral,1,0,0,0\nosc,left,1,0,0,0\nosc,up,1,0,0,0\n");
    check_refused("tracker,pose,w,x,y,z\nosc,neutral,1,0,0,0\n");
    report = (pinna_report){.count = 0};
    (void)pinna_live_calibration_load("/no/such/file.csv", &report);
    cr_expect_eq(report.count, 0);
    (void)pinna_live_calibration_load("/", &report);
    cr_expect(report.count == 1 && strstr(report.entries[0].text, "/: cannot be read"));
}
