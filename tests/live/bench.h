/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TESTS_LIVE_BENCH_H
#define PINNA_TESTS_LIVE_BENCH_H

#include "live_engine.h"
#include "live_output.h"
#include "live_trackers.h"

/* A session's parts without a device: the test is the audio thread. */
typedef struct bench {
    pinna_live_choices* choices; /* one for all benches of a test */
    pinna_live_engine* engine;
    pinna_live_trackers* trackers;
    uint32_t ports[3];
    int socket;
} bench;

enum { BENCH_RATE_HZ = 48000, BENCH_PERIOD = 128 };

/* One steady noise at a place. */
void bench_scene_text(char* text, size_t size, double azimuth_deg, double elevation_deg);

/* Skips the test where the default head is missing. */
bench bench_start(const char* scene_text, pinna_osc_dialect dialect);
/* The same, with calibrations kept in a file. */
bench bench_start_keeping(const char* scene_text, pinna_osc_dialect dialect, const char* calibration);
void bench_stop(bench* b);

pinna_live_player* bench_load(const bench* b, const char* name, const char* text);

/* To one of the three ports (by pinna_live_tracker), over the loopback. */
void bench_send(const bench* b, pinna_live_tracker who, const void* bytes, size_t size);

typedef struct bench_packet {
    pinna_live_tracker who;
    const void* bytes;
    size_t size;
} bench_packet;

/* At most 64 at once. Returns how many were sent. */
uint32_t bench_send_all(const bench* b, const bench_packet* packets, int count);

/* Renders one period at the time it is. */
void bench_render(bench* b, float stereo[2 * BENCH_PERIOD]);

/* Renders by the real clock, sending a packet per period, until the head is within a degree of the pose wanted; false
   after three seconds. */
bool bench_until(bench* b, pinna_live_tracker who, const void* bytes, size_t size, pinna_quat wanted);

/* Mean level per ear, dB, over a fifth of a second of rendering. */
void bench_levels(bench* b, double level_db[2]);

void bench_sleep(double seconds);

#endif
