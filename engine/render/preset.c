/* SPDX-License-Identifier: MIT */
#include "render/values.h"

#include "base/number.h"
#include "render/renderer.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 40 };

/* --- the presets --- */

static pinna_preset make_flat(void)
{
    return (pinna_preset){.hrtf = pinna_hrtf_options_default(),
                          .mix = pinna_mix_params_default(),
                          .room = pinna_room_params_default()};
}

/* Direct over room 5 dB at one metre and 3 dB less for each doubling: enough to leave the head, not enough to blur
   speech. Music and ambience are as wide as a screen is. */
static pinna_preset make_cinematic(void)
{
    pinna_preset p = make_flat();
    p.hrtf.diffuse_equalization = 1.0f;
    p.hrtf.low_extension_hz = 200.0f;
    p.head_prediction = true;
    p.room.on = true;
    p.room.level_db = -9.0f;
    p.room.distance_falloff = 0.5f;
    p.mix.categories[PINNA_CATEGORY_MUSIC].extent_m = 0.3f;
    p.mix.categories[PINNA_CATEGORY_AMBIENCE].extent_m = 0.6f;
    p.mix.categories[PINNA_CATEGORY_SPEECH].room_db = -3.0f;
    return p;
}

/* What a player listens for: near and far, told apart by tone and nearness rather than lost by level alone. */
static void sharpen(pinna_category_params* c, float presence_db, uint8_t priority)
{
    c->presence_db = presence_db;
    c->compression = 0.25f;
    c->priority = priority;
    c->near_field = true;
    c->air_absorption = 1.0f;
}

static pinna_preset make_positional(void)
{
    pinna_preset p = make_flat();
    pinna_category_params* c = p.mix.categories;
    p.head_prediction = true;
    p.hrtf.cue_expansion = 1.5f;
    sharpen(&c[PINNA_CATEGORY_CUE], 4.0f, 200);
    sharpen(&c[PINNA_CATEGORY_SPEECH], 3.0f, 192);
    c[PINNA_CATEGORY_EFFECT].compression = 0.15f;
    c[PINNA_CATEGORY_EFFECT].air_absorption = 1.0f;
    c[PINNA_CATEGORY_CUE].ducks = true;
    c[PINNA_CATEGORY_MUSIC].duck_db = 4.0f;
    c[PINNA_CATEGORY_AMBIENCE].duck_db = 4.0f;
    c[PINNA_CATEGORY_BED].duck_db = 4.0f;
    c[PINNA_CATEGORY_DIRECT].duck_db = 3.0f;
    return p;
}

static const struct {
    const char* name;
    pinna_preset (*make)(void);
} presets[] = {{"flat", make_flat}, {"cinematic", make_cinematic}, {"positional", make_positional}};

enum { PRESET_COUNT = sizeof presets / sizeof presets[0] };

const char* pinna_preset_name(uint32_t index)
{
    return index < PRESET_COUNT ? presets[index].name : NULL;
}

pinna_status pinna_preset_find(const char* name, pinna_preset* out)
{
    for (int i = 0; name && out && i < PRESET_COUNT; i++) {
        if (strcmp(name, presets[i].name)) continue;
        *out = presets[i].make();
        return PINNA_OK;
    }
    return PINNA_ERROR_ARGUMENT;
}

/* --- checks --- */

static void full_name(const pinna_value_group* group, const pinna_value* value, char name[NAME_MAX_BYTES])
{
    snprintf(name, NAME_MAX_BYTES, "%s%s%s", group->name, group->name[0] ? "." : "", value->name);
}

