/* SPDX-License-Identifier: MIT */
#include "chart.h"

#include <cairo.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

/* Drawn at twice the size it is laid out in, so that it is sharp on dense screens. */
enum { WIDTH = 1000, HEIGHT = 600, LEFT = 78, RIGHT = 190, TOP = 84, BOTTOM = 64, PIXELS_PER_UNIT = 2, LABEL_GAP = 17 };

typedef struct chart {
    cairo_t* page;
    double x_low, x_high, y_low, y_high; /* of the axes */
} chart;

static double x_of(const chart* c, double sources)
{
    return LEFT + log(sources / c->x_low) / log(c->x_high / c->x_low) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const chart* c, double ns)
{
    return HEIGHT - BOTTOM - log(ns / c->y_low) / log(c->y_high / c->y_low) * (HEIGHT - TOP - BOTTOM);
}

static void grey(cairo_t* page, double level)
{
    cairo_set_source_rgb(page, level, level, level + 0.02);
}

static void write_text(cairo_t* page, double x, double y, double align, double size, const char* text)
{
    cairo_text_extents_t extents;
    cairo_set_font_size(page, size);
    cairo_text_extents(page, text, &extents);
    cairo_move_to(page, x - align * extents.x_advance, y);
    cairo_show_text(page, text);
    cairo_new_path(page); /* the pen stays behind the text otherwise, and the next line begins there */
}

static void set_axes(chart* c, const bench_series* series, size_t series_count)
{
    c->x_low = c->y_low = INFINITY;
    c->x_high = c->y_high = 0;
    for (size_t s = 0; s < series_count; s++) {
        for (size_t i = 0; i < series[s].count; i++) {
            c->x_low = fmin(c->x_low, series[s].sources[i]);
            c->x_high = fmax(c->x_high, series[s].sources[i]);
            c->y_low = fmin(c->y_low, series[s].ns[i]);
            c->y_high = fmax(c->y_high, series[s].ns[i]);
        }
    }
    c->x_high = fmax(c->x_high, 2 * c->x_low);
    c->y_low = pow(10, floor(log10(c->y_low)));
    c->y_high = pow(10, ceil(log10(c->y_high * 1.01)));
}

static void draw_line(cairo_t* page, double x0, double y0, double x1, double y1)
{
    cairo_move_to(page, x0, y0);
    cairo_line_to(page, x1, y1);
    cairo_stroke(page);
}

static void draw_grid(const chart* c)
{
    char label[32];
    cairo_set_line_width(c->page, 1);
    for (double x = 1; x <= c->x_high * 1.001; x *= 4) {
        if (x < c->x_low * 0.999) continue;
        grey(c->page, 0.91);
        draw_line(c->page, x_of(c, x), TOP, x_of(c, x), HEIGHT - BOTTOM);
        grey(c->page, 0.42);
        snprintf(label, sizeof label, "%g", x);
        write_text(c->page, x_of(c, x), HEIGHT - BOTTOM + 20, 0.5, 12, label);
    }
    static const double steps[] = {1, 2, 5};
    for (double decade = c->y_low; decade <= c->y_high * 1.001; decade *= 10) {
        for (size_t i = 0; i < 3 && decade * steps[i] <= c->y_high * 1.001; i++) {
            double y = y_of(c, decade * steps[i]);
            grey(c->page, i ? 0.94 : 0.86);
            draw_line(c->page, LEFT, y, WIDTH - RIGHT, y);
            grey(c->page, 0.42);
            snprintf(label, sizeof label, "%g", decade * steps[i]);
            write_text(c->page, LEFT - 9, y + 4, 1, 12, label);
        }
    }
}

