/* SPDX-License-Identifier: MIT */
#include "scene.h"
#include "cli.h"
#include "json_place.h"
#include "scenes_builtin.h"
#include "sounds.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = 8, FILE_MAX_BYTES = 64 << 20, KEYFRAME_MAX = 1000000 };

/* Where the reader is, so that every message can name line and column. */
typedef struct cursor {
    const char* path;
    const char* text;
    pinna_report* report;
    pinna_json_step steps[DEPTH_MAX];
    size_t depth;
} cursor;

static void enter_key(cursor* c, const char* key)
{
    c->steps[c->depth++] = (pinna_json_step){.key = key};
}

static void enter_element(cursor* c, size_t index)
{
    c->steps[c->depth++] = (pinna_json_step){.index = index};
}

static void leave(cursor* c)
{
    c->depth--;
}

static pinna_status refuse_at(const cursor* c, pinna_json_place place, const char* format, va_list arguments)
{
    char text[320];
    vsnprintf(text, sizeof text, format, arguments);
    pinna_report_add(c->report, PINNA_SEVERITY_ERROR, "scene", "%s:%u:%u: %s", c->path, place.line, place.column, text);
    return PINNA_ERROR_DATA;
}

/* Refuses the value the cursor is at. */
static pinna_status PINNA_PRINTF(2, 3) refuse(const cursor* c, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pinna_status status = refuse_at(c, pinna_json_find(c->text, c->steps, c->depth, false), format, arguments);
    va_end(arguments);
    return status;
}

static pinna_status PINNA_PRINTF(3, 4) refuse_key(cursor* c, const char* key, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    enter_key(c, key);
    pinna_status status = refuse_at(c, pinna_json_find(c->text, c->steps, c->depth, true), format, arguments);
    leave(c);
    va_end(arguments);
    return status;
}

static pinna_status check_file(cursor* c, const char* file)
{
    const char* builtin = pinna_sounds_builtin_name(file);
    if (!builtin) return access(file, R_OK) ? refuse_key(c, "file", "%s: %s", file, strerror(errno)) : PINNA_OK;
    for (size_t i = 0; pinna_sounds_names[i]; i++)
        if (!strcmp(builtin, pinna_sounds_names[i])) return PINNA_OK;
    const char* closest = pinna_cli_closest(builtin, pinna_sounds_names);
    return refuse_key(c, "file", "there is no built-in sound '%.60s'%s%s%s", builtin, closest ? "; did you mean '" : "",
                      closest ? closest : "", closest ? "'?" : "");
}

/* A misspelt key would otherwise be a setting silently not made. @param known Ends with NULL. */
static pinna_status check_keys(cursor* c, json_t* object, const char* const* known)
{
    if (!json_is_object(object)) return refuse(c, "an object {...} is needed here");
    for (void* at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const char* key = json_object_iter_key(at);
        bool found = false;
        for (size_t i = 0; known[i] && !found; i++)
            found = !strcmp(key, known[i]);
        if (found) continue;
        const char* closest = pinna_cli_closest(key, known);
        if (closest) return refuse_key(c, key, "unknown key \"%.60s\"; did you mean \"%s\"?", key, closest);
        return refuse_key(c, key, "unknown key \"%.60s\"", key);
    }
    return PINNA_OK;
}

static pinna_status read_number(cursor* c, json_t* object, const char* key, double minimum, double maximum, double* out)
{
    json_t* value = json_object_get(object, key);
    if (!value) return PINNA_OK;
    pinna_status status = PINNA_OK;
    enter_key(c, key);
    if (!json_is_number(value))
        status = refuse(c, "\"%s\" must be a number", key);
    else if (json_number_value(value) < minimum || json_number_value(value) > maximum)
        status = refuse(c, "\"%s\" must lie between %.10g and %.10g, not %.10g", key, minimum, maximum,
                        json_number_value(value));
    else
        *out = json_number_value(value);
    leave(c);
    return status;
}

static pinna_status read_count(cursor* c, json_t* object, const char* key, uint32_t minimum, uint32_t maximum,
                               uint32_t* out)
{
    double value = *out;
    pinna_status status = read_number(c, object, key, minimum, maximum, &value);
    if (!status && value != floor(value)) status = refuse_key(c, key, "\"%s\" must be a whole number", key);
    if (!status) *out = (uint32_t)value;
    return status;
}

static pinna_status read_bool(cursor* c, json_t* object, const char* key, bool* out)
{
    json_t* value = json_object_get(object, key);
    if (!value) return PINNA_OK;
    if (!json_is_boolean(value)) return refuse_key(c, key, "\"%s\" must be true or false", key);
    *out = json_is_true(value);
    return PINNA_OK;
}