static pinna_status refuse(const pinna_value_group* group, const pinna_value* value, const char* given,
                           pinna_report* report)
{
    char name[NAME_MAX_BYTES];
    full_name(group, value, name);
    if (value->kind == PINNA_VALUE_SWITCH)
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "value", "%s is on or off, not %.40s", name, given);
    else if (value->kind == PINNA_VALUE_ANCHOR)
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "value", "%s is screen or head, not %.40s", name, given);
    else
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "value", "%s is %s%.10g to %.10g%s, not %.40s", name,
                         value->zero_too ? "0 or " : "", value->low, value->high,
                         value->kind == PINNA_VALUE_FLOAT ? "" : ", whole", given);
    return PINNA_ERROR_ARGUMENT;
}

typedef bool concerns(const pinna_value_group* group);

static pinna_status check(const pinna_preset* preset, concerns* concerns_it, pinna_report* report)
{
    for (uint32_t g = 0; g < pinna_value_group_count; g++) {
        const pinna_value_group* group = &pinna_value_groups[g];
        if (!concerns_it(group)) continue;
        for (uint32_t v = 0; v < group->count; v++) {
            double number = pinna_value_read(preset, group, &group->values[v]);
            if (pinna_value_allows(&group->values[v], number)) continue;
            char given[32];
            snprintf(given, sizeof given, "%.7g", number);
            return refuse(group, &group->values[v], given, report);
        }
    }
    return PINNA_OK;
}

pinna_status pinna_mix_check(const pinna_mix_params* mix, pinna_report* report)
{
    if (!mix) return PINNA_ERROR_ARGUMENT;
    pinna_preset preset = {.mix = *mix};
    return check(&preset, pinna_value_group_is_mix, report);
}

pinna_status pinna_room_check(const pinna_room_params* room, pinna_report* report)
{
    if (!room) return PINNA_ERROR_ARGUMENT;
    pinna_preset preset = {.room = *room};
    return check(&preset, pinna_value_group_is_room, report);
}

pinna_status pinna_preset_check(const pinna_preset* preset, pinna_report* report)
{
    if (!preset) return PINNA_ERROR_ARGUMENT;
    pinna_status status = pinna_hrtf_options_check(&preset->hrtf, report);
    if (!status) status = pinna_mix_check(&preset->mix, report);
    return status ? status : pinna_room_check(&preset->room, report);
}

/* --- by name --- */

static const char* const switch_names[] = {"off", "on", NULL};

pinna_status pinna_preset_describe(uint32_t index, pinna_preset_value* out)
{
    for (uint32_t g = 0; out && g < pinna_value_group_count; g++) {
        const pinna_value_group* group = &pinna_value_groups[g];
        if (index >= group->count) {
            index -= group->count;
            continue;
        }
        const pinna_value* v = &group->values[index];
        *out = (pinna_preset_value){.about = v->about, .minimum = v->low, .maximum = v->high, .zero_too = v->zero_too};
        out->is_switch = v->kind == PINNA_VALUE_SWITCH;
        out->choices = v->kind == PINNA_VALUE_ANCHOR ? pinna_anchor_names : NULL;
        full_name(group, v, out->name);
        return PINNA_OK;
    }
    return PINNA_ERROR_ARGUMENT;
}

static const pinna_value* find(const char* name, const pinna_value_group** group)
{
    char full[NAME_MAX_BYTES];
    for (uint32_t g = 0; g < pinna_value_group_count; g++) {
        *group = &pinna_value_groups[g];
        for (uint32_t v = 0; v < (*group)->count; v++) {
            full_name(*group, &(*group)->values[v], full);
            if (!strcmp(full, name)) return &(*group)->values[v];
        }
    }
    return NULL;
}

static pinna_status refuse_name(const char* name, pinna_report* report)
{
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "value", "a preset has no value '%.60s'", name);
    return PINNA_ERROR_ARGUMENT;
}

static bool parse(const pinna_value* value, const char* text, double* number)
{
    const char* const* names = value->kind == PINNA_VALUE_SWITCH   ? switch_names
                               : value->kind == PINNA_VALUE_ANCHOR ? pinna_anchor_names
                                                                   : NULL;
    for (int i = 0; names && names[i]; i++) {
        *number = i;
        if (!strcmp(text, names[i])) return true;
    }
    return !names && pinna_number_parse(text, number);
}

