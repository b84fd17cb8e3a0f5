/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_PLOT_H
#define PINNA_DEMOS_PLOT_H

#include "output_file.h"

#include <pinna/base.h>

#include <cairo.h>

/* What `pinna plot` can draw. One of these for each kind of input; plot.c asks them in turn. */
typedef struct pinna_plot_kind {
    const char* inputs;  /**< For messages: "a SOFA file". */
    double width, height; /**< Of the page, points. */
    double (*height_of)(const void* subject); /**< Instead of height, where it depends on what is drawn. May be NULL. */

    bool takes_names; /**< Takes names of what is no file, too. */

    /** Whether the file is of this kind, by its name and first bytes; no bytes: it is empty, or there is none. */
    bool (*takes)(const char* path, const unsigned char* start, size_t byte_count);

    /** Reads what is to be drawn. @param report Has the error on failure. */
    pinna_status (*load)(const char* path, pinna_report* report, void** out);

    void (*draw)(cairo_t* page, const void* subject);
    void (*release)(void* subject); /**< NULL is accepted. */
} pinna_plot_kind;

extern const pinna_plot_kind pinna_plot_sofa, pinna_plot_scene;

/* --- what the kinds share --- */

typedef struct plot_colour {
    double red, green, blue;
} plot_colour;

extern const plot_colour plot_ink, plot_faint, plot_grid, plot_left_ear, plot_right_ear;

/** A colour between dark and bright, 0 to 1, whose lightness rises evenly. */
plot_colour plot_ramp(double value);

void plot_set_colour(cairo_t* page, plot_colour c, double opacity);

/** @param align 0: begins at x, 0.5: centred, 1: ends there. */
void plot_text(cairo_t* page, double x, double y, double align, double size, plot_colour c, const char* text);

void plot_line(cairo_t* page, double x0, double y0, double x1, double y1);

void plot_dot(cairo_t* page, double x, double y, double radius, plot_colour c, double opacity);

/** 1, 2 or 5 times a power of ten, so that a span has about `count` of them. */
double plot_step(double span, double count);

/** A rectangle of the page and the values its edges stand for. */
typedef struct plot_panel {
    cairo_t* page;
    double x, y, width, height;
    double left, right, bottom, top; /**< left may be more than right. */
    bool is_log;                     /**< Up and down. */
} plot_panel;

double plot_x(const plot_panel* p, double value);
double plot_y(const plot_panel* p, double value);

/** A tick's value and label; the list ends with a NULL label. */
typedef struct plot_tick {
    double value;
    const char* label;
} plot_tick;

/** Title, unit at the right, grid lines with labels. */
void plot_frame(const plot_panel* p, const char* title, const char* unit, const plot_tick* across, const plot_tick* up);

typedef enum plot_format { PLOT_NO_FORMAT, PLOT_PNG, PLOT_SVG, PLOT_PDF } plot_format;

/** What a file's name ends in. */
plot_format plot_format_of(const char* path);

/** Draws a page into a file. False without memory; what went wrong in the file is told by its commit. */
bool plot_write(plot_format format, const pinna_plot_kind* kind, const void* subject, pinna_output_file* file);

#endif
