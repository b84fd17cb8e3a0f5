/* SPDX-License-Identifier: MIT */
#include "ambix.h"
#include "bed.h"
#include "scene_read.h"

#include <stdlib.h>

enum { BED_MAX = 64 };

/* What the bed says of itself is said of the place in the scene. */
static pinna_status pass_on(pinna_json_reader* r, const pinna_report* from, pinna_status status)
{
    const char* error = pinna_report_error(from);
    for (uint32_t i = 0; i < from->count; i++)
        if (from->entries[i].severity != PINNA_SEVERITY_ERROR)
            pinna_report_add(r->report, from->entries[i].severity, from->entries[i].name, "%s", from->entries[i].text);
    return status && error ? pinna_json_refuse(r, "%s", error) : status;
}

static pinna_status add(pinna_json_reader* r, const pinna_bed_config* config, pinna_scene* out)
{
    pinna_report* report = calloc(1, sizeof *report);
    if (!report) return PINNA_ERROR_MEMORY;
    pinna_status status = pass_on(r, report, pinna_bed_add(config, report, out));
    free(report);
    return status;
}

static pinna_status read_names(pinna_json_reader* r, json_t* object, char** file, char** layout, pinna_bed_config* out)
{
    uint32_t order = PINNA_ORDER_AUTO, format = PINNA_AMBISONICS_AMBIX;
    pinna_status status = pinna_scene_read_sound(r, object, file);
    if (!status) status = pinna_json_read_text(r, object, "layout", layout);
    if (!status) status = pinna_json_read_choice(r, object, "channel_order", pinna_layout_order_names, &order);
    if (!status) status = pinna_json_read_choice(r, object, "ambisonic_format", pinna_ambix_formats, &format);
    if (!status) status = pinna_json_read_bool(r, object, "max_re", &out->max_re);
    out->file = *file;
    out->layout = *layout;
    out->order = (pinna_channel_order)order;
    out->format = (pinna_ambisonics_format)format;
    return status;
}

static pinna_status read_bed(pinna_json_reader* r, json_t* object, pinna_scene* out)
{
    static const char* const known[] = {"file",   "layout",  "channel_order", "ambisonic_format", "max_re", "gain_db",
                                        "lfe_db", "start_s", "end_s",         "fade_s",           "loop",   "category",
                                        NULL};
    char *file = NULL, *layout = NULL;
    pinna_bed_config config = pinna_bed_config_default(NULL);
    pinna_status status = pinna_json_check_keys(r, object, known);
    if (!status) status = read_names(r, object, &file, &layout, &config);
    if (!status) status = pinna_json_read_number(r, object, "lfe_db", -200, 20, &config.lfe_db);
    if (!status) status = pinna_scene_read_common(r, object, out, &config.common);
    if (!status) status = add(r, &config, out);
    free(file);
    free(layout);
    return status;
}

pinna_status pinna_scene_read_beds(pinna_json_reader* r, json_t* object, pinna_scene* out)
{
    json_t* array = json_object_get(object, "beds");
    size_t count = json_array_size(array);
    if (!array) return PINNA_OK;
    pinna_status status = PINNA_OK;
    pinna_json_enter_key(r, "beds");
    if (!json_is_array(array) || !count || count > BED_MAX)
        status = pinna_json_refuse(r, "\"beds\" must be a list of 1 to %d beds, not %zu", BED_MAX, count);
    for (size_t i = 0; i < count && !status; i++) {
        pinna_json_enter_element(r, i);
        status = read_bed(r, json_array_get(array, i), out);
        pinna_json_leave(r);
    }
    pinna_json_leave(r);
    return status;
}
