/* SPDX-License-Identifier: MIT */
/* Random and damaged bytes through every parser: whatever comes out as a pose is one. Run under the sanitizers too. */
#include "hid_descriptors.h"
#include "tracking_check.h"

enum { ROUNDS = 100000 };

static void check_sane(const pinna_head_sample* s)
{
    pinna_quat q = s->orientation;
    double norm = (double)q.w * q.w + (double)q.x * q.x + (double)q.y * q.y + (double)q.z * q.z;
    cr_assert(fabs(norm - 1.0) < 1e-3 && isfinite(s->time_s));
    if (s->has_position) cr_assert(pinna_vec3_is_finite(s->position_m) && pinna_vec3_length(s->position_m) < 2000.0f);
    if (s->has_angular_velocity) cr_assert(pinna_vec3_length(s->angular_velocity_rad_per_s) < 400.0f);
}

/* Exactly size bytes from the heap, so that a sanitizer sees the first byte too many. */
static uint8_t* random_bytes(dice* d, size_t size)
{
    uint8_t* bytes = malloc(size ? size : 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)roll_u32(d);
    return bytes;
}

static uint8_t* damaged(dice* d, const uint8_t* good, size_t good_size, size_t* size)
{
    *size = roll_u32(d) % 4 ? good_size : roll_u32(d) % (good_size + 1);
    uint8_t* bytes = malloc(*size ? *size : 1);
    memcpy(bytes, good, *size);
    for (uint32_t n = roll_u32(d) % 5; n-- && *size;)
        bytes[roll_u32(d) % *size] = (uint8_t)roll_u32(d);
    return bytes;
}

typedef pinna_status one_shot(const void* bytes, size_t byte_count, double time_s, pinna_head_sample* out);

static void fuzz_one(one_shot* parse, size_t usual_size, uint64_t seed)
{
    dice d = {seed};
    uint32_t read = 0;
    uint8_t* zeros = calloc(1, usual_size);
    for (int i = 0; i < ROUNDS; i++) {
        size_t size;
        uint8_t* bytes;
        if (i % 2)
            bytes = random_bytes(&d, size = roll_u32(&d) % 3 ? usual_size : roll_u32(&d) % 100);
        else
            bytes = damaged(&d, zeros, usual_size, &size);
        pinna_head_sample s;
        pinna_status status = parse(bytes, size, 0.0, &s);
        cr_assert((unsigned)status < PINNA_STATUS_COUNT);
        if (!status) {
            check_sane(&s);
            read++;
        }
        free(bytes);
    }
    free(zeros);
    cr_assert(read > 0, "nothing was ever accepted: the test tests nothing");
}

Test(fuzz, opentrack)
{
    fuzz_one(pinna_head_read_opentrack, 48, 1);
}

static pinna_status freepie(const void* bytes, size_t size, double time_s, pinna_head_sample* out)
{
    uint8_t copy[100];
    if (size >= 2 && size <= sizeof copy) {
        memcpy(copy, bytes, size);
        copy[1] &= 3; /* else hardly any packet gets past its flags */
        bytes = copy;
    }
    return pinna_head_read_freepie(bytes, size, time_s, out);
}

Test(fuzz, freepie)
{
    fuzz_one(freepie, 50, 2);
}

static const char osc_seed[] = "#bundle\0\0\0\0\0\0\0\0\1\0\0\0\x1c/ypr\0\0\0\0,fff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                               "\0\0\0\x20/quaternion\0,ffff\0\0\0\x3f\x80\0\0\0\0\0\0\0\0\0\0\0\0\0";

Test(fuzz, osc)
{
    dice d = {3};
    uint32_t read = 0;
    for (int i = 0; i < ROUNDS; i++) {
        pinna_osc_config config = {.dialect = (pinna_osc_dialect)(roll_u32(&d) % PINNA_OSC_DIALECT_COUNT)};
        pinna_osc_reader reader = pinna_osc_reader_make(&config);
        size_t size = roll_u32(&d) % 128;
        bool whole = i % 4 != 0, message = i % 4 == 1;
        const uint8_t* seed = (const uint8_t*)osc_seed + (message ? 20 : 0);
        uint8_t* bytes = whole ? damaged(&d, seed, message ? 24 : 80, &size) : random_bytes(&d, size);
        pinna_head_sample s;
        if (!pinna_osc_read(&reader, bytes, size, 0.0, &s)) {
            check_sane(&s);
            read++;
        }
        free(bytes);
    }
    cr_assert(read > 0);
}

Test(fuzz, supperware)
{
    static const uint8_t seeds[2][15] = {{0xF0, 0, 0x21, 0x42, 0x40, 1, 0x10, 0, 0, 0, 0, 0, 0, 0, 0xF7},
                                         {0xF0, 0, 0x21, 0x42, 0x40, 0, 1, 2, 3, 4, 5, 6, 0xF7}};
    dice d = {4};
    uint32_t read = 0;
    for (int i = 0; i < ROUNDS; i++) {
        size_t size;
        uint8_t* bytes = damaged(&d, seeds[i % 2], i % 2 ? 13 : 15, &size);
        pinna_head_sample s;
        if (!pinna_head_read_supperware(bytes, size, 0.0, &s)) {
            check_sane(&s);
            read++;
        }
        free(bytes);
    }
    cr_assert(read > 0);
}

