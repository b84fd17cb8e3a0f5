/* SPDX-License-Identifier: MIT */
#include "dsp/spectral.h"

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
