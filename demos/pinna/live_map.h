/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_MAP_H
#define PINNA_DEMOS_LIVE_MAP_H

#include "live_session.h"

#include <cairo.h>

/* Where the sources are, seen from above or from the left side. Distances are drawn by their logarithm, so that a step
   behind the ear and a helicopter a street away fit into one picture. */
typedef struct pinna_live_map {
    double x, y;      /**< The middle. */
    double radius;    /**< Of the farthest ring. */
    double reach_m;   /**< What that ring stands for. */
    bool from_side;   /**< Else from above, the front at the top; from the side the front is at the right. */
} pinna_live_map;

/** A round distance that nothing in a scene is farther than. */
double pinna_live_map_reach_m(const pinna_live_player* player);

/** Rings, sources with their ways, and the head. */
void pinna_live_map_draw(cairo_t* cr, const pinna_live_map* map, const pinna_live_session_view* view);

#endif
