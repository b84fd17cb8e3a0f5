/* SPDX-License-Identifier: MIT */
#include "dsp/presence.h"

#include "dsp/biquad.h"

#include <math.h>

#define LOW_HZ 2000.0
#define HIGH_HZ 6000.0

void pinna_presence_init(pinna_presence_filter* filter, double sample_rate_hz)
{
    double centre_hz = fmin(sqrt(LOW_HZ * HIGH_HZ), 0.4 * sample_rate_hz);
    pinna_biquad q = pinna_biquad_design(&(pinna_filter){.kind = PINNA_FILTER_BAND_PASS,
                                                         .width_unit = PINNA_WIDTH_Q,
                                                         .frequency_hz = (float)centre_hz,
                                                         .width = (float)(centre_hz / (HIGH_HZ - LOW_HZ))},
                                         sample_rate_hz);
    *filter = (pinna_presence_filter){(float)q.b[0], (float)q.a[0], (float)q.a[1]};
}

void pinna_presence_process(pinna_presence* presence, const pinna_presence_filter* f, const float* in, float* out,
                            float from, float step, size_t phase, size_t frame_count)
{
    float z0 = presence->z[0], z1 = presence->z[1];
    for (size_t n = 0; n < frame_count; n++) {
        float x = fabsf(in[n]) <= 1e6f ? in[n] : 0.0f, y = f->b0 * x + z0;
        z0 = z1 - f->a1 * y;
        z1 = -f->b0 * x - f->a2 * y;
        out[n] = x + (from + step * (float)(phase + n + 1)) * y;
    }
    presence->z[0] = z0;
    presence->z[1] = z1;
}
