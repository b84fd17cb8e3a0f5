/* SPDX-License-Identifier: MIT */
/* The text format of AutoEq and Equalizer APO. Nothing is read outside the text, no number is left to the locale. */
#include <pinna/equalizer.h>

#include "base/number.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 32, LEFT_BIT = 1, RIGHT_BIT = 2, BOTH = LEFT_BIT | RIGHT_BIT };

typedef struct reader {
    const char *at, *end; /* of the line's rest */
    const char* name;
    uint32_t line;
    pinna_report* report;
    unsigned ears; /* which the next lines are for */
    bool any;
    pinna_equalizer eq;
} reader;

static pinna_status PINNA_PRINTF(3, 4) refuse(const reader* r, pinna_status status, const char* format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pinna_report_add(r->report, PINNA_SEVERITY_ERROR, "equalizer", "%s:%u: %s", r->name, r->line, text);
    return status;
}

/* --- words and numbers --- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool same_word(const char* a, const char* b)
{
    while (*a && lower(*a) == lower(*b)) a++, b++;
    return *a == *b;
}

/* The next word, without taking it; empty at the line's end. */
static size_t peek_word(reader* r, char word[WORD_MAX])
{
    while (r->at < r->end && is_space(*r->at)) r->at++;
    size_t length = 0, kept = 0;
    for (const char* c = r->at; c < r->end && !is_space(*c); c++) {
        if (kept + 1 < WORD_MAX) word[kept++] = *c;
        length++;
    }
    word[kept] = '\0';
    return length;
}

static bool take_word(reader* r, const char* wanted)
{
    char word[WORD_MAX];
    size_t length = peek_word(r, word);
    if (length >= WORD_MAX || !same_word(word, wanted)) return false;
    r->at += length;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Some write "5,5" for 5.5. Three digits behind the comma may be thousands as well: neither is guessed. */
static bool parse_number(char* word, double* value)
{
    char* comma = strchr(word, ',');
    if (!comma) return pinna_number_parse(word, value);
    if (strchr(word, '.') || strchr(comma + 1, ',') || strlen(comma + 1) == 3) return false;
    *comma = '.';
    bool good = pinna_number_parse(word, value);
    *comma = ',';
    return good;
}

/* A number within a range, with an optional unit behind it. */
static pinna_status take_number(reader* r, const char* what, const char* unit, double low, double high, float* out)
{
    char word[WORD_MAX];
    double value;
    size_t length = peek_word(r, word), digits = strcspn(word, "dDhH"); /* also "105Hz", "-3dB" */
    bool joined = unit && digits > 0 && digits < strlen(word) && same_word(word + digits, unit);
    if (joined) word[digits] = '\0';
    if (!length) return refuse(r, PINNA_ERROR_FORMAT, "the line ends where %s should be", what);
    if (length >= WORD_MAX || !parse_number(word, &value))
        return refuse(r, PINNA_ERROR_FORMAT, "%s should be a number, not '%s'", what, word);
    if (!(value >= low && value <= high))
        return refuse(r, PINNA_ERROR_DATA, "%s must lie between %.10g and %.10g, not %s", what, low, high, word);
    r->at += length;
    if (unit && !joined && !take_word(r, unit) && peek_word(r, word) && same_word(word, "kHz"))
        return refuse(r, PINNA_ERROR_FORMAT, "%s is given in %s, not in %s", what, unit, word);
    *out = (float)value;
    return PINNA_OK;
}

static pinna_status expect_end(reader* r)
{
    char word[WORD_MAX];
    if (!peek_word(r, word)) return PINNA_OK;
    return refuse(r, PINNA_ERROR_FORMAT, "'%s' is not expected here", word);
}

/* --- filters --- */

typedef struct kind_name {
    const char* name;
    pinna_filter_kind kind;
    pinna_filter_width default_unit;
    float default_width; /* 0: must be given */
    bool has_gain;
    bool corner; /* without Q, the frequency is the corner's */
} kind_name;

/* Equalizer APO's names and defaults. */
static const kind_name kinds[] = {
    {"PK", PINNA_FILTER_PEAK, PINNA_WIDTH_Q, 0.0f, true, false},
    {"PEQ", PINNA_FILTER_PEAK, PINNA_WIDTH_Q, 0.0f, true, false},
    {"Modal", PINNA_FILTER_PEAK, PINNA_WIDTH_Q, 0.0f, true, false},
    {"LSC", PINNA_FILTER_LOW_SHELF, PINNA_WIDTH_SLOPE, 0.9f, true, false},
    {"HSC", PINNA_FILTER_HIGH_SHELF, PINNA_WIDTH_SLOPE, 0.9f, true, false},
    {"LS", PINNA_FILTER_LOW_SHELF, PINNA_WIDTH_SLOPE, 0.9f, true, true},
    {"HS", PINNA_FILTER_HIGH_SHELF, PINNA_WIDTH_SLOPE, 0.9f, true, true},
    {"LSQ", PINNA_FILTER_LOW_SHELF, PINNA_WIDTH_Q, 0.0f, true, false},
    {"HSQ", PINNA_FILTER_HIGH_SHELF, PINNA_WIDTH_Q, 0.0f, true, false},
    {"LP", PINNA_FILTER_LOW_PASS, PINNA_WIDTH_Q, 0.70710678f, false, false},
    {"LPQ", PINNA_FILTER_LOW_PASS, PINNA_WIDTH_Q, 0.0f, false, false},
    {"HP", PINNA_FILTER_HIGH_PASS, PINNA_WIDTH_Q, 0.70710678f, false, false},
    {"HPQ", PINNA_FILTER_HIGH_PASS, PINNA_WIDTH_Q, 0.0f, false, false},
    {"BP", PINNA_FILTER_BAND_PASS, PINNA_WIDTH_Q, 0.0f, false, false},
    {"NO", PINNA_FILTER_NOTCH, PINNA_WIDTH_Q, 30.0f, false, false},
    {"AP", PINNA_FILTER_ALL_PASS, PINNA_WIDTH_Q, 0.0f, false, false},
};

static const kind_name* take_kind(reader* r)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (take_word(r, kinds[i].name)) return &kinds[i];
    return NULL;
}

