/* SPDX-License-Identifier: MIT */
/* 8 lanes. Compile with -mavx2; without it the table is absent. */
#include "dsp/reverb_lines.h"

#if defined(__AVX2__) && !defined(PINNA_SCALAR_ONLY)
#define LANES 8
#define TABLE pinna_reverb_kernels_avx2
#include "dsp/reverb_lines_body.h"
#else
const pinna_reverb_kernels* pinna_reverb_kernels_avx2(void)
{
    return NULL;
}
#endif
