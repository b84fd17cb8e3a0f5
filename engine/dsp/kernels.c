/* SPDX-License-Identifier: MIT */
#include "dsp/kernels_tables.h"

#include <stdlib.h>
#include <string.h>

#define FLAGS_UP_TO_SSE ((uint32_t)PINNA_CPU_SSE2)
#define FLAGS_UP_TO_AVX2 (FLAGS_UP_TO_SSE | (uint32_t)PINNA_CPU_AVX2)
#define FLAGS_UP_TO_AVX512 (FLAGS_UP_TO_AVX2 | (uint32_t)PINNA_CPU_AVX512)

#if PINNA_HAVE_LANES8

/* The builtin asks the operating system too: a CPU whose AVX state is not saved on a switch does not count. */
static uint32_t detect_flags(void)
{
    __builtin_cpu_init();
    uint32_t flags = PINNA_CPU_SSE2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) flags |= PINNA_CPU_AVX2;
    if ((flags & PINNA_CPU_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        flags |= PINNA_CPU_AVX512;
    return flags;
}

#else

static uint32_t detect_flags(void)
{
    return PINNA_HAVE_LANES4 ? PINNA_CPU_SSE2 : 0;
}

#endif

/* What PINNA_CPU allows. A name not known here limits nothing: a slip of the pen must not slow a player's game. */
static uint32_t allowed_flags(void)
{
    static const struct {
        const char* name;
        uint32_t flags;
    } limits[] = {{"scalar", 0}, {"sse", FLAGS_UP_TO_SSE}, {"neon", FLAGS_UP_TO_SSE}, {"avx2", FLAGS_UP_TO_AVX2}};
    const char* wanted = getenv("PINNA_CPU");
    for (size_t i = 0; wanted && i < sizeof limits / sizeof limits[0]; i++)
        if (strcmp(wanted, limits[i].name) == 0) return limits[i].flags;
    return FLAGS_UP_TO_AVX512;
}

uint32_t pinna_cpu_flags(void)
{
    return detect_flags() & allowed_flags();
}

/* Fills the tables that both this build and these flags have, best last. */
static size_t list_tables(uint32_t flags, const pinna_kernels* tables[4])
{
    size_t count = 0;
    tables[count++] = &pinna_kernels_scalar;
#if PINNA_HAVE_LANES4
    if (flags & PINNA_CPU_SSE2) tables[count++] = &pinna_kernels_sse;
#endif
#if PINNA_HAVE_LANES8
    if (flags & PINNA_CPU_AVX2) tables[count++] = &pinna_kernels_avx2;
#endif
#if PINNA_HAVE_LANES16
    if (flags & PINNA_CPU_AVX512) tables[count++] = &pinna_kernels_avx512;
#endif
    (void)flags;
    return count;
}

const pinna_kernels* pinna_kernels_select(uint32_t cpu_flags)
{
    const pinna_kernels* tables[4];
    return tables[list_tables(cpu_flags, tables) - 1];
}

size_t pinna_kernels_all(const pinna_kernels* tables[4])
{
    return list_tables(detect_flags(), tables);
}
