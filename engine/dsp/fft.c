/* SPDX-License-Identifier: MIT */
#include "dsp/fft.h"

#include <kiss_fftr.h>

struct pinna_fft {
    uint32_t n;
    kiss_fftr_cfg forward;
    kiss_fftr_cfg inverse;
};

/* Both complex types are two floats, real part first, so arrays of them are handed over as they are. */
_Static_assert(sizeof(kiss_fft_cpx) == sizeof(pinna_complex), "kissfft must be built for float");

static size_t round_up(size_t bytes)
{
    return (bytes + 63) & ~(size_t)63;
}

static bool valid_length(uint32_t n)
{
    return n >= PINNA_FFT_MIN && n <= PINNA_FFT_MAX && (n & (n - 1)) == 0;
}

/* kissfft reports the bytes it wants when it is given no memory. */
static size_t direction_size(uint32_t n, int inverse)
{
    size_t bytes = 0;
    kiss_fftr_alloc((int)n, inverse, NULL, &bytes);
    return round_up(bytes);
}

size_t pinna_fft_size(uint32_t n)
{
    if (!valid_length(n)) return 0;
    return round_up(sizeof(pinna_fft)) + direction_size(n, 0) + direction_size(n, 1);
}

pinna_fft* pinna_fft_place(void* memory, uint32_t n)
{
    if (!memory || !valid_length(n)) return NULL;
    pinna_fft* fft = memory;
    char* next = (char*)memory + round_up(sizeof(pinna_fft));
    size_t bytes = direction_size(n, 0);
    fft->n = n;
    fft->forward = kiss_fftr_alloc((int)n, 0, next, &bytes);
    next += bytes;
    bytes = direction_size(n, 1);
    fft->inverse = kiss_fftr_alloc((int)n, 1, next, &bytes);
    return fft->forward && fft->inverse ? fft : NULL;
}

void pinna_fft_forward(pinna_fft* fft, const float* time, pinna_complex* spectrum)
{
    kiss_fftr(fft->forward, time, (kiss_fft_cpx*)(void*)spectrum);
}

void pinna_fft_inverse(pinna_fft* fft, const pinna_complex* spectrum, float* time)
{
    kiss_fftri(fft->inverse, (const kiss_fft_cpx*)(const void*)spectrum, time);
    const float scale = 1.0f / (float)fft->n;
    for (uint32_t t = 0; t < fft->n; t++) time[t] *= scale;
}