/* Above the line one core cannot keep up. */
static void draw_full_core(const chart* c, double sample_rate_hz)
{
    const double dash[] = {2, 4};
    double full = 1e9 / sample_rate_hz, x0 = fmax(c->x_low, full / c->y_high), x1 = fmin(c->x_high, full / c->y_low);
    if (x1 <= x0) return;
    grey(c->page, 0.3);
    cairo_set_line_width(c->page, 1.2);
    cairo_set_dash(c->page, dash, 2, 0);
    draw_line(c->page, x_of(c, x0), y_of(c, full / x0), x_of(c, x1), y_of(c, full / x1));
    cairo_set_dash(c->page, NULL, 0, 0);
    cairo_save(c->page);
    double slope = atan2(y_of(c, full / x1) - y_of(c, full / x0), x_of(c, x1) - x_of(c, x0));
    double at = x0 * pow(x1 / x0, 0.12);
    cairo_translate(c->page, x_of(c, at), y_of(c, full / at));
    cairo_rotate(c->page, slope);
    write_text(c->page, 0, -7, 0, 12, "one core is full");
    cairo_restore(c->page);
}

static void draw_series(const chart* c, const bench_series* s)
{
    const double dash[] = {6, 4};
    cairo_set_source_rgb(c->page, s->red, s->green, s->blue);
    cairo_set_line_width(c->page, 2.2);
    if (s->dashed) cairo_set_dash(c->page, dash, 2, 0);
    for (size_t i = 0; i < s->count; i++) cairo_line_to(c->page, x_of(c, s->sources[i]), y_of(c, s->ns[i]));
    cairo_stroke(c->page);
    cairo_set_dash(c->page, NULL, 0, 0);
    for (size_t i = 0; i < s->count; i++) {
        cairo_arc(c->page, x_of(c, s->sources[i]), y_of(c, s->ns[i]), 3.4, 0, 6.2832);
        cairo_fill(c->page);
    }
}

static double last_of(const bench_series* s)
{
    return s->ns[s->count - 1];
}

/* Names stand where the lines end, pushed apart where these meet. */
static void draw_names(const chart* c, const bench_series* series, size_t series_count)
{
    double taken = -INFINITY;
    bool done[16] = {false};
    for (size_t k = 0; k < series_count && k < 16; k++) {
        size_t next = SIZE_MAX;
        for (size_t s = 0; s < series_count; s++) {
            if (done[s] || !series[s].count) continue;
            if (next == SIZE_MAX || last_of(&series[s]) > last_of(&series[next])) next = s;
        }
        if (next == SIZE_MAX) return;
        done[next] = true;
        const bench_series* s = &series[next];
        double y = fmax(y_of(c, last_of(s)) + 4, taken + LABEL_GAP);
        taken = y;
        cairo_set_source_rgb(c->page, s->red, s->green, s->blue);
        write_text(c->page, WIDTH - RIGHT + 14, y, 0, 13, s->name);
    }
}

static void draw_page(const chart* c, const char* title, const char* subtitle)
{
    cairo_set_source_rgb(c->page, 1, 1, 1);
    cairo_paint(c->page);
    cairo_select_font_face(c->page, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    grey(c->page, 0.13);
    write_text(c->page, LEFT, 34, 0, 18, title);
    grey(c->page, 0.42);
    write_text(c->page, LEFT, 54, 0, 12, subtitle);
    write_text(c->page, LEFT - 50, TOP - 12, 0, 12, "ns per source and sample");
    write_text(c->page, 0.5 * (LEFT + WIDTH - RIGHT), HEIGHT - 18, 0.5, 12, "sources");
}

bool bench_chart_draw(const char* path, const char* title, const char* subtitle, const bench_series* series,
                      size_t series_count, double sample_rate_hz)
{
    cairo_surface_t* surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH * PIXELS_PER_UNIT, HEIGHT * PIXELS_PER_UNIT);
    chart c = {.page = cairo_create(surface)};
    cairo_scale(c.page, PIXELS_PER_UNIT, PIXELS_PER_UNIT);
    set_axes(&c, series, series_count);
    draw_page(&c, title, subtitle);
    draw_grid(&c);
    draw_full_core(&c, sample_rate_hz);
    for (size_t s = 0; s < series_count; s++) draw_series(&c, &series[s]);
    draw_names(&c, series, series_count);
    bool whole = cairo_status(c.page) == CAIRO_STATUS_SUCCESS &&
                 cairo_surface_write_to_png(surface, path) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(c.page);
    cairo_surface_destroy(surface);
    return whole;
}
