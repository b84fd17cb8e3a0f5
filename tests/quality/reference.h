/* SPDX-License-Identifier: MIT */
/*
 * What a moving source should sound like, computed the slow way: at every output frame the filter and the delay are
 * those of the direction at that frame, y(t) = sum over k of h[k] x(t - k - d), with the delay exact to about -130 dB.
 */
#ifndef PINNA_TESTS_REFERENCE_H
#define PINNA_TESTS_REFERENCE_H

#include "support.h"

typedef struct reference reference;

reference* reference_create(const pinna_hrtf* hrtf, const float* input, size_t frame_count);
void reference_destroy(reference* r);

/** A filter pair and its delays. */
typedef struct filters {
    float* taps[2];
    float delay_frames[2];
} filters;

filters filters_create(const pinna_hrtf* hrtf);
void filters_destroy(filters* f);
void filters_look_up(const pinna_hrtf* hrtf, pinna_vec3 direction, filters* out);

/** One output frame of one ear. */
float reference_frame(const reference* r, const filters* f, int ear, size_t frame);

#endif
