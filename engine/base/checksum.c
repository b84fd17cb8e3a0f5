/* SPDX-License-Identifier: MIT */
#include "base/checksum.h"

#include <string.h>

enum { LANES = 8, STRIPE = LANES * 8 };

/* Odd, and without a pattern: the golden ratio and the square root of three, as fractions of 2^64. */
static const uint64_t factors[2] = {0x9e3779b97f4a7c15, 0xbb67ae8584caa73b};

/* One to one in both: what went in is never forgotten. The turn brings high bits down, where products do not reach. */
static inline uint64_t mix(uint64_t sum, uint64_t word, uint64_t factor)
{
    uint64_t product = (sum ^ word) * factor;
    return product >> 33 | product << 31;
}

static void add_stripe(uint64_t lanes[LANES], const unsigned char* stripe)
{
    uint64_t words[LANES];
    memcpy(words, stripe, sizeof words);
    for (int i = 0; i < LANES; i++) lanes[i] = mix(lanes[i], words[i], factors[0]);
}

pinna_checksum pinna_checksum_of(const void* bytes, size_t byte_count)
{
    uint64_t lanes[LANES] = {1, 2, 3, 4, 5, 6, 7, 8};
    unsigned char rest[STRIPE] = {0};
    const unsigned char* next = bytes;
    size_t whole = byte_count / STRIPE * STRIPE;
    for (size_t at = 0; at < whole; at += STRIPE) add_stripe(lanes, next + at);
    if (byte_count > whole) memcpy(rest, next + whole, byte_count - whole);
    add_stripe(lanes, rest);
    pinna_checksum sum = {{byte_count, ~(uint64_t)byte_count}};
    for (int i = 0; i < LANES; i++)
        for (int w = 0; w < 2; w++) sum.words[w] = mix(sum.words[w], lanes[w ? LANES - 1 - i : i], factors[w]);
    return sum;
}
