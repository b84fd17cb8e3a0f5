/* SPDX-License-Identifier: MIT */
#include "uneven.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * A head's response, its delay taken away, is over in some two milliseconds, so its spectrum changes little from one
 * frequency to others nearby, and what lies between follows from them. The delay is found first: it turns phases by any
 * amount between neighbours.
 */

static const double two_pi = 6.28318530717958648;

/* Where delays are looked for, and by which part of the spectrum: long waves tell them with the least doubt. One
   response's is within REACH steps of all of them together. */
enum { STEPS = 500, STEPS_BEFORE_ZERO = 100, REACH = 24 };
static const double step_s = 5e-5, told_by_hz = 4000;

typedef struct value {
    double frequency_hz;
    size_t index; /* In the file. */
    double re, im;
} value;

struct pinna_sofa_uneven {
    size_t count;
    double delay_s;
    double envelope[STEPS]; /* Summed over what was listened to. */
    value* values; /* [count], by frequency; of what was taken, the delay removed. */
};

static int compare(const void* a, const void* b)
{
    double x = ((const value*)a)->frequency_hz, y = ((const value*)b)->frequency_hz;
    return x < y ? -1 : x > y;
}

pinna_sofa_uneven* pinna_sofa_uneven_create(const double* frequencies_hz, size_t count)
{
    enum { LEAST_COUNT = 8 };
    pinna_sofa_uneven* u = calloc(1, sizeof *u);
    if (u) u->values = calloc(count ? count : 1, sizeof *u->values);
    if (!u || !u->values) {
        pinna_sofa_uneven_destroy(u);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) u->values[i] = (value){.frequency_hz = frequencies_hz[i], .index = i};
    qsort(u->values, count, sizeof *u->values, compare);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || u->values[i].frequency_hz > u->values[u->count - 1].frequency_hz)
            u->values[u->count++] = u->values[i];
    if (u->count >= LEAST_COUNT) return u;
    pinna_sofa_uneven_destroy(u);
    return NULL;
}

void pinna_sofa_uneven_destroy(pinna_sofa_uneven* u)
{
    if (!u) return;
    free(u->values);
    free(u);
}

size_t pinna_sofa_uneven_sort(const pinna_sofa_uneven* u, double* frequencies_hz)
{
    for (size_t i = 0; i < u->count; i++) frequencies_hz[i] = u->values[i].frequency_hz;
    return u->count;
}

/* Hertz that a value stands for. */
static double width_of(const pinna_sofa_uneven* u, size_t i)
{
    size_t before = i > 0 ? i - 1 : 0, after = i + 1 < u->count ? i + 1 : i;
    return (u->values[after].frequency_hz - u->values[before].frequency_hz) / 2;
}

/* Turns v by an angle. */
static void turn(value* v, double radians)
{
    double c = cos(radians), s = sin(radians), re = v->re;
    v->re = re * c - v->im * s;
    v->im = re * s + v->im * c;
}

static double time_of(size_t step)
{
    return ((double)step - STEPS_BEFORE_ZERO) * step_s;
}

/* Power of what the spectrum holds at a time: the inverse transform's envelope. */
static double envelope_at(const pinna_sofa_uneven* u, double at_s)
{
    double re = 0, im = 0;
    for (size_t i = 0; i < u->count && u->values[i].frequency_hz < told_by_hz; i++) {
        value v = u->values[i];
        double width = width_of(u, i);
        turn(&v, two_pi * v.frequency_hz * at_s);
        re += width * v.re, im += width * v.im;
    }
    return re * re + im * im;
}

static void read_values(pinna_sofa_uneven* u, const float* real, const float* imaginary, size_t stride)
{
    for (size_t i = 0; i < u->count; i++) {
        size_t at = u->values[i].index * stride;
        u->values[i].re = (double)real[at], u->values[i].im = (double)imaginary[at];
        if (!isfinite(u->values[i].re) || !isfinite(u->values[i].im)) u->values[i].re = u->values[i].im = 0;
    }
}

