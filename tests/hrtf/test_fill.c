/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "heads.h"
#include "hrtf/build.h"
#include "hrtf/hrtf.h"
#include "hrtf/nearest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAPS = 256 };

static double level_db(const pinna_hrtf* hrtf, pinna_vec3 d, int ear)
{
    float taps[2][TAPS], delays[2];
    double sum = 0.0;
    cr_assert(pinna_hrtf_get_info(hrtf).tap_count <= TAPS);
    pinna_hrtf_lookup(hrtf, d, taps[0], taps[1], delays);
    for (uint32_t n = 0; n < pinna_hrtf_get_info(hrtf).tap_count; n++) sum += (double)taps[ear][n] * taps[ear][n];
    return 10.0 * log10(sum + 1e-30);
}

/* Both ears together: no direction falls out of the measured ones' range, and none jumps against one 5 degrees away. */
static void expect_no_holes(const pinna_hrtf* hrtf, const pinna_measured_set* set)
{
    double low[2] = {1e9, 1e9}, high[2] = {-1e9, -1e9};
    for (uint32_t i = 0; i < set->measurement_count; i++)
        for (int ear = 0; ear < 2; ear++) {
            double level = level_db(hrtf, pinna_vec3_normalize(set->positions_m[i]), ear);
            low[ear] = fmin(low[ear], level);
            high[ear] = fmax(high[ear], level);
        }
    for (int elevation = -90; elevation <= 90; elevation += 5)
        for (int azimuth = 0; azimuth < 360; azimuth += 5)
            for (int ear = 0; ear < 2; ear++) {
                double here = level_db(hrtf, pinna_direction_from_spherical((float)azimuth, (float)elevation), ear);
                double beside =
                    level_db(hrtf, pinna_direction_from_spherical((float)azimuth + 5, (float)elevation), ear);
                double above =
                    level_db(hrtf, pinna_direction_from_spherical((float)azimuth, (float)elevation + 5), ear);
                cr_expect(here > low[ear] - 3.0 && here < high[ear] + 3.0,
                          "%d/%d ear %d: %.1f dB, measured %.1f to %.1f", azimuth, elevation, ear, here, low[ear],
                          high[ear]);
                cr_expect(fabs(here - beside) < 3.0 && fabs(here - above) < 3.0, "%d/%d ear %d: %.1f %.1f %.1f dB",
                          azimuth, elevation, ear, here, beside, above);
            }
}

static double delay_itd_us(const pinna_hrtf* hrtf, float azimuth, float elevation)
{
    float taps[2][TAPS], delays[2];
    pinna_hrtf_lookup(hrtf, pinna_direction_from_spherical(azimuth, elevation), taps[0], taps[1], delays);
    return 1e6 * (double)(delays[1] - delays[0]) / pinna_hrtf_get_info(hrtf).sample_rate_hz;
}

static void expect_rising_itd(const pinna_hrtf* hrtf)
{
    for (int elevation = -60; elevation <= 60; elevation += 20)
        for (int azimuth = 0; azimuth < 90; azimuth += 5) {
            double here = delay_itd_us(hrtf, (float)azimuth, (float)elevation);
            double next = delay_itd_us(hrtf, (float)azimuth + 5, (float)elevation);
            cr_expect(next > here - 8.0, "%d/%d: %.1f then %.1f us", azimuth, elevation, here, next);
            double mirrored = delay_itd_us(hrtf, (float)-azimuth, (float)elevation);
            cr_expect(fabs(here + mirrored) < 45.0, "%d/%d: %.1f left, %.1f right", azimuth, elevation, here, mirrored);
        }
}

static void check_filled(pinna_vec3* grid, uint32_t count, bool monotonic)
{
    head h = usual_head();
    pinna_measured_set set = head_measure(&h, grid, count);
    pinna_hrtf* hrtf = prepare_good(&set, NULL);
    pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
    cr_expect(info.direction_count > info.measured_count, "nothing was filled");
    cr_expect_eq(info.measured_count, count);
    expect_no_holes(hrtf, &set);
    if (monotonic) expect_rising_itd(hrtf);
    pinna_hrtf_release(hrtf);
    head_free(&set);
    free(grid);
}

Test(fill, a_horizontal_circle)
{
    for (uint32_t count = 24; count <= 360; count *= 15) {
        pinna_vec3* grid = malloc(count * sizeof *grid);
        for (uint32_t i = 0; i < count; i++)
            grid[i] = pinna_direction_from_spherical(360.0f * (float)i / (float)count, 0);
        check_filled(grid, count, true);
    }
}

Test(fill, a_cap_without_a_south_pole)
{
    uint32_t count;
    pinna_vec3* grid = ring_grid(10, -30, &count);
    check_filled(grid, count, true);
}

Test(fill, a_sphere_without_poles)
{
    uint32_t count = 0;
    pinna_vec3* all = ring_grid(10, -60, &count);
    while (all[count - 1].z > 0.87f) count--;
    check_filled(all, count, true);
}

Test(fill, one_measurement)
{
    pinna_vec3* grid = malloc(sizeof *grid);
    *grid = pinna_direction_from_spherical(0, 0);
    check_filled(grid, 1, false);
}

Test(fill, two_and_three_measurements)
{
    pinna_vec3* grid = malloc(3 * sizeof *grid);
    for (int i = 0; i < 3; i++) grid[i] = pinna_direction_from_spherical(120.0f * (float)i, 0);
    check_filled(grid, 3, false);
    grid = malloc(2 * sizeof *grid);
    for (int i = 0; i < 2; i++) grid[i] = pinna_direction_from_spherical(30.0f - 60.0f * (float)i, 0);
    check_filled(grid, 2, false);
}

