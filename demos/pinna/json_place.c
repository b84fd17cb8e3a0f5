/* SPDX-License-Identifier: MIT */
#include "json_place.h"

#include <string.h>

/* The text is known to be well-formed, so a scan needs no more than strings and brackets; it stops at the zero byte
   whatever happens. */

static const char* skip_space(const char* at)
{
    return at + strspn(at, " \t\r\n");
}

const char* pinna_json_skip_string(const char* at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1]) at++;
    return *at ? at + 1 : at;
}

static const char* skip_value(const char* at)
{
    size_t depth = 0;
    for (at = skip_space(at); *at; at++) {
        if (*at == '"') {
            at = pinna_json_skip_string(at) - 1;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            if (!depth) return at;
            depth--;
        } else if (*at == ',' && !depth) {
            return at;
        }
    }
    return at;
}

static bool key_is(const char* at, const char* key)
{
    size_t length = strlen(key);
    return *at == '"' && !strncmp(at + 1, key, length) && at[length + 1] == '"';
}

/* To the member's key. NULL where there is none. */
static const char* find_key(const char* at, const char* key)
{
    if (*at != '{') return NULL;
    for (at = skip_space(at + 1); *at == '"'; at = skip_space(at + 1)) {
        if (key_is(at, key)) return at;
        at = skip_space(pinna_json_skip_string(at));
        at = skip_value(*at ? at + 1 : at);
        if (*at != ',') return NULL;
    }
    return NULL;
}

static const char* find_element(const char* at, size_t index)
{
    if (*at != '[') return NULL;
    for (at = skip_space(at + 1); index; index--) {
        at = skip_value(at);
        if (*at != ',') return NULL;
        at = skip_space(at + 1);
    }
    return at;
}

pinna_json_place pinna_json_place_of(const char* text, const char* at)
{
    pinna_json_place place = {1, 1};
    for (; text < at; text++) {
        bool continues_character = ((unsigned char)*text & 0xC0) == 0x80;
        if (*text == '\n') {
            place.line++;
            place.column = 1;
        } else if (!continues_character) {
            place.column++;
        }
    }
    return place;
}

pinna_json_place pinna_json_find(const char* text, const pinna_json_step* steps, size_t step_count, bool at_key)
{
    const char* at = skip_space(text);
    for (size_t i = 0; i < step_count; i++) {
        const char* next = steps[i].key ? find_key(at, steps[i].key) : find_element(at, steps[i].index);
        if (!next) break;
        if (steps[i].key && at_key && i + 1 == step_count) return pinna_json_place_of(text, next);
        if (steps[i].key) {
            next = skip_space(pinna_json_skip_string(next));
            next = skip_space(*next ? next + 1 : next);
        }
        at = next;
    }
    return pinna_json_place_of(text, at);
}
