/* SPDX-License-Identifier: MIT */
/* What is called a room and is none, and what is one. */
#include "variants.h"

#ifdef PINNA_SOFA_NETCDF
#include <math.h>
#include <unistd.h>

static plan* new_room_plan(const char* convention, const char* room_type)
{
    plan* p = new_plan();
    p->convention = convention, p->room_type = room_type;
    return p;
}

/* As few samples as a plan has last 32 ms at a rate that no head is read at; a room is told before. */
static void reverberate(plan* p)
{
    p->rate_hz = 4000;
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            for (int n = 0; n < TAPS; n++)
                p->responses[m][ear][n] += 0.1 * cos(0.7 * n * n + m + ear) * exp(-n / 100.0);
}

Test(rooms, heads_called_rooms)
{
    static const char* const conventions[] = {"SingleRoomDRIR", "SingleRoomSRIR", "MultiSpeakerBRIR"};
    for (size_t i = 0; i < sizeof conventions / sizeof conventions[0]; i++) {
        expect_same(new_room_plan(conventions[i], "free field"), conventions[i], "room-convention");
        expect_same(new_room_plan(conventions[i], "reverberant"), conventions[i], "room-convention");
    }
    plan* p = new_room_plan("MultiSpeakerBRIR", "");
    p->data_type = "FIRE", p->response_axes = "MREN", p->emitters = true;
    expect_same(p, "emitters", "room-convention");
}

Test(rooms, reverberant_ones)
{
    plan* p = new_room_plan("SingleRoomDRIR", "reverberant");
    reverberate(p);
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "room-responses");
    p = new_room_plan("MultiSpeakerBRIR", "");
    p->data_type = "FIRE", p->response_axes = "MREN", p->emitters = true;
    reverberate(p);
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "room-responses");
}

/* Half a second that falls by 60 dB. That there was no room is believed where the file says so. */
Test(rooms, what_the_file_says_of_its_room)
{
    enum { LENGTH = 24000 };
    static float taps[LENGTH];
    static float rate = 48000;
    for (int n = 0; n < LENGTH; n++) taps[n] = (float)(cos(0.7 * n * n) * exp(-6.9 * n / LENGTH));
    pinna_sofa_fields fields = {.measurement_count = 1, .receiver_count = 1, .emitter_count = 1, .tap_count = LENGTH};
    fields.impulse_responses = (pinna_sofa_array){.values = taps, .count = LENGTH};
    fields.sampling_rate = (pinna_sofa_array){.values = &rate, .count = 1};
    strcpy(fields.info.convention, "SingleRoomDRIR");
    cr_assert_not(pinna_sofa_may_be_head(&fields));
    strcpy(fields.info.room_type, "reverberant");
    cr_assert_not(pinna_sofa_may_be_head(&fields));
    strcpy(fields.info.room_type, "Free Field");
    cr_assert(pinna_sofa_may_be_head(&fields));
    strcpy(fields.info.room_type, "shoebox");
    for (int n = 256; n < LENGTH; n++) taps[n] *= 1e-3f; /* noise 60 dB below */
    cr_assert(pinna_sofa_may_be_head(&fields));
}

Test(rooms, turning_heads)
{
    plan* p = new_room_plan("SingleRoomDRIR", "reverberant");
    p->turns_listener = true;
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "room-responses");
    p = new_room_plan("SingleRoomDRIR", "free field");
    p->turns_listener = true;
    expect_same(p, "free field", "room-convention");
}

/* All from seven directions: a room however short it is. */
static void gather(plan* p)
{
    double rows[COUNT][3];
    int variable = variable_of(p, "SourcePosition");
    for (int m = 0; m < COUNT; m++) rows[m][0] = 30 * (m % 7), rows[m][1] = 0, rows[m][2] = 1.5;
    nc_put_var_double(p->file, variable, rows[0]);
}

Test(rooms, few_directions)
{
    plan* p = new_room_plan("SingleRoomDRIR", "");
    p->touch = gather;
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "room-responses");
}

/* Angles with lengths of zero: a direction all the same. */
static void put_angles(plan* p, const char* name)
{
    double rows[COUNT][3];
    int variable = variable_of(p, name);
    nc_get_var_double(p->file, variable, rows[0]);
    for (int m = 0; m < COUNT; m++) {
        double x = rows[m][0], y = rows[m][1], z = rows[m][2], degrees = 180 / 3.14159265358979323846;
        rows[m][0] = atan2(y, x) * degrees, rows[m][1] = atan2(z, hypot(x, y)) * degrees, rows[m][2] = 0;
    }
    nc_put_var_double(p->file, variable, rows[0]);
}

static void look_in_angles(plan* p)
{
    put_angles(p, "ListenerView");
    put_angles(p, "ListenerUp");
    nc_redef(p->file);
    put_text_of(p, variable_of(p, "ListenerView"), "Type", "spherical");
    put_text_of(p, variable_of(p, "ListenerView"), "Units", "degree, degree, metre");
}

Test(rooms, turning_heads_without_a_length)
{
    plan* p = new_plan();
    p->turns_listener = true, p->touch = look_in_angles;
    pinna_report report = {0};
    pinna_sofa* sofa;
    char path[] = "/tmp/pinna-room-XXXXXX";
    close(mkstemp(path));
    write_plan(p, path);
    cr_assert_eq(pinna_sofa_load_room(path, &report, &sofa), PINNA_OK);
    const pinna_measured_room* room = pinna_sofa_measured_room(sofa);
    for (int m = 0; m < COUNT; m++) {
        pinna_vec3 seen = pinna_quat_rotate(pinna_quat_conjugate(room->heads[m]), room->positions_m[m]);
        pinna_vec3 apart = pinna_vec3_sub(seen, pinna_vec3_scale(direction_of(p, m), 1.5f));
        cr_assert_leq(pinna_vec3_length(apart), 1e-4f, "pose %d", m);
    }
    pinna_sofa_destroy(sofa);
    unlink(path);
    expect_same(p, "as a head", "listener-turned");
}

#endif