Test(fill, a_dense_sphere_is_left_alone)
{
    head h = usual_head();
    uint32_t count;
    pinna_vec3* grid = ring_grid(15, -90, &count);
    pinna_measured_set set = head_measure(&h, grid, count);
    pinna_hrtf* hrtf = prepare_good(&set, NULL);
    cr_expect_eq(pinna_hrtf_get_info(hrtf).direction_count, count);
    pinna_hrtf_release(hrtf);
    head_free(&set);
    free(grid);
}

/* ---- pick ---- */

Test(pick, the_fullest_distance_is_the_grid)
{
    static pinna_report report;
    head h = usual_head();
    pinna_vec3 positions[90 + 40];
    pinna_vec3 *full = spiral_grid(90), *sparse = spiral_grid(40);
    for (int i = 0; i < 130; i++)
        positions[i] =
            i < 40 ? pinna_vec3_scale(sparse[i], 0.5f) : pinna_vec3_scale(full[i - 40], i % 2 ? 2.0f : 2.04f);
    pinna_measured_set set = head_measure(&h, positions, 130);
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_hrtf* hrtf;
    cr_assert_eq(pinna_hrtf_prepare(&set, &config, &report, &hrtf), PINNA_OK);
    cr_expect_eq(pinna_hrtf_get_info(hrtf).measured_count, 90);
    cr_expect_float_eq(pinna_hrtf_get_info(hrtf).reference_radius_m, 2.02f, 0.001f);
    cr_expect(report_has(&report, "several-radii"));
    pinna_hrtf_release(hrtf);
    head_free(&set);
    free(full);
    free(sparse);
}

Test(pick, equal_distances_prefer_one_metre)
{
    head h = usual_head();
    pinna_vec3 positions[150];
    pinna_vec3* grid = spiral_grid(50);
    for (int i = 0; i < 150; i++)
        positions[i] = pinna_vec3_scale(grid[i % 50], i < 50 ? 0.3f : i < 100 ? 1.1f : 3.0f);
    pinna_measured_set set = head_measure(&h, positions, 150);
    pinna_hrtf* hrtf = prepare_good(&set, NULL);
    cr_expect_float_eq(pinna_hrtf_get_info(hrtf).reference_radius_m, 1.1f, 0.001f);
    pinna_hrtf_release(hrtf);
    head_free(&set);
    free(grid);
}

Test(pick, repeated_directions_are_dropped)
{
    static pinna_report report;
    head h = usual_head();
    pinna_vec3 positions[72 + 30 + 24];
    for (int i = 0; i < 72; i++)
        positions[i] = pinna_direction_from_spherical(15.0f * (float)(i % 24), 30.0f * (float)(i / 24) - 30);
    for (int i = 0; i < 30; i++) positions[72 + i] = pinna_direction_from_spherical(12.0f * (float)i, i % 2 ? 90 : -90);
    for (int i = 0; i < 24; i++) positions[102 + i] = pinna_direction_from_spherical(15.0f * (float)i + 0.01f, 0.01f);
    pinna_measured_set set = head_measure(&h, positions, 126);
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_hrtf* hrtf;
    memset(&report, 0, sizeof report);
    cr_assert_eq(pinna_hrtf_prepare(&set, &config, &report, &hrtf), PINNA_OK);
    cr_expect_eq(pinna_hrtf_get_info(hrtf).measured_count, 74);
    cr_expect(report_has(&report, "duplicate-directions"));
    for (uint32_t i = 0; i < 74; i++)
        for (uint32_t k = 0; k < i; k++)
            cr_assert(pinna_build_angle(pinna_hrtf_get_direction(hrtf, i), pinna_hrtf_get_direction(hrtf, k)) > 5e-4);
    pinna_hrtf_release(hrtf);
    head_free(&set);
}

Test(pick, positions_without_distance_are_one_direction)
{
    head h = usual_head();
    pinna_vec3 positions[3] = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}};
    pinna_measured_set set = head_measure(&h, positions, 3);
    pinna_hrtf* hrtf = prepare_good(&set, NULL);
    cr_expect_eq(pinna_hrtf_get_info(hrtf).measured_count, 1);
    pinna_hrtf_release(hrtf);
    head_free(&set);
}

/* ---- nearest ---- */

Test(nearest, finds_what_a_full_search_finds)
{
    static const uint32_t counts[] = {1, 2, 5, 40, 700};
    for (int c = 0; c < 5; c++) {
        uint32_t count = counts[c];
        pinna_vec3 *d = random_grid(count, 3), *queries = random_grid(200, 4);
        pinna_pool pool;
        pinna_nearest nearest;
        pinna_pool_init(&pool, pinna_allocator_default());
        cr_assert(pinna_nearest_init(&nearest, &pool, d, count));
        for (uint32_t q = 0; q < 200; q++) {
            uint32_t found[8], skip = q % 2 ? q % count : UINT32_MAX;
            uint32_t got = pinna_nearest_find(&nearest, queries[q], skip, found, 8);
            uint32_t rest = count - (skip != UINT32_MAX);
            cr_assert_eq(got, rest < 8 ? rest : 8);
            double last = -1.0;
            for (uint32_t i = 0; i < got; i++) {
                double distance = (double)pinna_vec3_length(pinna_vec3_sub(d[found[i]], queries[q]));
                cr_assert(distance >= last - 1e-6 && found[i] != skip);
                last = distance;
            }
            uint32_t nearer = 0;
            for (uint32_t i = 0; i < count; i++)
                nearer += i != skip && (double)pinna_vec3_length(pinna_vec3_sub(d[i], queries[q])) < last - 1e-6;
            cr_assert(nearer < got || got == 0, "%u are nearer than the last of %u", nearer, got);
        }
        pinna_pool_free(&pool);
        free(d);
        free(queries);
    }
}
