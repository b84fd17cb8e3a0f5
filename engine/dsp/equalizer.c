/* SPDX-License-Identifier: MIT */
#include "dsp/equalizer.h"

#include <math.h>

static bool in_range(float value, float low, float high)
{
    return value >= low && value <= high; /* false for NaN */
}

static bool filter_is_valid(const pinna_filter* f)
{
    return (unsigned)f->kind < PINNA_FILTER_KIND_COUNT && (unsigned)f->width_unit < PINNA_WIDTH_COUNT &&
           in_range(f->frequency_hz, 1.0f, 200000.0f) && in_range(f->gain_db, -60.0f, 60.0f) &&
           in_range(f->width, 0.001f, 1000.0f);
}

bool pinna_equalizer_is_valid(const pinna_equalizer* equalizer)
{
    if (!equalizer) return false;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        const pinna_equalizer_ear* e = &equalizer->ears[ear];
        if (e->filter_count > PINNA_EQUALIZER_MAX_FILTERS || !in_range(e->preamp_db, -120.0f, 60.0f)) return false;
        for (uint32_t i = 0; i < e->filter_count; i++)
            if (!filter_is_valid(&e->filters[i])) return false;
    }
    return true;
}

double pinna_equalizer_response_db(const pinna_equalizer* equalizer, int ear, double frequency_hz,
                                   double sample_rate_hz)
{
    if (ear < 0 || ear >= PINNA_EAR_COUNT || !pinna_equalizer_is_valid(equalizer)) return 0.0;
    const pinna_equalizer_ear* e = &equalizer->ears[ear];
    double db = (double)e->preamp_db;
    for (uint32_t i = 0; i < e->filter_count; i++) {
        pinna_biquad q = pinna_biquad_design(&e->filters[i], sample_rate_hz);
        db += 10.0 * log10(fmax(pinna_biquad_power(&q, frequency_hz, sample_rate_hz), 1e-30));
    }
    return db;
}

void pinna_equalizer_make(const pinna_equalizer* equalizer, double sample_rate_hz, pinna_equalizer_design* out)
{
    static const pinna_equalizer none;
    if (!equalizer) equalizer = &none;
    out->section_count = 0;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        const pinna_equalizer_ear* e = &equalizer->ears[ear];
        out->gains[ear] = pow(10.0, (double)e->preamp_db / 20.0);
        if (e->filter_count > out->section_count) out->section_count = e->filter_count;
    }
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        const pinna_equalizer_ear* e = &equalizer->ears[ear];
        for (uint32_t i = 0; i < out->section_count; i++)
            out->sections[i][ear] = i < e->filter_count ? pinna_biquad_design(&e->filters[i], sample_rate_hz)
                                                        : (pinna_biquad){.b = {1.0}};
    }
}

/* Direct form II transposed. Frame by frame through all sections: then a section need not wait for its own last frame,
   others' work lies between. */
void pinna_equalizer_process(const pinna_equalizer_design* design, pinna_equalizer_state* state, float* left,
                             float* right, size_t frame_count)
{
    for (size_t n = 0; n < frame_count; n++) {
        double x[PINNA_EAR_COUNT] = {(double)left[n], (double)right[n]};
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            x[ear] = fabs(x[ear]) <= 1e6 ? x[ear] * design->gains[ear] : 0.0;
        for (uint32_t i = 0; i < design->section_count; i++) {
            double(*z)[PINNA_EAR_COUNT] = state->z[i];
            for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
                const pinna_biquad* q = &design->sections[i][ear];
                double y = q->b[0] * x[ear] + z[0][ear];
                z[0][ear] = q->b[1] * x[ear] - q->a[0] * y + z[1][ear];
                z[1][ear] = q->b[2] * x[ear] - q->a[1] * y;
                x[ear] = y;
            }
        }
        left[n] = (float)x[PINNA_LEFT];
        right[n] = (float)x[PINNA_RIGHT];
    }
}
