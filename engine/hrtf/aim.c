/* SPDX-License-Identifier: MIT */
#include "hrtf/aim.h"

#include <math.h>

enum { WIDE_PARTS = 7 /* a wide source is the mean of its middle and six places around it */ };
#define MIN_EXTENT_RAD 0.01f

/* The two measured distances around a distance, and how far it is from the first to the second (in the logarithm). */
static float find_shells(const pinna_hrtf* hrtf, float distance_m, const pinna_shell* pair[2])
{
    uint32_t upper = 0;
    while (upper < hrtf->shell_count && hrtf->shells[upper].radius_m < distance_m) upper++;
    if (upper == 0 || upper == hrtf->shell_count) {
        pair[0] = pair[1] = &hrtf->shells[upper ? upper - 1 : 0];
        return 0.0f;
    }
    pair[0] = &hrtf->shells[upper - 1];
    pair[1] = &hrtf->shells[upper];
    return logf(distance_m / pair[0]->radius_m) / logf(pair[1]->radius_m / pair[0]->radius_m);
}

static void add_delay(const pinna_shell* shell, const pinna_blend* blend, float share, int ear, pinna_aim* aim)
{
    for (int i = 0; i < 3; i++)
        aim->delay_frames[ear] +=
            (double)share * (double)blend->weights[i] *
            (double)shell->delays_frames[blend->vertices[i] * PINNA_EAR_COUNT + (uint32_t)ear];
}

static void add_part(pinna_aim* aim, int ear, uint32_t place, const pinna_shell* shell, pinna_vec3 direction,
                     float share)
{
    pinna_aim_part* part = &aim->parts[ear][place];
    *part = (pinna_aim_part){shell, pinna_sphere_locate(&shell->sphere, direction), share};
    add_delay(shell, &part->blend, share, ear, aim);
}

/* A point far away: one place for both ears. */
static void aim_far(const pinna_hrtf* hrtf, const pinna_target* target, pinna_aim* aim)
{
    add_part(aim, PINNA_LEFT, 0, pinna_hrtf_shell(hrtf), target->direction, 1.0f);
    aim->parts[PINNA_RIGHT][0] = aim->parts[PINNA_LEFT][0];
    add_delay(pinna_hrtf_shell(hrtf), &aim->parts[PINNA_RIGHT][0].blend, 1.0f, PINNA_RIGHT, aim);
    aim->part_count = 1;
    aim->is_far = true;
}

/* A point near by: between measured distances where the set has them, below the nearest by the model. */
static void aim_near(const pinna_hrtf* hrtf, const pinna_target* target, pinna_aim* aim)
{
    const pinna_shell* pair[2];
    float way = find_shells(hrtf, target->distance_m, pair);
    aim->part_count = pair[0] == pair[1] ? 1 : 2;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        pinna_nearfield_ear seen = {.direction = target->direction, .gains = {1.0f, 1.0f, 1.0f}};
        if (target->distance_m < pair[0]->radius_m) {
            pinna_nearfield_at(hrtf->nearfield, target->direction, target->distance_m, pair[0]->radius_m, ear, &seen);
            aim->shaded = true;
        }
        add_part(aim, ear, 0, pair[0], seen.direction, 1.0f - way);
        if (aim->part_count == 2) add_part(aim, ear, 1, pair[1], seen.direction, way);
        aim->delay_frames[ear] += (double)seen.delay_s * hrtf->info.sample_rate_hz;
        for (int b = 0; b < PINNA_TONE_BANDS; b++) aim->bands[ear][b] = seen.gains[b];
    }
}

/* Any unit vector at a right angle. */
static pinna_vec3 beside(pinna_vec3 d)
{
    pinna_vec3 axis = fabsf(d.z) < 0.7f ? (pinna_vec3){0.0f, 0.0f, 1.0f} : (pinna_vec3){1.0f, 0.0f, 0.0f};
    return pinna_vec3_normalize(pinna_vec3_cross(d, axis));
}

