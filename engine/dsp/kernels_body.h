/* SPDX-License-Identifier: MIT */
/*
 * Every kernel, for vectors of LANES floats. A file defines LANES, TABLE and TABLE_NAME and includes this once.
 *
 * INLINE functions with const counts as parameters are templates: called with constants, their loops unroll and their
 * vec arrays become registers. The shapes chosen are those measured fastest (tests/bench/bench_kernels.c).
 */
#include "dsp/kernels_fir.h"
#include "dsp/kernels_lanes.h"
#include "dsp/kernels_tables.h"

/* --- fractional delays --- */

enum {
    DELAY_HISTORY = PINNA_DELAY_TAPS - 1,
    DELAY_STAGE_FRAMES = (DELAY_HISTORY + LANES + LANES - 1) / LANES * LANES
};

/* Fewer than LANES frames and their history, copied to where whole vectors may be read. Returns the first frame. */
INLINE const float* stage(float copy[DELAY_STAGE_FRAMES], const float* in, size_t frame_count)
{
    size_t count = frame_count + DELAY_HISTORY;
    for (size_t n = 0; n < DELAY_STAGE_FRAMES; n += LANES) {
        vec part = {0};
        if (n + LANES <= count) part = load(in - DELAY_HISTORY + n);
        else if (n < count) part = load_part(in - DELAY_HISTORY + n, count - n);
        store(copy + n, part);
    }
    return copy + DELAY_HISTORY;
}

INLINE vec delayed(const float* in, const vec taps[PINNA_DELAY_TAPS])
{
    vec even = load(in) * taps[0];
    vec odd = load(in - 1) * taps[1];
    UNROLL
    for (size_t k = 2; k < PINNA_DELAY_TAPS; k += 2) {
        even = fma_of(load(in - k), taps[k], even);
        odd = fma_of(load(in - k - 1), taps[k + 1], odd);
    }
    return even + odd;
}

static void delay_fixed(float* out, const float* in, const float taps[PINNA_DELAY_TAPS], size_t frame_count)
{
    vec tap[PINNA_DELAY_TAPS];
    UNROLL
    for (size_t k = 0; k < PINNA_DELAY_TAPS; k++) tap[k] = splat(taps[k]);
    if (frame_count < LANES) {
        float copy[DELAY_STAGE_FRAMES];
        if (frame_count) store_part(out, delayed(stage(copy, in, frame_count), tap), frame_count);
        return;
    }
    for (size_t n = 0; n + LANES <= frame_count; n += LANES) store(out + n, delayed(in + n, tap));
    /* The last vector again, where the count is odd: the same values, stored twice. */
    size_t last = frame_count - LANES;
    if (frame_count % LANES) store(out + last, delayed(in + last, tap));
}

/* V vectors at frame n. Three filters over the same samples, then Horner in u: the taps stay constants. */
INLINE void glide_vectors(float* out, const float* in, const pinna_delay_glide* glide, vec u0, vec du, vec n,
                          const size_t V)
{
    vec sums[3 * 4];
    UNROLL
    for (size_t i = 0; i < 3 * V; i++) sums[i] = (vec){0};
    UNROLL
    for (size_t k = 0; k < PINNA_DELAY_TAPS; k++) {
        const vec tap[3] = {splat(glide->c[0][k]), splat(glide->c[1][k]), splat(glide->c[2][k])};
        UNROLL
        for (size_t v = 0; v < V; v++) {
            vec x = load_once(in + v * LANES - k);
            UNROLL
            for (size_t power = 0; power < 3; power++)
                sums[power * V + v] = fma_of(x, tap[power], sums[power * V + v]);
        }
    }
    UNROLL
    for (size_t v = 0; v < V; v++) {
        vec u = fma_of(n + splat((float)(v * LANES)), du, u0);
        store(out + v * LANES, fma_of(fma_of(sums[2 * V + v], u, sums[V + v]), u, sums[v]));
    }
}

