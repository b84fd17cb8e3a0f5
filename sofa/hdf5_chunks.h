/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_HDF5_CHUNKS_H
#define PINNA_SOFA_HDF5_CHUNKS_H

#include "hdf5_check.h"

/*
 * Unpacks responses past libmysofa, which divides four times for each byte and takes five times as long: a third of the
 * time that a large set takes to load.
 */

/** Where the bytes of the chunks' index say that it has no entry: two zeros there hide the chunks from a reader. */
static inline uint64_t pinna_hdf5_chunks_count_at(const pinna_hdf5_chunked* chunked)
{
    return chunked->tree + 6;
}

/**
 * Unpacks all chunks of a variable that pinna_hdf5_check() found sound.
 *
 * @param out  sizes[0] * sizes[1] * sizes[2] values; zero where the file has no chunk.
 * @return false where this build is without zlib, memory is short, or the chunks are not what they should be.
 */
bool pinna_hdf5_chunks_read(const void* bytes, size_t byte_count, const pinna_hdf5_chunked* chunked, float* out);

#endif
