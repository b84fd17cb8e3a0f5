/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>

#include <math.h>
#include <string.h>
#include <strings.h>

/* PNG has two pixels to the point, so that it is sharp on dense screens. */
enum { PIXELS_PER_POINT = 2 };

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

double plot_step(double span, double count)
{
    double rough = fmax(span, 1e-3) / count, power = pow(10, floor(log10(rough))), factor = rough / power;
    return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
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

/* --- pages -------------------------------------------------------------------------------------------------------- */

plot_format plot_format_of(const char* path)
{
    const char* dot = strrchr(path, '.');
    if (dot && !strcasecmp(dot, ".png")) return PLOT_PNG;
    if (dot && !strcasecmp(dot, ".svg")) return PLOT_SVG;
    return dot && !strcasecmp(dot, ".pdf") ? PLOT_PDF : PLOT_NO_FORMAT;
}

static cairo_status_t write_bytes(void* file, const unsigned char* bytes, unsigned count)
{
    return pinna_output_file_write(file, bytes, count) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_surface_t* create_surface(plot_format format, double width, double height, pinna_output_file* file)
{
    if (format == PLOT_SVG) return cairo_svg_surface_create_for_stream(write_bytes, file, width, height);
    if (format == PLOT_PDF) return cairo_pdf_surface_create_for_stream(write_bytes, file, width, height);
    return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(PIXELS_PER_POINT * width),
                                      (int)(PIXELS_PER_POINT * height));
}

bool plot_write(plot_format format, const pinna_plot_kind* kind, const void* subject, pinna_output_file* file)
{
    double height = kind->height_of ? kind->height_of(subject) : kind->height;
    cairo_surface_t* surface = create_surface(format, kind->width, height, file);
    cairo_t* page = cairo_create(surface);
    if (format == PLOT_PNG) cairo_scale(page, PIXELS_PER_POINT, PIXELS_PER_POINT);
    cairo_set_source_rgb(page, 1, 1, 1);
    cairo_paint(page);
    cairo_select_font_face(page, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    kind->draw(page, subject);
    cairo_status_t status = cairo_status(page);
    cairo_destroy(page);
    if (format == PLOT_PNG && !status) status = cairo_surface_write_to_png_stream(surface, write_bytes, file);
    cairo_surface_finish(surface);
    if (!status) status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return !status || status == CAIRO_STATUS_WRITE_ERROR; /* The file's own commit tells that in better words. */
}
