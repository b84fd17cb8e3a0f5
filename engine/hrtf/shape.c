/* SPDX-License-Identifier: MIT */
#include "hrtf/shape.h"

#include "dsp/approximate.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { LANES = PINNA_FFT_LANES, POINT = 2 * LANES };

#define DB 0.11512925464970228f /* one decibel as a natural logarithm */
#define DEFAULT_LIMIT_DB 6.0f
#define SMOOTHING_OCTAVES (1.0 / 6.0)
#define MOST_LOW_DB 6.0f /* what a direction differs from the mean at the extension's end, at most */

bool pinna_shape_is_wanted(const pinna_hrtf_options* options)
{
    return options->low_extension_hz > 0.0f || options->cue_expansion > 1.0f;
}

/* Half an octave either side, in the logarithm of frequency. */
static float share_above(double frequency_hz, double edge_hz)
{
    if (edge_hz <= 0.0) return 1.0f;
    if (frequency_hz <= 0.0) return 0.0f;
    double octaves = fmax(-0.5, fmin(0.5, log2(frequency_hz / edge_hz)));
    return (float)(0.5 + 0.5 * sin(3.14159265358979323846 * octaves));
}

static void set_windows(pinna_shape* s)
{
    double half = exp2(0.5 * SMOOTHING_OCTAVES), last = (double)s->bin_count;
    for (size_t k = 0; k < s->bin_count; k++) {
        s->measured_share[k] = share_above((double)k * s->bin_hz, (double)s->options->low_extension_hz);
        double low = fmin((double)k, (double)k / half + 0.5), high = fmin(last, fmax((double)k + 1.0, (double)k * half + 0.5));
        s->reach_low[k] = (float)low;
        s->reach_high[k] = (float)high;
    }
}

bool pinna_shape_init(pinna_shape* s, pinna_pool* pool, const pinna_hrtf_options* options, uint32_t n,
                      double sample_rate_hz)
{
    size_t bins = n / 2 + 1;
    *s = (pinna_shape){.options = options, .bin_count = bins, .bin_hz = sample_rate_hz / n};
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) s->mean[ear] = pinna_pool_take(pool, bins, sizeof *s->mean[ear]);
    s->measured_share = pinna_pool_take(pool, bins, sizeof *s->measured_share);
    s->reach_low = pinna_pool_take(pool, bins, sizeof *s->reach_low);
    s->reach_high = pinna_pool_take(pool, bins, sizeof *s->reach_high);
    s->levels = pinna_pool_take(pool, bins, LANES * sizeof *s->levels);
    s->sums = pinna_pool_take(pool, bins + 1, LANES * sizeof *s->sums);
    if (pool->failed) return false;
    set_windows(s);
    return true;
}

static void take_levels(pinna_shape* s, const float* spectrum)
{
    for (size_t k = 0; k < s->bin_count; k++) {
        const float* bin = spectrum + k * POINT;
        for (size_t l = 0; l < LANES; l++) {
            float power = bin[l] * bin[l] + bin[LANES + l] * bin[LANES + l];
            s->levels[k * LANES + l] = 0.5f * pinna_log(power > FLT_MIN ? power : FLT_MIN);
        }
    }
}

void pinna_shape_note(pinna_shape* s, const float* spectrum, const float weights[PINNA_SHAPE_BATCH])
{
    take_levels(s, spectrum);
    for (size_t i = 0; i < PINNA_SHAPE_BATCH; i++) s->weight_sum += weights[i];
    for (size_t k = 0; k < s->bin_count; k++)
        for (size_t l = 0; l < LANES; l++)
            s->mean[l / PINNA_SHAPE_BATCH][k] += weights[l % PINNA_SHAPE_BATCH] * s->levels[k * LANES + l];
}

/* The octave above the extension's end decides how the low end goes on. Its bins count by their width in octaves. */
static void low_octave(const pinna_shape* s, size_t* first, size_t* end)
{
    *first = (size_t)ceil((double)s->options->low_extension_hz / s->bin_hz);
    *end = (size_t)floor(2.0 * (double)s->options->low_extension_hz / s->bin_hz) + 1;
    if (*first < 1) *first = 1;
    if (*end > s->bin_count) *end = s->bin_count;
}

static float level_of_low_octave(const pinna_shape* s)
{
    size_t first, end;
    double sum = 0.0, weights = 0.0;
    low_octave(s, &first, &end);
    for (size_t k = first; k < end; k++) {
        sum += 0.5 * ((double)s->mean[PINNA_LEFT][k] + (double)s->mean[PINNA_RIGHT][k]) / (double)k;
        weights += 1.0 / (double)k;
    }
    return weights > 0.0 ? (float)(sum / weights) : 0.0f;
}

