/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include "dsp/fft.h"
#include "dsp/minphase.h"
#include "dsp/resample.h"
#include "hrtf/delays.h"
#include "hrtf/nearest.h"
#include "hrtf/shape.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846
#define LEAST_PEAK 1e-15f /* anything softer is silence */
enum {
    LEARN_MOST = 400,    /* directions that a set's mean is learnt from */
    LEARN_POINTS = 2400, /* on the sphere, each of which counts for the direction nearest to it */
};

/* Lane ear * PINNA_DELAYS_BATCH + i of the transforms is an ear of the batch's direction i. */
typedef struct splitter {
    pinna_resampler resampler;
    pinna_fft_lanes fft;
    pinna_delays delays;
    pinna_shape shape;
    bool extended, expanded;   /* what the shape does */
    float scale;               /* brings the set's peak to about 1 */
    float* responses;          /* [lane][sample] resampled */
    float* time;               /* [sample][lane] */
    float *measured, *minimum; /* spectra */
} splitter;

static uint32_t transform_size(const pinna_build* build, size_t response_count)
{
    uint32_t size = 2048;
    while (size < 3 * response_count || size < 8.0 * build->sample_rate_hz / 48000.0 * 256.0 ||
           size < 2 * build->tap_count)
        size *= 2;
    return size < PINNA_FFT_MAX ? size : PINNA_FFT_MAX;
}

static bool splitter_init(splitter* s, const pinna_build* build)
{
    pinna_pool* pool = build->scratch;
    double from = build->measured->sample_rate_hz, to = build->sample_rate_hz;
    if (!pinna_resampler_init(&s->resampler, pool, build->measured->tap_count, from, to)) return false;
    uint32_t size = transform_size(build, s->resampler.out_count);
    s->responses = pinna_pool_take(pool, PINNA_FFT_LANES, s->resampler.out_count * sizeof *s->responses);
    s->time = pinna_pool_take(pool, size, PINNA_FFT_LANES * sizeof *s->time);
    s->measured = pinna_pool_take(pool, pinna_fft_lanes_spectrum(size), sizeof *s->measured);
    s->minimum = pinna_pool_take(pool, pinna_fft_lanes_spectrum(size), sizeof *s->minimum);
    s->extended = pinna_shape_extends(build->options);
    s->expanded = pinna_shape_expands(build->options);
    if ((s->extended || s->expanded) && !pinna_shape_init(&s->shape, pool, build->options, size, to)) return false;
    return pinna_fft_lanes_init(&s->fft, pool, size) &&
           pinna_delays_init(&s->delays, pool, &s->fft, to, build->grid.measured_count) && !pool->failed;
}

/* A power of two, so that it changes no digit. */
static float scale_of(const pinna_build* build)
{
    float peak = 0.0f;
    for (uint32_t i = 0; i < build->grid.measured_count; i++) {
        size_t count = (size_t)PINNA_EAR_COUNT * build->measured->tap_count;
        const float* rows = build->measured->hrirs + build->grid.measurements[i] * count;
        for (size_t n = 0; n < count; n++) peak = fmaxf(peak, fabsf(rows[n]));
    }
    int exponent = 0;
    if (peak >= LEAST_PEAK) frexpf(peak, &exponent);
    return ldexpf(1.0f, -exponent);
}

void pinna_build_fade_out(float* taps, uint32_t count)
{
    uint32_t fade = count / 8;
    for (uint32_t n = 0; n < fade; n++)
        taps[count - fade + n] *= (float)(0.5 + 0.5 * cos(PI * (n + 0.5) / fade));
}

/* Row of the measured or the prepared HRIRs that a lane holds. */
static size_t row_of(uint32_t direction, uint32_t lane)
{
    return (size_t)direction * PINNA_EAR_COUNT + lane / PINNA_DELAYS_BATCH;
}

static void gather_response(const pinna_build* build, splitter* s, uint32_t direction, uint32_t lane)
{
    size_t samples = s->resampler.out_count, row = row_of(build->grid.measurements[direction], lane);
    float* response = s->responses + lane * samples;
    pinna_resampler_run(&s->resampler, build->measured->hrirs + row * build->measured->tap_count, response);
    for (size_t n = 0; n < samples; n++) s->time[n * PINNA_FFT_LANES + lane] = response[n] *= s->scale;
}

