/* SPDX-License-Identifier: MIT */
/*
 * The long filters of kernels_body.h.
 *
 * A load that straddles two cache lines costs two, and all but one in LANES of a filter's loads do. One load per
 * multiply-add would therefore halve the speed. So taps are taken a whole vector apart: with k = LANES m + r, the
 * output vector j needs the input vector j - m of phase r, in[LANES (j - m) - r], and one load serves every (j, m) of
 * equal difference. A tile holds J output vectors and M tap blocks: J M multiply-adds for J + M - 1 loads.
 */
#ifndef PINNA_DSP_KERNELS_FIR_H
#define PINNA_DSP_KERNELS_FIR_H

#include "dsp/kernels_lanes.h"

/* With fewer frames than this one dot product per frame is cheapest. */
enum { FIR_DOT_FRAMES = 4 };

/* outs[n] = starts[n] + as fir, for the whole vectors of a tile; no starts (NULL): 0. One filter has no second of each.
   Nothing but numbers and pointers, for a struct on its way through memory costs as much as a small tile. */
#define FIR_TILE_PARAMETERS \
    float *out0, float *out1, const float *start0, const float *start1, const float *in, const float *taps0, \
        const float *taps1, size_t tap_count

/*
 * The tiles. SSE and AVX have 16 registers: 8 sums, the taps and an input; AVX-512 has 32. Each sum is held in S parts,
 * for an accumulator can be added to every fourth cycle only: with fewer than eight the multipliers idle.
 */
#define FIR_WIDE (LANES == 16)

#define FIR_NAME(part) fir_tile8##part
#define F 1
#define J 8
#define B 4
#define S (FIR_WIDE ? 2 : 1)
#include "dsp/kernels_fir_tile.h"

#define FIR_NAME(part) fir_tile4##part
#define F 1
#define J 4
#define B 4
#define S (FIR_WIDE ? 4 : 2)
#include "dsp/kernels_fir_tile.h"

#define FIR_NAME(part) fir_tile2##part
#define F 1
#define J 2
#define B 4
#define S 4
#include "dsp/kernels_fir_tile.h"

#define FIR_NAME(part) fir_tile1##part
#define F 1
#define J 1
#define B 4
#define S 4
#include "dsp/kernels_fir_tile.h"

#define FIR_NAME(part) fir_pair_tile4##part
#define F 2
#define J 4
#define B (FIR_WIDE ? 4 : 2)
#define S (FIR_WIDE ? 2 : 1)
#include "dsp/kernels_fir_tile.h"

#define FIR_NAME(part) fir_pair_tile2##part
#define F 2
#define J 2
#define B (FIR_WIDE ? 4 : 2)
#define S (FIR_WIDE ? 4 : 2)
#include "dsp/kernels_fir_tile.h"

#define FIR_NAME(part) fir_pair_tile1##part
#define F 2
#define J 1
#define B (FIR_WIDE ? 4 : 2)
#define S (FIR_WIDE ? 4 : 2)
#include "dsp/kernels_fir_tile.h"

typedef struct fir_shape {
    size_t vector_count;
    void (*tile)(FIR_TILE_PARAMETERS);
} fir_shape;

/* Largest first, ending with one vector. */
static const fir_shape fir_shapes[] = {{8, fir_tile8}, {4, fir_tile4}, {2, fir_tile2}, {1, fir_tile1}};
static const fir_shape fir_pair_shapes[] = {{4, fir_pair_tile4}, {2, fir_pair_tile2}, {1, fir_pair_tile1}};

/* out = start + sums, fewer than LANES of them. */
INLINE void emit(float* out, const float* start, const float* sums, size_t count)
{
    vec last = load_part(sums, count);
    if (start) last += load_part(start, count);
    store_part(out, last, count);
}

/* One output sample: the input runs against the taps, so it is turned round. */
static float fir_dot(const float* in, const float* taps, size_t tap_count)
{
    vec even = {0};
    vec odd = {0};
    size_t k = 0;
    for (; k + 2 * LANES <= tap_count; k += 2 * LANES) {
        even = fma_of(crossed(load(in - k - (LANES - 1)), LANES - 1), load(taps + k), even);
        odd = fma_of(crossed(load(in - k - (2 * LANES - 1)), LANES - 1), load(taps + k + LANES), odd);
    }
    if (k + LANES <= tap_count) {
        even = fma_of(crossed(load(in - k - (LANES - 1)), LANES - 1), load(taps + k), even);
        k += LANES;
    }
    float sum = sum_of_lanes(even + odd);
    for (; k < tap_count; k++) sum += taps[k] * *(in - k);
    return sum;
}

/* Fewer than LANES frames. The first LANES taps would reach beyond the last input sample, so they run over a copy;
   for later taps even the lanes that do not count lie inside the history. */
