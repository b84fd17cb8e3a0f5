/* SPDX-License-Identifier: MIT */
#include "adm_scene.h"
#include "adm_names.h"
#include "ambix.h"
#include "layout.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How far off what Dolby calls near, mid and far is heard, where there is a room to tell by. Its own distances are not
   public; these are ours. The level is the authored one at all of them. */
static const float mode_distance_m[PINNA_DBMD_MODE_COUNT] = {[PINNA_DBMD_OFF] = 1.0f,
                                                             [PINNA_DBMD_NEAR] = 0.5f,
                                                             [PINNA_DBMD_MID] = 1.0f,
                                                             [PINNA_DBMD_FAR] = 4.0f,
                                                             [PINNA_DBMD_NOT_INDICATED] = 1.0f};

typedef struct builder {
    const pinna_adm_config* config;
    pinna_adm_model* model;
    const pinna_dbmd* dbmd;
    pinna_scene* scene;
    size_t block_total;
    const pinna_adm_items* items;
    size_t object_count, speaker_count, ear_count, field_count;
    pinna_adm_names matrix, untyped, placeless, too_fine;
} builder;

/* --- blocks ------------------------------------------------------------------------------------------------------- */

/* The last item that needs a channel's blocks takes them, others copy. */
static pinna_automation_block* take_blocks(builder* b, const pinna_adm_item* item, size_t* count)
{
    pinna_adm_element* channel = item->channel;
    size_t needed = *count = channel->block_count ? channel->block_count : 1;
    bool last = --channel->use_count == 0 && channel->block_count;
    pinna_automation_block* blocks = channel->blocks;
    b->block_total += needed;
    if (last) {
        channel->blocks = NULL;
        channel->block_count = channel->block_capacity = 0;
        return blocks;
    }
    pinna_automation_block* copy = b->block_total <= PINNA_ADM_BLOCK_MAX ? malloc(needed * sizeof *copy) : NULL;
    if (!copy) return NULL;
    if (channel->block_count)
        memcpy(copy, blocks, needed * sizeof *copy);
    else
        copy[0] = (pinna_automation_block){.end = UINT64_MAX, .place = {0, 0, 1}, .gain = 1};
    return copy;
}

static uint64_t later(uint64_t frame, uint64_t by)
{
    return frame > UINT64_MAX - by ? UINT64_MAX : frame + by;
}

static unsigned mode_of(const builder* b, const pinna_adm_item* item)
{
    return item->track <= b->dbmd->element_count ? b->dbmd->modes[item->track - 1] : PINNA_DBMD_NOT_INDICATED;
}

/* From the channel's time to the file's, and what the object says of all its blocks. */
static void adapt(const builder* b, const pinna_adm_item* item, pinna_automation_block* blocks, size_t count)
{
    bool still = item->channel->type != PINNA_ADM_OBJECTS, off = mode_of(b, item) == PINNA_DBMD_OFF;
    for (size_t i = 0; i < count; i++) {
        blocks[i].start = later(blocks[i].start, item->start);
        blocks[i].end = later(blocks[i].end, item->start);
        blocks[i].gain *= (float)item->gain;
        blocks[i].head_locked |= item->head_locked;
        blocks[i].bypass |= off;
        if (!still) continue;
        blocks[i].extent_deg = blocks[i].diffuse = 0; /* a loudspeaker is a point on the sphere */
        if (!blocks[i].cartesian) blocks[i].place[2] = 1;
    }
}

static pinna_automation_config automation_config(const builder* b, const pinna_adm_item* item)
{
    pinna_automation_config config = pinna_automation_config_default();
    config.cube = b->config->cube;
    config.from = item->from;
    config.to = item->to;
    config.distance_m = mode_distance_m[mode_of(b, item)];
    if (item->pack && item->pack->absolute_distance_m > 0) {
        config.distance_m = (float)item->pack->absolute_distance_m;
        config.scaled = true;
    }
    return config;
}

static pinna_status automate(builder* b, const pinna_adm_item* item, pinna_scene_source* source)
{
    size_t count = 0;
    pinna_automation_config config = automation_config(b, item);
    pinna_automation_block* blocks = take_blocks(b, item, &count);
    if (!blocks) return b->block_total > PINNA_ADM_BLOCK_MAX ? PINNA_ERROR_LIMIT : PINNA_ERROR_MEMORY;
    adapt(b, item, blocks, count);
    return pinna_automation_create(blocks, count, &config, &source->automation);
}

/* --- sources ------------------------------------------------------------------------------------------------------ */

static char* name_of(const pinna_adm_item* item)
{
    char text[2 * PINNA_ADM_NAME_BYTES + 4];
    const char* object = item->object ? item->object->name : "";
    const char* channel = item->channel->label[0] ? item->channel->label : item->channel->name;
    bool both = *object && *channel && strcmp(object, channel) != 0;
    snprintf(text, sizeof text, "%s%s%s", object, both ? ", " : "", both || !*object ? channel : "");
    return strdup(text);
}

