/* SPDX-License-Identifier: MIT */
/* Inner loops of the reverberator over one chunk of all lines, [line][frame]. */
#ifndef PINNA_DSP_REVERB_LINES_H
#define PINNA_DSP_REVERB_LINES_H

#include "dsp/reverb.h"

enum { PINNA_REVERB_CHUNK_FLOATS = PINNA_REVERB_LINES * PINNA_REVERB_CHUNK };

typedef struct pinna_reverb_kernels {
    /** Orthogonal: every line gets all lines with equal weights and the signs of Hadamard's matrix. In place. */
    void (*scatter)(float* lines);

    /**
     * Runs each line through its sections, in place; transposed direct form II.
     *
     * @param states    [section][2][line]
     * @param sections  [section][5][line], as in pinna_reverb_tuning.
     */
    void (*absorb)(float* lines, float* states, const float* sections, size_t section_count);
} pinna_reverb_kernels;

/** The table for vectors of so many floats (pinna_kernels.lanes), or the widest below that this build has. */
const pinna_reverb_kernels* pinna_reverb_kernels_select(uint32_t lanes);

/** One table per file; NULL where this build lacks it. */
const pinna_reverb_kernels* pinna_reverb_kernels_scalar(void);
const pinna_reverb_kernels* pinna_reverb_kernels_vec4(void);
const pinna_reverb_kernels* pinna_reverb_kernels_avx2(void);

#endif
