/* SPDX-License-Identifier: MIT */
/* A fast sum that tells damage: gigabytes per second, and no defence against malice (base/digest.h is). */
#ifndef PINNA_BASE_CHECKSUM_H
#define PINNA_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

typedef struct pinna_checksum {
    uint64_t words[2];
} pinna_checksum;

/** Any change within one aligned word of 8 bytes changes the sum for certain, any other but once in 2^64. */
pinna_checksum pinna_checksum_of(const void* bytes, size_t byte_count);

#endif
