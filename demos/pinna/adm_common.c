/* SPDX-License-Identifier: MIT */
#include "adm_model.h"
#include "layout.h"

#include <stdio.h>
#include <string.h>

/*
 * The common definitions of ITU-R BS.2094: channels that files refer to without describing them. Loudspeakers, by the
 * number in their id, AC_00010001 first; ambisonics in three scalings, AC_0004nnnn in ACN order (FuMa's, too, which has
 * no more than order 3); the two ears. Positions of loudspeakers are BS.2051's.
 */
static const char* const loudspeakers[] = {
    "M+030", "M-030", "M+000", "LFE",   "M+110", "M-110", "M+022", "M-022", "M+180", "M+090", "M-090", "T+000", "U+030",
    "U+000", "U-030", "U+110", "U+180", "U-110", "U+090", "U-090", "B+000", "B+045", "B-045", "M+060", "M-060", "M+135",
    "M-135", "M+135", "M-135", "U+135", "U-135", "LFEL",  "LFER",  "U+045", "U-045", "M+SC",  "M-SC",  "M+045", "M-045",
    "UH+180"};

static const struct {
    unsigned first; /* xxxx of the id of channel 0 */
    int order;
    pinna_adm_normalization normalization;
} fields[] = {{0x0001, 10, PINNA_ADM_SN3D}, {0x0101, 10, PINNA_ADM_N3D}, {0x0201, 3, PINNA_ADM_FUMA}};

static pinna_adm_element* add_channel(pinna_adm_model* model, unsigned type, unsigned number, const char* name)
{
    char id[PINNA_ADM_ID_BYTES];
    snprintf(id, sizeof id, "AC_%04x%04x", type & 0xFFFF, number & 0xFFFF);
    pinna_adm_element* channel = pinna_adm_model_add(model, PINNA_ADM_CHANNEL, id);
    if (channel) pinna_adm_copy_text(channel->name, sizeof channel->name, name);
    return channel;
}

static bool add_loudspeaker(pinna_adm_model* model, unsigned index)
{
    const pinna_loudspeaker* speaker = pinna_layout_find_loudspeaker(loudspeakers[index]);
    pinna_adm_element* channel = add_channel(model, PINNA_ADM_SPEAKERS, index + 1, loudspeakers[index]);
    if (!channel || !speaker) return false;
    pinna_adm_copy_text(channel->label, sizeof channel->label, speaker->label);
    channel->low = speaker->low;
    channel->has_position = true;
    pinna_automation_block block = {
        .end = UINT64_MAX, .place = {speaker->azimuth_deg, speaker->elevation_deg, 1}, .gain = 1};
    return pinna_adm_model_add_block(model, channel, &block);
}

static bool add_field(pinna_adm_model* model, size_t field)
{
    unsigned number = fields[field].first;
    for (int order = 0; order <= fields[field].order; order++)
        for (int degree = -order; degree <= order; degree++) {
            pinna_adm_element* channel = add_channel(model, PINNA_ADM_HOA, number++, "");
            if (!channel) return false;
            channel->order = order;
            channel->degree = degree;
            channel->normalization = fields[field].normalization;
            channel->has_normalization = true;
        }
    return true;
}

pinna_status pinna_adm_add_common(pinna_adm_model* model)
{
    bool added = true;
    for (unsigned i = 0; i < sizeof loudspeakers / sizeof *loudspeakers && added; i++)
        added = add_loudspeaker(model, i);
    for (size_t i = 0; i < sizeof fields / sizeof *fields && added; i++)
        added = add_field(model, i);
    added = added && add_channel(model, PINNA_ADM_BINAURAL, 1, "LeftEar");
    added = added && add_channel(model, PINNA_ADM_BINAURAL, 2, "RightEar");
    return added ? PINNA_OK : PINNA_ERROR_MEMORY;
}
