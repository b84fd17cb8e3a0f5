/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_JSON_READER_H
#define PINNA_DEMOS_JSON_READER_H

#include "json_place.h"

#include <jansson.h>

/*
 * Reads values out of a JSON text that nobody vouches for. Every refusal names the file, the line and the column, and
 * what is wrong there. Depth and count of values are limited before anything is built of them.
 */

enum { PINNA_JSON_DEPTH_MAX = 16, PINNA_JSON_VALUE_MAX = 2000000 };

/** Where the reader is. */
typedef struct pinna_json_reader {
    const char* name; /**< What messages call the file. */
    const char* text;
    pinna_report* report;
    pinna_json_step steps[PINNA_JSON_DEPTH_MAX];
    size_t depth;
} pinna_json_reader;

/** Parses the reader's text. Duplicate keys are refused. @param out Free with json_decref. */
PINNA_NODISCARD pinna_status pinna_json_parse(pinna_json_reader* reader, json_t** out);

void pinna_json_enter_key(pinna_json_reader* reader, const char* key);
void pinna_json_enter_element(pinna_json_reader* reader, size_t index);
void pinna_json_leave(pinna_json_reader* reader);

/** Refuses the value the reader is at. Returns PINNA_ERROR_DATA. */
pinna_status pinna_json_refuse(pinna_json_reader* reader, const char* format, ...) PINNA_PRINTF(2, 3);

/** Refuses a member of the object the reader is at. */
pinna_status pinna_json_refuse_key(pinna_json_reader* reader, const char* key, const char* format, ...)
    PINNA_PRINTF(3, 4);

/** Refuses what is no object, and members of other names: a misspelt key would be a setting silently not made.
    @param known Ends with NULL. */
PINNA_NODISCARD pinna_status pinna_json_check_keys(pinna_json_reader* reader, json_t* object, const char* const* known);

/* Members of an object. One that is not there leaves out as it is. */

PINNA_NODISCARD pinna_status pinna_json_read_number(pinna_json_reader* reader, json_t* object, const char* key,
                                                    double minimum, double maximum, double* out);
PINNA_NODISCARD pinna_status pinna_json_read_count(pinna_json_reader* reader, json_t* object, const char* key,
                                                   uint32_t minimum, uint32_t maximum, uint32_t* out);
PINNA_NODISCARD pinna_status pinna_json_read_bool(pinna_json_reader* reader, json_t* object, const char* key,
                                                  bool* out);

/** @param out Free it. NULL before. */
PINNA_NODISCARD pinna_status pinna_json_read_text(pinna_json_reader* reader, json_t* object, const char* key,
                                                  char** out);

/** @param choices Ends with NULL. @param out The index into them. */
PINNA_NODISCARD pinna_status pinna_json_read_choice(pinna_json_reader* reader, json_t* object, const char* key,
                                                    const char* const* choices, uint32_t* out);

#endif
