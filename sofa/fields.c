/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char* name;
    size_t offset;
    bool is_exact;
} names[PINNA_SOFA_FIELD_COUNT] = {
    {"Data.IR", offsetof(pinna_sofa_fields, impulse_responses), false},
    {"Data.Real", offsetof(pinna_sofa_fields, real), false},
    {"Data.Imag", offsetof(pinna_sofa_fields, imaginary), false},
    {"Data.Mag", offsetof(pinna_sofa_fields, magnitude), false},
    {"Data.Phase", offsetof(pinna_sofa_fields, phase), false},
    {"N", offsetof(pinna_sofa_fields, frequencies), true},
    {"Data.SOS", offsetof(pinna_sofa_fields, sections), true},
    {"Data.SamplingRate", offsetof(pinna_sofa_fields, sampling_rate), false},
    {"Data.Delay", offsetof(pinna_sofa_fields, delays), false},
    {"SourcePosition", offsetof(pinna_sofa_fields, source_position), false},
    {"SourceView", offsetof(pinna_sofa_fields, source_view), false},
    {"SourceUp", offsetof(pinna_sofa_fields, source_up), false},
    {"ListenerPosition", offsetof(pinna_sofa_fields, listener_position), false},
    {"ListenerView", offsetof(pinna_sofa_fields, listener_view), false},
    {"ListenerUp", offsetof(pinna_sofa_fields, listener_up), false},
    {"EmitterPosition", offsetof(pinna_sofa_fields, emitter_position), false},
    {"EmitterView", offsetof(pinna_sofa_fields, emitter_view), false},
    {"EmitterUp", offsetof(pinna_sofa_fields, emitter_up), false},
    {"ReceiverPosition", offsetof(pinna_sofa_fields, receiver_position), false},
};

/* What writers call variables who do not follow AES69. */
static const char* const other_names[][2] = {
    {"IR", "Data.IR"},
    {"SamplingRate", "Data.SamplingRate"},
    {"Data.Fs", "Data.SamplingRate"},
    {"Fs", "Data.SamplingRate"},
    {"Data.Magnitude", "Data.Mag"},
    {"Data.Abs", "Data.Mag"},
    {"Data.Arg", "Data.Phase"},
    {"Data.Angle", "Data.Phase"},
};

static const struct {
    const char* name;
    size_t offset;
} texts[] = {
    {"SOFAConventions", offsetof(pinna_sofa_info, convention)},
    {"SOFAConventionsVersion", offsetof(pinna_sofa_info, convention_version)},
    {"DataType", offsetof(pinna_sofa_info, data_type)},
    {"RoomType", offsetof(pinna_sofa_info, room_type)},
    {"Title", offsetof(pinna_sofa_info, title)},
    {"DatabaseName", offsetof(pinna_sofa_info, database)},
    {"ListenerShortName", offsetof(pinna_sofa_info, listener)},
    {"Organization", offsetof(pinna_sofa_info, organization)},
    {"License", offsetof(pinna_sofa_info, license)},
    {"AuthorContact", offsetof(pinna_sofa_info, author)},
    {"References", offsetof(pinna_sofa_info, references)},
    {"Comment", offsetof(pinna_sofa_info, comment)},
    {"DateCreated", offsetof(pinna_sofa_info, date)},
};

static char plain(char c)
{
    return (char)(c == '_' ? '.' : tolower((unsigned char)c));
}

/* Some writers' names differ from AES69's in case alone, or in the dot, which many languages do not allow in names. */
static bool same_name(const char* a, const char* b)
{
    while (*a && plain(*a) == plain(*b)) a++, b++;
    return *a == *b;
}

int pinna_sofa_field_find(const char* variable_name)
{
    const char* name = variable_name;
    for (size_t i = 0; i < sizeof other_names / sizeof other_names[0]; i++)
        if (same_name(other_names[i][0], variable_name)) name = other_names[i][1];
    for (int i = 0; i < PINNA_SOFA_FIELD_COUNT; i++)
        if (same_name(names[i].name, name)) return i;
    return -1;
}

const char* pinna_sofa_rate_name(int number)
{
    static const char* const rates[] = {"Data.SamplingRate", "SamplingRate",      "Data_SamplingRate", "SampleRate",
                                        "Sampling_Rate",     "SamplingFrequency", "Fs",                "fs", NULL};
    return rates[number];
}

void pinna_sofa_keep_rate(pinna_sofa_fields* fields, const char* place, const char* text)
{
    if (fields->rate_text[0] || !text) return;
    pinna_sofa_copy_text(fields->rate_text, sizeof fields->rate_text, text);
    pinna_sofa_copy_text(fields->rate_place, sizeof fields->rate_place, place);
}

const char* pinna_sofa_field_name(int field)
{
    return names[field].name;
}

bool pinna_sofa_field_is_exact(int field)
{
    return names[field].is_exact;
}

pinna_sofa_array* pinna_sofa_field_of(pinna_sofa_fields* fields, int field)
{
    return (pinna_sofa_array*)((char*)fields + names[field].offset);
}

