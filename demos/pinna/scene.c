/* SPDX-License-Identifier: MIT */
#include "scene.h"
#include "cli.h"
#include "scene_read.h"
#include "scenes_builtin.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 64 << 20 };

static pinna_status check_version(pinna_json_reader* r, json_t* scene)
{
    double version = 0;
    if (!json_is_object(scene))
        return pinna_json_refuse(r, "a scene is an object {\"version\": %d, ...}", PINNA_SCENE_VERSION);
    if (!json_object_get(scene, "version"))
        return pinna_json_refuse(r, "the scene must say \"version\": %d", PINNA_SCENE_VERSION);
    pinna_status status = pinna_json_read_number(r, scene, "version", 0, 1e6, &version);
    if (!status && version != PINNA_SCENE_VERSION)
        status = pinna_json_refuse_key(r, "version", "version %g is not known; this program reads version %d", version,
                                       PINNA_SCENE_VERSION);
    return status;
}

static pinna_status read_listener(pinna_json_reader* r, json_t* scene, pinna_scene* out)
{
    static const char* const known[] = {"position", "orientation", "interpolation", NULL};
    json_t* listener = json_object_get(scene, "listener");
    if (!listener) return PINNA_OK;
    pinna_json_enter_key(r, "listener");
    pinna_status status = pinna_json_check_keys(r, listener, known);
    if (!status)
        status = pinna_scene_read_path(r, listener, "position", PINNA_PATH_PLACE, NULL, &out->listener_position);
    if (!status)
        status = pinna_scene_read_path(r, listener, "orientation", PINNA_PATH_HEAD, NULL, &out->listener_orientation);
    pinna_path* const paths[] = {out->listener_position, out->listener_orientation};
    if (!status) status = pinna_scene_read_interpolation(r, listener, paths, 2);
    pinna_json_leave(r);
    return status;
}

static pinna_status read_sounds(pinna_json_reader* r, json_t* scene, pinna_scene* out)
{
    if (!json_object_get(scene, "sources") && !json_object_get(scene, "beds"))
        return pinna_json_refuse(r, "the scene has no \"sources\" and no \"beds\"");
    pinna_status status = pinna_scene_read_sources(r, scene, out);
    return status ? status : pinna_scene_read_beds(r, scene, out);
}

static pinna_status read_scene(pinna_json_reader* r, json_t* scene, pinna_scene* out)
{
    static const char* const known[] = {"version",      "title",          "sofa",       "preset",  "room",
                                        "set",          "sample_rate_hz", "duration_s", "gain_db", "listener",
                                        "headphone_eq", "brir",           "head",       "sources", "beds",
                                        NULL};
    pinna_status status = check_version(r, scene);
    if (!status) status = pinna_json_check_keys(r, scene, known);
    if (!status) status = pinna_json_read_text(r, scene, "title", &out->title);
    if (!status) status = pinna_scene_read_file_name(r, scene, "sofa", &out->sofa);
    if (!status) status = pinna_scene_read_file_name(r, scene, "headphone_eq", &out->headphone_eq);
    if (!status) status = pinna_scene_read_file_name(r, scene, "brir", &out->brir);
    if (!status) status = pinna_json_read_text(r, scene, "preset", &out->preset);
    if (!status) status = pinna_scene_read_sets(r, scene, out);
    if (!status) status = pinna_json_read_count(r, scene, "sample_rate_hz", 8000, 192000, &out->sample_rate_hz);
    if (!status) status = pinna_json_read_number(r, scene, "duration_s", 0.001, 1e6, &out->duration_s);
    if (!status) status = pinna_json_read_number(r, scene, "gain_db", -200, 60, &out->gain_db);
    if (!status) status = read_listener(r, scene, out);
    if (!status) status = pinna_scene_read_path(r, scene, "head", PINNA_PATH_HEAD, &out->head_file, &out->head);
    return status ? status : read_sounds(r, scene, out);
}

static pinna_status read_text_file(const char* path, pinna_report* report, char** out)
{
    FILE* file = fopen(path, "rb");
    char* text = file ? malloc(FILE_MAX_BYTES + 1) : NULL;
    size_t size = text ? fread(text, 1, FILE_MAX_BYTES + 1, file) : 0;
    const char* problem = NULL;
    if (!file || (text && ferror(file))) problem = strerror(errno);
    if (size > FILE_MAX_BYTES) problem = "is larger than 64 MB; is this a scene?";
    if (text && !problem && memchr(text, 0, size)) problem = "holds zero bytes; a scene is JSON text";
    if (file) fclose(file);
    if (text) text[size <= FILE_MAX_BYTES ? size : 0] = '\0';
    if (problem) pinna_report_add(report, PINNA_SEVERITY_ERROR, "scene", "%s: %s", path, problem);
    if (text && !problem) {
        *out = text;
        return PINNA_OK;
    }
    free(text);
    return problem ? PINNA_ERROR_FILE : PINNA_ERROR_MEMORY;
}

pinna_status pinna_scene_parse(const char* name, const char* text, pinna_report* report, pinna_scene* out)
{
    *out = (pinna_scene){.duration_s = INFINITY};
    json_t* scene = NULL;
    pinna_json_reader reader = {.name = name, .text = text, .report = report};
    pinna_status status = pinna_json_parse(&reader, &scene);
    if (!status) status = read_scene(&reader, scene, out);
    json_decref(scene);
    if (status) pinna_scene_release(out);
    return status;
}

