/* SPDX-License-Identifier: MIT */
/*
 * The gains of each row on the basis. First the least squares of the relative error: the complex difference at every
 * point over the magnitude there. Then one Gauss-Newton step on the log magnitude, which is what the ear compares and
 * what the first answer, bound to the phase as well, cannot reach; a second step brings nothing. Then steps that give
 * every octave its exact level: a source that passes from the exact path to this one keeps its timbre, and without them
 * single octaves are off by up to 3 dB. Last, each row is scaled to its exact energy, so that level differences between
 * the ears stay.
 *
 * PINNA_BASIS_ROWS rows pass at once, one to a lane: arrays are [point or pair or filter][lane] where not said
 * otherwise, and nearly all work is matrix products.
 */
#include "hrtf/basis.h"
#include "hrtf/basis_bands.h"

#include <math.h>
#include <string.h>

enum { LANES = PINNA_BASIS_ROWS, BANDS = PINNA_BASIS_BANDS, BAND_STEPS = 2, BLOCK = 16 };

static const float RIDGE = 1e-4f; /* of the mean diagonal: gains stay small where the basis repeats itself */
static const float DEEPEST = 9e-4f; /* power relative to the row's peak below which errors no longer weigh more */
static const float STEADINESS = 1.0f; /* weight of the first fit's error beside the log magnitude's: phases stay, and
                                         with them the levels between directions */
static const float DEEPEST_MISFIT = 0.09f; /* power of the fit over the row's, below which its slope is not believed */
static const float BAND_WEIGHT = 500.0f; /* of an octave's level beside a point's */
static const float LEAST_POWER = 1e-12f; /* rows have unit energy */

typedef struct pinna_fit {
    const pinna_kernels* kernels;
    const pinna_basis_points* points;
    size_t count, pair_count, tap_count, size; /* filters, pairs of them, taps, floats in a spectrum */
    size_t slope_stride;
    float* spectra;     /* [filter][size] of the basis */
    float* by_point;    /* [size][slope_stride] the same, transposed */
    float* pairs;       /* [point][pair]: Re(Z_i conj Z_j) */
    float* energies;    /* [filter][filter]: dot products of the filters */
    float* band_pairs;  /* [filter][band][filter]: the same in each octave */
    float* columns;     /* [tap][lane] */
    float* rows;        /* [size][lane] spectra of the rows */
    float* weighted;    /* [size][lane] the same times their weights */
    float* weights;     /* [point][lane] */
    float* band_powers; /* [band][lane] of the rows */
    float* fitted;      /* [size][lane] spectra of the fit */
    float* matrix;      /* [pair][lane] of the first fit */
    float* right;       /* [filter][lane] */
    float* log_matrix;  /* [pair][lane] of the step on the log magnitude */
    float* work_matrix; /* [pair][lane] of the system being solved */
    float* work_right;  /* [filter][lane] */
    float* gains;       /* [filter][lane] */
    float* slopes;      /* [point][slope_stride]: of one row, d log|P| / d gain */
    float* products;    /* [filter][slope_stride]: slopes' products, from the diagonal on */
    float* slope_parts; /* [point][4 of slope_parts][lane] */
    float* band_slopes; /* [band][filter][lane]: half of d (fit's energy in the octave) / d gain */
    pinna_basis_bands bands;
} pinna_fit;

static size_t round_up(size_t count, size_t unit)
{
    return (count + unit - 1) / unit * unit;
}

static bool fit_init(pinna_fit* f, const pinna_build* build)
{
    size_t points = f->points->stride;
    f->size = 2 * points;
    f->pair_count = round_up(pinna_linear_pair(f->count, 0), 8);
    f->slope_stride = round_up(f->count, BLOCK);
    struct {
        float** array;
        size_t length;
    } const arrays[] = {
        {&f->spectra, f->count * f->size},
        {&f->by_point, f->size * f->slope_stride},
        {&f->pairs, points * f->pair_count},
        {&f->energies, f->count * f->count},
        {&f->band_pairs, f->count * BANDS * f->count},
        {&f->columns, f->tap_count * LANES},
        {&f->rows, f->size * LANES},
        {&f->weighted, f->size * LANES},
        {&f->weights, points * LANES},
        {&f->band_powers, BANDS * LANES},
        {&f->fitted, f->size * LANES},
        {&f->matrix, f->pair_count * LANES},
        {&f->right, f->count * LANES},
        {&f->log_matrix, f->pair_count * LANES},
        {&f->work_matrix, f->pair_count * LANES},
        {&f->work_right, f->count * LANES},
        {&f->gains, f->count * LANES},
        {&f->slopes, points * f->slope_stride},
        {&f->products, f->count * f->slope_stride},
        {&f->slope_parts, points * 4 * LANES},
        {&f->band_slopes, BANDS * f->count * LANES},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        *arrays[i].array = pinna_pool_take(build->scratch, arrays[i].length, sizeof(float));
        if (!*arrays[i].array) return false;
    }
    return pinna_basis_bands_init(&f->bands, build->scratch, build->sample_rate_hz, build->tap_count);
}

