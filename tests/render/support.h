/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TESTS_RENDER_SUPPORT_H
#define PINNA_TESTS_RENDER_SUPPORT_H

#include "support/renderers.h"

#include <criterion/criterion.h>

#include <pinna/renderer.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A made-up head at 48 kHz, so that these tests need no file: a sphere's delays and a shadow, 110 directions. */
pinna_hrtf* sphere_head(void);

/** Defaults, on that head, limiter off. */
pinna_renderer_config sphere_config(pinna_hrtf* hrtf, pinna_method method);

pinna_source source_at(pinna_renderer* renderer, float x, float y, float z);

double loudest(const float* x, size_t count); /**< Infinity where a sample is not finite. */

#endif