static pinna_scene_source* add_source(builder* b, const pinna_adm_item* item)
{
    pinna_scene_source* source = pinna_scene_add_sources(b->scene, 1);
    if (!source) return NULL;
    source->file = strdup(b->config->file);
    source->name = name_of(item);
    source->channel = item->track;
    return source->file && source->name ? source : NULL;
}

static pinna_status add_to_ears(builder* b, const pinna_adm_item* item, float left, float right)
{
    pinna_scene_source* source = add_source(b, item);
    if (!source) return PINNA_ERROR_MEMORY;
    source->route = PINNA_ROUTE_EARS;
    source->bed = true;
    source->ear_gain[PINNA_LEFT] = left;
    source->ear_gain[PINNA_RIGHT] = right;
    if (item->channel->low) source->gain_db = b->config->lfe_db;
    b->ear_count++;
    return automate(b, item, source);
}

/* A loudspeaker that only has a name stands where BS.2051 puts it. */
static bool place_by_label(builder* b, pinna_adm_element* channel)
{
    const pinna_loudspeaker* speaker = pinna_layout_find_loudspeaker(channel->label);
    pinna_automation_block block = {.end = UINT64_MAX, .gain = 1};
    if (!speaker) return false;
    if (!channel->block_count && !pinna_adm_model_add_block(b->model, channel, &block)) return false;
    for (size_t i = 0; i < channel->block_count; i++) {
        channel->blocks[i].cartesian = false;
        channel->blocks[i].place[0] = speaker->azimuth_deg;
        channel->blocks[i].place[1] = speaker->elevation_deg;
    }
    return channel->has_position = true;
}

static pinna_status add_speaker(builder* b, const pinna_adm_item* item)
{
    if (item->channel->low) return add_to_ears(b, item, 1.0f, 1.0f);
    if (!item->channel->has_position && !place_by_label(b, item->channel)) {
        pinna_adm_names_add(&b->placeless, item->channel->id, item->channel->label);
        return PINNA_OK;
    }
    pinna_scene_source* source = add_source(b, item);
    if (!source) return PINNA_ERROR_MEMORY;
    source->bed = true;
    b->speaker_count++;
    return automate(b, item, source);
}

static pinna_status add_object(builder* b, const pinna_adm_item* item)
{
    pinna_scene_source* source = add_source(b, item);
    if (!source) return PINNA_ERROR_MEMORY;
    b->object_count++;
    return automate(b, item, source);
}

/* AC_00050001 is the left ear, AC_00050002 the right; others are known by name, LeftEar and RightEar. */
static bool is_right_ear(const pinna_adm_element* channel)
{
    size_t length = strlen(channel->id);
    char first = (char)tolower((unsigned char)channel->name[0]);
    if (first == 'l' || first == 'r') return first == 'r';
    return length && channel->id[length - 1] % 2 == 0;
}

/* Order, degree and scaling may stand at the channel, the scaling at the pack, too. */
static pinna_ambisonics_format format_of(const pinna_adm_item* item)
{
    static const pinna_ambisonics_format formats[] = {[PINNA_ADM_SN3D] = PINNA_AMBISONICS_AMBIX,
                                                      [PINNA_ADM_N3D] = PINNA_AMBISONICS_N3D,
                                                      [PINNA_ADM_FUMA] = PINNA_AMBISONICS_FUMA};
    bool by_pack = !item->channel->has_normalization && item->pack && item->pack->has_normalization;
    return formats[by_pack ? item->pack->normalization : item->channel->normalization];
}

static bool is_renderable(const pinna_adm_item* item)
{
    const pinna_adm_element* c = item->channel;
    int highest = format_of(item) == PINNA_AMBISONICS_FUMA ? 3 : PINNA_AMBISONICS_MAX_ORDER;
    return c->order >= 0 && c->order <= highest && c->degree >= -c->order && c->degree <= c->order;
}

static bool is_head_locked(const pinna_adm_item* item)
{
    return item->head_locked || (item->channel->block_count && item->channel->blocks[0].head_locked);
}

/* The order of a sound field is that of the finest channel in its object's pack. */
static pinna_scene_field field_of(const builder* b, const pinna_adm_item* item)
{
    pinna_scene_field field = {1, format_of(item), false, is_head_locked(item)};
    for (size_t i = 0; i < b->items->count; i++) {
        const pinna_adm_item* other = &b->items->items[i];
        bool fellow = other->channel->type == PINNA_ADM_HOA && other->object == item->object &&
                      !strcmp(other->pack_id, item->pack_id) && is_renderable(other);
        if (fellow && (uint32_t)other->channel->order > field.order) field.order = (uint32_t)other->channel->order;
    }
    if (field.format == PINNA_AMBISONICS_FUMA && field.order > 3) field.order = 3;
    return field;
}