static void glide_short(float* out, const float* in, const pinna_delay_glide* glide, float u0, float du,
                        size_t frame_count)
{
    float copy[DELAY_STAGE_FRAMES];
    float whole[LANES];
    if (!frame_count) return;
    glide_vectors(whole, stage(copy, in, frame_count), glide, splat(u0), splat(du), lane_numbers(), 1);
    store_part(out, load(whole), frame_count);
}

static void delay_glide(float* out, const float* in, const pinna_delay_glide* glide, float u0, float du,
                        size_t frame_count)
{
    if (frame_count < LANES) {
        glide_short(out, in, glide, u0, du, frame_count);
        return;
    }
    const vec numbers = lane_numbers();
    const vec start = splat(u0);
    const vec step = splat(du);
    size_t n = 0;
#if LANES > 4
    /* 12 sums, 3 taps and an input fill 16 registers; SSE needs one more, for the product. */
    for (; n + 4 * LANES <= frame_count; n += 4 * LANES)
        glide_vectors(out + n, in + n, glide, start, step, numbers + splat((float)n), 4);
#endif
    for (; n + 2 * LANES <= frame_count; n += 2 * LANES)
        glide_vectors(out + n, in + n, glide, start, step, numbers + splat((float)n), 2);
    for (; n < frame_count; n += LANES) {
        if (n + LANES > frame_count) n = frame_count - LANES;
        glide_vectors(out + n, in + n, glide, start, step, numbers + splat((float)n), 1);
    }
}

/* Eight floats are one vector for AVX2, half of one for AVX-512 and two for the others. */
typedef float vec8 __attribute__((vector_size(32)));
typedef float vec8_unaligned __attribute__((vector_size(32), aligned(4), may_alias));

/* A macro, for a function's vec8 parameter would change the calling convention where there is no AVX. */
#define TAPS_AT(first, place, row_taps) \
    (*(const vec8_unaligned*)((first) + (size_t)(place).row * (row_taps)) + \
     (place).fraction * (*(const vec8_unaligned*)((first) + ((size_t)(place).row + 1) * (row_taps)) - \
                         *(const vec8_unaligned*)((first) + (size_t)(place).row * (row_taps))))

static void delay_at(float* out, const float* in, const float* table, pinna_table_place place, size_t frame_count)
{
    float taps[PINNA_DELAY_TAPS];
    *(vec8_unaligned*)taps = TAPS_AT(table, place, PINNA_DELAY_TAPS);
    delay_fixed(out, in, taps, frame_count);
}

static void glide_taps(float* out, const float* table, const pinna_table_place places[3], size_t tap_count)
{
    for (size_t k = 0; k < tap_count; k += 8, table += 8, out += 8) {
        vec8 from = TAPS_AT(table, places[0], tap_count), middle = TAPS_AT(table, places[1], tap_count),
             to = TAPS_AT(table, places[2], tap_count);
        *(vec8_unaligned*)out = middle;
        *(vec8_unaligned*)(out + tap_count) = to - from;
        *(vec8_unaligned*)(out + 2 * tap_count) = 2.0f * (from + to) - 4.0f * middle;
    }
}

/* sums = the filters of frames n on, as above; with any count of taps they are not worth unrolling. */
INLINE void glide_sums(vec* sums, const float* in, const float* taps, size_t tap_count, vec u0, vec du, vec n,
                       const size_t V)
{
    vec powers[3 * 4];
    UNROLL
    for (size_t i = 0; i < 3 * V; i++) powers[i] = (vec){0};
    const float *c0 = taps, *c1 = taps + tap_count, *c2 = taps + 2 * tap_count;
    for (size_t k = 0; k < tap_count; k++, in--) {
        const vec tap[3] = {splat(c0[k]), splat(c1[k]), splat(c2[k])};
        KEEP_IN_REGISTER(in);
        UNROLL
        for (size_t v = 0; v < V; v++) {
            vec x = load_once(in + v * LANES);
            UNROLL
            for (size_t power = 0; power < 3; power++)
                powers[power * V + v] = fma_of(x, tap[power], powers[power * V + v]);
        }
    }
    UNROLL
    for (size_t v = 0; v < V; v++) {
        vec u = fma_of(n + splat((float)(v * LANES)), du, u0);
        sums[v] = fma_of(fma_of(powers[2 * V + v], u, powers[V + v]), u, powers[v]);
    }
}

