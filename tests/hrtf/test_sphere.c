/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "heads.h"
#include "hrtf/hull.h"
#include "hrtf/sphere.h"
#include "support/failing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double determinant(pinna_vec3 a, pinna_vec3 b, pinna_vec3 c)
{
    return (double)a.x * ((double)b.y * c.z - (double)b.z * c.y) -
           (double)a.y * ((double)b.x * c.z - (double)b.z * c.x) +
           (double)a.z * ((double)b.x * c.y - (double)b.y * c.x);
}

/* Closed (V - E + F = 2 with E = 3 F / 2), each edge shared by two triangles that name each other. */
static void check_closed(const pinna_sphere* s, uint32_t count)
{
    cr_assert_eq(s->triangle_count, 2 * count - 4, "%u triangles of %u points", s->triangle_count, count);
    unsigned char* used = calloc(count, 1);
    for (uint32_t t = 0; t < s->triangle_count; t++) {
        const pinna_triangle* triangle = &s->triangles[t];
        for (int i = 0; i < 3; i++) {
            cr_assert(triangle->vertices[i] < count);
            used[triangle->vertices[i]] = 1;
            cr_assert(triangle->neighbours[i] < s->triangle_count);
            const pinna_triangle* other = &s->triangles[triangle->neighbours[i]];
            int back = -1;
            for (int k = 0; k < 3; k++)
                if (other->neighbours[k] == t && other->vertices[(k + 1) % 3] == triangle->vertices[(i + 2) % 3] &&
                    other->vertices[(k + 2) % 3] == triangle->vertices[(i + 1) % 3])
                    back = k;
            cr_assert(back >= 0, "triangle %u edge %d", t, i);
        }
    }
    for (uint32_t v = 0; v < count; v++) cr_assert(used[v], "point %u is in no triangle", v);
    free(used);
}

/* No point lies above any triangle's plane by more than the perturbation that settles ties; all wind the same way. */
static void check_convex(const pinna_sphere* s, const pinna_vec3* d, uint32_t count)
{
    uint32_t step = count > 2000 ? count / 500 : 1;
    for (uint32_t t = 0; t < s->triangle_count; t += step) {
        pinna_vec3 a = d[s->triangles[t].vertices[0]], b = d[s->triangles[t].vertices[1]],
                   c = d[s->triangles[t].vertices[2]];
        cr_assert(determinant(a, b, c) > 0.0);
        double e1[3] = {(double)b.x - a.x, (double)b.y - a.y, (double)b.z - a.z};
        double e2[3] = {(double)c.x - a.x, (double)c.y - a.y, (double)c.z - a.z};
        double n[3] = {e1[1] * e2[2] - e1[2] * e2[1], e1[2] * e2[0] - e1[0] * e2[2], e1[0] * e2[1] - e1[1] * e2[0]};
        double length = sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
        for (uint32_t p = 0; p < count; p += step) {
            double h = ((d[p].x - (double)a.x) * n[0] + (d[p].y - (double)a.y) * n[1] + (d[p].z - (double)a.z) * n[2]) /
                       length;
            cr_assert(h < 5e-7, "point %u lies %g above triangle %u", p, h, t);
        }
    }
}

static void check_weights(const pinna_sphere* s, const pinna_vec3* d, pinna_vec3 q)
{
    pinna_blend blend = pinna_sphere_locate(s, q);
    double sum = 0.0, at[3] = {0};
    for (int i = 0; i < 3; i++) {
        cr_assert(blend.weights[i] >= 0.0f);
        sum += blend.weights[i];
        at[0] += (double)blend.weights[i] * d[blend.vertices[i]].x;
        at[1] += (double)blend.weights[i] * d[blend.vertices[i]].y;
        at[2] += (double)blend.weights[i] * d[blend.vertices[i]].z;
    }
    double length = sqrt(at[0] * at[0] + at[1] * at[1] + at[2] * at[2]);
    double miss = fabs(at[0] / length - q.x) + fabs(at[1] / length - q.y) + fabs(at[2] / length - q.z);
    cr_assert_float_eq(sum, 1.0, 1e-5);
    cr_assert(miss < 2e-5, "the triangle found is %g away", miss);
}

static void check_located(const pinna_sphere* s, const pinna_vec3* d, uint32_t count)
{
    pinna_vec3* queries = random_grid(3000, 9);
    for (uint32_t i = 0; i < 3000; i++) check_weights(s, d, queries[i]);
    free(queries);
    for (uint32_t i = 0; i < count; i++) {
        pinna_blend blend = pinna_sphere_locate(s, d[i]);
        float own = 0.0f;
        for (int k = 0; k < 3; k++)
            if (blend.vertices[k] == i) own = blend.weights[k];
        cr_assert(own > 0.9999f, "point %u of %u has weight %g at itself", i, count, (double)own);
    }
}

static double check_grid(pinna_vec3* d, uint32_t count)
{
    pinna_pool pool;
    pinna_sphere sphere;
    pinna_pool_init(&pool, pinna_allocator_default());
    double begin = cpu_s();
    cr_assert(pinna_sphere_init(&sphere, &pool, d, count), "%u points", count);
    double taken = cpu_s() - begin;
    check_closed(&sphere, count);
    check_convex(&sphere, d, count);
    check_located(&sphere, d, count);
    pinna_pool_free(&pool);
    free(d);
    return taken;
}

Test(sphere, the_smallest)
{
    pinna_vec3* d = malloc(4 * sizeof *d);
    d[0] = pinna_direction_from_spherical(0, 90);
    for (int i = 0; i < 3; i++) d[i + 1] = pinna_direction_from_spherical(120.0f * (float)i, -19.47f);
    check_grid(d, 4);
}

