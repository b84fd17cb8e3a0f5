/* SPDX-License-Identifier: MIT */
/* Heads made of plain arrays: tests that use them need no file. */
#ifndef PINNA_TESTS_REALTIME_HEAD_H
#define PINNA_TESTS_REALTIME_HEAD_H

#include "draw.h"

#include <pinna/hrtf.h>

#include <math.h>
#include <stdlib.h>

static inline pinna_vec3 spiral_direction(uint32_t index, uint32_t count)
{
    float z = 1.0f - (2.0f * (float)index + 1.0f) / (float)count, turn = 2.3999632f * (float)index;
    float r = sqrtf(1.0f - z * z);
    return (pinna_vec3){r * cosf(turn), r * sinf(turn), z};
}

/* One ear: an arrival that comes later and duller the further the ear is turned away, and a few reflections of the
   pinna that differ from head to head and move with elevation. */
static inline void fill_hrir(float* taps, uint32_t tap_count, float towards_ear, float elevation, uint32_t seed)
{
    float arrival = 12.0f + 14.0f * (1.0f - towards_ear), gain = 0.6f + 0.4f * towards_ear;
    float width = 1.2f + 1.5f * (1.0f - towards_ear);
    uint32_t state = seed;
    for (uint32_t n = 0; n < tap_count; n++) taps[n] = 0.0f;
    for (int part = 0; part < 6; part++) {
        float late = part == 0 ? 0.0f : next_between(&state, 3.0f, 20.0f) * (1.2f - 0.4f * elevation);
        float level = part == 0 ? gain : gain * next_between(&state, -0.35f, 0.35f);
        for (uint32_t n = 0; n < tap_count; n++) {
            float t = ((float)n - arrival - late) / width;
            taps[n] += level * expf(-t * t);
        }
    }
}

/** A prepared set of a made-up head at 48 kHz; each seed is another head. NULL where prepare fails. */
static inline pinna_hrtf* make_head(uint32_t seed, uint32_t direction_count, uint32_t tap_count,
                                    const pinna_allocator* allocator, pinna_status* status)
{
    float* hrirs = malloc((size_t)direction_count * PINNA_EAR_COUNT * tap_count * sizeof *hrirs);
    pinna_vec3* positions = malloc(direction_count * sizeof *positions);
    pinna_hrtf* hrtf = NULL;
    *status = PINNA_ERROR_MEMORY;
    if (hrirs && positions) {
        for (uint32_t m = 0; m < direction_count; m++) {
            positions[m] = spiral_direction(m, direction_count);
            float* row = hrirs + (size_t)m * PINNA_EAR_COUNT * tap_count;
            fill_hrir(row, tap_count, positions[m].y, positions[m].z, seed);
            fill_hrir(row + tap_count, tap_count, -positions[m].y, positions[m].z, seed);
        }
        pinna_measured_set measured = {48000.0, direction_count, tap_count, hrirs, NULL, positions};
        pinna_prepare_config config = pinna_prepare_config_default();
        config.allocator = allocator;
        *status = pinna_hrtf_prepare(&measured, &config, NULL, &hrtf);
    }
    free(positions);
    free(hrirs);
    return hrtf;
}

#endif