INLINE void glide_add_vectors(float* out, const float* in, const float* taps, size_t tap_count, vec u0, vec du, vec n,
                              const size_t V)
{
    vec sums[4];
    glide_sums(sums, in, taps, tap_count, u0, du, n, V);
    UNROLL
    for (size_t v = 0; v < V; v++) store(out + v * LANES, load(out + v * LANES) + sums[v]);
}

static void glide_add_short(float* out, const float* in, const float* taps, size_t tap_count, float u0, float du,
                            size_t frame_count)
{
    float powers[3][LANES];
    for (size_t power = 0; power < 3; power++)
        fir_short(powers[power], NULL, in, taps + power * tap_count, tap_count, frame_count);
    for (size_t n = 0; n < frame_count; n++) {
        float u = u0 + (float)n * du;
        out[n] += powers[0][n] + u * (powers[1][n] + u * powers[2][n]);
    }
}

static void glide_add(float* out, const float* in, const float* taps, size_t tap_count, float u0, float du,
                      size_t frame_count)
{
    if (frame_count < LANES) {
        glide_add_short(out, in, taps, tap_count, u0, du, frame_count);
        return;
    }
    const vec numbers = lane_numbers();
    const vec start = splat(u0);
    const vec step = splat(du);
    size_t n = 0;
#define VECTORS(V) \
    for (; n + V * LANES <= frame_count; n += V * LANES) \
        glide_add_vectors(out + n, in + n, taps, tap_count, start, step, numbers + splat((float)n), V)
#if LANES > 4
    VECTORS(4);
#endif
    VECTORS(2);
    VECTORS(1);
#undef VECTORS
    if (n == frame_count) return;
    size_t left = frame_count - n, back = LANES - left;
    vec last[1];
    float sums[LANES];
    glide_sums(last, in + n - back, taps, tap_count, start, step, numbers + splat((float)(n - back)), 1);
    store(sums, last[0]);
    emit(out + n, out + n, sums + back, left);
}

/* --- the batch's matrix product --- */

/* A tile of B busses and V vectors stays in registers while every source passes. */
INLINE void mix_tile(float* busses, size_t bus_stride, const float* gains, size_t gain_stride, const float* inputs,
                     size_t input_stride, size_t source_count, const bool add, const size_t B, const size_t V)
{
    vec sums[8 * 4];
    UNROLL
    for (size_t b = 0; b < B; b++)
        UNROLL
        for (size_t v = 0; v < V; v++) sums[b * V + v] = add ? load(busses + b * bus_stride + v * LANES) : (vec){0};
    for (size_t source = 0; source < source_count; source++) {
        vec x[4];
        UNROLL
        for (size_t v = 0; v < V; v++) x[v] = load_once(inputs + v * LANES);
        UNROLL
        for (size_t b = 0; b < B; b++) {
            vec gain = splat(gains[b]);
            UNROLL
            for (size_t v = 0; v < V; v++) sums[b * V + v] = fma_of(x[v], gain, sums[b * V + v]);
        }
        inputs += input_stride;
        gains += gain_stride;
    }
    UNROLL
    for (size_t b = 0; b < B; b++)
        UNROLL
        for (size_t v = 0; v < V; v++) store(busses + b * bus_stride + v * LANES, sums[b * V + v]);
}

