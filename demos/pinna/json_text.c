/* SPDX-License-Identifier: MIT */
#include "json_text.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of the character at text; 0 where they are none. What is one, the library says that writes it. */
static size_t character_bytes(const char* text)
{
    for (size_t length = 1; length <= 4 && text[length - 1]; length++) {
        json_t* character = json_stringn(text, length);
        json_decref(character);
        if (character) return length;
    }
    return 0;
}

json_t* pinna_json_text(const char* text)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    json_t* whole = text ? json_string(text) : json_null();
    if (whole) return whole;
    char* mended = malloc(3 * strlen(text) + 1);
    size_t used = 0;
    while (mended && *text) {
        size_t length = character_bytes(text);
        memcpy(mended + used, length ? text : replacement, length ? length : 3);
        used += length ? length : 3;
        text += length ? length : 1;
    }
    if (mended) whole = json_stringn(mended, used);
    free(mended);
    return whole;
}
