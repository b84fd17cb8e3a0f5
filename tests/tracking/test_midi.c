/* SPDX-License-Identifier: MIT */
#include "tracking_check.h"

static size_t supperware(uint8_t* out, uint8_t kind, const double* values, int count)
{
    const uint8_t head[6] = {0xF0, 0x00, 0x21, 0x42, 0x40, kind};
    memcpy(out, head, 6);
    for (int i = 0; i < count; i++) {
        int v = (int)lrint(values[i] * 2048.0) & 0x3FFF;
        out[6 + 2 * i] = (uint8_t)(v >> 7);
        out[7 + 2 * i] = (uint8_t)(v & 0x7F);
    }
    out[6 + 2 * count] = 0xF7;
    return 7u + 2u * (size_t)count;
}

#define RAD(deg) ((deg)*0.017453292519943295)

Test(midi, supperware_angles_and_quaternions)
{
    uint8_t bytes[32];
    pinna_head_sample s;
    size_t size = supperware(bytes, 0, (double[]){RAD(30), RAD(-20), RAD(10)}, 3);
    cr_assert_eq(pinna_head_read_supperware(bytes, size, 0.0, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 30, -20, 10);
    size = supperware(bytes, 1, (double[]){cos(RAD(15)), 0, 0, sin(RAD(15))}, 4);
    cr_assert_eq(pinna_head_read_supperware(bytes, size, 0.0, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 30, 0, 0);
    size = supperware(bytes, 1, (double[]){cos(RAD(10)), sin(RAD(10)), 0, 0}, 4);
    cr_assert_eq(pinna_head_read_supperware(bytes, size, 0.0, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 0, 20, 0);
    size = supperware(bytes, 1, (double[]){cos(RAD(5)), 0, sin(RAD(5)), 0}, 4);
    cr_assert_eq(pinna_head_read_supperware(bytes, size, 0.0, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 0, 0, 10);
}

Test(midi, supperware_matrix)
{
    uint8_t bytes[32];
    pinna_head_sample s;
    /* 30 degrees to the left about z, then nearly half a turn, where a careless conversion divides by zero. */
    for (int yaw = 30; yaw <= 180; yaw += 50) {
        double c = cos(RAD(yaw)), n = sin(RAD(yaw));
        size_t size = supperware(bytes, 2, (double[]){c, -n, 0, n, c, 0, 0, 0, 1}, 9);
        cr_assert_eq(pinna_head_read_supperware(bytes, size, 0.0, &s), PINNA_OK);
        CHECK_POSE(s.orientation, (float)yaw, 0, 0);
    }
    size_t size = supperware(bytes, 2, (double[]){1, 0, 0, 0, 0, 0, 0, 0, 1}, 9);
    cr_assert_eq(pinna_head_read_supperware(bytes, size, 0.0, &s), PINNA_ERROR_DATA);
}

Test(midi, supperware_refuses)
{
    uint8_t bytes[32];
    pinna_head_sample s;
    size_t size = supperware(bytes, 1, (double[]){1, 0, 0, 0}, 4);
    for (size_t cut = 0; cut < size; cut++)
        cr_assert_eq(pinna_head_read_supperware(bytes, cut, 0.0, &s), PINNA_ERROR_FORMAT);
    bytes[7] = 0x80;
    cr_assert_eq(pinna_head_read_supperware(bytes, size, 0.0, &s), PINNA_ERROR_FORMAT);
    size = supperware(bytes, 1, (double[]){0, 0, 0, 0}, 4);
    cr_assert_eq(pinna_head_read_supperware(bytes, size, 0.0, &s), PINNA_ERROR_DATA);
    size = supperware(bytes, 7, (double[]){1, 0, 0, 0}, 4);
    cr_assert_eq(pinna_head_read_supperware(bytes, size, 0.0, &s), PINNA_ERROR_UNSUPPORTED);
    cr_assert_eq(pinna_supperware_start(true, bytes), PINNA_SUPPERWARE_COMMAND_BYTES);
    cr_assert(bytes[0] == 0xF0 && bytes[6] == 0x28 && bytes[11] == 0xF7);
}

/* All low parts, then all high parts; returns the last status. */
static pinna_status send_all(pinna_mrheadtracker* reader, const double* values, int count, pinna_head_sample* out)
{
    pinna_status status = PINNA_OK;
    for (int part = 0; part < 2; part++)
        for (int i = 0; i < count; i++) {
            int v = (int)lrint(values[i] * 16384.0);
            v = v > 16383 ? 16383 : v;
            uint8_t bytes[3] = {0xB0, (uint8_t)((part ? 16 : 48) + i), (uint8_t)(part ? v >> 7 : v & 0x7F)};
            status = pinna_mrheadtracker_read(reader, bytes, 3, 0.0, out);
            if (part == 0 || i + 1 < count) cr_assert_eq(status, PINNA_ERROR_UNSUPPORTED);
        }
    return status;
}

Test(midi, mrheadtracker)
{
    pinna_mrheadtracker reader = {0};
    pinna_head_sample s;
    double w = cos(RAD(15)), z = sin(RAD(15));
    cr_assert_eq(send_all(&reader, (double[]){(w + 1) / 2, 0.5, 0.5, (z + 1) / 2}, 4, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 30, 0, 0);
    reader = (pinna_mrheadtracker){.yaw_pitch_roll = true};
    cr_assert_eq(send_all(&reader, (double[]){0.5 + 30.0 / 360, 0.5, 0.5}, 3, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 30, 0, 0);
    cr_assert_eq(pinna_mrheadtracker_read(&reader, "\x90\x40\x40", 3, 0.0, &s), PINNA_ERROR_UNSUPPORTED);
    cr_assert_eq(pinna_mrheadtracker_read(&reader, "\xB0\x10", 2, 0.0, &s), PINNA_ERROR_FORMAT);
}
