/* SPDX-License-Identifier: MIT */
#include "path.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static void check_at(const pinna_path* path, double t_s, double first, double second, double third)
{
    double value[PINNA_PATH_FIELD_COUNT];
    pinna_path_at(path, t_s, value);
    cr_expect_float_eq(value[0], first, 1e-9, "at %g s: %.12g, not %.12g", t_s, value[0], first);
    cr_expect_float_eq(value[1], second, 1e-9, "at %g s: %g, not %g", t_s, value[1], second);
    cr_expect_float_eq(value[2], third, 1e-9, "at %g s: %g, not %g", t_s, value[2], third);
}

static pinna_path* load(const char* text, pinna_path_kind kind)
{
    static pinna_report report;
    pinna_path* path = NULL;
    enter_folder();
    write_text("p.csv", text);
    pinna_status status = pinna_path_load("p.csv", kind, &report, &path);
    cr_assert_eq(status, PINNA_OK, "%s", pinna_report_error(&report));
    return path;
}

static void check_refused(const char* text, const char* expected)
{
    static pinna_report report;
    report.count = 0;
    pinna_path* path = NULL;
    write_text("bad.csv", text);
    cr_expect_neq(pinna_path_load("bad.csv", PINNA_PATH_SOURCE, &report, &path), PINNA_OK);
    cr_expect_null(path);
    const char* error = pinna_report_error(&report);
    cr_expect(error && strstr(error, expected), "'%s' does not say '%s'", error ? error : "(nothing)", expected);
}

Test(path, interpolates_and_holds)
{
    pinna_path* path = load("t_s,azimuth_deg,elevation_deg,distance_m\n1,0,-10,1\n3,90,10,2\n", PINNA_PATH_SOURCE);
    check_at(path, 0, 0, -10, 1);
    check_at(path, 2, 45, 0, 1.5);
    check_at(path, 2.5, 67.5, 5, 1.75);
    check_at(path, 9, 90, 10, 2);
    cr_expect(pinna_path_moves(path));
    pinna_path_destroy(path);
}

Test(path, turns_as_often_as_written)
{
    pinna_path* path = load("t_s,azimuth_deg,elevation_deg\n0,0,0\n2,720,0\n3,360,0\n", PINNA_PATH_SOURCE);
    check_at(path, 0.5, 180, 0, 1);
    check_at(path, 1.75, 630, 0, 1);
    check_at(path, 2.5, 540, 0, 1);
    pinna_path_destroy(path);
}

Test(path, a_trace_that_wraps_goes_the_shorter_way)
{
    pinna_path* path =
        load("t_s,yaw_deg,pitch_deg,roll_deg\n0,179,0,0\n0.02,-179,0,0\n0.04,-175,0,0\n", PINNA_PATH_HEAD);
    check_at(path, 0.01, 180, 0, 0);
    check_at(path, 0.03, 183, 0, 0);
    pinna_path_destroy(path);
}

Test(path, only_angles_wrap)
{
    pinna_path* path = load("t_s,azimuth_deg,elevation_deg,distance_m\n0,0,-170,1\n0.1,0,170,301\n", PINNA_PATH_SOURCE);
    check_at(path, 0.05, 0, 0, 151);
    pinna_path_destroy(path);
}

Test(path, two_rows_at_one_time_are_a_jump)
{
    pinna_path* path = load("t_s,azimuth_deg,elevation_deg\n0,0,0\n1,0,0\n1,90,0\n2,90,0\n", PINNA_PATH_SOURCE);
    check_at(path, 0.999999, 0, 0, 1);
    check_at(path, 1, 90, 0, 1);
    pinna_path_destroy(path);
}

Test(path, columns_in_any_order_and_odd_line_ends)
{
    pinna_path* path = load("\xef\xbb\xbf# made by hand\r\n\r\n distance_m , note,\"t_s\",elevation_deg,azimuth_deg\r\n"
                            "2,x,0,5,30\r\n\r\n3,y,1,6,31",
                            PINNA_PATH_SOURCE);
    check_at(path, 0, 30, 5, 2);
    check_at(path, 1, 31, 6, 3);
    pinna_path_destroy(path);
    path = load("t_s,azimuth_deg,elevation_deg\r\r0,30,5\r1,31,6\r", PINNA_PATH_SOURCE); /* an old Macintosh's */
    check_at(path, 1, 31, 6, 1);
    pinna_path_destroy(path);
}

/* The numbers are those of another program: scipy 1.10's PchipInterpolator. */
Test(path, a_spline_meets_its_rows_and_stays_between_them)
{
    pinna_path* path = load("t_s,x_m,y_m,z_m\n0,0,0,1\n1,30,10,2\n1.5,40,-5,8\n4,40,20,3\n5,-20,20,3.5\n7,-25,90,1\n",
                            PINNA_PATH_PLACE);
    cr_assert_eq(pinna_path_smooth(path), PINNA_OK);
    check_at(path, -1, 0, 0, 1);
    check_at(path, 0, 0, 0, 1);
    check_at(path, 0.25, 8.74320652174, 5.78125, 1.06073113208);
    check_at(path, 1, 30, 10, 2);
    check_at(path, 1.2, 35.2104347826, 4.72, 4.25871698113);
    check_at(path, 2, 40, -2.4, 7.48);
    check_at(path, 3, 40, 11.2, 4.76);
    check_at(path, 4.5, 10.6683168317, 20, 3.25);
    check_at(path, 6.9, -24.9891460396, 84.2279166667, 1.23622916667);
    check_at(path, 8, -25, 90, 1);
    pinna_path_destroy(path);
}

