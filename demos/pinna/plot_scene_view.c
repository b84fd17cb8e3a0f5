/* SPDX-License-Identifier: MIT */
#include "plot_scene.h"

#include <math.h>
#include <stdio.h>

enum { STEPS = 600, TICKED_MAX = 4, BADGE_MAX = 64, LABEL_MAX = 128, DRAWN_MAX = 512, HEAD = 13 };

#define NEAR_M 0.6 /* distances below are drawn nearly as they are */
#define EVEN_RATIO 8.0

typedef struct point {
    double x, y;
} point;

typedef struct view {
    cairo_t* page;
    const plot_scene* s;
    bool from_side, even; /* even: distances are drawn as they are; else they are shortened, more the farther */
    double x, y, radius, reach_m;
    point badges[BADGE_MAX], labels[LABEL_MAX];
    size_t badge_count, label_count;
} view;

static double drawn(const view* v, double distance_m)
{
    double share = v->even ? distance_m / v->reach_m : log1p(distance_m / NEAR_M) / log1p(v->reach_m / NEAR_M);
    return v->radius * share;
}

/* The picture's distance is the true one, shortened as much as seen from here. */
static point place(const view* v, pinna_vec3 at)
{
    double across = v->from_side ? (double)at.x : -(double)at.y, up = v->from_side ? (double)at.z : (double)at.x;
    double distance = (double)pinna_vec3_length(at);
    double shown = distance > 1e-6 ? drawn(v, distance) / distance : 0;
    return (point){v->x + across * shown, v->y - up * shown};
}

/* --- the paper ---------------------------------------------------------------------------------------------------- */

static void draw_ring(const view* v, double distance_m, double* last)
{
    char text[24];
    double r = drawn(v, distance_m);
    cairo_set_line_width(v->page, 1);
    plot_set_colour(v->page, plot_grid, 1);
    cairo_arc(v->page, v->x, v->y, r, 0, 6.2832);
    cairo_stroke(v->page);
    if (r - *last < 22) return;
    *last = r;
    snprintf(text, sizeof text, "%g m", distance_m);
    plot_text(v->page, v->x + r * 0.7071 + 3, v->y + r * 0.7071 + 11, 0, 10, plot_faint, text);
}

static void draw_paper(const view* v, double size)
{
    static const double rings_m[] = {0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000};
    double last = 0, step_m = plot_step(v->reach_m, 5);
    for (int i = 1; v->even && i * step_m <= v->reach_m * 1.001; i++)
        draw_ring(v, i * step_m, &last);
    for (size_t i = 0; !v->even && i < sizeof rings_m / sizeof rings_m[0] && rings_m[i] <= v->reach_m; i++)
        draw_ring(v, rings_m[i], &last);
    plot_set_colour(v->page, plot_grid, 1);
    plot_line(v->page, v->x - v->radius, v->y, v->x + v->radius, v->y);
    plot_line(v->page, v->x, v->y - v->radius, v->x, v->y + v->radius);
    double half = size / 2;
    plot_text(v->page, v->x, v->y - half + 10, 0.5, 11, plot_faint, v->from_side ? "up" : "front");
    plot_text(v->page, v->x, v->y + half - 2, 0.5, 11, plot_faint, v->from_side ? "down" : "behind");
    plot_text(v->page, v->x - half, v->y + 4, 0, 11, plot_faint, v->from_side ? "behind" : "left");
    plot_text(v->page, v->x + half, v->y + 4, 1, 11, plot_faint, v->from_side ? "front" : "right");
    if (!v->even) plot_text(v->page, v->x + half, v->y + half - 2, 1, 10, plot_faint, "distances are shortened");
}

/* --- what sounds -------------------------------------------------------------------------------------------------- */

static double end_of(const view* v, size_t source)
{
    return fmin(v->s->scene.sources[source].end_s, v->s->levels.duration_s);
}

