/* SPDX-License-Identifier: MIT */
#include "dsp/biquad.h"

#include <math.h>

#define PI 3.14159265358979323846
#define LN2 0.69314718055994530942

/* What the formulas have in common. */
typedef struct terms {
    double a, cosine, alpha;
} terms;

static terms terms_of(const pinna_filter* filter, double sample_rate_hz)
{
    double w = 2.0 * PI * (double)filter->frequency_hz / sample_rate_hz, width = (double)filter->width;
    terms t = {pow(10.0, (double)filter->gain_db / 40.0), cos(w), 0.0};
    switch (filter->width_unit) {
    case PINNA_WIDTH_OCTAVES: t.alpha = sin(w) * sinh(0.5 * LN2 * width * w / sin(w)); break;
    case PINNA_WIDTH_SLOPE:
        /* Slopes beyond what a gain allows would take the root of a negative number. */
        t.alpha = 0.5 * sin(w) * sqrt(fmax((t.a + 1.0 / t.a) * (1.0 / width - 1.0) + 2.0, 1e-6));
        break;
    case PINNA_WIDTH_Q:
    case PINNA_WIDTH_COUNT: t.alpha = sin(w) / (2.0 * width); break;
    }
    return t;
}

static pinna_biquad normalised(double b0, double b1, double b2, double a0, double a1, double a2)
{
    return (pinna_biquad){{b0 / a0, b1 / a0, b2 / a0}, {a1 / a0, a2 / a0}};
}

/* sign 1: low, -1: high, which is its mirror image. */
static pinna_biquad shelf(terms t, double sign)
{
    double up = t.a + 1.0, down = t.a - 1.0, root = 2.0 * sqrt(t.a) * t.alpha, c = sign * t.cosine;
    return normalised(t.a * (up - down * c + root), sign * 2.0 * t.a * (down - up * c), t.a * (up - down * c - root),
                      up + down * c + root, sign * -2.0 * (down + up * c), up + down * c - root);
}

pinna_biquad pinna_biquad_design(const pinna_filter* filter, double sample_rate_hz)
{
    if (!((double)filter->frequency_hz < 0.5 * sample_rate_hz)) return (pinna_biquad){.b = {1.0}};
    terms t = terms_of(filter, sample_rate_hz);
    double c = t.cosine, alpha = t.alpha;
    switch (filter->kind) {
    case PINNA_FILTER_PEAK:
        return normalised(1.0 + alpha * t.a, -2.0 * c, 1.0 - alpha * t.a, 1.0 + alpha / t.a, -2.0 * c,
                          1.0 - alpha / t.a);
    case PINNA_FILTER_LOW_SHELF: return shelf(t, 1.0);
    case PINNA_FILTER_HIGH_SHELF: return shelf(t, -1.0);
    case PINNA_FILTER_LOW_PASS:
        return normalised(0.5 * (1.0 - c), 1.0 - c, 0.5 * (1.0 - c), 1.0 + alpha, -2.0 * c, 1.0 - alpha);
    case PINNA_FILTER_HIGH_PASS:
        return normalised(0.5 * (1.0 + c), -(1.0 + c), 0.5 * (1.0 + c), 1.0 + alpha, -2.0 * c, 1.0 - alpha);
    case PINNA_FILTER_BAND_PASS: return normalised(alpha, 0.0, -alpha, 1.0 + alpha, -2.0 * c, 1.0 - alpha);
    case PINNA_FILTER_NOTCH: return normalised(1.0, -2.0 * c, 1.0, 1.0 + alpha, -2.0 * c, 1.0 - alpha);
    case PINNA_FILTER_ALL_PASS:
        return normalised(1.0 - alpha, -2.0 * c, 1.0 + alpha, 1.0 + alpha, -2.0 * c, 1.0 - alpha);
    case PINNA_FILTER_KIND_COUNT: break;
    }
    return (pinna_biquad){.b = {1.0}};
}

double pinna_biquad_power(const pinna_biquad* q, double frequency_hz, double sample_rate_hz)
{
    double w = 2.0 * PI * frequency_hz / sample_rate_hz, c1 = cos(w), c2 = cos(2.0 * w), s1 = sin(w), s2 = sin(2.0 * w);
    double br = q->b[0] + q->b[1] * c1 + q->b[2] * c2, bi = q->b[1] * s1 + q->b[2] * s2;
    double ar = 1.0 + q->a[0] * c1 + q->a[1] * c2, ai = q->a[0] * s1 + q->a[1] * s2;
    return (br * br + bi * bi) / (ar * ar + ai * ai);
}
