/* SPDX-License-Identifier: MIT */
#include "head_traces.h"
#include "dice.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Recordings ---- */

head_path head_path_load(const char* csv_file)
{
    head_path path = {0};
    FILE* file = fopen(csv_file, "r");
    if (!file) return path;
    char line[512];
    pinna_head_sample s;
    for (int room = 0; fgets(line, sizeof line, file);) {
        if (pinna_head_read_csv(line, strlen(line), &s)) continue;
        if (path.count && !(s.time_s > path.time_s[path.count - 1])) continue;
        if (path.count == room) {
            room = room ? 2 * room : 4096;
            path.time_s = realloc(path.time_s, (size_t)room * sizeof *path.time_s);
            path.pose = realloc(path.pose, (size_t)room * sizeof *path.pose);
        }
        path.time_s[path.count] = s.time_s;
        path.pose[path.count++] = s.orientation;
    }
    fclose(file);
    return path;
}

static pinna_quat swap_axes(pinna_quat q)
{
    return (pinna_quat){q.w, q.y, q.z, q.x};
}

head_path head_path_bend(const head_path* path, const head_variant* variant)
{
    head_path bent = {path->count, malloc((size_t)path->count * sizeof(double)),
                      malloc((size_t)path->count * sizeof(pinna_quat))};
    for (int i = 0; i < path->count; i++) {
        int from = variant->backwards ? path->count - 1 - i : i;
        double at_s = variant->backwards ? path->time_s[path->count - 1] - path->time_s[from] : path->time_s[from];
        bent.time_s[i] = at_s / variant->speed;
        bent.pose[i] = variant->axes_swapped ? swap_axes(path->pose[from]) : path->pose[from];
    }
    return bent;
}

void head_path_free(head_path* path)
{
    free(path->time_s);
    free(path->pose);
}

/* ---- Trackers ---- */

/* Along the shorter arc; `at` only moves forward. */
static pinna_quat between_samples(const double* time_s, const pinna_quat* pose, int count, double when_s, int* at)
{
    while (*at + 2 < count && time_s[*at + 1] <= when_s)
        (*at)++;
    double span = time_s[*at + 1] - time_s[*at];
    double share = span > 0 ? fmin(1, fmax(0, (when_s - time_s[*at]) / span)) : 0;
    return pinna_quat_slerp(pose[*at], pose[*at + 1], (float)share);
}

static pinna_quat spoil(const head_sensor* sensor, pinna_quat pose, double time_s, dice* d)
{
    float noise = (float)sensor->noise_deg, n[3];
    for (int axis = 0; axis < 3; axis++)
        n[axis] = noise > 0 ? noise * (float)roll_normal(d) : 0;
    pose = pinna_quat_multiply(pose, pinna_quat_from_yaw_pitch_roll(n[0], n[1], n[2]));
    float drift = (float)(sensor->drift_deg_per_s * time_s);
    pose = pinna_quat_normalize(pinna_quat_multiply(pinna_quat_from_yaw_pitch_roll(drift, 0, 0), pose));
    if (!(sensor->quantum_deg > 0)) return pose;
    float step = (float)sensor->quantum_deg, a[3];
    pinna_quat_to_yaw_pitch_roll(pose, &a[0], &a[1], &a[2]);
    for (int axis = 0; axis < 3; axis++)
        a[axis] = step * roundf(a[axis] / step);
    return pinna_quat_from_yaw_pitch_roll(a[0], a[1], a[2]);
}

static head_trace trace_with_room(int room)
{
    return (head_trace){0, malloc((size_t)room * sizeof(double)), malloc((size_t)room * sizeof(pinna_quat)),
                        malloc((size_t)room * sizeof(pinna_quat))};
}

head_trace head_trace_watch(const head_path* path, const head_sensor* sensor, uint64_t seed)
{
    dice d = {seed};
    double end_s = path->time_s[path->count - 1];
    int room = sensor->rate_hz > 0 ? (int)(end_s * sensor->rate_hz) + 1 : path->count;
    head_trace trace = trace_with_room(room);
    double taken_s = -1, hole_until_s = 0, next_hole_s = 2;
    pinna_quat seen = pinna_quat_identity();
    for (int i = 0, at = 0, truth_at = 0; i < room; i++) {
        double now_s = sensor->rate_hz > 0 ? i / sensor->rate_hz : path->time_s[i];
        pinna_quat pose = between_samples(path->time_s, path->pose, path->count, now_s, &at);
        if (!(sensor->camera_hz > 0) || now_s - taken_s >= 1 / sensor->camera_hz) {
            seen = spoil(sensor, pose, now_s, &d);
            taken_s = now_s;
        }
        if (now_s >= next_hole_s) {
            hole_until_s = now_s + sensor->hole_s;
            next_hole_s += 2;
        }
        bool lost = roll_unit(&d) < sensor->loss || now_s < hole_until_s;
        double told_s = now_s + sensor->jitter_s * roll_unit(&d);
        if (lost || told_s > end_s || (trace.count && told_s <= trace.time_s[trace.count - 1])) continue;
        trace.time_s[trace.count] = told_s;
        trace.seen[trace.count] = seen;
        trace.truth[trace.count++] = between_samples(path->time_s, path->pose, path->count, told_s, &truth_at);
    }
    return trace;
}

void head_trace_free(head_trace* trace)
{
    free(trace->time_s);
    free(trace->seen);
    free(trace->truth);
}

