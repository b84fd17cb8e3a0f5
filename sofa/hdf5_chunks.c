/* SPDX-License-Identifier: MIT */
#include "hdf5_chunks.h"

#include "hdf5_bytes.h"

#ifdef PINNA_SOFA_ZLIB
#include <zlib.h>

#include <stdlib.h>
#include <string.h>

/* Structure after "HDF5 File Format Specification Version 3.0", The HDF Group: version 1 B-trees of type 1. */

enum { RANK = 3, ELEMENT_BYTES = 8, MAX_LEVELS = 5 };

typedef struct unpacker {
    const unsigned char* bytes;
    uint64_t byte_count;
    const pinna_hdf5_chunked* chunked;
    unsigned char *planes; /* a chunk as inflated: all first bytes of its values, all second ones, ... */
    size_t chunk_values;
    float* out;
} unpacker;

static double value_at(const unsigned char* planes, size_t value_count, size_t index)
{
    uint64_t bits = 0;
    double value;
    for (unsigned b = 0; b < ELEMENT_BYTES; b++) bits |= (uint64_t)planes[b * value_count + index] << (8 * b);
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A chunk reaches beyond its variable where its size does not divide the variable's. */
static void scatter(const unpacker* u, const uint64_t first[RANK])
{
    const uint64_t *sizes = u->chunked->sizes, *chunk = u->chunked->chunk;
    uint64_t counts[RANK];
    for (int d = 0; d < RANK; d++) counts[d] = sizes[d] - first[d] < chunk[d] ? sizes[d] - first[d] : chunk[d];
    for (uint64_t i = 0; i < counts[0]; i++)
        for (uint64_t j = 0; j < counts[1]; j++) {
            float* to = u->out + ((first[0] + i) * sizes[1] + first[1] + j) * sizes[2] + first[2];
            size_t from = (size_t)((i * chunk[1] + j) * chunk[2]);
            for (uint64_t k = 0; k < counts[2]; k++) to[k] = (float)value_at(u->planes, u->chunk_values, from + k);
        }
}

static bool unpack_chunk(unpacker* u, pinna_hdf5_bytes* in)
{
    uint64_t first[RANK], packed_bytes = pinna_hdf5_read(in, 4), filter_mask = pinna_hdf5_read(in, 4);
    for (int d = 0; d < RANK; d++) first[d] = pinna_hdf5_read(in, 8);
    pinna_hdf5_skip(in, 8);
    uint64_t at = pinna_hdf5_read(in, u->chunked->offset_bytes);
    bool inside = !in->failed && filter_mask == 0 && at <= u->byte_count && packed_bytes <= u->byte_count - at;
    for (int d = 0; d < RANK; d++) inside = inside && first[d] < u->chunked->sizes[d];
    if (!inside) return false;
    uLongf got = (uLongf)(u->chunk_values * ELEMENT_BYTES), wanted = got;
    if (uncompress(u->planes, &got, u->bytes + at, (uLong)packed_bytes) != Z_OK || got != wanted) return false;
    scatter(u, first);
    return true;
}

static bool unpack_tree(unpacker* u, uint64_t at, unsigned levels_left)
{
    pinna_hdf5_bytes in = {.bytes = u->bytes, .at = at, .end = u->byte_count, .failed = at > u->byte_count};
    if (!levels_left || !pinna_hdf5_signature(&in, "TREE")) return false;
    pinna_hdf5_skip(&in, 1);
    uint64_t level = pinna_hdf5_read(&in, 1), entry_count = pinna_hdf5_read(&in, 2);
    pinna_hdf5_skip(&in, 2 * (uint64_t)u->chunked->offset_bytes);
    for (uint64_t i = 0; i < entry_count && !in.failed; i++) {
        if (level == 0) {
            if (!unpack_chunk(u, &in)) return false;
            continue;
        }
        pinna_hdf5_skip(&in, 8 + 8 * (RANK + 1));
        if (!unpack_tree(u, pinna_hdf5_read(&in, u->chunked->offset_bytes), levels_left - 1)) return false;
    }
    return !in.failed;
}

bool pinna_hdf5_chunks_read(const void* bytes, size_t byte_count, const pinna_hdf5_chunked* chunked, float* out)
{
    unpacker u = {.bytes = bytes, .byte_count = byte_count, .chunked = chunked, .out = out};
    u.chunk_values =
        (size_t)(chunked->chunk[0] * chunked->chunk[1] * chunked->chunk[2]); /* within limits: was checked */
    u.planes = malloc(u.chunk_values * ELEMENT_BYTES);
    bool unpacked = u.planes && unpack_tree(&u, chunked->tree, MAX_LEVELS);
    free(u.planes);
    return unpacked;
}
#else
bool pinna_hdf5_chunks_read(const void* bytes, size_t byte_count, const pinna_hdf5_chunked* chunked, float* out)
{
    (void)bytes, (void)byte_count, (void)chunked, (void)out;
    return false;
}
#endif