static pinna_status read_text(cursor* c, json_t* object, const char* key, char** out)
{
    json_t* value = json_object_get(object, key);
    if (!value) return PINNA_OK;
    if (!json_is_string(value) || !*json_string_value(value))
        return refuse_key(c, key, "\"%s\" must be a text in quotes", key);
    *out = strdup(json_string_value(value));
    return *out ? PINNA_OK : PINNA_ERROR_MEMORY;
}

/* Names are relative to the scene's folder, so that a scene may be moved together with its sounds. */
static pinna_status resolve_file(const cursor* c, char** name)
{
    const char* slash = strrchr(c->path, '/');
    if (!*name || **name == '/' || !slash || pinna_sounds_builtin_name(*name)) return PINNA_OK;
    size_t folder_length = (size_t)(slash + 1 - c->path), size = folder_length + strlen(*name) + 1;
    char* resolved = malloc(size);
    if (!resolved) return PINNA_ERROR_MEMORY;
    snprintf(resolved, size, "%.*s%s", (int)folder_length, c->path, *name);
    free(*name);
    *name = resolved;
    return PINNA_OK;
}

static pinna_status read_file_name(cursor* c, json_t* object, const char* key, char** out)
{
    pinna_status status = read_text(c, object, key, out);
    return status ? status : resolve_file(c, out);
}

/* One point of a path: an object with the path's fields, and t_s where it is a keyframe. */
static pinna_status read_point(cursor* c, json_t* object, pinna_path_kind kind, bool timed, pinna_path_point* out)
{
    const pinna_path_field* fields = pinna_path_fields(kind);
    const char* known[PINNA_PATH_FIELD_COUNT + 2] = {fields[0].name, fields[1].name, fields[2].name,
                                                     timed ? "t_s" : NULL};
    *out = (pinna_path_point){0};
    pinna_status status = check_keys(c, object, known);
    if (!status && timed && !json_object_get(object, "t_s")) status = refuse(c, "a keyframe needs \"t_s\"");
    if (!status) status = read_number(c, object, "t_s", 0, 1e7, &out->t_s);
    for (size_t f = 0; f < PINNA_PATH_FIELD_COUNT && !status; f++) {
        out->value[f] = fields[f].fallback;
        if (!fields[f].optional && !json_object_get(object, fields[f].name))
            status = refuse(c, "\"%s\" is missing", fields[f].name);
        else
            status = read_number(c, object, fields[f].name, fields[f].minimum, fields[f].maximum, &out->value[f]);
    }
    return status;
}

static pinna_status read_fixed(cursor* c, json_t* object, pinna_path_kind kind, pinna_path** out)
{
    pinna_path_point point;
    size_t bad = 0;
    pinna_status status = read_point(c, object, kind, false, &point);
    return status ? status : pinna_path_create(kind, &point, 1, &bad, out);
}

static pinna_status read_points(cursor* c, json_t* array, pinna_path_kind kind, pinna_path_point* points)
{
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < json_array_size(array) && !status; i++) {
        enter_element(c, i);
        status = read_point(c, json_array_get(array, i), kind, true, &points[i]);
        if (!status && i && points[i].t_s < points[i - 1].t_s)
            status =
                refuse(c, "\"t_s\" is %g, earlier than the keyframe before it (%g)", points[i].t_s, points[i - 1].t_s);
        leave(c);
    }
    return status;
}

static pinna_status read_keyframes(cursor* c, json_t* array, pinna_path_kind kind, pinna_path** out)
{
    size_t count = json_array_size(array), bad = 0;
    if (!json_is_array(array) || !count || count > KEYFRAME_MAX)
        return refuse(c, "a list of 1 to %d keyframes [{\"t_s\": ...}, ...] is needed here", KEYFRAME_MAX);
    pinna_path_point* points = calloc(count, sizeof *points);
    if (!points) return PINNA_ERROR_MEMORY;
    pinna_status status = read_points(c, array, kind, points);
    if (!status) status = pinna_path_create(kind, points, count, &bad, out);
    free(points);
    return status;
}

static pinna_status read_path_file(cursor* c, json_t* object, const char* key, pinna_path_kind kind, char** file,
                                   pinna_path** out)
{
    pinna_status status = read_file_name(c, object, key, file);
    return status ? status : pinna_path_load(*file, kind, c->report, out);
}

