/* SPDX-License-Identifier: MIT */
#include "live_map.h"
#include "live_paint.h"

#include <math.h>
#include <stdio.h>

#define PI 3.14159265358979324
#define NEAR_M 0.6 /* distances below are drawn nearly as they are */
#define TRAIL_S 3.0

typedef struct point {
    double x, y;
} point;

double pinna_live_map_reach_m(const pinna_live_player* player)
{
    enum { STEPS = 64 };
    const pinna_scene* scene = pinna_live_player_scene(player);
    double reach_m = 1.5, end_s = isfinite(scene->duration_s) ? scene->duration_s : 60;
    for (size_t i = 0; i < scene->source_count && i < 256; i++)
        for (int step = 0; step <= STEPS; step++) {
            pinna_vec3 at;
            if (pinna_live_player_place_at(player, i, end_s * step / STEPS, &at))
                reach_m = fmax(reach_m, (double)pinna_vec3_length(at));
        }
    return reach_m * 1.1;
}

static double drawn(const pinna_live_map* map, double distance_m)
{
    return map->radius * log1p(distance_m / NEAR_M) / log1p(map->reach_m / NEAR_M);
}

static point place(const pinna_live_map* map, pinna_vec3 at)
{
    double across = map->from_side ? (double)at.x : -(double)at.y, up = map->from_side ? (double)at.z : (double)at.x;
    double flat = hypot(across, up), distance = (double)pinna_vec3_length(at);
    if (flat < 1e-6) return (point){map->x, map->y};
    /* The picture's distance is the true one, shortened as much as seen from here. */
    double shown = drawn(map, distance) * flat / distance;
    return (point){map->x + across / flat * shown, map->y - up / flat * shown};
}

