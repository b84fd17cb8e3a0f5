/* SPDX-License-Identifier: MIT */
#include "adm_parser.h"
#include "layout.h"

#include <expat.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* XML comes from strangers: no document types (and so no entities of their own), a limited depth, short texts, and no
   single tag so long that reading it again for each piece of it would take for ever. */
enum { DEPTH_MAX = 64, TAG_MAX_BYTES = 1 << 20, LOW_PASS_MAX_HZ = 200 };

void pinna_adm_stop(pinna_adm_parser* p, pinna_status status, const char* format, ...)
{
    char text[256];
    va_list arguments;
    if (p->status) return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    p->status = status;
    pinna_report_add(p->report, PINNA_SEVERITY_ERROR, "adm", "%s: axml line %lu: %s", p->config.path,
                     (unsigned long)XML_GetCurrentLineNumber(p->xml), text);
    XML_StopParser(p->xml, XML_FALSE);
}

pinna_adm_element* pinna_adm_open_element(pinna_adm_parser* p)
{
    return p->element ? &p->model->elements[p->element - 1] : NULL;
}

/* --- values ------------------------------------------------------------------------------------------------------- */

const char* pinna_adm_attribute(const char** attributes, const char* name)
{
    for (; *attributes; attributes += 2)
        if (!strcmp(attributes[0], name)) return attributes[1];
    return NULL;
}

/* strtod's numbers, but none that is not finite; and never in another language's notation. */
static bool parse_number(const char* text, double* out)
{
    char* end;
    if (!*text || text[strspn(text, "0123456789+-.eE")]) return false;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value)) return false;
    *out = value;
    return true;
}

double pinna_adm_number(pinna_adm_parser* p, const char* what, double low, double high)
{
    double value = 0;
    if (!parse_number(p->text, &value))
        pinna_adm_stop(p, PINNA_ERROR_DATA, "%s must be a number, not '%.40s'", what, p->text);
    else if (value < low || value > high)
        pinna_adm_stop(p, PINNA_ERROR_DATA, "%s must lie between %g and %g, not %.40s", what, low, high, p->text);
    return value < low ? low : value > high ? high : value;
}

double pinna_adm_gain(pinna_adm_parser* p)
{
    if (strcmp(p->unit, "dB")) return pinna_adm_number(p, "gain", -1000, 1000);
    return !strncmp(p->text, "-inf", 4) ? 0 : pow(10, pinna_adm_number(p, "gain", -1000, 60) / 20);
}

bool pinna_adm_is_true(const char* text)
{
    return *text == '1' || !strcmp(text, "true");
}

pinna_moment pinna_adm_time(pinna_adm_parser* p, const char* what, const char* text)
{
    pinna_moment moment = {0, 0, 1};
    if (!pinna_adm_parse_time(text, &moment))
        pinna_adm_stop(p, PINNA_ERROR_DATA, "%s: '%.40s' is not a time up to %d s", what, text, PINNA_MOMENT_MAX_S);
    return moment;
}

uint64_t pinna_adm_frame(const pinna_adm_parser* p, pinna_moment moment)
{
    return pinna_moment_frame(moment, p->model->sample_rate_hz);
}

pinna_adm_normalization pinna_adm_normalization_of(const char* text)
{
    if (!strcmp(text, "N3D")) return PINNA_ADM_N3D;
    return !strcmp(text, "FuMa") ? PINNA_ADM_FUMA : PINNA_ADM_SN3D;
}

bool pinna_adm_label_is_low(const char* label)
{
    const pinna_loudspeaker* speaker = pinna_layout_find_loudspeaker(label);
    return speaker && speaker->low;
}

