/* SPDX-License-Identifier: MIT */
/*
 * Which filters span a set best, for ears. Plain principal components spend themselves on loud directions and loud
 * bands; hearing judges a spectrum by ratios. So every band is divided by its common level D (what remains is each
 * direction's own part), every row is weighted by one over its mean log power (an error in a shadowed, quiet ear counts
 * as in a loud one), and the components are taken of these spectra at points even on a logarithmic scale. A component v
 * is carried back to a filter as the combination of rows that has its spectrum: sum over rows of r (v . y) / value.
 *
 * The work depends on the number of points, not on the taps' square, so 8192 taps cost no more than the transform.
 */
#include "hrtf/basis.h"

#include <math.h>

/* Components of a head's set are found from this many directions as well as from more. */
enum { MAX_DIRECTIONS = 1024, BLOCK = 32 };

/* A band this far below the loudest (60 dB) was filtered away; its shape is noise. */
static const float LOWEST_LOG_LEVEL = -6.9f;

typedef struct pinna_learning {
    size_t direction_step, row_count, size; /* size: floats in a spectrum */
    float* spectra;     /* [row][size] */
    float* weighted;    /* [row][size]: spectra times the row's weight */
    float* scales;      /* [row] */
    float* row_weights; /* [row] */
    float* log_levels;  /* [point]: D */
    float* covariance;  /* [size][size] */
} pinna_learning;

static bool learning_init(pinna_learning* l, const pinna_build* build, const pinna_basis_points* points)
{
    size_t directions = build->grid.direction_count;
    l->direction_step = (directions + MAX_DIRECTIONS - 1) / MAX_DIRECTIONS;
    size_t rows = (directions + l->direction_step - 1) / l->direction_step * PINNA_EAR_COUNT;
    l->row_count = (rows + PINNA_BASIS_ROWS - 1) / PINNA_BASIS_ROWS * PINNA_BASIS_ROWS;
    l->size = 2 * points->stride;
    l->spectra = pinna_pool_take(build->scratch, l->row_count * l->size, sizeof *l->spectra);
    l->weighted = pinna_pool_take(build->scratch, l->row_count * l->size, sizeof *l->weighted);
    l->scales = pinna_pool_take(build->scratch, l->row_count, sizeof *l->scales);
    l->row_weights = pinna_pool_take(build->scratch, l->row_count, sizeof *l->row_weights);
    l->log_levels = pinna_pool_take(build->scratch, points->stride, sizeof *l->log_levels);
    l->covariance = pinna_pool_take(build->scratch, l->size * l->size, sizeof *l->covariance);
    return l->spectra && l->weighted && l->scales && l->row_weights && l->log_levels && l->covariance;
}

static bool transform_rows(pinna_learning* l, const pinna_build* build, const pinna_basis_points* points)
{
    float* columns = pinna_pool_take(build->scratch, build->tap_count * PINNA_BASIS_ROWS, sizeof *columns);
    if (!columns) return false;
    for (size_t first = 0; first < l->row_count; first += PINNA_BASIS_ROWS) {
        pinna_basis_gather(build, first, l->direction_step, columns, l->scales + first);
        build->kernels->bus_mix(l->spectra + first * l->size, l->size, columns, PINNA_BASIS_ROWS, points->waves,
                                l->size, PINNA_BASIS_ROWS, build->tap_count, l->size);
    }
    return true;
}

static float power_at(const float* spectrum, const pinna_basis_points* points, size_t point)
{
    float re = spectrum[point], im = spectrum[points->stride + point];
    return re * re + im * im;
}

/* Adds a row's share to the common levels and sets its weight. */
static void judge_row(pinna_learning* l, const pinna_basis_points* points, size_t row)
{
    const float* spectrum = l->spectra + row * l->size;
    float power = 0.0f, weight = 0.0f, mean_log = 0.0f;
    for (size_t p = 0; p < points->count; p++) {
        power += points->weights[p] * power_at(spectrum, points, p);
        weight += points->weights[p];
    }
    if (!(power > 0.0f)) return; /* all of it between the points or above them: nothing to learn */
    float log_power = logf(power), least = 1e-9f * power / weight;
    for (size_t p = 0; p < points->count; p++) {
        float level = logf(power_at(spectrum, points, p) + least);
        mean_log += points->weights[p] * level / weight;
        l->log_levels[p] += 0.5f * (level - log_power);
    }
    l->row_weights[row] = expf(-mean_log);
}

