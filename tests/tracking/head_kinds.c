/* SPDX-License-Identifier: MIT */
#include "head_traces.h"
#include "dice.h"

#include <math.h>
#include <stdlib.h>

enum { STEP_HZ = 500, SECONDS = 60, STEPS = STEP_HZ * SECONDS };

/* ---- How heads move ---- */

/* Yaw, pitch and roll on a fine grid; movements add up. */
typedef struct angles {
    double deg[3][STEPS];
} angles;

typedef double profile(double u);

/* Reaching with the least jerk, as hands and heads do (Flash and Hogan 1985). */
static double smooth(double u)
{
    return u * u * u * (10 - 15 * u + 6 * u * u);
}

/* Quick to start, slow to settle: large gaze shifts. */
static double skewed(double u)
{
    return smooth(pow(u, 0.65));
}

static double even(double u)
{
    return u;
}

static double at_once(double u)
{
    return u > 0 ? 1 : 0;
}

static void add_turn(angles* a, int axis, double start_s, double duration_s, double by_deg, profile* shape)
{
    for (int i = (int)ceil(fmax(0, start_s) * STEP_HZ); i < STEPS; i++)
        a->deg[axis][i] += by_deg * shape(fmin(1, ((double)i / STEP_HZ - start_s) / duration_s));
}

static void add_swing(angles* a, int axis, double amplitude_deg, double hz, double phase)
{
    for (int i = 0; i < STEPS; i++)
        a->deg[axis][i] += amplitude_deg * sin(6.283185307 * hz * i / STEP_HZ + phase);
}

static double between(dice* d, double low, double high)
{
    return low + (high - low) * roll_unit(d);
}

/* Wandering: noise through three low passes, so that even its acceleration is smooth. */
static void add_wander(angles* a, int axis, double rms_deg, double time_s, dice* d)
{
    double low[3] = {0}, keep = exp(-1.0 / (STEP_HZ * time_s)), square = 0;
    double* x = malloc(STEPS * sizeof *x);
    for (int i = -STEPS / 10; i < STEPS; i++) {
        double in = roll_normal(d);
        for (int k = 0; k < 3; k++)
            in = low[k] += (1 - keep) * (in - low[k]);
        if (i < 0) continue;
        x[i] = in;
        square += in * in;
    }
    for (int i = 0; i < STEPS; i++)
        a->deg[axis][i] += x[i] * rms_deg / sqrt(square / STEPS);
    free(x);
}

/* From one point of interest to another: turns of low to high speed, pauses between. */
static void add_glances(angles* a, dice* d, double pause_low_s, double pause_high_s, double most_deg,
                        double deg_per_s, profile* shape)
{
    double yaw = 0, pitch = 0;
    for (double t = between(d, 0.2, 1); t < SECONDS;) {
        double to_yaw = between(d, -most_deg, most_deg), to_pitch = between(d, -0.3, 0.3) * most_deg;
        double far = hypot(to_yaw - yaw, to_pitch - pitch), lasts_s = 0.2 + far / deg_per_s * between(d, 0.7, 1.4);
        add_turn(a, 0, t, lasts_s, to_yaw - yaw, shape);
        add_turn(a, 1, t + between(d, 0, 0.05), lasts_s, to_pitch - pitch, shape);
        add_turn(a, 2, t, lasts_s, (to_yaw - yaw) * 0.05, shape);
        yaw = to_yaw;
        pitch = to_pitch;
        t += lasts_s + between(d, pause_low_s, pause_high_s);
    }
}

/* ---- Kinds ---- */

static void to_path(angles* a, head_path* path)
{
    path->count = STEPS;
    path->time_s = malloc(STEPS * sizeof *path->time_s);
    path->pose = malloc(STEPS * sizeof *path->pose);
    for (int i = 0; i < STEPS; i++) {
        path->time_s[i] = (double)i / STEP_HZ;
        path->pose[i] = pinna_quat_from_yaw_pitch_roll((float)a->deg[0][i], (float)a->deg[1][i], (float)a->deg[2][i]);
    }
    free(a);
}

