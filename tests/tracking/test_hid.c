/* SPDX-License-Identifier: MIT */
#include "hid_descriptors.h"
#include "tracking_check.h"

static pinna_hid_tracker parsed(const uint8_t* bytes, size_t size)
{
    pinna_hid_tracker t;
    pinna_status status = pinna_hid_parse_descriptor(bytes, size, &t);
    cr_assert_eq(status, PINNA_OK, "%s", pinna_status_string(status));
    return t;
}

Test(hid, descriptor_of_android)
{
    pinna_hid_tracker t = parsed(android_v2, sizeof android_v2);
    cr_assert(t.rotation.report_id == 1 && t.rotation.bit_offset == 0 && t.rotation.bit_count == 16 &&
              t.rotation.count == 3);
    cr_assert_float_eq(t.rotation.physical_max, 3.14159265, 1e-7);
    cr_assert_float_eq(t.rotation.physical_min, -3.14159265, 1e-7);
    cr_assert(t.angular_velocity.bit_offset == 48 && t.angular_velocity.logical_min == -32767);
    cr_assert_float_eq(t.angular_velocity.physical_max, 32.0, 1e-12);
    cr_assert(t.discontinuity.bit_offset == 96 && t.discontinuity.bit_count == 8 && t.discontinuity.logical_max == 255);
    cr_assert(t.description.report_id == 2 && t.description.count == 25 && t.unique_id.bit_offset == 200);
    cr_assert(t.reporting.bit_offset == 0 && t.reporting.usage_index[0] == 0 && t.reporting.usage_index[1] == 1);
    cr_assert(t.power.bit_offset == 1 && t.power.usage_index[0] == 0 && t.power.usage_index[1] == 1);
    cr_assert(t.interval.bit_offset == 2 && t.interval.bit_count == 6);
    cr_assert_float_eq(t.interval.physical_min, 0.010, 1e-12);
    cr_assert_float_eq(t.interval.physical_max, 0.100, 1e-12);
    cr_assert_eq(t.input_bytes, 14);
    cr_assert_eq(t.control_bytes, 3, "ten bits and the report id");
    cr_assert_eq(t.description_bytes, 42);
}

Test(hid, control_report)
{
    pinna_hid_tracker t = parsed(android_v2, sizeof android_v2);
    uint8_t report[3] = {0, 0, 0x02};
    cr_assert_eq(pinna_hid_control(&t, true, 0.010, report, sizeof report), PINNA_OK);
    cr_assert(report[0] == 1 && report[1] == 0x03 && report[2] == 0x02, "on and fastest, the rest kept");
    cr_assert_eq(pinna_hid_control(&t, true, 0.100, report, sizeof report), PINNA_OK);
    cr_assert_eq(report[1], 0xFF);
    cr_assert_eq(pinna_hid_control(&t, false, 0.001, report, sizeof report), PINNA_OK);
    cr_assert_eq(report[1], 0x00);
    cr_assert_eq(pinna_hid_control(&t, true, 0.01, report, 2), PINNA_ERROR_FORMAT);
    cr_assert_eq(pinna_hid_control(&t, true, NAN, report, 3), PINNA_ERROR_ARGUMENT);
}

Test(hid, version)
{
    pinna_hid_tracker t = parsed(android_v2, sizeof android_v2);
    uint8_t report[42] = {2};
    cr_assert_eq(pinna_hid_version(&t, report, sizeof report), 0);
    memcpy(report + 1, "#AndroidHeadTracker#2.0#1", 25);
    cr_assert_eq(pinna_hid_version(&t, report, sizeof report), 2);
    cr_assert_eq(pinna_hid_version(&t, report, 10), 0);
    report[0] = 1;
    cr_assert_eq(pinna_hid_version(&t, report, sizeof report), 0);
}

static void put_i16(uint8_t* out, double value)
{
    int v = (int)lrint(value);
    out[0] = (uint8_t)(v & 0xFF);
    out[1] = (uint8_t)(v >> 8 & 0xFF);
}

static void input_report(uint8_t report[14], const double turn_rad[3], const double rate[3], uint8_t counter)
{
    report[0] = 1;
    for (int i = 0; i < 3; i++) {
        put_i16(report + 1 + 2 * i, turn_rad[i] / 3.14159265 * 32767);
        put_i16(report + 7 + 2 * i, rate[i] / 32 * 32767);
    }
    report[13] = counter;
}

