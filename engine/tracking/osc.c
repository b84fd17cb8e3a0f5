/* SPDX-License-Identifier: MIT */
/* Source: the Open Sound Control 1.0 specification. */
#include "tracking/osc.h"

#include <math.h>

#include "tracking/bytes.h"

/* Strings are terminated and padded with zeros to a multiple of four. NULL if that does not hold. */
static const char* take_string(pinna_bytes* cursor)
{
    const uint8_t* start = cursor->data + cursor->at;
    const uint8_t* end = pinna_bytes_left(cursor) ? memchr(start, 0, pinna_bytes_left(cursor)) : NULL;
    if (!end) return NULL;
    size_t padded = ((size_t)(end - start) / 4 + 1) * 4;
    return (const char*)pinna_bytes_take(cursor, padded);
}

static double take_signed(pinna_bytes* cursor, size_t byte_count)
{
    uint64_t bits = pinna_bytes_be(cursor, byte_count);
    return byte_count == 4 ? (double)(int32_t)(uint32_t)bits : (double)(int64_t)bits;
}

static void skip_blob(pinna_bytes* cursor)
{
    size_t size = (size_t)pinna_bytes_be(cursor, 4);
    if (size > pinna_bytes_left(cursor) || size > SIZE_MAX - 3)
        cursor->overrun = true;
    else
        pinna_bytes_take(cursor, (size + 3) / 4 * 4);
}

/* One argument. Kinds that are no number are passed over and read as NaN. */
static pinna_status take_argument(pinna_bytes* cursor, char kind, double* value)
{
    *value = NAN;
    switch (kind) {
    case 'i':
        *value = take_signed(cursor, 4);
        break;
    case 'h':
        *value = take_signed(cursor, 8);
        break;
    case 'f':
        *value = (double)pinna_float_from_bits((uint32_t)pinna_bytes_be(cursor, 4));
        break;
    case 'd':
        *value = pinna_double_from_bits(pinna_bytes_be(cursor, 8));
        break;
    case 'T':
        *value = 1.0;
        break;
    case 'F':
        *value = 0.0;
        break;
    case 'N':
    case 'I':
        break;
    case 'c':
    case 'r':
    case 'm':
        pinna_bytes_take(cursor, 4);
        break;
    case 't':
        pinna_bytes_take(cursor, 8);
        break;
    case 'b':
        skip_blob(cursor);
        break;
    case 's':
    case 'S':
        return take_string(cursor) ? PINNA_OK : PINNA_ERROR_FORMAT;
    default:
        return PINNA_ERROR_FORMAT; /* of unknown length: nothing behind it can be read */
    }
    return cursor->overrun ? PINNA_ERROR_FORMAT : PINNA_OK;
}

static pinna_status read_message(pinna_bytes* cursor, pinna_osc_message* message)
{
    message->argument_count = 0;
    message->address = take_string(cursor);
    const char* kinds = take_string(cursor);
    if (!message->address || message->address[0] != '/' || !kinds || kinds[0] != ',') return PINNA_ERROR_FORMAT;
    for (kinds++; *kinds; kinds++) {
        if (*kinds == '[' || *kinds == ']') continue; /* arrays read as if they were flat */
        if (message->argument_count == PINNA_OSC_MAX_ARGUMENTS) return PINNA_ERROR_LIMIT;
        pinna_status status = take_argument(cursor, *kinds, &message->argument[message->argument_count++]);
        if (status) return status;
    }
    return pinna_bytes_left(cursor) == 0 ? PINNA_OK : PINNA_ERROR_FORMAT;
}

typedef struct walk {
    pinna_osc_reader* reader;
    bool found;
} walk;

static pinna_status take_packet(walk* state, pinna_bytes cursor, int depth);

static pinna_status take_bundle(walk* state, pinna_bytes* cursor, int depth)
{
    if (depth == PINNA_OSC_MAX_DEPTH) return PINNA_ERROR_LIMIT;
    if (!pinna_bytes_take(cursor, 16)) return PINNA_ERROR_FORMAT; /* "#bundle", time tag */
    while (pinna_bytes_left(cursor)) {
        size_t size = (size_t)pinna_bytes_be(cursor, 4);
        if (cursor->overrun || size > pinna_bytes_left(cursor)) return PINNA_ERROR_FORMAT;
        pinna_bytes inner = pinna_bytes_make(cursor->data + cursor->at, size);
        pinna_status status = take_packet(state, inner, depth + 1);
        if (status) return status;
        pinna_bytes_take(cursor, size);
    }
    return PINNA_OK;
}

static pinna_status take_packet(walk* state, pinna_bytes cursor, int depth)
{
    if (cursor.size == 0 || cursor.size % 4) return PINNA_ERROR_FORMAT;
    if (cursor.size >= 8 && memcmp(cursor.data, "#bundle", 8) == 0) return take_bundle(state, &cursor, depth);
    pinna_osc_message message;
    pinna_status status = read_message(&cursor, &message);
    if (status) return status;
    status = pinna_osc_apply(state->reader, &message);
    if (status == PINNA_ERROR_UNSUPPORTED) return PINNA_OK; /* other people's messages may travel along */
    if (status == PINNA_OK) state->found = true;
    return status;
}

pinna_status pinna_osc_read(pinna_osc_reader* reader, const void* bytes, size_t byte_count, double time_s,
                            pinna_head_sample* out)
{
    if (!reader || !bytes || !out || !isfinite(time_s)) return PINNA_ERROR_ARGUMENT;
    pinna_osc_reader next = *reader; /* a packet counts as a whole or not at all */
    walk state = {&next, false};
    pinna_status status = take_packet(&state, pinna_bytes_make(bytes, byte_count), 0);
    if (status) return status;
    if (!state.found) return PINNA_ERROR_UNSUPPORTED;
    next.latest.time_s = time_s;
    *reader = next;
    *out = next.latest;
    return PINNA_OK;
}
