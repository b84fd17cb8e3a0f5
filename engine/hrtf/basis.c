/* SPDX-License-Identifier: MIT */
#include "hrtf/basis.h"

#include <math.h>

static const double TWO_PI = 6.283185307179586476925287;

enum {
    LOW_POINTS = 4,      /* every 50 Hz below 200 Hz */
    MIDDLE_POINTS = 152, /* 24 to the octave from 200 Hz to 16 kHz, where localisation happens */
    HIGH_POINTS = 16,    /* every 500 Hz from 16.5 to 24 kHz, so that nothing grows up there */
    MAX_POINTS = LOW_POINTS + MIDDLE_POINTS + HIGH_POINTS
};

static double point_hz(size_t point)
{
    if (point < LOW_POINTS) return 50.0 * (double)point;
    point -= LOW_POINTS;
    if (point < MIDDLE_POINTS) return 200.0 * exp2((double)point / 24.0);
    return 16500.0 + 500.0 * (double)(point - MIDDLE_POINTS);
}

static float point_weight(size_t point)
{
    if (point < LOW_POINTS) return 0.5f;
    return point < LOW_POINTS + MIDDLE_POINTS ? 1.0f : 0.1f;
}

/* One turn per tap, in double: the error after 8192 turns is still far below a float's. */
static void fill_wave(float* wave, size_t stride, size_t tap_count, double radians)
{
    double step_re = cos(radians), step_im = -sin(radians), re = 1.0, im = 0.0;
    for (size_t tap = 0; tap < tap_count; tap++) {
        wave[tap * 2 * stride] = (float)re;
        wave[tap * 2 * stride + stride] = (float)im;
        double turned = re * step_re - im * step_im;
        im = re * step_im + im * step_re;
        re = turned;
    }
}

/* False without memory. */
static bool points_init(pinna_basis_points* points, pinna_pool* pool, uint32_t sample_rate_hz, size_t tap_count)
{
    size_t count = 0;
    while (count < MAX_POINTS && 2.0 * point_hz(count) <= (double)sample_rate_hz) count++;
    *points = (pinna_basis_points){.count = count, .stride = (count + 15) & ~(size_t)15};
    points->weights = pinna_pool_take(pool, points->stride, sizeof *points->weights);
    points->waves = pinna_pool_take(pool, tap_count * 2 * points->stride, sizeof *points->waves);
    if (!points->weights || !points->waves) return false;
    for (size_t p = 0; p < count; p++) {
        points->weights[p] = point_weight(p);
        fill_wave(points->waves + p, points->stride, tap_count, TWO_PI * point_hz(p) / sample_rate_hz);
    }
    return true;
}

static const float* row_taps(const pinna_build* build, size_t row, size_t direction_step)
{
    size_t direction = row / PINNA_EAR_COUNT * direction_step;
    if (direction >= build->grid.direction_count) return NULL;
    return build->grid.hrirs + (direction * PINNA_EAR_COUNT + row % PINNA_EAR_COUNT) * build->tap_count;
}

void pinna_basis_gather(const pinna_build* build, size_t first, size_t direction_step, float* columns,
                        float scales[PINNA_BASIS_ROWS])
{
    size_t taps = build->tap_count;
    for (size_t lane = 0; lane < PINNA_BASIS_ROWS; lane++) {
        const float* row = row_taps(build, first + lane, direction_step);
        float energy = row ? build->kernels->dot(row, row, taps) : 0.0f;
        float scale = energy > 1e-30f ? 1.0f / sqrtf(energy) : 0.0f;
        for (size_t tap = 0; tap < taps; tap++)
            columns[tap * PINNA_BASIS_ROWS + lane] = scale > 0.0f ? scale * row[tap] : 0.0f;
        scales[lane] = scale;
    }
}

pinna_status pinna_build_basis(pinna_build* build, uint32_t basis_count, const float** basis, const float** gains)
{
    size_t rows = (size_t)build->grid.direction_count * PINNA_EAR_COUNT;
    float* weights = pinna_pool_take(build->pool, rows * basis_count, sizeof *weights);
    pinna_basis_points points;
    pinna_status status = PINNA_OK;
    if (!weights || !points_init(&points, build->scratch, build->sample_rate_hz, build->tap_count))
        return PINNA_ERROR_MEMORY;
    if (!*basis) {
        float* filters = pinna_pool_take(build->pool, (size_t)basis_count * build->tap_count, sizeof *filters);
        if (!filters) return PINNA_ERROR_MEMORY;
        status = pinna_basis_learn(build, &points, basis_count, filters);
        *basis = filters;
    }
    if (!status) status = pinna_basis_fit(build, &points, basis_count, *basis, weights);
    *gains = weights;
    return status;
}
