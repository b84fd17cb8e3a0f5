/* SPDX-License-Identifier: MIT */
#include "dsp/spectral.h"

#include <math.h>

void pinna_window_turns_init(pinna_window_turns* turns)
{
    const double pi = 3.14159265358979323846;
    for (size_t n = 0; n < PINNA_WINDOW; n++) {
        double weight = pi * (double)n / (2 * PINNA_WINDOW);
        double turn = 2.0 * pi * (double)(n / PINNA_LEAF) * (double)(n % PINNA_LEAF) / PINNA_WINDOW;
        turns->cosine[n] = (float)cos(weight);
        turns->sine[n] = (float)sin(weight);
        turns->turn_cosine[n] = (float)cos(turn);
        turns->turn_sine[n] = (float)sin(turn);
    }
}

const pinna_spectral* pinna_spectral_select(uint32_t cpu_flags)
{
    const pinna_spectral* best = pinna_spectral_scalar();
    if (cpu_flags & PINNA_CPU_SSE2 && pinna_spectral_vec4()) best = pinna_spectral_vec4();
    if (cpu_flags & PINNA_CPU_AVX2 && pinna_spectral_avx2()) best = pinna_spectral_avx2();
    if (cpu_flags & PINNA_CPU_AVX512 && pinna_spectral_avx512()) best = pinna_spectral_avx512();
    return best;
}

const pinna_spectral* pinna_spectral_like(const pinna_kernels* kernels)
{
    uint32_t flags = 0;
    if (kernels->lanes >= 4) flags |= PINNA_CPU_SSE2;
    if (kernels->lanes >= 8) flags |= PINNA_CPU_AVX2;
    if (kernels->lanes >= 16) flags |= PINNA_CPU_AVX512;
    return pinna_spectral_select(flags);
}
