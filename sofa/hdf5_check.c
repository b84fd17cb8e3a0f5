/* SPDX-License-Identifier: MIT */
#include "hdf5_walk.h"

#include <stdio.h>
#include <string.h>

/* Structure after "HDF5 File Format Specification Version 3.0", The HDF Group. */

enum {
    USUAL_RANK = 4,           /* As far as libmysofa counts. */
    MAX_DEPTH = 4,            /* Groups within groups; SOFA has one level. */
    MAX_OBJECTS = 2048,       /* Variables in the whole file. */
    MAX_CONTINUATIONS = 1024, /* Header pieces in the whole file. */
    MAX_TREE_DEPTH = 4,
    MAX_TREE_ENTRIES = 4096,
};

/* What all variables together may unfold to. Deflate never shrinks more than 1032 times, so a small file that promises
   more than that is lying. */
static const uint64_t max_decoded_bytes = (uint64_t)1 << 30;
static const uint64_t max_deflate_ratio = 1032, decoded_allowance = (uint64_t)16 << 20;

static const uint64_t slow_bytes = (uint64_t)256 << 20, slow_ratio = 64; /* libmysofa unfolds a byte in 10 ns */

typedef enum role { ROLE_OTHER, ROLE_WANTED, ROLE_RESPONSES } role;

static pinna_status check_object(walker* w, uint64_t address, unsigned depth, role wanted);

/* The first hint stands: it is the one nearest to the start of the file. */
static void hint(walker* w, bool fatal, const char* what)
{
    if (w->finding->hint_is_fatal || (w->finding->hint[0] && !fatal)) return;
    snprintf(w->finding->hint, sizeof w->finding->hint, "%s", what);
    w->finding->hint_is_fatal = fatal;
}

static pinna_status read_dataspace(walker* w, object* o, pinna_hdf5_bytes* in)
{
    uint64_t start = in->at;
    if (o->has_space) return broken(w, start, "two shapes for one variable");
    o->has_space = true;
    uint64_t version = pinna_hdf5_read(in, 1), rank = pinna_hdf5_read(in, 1);
    if (version != 1 && version != 2) return broken(w, start, "version of an array shape");
    pinna_hdf5_skip(in, 1);
    o->is_null = pinna_hdf5_read(in, 1) == 2 && version == 2;
    pinna_hdf5_skip(in, version == 1 ? 4 : 0);
    if (rank > MAX_RANK) return too_much(w, "a variable of more than eight dimensions");
    if (rank > USUAL_RANK) hint(w, true, "a variable of more than four dimensions");
    o->rank = (unsigned)rank;
    for (unsigned d = 0; d < o->rank; d++) o->dimensions[d] = pinna_hdf5_read(in, w->length_bytes);
    return in->failed ? broken(w, start, "array shape") : PINNA_OK;
}

static pinna_status read_datatype(walker* w, object* o, pinna_hdf5_bytes* in)
{
    if (o->has_type) return broken(w, in->at, "two types for one variable");
    o->has_type = true;
    uint64_t kind = pinna_hdf5_read(in, 1) & 15, flags = pinna_hdf5_read(in, 1);
    pinna_hdf5_skip(in, 2);
    o->element_bytes = pinna_hdf5_read(in, 4);
    /* libmysofa takes any eight bytes for a little-endian double. */
    bool is_number = kind == 0 || kind == 1, is_double = kind == 1 && !(flags & 1) && o->element_bytes == 8;
    if (o->matters && is_number && !is_double) hint(w, true, "numbers other than little-endian 64-bit floating point");
    return in->failed ? broken(w, in->at, "data type") : PINNA_OK;
}

static pinna_status read_chunk_layout(walker* w, object* o, pinna_hdf5_bytes* in)
{
    uint64_t rank = pinna_hdf5_read(in, 1);
    o->layout_address = pinna_hdf5_read(in, w->offset_bytes);
    if (rank < 2 || rank > MAX_RANK + 1) return broken(w, in->at, "rank of a chunk");
    o->chunk_rank = (unsigned)rank - 1;
    for (unsigned d = 0; d <= o->chunk_rank; d++) {
        o->chunk[d] = pinna_hdf5_read(in, 4);
        if (o->chunk[d] == 0) return broken(w, in->at, "empty chunk");
    }
    return PINNA_OK;
}

