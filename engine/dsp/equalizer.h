/* SPDX-License-Identifier: MIT */
/* An equaliser made ready for one sample rate, and its state. Floor 1. */
#ifndef PINNA_DSP_EQUALIZER_H
#define PINNA_DSP_EQUALIZER_H

#include "dsp/biquad.h"

/** Both ears have the same number of sections: the one with fewer has identities at its end. */
typedef struct pinna_equalizer_design {
    uint32_t section_count;
    double gains[PINNA_EAR_COUNT];
    pinna_biquad sections[PINNA_EQUALIZER_MAX_FILTERS][PINNA_EAR_COUNT];
} pinna_equalizer_design;

typedef struct pinna_equalizer_state {
    double z[PINNA_EQUALIZER_MAX_FILTERS][2][PINNA_EAR_COUNT];
} pinna_equalizer_state;

/** @param equalizer  NULL or {0}: nothing is changed. */
void pinna_equalizer_make(const pinna_equalizer* equalizer, double sample_rate_hz, pinna_equalizer_design* out);

/** It changes nothing. */
static inline bool pinna_equalizer_is_plain(const pinna_equalizer_design* design)
{
    return design->section_count == 0 && design->gains[PINNA_LEFT] == 1.0 && design->gains[PINNA_RIGHT] == 1.0;
}

/** In place. Input that is not finite counts as silence. */
void pinna_equalizer_process(const pinna_equalizer_design* design, pinna_equalizer_state* state, float* left,
                             float* right, size_t frame_count);

#endif