/* out = the product bus_mix adds. */
static void product(const pinna_fit* f, float* out, size_t out_stride, const float* left, size_t left_stride,
                    const float* right, size_t right_stride, size_t row_count, size_t inner_count, size_t column_count)
{
    memset(out, 0, row_count * out_stride * sizeof *out);
    f->kernels->bus_mix(out, out_stride, left, left_stride, right, right_stride, row_count, inner_count, column_count);
}

/* --- what all rows share --- */

static void fill_pairs(pinna_fit* f)
{
    for (size_t p = 0; p < f->points->count; p++) {
        const float *re = f->by_point + p * f->slope_stride, *im = re + f->points->stride * f->slope_stride;
        float* pair = f->pairs + p * f->pair_count;
        for (size_t i = 0; i < f->count; i++)
            for (size_t j = 0; j <= i; j++) *pair++ = re[i] * re[j] + im[i] * im[j];
    }
}

static bool take_basis(pinna_fit* f, pinna_pool* scratch, const float* basis)
{
    float* columns = pinna_pool_take(scratch, f->tap_count * f->count, sizeof *columns);
    if (!columns) return false;
    for (size_t b = 0; b < f->count; b++)
        for (size_t tap = 0; tap < f->tap_count; tap++) columns[tap * f->count + b] = basis[b * f->tap_count + tap];
    product(f, f->spectra, f->size, columns, f->count, f->points->waves, f->size, f->count, f->tap_count, f->size);
    for (size_t b = 0; b < f->count; b++)
        for (size_t i = 0; i < f->size; i++) f->by_point[i * f->slope_stride + b] = f->spectra[b * f->size + i];
    for (size_t a = 0; a < f->count; a++)
        for (size_t b = 0; b < f->count; b++)
            f->energies[a * f->count + b] =
                f->kernels->dot(basis + a * f->tap_count, basis + b * f->tap_count, f->tap_count);
    fill_pairs(f);
    return pinna_basis_bands_pairs(&f->bands, scratch, columns, f->count, f->band_pairs);
}

/* --- the first fit --- */

static void weigh(pinna_fit* f)
{
    size_t imaginary = f->points->stride * LANES;
    float peak[LANES] = {0};
    for (size_t p = 0; p < f->points->count; p++) {
        const float *re = f->rows + p * LANES, *im = re + imaginary;
        float* power = f->weights + p * LANES;
        for (size_t lane = 0; lane < LANES; lane++) {
            power[lane] = re[lane] * re[lane] + im[lane] * im[lane];
            peak[lane] = power[lane] > peak[lane] ? power[lane] : peak[lane];
        }
    }
    for (size_t lane = 0; lane < LANES; lane++) peak[lane] = DEEPEST * peak[lane] + LEAST_POWER;
    for (size_t p = 0; p < f->points->count; p++) {
        const float *re = f->rows + p * LANES, *im = re + imaginary;
        float *weight = f->weights + p * LANES, *out = f->weighted + p * LANES;
        for (size_t lane = 0; lane < LANES; lane++) {
            float least = weight[lane] > peak[lane] ? weight[lane] : peak[lane];
            weight[lane] = f->points->weights[p] / least;
            out[lane] = weight[lane] * re[lane];
            out[imaginary + lane] = weight[lane] * im[lane];
        }
    }
}

/* Solves the system in work and adds what comes out to the gains. */
static void solve_and_add(pinna_fit* f)
{
    float ridge[LANES] = {0};
    for (size_t b = 0; b < f->count; b++)
        for (size_t lane = 0; lane < LANES; lane++)
            ridge[lane] += RIDGE / (float)f->count * f->work_matrix[pinna_linear_pair(b, b) * LANES + lane];
    for (size_t b = 0; b < f->count; b++)
        for (size_t lane = 0; lane < LANES; lane++)
            f->work_matrix[pinna_linear_pair(b, b) * LANES + lane] += ridge[lane];
    pinna_linear_solve(f->work_matrix, f->work_right, f->count);
    for (size_t i = 0; i < f->count * LANES; i++) f->gains[i] += f->work_right[i];
}

