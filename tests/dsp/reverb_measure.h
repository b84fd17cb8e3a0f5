/* SPDX-License-Identifier: MIT */
/* What a room's tail is measured by. */
#ifndef PINNA_TESTS_REVERB_MEASURE_H
#define PINNA_TESTS_REVERB_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/** Seconds per 60 dB in an octave: fourth-order Butterworth band, Schroeder's integral, a line from -5 to -35 dB. */
double octave_decay_s(const float* response, size_t count, double rate_hz, double centre_hz);

/** Normalised echo density in a window of 20 ms around a frame (Abel and Huang 2006): 1 for Gaussian noise. */
double echo_density(const float* response, size_t count, double rate_hz, size_t centre);

/** Mean spectra of the tail from a frame on until it is 55 dB down, each window brought to equal level first. */
typedef struct tail_spectra {
    uint32_t bin_count;
    double* power[2];
    double* cross_re;
    size_t window_count;
} tail_spectra;

tail_spectra tail_spectra_of(const float* left, const float* right, size_t count, size_t first, uint32_t window_frames);
void tail_spectra_free(tail_spectra* spectra);

/** How far the highest bin between two frequencies stands above the median of its neighbours within 100 Hz, dB. */
double worst_mode_db(const tail_spectra* spectra, double rate_hz, double low_hz, double high_hz, double* at_hz);

#endif
