/* SPDX-License-Identifier: MIT */
/* Plain C, and the choice between the tables. */
#define LANES 1
#define TABLE pinna_reverb_kernels_scalar
#include "dsp/reverb_lines_body.h"

const pinna_reverb_kernels* pinna_reverb_kernels_select(uint32_t lanes)
{
    const pinna_reverb_kernels* best = lanes >= 8 ? pinna_reverb_kernels_avx2() : NULL;
    if (!best && lanes >= 4) best = pinna_reverb_kernels_vec4();
    return best ? best : pinna_reverb_kernels_scalar();
}
