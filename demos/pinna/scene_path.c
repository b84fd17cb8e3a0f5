/* SPDX-License-Identifier: MIT */
#include "scene_read.h"
#include "sounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYFRAME_MAX = 200000 };

pinna_status pinna_scene_read_file_name(pinna_json_reader* r, json_t* object, const char* key, char** out)
{
    pinna_status status = pinna_json_read_text(r, object, key, out);
    const char* slash = strrchr(r->name, '/');
    if (status || !*out || **out == '/' || !slash || pinna_sounds_builtin_name(*out)) return status;
    size_t folder_length = (size_t)(slash + 1 - r->name), size = folder_length + strlen(*out) + 1;
    char* resolved = malloc(size);
    if (!resolved) return PINNA_ERROR_MEMORY;
    snprintf(resolved, size, "%.*s%s", (int)folder_length, r->name, *out);
    free(*out);
    *out = resolved;
    return PINNA_OK;
}

/* One point of a path: an object with the path's fields, and t_s where it is a keyframe. */
static pinna_status read_point(pinna_json_reader* r, json_t* object, pinna_path_kind kind, bool timed,
                               pinna_path_point* out)
{
    const pinna_path_field* fields = pinna_path_fields(kind);
    const char* known[PINNA_PATH_FIELD_COUNT + 2] = {fields[0].name, fields[1].name, fields[2].name,
                                                     timed ? "t_s" : NULL};
    *out = (pinna_path_point){0};
    pinna_status status = pinna_json_check_keys(r, object, known);
    if (!status && timed && !json_object_get(object, "t_s")) status = pinna_json_refuse(r, "a keyframe needs \"t_s\"");
    if (!status) status = pinna_json_read_number(r, object, "t_s", 0, 1e7, &out->t_s);
    for (size_t f = 0; f < PINNA_PATH_FIELD_COUNT && !status; f++) {
        out->value[f] = fields[f].fallback;
        if (!fields[f].optional && !json_object_get(object, fields[f].name))
            status = pinna_json_refuse(r, "\"%s\" is missing", fields[f].name);
        else
            status =
                pinna_json_read_number(r, object, fields[f].name, fields[f].minimum, fields[f].maximum, &out->value[f]);
    }
    return status;
}

static pinna_status read_points(pinna_json_reader* r, json_t* array, pinna_path_kind kind, pinna_path_point* points)
{
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < json_array_size(array) && !status; i++) {
        pinna_json_enter_element(r, i);
        status = read_point(r, json_array_get(array, i), kind, true, &points[i]);
        if (!status && i && points[i].t_s < points[i - 1].t_s)
            status = pinna_json_refuse(r, "\"t_s\" is %g, earlier than the keyframe before it (%g)", points[i].t_s,
                                       points[i - 1].t_s);
        pinna_json_leave(r);
    }
    return status;
}

static pinna_status read_keyframes(pinna_json_reader* r, json_t* array, pinna_path_kind kind, pinna_path** out)
{
    size_t count = json_array_size(array), bad = 0;
    if (!json_is_array(array) || !count || count > KEYFRAME_MAX)
        return pinna_json_refuse(r, "a list of 1 to %d keyframes [{\"t_s\": ...}, ...] is needed here", KEYFRAME_MAX);
    pinna_path_point* points = calloc(count, sizeof *points);
    if (!points) return PINNA_ERROR_MEMORY;
    pinna_status status = read_points(r, array, kind, points);
    if (!status) status = pinna_path_create(kind, points, count, &bad, out);
    free(points);
    return status;
}

static pinna_status read_fixed(pinna_json_reader* r, json_t* object, pinna_path_kind kind, pinna_path** out)
{
    pinna_path_point point;
    size_t bad = 0;
    pinna_status status = read_point(r, object, kind, false, &point);
    return status ? status : pinna_path_create(kind, &point, 1, &bad, out);
}

static pinna_status read_file(pinna_json_reader* r, json_t* object, const char* key, pinna_path_kind kind, char** file,
                              pinna_path** out)
{
    char* name = NULL;
    pinna_status status = pinna_scene_read_file_name(r, object, key, &name);
    if (!status) status = pinna_path_load(name, kind, r->report, out);
    if (file)
        *file = name;
    else
        free(name);
    return status;
}

/* A place in metres may stand where a direction and a distance may. */
static pinna_path_kind kind_of(json_t* value, pinna_path_kind kind)
{
    json_t* first = json_is_array(value) ? json_array_get(value, 0) : value;
    bool metres = json_object_get(first, "x_m") || json_object_get(first, "y_m");
    return kind == PINNA_PATH_SOURCE && metres ? PINNA_PATH_PLACE : kind;
}

pinna_status pinna_scene_read_path(pinna_json_reader* r, json_t* object, const char* key, pinna_path_kind kind,
                                   char** file, pinna_path** out)
{
    json_t* value = json_object_get(object, key);
    if (!value) return PINNA_OK;
    if (json_is_string(value)) return read_file(r, object, key, kind, file, out);
    kind = kind_of(value, kind);
    pinna_json_enter_key(r, key);
    pinna_status status = json_is_array(value) ? read_keyframes(r, value, kind, out) : read_fixed(r, value, kind, out);
    pinna_json_leave(r);
    return status;
}

pinna_status pinna_scene_read_interpolation(pinna_json_reader* r, json_t* object, pinna_path* const* paths,
                                            size_t path_count)
{
    enum { LINEAR, SPLINE };
    static const char* const names[] = {[LINEAR] = "linear", [SPLINE] = "spline", NULL};
    uint32_t choice = LINEAR;
    pinna_status status = pinna_json_read_choice(r, object, "interpolation", names, &choice);
    for (size_t i = 0; i < path_count && !status && choice == SPLINE; i++)
        if (paths[i]) status = pinna_path_smooth(paths[i]);
    return status;
}
