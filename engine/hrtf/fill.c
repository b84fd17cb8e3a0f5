/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"
#include "hrtf/head.h"
#include "hrtf/nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

/*
 * Directions nobody measured (below a cap, off a circle) get filters blended from those measured on nearly the same
 * cone of confusion: the lateral angle decides level and delay differences, so nearness counts three times as much in
 * it. Delays follow a rigid sphere fitted to the set, plus what the neighbours differ from it.
 */
enum { FILL_POINTS = 800, NEIGHBOURS = 7 /* the last one only sets where weights end */ };
#define HOLE_MIN_RAD 0.2094 /* 12 degrees: a hole is a place further than this, and than twice the set's own spacing,
                               from every measured direction */
#define HOLE_MAX_RAD 0.5
#define LATERAL_SCALE_RAD 0.1745
#define ANGLE_SCALE_RAD 0.5236

static double nearest_angle(const pinna_nearest* nearest, const pinna_vec3* directions, pinna_vec3 d, uint32_t skip)
{
    uint32_t index;
    return pinna_nearest_find(nearest, d, skip, &index, 1) ? pinna_build_angle(directions[index], d) : PI;
}

static int compare_doubles(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

/* Median angle from a measured direction to its nearest neighbour, over at most 300 of them. */
static double typical_spacing(const pinna_grid* grid, const pinna_nearest* nearest)
{
    double samples[300];
    uint32_t step = grid->measured_count / 300 + 1, count = 0;
    for (uint32_t i = 0; i < grid->measured_count && count < 300; i += step)
        samples[count++] = nearest_angle(nearest, grid->directions, grid->directions[i], i);
    qsort(samples, count, sizeof *samples, compare_doubles);
    return samples[count / 2];
}

/* Evenly spread points, alike on both sides: a golden-angle spiral about the left ear's axis over the left half of the
   sphere, and its mirror image. Where the two meet, a pair becomes one point in the middle: two mirrored pairs would be
   the corners of a trapezium, and whichever diagonal divides it, it is no longer its own mirror image. False for the
   other point of such a pair. */
static bool spiral_point(uint32_t index, uint32_t count, pinna_vec3* out)
{
    uint32_t turn = index / 2;
    double y = 1.0 - (2.0 * turn + 1.0) / count, half_spacing = sqrt(PI / count);
    if (y < half_spacing) y = 0.0;
    double r = sqrt(1.0 - y * y), angle = turn * PI * (3.0 - sqrt(5.0));
    *out = (pinna_vec3){(float)(r * cos(angle)), (float)(index % 2 ? -y : y), (float)(r * sin(angle))};
    return y > 0.0 || index % 2 == 0;
}

/* Which points of the spiral lie in a hole; their count through hole_count. */
static pinna_vec3* find_holes(pinna_build* build, uint32_t* hole_count)
{
    const pinna_grid* grid = &build->grid;
    pinna_nearest nearest;
    pinna_vec3* holes = pinna_pool_take(build->scratch, FILL_POINTS, sizeof *holes);
    *hole_count = 0;
    if (!holes || !pinna_nearest_init(&nearest, build->scratch, grid->directions, grid->measured_count)) return NULL;
    double least = HOLE_MIN_RAD;
    if (grid->measured_count > 1) least = fmax(least, fmin(2.0 * typical_spacing(grid, &nearest), HOLE_MAX_RAD));
    for (uint32_t i = 0; i < FILL_POINTS; i++) {
        pinna_vec3 d;
        if (!spiral_point(i, FILL_POINTS, &d)) continue;
        if (nearest_angle(&nearest, grid->directions, d, UINT32_MAX) > least) holes[(*hole_count)++] = d;
    }
    return holes;
}

pinna_status pinna_build_plan_fill(pinna_build* build)
{
    pinna_grid* grid = &build->grid;
    uint32_t hole_count;
    const pinna_vec3* holes = find_holes(build, &hole_count);
    if (!holes) return PINNA_ERROR_MEMORY;
    pinna_vec3* all = pinna_pool_take(build->pool, (size_t)grid->measured_count + hole_count, sizeof *all);
    if (!all) return PINNA_ERROR_MEMORY;
    memcpy(all, grid->directions, grid->measured_count * sizeof *all);
    memcpy(all + grid->measured_count, holes, hole_count * sizeof *all);
    grid->directions = all;
    grid->direction_count = grid->measured_count + hole_count;
    if (hole_count > 0)
        pinna_report_add(build->report, PINNA_SEVERITY_NOTE, "unmeasured-region",
                         "%.0f %% of the sphere was not measured; it is filled from the nearest measurements",
                         100.0 * hole_count / FILL_POINTS);
    return PINNA_OK;
}

static double lateral_angle(pinna_vec3 d)
{
    return asin(fmin(1.0, fmax(-1.0, d.y)));
}

typedef struct neighbour {
    uint32_t index;
    double distance; /* squared, in scales */
} neighbour;

/* A chord is no longer than its arc: most candidates are refused without a single arc sine. */
static bool is_beyond(pinna_vec3 candidate, pinna_vec3 d, double limit)
{
    double x = candidate.x - d.x, y = candidate.y - d.y, z = candidate.z - d.z;
    return x * x + y * y + z * z > limit * ANGLE_SCALE_RAD * ANGLE_SCALE_RAD * (1.0 + 1e-5);
}

static uint32_t find_neighbours(const pinna_grid* grid, pinna_vec3 d, neighbour best[NEIGHBOURS])
{
    uint32_t count = 0;
    double lateral = lateral_angle(d);
    for (uint32_t i = 0; i < grid->measured_count; i++) {
        if (count == NEIGHBOURS && is_beyond(grid->directions[i], d, best[NEIGHBOURS - 1].distance)) continue;
        double across = (lateral_angle(grid->directions[i]) - lateral) / LATERAL_SCALE_RAD;
        double along = pinna_build_angle(grid->directions[i], d) / ANGLE_SCALE_RAD;
        neighbour candidate = {i, across * across + along * along};
        uint32_t place = count < NEIGHBOURS ? count++ : NEIGHBOURS;
        while (place > 0 && candidate.distance < best[place - 1].distance) {
            if (place < NEIGHBOURS) best[place] = best[place - 1];
            place--;
        }
        if (place < NEIGHBOURS) best[place] = candidate;
    }
    return count;
}

static double energy(const float* x, size_t count)
{
    double sum = 0.0;
    for (size_t n = 0; n < count; n++) sum += (double)x[n] * x[n];
    return sum;
}

/* A weighted mean of aligned filters loses energy where they differ; it is given back, so that no hole opens. */
static void blend_hrir(const pinna_build* build, const neighbour* near, const double* weights, uint32_t count, int ear,
                       float* out)
{
    size_t taps = build->tap_count;
    double wanted = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        const float* row = build->grid.hrirs + ((size_t)near[i].index * PINNA_EAR_COUNT + (size_t)ear) * taps;
        wanted += weights[i] * energy(row, taps);
        for (size_t n = 0; n < taps; n++) out[n] += (float)weights[i] * row[n];
    }
    double got = energy(out, taps);
    float gain = got > 0.0 ? (float)fmin(2.0, sqrt(wanted / got)) : 0.0f;
    for (size_t n = 0; n < taps; n++) out[n] *= gain;
}

