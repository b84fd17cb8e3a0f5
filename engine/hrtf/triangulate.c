/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include <math.h>

static double triangle_area(const pinna_vec3* directions, const pinna_triangle* t)
{
    pinna_vec3 a = directions[t->vertices[0]], b = directions[t->vertices[1]], c = directions[t->vertices[2]];
    return 0.5 * (double)pinna_vec3_length(pinna_vec3_cross(pinna_vec3_sub(b, a), pinna_vec3_sub(c, a)));
}

pinna_status pinna_build_triangulate(pinna_build* build)
{
    pinna_grid* grid = &build->grid;
    if (!pinna_sphere_init(&grid->sphere, build->pool, grid->directions, grid->direction_count))
        return build->pool->failed ? PINNA_ERROR_MEMORY : PINNA_ERROR_DATA;
    grid->areas = pinna_pool_take(build->scratch, grid->direction_count, sizeof *grid->areas);
    if (!grid->areas) return PINNA_ERROR_MEMORY;
    double total = 0.0;
    for (uint32_t t = 0; t < grid->sphere.triangle_count; t++) {
        double area = triangle_area(grid->directions, &grid->sphere.triangles[t]);
        for (int i = 0; i < 3; i++) grid->areas[grid->sphere.triangles[t].vertices[i]] += (float)(area / 3.0);
        total += area;
    }
    for (uint32_t d = 0; d < grid->direction_count; d++) grid->areas[d] = (float)(grid->areas[d] / total);
    return PINNA_OK;
}
