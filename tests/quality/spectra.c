/* SPDX-License-Identifier: MIT */
#include "spectra.h"

#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

float* power_spectra(const float* rows, size_t row_count, size_t frame_count)
{
    float* out = malloc(row_count * SPECTRUM_BINS * sizeof *out);
    double *re = malloc(SPECTRUM_SIZE * sizeof *re), *im = malloc(SPECTRUM_SIZE * sizeof *im);
    for (size_t row = 0; row < row_count; row++) {
        memset(re, 0, SPECTRUM_SIZE * sizeof *re);
        memset(im, 0, SPECTRUM_SIZE * sizeof *im);
        for (size_t n = 0; n < frame_count; n++)
            re[n] = rows[row * frame_count + n];
        fft(re, im, SPECTRUM_SIZE, false);
        for (size_t k = 0; k < SPECTRUM_BINS; k++)
            out[row * SPECTRUM_BINS + k] = (float)(re[k] * re[k] + im[k] * im[k]);
    }
    free(re);
    free(im);
    return out;
}

static double power_at(const float* power, double rate_hz, double hz)
{
    double bin = hz * SPECTRUM_SIZE / rate_hz;
    size_t k = (size_t)bin;
    if (k >= SPECTRUM_BINS - 1) return power[SPECTRUM_BINS - 1];
    return power[k] + (bin - (double)k) * ((double)power[k + 1] - (double)power[k]);
}

double band_db(const float* power, double rate_hz, double low_hz, double high_hz)
{
    double sum = 0.0;
    enum { POINTS = 9 };
    for (int i = 0; i < POINTS; i++)
        sum += power_at(power, rate_hz, low_hz * pow(high_hz / low_hz, (i + 0.5) / POINTS));
    return 10.0 * log10(sum / POINTS + 1e-20);
}

void third_octaves_db(const float* power, double rate_hz, double out[THIRDS])
{
    for (int i = 0; i < THIRDS; i++) {
        double centre = 1000.0 * pow(10.0, (i - 10) / 10.0), half = pow(10.0, 0.05);
        out[i] = band_db(power, rate_hz, centre / half, centre * half);
    }
}

/* The two biquads of BS.1770-4 at 48 kHz. */
static double k_weight(double hz)
{
    static const double filters[2][5] = {
        {1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585},
        {1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621}};
    double power = 1.0, w = 2.0 * PI * hz / 48000.0;
    for (int i = 0; i < 2; i++) {
        const double* f = filters[i];
        double br = f[0] + f[1] * cos(w) + f[2] * cos(2 * w), bi = f[1] * sin(w) + f[2] * sin(2 * w);
        double ar = 1.0 + f[3] * cos(w) + f[4] * cos(2 * w), ai = f[3] * sin(w) + f[4] * sin(2 * w);
        power *= (br * br + bi * bi) / (ar * ar + ai * ai);
    }
    return power;
}

double pink_power(const float* power, double rate_hz)
{
    double sum = 0.0, all = 0.0;
    for (double hz = 20.5; hz < 20000.0; hz *= 1.005) { /* steps of equal power of pink noise */
        double weight = k_weight(hz);
        sum += weight * power_at(power, rate_hz, hz);
        all += weight;
    }
    return sum / all;
}

void even_directions(pinna_vec3* out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double z = 1.0 - (2.0 * (double)i + 1.0) / (double)count, r = sqrt(1.0 - z * z),
               turn = (double)i * PI * (3.0 - sqrt(5.0));
        out[i] = (pinna_vec3){(float)(r * cos(turn)), (float)(r * sin(turn)), (float)z};
    }
}

static const double laterals_deg[SAGITTAL_LATERALS] = {-30, -15, 0, 15, 30};

static double polar_deg(int polar)
{
    return -30.0 + 5.0 * polar;
}

void sagittal_directions(pinna_vec3 out[SAGITTAL_COUNT])
{
    for (int l = 0; l < SAGITTAL_LATERALS; l++)
        for (int p = 0; p < SAGITTAL_POLARS; p++) {
            double lateral = laterals_deg[l] * PI / 180.0, polar = polar_deg(p) * PI / 180.0;
            out[l * SAGITTAL_POLARS + p] = (pinna_vec3){(float)(cos(lateral) * cos(polar)), (float)sin(lateral),
                                                        (float)(cos(lateral) * sin(polar))};
        }
}

