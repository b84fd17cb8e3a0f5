/* SPDX-License-Identifier: MIT */
/* The renderers bench_peers sets side by side, behind one face. */
#ifndef PINNA_BENCH_PEERS_H
#define PINNA_BENCH_PEERS_H

#include "common.h"

#include <pinna/renderer.h>

typedef struct bench_peer {
    const char* name;
    void* state;
    /** Moves every source, if the scene does, and renders one block. */
    void (*block)(void* state);
    void (*destroy)(void* state);
} bench_peer;

typedef struct bench_pinna_options {
    pinna_hrtf* hrtf;
    pinna_method method;
    bool limiter;
} bench_pinna_options;

/** Through the public header. @param scene Must outlive the peer and is its own: blocks move its orbits. */
bench_peer bench_peer_pinna(bench_scene* scene, const bench_pinna_options* options);

/** Writes a configuration for the library that admits so many sources. Call before anything else of OpenAL. */
void bench_openal_configure(uint32_t source_count);

/**
 * OpenAL Soft, a loopback device with HRTF on.
 *
 * @param why  Where it cannot hold the scene: the reason, and the peer's state is NULL.
 */
bench_peer bench_peer_openal(bench_scene* scene, bool limiter, char why[128]);

/** Version, HRTF and the like of the last device; empty before the first. */
const char* bench_openal_facts(void);

#endif
