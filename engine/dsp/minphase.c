/* SPDX-License-Identifier: MIT */
#include "dsp/minphase.h"

#include <math.h>
#include <string.h>

bool pinna_minphase_init(pinna_minphase* m, pinna_pool* pool, uint32_t size)
{
    void* memory = pinna_pool_take(pool, 1, pinna_fft_size(size));
    m->size = size;
    m->time = pinna_pool_take(pool, size, sizeof *m->time);
    m->fft = memory ? pinna_fft_place(memory, size) : NULL;
    return m->fft && m->time;
}

void pinna_minphase_spectrum(pinna_minphase* m, const float* response, size_t count, pinna_complex* bins)
{
    memcpy(m->time, response, count * sizeof *response);
    memset(m->time + count, 0, (m->size - count) * sizeof *m->time);
    pinna_fft_forward(m->fft, m->time, bins);
}

/* Log magnitudes, floored; false for silence. */
static bool take_logarithms(const pinna_minphase* m, pinna_complex* bins)
{
    float largest = 0.0f;
    for (uint32_t k = 0; k <= m->size / 2; k++) {
        bins[k].re = bins[k].re * bins[k].re + bins[k].im * bins[k].im;
        bins[k].im = 0.0f;
        if (bins[k].re > largest) largest = bins[k].re;
    }
    if (!(largest > 0.0f)) return false;
    float floor = largest * PINNA_MINPHASE_FLOOR * PINNA_MINPHASE_FLOOR;
    for (uint32_t k = 0; k <= m->size / 2; k++) bins[k].re = 0.5f * logf(fmaxf(bins[k].re, floor));
    return true;
}

void pinna_minphase_convert(pinna_minphase* m, pinna_complex* bins, float* response, size_t count)
{
    uint32_t half = m->size / 2;
    if (!take_logarithms(m, bins)) {
        memset(response, 0, count * sizeof *response);
        return;
    }
    pinna_fft_inverse(m->fft, bins, m->time);
    /* Folding the cepstrum's past onto its future makes it causal, and the response minimum phase. */
    for (uint32_t n = 1; n < half; n++) m->time[n] *= 2.0f;
    memset(m->time + half + 1, 0, (half - 1) * sizeof *m->time);
    pinna_fft_forward(m->fft, m->time, bins);
    for (uint32_t k = 0; k <= half; k++) {
        float gain = expf(bins[k].re), phase = bins[k].im;
        bins[k] = (pinna_complex){gain * cosf(phase), gain * sinf(phase)};
    }
    pinna_fft_inverse(m->fft, bins, m->time);
    memcpy(response, m->time, count * sizeof *response);
}