/* As many sums as the registers hold beside the inputs and a gain, and an even share of a block of 64 frames. */
#if LANES == 16
enum { MIX_BUSSES = 4, MIX_VECTORS = 4 };
#elif LANES == 8
enum { MIX_BUSSES = 4, MIX_VECTORS = 3 };
#else
enum { MIX_BUSSES = 4, MIX_VECTORS = 2 };
#endif

INLINE void mix_columns(float* busses, size_t bus_stride, const float* gains, size_t gain_stride, const float* inputs,
                        size_t input_stride, size_t bus_count, size_t source_count, const bool add, const size_t V)
{
    for (size_t bus = 0; bus < bus_count; bus += MIX_BUSSES)
        mix_tile(busses + bus * bus_stride, bus_stride, gains + bus, gain_stride, inputs, input_stride, source_count,
                 add, MIX_BUSSES, V);
}

/* How many of the vectors left to take at once: 4 are better split 2 + 2 than 3 + 1. */
INLINE size_t mix_width(size_t vectors_left)
{
    if (MIX_VECTORS == 3 && vectors_left == 4) return 2;
    return vectors_left < MIX_VECTORS ? vectors_left : MIX_VECTORS;
}

/* Columns of frames outside, busses inside: the sources' columns stay in the first cache. */
INLINE void bus_product(float* busses, size_t bus_stride, const float* gains, size_t gain_stride, const float* inputs,
                        size_t input_stride, size_t bus_count, size_t source_count, size_t frame_count, const bool add)
{
#define COLUMNS(V) \
    mix_columns(busses, bus_stride, gains, gain_stride, inputs, input_stride, bus_count, source_count, add, V)
    size_t vectors_left = (frame_count + LANES - 1) / LANES;
    while (vectors_left) {
        size_t width = mix_width(vectors_left);
        if (width == MIX_VECTORS) COLUMNS(MIX_VECTORS);
        else if (width == 3) COLUMNS(3);
        else if (width == 2) COLUMNS(2);
        else COLUMNS(1);
        busses += width * LANES;
        inputs += width * LANES;
        vectors_left -= width;
    }
#undef COLUMNS
}

static void bus_mix(float* busses, size_t bus_stride, const float* gains, size_t gain_stride, const float* inputs,
                    size_t input_stride, size_t bus_count, size_t source_count, size_t frame_count)
{
    bus_product(busses, bus_stride, gains, gain_stride, inputs, input_stride, bus_count, source_count, frame_count,
                true);
}

static void bus_set(float* busses, size_t bus_stride, const float* gains, size_t gain_stride, const float* inputs,
                    size_t input_stride, size_t bus_count, size_t source_count, size_t frame_count)
{
    bus_product(busses, bus_stride, gains, gain_stride, inputs, input_stride, bus_count, source_count, frame_count,
                false);
}

/* --- sample by sample --- */

static void copy(float* out, const float* in, size_t count)
{
    size_t n = 0;
    for (; n + LANES <= count; n += LANES) store(out + n, load_once(in + n));
    if (n < count) store_part(out + n, load_part(in + n, count - n), count - n);
}

static void blend3(float* out, const float* a, const float* b, const float* c, float wa, float wb, float wc,
                   size_t count)
{
    size_t n = 0;
    for (; n + LANES <= count; n += LANES)
        store(out + n, fma_of(load(a + n), splat(wa), fma_of(load(b + n), splat(wb), load(c + n) * splat(wc))));
    if (n == count) return;
    size_t left = count - n;
    vec last = fma_of(load_part(b + n, left), splat(wb), load_part(c + n, left) * splat(wc));
    store_part(out + n, fma_of(load_part(a + n, left), splat(wa), last), left);
}

static void blend3_change(float* out, float* change, const float* const rows[3], const float w[3], size_t count)
{
    const float *a = rows[0], *b = rows[1], *c = rows[2];
    vec wa = splat(w[0]), wb = splat(w[1]), wc = splat(w[2]);
    size_t n = 0;
    for (; n + LANES <= count; n += LANES) {
        vec now = fma_of(load(a + n), wa, fma_of(load(b + n), wb, load(c + n) * wc));
        store(change + n, load(out + n) - now);
        store(out + n, now);
    }
    if (n == count) return;
    size_t left = count - n;
    vec now = fma_of(load_part(a + n, left), wa, fma_of(load_part(b + n, left), wb, load_part(c + n, left) * wc));
    store_part(change + n, load_part(out + n, left) - now, left);
    store_part(out + n, now, left);
}