static void judge_rows(pinna_learning* l, const pinna_basis_points* points)
{
    float heard = 0.0f, highest = -INFINITY;
    for (size_t row = 0; row < l->row_count; row++) {
        if (l->scales[row] > 0.0f) judge_row(l, points, row);
        heard += l->row_weights[row] > 0.0f;
    }
    for (size_t p = 0; p < points->count; p++) {
        l->log_levels[p] /= fmaxf(heard, 1.0f);
        highest = fmaxf(highest, l->log_levels[p]);
    }
    for (size_t p = 0; p < points->count; p++)
        l->log_levels[p] = fmaxf(l->log_levels[p], highest + LOWEST_LOG_LEVEL);
}

static void weigh_rows(pinna_learning* l, const pinna_basis_points* points)
{
    for (size_t p = 0; p < points->count; p++) /* log_levels become the points' factors */
        l->log_levels[p] = sqrtf(points->weights[p]) * expf(-l->log_levels[p]);
    for (size_t row = 0; row < l->row_count; row++) {
        float *spectrum = l->spectra + row * l->size, *weighted = l->weighted + row * l->size;
        for (size_t part = 0; part < 2; part++)
            for (size_t p = 0; p < points->count; p++) spectrum[part * points->stride + p] *= l->log_levels[p];
        for (size_t i = 0; i < l->size; i++) weighted[i] = l->row_weights[row] * spectrum[i];
    }
}

/* Upper blocks by products, the rest by symmetry. */
static void fill_covariance(pinna_learning* l, const pinna_kernels* kernels)
{
    for (size_t i = 0; i < l->size; i += BLOCK)
        kernels->bus_mix(l->covariance + i * l->size + i, l->size, l->weighted + i, l->size, l->spectra + i, l->size,
                         BLOCK, l->row_count, l->size - i);
    for (size_t i = 0; i < l->size; i++)
        for (size_t j = 0; j < i; j++) l->covariance[i * l->size + j] = l->covariance[j * l->size + i];
}

static pinna_status combine_rows(const pinna_learning* l, const pinna_build* build, const float* vectors,
                                 const float* values, size_t count, float* basis)
{
    size_t taps = build->tap_count;
    float* shares = pinna_pool_take(build->scratch, l->row_count * count, sizeof *shares);
    if (!shares) return PINNA_ERROR_MEMORY;
    for (size_t row = 0; row < l->row_count; row++)
        for (size_t v = 0; v < count && l->row_weights[row] > 0.0f; v++) {
            float share = build->kernels->dot(l->weighted + row * l->size, vectors + v * l->size, l->size);
            shares[row * count + v] = values[v] > 0.0f ? l->scales[row] * (share / values[v]) : 0.0f;
        }
    size_t directions = (build->grid.direction_count + l->direction_step - 1) / l->direction_step;
    for (size_t ear = 0; ear < PINNA_EAR_COUNT; ear++)
        build->kernels->bus_mix(basis, taps, shares + ear * count, PINNA_EAR_COUNT * count,
                                build->grid.hrirs + ear * taps, l->direction_step * PINNA_EAR_COUNT * taps, count,
                                directions, taps);
    return PINNA_OK;
}

pinna_status pinna_basis_learn(const pinna_build* build, const pinna_basis_points* points, size_t count, float* basis)
{
    pinna_learning l = {0};
    if (!learning_init(&l, build, points) || !transform_rows(&l, build, points)) return PINNA_ERROR_MEMORY;
    judge_rows(&l, points);
    weigh_rows(&l, points);
    fill_covariance(&l, build->kernels);
    float* vectors = pinna_pool_take(build->scratch, count * l.size, sizeof *vectors);
    float* values = pinna_pool_take(build->scratch, count, sizeof *values);
    if (!vectors || !values) return PINNA_ERROR_MEMORY;
    if (!pinna_linear_leading(build->kernels, build->scratch, l.covariance, l.size, vectors, values, count))
        return PINNA_ERROR_MEMORY;
    return combine_rows(&l, build, vectors, values, count, basis);
}
