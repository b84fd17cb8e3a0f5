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

enum {
    FIR_MAX_VECTORS = 8, /* Output vectors of the largest tile, over all its filters. */
    FIR_MAX_FILTERS = 2,
    /* With fewer frames than this one dot product per frame is cheapest. */
    FIR_DOT_FRAMES = 4
};

typedef struct fir_job {
    const float* in;
    const float* taps[FIR_MAX_FILTERS];
    size_t tap_count;
} fir_job;

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
    void (*tile)(float* out, const fir_job* job);
} fir_shape;

/* Largest first, ending with one vector. */
static const fir_shape fir_shapes[] = {{8, fir_tile8}, {4, fir_tile4}, {2, fir_tile2}, {1, fir_tile1}};
static const fir_shape fir_pair_shapes[] = {{4, fir_pair_tile4}, {2, fir_pair_tile2}, {1, fir_pair_tile1}};

INLINE void put(float* out, vec x, bool add)
{
    store(out, add ? load(out) + x : x);
}

static void emit(float* out, const float* sums, size_t count, bool add)
{
    size_t n = 0;
    for (; n + LANES <= count; n += LANES) put(out + n, load(sums + n), add);
    if (n == count) return;
    vec last = load_part(sums + n, count - n);
    if (add) last += load_part(out + n, count - n);
    store_part(out + n, last, count - n);
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
static void fir_short(float* out, const fir_job* job, size_t frame_count, bool add)
{
    float sums[LANES];
    if (frame_count < FIR_DOT_FRAMES || job->tap_count == 0) {
        for (size_t n = 0; n < frame_count; n++) sums[n] = fir_dot(job->in + n, job->taps[0], job->tap_count);
    } else {
        size_t near_count = job->tap_count < LANES ? job->tap_count : LANES;
        float near[2 * LANES] = {0};
        memcpy(near + LANES - near_count, job->in - (near_count - 1), (near_count - 1 + frame_count) * sizeof *near);
        const fir_job first = {near + LANES - 1, {job->taps[0], job->taps[0]}, near_count};
        const fir_job rest = {job->in - near_count, {job->taps[0] + near_count, NULL}, job->tap_count - near_count};
        float late[LANES];
        fir_tile1(sums, &first);
        if (rest.tap_count) fir_tile1(late, &rest);
        for (size_t n = 0; n < frame_count && rest.tap_count; n++) sums[n] += late[n];
    }
    emit(out, sums, frame_count, add);
}

/* Whole vectors by the largest tiles that fit; what is left by going back so far that it ends a whole vector. */
INLINE void fir_run(float* const* outs, const fir_job* job, const fir_shape* shapes, size_t frame_count,
                    const size_t filter_count, const bool add)
{
    float sums[FIR_MAX_VECTORS * LANES];
    const fir_shape* shape = shapes;
    for (size_t n = 0; n < frame_count;) {
        size_t left = frame_count - n;
        while (shape->vector_count > 1 && shape->vector_count * LANES > left) shape++;
        size_t tile_frames = shape->vector_count * LANES;
        size_t back = tile_frames > left ? tile_frames - left : 0;
        fir_job here = *job;
        here.in += (ptrdiff_t)n - (ptrdiff_t)back;
        shape->tile(sums, &here);
        for (size_t f = 0; f < filter_count; f++)
            emit(outs[f] + n, sums + f * tile_frames + back, tile_frames - back, add);
        n += tile_frames - back;
    }
}

static void fir(float* out, const float* in, const float* taps, size_t tap_count, size_t frame_count)
{
    const fir_job job = {in, {taps, taps}, tap_count};
    if (frame_count < LANES) fir_short(out, &job, frame_count, false);
    else fir_run(&out, &job, fir_shapes, frame_count, 1, false);
}

static void fir_add(float* out, const float* in, const float* taps, size_t tap_count, size_t frame_count)
{
    const fir_job job = {in, {taps, taps}, tap_count};
    if (frame_count < LANES) fir_short(out, &job, frame_count, true);
    else fir_run(&out, &job, fir_shapes, frame_count, 1, true);
}

static void fir_pair(float* out0, float* out1, const float* in, const float* taps0, const float* taps1,
                     size_t tap_count, size_t frame_count)
{
    if (frame_count < LANES) {
        fir(out0, in, taps0, tap_count, frame_count);
        fir(out1, in, taps1, tap_count, frame_count);
        return;
    }
    float* const outs[] = {out0, out1};
    const fir_job job = {in, {taps0, taps1}, tap_count};
    fir_run(outs, &job, fir_pair_shapes, frame_count, 2, false);
}

#endif
