/* SPDX-License-Identifier: MIT */
#include "scene_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_BYTES = 64 };

static pinna_status append(pinna_scene* scene, const char* name, const char* value)
{
    pinna_scene_set* sets = realloc(scene->sets, (scene->set_count + 1) * sizeof *sets);
    if (!sets) return PINNA_ERROR_MEMORY;
    scene->sets = sets;
    sets[scene->set_count] = (pinna_scene_set){strdup(name), strdup(value)};
    const pinna_scene_set* added = &sets[scene->set_count++];
    return added->name && added->value ? PINNA_OK : PINNA_ERROR_MEMORY;
}

/* A value of the preset, checked here, where its place in the file is known. @param key Where it stands in the file. */
static pinna_status add(pinna_json_reader* r, const char* key, const char* name, const char* value, pinna_scene* out)
{
    pinna_report* report = calloc(1, sizeof *report);
    pinna_preset scratch;
    if (!report) return PINNA_ERROR_MEMORY;
    pinna_status status = pinna_preset_find("flat", &scratch);
    if (!status) status = pinna_preset_set(&scratch, name, value, report);
    if (status)
        status = pinna_json_refuse_key(r, key, "%s; `pinna presets` lists what can be set", pinna_report_error(report));
    else
        status = append(out, name, value);
    free(report);
    return status;
}

/* A number, a switch or a word as text. NULL where it is none of them. */
static const char* text_of(json_t* value, char number[VALUE_BYTES])
{
    if (json_is_boolean(value)) return json_is_true(value) ? "on" : "off";
    if (!json_is_number(value)) return json_string_value(value);
    snprintf(number, VALUE_BYTES, "%.9g", json_number_value(value));
    return number;
}

static pinna_status read_set(pinna_json_reader* r, const char* key, const char* name, json_t* value, pinna_scene* out)
{
    char number[VALUE_BYTES];
    const char* text = text_of(value, number);
    if (!text) return pinna_json_refuse_key(r, key, "\"%.60s\" needs a number, true, false or a word", key);
    return add(r, key, name, text, out);
}

/* --- the room ----------------------------------------------------------------------------------------------------- */

/* Members that are one value, and those that are several: one number for all, or a list. */
static const char* const single_keys[] = {"yaw_deg",        "reflection_order", "pre_delay_s", "level_db",
                                          "reflections_db", "distance_falloff", NULL};

enum { PART_MAX = PINNA_ROOM_OCTAVES };

static const struct {
    const char* key;
    size_t part_count;
    bool one_for_all;
    const char* parts[PART_MAX];
} list_keys[] = {
    {"size_m", 3, false, {"room.size_front_m", "room.size_left_m", "room.size_up_m"}},
    {"listener_m", 3, false, {"room.listener_front_m", "room.listener_left_m", "room.listener_up_m"}},
    {"rt60_s",
     PART_MAX,
     true,
     {"room.rt60_125_s", "room.rt60_250_s", "room.rt60_500_s", "room.rt60_1k_s", "room.rt60_2k_s", "room.rt60_4k_s",
      "room.rt60_8k_s"}},
};

enum { LIST_KEY_COUNT = sizeof list_keys / sizeof list_keys[0] };

static pinna_status read_list(pinna_json_reader* r, json_t* room, size_t list, pinna_scene* out)
{
    const char* key = list_keys[list].key;
    json_t* value = json_object_get(room, key);
    size_t count = list_keys[list].part_count;
    if (!value) return PINNA_OK;
    bool for_all = list_keys[list].one_for_all && json_is_number(value);
    if (!for_all && json_array_size(value) != count)
        return pinna_json_refuse_key(r, key, "\"%s\" is a list of %zu numbers%s", key, count,
                                     list_keys[list].one_for_all ? ", or one number" : "");
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < count && !status; i++) {
        json_t* part = for_all ? value : json_array_get(value, i);
        status = json_is_number(part) ? read_set(r, key, list_keys[list].parts[i], part, out)
                                      : pinna_json_refuse_key(r, key, "\"%s\" must hold numbers", key);
    }
    return status;
}

static pinna_status read_room_object(pinna_json_reader* r, json_t* room, pinna_scene* out)
{
    static const char* const known[] = {"name",           "size_m",           "rt60_s",      "listener_m",
                                        "yaw_deg",        "reflection_order", "pre_delay_s", "level_db",
                                        "reflections_db", "distance_falloff", NULL};
    char name[VALUE_BYTES];
    json_t* preset = json_object_get(room, "name");
    pinna_status status = pinna_json_check_keys(r, room, known);
    if (!status) status = append(out, "room.on", "on");
    if (!status && preset) status = read_set(r, "name", "room", preset, out);
    for (size_t i = 0; i < LIST_KEY_COUNT && !status; i++)
        status = read_list(r, room, i, out);
    for (size_t i = 0; single_keys[i] && !status; i++) {
        json_t* value = json_object_get(room, single_keys[i]);
        snprintf(name, sizeof name, "room.%s", single_keys[i]);
        if (value) status = read_set(r, single_keys[i], name, value, out);
    }
    return status;
}

static pinna_status read_room(pinna_json_reader* r, json_t* scene, pinna_scene* out)
{
    json_t* room = json_object_get(scene, "room");
    if (!room) return PINNA_OK;
    if (json_is_string(room)) return read_set(r, "room", "room", room, out);
    pinna_json_enter_key(r, "room");
    pinna_status status = read_room_object(r, room, out);
    pinna_json_leave(r);
    return status;
}

pinna_status pinna_scene_read_sets(pinna_json_reader* r, json_t* scene, pinna_scene* out)
{
    json_t* object = json_object_get(scene, "set");
    pinna_status status = read_room(r, scene, out);
    if (status || !object) return status;
    pinna_json_enter_key(r, "set");
    if (!json_is_object(object)) status = pinna_json_refuse(r, "an object {\"name\": value, ...} is needed here");
    for (void* at = json_object_iter(object); at && !status; at = json_object_iter_next(object, at))
        status = read_set(r, json_object_iter_key(at), json_object_iter_key(at), json_object_iter_value(at), out);
    pinna_json_leave(r);
    return status;
}
