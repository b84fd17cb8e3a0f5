/* SPDX-License-Identifier: MIT */
#include "adm_model.h"

#include <string.h>

enum { DIGITS_MAX = 9 };

static bool read_digits(const char** at, uint64_t most, uint64_t* out)
{
    uint64_t value = 0;
    const char* first = *at;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        value = 10 * value + (uint64_t)(**at - '0');
        if (value > most) return false;
    }
    *out = value;
    return *at != first;
}

/* Digits behind the point; those beyond the ninth are of no account at any sampling rate. */
static bool read_decimals(const char** at, pinna_moment* out)
{
    uint64_t numerator = 0, denominator = 1;
    int count = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        if (count++ >= DIGITS_MAX) continue;
        numerator = 10 * numerator + (uint64_t)(**at - '0');
        denominator *= 10;
    }
    out->numerator = (uint32_t)numerator;
    out->denominator = (uint32_t)denominator;
    return count > 0;
}

/* BS.2076-2: "00000.12S48000" seconds are written as n of f parts. */
static bool read_parts(const char** at, pinna_moment* out)
{
    uint64_t numerator, denominator;
    if (!read_digits(at, 999999999, &numerator) || **at != 'S') return false;
    (*at)++;
    if (!read_digits(at, 999999999, &denominator) || !denominator || numerator >= denominator) return false;
    out->numerator = (uint32_t)numerator;
    out->denominator = (uint32_t)denominator;
    return true;
}

bool pinna_adm_parse_time(const char* text, pinna_moment* out)
{
    const char* at = text + strspn(text, " \t\r\n");
    uint64_t seconds = 0, part = 0;
    *out = (pinna_moment){0, 0, 1};
    for (int colons = 0;; colons++) {
        if (!read_digits(&at, PINNA_MOMENT_MAX_S, &part) || (colons && part >= 60)) return false;
        seconds = 60 * seconds + part;
        if (*at != ':' || colons == 2) break;
        at++;
    }
    if (seconds > PINNA_MOMENT_MAX_S) return false;
    out->seconds = (uint32_t)seconds;
    if (*at == '.') {
        at++;
        bool parts = at[strspn(at, "0123456789")] == 'S';
        if (parts ? !read_parts(&at, out) : !read_decimals(&at, out)) return false;
    }
    return !at[strspn(at, " \t\r\n")];
}
