/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_METER_H
#define PINNA_DEMOS_METER_H

#include <pinna/base.h>

/* Peak and loudness of a stereo signal while it passes. */
typedef struct pinna_meter pinna_meter;

typedef struct pinna_meter_reading {
    double peak_dbfs;     /**< Of the samples. -INFINITY: silence. */
    double true_peak_dbtp; /**< Of the waveform between the samples (BS.1770 annex 2); that of the samples where the
                                meter was made without. */
    double loudness_lufs; /**< Integrated, BS.1770 with gating. -INFINITY: silence, or shorter than 0.4 s. */
} pinna_meter_reading;

/** @param true_peak  Also between the samples, which costs several times as much. */
PINNA_NODISCARD pinna_status pinna_meter_create(uint32_t sample_rate_hz, bool true_peak, pinna_meter** out);

void pinna_meter_write(pinna_meter* meter, const float* left, const float* right, size_t frame_count);

pinna_meter_reading pinna_meter_read(pinna_meter* meter);

/** NULL is accepted. */
void pinna_meter_destroy(pinna_meter* meter);

#endif
