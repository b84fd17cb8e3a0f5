/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAR_WIDTH = 30 };

#define REDRAW_S 0.1

double pinna_progress_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

pinna_progress pinna_progress_start(uint64_t total_frames, uint32_t sample_rate_hz, bool quiet)
{
    double now_s = pinna_progress_now_s();
    return (pinna_progress){!quiet && isatty(STDERR_FILENO), total_frames, sample_rate_hz, now_s, now_s};
}

static void draw_bar(const pinna_progress* progress, uint64_t done, double elapsed_s)
{
    double fraction = (double)done / (double)progress->total;
    int filled = (int)(fraction * BAR_WIDTH);
    char bar[BAR_WIDTH + 1];
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[BAR_WIDTH] = '\0';
    double left_s = fraction > 0 ? elapsed_s / fraction - elapsed_s : 0;
    fprintf(stderr, "\r[%s] %3.0f %%  %.0f s left, %.0fx real time \033[K", bar, 100 * fraction, left_s,
            (double)done / progress->sample_rate_hz / elapsed_s);
}

void pinna_progress_update(pinna_progress* progress, uint64_t done_frames)
{
    if (!progress->shown) return;
    double now_s = pinna_progress_now_s();
    if (now_s - progress->drawn_s < REDRAW_S) return;
    progress->drawn_s = now_s;
    if (progress->total == UINT64_MAX)
        fprintf(stderr, "\r%.0f s rendered \033[K", (double)done_frames / progress->sample_rate_hz);
    else
        draw_bar(progress, done_frames, now_s - progress->started_s);
}

void pinna_progress_end(pinna_progress* progress)
{
    if (progress->shown && progress->drawn_s > progress->started_s) fprintf(stderr, "\r\033[K");
}
