/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <string.h>

void pinna_sofa_fields_release(pinna_sofa_fields* fields)
{
    if (fields->release) fields->release(fields->owner);
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
