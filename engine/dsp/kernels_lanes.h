/* SPDX-License-Identifier: MIT */
/*
 * A vector of LANES floats and the few operations the kernels need. Included by kernels_body.h only, once per
 * translation unit; everything is static, for code compiled with AVX flags must never be shared with other files.
 */
#ifndef PINNA_DSP_KERNELS_LANES_H
#define PINNA_DSP_KERNELS_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if LANES == 16 && !(defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__))
#error "Compile this file with -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma, or the build with PINNA_SCALAR_ONLY."
#elif LANES == 8 && !(defined(__AVX2__) && defined(__FMA__))
#error "Compile this file with -mavx2 -mfma, or the build with PINNA_SCALAR_ONLY."
#endif
#if defined(__aarch64__)
#include <arm_neon.h>
#elif LANES > 4
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline, unused))
/* Loops over register arrays must vanish entirely, or the arrays land in memory. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

/* A pointer that a loop walks with. Of several that run in parallel gcc otherwise makes sums in memory. */
#if defined(__GNUC__) && !defined(__clang__)
#define KEEP_IN_REGISTER(pointer) __asm__("" : "+r"(pointer))
#else
#define KEEP_IN_REGISTER(pointer) ((void)0)
#endif

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));
typedef float vec_unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vec load(const float* p)
{
    return *(const vec_unaligned*)p;
}

/* A load that stays one: gcc otherwise repeats it as an operand of each use, and each straddles cache lines again. */
INLINE vec load_once(const float* p)
{
    vec x = load(p);
#if defined(__x86_64__) && !defined(__clang__)
    __asm__("" : "+v"(x));
#endif
    return x;
}

INLINE void store(float* p, vec x)
{
    *(vec_unaligned*)p = x;
}

/* Scalars of a vector operation widen by themselves; subtracting zero keeps even -0. */
INLINE vec splat(float x)
{
    return x - (vec){0};
}

/* a b + c. Named, because -std=c11 forbids gcc to contract the expression by itself. */
INLINE vec fma_of(vec a, vec b, vec c)
{
#if LANES == 16
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif LANES == 8
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
    return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return a * b + c;
#endif
}

/* 0, 1, 2, ... */
INLINE vec lane_numbers(void)
{
    float numbers[LANES];
    UNROLL
    for (int lane = 0; lane < LANES; lane++) numbers[lane] = (float)lane;
    return load(numbers);
}

#if LANES == 8
INLINE __m256i first_lanes(size_t count)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#endif

/* The first count < LANES floats; the others are 0 and their memory is not touched. */
INLINE vec load_part(const float* p, size_t count)
{
#if LANES == 16
    return (vec)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1u), p);
#elif LANES == 8
    return (vec)_mm256_maskload_ps(p, first_lanes(count));
#else
    float part[LANES] = {0};
    for (size_t lane = 0; lane < count; lane++) part[lane] = p[lane];
    return load(part);
#endif
}

INLINE void store_part(float* p, vec x, size_t count)
{
#if LANES == 16
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1u), (__m512)x);
#elif LANES == 8
    _mm256_maskstore_ps(p, first_lanes(count), (__m256)x);
#else
    for (size_t lane = 0; lane < count; lane++) p[lane] = x[lane];
#endif
}

/* Lane i of the result is lane i ^ by. With LANES - 1 that turns the order round; with halves it folds sums. */
INLINE vec crossed(vec x, const int by)
{
#if LANES == 16
    const ivec numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return (vec)_mm512_permutexvar_ps((__m512i)(numbers ^ by), (__m512)x);
#elif LANES == 8
    const ivec numbers = {0, 1, 2, 3, 4, 5, 6, 7};
    return (vec)_mm256_permutevar8x32_ps((__m256)x, (__m256i)(numbers ^ by));
#else
    return (vec){x[0 ^ by], x[1 ^ by], x[2 ^ by], x[3 ^ by]};
#endif
}

INLINE float sum_of_lanes(vec x)
{
    UNROLL
    for (int half = LANES / 2; half > 0; half /= 2) x += crossed(x, half);
    return x[0];
}

INLINE ivec larger_of(ivec a, ivec b)
{
#if LANES == 16
    return (ivec)_mm512_max_epi32((__m512i)a, (__m512i)b);
#elif LANES == 8
    return (ivec)_mm256_max_epi32((__m256i)a, (__m256i)b);
#else
    ivec larger = a > b;
    return (a & larger) | (b & ~larger);
#endif
}

INLINE ivec lesser_of(ivec a, ivec b)
{
#if LANES == 16
    return (ivec)_mm512_min_epi32((__m512i)a, (__m512i)b);
#elif LANES == 8
    return (ivec)_mm256_min_epi32((__m256i)a, (__m256i)b);
#else
    ivec larger = a > b;
    return (b & larger) | (a & ~larger);
#endif
}

INLINE int32_t largest_lane(ivec x)
{
    UNROLL
    for (int half = LANES / 2; half > 0; half /= 2) x = larger_of(x, (ivec)crossed((vec)x, half));
    return x[0];
}

#endif
