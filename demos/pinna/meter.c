/* SPDX-License-Identifier: MIT */
#include "meter.h"

#include <ebur128.h>
#include <math.h>
#include <stdlib.h>

enum { CHUNK_FRAMES = 1024 };

struct pinna_meter {
    ebur128_state* loudness;
    float peak;
    size_t fill;
    float frames[2 * CHUNK_FRAMES];
};

pinna_status pinna_meter_create(uint32_t sample_rate_hz, pinna_meter** out)
{
    *out = NULL;
    pinna_meter* meter = calloc(1, sizeof *meter);
    if (!meter) return PINNA_ERROR_MEMORY;
    /* A histogram instead of a list of blocks: memory stays the same for hours of sound. */
    meter->loudness = ebur128_init(PINNA_EAR_COUNT, sample_rate_hz, EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM);
    if (!meter->loudness) {
        free(meter);
        return PINNA_ERROR_MEMORY;
    }
    *out = meter;
    return PINNA_OK;
}

/* The library fails here only for want of memory it already has. */
static void flush(pinna_meter* meter)
{
    if (meter->fill) (void)ebur128_add_frames_float(meter->loudness, meter->frames, meter->fill);
    meter->fill = 0;
}

void pinna_meter_write(pinna_meter* meter, const float* left, const float* right, size_t frame_count)
{
    for (size_t i = 0; i < frame_count; i++) {
        meter->frames[2 * meter->fill] = left[i];
        meter->frames[2 * meter->fill + 1] = right[i];
        meter->peak = fmaxf(meter->peak, fmaxf(fabsf(left[i]), fabsf(right[i])));
        if (++meter->fill == CHUNK_FRAMES) flush(meter);
    }
}

pinna_meter_reading pinna_meter_read(pinna_meter* meter)
{
    flush(meter);
    pinna_meter_reading reading = {20 * log10((double)meter->peak), -INFINITY};
    double lufs = 0;
    if (ebur128_loudness_global(meter->loudness, &lufs) == EBUR128_SUCCESS) reading.loudness_lufs = lufs;
    return reading;
}

void pinna_meter_destroy(pinna_meter* meter)
{
    if (!meter) return;
    ebur128_destroy(&meter->loudness);
    free(meter);
}
