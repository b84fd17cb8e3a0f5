/* SPDX-License-Identifier: MIT */
#include "hrtf/aim.h"
#include "hrtf/build.h"
#include "hrtf/diffuse.h"
#include "hrtf/hrtf.h"

#include <math.h>

#define HEAD_RADIUS_M 0.0875f
#define NEARNESS_MAX_DELAY_S 100e-6 /* the model never delays an ear more than this beyond its far delay */

pinna_prepare_config pinna_prepare_config_default(void)
{
    return (pinna_prepare_config){.sample_rate_hz = 48000};
}

static pinna_status check_config(const pinna_prepare_config* c, pinna_report* report)
{
    bool has_rate = c->sample_rate_hz >= 8000 && c->sample_rate_hz <= 192000;
    if (!has_rate)
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "argument", "sample_rate_hz is %u; 8000 to 192000 are possible",
                         c->sample_rate_hz);
    else if (c->tap_count != 0 && (c->tap_count < 16 || c->tap_count > PINNA_HRTF_MAX_TAPS))
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "argument", "tap_count is %u; 16 to %d are possible, or 0",
                         c->tap_count, (int)PINNA_HRTF_MAX_TAPS);
    else
        return pinna_hrtf_options_check(&c->options, report);
    return PINNA_ERROR_ARGUMENT;
}

static pinna_status refuse(pinna_report* report, pinna_status status, const char* name, const char* text)
{
    pinna_report_add(report, PINNA_SEVERITY_ERROR, name, "%s", text);
    return status;
}

static pinna_status check_measured(const pinna_measured_set* m, pinna_report* report)
{
    if (m->measurement_count == 0 || m->tap_count == 0)
        return refuse(report, PINNA_ERROR_DATA, "empty", "there is no impulse response in the set");
    if (m->measurement_count > PINNA_HRTF_MAX_MEASUREMENTS || m->tap_count > PINNA_HRTF_MAX_TAPS)
        return refuse(report, PINNA_ERROR_LIMIT, "too-large",
                      "more than 100000 measurements or 8192 taps; a room response belongs in a convolver");
    if (!(m->sample_rate_hz >= 8000.0 && m->sample_rate_hz <= 384000.0))
        return refuse(report, PINNA_ERROR_DATA, "sample-rate", "the sampling rate is not within 8 to 384 kHz");
    size_t rows = (size_t)m->measurement_count * PINNA_EAR_COUNT;
    for (size_t i = 0; i < rows * m->tap_count; i++)
        if (!isfinite(m->hrirs[i]))
            return refuse(report, PINNA_ERROR_DATA, "not-finite",
                          "an impulse response holds a value that is not a number");
    for (size_t i = 0; m->delays_frames && i < rows; i++)
        if (!(fabsf(m->delays_frames[i]) <= 65536.0f))
            return refuse(report, PINNA_ERROR_DATA, "delay", "a delay is not a number or beyond 65536 samples");
    for (uint32_t i = 0; i < m->measurement_count; i++)
        if (!pinna_vec3_is_finite(m->positions_m[i]))
            return refuse(report, PINNA_ERROR_DATA, "position", "a source position is not a number");
    return PINNA_OK;
}

/* 5.3 ms, but no more than what was measured (and its resampling) needs. */
static uint32_t default_tap_count(const pinna_measured_set* measured, uint32_t sample_rate_hz)
{
    double wanted = 256.0 * sample_rate_hz / 48000.0;
    double measured_count = measured->tap_count * (double)sample_rate_hz / measured->sample_rate_hz;
    return (uint32_t)fmax(16.0, ceil(fmin(wanted, measured_count)));
}

static pinna_status make_grid(pinna_build* build, const pinna_shells* shells, uint32_t index, float* gain)
{
    build->grid = (pinna_grid){0};
    pinna_status status = pinna_build_pick(build, shells, index);
    if (!status) status = pinna_build_plan_fill(build);
    if (!status) status = pinna_build_split(build);
    if (!status) status = pinna_build_fill(build);
    if (!status) status = pinna_build_triangulate(build);
    if (!status) status = pinna_build_equalize(build);
    if (!status) status = pinna_build_personalize(build);
    if (!status) status = pinna_build_level(build, gain);
    return status;
}

static double mean_delay_frames(const pinna_shell* shell)
{
    double sum = 0.0;
    size_t count = (size_t)shell->direction_count * PINNA_EAR_COUNT;
    for (size_t i = 0; i < count; i++) sum += shell->delays_frames[i];
    return sum / (double)count;
}

/* Whatever a laboratory's delay per distance was, a source that comes nearer must not jump in time: all distances have
   the reference's mean delay. */
static void align_delays(float* delays_frames, const pinna_shell* shell, const pinna_shell* reference)
{
    float shift = (float)(mean_delay_frames(reference) - mean_delay_frames(shell));
    for (size_t i = 0; i < (size_t)shell->direction_count * PINNA_EAR_COUNT; i++) delays_frames[i] += shift;
}

