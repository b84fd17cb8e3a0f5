/* SPDX-License-Identifier: MIT */
#include "plot_scene.h"
#include "adm.h"
#include "scenes_builtin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WIDTH = 1240, MARGIN = 40, VIEW = 520, VIEW_TOP = 118, LANES_TOP = VIEW_TOP + VIEW + 34, STEPS = 256 };

/* --- levels and places -------------------------------------------------------------------------------------------- */

bool plot_scene_place(const plot_scene* s, size_t source, double t_s, pinna_vec3* out)
{
    pinna_pose pose;
    uint32_t rate = s->levels.sample_rate_hz;
    if (!pinna_scene_pose_at(&s->scene, source, (uint64_t)llround(fmax(t_s, 0) * rate), rate, &pose)) return false;
    *out = pose.position;
    return true;
}

/* What the distance takes, as the renderer's default has it. */
static double distance_power(const plot_scene* s, size_t source, double t_s)
{
    pinna_vec3 at, listener = {0, 0, 0};
    if (pinna_scene_source_is_authored(&s->scene.sources[source]) || !plot_scene_place(s, source, t_s, &at)) return 1;
    if (s->scene.listener_position) listener = pinna_path_position_at(s->scene.listener_position, t_s);
    double distance_m = fmax(1, (double)pinna_vec3_length(pinna_vec3_sub(at, listener)));
    return 1 / (distance_m * distance_m);
}

static double power_db(double power)
{
    return power > 1e-12 ? 10 * log10(power) : -INFINITY;
}

double plot_scene_level_db(const plot_scene* s, size_t source, double t_s)
{
    double power = pinna_scene_levels_power_at(&s->levels, source, t_s);
    return power > 0 ? power_db(power * distance_power(s, source, t_s)) : -INFINITY;
}

double plot_scene_group_level_db(const plot_scene* s, const plot_group* group, double t_s)
{
    double power = 0;
    for (size_t i = group->first; i < group->first + group->count; i++) {
        const pinna_scene_source* source = &s->scene.sources[i];
        bool counts =
            source->route != PINNA_ROUTE_FIELD || source->field_channel == 0; /* a field's pressure is its first */
        double own = counts ? pinna_scene_levels_power_at(&s->levels, i, t_s) : 0;
        if (own > 0) power += own * distance_power(s, i, t_s);
    }
    return power_db(power);
}

bool plot_scene_colour(const plot_scene* s, double level_db, double t_s, plot_colour* out)
{
    double share = s->levels.power ? (level_db - s->loudest_db) / PLOT_LEVEL_RANGE_DB + 1
                                   : 1 - t_s / fmax(s->levels.duration_s, 1e-3);
    if (!(share > 0)) return false;
    *out = plot_ramp(0.92 * (1 - fmin(share, 1))); /* loud is dark: the page is white */
    return true;
}

/* --- loading ------------------------------------------------------------------------------------------------------ */

static bool takes(const char* path, const unsigned char* start, size_t byte_count)
{
    const char* dot = strrchr(path, '.');
    size_t at = 0;
    while (at < byte_count && strchr(" \t\r\n", start[at]))
        at++;
    bool named = dot && (!strcasecmp(dot, ".json") || !strcasecmp(dot, ".csv"));
    if (!byte_count) return named || pinna_scenes_builtin_text(path);
    return named || (at < byte_count && start[at] == '{') || pinna_adm_is(path);
}

static bool is_one_group(const pinna_scene_source* a, const pinna_scene_source* b)
{
    bool both_bed = (a->bed || a->route == PINNA_ROUTE_FIELD) && (b->bed || b->route == PINNA_ROUTE_FIELD);
    return both_bed && a->start_s == b->start_s && !strcmp(a->file, b->file);
}

