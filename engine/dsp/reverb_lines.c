/* SPDX-License-Identifier: MIT */
/* A kernel file: plain loops that compilers turn into vectors, and a transposition that they would not. */
#include "dsp/reverb_lines.h"

enum { LINES = PINNA_REVERB_LINES, CHUNK = PINNA_REVERB_CHUNK };

/* --- Hadamard's matrix of 16 as two passes of its matrix of 4 --- */

static inline void scatter4(float* restrict a, float* restrict b, float* restrict c, float* restrict d)
{
    for (size_t n = 0; n < CHUNK; n++) {
        float ab = a[n] + b[n], a_b = a[n] - b[n], cd = c[n] + d[n], c_d = c[n] - d[n];
        a[n] = 0.5f * (ab + cd);
        b[n] = 0.5f * (a_b + c_d);
        c[n] = 0.5f * (ab - cd);
        d[n] = 0.5f * (a_b - c_d);
    }
}

static void scatter_apart(float* lines, size_t apart)
{
    scatter4(lines, lines + apart * CHUNK, lines + 2 * apart * CHUNK, lines + 3 * apart * CHUNK);
}

void pinna_reverb_scatter(float* lines)
{
    for (size_t l = 0; l < LINES; l += 4) scatter_apart(lines + l * CHUNK, 1);
    for (size_t l = 0; l < 4; l++) scatter_apart(lines + l * CHUNK, 4);
}

/* --- turning [line][frame] into [frame][line] and back, so that a recursive filter is the same for all lanes --- */

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
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

static void run_section(float* restrict x, float* restrict state, const float* restrict c)
{
    for (size_t n = 0; n < CHUNK; n++, x += LINES) {
        for (size_t l = 0; l < LINES; l++) {
            float in = x[l], out = c[l] * in + state[l];
            state[l] = c[LINES + l] * in - c[3 * LINES + l] * out + state[LINES + l];
            state[LINES + l] = c[2 * LINES + l] * in - c[4 * LINES + l] * out;
            x[l] = out;
        }
    }
}

void pinna_reverb_absorb(float* lines, float* states, const float* sections, size_t section_count)
{
    _Alignas(64) float frames[PINNA_REVERB_CHUNK_FLOATS];
    lines_to_frames(frames, lines);
    for (size_t k = 0; k < section_count; k++)
        run_section(frames, states + k * 2 * LINES, sections + k * 5 * LINES);
    frames_to_lines(lines, frames);
}
