/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "tracking/sample.h"

typedef struct line {
    const char* at;
    const char* end;
} line;

static bool is_digit(const line* text)
{
    return text->at < text->end && *text->at >= '0' && *text->at <= '9';
}

static bool skip(line* text, char c)
{
    if (text->at == text->end || *text->at != c) return false;
    text->at++;
    return true;
}

static void skip_blanks(line* text)
{
    while (skip(text, ' ') || skip(text, '\t')) {
    }
}

/* Digits add to value; returns how many there were. Further digits than 300 would leave the range of a double. */
static int read_digits(line* text, double* value)
{
    int count = 0;
    for (; is_digit(text); text->at++) {
        if (++count > 300) return 0;
        *value = *value * 10.0 + (*text->at - '0');
    }
    return count;
}

static bool read_exponent(line* text, double* value)
{
    if (!skip(text, 'e') && !skip(text, 'E')) return true;
    bool negative = skip(text, '-');
    if (!negative) skip(text, '+');
    double exponent = 0.0;
    if (!read_digits(text, &exponent)) return false;
    *value *= pow(10.0, fmin(exponent, 400.0) * (negative ? -1.0 : 1.0));
    return true;
}

/* strtod would follow the locale, and look past the end of the line. */
static bool read_number(line* text, double* out)
{
    skip_blanks(text);
    bool negative = skip(text, '-');
    if (!negative) skip(text, '+');
    double value = 0.0;
    int whole = read_digits(text, &value), fraction = 0;
    if (skip(text, '.')) fraction = read_digits(text, &value);
    if (whole + fraction == 0 || whole + fraction > 300) return false;
    value *= pow(10.0, -fraction);
    if (!read_exponent(text, &value)) return false;
    skip_blanks(text);
    *out = negative ? -value : value;
    return true;
}

/* Letters of a header, as opposed to a broken line of numbers. */
static bool is_header(const line* text)
{
    return text->at == text->end || (*text->at >= 'a' && *text->at <= 'z' && *text->at != 'n' && *text->at != 'i') ||
           *text->at == '#';
}

pinna_status pinna_head_read_csv(const char* bytes, size_t byte_count, pinna_head_sample* out)
{
    if (!bytes || !out) return PINNA_ERROR_ARGUMENT;
    line text = {bytes, bytes + byte_count};
    while (text.end > text.at && (text.end[-1] == '\n' || text.end[-1] == '\r'))
        text.end--;
    skip_blanks(&text);
    if (is_header(&text)) return PINNA_ERROR_UNSUPPORTED;
    double value[4];
    for (int i = 0; i < 4; i++) {
        if (i && !skip(&text, ',')) return PINNA_ERROR_FORMAT;
        if (!read_number(&text, &value[i])) return PINNA_ERROR_FORMAT;
    }
    if (text.at != text.end) return PINNA_ERROR_FORMAT;
    if (!pinna_head_in_range(value[0], 1e12)) return PINNA_ERROR_DATA;
    pinna_quat orientation;
    pinna_status status = pinna_head_from_angles(value + 1, PINNA_TURN_YPR, &orientation);
    if (status) return status;
    *out = (pinna_head_sample){.time_s = value[0], .orientation = orientation};
    return PINNA_OK;
}
