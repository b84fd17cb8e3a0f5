/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"
#include "hrtf/hrtf.h"
#include "hrtf/metrics.h"

#include "dsp/resample.h"

#include <math.h>
#include <string.h>

/* A mean over this many says as much as one over all: no fold begins after ENOUGH, none compares more than MOST. */
enum { ENOUGH = 400, MOST = 800 };

/* What one comparison needs: the measured pair at the set's rate, and the interpolated pair with its delays put in. */
typedef struct comparison {
    const pinna_measured_set* measured;
    const pinna_prepare_config* config;
    pinna_shells shells;
    pinna_metrics metrics;
    pinna_resampler resampler;
    size_t length;
    float *measured_pair[PINNA_EAR_COUNT], *made_pair[PINNA_EAR_COUNT];
    float levels[2][PINNA_METRICS_POINTS];
    double lsd_sum, itd_sum, ild_sum;
    uint32_t count, step; /* Every step-th of the directions left out is compared. */
} comparison;

static bool comparison_init(comparison* c, pinna_pool* pool, const pinna_measured_set* measured,
                            const pinna_prepare_config* config)
{
    *c = (comparison){.measured = measured, .config = config};
    if (!pinna_resampler_init(&c->resampler, pool, measured->tap_count, measured->sample_rate_hz,
                              config->sample_rate_hz))
        return false;
    c->length = c->resampler.out_count > config->tap_count ? c->resampler.out_count : config->tap_count;
    if (c->length < 1024) c->length = 1024;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        c->measured_pair[ear] = pinna_pool_take(pool, c->length, sizeof(float));
        c->made_pair[ear] = pinna_pool_take(pool, c->length, sizeof(float));
    }
    return pinna_metrics_init(&c->metrics, pool, c->length, config->sample_rate_hz) && !pool->failed;
}

static void compare_direction(comparison* c, const pinna_hrtf* hrtf, uint32_t measurement)
{
    float delays[PINNA_EAR_COUNT];
    size_t taps = c->measured->tap_count;
    pinna_hrtf_lookup(hrtf, pinna_vec3_normalize(c->measured->positions_m[measurement]), c->made_pair[PINNA_LEFT],
                      c->made_pair[PINNA_RIGHT], delays);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        const float* row = c->measured->hrirs + ((size_t)measurement * PINNA_EAR_COUNT + (size_t)ear) * taps;
        pinna_resampler_run(&c->resampler, row, c->measured_pair[ear]);
        for (size_t n = 0; n < c->resampler.out_count; n++) c->measured_pair[ear][n] *= hrtf->info.gain;
        pinna_metrics_levels_db(&c->metrics, c->measured_pair[ear], c->resampler.out_count, c->levels[0]);
        pinna_metrics_levels_db(&c->metrics, c->made_pair[ear], hrtf->info.tap_count, c->levels[1]);
        c->lsd_sum += (double)pinna_metrics_lsd_db(c->levels[0], c->levels[1]) / PINNA_EAR_COUNT;
    }
    double rate = c->config->sample_rate_hz;
    double measured_itd =
        pinna_metrics_itd_s(&c->metrics, c->measured_pair[0], c->measured_pair[1], c->resampler.out_count);
    double made_itd = pinna_metrics_itd_s(&c->metrics, c->made_pair[0], c->made_pair[1], hrtf->info.tap_count);
    made_itd += (double)(delays[PINNA_RIGHT] - delays[PINNA_LEFT]) / rate;
    if (c->measured->delays_frames) {
        const float* extra = c->measured->delays_frames + (size_t)measurement * PINNA_EAR_COUNT;
        measured_itd += (double)(extra[PINNA_RIGHT] - extra[PINNA_LEFT]) / c->measured->sample_rate_hz;
    }
    c->itd_sum += fabs(measured_itd - made_itd);
    c->ild_sum += fabs(pinna_metrics_ild_db(c->measured_pair[0], c->measured_pair[1], c->resampler.out_count) -
                       pinna_metrics_ild_db(c->made_pair[0], c->made_pair[1], hrtf->info.tap_count));
    c->count++;
}

/* What far sources use. */
static bool is_in_grid(const comparison* c, uint32_t measurement)
{
    return c->shells.members[measurement] == c->shells.reference;
}

/* The grid without every fold_count-th measurement from `fold` on, as arrays that point into the pool. @param places
   What is known of all, by measurement, made what is known of these. */
