/* SPDX-License-Identifier: MIT */
#include "hrtf/shape.h"

#include "dsp/approximate.h"
#include "hrtf/power.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { LANES = PINNA_FFT_LANES, POINT = 2 * LANES, BATCH = PINNA_SHAPE_BATCH, TERMS = PINNA_SHAPE_TERMS };

#define DB 0.11512925464970228f /* one decibel as a natural logarithm */
#define DEFAULT_LIMIT_DB 7.0f
#define LATERAL_LIMIT 0.25f /* share of the limit that what the lateral angle adds has */
#define KNEE 0.8f           /* share of a limit up to which nothing is bent */
#define SMOOTHING_OCTAVES (1.0 / 3.0)
#define SHARPENING 2.0f /* smoothing halves what is narrower than its window: levels in bands grow as asked again */
#define CUES_FROM_HZ 3100.0 /* cues stay below */
#define CUES_TO_HZ 5000.0   /* and are expanded in full above */
#define MOST_GAIN 0.7f   /* 6 dB */
#define MOST_LOW_DB 6.0f /* what a direction differs from the mean at the extension's end, at most */

/* Of a batch's responses. */
typedef struct powers {
    float white[LANES], pink[LANES];
} powers;

bool pinna_shape_extends(const pinna_hrtf_options* options)
{
    return options->low_extension_hz > 0.0f;
}

bool pinna_shape_expands(const pinna_hrtf_options* options)
{
    return options->cue_expansion > 1.0f;
}

/* 0 below, 1 above, half a wave of a sine between, in the logarithm of frequency. */
static float share_above(double frequency_hz, double from_hz, double to_hz)
{
    double way = frequency_hz > 0.0 ? log(frequency_hz / from_hz) / log(to_hz / from_hz) : 0.0;
    return (float)(0.5 - 0.5 * cos(3.14159265358979323846 * fmax(0.0, fmin(1.0, way))));
}

static void set_windows(pinna_shape* s)
{
    double half = exp2(0.5 * SMOOTHING_OCTAVES), last = (double)s->bin_count;
    double low_end_hz = (double)s->options->low_extension_hz;
    for (size_t k = 0; k < s->bin_count; k++) {
        double hz = (double)k * s->bin_hz;
        bool ends = low_end_hz > 0.0;
        s->measured_share[k] = ends ? share_above(hz, low_end_hz * sqrt(0.5), low_end_hz * sqrt(2.0)) : 1.0f;
        s->cue_share[k] = share_above(hz, CUES_FROM_HZ, CUES_TO_HZ);
        s->reach_low[k] = (float)fmin((double)k, (double)k / half + 0.5);
        s->reach_high[k] = (float)fmin(last, fmax((double)k + 1.0, (double)k * half + 0.5));
    }
}

bool pinna_shape_init(pinna_shape* s, pinna_pool* pool, const pinna_hrtf_options* options, uint32_t n,
                      double sample_rate_hz)
{
    size_t bins = n / 2 + 1;
    *s = (pinna_shape){.options = options, .bin_count = bins, .bin_hz = sample_rate_hz / n};
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        s->mean[ear] = pinna_pool_take(pool, bins, sizeof(float));
        s->terms[ear] = pinna_pool_take(pool, bins, TERMS * sizeof(float));
    }
    float** by_bin[] = {&s->measured_share, &s->cue_share, &s->pink, &s->reach_low, &s->reach_high};
    for (size_t i = 0; i < sizeof by_bin / sizeof by_bin[0]; i++)
        *by_bin[i] = pinna_pool_take(pool, bins, sizeof(float));
    float** by_lane[] = {&s->levels, &s->lateral, &s->other};
    for (size_t i = 0; i < sizeof by_lane / sizeof by_lane[0]; i++)
        *by_lane[i] = pinna_pool_take(pool, bins + 1, LANES * sizeof(float));
    if (pool->failed) return false;
    set_windows(s);
    pinna_power_pink(s->pink, n, sample_rate_hz);
    if (!pinna_shape_expands(options)) return true;
    s->changes = pinna_pool_take(pool, bins, LANES * sizeof(float));
    return !pool->failed && pinna_lowphase_init(&s->lowphase, pool, s->cue_share, n);
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

/* Bonnet's recursion. */
static void polynomials(float x, float out[TERMS])
{
    out[0] = 1.0f;
    out[1] = x;
    for (int i = 2; i < TERMS; i++)
        out[i] = ((2.0f * (float)i - 1.0f) * x * out[i - 1] - ((float)i - 1.0f) * out[i - 2]) / (float)i;
}

