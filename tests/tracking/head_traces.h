/* SPDX-License-Identifier: MIT */
#ifndef HEAD_TRACES_H
#define HEAD_TRACES_H

#include <pinna/tracking.h>
#include <stdint.h>

/*
 * Head motion made up and recorded, as trackers of many kinds would tell it, and the judgement of a predictor on it.
 * The same numbers on every machine.
 */

/* Where a head is, without any tracker's faults. */
typedef struct head_path {
    int count;
    double* time_s; /* growing */
    pinna_quat* pose;
} head_path;

/* What a tracker makes of it. Zero is a perfect tracker that samples where the path does. */
typedef struct head_sensor {
    double rate_hz;     /* samples per second; 0: at the path's own times */
    double noise_deg;   /* RMS per axis, white */
    double quantum_deg; /* yaw, pitch and roll are rounded to multiples of it */
    double jitter_s;    /* each sample is told up to so much later than it was taken */
    double loss;        /* share of samples lost, ... */
    double hole_s;      /* ... and every two seconds a hole of so long */
    double camera_hz;   /* the pose is renewed only so often, whatever the rate: a camera behind a faster link */
    double drift_deg_per_s; /* of yaw */
} head_sensor;

typedef struct head_trace {
    int count;
    double* time_s;
    pinna_quat* seen;  /* what the tracker says */
    pinna_quat* truth; /* where the head is at that time */
} head_trace;

/* One made-up trace: how the head moves, and who watches. */
typedef struct head_kind {
    const char* name;
    void (*move)(uint64_t seed, head_path* path);
    head_sensor sensor;
    bool held_out;       /* no constant of the predictor was chosen on it */
    double most_50_ms;   /* allowed shares of holding's error */
    double most_100_ms;
    double worst;        /* ... and in the worst five seconds */
} head_kind;

extern const head_kind head_kinds[];
extern const int head_kind_count;

/* One way to bend a path into another: speed, direction, axes. */
typedef struct head_variant {
    const char* name;
    double speed;      /* 2: the same in half of the time */
    bool backwards;
    bool axes_swapped; /* what was yaw is pitch, what was pitch roll, what was roll yaw */
    head_sensor sensor;
    double most_50_ms, most_100_ms;
} head_variant;

extern const head_variant head_variants[];
extern const int head_variant_count;

head_path head_path_make(const head_kind* kind);
/* count 0 where the file cannot be read. */
head_path head_path_load(const char* csv_file);
head_path head_path_bend(const head_path* path, const head_variant* variant);
head_trace head_trace_watch(const head_path* path, const head_sensor* sensor, uint64_t seed);

enum { HEAD_NAME = 96 };
/* Any motion before any tracker, by number: rates, noise, rounding, jitter, loss, drift and cameras as trackers have
   them. Of a recording, bent by speed, direction and axes; NULL: of the made-up motions. */
head_trace head_trace_of_many(int number, const head_path* recording, char name[HEAD_NAME]);

void head_path_free(head_path* path);
void head_trace_free(head_trace* trace);

/* Holding errs less than this in a window: then the head is still, and worse or better cannot be heard. Differences in
   direction are noticed from about 1 degree (Mills 1958). */
#define HEAD_STILL_DEG 0.1

typedef struct head_score {
    double ratio; /* RMS error over that of holding the latest sample */
    double worst; /* the same over the worst 5 seconds; holding's error counted as HEAD_STILL_DEG at least */
    double bad_share; /* of the windows: worse than holding by more than a tenth */
    double held_deg;
} head_score;

/* Judged against the true pose, or against what the tracker will have said: as a recording has to be judged. */
head_score head_score_of(const head_trace* trace, double look_ahead_s, bool against_truth);

#endif
