/* SPDX-License-Identifier: MIT */
#include "peak.h"

#include <time.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

static volatile float sink;

static double thread_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum { PEAK_CHAINS = 12, PEAK_ROUNDS = 4000 };

/* Twelve named sums, for an array might be kept in memory; the empty asm keeps the compiler from merging rounds. */
#define PEAK_LOOP(type, multiply_add, constraint)                                                                      \
    type a = {0}, b = {0}, c = {0}, d = {0}, e = {0}, f = {0}, g = {0}, h = {0}, i = {0}, j = {0}, k = {0}, l = {0};   \
    type x = {0}, y = {0};                                                                                             \
    __asm__ volatile("" : "+" constraint(x), "+" constraint(y));                                                       \
    for (int round = 0; round < PEAK_ROUNDS; round++) {                                                                \
        a = multiply_add(a, x, y), b = multiply_add(b, x, y), c = multiply_add(c, x, y), d = multiply_add(d, x, y);    \
        e = multiply_add(e, x, y), f = multiply_add(f, x, y), g = multiply_add(g, x, y), h = multiply_add(h, x, y);    \
        i = multiply_add(i, x, y), j = multiply_add(j, x, y), k = multiply_add(k, x, y), l = multiply_add(l, x, y);    \
        __asm__ volatile("" : "+" constraint(a), "+" constraint(b), "+" constraint(c), "+" constraint(d));             \
        __asm__ volatile("" : "+" constraint(e), "+" constraint(f), "+" constraint(g), "+" constraint(h));             \
        __asm__ volatile("" : "+" constraint(i), "+" constraint(j), "+" constraint(k), "+" constraint(l));             \
    }                                                                                                                  \
    a += b + c + d + e + f + g + h + i + j + k + l;

typedef float vec4 __attribute__((vector_size(16)));
#if defined(__x86_64__)
#define REGISTER "x"
#elif defined(__aarch64__)
#define REGISTER "w"
#endif
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))

#ifdef REGISTER
static float peak4(void)
{
    PEAK_LOOP(vec4, MULTIPLY_ADD, REGISTER)
    return a[0];
}

static float peak1(void)
{
    PEAK_LOOP(float, MULTIPLY_ADD, REGISTER)
    return a;
}
#else
static float peak1(void)
{
    return 0.0f;
}
#define peak4 peak1
#endif

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static float peak8(void)
{
    PEAK_LOOP(__m256, _mm256_fmadd_ps, "x")
    return a[0];
}

__attribute__((target("avx512f"))) static float peak16(void)
{
    PEAK_LOOP(__m512, _mm512_fmadd_ps, "v")
    return a[0];
}
#else
#define peak8 peak4
#define peak16 peak4
#endif

double bench_peak_s(uint32_t lanes)
{
    double start = thread_s();
    sink = lanes == 16 ? peak16() : lanes == 8 ? peak8() : lanes == 4 ? peak4() : peak1();
    return (thread_s() - start) / ((double)PEAK_CHAINS * PEAK_ROUNDS * lanes);
}
