/* SPDX-License-Identifier: MIT */
#include "dsp/spectral.h"

#if !defined(PINNA_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__)
#define LANES 8
#define SPECTRAL_NAME "avx2"
#include "dsp/spectral_body.h"

const pinna_spectral* pinna_spectral_avx2(void)
{
    return &table;
}
#else
const pinna_spectral* pinna_spectral_avx2(void)
{
    return NULL;
}
#endif