Test(fuzz, mrheadtracker)
{
    dice d = {5};
    uint32_t read = 0;
    pinna_mrheadtracker reader = {0};
    for (int i = 0; i < ROUNDS; i++) {
        if (i == ROUNDS / 2) reader = (pinna_mrheadtracker){.yaw_pitch_roll = true};
        uint8_t bytes[3] = {0xB0, (uint8_t)(i % 8 < 4 ? 48 + i % 4 : 16 + i % 4), (uint8_t)(roll_u32(&d) & 0x7F)};
        if (roll_u32(&d) % 8 == 0) bytes[roll_u32(&d) % 3] = (uint8_t)roll_u32(&d);
        pinna_head_sample s;
        if (!pinna_mrheadtracker_read(&reader, bytes, 3, 0.0, &s)) {
            check_sane(&s);
            read++;
        }
    }
    cr_assert(read > 0);
}

Test(fuzz, csv)
{
    static const char alphabet[] = "0123456789.,-+eE \t\r\nni";
    static const char seed[] = "1.25,30.5,-10,5e0\r\n";
    dice d = {6};
    uint32_t read = 0;
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = roll_u32(&d) % 40;
        uint8_t* bytes = i % 2 ? random_bytes(&d, size) : damaged(&d, (const uint8_t*)seed, sizeof seed - 1, &size);
        if (i % 2)
            for (size_t c = 0; c < size; c++)
                bytes[c] = (uint8_t)alphabet[bytes[c] % (sizeof alphabet - 1)];
        pinna_head_sample s;
        if (!pinna_head_read_csv((const char*)bytes, size, &s)) {
            check_sane(&s);
            read++;
        }
        free(bytes);
    }
    cr_assert(read > 0);
}

/* What a damaged descriptor promises is then used on random reports of the length it asks for. */
static void use_tracker(dice* d, const pinna_hid_tracker* t)
{
    size_t size = roll_u32(d) % 4 ? t->input_bytes : roll_u32(d) % 40;
    uint8_t* report = random_bytes(d, size);
    if (size) report[0] = t->rotation.report_id;
    pinna_head_sample s;
    if (!pinna_hid_read(t, report, size, 0.0, &s)) check_sane(&s);
    free(report);
    report = random_bytes(d, t->control_bytes);
    (void)!pinna_hid_control(t, roll_u32(d) & 1, roll_unit(d), report, t->control_bytes);
    free(report);
    report = random_bytes(d, t->description_bytes);
    if (t->description_bytes) report[0] = t->description.report_id;
    (void)pinna_hid_version(t, report, t->description_bytes);
    free(report);
}

Test(fuzz, hid)
{
    dice d = {7};
    uint32_t read = 0;
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = roll_u32(&d) % 64;
        uint8_t* bytes = i % 4 ? damaged(&d, android_v2, sizeof android_v2, &size) : random_bytes(&d, size);
        pinna_hid_tracker t;
        if (!pinna_hid_parse_descriptor(bytes, size, &t)) {
            use_tracker(&d, &t);
            read++;
        }
        free(bytes);
    }
    cr_assert(read > 0);
}

Test(fuzz, filter_survives_any_sample)
{
    dice d = {8};
    pinna_head_filter* filter;
    cr_assert_eq(pinna_head_filter_create(NULL, NULL, &filter), PINNA_OK);
    double time_s = 0.0;
    for (int i = 0; i < ROUNDS; i++) {
        pinna_head_sample s = {.time_s = time_s += roll_unit(&d) * 0.02 - 0.002};
        s.orientation =
            pinna_quat_from_yaw_pitch_roll((float)roll_unit(&d) * 360.0f, (float)roll_unit(&d) * 90.0f, 0.0f);
        uint32_t what = roll_u32(&d) % 64;
        if (what == 0) s.orientation.x = NAN;
        if (what == 1) s.time_s = INFINITY;
        if (what == 2) s.has_angular_velocity = true, s.angular_velocity_rad_per_s.x = INFINITY;
        if (what == 3) s.has_position = true, s.position_m.y = NAN;
        if (what == 4) s.discontinuity_count = (uint32_t)i;
        if (what == 5) time_s += roll_unit(&d) * 5.0 - 2.0;
        (void)!pinna_head_filter_push(filter, &s);
        pinna_head_pose pose = pinna_head_filter_pose(filter, time_s + roll_unit(&d) * 3.0);
        pinna_head_sample seen = {
            .time_s = time_s, .orientation = pose.orientation, .has_position = true, .position_m = pose.position_m};
        check_sane(&seen);
    }
    pinna_head_filter_destroy(filter);
}