static double one_of(dice* d, const double* values, int count)
{
    int i = (int)(roll_unit(d) * count);
    return values[i < count ? i : count - 1];
}
#define ONE_OF(d, ...) one_of(d, (const double[]){__VA_ARGS__}, sizeof(const double[]){__VA_ARGS__} / sizeof(double))

static head_sensor any_sensor(dice* d)
{
    head_sensor s = {.rate_hz = ONE_OF(d, 30, 50, 60, 72, 90, 100, 120, 200, 250)};
    s.noise_deg = ONE_OF(d, 0, 0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5);
    s.quantum_deg = ONE_OF(d, 0, 0, 0, 0, 0.1, 0.25, 0.5, 1);
    s.jitter_s = ONE_OF(d, 0, 0, 0.002, 0.005, 0.01);
    s.loss = ONE_OF(d, 0, 0, 0, 0.05, 0.2);
    s.hole_s = ONE_OF(d, 0, 0, 0, 0.15, 0.3);
    s.drift_deg_per_s = ONE_OF(d, 0, 0, 0.3);
    s.camera_hz = ONE_OF(d, 0, 0, 0, 0, 0, 0, 0, 0, 30, 60);
    return s;
}

static head_path any_path(dice* d, const head_path* recording, char name[HEAD_NAME])
{
    if (!recording) {
        const head_kind* kind = &head_kinds[(int)(roll_unit(d) * head_kind_count) % head_kind_count];
        head_path path = {0};
        kind->move((uint64_t)(roll_unit(d) * 1e6), &path);
        snprintf(name, HEAD_NAME, "as '%s'", kind->name);
        return path;
    }
    head_variant v = {
        .speed = 0.4 + 1.8 * roll_unit(d), .backwards = roll_unit(d) < 0.5, .axes_swapped = roll_unit(d) < 0.5};
    snprintf(name, HEAD_NAME, "recorded x %.2f%s", v.speed, v.backwards ? " backwards" : "");
    return head_path_bend(recording, &v);
}

head_trace head_trace_of_many(int number, const head_path* recording, char name[HEAD_NAME])
{
    dice d = {(uint64_t)number * 7919 + 17};
    head_path path = any_path(&d, recording, name);
    head_sensor s = any_sensor(&d);
    size_t used = strlen(name);
    snprintf(name + used, HEAD_NAME - used, ", %g Hz n%g q%g j%g l%g h%g d%g c%g", s.rate_hz, s.noise_deg,
             s.quantum_deg, s.jitter_s, s.loss, s.hole_s, s.drift_deg_per_s, s.camera_hz);
    head_trace trace = head_trace_watch(&path, &s, (uint64_t)number);
    head_path_free(&path);
    return trace;
}

/* ---- The judgement ---- */

static double angle_deg(pinna_quat a, pinna_quat b)
{
    pinna_quat d = pinna_quat_multiply(pinna_quat_conjugate(a), b);
    double sine = sqrt((double)d.x * d.x + (double)d.y * d.y + (double)d.z * d.z);
    return 2 * atan2(sine, fabs((double)d.w)) * 57.29577951308232;
}

/* Sums over all windows of five seconds that begin at a sample. */
static void judge_windows(const double* time_s, const double* error, const double* held, int count, head_score* score)
{
    double sum = 0, sum_held = 0;
    int bad = 0, windows = 0;
    for (int start = 0, end = 0; start < count; start++) {
        for (; end < count && time_s[end] < time_s[start] + 5; end++) {
            sum += error[end];
            sum_held += held[end];
        }
        if (end == count) break;
        double least = HEAD_STILL_DEG * HEAD_STILL_DEG * (end - start);
        double ratio = sqrt(fmax(0, sum) / fmax(sum_held, least));
        score->worst = fmax(score->worst, ratio);
        bad += ratio > 1.1;
        windows++;
        sum -= error[start];
        sum_held -= held[start];
    }
    score->bad_share = windows ? (double)bad / windows : 0;
}

head_score head_score_of(const head_trace* trace, double look_ahead_s, bool against_truth)
{
    size_t unit = PINNA_HEAD_PREDICTOR_ALIGNMENT, size = (pinna_head_predictor_size() + unit - 1) / unit * unit;
    void* memory = aligned_alloc(unit, size);
    pinna_head_predictor* predictor = pinna_head_predictor_place(memory);
    double* error = malloc((size_t)trace->count * sizeof *error);
    double* held = malloc((size_t)trace->count * sizeof *held);
    const pinna_quat* goal = against_truth ? trace->truth : trace->seen;
    double sum = 0, sum_held = 0;
    int count = 0;
    for (int i = 0, at = 0; i < trace->count; i++) {
        pinna_head_sample s = {.time_s = trace->time_s[i], .orientation = trace->seen[i]};
        if (pinna_head_predictor_push(predictor, &s)) abort();
        double then_s = trace->time_s[i] + look_ahead_s;
        if (then_s > trace->time_s[trace->count - 1]) break;
        pinna_quat there = between_samples(trace->time_s, goal, trace->count, then_s, &at);
        double off = angle_deg(pinna_head_predictor_at(predictor, then_s), there);
        double off_held = angle_deg(trace->seen[i], there);
        sum += error[count] = off * off;
        sum_held += held[count++] = off_held * off_held;
    }
    head_score score = {.ratio = sum_held > 0 ? sqrt(sum / sum_held) : sum > 0 ? INFINITY : 0,
                        .held_deg = sqrt(sum_held / fmax(1, count))};
    judge_windows(trace->time_s, error, held, count, &score);
    free(held);
    free(error);
    free(memory);
    return score;
}
