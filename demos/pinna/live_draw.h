/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_DRAW_H
#define PINNA_DEMOS_LIVE_DRAW_H

#include "live_session.h"

#include <cairo.h>

/* The picture of a session: from above and from the side, and beside it what plays, what it is heard with, and how
   well. */

enum { PINNA_LIVE_WIDTH = 1280, PINNA_LIVE_HEIGHT = 800, PINNA_LIVE_HIT_MAX = 32 };

/** A place that can be clicked. */
typedef struct pinna_live_hit {
    double x, y, width, height;
    pinna_live_action action;
} pinna_live_hit;

/** Where a listening test's answer may be given by mouse: azimuth runs from +180 at the left edge to -180. */
typedef struct pinna_live_globe {
    bool shown;
    double x, y, width, height;
} pinna_live_globe;

typedef struct pinna_live_drawing {
    size_t hit_count;
    pinna_live_hit hits[PINNA_LIVE_HIT_MAX];
    pinna_live_globe globe;
} pinna_live_drawing;

/** Draws PINNA_LIVE_WIDTH by PINNA_LIVE_HEIGHT units. @param out What of it can be clicked. */
void pinna_live_draw(cairo_t* cr, const pinna_live_session_view* view, pinna_live_drawing* out);

/** The action of a click, or PINNA_LIVE_ACTION_COUNT. */
pinna_live_action pinna_live_drawing_hit(const pinna_live_drawing* drawing, double x, double y);

#endif
