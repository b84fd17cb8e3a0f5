/* SPDX-License-Identifier: MIT */
/* BLAKE2b (RFC 7693) without a key: names bytes by their content, and tells whether they changed. */
#ifndef PINNA_BASE_DIGEST_H
#define PINNA_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { PINNA_DIGEST_MAX_BYTES = 64, PINNA_DIGEST_BLOCK_BYTES = 128 };

/** A digest in the making. */
typedef struct pinna_digest {
    uint64_t state[8];
    uint64_t taken; /**< Bytes so far. */
    size_t filled;  /**< Bytes waiting in block. */
    size_t byte_count;
    unsigned char block[PINNA_DIGEST_BLOCK_BYTES];
} pinna_digest;

/** @param byte_count Of the result, 1 to PINNA_DIGEST_MAX_BYTES. */
void pinna_digest_start(pinna_digest* digest, size_t byte_count);

void pinna_digest_add(pinna_digest* digest, const void* bytes, size_t byte_count);

/** Writes the result. The digest cannot go on afterwards. */
void pinna_digest_finish(pinna_digest* digest, unsigned char* out);

#endif
