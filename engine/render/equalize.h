/* SPDX-License-Identifier: MIT */
/* Headphone equalisation at the renderer's end: one design for another at run time. */
#ifndef PINNA_RENDER_EQUALIZE_H
#define PINNA_RENDER_EQUALIZE_H

#include "base/mailbox.h"
#include "base/memory.h"
#include "dsp/equalizer.h"

/** A design and the state it runs in. */
typedef struct pinna_equalize_run {
    pinna_equalizer_design design;
    pinna_equalizer_state state;
} pinna_equalize_run;

typedef struct pinna_equalize {
    double sample_rate_hz;
    pinna_mailbox mailbox;
    pinna_equalizer_design snapshots[PINNA_MAILBOX_SLOTS];
    pinna_equalize_run runs[2]; /**< The one heard, and the one a fade goes to. */
    int now;
    bool heard;            /**< A block has been processed. */
    uint32_t fade_frames;  /**< Length of a fade. */
    uint32_t fade_left;    /**< Frames of it still to go; 0: none. */
    float* rows[PINNA_EAR_COUNT]; /**< [row_frames] What the fade goes to. */
    uint32_t row_frames;
} pinna_equalize;

void pinna_equalize_place(pinna_equalize* equalize, pinna_arena* arena, double sample_rate_hz, uint32_t row_frames);

/** Control side. */
void pinna_equalize_set(pinna_equalize* equalize, const pinna_equalizer* equalizer);

/** In place. Changes are faded to over 40 ms; before the first block they are there at once. */
PINNA_REALTIME void pinna_equalize_process(pinna_equalize* equalize, float* left, float* right, size_t frame_count);

#endif
