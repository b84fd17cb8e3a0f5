/* SPDX-License-Identifier: MIT */
/* 4 lanes: SSE2, which every x86-64 has, and NEON, which every AArch64 has. */
#include "dsp/kernels_tables.h"

#if PINNA_HAVE_LANES4
#define LANES 4
#define TABLE pinna_kernels_sse
#ifdef __aarch64__
#define TABLE_NAME "neon"
#else
#define TABLE_NAME "sse"
#endif
#include "dsp/kernels_body.h"
#endif
