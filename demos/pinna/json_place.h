/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_JSON_PLACE_H
#define PINNA_DEMOS_JSON_PLACE_H

#include <pinna/base.h>

/* Where in a JSON text a value stands. The parser reports places of broken syntax only; this finds those of values that
   are well-formed and wrong. */

/** One step down: into an object by key, or into an array by index where key is NULL. */
typedef struct pinna_json_step {
    const char* key;
    size_t index;
} pinna_json_step;

typedef struct pinna_json_place {
    uint32_t line, column; /**< From 1; columns count characters. */
} pinna_json_place;

/**
 * @param text  JSON that has been parsed without error, ending with a zero byte.
 * @return The place of the value's first character, or of its key if the last step names one and at_key is true. Where
 *         a step leads nowhere, the place of the value above it.
 */
pinna_json_place pinna_json_find(const char* text, const pinna_json_step* steps, size_t step_count, bool at_key);

/** The place of a character of the text. */
pinna_json_place pinna_json_place_of(const char* text, const char* at);

/** From an opening quote to behind the closing one, or to the zero byte where there is none. */
const char* pinna_json_skip_string(const char* at);

#endif