/* A wide source: places spread over its disc, at two thirds of its radius, where half of its area lies within. */
static void aim_wide(const pinna_hrtf* hrtf, const pinna_target* target, pinna_aim* aim)
{
    const pinna_shell* shell = pinna_hrtf_shell(hrtf);
    pinna_vec3 u = beside(target->direction), v = pinna_vec3_cross(target->direction, u);
    float tilt = 0.707f * fminf(target->extent_rad, 1.5707963f), share = 1.0f / WIDE_PARTS;
    aim->part_count = WIDE_PARTS;
    for (uint32_t i = 0; i < WIDE_PARTS; i++) {
        float turn = (float)i * 1.0471976f, away = i == 0 ? 0.0f : sinf(tilt);
        pinna_vec3 side = pinna_vec3_add(pinna_vec3_scale(u, cosf(turn)), pinna_vec3_scale(v, sinf(turn)));
        pinna_vec3 d = pinna_vec3_add(pinna_vec3_scale(target->direction, i == 0 ? 1.0f : cosf(tilt)),
                                      pinna_vec3_scale(side, away));
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) add_part(aim, ear, i, shell, pinna_vec3_normalize(d), share);
    }
}

/* A wide source's ears get the same signal less and less, down to a diffuse field's: mid and side carry its energy. */
static void set_ear_gains(const pinna_target* target, pinna_aim* aim)
{
    float wide = sinf(fminf(target->extent_rad, 1.5707963f)), side = 0.70710678f * wide;
    float mid = sqrtf(1.0f - side * side);
    aim->ear_gain[PINNA_LEFT] = target->side ? side : mid;
    aim->ear_gain[PINNA_RIGHT] = target->side ? -side : mid;
}

/* Between what the delay filters need and what memory was laid out for. */
static double allowed_delay(const pinna_hrtf* hrtf, double frames)
{
    double least = (double)PINNA_HRTF_MIN_DELAY_FRAMES, most = (double)hrtf->info.max_delay_frames;
    return frames < least ? least : frames > most ? most : frames;
}

bool pinna_target_is_far(const pinna_hrtf* hrtf, const pinna_target* target)
{
    bool near = target->near_field && target->distance_m < hrtf->shells[hrtf->shell_count - 1].radius_m;
    return !near && !target->side && target->extent_rad <= MIN_EXTENT_RAD;
}

pinna_blend pinna_hrtf_aim_far(const pinna_hrtf* hrtf, pinna_vec3 direction, uint32_t* triangle,
                               double delay_frames[PINNA_EAR_COUNT])
{
    const pinna_shell* shell = pinna_hrtf_shell(hrtf);
    pinna_blend blend = pinna_sphere_locate_from(&shell->sphere, direction, triangle);
    double sums[PINNA_EAR_COUNT] = {0.0, 0.0};
    for (int i = 0; i < 3; i++) {
        const float* delays = shell->delays_frames + (size_t)blend.vertices[i] * PINNA_EAR_COUNT;
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) sums[ear] += (double)blend.weights[i] * (double)delays[ear];
    }
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) delay_frames[ear] = allowed_delay(hrtf, sums[ear]);
    return blend;
}

/* A grid point's row of a table in which both ears' rows of so many floats lie side by side. */
static const float* row_of(const float* table, const pinna_blend* blend, int corner, size_t count)
{
    return table + (size_t)blend->vertices[corner] * PINNA_EAR_COUNT * count;
}

static void prefetch_rows(const float* table, const pinna_blend* blend, size_t count)
{
    for (int i = 0; i < 3; i++) pinna_prefetch(row_of(table, blend, i, count), PINNA_EAR_COUNT * count * sizeof(float));
}

void pinna_blend_taps(const pinna_hrtf* hrtf, const pinna_blend* blend, float* const taps[PINNA_EAR_COUNT])
{
    size_t count = hrtf->info.tap_count;
    const float *table = pinna_hrtf_shell(hrtf)->hrirs, *w = blend->weights;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++, table += count)
        hrtf->kernels->blend3(taps[ear], row_of(table, blend, 0, count), row_of(table, blend, 1, count),
                              row_of(table, blend, 2, count), w[0], w[1], w[2], count);
}

void pinna_blend_prefetch_taps(const pinna_hrtf* hrtf, const pinna_blend* blend)
{
    prefetch_rows(pinna_hrtf_shell(hrtf)->hrirs, blend, hrtf->info.tap_count);
}

void pinna_blend_prefetch(const pinna_hrtf* hrtf, const pinna_blend* blend)
{
    prefetch_rows(pinna_hrtf_shell(hrtf)->gains, blend, hrtf->info.basis_count);
}

