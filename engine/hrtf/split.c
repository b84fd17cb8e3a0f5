/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include "dsp/minphase.h"
#include "dsp/resample.h"
#include "hrtf/delays.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

typedef struct splitter {
    pinna_resampler resampler;
    pinna_minphase minphase;
    pinna_delays delays;
    float* response;                        /* resampled */
    float* taps;                            /* [tap_count] */
    pinna_complex* measured[PINNA_EAR_COUNT]; /* spectra */
    pinna_complex* minimum[PINNA_EAR_COUNT];
} splitter;

static bool splitter_init(splitter* s, const pinna_build* build)
{
    pinna_pool* pool = build->scratch;
    double from = build->measured->sample_rate_hz, to = build->sample_rate_hz;
    if (!pinna_resampler_init(&s->resampler, pool, build->measured->tap_count, from, to)) return false;
    uint32_t size = 2048;
    while (size < 3 * s->resampler.out_count || size < 8 * to / 48000.0 * 256.0 || size < 2 * build->tap_count) size *= 2;
    if (size > PINNA_FFT_MAX) size = PINNA_FFT_MAX;
    s->response = pinna_pool_take(pool, s->resampler.out_count, sizeof *s->response);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        s->measured[ear] = pinna_pool_take(pool, size / 2 + 1, sizeof *s->measured[ear]);
        s->minimum[ear] = pinna_pool_take(pool, size / 2 + 1, sizeof *s->minimum[ear]);
    }
    return pinna_minphase_init(&s->minphase, pool, size) &&
           pinna_delays_init(&s->delays, pool, size, to, build->grid.measured_count) && !pool->failed;
}

/* A response cut short ends in half a cosine, an eighth of its length. */
static void fade_out(float* taps, uint32_t count)
{
    uint32_t fade = count / 8;
    for (uint32_t n = 0; n < fade; n++)
        taps[count - fade + n] *= (float)(0.5 + 0.5 * cos(PI * (n + 0.5) / fade));
}

static void split_direction(pinna_build* build, splitter* s, uint32_t direction)
{
    pinna_grid* grid = &build->grid;
    for (uint32_t ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        size_t row = (size_t)grid->measurements[direction] * PINNA_EAR_COUNT + ear;
        float* taps = grid->hrirs + ((size_t)direction * PINNA_EAR_COUNT + ear) * build->tap_count;
        pinna_resampler_run(&s->resampler, build->measured->hrirs + row * build->measured->tap_count, s->response);
        pinna_minphase_spectrum(&s->minphase, s->response, s->resampler.out_count, s->measured[ear]);
        memcpy(s->minimum[ear], s->measured[ear], (s->minphase.size / 2 + 1) * sizeof *s->minimum[ear]);
        pinna_minphase_convert(&s->minphase, s->minimum[ear], taps, build->tap_count);
        fade_out(taps, build->tap_count);
        grid->delays_frames[direction * PINNA_EAR_COUNT + ear] =
            pinna_delays_between_onsets(taps, build->tap_count, s->response, s->resampler.out_count);
    }
    pinna_delays_note(&s->delays, direction, s->measured, s->minimum);
}

/* Data.Delay at the renderer's rate, less what resampling put in front. */
static float* extra_delays(const pinna_build* build, const splitter* s)
{
    const pinna_grid* grid = &build->grid;
    float* extra = pinna_pool_take(build->scratch, (size_t)grid->measured_count * PINNA_EAR_COUNT, sizeof *extra);
    double ratio = build->sample_rate_hz / build->measured->sample_rate_hz;
    for (uint32_t i = 0; extra && i < grid->measured_count * PINNA_EAR_COUNT; i++) {
        size_t row = (size_t)grid->measurements[i / PINNA_EAR_COUNT] * PINNA_EAR_COUNT + i % PINNA_EAR_COUNT;
        double delay = build->measured->delays_frames ? build->measured->delays_frames[row] * ratio : 0.0;
        extra[i] = (float)(delay - (double)s->resampler.lead_frames);
    }
    return extra;
}

/* The fractional delay filter needs some frames to work in; a set with less gets them, all directions alike. */
static pinna_status make_room(const pinna_build* build)
{
    const pinna_grid* grid = &build->grid;
    size_t count = (size_t)grid->measured_count * PINNA_EAR_COUNT;
    float least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        least = fminf(least, grid->delays_frames[i]);
        most = fmaxf(most, grid->delays_frames[i]);
    }
    float shift = least < PINNA_HRTF_MIN_DELAY_FRAMES ? ceilf(PINNA_HRTF_MIN_DELAY_FRAMES - least) : 0.0f;
    for (size_t i = 0; i < count; i++) grid->delays_frames[i] += shift;
    if (shift > 0.0f)
        pinna_report_add(build->report, PINNA_SEVERITY_NOTE, "early-onset",
                         "responses start within %.0f frames of their beginning; the set is delayed by %.0f frames "
                         "(%.2f ms)", (double)PINNA_HRTF_MIN_DELAY_FRAMES, (double)shift,
                         1000.0 * (double)shift / build->sample_rate_hz);
    if (most + shift <= 0.1f * (float)build->sample_rate_hz) return PINNA_OK;
    pinna_report_add(build->report, PINNA_SEVERITY_ERROR, "delay",
                     "a delay of %.1f ms is no head's; the limit is 100 ms, so trim the responses or Data.Delay",
                     1000.0 * (double)(most + shift) / build->sample_rate_hz);
    return PINNA_ERROR_LIMIT;
}

pinna_status pinna_build_split(pinna_build* build)
{
    pinna_grid* grid = &build->grid;
    splitter s;
    size_t rows = (size_t)grid->direction_count * PINNA_EAR_COUNT;
    grid->hrirs = pinna_pool_take(build->pool, rows, build->tap_count * sizeof *grid->hrirs);
    grid->delays_frames = pinna_pool_take(build->pool, rows, sizeof *grid->delays_frames);
    if (!grid->hrirs || !grid->delays_frames || !splitter_init(&s, build)) return PINNA_ERROR_MEMORY;
    float* extra = extra_delays(build, &s);
    if (!extra) return PINNA_ERROR_MEMORY;
    for (uint32_t i = 0; i < grid->measured_count; i++) split_direction(build, &s, i);
    if (!pinna_delays_finish(&s.delays, build->scratch, grid->directions, extra, grid->delays_frames))
        return PINNA_ERROR_MEMORY;
    return make_room(build);
}
