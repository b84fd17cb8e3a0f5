/* SPDX-License-Identifier: MIT */
#include "dsp/spectral.h"

#if !defined(PINNA_SCALAR_ONLY) && defined(__AVX512F__)
#define LANES 16
#define SPECTRAL_NAME "avx512"
#include "dsp/spectral_body.h"

const pinna_spectral* pinna_spectral_avx512(void)
{
    return &table;
}
#else
const pinna_spectral* pinna_spectral_avx512(void)
{
    return NULL;
}
#endif
