/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_PLOT_SCENE_H
#define PINNA_DEMOS_PLOT_SCENE_H

#include "plot.h"
#include "scene_levels.h"

/* What the two parts of a scene's plot share: the views of where everything goes, and the lanes of when it sounds. */

/** Sources drawn as one: the channels of a bed or a sound field, or a single source. */
typedef struct plot_group {
    size_t first, count; /**< Of the scene's sources. */
    char label[64];
} plot_group;

typedef struct plot_scene {
    char* name; /**< Of the file. */
    pinna_scene scene;
    pinna_scene_levels levels; /**< Without power: only where things are is known; colour is time. */
    size_t group_count;
    plot_group* groups;
    double loudest_db;
    double reach_m, nearest_m; /**< Of all there is to draw, from the scene's origin. */
} plot_scene;

enum { PLOT_LEVEL_RANGE_DB = 48 };

/** The level of a source at the listener at a time, dB re full scale; -INFINITY in silence. */
double plot_scene_level_db(const plot_scene* s, size_t source, double t_s);

/** The same of a whole group. */
double plot_scene_group_level_db(const plot_scene* s, const plot_group* group, double t_s);

/** Its colour; or, without levels, the time's. False where it is too soft to be seen. */
bool plot_scene_colour(const plot_scene* s, double level_db, double t_s, plot_colour* out);

/** Where a source is. False where it has no place. */
bool plot_scene_place(const plot_scene* s, size_t source, double t_s, pinna_vec3* out);

/** From above, and from the right. @param x,y,size The square. */
void plot_scene_view(cairo_t* page, const plot_scene* s, bool from_side, double x, double y, double size);

/** A row per group, level over time as colour, and how the head turns. */
void plot_scene_lanes(cairo_t* page, const plot_scene* s, double x, double y, double width);

/** How high that is. */
double plot_scene_lanes_height(const plot_scene* s);

/** A number in a disc, as lanes and views call a group. */
void plot_scene_badge(cairo_t* page, double x, double y, size_t number, plot_colour c);

#endif
