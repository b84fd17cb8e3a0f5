/* SPDX-License-Identifier: MIT */
/* Every tracker packet but OSC: the first byte says whose, pieces of the rest come one after the other. What comes out
   is a pose, and the pose filter makes one of it. */
#include "fuzz.h"

#include "tracking/hid_descriptors.h"

#include <pinna/tracking.h>

typedef struct tracker {
    pinna_mrheadtracker controllers;
    pinna_hid_tracker hid;
    bool has_hid;
} tracker;

static pinna_status read_hid(tracker* t, const uint8_t* bytes, size_t byte_count, double time_s, pinna_head_sample* out)
{
    if (!t->has_hid) {
        t->has_hid = pinna_hid_parse_descriptor(bytes, byte_count, &t->hid) == PINNA_OK;
        return PINNA_ERROR_FORMAT;
    }
    uint8_t report[512];
    size_t count = byte_count < sizeof report ? byte_count : sizeof report;
    memcpy(report, bytes, count);
    FUZZ_EXPECT(pinna_hid_version(&t->hid, report, count) >= 0);
    (void)!pinna_hid_control(&t->hid, count % 2, time_s, report, count);
    return pinna_hid_read(&t->hid, bytes, byte_count, time_s, out);
}

static pinna_status read_packet(tracker* t, uint8_t kind, const uint8_t* bytes, size_t byte_count, double time_s,
                                pinna_head_sample* out)
{
    switch (kind % 7) {
    case 0: return pinna_head_read_opentrack(bytes, byte_count, time_s, out);
    case 1: return pinna_head_read_freepie(bytes, byte_count, time_s, out);
    case 2: return pinna_head_read_supperware(bytes, byte_count, time_s, out);
    case 3:
        t->controllers.yaw_pitch_roll = kind >= 128;
        return pinna_mrheadtracker_read(&t->controllers, bytes, byte_count, time_s, out);
    case 4: return pinna_head_read_csv((const char*)bytes, byte_count, out);
    default: return read_hid(t, bytes, byte_count, time_s, out);
    }
}

/* kind, then packets with their lengths in front */
static size_t pack(uint8_t* out, uint8_t kind, const void* packet, size_t byte_count, int times)
{
    size_t used = 1;
    out[0] = kind;
    for (int i = 0; i < times; i++, used += byte_count + 1) {
        out[used] = (uint8_t)byte_count;
        memcpy(out + used + 1, packet, byte_count);
    }
    return used;
}

static size_t hid_seed(uint8_t* out)
{
    uint8_t report[14] = {1, 0x10, 0x20, 0, 0x40, 0, 1, 1, 0, 2, 0, 3, 0, 1};
    size_t used = pack(out, 5, android_v2, sizeof android_v2, 1);
    out[used++] = sizeof report;
    memcpy(out + used, report, sizeof report);
    return used + sizeof report;
}

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    const double opentrack[6] = {1, 2, 3, 30, -10, 5};
    const uint8_t freepie[26] = {0, 2, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x3f, 0, 0, 0, 0xbf};
    const uint8_t angles[13] = {0xf0, 0, 0x21, 0x42, 0x40, 0, 1, 2, 3, 4, 5, 6, 0xf7};
    const uint8_t quaternion[15] = {0xf0, 0, 0x21, 0x42, 0x40, 1, 0x10, 0, 0, 0, 0, 0, 0, 0, 0xf7};
    const uint8_t controllers[12] = {0xb0, 48, 100, 0xb0, 49, 3, 0xb0, 16, 64, 0xb0, 17, 2};
    const char csv[] = "1.25,30.5,-10,5e0";
    if (capacity < 1024) return 0;
    switch (index) {
    case 0: return pack(out, 0, opentrack, sizeof opentrack, 3);
    case 1: return pack(out, 1, freepie, sizeof freepie, 3);
    case 2: return pack(out, 2, angles, sizeof angles, 3);
    case 3: return pack(out, 2, quaternion, sizeof quaternion, 3);
    case 4: return pack(out, 3, controllers, sizeof controllers, 3);
    case 5: return pack(out, 131, controllers, sizeof controllers, 3);
    case 6: return pack(out, 4, csv, sizeof csv - 1, 3);
    case 7: return hid_seed(out);
    default: return 0;
    }
}

static float length_of(pinna_quat q)
{
    return sqrtf(q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z);
}

static void expect_pose(const pinna_head_sample* s)
{
    FUZZ_EXPECT(fabsf(length_of(s->orientation) - 1.0f) < 1e-3f && isfinite(s->time_s));
    FUZZ_EXPECT(!s->has_position || pinna_vec3_is_finite(s->position_m));
    FUZZ_EXPECT(!s->has_angular_velocity || pinna_vec3_is_finite(s->angular_velocity_rad_per_s));
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    fuzz_input in = {bytes, byte_count};
    tracker t = {0};
    pinna_head_filter* filter;
    if (pinna_head_filter_create(NULL, NULL, &filter)) return 0;
    uint8_t kind = fuzz_byte(&in);
    for (int packet = 0; packet < 64 && in.left > 0; packet++) {
        size_t count = fuzz_byte(&in);
        pinna_head_sample sample;
        if (count > in.left || count == 255) count = in.left;
        uint8_t* exact = malloc(count ? count : 1);
        FUZZ_EXPECT(exact);
        memcpy(exact, in.bytes, count);
        in.bytes += count;
        in.left -= count;
        if (!read_packet(&t, kind, exact, count, 0.01 * packet, &sample)) {
            expect_pose(&sample);
            (void)!pinna_head_filter_push(filter, &sample);
            pinna_head_pose pose = pinna_head_filter_pose(filter, sample.time_s + 0.02);
            FUZZ_EXPECT(fabsf(length_of(pose.orientation) - 1.0f) < 1e-3f);
        }
        free(exact);
    }
    pinna_head_filter_destroy(filter);
    return 0;
}
