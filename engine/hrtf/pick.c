/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include <math.h>
#include <stdlib.h>

/* Directions nearer than this are one; far below any positioning accuracy, far above float rounding. */
#define SAME_DIRECTION_RAD 6e-4

double pinna_build_angle(pinna_vec3 a, pinna_vec3 b)
{
    return 2.0 * asin(fmin(1.0, 0.5 * (double)pinna_vec3_length(pinna_vec3_sub(a, b))));
}

/* A position without a distance (0) counts as one metre ahead of nowhere: only its absence is known. */
static float radius_of(const pinna_build* build, uint32_t measurement)
{
    float radius = pinna_vec3_length(build->measured->positions_m[measurement]);
    return radius > 0.0f ? radius : 1.0f;
}

static int compare_floats(const void* a, const void* b)
{
    float x = *(const float*)a, y = *(const float*)b;
    return (x > y) - (x < y);
}

typedef struct shell_range {
    float low, high;
    uint32_t count;
} shell_range;

static bool is_better(shell_range a, shell_range b)
{
    if (a.count != b.count) return a.count > b.count;
    return fabsf(logf(0.5f * (a.low + a.high))) < fabsf(logf(0.5f * (b.low + b.high))); /* nearer to 1 m */
}

/* Radii in order; a gap of more than 5 % and 1 cm begins a new shell. The fullest shell wins. */
static bool choose_shell(pinna_build* build, shell_range* best)
{
    uint32_t count = build->measured->measurement_count, shells = 0;
    float* radii = pinna_pool_take(build->scratch, count, sizeof *radii);
    if (!radii) return false;
    for (uint32_t i = 0; i < count; i++) radii[i] = radius_of(build, i);
    qsort(radii, count, sizeof *radii, compare_floats);
    *best = (shell_range){0};
    shell_range current = {radii[0], radii[0], 0};
    for (uint32_t i = 0; i <= count; i++) {
        if (i == count || radii[i] > current.high * 1.05f + 0.01f) {
            shells++;
            if (best->count == 0 || is_better(current, *best)) *best = current;
            if (i == count) break;
            current = (shell_range){radii[i], radii[i], 0};
        }
        current.high = radii[i];
        current.count++;
    }
    if (shells > 1)
        pinna_report_add(build->report, PINNA_SEVERITY_NOTE, "several-radii",
                         "measured at %u distances; the grid is the one at %.2f m with %u of %u measurements", shells,
                         0.5 * ((double)best->low + (double)best->high), best->count, count);
    return true;
}

/* Cells of a coarse map of the sphere keep the search for duplicates from growing with the square of the count. */
enum { CELLS = 64 };

static uint32_t cell_of(float coordinate)
{
    int cell = (int)((coordinate + 1.0f) * (CELLS / 2));
    return (uint32_t)(cell < 0 ? 0 : cell >= CELLS ? CELLS - 1 : cell);
}

static bool near_other(const pinna_grid* grid, const uint32_t* heads, const uint32_t* next, pinna_vec3 d)
{
    uint32_t x = cell_of(d.x), y = cell_of(d.y), z = cell_of(d.z);
    for (uint32_t cx = x ? x - 1 : 0; cx <= x + 1 && cx < CELLS; cx++)
        for (uint32_t cy = y ? y - 1 : 0; cy <= y + 1 && cy < CELLS; cy++)
            for (uint32_t cz = z ? z - 1 : 0; cz <= z + 1 && cz < CELLS; cz++)
                for (uint32_t i = heads[(cx * CELLS + cy) * CELLS + cz]; i; i = next[i - 1])
                    if (pinna_build_angle(grid->directions[i - 1], d) < SAME_DIRECTION_RAD) return true;
    return false;
}

static bool collect(pinna_build* build, shell_range shell, uint32_t* dropped)
{
    pinna_grid* grid = &build->grid;
    uint32_t* heads = pinna_pool_take(build->scratch, CELLS * CELLS * CELLS, sizeof *heads);
    uint32_t* next = pinna_pool_take(build->scratch, shell.count, sizeof *next);
    if (!heads || !next) return false;
    for (uint32_t m = 0; m < build->measured->measurement_count; m++) {
        float radius = radius_of(build, m);
        if (radius < shell.low || radius > shell.high) continue;
        pinna_vec3 d = pinna_vec3_normalize(build->measured->positions_m[m]);
        if (near_other(grid, heads, next, d)) {
            (*dropped)++;
            continue;
        }
        uint32_t index = grid->measured_count++;
        uint32_t* head = &heads[(cell_of(d.x) * CELLS + cell_of(d.y)) * CELLS + cell_of(d.z)];
        grid->measurements[index] = m;
        grid->directions[index] = d;
        next[index] = *head;
        *head = index + 1;
    }
    return true;
}

pinna_status pinna_build_pick(pinna_build* build)
{
    shell_range shell;
    if (!choose_shell(build, &shell)) return PINNA_ERROR_MEMORY;
    pinna_grid* grid = &build->grid;
    grid->radius_m = 0.5f * (shell.low + shell.high);
    grid->measurements = pinna_pool_take(build->scratch, shell.count, sizeof *grid->measurements);
    grid->directions = pinna_pool_take(build->scratch, shell.count, sizeof *grid->directions);
    uint32_t dropped = 0;
    if (!grid->measurements || !grid->directions || !collect(build, shell, &dropped)) return PINNA_ERROR_MEMORY;
    grid->direction_count = grid->measured_count;
    if (dropped > 0)
        pinna_report_add(build->report, PINNA_SEVERITY_NOTE, "duplicate-directions",
                         "%u measurements repeat a direction; the first of each is used", dropped);
    return PINNA_OK;
}