void pinna_sofa_uneven_listen(pinna_sofa_uneven* u, const float* real, const float* imaginary, size_t stride)
{
    read_values(u, real, imaginary, stride);
    for (size_t step = 0; step < STEPS; step++) u->envelope[step] += envelope_at(u, time_of(step));
}

/* Frequencies at even distances repeat in time: what comes again is no louder, and the first time after zero counts. */
static size_t common_step(const pinna_sofa_uneven* u)
{
    static const double louder = 1.05;
    size_t best = STEPS_BEFORE_ZERO;
    for (size_t i = 0; i < STEPS; i++) {
        size_t step = (i + STEPS_BEFORE_ZERO) % STEPS;
        if (u->envelope[step] > louder * u->envelope[best]) best = step;
    }
    return best;
}

void pinna_sofa_uneven_take(pinna_sofa_uneven* u, const float* real, const float* imaginary, size_t stride)
{
    double most = -1, around_s = time_of(common_step(u));
    read_values(u, real, imaginary, stride);
    for (int step = -REACH; step <= REACH; step++) {
        double at_s = around_s + step * step_s, power = envelope_at(u, at_s);
        if (power > most) most = power, u->delay_s = at_s;
    }
    for (size_t i = 0; i < u->count; i++) turn(&u->values[i], two_pi * u->values[i].frequency_hz * u->delay_s);
}

double pinna_sofa_uneven_roughness(const pinna_sofa_uneven* u)
{
    double apart = 0, power = 1e-60;
    for (size_t i = 0; i + 1 < u->count; i++) {
        const value *a = &u->values[i], *b = &u->values[i + 1];
        double width = b->frequency_hz - a->frequency_hz, re = a->re - b->re, im = a->im - b->im;
        apart += width * (re * re + im * im);
        power += width * (a->re * a->re + a->im * a->im + b->re * b->re + b->im * b->im);
    }
    return apart / power;
}

/* Slopes of re and im at a value, from the parabola through it and its neighbours. */
static void slope_at(const pinna_sofa_uneven* u, size_t i, double* re, double* im)
{
    size_t middle = i == 0 ? 1 : i + 1 == u->count ? i - 1 : i;
    const value *a = &u->values[middle - 1], *b = &u->values[middle], *c = &u->values[middle + 1];
    double h = b->frequency_hz - a->frequency_hz, k = c->frequency_hz - b->frequency_hz;
    double x = 2 * (u->values[i].frequency_hz - b->frequency_hz);
    double of_a = (x - k) / (h * (h + k)), of_b = (k - h - x) / (h * k), of_c = (x + h) / (k * (h + k));
    *re = of_a * a->re + of_b * b->re + of_c * c->re;
    *im = of_a * a->im + of_b * b->im + of_c * c->im;
}

/* Cubic through both ends with the slopes there (Hermite's), h apart, at t of the way. */
static double between(double a, double slope_a, double b, double slope_b, double h, double t)
{
    double s = 1 - t;
    return s * s * ((1 + 2 * t) * a + t * h * slope_a) + t * t * ((1 + 2 * s) * b - s * h * slope_b);
}

void pinna_sofa_uneven_give(const pinna_sofa_uneven* u, double spacing_hz, size_t first, size_t count,
                            kiss_fft_cpx* out)
{
    size_t i = 0;
    for (size_t n = 0; n < count; n++) {
        double frequency_hz = (double)(first + n) * spacing_hz;
        while (i + 2 < u->count && u->values[i + 1].frequency_hz < frequency_hz) i++;
        const value *a = &u->values[i], *b = &u->values[i + 1];
        double h = b->frequency_hz - a->frequency_hz, t = fmin(fmax((frequency_hz - a->frequency_hz) / h, 0), 1);
        double re_a, im_a, re_b, im_b;
        slope_at(u, i, &re_a, &im_a);
        slope_at(u, i + 1, &re_b, &im_b);
        value v = {.re = between(a->re, re_a, b->re, re_b, h, t), .im = between(a->im, im_a, b->im, im_b, h, t)};
        turn(&v, -two_pi * frequency_hz * u->delay_s);
        out[n] = (kiss_fft_cpx){(float)v.re, (float)v.im};
    }
}