/* Glasberg and Moore 1990. */
static double erb_number(double hz)
{
    return 21.4 * log10(4.37e-3 * hz + 1.0);
}

static double erb_hz(double number)
{
    return (pow(10.0, number / 21.4) - 1.0) / 4.37e-3;
}

/* A gammatone filter's weights by bin; they sum to 1. */
static void gammatone(double weights[SPECTRUM_BINS], int band, double rate_hz)
{
    double centre = erb_hz(erb_number(700.0) + band), width = 1.019 * 24.7 * (4.37e-3 * centre + 1.0), sum = 0.0;
    for (int k = 0; k < SPECTRUM_BINS; k++) {
        double x = (k * rate_hz / SPECTRUM_SIZE - centre) / width;
        weights[k] = pow(1.0 + x * x, -4.0);
        sum += weights[k];
    }
    for (int k = 0; k < SPECTRUM_BINS; k++)
        weights[k] /= sum;
}

static double weighted_db(const double* weights, const float* power)
{
    double sum = 1e-12;
    for (int k = 0; k < SPECTRUM_BINS; k++)
        sum += weights[k] * power[k];
    return 10.0 * log10(sum);
}

void sagittal_edges_of(const float* power, const float* average, size_t average_count, double rate_hz,
                       sagittal_edges* out)
{
    double weights[SPECTRUM_BINS];
    double(*before)[2] = calloc(SAGITTAL_COUNT, sizeof *before);
    for (int band = 0; band < SAGITTAL_BANDS; band++) {
        double mean[2] = {0};
        gammatone(weights, band, rate_hz);
        for (size_t row = 0; row < 2 * average_count; row++)
            mean[row % 2] += weighted_db(weights, average + row * SPECTRUM_BINS) / (double)average_count;
        for (size_t row = 0; row < 2 * SAGITTAL_COUNT; row++) {
            double level = weighted_db(weights, power + row * SPECTRUM_BINS) - mean[row % 2];
            if (band > 0) out->edges[row / 2][row % 2][band - 1] = (float)fmax(0.0, level - before[row / 2][row % 2]);
            before[row / 2][row % 2] = level;
        }
    }
    free(before);
}

/* How alike what is heard is to a direction known: both ears, the nearer one more. */
static double similarity(const sagittal_edges* heard, int target, const sagittal_edges* known, int answer,
                         double lateral_deg, double sensitivity)
{
    double sum = 0.0, left = 1.0 / (1.0 + exp(-lateral_deg / 13.0));
    for (int ear = 0; ear < 2; ear++) {
        double distance = 0.0;
        for (int band = 0; band < SAGITTAL_BANDS - 1; band++)
            distance += fabs((double)heard->edges[target][ear][band] - (double)known->edges[answer][ear][band]);
        distance /= SAGITTAL_BANDS - 1;
        sum += (ear == 0 ? left : 1.0 - left) * (1.0 - 1.0 / (1.0 + exp(-6.0 * (distance - sensitivity))));
    }
    return sum + 1e-12;
}

/* The hand that points scatters by 17 degrees. */
static double wrong_share(const double alike[SAGITTAL_POLARS], int target, double lateral_deg)
{
    double wrong = 0.0, all = 0.0, scatter = 17.0 / cos(lateral_deg * PI / 180.0);
    for (int answer = 0; answer < SAGITTAL_POLARS; answer++) {
        double chance = 0.0;
        for (int p = 0; p < SAGITTAL_POLARS; p++)
            chance += alike[p] * exp(-0.5 * pow((polar_deg(p) - polar_deg(answer)) / scatter, 2.0));
        if (fabs(remainder(polar_deg(answer) - polar_deg(target), 360.0)) > 90.0) wrong += chance;
        all += chance;
    }
    return wrong / all;
}

double quadrant_errors_percent(const sagittal_edges* heard, const sagittal_edges* known, double sensitivity)
{
    double sum = 0.0, alike[SAGITTAL_POLARS];
    for (int l = 0; l < SAGITTAL_LATERALS; l++)
        for (int target = 0; target < SAGITTAL_POLARS; target++) {
            int first = l * SAGITTAL_POLARS;
            for (int p = 0; p < SAGITTAL_POLARS; p++)
                alike[p] = similarity(heard, first + target, known, first + p, laterals_deg[l], sensitivity);
            sum += wrong_share(alike, target, laterals_deg[l]);
        }
    return 100.0 * sum / SAGITTAL_COUNT;
}
