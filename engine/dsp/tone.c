/* SPDX-License-Identifier: MIT */
#include "dsp/tone.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846
#define LOW_HZ 800.0
#define HIGH_HZ 8000.0

static void one_pole(pinna_pole* pole, double cutoff_hz, double sample_rate_hz)
{
    double kept = exp(-2.0 * PI * fmin(cutoff_hz, 0.45 * sample_rate_hz) / sample_rate_hz), tap = 1.0 - kept;
    for (int k = 0; k < PINNA_POLE_AHEAD; k++, tap *= kept) pole->taps[k] = (float)tap;
    pole->kept = (float)pow(kept, PINNA_POLE_AHEAD);
}

void pinna_tone_split_init(pinna_tone_split* split, double sample_rate_hz)
{
    one_pole(&split->low, LOW_HZ, sample_rate_hz);
    one_pole(&split->high, HIGH_HZ, sample_rate_hz);
}

/* Frames worked on at once, behind those kept. */
enum { PAST = PINNA_POLE_AHEAD, CHUNK = 128 };

typedef struct rows {
    float in[PAST + CHUNK], low[PAST + CHUNK], high[PAST + CHUNK];
} rows;

static void recall(rows* r, const pinna_tone* tone)
{
    memcpy(r->in, tone->in, sizeof tone->in);
    memcpy(r->low, tone->low, sizeof tone->low);
    memcpy(r->high, tone->high, sizeof tone->high);
}

static void keep(const rows* r, pinna_tone* tone, size_t frame_count)
{
    memcpy(tone->in, r->in + frame_count, sizeof tone->in);
    memcpy(tone->low, r->low + frame_count, sizeof tone->low);
    memcpy(tone->high, r->high + frame_count, sizeof tone->high);
}

void pinna_tone_process(const pinna_kernels* kernels, pinna_tone* tone, const pinna_tone_split* split, const float* in,
                        float* out, const float from[PINNA_TONE_BANDS], const float to[PINNA_TONE_BANDS],
                        pinna_tone_way way, size_t frame_count)
{
    rows r;
    const float* const parts[3] = {r.low + PAST, r.high + PAST, r.in + PAST};
    float step[3], first = (float)(way.phase + 1);
    for (int b = 0; b < 3; b++) step[b] = (to[b] - from[b]) / (float)way.length;
    /* g0 low + g1 (high - low) + g2 (in - high): exactly in where all are 1 */
    const float gains[3] = {from[0] - from[1], from[1] - from[2], from[2]};
    const float steps[3] = {step[0] - step[1], step[1] - step[2], step[2]};
    for (size_t at = 0; at < frame_count; at += CHUNK) {
        size_t count = frame_count - at < CHUNK ? frame_count - at : CHUNK;
        recall(&r, tone);
        kernels->ramp_copy(r.in + PAST, in + at, 1.0f, 0.0f, count); /* only what is finite may get into the past */
        memset(r.in + PAST + count, 0, (CHUNK - count < PAST ? CHUNK - count : PAST) * sizeof(float));
        kernels->one_pole(r.low + PAST, r.in + PAST, &split->low, count);
        kernels->one_pole(r.high + PAST, r.in + PAST, &split->high, count);
        kernels->ramp3(out + at, parts, gains, steps, first + (float)at, count);
        keep(&r, tone, count);
    }
}