static pinna_status read_layout(walker* w, object* o, pinna_hdf5_bytes* in)
{
    uint64_t start = in->at;
    if (o->has_layout) return broken(w, start, "two layouts for one variable");
    o->has_layout = true;
    uint64_t version = pinna_hdf5_read(in, 1);
    if (version != 3) {
        hint(w, false, "data laid out in the newest HDF5 form (layout version 4, \"libver=latest\")");
        o->layout_class = 0;
        return PINNA_OK;
    }
    o->layout_class = (unsigned)pinna_hdf5_read(in, 1);
    pinna_status status = PINNA_OK;
    if (o->layout_class == 1) {
        o->layout_address = pinna_hdf5_read(in, w->offset_bytes);
        o->layout_bytes = pinna_hdf5_read(in, w->length_bytes);
    } else if (o->layout_class == 2) {
        status = read_chunk_layout(w, o, in);
    } else {
        hint(w, false, "small variables kept inside their header (compact layout)");
    }
    return !status && in->failed ? broken(w, start, "data layout") : status;
}

static pinna_status read_filters(walker* w, object* o, pinna_hdf5_bytes* in)
{
    uint64_t start = in->at, version = pinna_hdf5_read(in, 1), filter_count = pinna_hdf5_read(in, 1);
    if (version < 1 || version > 2 || filter_count > 32) return broken(w, start, "filter list");
    if (version == 1) pinna_hdf5_skip(in, 6);
    for (uint64_t i = 0; i < filter_count && !in->failed; i++) {
        uint64_t id = pinna_hdf5_read(in, 2);
        uint64_t name_bytes = version == 1 || id >= 256 ? pinna_hdf5_read(in, 2) : 0;
        pinna_hdf5_skip(in, 2);
        uint64_t value_count = pinna_hdf5_read(in, 2);
        if (version == 1) value_count += value_count & 1; /* Padded to eight bytes, as are names. */
        pinna_hdf5_skip(in, name_bytes + 4 * value_count);
        if (id == 1) o->has_deflate = true;
        else if (id == 2) o->has_shuffle = true;
        else o->has_other_filter = true;
    }
    o->has_filters = filter_count > 0;
    return in->failed ? broken(w, start, "filter list") : PINNA_OK;
}

static pinna_status read_link_info(walker* w, object* o, pinna_hdf5_bytes* in)
{
    pinna_hdf5_skip(in, 1);
    uint64_t flags = pinna_hdf5_read(in, 1);
    if (flags & 1) pinna_hdf5_skip(in, 8);
    o->link_heap = pinna_hdf5_read(in, w->offset_bytes);
    return in->failed ? broken(w, in->at, "link list") : PINNA_OK;
}

static pinna_status read_attribute_info(walker* w, object* o, pinna_hdf5_bytes* in)
{
    pinna_hdf5_skip(in, 1);
    uint64_t flags = pinna_hdf5_read(in, 1);
    if (flags & 1) pinna_hdf5_skip(in, 2);
    o->attribute_heap = pinna_hdf5_read(in, w->offset_bytes);
    return in->failed ? broken(w, in->at, "attribute list") : PINNA_OK;
}

/* The product of sizes, or UINT64_MAX beyond the limit. */
static uint64_t product(const uint64_t* sizes, unsigned count, uint64_t element_bytes)
{
    uint64_t bytes = element_bytes;
    for (unsigned i = 0; i < count; i++) {
        if (sizes[i] && bytes > max_decoded_bytes / sizes[i]) return UINT64_MAX;
        bytes *= sizes[i];
    }
    return bytes;
}