void pinna_blend_change(const pinna_hrtf* hrtf, const pinna_blend* blend, float* gains, float* change)
{
    size_t count = hrtf->info.basis_count;
    const float* table = pinna_hrtf_shell(hrtf)->gains;
    const float* const rows[3] = {row_of(table, blend, 0, count), row_of(table, blend, 1, count),
                                  row_of(table, blend, 2, count)};
    hrtf->kernels->blend3_change(gains, change, rows, blend->weights, PINNA_EAR_COUNT * count);
}

void pinna_hrtf_aim(const pinna_hrtf* hrtf, const pinna_target* target, pinna_aim* aim)
{
    aim->delay_frames[PINNA_LEFT] = aim->delay_frames[PINNA_RIGHT] = 0.0;
    aim->ear_gain[PINNA_LEFT] = aim->ear_gain[PINNA_RIGHT] = 1.0f;
    aim->shaded = aim->is_far = false;
    bool wide = target->extent_rad > MIN_EXTENT_RAD;
    bool near = target->near_field && target->distance_m < hrtf->shells[hrtf->shell_count - 1].radius_m;
    if (wide)
        aim_wide(hrtf, target, aim);
    else if (near)
        aim_near(hrtf, target, aim);
    else
        aim_far(hrtf, target, aim);
    if (wide || target->side) set_ear_gains(target, aim);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        aim->delay_frames[ear] = allowed_delay(hrtf, aim->delay_frames[ear]);
}

/* out = factor * rows blended by a part, or added to what is there. */
static void blend_part(const pinna_hrtf* hrtf, const pinna_aim_part* part, const float* table, int ear, size_t count,
                       float factor, bool add, float* out)
{
    const float* rows[3];
    float w[3];
    for (int i = 0; i < 3; i++) {
        rows[i] = table + ((size_t)part->blend.vertices[i] * PINNA_EAR_COUNT + (size_t)ear) * count;
        w[i] = part->blend.weights[i] * part->share * factor;
    }
    if (!add) {
        hrtf->kernels->blend3(out, rows[0], rows[1], rows[2], w[0], w[1], w[2], count);
        return;
    }
    for (int i = 0; i < 3; i++) hrtf->kernels->ramp_add(out, rows[i], w[i], 0.0f, count);
}

/* A mean of filters that differ has less energy than they have; a wide source gets it back. */
static float energy_factor(const pinna_hrtf* hrtf, const pinna_aim* aim, int ear)
{
    double wanted = 0.0, got = 0.0;
    if (aim->part_count < WIDE_PARTS) return 1.0f;
    size_t count = hrtf->info.basis_count;
    float mean[PINNA_HRTF_MAX_BASIS], one[PINNA_HRTF_MAX_BASIS];
    for (uint32_t p = 0; p < aim->part_count; p++) {
        const pinna_aim_part* part = &aim->parts[ear][p];
        blend_part(hrtf, part, part->shell->gains, ear, count, 1.0f / part->share, false, one);
        blend_part(hrtf, part, part->shell->gains, ear, count, 1.0f, p > 0, mean);
        wanted += (double)part->share * (double)hrtf->kernels->dot(one, one, count);
    }
    got = (double)hrtf->kernels->dot(mean, mean, count);
    return got > 0.0 ? (float)fmin(2.0, sqrt(wanted / got)) : 1.0f;
}

void pinna_aim_taps(const pinna_hrtf* hrtf, const pinna_aim* aim, int ear, float* taps)
{
    float factor = aim->ear_gain[ear] * energy_factor(hrtf, aim, ear);
    for (uint32_t p = 0; p < aim->part_count; p++)
        blend_part(hrtf, &aim->parts[ear][p], aim->parts[ear][p].shell->hrirs, ear, hrtf->info.tap_count, factor, p > 0,
                   taps);
}

void pinna_aim_gains(const pinna_hrtf* hrtf, const pinna_aim* aim, float* gains)
{
    size_t count = hrtf->info.basis_count;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        float factor = aim->ear_gain[ear] * energy_factor(hrtf, aim, ear);
        for (uint32_t p = 0; p < aim->part_count; p++)
            blend_part(hrtf, &aim->parts[ear][p], aim->parts[ear][p].shell->gains, ear, count, factor, p > 0,
                       gains + (size_t)ear * count);
    }
}
