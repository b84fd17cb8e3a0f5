/* SPDX-License-Identifier: MIT */
#include <pinna/sofa.h>

#include "measured.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PINNA_SOFA_DEFAULT_PATH
#define PINNA_SOFA_DEFAULT_PATH "/usr/share/libmysofa/default.sofa"
#endif

struct pinna_sofa {
    pinna_sofa_set set;
    bool is_room;
    pinna_measured_set measured; /* Points into set; so does room. */
    pinna_measured_room room;
    pinna_quat* heads;
    pinna_sofa_info info;
};

void pinna_sofa_destroy(pinna_sofa* sofa)
{
    if (!sofa) return;
    pinna_sofa_set_free(&sofa->set);
    free(sofa->heads);
    free(sofa);
}

const pinna_measured_set* pinna_sofa_measured(const pinna_sofa* sofa)
{
    return sofa && !sofa->is_room ? &sofa->measured : NULL;
}

const pinna_measured_room* pinna_sofa_measured_room(const pinna_sofa* sofa)
{
    return sofa && sofa->is_room ? &sofa->room : NULL;
}

const pinna_sofa_info* pinna_sofa_get_info(const pinna_sofa* sofa)
{
    return sofa ? &sofa->info : NULL;
}

static void publish_info(pinna_sofa* sofa, const pinna_sofa_fields* fields)
{
    sofa->info = fields->info;
    sofa->info.measurement_count = fields->measurement_count;
    sofa->info.receiver_count = fields->receiver_count;
    sofa->info.emitter_count = fields->emitter_count;
    sofa->info.tap_count = fields->tap_count;
    sofa->info.sample_rate_hz = sofa->set.sample_rate_hz;
    sofa->info.has_delays = sofa->set.has_delays;
}

static pinna_status make_head(const pinna_sofa_context* context, const pinna_sofa_fields* fields, pinna_sofa* sofa)
{
    pinna_status status = pinna_sofa_measure(context, fields, &sofa->set);
    const pinna_sofa_set* set = &sofa->set;
    sofa->measured = (pinna_measured_set){
        .sample_rate_hz = set->sample_rate_hz,
        .measurement_count = set->measurement_count,
        .tap_count = set->tap_count,
        .hrirs = set->hrirs,
        .delays_frames = set->has_delays ? set->delays_frames : NULL,
        .positions_m = set->positions_m,
    };
    return status;
}

static pinna_status check_room(const pinna_sofa_context* context, const pinna_sofa_set* set)
{
    for (size_t i = 0; i < (size_t)set->measurement_count * PINNA_EAR_COUNT * set->tap_count; i++)
        if (!isfinite(set->hrirs[i]))
            return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "non-finite-samples",
                                     "its responses hold samples that are not numbers; use another copy");
    for (size_t i = 0; i < (size_t)set->measurement_count * PINNA_EAR_COUNT; i++)
        if (!isfinite(set->delays_frames[i]))
            return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "delays",
                                     "Data.Delay holds values that are not numbers; use another copy");
    for (size_t i = 0; i < set->measurement_count; i++)
        if (!pinna_vec3_is_finite(set->positions_m[i]))
            return pinna_sofa_refuse(
                context, PINNA_ERROR_DATA, "positions",
                "its loudspeakers or its listener stand at places that are not numbers; use another "
                "copy");
    return PINNA_OK;
}

static pinna_status make_room(const pinna_sofa_context* context, const pinna_sofa_fields* fields, pinna_sofa* sofa)
{
    pinna_sofa_set* set = &sofa->set;
    sofa->is_room = true;
    pinna_status status = pinna_sofa_read_ears(context, fields, UINT32_MAX, set);
    if (status) return status;
    sofa->heads = malloc(fields->measurement_count * sizeof *sofa->heads);
    if (!sofa->heads) return PINNA_ERROR_MEMORY;
    status = pinna_sofa_read_places(context, fields, set, sofa->heads);
    if (!status) status = check_room(context, set);
    sofa->room = (pinna_measured_room){
        .sample_rate_hz = set->sample_rate_hz,
        .pose_count = fields->measurement_count,
        .emitter_count = fields->emitter_count ? fields->emitter_count : 1,
        .tap_count = set->tap_count,
        .responses = set->hrirs,
        .delays_frames = set->has_delays ? set->delays_frames : NULL,
        .positions_m = set->positions_m,
        .heads = sofa->heads,
    };
    return status;
}

typedef pinna_status maker(const pinna_sofa_context* context, const pinna_sofa_fields* fields, pinna_sofa* sofa);

/* @param status  Of opening the fields, which are released. */
static pinna_status finish(const pinna_sofa_context* context, maker* make, pinna_status status,
                           pinna_sofa_fields* fields, pinna_sofa** out)
{
    pinna_sofa* sofa = calloc(1, sizeof *sofa);
    if (!status && !sofa) status = PINNA_ERROR_MEMORY;
    if (!status) status = make(context, fields, sofa);
    if (status == PINNA_ERROR_MEMORY && !pinna_report_error(context->report))
        pinna_sofa_refuse(context, status, "memory", "there is not enough memory to read it; close other programs");
    if (!status) publish_info(sofa, fields);
    pinna_sofa_fields_release(fields);
    if (status) pinna_sofa_destroy(sofa);
    else *out = sofa;
    return status;
}

static pinna_status load_file(const char* path, maker* make, pinna_report* report, pinna_sofa** out)
{
    if (out) *out = NULL;
    if (!out || !path) return PINNA_ERROR_ARGUMENT;
    pinna_sofa_context context = {.name = path, .report = report};
    pinna_sofa_fields fields = {0};
    unsigned char* bytes;
    size_t byte_count;
    pinna_status status = pinna_sofa_read_file(&context, &bytes, &byte_count);
    if (!status) status = pinna_sofa_open_fields(&context, bytes, byte_count, &fields);
    free(bytes); /* before more memory is taken: files may be large */
    return finish(&context, make, status, &fields, out);
}

pinna_status pinna_sofa_load(const char* path, pinna_report* report, pinna_sofa** out)
{
    return load_file(path, make_head, report, out);
}

pinna_status pinna_sofa_load_room(const char* path, pinna_report* report, pinna_sofa** out)
{
    return load_file(path, make_room, report, out);
}

pinna_status pinna_sofa_load_memory(const void* bytes, size_t byte_count, const char* name, pinna_report* report,
                                    pinna_sofa** out)
{
    if (out) *out = NULL;
    if (!out || (!bytes && byte_count > 0)) return PINNA_ERROR_ARGUMENT;
    pinna_sofa_context context = {.name = name ? name : "SOFA data", .report = report};
    pinna_sofa_fields fields;
    pinna_status status = pinna_sofa_open_fields(&context, bytes ? bytes : "", byte_count, &fields);
    return finish(&context, make_head, status, &fields, out);
}

/* --- the default set --- */

const char* pinna_sofa_default_path(void)
{
    static const char* const candidates[] = {
        PINNA_SOFA_DEFAULT_PATH,
        "/usr/share/libmysofa/MIT_KEMAR_normal_pinna.sofa",
        "/usr/local/share/libmysofa/default.sofa",
        "/usr/local/share/libmysofa/MIT_KEMAR_normal_pinna.sofa",
        "/opt/homebrew/share/libmysofa/default.sofa",
    };
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (pinna_sofa_is_readable(candidates[i])) return candidates[i];
    return NULL;
}
