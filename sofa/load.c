/* SPDX-License-Identifier: MIT */
#include <pinna/load.h>
#include <pinna/sofa.h>

#include "cache.h"
#include "measured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One load under way. */
typedef struct loading {
    const pinna_load_config* config;
    pinna_sofa_context context;
    pinna_cache cache;
    pinna_store_key key;
    unsigned char* bytes; /* the SOFA file's */
    size_t byte_count;
    pinna_report found; /* what is to be kept beside the set */
} loading;

pinna_load_config pinna_load_config_default(void)
{
    return (pinna_load_config){.cache_max_bytes = (uint64_t)256 << 20, .prepare = pinna_prepare_config_default()};
}

/* --- which file --- */

static bool keep_path(pinna_loaded* loaded, const char* path, pinna_load_origin origin)
{
    loaded->origin = origin;
    return (size_t)snprintf(loaded->path, sizeof loaded->path, "%s", path) < sizeof loaded->path;
}

static pinna_status refuse_without_path(pinna_report* report)
{
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "no-default",
                     "no default HRTF set is installed (libmysofa's default.sofa); install libmysofa1 or name a .sofa "
                     "file");
    return PINNA_ERROR_FILE;
}

static pinna_status choose(const pinna_load_config* config, pinna_report* report, pinna_loaded* loaded)
{
    if (!config->forbid_personal && pinna_load_personal_path(loaded->path, sizeof loaded->path)) {
        loaded->origin = PINNA_LOAD_PERSONAL;
        return PINNA_OK;
    }
    const char* path = config->path ? config->path : pinna_sofa_default_path();
    if (!path) return refuse_without_path(report);
    if (keep_path(loaded, path, config->path ? PINNA_LOAD_GIVEN : PINNA_LOAD_DEFAULT)) return PINNA_OK;
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "path", "a path of more than %d bytes; use a shorter one",
                     PINNA_LOAD_PATH_BYTES - 1);
    return PINNA_ERROR_ARGUMENT;
}

/* --- from the cache and into it --- */

static bool open_cached(loading* l, pinna_hrtf** out)
{
    unsigned char* stored = NULL;
    size_t byte_count = 0;
    if (!l->cache.folder || !pinna_cache_read(&l->cache, &l->key, &stored, &byte_count)) return false;
    bool opened = !pinna_store_open(stored, byte_count, &l->key, l->config->prepare.allocator, &l->found, out);
    if (!opened) l->found = (pinna_report){0}; /* damaged or stale: as if it were not there */
    free(stored);
    return opened;
}

static void keep(loading* l, const pinna_hrtf* hrtf)
{
    char problem[PINNA_REPORT_TEXT_BYTES] = "there is not enough memory to keep the prepared set";
    size_t byte_count = pinna_store_save(hrtf, &l->key, &l->found, NULL, 0);
    unsigned char* stored = malloc(byte_count);
    if (stored) pinna_store_save(hrtf, &l->key, &l->found, stored, byte_count);
    bool kept = stored && pinna_cache_write(&l->cache, &l->key, stored, byte_count, problem, sizeof problem);
    free(stored);
    if (!kept) pinna_report_add(&l->found, PINNA_SEVERITY_WARNING, "cache", "%s", problem);
}

static pinna_status prepare(loading* l, pinna_hrtf** out)
{
    pinna_sofa* sofa;
    pinna_status status = pinna_sofa_load_memory(l->bytes, l->byte_count, l->context.name, &l->found, &sofa);
    if (status) return status;
    free(l->bytes); /* the key has been made of it */
    l->bytes = NULL;
    status = pinna_hrtf_prepare(pinna_sofa_measured(sofa), &l->config->prepare, &l->found, out);
    pinna_sofa_destroy(sofa);
    if (!status) return PINNA_OK;
    const char* error = pinna_report_error(&l->found);
    char text[PINNA_REPORT_TEXT_BYTES];
    snprintf(text, sizeof text, "%s", error ? error : pinna_status_string(status));
    return pinna_sofa_refuse(&l->context, status, "prepare", "it cannot be prepared: %s", text);
}

static pinna_status load(loading* l, pinna_loaded* loaded, pinna_hrtf** out)
{
    pinna_status status = pinna_sofa_read_file(&l->context, &l->bytes, &l->byte_count);
    if (status) return status;
    l->key = pinna_store_make_key(l->bytes, l->byte_count, &l->config->prepare);
    loaded->from_cache = open_cached(l, out);
    if (loaded->from_cache) return PINNA_OK;
    if (l->config->only_cached)
        return pinna_sofa_refuse(
            &l->context, PINNA_ERROR_STALE, "not-cached",
            "it is not in the cache; prepare it first (pinna bake), with the same rate and options");
    status = prepare(l, out);
    if (!status && l->cache.folder) keep(l, *out);
    return status;
}

/* --- the whole --- */

static void append(pinna_report* to, const pinna_report* from)
{
    for (uint32_t i = 0; i < from->count; i++)
        pinna_report_add(to, from->entries[i].severity, from->entries[i].name, "%s", from->entries[i].text);
    if (to) to->dropped_count += from->dropped_count;
}

static void speak_of_personal(pinna_report* report, const pinna_loaded* loaded, pinna_status status)
{
    char reason[PINNA_REPORT_TEXT_BYTES];
    const char* error = status ? pinna_report_error(report) : NULL;
    if (!status) {
        pinna_report_add(report, PINNA_SEVERITY_NOTE, "personal-set", "the player's own head is used: %s",
                         loaded->path);
        return;
    }
    snprintf(reason, sizeof reason, "%s", error ? error : pinna_status_string(status));
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "personal-set",
                     "the player's own head (PINNA_HRTF, or hrtf.sofa in the folder of settings) cannot be used: %s",
                     reason);
}

pinna_status pinna_load_hrtf(const pinna_load_config* config, pinna_report* report, pinna_loaded* loaded,
                             pinna_hrtf** out)
{
    pinna_loaded unseen;
    if (!loaded) loaded = &unseen;
    *loaded = (pinna_loaded){0};
    if (out) *out = NULL;
    if (!out || !config) return PINNA_ERROR_ARGUMENT;
    pinna_status status = choose(config, report, loaded);
    if (status) return status;
    bool has_cache = config->cache_folder && *config->cache_folder;
    loading l = {.config = config, .cache = {has_cache ? config->cache_folder : NULL, config->cache_max_bytes}};
    l.context = (pinna_sofa_context){.name = loaded->path, .report = &l.found};
    status = load(&l, loaded, out);
    free(l.bytes);
    append(report, &l.found);
    if (loaded->origin == PINNA_LOAD_PERSONAL) speak_of_personal(report, loaded, status);
    return status;
}

pinna_status pinna_sofa_load_hrtf(const char* path, const pinna_prepare_config* config, pinna_report* report,
                                  pinna_hrtf** out)
{
    if (out) *out = NULL;
    if (!out || !config) return PINNA_ERROR_ARGUMENT;
    pinna_load_config load_config = {.path = path, .forbid_personal = true, .prepare = *config};
    return pinna_load_hrtf(&load_config, report, NULL, out);
}
