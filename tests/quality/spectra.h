/* SPDX-License-Identifier: MIT */
/* Power spectra of probed responses, and what listeners make of them: bands, loudness, predicted localisation. */
#ifndef PINNA_TESTS_SPECTRA_H
#define PINNA_TESTS_SPECTRA_H

#include <pinna/geometry.h>

#include <stddef.h>

enum {
    SPECTRUM_SIZE = 4096,
    SPECTRUM_BINS = SPECTRUM_SIZE / 2 + 1,
    THIRDS = 23 /* third octaves from 100 Hz to 16 kHz */
};

/** Powers of rows of responses: [row][bin]. Free with free(). */
float* power_spectra(const float* rows, size_t row_count, size_t frame_count);

/** Mean power in the third octaves, dB. */
void third_octaves_db(const float* power, double rate_hz, double out[THIRDS]);

/** Mean power between two frequencies, each octave counting alike, dB. */
double band_db(const float* power, double rate_hz, double low_hz, double high_hz);

/** Pink noise's loudness through a response (ITU-R BS.1770-4 weighting), as power over the noise's own. */
double pink_power(const float* power, double rate_hz);

/** A golden-angle spiral about the vertical axis: directions that share the sphere evenly. */
void even_directions(pinna_vec3* out, size_t count);

/**
 * Sagittal-plane localisation, after Baumgartner, Majdak and Laback 2014, "Modeling sound-source localization in
 * sagittal planes for human listeners": rising spectral edges in bands one equivalent rectangular bandwidth apart are
 * compared with those of every direction of the same lateral angle a listener knows.
 */
enum {
    SAGITTAL_LATERALS = 5,
    SAGITTAL_POLARS = 49,
    SAGITTAL_BANDS = 27,
    SAGITTAL_COUNT = SAGITTAL_LATERALS * SAGITTAL_POLARS
};

void sagittal_directions(pinna_vec3 out[SAGITTAL_COUNT]);

/** Edges of a set: [direction][ear][band]. */
typedef struct sagittal_edges {
    float edges[SAGITTAL_COUNT][2][SAGITTAL_BANDS - 1];
} sagittal_edges;

/**
 * @param power    [direction][ear][bin] at sagittal_directions().
 * @param average  [direction][ear][bin] at average_count even directions, whose mean is taken away.
 */
void sagittal_edges_of(const float* power, const float* average, size_t average_count, double rate_hz,
                       sagittal_edges* out);

/** Share of answers, in percent, more than 90 degrees off, of a listener who knows one set and hears another. */
double quadrant_errors_percent(const sagittal_edges* heard, const sagittal_edges* known, double sensitivity);

#endif