static void write(pinna_preset* preset, const pinna_value_group* group, const pinna_value* value, double number)
{
    void* at = (char*)preset + group->offset + value->offset;
    switch (value->kind) {
    case PINNA_VALUE_FLOAT: *(float*)at = (float)number; break;
    case PINNA_VALUE_SWITCH: *(bool*)at = number != 0.0; break;
    case PINNA_VALUE_BYTE: *(uint8_t*)at = (uint8_t)number; break;
    case PINNA_VALUE_COUNT: *(uint32_t*)at = (uint32_t)number; break;
    case PINNA_VALUE_ANCHOR: *(pinna_anchor*)at = (pinna_anchor)number; break;
    }
}

/* The room's kind; how loud it is stays. */
static pinna_status set_room(pinna_preset* preset, const char* name, pinna_report* report)
{
    pinna_room_params room;
    preset->room.on = preset->room.on && strcmp(name, "off");
    if (!strcmp(name, "off")) return PINNA_OK;
    if (pinna_room_find(name, &room)) {
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "value", "room is off, %s, %s, %s or %s, not %.40s",
                         pinna_room_name(0), pinna_room_name(1), pinna_room_name(2), pinna_room_name(3), name);
        return PINNA_ERROR_ARGUMENT;
    }
    preset->room.on = true;
    preset->room.listener_m = room.listener_m;
    memcpy(preset->room.size_m, room.size_m, sizeof room.size_m);
    memcpy(preset->room.rt60_s, room.rt60_s, sizeof room.rt60_s);
    return PINNA_OK;
}

pinna_status pinna_preset_set(pinna_preset* preset, const char* name, const char* text, pinna_report* report)
{
    const pinna_value_group* group;
    double number;
    if (!preset || !name || !text) return PINNA_ERROR_ARGUMENT;
    if (!strcmp(name, "room")) return set_room(preset, text, report);
    const pinna_value* value = find(name, &group);
    if (!value) return refuse_name(name, report);
    if (!parse(value, text, &number) || !pinna_value_allows(value, number)) return refuse(group, value, text, report);
    write(preset, group, value, number);
    return PINNA_OK;
}

pinna_status pinna_preset_get(const pinna_preset* preset, const char* name, char* text, size_t size)
{
    const pinna_value_group* group;
    const pinna_value* value = preset && name && text ? find(name, &group) : NULL;
    if (!value) return PINNA_ERROR_ARGUMENT;
    double number = pinna_value_read(preset, group, value);
    if (value->kind == PINNA_VALUE_SWITCH)
        snprintf(text, size, "%s", switch_names[number != 0.0]);
    else if (value->kind == PINNA_VALUE_ANCHOR)
        snprintf(text, size, "%s", pinna_anchor_names[number == (double)PINNA_ANCHOR_HEAD]);
    else
        snprintf(text, size, "%.7g", number);
    for (char* c = text; size && *c; c++)
        if (*c == ',') *c = '.'; /* in some locales */
    return PINNA_OK;
}

/* --- at run time --- */

pinna_status pinna_renderer_set_preset(pinna_renderer* renderer, const pinna_preset* preset, pinna_hrtf* hrtf)
{
    if (!renderer || !preset || pinna_mix_check(&preset->mix, NULL) || pinna_room_check(&preset->room, NULL))
        return PINNA_ERROR_ARGUMENT;
    if (preset->room.on && !renderer->space.placed) return PINNA_ERROR_UNSUPPORTED;
    pinna_status status = hrtf ? pinna_renderer_set_hrtf(renderer, hrtf) : PINNA_OK;
    if (!status) status = pinna_renderer_set_mix(renderer, &preset->mix);
    return status ? status : pinna_renderer_set_room(renderer, &preset->room);
}
