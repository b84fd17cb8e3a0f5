/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TESTS_QUALITY_SUPPORT_H
#define PINNA_TESTS_QUALITY_SUPPORT_H

#include "measure.h"
#include "support/renderers.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <pinna/renderer.h>
#include <pinna/sofa.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A set to measure on. */
typedef struct set_name {
    char label[16];
    char file[64];      /**< In the data folder's sofa/; empty for the default set. */
    uint32_t tap_count; /**< To prepare with; 0: the default. */
} set_name;

/** All sets, KEMAR first. */
extern set_name all_sets[];
extern const size_t all_set_count;

/** A test of the first set_count of all sets, each of which it gets as `name`. */
#define SetsTest(suite, test, set_count)                                                                               \
    ParameterizedTestParameters(suite, test)                                                                           \
    {                                                                                                                  \
        return cr_make_param_array(set_name, all_sets, set_count);                                                     \
    }                                                                                                                  \
    ParameterizedTest(const set_name* name, suite, test)

#define KEMAR (&all_sets[0])
#define KU100 (&all_sets[1])

/** A set's file; skips the running test, saying why, where it is absent. */
pinna_sofa* need_sofa(const set_name* set);

/** Prepares, and fails the test if that fails. */
pinna_hrtf* prepare(const pinna_measured_set* measured, uint32_t rate_hz, uint32_t tap_count);

/** need_sofa() and prepare() at 48 kHz. */
pinna_hrtf* need_hrtf(const set_name* set);

/** Limiter off; rate and set as given. */
pinna_renderer_config plain_config(pinna_hrtf* hrtf, pinna_method method);

/** Parameters without distance effects. */
pinna_source_params at_position(pinna_vec3 position);

/** A source that stands at a position from its first frame on. */
pinna_source source_at(pinna_renderer* renderer, pinna_vec3 position);

void move_source(pinna_renderer* renderer, pinna_source source, pinna_vec3 position);

/** Renders one source alone. */
void process_one(pinna_renderer* renderer, pinna_source source, const float* samples, float* left, float* right,
                 size_t frame_count);

/** The renderer's responses at directions, [direction][ear][frame]. Free with free(). */
float* probe(pinna_hrtf* hrtf, pinna_method method, const pinna_vec3* directions, size_t count, size_t frame_count);

double random_unit(uint32_t* state); /**< -1 to 1. */
pinna_vec3 random_direction(uint32_t* state);

/** Noise between two frequencies, peak about 1, faded in and out over 5 ms. Does not repeat. Free with free(). */
float* band_noise(size_t count, double low_hz, double high_hz, double rate_hz, uint32_t seed);

/** A sine of amplitude 1/2, faded in and out over 20 ms. Free with free(). */
float* sine(size_t count, double hz, double rate_hz);

/** Prints one line of figures, "[label] ...". */
void say(const char* label, const char* format, ...) __attribute__((format(printf, 2, 3)));

#endif
