/* SPDX-License-Identifier: MIT */
/* OSC packets in every dialect: the first byte says whose, then packets with two bytes of length in front. */
#include "fuzz.h"

#include <pinna/tracking.h>

static size_t put_text(uint8_t* out, const char* text)
{
    size_t whole = (strlen(text) + 4) & ~(size_t)3;
    memset(out, 0, whole);
    memcpy(out, text, strlen(text));
    return whole;
}

/* A message of floats. */
static size_t put_message(uint8_t* out, const char* address, unsigned argument_count)
{
    static const float values[] = {0.5f, 0.5f, -0.5f, 0.5f, 10.0f, -20.0f, 30.0f};
    char types[16] = ",";
    size_t used = put_text(out, address);
    for (unsigned i = 0; i < argument_count; i++) types[i + 1] = 'f', types[i + 2] = 0;
    used += put_text(out + used, types);
    for (unsigned i = 0; i < argument_count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        for (int b = 24; b >= 0; b -= 8) out[used++] = (uint8_t)(bits >> b);
    }
    return used;
}

static size_t put_bundle(uint8_t* out)
{
    uint8_t message[128];
    memcpy(out, "#bundle\0\0\0\0\0\0\0\0\1", 16);
    size_t used = 16, byte_count = put_message(message, "/ypr", 3);
    for (int i = 0; i < 2; i++) {
        memset(out + used, 0, 4);
        out[used + 3] = (uint8_t)byte_count;
        memcpy(out + used + 4, message, byte_count);
        used += 4 + byte_count;
    }
    return used;
}

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    static const struct {
        const char* address;
        unsigned argument_count;
    } messages[] = {
        {"/ypr", 3}, {"/yaw", 1}, {"/pitch", 1}, {"/quaternion", 4}, {"/qw", 1}, {"/scenerotator/quaternions", 4},
        {"/scenerotator/ypr", 3}, {"/adm/lis/ypr", 3}, {"/adm/lis/xyz", 3}, {"/head_pose", 7}, {"/rotation", 3},
        {"/bridge/quat", 4}, {"/hedrot/yaw", 1}, {"/3dti-osc/receiver/pry", 3}, {"/listener/orientation", 4},
        {"/listener/location", 4}, {"/rendering/htrpy", 3}, {"/gamerotationvector", 5}, {"/head1/ypr", 3},
    };
    enum { COUNT = sizeof messages / sizeof messages[0] };
    if (capacity < 1024 || index > COUNT) return 0;
    size_t byte_count = index == COUNT ? put_bundle(out + 3)
                                       : put_message(out + 3, messages[index].address, messages[index].argument_count);
    out[0] = (uint8_t)index;
    out[1] = (uint8_t)(byte_count >> 8);
    out[2] = (uint8_t)byte_count;
    return 3 + byte_count;
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    fuzz_input in = {bytes, byte_count};
    uint8_t kind = fuzz_byte(&in);
    pinna_osc_config config = {.dialect = (pinna_osc_dialect)(kind % (PINNA_OSC_DIALECT_COUNT + 1)),
                               .quaternion_is_xyzw = kind & 64, .inverse = kind & 128};
    if (kind & 32) memcpy(config.prefix, "/head1", 7);
    pinna_osc_reader reader = pinna_osc_reader_make(&config);
    for (int packet = 0; packet < 64 && in.left > 0; packet++) {
        size_t count = (size_t)fuzz_byte(&in) << 8;
        count |= fuzz_byte(&in);
        if (count > in.left) count = in.left;
        uint8_t* exact = malloc(count ? count : 1);
        FUZZ_EXPECT(exact);
        memcpy(exact, in.bytes, count);
        in.bytes += count;
        in.left -= count;
        pinna_head_sample s;
        if (!pinna_osc_read(&reader, exact, count, packet, &s)) {
            pinna_quat q = s.orientation;
            FUZZ_EXPECT(fabsf(q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z - 1.0f) < 1e-3f);
            FUZZ_EXPECT(!s.has_position || pinna_vec3_is_finite(s.position_m));
        }
        free(exact);
    }
    return 0;
}