void pinna_shape_note(pinna_shape* s, const float* spectrum, const float sines[BATCH], const float weights[BATCH])
{
    take_levels(s, spectrum);
    for (size_t i = 0; i < BATCH; i++) {
        float p[TERMS];
        polynomials(sines[i], p);
        for (int a = 0; a < TERMS; a++)
            for (int b = 0; b < TERMS; b++)
                s->gram[a][b] += (double)weights[i] * (double)p[a] * (double)p[b];
        for (int a = 0; a < TERMS; a++)
            p[a] *= weights[i];
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            for (size_t k = 0; k < s->bin_count; k++) {
                float level = s->levels[k * LANES + (size_t)ear * BATCH + i];
                for (int a = 0; a < TERMS; a++)
                    s->terms[ear][k * TERMS + (size_t)a] += p[a] * level;
            }
    }
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

/* Cholesky's factor of the polynomials' products, in its lower triangle. A little is added to the diagonal, so that few
   directions do not make wild curves. */
static void factorize(double m[TERMS][TERMS])
{
    for (int i = 0; i < TERMS; i++) {
        m[i][i] *= 1.0 + 1e-6;
        m[i][i] += i > 0 ? 1e-4 : 1e-12;
    }
    for (int i = 0; i < TERMS; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = m[i][j];
            for (int k = 0; k < j; k++)
                sum -= m[i][k] * m[j][k];
            m[i][j] = i == j ? sqrt(fmax(sum, 1e-12)) : sum / m[j][j];
        }
    }
}

static void solve(double m[TERMS][TERMS], float x[TERMS])
{
    double y[TERMS];
    for (int i = 0; i < TERMS; i++) {
        y[i] = (double)x[i];
        for (int k = 0; k < i; k++)
            y[i] -= m[i][k] * y[k];
        y[i] /= m[i][i];
    }
    for (int i = TERMS - 1; i >= 0; i--) {
        for (int k = i + 1; k < TERMS; k++)
            y[i] -= m[k][i] * y[k];
        y[i] /= m[i][i];
        x[i] = (float)y[i];
    }
}

void pinna_shape_close(pinna_shape* s)
{
    float weight_sum = (float)fmax(s->gram[0][0], 1e-12);
    factorize(s->gram);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        for (size_t k = 0; k < s->bin_count; k++) {
            float* terms = s->terms[ear] + k * TERMS;
            s->mean[ear][k] = terms[0] / weight_sum;
            solve(s->gram, terms);
        }
    }
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
            top[l] += x * (s->levels[k * LANES + l] - s->mean[l / BATCH][k]);
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

/* Both parts of what differs from the mean, added up over frequency. Where the low end is extended nothing is expanded,
   so the mean is that of the measured levels. */
static void sum_parts(pinna_shape* s, const float sines[BATCH])
{
    float p[TERMS][BATCH];
    for (int i = 0; i < BATCH; i++) {
        float q[TERMS];
        polynomials(sines[i], q);
        for (int t = 0; t < TERMS; t++)
            p[t][i] = q[t];
    }
    memset(s->lateral, 0, LANES * sizeof *s->lateral);
    memset(s->other, 0, LANES * sizeof *s->other);
    for (size_t k = 0; k < s->bin_count; k++) {
        for (size_t ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            const float *t = s->terms[ear] + k * TERMS, *level = s->levels + k * LANES + ear * BATCH;
            float *lateral = s->lateral + k * LANES + ear * BATCH, *other = s->other + k * LANES + ear * BATCH;
            float mean = s->mean[ear][k];
            for (size_t i = 0; i < BATCH; i++) {
                float fit = t[0] + t[1] * p[1][i] + t[2] * p[2][i] + t[3] * p[3][i] + t[4] * p[4][i] + t[5] * p[5][i];
                lateral[LANES + i] = lateral[i] + (fit - mean);
                other[LANES + i] = other[i] + (level[i] - fit);
            }
        }
    }
}

/* Linear up to the knee, then ever flatter towards the limit, so that no kink in the level rings in time. */
static inline float bounded(float x, float limit)
{
    float size = x < 0.0f ? -x : x, knee = KNEE * limit, rest = limit - knee;
    float over = size > knee ? size - knee : 0.0f;
    float out = size - over + rest * over / (rest + over);
    return x < 0.0f ? -out : out;
}

