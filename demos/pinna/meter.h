/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_METER_H
#define PINNA_DEMOS_METER_H

#include <pinna/base.h>

/* Peak and loudness of a stereo signal while it passes. */
typedef struct pinna_meter pinna_meter;

typedef struct pinna_meter_reading {
    double peak_dbfs;     /**< Of the samples. -INFINITY: silence. */
    double loudness_lufs; /**< Integrated, BS.1770 with gating. -INFINITY: silence, or shorter than 0.4 s. */
} pinna_meter_reading;

PINNA_NODISCARD pinna_status pinna_meter_create(uint32_t sample_rate_hz, pinna_meter** out);

void pinna_meter_write(pinna_meter* meter, const float* left, const float* right, size_t frame_count);

pinna_meter_reading pinna_meter_read(pinna_meter* meter);

/** NULL is accepted. */
void pinna_meter_destroy(pinna_meter* meter);

#endif
