/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_PAINT_H
#define PINNA_DEMOS_LIVE_PAINT_H

#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>

/* Colours and shapes that all of the live pictures share. */

typedef struct pinna_paint {
    double red, green, blue;
} pinna_paint;

extern const pinna_paint pinna_paint_ground, pinna_paint_card, pinna_paint_line, pinna_paint_text, pinna_paint_soft,
    pinna_paint_faint, pinna_paint_accent, pinna_paint_good, pinna_paint_warn;

/** A colour of its own for each source, round and round. */
pinna_paint pinna_paint_of_source(size_t source);

void pinna_paint_set(cairo_t* cr, pinna_paint paint, double alpha);
void pinna_paint_box(cairo_t* cr, double x, double y, double width, double height, double radius);
void pinna_paint_card_at(cairo_t* cr, double x, double y, double width, double height, const char* title);
void pinna_paint_disc(cairo_t* cr, double x, double y, double radius);

typedef enum pinna_paint_align { PINNA_PAINT_LEFT, PINNA_PAINT_CENTRE, PINNA_PAINT_RIGHT } pinna_paint_align;

/** Text on a base line; what is wider than most is cut with dots. Returns its width. */
double pinna_paint_write(cairo_t* cr, double x, double y, double size, bool bold, pinna_paint_align align, double most,
                         const char* text);

#endif
