/* SPDX-License-Identifier: MIT */
/* The picture of cost over count. */
#ifndef PINNA_BENCH_CHART_H
#define PINNA_BENCH_CHART_H

#include <stdbool.h>
#include <stddef.h>

enum { BENCH_SERIES_POINTS = 16 };

/** One line of the picture. */
typedef struct bench_series {
    char name[48];
    double red, green, blue;
    bool dashed;
    size_t count;
    double sources[BENCH_SERIES_POINTS], ns[BENCH_SERIES_POINTS]; /**< ns per source and sample. */
} bench_series;

/** Draws both axes logarithmic, and where one core is full. @return false where the file cannot be written. */
bool bench_chart_draw(const char* path, const char* title, const char* subtitle, const bench_series* series,
                      size_t series_count, double sample_rate_hz);

#endif