static void draw_rings(cairo_t* cr, const pinna_live_map* map)
{
    static const double rings_m[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
    char text[16];
    double last = 0;
    cairo_set_line_width(cr, 1);
    for (size_t i = 0; i < sizeof rings_m / sizeof rings_m[0] && rings_m[i] <= map->reach_m; i++) {
        double r = drawn(map, rings_m[i]);
        pinna_paint_set(cr, pinna_paint_line, 1);
        pinna_paint_disc(cr, map->x, map->y, r);
        cairo_stroke(cr);
        if (r - last < 26) continue;
        last = r;
        snprintf(text, sizeof text, "%g m", rings_m[i]);
        pinna_paint_set(cr, pinna_paint_faint, 1);
        pinna_paint_write(cr, map->x + r * 0.7071 + 4, map->y + r * 0.7071 + 11, 10, false, PINNA_PAINT_LEFT, 0, text);
    }
    pinna_paint_set(cr, pinna_paint_line, 0.7);
    cairo_move_to(cr, map->x - map->radius, map->y);
    cairo_line_to(cr, map->x + map->radius, map->y);
    cairo_move_to(cr, map->x, map->y - map->radius);
    cairo_line_to(cr, map->x, map->y + map->radius);
    cairo_stroke(cr);
}

/* Where it comes from and where it goes, fading with time. */
static void draw_trail(cairo_t* cr, const pinna_live_map* map, const pinna_live_player* player, size_t source)
{
    enum { STEPS = 40 };
    pinna_vec3 from, to;
    pinna_paint paint = pinna_paint_of_source(source);
    double now_s = pinna_live_player_time_s(player);
    if (!pinna_scene_source_moves(pinna_live_player_scene(player), source)) return;
    cairo_set_line_width(cr, 1.6);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    for (int i = -STEPS; i < STEPS; i++) {
        double from_s = fmax(0, now_s + TRAIL_S * i / STEPS), to_s = fmax(0, now_s + TRAIL_S * (i + 1) / STEPS);
        if (!pinna_live_player_place_at(player, source, from_s, &from)) return;
        if (!pinna_live_player_place_at(player, source, to_s, &to)) return;
        point a = place(map, from), b = place(map, to);
        pinna_paint_set(cr, paint, (i < 0 ? 0.5 : 0.28) * (1 - fabs((double)i) / STEPS));
        cairo_move_to(cr, a.x, a.y);
        cairo_line_to(cr, b.x, b.y);
        cairo_stroke(cr);
    }
}

static bool sounds(const pinna_scene_source* source, double now_s)
{
    return now_s >= source->start_s && now_s <= source->end_s;
}

static void draw_source(cairo_t* cr, point at, double level_db, bool awake, pinna_paint paint, double size)
{
    double strength = fmin(fmax((level_db + 64) / 48, 0), 1);
    if (awake && strength > 0) {
        cairo_pattern_t* glow = cairo_pattern_create_radial(at.x, at.y, 0, at.x, at.y, size * (2 + 4 * strength));
        cairo_pattern_add_color_stop_rgba(glow, 0, paint.red, paint.green, paint.blue, 0.55);
        cairo_pattern_add_color_stop_rgba(glow, 1, paint.red, paint.green, paint.blue, 0);
        cairo_set_source(cr, glow);
        pinna_paint_disc(cr, at.x, at.y, size * (2 + 4 * strength));
        cairo_fill(cr);
        cairo_pattern_destroy(glow);
    }
    pinna_paint_set(cr, paint, awake ? 1 : 0.25);
    pinna_paint_disc(cr, at.x, at.y, size);
    cairo_fill(cr);
}

/* A label beside its source, lower where another one already stands. */
typedef struct box {
    double left, right, top;
} box;

typedef struct labels {
    box places[64];
    size_t count;
} labels;

static bool overlap(const box* a, const box* b)
{
    enum { LINE = 15 };
    return a->left < b->right && b->left < a->right && fabs(a->top - b->top) < LINE;
}

static bool is_taken(const labels* used, const box* place)
{
    for (size_t i = 0; i < used->count; i++)
        if (overlap(&used->places[i], place)) return true;
    return false;
}

static void draw_label(cairo_t* cr, const pinna_live_map* map, labels* used, point at, const char* name, bool awake)
{
    cairo_text_extents_t extents;
    cairo_set_font_size(cr, 12);
    cairo_text_extents(cr, name, &extents);
    double right = at.x + 12, left = at.x - 12 - extents.x_advance;
    bool fits = right + extents.x_advance + 2 <= map->x + map->radius + 30;
    double x = fits ? right : left;
    box place = {x - 3, x + extents.x_advance + 3, at.y + 4};
    if (fits && is_taken(used, &place) && left > map->x - map->radius - 30) { /* on its other side, then */
        place = (box){left - 3, left + extents.x_advance + 3, at.y + 4};
        x = left;
    }
    for (size_t i = 0; i < used->count; i++)
        if (overlap(&used->places[i], &place)) {
            place.top = fmax(place.top, used->places[i].top) + 15.5;
            i = (size_t)-1; /* look again from the first: it only moves down, so this ends */
        }
    if (used->count < sizeof used->places / sizeof used->places[0]) used->places[used->count++] = place;
    pinna_paint_set(cr, awake ? pinna_paint_text : pinna_paint_faint, awake ? 0.9 : 0.8);
    pinna_paint_write(cr, x, place.top, 12, false, PINNA_PAINT_LEFT, 0, name);
}

enum { NAMED_MAX = 16 };

static void draw_sources(cairo_t* cr, const pinna_live_map* map, const pinna_live_session_view* view)
{
    const pinna_scene* scene = pinna_live_player_scene(view->player);
    double now_s = pinna_live_player_time_s(view->player), size = scene->source_count > NAMED_MAX ? 3 : 6;
    for (size_t i = 0; i < scene->source_count && scene->source_count <= NAMED_MAX; i++)
        draw_trail(cr, map, view->player, i);
    for (size_t i = 0; i < scene->source_count; i++) {
        pinna_vec3 at;
        if (!pinna_live_player_place_at(view->player, i, now_s, &at)) continue;
        draw_source(cr, place(map, at), pinna_live_session_level_db(view, i), sounds(&scene->sources[i], now_s),
                    pinna_paint_of_source(i), size);
    }
}

/* Over everything else. From the side there is no room for them. */
static void draw_labels(cairo_t* cr, const pinna_live_map* map, const pinna_live_session_view* view)
{
    const pinna_scene* scene = pinna_live_player_scene(view->player);
    double now_s = pinna_live_player_time_s(view->player);
    double head = map->radius * 0.08;
    labels used = {.places = {{map->x - head, map->x + head, map->y - 8}, {map->x - head, map->x + head, map->y + 8}},
                   .count = 2};
    if (scene->source_count > NAMED_MAX || map->from_side) return;
    for (size_t i = 0; i < scene->source_count; i++) {
        const pinna_scene_source* source = &scene->sources[i];
        pinna_vec3 at;
        if (!source->name || !pinna_live_player_place_at(view->player, i, now_s, &at)) continue;
        draw_label(cr, map, &used, place(map, at), source->name, sounds(source, now_s));
    }
}

static void fill_head(cairo_t* cr, double r)
{
    cairo_pattern_t* shade = cairo_pattern_create_radial(-r * 0.3, -r * 0.4, 0, 0, 0, r * 1.2);
    cairo_pattern_add_color_stop_rgb(shade, 0, 0.86, 0.88, 0.91);
    cairo_pattern_add_color_stop_rgb(shade, 1, 0.60, 0.65, 0.71);
    cairo_set_source(cr, shade);
    cairo_fill(cr);
    cairo_pattern_destroy(shade);
}

/* From above: nose to the top, an ear on each side. */
static void draw_head_above(cairo_t* cr, double yaw_deg, double r)
{
    cairo_rotate(cr, -yaw_deg * PI / 180);
    cairo_move_to(cr, -r * 0.24, -r * 0.9);
    cairo_line_to(cr, 0, -r * 1.4);
    cairo_line_to(cr, r * 0.24, -r * 0.9);
    fill_head(cr, r);
    cairo_rectangle(cr, -r * 1.12, -r * 0.28, r * 2.24, r * 0.56);
    fill_head(cr, r);
    cairo_save(cr);
    cairo_scale(cr, 0.92, 1.08);
    pinna_paint_disc(cr, 0, 0, r);
    cairo_restore(cr);
    fill_head(cr, r);
}

/* From the side: nose to the right. */
static void draw_head_side(cairo_t* cr, double pitch_deg, double r)
{
    cairo_rotate(cr, -pitch_deg * PI / 180);
    cairo_move_to(cr, r * 0.9, -r * 0.2);
    cairo_line_to(cr, r * 1.38, r * 0.2);
    cairo_line_to(cr, r * 0.85, r * 0.35);
    fill_head(cr, r);
    pinna_paint_disc(cr, 0, 0, r);
    fill_head(cr, r);
    pinna_paint_set(cr, pinna_paint_card, 0.55);
    cairo_save(cr);
    cairo_scale(cr, 0.7, 1);
    pinna_paint_disc(cr, -r * 0.1, r * 0.05, r * 0.26);
    cairo_restore(cr);
    cairo_fill(cr);
}

static void draw_gaze(cairo_t* cr, const pinna_live_map* map, pinna_quat head)
{
    pinna_vec3 ahead = pinna_quat_rotate(head, (pinna_vec3){1, 0, 0});
    double dx = map->from_side ? (double)ahead.x : -(double)ahead.y,
           dy = map->from_side ? -(double)ahead.z : -(double)ahead.x;
    cairo_pattern_t* fade =
        cairo_pattern_create_linear(map->x, map->y, map->x + dx * map->radius, map->y + dy * map->radius);
    cairo_pattern_add_color_stop_rgba(fade, 0, 1, 1, 1, 0.28);
    cairo_pattern_add_color_stop_rgba(fade, 1, 1, 1, 1, 0);
    cairo_set_source(cr, fade);
    cairo_set_line_width(cr, 1.5);
    cairo_move_to(cr, map->x, map->y);
    cairo_line_to(cr, map->x + dx * map->radius, map->y + dy * map->radius);
    cairo_stroke(cr);
    cairo_pattern_destroy(fade);
}

static void draw_head(cairo_t* cr, const pinna_live_map* map, pinna_quat head)
{
    double r = map->radius * 0.072;
    pinna_vec3 ahead = pinna_quat_rotate(head, (pinna_vec3){1, 0, 0});
    draw_gaze(cr, map, head);
    cairo_save(cr);
    cairo_translate(cr, map->x, map->y);
    if (map->from_side) {
        if (ahead.x < 0) cairo_scale(cr, -1, 1); /* it looks back */
        draw_head_side(cr, atan2((double)ahead.z, fabs((double)ahead.x)) * 180 / PI, r * 1.25);
    } else {
        draw_head_above(cr, atan2((double)ahead.y, (double)ahead.x) * 180 / PI, r);
    }
    cairo_restore(cr);
}

void pinna_live_map_draw(cairo_t* cr, const pinna_live_map* map, const pinna_live_session_view* view)
{
    draw_rings(cr, map);
    if (!view->range) draw_sources(cr, map, view); /* a target is not to be seen */
    draw_head(cr, map, view->engine.head.pose.orientation);
    if (!view->range) draw_labels(cr, map, view);
}