/* Lanes' minimum-phase taps, from s->time. */
static void scatter_taps(const pinna_build* build, const splitter* s, uint32_t first, uint32_t count)
{
    for (uint32_t lane = 0; lane < PINNA_FFT_LANES; lane++) {
        if (lane % PINNA_DELAYS_BATCH >= count) continue;
        float* taps = build->grid.hrirs + row_of(first + lane % PINNA_DELAYS_BATCH, lane) * build->tap_count;
        for (uint32_t n = 0; n < build->tap_count; n++) taps[n] = s->time[n * PINNA_FFT_LANES + lane];
        pinna_build_fade_out(taps, build->tap_count);
    }
}

/* Each ear's delay by its onset, and what the delays' difference is made of. */
static void note_delays(const pinna_build* build, splitter* s, uint32_t first, uint32_t count)
{
    size_t samples = s->resampler.out_count;
    for (uint32_t lane = 0; lane < PINNA_FFT_LANES; lane++) {
        if (lane % PINNA_DELAYS_BATCH >= count) continue;
        size_t row = row_of(first + lane % PINNA_DELAYS_BATCH, lane);
        build->grid.delays_frames[row] =
            pinna_delays_between_onsets(build->grid.hrirs + row * build->tap_count, build->tap_count,
                                        s->responses + lane * samples, samples);
    }
    pinna_delays_note(&s->delays, first, count, s->measured, s->minimum);
}

/* Measured spectra of directions first, first + step, ... */
static void transform_batch(const pinna_build* build, splitter* s, uint32_t first, uint32_t step, uint32_t count)
{
    memset(s->time, 0, (size_t)s->fft.n * PINNA_FFT_LANES * sizeof *s->time);
    for (uint32_t lane = 0; lane < PINNA_FFT_LANES; lane++)
        if (lane % PINNA_DELAYS_BATCH < count)
            gather_response(build, s, first + lane % PINNA_DELAYS_BATCH * step, lane);
    pinna_fft_lanes_forward(&s->fft, s->time, s->measured);
}

/* Cues are expanded last: the delays are those of the set without. */
static void split_batch(const pinna_build* build, splitter* s, uint32_t first, uint32_t count)
{
    transform_batch(build, s, first, 1, count);
    memcpy(s->minimum, s->measured, pinna_fft_lanes_spectrum(s->fft.n) * sizeof *s->minimum);
    if (s->extended) pinna_shape_extend(&s->shape, s->minimum);
    pinna_minphase_convert(&s->fft, s->minimum, s->time);
    scatter_taps(build, s, first, count);
    note_delays(build, s, first, count);
    if (!s->expanded) return;
    float sines[PINNA_SHAPE_BATCH] = {0};
    for (uint32_t i = 0; i < count; i++) sines[i] = build->grid.directions[first + i].y;
    pinna_shape_expand(&s->shape, s->minimum, sines);
    pinna_minphase_convert(&s->fft, s->minimum, s->time);
    scatter_taps(build, s, first, count);
    pinna_delays_follow(&s->delays, first, count, s->minimum);
}

/* Shares of the sphere of every step-th measured direction: how many evenly spread points are nearest to it. */
static bool weigh_measured(const pinna_build* build, uint32_t step, uint32_t count, float* weights)
{
    pinna_vec3* directions = pinna_pool_take(build->scratch, count, sizeof *directions);
    pinna_nearest nearest;
    for (uint32_t i = 0; directions && i < count; i++) directions[i] = build->grid.directions[i * step];
    if (!directions || !pinna_nearest_init(&nearest, build->scratch, directions, count)) return false;
    for (uint32_t i = 0; i < LEARN_POINTS; i++) {
        double z = 1.0 - (2.0 * i + 1.0) / LEARN_POINTS, r = sqrt(1.0 - z * z), turn = i * PI * (3.0 - sqrt(5.0));
        uint32_t found;
        pinna_vec3 point = {(float)(r * cos(turn)), (float)(r * sin(turn)), (float)z};
        if (pinna_nearest_find(&nearest, point, UINT32_MAX, &found, 1)) weights[found] += 1.0f / LEARN_POINTS;
    }
    return true;
}

