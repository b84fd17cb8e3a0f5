/* SPDX-License-Identifier: MIT */
#ifndef PINNA_BENCH_OPTIONS_H
#define PINNA_BENCH_OPTIONS_H

#include <pinna/renderer.h>

enum { BENCH_LIST_MAX = 16 };

typedef struct bench_peers_options {
    const char *sofa, *picture;
    uint32_t counts[BENCH_LIST_MAX], blocks[BENCH_LIST_MAX];
    size_t count_count, block_count;
    uint32_t tap_count, repetitions, openal_up_to;
    double slice_s;
    pinna_method method;
    bool still, moving, limiter, json, csv;
} bench_peers_options;

/** Ends the program where they are wrong or help is asked for. */
bench_peers_options bench_peers_parse(int argc, char** argv);

#endif
