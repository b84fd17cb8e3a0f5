/* SPDX-License-Identifier: MIT */
#include "live_paint.h"

#include <stdio.h>
#include <string.h>

#define PI 3.14159265358979324

const pinna_paint pinna_paint_ground = {0.063, 0.075, 0.094};
const pinna_paint pinna_paint_card = {0.094, 0.110, 0.137};
const pinna_paint pinna_paint_line = {0.165, 0.188, 0.227};
const pinna_paint pinna_paint_text = {0.910, 0.922, 0.937};
const pinna_paint pinna_paint_soft = {0.576, 0.616, 0.671};
const pinna_paint pinna_paint_faint = {0.455, 0.494, 0.553};
const pinna_paint pinna_paint_accent = {0.431, 0.706, 0.898};
const pinna_paint pinna_paint_good = {0.475, 0.773, 0.580};
const pinna_paint pinna_paint_warn = {0.929, 0.663, 0.396};

pinna_paint pinna_paint_of_source(size_t source)
{
    static const pinna_paint paints[] = {{0.929, 0.663, 0.396}, {0.431, 0.706, 0.898}, {0.475, 0.773, 0.580},
                                         {0.847, 0.545, 0.663}, {0.694, 0.612, 0.878}, {0.871, 0.804, 0.451},
                                         {0.408, 0.773, 0.765}, {0.898, 0.533, 0.482},
                                         {0.808, 0.831, 0.863}, {0.737, 0.580, 0.451}};
    return paints[source % (sizeof paints / sizeof paints[0])];
}

void pinna_paint_set(cairo_t* cr, pinna_paint p, double alpha)
{
    cairo_set_source_rgba(cr, p.red, p.green, p.blue, alpha);
}

void pinna_paint_box(cairo_t* cr, double x, double y, double w, double h, double r)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, x + w - r, y + r, r, -PI / 2, 0);
    cairo_arc(cr, x + w - r, y + h - r, r, 0, PI / 2);
    cairo_arc(cr, x + r, y + h - r, r, PI / 2, PI);
    cairo_arc(cr, x + r, y + r, r, PI, 3 * PI / 2);
    cairo_close_path(cr);
}

void pinna_paint_card_at(cairo_t* cr, double x, double y, double w, double h, const char* title)
{
    pinna_paint_set(cr, pinna_paint_card, 1);
    pinna_paint_box(cr, x, y, w, h, 12);
    cairo_fill(cr);
    pinna_paint_set(cr, pinna_paint_faint, 1);
    pinna_paint_write(cr, x + 20, y + 29, 11.5, true, PINNA_PAINT_LEFT, w - 40, title);
}

void pinna_paint_disc(cairo_t* cr, double x, double y, double radius)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, x, y, radius, 0, 2 * PI);
}

/* One character, which may be several bytes of UTF-8, off the end. */
static void shorten(char* text)
{
    size_t length = strlen(text);
    while (length && ((unsigned char)text[length - 1] & 0xC0) == 0x80)
        length--;
    text[length ? length - 1 : 0] = '\0';
}

double pinna_paint_write(cairo_t* cr, double x, double y, double size, bool bold, pinna_paint_align align, double most,
                         const char* text)
{
    char cut[256], shown[260];
    cairo_text_extents_t extents;
    cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
    snprintf(cut, sizeof cut, "%s", text);
    snprintf(shown, sizeof shown, "%s", cut);
    cairo_text_extents(cr, shown, &extents);
    while (most > 0 && extents.x_advance > most && *cut) {
        shorten(cut);
        snprintf(shown, sizeof shown, "%s…", cut);
        cairo_text_extents(cr, shown, &extents);
    }
    if (align == PINNA_PAINT_CENTRE) x -= extents.x_advance / 2;
    if (align == PINNA_PAINT_RIGHT) x -= extents.x_advance;
    cairo_move_to(cr, x, y);
    cairo_show_text(cr, shown);
    return extents.x_advance;
}
