/* SPDX-License-Identifier: MIT */
/*
 * The reverberator's inner loops for vectors of LANES floats. A file defines LANES and TABLE and includes this once.
 * LANES 1 is plain C, and the specification.
 */
#include "dsp/reverb_lines.h"

/* No fused multiply-adds: rounding goes round in the lines, and all tables shall sound the same. */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

enum { LINES = PINNA_REVERB_LINES, CHUNK = PINNA_REVERB_CHUNK, VECTORS = LINES / LANES };

#if LANES > 1
typedef float vec __attribute__((vector_size(4 * LANES)));
typedef float vec_unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#else
typedef float vec, vec_unaligned;
#endif

static inline vec load(const float* from)
{
    return *(const vec_unaligned*)from;
}

static inline void store(float* to, vec x)
{
    *(vec_unaligned*)to = x;
}

/* --- Hadamard's matrix of 16 as two passes of its matrix of 4 --- */

static inline void scatter_apart(float* lines, size_t apart)
{
    float *a = lines, *b = a + apart * CHUNK, *c = b + apart * CHUNK, *d = c + apart * CHUNK;
    for (size_t n = 0; n < CHUNK; n += LANES) {
        vec p = load(a + n), q = load(b + n), r = load(c + n), s = load(d + n);
        vec sum0 = p + q, difference0 = p - q, sum1 = r + s, difference1 = r - s;
        store(a + n, 0.5f * (sum0 + sum1));
        store(b + n, 0.5f * (difference0 + difference1));
        store(c + n, 0.5f * (sum0 - sum1));
        store(d + n, 0.5f * (difference0 - difference1));
    }
}

static void scatter(float* lines)
{
    for (size_t l = 0; l < LINES; l += 4) scatter_apart(lines + l * CHUNK, 1);
    for (size_t l = 0; l < 4; l++) scatter_apart(lines + l * CHUNK, 4);
}

/* --- turning [line][frame] into [frame][line] and back, so that a recursive filter is the same for all lanes --- */

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector) && LANES > 1
#define HAVE_SHUFFLE 1
#endif
#endif

#ifdef HAVE_SHUFFLE
typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));

static inline void turn4(float* to, size_t to_stride, const float* from, size_t from_stride)
{
    const quad a = *(const quad*)from, b = *(const quad*)(from + from_stride);
    const quad c = *(const quad*)(from + 2 * from_stride), d = *(const quad*)(from + 3 * from_stride);
    const quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const quad ef = __builtin_shufflevector(a, b, 2, 6, 3, 7), gh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(quad*)to = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(quad*)(to + to_stride) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    *(quad*)(to + 2 * to_stride) = __builtin_shufflevector(ef, gh, 0, 1, 4, 5);
    *(quad*)(to + 3 * to_stride) = __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
}
#else
static inline void turn4(float* to, size_t to_stride, const float* from, size_t from_stride)
{
    for (size_t row = 0; row < 4; row++)
        for (size_t column = 0; column < 4; column++) to[column * to_stride + row] = from[row * from_stride + column];
}
#endif

static void lines_to_frames(float* frames, const float* lines)
{
    for (size_t l = 0; l < LINES; l += 4)
        for (size_t n = 0; n < CHUNK; n += 4) turn4(frames + n * LINES + l, LINES, lines + l * CHUNK + n, CHUNK);
}

static void frames_to_lines(float* lines, const float* frames)
{
    for (size_t l = 0; l < LINES; l += 4)
        for (size_t n = 0; n < CHUNK; n += 4) turn4(lines + l * CHUNK + n, CHUNK, frames + n * LINES + l, LINES);
}

/* One section for WIDTH vectors of lines: states in registers, coefficients of all lines behind each other. */
enum { WIDTH = VECTORS < 2 ? 1 : 2 };

typedef struct section_state {
    vec s1[WIDTH], s2[WIDTH];
} section_state;

static inline section_state load_state(const float* from)
{
    section_state s;
    for (size_t v = 0; v < WIDTH; v++) {
        s.s1[v] = load(from + v * LANES);
        s.s2[v] = load(from + LINES + v * LANES);
    }
    return s;
}

static inline void store_state(float* to, const section_state* s)
{
    for (size_t v = 0; v < WIDTH; v++) {
        store(to + v * LANES, s->s1[v]);
        store(to + LINES + v * LANES, s->s2[v]);
    }
}

static inline vec step(vec in, section_state* s, size_t v, const float* c)
{
    vec out = load(c) * in + s->s1[v];
    s->s1[v] = (load(c + LINES) * in + s->s2[v]) - load(c + 3 * LINES) * out;
    s->s2[v] = load(c + 2 * LINES) * in - load(c + 4 * LINES) * out;
    return out;
}

static void run_section(float* x, float* state, const float* c)
{
    section_state s = load_state(state);
    for (size_t n = 0; n < CHUNK; n++, x += LINES)
        for (size_t v = 0; v < WIDTH; v++) store(x + v * LANES, step(load(x + v * LANES), &s, v, c + v * LANES));
    store_state(state, &s);
}

/* Two at once: while one waits for its last result the processor is busy with the other's frame before. */
static void run_two_sections(float* x, float* state, const float* c)
{
    float* next_state = state + 2 * LINES;
    const float* next_c = c + 5 * LINES;
    section_state s = load_state(state), t = load_state(next_state);
    for (size_t n = 0; n < CHUNK; n++, x += LINES)
        for (size_t v = 0; v < WIDTH; v++) {
            vec between = step(load(x + v * LANES), &s, v, c + v * LANES);
            store(x + v * LANES, step(between, &t, v, next_c + v * LANES));
        }
    store_state(state, &s);
    store_state(next_state, &t);
}

static void absorb(float* lines, float* states, const float* sections, size_t section_count)
{
    _Alignas(64) float frames[PINNA_REVERB_CHUNK_FLOATS];
    lines_to_frames(frames, lines);
    for (size_t l = 0; l < LINES; l += WIDTH * LANES) {
        size_t k = 0;
        for (; k + 1 < section_count; k += 2)
            run_two_sections(frames + l, states + k * 2 * LINES + l, sections + k * 5 * LINES + l);
        if (k < section_count) run_section(frames + l, states + k * 2 * LINES + l, sections + k * 5 * LINES + l);
    }
    frames_to_lines(lines, frames);
}

static const pinna_reverb_kernels table = {scatter, absorb};

const pinna_reverb_kernels* TABLE(void)
{
    return &table;
}
