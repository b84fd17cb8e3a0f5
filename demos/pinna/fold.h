/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_FOLD_H
#define PINNA_DEMOS_FOLD_H

#include <pinna/convolver.h>
#include <pinna/hrtf.h>
#include <pinna/preset.h>
#include <pinna/renderer.h>

/*
 * Sources that never move, while the head does not either, folded into one matrix of impulse responses. These are
 * measured by sending an impulse through the renderer itself, its room included, so the fold sounds as the renderer
 * does; but blocks may be convolved by transforms alone, which costs a fraction. The price is a delay, of no account
 * where nobody waits.
 */
typedef struct pinna_fold pinna_fold;

enum {
    PINNA_FOLD_DELAY_FRAMES = PINNA_CONVOLVER_HEAD_TAPS,
    PINNA_FOLD_MAX_SOURCES = PINNA_CONVOLVER_MAX_CHANNELS,
};

/** Whether what a preset makes of a category does not change over time, so that an impulse tells all of it. */
bool pinna_fold_allows(const pinna_preset* preset, pinna_category category);

/**
 * Measures the responses.
 *
 * @param hrtf         At sample_rate_hz.
 * @param preset       Its mix and room; NULL: flat.
 * @param sources      How each source is placed.
 * @param tail_frames  Length of the longest response.
 */
PINNA_NODISCARD pinna_status pinna_fold_create(pinna_hrtf* hrtf, uint32_t sample_rate_hz, const pinna_preset* preset,
                                               const pinna_source_params* sources, uint32_t source_count,
                                               uint32_t tail_frames, pinna_fold** out);

/** Overwrites both outputs with what the inputs give, PINNA_FOLD_DELAY_FRAMES later.
    @param inputs One array per source, NULL where it is silent. */
void pinna_fold_process(pinna_fold* fold, const float* const* inputs, float* left, float* right, size_t frame_count);

/** NULL is accepted. */
void pinna_fold_destroy(pinna_fold* fold);

#endif
