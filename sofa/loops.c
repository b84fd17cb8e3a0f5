/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <math.h>

/* What runs over every sample of a file, some of which hold a hundred million: several sums or maxima side by side do
   not wait for each other. */
enum { LANES = 8 };

double pinna_sofa_energy(const float* taps, uint32_t tap_count)
{
    double sums[LANES] = {0}, sum = 0;
    uint32_t whole = tap_count - tap_count % LANES;
    for (uint32_t i = 0; i < whole; i += LANES)
        for (uint32_t l = 0; l < LANES; l++) sums[l] += (double)taps[i + l] * (double)taps[i + l];
    for (uint32_t i = whole; i < tap_count; i++) sum += (double)taps[i] * (double)taps[i];
    for (uint32_t l = 0; l < LANES; l++) sum += sums[l];
    return sum;
}

float pinna_sofa_peak(const float* taps, uint32_t tap_count)
{
    float peaks[LANES] = {0}, peak = 0;
    uint32_t whole = tap_count - tap_count % LANES;
    for (uint32_t i = 0; i < whole; i += LANES)
        for (uint32_t l = 0; l < LANES; l++) {
            float size = fabsf(taps[i + l]);
            peaks[l] = size > peaks[l] ? size : peaks[l];
        }
    for (uint32_t i = whole; i < tap_count; i++) peak = fabsf(taps[i]) > peak ? fabsf(taps[i]) : peak;
    for (uint32_t l = 0; l < LANES; l++) peak = peaks[l] > peak ? peaks[l] : peak;
    return peak;
}