char* pinna_sofa_text_of(pinna_sofa_info* info, const char* attribute_name)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (same_name(texts[i].name, attribute_name)) return (char*)info + texts[i].offset;
    return NULL;
}

const char* pinna_sofa_text_name(int text)
{
    return text >= 0 && (size_t)text < sizeof texts / sizeof texts[0] ? texts[text].name : NULL;
}

char pinna_sofa_axis(const char* dimension_name)
{
    char letter = (char)toupper((unsigned char)dimension_name[0]);
    return letter && !dimension_name[1] && strchr("MRENCI", letter) ? letter : '?';
}

void pinna_sofa_fields_release(pinna_sofa_fields* fields)
{
    if (fields->release) fields->release(fields->owner);
    free(fields->made);
    memset(fields, 0, sizeof *fields);
}

/* Length of the UTF-8 character at text, or 0 where the bytes are none. */
static size_t utf8_length(const unsigned char* text)
{
    static const unsigned char least_second[5] = {0x80, 0x80, 0x80, 0xA0, 0x90}; /* shuts out overlong forms */
    size_t length = text[0] < 0x80 ? 1 : text[0] >= 0xC2 && text[0] < 0xE0 ? 2 : (text[0] & 0xF0) == 0xE0 ? 3 :
                    text[0] >= 0xF0 && text[0] < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80) return 0;
    bool starts_low = text[0] == 0xE0 || text[0] == 0xF0;
    if (length > 1 && starts_low && text[1] < least_second[length]) return 0;
    if (text[0] == 0xED && text[1] >= 0xA0) return 0; /* surrogates */
    if (text[0] == 0xF4 && text[1] >= 0x90) return 0; /* beyond U+10FFFF */
    return length;
}

/* Old files write Latin-1, where every byte is a character of its own. */
static size_t from_latin1(unsigned char byte, char out[2])
{
    out[0] = (char)(byte < 0x80 ? byte : 0xC0 | byte >> 6);
    out[1] = (char)(0x80 | (byte & 0x3F));
    return byte < 0x80 ? 1 : 2;
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || (byte >= 0x7F && byte < 0xA0);
}

void pinna_sofa_copy_text(char* out, size_t out_bytes, const char* text)
{
    size_t used = 0;
    const unsigned char* in = (const unsigned char*)(text ? text : "");
    while (*in) {
        size_t length = utf8_length(in);
        char converted[2];
        const char* piece = (const char*)in;
        size_t piece_bytes = length;
        if (length <= 1) {
            piece_bytes = from_latin1(is_control(*in) ? ' ' : *in, converted);
            piece = converted;
        }
        if (used + piece_bytes >= out_bytes) break;
        memcpy(out + used, piece, piece_bytes);
        used += piece_bytes;
        in += length ? length : 1;
    }
    while (used > 0 && out[used - 1] == ' ') used--;
    out[used] = '\0';
}

/* UTF-8 of a character; what is none becomes a question mark. */
static size_t put_utf8(unsigned long code, char out[4])
{
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = '?';
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length; i-- > 1; code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(length == 1 ? code : (0xF00ul >> length & 0xFF) | code);
    return length;
}

static char* new_text(size_t character_count)
{
    return character_count > SIZE_MAX / 4 - 1 ? NULL : calloc(4 * character_count + 1, 1);
}

char* pinna_sofa_text_of_codes(const long long* codes, size_t count)
{
    char* text = new_text(count);
    size_t used = 0;
    for (size_t i = 0; text && i < count && codes[i]; i++)
        used += put_utf8(codes[i] < 0 ? '?' : (unsigned long)codes[i], text + used);
    return text;
}

/* Position of the low byte of each pair where text is UTF-16, or -1. */
static int low_byte_of(const unsigned char* bytes, size_t byte_count)
{
    if (byte_count < 4 || byte_count % 2) return -1;
    if (bytes[0] == 0xFF && bytes[1] == 0xFE) return 0;
    if (bytes[0] == 0xFE && bytes[1] == 0xFF) return 1;
    size_t zeros[2] = {0, 0};
    for (size_t i = 0; i < byte_count; i++) zeros[i % 2] += bytes[i] == 0;
    if (bytes[0] && !bytes[1] && bytes[2] && zeros[1] > byte_count / 4) return 0;
    return bytes[1] && !bytes[0] && bytes[3] && zeros[0] > byte_count / 4 ? 1 : -1;
}

char* pinna_sofa_text_of_bytes(const char* bytes, size_t byte_count)
{
    const unsigned char* in = (const unsigned char*)bytes;
    int low = low_byte_of(in, byte_count);
    char* text = new_text(byte_count);
    size_t used = 0;
    if (text && low < 0) memcpy(text, bytes, byte_count);
    for (size_t i = 0; text && low >= 0 && i < byte_count; i += 2) {
        unsigned long code = in[i + (size_t)low] | (unsigned long)in[i + 1 - (size_t)low] << 8;
        if (code == 0) break;
        if (code != 0xFEFF) used += put_utf8(code, text + used);
    }
    return text;
}
