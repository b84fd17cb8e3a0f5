/* SPDX-License-Identifier: MIT */
#include "common.h"

#include <pinna/sofa.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PI 3.14159265358979323846

static double clock_s(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_thread_s(void)
{
    return clock_s(CLOCK_THREAD_CPUTIME_ID);
}

double bench_process_s(void)
{
    return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

static int compare(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

double bench_median(double* values, size_t count)
{
    if (!count) return 0;
    qsort(values, count, sizeof *values, compare);
    return 0.5 * (values[(count - 1) / 2] + values[count / 2]);
}

bench_fit bench_fit_line(const double* x, const double* y, size_t count)
{
    double sum = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, mean = 0, left = 0, all = 0;
    for (size_t i = 0; i < count; i++) {
        double w = 1 / (y[i] * y[i]);
        sum += w;
        sx += w * x[i];
        sy += w * y[i];
        sxx += w * x[i] * x[i];
        sxy += w * x[i] * y[i];
        mean += y[i] / (double)count;
    }
    bench_fit fit = {.slope = (sum * sxy - sx * sy) / (sum * sxx - sx * sx)};
    fit.intercept = (sy - fit.slope * sx) / sum;
    for (size_t i = 0; i < count; i++) {
        left += pow(y[i] - fit.intercept - fit.slope * x[i], 2);
        all += pow(y[i] - mean, 2);
    }
    fit.r_squared = 1 - left / all;
    return fit;
}

const char* bench_machine(void)
{
    static char name[128] = "unknown processor";
    char line[256];
    FILE* file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        char* colon = strstr(line, ": ");
        if (strncmp(line, "model name", 10) || !colon) continue;
        colon[strcspn(colon, "\n")] = 0;
        snprintf(name, sizeof name, "%s", colon + 2);
        break;
    }
    if (file) fclose(file);
    return name;
}

const char* bench_load(void)
{
    static char load[64];
    double recent[3] = {0};
    FILE* file = fopen("/proc/loadavg", "r");
    int found = file ? fscanf(file, "%lf %lf %lf", &recent[0], &recent[1], &recent[2]) : 0;
    if (file) fclose(file);
    if (found == 3)
        snprintf(load, sizeof load, "%.2f %.2f %.2f", recent[0], recent[1], recent[2]);
    else
        snprintf(load, sizeof load, "unknown");
    return load;
}

void bench_fail(const char* what, const char* why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

pinna_hrtf* bench_load_hrtf(const char* sofa, uint32_t tap_count)
{
    static pinna_report report;
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_hrtf* hrtf = NULL;
    config.sample_rate_hz = BENCH_RATE_HZ;
    config.tap_count = tap_count;
    pinna_status status = pinna_sofa_load_hrtf(sofa, &config, &report, &hrtf);
    if (status) bench_fail(sofa ? sofa : "default set", pinna_status_string(status));
    return hrtf;
}

/* Marsaglia's xorshift: every run has the same scene. Uniform from 0 up to 1. */
static double random_unit(uint32_t* state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return (double)*state / 4294967296.0;
}

/* Anywhere on the sphere, 1 to 4 m away, 20 to 200 degrees per second either way round. */
static bench_orbit random_orbit(uint32_t* state, uint32_t block_frames)
{
    double azimuth = 2 * PI * random_unit(state), height = 2 * random_unit(state) - 1;
    double distance_m = 1 + 3 * random_unit(state), turn_deg = 20 + 180 * random_unit(state);
    double step = turn_deg * PI / 180 * block_frames / BENCH_RATE_HZ, flat = sqrt(1 - height * height);
    if (random_unit(state) < 0.5) step = -step;
    return (bench_orbit){(float)(distance_m * flat * cos(azimuth)), (float)(distance_m * flat * sin(azimuth)),
                         (float)(distance_m * height), (float)cos(step), (float)sin(step)};
}

void bench_scene_init(bench_scene* scene, uint32_t source_count, uint32_t block_frames, bool moving)
{
    uint32_t state = 1;
    *scene = (bench_scene){.source_count = source_count, .block_frames = block_frames, .moving = moving};
    scene->gain = 0.25f / sqrtf((float)source_count);
    scene->orbits = malloc(source_count * sizeof *scene->orbits);
    if (!scene->orbits) bench_fail("scene", "out of memory");
    for (uint32_t i = 0; i < source_count; i++) scene->orbits[i] = random_orbit(&state, block_frames);
    for (int n = 0; n < BENCH_NOISE_COUNT; n++) {
        float* noise = scene->noise[n] = malloc((BENCH_NOISE_FRAMES + BENCH_MAX_BLOCK) * sizeof *noise);
        if (!noise) bench_fail("scene", "out of memory");
        for (int i = 0; i < BENCH_NOISE_FRAMES; i++) noise[i] = (float)(2 * random_unit(&state) - 1);
        memcpy(noise + BENCH_NOISE_FRAMES, noise, BENCH_MAX_BLOCK * sizeof *noise);
    }
}

void bench_scene_free(bench_scene* scene)
{
    free(scene->orbits);
    for (int n = 0; n < BENCH_NOISE_COUNT; n++) free(scene->noise[n]);
    *scene = (bench_scene){0};
}

size_t bench_parse_list(const char* text, uint32_t* values, size_t capacity, uint32_t highest)
{
    size_t count = 0;
    for (const char* at = text; count < capacity;) {
        char* end;
        unsigned long value = strtoul(at, &end, 10);
        bool good = end != at && value >= 1 && value <= highest && (!*end || *end == ',');
        if (!good) bench_fail(text, "not a list of numbers, or one out of range");
        values[count++] = (uint32_t)value;
        if (!*end) return count;
        at = end + 1;
    }
    bench_fail(text, "too many numbers");
}
