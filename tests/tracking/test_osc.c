/* SPDX-License-Identifier: MIT */
#include "osc_sayings.h"
#include "tracking_check.h"

static packet bundle_of(const packet* inner, int count)
{
    packet p = {.size = 0};
    put(&p, "#bundle", 8);
    put_u32(&p, 0);
    put_u32(&p, 1);
    for (int i = 0; i < count; i++) {
        put_u32(&p, (uint32_t)inner[i].size);
        put(&p, inner[i].bytes, inner[i].size);
    }
    return p;
}

static pinna_osc_reader reader_for(pinna_osc_dialect dialect)
{
    return pinna_osc_reader_make(&(pinna_osc_config){.dialect = dialect});
}

static pinna_status read(pinna_osc_reader* reader, const packet* p, pinna_head_sample* out)
{
    return pinna_osc_read(reader, p->bytes, p->size, 3.0, out);
}

#define C(deg) cos(RAD(deg) / 2)
#define S(deg) sin(RAD(deg) / 2)

static const double left30 = 30, up20 = 20, right10 = 10;

static void check_saying(const saying* w)
{
    const double* values[3] = {w->left, w->up, w->right};
    for (int i = 0; i < 3; i++) {
        pinna_osc_reader reader = reader_for(w->dialect);
        pinna_head_sample s;
        packet p = message(w->address, w->kinds, values[i]);
        pinna_status status = read(&reader, &p, &s);
        cr_assert_eq(status, PINNA_OK, "%s: %s", w->address, pinna_status_string(status));
        double off = angle_between_deg(s.orientation, pinna_quat_from_yaw_pitch_roll(i == 0 ? (float)left30 : 0.0f,
                                                                                     i == 1 ? (float)up20 : 0.0f,
                                                                                     i == 2 ? (float)right10 : 0.0f));
        cr_assert(off < 0.05, "%s turn %d is %.2f degrees off", w->address, i, off);
    }
}

Test(osc, every_dialect_turns_the_right_way)
{
    for (size_t i = 0; i < sizeof sayings / sizeof *sayings; i++)
        check_saying(&sayings[i]);
}

Test(osc, single_axes_add_up)
{
    pinna_head_sample s;
    const struct {
        pinna_osc_dialect dialect;
        const char* prefix;
        double yaw, pitch, roll;
    } rows[] = {
        {PINNA_OSC_AUTO, "/", -30, 20, -10},
        {PINNA_OSC_ADM, "/", 30, 20, 10},
        {PINNA_OSC_AUTO, "/hedrot/", -30, 20, -10},
        {PINNA_OSC_AUTO, "/SceneRotator/", -30, 20, -10},
        {PINNA_OSC_NOISEMAKERS, "/", 0.5 - 30.0 / 360, 0.5 + 20.0 / 360, 0.5 - 10.0 / 360},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pinna_osc_reader reader = reader_for(rows[i].dialect);
        const char* names[3] = {"yaw", "pitch", "roll"};
        const double values[3] = {rows[i].yaw, rows[i].pitch, rows[i].roll};
        for (int axis = 0; axis < 3; axis++) {
            char address[64];
            snprintf(address, sizeof address, "%s%s", rows[i].prefix, names[axis]);
            packet p = message(address, "f", &values[axis]);
            cr_assert_eq(read(&reader, &p, &s), PINNA_OK);
        }
        CHECK_POSE(s.orientation, 30, 20, 10);
    }
}

Test(osc, components_make_a_quaternion)
{
    pinna_osc_reader reader = reader_for(PINNA_OSC_AUTO);
    pinna_head_sample s;
    const char* names[4] = {"/qw", "/qx", "/qy", "/qz"};
    const double values[4] = {C(90), 0, 0, S(90)};
    for (int i = 0; i < 4; i++) {
        packet p = message(names[i], "f", &values[i]);
        cr_assert_eq(read(&reader, &p, &s), PINNA_OK);
    }
    CHECK_POSE(s.orientation, 90, 0, 0);
}

