/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include <math.h>
#include <stdlib.h>

/* A position without a distance (0) counts as one metre: only its absence is known. */
float pinna_build_radius(const pinna_measured_set* measured, uint32_t measurement)
{
    float radius = pinna_vec3_length(measured->positions_m[measurement]);
    return radius > 0.0f ? radius : 1.0f;
}

static int compare_floats(const void* a, const void* b)
{
    float x = *(const float*)a, y = *(const float*)b;
    return (x > y) - (x < y);
}

static bool is_better(pinna_shell_range a, pinna_shell_range b)
{
    if (a.count != b.count) return a.count > b.count;
    return fabsf(logf(0.5f * (a.low + a.high))) < fabsf(logf(0.5f * (b.low + b.high))); /* nearer to 1 m */
}

/* Radii in order; a gap of more than 5 % and 1 cm begins a new shell. Of more than there is room for, the last one
   found gives way: sets with that many distances have them by accident. */
static void group(const float* radii, uint32_t count, pinna_shells* shells)
{
    pinna_shell_range current = {radii[0], radii[0], 0};
    shells->count = 0;
    for (uint32_t i = 0; i <= count; i++) {
        if (i == count || radii[i] > current.high * 1.05f + 0.01f) {
            if (shells->count == PINNA_BUILD_MAX_SHELLS) shells->count--;
            shells->ranges[shells->count++] = current;
            if (i == count) return;
            current = (pinna_shell_range){radii[i], radii[i], 0};
        }
        current.high = radii[i];
        current.count++;
    }
}

/* Beside the fullest shell, those stay that have at least half as many measurements: a stray one is no grid. */
static void keep_full_ones(pinna_shells* shells)
{
    pinna_shell_range best = shells->ranges[0];
    uint32_t kept = 0;
    for (uint32_t i = 1; i < shells->count; i++)
        if (is_better(shells->ranges[i], best)) best = shells->ranges[i];
    for (uint32_t i = 0; i < shells->count; i++) {
        if (2 * shells->ranges[i].count < best.count) continue;
        if (shells->ranges[i].low == best.low) shells->reference = kept;
        shells->ranges[kept++] = shells->ranges[i];
    }
    shells->count = kept;
}

/* Directions nearer than this are one; far below any positioning accuracy, far above float rounding. */
static const float same_direction_rad = 6e-4f;

/* Preparing time and memory grow with the directions. The finest laboratories' grids (2 degrees all around: 16,022)
   pass whole; of more, as many are left out as it takes. Discs half a spacing wide cover at most 0.907 of the sphere
   (Fejes Toth 1943), which bounds how many have a place at all. */
static float spacing_for(const pinna_shells* shells)
{
    enum { MOST_DIRECTIONS = 18000 };
    uint32_t count = 0;
    for (uint32_t i = 0; i < shells->count; i++) count += shells->ranges[i].count;
    return count <= MOST_DIRECTIONS ? same_direction_rad : sqrtf(14.51f * (float)shells->count / MOST_DIRECTIONS);
}

pinna_status pinna_build_find_shells(const pinna_build* build, pinna_shells* shells)
{
    uint32_t count = build->measured->measurement_count;
    float* radii = pinna_pool_take(build->scratch, count, sizeof *radii);
    if (!radii) return PINNA_ERROR_MEMORY;
    for (uint32_t i = 0; i < count; i++) radii[i] = pinna_build_radius(build->measured, i);
    qsort(radii, count, sizeof *radii, compare_floats);
    group(radii, count, shells);
    uint32_t found = shells->count;
    keep_full_ones(shells);
    shells->spacing_rad = spacing_for(shells);
    const pinna_shell_range* reference = &shells->ranges[shells->reference];
    if (found > 1)
        pinna_report_add(build->report, PINNA_SEVERITY_NOTE, "several-radii",
                         "measured at %u distances, of which %u have a grid of their own; far sources use the one at "
                         "%.2f m with %u of %u measurements", found, shells->count,
                         0.5 * ((double)reference->low + (double)reference->high), reference->count, count);
    return PINNA_OK;
}