Test(sphere, octahedron_and_cube)
{
    pinna_vec3* d = malloc(8 * sizeof *d);
    memcpy(d, (pinna_vec3[6]){{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}}, 6 * sizeof *d);
    check_grid(d, 6);
    d = malloc(8 * sizeof *d);
    for (int i = 0; i < 8; i++)
        d[i] = pinna_vec3_normalize((pinna_vec3){i & 1 ? 1 : -1, i & 2 ? 1 : -1, i & 4 ? 1 : -1});
    check_grid(d, 8);
}

Test(sphere, rings_full_of_co_circular_points)
{
    static const double steps[] = {45, 30, 15, 10, 5};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        uint32_t count;
        pinna_vec3* d = ring_grid(steps[i], -90, &count);
        check_grid(d, count);
    }
}

/* Lebedev's grids have the octahedron's symmetry: a point and all its images. */
Test(sphere, grids_with_octahedral_symmetry)
{
    uint32_t count = 0;
    pinna_vec3* d = malloc(512 * sizeof *d);
    static const double orbits[][3] = {{1, 0, 0}, {1, 1, 0}, {1, 1, 1}, {3, 1, 1}, {1, 2, 2}, {5, 2, 0}, {4, 2, 1}};
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t o = 0; o < sizeof orbits / sizeof *orbits; o++)
        for (int order = 0; order < 6; order++)
            for (int signs = 0; signs < 8; signs++) {
                double c[3];
                for (int k = 0; k < 3; k++) c[k] = orbits[o][orders[order][k]] * (signs >> k & 1 ? -1 : 1);
                pinna_vec3 v = pinna_vec3_normalize((pinna_vec3){(float)c[0], (float)c[1], (float)c[2]});
                bool known = false;
                for (uint32_t i = 0; i < count; i++) known |= pinna_vec3_length(pinna_vec3_sub(d[i], v)) < 1e-4f;
                if (!known) d[count++] = v;
            }
    cr_assert_eq(count, 6 + 12 + 8 + 24 + 24 + 24 + 48);
    check_grid(d, count);
}

Test(sphere, random_points)
{
    for (uint32_t count = 20; count <= 5000; count = count * 5 / 2) check_grid(random_grid(count, count), count);
}

Test(sphere, spirals_up_to_twenty_thousand_in_nearly_linear_time)
{
    static const uint32_t counts[] = {100, 1250, 5000, 20000};
    double per_point[4];
    for (int i = 0; i < 4; i++) {
        double s = check_grid(spiral_grid(counts[i]), counts[i]);
        per_point[i] = s / counts[i];
        fprintf(stderr, "sphere: %u points in %.1f ms\n", counts[i], 1e3 * s);
    }
    cr_expect(per_point[3] < 6.0 * per_point[1] + 2e-6, "%.2f us a point at 20000, %.2f at 1250", 1e6 * per_point[3],
              1e6 * per_point[1]);
}

Test(sphere, refuses_what_does_not_surround_the_centre)
{
    pinna_pool pool;
    pinna_sphere sphere;
    pinna_pool_init(&pool, pinna_allocator_default());
    pinna_vec3 circle[36], cap[40], same[10];
    for (int i = 0; i < 36; i++) circle[i] = pinna_direction_from_spherical(10.0f * (float)i, 0);
    for (int i = 0; i < 40; i++) cap[i] = pinna_direction_from_spherical(9.0f * (float)i, 30.0f + (float)(i % 5) * 10);
    for (int i = 0; i < 10; i++) same[i] = circle[0];
    cr_expect_not(pinna_sphere_init(&sphere, &pool, circle, 3));
    cr_expect_not(pinna_sphere_init(&sphere, &pool, circle, 36));
    cr_expect_not(pinna_sphere_init(&sphere, &pool, cap, 40));
    cr_expect_not(pinna_sphere_init(&sphere, &pool, same, 10));
    cr_expect_not(pinna_sphere_init(&sphere, &pool, circle, 0));
    cr_expect_not(pool.failed);
    pinna_pool_free(&pool);
}

Test(sphere, odd_queries_still_give_weights)
{
    uint32_t count;
    pinna_vec3* d = ring_grid(15, -90, &count);
    pinna_pool pool;
    pinna_sphere sphere;
    pinna_pool_init(&pool, pinna_allocator_default());
    cr_assert(pinna_sphere_init(&sphere, &pool, d, count));
    const pinna_vec3 odd[] = {{0, 0, 0},          {NAN, 0, 0},  {INFINITY, 0, 0}, {1e-30f, 1e-30f, -1e-30f},
                              {-0.0f, -0.0f, -1}, {1e30f, 0, 0}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        pinna_blend blend = pinna_sphere_locate(&sphere, odd[i]);
        double sum = 0.0;
        for (int k = 0; k < 3; k++) {
            cr_expect(blend.vertices[k] < count && blend.weights[k] >= 0.0f);
            sum += blend.weights[k];
        }
        cr_expect_float_eq(sum, 1.0, 1e-5, "query %zu: %g", i, sum);
    }
    pinna_pool_free(&pool);
    free(d);
}

Test(sphere, each_allocation_failing)
{
    pinna_vec3* d = spiral_grid(200);
    for (size_t good = 0;; good++) {
        failing_allocator failing = failing_after(good);
        pinna_pool pool;
        pinna_sphere sphere;
        pinna_pool_init(&pool, counted_allocator(&failing));
        bool made = pinna_sphere_init(&sphere, &pool, d, 200);
        cr_expect(made != pool.failed);
        pinna_pool_free(&pool);
        cr_expect_eq(failing.live, 0);
        if (made) break;
    }
    free(d);
}
