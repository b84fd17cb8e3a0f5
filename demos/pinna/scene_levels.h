/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_SCENE_LEVELS_H
#define PINNA_DEMOS_SCENE_LEVELS_H

#include "scene.h"

/* How loud every source of a scene is over time. All files are read once; however long they are, there are no more than
   PINNA_LEVEL_CELLS cells: where they would not do, two and two become one. */

enum { PINNA_LEVEL_CELLS = 1024 };

typedef struct pinna_scene_levels {
    uint32_t sample_rate_hz;
    double duration_s;
    double cell_s;
    size_t cell_count;
    size_t source_count;
    float* power; /**< [source][PINNA_LEVEL_CELLS], mean square, with the source's and the scene's gain. */
} pinna_scene_levels;

/** Takes the scene's automations to the rate it chooses. @param out Free with release. */
PINNA_NODISCARD pinna_status pinna_scene_levels_measure(const pinna_scene* scene, pinna_report* report,
                                                        pinna_scene_levels* out);

/** The mean square of one source around a time; 0 beyond the end. */
double pinna_scene_levels_power_at(const pinna_scene_levels* levels, size_t source, double t_s);

/** A zeroed one is accepted. */
void pinna_scene_levels_release(pinna_scene_levels* levels);

#endif