Test(osc, options)
{
    pinna_head_sample s;
    pinna_osc_reader reader =
        pinna_osc_reader_make(&(pinna_osc_config){.prefix = "/Head1", .quaternion_is_xyzw = true});
    packet p = message("/head1/quaternion", "ffff", (double[]){0, 0, S(40), C(40)});
    cr_assert_eq(read(&reader, &p, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 40, 0, 0);
    cr_assert_eq(reader.matched, PINNA_OSC_SPARTA);
    p = message("/quaternion", "ffff", (double[]){0, 0, S(40), C(40)});
    cr_assert_eq(read(&reader, &p, &s), PINNA_OK, "the prefix is optional");
    reader = pinna_osc_reader_make(&(pinna_osc_config){.inverse = true});
    p = message("/adm/lis/ypr", "fff", (double[]){40, 0, 0});
    cr_assert_eq(read(&reader, &p, &s), PINNA_OK);
    CHECK_POSE(s.orientation, -40, 0, 0);
}

Test(osc, positions)
{
    pinna_osc_reader reader = pinna_osc_reader_make(&(pinna_osc_config){.position_scale_m = 2.0f});
    pinna_head_sample s;
    packet p = message("/adm/lis/xyz", "fff", (double[]){0.5, 1, 0.25}); /* right, front, up */
    cr_assert_eq(read(&reader, &p, &s), PINNA_OK);
    cr_assert(s.has_position);
    cr_assert_float_eq(s.position_m.x, 2.0f, 1e-6f);
    cr_assert_float_eq(s.position_m.y, -1.0f, 1e-6f);
    cr_assert_float_eq(s.position_m.z, 0.5f, 1e-6f);
    p = message("/listener/location", "sfff", (double[]){1, 2, 3});
    cr_assert_eq(read(&reader, &p, &s), PINNA_OK);
    cr_assert_float_eq(s.position_m.y, 2.0f, 1e-6f);
}

Test(osc, bundles_nest)
{
    pinna_osc_reader reader = reader_for(PINNA_OSC_AUTO);
    pinna_head_sample s;
    packet parts[3] = {message("/unknown/thing", "fs", (double[]){1}),
                       message("/adm/lis/ypr", "fff", (double[]){5, 0, 0}),
                       message("/adm/lis/ypr", "fff", (double[]){30, 0, 0})};
    packet p = bundle_of(parts, 3);
    for (int depth = 1; depth < PINNA_OSC_MAX_DEPTH; depth++) {
        cr_assert_eq(read(&reader, &p, &s), PINNA_OK, "depth %d", depth);
        CHECK_POSE(s.orientation, 30, 0, 0);
        cr_assert_eq(s.time_s, 3.0);
        p = bundle_of(&p, 1);
    }
    p = bundle_of(&p, 1);
    cr_assert_eq(read(&reader, &p, &s), PINNA_ERROR_LIMIT);
    p = bundle_of(parts, 1);
    cr_assert_eq(read(&reader, &p, &s), PINNA_ERROR_UNSUPPORTED);
}

Test(osc, refuses_what_is_cut_or_broken)
{
    pinna_osc_reader reader = reader_for(PINNA_OSC_AUTO);
    pinna_head_sample s = {.time_s = 77.0};
    packet whole = message("/adm/lis/ypr", "fff", (double[]){30, 0, 0});
    packet p = bundle_of(&whole, 1);
    for (size_t size = 0; size < p.size; size++)
        if (size != 16) cr_assert_eq(pinna_osc_read(&reader, p.bytes, size, 0.0, &s), PINNA_ERROR_FORMAT, "%zu", size);
    for (size_t size = 0; size < whole.size; size++)
        cr_assert_eq(pinna_osc_read(&reader, whole.bytes, size, 0.0, &s), PINNA_ERROR_FORMAT, "%zu", size);
    p = message("/ypr", "ff", (double[]){1, 2});
    cr_assert_eq(read(&reader, &p, &s), PINNA_ERROR_FORMAT);
    p = message("/ypr", "fsf", (double[]){1, 2});
    cr_assert_eq(read(&reader, &p, &s), PINNA_ERROR_DATA);
    const double bad[] = {NAN, INFINITY, -INFINITY, 1e30, 3601.0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        p = message("/ypr", "fff", (double[]){0, bad[i], 0});
        cr_assert_eq(read(&reader, &p, &s), PINNA_ERROR_DATA);
    }
    p = message("/quaternion", "ffff", (double[]){0, 0, 0, 0});
    cr_assert_eq(read(&reader, &p, &s), PINNA_ERROR_DATA);
    cr_assert_eq(s.time_s, 77.0);
    CHECK_POSE(reader.latest.orientation, 0, 0, 0);
}

Test(osc, a_bad_part_spoils_the_whole_bundle)
{
    pinna_osc_reader reader = reader_for(PINNA_OSC_AUTO);
    pinna_head_sample s;
    packet parts[2] = {message("/adm/lis/ypr", "fff", (double[]){30, 0, 0}), message("/ypr", "f", (double[]){1})};
    packet p = bundle_of(parts, 2);
    cr_assert_eq(read(&reader, &p, &s), PINNA_ERROR_FORMAT);
    CHECK_POSE(reader.latest.orientation, 0, 0, 0);
}

Test(osc, names)
{
    for (int d = 0; d < PINNA_OSC_DIALECT_COUNT; d++)
        cr_assert_not_null(pinna_osc_dialect_name((pinna_osc_dialect)d));
    cr_assert_null(pinna_osc_dialect_name(PINNA_OSC_DIALECT_COUNT));
}
