/* SPDX-License-Identifier: MIT */
#include "live_stress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DURATION_S = 3600 };

/* Each circles at its own speed and height, and all together are as loud as a few. */
static void write_source(FILE* file, uint32_t number, uint32_t count)
{
    double start_deg = 360.0 * number / count, speed_deg_per_s = 20 + number % 17 * 4;
    if (number % 2) speed_deg_per_s = -speed_deg_per_s;
    double elevation_deg = -30 + 100.0 * (number * 7 % count) / count;
    fprintf(
        file,
        "%s{\"name\":\"%u\",\"file\":\"builtin:chirps\",\"loop\":true,\"gain_db\":%.1f,\"start_s\":%.3f,\"keyframes\":["
        "{\"t_s\":0,\"azimuth_deg\":%.2f,\"elevation_deg\":%.2f,\"distance_m\":1.5},"
        "{\"t_s\":%d,\"azimuth_deg\":%.2f,\"elevation_deg\":%.2f,\"distance_m\":1.5}]}\n",
        number ? "," : "", number + 1, -10 * log10(count) - 6, fmod(0.137 * number, 2), start_deg, elevation_deg,
        DURATION_S, start_deg + speed_deg_per_s * DURATION_S, elevation_deg);
}

pinna_status pinna_live_stress_text(uint32_t source_count, char** out)
{
    size_t size = 0;
    *out = NULL;
    FILE* file = open_memstream(out, &size);
    if (!file) return PINNA_ERROR_MEMORY;
    fprintf(file, "{\"version\":1,\"title\":\"%u moving sources\",\"duration_s\":%d,\"sources\":[\n", source_count,
            DURATION_S);
    for (uint32_t i = 0; i < source_count; i++)
        write_source(file, i, source_count);
    fputs("]}\n", file);
    return fclose(file) ? PINNA_ERROR_MEMORY : PINNA_OK;
}
