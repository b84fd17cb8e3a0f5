/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_SYNTH_H
#define PINNA_DEMOS_SYNTH_H

#include "sounds.h"

/* What the built-in sounds are made of. A sound is a ring of samples: what is added past its end comes in again at its
   beginning, which is what makes it loop without a seam. */

#define PINNA_SYNTH_PI 3.14159265358979324

typedef struct pinna_synth_ring {
    float* samples;
    size_t count;
} pinna_synth_ring;

/** Noise from a seed, -1 to 1, even. */
typedef struct pinna_synth_noise {
    uint32_t state;
} pinna_synth_noise;

float pinna_synth_noise_next(pinna_synth_noise* noise);

/** A second-order filter. */
typedef struct pinna_synth_filter {
    double b0, b1, b2, a1, a2, z1, z2;
} pinna_synth_filter;

/** Responses of R. Bristow-Johnson's Audio EQ Cookbook; the band pass has 0 dB at its centre. */
pinna_synth_filter pinna_synth_low_pass(double frequency_hz, double q);
pinna_synth_filter pinna_synth_band_pass(double frequency_hz, double q);

/** Adds to one sample, wherever in the ring that is. */
void pinna_synth_add(pinna_synth_ring* ring, size_t at, double value);

/** A burst of filtered noise that rises within attack_s and then falls by 60 dB within decay_s. */
typedef struct pinna_synth_burst {
    double at_s, gain, attack_s, decay_s, centre_hz, q;
    uint32_t seed;
} pinna_synth_burst;

void pinna_synth_add_burst(pinna_synth_ring* ring, const pinna_synth_burst* burst);

/** A sine that glides from one frequency to another while it falls by 60 dB within decay_s. */
typedef struct pinna_synth_thump {
    double at_s, gain, from_hz, to_hz, decay_s;
} pinna_synth_thump;

void pinna_synth_add_thump(pinna_synth_ring* ring, const pinna_synth_thump* thump);

/** Adds steady noise through a filter; runs round the ring twice, so that the filter has settled where it begins. */
void pinna_synth_add_noise(pinna_synth_ring* ring, double gain, pinna_synth_filter filter, uint32_t seed);

/** Adds a sine of a whole number of waves round the ring, the nearest to frequency_hz. */
void pinna_synth_add_sine(pinna_synth_ring* ring, double gain, double frequency_hz);

/** Multiplies with 1 + depth * sine of the nearest whole number of waves. */
void pinna_synth_tremble(pinna_synth_ring* ring, double depth, double frequency_hz);

enum { PINNA_ORCHESTRA_SECONDS = 32 };

/** Adds a part of the orchestra's: "violins", "harp"... All are PINNA_ORCHESTRA_SECONDS long. */
void pinna_synth_orchestra(pinna_synth_ring* ring, const char* part);

#endif
