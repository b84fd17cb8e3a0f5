/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"
#include "hrtf/hrtf.h"

#include <math.h>

#define HEAD_RADIUS_M 0.0875f
#define NEARNESS_MAX_DELAY_S 100e-6 /* the model never delays an ear more than this beyond its far delay */

pinna_prepare_config pinna_prepare_config_default(void)
{
    return (pinna_prepare_config){.sample_rate_hz = 48000};
}

static bool config_is_valid(const pinna_prepare_config* c)
{
    return c->sample_rate_hz >= 8000 && c->sample_rate_hz <= 192000 &&
           (c->tap_count == 0 || (c->tap_count >= 16 && c->tap_count <= PINNA_HRTF_MAX_TAPS));
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
            return refuse(report, PINNA_ERROR_DATA, "not-finite", "an impulse response holds a value that is not a number");
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

static pinna_status run_steps(pinna_build* build, pinna_hrtf* hrtf, pinna_shell* shell)
{
    pinna_status status = pinna_build_pick(build);
    if (!status) status = pinna_build_plan_fill(build);
    if (!status) status = pinna_build_split(build);
    if (!status) status = pinna_build_fill(build);
    if (!status) status = pinna_build_triangulate(build);
    if (!status) status = pinna_build_level(build, &hrtf->info.gain);
    if (!status) status = pinna_build_basis(build, hrtf->info.basis_count, &hrtf->basis, &shell->gains);
    return status;
}

static void describe(pinna_hrtf* hrtf, pinna_shell* shell, const pinna_build* build)
{
    const pinna_grid* grid = &build->grid;
    shell->radius_m = grid->radius_m;
    shell->direction_count = grid->direction_count;
    shell->measured_count = grid->measured_count;
    shell->directions = grid->directions;
    shell->hrirs = grid->hrirs;
    shell->delays_frames = grid->delays_frames;
    shell->sphere = grid->sphere;
    hrtf->shells = shell;
    hrtf->shell_count = 1;
    pinna_hrtf_info* info = &hrtf->info;
    info->sample_rate_hz = build->sample_rate_hz;
    info->tap_count = build->tap_count;
    info->direction_count = grid->direction_count;
    info->measured_count = grid->measured_count;
    info->radius_count = 1;
    info->reference_radius_m = grid->radius_m;
    for (size_t i = 0; i < (size_t)grid->direction_count * PINNA_EAR_COUNT; i++)
        info->max_delay_frames = fmaxf(info->max_delay_frames, grid->delays_frames[i]);
    info->max_delay_frames += (float)(NEARNESS_MAX_DELAY_S * build->sample_rate_hz);
}

static pinna_status prepare_in(pinna_pool* pool, pinna_pool* scratch, const pinna_measured_set* measured,
                               const pinna_prepare_config* config, pinna_report* report, pinna_hrtf** out)
{
    pinna_hrtf* hrtf = pinna_pool_take(pool, 1, sizeof *hrtf);
    pinna_shell* shell = pinna_pool_take(pool, 1, sizeof *shell);
    if (!hrtf || !shell) return PINNA_ERROR_MEMORY;
    uint32_t tap_count = config->tap_count ? config->tap_count : default_tap_count(measured, config->sample_rate_hz);
    hrtf->kernels = pinna_kernels_select(pinna_cpu_flags());
    hrtf->info.basis_count = PINNA_HRTF_BASIS_COUNT;
    pinna_build build = {
        .measured = measured,
        .sample_rate_hz = config->sample_rate_hz,
        .tap_count = (tap_count + 15) & ~15u,
        .kernels = hrtf->kernels,
        .report = report,
        .pool = pool,
        .scratch = scratch,
    };
    pinna_nearfield* nearfield = pinna_pool_take(pool, 1, sizeof *nearfield);
    if (!nearfield) return PINNA_ERROR_MEMORY;
    pinna_status status = run_steps(&build, hrtf, shell);
    if (status) return status;
    describe(hrtf, shell, &build);
    pinna_nearfield_init(nearfield, HEAD_RADIUS_M, shell->radius_m);
    hrtf->nearfield = nearfield;
    atomic_init(&hrtf->reference_count, 1);
    hrtf->pool = *pool;
    *out = hrtf;
    return PINNA_OK;
}

pinna_status pinna_hrtf_prepare(const pinna_measured_set* measured, const pinna_prepare_config* config,
                                pinna_report* report, pinna_hrtf** out)
{
    if (out) *out = NULL;
    if (!out || !config || !config_is_valid(config) || !measured || !measured->hrirs || !measured->positions_m)
        return PINNA_ERROR_ARGUMENT;
    pinna_status status = check_measured(measured, report);
    if (status) return status;
    pinna_pool pool, scratch;
    pinna_allocator allocator = pinna_allocator_or_default(config->allocator);
    pinna_pool_init(&pool, allocator);
    pinna_pool_init(&scratch, allocator);
    status = prepare_in(&pool, &scratch, measured, config, report, out);
    pinna_pool_free(&scratch);
    if (status) pinna_pool_free(&pool);
    if (status == PINNA_ERROR_MEMORY) pinna_report_add(report, PINNA_SEVERITY_ERROR, "memory", "there is not enough memory");
    return status;
}