static void fill_direction(pinna_build* build, const pinna_head* head, uint32_t index)
{
    pinna_grid* grid = &build->grid;
    pinna_vec3 d = grid->directions[index];
    neighbour near[NEIGHBOURS];
    double weights[NEIGHBOURS], sum = 0.0;
    uint32_t count = find_neighbours(grid, d, near);
    /* Weights fall to nothing at the furthest: which of two equally far ones was found must not matter. */
    double least = count == NEIGHBOURS ? 1.0 / (near[NEIGHBOURS - 1].distance + 0.05) : 0.0;
    for (uint32_t i = 0; i < count; i++) sum += weights[i] = 1.0 / (near[i].distance + 0.05) - least + 1e-9;
    for (uint32_t i = 0; i < count; i++) weights[i] /= sum;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        double delay = head->offset_frames + head->radius_frames * pinna_head_path(d, ear);
        for (uint32_t i = 0; i < count; i++) {
            double model = head->offset_frames +
                           head->radius_frames * pinna_head_path(grid->directions[near[i].index], ear);
            delay += weights[i] * (grid->delays_frames[near[i].index * PINNA_EAR_COUNT + (uint32_t)ear] - model);
        }
        grid->delays_frames[index * PINNA_EAR_COUNT + (uint32_t)ear] = (float)delay;
        blend_hrir(build, near, weights, count, ear,
                   grid->hrirs + ((size_t)index * PINNA_EAR_COUNT + (size_t)ear) * build->tap_count);
    }
}

pinna_status pinna_build_fill(pinna_build* build)
{
    pinna_head head = pinna_head_fit(build);
    for (uint32_t i = build->grid.measured_count; i < build->grid.direction_count; i++) fill_direction(build, &head, i);
    return PINNA_OK;
}
