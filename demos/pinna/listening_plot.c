/* SPDX-License-Identifier: MIT */
#include "listening_plot.h"
#include "live_paint.h"
#include "live_picture.h"

#include <math.h>
#include <stdio.h>

enum { PLOT_WIDTH = 1180, PLOT_HEIGHT = 520 };

void pinna_listening_place(pinna_listening_direction d, double x, double y, double width, double height, double out[2])
{
    double azimuth_deg = remainder((double)d.azimuth_deg, 360);
    out[0] = x + width * (180 - azimuth_deg) / 360;
    out[1] = y + height * (90 - (double)d.elevation_deg) / 180;
}

static void draw_grid(cairo_t* cr, double x, double y, double width, double height)
{
    static const char* const heights[] = {"", "60° up", "30° up", "level", "30° down", "60° down"};
    static const char* const names[] = {"behind", "left", "front", "right", "behind"};
    pinna_paint_set(cr, pinna_paint_ground, 1);
    pinna_paint_box(cr, x, y, width, height, 10);
    cairo_fill(cr);
    cairo_set_line_width(cr, 1);
    for (int i = 0; i <= 12; i++) {
        pinna_paint_set(cr, pinna_paint_line, i % 3 ? 0.5 : 1);
        cairo_move_to(cr, x + width * i / 12, y);
        cairo_line_to(cr, x + width * i / 12, y + height);
        cairo_stroke(cr);
    }
    for (int i = 1; i < 6; i++) {
        pinna_paint_set(cr, pinna_paint_line, i == 3 ? 1 : 0.5);
        cairo_move_to(cr, x, y + height * i / 6);
        cairo_line_to(cr, x + width, y + height * i / 6);
        cairo_stroke(cr);
        pinna_paint_set(cr, pinna_paint_faint, 1);
        pinna_paint_write(cr, x + 6, y + height * i / 6 - 4, 10, false, PINNA_PAINT_LEFT, 0, heights[i]);
    }
    for (int i = 0; i < 5; i++) {
        pinna_paint_align align = i == 0 ? PINNA_PAINT_LEFT : i == 4 ? PINNA_PAINT_RIGHT : PINNA_PAINT_CENTRE;
        pinna_paint_set(cr, pinna_paint_soft, 1);
        pinna_paint_write(cr, x + width * i / 4, y + height + 18, 12, false, align, 0, names[i]);
    }
}

/* The shorter way round where a line would cross the back. */
static void join(cairo_t* cr, const double a[2], const double b[2], double width)
{
    double shift = b[0] - a[0] > width / 2 ? -width : a[0] - b[0] > width / 2 ? width : 0;
    cairo_move_to(cr, a[0], a[1]);
    cairo_line_to(cr, b[0] + shift, b[1]);
    cairo_move_to(cr, a[0] - shift, a[1]);
    cairo_line_to(cr, b[0], b[1]);
    cairo_stroke(cr);
}

static void draw_trials(cairo_t* cr, double x, double y, double width, double height, const pinna_listening_test* test)
{
    cairo_save(cr);
    cairo_rectangle(cr, x, y, width, height);
    cairo_clip(cr);
    for (size_t i = 0; i < test->answered_count; i++) {
        const pinna_listening_trial* t = &test->trials[i];
        double target[2], answer[2];
        pinna_listening_place(t->target, x, y, width, height, target);
        pinna_listening_place(t->answer, x, y, width, height, answer);
        pinna_paint paint = pinna_listening_is_front_back(t) ? pinna_paint_warn : pinna_paint_accent;
        cairo_set_line_width(cr, 1.4);
        pinna_paint_set(cr, paint, 0.6);
        join(cr, target, answer, width);
        pinna_paint_set(cr, paint, 1);
        pinna_paint_disc(cr, answer[0], answer[1], 5);
        cairo_fill(cr);
        pinna_paint_set(cr, pinna_paint_text, 1);
        pinna_paint_disc(cr, target[0], target[1], 6);
        cairo_stroke(cr);
    }
    cairo_restore(cr);
}

void pinna_listening_draw(cairo_t* cr, double x, double y, double width, double height,
                          const pinna_listening_test* test, bool reveal)
{
    draw_grid(cr, x, y, width, height);
    if (reveal) draw_trials(cr, x, y, width, height, test);
}

/* Answers over targets: on the diagonal where they agree. Front-back confusions fall on the other diagonals. */
static void draw_scatter(cairo_t* cr, double x, double y, double size, const pinna_listening_test* test)
{
    pinna_paint_set(cr, pinna_paint_ground, 1);
    pinna_paint_box(cr, x, y, size, size, 10);
    cairo_fill(cr);
    pinna_paint_set(cr, pinna_paint_line, 1);
    cairo_set_line_width(cr, 1);
    for (int i = 1; i < 4; i++) {
        cairo_move_to(cr, x + size * i / 4, y);
        cairo_rel_line_to(cr, 0, size);
        cairo_move_to(cr, x, y + size * i / 4);
        cairo_rel_line_to(cr, size, 0);
    }
    cairo_stroke(cr);
    pinna_paint_set(cr, pinna_paint_faint, 1);
    cairo_move_to(cr, x, y + size);
    cairo_line_to(cr, x + size, y);
    cairo_stroke(cr);
    for (size_t i = 0; i < test->answered_count; i++) {
        const pinna_listening_trial* t = &test->trials[i];
        double target = remainder((double)t->target.azimuth_deg, 360);
        double answer = target + remainder((double)t->answer.azimuth_deg - target, 360);
        if (fabs(answer) > 180) answer -= copysign(360, answer);
        pinna_paint_set(cr, pinna_listening_is_front_back(t) ? pinna_paint_warn : pinna_paint_accent, 1);
        pinna_paint_disc(cr, x + size * (180 - target) / 360, y + size * (180 + answer) / 360, 4.5);
        cairo_fill(cr);
    }
    pinna_paint_set(cr, pinna_paint_soft, 1);
    pinna_paint_write(cr, x, y + size + 18, 12, false, PINNA_PAINT_LEFT, 0, "left   ←   where it was   →   right");
    pinna_paint_write(cr, x, y - 10, 12, false, PINNA_PAINT_LEFT, 0, "↑ heard right   (down: heard left)");
}

pinna_status pinna_listening_plot(const pinna_listening_test* test, const char* path, pinna_report* report)
{
    char words[256];
    cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, PLOT_WIDTH, PLOT_HEIGHT);
    cairo_t* cr = cairo_create(surface);
    pinna_paint_set(cr, pinna_paint_card, 1);
    cairo_paint(cr);
    pinna_paint_set(cr, pinna_paint_text, 1);
    pinna_paint_write(cr, 30, 44, 20, true, PINNA_PAINT_LEFT, 0, "Where you heard it");
    pinna_listening_words(test, words, sizeof words);
    pinna_paint_set(cr, pinna_paint_soft, 1);
    pinna_paint_write(cr, 30, 70, 13, false, PINNA_PAINT_LEFT, PLOT_WIDTH - 60, words);
    pinna_listening_draw(cr, 30, 110, 716, 358, test, true);
    draw_scatter(cr, 790, 110, 358, test);
    pinna_paint_set(cr, pinna_paint_soft, 1);
    pinna_paint_write(cr, 30, 508, 12, false, PINNA_PAINT_LEFT, 0,
                      "rings: targets   ·   discs: answers   ·   orange: front and back confused");
    cairo_destroy(cr);
    pinna_status status = pinna_live_picture_write(surface, path, report);
    cairo_surface_destroy(surface);
    return status;
}
