/* SPDX-License-Identifier: MIT */
/*
 * What the quality tests measure with. Written apart from the engine, in double precision, so that a mistake in one
 * does not hide in the other.
 */
#ifndef PINNA_TESTS_MEASURE_H
#define PINNA_TESTS_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** In place, count a power of two. The inverse divides by count. */
void fft(double* re, double* im, size_t count, bool inverse);

size_t power_of_two(size_t at_least);

enum { LEVEL_POINTS = 152 }; /* 1/24 octave apart from 200 Hz to just below 16 kHz */

/** Levels of a response at LEVEL_POINTS frequencies. */
void levels_db(const float* response, size_t frame_count, double rate_hz, float out[LEVEL_POINTS]);

/** Root mean square of the difference less an offset. */
double log_spectral_distance_db(const float* a, const float* b, double offset_db);

/** The right ear's lag where the cross-correlation below 3 kHz peaks, found on a 10 times finer grid. */
double itd_s(const float* left, const float* right, size_t frame_count, double rate_hz);

double ild_db(const float* left, const float* right, size_t frame_count);

/** The first frame, and fraction, at which a response reaches a tenth of its peak. */
double onset_frames(const float* response, size_t frame_count);

/** Resamples a response and delays it: Kaiser-windowed sinc, 64 zero crossings a side. Keeps the transfer function. */
void resample_response(const float* in, size_t in_count, double in_rate_hz, double delay_in_frames, float* out,
                       size_t out_count, double out_rate_hz);

double kaiser(double x, double beta); /**< x within -1 to 1. */
double sinc(double x);

/** Mean errors over the rows of two sets of responses, [row][ear][frame], after removing one gain common to all. */
typedef struct errors {
    double lsd_db, itd_us, ild_db;
    double worst_lsd_db, worst_itd_us, worst_ild_db;
    double gain_db;
} errors;

errors compare_responses(const float* reference, const float* got, size_t row_count, size_t frame_count,
                         double rate_hz);

/** Keeps what lies within low to high (brick wall) of a signal; the signal should begin and end in silence. */
void band_pass(const float* in, double* out, size_t count, double low_hz, double high_hz, double rate_hz);

double energy(const double* x, size_t count);
double energy_of(const float* x, size_t count);
double ratio_db(double numerator_energy, double denominator_energy);

/** Energy of the difference relative to the energy of the reference. */
double residual_db(const float* reference, const float* got, size_t count);

/** The largest difference relative to the largest magnitude of the reference. */
double peak_residual_db(const float* reference, const float* got, size_t count);

#endif