/* An attribute must bring all the values its shape promises: readers loop over the shape. */
static pinna_status read_attribute(walker* w, pinna_hdf5_bytes* in)
{
    uint64_t start = in->at, version = pinna_hdf5_read(in, 1);
    pinna_hdf5_skip(in, 1);
    uint64_t sizes[3], padding = version == 1 ? 7 : 0; /* name, type, shape */
    for (unsigned i = 0; i < 3; i++) sizes[i] = (pinna_hdf5_read(in, 2) + padding) & ~padding;
    pinna_hdf5_skip(in, (version == 3) + sizes[0]);
    pinna_hdf5_bytes type = *in;
    pinna_hdf5_skip(in, sizes[1]);
    pinna_hdf5_bytes shape = *in;
    pinna_hdf5_skip(in, sizes[2]);
    object attribute = {0};
    if (in->failed || version < 1 || version > 3) return broken(w, start, "attribute");
    pinna_status status = read_datatype(w, &attribute, &type);
    if (!status) status = read_dataspace(w, &attribute, &shape);
    if (status) return status;
    uint64_t byte_count =
        attribute.is_null ? 0 : product(attribute.dimensions, attribute.rank, attribute.element_bytes);
    return byte_count <= in->end - in->at ? PINNA_OK : broken(w, start, "attribute without its values");
}

static pinna_status read_messages(walker* w, object* o, uint64_t at, uint64_t end);

static pinna_status read_continuation(walker* w, object* o, pinna_hdf5_bytes* in)
{
    uint64_t at = pinna_hdf5_read(in, w->offset_bytes), byte_count = pinna_hdf5_read(in, w->length_bytes);
    if (in->failed || byte_count < 8 || !fits(w, at, byte_count)) return broken(w, in->at, "header continues outside");
    if (++w->continuation_count > MAX_CONTINUATIONS) return too_much(w, "headers in too many pieces");
    pinna_hdf5_bytes piece = open_bytes(w, at, at + byte_count - 4);
    if (!pinna_hdf5_signature(&piece, "OCHK")) return broken(w, at, "header continuation");
    if (!checksum_matches(w, at, piece.end)) return broken(w, at, "checksum of a header continuation");
    return read_messages(w, o, piece.at, piece.end);
}

static role role_of(const unsigned char* name, uint64_t name_bytes)
{
    static const char* const starts[] = {"Data.", "Source", "Listener", "Emitter", "Receiver"};
    if (name_bytes == 7 && memcmp(name, "Data.IR", 7) == 0) return ROLE_RESPONSES;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        size_t length = strlen(starts[i]);
        if (name_bytes >= length && memcmp(name, starts[i], length) == 0) return ROLE_WANTED;
    }
    return ROLE_OTHER;
}

static bool is_object(const walker* w, uint64_t address)
{
    return fits(w, address, 4) && (memcmp(w->bytes + address, "OHDR", 4) == 0 || w->bytes[address] == 1);
}

pinna_status pinna_hdf5_read_link(walker* w, object* o, pinna_hdf5_bytes* in, bool may_be_stale)
{
    uint64_t start = in->at;
    pinna_hdf5_skip(in, 1);
    uint64_t flags = pinna_hdf5_read(in, 1);
    if (flags & 4) pinna_hdf5_skip(in, 8);
    uint64_t type = flags & 8 ? pinna_hdf5_read(in, 1) : 0;
    if (flags & 16) pinna_hdf5_skip(in, 1);
    uint64_t name_bytes = pinna_hdf5_read(in, 1u << (flags & 3));
    uint64_t name_at = in->at;
    pinna_hdf5_skip(in, name_bytes);
    if (type != 0) {
        hint(w, true, "links to other places or files");
        pinna_hdf5_skip(in, pinna_hdf5_read(in, 2));
        return in->failed ? broken(w, start, "link") : PINNA_OK;
    }
    if (flags != 4) hint(w, true, "variables without creation order (written by h5py or HDF5 directly)");
    uint64_t address = pinna_hdf5_read(in, w->offset_bytes);
    if (in->failed) return broken(w, start, "link");
    if (may_be_stale && !is_object(w, address)) {
        hint(w, true, "variables that were taken away");
        return PINNA_OK;
    }
    return check_object(w, address, o->depth + 1, role_of(w->bytes + name_at, name_bytes));
}

