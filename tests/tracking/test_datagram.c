/* SPDX-License-Identifier: MIT */
#include "tracking_check.h"

static void put_le(uint8_t* out, const void* value, size_t size)
{
    const uint16_t probe = 1;
    const uint8_t* in = value;
    for (size_t i = 0; i < size; i++)
        out[i] = *(const uint8_t*)&probe ? in[i] : in[size - 1 - i];
}

static void opentrack_packet(uint8_t out[48], const double value[6])
{
    for (int i = 0; i < 6; i++)
        put_le(out + 8 * i, &value[i], 8);
}

static pinna_status read_opentrack(const double value[6], pinna_head_sample* out)
{
    uint8_t packet[48];
    opentrack_packet(packet, value);
    return pinna_head_read_opentrack(packet, sizeof packet, 1.5, out);
}

Test(datagram, opentrack_axes)
{
    pinna_head_sample s;
    cr_assert_eq(read_opentrack((double[]){10, 20, 30, -30, 0, 0}, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 30, 0, 0);
    cr_assert(s.has_position && s.time_s == 1.5);
    cr_assert_float_eq(s.position_m.x, -0.3f, 1e-6f);
    cr_assert_float_eq(s.position_m.y, 0.1f, 1e-6f);
    cr_assert_float_eq(s.position_m.z, 0.2f, 1e-6f);
    cr_assert_eq(read_opentrack((double[]){0, 0, 0, 0, 25, 0}, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 0, 25, 0);
    cr_assert_eq(read_opentrack((double[]){0, 0, 0, 0, 0, 20}, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 0, 0, -20);
}

Test(datagram, opentrack_refuses)
{
    pinna_head_sample s = {.time_s = 77.0};
    const double good[6] = {0};
    uint8_t packet[96] = {0};
    opentrack_packet(packet, good);
    for (size_t size = 0; size < sizeof packet; size++)
        if (size != 48) cr_assert_eq(pinna_head_read_opentrack(packet, size, 0.0, &s), PINNA_ERROR_FORMAT);
    const double bad[] = {NAN, INFINITY, -INFINITY, 1e300, 361.0, 20000.0};
    for (int field = 0; field < 6; field++)
        for (int i = 0; i < 6; i++) {
            double value[6] = {0};
            value[field] = bad[i];
            if (field < 3 && bad[i] == 361.0) continue; /* a fair distance in cm */
            cr_assert_eq(read_opentrack(value, &s), PINNA_ERROR_DATA, "field %d value %g", field, bad[i]);
        }
    cr_assert_eq(s.time_s, 77.0, "output touched by a refused packet");
    cr_assert_eq(pinna_head_read_opentrack(packet, 48, NAN, &s), PINNA_ERROR_ARGUMENT);
    cr_assert_eq(pinna_head_read_opentrack(NULL, 48, 0.0, &s), PINNA_ERROR_ARGUMENT);
}

static void freepie_packet(uint8_t out[50], uint8_t flags, int first, float yaw, float pitch, float roll)
{
    memset(out, 0, 50);
    out[1] = flags;
    put_le(out + 2 + 4 * first, &yaw, 4);
    put_le(out + 6 + 4 * first, &pitch, 4);
    put_le(out + 10 + 4 * first, &roll, 4);
}

Test(datagram, freepie)
{
    pinna_head_sample s;
    uint8_t packet[50];
    freepie_packet(packet, 2, 0, -0.5f, 0.25f, 0.0f);
    cr_assert_eq(pinna_head_read_freepie(packet, 50, 0.0, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 28.648f, 14.324f, 0.0f);
    cr_assert_eq(pinna_head_read_freepie(packet, 14, 0.0, &s), PINNA_OK);
    freepie_packet(packet, 3, 9, 0.0f, 0.0f, -0.5f);
    cr_assert_eq(pinna_head_read_freepie(packet, 50, 0.0, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 0.0f, 0.0f, 28.648f);
    freepie_packet(packet, 1, 0, 0.0f, 0.0f, 0.0f);
    cr_assert_eq(pinna_head_read_freepie(packet, 50, 0.0, &s), PINNA_ERROR_UNSUPPORTED);
    freepie_packet(packet, 2, 0, NAN, 0.0f, 0.0f);
    cr_assert_eq(pinna_head_read_freepie(packet, 50, 0.0, &s), PINNA_ERROR_DATA);
    cr_assert_eq(pinna_head_read_freepie(packet, 13, 0.0, &s), PINNA_ERROR_FORMAT);
    freepie_packet(packet, 4, 0, 0.0f, 0.0f, 0.0f);
    cr_assert_eq(pinna_head_read_freepie(packet, 50, 0.0, &s), PINNA_ERROR_FORMAT);
}

static pinna_status csv(const char* text, pinna_head_sample* out)
{
    return pinna_head_read_csv(text, strlen(text), out);
}

Test(csv, lines)
{
    pinna_head_sample s;
    cr_assert_eq(csv("1.25,30.5,-10,5e0\r\n", &s), PINNA_OK);
    cr_assert_float_eq(s.time_s, 1.25, 1e-12);
    CHECK_POSE(s.orientation, 30.5f, -10.0f, 5.0f);
    cr_assert_eq(csv(" +0.5 , 356.0 ,\t0,.5", &s), PINNA_OK);
    CHECK_POSE(s.orientation, -4.0f, 0.0f, 0.5f);
    cr_assert_eq(csv("t_s,yaw_deg,pitch_deg,roll_deg\n", &s), PINNA_ERROR_UNSUPPORTED);
    cr_assert_eq(csv("", &s), PINNA_ERROR_UNSUPPORTED);
    const char* broken[] = {"1,2,3",   "1,2,3,4,5", "1,2,3,",    "1,,3,4", "1,2,3,4x",
                            "1,2,3,-", "nan,0,0,0", "1,inf,0,0", "1,2;3,4"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        cr_assert_eq(csv(broken[i], &s), PINNA_ERROR_FORMAT, "%s", broken[i]);
    cr_assert_eq(csv("1,1e9,0,0", &s), PINNA_ERROR_DATA);
    cr_assert_eq(csv("1,1e999,0,0", &s), PINNA_ERROR_DATA);
}

Test(csv, stops_at_the_end_it_was_given)
{
    pinna_head_sample s;
    const char text[] = {'1', ',', '2', ',', '3', ',', '4', '5'};
    cr_assert_eq(pinna_head_read_csv(text, 7, &s), PINNA_OK);
    CHECK_POSE(s.orientation, 2, 3, 4);
}
