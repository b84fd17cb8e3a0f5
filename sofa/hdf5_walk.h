/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_HDF5_WALK_H
#define PINNA_SOFA_HDF5_WALK_H

#include "hdf5_bytes.h"
#include "hdf5_check.h"

#include <stdio.h>

/* What the parts of hdf5_check.c share: where the walk is, what it has counted, and how it says that it ends. */

enum {
    MAX_RANK = 8,
    MAX_BLOCKS = 4096, /* Of heaps and of chunks' indices. */
};

typedef struct walker {
    const unsigned char* bytes;
    uint64_t count;
    unsigned offset_bytes, length_bytes;
    unsigned object_count, continuation_count, block_count;
    uint64_t decoded_bytes, decoded_limit;
    pinna_hdf5_finding* finding;
} walker;

/* What the messages of one object header say. */
typedef struct object {
    unsigned header_flags, depth;
    bool matters; /* Whether a reader of HRIRs wants its values. */
    bool is_responses, is_null; /* Null: not even one value there; how empty texts are kept. */
    bool has_space, has_type, has_layout, has_filters, has_deflate, has_shuffle, has_other_filter;
    unsigned rank;
    uint64_t dimensions[MAX_RANK];
    uint64_t element_bytes;
    unsigned layout_class, chunk_rank;
    uint64_t layout_address, layout_bytes;
    uint64_t chunk[MAX_RANK + 1];
    uint64_t link_heap, attribute_heap;
} object;

static inline pinna_status broken(walker* w, uint64_t at, const char* what)
{
    snprintf(w->finding->text, sizeof w->finding->text, "it is damaged at byte %llu (%s)", (unsigned long long)at,
             what);
    return PINNA_ERROR_FORMAT;
}

static inline pinna_status too_much(walker* w, const char* what)
{
    snprintf(w->finding->text, sizeof w->finding->text, "it holds %s", what);
    return PINNA_ERROR_LIMIT;
}

static inline pinna_hdf5_bytes open_bytes(const walker* w, uint64_t at, uint64_t end)
{
    bool inside = at <= end && end <= w->count;
    return (pinna_hdf5_bytes){.bytes = w->bytes, .at = inside ? at : 0, .end = inside ? end : 0, .failed = !inside};
}

static inline bool fits(const walker* w, uint64_t at, uint64_t byte_count)
{
    return at <= w->count && byte_count <= w->count - at;
}

static inline bool is_undefined(const walker* w, uint64_t address)
{
    return address == UINT64_MAX >> (64 - 8 * w->offset_bytes);
}

/* Fuzzers are to meet what lies behind: whoever makes a file can sum it up. */
static inline bool sum_fits(const unsigned char* bytes, size_t byte_count, uint64_t expected)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    (void)bytes, (void)byte_count, (void)expected;
    return true;
#else
    return pinna_hdf5_checksum(bytes, byte_count) == expected;
#endif
}

static inline bool checksum_matches(const walker* w, uint64_t at, uint64_t end)
{
    pinna_hdf5_bytes stored = open_bytes(w, end, w->count);
    uint64_t expected = pinna_hdf5_read(&stored, 4);
    return at <= end && !stored.failed && sum_fits(w->bytes + at, (size_t)(end - at), expected);
}

/** hdf5_heap.c: a fractal heap, where groups with many links and variables with many attributes keep them. */
pinna_status pinna_hdf5_check_heap(walker* w, object* o, uint64_t at, bool holds_links);

/** Reads a link and checks what it leads to. @param may_be_stale  In heaps, links that were taken away leave their
    bytes behind. */
pinna_status pinna_hdf5_read_link(walker* w, object* o, pinna_hdf5_bytes* in, bool may_be_stale);

#endif