Test(path, a_spline_of_angles_goes_round)
{
    pinna_path* path =
        load("t_s,azimuth_deg,elevation_deg\n0,0,0\n1,90,0\n2,180,0\n3,270,0\n4,360,0\n", PINNA_PATH_SOURCE);
    cr_assert_eq(pinna_path_smooth(path), PINNA_OK);
    for (double t_s = 0; t_s <= 4; t_s += 0.05)
        check_at(path, t_s, 90 * t_s, 0, 1);
    pinna_path_destroy(path);
}

Test(path, a_spline_breaks_where_a_path_jumps)
{
    pinna_path* path = load("t_s,x_m,y_m\n0,0,0\n1,1,0\n1,5,0\n2,6,0\n2.0000001,9,0\n", PINNA_PATH_PLACE);
    cr_assert_eq(pinna_path_smooth(path), PINNA_OK);
    check_at(path, 0.5, 0.5, 0, 0);
    check_at(path, 1, 5, 0, 0);
    check_at(path, 1.5, 5.5, 0, 0);
    check_at(path, 3, 9, 0, 0);
    pinna_path_destroy(path);
}

Test(path, becomes_positions_and_rotations)
{
    pinna_path* path = NULL;
    pinna_path_point left = {0, {90, 0, 2}}, turned = {0, {90, 0, 0}};
    size_t bad = 0;
    cr_assert_eq(pinna_path_create(PINNA_PATH_SOURCE, &left, 1, &bad, &path), PINNA_OK);
    pinna_vec3 position = pinna_path_position_at(path, 5);
    cr_expect_float_eq(position.x, 0, 1e-6);
    cr_expect_float_eq(position.y, 2, 1e-6);
    cr_expect_not(pinna_path_moves(path));
    pinna_path_destroy(path);
    cr_assert_eq(pinna_path_create(PINNA_PATH_HEAD, &turned, 1, &bad, &path), PINNA_OK);
    pinna_vec3 nose = pinna_quat_rotate(pinna_path_rotation_at(path, 0), (pinna_vec3){1, 0, 0});
    cr_expect_float_eq(nose.y, 1, 1e-6, "a yaw of +90 degrees looks left");
    pinna_path_destroy(path);
}

Test(path, errors_name_line_and_column)
{
    enter_folder();
    check_refused("", "bad.csv line 1: the file is empty");
    check_refused("t_s,azimuth_deg,elevation_deg\n", "no row below the header");
    check_refused("t_s,azimuth_deg\n0,0\n", "line 1: the header line has no column elevation_deg");
    check_refused("t_s;azimuth_deg;elevation_deg\n0;0;0\n", "separated by commas");
    check_refused("t_s,azimuth_deg,elevation_deg\n0,0,0\n1,left,0\n", "line 3: azimuth_deg: 'left' is not a number");
    check_refused("t_s,azimuth_deg,elevation_deg\n0,nan,0\n", "line 2: azimuth_deg: 'nan' is not a number");
    check_refused("t_s,azimuth_deg,elevation_deg\n0,1e999,0\n", "line 2: azimuth_deg: '1e999' is not a number");
    check_refused("t_s,azimuth_deg,elevation_deg\n0,0x10,0\n", "line 2: azimuth_deg: '0x10' is not a number");
    check_refused("t_s,azimuth_deg,elevation_deg\n0,0,361\n", "line 2: elevation_deg must lie between -360 and 360");
    check_refused("t_s,azimuth_deg,elevation_deg,distance_m\n0,0,0,0\n", "line 2: distance_m must lie between");
    check_refused("t_s,azimuth_deg,elevation_deg\n0,0\n", "line 2: elevation_deg is missing");
    check_refused("t_s,azimuth_deg,elevation_deg\n1,0,0\n\n0.5,0,0\n", "line 4: t_s is 0.5, earlier");
    check_refused("t_s,azimuth_deg,elevation_deg\r\r1,0,0\r\r0.5,0,0\r", "line 5: t_s is 0.5, earlier");
    check_refused("t_s,azimuth_deg,elevation_deg,t_s\n1,0,0,1\n", "line 1: the header line names t_s twice");
}

/* Zero bytes are what devices and holes in files give without end, text without line ends what a wrong file is. */
Test(path, what_is_no_text_is_refused_at_once)
{
    enter_folder();
    static pinna_report report;
    pinna_path* path;
    static const char zero[] = "t_s,azimuth_deg,elevation_deg\n0,0,\0";
    static char line[5000];
    write_bytes("zero.csv", zero, sizeof zero);
    cr_expect_eq(pinna_path_load("zero.csv", PINNA_PATH_SOURCE, &report, &path), PINNA_ERROR_DATA);
    cr_expect(strstr(pinna_report_error(&report), "zero.csv line 2: holds a zero byte"));
    memset(line, 'x', sizeof line);
    write_bytes("long.csv", line, sizeof line);
    cr_expect_eq(pinna_path_load("long.csv", PINNA_PATH_SOURCE, &report, &path), PINNA_ERROR_DATA);
    cr_expect(strstr(pinna_report_error(&report), "long.csv line 1: is longer than 4095 bytes"));
}

Test(path, a_missing_file_is_named)
{
    static pinna_report report;
    pinna_path* path = NULL;
    cr_expect_eq(pinna_path_load("/nowhere/p.csv", PINNA_PATH_HEAD, &report, &path), PINNA_ERROR_FILE);
    cr_expect(strstr(pinna_report_error(&report), "/nowhere/p.csv: No such file"));
}
