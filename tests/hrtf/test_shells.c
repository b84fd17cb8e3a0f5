/* SPDX-License-Identifier: MIT */
/* Which distances are grids of their own, and which are one sphere. */
#include <criterion/criterion.h>

#include "heads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1000 };

typedef struct layout {
    uint32_t count;
    pinna_vec3 positions[MOST];
} layout;

static void add_ring(layout* l, double elevation_deg, uint32_t count, double first_deg, double distance_m)
{
    for (uint32_t i = 0; i < count; i++) {
        pinna_vec3 d = pinna_direction_from_spherical((float)(first_deg + 360.0 * i / count), (float)elevation_deg);
        l->positions[l->count++] = pinna_vec3_scale(d, (float)distance_m);
    }
}

/* @param lowest_deg  Rings every 20 degrees from there up. */
static void add_sphere(layout* l, double lowest_deg, double distance_m)
{
    for (double elevation = lowest_deg; elevation <= 60; elevation += 20) add_ring(l, elevation, 18, 0, distance_m);
}

/* @return what is made of it; `measured` of far sources. */
static pinna_hrtf_info info_of(const layout* l, pinna_hrtf_quality* quality)
{
    head h = usual_head();
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_measured_set set = head_measure(&h, l->positions, l->count);
    pinna_hrtf* hrtf = prepare_good(&set, &config);
    pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
    pinna_hrtf_release(hrtf);
    if (quality) cr_assert_eq(pinna_hrtf_cross_validate(&set, &config, 4, quality), PINNA_OK);
    head_free(&set);
    return info;
}

static void expect_grids(const layout* l, uint32_t grid_count, uint32_t far_count, double far_m, const char* what)
{
    pinna_hrtf_quality quality;
    pinna_hrtf_info info = info_of(l, &quality);
    cr_expect_eq(info.radius_count, grid_count, "%s: %u grids", what, info.radius_count);
    cr_expect_eq(info.measured_count, far_count, "%s: %u of %u far away", what, info.measured_count, l->count);
    cr_expect_float_eq(info.reference_radius_m, (float)far_m, 0.01f, "%s: %g m", what, (double)info.reference_radius_m);
    cr_expect_eq(quality.tested_count, far_count >= 16 ? far_count : 0, "%s: %u tested", what, quality.tested_count);
}

Test(shells, rings_at_distances_of_their_own)
{
    layout l = {0};
    add_ring(&l, -30, 36, 0, 1.0), add_ring(&l, 0, 36, 0, 1.0), add_ring(&l, 30, 36, 0, 1.1);
    add_ring(&l, 60, 36, 0, 1.4), add_ring(&l, 90, 1, 0, 2.0);
    expect_grids(&l, 1, 145, (72 + 36 * 1.1 + 36 * 1.4 + 2.0) / 145, "dome");
    memset(&l, 0, sizeof l);
    add_ring(&l, 0, 10, 0, 2.0), add_ring(&l, 45, 8, 0, 2.5), add_ring(&l, -30, 3, 0, 2.2), add_ring(&l, 90, 1, 0, 1.8);
    expect_grids(&l, 1, 22, (20 + 20 + 6.6 + 1.8) / 22, "22 loudspeakers");
    memset(&l, 0, sizeof l);
    for (int arm = 0; arm < 2; arm++)
        for (int ring = 0; ring < 5; ring++) add_ring(&l, -30 + 10 * arm + 20 * ring, 24, 0, arm ? 1.5 : 1.0);
    expect_grids(&l, 1, 240, 1.25, "two arms");
    memset(&l, 0, sizeof l);
    add_ring(&l, -60, 12, 0, 0.5), add_ring(&l, -20, 24, 0, 1.0), add_ring(&l, 20, 24, 0, 1.0);
    expect_grids(&l, 1, 60, 0.9, "a near ring below");
}

Test(shells, layers_stay_layers)
{
    layout l = {0};
    add_sphere(&l, -40, 0.3), add_sphere(&l, -40, 0.6), add_sphere(&l, -40, 1.2);
    expect_grids(&l, 3, 108, 1.2, "three whole ones");
    memset(&l, 0, sizeof l);
    add_sphere(&l, -40, 0.5), add_sphere(&l, -40, 1.0);
    l.count -= 5;
    expect_grids(&l, 2, 108, 0.5, "a few missing far away");
    memset(&l, 0, sizeof l);
    add_sphere(&l, 0, 0.5), add_sphere(&l, -40, 1.0);
    expect_grids(&l, 2, 108, 1.0, "the lower ones missing near by");
    memset(&l, 0, sizeof l);
    add_sphere(&l, -40, 1.0), add_ring(&l, 0, 4, 0, 0.5), add_ring(&l, 20, 4, 0, 2.0);
    expect_grids(&l, 1, 108, 1.0, "repeated here and there");
    memset(&l, 0, sizeof l); /* turned by half a step: other directions, but not to fill gaps with */
    add_sphere(&l, -40, 1.0);
    for (int ring = -40; ring <= 60; ring += 20) add_ring(&l, ring, 18, 10, 0.25);
    expect_grids(&l, 2, 108, 1.0, "turned near by");
}

Test(shells, both)
{
    layout l = {0};
    add_sphere(&l, -20, 1.0), add_ring(&l, -60, 8, 0, 1.5), add_ring(&l, 90, 1, 0, 1.3);
    expect_grids(&l, 1, 99, (90 + 12 + 1.3) / 99, "a sphere and what it lacks");
    memset(&l, 0, sizeof l); /* every direction from afar and from near by, each ring at its own distance */
    for (int ring = 0; ring < 4; ring++)
        add_ring(&l, -30 + 30 * ring, 24, 0, 1.0 + 0.2 * ring), add_ring(&l, -30 + 30 * ring, 24, 0, 0.4 + 0.1 * ring);
    expect_grids(&l, 2, 96, 1.3, "two domes");
}
