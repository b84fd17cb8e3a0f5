/* SPDX-License-Identifier: MIT */
/*
 * The exact path: every voice is convolved with its own interpolated HRIR pair. At each output frame the filter and the
 * delay are those of the direction at that frame: filters crossfade over one kept history, the delay glides behind
 * them.
 *
 * Segments of PINNA_WINDOW frames, both ears at once, are filtered by transforms (dsp/windows.h); others, and jumps, by
 * sums of products. The results are the same but for rounding, below -120 dB.
 */
#ifndef PINNA_RENDER_EXACT_H
#define PINNA_RENDER_EXACT_H

#include "dsp/windows.h"
#include "render/path.h"

typedef struct pinna_exact_voice pinna_exact_voice;

enum { PINNA_EXACT_WORK_ROWS = 3 };

typedef struct pinna_exact {
    pinna_path_config config;
    double period_share; /* of one frame */
    uint32_t voice_count;
    pinna_exact_voice* voices;
    uint32_t* free_voices;
    uint32_t free_count;
    uint32_t* used_voices; /* in order of use */
    uint32_t used_count;
    float* work[PINNA_EXACT_WORK_ROWS]; /* scratch for one voice */
    pinna_windows windows;
    float* wrapped[PINNA_EAR_COUNT]; /* scratch, some frames for each block of a filter */
    float* joined[PINNA_EAR_COUNT];  /* scratch, a filter and its delay */
    float* padded;                   /* scratch, a filter between zeros */
} pinna_exact;

void pinna_exact_place(pinna_exact* exact, pinna_arena* arena, const pinna_path_config* config, uint32_t voice_count);

/** A voice at rest, aimed at a direction. PINNA_EXACT_NONE if all are taken. */
PINNA_REALTIME uint32_t pinna_exact_acquire(pinna_exact* exact, const pinna_hrtf* hrtf, const pinna_target* target);
#define PINNA_EXACT_NONE UINT32_MAX

/** Aims a voice: it gets there, gliding (or, for a jump, crossfading), over the period that now begins. */
PINNA_REALTIME void pinna_exact_aim(pinna_exact* exact, uint32_t voice, const pinna_target* target, bool jump);

/** A new period begins: every voice has arrived where it was aimed. Call before aiming. */
PINNA_REALTIME void pinna_exact_begin_period(pinna_exact* exact);

/** The voice's input for the next segment; once fed it counts as silence until fed again. */
PINNA_REALTIME void pinna_exact_feed(pinna_exact* exact, uint32_t voice, const pinna_feed* feed);

/** Lets a voice die away by itself; it is free when silent. */
PINNA_REALTIME void pinna_exact_release(pinna_exact* exact, uint32_t voice);

/** True once nothing of what the voice was fed is still to be heard. */
PINNA_REALTIME bool pinna_exact_is_silent(const pinna_exact* exact, uint32_t voice);

/** The set a voice is rendered with. */
PINNA_REALTIME const pinna_hrtf* pinna_exact_hrtf(const pinna_exact* exact, uint32_t voice);

/** Adds a segment of every voice to the outputs. */
PINNA_REALTIME void pinna_exact_render(pinna_exact* exact, pinna_segment segment, float* const out[PINNA_EAR_COUNT]);

#endif
