/* SPDX-License-Identifier: MIT */
/* What the processor can do at most: independent multiply-adds that never leave the registers. */
#ifndef PINNA_BENCH_PEAK_H
#define PINNA_BENCH_PEAK_H

#include <stdint.h>

/** CPU time of one multiply-add, in seconds, measured now: about 20 microseconds' work. @param lanes 1, 4, 8 or 16. */
double bench_peak_s(uint32_t lanes);

#endif