static void fit_relative(pinna_fit* f)
{
    weigh(f);
    product(f, f->matrix, LANES, f->pairs, f->pair_count, f->weights, LANES, f->pair_count, f->points->count, LANES);
    product(f, f->right, LANES, f->by_point, f->slope_stride, f->weighted, LANES, f->count, f->size, LANES);
    memcpy(f->work_matrix, f->matrix, f->pair_count * LANES * sizeof(float));
    memcpy(f->work_right, f->right, f->count * LANES * sizeof(float));
    memset(f->gains, 0, f->count * LANES * sizeof(float));
    solve_and_add(f);
}

/* --- the step on the log magnitude --- */

/* Per point and lane: the factors of the basis' real and imaginary parts in the slope, and the log error. */
static void fill_slope_parts(pinna_fit* f)
{
    size_t imaginary = f->points->stride * LANES;
    for (size_t p = 0; p < f->points->count; p++) {
        const float *row = f->rows + p * LANES, *fitted = f->fitted + p * LANES;
        float *parts = f->slope_parts + p * 4 * LANES, weight = sqrtf(f->points->weights[p]);
        for (size_t lane = 0; lane < LANES; lane++) {
            float re = fitted[lane], im = fitted[imaginary + lane];
            float power = row[lane] * row[lane] + row[imaginary + lane] * row[imaginary + lane];
            float fitted_power = re * re + im * im, floor = DEEPEST_MISFIT * power + LEAST_POWER;
            float scale = weight / (fitted_power > floor ? fitted_power : floor);
            parts[lane] = scale * re;
            parts[LANES + lane] = scale * im;
            parts[2 * LANES + lane] = (power + LEAST_POWER) / (fitted_power + LEAST_POWER);
        }
        for (size_t lane = 0; lane < LANES; lane++) {
            float error = 0.5f * logf(parts[2 * LANES + lane]);
            parts[2 * LANES + lane] = weight * fminf(fmaxf(error, -1.0f), 1.0f);
        }
    }
}

/* One row's normal equations into its lane. Of the symmetric matrix, the columns from each block of rows on. */
static void add_log_system(pinna_fit* f, size_t lane)
{
    size_t count = f->count, stride = f->slope_stride;
    float right[PINNA_HRTF_MAX_BASIS] = {0};
    for (size_t p = 0; p < f->points->count; p++) {
        const float* parts = f->slope_parts + p * 4 * LANES + lane;
        const float *re = f->by_point + p * stride, *im = re + f->points->stride * stride;
        float *restrict slope = f->slopes + p * stride, by_re = parts[0], by_im = parts[LANES];
        for (size_t b = 0; b < count; b++) slope[b] = by_re * re[b] + by_im * im[b];
        for (size_t b = 0; b < count; b++) right[b] += parts[2 * LANES] * slope[b];
    }
    memset(f->products, 0, count * stride * sizeof *f->products);
    for (size_t first = 0; first < count; first += BLOCK) {
        const float* slopes = f->slopes + first;
        f->kernels->bus_mix(f->products + first * stride + first, stride, slopes, stride, slopes, stride,
                            count - first < BLOCK ? count - first : BLOCK, f->points->count, count - first);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j <= i; j++)
            f->work_matrix[pinna_linear_pair(i, j) * LANES + lane] += f->products[j * stride + i];
        f->work_right[i * LANES + lane] += right[i];
    }
}

/* The first fit's system at the present gains: right - matrix * gains. */
static void take_first_residual(pinna_fit* f)
{
    memcpy(f->work_right, f->right, f->count * LANES * sizeof(float));
    for (size_t i = 0; i < f->count; i++) {
        float* restrict out = f->work_right + i * LANES;
        for (size_t j = 0; j < f->count; j++) {
            const float* element = f->matrix + (j < i ? pinna_linear_pair(i, j) : pinna_linear_pair(j, i)) * LANES;
            const float* gain = f->gains + j * LANES;
            for (size_t lane = 0; lane < LANES; lane++) out[lane] -= element[lane] * gain[lane];
        }
    }
    for (size_t i = 0; i < f->count * LANES; i++) f->work_right[i] *= STEADINESS;
    for (size_t i = 0; i < f->pair_count * LANES; i++) f->work_matrix[i] = STEADINESS * f->matrix[i];
}

static void improve_log(pinna_fit* f, const float scales[LANES])
{
    product(f, f->fitted, LANES, f->spectra, f->size, f->gains, LANES, f->size, f->count, LANES);
    fill_slope_parts(f);
    take_first_residual(f);
    for (size_t lane = 0; lane < LANES; lane++)
        if (scales[lane] > 0.0f) add_log_system(f, lane);
    memcpy(f->log_matrix, f->work_matrix, f->pair_count * LANES * sizeof(float));
    solve_and_add(f);
}

