/* SPDX-License-Identifier: MIT */
/* Inner loops of the reverberator over one chunk of all lines, [line][frame]. */
#ifndef PINNA_DSP_REVERB_LINES_H
#define PINNA_DSP_REVERB_LINES_H

#include "dsp/reverb.h"

/** Each line's chunk, [line][frame]. */
enum { PINNA_REVERB_CHUNK_FLOATS = PINNA_REVERB_LINES * PINNA_REVERB_CHUNK };

/** Orthogonal: every line gets all lines with equal weights and the signs of Hadamard's matrix. In place. */
void pinna_reverb_scatter(float* lines);

/**
 * Runs each line through its sections, in place; transposed direct form II.
 *
 * @param states    [section][2][line]
 * @param sections  [section][5][line], as in pinna_reverb_tuning.
 */
void pinna_reverb_absorb(float* lines, float* states, const float* sections, size_t section_count);

#endif
