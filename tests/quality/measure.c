/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

size_t power_of_two(size_t at_least)
{
    size_t count = 1;
    while (count < at_least)
        count *= 2;
    return count;
}

static void swap(double* a, double* b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static void reverse_bits(double* re, double* im, size_t count)
{
    for (size_t i = 1, j = 0; i < count; i++) {
        size_t bit = count / 2;
        for (; j & bit; bit /= 2)
            j ^= bit;
        j ^= bit;
        if (i >= j) continue;
        swap(&re[i], &re[j]);
        swap(&im[i], &im[j]);
    }
}

/* Twiddles of the size used last: tests run one at a time in a process. */
static const double* twiddles(size_t count)
{
    static double* table;
    static size_t table_count;
    if (table_count == count) return table;
    table_count = count;
    table = realloc(table, 2 * count * sizeof *table);
    for (size_t i = 0; i < count; i++) {
        table[2 * i] = cos(2.0 * PI * (double)i / (double)count);
        table[2 * i + 1] = sin(2.0 * PI * (double)i / (double)count);
    }
    return table;
}

void fft(double* re, double* im, size_t count, bool inverse)
{
    const double* table = twiddles(count);
    double sign = inverse ? 1.0 : -1.0;
    reverse_bits(re, im, count);
    for (size_t half = 1; half < count; half *= 2) {
        size_t stride = count / (2 * half);
        for (size_t start = 0; start < count; start += 2 * half) {
            for (size_t i = start; i < start + half; i++) {
                double c = table[2 * (i - start) * stride], s = sign * table[2 * (i - start) * stride + 1];
                double x = re[i + half] * c - im[i + half] * s, y = re[i + half] * s + im[i + half] * c;
                re[i + half] = re[i] - x;
                im[i + half] = im[i] - y;
                re[i] += x;
                im[i] += y;
            }
        }
    }
    for (size_t i = 0; inverse && i < count; i++) {
        re[i] /= (double)count;
        im[i] /= (double)count;
    }
}

static size_t used_frames(const float* x, size_t count)
{
    while (count > 0 && x[count - 1] == 0.0f)
        count--;
    return count;
}

void levels_db(const float* response, size_t frame_count, double rate_hz, float out[LEVEL_POINTS])
{
    double c[LEVEL_POINTS], s[LEVEL_POINTS], x[LEVEL_POINTS], y[LEVEL_POINTS], re[LEVEL_POINTS], im[LEVEL_POINTS];
    for (int p = 0; p < LEVEL_POINTS; p++) {
        double w = 2.0 * PI * 200.0 * pow(2.0, p / 24.0) / rate_hz;
        c[p] = cos(w), s[p] = sin(w), x[p] = 1.0, y[p] = re[p] = im[p] = 0.0;
    }
    for (size_t n = 0, used = used_frames(response, frame_count); n < used; n++) {
        double h = response[n];
        for (int p = 0; p < LEVEL_POINTS; p++) {
            re[p] += h * x[p];
            im[p] += h * y[p];
            double turned = x[p] * c[p] - y[p] * s[p];
            y[p] = x[p] * s[p] + y[p] * c[p];
            x[p] = turned;
        }
    }
    for (int p = 0; p < LEVEL_POINTS; p++)
        out[p] = (float)(10.0 * log10(re[p] * re[p] + im[p] * im[p] + 1e-24));
}

double log_spectral_distance_db(const float* a, const float* b, double offset_db)
{
    double sum = 0.0;
    for (int p = 0; p < LEVEL_POINTS; p++)
        sum += ((double)a[p] - b[p] - offset_db) * ((double)a[p] - b[p] - offset_db);
    return sqrt(sum / LEVEL_POINTS);
}

/* Cross spectrum of the ears below about 7 kHz, both behind a filter of eighth order at 3 kHz. Returns the bin count.
 */
static size_t cross_spectrum(const float* left, const float* right, size_t frame_count, size_t size, double rate_hz,
                             double* re, double* im)
{
    memset(re, 0, size * sizeof *re);
    memset(im, 0, size * sizeof *im);
    for (size_t n = 0; n < frame_count; n++)
        re[n] = left[n], im[n] = right[n];
    fft(re, im, size, false); /* two real transforms in one */
    size_t bin_count = (size_t)(7000.0 * (double)size / rate_hz);
    double *cross_re = malloc(bin_count * sizeof *re), *cross_im = malloc(bin_count * sizeof *im);
    for (size_t k = 0; k < bin_count; k++) {
        size_t m = (size - k) % size;
        double lr = 0.5 * (re[k] + re[m]), li = 0.5 * (im[k] - im[m]);
        double rr = 0.5 * (im[k] + im[m]), ri = -0.5 * (re[k] - re[m]);
        double w = 1.0 / (1.0 + pow((double)k * rate_hz / (double)size / 3000.0, 8.0));
        w *= w * (k == 0 ? 0.5 : 1.0);
        cross_re[k] = w * (lr * rr + li * ri); /* conj(L) R peaks at the lag of R */
        cross_im[k] = w * (lr * ri - li * rr);
    }
    memcpy(re, cross_re, bin_count * sizeof *re);
    memcpy(im, cross_im, bin_count * sizeof *im);
    free(cross_re);
    free(cross_im);
    return bin_count;
}

static double correlation(const double* re, const double* im, size_t bin_count, size_t size, double lag)
{
    double step = 2.0 * PI * lag / (double)size, c = cos(step), s = sin(step), x = 1.0, y = 0.0, sum = 0.0;
    for (size_t k = 0; k < bin_count; k++) {
        sum += re[k] * x - im[k] * y;
        double turned = x * c - y * s;
        y = x * s + y * c;
        x = turned;
    }
    return sum;
}

static double best_lag(const double* re, const double* im, size_t bin_count, size_t size, double from, double to,
                       double step)
{
    double best = from, best_value = -INFINITY;
    for (double lag = from; lag <= to + 0.5 * step; lag += step) {
        double value = correlation(re, im, bin_count, size, lag);
        if (value > best_value) best = lag, best_value = value;
    }
    return best;
}

double itd_s(const float* left, const float* right, size_t frame_count, double rate_hz)
{
    size_t used_left = used_frames(left, frame_count), used_right = used_frames(right, frame_count);
    size_t used = used_left > used_right ? used_left : used_right, size = power_of_two(2 * used + 2);
    double *re = malloc(size * sizeof *re), *im = malloc(size * sizeof *im);
    size_t bin_count = cross_spectrum(left, right, used, size, rate_hz, re, im);
    double range = floor(0.0015 * rate_hz), coarse = rate_hz / 96000.0;
    double lag = best_lag(re, im, bin_count, size, -range, range, coarse);
    lag = best_lag(re, im, bin_count, size, lag - coarse, lag + coarse, 0.1);
    double before = correlation(re, im, bin_count, size, lag - 0.1), at = correlation(re, im, bin_count, size, lag);
    double after = correlation(re, im, bin_count, size, lag + 0.1), bend = before - 2.0 * at + after;
    free(re);
    free(im);
    return (lag + (bend < 0.0 ? 0.05 * (before - after) / bend : 0.0)) / rate_hz;
}

double ild_db(const float* left, const float* right, size_t frame_count)
{
    return ratio_db(energy_of(left, frame_count), energy_of(right, frame_count));
}

double onset_frames(const float* response, size_t frame_count)
{
    float peak = 0.0f;
    for (size_t n = 0; n < frame_count; n++)
        peak = fmaxf(peak, fabsf(response[n]));
    for (size_t n = 0; n < frame_count; n++) {
        double now = fabsf(response[n]), before = n ? fabsf(response[n - 1]) : 0.0;
        if (now >= 0.1 * peak && peak > 0.0f) return (double)n - (now - 0.1 * peak) / (now - before);
    }
    return (double)frame_count;
}

double sinc(double x)
{
    return fabs(x) < 1e-12 ? 1.0 : sin(PI * x) / (PI * x);
}

static double bessel_i0(double x)
{
    double sum = 1.0, term = 1.0;
    for (int k = 1; term > 1e-18 * sum; k++) {
        term *= (0.5 * x / k) * (0.5 * x / k);
        sum += term;
    }
    return sum;
}

double kaiser(double x, double beta)
{
    return fabs(x) >= 1.0 ? 0.0 : bessel_i0(beta * sqrt(1.0 - x * x)) / bessel_i0(beta);
}

enum { KERNEL_STEPS = 2048, KERNEL_REACH = 64 };

/* One side of the interpolation kernel, in steps of 1/KERNEL_STEPS zero crossing. */
static const double* interpolation_kernel(void)
{
    static double* table;
    if (table) return table;
    table = malloc((KERNEL_REACH * KERNEL_STEPS + 2) * sizeof *table);
    for (int i = 0; i < KERNEL_REACH * KERNEL_STEPS + 2; i++)
        table[i] = sinc((double)i / KERNEL_STEPS) * kaiser((double)i / KERNEL_STEPS / KERNEL_REACH, 12.0);
    return table;
}

static double kernel_at(const double* table, double crossings)
{
    double position = fabs(crossings) * KERNEL_STEPS;
    if (position >= (double)KERNEL_REACH * KERNEL_STEPS) return 0.0;
    size_t index = (size_t)position;
    return table[index] + (position - (double)index) * (table[index + 1] - table[index]);
}

void resample_response(const float* in, size_t in_count, double in_rate_hz, double delay_in_frames, float* out,
                       size_t out_count, double out_rate_hz)
{
    const double* table = interpolation_kernel();
    double cut = fmin(1.0, out_rate_hz / in_rate_hz), reach = KERNEL_REACH / cut, step = in_rate_hz / out_rate_hz;
    for (size_t n = 0; n < out_count; n++) {
        double at = (double)n * step - delay_in_frames, sum = 0.0;
        double first = fmax(0.0, ceil(at - reach)), last = fmin((double)in_count - 1.0, floor(at + reach));
        if (step == 1.0 && at == floor(at)) first = fmax(first, at), last = fmin(last, at); /* nothing to interpolate */
        for (double k = first; k <= last; k += 1.0)
            sum += in[(size_t)k] * cut * kernel_at(table, cut * (at - k));
        out[n] = (float)(sum * step);
    }
}

static void row_levels(const float* responses, size_t row_count, size_t frame_count, double rate_hz, float* levels)
{
    for (size_t i = 0; i < 2 * row_count; i++)
        levels_db(responses + i * frame_count, frame_count, rate_hz, levels + i * LEVEL_POINTS);
}

errors compare_responses(const float* reference, const float* got, size_t row_count, size_t frame_count, double rate_hz)
{
    errors e = {0};
    size_t point_count = 2 * row_count * LEVEL_POINTS;
    float *a = malloc(point_count * sizeof *a), *b = malloc(point_count * sizeof *b);
    row_levels(reference, row_count, frame_count, rate_hz, a);
    row_levels(got, row_count, frame_count, rate_hz, b);
    for (size_t i = 0; i < point_count; i++)
        e.gain_db += ((double)b[i] - a[i]) / (double)point_count;
    for (size_t i = 0; i < row_count; i++) {
        const float *ra = reference + 2 * i * frame_count, *rb = got + 2 * i * frame_count;
        double lsd = 0.0;
        for (size_t j = 2 * i; j < 2 * i + 2; j++)
            lsd += 0.5 * log_spectral_distance_db(b + j * LEVEL_POINTS, a + j * LEVEL_POINTS, e.gain_db);
        double itd = 1e6 * fabs(itd_s(ra, ra + frame_count, frame_count, rate_hz) -
                                itd_s(rb, rb + frame_count, frame_count, rate_hz));
        double ild = fabs(ild_db(ra, ra + frame_count, frame_count) - ild_db(rb, rb + frame_count, frame_count));
        e.lsd_db += lsd / (double)row_count;
        e.itd_us += itd / (double)row_count;
        e.ild_db += ild / (double)row_count;
        e.worst_lsd_db = fmax(e.worst_lsd_db, lsd);
        e.worst_itd_us = fmax(e.worst_itd_us, itd);
        e.worst_ild_db = fmax(e.worst_ild_db, ild);
    }
    free(a);
    free(b);
    return e;
}

void band_pass(const float* in, double* out, size_t count, double low_hz, double high_hz, double rate_hz)
{
    size_t size = power_of_two(2 * count);
    double *re = calloc(size, sizeof *re), *im = calloc(size, sizeof *im);
    for (size_t n = 0; n < count; n++)
        re[n] = in[n];
    fft(re, im, size, false);
    for (size_t k = 0; k < size; k++) {
        double hz = (double)(k <= size / 2 ? k : size - k) * rate_hz / (double)size;
        if (hz < low_hz || hz > high_hz) re[k] = im[k] = 0.0;
    }
    fft(re, im, size, true);
    memcpy(out, re, count * sizeof *out);
    free(re);
    free(im);
}

double energy(const double* x, size_t count)
{
    double sum = 0.0;
    for (size_t n = 0; n < count; n++)
        sum += x[n] * x[n];
    return sum;
}

double energy_of(const float* x, size_t count)
{
    double sum = 0.0;
    for (size_t n = 0; n < count; n++)
        sum += (double)x[n] * x[n];
    return sum;
}

double ratio_db(double numerator_energy, double denominator_energy)
{
    return 10.0 * log10((numerator_energy + 1e-300) / (denominator_energy + 1e-300));
}

double residual_db(const float* reference, const float* got, size_t count)
{
    double sum = 0.0;
    for (size_t n = 0; n < count; n++)
        sum += ((double)got[n] - reference[n]) * ((double)got[n] - reference[n]);
    return ratio_db(sum, energy_of(reference, count));
}

double peak_residual_db(const float* reference, const float* got, size_t count)
{
    double difference = 0.0, peak = 0.0;
    for (size_t n = 0; n < count; n++) {
        difference = fmax(difference, fabs((double)got[n] - reference[n]));
        peak = fmax(peak, fabs((double)reference[n]));
        if (!isfinite(got[n])) return INFINITY;
    }
    return 20.0 * log10((difference + 1e-30) / (peak + 1e-30));
}
