/* SPDX-License-Identifier: MIT */
#include "dsp/minphase.h"

#include "dsp/approximate.h"

#include <float.h>
#include <string.h>

enum { LANES = PINNA_FFT_LANES, POINT = 2 * LANES };

/* Squared magnitudes in place of the real parts. */
static void take_powers(float* spectrum, size_t bins, float largest[LANES])
{
    for (size_t l = 0; l < LANES; l++) largest[l] = 0.0f;
    for (size_t k = 0; k < bins; k++) {
        float* bin = spectrum + k * POINT;
        for (size_t l = 0; l < LANES; l++) {
            float power = bin[l] * bin[l] + bin[LANES + l] * bin[LANES + l];
            bin[l] = power;
            largest[l] = power > largest[l] ? power : largest[l];
        }
    }
}

/* Their logarithms, floored, as spectra of the cepstra. */
static void take_logarithms(float* spectrum, size_t bins, const float largest[LANES])
{
    float floor[LANES];
    for (size_t l = 0; l < LANES; l++) {
        floor[l] = largest[l] * PINNA_MINPHASE_FLOOR * PINNA_MINPHASE_FLOOR;
        if (!(floor[l] >= FLT_MIN)) floor[l] = FLT_MIN;
    }
    for (size_t k = 0; k < bins; k++) {
        float* bin = spectrum + k * POINT;
        for (size_t l = 0; l < LANES; l++) {
            float power = bin[l] > floor[l] ? bin[l] : floor[l];
            bin[l] = 0.5f * pinna_log(power);
            bin[LANES + l] = 0.0f;
        }
    }
}

/* Folding a cepstrum's past onto its future makes it causal, and the response minimum phase. */
static void fold(float* time, size_t n)
{
    size_t half = n / 2;
    for (size_t i = LANES; i < half * LANES; i++) time[i] *= 2.0f;
    memset(time + (half + 1) * LANES, 0, (half - 1) * LANES * sizeof *time);
}

static void take_exponentials(float* spectrum, size_t bins, const float largest[LANES])
{
    float audible[LANES];
    for (size_t l = 0; l < LANES; l++) audible[l] = largest[l] > 0.0f ? 1.0f : 0.0f;
    for (size_t k = 0; k < bins; k++) {
        float* bin = spectrum + k * POINT;
        for (size_t l = 0; l < LANES; l++) {
            float sine, cosine, gain = audible[l] * pinna_exp(bin[l]);
            pinna_sine_cosine(bin[LANES + l], &sine, &cosine);
            bin[l] = gain * cosine;
            bin[LANES + l] = gain * sine;
        }
    }
}

void pinna_minphase_convert(pinna_fft_lanes* fft, float* spectrum, float* time)
{
    size_t bins = fft->n / 2 + 1;
    float largest[LANES];
    take_powers(spectrum, bins, largest);
    take_logarithms(spectrum, bins, largest);
    pinna_fft_lanes_inverse(fft, spectrum, time);
    fold(time, fft->n);
    pinna_fft_lanes_forward(fft, time, spectrum);
    take_exponentials(spectrum, bins, largest);
    pinna_fft_lanes_inverse(fft, spectrum, time);
}
