/* SPDX-License-Identifier: MIT */
#include "ambix.h"
#include "audio_input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUMA_MAX_ORDER = 3 };

const char pinna_ambix_layout[] = "ambix";

const char* const pinna_ambix_formats[] = {[PINNA_AMBISONICS_AMBIX] = "sn3d", [PINNA_AMBISONICS_N3D] = "n3d",
                                           [PINNA_AMBISONICS_FUMA] = "fuma", NULL};

/* Furse and Malham list a degree from its middle outwards, R S T U V; but of the first one they begin with X. */
uint32_t pinna_ambix_channel(pinna_ambisonics_format format, uint32_t degree, int index)
{
    uint32_t first = degree * degree, side = (uint32_t)abs(index);
    if (format != PINNA_AMBISONICS_FUMA) return first + degree + (uint32_t)index;
    if (degree == 1) return first + (index == 0 ? 2 : index < 0 ? 1 : 0);
    return first + 2 * side - (index > 0);
}

/* What somebody may have meant by another count of channels. */
static void guess(uint32_t channel_count, char* text, size_t size)
{
    uint32_t with_stereo = pinna_ambisonics_order_of(channel_count > 2 ? channel_count - 2 : 0);
    text[0] = '\0';
    if (channel_count > 1 && channel_count % 2 && channel_count <= 2 * PINNA_AMBISONICS_MAX_ORDER + 1)
        snprintf(text, size, "; a horizontal sound field of order %u has as many, but only full spheres are read",
                 channel_count / 2);
    else if (with_stereo)
        snprintf(text, size, "; order %u with stereo beside it has as many: split them", with_stereo);
}

static pinna_status find_order(const pinna_ambix_config* config, pinna_report* report, uint32_t* order)
{
    char meant[112];
    pinna_audio_input_info info;
    pinna_status status = pinna_audio_input_inspect(config->file, report, &info);
    if (status) return status;
    *order = pinna_ambisonics_order_of(info.channel_count);
    bool fuma = config->format == PINNA_AMBISONICS_FUMA;
    if (*order && (!fuma || *order <= FUMA_MAX_ORDER)) return PINNA_OK;
    guess(info.channel_count, meant, sizeof meant);
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "ambisonics", "%s: has %u channel(s); %s needs %s%s", config->file,
                     info.channel_count, fuma ? "ambix in FuMa's format" : "ambix",
                     fuma ? "4, 9 or 16 (order 1 to 3)" : "4, 9, 16, 25, 36, 49 or 64 (order 1 to 7)", meant);
    return PINNA_ERROR_DATA;
}

static pinna_status fill_source(const pinna_ambix_config* config, size_t field, uint32_t channel,
                                pinna_scene_source* source)
{
    char name[32];
    snprintf(name, sizeof name, "%s %u", config->format == PINNA_AMBISONICS_FUMA ? "FuMa" : "ACN", channel);
    source->file = strdup(config->file);
    source->name = strdup(name);
    source->channel = channel + 1;
    source->gain_db = config->gain_db;
    source->start_s = config->start_s;
    source->end_s = config->end_s;
    source->loop = config->loop;
    source->category = PINNA_CATEGORY_BED;
    source->route = PINNA_ROUTE_FIELD;
    source->field = field;
    source->field_channel = channel;
    return source->file && source->name ? PINNA_OK : PINNA_ERROR_MEMORY;
}

pinna_status pinna_ambix_add(const pinna_ambix_config* config, pinna_report* report, pinna_scene* scene)
{
    size_t index = 0;
    pinna_scene_field field = {0, config->format, config->max_re, config->head_locked};
    pinna_status status = find_order(config, report, &field.order);
    if (!status) status = pinna_scene_find_field(scene, &field, &index);
    if (status) return status;
    uint32_t count = pinna_ambisonics_channel_count(field.order);
    pinna_scene_source* sources = pinna_scene_add_sources(scene, count);
    if (!sources) return PINNA_ERROR_MEMORY;
    for (uint32_t i = 0; i < count && !status; i++)
        status = fill_source(config, index, i, &sources[i]);
    return status;
}
