/* SPDX-License-Identifier: MIT */
/* 4 lanes: SSE2 or NEON. */
#include "dsp/kernels_tables.h"
#include "dsp/reverb_lines.h"

#if PINNA_HAVE_LANES4
#define LANES 4
#define TABLE pinna_reverb_kernels_vec4
#include "dsp/reverb_lines_body.h"
#else
const pinna_reverb_kernels* pinna_reverb_kernels_vec4(void)
{
    return NULL;
}
#endif