static pinna_status read_message(walker* w, object* o, uint64_t type, pinna_hdf5_bytes* in)
{
    switch (type) {
    case 1: return read_dataspace(w, o, in);
    case 2: return read_link_info(w, o, in);
    case 3: return read_datatype(w, o, in);
    case 6: return pinna_hdf5_read_link(w, o, in, false);
    case 8: return read_layout(w, o, in);
    case 11: return read_filters(w, o, in);
    case 12: return read_attribute(w, in);
    case 16: return read_continuation(w, o, in);
    case 21: return read_attribute_info(w, o, in);
    default: return PINNA_OK;
    }
}

static pinna_status read_messages(walker* w, object* o, uint64_t at, uint64_t end)
{
    unsigned prefix_bytes = o->header_flags & 4 ? 6 : 4;
    pinna_hdf5_bytes in = open_bytes(w, at, end);
    /* A gap too small for a message may end a header. */
    while (!in.failed && in.end - in.at >= prefix_bytes) {
        uint64_t start = in.at;
        uint64_t type = pinna_hdf5_read(&in, 1), byte_count = pinna_hdf5_read(&in, 2);
        pinna_hdf5_skip(&in, prefix_bytes - 3);
        pinna_hdf5_bytes body = in;
        pinna_hdf5_skip(&in, byte_count);
        if (in.failed) return broken(w, start, "message longer than its header");
        body.end = in.at;
        pinna_status status = read_message(w, o, type, &body);
        if (status) return status;
    }
    return PINNA_OK;
}

/* --- the values of a variable --- */

static pinna_status count_decoded(walker* w, uint64_t byte_count)
{
    w->decoded_bytes += byte_count;
    if (byte_count <= w->decoded_limit && w->decoded_bytes <= w->decoded_limit) return PINNA_OK;
    return too_much(w, "variables larger than the file can be, or than 1 GiB");
}

static pinna_status check_chunk(walker* w, const object* o, pinna_hdf5_bytes* in)
{
    uint64_t start = in->at, byte_count = pinna_hdf5_read(in, 4), filter_mask = pinna_hdf5_read(in, 4);
    for (unsigned d = 0; d < o->chunk_rank; d++)
        if (pinna_hdf5_read(in, 8) >= o->dimensions[d]) return broken(w, start, "chunk outside its variable");
    if (pinna_hdf5_read(in, 8) != 0) return broken(w, start, "chunk position");
    uint64_t at = pinna_hdf5_read(in, w->offset_bytes);
    if (in->failed || !fits(w, at, byte_count)) return broken(w, start, "chunk outside the file");
    if (filter_mask) hint(w, false, "single blocks stored without compression");
    return count_decoded(w, product(o->chunk, o->chunk_rank + 1, 1));
}

static pinna_status check_tree(walker* w, const object* o, uint64_t at, unsigned depth)
{
    pinna_hdf5_bytes in = open_bytes(w, at, w->count);
    if (!pinna_hdf5_signature(&in, "TREE")) return broken(w, at, "chunk index");
    uint64_t type = pinna_hdf5_read(&in, 1), level = pinna_hdf5_read(&in, 1), entry_count = pinna_hdf5_read(&in, 2);
    pinna_hdf5_skip(&in, 2 * (uint64_t)w->offset_bytes);
    if (in.failed || type != 1 || entry_count > MAX_TREE_ENTRIES) return broken(w, at, "chunk index");
    if (depth > MAX_TREE_DEPTH || level > MAX_TREE_DEPTH) return too_much(w, "a chunk index of too many levels");
    if (level) hint(w, false, "data in very many small chunks (an index of several levels)");
    for (uint64_t i = 0; i < entry_count; i++) {
        pinna_status status;
        if (level) {
            pinna_hdf5_skip(&in, 8 + 8 * ((uint64_t)o->chunk_rank + 1));
            uint64_t child = pinna_hdf5_read(&in, w->offset_bytes);
            if (in.failed || ++w->block_count > MAX_BLOCKS) return broken(w, at, "chunk index");
            status = check_tree(w, o, child, depth + 1);
        } else {
            status = check_chunk(w, o, &in);
        }
        if (status) return status;
    }
    return PINNA_OK;
}