static bool leave_out(pinna_pool* pool, const comparison* c, uint32_t fold, uint32_t fold_count,
                      pinna_measured_set* kept, uint32_t* places)
{
    const pinna_measured_set* all = c->measured;
    size_t row = (size_t)PINNA_EAR_COUNT * all->tap_count;
    float* hrirs = pinna_pool_take(pool, all->measurement_count, row * sizeof *hrirs);
    float* delays = pinna_pool_take(pool, all->measurement_count, PINNA_EAR_COUNT * sizeof *delays);
    pinna_vec3* positions = pinna_pool_take(pool, all->measurement_count, sizeof *positions);
    if (!hrirs || !delays || !positions) return false;
    uint32_t count = 0;
    for (uint32_t m = 0; m < all->measurement_count; m++) {
        if (m % fold_count == fold || !is_in_grid(c, m)) continue;
        memcpy(hrirs + count * row, all->hrirs + m * row, row * sizeof *hrirs);
        for (uint32_t ear = 0; all->delays_frames && ear < PINNA_EAR_COUNT; ear++)
            delays[count * PINNA_EAR_COUNT + ear] = all->delays_frames[m * PINNA_EAR_COUNT + ear];
        if (places) places[count] = places[m];
        positions[count++] = all->positions_m[m];
    }
    *kept = (pinna_measured_set){all->sample_rate_hz, count, all->tap_count, hrirs,
                                 all->delays_frames ? delays : NULL, positions};
    return true;
}

/* @param known  Of all; may be NULL. */
static pinna_status prepare_rest(pinna_pool* pool, const comparison* c, uint32_t fold, uint32_t fold_count,
                                 const pinna_splits* known, pinna_hrtf** out)
{
    pinna_measured_set kept;
    pinna_splits known_of_kept;
    pinna_prepare_config plain = *c->config; /* compared with measurements, so nothing may be changed of them */
    plain.options = pinna_hrtf_options_default();
    uint32_t* places = NULL;
    if (known) {
        size_t count = c->measured->measurement_count;
        places = pinna_pool_take(pool, count, sizeof *places);
        if (!places) return PINNA_ERROR_MEMORY;
        memcpy(places, known->places, count * sizeof *places);
        known_of_kept = *known, known_of_kept.places = places;
    }
    if (!leave_out(pool, c, fold, fold_count, &kept, places)) return PINNA_ERROR_MEMORY;
    return pinna_hrtf_prepare_for(PINNA_PURPOSE_COMPARE, &kept, &plain, known ? &known_of_kept : NULL, NULL, out);
}

static pinna_status validate_fold(comparison* c, uint32_t fold, uint32_t fold_count, const pinna_splits* known)
{
    pinna_pool pool;
    pinna_hrtf* hrtf = NULL;
    pinna_pool_init(&pool, pinna_allocator_or_default(c->config->allocator));
    pinna_status status = prepare_rest(&pool, c, fold, fold_count, known, &hrtf);
    for (uint32_t m = fold; !status && m < c->measured->measurement_count; m += fold_count * c->step)
        if (is_in_grid(c, m)) compare_direction(c, hrtf, m);
    pinna_hrtf_release(hrtf);
    pinna_pool_free(&pool);
    return status;
}

pinna_status pinna_hrtf_validate(const pinna_measured_set* measured, const pinna_prepare_config* config,
                                 uint32_t fold_count, const pinna_splits* known, pinna_hrtf_quality* out)
{
    if (!measured || !config || !out || fold_count < 2 || fold_count > 64) return PINNA_ERROR_ARGUMENT;
    *out = (pinna_hrtf_quality){0};
    if (measured->measurement_count < 4 * fold_count) return PINNA_OK;
    comparison c = {0};
    pinna_pool pool;
    pinna_measured_set trimmed; /* as preparing does, so that both sides of a comparison are of one length */
    pinna_pool_init(&pool, pinna_allocator_or_default(config->allocator));
    pinna_build build = {.measured = measured, .sample_rate_hz = config->sample_rate_hz, .tap_count = config->tap_count,
                         .scratch = &pool};
    pinna_status status = known || pinna_build_trim(&build, &trimmed) ? PINNA_OK : PINNA_ERROR_MEMORY;
    build.measured = measured = known ? &known->measured : build.measured;
    if (!status && !comparison_init(&c, &pool, measured, config)) status = PINNA_ERROR_MEMORY;
    if (!status) status = pinna_build_find_shells(&build, &c.shells);
    bool too_few = !status && c.shells.ranges[c.shells.reference].count < 4 * fold_count;
    c.step = 1 + measured->measurement_count / fold_count / MOST;
    for (uint32_t fold = 0; !status && !too_few && fold < fold_count && c.count < ENOUGH; fold++)
        status = validate_fold(&c, fold, fold_count, known);
    pinna_pool_free(&pool);
    if (!status && c.count > 0)
        *out = (pinna_hrtf_quality){c.count, (float)(c.lsd_sum / c.count), (float)(c.itd_sum / c.count),
                                    (float)(c.ild_sum / c.count)};
    return status;
}

pinna_status pinna_hrtf_cross_validate(const pinna_measured_set* measured, const pinna_prepare_config* config,
                                       uint32_t fold_count, pinna_hrtf_quality* out)
{
    return pinna_hrtf_validate(measured, config, fold_count, NULL, out);
}