static void describe(pinna_hrtf* hrtf, const pinna_build* build, const pinna_shell* shells, uint32_t count)
{
    const pinna_shell* reference = &shells[hrtf->reference_shell];
    pinna_hrtf_info* info = &hrtf->info;
    hrtf->shells = shells;
    hrtf->shell_count = count;
    info->sample_rate_hz = build->sample_rate_hz;
    info->tap_count = build->tap_count;
    info->direction_count = reference->direction_count;
    info->measured_count = reference->measured_count;
    info->radius_count = count;
    info->reference_radius_m = reference->radius_m;
    for (uint32_t s = 0; s < count; s++)
        for (size_t i = 0; i < (size_t)shells[s].direction_count * PINNA_EAR_COUNT; i++)
            info->max_delay_frames = fmaxf(info->max_delay_frames, shells[s].delays_frames[i]);
    info->max_delay_frames += (float)(NEARNESS_MAX_DELAY_S * build->sample_rate_hz);
}

/* One distance. The reference is made first; the others share its basis and its mean delay, and tell nothing twice. */
static pinna_status make_shell(pinna_build* build, pinna_hrtf* hrtf, const pinna_shells* ranges, uint32_t index,
                               pinna_shell* shells)
{
    bool is_reference = index == ranges->reference;
    pinna_report* report = build->report;
    float gain = 1.0f;
    pinna_splits* kept = build->kept;
    if (!is_reference) build->report = NULL, build->kept = NULL;
    pinna_status status = make_grid(build, ranges, index, &gain);
    if (!status && hrtf->info.basis_count)
        status = pinna_build_basis(build, hrtf->info.basis_count, &hrtf->basis, &shells[index].gains);
    build->report = report, build->kept = kept;
    if (status) return status;
    const pinna_grid* grid = &build->grid;
    pinna_shell* shell = &shells[index];
    shell->radius_m = grid->radius_m;
    shell->direction_count = grid->direction_count;
    shell->measured_count = grid->measured_count;
    shell->directions = grid->directions;
    shell->hrirs = grid->hrirs;
    shell->delays_frames = grid->delays_frames;
    shell->sphere = grid->sphere;
    if (is_reference)
        hrtf->info.gain = gain;
    else
        align_delays(grid->delays_frames, shell, &shells[ranges->reference]);
    return PINNA_OK;
}

/* What is to be made, and of what. */
typedef struct request {
    const pinna_measured_set* measured;
    const pinna_prepare_config* config;
    pinna_purpose purpose;
    const pinna_splits* known;
    pinna_splits* kept;
    pinna_report* report;
} request;

static pinna_status make_shells(pinna_build* build, pinna_purpose purpose, pinna_hrtf* hrtf)
{
    pinna_shells ranges;
    pinna_status status = pinna_build_find_shells(build, &ranges);
    if (status) return status;
    bool only_reference = purpose == PINNA_PURPOSE_COMPARE;
    pinna_shell* shells = pinna_pool_take(build->pool, ranges.count, sizeof *shells);
    pinna_nearfield* nearfield = pinna_pool_take(build->pool, 1, sizeof *nearfield);
    if (!shells || !nearfield) return PINNA_ERROR_MEMORY;
    status = make_shell(build, hrtf, &ranges, ranges.reference, shells);
    for (uint32_t s = 0; s < ranges.count && !status && !only_reference; s++)
        if (s != ranges.reference) status = make_shell(build, hrtf, &ranges, s, shells);
    if (status) return status;
    if (!only_reference) hrtf->reference_shell = ranges.reference;
    else shells += ranges.reference, ranges.count = 1;
    describe(hrtf, build, shells, ranges.count);
    pinna_nearfield_init(nearfield, HEAD_RADIUS_M, shells[0].radius_m);
    hrtf->nearfield = nearfield;
    return PINNA_OK;
}

static pinna_status prepare_in(pinna_pool* pool, pinna_pool* scratch, const request* r, pinna_hrtf** out)
{
    const pinna_prepare_config* config = r->config;
    bool is_heard = r->purpose == PINNA_PURPOSE_RENDER;
    pinna_hrtf* hrtf = pinna_pool_take(pool, 1, sizeof *hrtf);
    if (!hrtf) return PINNA_ERROR_MEMORY;
    uint32_t tap_count =
        config->tap_count ? config->tap_count : default_tap_count(r->measured, config->sample_rate_hz);
    hrtf->kernels = pinna_kernels_select(pinna_cpu_flags());
    hrtf->info.basis_count = is_heard ? PINNA_HRTF_BASIS_COUNT : 0;
    pinna_build build = {
        .measured = r->measured,
        .sample_rate_hz = config->sample_rate_hz,
        .tap_count = (tap_count + 15) & ~15u,
        .options = &config->options,
        /* One width everywhere: fitting magnifies the rounding in which widths differ. */
        .kernels = pinna_kernels_select(PINNA_CPU_SSE2),
        .report = r->report,
        .pool = pool,
        .scratch = scratch,
        .known = r->known,
        .kept = r->kept,
    };
    pinna_measured_set trimmed;
    if (!pinna_build_trim(&build, &trimmed)) return PINNA_ERROR_MEMORY;
    pinna_status status = make_shells(&build, r->purpose, hrtf);
    if (!status && is_heard && !pinna_hrtf_make_ears(hrtf, pool)) status = PINNA_ERROR_MEMORY;
    if (status) return status;
    atomic_init(&hrtf->reference_count, 1);
    hrtf->pool = *pool;
    *out = hrtf;
    return PINNA_OK;
}

