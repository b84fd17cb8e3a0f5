/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LISTENING_PLOT_H
#define PINNA_DEMOS_LISTENING_PLOT_H

#include "listening_test.h"

#include <cairo.h>

/* All directions in one rectangle: the front in the middle, +180 (behind, over the left) at the left edge, above at the
   top. */

/** @param reveal Shows targets and answers, joined; else only the lines of the map. */
void pinna_listening_draw(cairo_t* cr, double x, double y, double width, double height,
                          const pinna_listening_test* test, bool reveal);

/** A direction's place in that rectangle. */
void pinna_listening_place(pinna_listening_direction d, double x, double y, double width, double height, double out[2]);

/** Targets, answers, and answers over targets, with the figures, as PNG. */
PINNA_NODISCARD pinna_status pinna_listening_plot(const pinna_listening_test* test, const char* path,
                                                  pinna_report* report);

#endif