/* The mean level over directions, from which the shape takes each one's own. */
static bool learn_shape(const pinna_build* build, splitter* s)
{
    uint32_t step = (build->grid.measured_count + LEARN_MOST - 1) / LEARN_MOST;
    uint32_t count = (build->grid.measured_count + step - 1) / step;
    float* weights = pinna_pool_take(build->scratch, count + PINNA_SHAPE_BATCH, sizeof *weights);
    if (!weights || !weigh_measured(build, step, count, weights)) return false;
    for (uint32_t i = 0; i < count; i += PINNA_SHAPE_BATCH) {
        uint32_t left = count - i;
        float sines[PINNA_SHAPE_BATCH] = {0};
        for (uint32_t j = 0; j < left && j < PINNA_SHAPE_BATCH; j++)
            sines[j] = build->grid.directions[(i + j) * step].y;
        transform_batch(build, s, i * step, step, left < PINNA_SHAPE_BATCH ? left : PINNA_SHAPE_BATCH);
        pinna_shape_note(&s->shape, s->measured, sines, weights + i);
    }
    pinna_shape_close(&s->shape);
    return true;
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
pinna_status pinna_build_make_room(pinna_build* build, uint32_t direction_count)
{
    pinna_grid* grid = &build->grid;
    size_t count = (size_t)direction_count * PINNA_EAR_COUNT;
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

/* A second or so: nobody's head rings that long. */
static pinna_status check_length(const pinna_build* build)
{
    double seconds = build->measured->tap_count / build->measured->sample_rate_hz;
    if (seconds * build->sample_rate_hz < PINNA_FFT_MAX - 1024) return PINNA_OK;
    pinna_report_add(build->report, PINNA_SEVERITY_ERROR, "too-large",
                     "responses of %.2f s are too long at %u Hz; cut them to the head's, at most %.2f s", seconds,
                     build->sample_rate_hz, (PINNA_FFT_MAX - 1024) / (double)build->sample_rate_hz);
    return PINNA_ERROR_LIMIT;
}

static bool split_all(const pinna_build* build, splitter* s)
{
    uint32_t count = build->grid.measured_count;
    if ((s->extended || s->expanded) && !learn_shape(build, s)) return false;
    for (uint32_t i = 0; i < count; i += PINNA_DELAYS_BATCH)
        split_batch(build, s, i, count - i < PINNA_DELAYS_BATCH ? count - i : PINNA_DELAYS_BATCH);
    return true;
}

pinna_status pinna_build_split(pinna_build* build)
{
    pinna_grid* grid = &build->grid;
    splitter s;
    pinna_status status = check_length(build);
    if (status) return status;
    size_t rows = (size_t)grid->direction_count * PINNA_EAR_COUNT;
    grid->hrirs = pinna_pool_take(build->pool, rows, build->tap_count * sizeof *grid->hrirs);
    grid->delays_frames = pinna_pool_take(build->pool, rows, sizeof *grid->delays_frames);
    if (!grid->hrirs || !grid->delays_frames || !splitter_init(&s, build)) return PINNA_ERROR_MEMORY;
    float* extra = extra_delays(build, &s);
    if (!extra) return PINNA_ERROR_MEMORY;
    bool known = pinna_splits_have(build);
    build->scale = s.scale = known ? build->known->scale : scale_of(build);
    if (known) pinna_splits_take(build, &s.delays);
    else if (!split_all(build, &s)) return PINNA_ERROR_MEMORY;
    if (build->kept && !s.extended && !s.expanded && !pinna_splits_keep(build, &s.delays)) return PINNA_ERROR_MEMORY;
    if (!pinna_delays_finish(&s.delays, build->scratch, grid->directions, extra, grid->delays_frames))
        return PINNA_ERROR_MEMORY;
    return pinna_build_make_room(build, grid->measured_count);
}
