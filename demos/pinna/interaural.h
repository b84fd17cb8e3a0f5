/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_INTERAURAL_H
#define PINNA_DEMOS_INTERAURAL_H

#include <pinna/base.h>

/* Time and level differences between two ear signals, in windows of 50 ms every 25 ms. */
typedef struct pinna_interaural pinna_interaural;

typedef struct pinna_interaural_window {
    double middle_s;
    float itd_s;                     /**< + the left ear leads. NAN where nothing tells it. */
    float level_db[PINNA_EAR_COUNT]; /**< RMS re full scale. -INFINITY: silence. */
} pinna_interaural_window;

PINNA_NODISCARD pinna_status pinna_interaural_create(uint32_t sample_rate_hz, pinna_interaural** out);

/** False for want of memory. */
bool pinna_interaural_write(pinna_interaural* trace, const float* left, const float* right, size_t frame_count);

/** The windows complete so far. */
const pinna_interaural_window* pinna_interaural_windows(const pinna_interaural* trace, size_t* count);

/** NULL is accepted. */
void pinna_interaural_destroy(pinna_interaural* trace);

#endif
