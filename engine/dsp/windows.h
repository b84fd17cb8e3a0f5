/* SPDX-License-Identifier: MIT */
/*
 * Two filters side by side, one for each ear, in blocks of PINNA_WINDOW frames and without delay, floor 1: the last two
 * blocks of an input are a window; its transform times a filter's is, transformed back, the filtered block in its later
 * half (dsp/transform.h). Longer filters are cut into blocks too, each for a window as many blocks older.
 */
#ifndef PINNA_DSP_WINDOWS_H
#define PINNA_DSP_WINDOWS_H

#include "base/memory.h"
#include "dsp/spectral.h"

enum { PINNA_WINDOW_FLOATS = 2 * PINNA_GROUP /**< Of two windows, or two blocks of taps, transformed. */ };

/** What all share. */
typedef struct pinna_windows {
    const pinna_spectral* spectral;
    pinna_window_turns* turns;
    float* zeros;   /**< [PINNA_WINDOW] */
    float* product; /**< Scratch. */
} pinna_windows;

/** The newest windows of two inputs, transformed. */
typedef struct pinna_window_ring {
    float* windows; /**< [count][PINNA_WINDOW_FLOATS] */
    uint32_t count;
    uint32_t newest;
    uint32_t kept; /**< How many of them, from the newest on, are there. Set to 0 where the inputs do not go on. */
} pinna_window_ring;

/** Blocks of a filter. */
static inline uint32_t pinna_window_count(uint32_t tap_count)
{
    return (tap_count + PINNA_WINDOW - 1) / PINNA_WINDOW;
}

void pinna_windows_place(pinna_windows* windows, pinna_arena* arena, const pinna_kernels* kernels);
void pinna_window_ring_place(pinna_window_ring* ring, pinna_arena* arena, uint32_t count);

/**
 * A block of input: its window, and as many older ones as are needed and are not kept.
 *
 * @param block  First frame of the newest block of either input; needed blocks before it are read.
 * @param needed 1 to ring->count.
 */
void pinna_windows_take(const pinna_windows* windows, pinna_window_ring* ring, const float* const block[2],
                        uint32_t needed);

/** Transforms two filters of whole blocks of taps into spectra [count][PINNA_WINDOW_FLOATS]. */
void pinna_windows_transform(const pinna_windows* windows, float* spectra, const float* const taps[2], uint32_t count);

/**
 * Filters the newest block of either input.
 *
 * @param early The earlier halves, or NULL: there each block of taps has wrapped round; where one of its taps k > n
 *              reads a frame before the window, frame n lacks that and has minus the frame two blocks later.
 * @param late  The filtered block.
 */
void pinna_windows_filter(const pinna_windows* windows, const pinna_window_ring* ring, const float* spectra,
                          uint32_t count, float* const early[2], float* const late[2]);

#endif