INLINE vec faded(vec from, vec to, vec number, float w0, float dw)
{
    return fma_of(to - from, fma_of(number, splat(dw), splat(w0)), from);
}

static void crossfade(float* out, const float* from, const float* to, float w0, float dw, size_t frame_count)
{
    vec number = lane_numbers();
    size_t n = 0;
    for (; n + LANES <= frame_count; n += LANES) {
        store(out + n, faded(load(from + n), load(to + n), number, w0, dw));
        number += splat(LANES);
    }
    size_t left = frame_count - n;
    if (left) store_part(out + n, faded(load_part(from + n, left), load_part(to + n, left), number, w0, dw), left);
}

static void crossfade_add(float* out, const float* from, const float* to, float w0, float dw, size_t frame_count)
{
    vec number = lane_numbers();
    size_t n = 0;
    for (; n + LANES <= frame_count; n += LANES) {
        store(out + n, load(out + n) + faded(load(from + n), load(to + n), number, w0, dw));
        number += splat(LANES);
    }
    size_t left = frame_count - n;
    if (!left) return;
    vec last = faded(load_part(from + n, left), load_part(to + n, left), number, w0, dw);
    store_part(out + n, load_part(out + n, left) + last, left);
}

/* The pole looks eight frames ahead, more than an SSE vector and less than one of AVX-512. */
#if LANES == 16
typedef __m256 pole_vec;
typedef float pole_unaligned __attribute__((vector_size(32), aligned(4), may_alias));
#define POLE_FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#else
typedef vec pole_vec;
typedef vec_unaligned pole_unaligned;
#define POLE_FMA(a, b, c) fma_of(a, b, c)
#endif
enum { POLE_LANES = sizeof(pole_vec) / sizeof(float), POLE_VECTORS = PINNA_POLE_AHEAD / POLE_LANES };

static void one_pole(float* out, const float* in, const pinna_pole* pole, size_t frame_count)
{
    pole_vec newest[POLE_VECTORS], taps[PINNA_POLE_AHEAD];
    UNROLL
    for (size_t k = 0; k < PINNA_POLE_AHEAD; k++) taps[k] = pole->taps[k] - (pole_vec){0};
    UNROLL
    for (size_t v = 0; v < POLE_VECTORS; v++)
        newest[v] = *(const pole_unaligned*)(out - PINNA_POLE_AHEAD + v * POLE_LANES);
    const pole_vec kept = pole->kept - (pole_vec){0};
    for (size_t n = 0; n < frame_count; n += PINNA_POLE_AHEAD) {
        UNROLL
        for (size_t v = 0; v < POLE_VECTORS; v++) {
            const float* x = in + n + v * POLE_LANES;
            pole_vec sum = *(const pole_unaligned*)x * taps[0];
            UNROLL
            for (size_t k = 1; k < PINNA_POLE_AHEAD; k++)
                sum = POLE_FMA(*(const pole_unaligned*)(x - k), taps[k], sum);
            newest[v] = POLE_FMA(kept, newest[v], sum);
            *(pole_unaligned*)(out + n + v * POLE_LANES) = newest[v];
        }
    }
}

INLINE vec ramped3(const vec x[3], const float gains[3], const float steps[3], vec at)
{
    vec sum = x[0] * fma_of(at, splat(steps[0]), splat(gains[0]));
    sum = fma_of(x[1], fma_of(at, splat(steps[1]), splat(gains[1])), sum);
    return fma_of(x[2], fma_of(at, splat(steps[2]), splat(gains[2])), sum);
}

