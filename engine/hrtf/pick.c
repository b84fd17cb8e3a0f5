/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include <math.h>

/* Directions nearer than this are one; far below any positioning accuracy, far above float rounding. */
#define SAME_DIRECTION_RAD 6e-4

double pinna_build_angle(pinna_vec3 a, pinna_vec3 b)
{
    return 2.0 * asin(fmin(1.0, 0.5 * (double)pinna_vec3_length(pinna_vec3_sub(a, b))));
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

static bool collect(pinna_build* build, const pinna_shell_range* shell, uint32_t* dropped)
{
    pinna_grid* grid = &build->grid;
    uint32_t* heads = pinna_pool_take(build->scratch, CELLS * CELLS * CELLS, sizeof *heads);
    uint32_t* next = pinna_pool_take(build->scratch, shell->count, sizeof *next);
    if (!heads || !next) return false;
    for (uint32_t m = 0; m < build->measured->measurement_count; m++) {
        float radius = pinna_build_radius(build->measured, m);
        if (radius < shell->low || radius > shell->high) continue;
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

pinna_status pinna_build_pick(pinna_build* build, const pinna_shell_range* shell)
{
    pinna_grid* grid = &build->grid;
    grid->radius_m = 0.5f * (shell->low + shell->high);
    grid->measurements = pinna_pool_take(build->scratch, shell->count, sizeof *grid->measurements);
    grid->directions = pinna_pool_take(build->scratch, shell->count, sizeof *grid->directions);
    uint32_t dropped = 0;
    if (!grid->measurements || !grid->directions || !collect(build, shell, &dropped)) return PINNA_ERROR_MEMORY;
    grid->direction_count = grid->measured_count;
    if (dropped > 0)
        pinna_report_add(build->report, PINNA_SEVERITY_NOTE, "duplicate-directions",
                         "%u measurements repeat a direction; the first of each is used", dropped);
    return PINNA_OK;
}
