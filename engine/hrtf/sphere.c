/* SPDX-License-Identifier: MIT */
#include "hrtf/sphere.h"

#include "hrtf/hull.h"

#include <math.h>

/* Row i of the inverse of the matrix of corners: the plane through the centre and the edge opposite corner i. */
static bool set_weights(pinna_triangle* triangle, const pinna_vec3* directions)
{
    double v[3][3];
    for (int i = 0; i < 3; i++) {
        pinna_vec3 p = directions[triangle->vertices[i]];
        v[i][0] = p.x;
        v[i][1] = p.y;
        v[i][2] = p.z;
    }
    double det = 0.0;
    for (int i = 0; i < 3; i++) {
        const double *a = v[(i + 1) % 3], *b = v[(i + 2) % 3];
        double n[3] = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
        if (i == 0) det = n[0] * v[0][0] + n[1] * v[0][1] + n[2] * v[0][2];
        if (!(det > 1e-12)) return false; /* the centre is outside or on this face */
        for (int k = 0; k < 3; k++) triangle->to_weights[i][k] = (float)(n[k] / det);
    }
    return true;
}

static bool copy_faces(pinna_sphere* sphere, pinna_pool* pool, pinna_pool* scratch, const pinna_hull* hull,
                       const pinna_vec3* directions)
{
    uint32_t* number = pinna_pool_take(scratch, hull->face_count, sizeof *number);
    if (!number) return false;
    for (uint32_t f = 0; f < hull->face_count; f++)
        if (hull->faces[f].alive) number[f] = sphere->triangle_count++;
    pinna_triangle* triangles = pinna_pool_take(pool, sphere->triangle_count, sizeof *triangles);
    sphere->triangles = triangles;
    if (!triangles) return false;
    for (uint32_t f = 0; f < hull->face_count; f++) {
        if (!hull->faces[f].alive) continue;
        pinna_triangle* triangle = &triangles[number[f]];
        for (int i = 0; i < 3; i++) {
            triangle->vertices[i] = hull->faces[f].vertices[i];
            triangle->neighbours[i] = number[hull->faces[f].neighbours[(i + 1) % 3]];
        }
        if (!set_weights(triangle, directions)) return false;
    }
    return true;
}

/* The octahedral map: a square whose middle is straight up and whose corners are straight down. */
static pinna_vec3 direction_of_cell(uint32_t column, uint32_t row)
{
    float u = (2.0f * (float)column + 1.0f) / PINNA_SPHERE_CELLS - 1.0f;
    float v = (2.0f * (float)row + 1.0f) / PINNA_SPHERE_CELLS - 1.0f;
    pinna_vec3 d = {u, v, 1.0f - fabsf(u) - fabsf(v)};
    if (d.z < 0.0f) {
        d.x = (1.0f - fabsf(v)) * copysignf(1.0f, u);
        d.y = (1.0f - fabsf(u)) * copysignf(1.0f, v);
    }
    return pinna_vec3_normalize(d);
}

static uint32_t cell_of_direction(pinna_vec3 d)
{
    float sum = fabsf(d.x) + fabsf(d.y) + fabsf(d.z);
    float u = d.x / sum, v = d.y / sum;
    if (d.z < 0.0f) {
        float folded = (1.0f - fabsf(v)) * copysignf(1.0f, u);
        v = (1.0f - fabsf(u)) * copysignf(1.0f, v);
        u = folded;
    }
    int column = (int)((u + 1.0f) * (PINNA_SPHERE_CELLS / 2)), row = (int)((v + 1.0f) * (PINNA_SPHERE_CELLS / 2));
    column = column < 0 ? 0 : column >= PINNA_SPHERE_CELLS ? PINNA_SPHERE_CELLS - 1 : column;
    row = row < 0 ? 0 : row >= PINNA_SPHERE_CELLS ? PINNA_SPHERE_CELLS - 1 : row;
    return (uint32_t)(row * PINNA_SPHERE_CELLS + column);
}