/* --- the octaves' levels --- */

/* An octave's slopes become those of its weighted log level; error is what that lacks. */
static void take_band_error(const pinna_fit* f, size_t band, float error[LANES])
{
    float* slopes = f->band_slopes + band * f->count * LANES;
    const float* wanted = f->band_powers + band * LANES;
    float power[LANES] = {0}, scale[LANES], weight = sqrtf(BAND_WEIGHT);
    for (size_t i = 0; i < f->count * LANES; i++) power[i % LANES] += f->gains[i] * slopes[i];
    for (size_t lane = 0; lane < LANES; lane++) {
        bool used = wanted[lane] > LEAST_POWER && power[lane] > DEEPEST_MISFIT * wanted[lane];
        scale[lane] = used ? weight / power[lane] : 0.0f;
        error[lane] = used ? weight * 0.5f * logf(wanted[lane] / power[lane]) : 0.0f;
    }
    for (size_t i = 0; i < f->count * LANES; i++) slopes[i] *= scale[i % LANES];
}

static void add_band(pinna_fit* f, size_t band)
{
    const float* slopes = f->band_slopes + band * f->count * LANES;
    float error[LANES];
    take_band_error(f, band, error);
    for (size_t i = 0; i < f->count; i++) {
        const float* slope = slopes + i * LANES;
        for (size_t j = 0; j <= i; j++) {
            float* restrict element = f->work_matrix + pinna_linear_pair(i, j) * LANES;
            const float* other = slopes + j * LANES;
            for (size_t lane = 0; lane < LANES; lane++) element[lane] += slope[lane] * other[lane];
        }
        float* restrict right = f->work_right + i * LANES;
        for (size_t lane = 0; lane < LANES; lane++) right[lane] += slope[lane] * error[lane];
    }
}

/* The least change, by the measure of the step before, that sets the octaves right. */
static void improve_bands(pinna_fit* f)
{
    size_t slope_count = BANDS * f->count;
    product(f, f->band_slopes, LANES, f->band_pairs, slope_count, f->gains, LANES, slope_count, f->count, LANES);
    memcpy(f->work_matrix, f->log_matrix, f->pair_count * LANES * sizeof(float));
    memset(f->work_right, 0, f->count * LANES * sizeof(float));
    for (size_t band = 0; band < BANDS; band++) add_band(f, band);
    solve_and_add(f);
}

/* --- the level --- */

/* Factors that give each lane the energy of its row. */
static void match_energy(const pinna_fit* f, const float scales[LANES], float factors[LANES])
{
    float energy[LANES] = {0};
    for (size_t a = 0; a < f->count; a++)
        for (size_t b = 0; b < f->count; b++)
            for (size_t lane = 0; lane < LANES; lane++)
                energy[lane] += f->energies[a * f->count + b] * f->gains[a * LANES + lane] * f->gains[b * LANES + lane];
    for (size_t lane = 0; lane < LANES; lane++) {
        bool possible = scales[lane] > 0.0f && energy[lane] > LEAST_POWER;
        factors[lane] = possible ? 1.0f / (scales[lane] * sqrtf(energy[lane])) : 0.0f;
    }
}

pinna_status pinna_basis_fit(const pinna_build* build, const pinna_basis_points* points, size_t count,
                             const float* basis, float* gains)
{
    pinna_fit f = {.kernels = build->kernels, .points = points, .count = count, .tap_count = build->tap_count};
    if (!fit_init(&f, build) || !take_basis(&f, build->scratch, basis)) return PINNA_ERROR_MEMORY;
    size_t row_count = (size_t)build->grid.direction_count * PINNA_EAR_COUNT;
    for (size_t first = 0; first < row_count; first += LANES) {
        float scales[LANES], factors[LANES];
        pinna_basis_gather(build, first, 1, f.columns, scales);
        product(&f, f.rows, LANES, points->waves, f.size, f.columns, LANES, f.size, f.tap_count, LANES);
        fit_relative(&f);
        pinna_basis_bands_powers(&f.bands, f.kernels, f.columns, f.band_powers);
        improve_log(&f, scales);
        for (int step = 0; step < BAND_STEPS; step++) improve_bands(&f);
        match_energy(&f, scales, factors);
        for (size_t lane = 0; lane < LANES && first + lane < row_count; lane++)
            for (size_t b = 0; b < count; b++)
                gains[(first + lane) * count + b] = factors[lane] * f.gains[b * LANES + lane];
    }
    return PINNA_OK;
}
