/* SPDX-License-Identifier: MIT */
/* Which kernel tables this build has: the one list that the kernel files and the selection both read. */
#ifndef PINNA_DSP_KERNELS_TABLES_H
#define PINNA_DSP_KERNELS_TABLES_H

#include "dsp/kernels.h"

/* Vector extensions are gcc's and clang's; elsewhere the scalar table serves alone. */
#if defined(__GNUC__) && !defined(PINNA_SCALAR_ONLY)
#if defined(__x86_64__)
#define PINNA_HAVE_LANES4 1
#define PINNA_HAVE_LANES8 1
#define PINNA_HAVE_LANES16 1
#elif defined(__aarch64__)
#define PINNA_HAVE_LANES4 1
#endif
#endif
#ifndef PINNA_HAVE_LANES4
#define PINNA_HAVE_LANES4 0
#endif
#ifndef PINNA_HAVE_LANES8
#define PINNA_HAVE_LANES8 0
#define PINNA_HAVE_LANES16 0
#endif

extern const pinna_kernels pinna_kernels_scalar;
extern const pinna_kernels pinna_kernels_sse; /* Or NEON. */
extern const pinna_kernels pinna_kernels_avx2;
extern const pinna_kernels pinna_kernels_avx512;

#endif
