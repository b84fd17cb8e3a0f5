/* SPDX-License-Identifier: MIT */
#include "hrtf/basis_bands.h"

#include <math.h>
#include <string.h>

enum { BANDS = PINNA_BASIS_BANDS, ROWS = PINNA_LINEAR_LANES };

static const double SQRT_2 = 1.414213562373095048801689;
static const double LOWEST_HZ = 125.0, TOP_HZ = 20000.0;

/* A bin stands for the frequencies nearer to it than to its neighbours. */
static void fill_shares(float shares[BANDS], size_t bin, double bin_hz, double scale)
{
    double low = ((double)bin - 0.5) * bin_hz, high = low + bin_hz;
    for (int band = 0; band < BANDS; band++) {
        double centre = ldexp(LOWEST_HZ, band), end = fmin(centre * SQRT_2, TOP_HZ);
        double common = fmin(high, end) - fmax(low, centre / SQRT_2);
        shares[band] = (float)(scale * fmax(0.0, common / bin_hz));
    }
}

/* Twice the taps: the power spectrum is the transform of the autocorrelation, which is so long. */
static uint32_t transform_size(size_t tap_count)
{
    uint32_t size = 16;
    while (size < 2 * tap_count) size *= 2;
    return size;
}

bool pinna_basis_bands_init(pinna_basis_bands* bands, pinna_pool* pool, uint32_t sample_rate_hz, size_t tap_count)
{
    uint32_t n = transform_size(tap_count);
    *bands = (pinna_basis_bands){.tap_count = tap_count, .bin_count = n / 2 + 1};
    bands->shares = pinna_pool_take(pool, bands->bin_count * BANDS, sizeof *bands->shares);
    bands->time = pinna_pool_take(pool, (size_t)n * PINNA_FFT_LANES, sizeof *bands->time);
    bands->spectrum = pinna_pool_take(pool, pinna_fft_lanes_spectrum(n), sizeof *bands->spectrum);
    bands->powers = pinna_pool_take(pool, bands->bin_count * ROWS, sizeof *bands->powers);
    if (!bands->shares || !bands->time || !bands->spectrum || !bands->powers) return false;
    double bin_hz = (double)sample_rate_hz / n;
    for (size_t bin = 0; bin < bands->bin_count; bin++) /* Parseval: all bins but the first and last count twice */
        fill_shares(bands->shares + bin * BANDS, bin, bin_hz, bin + 1 < bands->bin_count ? 2.0 / n : 1.0 / n);
    return pinna_fft_lanes_init(&bands->fft, pool, n);
}

static void transform(pinna_basis_bands* bands, const float* columns, size_t stride)
{
    for (size_t tap = 0; tap < bands->tap_count; tap++)
        memcpy(bands->time + tap * PINNA_FFT_LANES, columns + tap * stride, PINNA_FFT_LANES * sizeof *columns);
    pinna_fft_lanes_forward(&bands->fft, bands->time, bands->spectrum);
}

void pinna_basis_bands_powers(pinna_basis_bands* bands, const pinna_kernels* kernels, const float* columns,
                              float* powers)
{
    for (size_t first = 0; first < ROWS; first += PINNA_FFT_LANES) {
        transform(bands, columns + first, ROWS);
        for (size_t bin = 0; bin < bands->bin_count; bin++) {
            const float *re = bands->spectrum + bin * 2 * PINNA_FFT_LANES, *im = re + PINNA_FFT_LANES;
            float* restrict power = bands->powers + bin * ROWS + first;
            for (size_t lane = 0; lane < PINNA_FFT_LANES; lane++)
                power[lane] = re[lane] * re[lane] + im[lane] * im[lane];
        }
    }
    memset(powers, 0, BANDS * ROWS * sizeof *powers);
    kernels->bus_mix(powers, ROWS, bands->shares, BANDS, bands->powers, ROWS, BANDS, bands->bin_count, ROWS);
}

/* One bin's products into the octaves it is in. */
static void add_pairs(const pinna_basis_bands* bands, const float* re, const float* im, size_t bin, size_t count,
                      float* pairs)
{
    for (size_t band = 0; band < BANDS; band++) {
        float share = bands->shares[bin * BANDS + band];
        for (size_t i = 0; i < count && share > 0.0f; i++) {
            float* restrict out = pairs + (i * BANDS + band) * count;
            for (size_t j = 0; j < count; j++) out[j] += share * (re[i] * re[j] + im[i] * im[j]);
        }
    }
}

bool pinna_basis_bands_pairs(pinna_basis_bands* bands, pinna_pool* scratch, const float* columns, size_t count,
                             float* pairs)
{
    float* spectra = pinna_pool_take(scratch, bands->bin_count * 2 * count, sizeof *spectra);
    if (!spectra) return false;
    for (size_t first = 0; first < count; first += PINNA_FFT_LANES) {
        transform(bands, columns + first, count);
        for (size_t row = 0; row < bands->bin_count * 2; row++)
            memcpy(spectra + row * count + first, bands->spectrum + row * PINNA_FFT_LANES,
                   PINNA_FFT_LANES * sizeof *spectra);
    }
    memset(pairs, 0, count * BANDS * count * sizeof *pairs);
    for (size_t bin = 0; bin < bands->bin_count; bin++)
        add_pairs(bands, spectra + bin * 2 * count, spectra + (bin * 2 + 1) * count, bin, count, pairs);
    return true;
}