static pinna_status add_field_channel(builder* b, const pinna_adm_item* item)
{
    if (!is_renderable(item)) {
        pinna_adm_names_add(&b->too_fine, item->channel->id, item->channel->name);
        return PINNA_OK;
    }
    size_t index = 0;
    pinna_scene_field field = field_of(b, item);
    pinna_status status = pinna_scene_find_field(b->scene, &field, &index);
    pinna_scene_source* source = status ? NULL : add_source(b, item);
    if (!source) return PINNA_ERROR_MEMORY;
    source->route = PINNA_ROUTE_FIELD;
    source->field = index;
    source->field_channel = pinna_ambix_channel(field.format, (uint32_t)item->channel->order, item->channel->degree);
    b->field_count++;
    return automate(b, item, source);
}

static pinna_status add_item(builder* b, const pinna_adm_item* item)
{
    bool right;
    switch (item->channel->type) {
    case PINNA_ADM_OBJECTS: return add_object(b, item);
    case PINNA_ADM_SPEAKERS: return add_speaker(b, item);
    case PINNA_ADM_BINAURAL:
        right = is_right_ear(item->channel);
        return add_to_ears(b, item, right ? 0.0f : 1.0f, right ? 1.0f : 0.0f);
    case PINNA_ADM_MATRIX: pinna_adm_names_add(&b->matrix, item->channel->id, item->channel->name); break;
    case PINNA_ADM_HOA: return add_field_channel(b, item);
    case PINNA_ADM_UNTYPED:
    case PINNA_ADM_TYPE_COUNT: pinna_adm_names_add(&b->untyped, item->channel->id, item->channel->name); break;
    }
    return PINNA_OK;
}

/* --- what is said ------------------------------------------------------------------------------------------------- */

static const char* const ignored_sayings[PINNA_ADM_IGNORED_COUNT] = {
    [PINNA_ADM_CHANNEL_LOCK] = "channelLock has no effect: there are no loudspeakers to snap to",
    [PINNA_ADM_DIVERGENCE] = "objectDivergence has no effect",
    [PINNA_ADM_ZONE_EXCLUSION] = "zoneExclusion has no effect",
    [PINNA_ADM_SCREEN_REF] = "screenRef has no effect",
    [PINNA_ADM_SCREEN_EDGE_LOCK] = "screenEdgeLock has no effect",
    [PINNA_ADM_DRR] = "the DRR of headphoneVirtualise has no effect",
    [PINNA_ADM_NFC] = "nfcRefDist has no effect",
    [PINNA_ADM_ONE_RADIUS] = "sizes that differ by direction are rendered as round as their largest",
    [PINNA_ADM_LONG_RAMP] = "interpolations longer than their block end with it",
    [PINNA_ADM_BLOCK_ORDER] = "blocks that begin before the one in front of them are left out",
    [PINNA_ADM_POSITION_OFFSET] = "positionOffset has no effect",
    [PINNA_ADM_BLOCK_IMPORTANCE] = "blocks below --importance are silent",
};

static void tell(const builder* b, pinna_report* report)
{
    const char* path = b->config->file;
    pinna_adm_names_tell(&b->matrix, PINNA_SEVERITY_WARNING, "ignored", path, "Matrix channels are not rendered",
                         report);
    pinna_adm_names_tell(&b->untyped, PINNA_SEVERITY_WARNING, "ignored", path,
                         "channels of an unknown type are not rendered", report);
    pinna_adm_names_tell(&b->placeless, PINNA_SEVERITY_WARNING, "ignored", path,
                         "loudspeakers without a position or a known label are not rendered", report);
    pinna_adm_names_tell(&b->too_fine, PINNA_SEVERITY_WARNING, "ignored", path,
                         "HOA channels above order 7 (FuMa 3) are not rendered", report);
    for (int i = 0; i < PINNA_ADM_IGNORED_COUNT; i++)
        if (b->model->ignored[i])
            pinna_report_add(report, PINNA_SEVERITY_NOTE, "ignored", "%s: %s (%zu times)", path, ignored_sayings[i],
                             b->model->ignored[i]);
    pinna_report_add(report, PINNA_SEVERITY_NOTE, "adm",
                     "%s: an ADM file: %zu object%s, %zu loudspeaker channel%s, %zu of sound fields, %zu straight "
                     "to the ears",
                     path, b->object_count, b->object_count == 1 ? "" : "s", b->speaker_count,
                     b->speaker_count == 1 ? "" : "s", b->field_count, b->ear_count);
}

pinna_status pinna_adm_make_sources(const pinna_adm_config* config, pinna_adm_model* model,
                                    const pinna_adm_items* items, const pinna_dbmd* dbmd, pinna_report* report,
                                    pinna_scene* scene)
{
    builder b = {.config = config, .model = model, .dbmd = dbmd, .scene = scene, .items = items};
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < items->count && !status; i++)
        status = add_item(&b, &items->items[i]);
    tell(&b, report);
    if (!status && scene->source_count) return PINNA_OK;
    if (!status || status == PINNA_ERROR_LIMIT)
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "adm", "%s: %s", config->file,
                         status ? "its objects have too many blocks" : "nothing in its ADM can be rendered");
    return status ? status : PINNA_ERROR_DATA;
}
