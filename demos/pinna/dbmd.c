/* SPDX-License-Identifier: MIT */
#include "dbmd.h"

/*
 * Little-endian. A version of four bytes, then segments: id, size (16 bits), payload, checksum; an id of 0 ends them.
 * Segment 10 holds a word to recognise it by, the count of elements (16 bits), a byte kept free, nine descriptions of
 * downmixes of 15 bytes, and two bytes for each element's sake: whether downmixes pass it by, then its headphone mode
 * in three bits. (As read by Dolby's own dbmd_atmos_parse.c and by MediaInfo; there is no public text.)
 */
enum {
    VERSION_BYTES = 4,
    SEGMENT_HEADER_BYTES = 3,
    SUPPLEMENT_ID = 10,
    SUPPLEMENT_HEADER_BYTES = 7,
    TRIM_BYTES = 9 * 15,
    MODE_MASK = 7
};

static const unsigned char supplement_sync[4] = {0xBD, 0x6F, 0x72, 0xF8};

static bool has_sync(const unsigned char* payload)
{
    for (int i = 0; i < 4; i++)
        if (payload[i] != supplement_sync[i]) return false;
    return true;
}

static bool read_supplement(const unsigned char* payload, size_t size, pinna_dbmd* out)
{
    if (size < SUPPLEMENT_HEADER_BYTES || !has_sync(payload)) return false;
    size_t count = (size_t)payload[4] | (size_t)payload[5] << 8, before = SUPPLEMENT_HEADER_BYTES + TRIM_BYTES + count;
    if (count > PINNA_DBMD_ELEMENT_MAX || size < before + count) return false;
    out->element_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        unsigned mode = payload[before + i] & MODE_MASK;
        out->modes[i] = (unsigned char)(mode < PINNA_DBMD_MODE_COUNT ? mode : PINNA_DBMD_NOT_INDICATED);
    }
    return true;
}

/* Size, payload and checksum add up to nothing, modulo 256. */
static bool adds_up(const unsigned char* segment, size_t size)
{
    unsigned sum = (unsigned)size;
    for (size_t i = 0; i <= size; i++)
        sum += segment[SEGMENT_HEADER_BYTES + i];
    return !(sum & 0xFF);
}

static bool parse(const unsigned char* bytes, size_t size, pinna_dbmd* out)
{
    if (size < VERSION_BYTES) return false;
    for (size_t at = VERSION_BYTES; at < size && bytes[at];) {
        if (size - at < SEGMENT_HEADER_BYTES) return false;
        size_t length = (size_t)bytes[at + 1] | (size_t)bytes[at + 2] << 8;
        if (size - at - SEGMENT_HEADER_BYTES < length + 1 || !adds_up(bytes + at, length)) return false;
        bool supplement = bytes[at] == SUPPLEMENT_ID;
        if (supplement && !read_supplement(bytes + at + SEGMENT_HEADER_BYTES, length, out)) return false;
        at += SEGMENT_HEADER_BYTES + length + 1;
    }
    return true;
}

bool pinna_dbmd_parse(const unsigned char* bytes, size_t size, pinna_dbmd* out)
{
    *out = (pinna_dbmd){0};
    if (parse(bytes, size, out)) return true;
    *out = (pinna_dbmd){0};
    return false;
}
