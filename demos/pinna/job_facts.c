/* SPDX-License-Identifier: MIT */
#include "job_facts.h"
#include "json_text.h"
#include "output_file.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REPORT_VERSION = 1 };

static json_t* level(double value)
{
    return isfinite(value) ? json_real(round(value * 100) / 100) : json_null();
}

static json_t* output_of(const pinna_job_facts* f)
{
    double rate = f->sample_rate_hz;
    return json_pack("{s:o, s:I, s:I, s:f, s:f, s:s, s:o, s:o, s:o, s:o, s:I}", "file", pinna_json_text(f->output),
                     "sample_rate_hz", (json_int_t)f->sample_rate_hz, "frames", (json_int_t)f->frame_count,
                     "duration_s", (double)f->frame_count / rate, "from_s", (double)f->first_frame / rate, "format",
                     f->sample_format, "peak_dbfs", level(f->reading.peak_dbfs), "true_peak_dbtp",
                     level(f->reading.true_peak_dbtp), "loudness_lufs", level(f->reading.loudness_lufs), "gain_db",
                     level(f->target_gain_db), "clipped_samples", (json_int_t)f->clipped_count);
}

static const char* kind_of(const pinna_scene_source* source)
{
    if (source->route == PINNA_ROUTE_EARS) return "ears";
    if (source->route == PINNA_ROUTE_FIELD) return "ambisonics";
    if (source->route == PINNA_ROUTE_ROOM) return "loudspeaker in a measured room";
    if (source->bed) return "loudspeaker";
    return source->automation ? "object" : "source";
}

static json_t* sources_of(const pinna_scene* scene)
{
    json_t* list = json_array();
    for (size_t i = 0; i < scene->source_count; i++) {
        const pinna_scene_source* s = &scene->sources[i];
        json_array_append_new(list, json_pack("{s:o, s:o, s:I, s:s, s:o}", "name", pinna_json_text(s->name), "file",
                                              pinna_json_text(s->file), "channel", (json_int_t)s->channel, "kind",
                                              kind_of(s), "gain_db", level(s->gain_db)));
    }
    return list;
}

static json_t* ignored_of(const pinna_report* remarks)
{
    json_t* list = json_array();
    for (uint32_t i = 0; i < remarks->count; i++)
        if (!strcmp(remarks->entries[i].name, "ignored"))
            json_array_append_new(list, pinna_json_text(remarks->entries[i].text));
    return list;
}

static json_t* remarks_of(const pinna_report* remarks)
{
    static const char* const severities[] = {[PINNA_SEVERITY_NOTE] = "note", [PINNA_SEVERITY_WARNING] = "warning",
                                             [PINNA_SEVERITY_ERROR] = "error"};
    json_t* list = json_array();
    for (uint32_t i = 0; i < remarks->count; i++) {
        const pinna_report_entry* e = &remarks->entries[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "severity", severities[e->severity], "name", e->name,
                                              "text", pinna_json_text(e->text)));
    }
    return list;
}

pinna_status pinna_job_facts_write(const char* path, const pinna_job_facts* facts, const pinna_scene* scene,
                                   pinna_report* remarks)
{
    json_t* root = json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "version", REPORT_VERSION, "input",
                             pinna_json_text(facts->input), "output", output_of(facts), "sofa",
                             pinna_json_text(facts->sofa), "sources", sources_of(scene), "ignored", ignored_of(remarks),
                             "remarks", remarks_of(remarks));
    char* dump = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(root);
    if (!dump) return PINNA_ERROR_MEMORY;
    pinna_output_file* file = NULL;
    pinna_status status = pinna_output_file_create(path, remarks, &file);
    if (!status) {
        pinna_output_file_write(file, dump, strlen(dump));
        pinna_output_file_write(file, "\n", 1);
        status = pinna_output_file_commit(file, remarks);
    }
    free(dump);
    return status;
}