/* libmysofa 1.3.1 takes every chunk as deflated and shuffled. Shuffling moves nothing where there is one element, or
   one byte per element. */
static void hint_filters(walker* w, const object* o)
{
    bool shuffle_shows = o->element_bytes > 1 && product(o->chunk, o->chunk_rank, 1) > 1;
    if (o->has_other_filter) hint(w, true, "a compression other than deflate with shuffle");
    else if (!o->has_filters) hint(w, true, "chunks without compression");
    else if (!o->has_deflate || (!o->has_shuffle && shuffle_shows && o->matters))
        hint(w, true, "compression without the shuffle filter");
}

static void note_responses(walker* w, const object* o)
{
    if (!o->is_responses || o->rank != 3 || !o->has_deflate || !o->has_shuffle || o->has_other_filter) return;
    pinna_hdf5_chunked* c = &w->finding->responses;
    *c = (pinna_hdf5_chunked){.present = true, .offset_bytes = w->offset_bytes, .tree = o->layout_address};
    for (int d = 0; d < 3; d++) c->sizes[d] = o->dimensions[d], c->chunk[d] = o->chunk[d];
}

static pinna_status check_values(walker* w, const object* o, uint64_t header_at)
{
    if (!o->has_layout || !o->has_space) return PINNA_OK;
    uint64_t byte_count = product(o->dimensions, o->rank, o->element_bytes);
    if (byte_count == UINT64_MAX) return too_much(w, "a variable larger than 1 GiB");
    for (unsigned d = 0; d < o->rank; d++)
        if (o->dimensions[d] > INT32_MAX) return too_much(w, "a dimension of more than 2147483647");
    if (o->layout_class == 1) {
        if (is_undefined(w, o->layout_address)) return PINNA_OK;
        if (!fits(w, o->layout_address, o->layout_bytes)) return broken(w, header_at, "data outside the file");
        if (o->layout_bytes < byte_count) return broken(w, header_at, "less data than the variable's shape");
        return count_decoded(w, o->layout_bytes);
    }
    if (o->layout_class != 2) return PINNA_OK;
    if (o->chunk_rank != o->rank) return broken(w, header_at, "rank of a chunk");
    if (o->chunk[o->chunk_rank] != o->element_bytes) return broken(w, header_at, "element size of a chunk");
    if (product(o->chunk, o->chunk_rank + 1, 1) == UINT64_MAX) return too_much(w, "a chunk larger than 1 GiB");
    if (is_undefined(w, o->layout_address)) return PINNA_OK;
    if (o->rank > 3) hint(w, false, "a variable of four dimensions");
    hint_filters(w, o);
    note_responses(w, o);
    pinna_status status = count_decoded(w, byte_count);
    return status ? status : check_tree(w, o, o->layout_address, 0);
}

static pinna_status check_object(walker* w, uint64_t address, unsigned depth, role wanted)
{
    if (depth > MAX_DEPTH) return too_much(w, "groups within groups within groups");
    if (++w->object_count > MAX_OBJECTS) return too_much(w, "more variables than any SOFA file has");
    pinna_hdf5_bytes in = open_bytes(w, address, w->count);
    if (!in.failed && in.end - in.at > 1 && w->bytes[in.at] == 1) {
        hint(w, true, "object headers of the old HDF5 form (version 1)");
        return PINNA_OK;
    }
    if (!pinna_hdf5_signature(&in, "OHDR")) return broken(w, address, "object header");
    uint64_t version = pinna_hdf5_read(&in, 1);
    object o = {.depth = depth, .matters = wanted != ROLE_OTHER, .is_responses = wanted == ROLE_RESPONSES};
    o.header_flags = (unsigned)pinna_hdf5_read(&in, 1);
    o.link_heap = o.attribute_heap = UINT64_MAX >> (64 - 8 * w->offset_bytes);
    if (o.header_flags & 0x20) pinna_hdf5_skip(&in, 16);
    if (o.header_flags & 0x10) pinna_hdf5_skip(&in, 4);
    uint64_t byte_count = pinna_hdf5_read(&in, 1u << (o.header_flags & 3));
    if (in.failed || version != 2 || !fits(w, in.at, byte_count)) return broken(w, address, "object header");
    uint64_t end = in.at + byte_count;
    if (!checksum_matches(w, address, end)) return broken(w, address, "checksum of an object header");
    pinna_status status = read_messages(w, &o, in.at, end);
    if (!status) status = check_values(w, &o, address);
    if (!status) status = pinna_hdf5_check_heap(w, &o, o.attribute_heap, false);
    if (!status) status = pinna_hdf5_check_heap(w, &o, o.link_heap, true);
    return status;
}