static angles* begin(uint64_t seed, dice* d)
{
    *d = (dice){seed};
    return calloc(1, sizeof(angles));
}

static void looking_round(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    add_glances(a, &d, 0.3, 1.5, 70, 140, smooth);
    for (int axis = 0; axis < 3; axis++)
        add_wander(a, axis, 0.5, 0.3, &d);
    to_path(a, path);
}

/* Mostly still, as people are: a glance every few seconds, sway between. */
static void mostly_still(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    add_glances(a, &d, 3, 9, 40, 110, skewed);
    for (int axis = 0; axis < 3; axis++)
        add_wander(a, axis, 0.3, 0.4, &d);
    to_path(a, path);
}

static void never_moving(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    a->deg[0][0] = 0;
    add_turn(a, 0, -1, 0.5, 20, at_once);
    add_turn(a, 1, -1, 0.5, 10, at_once);
    to_path(a, path);
}

static void breathing(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    add_swing(a, 1, 0.3, 0.27, 0);
    for (int axis = 0; axis < 3; axis++)
        add_wander(a, axis, 0.25, 0.4, &d);
    to_path(a, path);
}

static void swaying(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    add_swing(a, 0, 40, 0.49, 0);
    add_swing(a, 1, 10, 0.8, 1);
    add_swing(a, 2, 5, 0.3, 0);
    to_path(a, path);
}

static void wander_about(uint64_t seed, const double rms_deg[3], const double time_s[3], head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    for (int axis = 0; axis < 3; axis++)
        add_wander(a, axis, rms_deg[axis], time_s[axis], &d);
    to_path(a, path);
}

/* After something that flies about. */
static void pursuing(uint64_t seed, head_path* path)
{
    wander_about(seed, (const double[]){45, 15, 4}, (const double[]){0.35, 0.35, 0.3}, path);
}

static void dancing(uint64_t seed, head_path* path)
{
    wander_about(seed, (const double[]){25, 15, 8}, (const double[]){0.1, 0.08, 0.08}, path);
}

/* Yes and no: bursts of two to three swings a second that grow and die away. */
static void nodding(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    for (double t = 1; t < SECONDS - 3; t += between(&d, 2, 5)) {
        int axis = roll_unit(&d) < 0.6 ? 1 : 0;
        double hz = between(&d, 1.5, 3), size = between(&d, 4, 15), lasts_s = between(&d, 0.8, 2);
        for (int i = (int)(t * STEP_HZ); i < (int)((t + lasts_s) * STEP_HZ) && i < STEPS; i++) {
            double u = ((double)i / STEP_HZ - t) / lasts_s;
            a->deg[axis][i] += size * sin(3.14159265 * u) * sin(6.283185307 * hz * u * lasts_s);
        }
    }
    add_wander(a, 0, 3, 0.5, &d);
    to_path(a, path);
}

/* The head bobs twice per stride and leans once (Pozzo and others 1990 give a few degrees). */
static void walking(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    add_swing(a, 1, 2, 1.9, 0.3);
    add_swing(a, 2, 1, 0.95, 0);
    add_swing(a, 0, 2, 0.95, 1);
    add_glances(a, &d, 1, 4, 60, 120, smooth);
    to_path(a, path);
}

/* A machine's head: starts and stops at once. */
static void stopping(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    double at = 0;
    for (double t = 1; t < SECONDS;) {
        double to = between(&d, -70, 70), speed = between(&d, 60, 200), lasts_s = fabs(to - at) / speed + 0.02;
        add_turn(a, 0, t, lasts_s, to - at, even);
        at = to;
        t += lasts_s + between(&d, 0.3, 2.5);
    }
    to_path(a, path);
}

static void stopping_evenly(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    for (int i = 0; i < SECONDS / 2; i++)
        add_turn(a, 0, 2 * i, 0.5, i % 2 ? -60 : 60, even);
    to_path(a, path);
}

