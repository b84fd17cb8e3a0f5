/* SPDX-License-Identifier: MIT */
/* 8 lanes. Compiled with AVX2 and FMA: nothing here may be called before pinna_cpu_flags() has said yes. */
#include "dsp/kernels_tables.h"

#if PINNA_HAVE_LANES8
#define LANES 8
#define TABLE pinna_kernels_avx2
#define TABLE_NAME "avx2"
#include "dsp/kernels_body.h"
#endif
