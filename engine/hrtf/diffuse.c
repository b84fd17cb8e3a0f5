/* SPDX-License-Identifier: MIT */
#include "hrtf/diffuse.h"

#include "dsp/fft_lanes.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

enum { LANES = PINNA_FFT_LANES, POINT = 2 * LANES, MIN_FFT = 2 * (PINNA_DIFFUSE_BINS - 1) };

/* Sums over directions by bin: powers of the ears, real part of left times conjugate right. */
typedef struct sums {
    uint32_t bin_count;
    double *power[PINNA_EAR_COUNT], *cross;
} sums;

/* Van Oosterom and Strackee 1983, "The solid angle of a plane triangle". */
static double solid_angle(pinna_vec3 a, pinna_vec3 b, pinna_vec3 c)
{
    double volume = pinna_vec3_dot(a, pinna_vec3_cross(b, c));
    double below = 1.0 + pinna_vec3_dot(a, b) + pinna_vec3_dot(b, c) + pinna_vec3_dot(c, a);
    return 2.0 * fabs(atan2(volume, below));
}

/* A third of each triangle around it goes to a direction. */
static void weigh(const pinna_shell* shell, double* weights)
{
    double total = 0.0;
    for (uint32_t t = 0; t < shell->sphere.triangle_count; t++) {
        const uint32_t* v = shell->sphere.triangles[t].vertices;
        const pinna_vec3* d = shell->directions;
        double angle = solid_angle(d[v[0]], d[v[1]], d[v[2]]);
        for (int i = 0; i < 3; i++) weights[v[i]] += angle;
        total += 3.0 * angle;
    }
    for (uint32_t i = 0; i < shell->direction_count; i++) weights[i] /= total;
}

/* Four directions at a time: lane 2 i + ear. */
static void load(const pinna_hrtf* hrtf, uint32_t first, uint32_t n, float* time)
{
    const pinna_shell* shell = pinna_hrtf_shell(hrtf);
    uint32_t tap_count = hrtf->info.tap_count, count = shell->direction_count - first;
    memset(time, 0, (size_t)n * LANES * sizeof *time);
    for (uint32_t lane = 0; lane < LANES && lane < 2 * count; lane++) {
        const float* taps = shell->hrirs + ((size_t)first * 2 + lane) * tap_count;
        for (uint32_t t = 0; t < tap_count; t++) time[(size_t)t * LANES + lane] = taps[t];
    }
}

/* The taps' cross spectrum turned by the difference of the delays in front of them: at each bin by a step more. */
static void add_direction(sums* s, const float* spectrum, uint32_t slot, double weight, double lag_frames)
{
    double angle = -PI * lag_frames / (s->bin_count - 1), step_re = cos(angle), step_im = sin(angle);
    double re = weight, im = 0.0;
    for (uint32_t k = 0; k < s->bin_count; k++) {
        const float *x = spectrum + (size_t)k * POINT + 2 * slot, *y = x + LANES;
        double cross_re = (double)x[0] * x[1] + (double)y[0] * y[1];
        double cross_im = (double)y[0] * x[1] - (double)x[0] * y[1];
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            s->power[ear][k] += weight * ((double)x[ear] * x[ear] + (double)y[ear] * y[ear]);
        s->cross[k] += cross_re * re - cross_im * im;
        double turned = re * step_re - im * step_im;
        im = re * step_im + im * step_re;
        re = turned;
    }
}

static void add_all(sums* s, const pinna_hrtf* hrtf, const double* weights, pinna_fft_lanes* fft, float* time,
                    float* spectrum)
{
    const pinna_shell* shell = pinna_hrtf_shell(hrtf);
    for (uint32_t first = 0; first < shell->direction_count; first += LANES / 2) {
        load(hrtf, first, fft->n, time);
        pinna_fft_lanes_forward(fft, time, spectrum);
        for (uint32_t i = 0; i < LANES / 2 && first + i < shell->direction_count; i++) {
            const float* delays = shell->delays_frames + 2 * (size_t)(first + i);
            add_direction(s, spectrum, i, weights[first + i], (double)delays[0] - delays[1]);
        }
    }
}

/* Means over the bins nearest to each of the result's. */
static void reduce(const sums* s, pinna_diffuse_field* out)
{
    uint32_t step = (s->bin_count - 1) / (PINNA_DIFFUSE_BINS - 1);
    for (uint32_t bin = 0; bin < PINNA_DIFFUSE_BINS; bin++) {
        double power[PINNA_EAR_COUNT] = {0}, cross = 0.0;
        uint32_t centre = bin * step, first = centre > step / 2 ? centre - step / 2 : 0, count = 0;
        for (uint32_t k = first; k <= centre + step / 2 && k < s->bin_count; k++, count++) {
            for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) power[ear] += s->power[ear][k];
            cross += s->cross[k];
        }
        double both = sqrt(power[PINNA_LEFT] * power[PINNA_RIGHT]);
        out->coherence[bin] = both > 0.0 ? (float)fmin(fmax(cross / both, -1.0), 1.0) : 0.0f;
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) out->power[ear][bin] = (float)(power[ear] / count);
    }
}

bool pinna_hrtf_diffuse_field(const pinna_hrtf* hrtf, pinna_allocator allocator, pinna_diffuse_field* out)
{
    pinna_pool pool;
    pinna_fft_lanes fft;
    uint32_t n = MIN_FFT;
    while (n < hrtf->info.tap_count) n *= 2;
    pinna_pool_init(&pool, allocator);
    sums s = {.bin_count = n / 2 + 1};
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) s.power[ear] = pinna_pool_take(&pool, s.bin_count, sizeof(double));
    s.cross = pinna_pool_take(&pool, s.bin_count, sizeof(double));
    double* weights = pinna_pool_take(&pool, pinna_hrtf_shell(hrtf)->direction_count, sizeof *weights);
    float* time = pinna_pool_take(&pool, (size_t)n * LANES, sizeof *time);
    float* spectrum = pinna_pool_take(&pool, pinna_fft_lanes_spectrum(n), sizeof *spectrum);
    bool good = pinna_fft_lanes_init(&fft, &pool, n) && !pool.failed;
    if (good) {
        weigh(pinna_hrtf_shell(hrtf), weights);
        add_all(&s, hrtf, weights, &fft, time, spectrum);
        reduce(&s, out);
    }
    pinna_pool_free(&pool);
    return good;
}

bool pinna_hrtf_make_ears(pinna_hrtf* hrtf, pinna_pool* pool)
{
    pinna_reverb_ears* ears = pinna_pool_take(pool, 1, sizeof *ears);
    pinna_diffuse_field* field = pinna_pool_take(pool, 1, sizeof *field);
    if (!ears || !field || !pinna_hrtf_diffuse_field(hrtf, pool->allocator, field)) return false;
    const float* power[PINNA_EAR_COUNT] = {field->power[PINNA_LEFT], field->power[PINNA_RIGHT]};
    hrtf->ears = ears;
    return pinna_reverb_shape_ears(ears, hrtf->info.sample_rate_hz, field->coherence, power, PINNA_DIFFUSE_BINS,
                                   pool->allocator);
}