/* A tracker that loses the head and finds it elsewhere, or a mouse that is set to angles. */
static void jumping(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    double at = 0;
    for (double t = 1; t < SECONDS; t += between(&d, 0.5, 3)) {
        double to = between(&d, -60, 60);
        add_turn(a, 0, t, 1, to - at, at_once);
        at = to;
    }
    to_path(a, path);
}

static void jumping_60(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    for (int i = 0; i < SECONDS; i++)
        add_turn(a, 0, i + 0.5, 1, i % 2 ? -60 : 60, at_once);
    to_path(a, path);
}

/* Shooters: at the foe in a fifth of a second, a small correction, wait. */
static void flicking(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    double at = 0;
    for (double t = 1; t < SECONDS;) {
        double to = between(&d, -90, 90), lasts_s = between(&d, 0.15, 0.3), short_of = 0.1 * (to - at);
        add_turn(a, 0, t, lasts_s, to - at - short_of, skewed);
        add_turn(a, 1, t, lasts_s, between(&d, -8, 8), smooth);
        add_turn(a, 0, t + lasts_s + 0.08, 0.15, short_of, smooth);
        at = to;
        t += lasts_s + between(&d, 0.4, 2);
    }
    add_wander(a, 1, 2, 0.2, &d);
    to_path(a, path);
}

/* Round and round across the seam at 180 degrees. */
static void spinning(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    add_turn(a, 0, 0, 20, 900, smooth);
    add_turn(a, 0, 22, 30, -1400, smooth);
    add_wander(a, 0, 15, 0.3, &d);
    add_swing(a, 1, 20, 0.3, 0);
    to_path(a, path);
}

/* Looking straight up, where yaw and roll are one. */
static void at_the_zenith(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    add_turn(a, 1, -1, 0.5, 84, at_once);
    add_wander(a, 1, 5, 0.3, &d);
    add_wander(a, 0, 30, 0.3, &d);
    to_path(a, path);
}

/* Trapezoids of speed: a motor's idea of a soft start. */
static double trapezoid(double u)
{
    const double ramp = 0.25;
    if (u < ramp) return u * u / (2 * ramp * (1 - ramp));
    if (u > 1 - ramp) return 1 - (1 - u) * (1 - u) / (2 * ramp * (1 - ramp));
    return (u - 0.5 * ramp) / (1 - ramp);
}

static void turning_like_a_motor(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    add_glances(a, &d, 0.2, 2, 80, 150, trapezoid);
    to_path(a, path);
}

/* A game: flicks, glances, walking, long waits, one after the other. */
static void playing(uint64_t seed, head_path* path)
{
    dice d;
    angles* a = begin(seed, &d);
    double at = 0;
    for (double t = 2; t < SECONDS;) {
        double by = between(&d, -50, 50);
        bool quick = roll_unit(&d) < 0.5;
        double lasts_s = quick ? between(&d, 0.12, 0.25) : between(&d, 0.4, 1.2);
        if (fabs(at + by) > 100) by = -by;
        add_turn(a, 0, t, lasts_s, by, roll_unit(&d) < 0.5 ? smooth : skewed);
        at += by;
        t += lasts_s + (roll_unit(&d) < 0.25 ? between(&d, 3, 6) : between(&d, 0.05, 0.8));
    }
    add_wander(a, 1, 4, 0.25, &d);
    add_swing(a, 2, 0.5, 1.0, 0);
    to_path(a, path);
}

