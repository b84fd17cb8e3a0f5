/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_WIDE_LEVEL_H
#define PINNA_DEMOS_WIDE_LEVEL_H

#include <pinna/hrtf.h>

/**
 * How much softer the renderer's widest source must be to be as loud as sound that comes from everywhere alike:
 * authored diffuse objects keep their level by it.
 *
 * @param gain  Linear.
 */
PINNA_NODISCARD pinna_status pinna_wide_level_find(pinna_hrtf* hrtf, uint32_t sample_rate_hz, float* gain);

#endif
