/* SPDX-License-Identifier: MIT */
#include "plot_scene.h"

#include <math.h>
#include <stdio.h>

enum { NAMES_WIDTH = 210, LANE_MAX = 24, PITCH = 24, AXIS = 22 };

typedef struct lanes {
    cairo_t* page;
    const plot_scene* s;
    double left, width, duration_s;
} lanes;

void plot_scene_badge(cairo_t* page, double x, double y, size_t number, plot_colour c)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", number);
    plot_dot(page, x, y, 7.5, (plot_colour){1, 1, 1}, 1);
    plot_dot(page, x, y, 6.5, c, 1);
    plot_text(page, x, y + 3, 0.5, number < 10 ? 9 : 7.5, (plot_colour){1, 1, 1}, text);
}

static double x_at(const lanes* l, double t_s)
{
    return l->left + t_s / fmax(l->duration_s, 1e-3) * l->width;
}

static void draw_lane(const lanes* l, const plot_group* group, size_t number, double y, double height)
{
    plot_colour c;
    cairo_t* page = l->page;
    plot_scene_badge(page, l->left - NAMES_WIDTH + 8, y + height / 2, number, plot_ink);
    cairo_save(page);
    cairo_rectangle(page, l->left - NAMES_WIDTH, y - 2, NAMES_WIDTH - 8, height + 4);
    cairo_clip(page);
    plot_text(page, l->left - NAMES_WIDTH + 22, y + height / 2 + 4, 0, 12, plot_ink, group->label);
    cairo_restore(page);
    plot_set_colour(page, plot_grid, 0.6);
    cairo_rectangle(page, l->left, y, l->width, height);
    cairo_fill(page);
    for (double x = 0; x < l->width; x++) {
        double t_s = (x + 0.5) / l->width * l->duration_s;
        if (!plot_scene_colour(l->s, plot_scene_group_level_db(l->s, group, t_s), t_s, &c)) continue;
        plot_set_colour(page, c, 1);
        cairo_rectangle(page, l->left + x, y, 1.25, height); /* overlapping, or seams shine through */
        cairo_fill(page);
    }
}

static double yaw_at(const plot_scene* s, double t_s)
{
    pinna_listener_params p = pinna_scene_listener_at(&s->scene, t_s);
    float yaw, pitch, roll;
    pinna_quat_to_yaw_pitch_roll(pinna_quat_multiply(p.orientation, p.head_orientation), &yaw, &pitch, &roll);
    return (double)yaw;
}

static bool head_turns(const pinna_scene* scene)
{
    return (scene->head && pinna_path_moves(scene->head)) ||
           (scene->listener_orientation && pinna_path_moves(scene->listener_orientation));
}

/* Where the head looks, left upwards. */
static void draw_head_lane(const lanes* l, double y, double height)
{
    double before = NAN;
    cairo_t* page = l->page;
    plot_text(page, l->left - NAMES_WIDTH + 22, y + height / 2 + 4, 0, 12, plot_ink, "head looks left or right");
    plot_text(page, l->left - 6, y + 8, 1, 9, plot_faint, "+180°");
    plot_text(page, l->left - 6, y + height, 1, 9, plot_faint, "-180°");
    plot_set_colour(page, plot_grid, 1);
    cairo_rectangle(page, l->left, y, l->width, height);
    cairo_stroke(page);
    plot_line(page, l->left, y + height / 2, l->left + l->width, y + height / 2);
    plot_set_colour(page, plot_left_ear, 1);
    cairo_set_line_width(page, 1.4);
    for (double x = 0; x <= l->width; x++) {
        double yaw = yaw_at(l->s, x / l->width * l->duration_s), at = y + height * (0.5 - yaw / 360);
        bool wraps = fabs(yaw - before) > 180;
        if (x == 0 || wraps)
            cairo_move_to(page, l->left + x, at);
        else
            cairo_line_to(page, l->left + x, at);
        before = yaw;
    }
    cairo_stroke(page);
}

static void draw_axis(const lanes* l, double top, double bottom)
{
    char label[24];
    double step_s = plot_step(l->duration_s, 12);
    for (int i = 0; i * step_s <= l->duration_s * 1.0001; i++) {
        double x = x_at(l, i * step_s);
        plot_set_colour(l->page, plot_faint, 0.25);
        cairo_set_line_width(l->page, 1);
        plot_line(l->page, x, top, x, bottom + 4);
        snprintf(label, sizeof label, "%g s", i * step_s);
        plot_text(l->page, x, bottom + 18, 0.5, 12, plot_faint, label);
    }
}

static size_t shown_count(const plot_scene* s)
{
    return s->group_count < LANE_MAX ? s->group_count : LANE_MAX;
}

double plot_scene_lanes_height(const plot_scene* s)
{
    size_t rows = shown_count(s) + (head_turns(&s->scene) ? 2 : 0) + (shown_count(s) < s->group_count);
    return (double)(rows * PITCH + AXIS);
}

void plot_scene_lanes(cairo_t* page, const plot_scene* s, double x, double y, double width)
{
    lanes l = {page, s, x + NAMES_WIDTH, width - NAMES_WIDTH, s->levels.duration_s};
    double at = y;
    char text[32];
    for (size_t i = 0; i < shown_count(s); i++, at += PITCH)
        draw_lane(&l, &s->groups[i], i + 1, at, PITCH - 4);
    if (shown_count(s) < s->group_count) {
        snprintf(text, sizeof text, "and %zu more", s->group_count - shown_count(s));
        plot_text(page, x + 22, at + PITCH / 2.0 + 2, 0, 12, plot_faint, text);
        at += PITCH;
    }
    if (head_turns(&s->scene)) {
        draw_head_lane(&l, at, 2 * PITCH - 4);
        at += 2 * PITCH;
    }
    draw_axis(&l, y, at);
}
