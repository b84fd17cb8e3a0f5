/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TESTS_OSC_SAYINGS_H
#define PINNA_TESTS_OSC_SAYINGS_H

#include <math.h>
#include <pinna/tracking.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What senders of each OSC dialect say for known turns of the head, and how it looks on the wire. */

typedef struct packet {
    uint8_t bytes[1024];
    size_t size;
} packet;

static void put(packet* p, const void* data, size_t size)
{
    memcpy(p->bytes + p->size, data, size);
    p->size += size;
}

static void put_u32(packet* p, uint32_t value)
{
    uint8_t b[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
    put(p, b, 4);
}

static void put_string(packet* p, const char* text)
{
    put(p, text, strlen(text) + 1);
    while (p->size % 4)
        put(p, "", 1);
}

/* kinds as in the tag string without its comma; i and f take values, s takes a fixed word. */
static packet message(const char* address, const char* kinds, const double* values)
{
    packet p = {.size = 0};
    char tags[40];
    snprintf(tags, sizeof tags, ",%s", kinds);
    put_string(&p, address);
    put_string(&p, tags);
    for (; *kinds; kinds++) {
        if (*kinds == 's') {
            put_string(&p, "listener1");
            continue;
        }
        float f = (float)*values;
        uint32_t bits = *kinds == 'i' ? (uint32_t)(int32_t)*values : 0;
        values++;
        if (*kinds == 'f') memcpy(&bits, &f, 4);
        put_u32(&p, bits);
    }
    return p;
}

/* What a sender in each dialect says for a head 30 degrees to the left, 20 up, 10 tilted right, each alone. */
typedef struct saying {
    pinna_osc_dialect dialect;
    const char* address;
    const char* kinds;
    double left[8], up[8], right[8];
} saying;

#define RAD(deg) ((deg)*0.017453292519943295)
/* Cosines and sines of half of 30, 20 and 10 degrees. */
#define C30 0.96592582628906829
#define S30 0.25881904510252076
#define C20 0.98480775301220806
#define S20 0.17364817766693033
#define C10 0.99619469809174553
#define S10 0.08715574274765817

static const saying sayings[] = {
    {PINNA_OSC_AUTO, "/adm/lis/ypr", "fff", {30}, {0, 20}, {0, 0, 10}},
    {PINNA_OSC_ADM, "/ypr", "fff", {30}, {0, 20}, {0, 0, 10}},
    {PINNA_OSC_AUTO, "/ypr", "fff", {-30}, {0, 20}, {0, 0, -10}},
    {PINNA_OSC_SPARTA, "/YPR", "iii", {-30}, {0, 20}, {0, 0, -10}},
    {PINNA_OSC_SUPPERWARE, "/ypr", "fff", {30}, {0, 20}, {0, 0, 10}},
    {PINNA_OSC_SSA, "/ypr", "fff", {-30}, {0, -20}, {0, 0, 10}},
    {PINNA_OSC_AUTO, "/SceneRotator/ypr", "fff", {-30}, {0, 20}, {0, 0, -10}},
    /* the scene turns right (-z), down (+y) and left ear up's opposite */
    {PINNA_OSC_AUTO,
     "/SceneRotator/quaternions",
     "ffff",
     {C30, 0, 0, -S30},
     {C20, 0, S20},
     {C10, -S10}},
    {PINNA_OSC_IEM, "/quaternions", "ffff", {C30, 0, 0, -S30}, {C20, 0, S20}, {C10, -S10}},
    {PINNA_OSC_AUTO, "/quaternion", "ffff", {C30, 0, 0, S30}, {C20, 0, -S20}, {C10, S10}},
    /* x right, y front, z up */
    {PINNA_OSC_SUPPERWARE, "/quaternion", "ffff", {C30, 0, 0, S30}, {C20, S20}, {C10, 0, S10}},
    /* Unity, left-handed: left is -y, up is -x, right ear down is -z */
    {PINNA_OSC_AUTO, "/quaternions", "ffff", {C30, 0, -S30}, {C20, -S20}, {C10, 0, 0, -S10}},
    /* Qt's fromEulerAngles(pitch, yaw, -roll) of opentrack's yaw -30, pitch 20, roll -10 */
    {PINNA_OSC_AUTO, "/bridge/quat", "ffff", {C30, 0, -S30}, {C20, S20}, {C10, 0, 0, S10}},
    {PINNA_OSC_AUTO, "/rotation", "fff", {0, -30}, {20}, {0, 0, -10}},
    {PINNA_OSC_AUTO, "/head_pose", "fffffff", {0, 0, 0, 0, 0, -30}, {0, 0, 0, 0, 20}, {0, 0, 0, 0, 0, 0, -10}},
    {PINNA_OSC_AUTO, "/3DTI-OSC/receiver/pry", "fff", {0, 0, RAD(30)}, {RAD(20)}, {0, RAD(10)}},
    {PINNA_OSC_AUTO, "/listener/orientation", "sfff", {RAD(-30)}, {0, RAD(20)}, {0, 0, RAD(10)}},
    {PINNA_OSC_AUTO, "/orientation", "fff", {30}, {0, 20}, {0, 0, 10}},
    {PINNA_OSC_AUTO, "/rendering/htrpy", "fff", {0, 0, 30}, {0, 20}, {10}},
    {PINNA_OSC_AUTO, "/gamerotationvector", "fff", {0, 0, S30}, {S20}, {0, S10}},
};

#endif