/* Shelves may name their slope: "LS 6dB", "LSC 12 dB". */
static pinna_status take_slope(reader* r, pinna_filter* f)
{
    char word[WORD_MAX];
    float db_per_octave;
    if (f->width_unit != PINNA_WIDTH_SLOPE || !peek_word(r, word) || !is_digit(word[0])) return PINNA_OK;
    pinna_status status = take_number(r, "the slope", "dB", 0.1, 1000.0, &db_per_octave);
    if (!status) f->width = db_per_octave / 12.0f;
    return status;
}

static pinna_status take_width(reader* r, const kind_name* kind, pinna_filter* f)
{
    if (take_word(r, "Q")) {
        f->width_unit = PINNA_WIDTH_Q;
        return take_number(r, "Q", NULL, 0.001, 1000.0, &f->width);
    }
    if (take_word(r, "BW")) {
        f->width_unit = PINNA_WIDTH_OCTAVES;
        if (!take_word(r, "Oct")) return refuse(r, PINNA_ERROR_FORMAT, "BW must be followed by Oct and a number");
        return take_number(r, "the bandwidth", NULL, 0.001, 100.0, &f->width);
    }
    if (f->width == 0.0f) {
        char word[WORD_MAX];
        peek_word(r, word);
        return refuse(r, PINNA_ERROR_FORMAT, "%s needs a Q%s%s%s", kind->name, word[0] ? ", not '" : " at its end",
                      word, word[0] ? "'" : "");
    }
    return PINNA_OK;
}

/* Equalizer APO places a shelf given by its corner so that the shelf ends there. */
static void move_corner(const kind_name* kind, pinna_filter* f)
{
    if (!kind->corner || f->width_unit != PINNA_WIDTH_SLOPE) return;
    double factor = pow(10.0, fabs((double)f->gain_db) / 80.0 / (double)f->width);
    double moved = kind->kind == PINNA_FILTER_LOW_SHELF ? (double)f->frequency_hz * factor
                                                        : (double)f->frequency_hz / factor;
    f->frequency_hz = (float)fmin(fmax(moved, 1.0), 200000.0);
}

static pinna_status add_filter(reader* r, const pinna_filter* f)
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        pinna_equalizer_ear* e = &r->eq.ears[ear];
        if (!(r->ears & ((unsigned)LEFT_BIT << ear))) continue;
        if (e->filter_count == PINNA_EQUALIZER_MAX_FILTERS)
            return refuse(r, PINNA_ERROR_LIMIT, "more than %d filters for one ear", PINNA_EQUALIZER_MAX_FILTERS);
        e->filters[e->filter_count++] = *f;
    }
    r->any = true;
    return PINNA_OK;
}

static pinna_status read_filter(reader* r)
{
    char word[WORD_MAX];
    if (take_word(r, "OFF")) return PINNA_OK;
    if (!take_word(r, "ON")) {
        peek_word(r, word);
        return refuse(r, PINNA_ERROR_FORMAT, "a filter is ON or OFF, not '%s'", word);
    }
    if (take_word(r, "None")) return PINNA_OK;
    const kind_name* kind = take_kind(r);
    if (!kind) {
        peek_word(r, word);
        return refuse(r, PINNA_ERROR_FORMAT, "there is no kind of filter '%s'; known are PK, LS, LSC, HS, HSC, LP, HP, "
                      "BP, NO and AP", word);
    }
    pinna_filter f = {.kind = kind->kind, .width_unit = kind->default_unit, .width = kind->default_width};
    pinna_status status = take_slope(r, &f);
    if (!status && !take_word(r, "Fc")) status = refuse(r, PINNA_ERROR_FORMAT, "the frequency is missing: Fc ... Hz");
    if (!status) status = take_number(r, "Fc", "Hz", 1.0, 200000.0, &f.frequency_hz);
    if (!status && kind->has_gain && !take_word(r, "Gain"))
        status = refuse(r, PINNA_ERROR_FORMAT, "the gain is missing: Gain ... dB");
    if (!status && kind->has_gain) status = take_number(r, "Gain", "dB", -60.0, 60.0, &f.gain_db);
    if (!status) status = take_width(r, kind, &f);
    if (!status) status = expect_end(r);
    if (status) return status;
    move_corner(kind, &f);
    return add_filter(r, &f);
}

