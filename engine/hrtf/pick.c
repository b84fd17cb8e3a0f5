/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include <math.h>

double pinna_build_angle(pinna_vec3 a, pinna_vec3 b)
{
    return 2.0 * asin(fmin(1.0, 0.5 * (double)pinna_vec3_length(pinna_vec3_sub(a, b))));
}

/* Cells of a coarse map of the sphere, no narrower than the spacing, keep the search for near ones from growing with
   the square of the count. */
enum { MOST_CELLS = 64 };

typedef struct cells {
    uint32_t count;  /* along each axis */
    uint32_t* heads; /* [cell] 1 + newest direction in it */
    uint32_t* next;  /* [direction] 1 + the one before it in its cell */
    float squared_spacing;
} cells;

static bool cells_init(cells* c, pinna_pool* scratch, uint32_t direction_count, float spacing_rad)
{
    c->count = (uint32_t)fminf(MOST_CELLS, fmaxf(1.0f, 2.0f / spacing_rad));
    c->heads = pinna_pool_take(scratch, (size_t)c->count * c->count * c->count, sizeof *c->heads);
    c->next = pinna_pool_take(scratch, direction_count, sizeof *c->next);
    c->squared_spacing = spacing_rad * spacing_rad;
    return c->heads && c->next;
}

static uint32_t cell_of(const cells* c, float coordinate)
{
    int cell = (int)((coordinate + 1.0f) * 0.5f * (float)c->count);
    return (uint32_t)(cell < 0 ? 0 : cell >= (int)c->count ? (int)c->count - 1 : cell);
}

static uint32_t* head_of(const cells* c, uint32_t x, uint32_t y, uint32_t z)
{
    return &c->heads[(x * c->count + y) * c->count + z];
}

/* Chords stand in for angles: at such spacings they are the same within a thousandth. */
static bool near_other(const cells* c, const pinna_vec3* directions, pinna_vec3 d)
{
    uint32_t x = cell_of(c, d.x), y = cell_of(c, d.y), z = cell_of(c, d.z);
    for (uint32_t cx = x ? x - 1 : 0; cx <= x + 1 && cx < c->count; cx++)
        for (uint32_t cy = y ? y - 1 : 0; cy <= y + 1 && cy < c->count; cy++)
            for (uint32_t cz = z ? z - 1 : 0; cz <= z + 1 && cz < c->count; cz++)
                for (uint32_t i = *head_of(c, cx, cy, cz); i; i = c->next[i - 1]) {
                    pinna_vec3 apart = pinna_vec3_sub(directions[i - 1], d);
                    if (pinna_vec3_dot(apart, apart) < c->squared_spacing) return true;
                }
    return false;
}

static bool collect(pinna_build* build, const pinna_shells* shells, uint32_t shell, uint32_t* dropped)
{
    pinna_grid* grid = &build->grid;
    cells c;
    if (!cells_init(&c, build->scratch, shells->ranges[shell].count, shells->spacing_rad)) return false;
    for (uint32_t m = 0; m < build->measured->measurement_count; m++) {
        if (shells->members[m] != shell) continue;
        pinna_vec3 d = pinna_vec3_normalize(build->measured->positions_m[m]);
        if (near_other(&c, grid->directions, d)) {
            (*dropped)++;
            continue;
        }
        uint32_t index = grid->measured_count++;
        uint32_t* head = head_of(&c, cell_of(&c, d.x), cell_of(&c, d.y), cell_of(&c, d.z));
        grid->measurements[index] = m;
        grid->directions[index] = d;
        c.next[index] = *head;
        *head = index + 1;
    }
    return true;
}

pinna_status pinna_build_pick(pinna_build* build, const pinna_shells* shells, uint32_t shell)
{
    pinna_grid* grid = &build->grid;
    uint32_t count = shells->ranges[shell].count;
    grid->radius_m = shells->ranges[shell].radius_m;
    grid->measurements = pinna_pool_take(build->scratch, count, sizeof *grid->measurements);
    grid->directions = pinna_pool_take(build->scratch, count, sizeof *grid->directions);
    uint32_t dropped = 0;
    if (!grid->measurements || !grid->directions || !collect(build, shells, shell, &dropped))
        return PINNA_ERROR_MEMORY;
    grid->direction_count = grid->measured_count;
    if (dropped > 0)
        pinna_report_add(build->report, PINNA_SEVERITY_NOTE, "duplicate-directions",
                         "%u measurements are within %.2g degrees of another; the first of each is used", dropped,
                         (double)shells->spacing_rad * 180.0 / 3.14159265358979323846);
    return PINNA_OK;
}