/* --- the superblock --- */

typedef struct superblock {
    uint64_t base, end, root;
} superblock;

static pinna_status read_superblock(walker* w, superblock* s)
{
    pinna_hdf5_bytes in = open_bytes(w, 8, w->count);
    uint64_t version = pinna_hdf5_read(&in, 1);
    bool is_old = version < 2;
    pinna_hdf5_skip(&in, is_old ? 4 : 0);
    w->offset_bytes = (unsigned)pinna_hdf5_read(&in, 1);
    w->length_bytes = (unsigned)pinna_hdf5_read(&in, 1);
    pinna_hdf5_skip(&in, is_old ? (version == 1 ? 13 : 9) : 1);
    if (in.failed) return broken(w, 8, "superblock");
    if (version > 3) return broken(w, 8, "superblock version");
    bool sizes_known = (w->offset_bytes == 4 || w->offset_bytes == 8) && (w->length_bytes == 4 || w->length_bytes == 8);
    if (!sizes_known) return broken(w, in.at, "superblock sizes");
    s->base = pinna_hdf5_read(&in, w->offset_bytes);
    pinna_hdf5_skip(&in, w->offset_bytes);
    s->end = pinna_hdf5_read(&in, w->offset_bytes);
    if (is_old) pinna_hdf5_skip(&in, 2 * (uint64_t)w->offset_bytes);
    s->root = pinna_hdf5_read(&in, w->offset_bytes);
    if (in.failed) return broken(w, 8, "superblock");
    if (!is_old && !checksum_matches(w, 0, in.at)) return broken(w, 8, "checksum of the superblock");
    return s->base == 0 ? PINNA_OK : broken(w, 8, "base address");
}

pinna_status pinna_hdf5_check(const void* bytes, size_t byte_count, pinna_hdf5_finding* finding)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    memset(finding, 0, sizeof *finding);
    walker w = {.bytes = bytes, .count = byte_count, .finding = finding};
    finding->byte_count = byte_count;
    if (byte_count < sizeof signature || memcmp(bytes, signature, sizeof signature) != 0) {
        snprintf(finding->text, sizeof finding->text, "it is not an HDF5 file, so not SOFA");
        return PINNA_ERROR_FORMAT;
    }
    superblock s;
    pinna_status status = read_superblock(&w, &s);
    if (status) return status;
    if (s.end > byte_count) {
        snprintf(finding->text, sizeof finding->text, "it is cut off: %llu bytes of %llu are there",
                 (unsigned long long)byte_count, (unsigned long long)s.end);
        return PINNA_ERROR_FORMAT;
    }
    w.count = s.end;
    finding->byte_count = (size_t)s.end;
    w.decoded_limit = s.end * max_deflate_ratio + decoded_allowance;
    if (w.decoded_limit > max_decoded_bytes) w.decoded_limit = max_decoded_bytes;
    status = check_object(&w, s.root, 0, ROLE_OTHER);
    if (w.decoded_bytes > slow_bytes && w.decoded_bytes / slow_ratio > s.end)
        hint(&w, true, "data that unfold to many times their size");
    return status;
}
