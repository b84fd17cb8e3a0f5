/* SPDX-License-Identifier: MIT */
/*
 * The reverberator's inner loops for vectors of LANES floats. A file defines LANES and TABLE and includes this once.
 * LANES 1 is plain C, and the specification.
 */
#include "dsp/reverb_lines.h"

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

/* One section's step for one vector of lines; the coefficients of all lines follow each other. */
static inline vec step(vec in, vec* s1, vec* s2, const float* c)
{
    vec out = load(c) * in + *s1;
    *s1 = (load(c + LINES) * in + *s2) - load(c + 3 * LINES) * out;
    *s2 = load(c + 2 * LINES) * in - load(c + 4 * LINES) * out;
    return out;
}

/* As many lines at a time as keep all states in registers and enough of them under way to hide the latency. */
enum { WIDTH = VECTORS < 4 ? VECTORS : 4 };

static void run_section(float* frames, float* state, const float* c)
{
    for (size_t l = 0; l < LINES; l += WIDTH * LANES) {
        vec s1[WIDTH], s2[WIDTH];
        for (size_t v = 0; v < WIDTH; v++) {
            s1[v] = load(state + l + v * LANES);
            s2[v] = load(state + LINES + l + v * LANES);
        }
        float* x = frames + l;
        for (size_t n = 0; n < CHUNK; n++, x += LINES)
            for (size_t v = 0; v < WIDTH; v++)
                store(x + v * LANES, step(load(x + v * LANES), &s1[v], &s2[v], c + l + v * LANES));
        for (size_t v = 0; v < WIDTH; v++) {
            store(state + l + v * LANES, s1[v]);
            store(state + LINES + l + v * LANES, s2[v]);
        }
    }
}

static void absorb(float* lines, float* states, const float* sections, size_t section_count)
{
    _Alignas(64) float frames[PINNA_REVERB_CHUNK_FLOATS];
    lines_to_frames(frames, lines);
    for (size_t k = 0; k < section_count; k++)
        run_section(frames, states + k * 2 * LINES, sections + k * 5 * LINES);
    frames_to_lines(lines, frames);
}

static const pinna_reverb_kernels table = {scatter, absorb};

const pinna_reverb_kernels* TABLE(void)
{
    return &table;
}
