/* SPDX-License-Identifier: MIT */
#include "base/digest.h"

#include <stdbool.h>
#include <string.h>

enum { BLOCK = PINNA_DIGEST_BLOCK_BYTES, ROUNDS = 12, WORDS = 16 };

/* RFC 7693, 2.6: the fractions of the square roots of the first eight primes, as in SHA-512. */
static const uint64_t start_state[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

/* RFC 7693, 2.7: which word of the block each step takes. Rounds 10 and 11 begin again. */
static const unsigned char order[10][WORDS] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

/* Written out, for compilers then see a plain load. */
static inline uint64_t read_word(const unsigned char* b)
{
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
           (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

static inline uint64_t turn(uint64_t x, int bits)
{
    return x >> bits | x << (64 - bits);
}

#define MIX(a, b, c, d, x, y)                                \
    do {                                                     \
        a = a + b + (x), d = turn(d ^ a, 32), c = c + d, b = turn(b ^ c, 24); \
        a = a + b + (y), d = turn(d ^ a, 16), c = c + d, b = turn(b ^ c, 63); \
    } while (0)

static void take_block(pinna_digest* digest, const unsigned char* block, bool is_last)
{
    uint64_t m[WORDS], v[WORDS];
    for (int i = 0; i < WORDS; i++) m[i] = read_word(block + 8 * i);
    memcpy(v, digest->state, sizeof digest->state);
    memcpy(v + 8, start_state, sizeof start_state);
    v[12] ^= digest->taken; /* its upper half stays zero: no object has 2^64 bytes */
    if (is_last) v[14] = ~v[14];
#pragma GCC unroll 12 /* the order of words becomes part of the code: half as fast again */
    for (int round = 0; round < ROUNDS; round++) {
        const unsigned char* s = order[round % 10];
        MIX(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
        MIX(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
        MIX(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
        MIX(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
        MIX(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
        MIX(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
        MIX(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
        MIX(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
    }
    for (int i = 0; i < 8; i++) digest->state[i] ^= v[i] ^ v[i + 8];
}

void pinna_digest_start(pinna_digest* digest, size_t byte_count)
{
    *digest = (pinna_digest){.byte_count = byte_count};
    memcpy(digest->state, start_state, sizeof start_state);
    digest->state[0] ^= 0x01010000 ^ byte_count;
}

void pinna_digest_add(pinna_digest* digest, const void* bytes, size_t byte_count)
{
    const unsigned char* next = bytes;
    while (byte_count > 0) {
        if (digest->filled == BLOCK) { /* not before more follows: the last block is marked */
            digest->taken += BLOCK;
            take_block(digest, digest->block, false);
            digest->filled = 0;
        }
        if (digest->filled == 0 && byte_count > BLOCK) {
            digest->taken += BLOCK;
            take_block(digest, next, false);
            next += BLOCK;
            byte_count -= BLOCK;
            continue;
        }
        size_t room = BLOCK - digest->filled, count = byte_count < room ? byte_count : room;
        memcpy(digest->block + digest->filled, next, count);
        digest->filled += count;
        next += count;
        byte_count -= count;
    }
}

void pinna_digest_finish(pinna_digest* digest, unsigned char* out)
{
    memset(digest->block + digest->filled, 0, BLOCK - digest->filled);
    digest->taken += digest->filled;
    take_block(digest, digest->block, true);
    for (size_t i = 0; i < digest->byte_count; i++) out[i] = (unsigned char)(digest->state[i / 8] >> 8 * (i % 8));
}