static void fir_short(float* out, const float* start, const float* in, const float* taps, size_t tap_count,
                      size_t frame_count)
{
    float sums[LANES];
    if (frame_count < FIR_DOT_FRAMES || tap_count == 0) {
        for (size_t n = 0; n < frame_count; n++) sums[n] = fir_dot(in + n, taps, tap_count);
    } else {
        size_t near_count = tap_count < LANES ? tap_count : LANES;
        float near[2 * LANES] = {0};
        memcpy(near + LANES - near_count, in - (near_count - 1), (near_count - 1 + frame_count) * sizeof *near);
        fir_tile1(sums, NULL, NULL, NULL, near + LANES - 1, taps, NULL, near_count);
        if (tap_count > near_count)
            fir_tile1(sums, NULL, sums, NULL, in - near_count, taps + near_count, NULL, tap_count - near_count);
    }
    emit(out, start, sums, frame_count);
}

INLINE const float* at(const float* start, size_t n)
{
    return start ? start + n : NULL;
}

/* Whole vectors by the largest tiles that fit; what is left by going back so far that it ends a whole vector. */
INLINE void fir_tiles(FIR_TILE_PARAMETERS, size_t frame_count, const size_t F)
{
    const fir_shape* shape = F == 1 ? fir_shapes : fir_pair_shapes;
    for (size_t n = 0; n < frame_count; n += shape->vector_count * LANES) {
        size_t left = frame_count - n;
        while (shape->vector_count > 1 && shape->vector_count * LANES > left) shape++;
        if (left >= LANES) {
            shape->tile(out0 + n, out1 ? out1 + n : NULL, at(start0, n), at(start1, n), in + n, taps0, taps1,
                        tap_count);
        } else {
            float sums[2][LANES];
            size_t back = LANES - left;
            shape->tile(sums[0], sums[1], NULL, NULL, in + n - back, taps0, taps1, tap_count);
            emit(out0 + n, at(start0, n), sums[0] + back, left);
            if (F == 2) emit(out1 + n, at(start1, n), sums[1] + back, left);
        }
    }
}

/*
 * A square of as many frames as taps needs fewer products than it has places (Karatsuba's way, for Toeplitz matrices).
 * With the taps halved into h0 and h1, the frames into y0 and y1, and X(b) h the filter h over the input from half b
 * on, y0 = X(0) h0 + X(-1) h1    and    y1 = X(1) h0 + X(0) h1, four products. With the lagged difference d = in - (in
 * half a square earlier) they are three: y0 = X(0) (h0 + h1) - D(0) h1    and    y1 = X(0) (h0 + h1) + D(1) h0. Each is
 * a square again. No frame reads an input later than itself, so nothing sounds early, and silence stays silence.
 */
enum {
    /* Squares are of this size or twice it. Smaller ones are better left to tiles, and so is, with AVX-512, one filter
       alone: there loads set the pace, not products. */
    FIR_SQUARE = LANES == 4 ? 64 : 128,
    FIR_PAIR_SQUARE = LANES == 16 ? 128 : 64,
    FIR_HALF_MOST = 128
};

/* The lagged difference, as both halves read it. */
INLINE void fir_lag(float* lagged, const float* in, size_t half)
{
    const size_t count = 3 * half - 1;
    const float *now = in - (half - 1), *before = now - half;
    for (size_t n = 0; n + LANES <= count; n += LANES) store(lagged + n, load(now + n) - load(before + n));
    size_t last = count - LANES;
    store(lagged + last, load(now + last) - load(before + last));
}

INLINE void fir_halve(float* sum, float* minus_late, const float* taps, size_t half)
{
    for (size_t k = 0; k < half; k += LANES) {
        store(sum + k, load(taps + k) + load(taps + half + k));
        store(minus_late + k, (vec){0} - load(taps + half + k));
    }
}

INLINE void sum_up(float* out, const float* a, const float* b, size_t count)
{
    for (size_t n = 0; n < count; n += LANES) store(out + n, load(a + n) + load(b + n));
}

typedef void fir_product(FIR_TILE_PARAMETERS);

