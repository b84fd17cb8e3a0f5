/* SPDX-License-Identifier: MIT */
#include "heads.h"

#include "hrtf/metrics.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

pinna_vec3* spiral_grid(uint32_t count)
{
    pinna_vec3* grid = malloc(count * sizeof *grid);
    for (uint32_t i = 0; i < count; i++) {
        double z = 1.0 - (2.0 * i + 1.0) / count, r = sqrt(1.0 - z * z), angle = i * PI * (3.0 - sqrt(5.0));
        grid[i] = (pinna_vec3){(float)(r * cos(angle)), (float)(r * sin(angle)), (float)z};
    }
    return grid;
}

pinna_vec3* ring_grid(double step_deg, double lowest_deg, uint32_t* count)
{
    uint32_t around = (uint32_t)lround(360.0 / step_deg), most = around * (uint32_t)(180.0 / step_deg + 2.0);
    pinna_vec3* grid = malloc(most * sizeof *grid);
    *count = 0;
    for (double elevation = lowest_deg; elevation <= 90.001; elevation += step_deg) {
        uint32_t points = fabs(elevation) > 89.999 ? 1 : around;
        for (uint32_t i = 0; i < points; i++)
            grid[(*count)++] = pinna_direction_from_spherical((float)(i * step_deg), (float)elevation);
    }
    return grid;
}

pinna_vec3* random_grid(uint32_t count, unsigned seed)
{
    pinna_vec3* grid = malloc(count * sizeof *grid);
    for (uint32_t i = 0; i < count;) {
        double c[3];
        for (int k = 0; k < 3; k++) {
            seed = seed * 1664525u + 1013904223u;
            c[k] = (seed >> 8) / 8388608.0 - 1.0;
        }
        double length = sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2]);
        if (length > 0.1 && length < 1.0)
            grid[i++] = pinna_vec3_normalize((pinna_vec3){(float)c[0], (float)c[1], (float)c[2]});
    }
    return grid;
}

head usual_head(void)
{
    return (head){.rate_hz = 48000, .tap_count = 256, .onset_s = 1e-3, .radius_m = 0.0875, .gain = 1.0f};
}

double head_delay_s(const head* h, pinna_vec3 direction, int ear)
{
    double y = pinna_vec3_normalize(direction).y, cosine = fmax(-1.0, fmin(1.0, ear == PINNA_LEFT ? y : -y));
    double path = cosine >= 0.0 ? -cosine : acos(cosine) - 0.5 * PI;
    return h->onset_s + h->radius_m / 343.0 * path;
}

/* A pulse at any time: a windowed sinc, 32 samples long. */
static void add_pulse(float* row, uint32_t tap_count, double time, double gain)
{
    for (uint32_t n = 0; n < tap_count; n++) {
        double x = n - time;
        if (fabs(x) >= 16.0) continue;
        double sinc = fabs(x) < 1e-9 ? 1.0 : sin(PI * x) / (PI * x);
        row[n] += (float)(gain * sinc * (0.5 + 0.5 * cos(PI * x / 16.0)));
    }
}

/* Minimum phase but for the delay: shadow by one pole and zero (Brown and Duda 1998), one reflection of the pinna that
   moves with elevation. */
static void measure_ear(const head* h, pinna_vec3 d, int ear, float* row)
{
    double y = fmax(-1.0, fmin(1.0, ear == PINNA_LEFT ? (double)d.y : -(double)d.y));
    double shadow = 1.05 + 0.95 * cos(acos(y) * 180.0 / 150.0);
    double start = head_delay_s(h, d, ear) * h->rate_hz;
    add_pulse(row, h->tap_count, start, (double)h->gain);
    add_pulse(row, h->tap_count, start + (6e-5 + 4e-5 * d.z) * h->rate_hz, 0.4 * (double)h->gain);
    if (h->torso > 0.0) add_pulse(row, h->tap_count, start + 6e-4 * h->rate_hz, h->torso * (double)h->gain);
    double w = 2.0 * 343.0 / h->radius_m / (2.0 * h->rate_hz); /* bilinear (1 + shadow s) / (1 + s) */
    double b0 = (w + shadow) / (w + 1.0), b1 = (w - shadow) / (w + 1.0), a1 = (w - 1.0) / (w + 1.0);
    double before = 0.0, out = 0.0;
    for (uint32_t n = 0; n < h->tap_count; n++) {
        out = b0 * (double)row[n] + b1 * before - a1 * out;
        before = row[n];
        row[n] = (float)out;
    }
}

pinna_measured_set head_measure(const head* h, const pinna_vec3* positions, uint32_t count)
{
    float* hrirs = calloc((size_t)count * PINNA_EAR_COUNT * h->tap_count, sizeof *hrirs);
    pinna_vec3* copy = malloc(count * sizeof *copy);
    memcpy(copy, positions, count * sizeof *copy);
    for (uint32_t i = 0; i < count; i++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            measure_ear(h, pinna_vec3_normalize(positions[i]), ear,
                        hrirs + ((size_t)i * PINNA_EAR_COUNT + (size_t)ear) * h->tap_count);
    return (pinna_measured_set){h->rate_hz, count, h->tap_count, hrirs, NULL, copy};
}

pinna_measured_set head_measure_spiral(const head* h, uint32_t count)
{
    pinna_vec3* grid = spiral_grid(count);
    pinna_measured_set set = head_measure(h, grid, count);
    free(grid);
    return set;
}

void head_free(pinna_measured_set* set)
{
    free((void*)(uintptr_t)set->hrirs);
    free((void*)(uintptr_t)set->positions_m);
    *set = (pinna_measured_set){0};
}

pinna_hrtf* prepare_good(const pinna_measured_set* set, const pinna_prepare_config* config)
{
    static pinna_report report;
    pinna_prepare_config usual = pinna_prepare_config_default();
    pinna_hrtf* hrtf = NULL;
    memset(&report, 0, sizeof report);
    pinna_status status = pinna_hrtf_prepare(set, config ? config : &usual, &report, &hrtf);
    const char* error = pinna_report_error(&report);
    cr_assert_eq(status, PINNA_OK, "%s %s", pinna_status_string(status), error ? error : "");
    cr_assert_not_null(hrtf);
    return hrtf;
}

double lookup_itd_s(const pinna_hrtf* hrtf, pinna_vec3 direction)
{
    pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
    pinna_pool pool;
    pinna_metrics metrics;
    float delays[PINNA_EAR_COUNT];
    pinna_pool_init(&pool, pinna_allocator_default());
    float *left = pinna_pool_take(&pool, info.tap_count, sizeof *left),
          *right = pinna_pool_take(&pool, info.tap_count, sizeof *right);
    cr_assert(left && right && pinna_metrics_init(&metrics, &pool, info.tap_count, info.sample_rate_hz));
    pinna_hrtf_lookup(hrtf, direction, left, right, delays);
    double itd = pinna_metrics_itd_s(&metrics, left, right, info.tap_count) +
                 (double)(delays[PINNA_RIGHT] - delays[PINNA_LEFT]) / info.sample_rate_hz;
    pinna_pool_free(&pool);
    return itd;
}

bool report_has(const pinna_report* report, const char* name)
{
    for (uint32_t i = 0; i < report->count; i++)
        if (strcmp(report->entries[i].name, name) == 0) return true;
    return false;
}
