/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_PROGRESS_H
#define PINNA_DEMOS_PROGRESS_H

#include <pinna/base.h>

/* A bar with the time left, redrawn a few times a second, on standard error where that is a terminal. */
typedef struct pinna_progress {
    bool shown;
    uint64_t total; /**< UINT64_MAX: not known; then only what is done is told. */
    uint32_t sample_rate_hz;
    double started_s, drawn_s;
} pinna_progress;

pinna_progress pinna_progress_start(uint64_t total_frames, uint32_t sample_rate_hz, bool quiet);

void pinna_progress_update(pinna_progress* progress, uint64_t done_frames);

/** Clears the line. */
void pinna_progress_end(pinna_progress* progress);

/** A clock that never runs backwards. */
double pinna_progress_now_s(void);

#endif
