/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <math.h>

const plot_colour plot_ink = {0.13, 0.14, 0.17}, plot_faint = {0.45, 0.47, 0.52}, plot_grid = {0.88, 0.89, 0.91};
const plot_colour plot_left_ear = {0.12, 0.42, 0.75}, plot_right_ear = {0.86, 0.33, 0.16};

plot_colour plot_ramp(double value)
{
    static const plot_colour stops[] = {{0.07, 0.05, 0.19}, {0.20, 0.14, 0.46}, {0.20, 0.34, 0.62}, {0.13, 0.54, 0.58},
                                        {0.29, 0.72, 0.45}, {0.71, 0.84, 0.29}, {0.99, 0.95, 0.60}};
    enum { LAST = sizeof stops / sizeof stops[0] - 1 };
    double at = fmin(fmax(value, 0), 1) * LAST;
    int below = at >= LAST ? LAST - 1 : (int)at;
    double share = at - below;
    const plot_colour *a = &stops[below], *b = &stops[below + 1];
    return (plot_colour){a->red + share * (b->red - a->red), a->green + share * (b->green - a->green),
                         a->blue + share * (b->blue - a->blue)};
}

void plot_set_colour(cairo_t* page, plot_colour c, double opacity)
{
    cairo_set_source_rgba(page, c.red, c.green, c.blue, opacity);
}

void plot_text(cairo_t* page, double x, double y, double align, double size, plot_colour c, const char* text)
{
    cairo_text_extents_t extents;
    cairo_set_font_size(page, size);
    cairo_text_extents(page, text, &extents);
    plot_set_colour(page, c, 1);
    cairo_move_to(page, x - align * extents.x_advance, y);
    cairo_show_text(page, text);
    cairo_new_path(page); /* the pen stays behind the text otherwise, and the next line begins there */
}

void plot_line(cairo_t* page, double x0, double y0, double x1, double y1)
{
    cairo_move_to(page, x0, y0);
    cairo_line_to(page, x1, y1);
    cairo_stroke(page);
}

void plot_dot(cairo_t* page, double x, double y, double radius, plot_colour c, double opacity)
{
    plot_set_colour(page, c, opacity);
    cairo_arc(page, x, y, radius, 0, 6.2832);
    cairo_fill(page);
}

double plot_x(const plot_panel* p, double value)
{
    return p->x + (value - p->left) / (p->right - p->left) * p->width;
}

double plot_y(const plot_panel* p, double value)
{
    double share = p->is_log ? log(value / p->bottom) / log(p->top / p->bottom)
                             : (value - p->bottom) / (p->top - p->bottom);
    return p->y + (1 - share) * p->height;
}

void plot_frame(const plot_panel* p, const char* title, const char* unit, const plot_tick* across, const plot_tick* up)
{
    cairo_set_line_width(p->page, 1);
    for (; up->label; up++) {
        plot_set_colour(p->page, plot_grid, 1);
        plot_line(p->page, p->x, plot_y(p, up->value), p->x + p->width, plot_y(p, up->value));
        plot_text(p->page, p->x - 9, plot_y(p, up->value) + 4, 1, 12, plot_faint, up->label);
    }
    for (; across->label; across++) {
        plot_set_colour(p->page, plot_grid, 1);
        plot_line(p->page, plot_x(p, across->value), p->y, plot_x(p, across->value), p->y + p->height);
        plot_text(p->page, plot_x(p, across->value), p->y + p->height + 18, 0.5, 12, plot_faint, across->label);
    }
    plot_text(p->page, p->x, p->y - 13, 0, 15, plot_ink, title);
    plot_text(p->page, p->x + p->width, p->y - 13, 1, 12, plot_faint, unit);
}
