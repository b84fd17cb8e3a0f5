/* SPDX-License-Identifier: MIT */
/* How far two HRIR pairs are apart, in the measures the field uses. Load time. */
#ifndef PINNA_HRTF_METRICS_H
#define PINNA_HRTF_METRICS_H

#include <pinna/base.h>

#include "base/memory.h"
#include "dsp/fft.h"

enum {
    PINNA_METRICS_POINTS = 152, /**< 1/24-octave points, 200 Hz to just below 16 kHz. */
    PINNA_METRICS_UPSAMPLE = 2, /**< Of the cross-correlation. It has nothing above 3.3 kHz: the parabola does the
                                     rest. */
};

typedef struct pinna_metrics {
    double sample_rate_hz;
    uint32_t size, upsample;
    pinna_fft *fft, *long_fft;
    float* time;                         /**< [size * upsample] */
    pinna_complex* bins[PINNA_EAR_COUNT]; /**< [size / 2 + 1] */
    pinna_complex* long_bins;            /**< [size * upsample / 2 + 1] */
} pinna_metrics;

/** @param max_count  Longest response; what lies beyond 65536 samples is not seen. False without memory. */
bool pinna_metrics_init(pinna_metrics* metrics, pinna_pool* pool, size_t max_count, double sample_rate_hz);

/** Level in dB at the points; points at or above the Nyquist frequency repeat the one below. */
void pinna_metrics_levels_db(pinna_metrics* metrics, const float* response, size_t count,
                             float levels_db[PINNA_METRICS_POINTS]);

/** Root mean square difference of two such arrays. */
float pinna_metrics_lsd_db(const float* a, const float* b);

/**
 * Interaural time difference: the lag of the largest cross-correlation below 3 kHz, in seconds, positive where the left
 * ear leads.
 */
double pinna_metrics_itd_s(pinna_metrics* metrics, const float* left, const float* right, size_t count);

/** Broadband level difference, left over right, in dB. */
double pinna_metrics_ild_db(const float* left, const float* right, size_t count);

#endif
