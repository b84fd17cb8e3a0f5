/* SPDX-License-Identifier: MIT */
/* The specification: every other table is compared with this one. Plain loops on purpose. */
#include "dsp/kernels_tables.h"

static float fir_at(const float* in, const float* taps, size_t tap_count)
{
    float sum = 0.0f;
    for (size_t k = 0; k < tap_count; k++) sum += taps[k] * *(in - k);
    return sum;
}

static void fir(float* out, const float* in, const float* taps, size_t tap_count, size_t frame_count)
{
    for (size_t n = 0; n < frame_count; n++) out[n] = fir_at(in + n, taps, tap_count);
}

static void fir_pair(float* out0, float* out1, const float* in, const float* taps0, const float* taps1,
                     size_t tap_count, size_t frame_count)
{
    fir(out0, in, taps0, tap_count, frame_count);
    fir(out1, in, taps1, tap_count, frame_count);
}

static void fir_add(float* out, const float* in, const float* taps, size_t tap_count, size_t frame_count)
{
    for (size_t n = 0; n < frame_count; n++) out[n] += fir_at(in + n, taps, tap_count);
}

static void delay_fixed(float* out, const float* in, const float taps[PINNA_DELAY_TAPS], size_t frame_count)
{
    fir(out, in, taps, PINNA_DELAY_TAPS, frame_count);
}

static void delay_glide(float* out, const float* in, const pinna_delay_glide* glide, float u0, float du,
                        size_t frame_count)
{
    for (size_t n = 0; n < frame_count; n++) {
        float u = u0 + (float)n * du;
        float sum = 0.0f;
        for (size_t k = 0; k < PINNA_DELAY_TAPS; k++) {
            float tap = glide->c[0][k] + u * (glide->c[1][k] + u * glide->c[2][k]);
            sum += tap * *(in + n - k);
        }
        out[n] = sum;
    }
}

static void table_taps(float out[PINNA_DELAY_TAPS], const float* table, pinna_table_place place)
{
    const float *a = table + (size_t)place.row * PINNA_DELAY_TAPS, *b = a + PINNA_DELAY_TAPS;
    for (size_t k = 0; k < PINNA_DELAY_TAPS; k++) out[k] = a[k] + place.fraction * (b[k] - a[k]);
}

static void delay_at(float* out, const float* in, const float* table, pinna_table_place place, size_t frame_count)
{
    float taps[PINNA_DELAY_TAPS];
    table_taps(taps, table, place);
    delay_fixed(out, in, taps, frame_count);
}

static void glide_taps(float* out, const float* table, const pinna_table_place places[3], size_t tap_count)
{
    for (size_t k = 0; k < tap_count; k++) {
        float at[3];
        for (size_t i = 0; i < 3; i++) {
            const float* row = table + places[i].row * tap_count + k;
            at[i] = row[0] + places[i].fraction * (row[tap_count] - row[0]);
        }
        out[k] = at[1];
        out[tap_count + k] = at[2] - at[0];
        out[2 * tap_count + k] = 2.0f * (at[0] + at[2]) - 4.0f * at[1];
    }
}

static void glide_add(float* out, const float* in, const float* taps, size_t tap_count, float u0, float du,
                      size_t frame_count)
{
    for (size_t n = 0; n < frame_count; n++) {
        float u = u0 + (float)n * du;
        float sum = 0.0f;
        for (size_t k = 0; k < tap_count; k++)
            sum += (taps[k] + u * (taps[tap_count + k] + u * taps[2 * tap_count + k])) * *(in + n - k);
        out[n] += sum;
    }
}

static void bus_mix(float* busses, size_t bus_stride, const float* gains, size_t gain_stride, const float* inputs,
                    size_t input_stride, size_t bus_count, size_t source_count, size_t frame_count)
{
    for (size_t bus = 0; bus < bus_count; bus++)
        for (size_t source = 0; source < source_count; source++) {
            float gain = gains[source * gain_stride + bus];
            const float* in = inputs + source * input_stride;
            float* out = busses + bus * bus_stride;
            for (size_t n = 0; n < frame_count; n++) out[n] += gain * in[n];
        }
}

