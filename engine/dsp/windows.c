/* SPDX-License-Identifier: MIT */
#include "dsp/windows.h"

#include <string.h>

void pinna_windows_place(pinna_windows* windows, pinna_arena* arena, const pinna_kernels* kernels)
{
    windows->spectral = pinna_spectral_like(kernels);
    windows->turns = pinna_arena_take(arena, 1, sizeof *windows->turns);
    windows->zeros = pinna_arena_take(arena, PINNA_WINDOW, sizeof(float));
    windows->product = pinna_arena_take(arena, PINNA_WINDOW_FLOATS, sizeof(float));
    if (!arena->base) return;
    pinna_window_turns_init(windows->turns);
    memset(windows->zeros, 0, PINNA_WINDOW * sizeof(float));
}

void pinna_window_ring_place(pinna_window_ring* ring, pinna_arena* arena, uint32_t count)
{
    *ring = (pinna_window_ring){.count = count};
    ring->windows = pinna_arena_take(arena, count, PINNA_WINDOW_FLOATS * sizeof(float));
}

static float* window_at(const pinna_window_ring* ring, uint32_t age)
{
    return ring->windows + (size_t)((ring->newest + age) % ring->count) * PINNA_WINDOW_FLOATS;
}

void pinna_windows_take(const pinna_windows* windows, pinna_window_ring* ring, const float* const block[2],
                        uint32_t needed)
{
    ring->newest = (ring->newest + ring->count - 1) % ring->count;
    for (uint32_t age = 0; age < needed; age = age < ring->kept ? ring->kept + 1 : age + 1) {
        const size_t back = (size_t)age * PINNA_WINDOW;
        const float* const late[2] = {block[0] - back, block[1] - back};
        const float* const early[2] = {late[0] - PINNA_WINDOW, late[1] - PINNA_WINDOW};
        windows->spectral->forward_windows(window_at(ring, age), early, late, windows->turns);
    }
    ring->kept = ring->kept + 1 > needed ? ring->kept + 1 : needed;
    if (ring->kept > ring->count) ring->kept = ring->count;
}

void pinna_windows_transform(const pinna_windows* windows, float* spectra, const float* const taps[2], uint32_t count)
{
    const float* const late[2] = {windows->zeros, windows->zeros};
    for (uint32_t i = 0; i < count; i++) {
        const float* const early[2] = {taps[0] + (size_t)i * PINNA_WINDOW, taps[1] + (size_t)i * PINNA_WINDOW};
        windows->spectral->forward_windows(spectra + (size_t)i * PINNA_WINDOW_FLOATS, early, late, windows->turns);
    }
}

void pinna_windows_filter(const pinna_windows* windows, const pinna_window_ring* ring, const float* spectra,
                          uint32_t count, float* const early[2], float* const late[2])
{
    for (uint32_t i = 1; i < count; i++)
        windows->spectral->multiply(windows->product, window_at(ring, i), spectra + (size_t)i * PINNA_WINDOW_FLOATS,
                                    i > 1);
    windows->spectral->inverse_windows(early, late, count > 1 ? windows->product : NULL, window_at(ring, 0), spectra,
                                       windows->turns);
}