static const char* base_name(const char* path)
{
    const char* slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void name_group(const pinna_scene* scene, plot_group* group)
{
    const pinna_scene_source* first = &scene->sources[group->first];
    const char* file = first->file ? base_name(first->file) : "";
    if (group->count == 1)
        snprintf(group->label, sizeof group->label, "%.60s", first->name ? first->name : file);
    else
        snprintf(group->label, sizeof group->label, "%.40s (%zu channels)", file, group->count);
}

static pinna_status find_groups(plot_scene* s)
{
    const pinna_scene* scene = &s->scene;
    s->groups = calloc(scene->source_count, sizeof *s->groups);
    if (!s->groups) return PINNA_ERROR_MEMORY;
    for (size_t i = 0; i < scene->source_count; i++) {
        if (i && is_one_group(&scene->sources[i - 1], &scene->sources[i]))
            s->groups[s->group_count - 1].count++;
        else
            s->groups[s->group_count++] = (plot_group){.first = i, .count = 1};
    }
    for (size_t i = 0; i < s->group_count; i++)
        name_group(scene, &s->groups[i]);
    return PINNA_OK;
}

static void include(plot_scene* s, pinna_vec3 at)
{
    double distance_m = (double)pinna_vec3_length(at);
    s->reach_m = fmax(s->reach_m, distance_m);
    if (distance_m > 0.2) s->nearest_m = fmin(s->nearest_m, distance_m);
}

static void find_ranges(plot_scene* s)
{
    s->loudest_db = -INFINITY;
    s->reach_m = 1.2;
    s->nearest_m = INFINITY;
    for (int step = 0; step < STEPS; step++) {
        double t_s = s->levels.duration_s * step / STEPS;
        pinna_vec3 at;
        for (size_t i = 0; i < s->scene.source_count; i++)
            if (plot_scene_place(s, i, t_s, &at)) include(s, at);
        for (size_t i = 0; i < s->group_count; i++)
            s->loudest_db = fmax(s->loudest_db, plot_scene_group_level_db(s, &s->groups[i], t_s));
        if (s->scene.listener_position) include(s, pinna_path_position_at(s->scene.listener_position, t_s));
    }
    s->loudest_db = isfinite(s->loudest_db) ? 6 * ceil(s->loudest_db / 6) : 0;
}

/* A path alone is the scene of one source nobody has heard. */
static pinna_status load_path(const char* path, pinna_report* report, plot_scene* s)
{
    double first_s = 0;
    pinna_scene_source* source = pinna_scene_add_sources(&s->scene, 1);
    if (!source) return PINNA_ERROR_MEMORY;
    source->name = strdup(base_name(path));
    if (!source->name) return PINNA_ERROR_MEMORY;
    s->levels.sample_rate_hz = 48000;
    pinna_status status = pinna_path_load(path, PINNA_PATH_SOURCE, report, &source->path);
    if (!status) pinna_path_span(source->path, &first_s, &s->levels.duration_s);
    s->levels.duration_s = fmax(s->levels.duration_s, 0);
    return status;
}

static pinna_status load_adm(const char* path, pinna_report* report, pinna_scene* scene)
{
    pinna_adm_config config = pinna_adm_config_default(path);
    scene->duration_s = INFINITY;
    return pinna_adm_add(&config, report, scene);
}

static pinna_status read_any(const char* path, pinna_report* report, plot_scene* s)
{
    const char* dot = strrchr(path, '.');
    if (dot && !strcasecmp(dot, ".csv")) return load_path(path, report, s);
    pinna_status status =
        pinna_adm_is(path) ? load_adm(path, report, &s->scene) : pinna_scene_load(path, report, &s->scene);
    return status ? status : pinna_scene_levels_measure(&s->scene, report, &s->levels);
}

static void release(void* one)
{
    plot_scene* s = one;
    if (!s) return;
    pinna_scene_levels_release(&s->levels);
    pinna_scene_release(&s->scene);
    free(s->groups);
    free(s->name);
    free(s);
}

static pinna_status load(const char* path, pinna_report* report, void** out)
{
    plot_scene* s = calloc(1, sizeof *s);
    if (!s) return PINNA_ERROR_MEMORY;
    s->name = strdup(base_name(path));
    pinna_status status = s->name ? read_any(path, report, s) : PINNA_ERROR_MEMORY;
    if (!status) status = find_groups(s);
    if (status) {
        release(s);
        return status;
    }
    find_ranges(s);
    *out = s;
    return PINNA_OK;
}

/* --- the page ----------------------------------------------------------------------------------------------------- */

static void draw_title(cairo_t* page, const plot_scene* s)
{
    char line[256];
    size_t sources = 0, channels = 0;
    for (size_t i = 0; i < s->group_count; i++) {
        sources += s->groups[i].count == 1;
        channels += s->groups[i].count > 1 ? s->groups[i].count : 0;
    }
    plot_text(page, MARGIN, 44, 0, 22, plot_ink, s->scene.title ? s->scene.title : s->name);
    int used =
        snprintf(line, sizeof line, "%.1f s, %zu source%s", s->levels.duration_s, sources, sources == 1 ? "" : "s");
    if (channels) used += snprintf(line + used, sizeof line - (size_t)used, ", %zu bed channels", channels);
    if (s->scene.preset) snprintf(line + used, sizeof line - (size_t)used, ", preset %.40s", s->scene.preset);
    plot_text(page, MARGIN, 68, 0, 13, plot_faint, line);
}

static void draw_level_scale(cairo_t* page, const plot_scene* s, double x, double y, double length)
{
    char label[32];
    for (int i = 0; i < length; i++) {
        plot_colour c;
        double level_db = s->loudest_db - PLOT_LEVEL_RANGE_DB * (1 - (i + 0.5) / length);
        if (!plot_scene_colour(s, level_db, s->levels.duration_s * i / length, &c)) continue;
        plot_set_colour(page, c, 1);
        cairo_rectangle(page, x + i, y, 1.5, 9);
        cairo_fill(page);
    }
    for (int mark = 0; mark <= 4; mark++) {
        double db = s->loudest_db + PLOT_LEVEL_RANGE_DB * (mark / 4.0 - 1), t_s = s->levels.duration_s * mark / 4;
        snprintf(label, sizeof label, s->levels.power ? "%.0f dB" : "%.3g s", s->levels.power ? db : t_s);
        plot_text(page, x + length * mark / 4, y + 23, 0.5, 11, plot_faint, label);
    }
    plot_text(page, x - 14, y + 9, 1, 12, plot_faint,
              s->levels.power ? "level at the listener, dB re full scale" : "time");
}

static void draw_key(cairo_t* page, double x, double y)
{
    cairo_set_line_width(page, 1.6);
    plot_set_colour(page, plot_ink, 1);
    cairo_arc(page, x, y - 4, 4.5, 0, 6.2832);
    cairo_stroke(page);
    plot_text(page, x + 10, y, 0, 12, plot_faint, "begins");
    cairo_rectangle(page, x + 66, y - 8, 8, 8);
    plot_set_colour(page, plot_ink, 1);
    cairo_fill(page);
    plot_text(page, x + 80, y, 0, 12, plot_faint, "ends");
    plot_set_colour(page, plot_faint, 0.6);
    cairo_set_line_width(page, 1);
    plot_line(page, x + 122, y - 4, x + 146, y - 4);
    plot_text(page, x + 152, y, 0, 12, plot_faint, "silent");
}

static void draw(cairo_t* page, const void* one)
{
    const plot_scene* s = one;
    double right = WIDTH - MARGIN - VIEW;
    draw_title(page, s);
    draw_level_scale(page, s, WIDTH - MARGIN - 330, 36, 310);
    draw_key(page, WIDTH - MARGIN - 196, 84);
    plot_text(page, MARGIN, VIEW_TOP - 12, 0, 15, plot_ink, "From above");
    plot_scene_view(page, s, false, MARGIN, VIEW_TOP, VIEW);
    plot_text(page, right, VIEW_TOP - 12, 0, 15, plot_ink, "From the right");
    plot_scene_view(page, s, true, right, VIEW_TOP, VIEW);
    plot_scene_lanes(page, s, MARGIN, LANES_TOP, WIDTH - 2 * MARGIN);
}

static double height_of(const void* one)
{
    return LANES_TOP + plot_scene_lanes_height(one) + MARGIN;
}

const pinna_plot_kind pinna_plot_scene = {.inputs = "a scene",
                                          .width = WIDTH,
                                          .height_of = height_of,
                                          .takes_names = true,
                                          .takes = takes,
                                          .load = load,
                                          .draw = draw,
                                          .release = release};
