/* SPDX-License-Identifier: MIT */
/*
 * Stored sets in a folder, one file each, named by its key. A file appears whole or not at all: it is written under
 * another name and renamed. Nothing waits for anybody, so processes share a folder without locks; what they may do to
 * each other's files at worst is to remove them, and a set that is not there is made again.
 */
#ifndef PINNA_SOFA_CACHE_H
#define PINNA_SOFA_CACHE_H

#include <pinna/store.h>

typedef struct pinna_cache {
    const char* folder;
    uint64_t max_bytes; /**< Of all sets in it. */
} pinna_cache;

/** Reads a set's file and marks it as used. False where there is none, or it cannot be read. Free the bytes. */
bool pinna_cache_read(const pinna_cache* cache, const pinna_store_key* key, unsigned char** bytes, size_t* byte_count);

/**
 * Writes a set's file, making the folder if need be, then removes the least recently used sets beyond max_bytes.
 *
 * @param problem  What went wrong, and what to do.
 * @return false where the set is not in the cache now; nothing half-written is left.
 */
bool pinna_cache_write(const pinna_cache* cache, const pinna_store_key* key, const void* bytes, size_t byte_count,
                       char* problem, size_t problem_bytes);

#endif
