/* SPDX-License-Identifier: MIT */
#include "meter.h"

#include <ebur128.h>
#include <math.h>
#include <stdlib.h>

enum { CHUNK_FRAMES = 1024 };

struct pinna_meter {
    ebur128_state* loudness;
    bool true_peak;
    float peak;
    size_t fill;
    float frames[2 * CHUNK_FRAMES];
};

pinna_status pinna_meter_create(uint32_t sample_rate_hz, bool true_peak, pinna_meter** out)
{
    *out = NULL;
    pinna_meter* meter = calloc(1, sizeof *meter);
    if (!meter) return PINNA_ERROR_MEMORY;
    meter->true_peak = true_peak;
    /* A histogram instead of a list of blocks: memory stays the same for hours of sound. */
    int mode = EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM | (true_peak ? EBUR128_MODE_TRUE_PEAK : 0);
    meter->loudness = ebur128_init(PINNA_EAR_COUNT, sample_rate_hz, mode);
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
        float larger = fabsf(left[i]) > fabsf(right[i]) ? fabsf(left[i]) : fabsf(right[i]);
        meter->peak = larger > meter->peak ? larger : meter->peak;
        if (++meter->fill == CHUNK_FRAMES) flush(meter);
    }
}

pinna_meter_reading pinna_meter_read(pinna_meter* meter)
{
    flush(meter);
    double peak_dbfs = 20 * log10((double)meter->peak), peak = 0, lufs = 0;
    pinna_meter_reading reading = {peak_dbfs, peak_dbfs, -INFINITY};
    for (unsigned ear = 0; ear < PINNA_EAR_COUNT && meter->true_peak; ear++)
        if (ebur128_true_peak(meter->loudness, ear, &peak) == EBUR128_SUCCESS)
            reading.true_peak_dbtp = fmax(reading.true_peak_dbtp, 20 * log10(peak));
    if (ebur128_loudness_global(meter->loudness, &lufs) == EBUR128_SUCCESS) reading.loudness_lufs = lufs;
    return reading;
}

void pinna_meter_destroy(pinna_meter* meter)
{
    if (!meter) return;
    ebur128_destroy(&meter->loudness);
    free(meter);
}