/* --- elements ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *id, *label;
    pinna_adm_kind kind;
} kinds[] = {
    {"audioProgramme", "audioProgrammeID", "audioProgrammeName", PINNA_ADM_PROGRAMME},
    {"audioContent", "audioContentID", "audioContentName", PINNA_ADM_CONTENT},
    {"audioObject", "audioObjectID", "audioObjectName", PINNA_ADM_OBJECT},
    {"audioPackFormat", "audioPackFormatID", "audioPackFormatName", PINNA_ADM_PACK},
    {"audioChannelFormat", "audioChannelFormatID", "audioChannelFormatName", PINNA_ADM_CHANNEL},
    {"audioStreamFormat", "audioStreamFormatID", "audioStreamFormatName", PINNA_ADM_STREAM},
    {"audioTrackFormat", "audioTrackFormatID", "audioTrackFormatName", PINNA_ADM_TRACK},
    {"audioTrackUID", "UID", "UID", PINNA_ADM_UID},
};

static const char* const reference_names[] = {
    "audioContentIDRef",     "audioObjectIDRef",      "audioPackFormatIDRef",  "audioChannelFormatIDRef",
    "audioStreamFormatIDRef", "audioTrackFormatIDRef", "audioTrackUIDRef",     "audioTrackUIDIDRef",
};

static void begin_object(pinna_adm_parser* p, pinna_adm_element* e, const char** attributes)
{
    const char* start = pinna_adm_attribute(attributes, "start");
    const char* duration = pinna_adm_attribute(attributes, "duration");
    pinna_moment from = start ? pinna_adm_time(p, "start", start) : (pinna_moment){0, 0, 1};
    e->start = pinna_adm_frame(p, from);
    if (duration) e->end = pinna_adm_frame(p, pinna_moment_add(from, pinna_adm_time(p, "duration", duration)));
}

static void read_attributes(pinna_adm_parser* p, pinna_adm_element* e, const char** attributes)
{
    const char* type = pinna_adm_attribute(attributes, "typeLabel");
    const char* importance = pinna_adm_attribute(attributes, "importance");
    if (type && !strncmp(type, "000", 3) && type[3] >= '1' && type[3] < '0' + PINNA_ADM_TYPE_COUNT && !type[4])
        e->type = (pinna_adm_type)(type[3] - '0');
    if (importance && importance[0] >= '0' && importance[0] <= '9')
        e->importance = importance[1] == '0' ? 10 : (uint32_t)(importance[0] - '0');
    if (e->kind == PINNA_ADM_OBJECT) begin_object(p, e, attributes);
}

static bool begin_element(pinna_adm_parser* p, const char* name, const char** attributes)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name)) continue;
        const char* id = pinna_adm_attribute(attributes, kinds[i].id);
        const char* label = pinna_adm_attribute(attributes, kinds[i].label);
        pinna_adm_element* e = pinna_adm_model_add(p->model, kinds[i].kind, id ? id : "");
        if (!e) {
            pinna_adm_stop(p, PINNA_ERROR_LIMIT, "there are more than %d elements", PINNA_ADM_ELEMENT_MAX);
            return true;
        }
        pinna_adm_copy_text(e->name, sizeof e->name, label ? label : "");
        p->element = p->model->count;
        p->element_depth = p->depth;
        read_attributes(p, e, attributes);
        return true;
    }
    return false;
}

static void refer(pinna_adm_parser* p, pinna_adm_element* e, bool complementary)
{
    if (!pinna_adm_model_refer(p->model, e, p->text, complementary))
        pinna_adm_stop(p, PINNA_ERROR_LIMIT, "there are more than %d references", PINNA_ADM_REFERENCE_MAX);
}

static void end_in_element(pinna_adm_parser* p, const char* name)
{
    pinna_adm_element* e = pinna_adm_open_element(p);
    for (size_t i = 0; i < sizeof reference_names / sizeof reference_names[0]; i++)
        if (!strcmp(name, reference_names[i])) refer(p, e, false);
    if (!strcmp(name, "audioComplementaryObjectIDRef")) refer(p, e, true);
    else if (!strcmp(name, "gain")) e->gain = pinna_adm_gain(p);
    else if (!strcmp(name, "mute")) e->mute = pinna_adm_is_true(p->text);
    else if (!strcmp(name, "headLocked")) e->head_locked = pinna_adm_is_true(p->text);
    else if (!strcmp(name, "absoluteDistance")) e->absolute_distance_m = pinna_adm_number(p, name, -1, 1e4);
    else if (!strcmp(name, "positionOffset")) p->model->ignored[PINNA_ADM_POSITION_OFFSET]++;
    else if (!strcmp(name, "frequency") && !strcmp(p->unit, "lowPass"))
        e->low |= pinna_adm_number(p, name, 0, 1e6) <= LOW_PASS_MAX_HZ;
    else if (!strcmp(name, "normalization")) {
        e->normalization = pinna_adm_normalization_of(p->text);
        e->has_normalization = true;
    }
}

/* --- expat's calls ------------------------------------------------------------------------------------------------ */

