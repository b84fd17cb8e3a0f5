/* SPDX-License-Identifier: MIT */
#include "bed.h"
#include "ambix.h"
#include "audio_input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

pinna_bed_config pinna_bed_config_default(const char* file)
{
    return (pinna_bed_config){.file = file,
                              .common = {.end_s = INFINITY,
                                         .priority = PINNA_SCENE_PRIORITY,
                                         .category = PINNA_CATEGORY_BED}};
}

static pinna_status find_layout(const pinna_bed_config* config, pinna_report* report, pinna_layout* out)
{
    pinna_audio_input_info info;
    pinna_status status = pinna_audio_input_inspect(config->file, report, &info);
    if (status) return status;
    pinna_layout_file file = {config->file, info.channel_count, info.channel_mask, info.wav_order};
    return pinna_layout_of_file(config->layout, config->order, &file, report, out);
}

static void send_to_ears(pinna_scene_source* source, float left, float right)
{
    source->route = PINNA_ROUTE_EARS;
    source->ear_gain[PINNA_LEFT] = left;
    source->ear_gain[PINNA_RIGHT] = right;
}

static pinna_status place(pinna_scene_source* source, const pinna_loudspeaker* speaker)
{
    size_t bad = 0;
    pinna_path_point point = {0, {(double)speaker->azimuth_deg, (double)speaker->elevation_deg, 1}};
    return pinna_path_create(PINNA_PATH_SOURCE, &point, 1, &bad, &source->path);
}

static pinna_status fill_source(const pinna_bed_config* config, const pinna_layout* layout, uint32_t channel,
                                pinna_scene_source* source)
{
    const pinna_loudspeaker* speaker = &layout->channels[channel];
    *source = config->common;
    source->file = strdup(config->file);
    source->name = strdup(layout->direct ? (channel ? "right" : "left") : speaker->label);
    if (!source->file || !source->name) return PINNA_ERROR_MEMORY;
    source->channel = channel + 1;
    source->gain_db += speaker->low ? config->lfe_db : 0;
    source->bed = true;
    if (layout->direct)
        send_to_ears(source, channel ? 0.0f : 1.0f, channel ? 1.0f : 0.0f);
    else if (speaker->low)
        send_to_ears(source, 1.0f, 1.0f);
    else
        return place(source, speaker);
    return PINNA_OK;
}

static pinna_status add_field(const pinna_bed_config* config, pinna_report* report, pinna_scene* scene)
{
    pinna_ambix_config field = {.file = config->file,
                                .format = config->format,
                                .max_re = config->max_re,
                                .gain_db = config->common.gain_db,
                                .start_s = config->common.start_s,
                                .end_s = config->common.end_s,
                                .loop = config->common.loop};
    size_t first = scene->source_count;
    pinna_status status = pinna_ambix_add(&field, report, scene);
    for (size_t i = first; i < scene->source_count; i++) {
        scene->sources[i].fade_s = config->common.fade_s;
        scene->sources[i].category = config->common.category;
    }
    return status;
}

pinna_status pinna_bed_add(const pinna_bed_config* config, pinna_report* report, pinna_scene* scene)
{
    pinna_layout layout;
    if (config->layout && !strcmp(config->layout, pinna_ambix_layout)) return add_field(config, report, scene);
    pinna_status status = find_layout(config, report, &layout);
    if (status) return status;
    if (layout.channel_count > PINNA_SCENE_SOURCE_MAX - scene->source_count) {
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "sources",
                         "%s: with its channels there are more than %d sources", config->file, PINNA_SCENE_SOURCE_MAX);
        return PINNA_ERROR_LIMIT;
    }
    pinna_scene_source* sources = pinna_scene_add_sources(scene, layout.channel_count);
    if (!sources) return PINNA_ERROR_MEMORY;
    for (uint32_t i = 0; i < layout.channel_count && !status; i++)
        status = fill_source(config, &layout, i, &sources[i]);
    return status;
}
