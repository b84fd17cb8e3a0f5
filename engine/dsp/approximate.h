/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions without branches or tables, so that loops over them become vector code. Relative errors are a
 * few units of a float's last place. Arguments must be finite.
 */
#ifndef PINNA_DSP_APPROXIMATE_H
#define PINNA_DSP_APPROXIMATE_H

#include <stdint.h>
#include <string.h>

static inline int32_t pinna_bits_of(float x)
{
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float pinna_float_of(int32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/** Nearest whole number, |x| < 2^22. Adding 1.5 * 2^23 leaves no bits for a fraction. */
static inline float pinna_round(float x)
{
    return (x + 12582912.0f) - 12582912.0f;
}

/** Natural logarithm of a positive, normal number: ln 2^e m, m about 1, by the series of atanh((m - 1) / (m + 1)). */
static inline float pinna_log(float x)
{
    int32_t bits = pinna_bits_of(x);
    int32_t exponent = (bits - 0x3f3504f3) >> 23; /* so that sqrt(1/2) <= m < sqrt(2) */
    float m = pinna_float_of(bits - exponent * 0x800000);
    float s = (m - 1.0f) / (m + 1.0f), t = s * s;
    float series = 2.0f * s + 2.0f * s * t * (1.0f / 3 + t * (1.0f / 5 + t * (1.0f / 7 + t * (1.0f / 9))));
    return (float)exponent * 0.693359375f + ((float)exponent * -2.12194440e-4f + series);
}

/** Exponential; arguments are cut to -87 to 88. */
static inline float pinna_exp(float x)
{
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float k = pinna_round(x * 1.44269504f);
    float r = (x - k * 0.693359375f) - k * -2.12194440e-4f;
    float series =
        1.0f + r * (1.0f + r * (1.0f / 2 + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720))))));
    return series * pinna_float_of(((int32_t)k + 127) * 0x800000);
}

/** Sine and cosine, |x| < 8192. */
static inline void pinna_sine_cosine(float x, float* sine, float* cosine)
{
    float k = pinna_round(x * 0.636619772f);
    int32_t quadrant = (int32_t)k;
    float r = ((x - k * 1.5703125f) - k * 4.837512969970703125e-4f) - k * 7.549789948768648e-8f, t = r * r;
    float s = r + r * t * (-1.0f / 6 + t * (1.0f / 120 + t * (-1.0f / 5040 + t * (1.0f / 362880))));
    float c = 1.0f + t * (-0.5f + t * (1.0f / 24 + t * (-1.0f / 720 + t * (1.0f / 40320))));
    float first = quadrant & 1 ? c : s, second = quadrant & 1 ? s : c;
    *sine = quadrant & 2 ? -first : first;
    *cosine = (quadrant + 1) & 2 ? -second : second;
}

#endif
