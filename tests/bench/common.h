/* SPDX-License-Identifier: MIT */
/* What the benchmarks share: clocks, medians, the machine's name, a scene of circling sources. */
#ifndef PINNA_BENCH_COMMON_H
#define PINNA_BENCH_COMMON_H

#include <pinna/hrtf.h>

#include <stdio.h>

enum { BENCH_RATE_HZ = 48000, BENCH_NOISE_COUNT = 16, BENCH_NOISE_FRAMES = 16384, BENCH_MAX_BLOCK = 8192 };

/** CPU time of the calling thread. */
double bench_thread_s(void);

/** CPU time of all threads of the process. */
double bench_process_s(void);

/** Sorts the values. */
double bench_median(double* values, size_t count);

/** y = intercept + slope x by least squares, each point weighted by 1 / y so that small ones count as much. */
typedef struct bench_fit {
    double intercept, slope;
    double r_squared; /**< Of y, unweighted. */
} bench_fit;

bench_fit bench_fit_line(const double* x, const double* y, size_t count);

/** As /proc/cpuinfo names it. */
const char* bench_machine(void);

/** As /proc/loadavg has it; neighbours disturb. */
const char* bench_load(void);

/** Prints an error and ends the program. */
_Noreturn void bench_fail(const char* what, const char* why);

/** @param sofa NULL: the default set. @param tap_count 0: the default length. Ends the program on failure. */
pinna_hrtf* bench_load_hrtf(const char* sofa, uint32_t tap_count);

/** A source on its circle around the vertical axis. AES69 axes, metres. */
typedef struct bench_orbit {
    float x, y, z;
    float cosine, sine; /**< Of the step taken per block. */
} bench_orbit;

/** What every renderer is given. Sources share a few noises: it is renderers that are measured, not their inputs. */
typedef struct bench_scene {
    uint32_t source_count, block_frames;
    bool moving;
    bench_orbit* orbits;
    float* noise[BENCH_NOISE_COUNT]; /**< [BENCH_NOISE_FRAMES + BENCH_MAX_BLOCK] the beginning once more at the end. */
    float gain;
} bench_scene;

/** The same scene for the same arguments. Ends the program without memory. */
void bench_scene_init(bench_scene* scene, uint32_t source_count, uint32_t block_frames, bool moving);
void bench_scene_free(bench_scene* scene);

/** Where a source is a block later. */
static inline pinna_vec3 bench_orbit_step(bench_orbit* orbit)
{
    float x = orbit->x * orbit->cosine - orbit->y * orbit->sine;
    orbit->y = orbit->x * orbit->sine + orbit->y * orbit->cosine;
    orbit->x = x;
    return (pinna_vec3){orbit->x, orbit->y, orbit->z};
}

/** Splits "1,4,16" into numbers; ends the program where they are not. @return how many. */
size_t bench_parse_list(const char* text, uint32_t* values, size_t capacity, uint32_t highest);

#endif
