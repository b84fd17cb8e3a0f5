/* SPDX-License-Identifier: MIT */
#include "reverb_measure.h"

#include "dsp/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

/* Second-order low pass (or high pass) in place; two with these Q make a Butterworth filter of fourth order. */
static void butterworth_half(double* x, size_t count, double rate_hz, double cutoff_hz, double q, int high)
{
    double w = 2.0 * PI * cutoff_hz / rate_hz, c = cos(w), alpha = sin(w) / (2.0 * q), a0 = 1.0 + alpha;
    double b0 = (high ? 1.0 + c : 1.0 - c) / (2.0 * a0), b1 = (high ? -2.0 : 2.0) * b0;
    double a1 = -2.0 * c / a0, a2 = (1.0 - alpha) / a0, s1 = 0.0, s2 = 0.0;
    for (size_t n = 0; n < count; n++) {
        double in = x[n], out = b0 * in + s1;
        s1 = b1 * in - a1 * out + s2;
        s2 = b0 * in - a2 * out;
        x[n] = out;
    }
}

static void octave_band(double* x, size_t count, double rate_hz, double centre_hz)
{
    for (int half = 0; half < 2; half++) {
        double q = half ? 1.30656296 : 0.54119610;
        butterworth_half(x, count, rate_hz, centre_hz / sqrt(2.0), q, 1);
        butterworth_half(x, count, rate_hz, centre_hz * sqrt(2.0), q, 0);
    }
}

double octave_decay_s(const float* response, size_t count, double rate_hz, double centre_hz)
{
    double* x = malloc(count * sizeof *x);
    for (size_t n = 0; n < count; n++) x[n] = response[n];
    octave_band(x, count, rate_hz, centre_hz);
    double sum = 0.0;
    for (size_t n = count; n-- > 0;) x[n] = sum += x[n] * x[n];
    double total = x[0], k = 0.0, st = 0.0, sl = 0.0, stt = 0.0, stl = 0.0;
    for (size_t n = 0; n < count && x[n] > 0.0; n++) {
        double level = 10.0 * log10(x[n] / total), t = (double)n / rate_hz;
        if (level > -5.0) continue;
        if (level < -35.0) break;
        k += 1.0;
        st += t;
        sl += level;
        stt += t * t;
        stl += t * level;
    }
    free(x);
    return -60.0 / ((k * stl - st * sl) / (k * stt - st * st));
}

double echo_density(const float* response, size_t count, double rate_hz, size_t centre)
{
    size_t half = (size_t)(0.01 * rate_hz), first = centre > half ? centre - half : 0;
    size_t last = centre + half < count ? centre + half : count - 1;
    double weights = 0.0, energy = 0.0, outside = 0.0;
    for (size_t n = first; n <= last; n++) {
        double w = 0.5 + 0.5 * cos(PI * ((double)n - (double)centre) / (double)half);
        weights += w;
        energy += w * response[n] * response[n];
    }
    double deviation = sqrt(energy / weights);
    for (size_t n = first; n <= last; n++) {
        double w = 0.5 + 0.5 * cos(PI * ((double)n - (double)centre) / (double)half);
        if (fabs(response[n]) > deviation) outside += w;
    }
    return energy > 0.0 ? outside / weights / erfc(1.0 / sqrt(2.0)) : 0.0;
}

static double windowed(const float* in, float* out, uint32_t n)
{
    double energy = 0.0;
    for (uint32_t i = 0; i < n; i++) {
        out[i] = in[i] * (float)(0.5 - 0.5 * cos(2.0 * PI * i / n));
        energy += (double)out[i] * out[i];
    }
    return energy;
}

tail_spectra tail_spectra_of(const float* left, const float* right, size_t count, size_t first, uint32_t n)
{
    tail_spectra s = {.bin_count = n / 2 + 1};
    for (int ear = 0; ear < 2; ear++) s.power[ear] = calloc(s.bin_count, sizeof(double));
    s.cross_re = calloc(s.bin_count, sizeof(double));
    void* memory = aligned_alloc(64, (pinna_fft_size(n) + 63) / 64 * 64);
    pinna_fft* fft = pinna_fft_place(memory, n);
    float* time[2] = {malloc(n * sizeof(float)), malloc(n * sizeof(float))};
    pinna_complex* bins[2] = {malloc(s.bin_count * sizeof **bins), malloc(s.bin_count * sizeof **bins)};
    double loudest = 0.0;
    for (size_t at = first; at + n <= count; at += n / 2) {
        double energy = windowed(left + at, time[0], n) + windowed(right + at, time[1], n);
        if (at == first) loudest = energy;
        if (energy < loudest * 3e-6 || energy <= 0.0) break;
        for (int ear = 0; ear < 2; ear++) pinna_fft_forward(fft, time[ear], bins[ear]);
        for (uint32_t k = 0; k < s.bin_count; k++) {
            const pinna_complex l = bins[0][k], r = bins[1][k];
            s.power[0][k] += ((double)l.re * l.re + (double)l.im * l.im) / energy;
            s.power[1][k] += ((double)r.re * r.re + (double)r.im * r.im) / energy;
            s.cross_re[k] += ((double)l.re * r.re + (double)l.im * r.im) / energy;
        }
        s.window_count++;
    }
    for (int i = 0; i < 2; i++) {
        free(time[i]);
        free(bins[i]);
    }
    free(memory);
    return s;
}

void tail_spectra_free(tail_spectra* s)
{
    free(s->power[0]);
    free(s->power[1]);
    free(s->cross_re);
}

static int ascending(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

double worst_mode_db(const tail_spectra* s, double rate_hz, double low_hz, double high_hz, double* at_hz)
{
    double step_hz = 0.5 * rate_hz / (s->bin_count - 1), worst = -1e9;
    uint32_t reach = (uint32_t)fmax(100.0 / step_hz, 3.0), count = 2 * reach + 1;
    double* around = malloc(count * sizeof *around);
    for (uint32_t k = (uint32_t)(low_hz / step_hz); k < (uint32_t)(high_hz / step_hz); k++) {
        uint32_t first = k > reach ? k - reach : 0;
        for (uint32_t i = 0; i < count; i++) around[i] = s->power[0][first + i] + s->power[1][first + i];
        double here = s->power[0][k] + s->power[1][k];
        qsort(around, count, sizeof *around, ascending);
        double above = 10.0 * log10(here / around[reach]);
        if (above > worst) {
            worst = above;
            *at_hz = k * step_hz;
        }
    }
    free(around);
    return worst;
}