static pinna_status read_source_path(cursor* c, json_t* object, pinna_path** out)
{
    static const char* const ways[] = {"position", "path", "keyframes"};
    const pinna_path_kind kind = PINNA_PATH_SOURCE;
    int given = 0;
    for (size_t i = 0; i < 3; i++)
        given += json_object_get(object, ways[i]) != NULL;
    if (given != 1)
        return refuse(c, "a source needs one of \"position\", \"path\" and \"keyframes\"; there are %d", given);
    if (json_object_get(object, "path")) {
        char* file = NULL;
        pinna_status status = read_path_file(c, object, "path", PINNA_PATH_SOURCE, &file, out);
        free(file);
        return status;
    }
    const char* key = json_object_get(object, "position") ? "position" : "keyframes";
    enter_key(c, key);
    json_t* value = json_object_get(object, key);
    pinna_status status = *key == 'p' ? read_fixed(c, value, kind, out) : read_keyframes(c, value, kind, out);
    leave(c);
    return status;
}

static pinna_status read_head(cursor* c, json_t* scene, pinna_scene* out)
{
    const pinna_path_kind kind = PINNA_PATH_HEAD;
    json_t* head = json_object_get(scene, "head");
    if (!head) return PINNA_OK;
    if (json_is_string(head)) return read_path_file(c, scene, "head", PINNA_PATH_HEAD, &out->head_file, &out->head);
    enter_key(c, "head");
    pinna_status status =
        json_is_array(head) ? read_keyframes(c, head, kind, &out->head) : read_fixed(c, head, kind, &out->head);
    leave(c);
    return status;
}

static pinna_status check_source(cursor* c, const pinna_scene* scene, const pinna_scene_source* source)
{
    if (!source->file) return refuse(c, "a source needs a \"file\"");
    if (source->end_s <= source->start_s)
        return refuse(c, "\"end_s\" (%g) must come after \"start_s\" (%g)", source->end_s, source->start_s);
    if (source->loop && isinf(source->end_s) && isinf(scene->duration_s))
        return refuse(c, "a source that loops needs an \"end_s\", or the scene a \"duration_s\"");
    return PINNA_OK;
}

/* The direct stereo is no source. */
static pinna_status read_category(cursor* c, json_t* object, pinna_category* out)
{
    static const char* const names[] = {
        [PINNA_CATEGORY_EFFECT] = "effect", [PINNA_CATEGORY_CUE] = "cue",           [PINNA_CATEGORY_SPEECH] = "speech",
        [PINNA_CATEGORY_MUSIC] = "music",   [PINNA_CATEGORY_AMBIENCE] = "ambience", [PINNA_CATEGORY_BED] = "bed", NULL};
    json_t* value = json_object_get(object, "category");
    const char* text = json_string_value(value);
    if (!value) return PINNA_OK;
    for (int i = 0; text && names[i]; i++) {
        *out = (pinna_category)i;
        if (!strcmp(text, names[i])) return PINNA_OK;
    }
    return refuse_key(c, "category", "\"category\" is one of effect, cue, speech, music, ambience and bed");
}

static pinna_status read_source(cursor* c, json_t* object, const pinna_scene* scene, pinna_scene_source* out)
{
    static const char* const known[] = {"name",   "file", "channel",  "gain_db", "start_s",   "end_s",
                                        "fade_s", "loop", "category", "position", "path",     "keyframes", NULL};
    out->end_s = INFINITY;
    pinna_status status = check_keys(c, object, known);
    if (!status) status = read_text(c, object, "name", &out->name);
    if (!status) status = read_file_name(c, object, "file", &out->file);
    if (!status) status = read_count(c, object, "channel", 1, 1024, &out->channel);
    if (!status) status = read_number(c, object, "gain_db", -200, 60, &out->gain_db);
    if (!status) status = read_number(c, object, "start_s", 0, 1e6, &out->start_s);
    if (!status) status = read_number(c, object, "end_s", 0, 1e6, &out->end_s);
    if (!status) status = read_number(c, object, "fade_s", 0, 60, &out->fade_s);
    if (!status) status = read_bool(c, object, "loop", &out->loop);
    if (!status) status = read_category(c, object, &out->category);
    if (!status) status = check_source(c, scene, out);
    if (!status) status = check_file(c, out->file);
    return status ? status : read_source_path(c, object, &out->path);
}

static pinna_status read_sources(cursor* c, json_t* scene, pinna_scene* out)
{
    json_t* array = json_object_get(scene, "sources");
    size_t count = json_array_size(array);
    if (!array) return refuse(c, "the scene has no \"sources\"");
    enter_key(c, "sources");
    pinna_status status = PINNA_OK;
    if (!json_is_array(array) || !count || count > PINNA_SCENE_SOURCE_MAX)
        status = refuse(c, "\"sources\" must be a list of 1 to %d sources", PINNA_SCENE_SOURCE_MAX);
    else if (!(out->sources = calloc(count, sizeof *out->sources)))
        status = PINNA_ERROR_MEMORY;
    for (size_t i = 0; i < count && !status; i++) {
        enter_element(c, i);
        out->source_count = i + 1;
        status = read_source(c, json_array_get(array, i), out, &out->sources[i]);
        leave(c);
    }
    leave(c);
    return status;
}

