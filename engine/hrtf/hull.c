/* SPDX-License-Identifier: MIT */
#include "hrtf/hull.h"

#include <math.h>
#include <string.h>

typedef struct vec3d {
    double x, y, z;
} vec3d;

/* The working state: faces grow; each point above some face hangs in that face's list. */
typedef struct builder {
    pinna_pool* pool;
    const vec3d* points;
    uint32_t* next_point; /* list links, by point */
    pinna_hull_face* faces;
    uint32_t face_count, face_capacity;
    uint32_t* visible; /* faces seen from the newest point */
    uint32_t visible_count;
    uint32_t* start_at; /* [point] new face whose first edge leaves this point */
    uint32_t* mark;     /* [face] newest point that saw it, + 1 */
} builder;

static vec3d sub(vec3d a, vec3d b)
{
    return (vec3d){a.x - b.x, a.y - b.y, a.z - b.z};
}

static vec3d cross(vec3d a, vec3d b)
{
    return (vec3d){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

static double dot(vec3d a, vec3d b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static double height(const pinna_hull_face* face, vec3d p)
{
    return face->normal[0] * p.x + face->normal[1] * p.y + face->normal[2] * p.z - face->offset;
}

/* A number that two points mirrored left to right have in common. */
static uint32_t hash_of(pinna_vec3 v)
{
    uint32_t hash = (uint32_t)(int32_t)lrintf(v.x * 1e5f) * 2654435761u;
    hash = (hash ^ (hash >> 15)) + (uint32_t)lrintf(fabsf(v.y) * 1e5f) * 2246822519u;
    hash = (hash ^ (hash >> 13)) + (uint32_t)(int32_t)lrintf(v.z * 1e5f) * 3266489917u;
    hash = (hash ^ (hash >> 16)) * 668265263u;
    return hash ^ (hash >> 15);
}

/* Four points of a circle on the sphere lie in one plane, and rings are full of them. Moving every point inwards by up
   to 1e-8 of the radius, always by the same amount and alike on both sides, decides each such tie; directions are not
   known that well. */
static vec3d perturbed(pinna_vec3 v)
{
    double length = sqrt((double)v.x * v.x + (double)v.y * v.y + (double)v.z * v.z);
    double scale = (1.0 - 1e-8 * (hash_of(v) / 4294967296.0)) / (length > 0.0 ? length : 1.0);
    return (vec3d){v.x * scale, v.y * scale, v.z * scale};
}

static bool reserve_faces(builder* b, uint32_t more)
{
    if (b->face_count + more <= b->face_capacity) return true;
    uint32_t capacity = b->face_capacity * 2 + more;
    pinna_hull_face* faces = pinna_pool_take(b->pool, capacity, sizeof *faces);
    uint32_t* visible = pinna_pool_take(b->pool, capacity, sizeof *visible);
    uint32_t* mark = pinna_pool_take(b->pool, capacity, sizeof *mark);
    if (!faces || !visible || !mark) return false;
    if (b->face_count) {
        memcpy(faces, b->faces, b->face_count * sizeof *faces);
        memcpy(visible, b->visible, b->visible_count * sizeof *visible);
        memcpy(mark, b->mark, b->face_count * sizeof *mark);
    }
    b->faces = faces;
    b->visible = visible;
    b->mark = mark;
    b->face_capacity = capacity;
    return true;
}

static uint32_t add_face(builder* b, uint32_t v0, uint32_t v1, uint32_t v2)
{
    pinna_hull_face* face = &b->faces[b->face_count];
    vec3d p0 = b->points[v0];
    vec3d n = cross(sub(b->points[v1], p0), sub(b->points[v2], p0));
    double length = sqrt(dot(n, n));
    if (length > 0.0) n = (vec3d){n.x / length, n.y / length, n.z / length};
    *face = (pinna_hull_face){
        {v0, v1, v2}, {PINNA_HULL_NONE, PINNA_HULL_NONE, PINNA_HULL_NONE}, {n.x, n.y, n.z}, dot(n, p0),
        PINNA_HULL_NONE, true};
    b->mark[b->face_count] = 0;
    return b->face_count++;
}

/* Hangs a point into the first of some faces that it lies above; a point above none is inside for good. */
static void assign(builder* b, uint32_t point, uint32_t first_face, uint32_t end_face)
{
    for (uint32_t f = first_face; f < end_face; f++) {
        if (height(&b->faces[f], b->points[point]) <= 1e-13) continue;
        b->next_point[point] = b->faces[f].outside;
        b->faces[f].outside = point;
        return;
    }
}

static void collect_visible(builder* b, uint32_t face, uint32_t point)
{
    b->visible[0] = face;
    b->visible_count = 1;
    b->mark[face] = point + 1;
    for (uint32_t i = 0; i < b->visible_count; i++) {
        for (int edge = 0; edge < 3; edge++) {
            uint32_t other = b->faces[b->visible[i]].neighbours[edge];
            if (b->mark[other] == point + 1) continue;
            if (height(&b->faces[other], b->points[point]) <= 1e-13) continue;
            b->mark[other] = point + 1;
            b->visible[b->visible_count++] = other;
        }
    }
}

static int edge_towards(const pinna_hull_face* face, uint32_t other)
{
    for (int edge = 0; edge < 3; edge++)
        if (face->neighbours[edge] == other) return edge;
    return 0;
}

/* One new face from the point to each edge between a visible and a hidden face; the fan closes on itself because each
   horizon vertex starts exactly one edge. */
static bool raise_cone(builder* b, uint32_t point)
{
    if (!reserve_faces(b, b->visible_count * 3)) return false;
    uint32_t first = b->face_count;
    for (uint32_t i = 0; i < b->visible_count; i++) {
        uint32_t seen = b->visible[i];
        for (int edge = 0; edge < 3; edge++) {
            uint32_t hidden = b->faces[seen].neighbours[edge];
            if (b->mark[hidden] == point + 1) continue;
            uint32_t from = b->faces[seen].vertices[edge], to = b->faces[seen].vertices[(edge + 1) % 3];
            uint32_t face = add_face(b, from, to, point);
            b->faces[face].neighbours[0] = hidden;
            b->faces[hidden].neighbours[edge_towards(&b->faces[hidden], seen)] = face;
            b->start_at[from] = face;
        }
    }
    for (uint32_t f = first; f < b->face_count; f++) {
        uint32_t next = b->start_at[b->faces[f].vertices[1]];
        b->faces[f].neighbours[1] = next;
        b->faces[next].neighbours[2] = f;
    }
    for (uint32_t i = 0; i < b->visible_count; i++) {
        pinna_hull_face* dead = &b->faces[b->visible[i]];
        dead->alive = false;
        uint32_t next;
        for (uint32_t p = dead->outside; p != PINNA_HULL_NONE; p = next) {
            next = b->next_point[p];
            if (p != point) assign(b, p, first, b->face_count);
        }
    }
    return true;
}

static uint32_t highest_point(const builder* b, const pinna_hull_face* face)
{
    uint32_t best = face->outside;
    double best_height = -1.0;
    for (uint32_t p = face->outside; p != PINNA_HULL_NONE; p = b->next_point[p]) {
        double h = height(face, b->points[p]);
        if (h > best_height) {
            best_height = h;
            best = p;
        }
    }
    return best;
}

/* Four points that span a volume: the first, the farthest from it, from their line, from their plane. */
static bool first_corners(const vec3d* p, uint32_t count, uint32_t corners[4])
{
    double best = 0.0;
    corners[0] = 0;
    for (uint32_t i = 1; i < count; i++) {
        vec3d d = sub(p[i], p[0]);
        if (dot(d, d) > best) {
            best = dot(d, d);
            corners[1] = i;
        }
    }
    if (best < 1e-6) return false;
    best = 0.0;
    for (uint32_t i = 1; i < count; i++) {
        vec3d n = cross(sub(p[corners[1]], p[0]), sub(p[i], p[0]));
        if (dot(n, n) > best) {
            best = dot(n, n);
            corners[2] = i;
        }
    }
    if (best < 1e-6) return false;
    vec3d normal = cross(sub(p[corners[1]], p[0]), sub(p[corners[2]], p[0]));
    best = 0.0;
    for (uint32_t i = 1; i < count; i++) {
        double h = fabs(dot(normal, sub(p[i], p[0])));
        if (h > best) {
            best = h;
            corners[3] = i;
        }
    }
    return best >= 1e-6;
}

static void first_tetrahedron(builder* b, uint32_t corners[4])
{
    const vec3d* p = b->points;
    vec3d normal = cross(sub(p[corners[1]], p[corners[0]]), sub(p[corners[2]], p[corners[0]]));
    if (dot(normal, sub(p[corners[3]], p[corners[0]])) > 0.0) {
        uint32_t swapped = corners[1];
        corners[1] = corners[2];
        corners[2] = swapped;
    }
    const uint32_t a = corners[0], c = corners[1], d = corners[2], e = corners[3];
    add_face(b, a, c, d);
    add_face(b, a, e, c);
    add_face(b, c, e, d);
    add_face(b, d, e, a);
    static const uint32_t neighbours[4][3] = {{1, 2, 3}, {3, 2, 0}, {1, 3, 0}, {2, 1, 0}};
    for (int f = 0; f < 4; f++) memcpy(b->faces[f].neighbours, neighbours[f], sizeof neighbours[f]);
}

bool pinna_hull_init(pinna_hull* hull, pinna_pool* scratch, const pinna_vec3* points, uint32_t count)
{
    uint32_t corners[4] = {0};
    builder b = {.pool = scratch};
    vec3d* exact = pinna_pool_take(scratch, count, sizeof *exact);
    b.points = exact;
    b.next_point = pinna_pool_take(scratch, count, sizeof *b.next_point);
    b.start_at = pinna_pool_take(scratch, count, sizeof *b.start_at);
    *hull = (pinna_hull){0};
    if (count < 4 || !exact || !b.next_point || !b.start_at || !reserve_faces(&b, 4 * count)) return false;
    for (uint32_t i = 0; i < count; i++) exact[i] = perturbed(points[i]);
    if (!first_corners(exact, count, corners)) return false;
    first_tetrahedron(&b, corners);
    for (uint32_t i = 0; i < count; i++)
        if (i != corners[0] && i != corners[1] && i != corners[2] && i != corners[3]) assign(&b, i, 0, 4);
    for (uint32_t f = 0; f < b.face_count; f++) {
        if (!b.faces[f].alive || b.faces[f].outside == PINNA_HULL_NONE) continue;
        uint32_t point = highest_point(&b, &b.faces[f]);
        collect_visible(&b, f, point);
        if (!raise_cone(&b, point)) return false;
    }
    hull->faces = b.faces;
    hull->face_count = b.face_count;
    return true;
}
