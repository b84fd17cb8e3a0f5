/* SPDX-License-Identifier: MIT */
#define LANES 1
#define SPECTRAL_NAME "scalar"
#include "dsp/spectral_body.h"

const pinna_spectral* pinna_spectral_scalar(void)
{
    return &table;
}
