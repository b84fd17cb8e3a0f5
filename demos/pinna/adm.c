/* SPDX-License-Identifier: MIT */
#include "adm.h"
#include "adm_parser.h"
#include "adm_resolve.h"
#include "adm_scene.h"
#include "dbmd.h"
#include "wave.h"

#include <stdlib.h>
#include <string.h>

/* chna counts its rows in 16 bits; axml of the longest films has some hundred megabytes; dbmd a few hundred bytes. */
enum { CHNA_MAX_BYTES = 4 + 65535 * 40 + 4096, AXML_MAX_BYTES = 1 << 30, DBMD_MAX_BYTES = 1 << 20 };

/* Closed and freed at the end, whatever happens. */
typedef struct reading {
    const pinna_adm_config* config;
    pinna_report* report;
    pinna_wave* wave;
    bool has_axml;
    pinna_adm_model model;
    pinna_dbmd dbmd;
    pinna_adm_items* items;
} reading;

pinna_adm_config pinna_adm_config_default(const char* file)
{
    return (pinna_adm_config){.file = file};
}

bool pinna_adm_is(const char* path)
{
    pinna_wave* wave = NULL;
    bool is = pinna_wave_is(path) && !pinna_wave_open(path, NULL, &wave) && pinna_wave_has_chunk(wave, "chna");
    pinna_wave_close(wave);
    return is;
}

static pinna_status refuse(const reading* r, pinna_status status, const char* what)
{
    pinna_report_add(r->report, PINNA_SEVERITY_ERROR, "adm", "%s: %s", r->config->file, what);
    return status;
}

static pinna_status read_chna(reading* r)
{
    unsigned char* bytes = NULL;
    size_t size = 0;
    pinna_status status = pinna_wave_read_chunk(r->wave, "chna", CHNA_MAX_BYTES, r->report, &bytes, &size);
    if (!status)
        status = pinna_adm_add_chna(&r->model, r->config->file, bytes, size,
                                    pinna_wave_get_format(r->wave).channel_count, r->report);
    free(bytes);
    return status;
}

/* In pieces: the text of a film is larger than what it says. Zero bytes behind the text are padding. */
static pinna_status parse_axml(reading* r, pinna_adm_parser* parser, uint64_t size)
{
    static char piece[PINNA_ADM_PIECE_BYTES];
    pinna_status status = PINNA_OK;
    bool last = false;
    for (uint64_t at = 0; !last && !status; at += sizeof piece) {
        size_t got = pinna_wave_read_chunk_at(r->wave, "axml", at, (unsigned char*)piece, sizeof piece);
        last = at + got >= size || !got;
        size_t text = got;
        while (last && text && !piece[text - 1]) text--;
        status = pinna_adm_parser_take(parser, piece, text, last);
    }
    return status;
}

static pinna_status read_axml(reading* r)
{
    uint64_t size = pinna_wave_chunk_bytes(r->wave, "axml");
    unsigned char byte;
    pinna_adm_parser* parser = NULL;
    r->has_axml = size > 0;
    if (!size) return PINNA_OK;
    if (size > AXML_MAX_BYTES) return refuse(r, PINNA_ERROR_LIMIT, "its axml chunk is larger than a gigabyte");
    if (!pinna_wave_read_chunk_at(r->wave, "axml", size - 1, &byte, 1))
        return refuse(r, PINNA_ERROR_FORMAT, "its axml chunk is cut short; was the file copied whole?");
    pinna_adm_parser_config config = {r->config->file, r->config->importance};
    pinna_status status = pinna_adm_parser_create(&config, &r->model, r->report, &parser);
    if (!status) status = parse_axml(r, parser, size);
    pinna_adm_parser_destroy(parser);
    return status;
}

static pinna_status read_dbmd(reading* r)
{
    unsigned char* bytes = NULL;
    size_t size = 0;
    if (!pinna_wave_has_chunk(r->wave, "dbmd")) return PINNA_OK;
    pinna_status status = pinna_wave_read_chunk(r->wave, "dbmd", DBMD_MAX_BYTES, r->report, &bytes, &size);
    if (!status && !pinna_dbmd_parse(bytes, size, &r->dbmd))
        pinna_report_add(r->report, PINNA_SEVERITY_WARNING, "ignored",
                         "%s: its dbmd chunk is damaged, so its headphone modes are not known", r->config->file);
    free(bytes);
    return status;
}

static pinna_status read_all(reading* r)
{
    pinna_status status = pinna_wave_open(r->config->file, r->report, &r->wave);
    if (status) return status;
    r->model.sample_rate_hz = pinna_wave_get_format(r->wave).sample_rate_hz;
    status = read_chna(r);
    if (!status) status = read_axml(r);
    if (!status) status = pinna_adm_add_common(&r->model);
    if (!status && !pinna_adm_model_sort(&r->model)) status = PINNA_ERROR_MEMORY;
    return status ? status : read_dbmd(r);
}

static pinna_status resolve(reading* r)
{
    pinna_adm_choice choice = {r->config->file, r->config->programme, r->config->importance};
    r->items = malloc(sizeof *r->items);
    if (!r->items) return PINNA_ERROR_MEMORY;
    pinna_status status = pinna_adm_resolve(&r->model, &choice, r->has_axml ? r->report : NULL, r->items);
    if (!status || r->has_axml) return status;
    pinna_report_add(r->report, PINNA_SEVERITY_NOTE, "adm",
                     "%s: has a chna chunk but no axml that tells what its tracks are; they are plain channels here",
                     r->config->file);
    return PINNA_ERROR_UNSUPPORTED;
}

pinna_status pinna_adm_add(const pinna_adm_config* config, pinna_report* report, pinna_scene* scene)
{
    reading r = {.config = config, .report = report};
    pinna_status status = read_all(&r);
    if (!status) status = resolve(&r);
    if (!status) status = pinna_adm_make_sources(config, &r.model, r.items, &r.dbmd, report, scene);
    pinna_wave_close(r.wave);
    pinna_adm_model_release(&r.model);
    free(r.items);
    return status;
}