static float weight_of(const pinna_triangle* t, int corner, pinna_vec3 d)
{
    return t->to_weights[corner][0] * d.x + t->to_weights[corner][1] * d.y + t->to_weights[corner][2] * d.z;
}

/* Walks from triangle to triangle across the edge the direction lies furthest beyond. */
static uint32_t walk(const pinna_sphere* sphere, uint32_t triangle, pinna_vec3 d, float weights[3], uint32_t max_steps)
{
    for (uint32_t step = 0;; step++) {
        const pinna_triangle* t = &sphere->triangles[triangle];
        float a = weights[0] = weight_of(t, 0, d), b = weights[1] = weight_of(t, 1, d),
              c = weights[2] = weight_of(t, 2, d);
        float lower = a < b ? a : b, lowest = lower < c ? lower : c;
        if (lowest >= -1e-6f || step >= max_steps) return triangle;
        triangle = t->neighbours[lowest == a ? 0 : lowest == b ? 1 : 2];
    }
}

static bool fill_start(pinna_sphere* sphere, pinna_pool* pool)
{
    uint32_t* start = pinna_pool_take(pool, PINNA_SPHERE_CELLS * PINNA_SPHERE_CELLS, sizeof *start);
    sphere->start = start;
    if (!start) return false;
    uint32_t triangle = 0;
    float weights[3];
    for (uint32_t row = 0; row < PINNA_SPHERE_CELLS; row++) {
        for (uint32_t i = 0; i < PINNA_SPHERE_CELLS; i++) {
            uint32_t column = row % 2 ? PINNA_SPHERE_CELLS - 1 - i : i; /* back and forth: each walk is short */
            triangle = walk(sphere, triangle, direction_of_cell(column, row), weights, sphere->triangle_count);
            start[row * PINNA_SPHERE_CELLS + column] = triangle;
        }
    }
    return true;
}

bool pinna_sphere_init(pinna_sphere* sphere, pinna_pool* pool, const pinna_vec3* directions, uint32_t count)
{
    pinna_pool scratch;
    pinna_hull hull;
    pinna_pool_init(&scratch, pool->allocator);
    *sphere = (pinna_sphere){0};
    bool made = pinna_hull_init(&hull, &scratch, directions, count) &&
                copy_faces(sphere, pool, &scratch, &hull, directions) && fill_start(sphere, pool);
    if (scratch.failed) pool->failed = true;
    pinna_pool_free(&scratch);
    return made;
}

static bool is_direction(pinna_vec3 d)
{
    float size = fabsf(d.x) + fabsf(d.y) + fabsf(d.z);
    return size > 1e-20f && size < 1e20f;
}

pinna_blend pinna_sphere_locate_from(const pinna_sphere* sphere, pinna_vec3 direction, uint32_t* triangle)
{
    enum { MAX_STEPS = 256 }; /* a handful in practice; a bound for the audio thread */
    pinna_blend blend;
    float sum = 0.0f, weights[3];
    if (!is_direction(direction)) direction = (pinna_vec3){1.0f, 0.0f, 0.0f}; /* no direction: ahead */
    *triangle = walk(sphere, *triangle, direction, weights, MAX_STEPS);
    for (int i = 0; i < 3; i++) {
        blend.vertices[i] = sphere->triangles[*triangle].vertices[i];
        weights[i] = weights[i] > 0.0f ? weights[i] : 0.0f;
        sum += weights[i];
    }
    float scale = sum > 0.0f ? 1.0f / sum : 0.0f;
    for (int i = 0; i < 3; i++) blend.weights[i] = sum > 0.0f ? weights[i] * scale : 1.0f / 3.0f;
    return blend;
}

uint32_t pinna_sphere_start(const pinna_sphere* sphere, pinna_vec3 direction)
{
    return is_direction(direction) ? sphere->start[cell_of_direction(direction)] : 0;
}

pinna_blend pinna_sphere_locate(const pinna_sphere* sphere, pinna_vec3 direction)
{
    uint32_t triangle = pinna_sphere_start(sphere, direction);
    return pinna_sphere_locate_from(sphere, direction, &triangle);
}