/* Adds the mean of a part over bin k's window, magnified and bounded. */
static void add_part(const pinna_shape* s, const float* sums, size_t k, float factor, float limit, float* changes)
{
    size_t low = (size_t)s->reach_low[k], high = (size_t)s->reach_high[k],
           above = high < s->bin_count ? high + 1 : high;
    float low_part = s->reach_low[k] - (float)low, high_part = s->reach_high[k] - (float)high;
    float scale = factor / (s->reach_high[k] - s->reach_low[k]), share = s->cue_share[k];
    const float *a = sums + low * LANES, *b = a + LANES, *c = sums + high * LANES, *d = sums + above * LANES;
    for (size_t l = 0; l < LANES; l++) {
        float sum = c[l] + high_part * (d[l] - c[l]) - a[l] - low_part * (b[l] - a[l]);
        changes[l] += share * bounded(scale * sum, limit);
    }
}

static void find_changes(pinna_shape* s, const float sines[BATCH])
{
    float limit = DB * (s->options->cue_limit_db > 0.0f ? s->options->cue_limit_db : DEFAULT_LIMIT_DB);
    float factor = SHARPENING * (s->options->cue_expansion - 1.0f);
    sum_parts(s, sines);
    memset(s->changes, 0, s->bin_count * LANES * sizeof *s->changes);
    for (size_t k = 0; k < s->bin_count; k++) {
        if (s->cue_share[k] == 0.0f) continue;
        add_part(s, s->other, k, factor, limit, s->changes + k * LANES);
        add_part(s, s->lateral, k, factor, LATERAL_LIMIT * limit, s->changes + k * LANES);
    }
    pinna_lowphase_keep(&s->lowphase, s->changes);
}

/* What each ear takes from noise before and after the changes. */
static void measure_powers(const pinna_shape* s, const float* spectrum, powers* before, powers* after)
{
    *before = *after = (powers){0};
    for (size_t k = 0; k < s->bin_count; k++) {
        const float *bin = spectrum + k * POINT, *change = s->changes + k * LANES;
        bool same = s->cue_share[k] == 0.0f;
        for (size_t l = 0; l < LANES; l++) {
            float power = bin[l] * bin[l] + bin[LANES + l] * bin[LANES + l];
            float changed = same ? power : power * pinna_exp(2.0f * change[l]);
            before->white[l] += power;
            before->pink[l] += s->pink[k] * power;
            after->white[l] += changed;
            after->pink[l] += s->pink[k] * changed;
        }
    }
}

/* Gives each ear its energy back, so that level differences between the ears stay, then the loudness of pink noise to
   both: over all frequencies alike, as only that turns no phase. */
static void find_gains(const powers* before, const powers* after, float gains[LANES])
{
    for (size_t i = 0; i < BATCH; i++) {
        float was = FLT_MIN, is = FLT_MIN;
        for (size_t l = i; l < LANES; l += BATCH) {
            gains[l] = after->white[l] > FLT_MIN ? 0.5f * logf(before->white[l] / after->white[l]) : 0.0f;
            was += before->pink[l];
            is += expf(2.0f * gains[l]) * after->pink[l];
        }
        for (size_t l = i; l < LANES; l += BATCH)
            gains[l] = fmaxf(-MOST_GAIN, fminf(MOST_GAIN, gains[l] + 0.5f * logf(was / is)));
    }
}

static void put_levels(const pinna_shape* s, float* spectrum)
{
    for (size_t k = 0; k < s->bin_count; k++) {
        float* bin = spectrum + k * POINT;
        for (size_t l = 0; l < LANES; l++) {
            bin[l] = pinna_exp(s->levels[k * LANES + l]);
            bin[LANES + l] = 0.0f;
        }
    }
}

void pinna_shape_extend(pinna_shape* s, float* spectrum)
{
    take_levels(s, spectrum);
    extend_low_end(s);
    put_levels(s, spectrum);
}

void pinna_shape_expand(pinna_shape* s, float* spectrum, const float sines[BATCH])
{
    powers before, after;
    float gains[LANES], whole[LANES];
    take_levels(s, spectrum);
    find_changes(s, sines);
    measure_powers(s, spectrum, &before, &after);
    find_gains(&before, &after, gains);
    for (size_t l = 0; l < LANES; l++)
        whole[l] = pinna_exp(gains[l]);
    for (size_t k = 0; k < s->bin_count; k++) {
        float* bin = spectrum + k * POINT;
        bool same = s->cue_share[k] == 0.0f;
        for (size_t l = 0; l < LANES; l++) {
            float factor = same ? whole[l] : whole[l] * pinna_exp(s->changes[k * LANES + l]);
            bin[l] *= factor;
            bin[LANES + l] *= factor;
        }
    }
}
