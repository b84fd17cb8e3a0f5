/* SPDX-License-Identifier: MIT */
/* Numbers and snapshots drawn at random, the same on every machine. */
#ifndef PINNA_TESTS_REALTIME_DRAW_H
#define PINNA_TESTS_REALTIME_DRAW_H

#include <pinna/renderer.h>

/** 0 to below 1, from a congruential generator. */
static inline float next_random(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) * (1.0f / 16777216.0f);
}

static inline float next_between(uint32_t* state, float low, float high)
{
    return low + (high - low) * next_random(state);
}

static inline uint32_t next_below(uint32_t* state, uint32_t count)
{
    return (uint32_t)(next_random(state) * (float)count);
}

static inline bool next_chance(uint32_t* state, float share)
{
    return next_random(state) < share;
}

static inline pinna_vec3 next_place(uint32_t* state, float reach_m)
{
    float x = next_between(state, -reach_m, reach_m), y = next_between(state, -reach_m, reach_m);
    return (pinna_vec3){x, y, next_between(state, -reach_m, reach_m)};
}

/** A valid snapshot drawn from everything a source can be. */
static inline pinna_source_params next_params(uint32_t* state)
{
    pinna_source_params p = pinna_source_params_default();
    p.position = next_place(state, next_chance(state, 0.3f) ? 1.0f : 30.0f);
    p.head_relative = next_chance(state, 0.2f);
    p.snap = next_chance(state, 0.05f);
    p.bypass = next_chance(state, 0.1f);
    p.near_field = next_chance(state, 0.3f);
    p.propagation = next_chance(state, 0.12f);
    p.priority = (uint8_t)next_below(state, 256);
    p.gain = next_chance(state, 0.1f) ? 0.0f : next_between(state, 0.0f, 2.0f);
    p.distance_model = (pinna_distance_model)next_below(state, PINNA_DISTANCE_COUNT);
    p.reference_distance_m = next_between(state, 0.1f, 2.0f);
    p.max_distance_m = p.reference_distance_m + next_between(state, 0.0f, 100.0f);
    p.rolloff = next_between(state, 0.0f, 3.0f);
    p.air_absorption = next_chance(state, 0.3f) ? next_between(state, 0.0f, 10.0f) : 0.0f;
    p.forward = next_place(state, 1.0f);
    p.cone_inner_deg = next_chance(state, 0.3f) ? next_between(state, 0.0f, 360.0f) : 360.0f;
    p.cone_outer_deg = next_between(state, p.cone_inner_deg, 360.0f);
    p.cone_outer_gain = next_random(state);
    p.extent_m = next_chance(state, 0.3f) ? next_between(state, 0.0f, 10.0f) : 0.0f;
    p.occlusion = next_chance(state, 0.3f) ? next_random(state) : 0.0f;
    for (int b = 0; b < PINNA_BAND_COUNT; b++) p.transmission[b] = next_random(state);
    return p;
}

#endif