/* A square of two halves, the three products by another function. */
INLINE void fir_square(FIR_TILE_PARAMETERS, const size_t F, const size_t half, fir_product* product)
{
    float *const outs[] = {out0, out1}, *const late_outs[] = {out0 + half, F > 1 ? out1 + half : NULL};
    const float *const starts[] = {start0, start1}, *const taps[] = {taps0, taps1};
    float lagged[3 * FIR_HALF_MOST], common[2][FIR_HALF_MOST], sum[2][FIR_HALF_MOST], minus_late[2][FIR_HALF_MOST];
    (void)tap_count; /* 2 half */
    fir_lag(lagged, in, half);
    for (size_t f = 0; f < F; f++) fir_halve(sum[f], minus_late[f], taps[f], half);
    product(common[0], common[1], NULL, NULL, in, sum[0], sum[1], half);
    for (size_t f = 0; f < F && start0; f++) {
        sum_up(outs[f], starts[f], common[f], half);
        sum_up(late_outs[f], starts[f] + half, common[f], half);
    }
    const float* early = lagged + half - 1;
    if (start0) {
        product(out0, out1, out0, out1, early, minus_late[0], minus_late[1], half);
        product(late_outs[0], late_outs[1], late_outs[0], late_outs[1], early + half, taps0, taps1, half);
    } else {
        product(out0, out1, common[0], common[1], early, minus_late[0], minus_late[1], half);
        product(late_outs[0], late_outs[1], common[0], common[1], early + half, taps0, taps1, half);
    }
}

#define FIR_TILE_ARGUMENTS out0, out1, start0, start1, in, taps0, taps1, tap_count

static void fir_half(FIR_TILE_PARAMETERS)
{
    fir_tiles(FIR_TILE_ARGUMENTS, FIR_SQUARE / 2, 1);
}

static void fir_pair_half(FIR_TILE_PARAMETERS)
{
    fir_tiles(FIR_TILE_ARGUMENTS, FIR_PAIR_SQUARE / 2, 2);
}

static void fir_square_once(FIR_TILE_PARAMETERS)
{
    fir_square(FIR_TILE_ARGUMENTS, 1, FIR_SQUARE / 2, fir_half);
}

static void fir_pair_square_once(FIR_TILE_PARAMETERS)
{
    fir_square(FIR_TILE_ARGUMENTS, 2, FIR_PAIR_SQUARE / 2, fir_pair_half);
}

static void fir_square_twice(FIR_TILE_PARAMETERS)
{
    fir_square(FIR_TILE_ARGUMENTS, 1, FIR_SQUARE, fir_square_once);
}

static void fir_pair_square_twice(FIR_TILE_PARAMETERS)
{
    fir_square(FIR_TILE_ARGUMENTS, 2, FIR_PAIR_SQUARE, fir_pair_square_once);
}

/* The largest square that fits, and its size. */
INLINE fir_product* fir_find_square(size_t tap_count, size_t frame_count, const size_t F, size_t* size)
{
    size_t most = tap_count < frame_count ? tap_count : frame_count;
    *size = F == 1 ? FIR_SQUARE : FIR_PAIR_SQUARE;
    if (*size > most || (F == 1 && FIR_WIDE)) return NULL;
    if (2 * *size > most) return F == 1 ? fir_square_once : fir_pair_square_once;
    *size *= 2;
    return F == 1 ? fir_square_twice : fir_pair_square_twice;
}

/* Blocks of frames made of squares as far as there are taps for them; what is left in tiles. */
INLINE void fir_run(FIR_TILE_PARAMETERS, size_t frame_count, const size_t F)
{
    size_t n = 0, size;
    for (fir_product* square; (square = fir_find_square(tap_count, frame_count - n, F, &size)) != NULL; n += size) {
        const float *from0 = at(start0, n), *from1 = at(start1, n);
        size_t tap = 0;
        for (; tap + size <= tap_count; tap += size) {
            square(out0 + n, out1 + n, from0, from1, in + n - tap, taps0 + tap, taps1 + tap, size);
            from0 = out0 + n;
            from1 = out1 + n;
        }
        if (tap < tap_count)
            fir_tiles(out0 + n, out1 + n, from0, from1, in + n - tap, taps0 + tap, taps1 + tap, tap_count - tap, size,
                      F);
    }
    if (n < frame_count)
        fir_tiles(out0 + n, out1 + n, at(start0, n), at(start1, n), in + n, taps0, taps1, tap_count, frame_count - n,
                  F);
}

static void fir(float* out, const float* in, const float* taps, size_t tap_count, size_t frame_count)
{
    if (frame_count < LANES) fir_short(out, NULL, in, taps, tap_count, frame_count);
    else fir_run(out, out, NULL, NULL, in, taps, taps, tap_count, frame_count, 1);
}

static void fir_add(float* out, const float* in, const float* taps, size_t tap_count, size_t frame_count)
{
    if (frame_count < LANES) fir_short(out, out, in, taps, tap_count, frame_count);
    else fir_run(out, out, out, out, in, taps, taps, tap_count, frame_count, 1);
}

static void fir_pair(float* out0, float* out1, const float* in, const float* taps0, const float* taps1,
                     size_t tap_count, size_t frame_count)
{
    if (frame_count < LANES) {
        fir(out0, in, taps0, tap_count, frame_count);
        fir(out1, in, taps1, tap_count, frame_count);
    } else {
        fir_run(out0, out1, NULL, NULL, in, taps0, taps1, tap_count, frame_count, 2);
    }
}

#endif
