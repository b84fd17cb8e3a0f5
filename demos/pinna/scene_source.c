/* SPDX-License-Identifier: MIT */
#include "cli.h"
#include "scene_read.h"
#include "sounds.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static pinna_status check_builtin(pinna_json_reader* r, const char* name)
{
    for (size_t i = 0; pinna_sounds_names[i]; i++)
        if (!strcmp(name, pinna_sounds_names[i])) return PINNA_OK;
    const char* closest = pinna_cli_closest(name, pinna_sounds_names);
    return pinna_json_refuse_key(r, "file", "there is no built-in sound '%.60s'%s%s%s", name,
                                 closest ? "; did you mean '" : "", closest ? closest : "", closest ? "'?" : "");
}

pinna_status pinna_scene_read_sound(pinna_json_reader* r, json_t* object, char** out)
{
    pinna_status status = pinna_scene_read_file_name(r, object, "file", out);
    if (status) return status;
    if (!*out) return pinna_json_refuse(r, "a \"file\" is missing: the sound");
    const char* builtin = pinna_sounds_builtin_name(*out);
    if (builtin) return check_builtin(r, builtin);
    return access(*out, R_OK) ? pinna_json_refuse_key(r, "file", "%.240s: %s", *out, strerror(errno)) : PINNA_OK;
}

/* The direct stereo is no source. */
static pinna_status read_category(pinna_json_reader* r, json_t* object, pinna_category* out)
{
    static const char* const names[] = {[PINNA_CATEGORY_EFFECT] = "effect",
                                        [PINNA_CATEGORY_CUE] = "cue",
                                        [PINNA_CATEGORY_SPEECH] = "speech",
                                        [PINNA_CATEGORY_MUSIC] = "music",
                                        [PINNA_CATEGORY_AMBIENCE] = "ambience",
                                        [PINNA_CATEGORY_BED] = "bed",
                                        NULL};
    uint32_t choice = (uint32_t)*out;
    pinna_status status = pinna_json_read_choice(r, object, "category", names, &choice);
    *out = (pinna_category)choice;
    return status;
}

pinna_status pinna_scene_read_common(pinna_json_reader* r, json_t* object, const pinna_scene* scene,
                                     pinna_scene_source* out)
{
    pinna_status status = pinna_json_read_number(r, object, "gain_db", -200, 60, &out->gain_db);
    if (!status) status = pinna_json_read_number(r, object, "start_s", 0, 1e6, &out->start_s);
    if (!status) status = pinna_json_read_number(r, object, "end_s", 0, 1e6, &out->end_s);
    if (!status) status = pinna_json_read_number(r, object, "fade_s", 0, 60, &out->fade_s);
    if (!status) status = pinna_json_read_bool(r, object, "loop", &out->loop);
    if (!status) status = read_category(r, object, &out->category);
    if (status) return status;
    if (out->end_s <= out->start_s)
        return pinna_json_refuse(r, "\"end_s\" (%g) must come after \"start_s\" (%g)", out->end_s, out->start_s);
    if (out->loop && isinf(out->end_s) && isinf(scene->duration_s))
        return pinna_json_refuse(r, "a source that loops needs an \"end_s\", or the scene a \"duration_s\"");
    return PINNA_OK;
}

static pinna_status read_place(pinna_json_reader* r, json_t* object, pinna_scene_source* out)
{
    static const char* const ways[] = {"position", "path", "keyframes"};
    int given = 0;
    for (size_t i = 0; i < 3; i++)
        given += json_object_get(object, ways[i]) != NULL;
    if (given != 1)
        return pinna_json_refuse(r, "a source needs one of \"position\", \"path\" and \"keyframes\"; there are %d",
                                 given);
    json_t *path = json_object_get(object, "path"), *keyframes = json_object_get(object, "keyframes");
    if (path && !json_is_string(path)) return pinna_json_refuse_key(r, "path", "\"path\" names a CSV file");
    if (keyframes && !json_is_array(keyframes))
        return pinna_json_refuse_key(r, "keyframes", "\"keyframes\" is a list [{\"t_s\": ...}, ...]");
    if (json_object_get(object, "position") && !json_is_object(json_object_get(object, "position")))
        return pinna_json_refuse_key(r, "position", "\"position\" is an object {\"azimuth_deg\": ...}");
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < 3 && !status; i++)
        status = pinna_scene_read_path(r, object, ways[i], PINNA_PATH_SOURCE, NULL, &out->path);
    return status ? status : pinna_scene_read_interpolation(r, object, &out->path, 1);
}

static pinna_status read_source(pinna_json_reader* r, json_t* object, const pinna_scene* scene, pinna_scene_source* out)
{
    static const char* const known[] = {"name",     "file", "channel",   "gain_db",       "start_s",  "end_s",
                                        "fade_s",   "loop", "category",  "priority",      "extent_m", "near_field",
                                        "position", "path", "keyframes", "interpolation", NULL};
    uint32_t priority = out->priority;
    pinna_status status = pinna_json_check_keys(r, object, known);
    if (!status) status = pinna_json_read_text(r, object, "name", &out->name);
    if (!status) status = pinna_scene_read_sound(r, object, &out->file);
    if (!status) status = pinna_json_read_count(r, object, "channel", 1, 1024, &out->channel);
    if (!status) status = pinna_scene_read_common(r, object, scene, out);
    if (!status) status = pinna_json_read_count(r, object, "priority", 0, 255, &priority);
    if (!status) status = pinna_json_read_number(r, object, "extent_m", 0, 1000, &out->extent_m);
    if (!status) status = pinna_json_read_bool(r, object, "near_field", &out->near_field);
    out->priority = (uint8_t)priority;
    return status ? status : read_place(r, object, out);
}

pinna_status pinna_scene_read_sources(pinna_json_reader* r, json_t* object, pinna_scene* out)
{
    json_t* array = json_object_get(object, "sources");
    size_t count = json_array_size(array);
    if (!array) return PINNA_OK;
    pinna_status status = PINNA_OK;
    pinna_scene_source* sources = NULL;
    pinna_json_enter_key(r, "sources");
    if (!json_is_array(array) || !count || count > PINNA_SCENE_SOURCE_MAX)
        status = pinna_json_refuse(r, "\"sources\" must be a list of 1 to %d sources, not %zu", PINNA_SCENE_SOURCE_MAX,
                                   count);
    else if (!(sources = pinna_scene_add_sources(out, count)))
        status = PINNA_ERROR_MEMORY;
    for (size_t i = 0; i < count && !status; i++) {
        pinna_json_enter_element(r, i);
        status = read_source(r, json_array_get(array, i), out, &sources[i]);
        pinna_json_leave(r);
    }
    pinna_json_leave(r);
    return status;
}
