/* SPDX-License-Identifier: MIT */
#include "synth.h"

#include <math.h>

#define RATE ((double)PINNA_SOUNDS_RATE_HZ)

float pinna_synth_noise_next(pinna_synth_noise* noise)
{
    /* Marsaglia's xorshift; a state of zero would stay zero. */
    uint32_t x = noise->state ? noise->state : 1;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    noise->state = x;
    return (float)((double)x / 2147483648.0 - 1.0);
}

/* A low-pass or a band-pass filter; the numerators differ alone. */
static pinna_synth_filter make_filter(double frequency_hz, double q, double low, double band)
{
    double w = 2 * PINNA_SYNTH_PI * frequency_hz / RATE, c = cos(w), alpha = sin(w) / (2 * q), a0 = 1 + alpha;
    low *= (1 - c) / 2;
    band *= alpha;
    return (pinna_synth_filter){.b0 = (low + band) / a0,
                                .b1 = 2 * low / a0,
                                .b2 = (low - band) / a0,
                                .a1 = -2 * c / a0,
                                .a2 = (1 - alpha) / a0};
}

pinna_synth_filter pinna_synth_low_pass(double frequency_hz, double q)
{
    return make_filter(frequency_hz, q, 1, 0);
}

pinna_synth_filter pinna_synth_band_pass(double frequency_hz, double q)
{
    return make_filter(frequency_hz, q, 0, 1);
}

static float filtered(pinna_synth_filter* f, float x)
{
    double y = f->b0 * (double)x + f->z1;
    f->z1 = f->b1 * (double)x - f->a1 * y + f->z2;
    f->z2 = f->b2 * (double)x - f->a2 * y;
    return (float)y;
}

void pinna_synth_add(pinna_synth_ring* ring, size_t at, double value)
{
    ring->samples[at % ring->count] += (float)value;
}

/* From 1 at 0 to 0.001 (-60 dB) at decay_s. */
static double decayed(double t_s, double decay_s)
{
    return exp(-6.9078 * t_s / decay_s);
}

static size_t frames(double seconds)
{
    return (size_t)llround(seconds * RATE);
}

void pinna_synth_add_burst(pinna_synth_ring* ring, const pinna_synth_burst* burst)
{
    pinna_synth_noise noise = {burst->seed};
    pinna_synth_filter filter = pinna_synth_band_pass(burst->centre_hz, burst->q);
    size_t start = frames(burst->at_s), count = frames(burst->attack_s + burst->decay_s * 1.3);
    for (size_t i = 0; i < count; i++) {
        double t = (double)i / RATE, since = t - burst->attack_s;
        double level = since < 0 ? t / burst->attack_s : decayed(since, burst->decay_s);
        float x = filtered(&filter, pinna_synth_noise_next(&noise));
        pinna_synth_add(ring, start + i, burst->gain * level * (double)x);
    }
}

void pinna_synth_add_thump(pinna_synth_ring* ring, const pinna_synth_thump* thump)
{
    enum { RISE_FRAMES = 48 }; /* a millisecond, so that it does not click */
    size_t start = frames(thump->at_s), count = frames(thump->decay_s * 1.3);
    double phase = 0;
    for (size_t i = 0; i < count; i++) {
        double t = (double)i / RATE;
        double rise = i < RISE_FRAMES ? (double)i / RISE_FRAMES : 1.0;
        double glide = decayed(t, thump->decay_s * 0.7);
        phase += 2 * PINNA_SYNTH_PI * (thump->to_hz + (thump->from_hz - thump->to_hz) * glide) / RATE;
        pinna_synth_add(ring, start + i, thump->gain * rise * decayed(t, thump->decay_s) * sin(phase));
    }
}

void pinna_synth_add_noise(pinna_synth_ring* ring, double gain, pinna_synth_filter filter, uint32_t seed)
{
    for (int round = 0; round < 2; round++) {
        pinna_synth_noise noise = {seed};
        for (size_t i = 0; i < ring->count; i++) {
            float y = filtered(&filter, pinna_synth_noise_next(&noise));
            if (round) ring->samples[i] += (float)gain * y;
        }
    }
}

static double whole_waves_hz(const pinna_synth_ring* ring, double frequency_hz)
{
    double round_hz = RATE / (double)ring->count;
    return fmax(1, round(frequency_hz / round_hz)) * round_hz;
}

void pinna_synth_add_sine(pinna_synth_ring* ring, double gain, double frequency_hz)
{
    double step = 2 * PINNA_SYNTH_PI * whole_waves_hz(ring, frequency_hz) / RATE;
    for (size_t i = 0; i < ring->count; i++)
        ring->samples[i] += (float)(gain * sin(step * (double)i));
}

void pinna_synth_tremble(pinna_synth_ring* ring, double depth, double frequency_hz)
{
    double step = 2 * PINNA_SYNTH_PI * whole_waves_hz(ring, frequency_hz) / RATE;
    for (size_t i = 0; i < ring->count; i++)
        ring->samples[i] *= (float)(1 + depth * sin(step * (double)i));
}
