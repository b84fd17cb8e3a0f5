/* SPDX-License-Identifier: MIT */
#include "json_reader.h"
#include "cli.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- refusing ----------------------------------------------------------------------------------------------------- */

static pinna_status refuse_at(const pinna_json_reader* r, pinna_json_place place, const char* format, va_list arguments)
{
    char text[400];
    vsnprintf(text, sizeof text, format, arguments);
    pinna_report_add(r->report, PINNA_SEVERITY_ERROR, "scene", "%s:%u:%u: %s", r->name, place.line, place.column, text);
    return PINNA_ERROR_DATA;
}

pinna_status pinna_json_refuse(pinna_json_reader* r, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pinna_status status = refuse_at(r, pinna_json_find(r->text, r->steps, r->depth, false), format, arguments);
    va_end(arguments);
    return status;
}

pinna_status pinna_json_refuse_key(pinna_json_reader* r, const char* key, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pinna_json_enter_key(r, key);
    pinna_status status = refuse_at(r, pinna_json_find(r->text, r->steps, r->depth, true), format, arguments);
    pinna_json_leave(r);
    va_end(arguments);
    return status;
}

/* --- parsing ------------------------------------------------------------------------------------------------------ */

static pinna_status PINNA_PRINTF(3, 4) refuse_text(const pinna_json_reader* r, const char* at, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pinna_status status = refuse_at(r, pinna_json_place_of(r->text, at), format, arguments);
    va_end(arguments);
    return status;
}

/* What the parser would build takes some hundred bytes for each value, however short its text is. Every value but the
   first has a bracket or a comma before it. */
static pinna_status check_size(const pinna_json_reader* r)
{
    size_t depth = 0, value_count = 0;
    for (const char* at = r->text; *at; at++) {
        if (*at == '"') {
            at = pinna_json_skip_string(at) - 1;
            continue;
        }
        bool opens = *at == '{' || *at == '[';
        value_count += opens || *at == ',';
        if (opens) depth++;
        if ((*at == '}' || *at == ']') && depth) depth--;
        if (depth > PINNA_JSON_DEPTH_MAX)
            return refuse_text(r, at, "brackets are nested deeper than %d levels; is this a scene?",
                               PINNA_JSON_DEPTH_MAX);
        if (value_count > PINNA_JSON_VALUE_MAX)
            return refuse_text(r, at, "more than %d values; long trajectories belong into CSV files",
                               PINNA_JSON_VALUE_MAX);
    }
    return PINNA_OK;
}

pinna_status pinna_json_parse(pinna_json_reader* r, json_t** out)
{
    json_error_t error;
    *out = NULL;
    pinna_status status = check_size(r);
    if (status) return status;
    *out = json_loads(r->text, JSON_REJECT_DUPLICATES, &error);
    if (*out) return PINNA_OK;
    pinna_report_add(r->report, PINNA_SEVERITY_ERROR, "scene", "%s:%d:%d: %s", r->name, error.line, error.column,
                     error.text);
    return PINNA_ERROR_FORMAT;
}

void pinna_json_enter_key(pinna_json_reader* r, const char* key)
{
    r->steps[r->depth++] = (pinna_json_step){.key = key};
}

void pinna_json_enter_element(pinna_json_reader* r, size_t index)
{
    r->steps[r->depth++] = (pinna_json_step){.index = index};
}

void pinna_json_leave(pinna_json_reader* r)
{
    r->depth--;
}

/* --- values ------------------------------------------------------------------------------------------------------- */

pinna_status pinna_json_check_keys(pinna_json_reader* r, json_t* object, const char* const* known)
{
    if (!json_is_object(object)) return pinna_json_refuse(r, "an object {...} is needed here");
    for (void* at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const char* key = json_object_iter_key(at);
        bool found = false;
        for (size_t i = 0; known[i] && !found; i++)
            found = !strcmp(key, known[i]);
        if (found) continue;
        const char* closest = pinna_cli_closest(key, known);
        if (closest) return pinna_json_refuse_key(r, key, "unknown key \"%.60s\"; did you mean \"%s\"?", key, closest);
        return pinna_json_refuse_key(r, key, "unknown key \"%.60s\"", key);
    }
    return PINNA_OK;
}

pinna_status pinna_json_read_number(pinna_json_reader* r, json_t* object, const char* key, double minimum,
                                    double maximum, double* out)
{
    json_t* value = json_object_get(object, key);
    if (!value) return PINNA_OK;
    pinna_status status = PINNA_OK;
    double number = json_number_value(value);
    pinna_json_enter_key(r, key);
    if (!json_is_number(value))
        status = pinna_json_refuse(r, "\"%s\" must be a number", key);
    else if (!(number >= minimum && number <= maximum))
        status =
            pinna_json_refuse(r, "\"%s\" must lie between %.10g and %.10g, not %.10g", key, minimum, maximum, number);
    else
        *out = number;
    pinna_json_leave(r);
    return status;
}

pinna_status pinna_json_read_count(pinna_json_reader* r, json_t* object, const char* key, uint32_t minimum,
                                   uint32_t maximum, uint32_t* out)
{
    double value = *out;
    pinna_status status = pinna_json_read_number(r, object, key, minimum, maximum, &value);
    if (!status && value != floor(value)) status = pinna_json_refuse_key(r, key, "\"%s\" must be a whole number", key);
    if (!status) *out = (uint32_t)value;
    return status;
}

pinna_status pinna_json_read_bool(pinna_json_reader* r, json_t* object, const char* key, bool* out)
{
    json_t* value = json_object_get(object, key);
    if (!value) return PINNA_OK;
    if (!json_is_boolean(value)) return pinna_json_refuse_key(r, key, "\"%s\" must be true or false", key);
    *out = json_is_true(value);
    return PINNA_OK;
}

pinna_status pinna_json_read_text(pinna_json_reader* r, json_t* object, const char* key, char** out)
{
    json_t* value = json_object_get(object, key);
    if (!value) return PINNA_OK;
    if (!json_is_string(value)) return pinna_json_refuse_key(r, key, "\"%s\" must be a text in quotes", key);
    if (!*json_string_value(value))
        return pinna_json_refuse_key(r, key, "\"%s\" is empty; leave it out or fill it in", key);
    *out = strdup(json_string_value(value));
    return *out ? PINNA_OK : PINNA_ERROR_MEMORY;
}

static void list_choices(const char* const* choices, char* text, size_t capacity)
{
    size_t used = 0;
    for (size_t i = 0; choices[i] && used < capacity; i++)
        used += (size_t)snprintf(text + used, capacity - used, "%s%s",
                                 !i               ? ""
                                 : choices[i + 1] ? ", "
                                                  : " and ",
                                 choices[i]);
}

pinna_status pinna_json_read_choice(pinna_json_reader* r, json_t* object, const char* key, const char* const* choices,
                                    uint32_t* out)
{
    char list[200] = "";
    json_t* value = json_object_get(object, key);
    const char* text = json_string_value(value);
    if (!value) return PINNA_OK;
    for (uint32_t i = 0; text && choices[i]; i++)
        if (!strcmp(text, choices[i])) {
            *out = i;
            return PINNA_OK;
        }
    list_choices(choices, list, sizeof list);
    return pinna_json_refuse_key(r, key, "\"%s\" is one of %s", key, list);
}