static pinna_status check_request(const request* r)
{
    if (!r->config || !r->measured || !r->measured->hrirs || !r->measured->positions_m) return PINNA_ERROR_ARGUMENT;
    pinna_status status = check_config(r->config, r->report);
    return status ? status : check_measured(r->measured, r->report);
}

/* @param scratch  Initialised, freed by the caller. */
static pinna_status prepare(const request* r, pinna_pool* scratch, pinna_hrtf** out)
{
    pinna_pool pool;
    pinna_pool_init(&pool, scratch->allocator);
    pinna_status status = prepare_in(&pool, scratch, r, out);
    if (status) pinna_pool_free(&pool);
    if (status == PINNA_ERROR_MEMORY)
        pinna_report_add(r->report, PINNA_SEVERITY_ERROR, "memory", "there is not enough memory");
    return status;
}

pinna_status pinna_hrtf_prepare_for(pinna_purpose purpose, const pinna_measured_set* measured,
                                    const pinna_prepare_config* config, const pinna_splits* known,
                                    pinna_report* report, pinna_hrtf** out)
{
    const request r = {measured, config, purpose, known, NULL, report};
    if (out) *out = NULL;
    pinna_status status = out ? check_request(&r) : PINNA_ERROR_ARGUMENT;
    if (status) return status;
    pinna_pool scratch;
    pinna_pool_init(&scratch, pinna_allocator_or_default(config->allocator));
    status = prepare(&r, &scratch, out);
    pinna_pool_free(&scratch);
    return status;
}

pinna_status pinna_hrtf_prepare(const pinna_measured_set* measured, const pinna_prepare_config* config,
                                pinna_report* report, pinna_hrtf** out)
{
    return pinna_hrtf_prepare_for(PINNA_PURPOSE_RENDER, measured, config, NULL, report, out);
}

/* --- examining --- */

static void take_itds(const pinna_hrtf* hrtf, const pinna_measured_set* measured, float* itds_s)
{
    for (uint32_t m = 0; m < measured->measurement_count; m++) {
        pinna_aim aim;
        pinna_target target = {.direction = pinna_vec3_normalize(measured->positions_m[m]),
                               .distance_m = hrtf->info.reference_radius_m};
        pinna_hrtf_aim(hrtf, &target, &aim);
        itds_s[m] = ((float)aim.delay_frames[PINNA_RIGHT] - (float)aim.delay_frames[PINNA_LEFT]) /
                    (float)hrtf->info.sample_rate_hz;
    }
}

static pinna_status examine(const request* r, pinna_pool* scratch, uint32_t fold_count, pinna_hrtf_info* info,
                            float* itds_s, pinna_hrtf_quality* quality)
{
    pinna_hrtf* hrtf = NULL;
    pinna_status status = prepare(r, scratch, &hrtf);
    if (status) return status;
    *info = hrtf->info;
    info->basis_count = PINNA_HRTF_BASIS_COUNT;
    if (itds_s) take_itds(hrtf, r->measured, itds_s);
    pinna_hrtf_release(hrtf);
    const pinna_splits* known = r->kept->places ? r->kept : NULL;
    /* What is usable stays so where a part of it would not be: then nothing was tested. */
    if (quality && pinna_hrtf_validate(r->measured, r->config, fold_count, known, quality))
        *quality = (pinna_hrtf_quality){0};
    return PINNA_OK;
}

pinna_status pinna_hrtf_examine(const pinna_measured_set* measured, const pinna_prepare_config* config,
                                uint32_t fold_count, pinna_report* report, pinna_hrtf_info* info, float* itds_s,
                                pinna_hrtf_quality* quality)
{
    pinna_splits kept = {0};
    const request r = {measured, config, PINNA_PURPOSE_EXAMINE, NULL, &kept, report};
    if (info) *info = (pinna_hrtf_info){0};
    if (quality) *quality = (pinna_hrtf_quality){0};
    pinna_status status = info ? check_request(&r) : PINNA_ERROR_ARGUMENT;
    if (status) return status;
    pinna_pool scratch;
    pinna_pool_init(&scratch, pinna_allocator_or_default(config->allocator));
    status = examine(&r, &scratch, fold_count, info, itds_s, quality);
    pinna_pool_free(&scratch);
    return status;
}