pinna_status pinna_scene_load(const char* path, pinna_report* report, pinna_scene* out)
{
    *out = (pinna_scene){.duration_s = INFINITY};
    const char* builtin = access(path, F_OK) ? pinna_scenes_builtin_text(path) : NULL;
    if (builtin) return pinna_scene_parse(path, builtin, report, out);
    const char* meant = access(path, F_OK) ? pinna_cli_closest(path, pinna_scenes_builtin_names) : NULL;
    if (meant) {
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "scene",
                         "%s: there is no such file or built-in scene; did you mean '%s'?", path, meant);
        return PINNA_ERROR_FILE;
    }
    static const char byte_order_mark[] = "\xef\xbb\xbf"; /* as editors on Windows write it */
    char* text = NULL;
    pinna_status status = read_text_file(path, report, &text);
    size_t skipped = !status && !strncmp(text, byte_order_mark, 3) ? 3 : 0;
    if (!status) status = pinna_scene_parse(path, text + skipped, report, out);
    free(text);
    return status;
}

pinna_scene_source* pinna_scene_add_sources(pinna_scene* scene, size_t count)
{
    size_t before = scene->source_count;
    if (count > PINNA_SCENE_SOURCE_MAX - before) return NULL;
    pinna_scene_source* sources = realloc(scene->sources, (before + count) * sizeof *sources);
    if (!sources) return NULL;
    scene->sources = sources;
    scene->source_count += count;
    for (size_t i = before; i < before + count; i++)
        sources[i] = (pinna_scene_source){.end_s = INFINITY, .priority = PINNA_SCENE_PRIORITY};
    return sources + before;
}

pinna_status pinna_scene_find_field(pinna_scene* scene, const pinna_scene_field* field, size_t* out)
{
    for (*out = 0; *out < scene->field_count; ++*out) {
        const pinna_scene_field* f = &scene->fields[*out];
        if (f->order == field->order && f->format == field->format && f->max_re == field->max_re &&
            f->head_locked == field->head_locked)
            return PINNA_OK;
    }
    pinna_scene_field* fields = realloc(scene->fields, (scene->field_count + 1) * sizeof *fields);
    if (!fields) return PINNA_ERROR_MEMORY;
    scene->fields = fields;
    fields[scene->field_count++] = *field;
    return PINNA_OK;
}

pinna_listener_params pinna_scene_listener_at(const pinna_scene* scene, double t_s)
{
    pinna_listener_params params = pinna_listener_params_default();
    if (scene->listener_position) params.position = pinna_path_position_at(scene->listener_position, t_s);
    if (scene->listener_orientation) params.orientation = pinna_path_rotation_at(scene->listener_orientation, t_s);
    if (scene->head) params.head_orientation = pinna_path_rotation_at(scene->head, t_s);
    return params;
}

bool pinna_scene_pose_at(const pinna_scene* scene, size_t index, uint64_t frame, uint32_t sample_rate_hz,
                         pinna_pose* out)
{
    const pinna_scene_source* source = &scene->sources[index];
    double t_s = (double)frame / sample_rate_hz;
    if (source->route != PINNA_ROUTE_PLACED) return false;
    if (source->automation) {
        /* An authored object's clock begins with its file. */
        uint64_t start = (uint64_t)llround(source->start_s * sample_rate_hz);
        *out = pinna_automation_pose_at(source->automation, frame > start ? frame - start : 0);
    } else {
        *out = (pinna_pose){.position = pinna_path_position_at(source->path, t_s), .extent_m = (float)source->extent_m};
    }
    if (pinna_scene_source_is_authored(source) && scene->listener_position && !out->head_locked)
        out->position = pinna_vec3_add(out->position, pinna_path_position_at(scene->listener_position, t_s));
    return true;
}

bool pinna_scene_place_at(const pinna_scene* scene, size_t index, uint64_t frame, uint32_t sample_rate_hz,
                          pinna_vec3* out)
{
    pinna_pose pose;
    if (!pinna_scene_pose_at(scene, index, frame, sample_rate_hz, &pose)) return false;
    *out = pose.position;
    if (pose.head_locked) return true;
    pinna_listener_params listener = pinna_scene_listener_at(scene, (double)frame / sample_rate_hz);
    *out = pinna_quat_rotate(pinna_quat_conjugate(listener.orientation), pinna_vec3_sub(*out, listener.position));
    return true;
}

bool pinna_scene_source_moves(const pinna_scene* scene, size_t index)
{
    const pinna_scene_source* source = &scene->sources[index];
    bool goes_along = pinna_scene_source_is_authored(source) && scene->listener_position;
    if (goes_along && pinna_path_moves(scene->listener_position)) return true;
    if (source->automation) return pinna_automation_block_count(source->automation) > 1;
    return source->path && pinna_path_moves(source->path);
}

void pinna_scene_release(pinna_scene* scene)
{
    for (size_t i = 0; i < scene->source_count; i++) {
        free(scene->sources[i].name);
        free(scene->sources[i].file);
        pinna_path_destroy(scene->sources[i].path);
        pinna_automation_destroy(scene->sources[i].automation);
    }
    free(scene->sources);
    free(scene->fields);
    free(scene->title);
    free(scene->sofa);
    free(scene->preset);
    free(scene->headphone_eq);
    free(scene->brir);
    for (size_t i = 0; i < scene->set_count; i++) {
        free(scene->sets[i].name);
        free(scene->sets[i].value);
    }
    free(scene->sets);
    free(scene->head_file);
    pinna_path_destroy(scene->head);
    pinna_path_destroy(scene->listener_position);
    pinna_path_destroy(scene->listener_orientation);
    *scene = (pinna_scene){0};
}