/* --- other lines --- */

static pinna_status read_preamp(reader* r)
{
    float db;
    pinna_status status = take_number(r, "the preamp", "dB", -120.0, 60.0, &db);
    if (!status) status = expect_end(r);
    for (int ear = 0; ear < PINNA_EAR_COUNT && !status; ear++) {
        if (!(r->ears & ((unsigned)LEFT_BIT << ear))) continue;
        r->eq.ears[ear].preamp_db += db;
        if (!(r->eq.ears[ear].preamp_db >= -120.0f && r->eq.ears[ear].preamp_db <= 60.0f))
            status = refuse(r, PINNA_ERROR_DATA, "the preamps add up to less than -120 or more than 60 dB");
    }
    r->any = true;
    return status;
}

static pinna_status read_channels(reader* r)
{
    char word[WORD_MAX];
    unsigned ears = 0;
    while (peek_word(r, word)) {
        if (take_word(r, "all"))
            ears |= BOTH;
        else if (take_word(r, "L") || take_word(r, "1"))
            ears |= LEFT_BIT;
        else if (take_word(r, "R") || take_word(r, "2"))
            ears |= RIGHT_BIT;
        else
            return refuse(r, PINNA_ERROR_FORMAT, "channels are L, R and all, not '%s'", word);
    }
    if (!ears) return refuse(r, PINNA_ERROR_FORMAT, "the line ends where a channel should be: L, R or all");
    r->ears = ears;
    return PINNA_OK;
}

/* Takes "Word:" or "Word 12:" from the line's beginning. */
static bool take_command(reader* r, const char* name)
{
    const char *colon = memchr(r->at, ':', (size_t)(r->end - r->at)), *c = r->at;
    if (!colon) return false;
    for (; *name; name++, c++)
        if (c == colon || lower(*c) != lower(*name)) return false;
    for (; c < colon; c++)
        if (!is_space(*c) && !is_digit(*c)) return false;
    r->at = colon + 1;
    return true;
}

/* What Room EQ Wizard writes above its filters. */
static bool is_heading(const reader* r)
{
    static const char* const beginnings[] = {"Filter Settings file", "Room EQ V", "Dated:", "Notes:", "Equaliser:",
                                             "Equalizer:", "Average "};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        size_t length = strlen(beginnings[i]);
        if ((size_t)(r->end - r->at) >= length && !memcmp(r->at, beginnings[i], length)) return true;
    }
    return false;
}

static pinna_status read_line(reader* r)
{
    static const char* const others[] = {"GraphicEQ", "Convolution", "Copy", "Delay", "Device", "Include",
                                         "Stage", "If", "ElseIf", "Else", "EndIf", "Eval"};
    char word[WORD_MAX];
    if (!peek_word(r, word) || word[0] == '#' || is_heading(r)) return PINNA_OK;
    if (take_command(r, "Filter")) return read_filter(r);
    if (take_command(r, "Preamp")) return read_preamp(r);
    if (take_command(r, "Channel")) return read_channels(r);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (take_command(r, others[i]))
            return refuse(r, PINNA_ERROR_UNSUPPORTED, "%s is not supported; of AutoEq take the ParametricEQ file",
                          others[i]);
    return refuse(r, PINNA_ERROR_FORMAT, "'%s' begins no line known: Preamp:, Filter ...: or Channel:", word);
}

/* Lines end with a line feed, a carriage return, or both. */
static const char* line_end(const char* at, const char* end)
{
    while (at < end && *at != '\n' && *at != '\r') at++;
    return at;
}

static bool is_utf16(const char* text, size_t byte_count)
{
    return byte_count >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2));
}

pinna_status pinna_equalizer_parse(const char* text, size_t byte_count, const char* name, pinna_report* report,
                                   pinna_equalizer* out)
{
    if (!text || !out) return PINNA_ERROR_ARGUMENT;
    reader r = {.name = name ? name : "equalizer", .report = report, .ears = BOTH};
    const char *at = text, *end = text + byte_count;
    if (byte_count >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) at += 3;
    if (is_utf16(text, byte_count)) {
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "equalizer", "%s: is UTF-16; save it as UTF-8 or plain text",
                         r.name);
        return PINNA_ERROR_FORMAT;
    }
    pinna_status status = PINNA_OK;
    while (at < end && !status) {
        r.line++;
        r.at = at;
        r.end = line_end(at, end);
        status = read_line(&r);
        at = r.end < end ? r.end + 1 : end;
        if (r.end < end && *r.end == '\r' && at < end && *at == '\n') at++;
    }
    if (!status && !r.any) {
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "equalizer",
                         "%s: holds no filter and no preamp; is this an AutoEq or Equalizer APO file?", r.name);
        status = PINNA_ERROR_DATA;
    }
    if (!status) *out = r.eq;
    return status;
}
