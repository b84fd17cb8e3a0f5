/* SPDX-License-Identifier: MIT */
/* Numbers too small to hear cost a hundred times a normal multiplication on some processors: they are taken as 0. */
#ifndef PINNA_BASE_DENORMALS_H
#define PINNA_BASE_DENORMALS_H

#include <stdint.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
typedef unsigned pinna_denormals;
enum { PINNA_FLUSH_TO_ZERO_AND_DENORMALS_ARE_ZERO = 0x8040 };

static inline pinna_denormals pinna_denormals_off(void)
{
    pinna_denormals before = _mm_getcsr();
    _mm_setcsr(before | PINNA_FLUSH_TO_ZERO_AND_DENORMALS_ARE_ZERO);
    return before;
}

static inline void pinna_denormals_restore(pinna_denormals before)
{
    _mm_setcsr(before);
}
#elif defined(__aarch64__)
typedef uint64_t pinna_denormals;

static inline pinna_denormals pinna_denormals_off(void)
{
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | (UINT64_C(1) << 24)));
    return before;
}

static inline void pinna_denormals_restore(pinna_denormals before)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(before));
}
#else
typedef int pinna_denormals;

static inline pinna_denormals pinna_denormals_off(void)
{
    return 0;
}

static inline void pinna_denormals_restore(pinna_denormals before)
{
    (void)before;
}
#endif

#endif
