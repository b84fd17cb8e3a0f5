/* SPDX-License-Identifier: MIT */
#include <pinna/sofa.h>

#include "measured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PINNA_SOFA_DEFAULT_PATH
#define PINNA_SOFA_DEFAULT_PATH "/usr/share/libmysofa/default.sofa"
#endif

struct pinna_sofa {
    pinna_sofa_set set;
    pinna_measured_set measured; /* Points into set. */
    pinna_sofa_info info;
};

void pinna_sofa_destroy(pinna_sofa* sofa)
{
    if (!sofa) return;
    pinna_sofa_set_free(&sofa->set);
    free(sofa);
}

const pinna_measured_set* pinna_sofa_measured(const pinna_sofa* sofa)
{
    return sofa ? &sofa->measured : NULL;
}

const pinna_sofa_info* pinna_sofa_get_info(const pinna_sofa* sofa)
{
    return sofa ? &sofa->info : NULL;
}

static void publish(pinna_sofa* sofa, const pinna_sofa_fields* fields)
{
    const pinna_sofa_set* set = &sofa->set;
    sofa->measured = (pinna_measured_set){
        .sample_rate_hz = set->sample_rate_hz,
        .measurement_count = set->measurement_count,
        .tap_count = set->tap_count,
        .hrirs = set->hrirs,
        .delays_frames = set->has_delays ? set->delays_frames : NULL,
        .positions_m = set->positions_m,
    };
    sofa->info = fields->info;
    sofa->info.measurement_count = fields->measurement_count;
    sofa->info.receiver_count = fields->receiver_count;
    sofa->info.emitter_count = fields->emitter_count;
    sofa->info.tap_count = fields->tap_count;
    sofa->info.sample_rate_hz = set->sample_rate_hz;
    sofa->info.has_delays = set->has_delays;
}

static pinna_status make_sofa(const pinna_sofa_context* context, const pinna_sofa_fields* fields, pinna_sofa** out)
{
    pinna_sofa* sofa = calloc(1, sizeof *sofa);
    if (!sofa)
        return pinna_sofa_refuse(context, PINNA_ERROR_MEMORY, "memory",
                                 "there is not enough memory to read it; close other programs");
    pinna_status status = pinna_sofa_measure(context, fields, &sofa->set);
    if (status) {
        free(sofa);
        return status;
    }
    publish(sofa, fields);
    *out = sofa;
    return PINNA_OK;
}

static pinna_status load_bytes(const pinna_sofa_context* context, const void* bytes, size_t byte_count, pinna_sofa** out)
{
    pinna_sofa_fields fields;
    pinna_status status = pinna_sofa_open_fields(context, bytes, byte_count, &fields);
    if (!status) status = make_sofa(context, &fields, out);
    pinna_sofa_fields_release(&fields);
    return status;
}

pinna_status pinna_sofa_load_memory(const void* bytes, size_t byte_count, const char* name, pinna_report* report,
                                    pinna_sofa** out)
{
    if (out) *out = NULL;
    if (!out || (!bytes && byte_count > 0)) return PINNA_ERROR_ARGUMENT;
    pinna_sofa_context context = {.name = name ? name : "SOFA data", .report = report};
    return load_bytes(&context, bytes ? bytes : "", byte_count, out);
}

pinna_status pinna_sofa_load(const char* path, pinna_report* report, pinna_sofa** out)
{
    if (out) *out = NULL;
    if (!out || !path) return PINNA_ERROR_ARGUMENT;
    pinna_sofa_context context = {.name = path, .report = report};
    unsigned char* bytes;
    size_t byte_count;
    pinna_status status = pinna_sofa_read_file(&context, &bytes, &byte_count);
    if (!status) status = load_bytes(&context, bytes, byte_count, out);
    free(bytes);
    return status;
}

/* --- the default set --- */

static bool is_readable(const char* path)
{
    FILE* file = fopen(path, "rb");
    if (file) fclose(file);
    return file != NULL;
}

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
        if (is_readable(candidates[i])) return candidates[i];
    return NULL;
}