void pinna_shape_close(pinna_shape* s)
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        for (size_t k = 0; k < s->bin_count && s->weight_sum > 0.0f; k++) s->mean[ear][k] /= s->weight_sum;
    s->low_level = level_of_low_octave(s);
}

/* Least squares of the octave's differences from the mean by a parabola through 0 at 0 Hz: its value at bin 1. */
static void fit_low_ends(const pinna_shape* s, float slopes[LANES])
{
    size_t first, end;
    float top[LANES] = {0}, bottom = FLT_MIN, edge = s->options->low_extension_hz / (float)s->bin_hz;
    low_octave(s, &first, &end);
    for (size_t k = first; k < end; k++) {
        float x = (float)k;
        bottom += x * x * x;
        for (size_t l = 0; l < LANES; l++)
            top[l] += x * (s->levels[k * LANES + l] - s->mean[l / PINNA_SHAPE_BATCH][k]);
    }
    for (size_t l = 0; l < LANES; l++) {
        float most = MOST_LOW_DB * DB / (edge * edge);
        slopes[l] = fmaxf(-most, fminf(most, top[l] / bottom));
    }
}

static void extend_low_end(pinna_shape* s)
{
    float slopes[LANES];
    fit_low_ends(s, slopes);
    for (size_t k = 0; k < s->bin_count && s->measured_share[k] < 1.0f; k++) {
        float share = s->measured_share[k], square = (float)k * (float)k;
        for (size_t l = 0; l < LANES; l++) {
            float* level = &s->levels[k * LANES + l];
            *level = share * *level + (1.0f - share) * (s->low_level + slopes[l] * square);
        }
    }
}

/* The mean with its low end extended: what all directions' levels have in common. */
static float common_level(const pinna_shape* s, size_t ear, size_t k)
{
    return s->measured_share[k] * s->mean[ear][k] + (1.0f - s->measured_share[k]) * s->low_level;
}

/* What differs from the mean, added up over frequency. */
static void sum_differences(pinna_shape* s)
{
    memset(s->sums, 0, LANES * sizeof *s->sums);
    for (size_t k = 0; k < s->bin_count; k++) {
        const float* level = s->levels + k * LANES;
        float* sum = s->sums + k * LANES;
        for (size_t ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            float common = common_level(s, ear, k);
            for (size_t l = ear * PINNA_SHAPE_BATCH; l < (ear + 1) * PINNA_SHAPE_BATCH; l++)
                sum[LANES + l] = sum[l] + (level[l] - common);
        }
    }
}

/* Linear up to half the limit, then ever flatter, so that no kink in the level rings in time. */
static inline float bounded(float x, float limit)
{
    float size = x < 0.0f ? -x : x, knee = 0.5f * limit, rest = limit - knee;
    float over = size - knee, bent = knee + rest * (over / (rest + over));
    float out = over > 0.0f ? bent : size;
    return x < 0.0f ? -out : out;
}

static void expand_cues(pinna_shape* s)
{
    float limit = DB * (s->options->cue_limit_db > 0.0f ? s->options->cue_limit_db : DEFAULT_LIMIT_DB);
    sum_differences(s);
    for (size_t k = 0; k < s->bin_count; k++) {
        size_t low = (size_t)s->reach_low[k], high = (size_t)s->reach_high[k];
        float low_part = s->reach_low[k] - (float)low, high_part = s->reach_high[k] - (float)high;
        size_t above = high < s->bin_count ? high + 1 : high;
        float scale = (s->options->cue_expansion - 1.0f) / (s->reach_high[k] - s->reach_low[k]);
        const float *a = s->sums + low * LANES, *b = a + LANES, *c = s->sums + high * LANES, *d = s->sums + above * LANES;
        for (size_t l = 0; l < LANES; l++) {
            float difference = c[l] + high_part * (d[l] - c[l]) - a[l] - low_part * (b[l] - a[l]);
            s->levels[k * LANES + l] += bounded(scale * difference, limit);
        }
    }
}

void pinna_shape_apply(pinna_shape* s, float* spectrum)
{
    take_levels(s, spectrum);
    if (s->options->low_extension_hz > 0.0f) extend_low_end(s);
    if (s->options->cue_expansion > 1.0f) expand_cues(s);
    for (size_t k = 0; k < s->bin_count; k++) {
        float* bin = spectrum + k * POINT;
        for (size_t l = 0; l < LANES; l++) {
            bin[l] = pinna_exp(s->levels[k * LANES + l]);
            bin[LANES + l] = 0.0f;
        }
    }
}