static void bus_set(float* busses, size_t bus_stride, const float* gains, size_t gain_stride, const float* inputs,
                    size_t input_stride, size_t bus_count, size_t source_count, size_t frame_count)
{
    for (size_t bus = 0; bus < bus_count; bus++)
        for (size_t n = 0; n < frame_count; n++) busses[bus * bus_stride + n] = 0.0f;
    bus_mix(busses, bus_stride, gains, gain_stride, inputs, input_stride, bus_count, source_count, frame_count);
}

static void copy(float* out, const float* in, size_t count)
{
    for (size_t n = 0; n < count; n++) out[n] = in[n];
}

static void blend3(float* out, const float* a, const float* b, const float* c, float wa, float wb, float wc,
                   size_t count)
{
    for (size_t n = 0; n < count; n++) out[n] = a[n] * wa + b[n] * wb + c[n] * wc;
}

static void blend3_change(float* out, float* change, const float* const rows[3], const float w[3], size_t count)
{
    for (size_t n = 0; n < count; n++) {
        float now = rows[0][n] * w[0] + rows[1][n] * w[1] + rows[2][n] * w[2];
        change[n] = out[n] - now;
        out[n] = now;
    }
}

static void crossfade(float* out, const float* from, const float* to, float w0, float dw, size_t frame_count)
{
    for (size_t n = 0; n < frame_count; n++) out[n] = from[n] + (to[n] - from[n]) * (w0 + (float)n * dw);
}

static void crossfade_add(float* out, const float* from, const float* to, float w0, float dw, size_t frame_count)
{
    for (size_t n = 0; n < frame_count; n++) out[n] += from[n] + (to[n] - from[n]) * (w0 + (float)n * dw);
}

static void one_pole(float* out, const float* in, const pinna_pole* pole, size_t frame_count)
{
    for (size_t n = 0; n < frame_count; n++) {
        float sum = in[n] * pole->taps[0];
        for (size_t k = 1; k < PINNA_POLE_AHEAD; k++) sum += in[n - k] * pole->taps[k];
        out[n] = pole->kept * out[(ptrdiff_t)n - PINNA_POLE_AHEAD] + sum;
    }
}

static void ramp3(float* out, const float* const rows[3], const float gains[3], const float steps[3], float first,
                  size_t frame_count)
{
    for (size_t n = 0; n < frame_count; n++) {
        float sum = 0.0f, at = first + (float)n;
        for (int i = 0; i < 3; i++) sum += rows[i][n] * (gains[i] + at * steps[i]);
        out[n] = sum;
    }
}

static void ramp_add(float* out, const float* in, float g0, float dg, size_t frame_count)
{
    for (size_t n = 0; n < frame_count; n++) out[n] += in[n] * (g0 + (float)n * dg);
}

/* What a host may hand over made harmless; the comparisons are false for NaN. */
static float tame(float x)
{
    const float limit = 1e6f;
    float size = x < 0.0f ? -x : x;
    if (!(size <= 3.402823466e38f)) return 0.0f;
    if (size <= limit) return x;
    return x < 0.0f ? -limit : limit;
}

static float ramp_copy(float* out, const float* in, float g0, float dg, size_t frame_count)
{
    float peak = 0.0f;
    for (size_t n = 0; n < frame_count; n++) {
        float x = tame(in[n]);
        float size = x < 0.0f ? -x : x;
        if (size > peak) peak = size;
        out[n] = x * (g0 + (float)n * dg);
    }
    return peak;
}

static float dot(const float* a, const float* b, size_t count)
{
    float sum = 0.0f;
    for (size_t n = 0; n < count; n++) sum += a[n] * b[n];
    return sum;
}

const pinna_kernels pinna_kernels_scalar = {
    .name = "scalar",
    .lanes = 1,
    .fir = fir,
    .fir_pair = fir_pair,
    .fir_add = fir_add,
    .delay_fixed = delay_fixed,
    .delay_glide = delay_glide,
    .delay_at = delay_at,
    .glide_taps = glide_taps,
    .glide_add = glide_add,
    .bus_mix = bus_mix,
    .bus_set = bus_set,
    .copy = copy,
    .blend3 = blend3,
    .blend3_change = blend3_change,
    .crossfade = crossfade,
    .crossfade_add = crossfade_add,
    .one_pole = one_pole,
    .ramp3 = ramp3,
    .ramp_add = ramp_add,
    .ramp_copy = ramp_copy,
    .dot = dot,
};
