/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_RESAMPLE_H
#define PINNA_DEMOS_RESAMPLE_H

#include <pinna/base.h>

/* Converts one channel from one sampling rate to another while it is read. Band-limited (stop band -110 dB), aligned:
   frame 0 stays frame 0. What comes out is as long as what went in, rounded up to a whole frame. */
typedef struct pinna_resampler pinna_resampler;

/** Hands out the next input samples, valid until the next call. Returns their count; 0 ends the input. */
typedef size_t (*pinna_resampler_pull)(void* user, float** samples);

/** @return PINNA_OK, PINNA_ERROR_UNSUPPORTED (whole numbers too large make up the ratio) or PINNA_ERROR_MEMORY. */
PINNA_NODISCARD pinna_status pinna_resampler_create(uint32_t from_hz, uint32_t to_hz, pinna_resampler_pull pull,
                                                    void* user, pinna_resampler** out);

/** Fills out; fewer than frame_count frames only at the end. */
size_t pinna_resampler_read(pinna_resampler* resampler, float* out, size_t frame_count);

/** Frames at to_hz that frame_count frames at from_hz last, rounded up. */
uint64_t pinna_resampler_scale(uint64_t frame_count, uint32_t from_hz, uint32_t to_hz);

/** The greatest whole number that divides two rates, neither 0. */
uint32_t pinna_resampler_divisor(uint32_t a, uint32_t b);

void pinna_resampler_destroy(pinna_resampler* resampler);

#endif