/* Badges that would cover each other stand side by side. */
static void draw_badge(view* v, point at, size_t number)
{
    at = (point){at.x + 11, at.y - 10};
    for (size_t i = 0; i < v->badge_count; i++)
        if (hypot(v->badges[i].x - at.x, v->badges[i].y - at.y) < 15) {
            at.x = v->badges[i].x + 15.5;
            i = (size_t)-1; /* look again from the first: it only moves to the right, so this ends */
        }
    if (v->badge_count == BADGE_MAX) return;
    v->badges[v->badge_count++] = at;
    plot_scene_badge(v->page, at.x, at.y, number, plot_ink);
}

static void draw_stretch(const view* v, size_t source, double from_s, double to_s)
{
    plot_colour c = plot_faint;
    pinna_vec3 from, to;
    if (!plot_scene_place(v->s, source, from_s, &from) || !plot_scene_place(v->s, source, to_s, &to)) return;
    double middle_s = (from_s + to_s) / 2;
    bool heard = plot_scene_colour(v->s, plot_scene_level_db(v->s, source, middle_s), middle_s, &c);
    plot_set_colour(v->page, c, heard ? 1 : 0.5);
    cairo_set_line_width(v->page, heard ? 3.6 : 0.8);
    point a = place(v, from), b = place(v, to);
    plot_line(v->page, a.x, a.y, b.x, b.y);
}

/* Whether a label has room where no other one stands. */
static bool take_room(view* v, point at)
{
    for (size_t i = 0; i < v->label_count; i++)
        if (fabs(v->labels[i].x - at.x) < 24 && fabs(v->labels[i].y - at.y) < 10) return false;
    if (v->label_count < LABEL_MAX) v->labels[v->label_count++] = at;
    return true;
}

static void draw_tick(view* v, point at, double t_s, bool with_label)
{
    char text[24];
    plot_dot(v->page, at.x, at.y, 2.6, plot_ink, 0.8);
    plot_dot(v->page, at.x, at.y, 1.7, (plot_colour){1, 1, 1}, 1);
    if (!with_label || !take_room(v, at)) return;
    snprintf(text, sizeof text, "%g s", t_s);
    plot_text(v->page, at.x + 5, at.y + 11, 0, 9, plot_ink, text);
}

static void draw_ticks(view* v, size_t source, bool with_labels)
{
    double step_s = plot_step(v->s->levels.duration_s, 12), begin_s = v->s->scene.sources[source].start_s;
    for (double i = ceil(begin_s / step_s); i * step_s <= end_of(v, source); i++) {
        pinna_vec3 at;
        if (!plot_scene_place(v->s, source, i * step_s, &at)) return;
        draw_tick(v, place(v, at), i * step_s, with_labels);
    }
}

static void draw_ends(const view* v, point first, point last)
{
    plot_dot(v->page, first.x, first.y, 5.2, (plot_colour){1, 1, 1}, 1);
    plot_set_colour(v->page, plot_ink, 1);
    cairo_set_line_width(v->page, 1.6);
    cairo_arc(v->page, first.x, first.y, 4.5, 0, 6.2832);
    cairo_stroke(v->page);
    cairo_rectangle(v->page, last.x - 4, last.y - 4, 8, 8);
    cairo_fill(v->page);
}

static void draw_moving(view* v, size_t source, size_t number, bool ticked)
{
    double begin_s = v->s->scene.sources[source].start_s, end_s = end_of(v, source);
    pinna_vec3 first, last;
    cairo_set_line_cap(v->page, CAIRO_LINE_CAP_ROUND);
    for (int i = 0; i < STEPS; i++)
        draw_stretch(v, source, begin_s + (end_s - begin_s) * i / STEPS, begin_s + (end_s - begin_s) * (i + 1) / STEPS);
    cairo_set_line_cap(v->page, CAIRO_LINE_CAP_BUTT);
    if (!plot_scene_place(v->s, source, begin_s, &first) || !plot_scene_place(v->s, source, end_s, &last)) return;
    if (v->s->group_count <= BADGE_MAX) draw_ticks(v, source, ticked);
    draw_ends(v, place(v, first), place(v, last));
    draw_badge(v, place(v, first), number);
}

