/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include <math.h>
#include <string.h>

/*
 * Files hold up to 8192 samples per response. What comes long after a head's response is the laboratory's noise and its
 * walls, what comes before is the way from the loudspeaker; transforming them takes most of the time and brings
 * nothing. Between LEAD_S before the earliest peak and TAIL_S after the latest, everything is kept.
 */
#define LEAD_S 0.006
#define TAIL_S 0.043 /* 2048 samples at 48 kHz, or twice the taps that are asked for */

typedef struct window {
    uint32_t first, count;
} window;

/* The first of the largest samples. Largest ones side by side are what compilers make vectors of. */
static uint32_t peak_of(const float* taps, uint32_t count)
{
    enum { LANES = 8 };
    float largest[LANES] = {0.0f};
    uint32_t whole = count - count % LANES, peak = 0;
    for (uint32_t n = 0; n < whole; n += LANES)
        for (uint32_t l = 0; l < LANES; l++) {
            float size = fabsf(taps[n + l]);
            largest[l] = size > largest[l] ? size : largest[l];
        }
    for (uint32_t l = 1; l < LANES; l++) largest[0] = largest[l] > largest[0] ? largest[l] : largest[0];
    while (peak < whole && fabsf(taps[peak]) < largest[0]) peak++;
    if (peak == count) peak = 0;
    for (uint32_t n = whole; n < count; n++)
        if (fabsf(taps[n]) > fabsf(taps[peak])) peak = n;
    return peak;
}

static window find_window(const pinna_measured_set* m, const pinna_build* build)
{
    uint32_t earliest = m->tap_count, latest = 0;
    for (size_t row = 0; row < (size_t)m->measurement_count * PINNA_EAR_COUNT; row++) {
        uint32_t peak = peak_of(m->hrirs + row * m->tap_count, m->tap_count);
        if (peak < earliest) earliest = peak;
        if (peak > latest) latest = peak;
    }
    uint32_t lead = (uint32_t)(LEAD_S * m->sample_rate_hz);
    double tail_s = fmax(TAIL_S, 2.0 * build->tap_count / build->sample_rate_hz);
    double end = latest + ceil(tail_s * m->sample_rate_hz);
    window w = {.first = earliest > lead ? earliest - lead : 0};
    w.count = (end < m->tap_count ? (uint32_t)end : m->tap_count) - w.first;
    return w;
}

static bool copy_window(pinna_pool* scratch, const pinna_measured_set* m, window w, pinna_measured_set* out)
{
    size_t row_count = (size_t)m->measurement_count * PINNA_EAR_COUNT;
    float* hrirs = pinna_pool_take(scratch, row_count * w.count, sizeof *hrirs);
    float* delays = pinna_pool_take(scratch, row_count, sizeof *delays);
    if (!hrirs || !delays) return false;
    for (size_t row = 0; row < row_count; row++) {
        float* taps = hrirs + row * w.count;
        memcpy(taps, m->hrirs + row * m->tap_count + w.first, w.count * sizeof *taps);
        if (w.first + w.count < m->tap_count) pinna_build_fade_out(taps, w.count);
        delays[row] = (m->delays_frames ? m->delays_frames[row] : 0.0f) + (float)w.first;
    }
    out->hrirs = hrirs;
    out->delays_frames = delays;
    out->tap_count = w.count;
    return true;
}

bool pinna_build_trim(pinna_build* build, pinna_measured_set* out)
{
    const pinna_measured_set* m = build->measured;
    *out = *m;
    if (m->tap_count <= (LEAD_S + TAIL_S) * m->sample_rate_hz) return true;
    window w = find_window(m, build);
    if (w.count < m->tap_count && !copy_window(build->scratch, m, w, out)) return false;
    build->measured = out;
    return true;
}
