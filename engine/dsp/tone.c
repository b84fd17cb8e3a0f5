/* SPDX-License-Identifier: MIT */
#include "dsp/tone.h"

#include <math.h>

#define PI 3.14159265358979323846
#define LOW_HZ 800.0
#define HIGH_HZ 8000.0
#define INPUT_LIMIT 1e6f

static float one_pole(double cutoff_hz, double sample_rate_hz)
{
    return (float)(1.0 - exp(-2.0 * PI * fmin(cutoff_hz, 0.45 * sample_rate_hz) / sample_rate_hz));
}

void pinna_tone_split_init(pinna_tone_split* split, double sample_rate_hz)
{
    split->low = one_pole(LOW_HZ, sample_rate_hz);
    split->high = one_pole(HIGH_HZ, sample_rate_hz);
}

void pinna_tone_process(pinna_tone* tone, const pinna_tone_split* split, const float* in, float* out,
                        const float from[PINNA_TONE_BANDS], const float to[PINNA_TONE_BANDS], pinna_tone_way way,
                        size_t frame_count)
{
    float low = tone->low_state, high = tone->high_state, gain[PINNA_TONE_BANDS], step[PINNA_TONE_BANDS];
    for (int b = 0; b < PINNA_TONE_BANDS; b++) step[b] = (to[b] - from[b]) / (float)way.length;
    /* One product and sum from state to state: the next sample need not wait longer. */
    const float low_kept = 1.0f - split->low, high_kept = 1.0f - split->high;
    for (size_t n = 0; n < frame_count; n++) {
        float part = (float)(way.phase + n + 1);
        for (int b = 0; b < PINNA_TONE_BANDS; b++) gain[b] = from[b] + step[b] * part;
        /* False for NaN too: nothing that is not a number may get into the state. */
        float x = fabsf(in[n]) <= INPUT_LIMIT ? in[n] : 0.0f;
        low = low_kept * low + split->low * x;
        high = high_kept * high + split->high * x;
        out[n] = gain[0] * low + gain[1] * (high - low) + gain[2] * (x - high);
    }
    tone->low_state = low;
    tone->high_state = high;
}