const head_kind head_kinds[] = {
    {"looking round", looking_round, {.rate_hz = 60, .noise_deg = 0.02}, false, 0.15, 0.24, 1.10},
    {"looking round, 0.1 deg steps", looking_round, {.rate_hz = 60, .quantum_deg = 0.1}, false, 0.15, 0.24, 1.10},
    {"looking round, noisy", looking_round, {.rate_hz = 100, .noise_deg = 0.3}, false, 0.41, 0.46, 1.10},
    {"looking round, 30 Hz", looking_round, {.rate_hz = 30, .noise_deg = 0.05}, false, 0.19, 0.28, 1.10},
    {"looking round, lossy", looking_round,
     {.rate_hz = 100, .noise_deg = 0.05, .loss = 0.2, .jitter_s = 0.004, .hole_s = 0.15},
     false, 0.23, 0.33, 1.10},
    {"looking round, camera", looking_round,
     {.rate_hz = 250, .noise_deg = 0.05, .camera_hz = 30}, false, 0.53, 0.52, 1.10},
    {"mostly still", mostly_still, {.rate_hz = 60, .noise_deg = 0.03}, false, 0.36, 0.48, 1.20},
    {"mostly still, 0.1 deg steps", mostly_still, {.rate_hz = 60, .quantum_deg = 0.1}, false, 0.32, 0.44, 1.15},
    {"mostly still, noisy", mostly_still, {.rate_hz = 120, .noise_deg = 0.3}, false, 0.79, 0.79, 1.10},
    {"never moving, 0.1 deg of noise", never_moving, {.rate_hz = 60, .noise_deg = 0.1}, false, 0.79, 0.79, 1.10},
    {"never moving, 0.5 deg of noise", never_moving, {.rate_hz = 200, .noise_deg = 0.5}, false, 0.79, 0.79, 1.10},
    {"never moving, 1 deg steps", never_moving,
     {.rate_hz = 100, .noise_deg = 0.1, .quantum_deg = 1.0, .drift_deg_per_s = 0.2},
     false, 1.02, 1.02, 1.10},
    {"breathing", breathing, {.rate_hz = 100, .noise_deg = 0.05}, false, 0.87, 0.88, 1.10},
    {"breathing, 0.1 deg steps", breathing, {.rate_hz = 100, .quantum_deg = 0.1}, false, 1.02, 0.98, 1.10},
    {"swaying", swaying, {.rate_hz = 60, .noise_deg = 0.1}, false, 0.14, 0.15, 1.10},
    {"pursuing", pursuing, {.rate_hz = 90, .noise_deg = 0.1}, false, 0.21, 0.28, 1.10},
    {"nodding", nodding, {.rate_hz = 60, .noise_deg = 0.05}, false, 0.32, 0.48, 1.10},
    {"walking", walking, {.rate_hz = 60, .noise_deg = 0.05}, false, 0.25, 0.36, 1.10},
    {"stopping", stopping, {.rate_hz = 60, .noise_deg = 0.02}, false, 0.36, 0.47, 1.10},
    {"stopping, 200 Hz", stopping, {.rate_hz = 200, .noise_deg = 0.05}, false, 0.36, 0.47, 1.10},
    {"stopping evenly", stopping_evenly, {.rate_hz = 60}, false, 0.38, 0.46, 1.10},
    {"jumping", jumping, {.rate_hz = 60, .noise_deg = 0.02}, false, 1.02, 1.02, 1.10},
    {"jumping by 60", jumping_60, {.rate_hz = 100}, false, 1.02, 1.02, 1.10},
    {"flicking", flicking, {.rate_hz = 90, .noise_deg = 0.03}, false, 0.45, 0.69, 1.10},
    {"spinning", spinning, {.rate_hz = 60, .noise_deg = 0.05}, false, 0.13, 0.16, 1.10},
    {"at the zenith", at_the_zenith, {.rate_hz = 60, .noise_deg = 0.05}, false, 0.21, 0.30, 1.10},
    /* Held out: other kinds, trackers and dice. */
    {"dancing, 1000 Hz", dancing, {.rate_hz = 1000, .noise_deg = 0.05}, true, 0.43, 0.67, 1.10},
    {"dancing, 0.5 deg steps", dancing, {.rate_hz = 75, .quantum_deg = 0.5}, true, 0.49, 0.71, 1.10},
    {"turning like a motor", turning_like_a_motor, {.rate_hz = 120, .noise_deg = 0.05}, true, 0.16, 0.23, 1.10},
    {"turning like a motor, 25 Hz", turning_like_a_motor,
     {.rate_hz = 25, .noise_deg = 0.1, .jitter_s = 0.01}, true, 0.28, 0.32, 1.10},
    {"playing", playing, {.rate_hz = 60, .noise_deg = 0.05}, true, 0.50, 0.75, 1.10},
    {"playing, 0.1 deg steps, lossy", playing,
     {.rate_hz = 72, .quantum_deg = 0.1, .loss = 0.1, .hole_s = 0.3}, true, 0.53, 0.75, 1.10},
    {"playing, noisy, 500 Hz", playing, {.rate_hz = 500, .noise_deg = 0.2}, true, 0.68, 0.85, 1.20},
    {"stopping, 30 Hz", stopping, {.rate_hz = 30, .noise_deg = 0.05}, true, 0.43, 0.54, 1.10},
    {"stopping, 1000 Hz", stopping, {.rate_hz = 1000, .noise_deg = 0.02}, true, 0.37, 0.49, 1.10},
    {"jumping, 250 Hz", jumping, {.rate_hz = 250, .noise_deg = 0.1}, true, 1.02, 1.02, 1.10},
    {"jumping, 30 Hz, 0.1 deg steps", jumping, {.rate_hz = 30, .quantum_deg = 0.1}, true, 1.02, 1.02, 1.45},
    {"mostly still, drifting camera", mostly_still,
     {.rate_hz = 200, .camera_hz = 60, .noise_deg = 0.1, .drift_deg_per_s = 0.3},
     true, 0.62, 0.68, 1.25},
    {"breathing, 0.3 deg of noise", breathing, {.rate_hz = 60, .noise_deg = 0.3}, true, 0.81, 0.82, 1.10},
    {"flicking, 30 Hz", flicking, {.rate_hz = 30, .noise_deg = 0.1}, true, 0.61, 0.81, 1.10},
};
const int head_kind_count = sizeof head_kinds / sizeof *head_kinds;