static plot_colour loudest_colour(const view* v, size_t source)
{
    enum { LOOKS = 128 };
    plot_colour c = {0.8, 0.81, 0.84};
    double loudest_db = -INFINITY;
    for (int i = 0; i < LOOKS; i++)
        loudest_db = fmax(loudest_db, plot_scene_level_db(v->s, source, v->s->levels.duration_s * (i + 0.5) / LOOKS));
    (void)plot_scene_colour(v->s, loudest_db, 0, &c);
    return c;
}

static void draw_standing(view* v, size_t source, size_t number)
{
    pinna_vec3 at;
    if (!plot_scene_place(v->s, source, v->s->scene.sources[source].start_s, &at)) return;
    point p = place(v, at);
    double extent_m = v->s->scene.sources[source].extent_m, distance_m = (double)pinna_vec3_length(at);
    plot_colour c = loudest_colour(v, source);
    if (extent_m > 0) plot_dot(v->page, p.x, p.y, drawn(v, distance_m + extent_m) - drawn(v, distance_m), c, 0.25);
    plot_dot(v->page, p.x, p.y, 7, plot_ink, 0.6);
    plot_dot(v->page, p.x, p.y, 6.2, c, 1);
    draw_badge(v, p, number);
}

/* A loudspeaker: its box, and its cone towards the listener. */
static void draw_loudspeaker(view* v, size_t source)
{
    const char* name = v->s->scene.sources[source].name;
    pinna_vec3 at;
    if (!plot_scene_place(v->s, source, v->s->scene.sources[source].start_s, &at)) return;
    point p = place(v, at);
    double angle = atan2(v->y - p.y, v->x - p.x);
    cairo_save(v->page);
    cairo_translate(v->page, p.x, p.y);
    cairo_rotate(v->page, angle);
    cairo_rectangle(v->page, -6, -4, 5, 8);
    cairo_move_to(v->page, -1, -3);
    cairo_line_to(v->page, 5, -7);
    cairo_line_to(v->page, 5, 7);
    cairo_line_to(v->page, -1, 3);
    cairo_close_path(v->page);
    plot_set_colour(v->page, loudest_colour(v, source), 1);
    cairo_fill_preserve(v->page);
    plot_set_colour(v->page, plot_ink, 0.7);
    cairo_set_line_width(v->page, 0.8);
    cairo_stroke(v->page);
    cairo_restore(v->page);
    point label = {p.x - 9 * cos(angle), p.y - 14 * sin(angle) + 3};
    if (!name || v->from_side || !take_room(v, (point){p.x - 25 * cos(angle), label.y})) return;
    plot_text(v->page, label.x, label.y, 0.5 + 0.5 * cos(angle), 9, plot_faint, name);
}

static bool goes_anywhere(const view* v, const plot_group* group)
{
    return v->s->scene.sources[group->first].route == PINNA_ROUTE_PLACED &&
           pinna_scene_source_moves(&v->s->scene, group->first);
}

static void draw_groups(view* v, bool moving)
{
    const plot_scene* s = v->s;
    size_t moving_count = 0;
    for (size_t i = 0; i < s->group_count; i++)
        moving_count += goes_anywhere(v, &s->groups[i]);
    for (size_t i = 0; i < s->group_count && i < DRAWN_MAX; i++) {
        const plot_group* group = &s->groups[i];
        bool bed = s->scene.sources[group->first].bed;
        if (goes_anywhere(v, group) != moving) continue;
        if (moving && !bed) draw_moving(v, group->first, i + 1, moving_count <= TICKED_MAX);
        for (size_t k = 0; k < group->count && (bed || !moving); k++) {
            if (bed)
                draw_loudspeaker(v, group->first + k);
            else
                draw_standing(v, group->first + k, i + 1);
        }
    }
}

/* --- the listener ------------------------------------------------------------------------------------------------- */

static pinna_quat head_at(const plot_scene* s, double t_s)
{
    pinna_listener_params p = pinna_scene_listener_at(&s->scene, t_s);
    return pinna_quat_multiply(p.orientation, p.head_orientation);
}

