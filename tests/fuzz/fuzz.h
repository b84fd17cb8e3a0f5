/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target is one file with the two functions below. Linked with libFuzzer (PINNA_FUZZ) it searches; linked with
 * replay.c it runs its seeds, damaged copies of them and the files named, with any compiler.
 */
#ifndef PINNA_TESTS_FUZZ_H
#define PINNA_TESTS_FUZZ_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUZZ_MAX_BYTES = 1 << 20 };

/** Does with the bytes what the target is for. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count);

/** Writes seed number `index`, a good input, and returns its size; 0 behind the last. */
size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity);

/** What must hold, said in a way every fuzzer notices. */
#define FUZZ_EXPECT(condition)                                                            \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                      \
        }                                                                                 \
    } while (0)

/** Bytes as decisions. Behind the end all are zero. */
typedef struct fuzz_input {
    const uint8_t* bytes;
    size_t left;
} fuzz_input;

static inline uint8_t fuzz_byte(fuzz_input* in)
{
    if (in->left == 0) return 0;
    in->left--;
    return *in->bytes++;
}

static inline uint32_t fuzz_word(fuzz_input* in)
{
    uint32_t word = 0;
    for (int i = 0; i < 4; i++) word = word << 8 | fuzz_byte(in);
    return word;
}

/** Any float there is, or one of usual size. */
static inline float fuzz_float(fuzz_input* in)
{
    uint8_t kind = fuzz_byte(in);
    if (kind % 8 != 0) return (float)(int8_t)fuzz_byte(in) / 16.0f;
    uint32_t bits = fuzz_word(in);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/** A text as a seed; for targets whose seeds are texts. */
static inline size_t fuzz_text_seed(const char* text, uint8_t* out, size_t capacity)
{
    size_t byte_count = strlen(text);
    if (byte_count > capacity) return 0;
    memcpy(out, text, byte_count);
    return byte_count;
}

#endif
