/* SPDX-License-Identifier: MIT */
#include "hdf5_walk.h"

#include <string.h>

/* Structure after "HDF5 File Format Specification Version 3.0", The HDF Group, III.G. */

typedef struct heap {
    uint64_t table_width, start_bytes, max_direct_bytes, offset_bits, root, rows;
    bool has_checksums, holds_links;
} heap;

static bool is_power_of_two(uint64_t value)
{
    return value && (value & (value - 1)) == 0;
}

static pinna_status read_heap(walker* w, uint64_t at, heap* h)
{
    pinna_hdf5_bytes in = open_bytes(w, at, w->count);
    if (!pinna_hdf5_signature(&in, "FRHP")) return broken(w, at, "heap");
    pinna_hdf5_skip(&in, 3);
    uint64_t encoded_bytes = pinna_hdf5_read(&in, 2);
    h->has_checksums = pinna_hdf5_read(&in, 1) & 2;
    pinna_hdf5_skip(&in, 4 + 10 * (uint64_t)w->length_bytes + 2 * (uint64_t)w->offset_bytes);
    h->table_width = pinna_hdf5_read(&in, 2);
    h->start_bytes = pinna_hdf5_read(&in, w->length_bytes);
    h->max_direct_bytes = pinna_hdf5_read(&in, w->length_bytes);
    h->offset_bits = pinna_hdf5_read(&in, 2);
    pinna_hdf5_skip(&in, 2);
    h->root = pinna_hdf5_read(&in, w->offset_bytes);
    h->rows = pinna_hdf5_read(&in, 2);
    if (encoded_bytes) return broken(w, at, "compressed heap");
    if (in.failed || !checksum_matches(w, at, in.at)) return broken(w, at, "checksum of a heap");
    bool sane = h->table_width >= 1 && h->table_width <= 64 && is_power_of_two(h->start_bytes) &&
                is_power_of_two(h->max_direct_bytes) && h->start_bytes <= h->max_direct_bytes &&
                h->max_direct_bytes <= (1u << 24) && h->offset_bits >= 8 && h->offset_bits <= 64 && h->rows <= 64;
    return sane ? PINNA_OK : broken(w, at, "sizes of a heap");
}

/* The checksum of a direct block stands in its own header and counts as zero while summing. */
static bool block_checksum_matches(const walker* w, uint64_t at, uint64_t checksum_at, uint64_t byte_count)
{
    enum { LARGEST = 1 << 16 };
    unsigned char copy[LARGEST];
    if (byte_count > sizeof copy) return true; /* Larger than any heap of attributes that netCDF writes. */
    memcpy(copy, w->bytes + at, (size_t)byte_count);
    memset(copy + (checksum_at - at), 0, 4);
    pinna_hdf5_bytes stored = open_bytes(w, checksum_at, w->count);
    return sum_fits(copy, (size_t)byte_count, pinna_hdf5_read(&stored, 4));
}

/* Links lie one behind another; readers that do not use the index walk them like this, and so do we. Attributes hold
   no addresses, and their checksum vouches for them. */
static pinna_status read_block_links(walker* w, object* o, pinna_hdf5_bytes in)
{
    while (!in.failed && in.at < in.end && w->bytes[in.at] == 1) {
        pinna_status status = pinna_hdf5_read_link(w, o, &in, true);
        if (status) return status;
    }
    return PINNA_OK;
}

static pinna_status read_direct_block(walker* w, object* o, const heap* h, uint64_t at, uint64_t byte_count)
{
    if (!fits(w, at, byte_count)) return broken(w, at, "heap block outside the file");
    if (++w->block_count > MAX_BLOCKS) return too_much(w, "too many heap blocks");
    pinna_hdf5_bytes in = open_bytes(w, at, at + byte_count);
    if (!pinna_hdf5_signature(&in, "FHDB")) return broken(w, at, "heap block");
    pinna_hdf5_skip(&in, 1 + w->offset_bytes + (h->offset_bits + 7) / 8);
    uint64_t checksum_at = in.at;
    if (h->has_checksums) pinna_hdf5_skip(&in, 4);
    if (in.failed) return broken(w, at, "heap block");
    if (h->has_checksums && !block_checksum_matches(w, at, checksum_at, byte_count))
        return broken(w, at, "checksum of a heap block");
    return h->holds_links ? read_block_links(w, o, in) : PINNA_OK;
}

static pinna_status read_indirect_block(walker* w, object* o, const heap* h)
{
    pinna_hdf5_bytes in = open_bytes(w, h->root, w->count);
    if (!pinna_hdf5_signature(&in, "FHIB")) return broken(w, h->root, "heap index");
    pinna_hdf5_skip(&in, 1 + w->offset_bytes + (h->offset_bits + 7) / 8);
    uint64_t block_bytes = h->start_bytes;
    for (uint64_t row = 0; row < h->rows; row++) {
        if (row > 1) block_bytes *= 2; /* The first two rows are alike; each further one doubles. */
        for (uint64_t i = 0; i < h->table_width; i++) {
            uint64_t at = pinna_hdf5_read(&in, w->offset_bytes);
            if (in.failed) return broken(w, h->root, "heap index");
            if (is_undefined(w, at)) continue;
            if (block_bytes > h->max_direct_bytes) return too_much(w, "a heap of several levels");
            pinna_status status = read_direct_block(w, o, h, at, block_bytes);
            if (status) return status;
        }
    }
    return checksum_matches(w, h->root, in.at) ? PINNA_OK : broken(w, h->root, "checksum of a heap index");
}

pinna_status pinna_hdf5_check_heap(walker* w, object* o, uint64_t at, bool holds_links)
{
    heap h = {.holds_links = holds_links};
    if (is_undefined(w, at) || at == 0) return PINNA_OK;
    pinna_status status = read_heap(w, at, &h);
    if (status || is_undefined(w, h.root)) return status;
    return h.rows ? read_indirect_block(w, o, &h) : read_direct_block(w, o, &h, h.root, h.start_bytes);
}
