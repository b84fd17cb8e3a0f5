/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"
#include "hrtf/power.h"

#include <math.h>

/*
 * The contract: pink noise from the front, from 26 directions all around and from everywhere is, BS.1770-weighted and
 * on both ears together, as loud through every set. Heads differ in how much louder the front is than the mean of all
 * directions, 0.2 to 1.9 dB, so no one gain can hold all three exactly: the one is taken that keeps the largest
 * deviation least. What they may deviate from is the source itself (the noise panned to both loudspeakers of a stereo
 * pair at equal power), and for the front, that and what the heads at hand have more there, in the middle.
 */
#define FRONT_DB 1.0
enum { AROUND = 26, FRONT = 0, ALL_AROUND, EVERYWHERE, MEASURES };

/* A cube's faces, edges and corners, the front first. */
static void directions_around(pinna_vec3 out[AROUND])
{
    size_t count = 1;
    out[0] = (pinna_vec3){1.0f, 0.0f, 0.0f};
    for (int i = 0; i < 27; i++) {
        pinna_vec3 d = {(float)(i % 3 - 1), (float)(i / 3 % 3 - 1), (float)(i / 9 - 1)};
        bool is_front = d.x == 1.0f && d.y == 0.0f && d.z == 0.0f;
        if (i != 13 && !is_front) out[count++] = pinna_vec3_normalize(d);
    }
}

/* As the renderer would: the pair of the directions around. */
static void blend_pair(const pinna_build* build, pinna_vec3 direction, float* pair)
{
    const pinna_grid* grid = &build->grid;
    size_t count = (size_t)PINNA_EAR_COUNT * build->tap_count;
    pinna_blend blend = pinna_sphere_locate(&grid->sphere, direction);
    const float* rows[3];
    for (int i = 0; i < 3; i++)
        rows[i] = grid->hrirs + blend.vertices[i] * count;
    build->kernels->blend3(pair, rows[0], rows[1], rows[2], blend.weights[0], blend.weights[1], blend.weights[2],
                           count);
}

static void add_everywhere(pinna_power* power, pinna_power_sum* sum, const pinna_build* build)
{
    const pinna_grid* grid = &build->grid;
    size_t rows = (size_t)grid->direction_count * PINNA_EAR_COUNT;
    for (size_t first = 0; first < rows; first += PINNA_FFT_LANES) {
        float areas[PINNA_FFT_LANES];
        size_t count = rows - first < PINNA_FFT_LANES ? rows - first : PINNA_FFT_LANES;
        for (size_t i = 0; i < count; i++)
            areas[i] = grid->areas[(first + i) / PINNA_EAR_COUNT];
        pinna_power_add(power, sum, grid->hrirs + first * build->tap_count, count, areas);
    }
}

pinna_power_sum* pinna_build_diffuse_power(const pinna_build* build, pinna_power* power)
{
    pinna_power_sum* sum = pinna_power_sum_take(power, build->scratch);
    if (sum) add_everywhere(power, sum, build);
    return sum;
}

/* Loudness by measure, in dB; false without memory. */
static bool measure(const pinna_build* build, double levels_db[MEASURES])
{
    pinna_power power;
    pinna_vec3 around[AROUND];
    const float whole[PINNA_EAR_COUNT] = {1.0f, 1.0f}, share[PINNA_EAR_COUNT] = {1.0f / AROUND, 1.0f / AROUND};
    if (!pinna_power_init(&power, build->scratch, build->tap_count, build->sample_rate_hz)) return false;
    pinna_power_sum* sums[MEASURES];
    sums[EVERYWHERE] = pinna_build_diffuse_power(build, &power);
    sums[FRONT] = pinna_power_sum_take(&power, build->scratch);
    sums[ALL_AROUND] = pinna_power_sum_take(&power, build->scratch);
    float* pair = pinna_pool_take(build->scratch, build->tap_count, PINNA_EAR_COUNT * sizeof *pair);
    if (build->scratch->failed) return false;
    directions_around(around);
    for (int i = 0; i < AROUND; i++) {
        blend_pair(build, around[i], pair);
        pinna_power_add(&power, sums[ALL_AROUND], pair, PINNA_EAR_COUNT, share);
        if (i == 0) pinna_power_add(&power, sums[FRONT], pair, PINNA_EAR_COUNT, whole);
    }
    for (int i = 0; i < MEASURES; i++)
        levels_db[i] = 10.0 * log10(fmax(pinna_power_of_pink(&power, sums[i]), 1e-40));
    return true;
}

static pinna_status check_audible(const pinna_build* build, double level_db)
{
    if (level_db > -300.0 && isfinite(level_db)) return PINNA_OK;
    pinna_report_add(build->report, PINNA_SEVERITY_ERROR, "silent",
                     "the impulse responses are silent; measure or export the set again");
    return PINNA_ERROR_DATA;
}

/* A set that is silent in front is matched by the rest. */
static double middle_db(const double levels_db[MEASURES])
{
    double around = levels_db[ALL_AROUND], everywhere = levels_db[EVERYWHERE];
    double front = everywhere + fmax(-6.0, fmin(6.0, levels_db[FRONT] - FRONT_DB - everywhere));
    return 0.5 * (fmin(fmin(around, everywhere), front) + fmax(fmax(around, everywhere), front));
}

pinna_status pinna_build_level(pinna_build* build, float* gain)
{
    pinna_grid* grid = &build->grid;
    double levels_db[MEASURES];
    if (!measure(build, levels_db)) return PINNA_ERROR_MEMORY;
    pinna_status status = check_audible(build, levels_db[EVERYWHERE]);
    if (status) return status;
    float factor = (float)pow(10.0, -middle_db(levels_db) / 20.0);
    size_t count = (size_t)grid->direction_count * PINNA_EAR_COUNT * build->tap_count;
    for (size_t i = 0; i < count; i++)
        grid->hrirs[i] *= factor;
    *gain = factor * build->scale;
    return PINNA_OK;
}
