/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TRACKING_BYTES_H
#define PINNA_TRACKING_BYTES_H

#include <pinna/base.h>

#include <string.h>

/* The one way our parsers touch untrusted bytes. A read past the end gives zero and sets `overrun`; nothing outside
   [data, data + size) is ever looked at. */
typedef struct pinna_bytes {
    const uint8_t* data;
    size_t size;
    size_t at;
    bool overrun;
} pinna_bytes;

static inline pinna_bytes pinna_bytes_make(const void* data, size_t size)
{
    return (pinna_bytes){data, size, 0, false};
}

static inline size_t pinna_bytes_left(const pinna_bytes* bytes)
{
    return bytes->size - bytes->at;
}

/* The next `count` bytes, or NULL. */
static inline const uint8_t* pinna_bytes_take(pinna_bytes* bytes, size_t count)
{
    if (count > pinna_bytes_left(bytes)) {
        bytes->overrun = true;
        return NULL;
    }
    const uint8_t* start = bytes->data + bytes->at;
    bytes->at += count;
    return start;
}

static inline uint64_t pinna_bytes_le(pinna_bytes* bytes, size_t count)
{
    const uint8_t* p = pinna_bytes_take(bytes, count);
    uint64_t value = 0;
    for (size_t i = 0; p && i < count; i++)
        value |= (uint64_t)p[i] << (8 * i);
    return value;
}

static inline uint64_t pinna_bytes_be(pinna_bytes* bytes, size_t count)
{
    const uint8_t* p = pinna_bytes_take(bytes, count);
    uint64_t value = 0;
    for (size_t i = 0; p && i < count; i++)
        value = value << 8 | p[i];
    return value;
}

static inline double pinna_double_from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float pinna_float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
