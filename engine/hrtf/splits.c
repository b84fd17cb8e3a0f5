/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include <string.h>

static uint32_t place_of(const pinna_build* build, uint32_t direction)
{
    return build->known->places[build->grid.measurements[direction]];
}

bool pinna_splits_have(const pinna_build* build)
{
    if (!build->known) return false;
    for (uint32_t i = 0; i < build->grid.measured_count; i++)
        if (!place_of(build, i)) return false;
    return true;
}

static void copy_rows(float* to, uint32_t to_row, const float* from, uint32_t from_row, size_t row)
{
    memcpy(to + to_row * row, from + from_row * row, row * sizeof *to);
}

void pinna_splits_take(const pinna_build* build, pinna_delays* notes)
{
    const pinna_splits* known = build->known;
    size_t lags = 2 * (size_t)notes->reach + 1;
    for (uint32_t i = 0; i < build->grid.measured_count; i++) {
        uint32_t place = place_of(build, i) - 1;
        copy_rows(build->grid.hrirs, i, known->hrirs, place, (size_t)PINNA_EAR_COUNT * build->tap_count);
        copy_rows(build->grid.delays_frames, i, known->delays_frames, place, PINNA_EAR_COUNT);
        copy_rows(notes->measured, i, known->notes.measured, place, lags);
        copy_rows(notes->minimum, i, known->notes.minimum, place, lags);
        notes->loudness[i] = known->notes.loudness[place];
    }
}

bool pinna_splits_keep(const pinna_build* build, const pinna_delays* notes)
{
    const pinna_grid* grid = &build->grid;
    size_t rows = (size_t)grid->measured_count * PINNA_EAR_COUNT;
    uint32_t* places = pinna_pool_take(build->scratch, build->measured->measurement_count, sizeof *places);
    float* hrirs = pinna_pool_take(build->scratch, rows, build->tap_count * sizeof *hrirs);
    float* delays = pinna_pool_take(build->scratch, rows, sizeof *delays);
    if (!places || !hrirs || !delays) return false;
    for (uint32_t i = 0; i < grid->measured_count; i++) places[grid->measurements[i]] = i + 1;
    memcpy(hrirs, grid->hrirs, rows * build->tap_count * sizeof *hrirs);
    memcpy(delays, grid->delays_frames, rows * sizeof *delays);
    *build->kept = (pinna_splits){build->scale, places, hrirs, delays, *notes, *build->measured};
    return true;
}
