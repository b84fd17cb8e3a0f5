/* SPDX-License-Identifier: MIT */
#include "interaural.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The ear compares phases below about 1.5 kHz only; no head's ITD reaches 1 ms. */
#define LOWPASS_HZ 1500.0
#define LAG_MAX_S 1e-3
#define WINDOW_S 0.05
#define PI 3.14159265358979323846

/* Below this, or with ears less alike than this, a correlation's peak means nothing. */
#define FLOOR_DB -60.0f
#define LEAST_CORRELATION 0.8f

/* Transposed direct form II. */
typedef struct biquad {
    float b0, b1, b2, a1, a2;
    float state[PINNA_EAR_COUNT][2];
} biquad;

struct pinna_interaural {
    size_t window_frames, hop_frames, lag_max;
    size_t fill;
    uint64_t first_frame; /* of the window being filled */
    uint32_t sample_rate_hz;
    biquad lowpass;
    float* wide[PINNA_EAR_COUNT]; /* [window_frames] */
    float* low[PINNA_EAR_COUNT];
    float* correlation; /* [2 lag_max + 1] */
    pinna_interaural_window* windows;
    size_t window_count, window_capacity;
};

/* A second-order Butterworth low-pass by the bilinear transform. */
static biquad make_lowpass(double sample_rate_hz)
{
    double k = tan(PI * LOWPASS_HZ / sample_rate_hz), q = sqrt(2.0), scale = 1 / (1 + q * k + k * k);
    return (biquad){.b0 = (float)(k * k * scale),
                    .b1 = (float)(2 * k * k * scale),
                    .b2 = (float)(k * k * scale),
                    .a1 = (float)(2 * (k * k - 1) * scale),
                    .a2 = (float)((1 - q * k + k * k) * scale)};
}

static float filter(biquad* f, int ear, float in)
{
    float* s = f->state[ear];
    float out = f->b0 * in + s[0];
    s[0] = f->b1 * in - f->a1 * out + s[1];
    s[1] = f->b2 * in - f->a2 * out;
    return out;
}

pinna_status pinna_interaural_create(uint32_t sample_rate_hz, pinna_interaural** out)
{
    *out = NULL;
    pinna_interaural* t = calloc(1, sizeof *t);
    if (!t) return PINNA_ERROR_MEMORY;
    t->sample_rate_hz = sample_rate_hz;
    t->hop_frames = (size_t)(WINDOW_S / 2 * sample_rate_hz);
    t->window_frames = 2 * t->hop_frames;
    t->lag_max = (size_t)(LAG_MAX_S * sample_rate_hz);
    t->lowpass = make_lowpass(sample_rate_hz);
    t->correlation = calloc(2 * t->lag_max + 1, sizeof(float));
    bool whole = t->correlation;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        t->wide[ear] = calloc(t->window_frames, sizeof(float));
        t->low[ear] = calloc(t->window_frames, sizeof(float));
        whole = whole && t->wide[ear] && t->low[ear];
    }
    if (!whole) {
        pinna_interaural_destroy(t);
        return PINNA_ERROR_MEMORY;
    }
    *out = t;
    return PINNA_OK;
}

static float dot(const float* a, const float* b, size_t count)
{
    float sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static float level_db(const float* samples, size_t count)
{
    return 10 * log10f(dot(samples, samples, count) / (float)count);
}

/* One stretch of the left ear against the right ear's at every lag, each divided by that one's level: otherwise a loud
   beat at the window's edge would draw the peak to the lags that include it. */
static void correlate(pinna_interaural* t)
{
    size_t count = t->window_frames - 2 * t->lag_max;
    const float* right = t->low[PINNA_RIGHT];
    float energy = dot(t->low[PINNA_LEFT] + t->lag_max, t->low[PINNA_LEFT] + t->lag_max, count);
    for (size_t i = 0; i <= 2 * t->lag_max; i++) {
        float product = energy * dot(right + i, right + i, count);
        t->correlation[i] = dot(t->low[PINNA_LEFT] + t->lag_max, right + i, count) / sqrtf(fmaxf(product, 1e-30f));
    }
}

/* The top of the parabola through the highest value and its neighbours, in frames. */
static float peak_lag(const pinna_interaural* t, size_t best)
{
    const float* c = t->correlation + best;
    float bend = best > 0 && best < 2 * t->lag_max ? c[-1] - 2 * c[0] + c[1] : 0;
    float shift = bend < 0 ? 0.5f * (c[-1] - c[1]) / bend : 0;
    return (float)best - (float)t->lag_max + shift;
}

static float find_itd(pinna_interaural* t)
{
    const float *left = t->low[PINNA_LEFT], *right = t->low[PINNA_RIGHT];
    if (level_db(left, t->window_frames) < FLOOR_DB || level_db(right, t->window_frames) < FLOOR_DB) return NAN;
    correlate(t);
    size_t best = 0;
    for (size_t i = 1; i <= 2 * t->lag_max; i++)
        if (t->correlation[i] > t->correlation[best]) best = i;
    if (t->correlation[best] < LEAST_CORRELATION) return NAN;
    return peak_lag(t, best) / (float)t->sample_rate_hz;
}

static bool add_window(pinna_interaural* t)
{
    if (t->window_count == t->window_capacity) {
        size_t capacity = t->window_capacity ? 2 * t->window_capacity : 1024;
        pinna_interaural_window* windows = realloc(t->windows, capacity * sizeof *windows);
        if (!windows) return false;
        t->windows = windows;
        t->window_capacity = capacity;
    }
    pinna_interaural_window* window = &t->windows[t->window_count++];
    window->middle_s = (double)(t->first_frame + t->hop_frames) / t->sample_rate_hz;
    window->itd_s = find_itd(t);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        window->level_db[ear] = level_db(t->wide[ear], t->window_frames);
    return true;
}

static void keep_second_half(pinna_interaural* t)
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        memcpy(t->wide[ear], t->wide[ear] + t->hop_frames, t->hop_frames * sizeof(float));
        memcpy(t->low[ear], t->low[ear] + t->hop_frames, t->hop_frames * sizeof(float));
    }
    t->fill = t->hop_frames;
    t->first_frame += t->hop_frames;
}

bool pinna_interaural_write(pinna_interaural* t, const float* left, const float* right, size_t frame_count)
{
    const float* in[PINNA_EAR_COUNT] = {left, right};
    bool whole = true;
    for (size_t i = 0; i < frame_count && whole; i++) {
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            t->wide[ear][t->fill] = in[ear][i];
            t->low[ear][t->fill] = filter(&t->lowpass, ear, in[ear][i]);
        }
        if (++t->fill < t->window_frames) continue;
        whole = add_window(t);
        keep_second_half(t);
    }
    return whole;
}

const pinna_interaural_window* pinna_interaural_windows(const pinna_interaural* t, size_t* count)
{
    *count = t->window_count;
    return t->windows;
}

void pinna_interaural_destroy(pinna_interaural* t)
{
    if (!t) return;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        free(t->wide[ear]);
        free(t->low[ear]);
    }
    free(t->correlation);
    free(t->windows);
    free(t);
}