Test(hid, input_report)
{
    pinna_hid_tracker t = parsed(android_v2, sizeof android_v2);
    pinna_head_sample s;
    uint8_t report[14];
    const double angle = 0.52359877559829887;                              /* 30 degrees */
    input_report(report, (double[]){0, 0, angle}, (double[]){0, 0, 2}, 7); /* x right, y front, z up */
    cr_assert_eq(pinna_hid_read(&t, report, 14, 1.0, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 30, 0, 0);
    cr_assert(s.has_angular_velocity && s.discontinuity_count == 7);
    cr_assert_float_eq(s.angular_velocity_rad_per_s.z, 2.0f, 2e-3f);
    input_report(report, (double[]){angle, 0, 0}, (double[]){1, 0, 0}, 200);
    cr_assert_eq(pinna_hid_read(&t, report, 14, 1.0, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 0, 30, 0);
    cr_assert_float_eq(s.angular_velocity_rad_per_s.y, -1.0f, 2e-3f, "upwards is about minus left");
    cr_assert_eq(s.discontinuity_count, 200);
    input_report(report, (double[]){0, angle, 0}, (double[]){0, 0, 0}, 0);
    cr_assert_eq(pinna_hid_read(&t, report, 14, 1.0, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 0, 0, 30);
}

Test(hid, input_report_refused)
{
    pinna_hid_tracker t = parsed(android_v2, sizeof android_v2);
    pinna_head_sample s;
    uint8_t report[32] = {1};
    for (size_t size = 0; size < sizeof report; size++)
        if (size != 14) cr_assert_eq(pinna_hid_read(&t, report, size, 0.0, &s), PINNA_ERROR_FORMAT);
    report[0] = 3;
    cr_assert_eq(pinna_hid_read(&t, report, 14, 0.0, &s), PINNA_ERROR_UNSUPPORTED);
    report[0] = 1;
    put_i16(report + 1, -32768); /* outside of the logical range: HID for "no value" */
    cr_assert_eq(pinna_hid_read(&t, report, 14, 0.0, &s), PINNA_ERROR_DATA);
}

/* The same tracker from another maker: other ids, the rate first, a byte of padding, 12-bit values, another unit. */
static const uint8_t other_maker[] = {
    0x05, 0x20, 0x09, 0xe1, 0xa1, 0x01, 0x85, 0x11, 0x75, 0x08, 0x95, 0x01, 0x81, 0x03, 0xa4, 0x0a, 0x46, 0x05,
    0x15, 0x00, 0x25, 0x0f, 0x75, 0x04, 0x95, 0x01, 0x81, 0x02, 0xb4, 0x0a, 0x44, 0x05, 0x16, 0x01, 0xf8, 0x26,
    0xff, 0x07, 0x36, 0x3a, 0xfe, 0x46, 0xc6, 0x01, 0x55, 0x0e, 0x75, 0x0c, 0x95, 0x03, 0x81, 0x02, 0xc0,
};

Test(hid, nothing_is_hard_coded)
{
    pinna_hid_tracker t = parsed(other_maker, sizeof other_maker);
    cr_assert(t.rotation.report_id == 0x11 && t.rotation.bit_offset == 12 && t.rotation.bit_count == 12);
    cr_assert_float_eq(t.rotation.physical_max, 4.54, 1e-9);
    cr_assert_eq(t.input_bytes, 7);
    cr_assert_eq(t.angular_velocity.count, 0);
    /* Bits: 8 of padding, 4 of counter, then 12 each of x, y and z. */
    const uint32_t z = 236; /* 236 / 2047 x 4.54 rad = 30 degrees */
    const uint8_t report[7] = {0x11, 0, 0x05, 0, 0, (uint8_t)((z & 0xF) << 4), (uint8_t)(z >> 4)};
    pinna_head_sample s;
    cr_assert_eq(pinna_hid_read(&t, report, 7, 0.0, &s), PINNA_OK);
    cr_assert_eq(s.discontinuity_count, 5);
    cr_assert(!s.has_angular_velocity);
    CHECK_POSE(s.orientation, 30, 0, 0);
}

Test(hid, broken_descriptors)
{
    pinna_hid_tracker t;
    for (size_t size = 0; size < sizeof android_v2; size++)
        cr_assert_neq(pinna_hid_parse_descriptor(android_v2, size, &t), PINNA_OK, "cut at %zu", size);
    const uint8_t keyboard[] = {0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x75, 0x08, 0x95, 0x08, 0x81, 0x02, 0xc0};
    cr_assert_eq(pinna_hid_parse_descriptor(keyboard, sizeof keyboard, &t), PINNA_ERROR_UNSUPPORTED);
    const uint8_t open_only[] = {0xa1, 0x01};
    cr_assert_eq(pinna_hid_parse_descriptor(open_only, sizeof open_only, &t), PINNA_ERROR_FORMAT);
    const uint8_t close_only[] = {0xc0};
    cr_assert_eq(pinna_hid_parse_descriptor(close_only, sizeof close_only, &t), PINNA_ERROR_FORMAT);
    const uint8_t huge[] = {0x05, 0x20, 0x09, 0xe1, 0xa1, 0x01, 0x77, 0xff, 0xff, 0xff,
                            0xff, 0x97, 0xff, 0xff, 0xff, 0xff, 0x81, 0x02, 0xc0};
    cr_assert_eq(pinna_hid_parse_descriptor(huge, sizeof huge, &t), PINNA_ERROR_LIMIT);
    uint8_t deep[64];
    memset(deep, 0xa0, sizeof deep); /* collections without data */
    cr_assert_eq(pinna_hid_parse_descriptor(deep, sizeof deep, &t), PINNA_ERROR_LIMIT);
}
