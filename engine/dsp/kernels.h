/* SPDX-License-Identifier: MIT */
/*
 * The inner loops, floor 1. One body (kernels_body.h) compiled once per vector width; the scalar table is the
 * specification. Pick a table once with pinna_kernels_select() and keep it.
 *
 * Unless said otherwise: counts may be any number including 0; pointers need no alignment beyond float's (64 bytes is
 * fastest); outputs do not alias inputs; nothing is read or written outside the ranges named.
 */
#ifndef PINNA_DSP_KERNELS_H
#define PINNA_DSP_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
    PINNA_DELAY_TAPS = 8, /**< Taps of the fractional delay filter. */
    /** Samples the fractional delay filter reads after (newer than) the integer delay: delay >= this many frames. */
    PINNA_DELAY_LEAD = 3
};

/** A delay gliding over a period: taps(u) = c0 + u c1 + u^2 c2, u in [-1/2, 1/2] across the period. */
typedef struct pinna_delay_glide {
    float c[3][PINNA_DELAY_TAPS];
} pinna_delay_glide;

/** A one-pole filter looked so many frames ahead: y[n] = kept y[n - PINNA_POLE_AHEAD] + sum of taps[k] x[n - k]. Its
 *  results need not wait for each other, and are the same bits however the frames are cut. */
enum { PINNA_POLE_AHEAD = 8 };

typedef struct pinna_pole {
    float taps[PINNA_POLE_AHEAD], kept;
} pinna_pole;

/** Between two rows of a table. */
typedef struct pinna_table_place {
    uint32_t row;
    float fraction; /**< Of the way to the next. */
} pinna_table_place;

typedef struct pinna_kernels {
    const char* name; /**< "scalar", "sse", "neon", "avx2", "avx512". */
    uint32_t lanes;

    /** out[n] = sum over k of taps[k] in[n - k], k < tap_count; in[-(tap_count-1)] on is readable. */
    void (*fir)(float* out, const float* in, const float* taps, size_t tap_count, size_t frame_count);

    /** Two filters over one input: as fir, twice, at less than twice the cost. */
    void (*fir_pair)(float* out0, float* out1, const float* in, const float* taps0, const float* taps1,
                     size_t tap_count, size_t frame_count);

    /** out[n] += as fir. */
    void (*fir_add)(float* out, const float* in, const float* taps, size_t tap_count, size_t frame_count);

    /** The 8-tap case of fir, for constant fractional delays. */
    void (*delay_fixed)(float* out, const float* in, const float taps[PINNA_DELAY_TAPS], size_t frame_count);

    /** Gliding fractional delay: taps at frame n are c0 + u c1 + u^2 c2 with u = u0 + n du. Reads as fir with 8 taps.
     */
    void (*delay_glide)(float* out, const float* in, const pinna_delay_glide* glide, float u0, float du,
                        size_t frame_count);

    /** The same for any count of taps, which follow one another as c0, c1, c2, and added to out. */
    void (*glide_add)(float* out, const float* in, const float* taps, size_t tap_count, float u0, float du,
                      size_t frame_count);

    /** delay_fixed with taps[k] = table[row][k] + fraction (table[row + 1][k] - table[row][k]). */
    void (*delay_at)(float* out, const float* in, const float* table, pinna_table_place place, size_t frame_count);

    /** c0, c1 and c2, one after the other, of a glide through the filters at three places of a table whose rows have any
     *  multiple of 8 taps: at u = -1/2, 0 and 1/2. */
    void (*glide_taps)(float* out, const float* table, const pinna_table_place places[3], size_t tap_count);

    /**
     * The batch's matrix product: for bus b < bus_count and frame n < frame_count
     *   busses[b * bus_stride + n] +=
     *       sum over s < source_count of gains[s * gain_stride + b] inputs[s * input_stride + n].
     * bus_count is a multiple of 8; bus_stride and input_stride are multiples of 16 and busses, inputs are 64-byte
     * aligned; rows may be read and written up to frame_count rounded up to 16. Fastest with 16 sources or more a call
     * and strides that are an odd multiple of 16: rows a large power of two apart fall on the same few cache lines.
     */
    void (*bus_mix)(float* busses, size_t bus_stride, const float* gains, size_t gain_stride, const float* inputs,
                    size_t input_stride, size_t bus_count, size_t source_count, size_t frame_count);

    /** The same with = instead of +=. */
    void (*bus_set)(float* busses, size_t bus_stride, const float* gains, size_t gain_stride, const float* inputs,
                    size_t input_stride, size_t bus_count, size_t source_count, size_t frame_count);

    /** out[n] = in[n]. memcpy may choose a string instruction, which takes long to begin. */
    void (*copy)(float* out, const float* in, size_t count);

    /** out[n] = a[n] wa + b[n] wb + c[n] wc. */
    void (*blend3)(float* out, const float* a, const float* b, const float* c, float wa, float wb, float wc,
                   size_t count);

    /** out becomes rows[0] w[0] + rows[1] w[1] + rows[2] w[2]; change = what it was less what it is. */
    void (*blend3_change)(float* out, float* change, const float* const rows[3], const float w[3], size_t count);

    /** out[n] = from[n] + (to[n] - from[n]) (w0 + n dw). out may be from. */
    void (*crossfade)(float* out, const float* from, const float* to, float w0, float dw, size_t frame_count);

    /** out[n] += as crossfade. */
    void (*crossfade_add)(float* out, const float* from, const float* to, float w0, float dw, size_t frame_count);

    /** A one-pole filter; in[-PINNA_POLE_AHEAD + 1] and out[-PINNA_POLE_AHEAD] on are readable, and both rows are read or
     *  written up to frame_count rounded up to PINNA_POLE_AHEAD. */
    void (*one_pole)(float* out, const float* in, const pinna_pole* pole, size_t frame_count);

    /** out[n] = sum over i < 3 of rows[i][n] (gains[i] + (first + n) steps[i]): the same bits however it is cut. out may
     *  be any of the rows. */
    void (*ramp3)(float* out, const float* const rows[3], const float gains[3], const float steps[3], float first,
                  size_t frame_count);

    /** out[n] += in[n] (g0 + n dg). */
    void (*ramp_add)(float* out, const float* in, float g0, float dg, size_t frame_count);

    /** out[n] = in[n] (g0 + n dg), where an in[n] that is not finite counts as 0 and |in[n]| is cut to 1e6. Returns the
     *  largest |in[n]| after that, so that silence (0) is known. */
    float (*ramp_copy)(float* out, const float* in, float g0, float dg, size_t frame_count);

    /** Sum of a[n] b[n]. */
    float (*dot)(const float* a, const float* b, size_t count);
} pinna_kernels;

/** Instruction sets, as bits. */
enum {
    PINNA_CPU_SSE2 = 1, /**< Or NEON: 4 lanes. */
    PINNA_CPU_AVX2 = 2, /**< AVX2 and FMA: 8 lanes. */
    PINNA_CPU_AVX512 = 4 /**< AVX-512 F, DQ, BW, VL: 16 lanes. */
};

/** What this processor and operating system offer, cut by the environment variable PINNA_CPU (scalar, sse, avx2,
 *  avx512) where it is set. Not real-time safe. */
uint32_t pinna_cpu_flags(void);

/** The best table for these flags. Never NULL. */
const pinna_kernels* pinna_kernels_select(uint32_t cpu_flags);

/** Every table this build has and this processor can run, best last, for tests. Returns how many (at most 4). */
size_t pinna_kernels_all(const pinna_kernels* tables[4]);

#endif