const head_variant head_variants[] = {
    {"as it is", 1, false, false, {.noise_deg = 0}, 0.35, 0.42},
    {"half speed", 0.5, false, false, {.noise_deg = 0}, 0.35, 0.42},
    {"1.5 times the speed", 1.5, false, false, {.noise_deg = 0}, 0.35, 0.42},
    {"double speed", 2, false, false, {.noise_deg = 0}, 0.35, 0.42},
    {"double speed, backwards", 2, true, false, {.noise_deg = 0}, 0.35, 0.42},
    {"double speed at 60 Hz", 2, false, false, {.rate_hz = 60}, 0.35, 0.42},
    {"backwards", 1, true, false, {.noise_deg = 0}, 0.35, 0.42},
    {"axes swapped", 1, false, true, {.noise_deg = 0}, 0.35, 0.42},
    {"30 Hz", 1, false, false, {.rate_hz = 30}, 0.35, 0.42},
    {"120 Hz, 0.1 deg of noise", 1, false, false, {.rate_hz = 120, .noise_deg = 0.1}, 0.35, 0.42},
    {"0.05 deg of noise", 1, false, false, {.noise_deg = 0.05}, 0.35, 0.42},
    {"0.1 deg of noise", 1, false, false, {.noise_deg = 0.1}, 0.35, 0.42},
    {"0.3 deg of noise", 1, false, false, {.noise_deg = 0.3}, 0.48, 0.46},
    {"0.5 deg of noise", 1, false, false, {.noise_deg = 0.5}, 0.58, 0.52},
    {"0.5 deg steps", 1, false, false, {.quantum_deg = 0.5}, 0.38, 0.42},
    {"5 ms of jitter", 1, false, false, {.jitter_s = 0.005}, 0.35, 0.42},
    {"15 % lost, and holes", 1, false, false, {.loss = 0.15, .hole_s = 0.2}, 0.35, 0.42},
    {"drifting", 1, false, false, {.drift_deg_per_s = 1}, 0.35, 0.42},
};
const int head_variant_count = sizeof head_variants / sizeof *head_variants;

head_path head_path_make(const head_kind* kind)
{
    head_path path = {0};
    kind->move(kind->held_out ? 314159 : 5, &path);
    return path;
}
