/* SPDX-License-Identifier: MIT */
/* 16 lanes. Compiled with AVX-512: nothing here may be called before pinna_cpu_flags() has said yes. */
#include "dsp/kernels_tables.h"

#if PINNA_HAVE_LANES16
#define LANES 16
#define TABLE pinna_kernels_avx512
#define TABLE_NAME "avx512"
#include "dsp/kernels_body.h"
#endif
