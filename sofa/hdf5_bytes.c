/* SPDX-License-Identifier: MIT */
#include "hdf5_bytes.h"

#include <string.h>

uint64_t pinna_hdf5_read(pinna_hdf5_bytes* cursor, unsigned byte_count)
{
    if (cursor->failed || cursor->end < cursor->at || cursor->end - cursor->at < byte_count || byte_count > 8) {
        cursor->failed = true;
        return 0;
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < byte_count; i++) value |= (uint64_t)cursor->bytes[cursor->at + i] << (8 * i);
    cursor->at += byte_count;
    return value;
}

void pinna_hdf5_skip(pinna_hdf5_bytes* cursor, uint64_t byte_count)
{
    if (cursor->failed || cursor->end < cursor->at || cursor->end - cursor->at < byte_count) {
        cursor->failed = true;
        return;
    }
    cursor->at += byte_count;
}

bool pinna_hdf5_signature(pinna_hdf5_bytes* cursor, const char* signature)
{
    uint64_t at = cursor->at;
    pinna_hdf5_skip(cursor, 4);
    return !cursor->failed && memcmp(cursor->bytes + at, signature, 4) == 0;
}

static uint32_t turn(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

/* lookup3's two mixing tables, as data: which word takes, which gives, by how many bits. */
static void mix(uint32_t s[3])
{
    static const unsigned char bits[6] = {4, 6, 8, 16, 19, 4};
    for (unsigned i = 0; i < 6; i++) {
        unsigned a = i % 3, c = (i + 2) % 3, b = (i + 1) % 3;
        s[a] -= s[c];
        s[a] ^= turn(s[c], bits[i]);
        s[c] += s[b];
    }
}

static void finish(uint32_t s[3])
{
    static const unsigned char bits[7] = {14, 11, 25, 16, 4, 14, 24};
    for (unsigned i = 0; i < 7; i++) {
        unsigned to = (i + 2) % 3, from = (i + 1) % 3;
        s[to] ^= s[from];
        s[to] -= turn(s[from], bits[i]);
    }
}

static void add_bytes(uint32_t s[3], const unsigned char* bytes, size_t byte_count)
{
    for (size_t i = 0; i < byte_count; i++) s[i / 4] += (uint32_t)bytes[i] << (8 * (i % 4));
}

uint32_t pinna_hdf5_checksum(const unsigned char* bytes, size_t byte_count)
{
    uint32_t start = 0xdeadbeefu + (uint32_t)byte_count;
    uint32_t s[3] = {start, start, start};
    if (byte_count == 0) return s[2];
    while (byte_count > 12) {
        add_bytes(s, bytes, 12);
        mix(s);
        bytes += 12;
        byte_count -= 12;
    }
    add_bytes(s, bytes, byte_count);
    finish(s);
    return s[2];
}
