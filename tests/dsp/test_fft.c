/* SPDX-License-Identifier: MIT */
#include "dsp/fft.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static float* noise(uint32_t n, uint32_t seed)
{
    float* x = malloc(n * sizeof *x);
    for (uint32_t t = 0; t < n; t++) {
        seed = seed * 1664525u + 1013904223u;
        x[t] = (float)(seed >> 8) / 8388608.0f - 1.0f;
    }
    return x;
}

/* Bin k by its definition, in double precision. */
static void reference_bin(const float* x, uint32_t n, uint32_t k, double* re, double* im)
{
    *re = *im = 0;
    for (uint32_t t = 0; t < n; t++) {
        double angle = -2.0 * 3.14159265358979323846 * (double)((uint64_t)k * t % n) / (double)n;
        *re += x[t] * cos(angle);
        *im += x[t] * sin(angle);
    }
}

Test(fft, refuses_bad_lengths)
{
    static const uint32_t bad[] = {0, 1, 8, 15, 17, 48, 100, 65535, 65537, 131072, UINT32_MAX};
    char memory[64];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(pinna_fft_size(bad[i]), 0);
        cr_expect_null(pinna_fft_place(memory, bad[i]));
    }
    cr_expect_null(pinna_fft_place(NULL, 64));
}

Test(fft, bins_equal_the_definition)
{
    for (uint32_t n = PINNA_FFT_MIN; n <= PINNA_FFT_MAX; n *= 4) {
        void* memory = malloc(pinna_fft_size(n));
        pinna_fft* fft = pinna_fft_place(memory, n);
        cr_assert_not_null(fft);
        float* x = noise(n, n);
        pinna_complex* spectrum = malloc((n / 2 + 1) * sizeof *spectrum);
        pinna_fft_forward(fft, x, spectrum);
        const uint32_t bins[] = {0, 1, 3, n / 4, n / 2 - 1, n / 2};
        for (size_t i = 0; i < sizeof bins / sizeof bins[0]; i++) {
            double re, im;
            reference_bin(x, n, bins[i], &re, &im);
            const double error = hypot(spectrum[bins[i]].re - re, spectrum[bins[i]].im - im);
            cr_expect_lt(error, 1e-6 * sqrt(n), "n %u bin %u: error %g", n, bins[i], error);
        }
        free(spectrum);
        free(x);
        free(memory);
    }
}

Test(fft, inverse_undoes_forward)
{
    for (uint32_t n = PINNA_FFT_MIN; n <= PINNA_FFT_MAX; n *= 2) {
        void* memory = malloc(pinna_fft_size(n));
        pinna_fft* fft = pinna_fft_place(memory, n);
        float *x = noise(n, n + 1), *back = malloc(n * sizeof *back);
        pinna_complex* spectrum = malloc((n / 2 + 1) * sizeof *spectrum);
        pinna_fft_forward(fft, x, spectrum);
        pinna_fft_inverse(fft, spectrum, back);
        double worst = 0;
        for (uint32_t t = 0; t < n; t++) worst = fmax(worst, fabs((double)back[t] - x[t]));
        cr_expect_lt(worst, 1e-6, "n %u: %g", n, worst);
        free(spectrum);
        free(back);
        free(x);
        free(memory);
    }
}