/* Where it looks: the sharper, the longer. */
static void draw_gazes(const view* v, point at)
{
    enum { LOOKS = 240 };
    cairo_set_line_width(v->page, 1.2);
    plot_set_colour(v->page, plot_left_ear, 0.12);
    for (int i = 0; i < LOOKS; i++) {
        double t_s = v->s->levels.duration_s * i / LOOKS;
        pinna_vec3 gaze = pinna_quat_rotate(head_at(v->s, t_s), (pinna_vec3){1, 0, 0});
        double across = v->from_side ? (double)gaze.x : -(double)gaze.y,
               up = v->from_side ? (double)gaze.z : (double)gaze.x;
        plot_line(v->page, at.x + across * HEAD * 1.3, at.y - up * HEAD * 1.3, at.x + across * HEAD * 2.6,
                  at.y - up * HEAD * 2.6);
    }
}

static void draw_head(const view* v, point at, pinna_quat orientation, double opacity)
{
    cairo_t* page = v->page;
    pinna_vec3 nose = pinna_quat_rotate(orientation, (pinna_vec3){1, 0, 0});
    double across = v->from_side ? (double)nose.x : -(double)nose.y,
           up = v->from_side ? (double)nose.z : (double)nose.x;
    cairo_save(page);
    cairo_translate(page, at.x, at.y);
    if (hypot(across, up) > 1e-3) cairo_rotate(page, atan2(-up, across));
    cairo_move_to(page, HEAD * 0.85, -HEAD * 0.3);
    cairo_line_to(page, HEAD * 1.4, 0);
    cairo_line_to(page, HEAD * 0.85, HEAD * 0.3);
    cairo_close_path(page);
    if (!v->from_side) cairo_rectangle(page, -HEAD * 0.28, -HEAD * 1.18, HEAD * 0.56, HEAD * 2.36);
    cairo_new_sub_path(page);
    cairo_arc(page, 0, 0, HEAD, 0, 6.2832);
    plot_set_colour(page, (plot_colour){0.80, 0.82, 0.86}, opacity);
    cairo_fill_preserve(page);
    plot_set_colour(page, plot_ink, 0.75 * opacity);
    cairo_set_line_width(page, 1.2);
    cairo_stroke(page);
    cairo_restore(page);
}

static point listener_place(const view* v, double t_s)
{
    return place(v, pinna_scene_listener_at(&v->s->scene, t_s).position);
}

static void draw_way(view* v)
{
    double duration_s = v->s->levels.duration_s, step_s = plot_step(duration_s, 12);
    plot_set_colour(v->page, plot_left_ear, 0.7);
    cairo_set_line_width(v->page, 2);
    for (int i = 0; i <= STEPS; i++) {
        point p = listener_place(v, duration_s * i / STEPS);
        cairo_line_to(v->page, p.x, p.y);
    }
    cairo_stroke(v->page);
    for (int i = 1; i * step_s < duration_s; i++)
        draw_tick(v, listener_place(v, i * step_s), i * step_s, true);
}

static void draw_listener(view* v)
{
    const plot_scene* s = v->s;
    bool walks = s->scene.listener_position && pinna_path_moves(s->scene.listener_position);
    point at = listener_place(v, 0);
    if (walks) draw_way(v);
    if (s->scene.head || s->scene.listener_orientation) draw_gazes(v, at);
    if (walks) draw_head(v, listener_place(v, s->levels.duration_s), head_at(s, s->levels.duration_s), 0.5);
    draw_head(v, at, head_at(s, 0), 1);
}

void plot_scene_view(cairo_t* page, const plot_scene* s, bool from_side, double x, double y, double size)
{
    view v = {.page = page,
              .s = s,
              .from_side = from_side,
              .x = x + size / 2,
              .y = y + size / 2,
              .radius = size / 2 - 34,
              .reach_m = s->reach_m,
              .even = s->reach_m <= EVEN_RATIO * fmin(s->nearest_m, s->reach_m)};
    draw_paper(&v, size);
    draw_groups(&v, false);
    draw_listener(&v);
    draw_groups(&v, true);
}
