/* SPDX-License-Identifier: MIT */
#include "dsp/spectral.h"

#if !defined(PINNA_SCALAR_ONLY) && (defined(__SSE2__) || defined(__ARM_NEON))
#define LANES 4
#define SPECTRAL_NAME "vec4"
#include "dsp/spectral_body.h"

const pinna_spectral* pinna_spectral_vec4(void)
{
    return &table;
}
#else
const pinna_spectral* pinna_spectral_vec4(void)
{
    return NULL;
}
#endif
