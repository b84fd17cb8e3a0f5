/* SPDX-License-Identifier: MIT */
#include "base/checksum.h"
#include "base/digest.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void digest_in_pieces(const unsigned char* bytes, size_t byte_count, size_t piece, unsigned char* out,
                             size_t size)
{
    pinna_digest digest;
    pinna_digest_start(&digest, size);
    for (size_t at = 0; at < byte_count; at += piece)
        pinna_digest_add(&digest, bytes + at, byte_count - at < piece ? byte_count - at : piece);
    pinna_digest_finish(&digest, out);
}

static void expect_hex(const unsigned char* sum, size_t size, const char* hex)
{
    char text[2 * PINNA_DIGEST_MAX_BYTES + 1] = "";
    for (size_t i = 0; i < size; i++) snprintf(text + 2 * i, 3, "%02x", sum[i]);
    cr_assert_str_eq(text, hex);
}

/* RFC 7693, appendix A. */
Test(digest, of_abc_is_the_standards)
{
    unsigned char sum[64];
    digest_in_pieces((const unsigned char*)"abc", 3, 3, sum, sizeof sum);
    expect_hex(sum, sizeof sum,
               "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
               "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

/* As Python's hashlib.blake2b gives them: no block, a whole one, one byte more, many. */
Test(digest, of_awkward_lengths_in_any_pieces)
{
    static const struct {
        size_t byte_count;
        const char* hex;
    } cases[] = {
        {0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
        {128, "14696d2a98d9f8a280da8b132b1045b345e1033759c6b02fcc4ee885c8ae7c37"},
        {129, "3934215260b1039be9d9d2b073b059bcd50120c327a22af93eb4d98cf821c14c"},
        {1024, "7b15ce453b1d80594f31113bd78937a131689cd40ff3e626bf11417cab3eace8"},
    };
    unsigned char bytes[1024], sum[32];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 7 + i / 256);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        for (size_t piece = 1; piece <= 1024; piece = piece * 3 + 1) {
            digest_in_pieces(bytes, cases[c].byte_count, piece, sum, sizeof sum);
            expect_hex(sum, sizeof sum, cases[c].hex);
        }
    }
}

Test(digest, every_bit_counts)
{
    unsigned char bytes[300] = {0}, before[16], after[16];
    digest_in_pieces(bytes, sizeof bytes, 300, before, 16);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        digest_in_pieces(bytes, sizeof bytes, 300, after, 16);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        cr_assert(memcmp(before, after, 16) != 0);
    }
    digest_in_pieces(bytes, sizeof bytes - 1, 300, after, 16);
    cr_assert(memcmp(before, after, 16) != 0);
}

static bool same_sum(pinna_checksum a, pinna_checksum b)
{
    return a.words[0] == b.words[0] || a.words[1] == b.words[1];
}

Test(checksum, every_bit_and_the_length_count)
{
    unsigned char bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 31);
    pinna_checksum before = pinna_checksum_of(bytes, sizeof bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        cr_assert(!same_sum(before, pinna_checksum_of(bytes, sizeof bytes)), "bit %zu", bit);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    unsigned char zeros[200] = {0};
    for (size_t count = 0; count < sizeof zeros; count++)
        cr_assert(!same_sum(pinna_checksum_of(zeros, count), pinna_checksum_of(zeros, count + 1)));
}

/* Words that change places, and the same change in two words: what plain sums miss. */
Test(checksum, order_counts)
{
    unsigned char bytes[1024];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 31 + i / 256);
    pinna_checksum before = pinna_checksum_of(bytes, sizeof bytes);
    for (size_t a = 0; a < sizeof bytes; a += 8) {
        for (size_t b = a + 8; b < sizeof bytes; b += 8) {
            unsigned char swapped[1024], twice[1024];
            memcpy(swapped, bytes, sizeof bytes);
            memcpy(twice, bytes, sizeof bytes);
            memcpy(swapped + a, bytes + b, 8);
            memcpy(swapped + b, bytes + a, 8);
            twice[a + 7] ^= 0x80;
            twice[b + 7] ^= 0x80;
            cr_assert(!same_sum(before, pinna_checksum_of(swapped, sizeof swapped)), "%zu %zu", a, b);
            cr_assert(!same_sum(before, pinna_checksum_of(twice, sizeof twice)), "%zu %zu", a, b);
        }
    }
}