static void ramp3(float* out, const float* const rows[3], const float gains[3], const float steps[3], float first,
                  size_t frame_count)
{
    vec at = lane_numbers() + splat(first);
    size_t n = 0;
    for (; n + LANES <= frame_count; n += LANES) {
        const vec x[3] = {load(rows[0] + n), load(rows[1] + n), load(rows[2] + n)};
        store(out + n, ramped3(x, gains, steps, at));
        at += splat(LANES);
    }
    size_t left = frame_count - n;
    if (!left) return;
    const vec x[3] = {load_part(rows[0] + n, left), load_part(rows[1] + n, left), load_part(rows[2] + n, left)};
    store_part(out + n, ramped3(x, gains, steps, at), left);
}

static void ramp_add(float* out, const float* in, float g0, float dg, size_t frame_count)
{
    vec number = lane_numbers();
    size_t n = 0;
    for (; n + LANES <= frame_count; n += LANES) {
        store(out + n, fma_of(load(in + n), fma_of(number, splat(dg), splat(g0)), load(out + n)));
        number += splat(LANES);
    }
    if (n == frame_count) return;
    size_t left = frame_count - n;
    vec gain = fma_of(number, splat(dg), splat(g0));
    store_part(out + n, fma_of(load_part(in + n, left), gain, load_part(out + n, left)), left);
}

/* Without its sign a float orders as an integer, so finite, limit and maximum are integer comparisons. *peak collects
   the sizes. */
INLINE vec tamed(vec x, ivec* peak)
{
    const int32_t infinity = 0x7f800000;
    const int32_t million = 0x49742400;
    ivec bits = (ivec)x;
    ivec size = bits & INT32_MAX;
    size &= size < infinity;
    size = lesser_of(size, (ivec){0} + million);
    *peak = larger_of(size, *peak);
    return (vec)(size | (bits & INT32_MIN));
}

/* What is finite and below a million, as nearly all sound is, needs no taming: largest size first, then the rest. */
INLINE vec sized(vec x, ivec* peak)
{
    *peak = larger_of((ivec)x & INT32_MAX, *peak);
    return x;
}

INLINE int32_t copy_ramped(float* out, const float* in, float g0, float dg, size_t frame_count,
                           vec (*take)(vec, ivec*))
{
    vec gain = fma_of(lane_numbers(), splat(dg), splat(g0));
    const vec step = splat((float)LANES * dg);
    ivec peak = {0};
    size_t n = 0;
    for (; n + LANES <= frame_count; n += LANES) {
        store(out + n, take(load_once(in + n), &peak) * gain);
        gain += step;
    }
    if (n < frame_count) store_part(out + n, take(load_part(in + n, frame_count - n), &peak) * gain, frame_count - n);
    return largest_lane(peak);
}

static float ramp_copy(float* out, const float* in, float g0, float dg, size_t frame_count)
{
    const int32_t million = 0x49742400;
    int32_t largest = copy_ramped(out, in, g0, dg, frame_count, sized);
    if (largest > million) largest = copy_ramped(out, in, g0, dg, frame_count, tamed);
    float value;
    memcpy(&value, &largest, sizeof value);
    return value;
}

static float dot(const float* a, const float* b, size_t count)
{
    vec sums[4] = {{0}, {0}, {0}, {0}};
    size_t n = 0;
    for (; n + 4 * LANES <= count; n += 4 * LANES)
        UNROLL
        for (size_t i = 0; i < 4; i++) sums[i] = fma_of(load(a + n + i * LANES), load(b + n + i * LANES), sums[i]);
    for (; n + LANES <= count; n += LANES) sums[0] = fma_of(load(a + n), load(b + n), sums[0]);
    if (n < count) sums[1] = fma_of(load_part(a + n, count - n), load_part(b + n, count - n), sums[1]);
    return sum_of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

const pinna_kernels TABLE = {
    .name = TABLE_NAME,
    .lanes = LANES,
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