static pinna_status check_version(cursor* c, json_t* scene)
{
    double version = 0;
    if (!json_is_object(scene)) return refuse(c, "a scene is an object {\"version\": %d, ...}", PINNA_SCENE_VERSION);
    if (!json_object_get(scene, "version")) return refuse(c, "the scene must say \"version\": %d", PINNA_SCENE_VERSION);
    pinna_status status = read_number(c, scene, "version", 0, 1e6, &version);
    if (!status && version != PINNA_SCENE_VERSION)
        status = refuse_key(c, "version", "version %g is not known; this program reads version %d", version,
                            PINNA_SCENE_VERSION);
    return status;
}

/* A value of the preset as text; checked here, where its place in the file is known. */
static pinna_status read_set(cursor* c, const char* name, json_t* value, pinna_scene_set* out)
{
    char number[32];
    const char* text = json_string_value(value);
    pinna_report report = {0};
    pinna_preset scratch;
    if (json_is_boolean(value)) text = json_is_true(value) ? "on" : "off";
    if (json_is_number(value)) {
        snprintf(number, sizeof number, "%.9g", json_number_value(value));
        text = number;
    }
    if (!text) return refuse_key(c, name, "\"%.60s\" needs a number, true, false or a word", name);
    if (pinna_preset_find("flat", &scratch) || pinna_preset_set(&scratch, name, text, &report))
        return refuse_key(c, name, "%s; `pinna presets` lists what can be set", pinna_report_error(&report));
    *out = (pinna_scene_set){strdup(name), strdup(text)};
    return out->name && out->value ? PINNA_OK : PINNA_ERROR_MEMORY;
}

static pinna_status read_sets(cursor* c, json_t* scene, pinna_scene* out)
{
    json_t* object = json_object_get(scene, "set");
    if (!object) return PINNA_OK;
    pinna_status status = PINNA_OK;
    enter_key(c, "set");
    if (!json_is_object(object)) status = refuse(c, "an object {\"name\": value, ...} is needed here");
    if (!status) out->sets = calloc(json_object_size(object) + 1, sizeof *out->sets);
    if (!status && !out->sets) status = PINNA_ERROR_MEMORY;
    for (void* at = json_object_iter(object); at && !status; at = json_object_iter_next(object, at))
        status = read_set(c, json_object_iter_key(at), json_object_iter_value(at), &out->sets[out->set_count++]);
    leave(c);
    return status;
}

static pinna_status read_scene(cursor* c, json_t* scene, pinna_scene* out)
{
    static const char* const known[] = {"version",    "title",   "sofa", "preset",  "sample_rate_hz",
                                        "duration_s", "gain_db", "head", "set",     "sources", NULL};
    pinna_status status = check_version(c, scene);
    if (!status) status = check_keys(c, scene, known);
    if (!status) status = read_text(c, scene, "title", &out->title);
    if (!status) status = read_file_name(c, scene, "sofa", &out->sofa);
    if (!status) status = read_text(c, scene, "preset", &out->preset);
    if (!status) status = read_sets(c, scene, out);
    if (!status) status = read_count(c, scene, "sample_rate_hz", 8000, 192000, &out->sample_rate_hz);
    if (!status) status = read_number(c, scene, "duration_s", 0.001, 1e6, &out->duration_s);
    if (!status) status = read_number(c, scene, "gain_db", -200, 60, &out->gain_db);
    if (!status) status = read_head(c, scene, out);
    return status ? status : read_sources(c, scene, out);
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
    json_error_t error;
    pinna_status status;
    cursor c = {.path = name, .text = text, .report = report};
    json_t* scene = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (scene) {
        status = read_scene(&c, scene, out);
    } else {
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "scene", "%s:%d:%d: %s", name, error.line, error.column,
                         error.text);
        status = PINNA_ERROR_FORMAT;
    }
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
    char* text = NULL;
    pinna_status status = read_text_file(path, report, &text);
    if (!status) status = pinna_scene_parse(path, text, report, out);
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
        sources[i] = (pinna_scene_source){.end_s = INFINITY};
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
    for (size_t i = 0; i < scene->set_count; i++) {
        free(scene->sets[i].name);
        free(scene->sets[i].value);
    }
    free(scene->sets);
    free(scene->head_file);
    pinna_path_destroy(scene->head);
    *scene = (pinna_scene){0};
}
