/* SPDX-License-Identifier: MIT */
/*
 * From two uncorrelated sums a and b of equal power: left = h_l (c a + s b), right = h_r (c a - s b). With
 * c^2 + s^2 = 1 the ears' powers are h_l^2 and h_r^2 and their coherence is c^2 - s^2, whatever the filters' phases; so
 * each product of magnitudes becomes a minimum-phase filter, which is the shortest.
 */
#include "dsp/minphase.h"
#include "dsp/reverb.h"

#include <math.h>
#include <string.h>

#define EAR_TAPS_S 3.3e-3
#define PI 3.14159265358979323846

enum { LANES = PINNA_FFT_LANES, FFT_FRAMES = 4096, EARS = PINNA_REVERB_EARS };

uint32_t pinna_reverb_ear_tap_count(double sample_rate_hz)
{
    uint32_t taps = (uint32_t)ceil(EAR_TAPS_S * sample_rate_hz / 16.0) * 16;
    return taps < 16 ? 16 : taps > PINNA_REVERB_MAX_EAR_TAPS ? PINNA_REVERB_MAX_EAR_TAPS : taps;
}

static double interpolate(const float* table, uint32_t count, double position)
{
    uint32_t below = (uint32_t)position;
    if (below + 1 >= count) return table[count - 1];
    return table[below] + (position - below) * (table[below + 1] - table[below]);
}

/* Magnitudes of the four filters: lane 2 * sum + ear. */
static void fill_magnitudes(float* spectrum, const float* coherence, const float* const power[EARS], uint32_t bin_count)
{
    memset(spectrum, 0, pinna_fft_lanes_spectrum(FFT_FRAMES) * sizeof *spectrum);
    for (size_t k = 0; k <= FFT_FRAMES / 2; k++) {
        double position = (double)k * (bin_count - 1) / (FFT_FRAMES / 2);
        double gamma = fmin(fmax(interpolate(coherence, bin_count, position), -1.0), 1.0);
        for (int ear = 0; ear < EARS; ear++) {
            double p = fmax(interpolate(power[ear], bin_count, position), 0.0);
            spectrum[k * 2 * LANES + (size_t)ear] = (float)sqrt(p * 0.5 * (1.0 + gamma));
            spectrum[k * 2 * LANES + EARS + (size_t)ear] = (float)sqrt(p * 0.5 * (1.0 - gamma));
        }
    }
}

static void cut_taps(pinna_reverb_ears* out, const float* time, uint32_t tap_count)
{
    uint32_t fade = tap_count / 8;
    memset(out, 0, sizeof *out);
    for (size_t sum = 0; sum < EARS; sum++)
        for (size_t ear = 0; ear < EARS; ear++)
            for (uint32_t tap = 0; tap < tap_count; tap++) {
                uint32_t left = tap_count - tap;
                double weight = left > fade ? 1.0 : 0.5 - 0.5 * cos(PI * left / (fade + 1.0));
                double sign = sum == 1 && ear == 1 ? -1.0 : 1.0;
                out->taps[sum][ear][tap] = (float)(sign * weight * time[tap * LANES + 2 * sum + ear]);
            }
}

bool pinna_reverb_shape_ears(pinna_reverb_ears* out, double sample_rate_hz, const float* coherence,
                             const float* const power[PINNA_REVERB_EARS], uint32_t bin_count,
                             pinna_allocator allocator)
{
    pinna_pool pool;
    pinna_fft_lanes fft;
    pinna_pool_init(&pool, allocator);
    float* spectrum = pinna_pool_take(&pool, pinna_fft_lanes_spectrum(FFT_FRAMES), sizeof *spectrum);
    float* time = pinna_pool_take(&pool, (size_t)FFT_FRAMES * LANES, sizeof *time);
    bool good = pinna_fft_lanes_init(&fft, &pool, FFT_FRAMES) && spectrum && time && bin_count > 1;
    if (good) {
        fill_magnitudes(spectrum, coherence, power, bin_count);
        pinna_minphase_convert(&fft, spectrum, time);
        cut_taps(out, time, pinna_reverb_ear_tap_count(sample_rate_hz));
    }
    pinna_pool_free(&pool);
    return good;
}