static const char* local_name(const char* name)
{
    const char* colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static void keep(char* out, size_t capacity, const char* value)
{
    pinna_adm_copy_text(out, capacity, value ? value : "");
}

static void XMLCALL begin_tag(void* user, const XML_Char* full_name, const XML_Char** attributes)
{
    pinna_adm_parser* p = user;
    const char* name = local_name(full_name);
    if (p->status) return;
    if (++p->depth > DEPTH_MAX)
        pinna_adm_stop(p, PINNA_ERROR_LIMIT, "elements lie more than %d deep in each other", DEPTH_MAX);
    p->text_length = 0;
    keep(p->coordinate, sizeof p->coordinate, pinna_adm_attribute(attributes, "coordinate"));
    keep(p->unit, sizeof p->unit,
         pinna_adm_attribute(attributes, strcmp(name, "frequency") ? "gainUnit" : "typeDefinition"));
    p->bound = pinna_adm_attribute(attributes, "bound") != NULL;
    pinna_adm_element* open = pinna_adm_open_element(p);
    if (p->in_block) pinna_adm_begin_in_block(p, name, attributes);
    else if (!open) (void)begin_element(p, name, attributes);
    else if (open->kind == PINNA_ADM_CHANNEL && !strcmp(name, "audioBlockFormat")) pinna_adm_begin_block(p, attributes);
}

static void trim(char* text)
{
    size_t lead = strspn(text, " \t\r\n"), length = strlen(text + lead);
    memmove(text, text + lead, length + 1);
    while (length && strchr(" \t\r\n", text[length - 1])) text[--length] = '\0';
}

static void XMLCALL end_tag(void* user, const XML_Char* full_name)
{
    pinna_adm_parser* p = user;
    const char* name = local_name(full_name);
    if (p->status) return;
    p->text[p->text_length] = '\0';
    trim(p->text);
    if (p->in_block && p->depth == p->block_depth) {
        pinna_adm_end_block(p);
        p->in_block = false;
    } else if (p->in_block) {
        pinna_adm_end_in_block(p, name);
    } else if (p->element && p->depth == p->element_depth) {
        p->element = 0;
    } else if (p->element && p->depth == p->element_depth + 1) {
        end_in_element(p, name);
    }
    p->text_length = 0;
    p->depth--;
}

static void XMLCALL add_text(void* user, const XML_Char* text, int length)
{
    pinna_adm_parser* p = user;
    size_t room = PINNA_ADM_TEXT_MAX - p->text_length, count = (size_t)length < room ? (size_t)length : room;
    memcpy(p->text + p->text_length, text, count);
    p->text_length += count;
}

static void XMLCALL refuse_doctype(void* user, const XML_Char* name, const XML_Char* system, const XML_Char* public,
                                   int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    pinna_adm_stop(user, PINNA_ERROR_FORMAT, "document types are not read: ADM needs none, and they can do harm");
}

pinna_status pinna_adm_parser_create(const pinna_adm_parser_config* config, pinna_adm_model* model,
                                     pinna_report* report, pinna_adm_parser** out)
{
    pinna_adm_parser* p = *out = calloc(1, sizeof *p);
    if (!p) return PINNA_ERROR_MEMORY;
    p->config = *config;
    p->model = model;
    p->report = report;
    p->xml = XML_ParserCreate(NULL);
    if (!p->xml) return PINNA_ERROR_MEMORY;
    XML_SetUserData(p->xml, p);
    XML_SetElementHandler(p->xml, begin_tag, end_tag);
    XML_SetCharacterDataHandler(p->xml, add_text);
    XML_SetStartDoctypeDeclHandler(p->xml, refuse_doctype);
    return PINNA_OK;
}

pinna_status pinna_adm_parser_take(pinna_adm_parser* p, const char* text, size_t size, bool last)
{
    if (p->status) return p->status;
    p->taken_bytes += size;
    enum XML_Status parsed = XML_Parse(p->xml, text, (int)size, last);
    if (p->status) return p->status;
    enum XML_Error code = parsed == XML_STATUS_OK ? XML_ERROR_NONE : XML_GetErrorCode(p->xml);
    if (code == XML_ERROR_NO_MEMORY) return p->status = PINNA_ERROR_MEMORY;
    if (code != XML_ERROR_NONE) pinna_adm_stop(p, PINNA_ERROR_FORMAT, "%s", XML_ErrorString(code));
    XML_Index done = XML_GetCurrentByteIndex(p->xml);
    if (!p->status && !last && done >= 0 && p->taken_bytes - (uint64_t)done > TAG_MAX_BYTES)
        pinna_adm_stop(p, PINNA_ERROR_LIMIT, "a tag or comment is longer than %d bytes", TAG_MAX_BYTES);
    return p->status;
}

void pinna_adm_parser_destroy(pinna_adm_parser* p)
{
    if (!p) return;
    if (p->xml) XML_ParserFree(p->xml);
    free(p);
}
