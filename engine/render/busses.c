/* SPDX-License-Identifier: MIT */
#include "render/busses.h"

#include <string.h>

static size_t rounded(size_t count)
{
    return (count + 15) & ~(size_t)15;
}

/* Rows an odd number of cache lines apart do not fight for the same places in the cache. */
static size_t spread(size_t count)
{
    size_t whole = rounded(count);
    return whole % 32 ? whole : whole + 16;
}

static size_t tile_stride(const pinna_path_config* config)
{
    return spread(config->ramp_frames);
}

static size_t bus_past(const pinna_path_config* config)
{
    return rounded(pinna_filter_bank_past(config->max_tap_count));
}

static size_t bus_stride(const pinna_path_config* config)
{
    return spread(bus_past(config) + PINNA_BUSSES_REACH * tile_stride(config));
}

static size_t gain_stride(const pinna_path_config* config)
{
    return PINNA_EAR_COUNT * (size_t)config->max_basis_count;
}

void pinna_busses_place(pinna_busses* busses, pinna_arena* arena, const pinna_path_config* config)
{
    size_t bus_count = gain_stride(config);
    *busses = (pinna_busses){.config = *config};
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        busses->tile[ear] = pinna_arena_take(arena, PINNA_BUSSES_ROWS, tile_stride(config) * sizeof(float));
    busses->tile_gains = pinna_arena_take(arena, PINNA_BUSSES_ROWS, bus_count * sizeof(float));
    busses->tile_fading = pinna_arena_take(arena, PINNA_BUSSES_ROWS, bus_count * sizeof(float));
    busses->busses = pinna_arena_take(arena, bus_count, bus_stride(config) * sizeof(float));
    busses->fading_busses = pinna_arena_take(arena, bus_count, tile_stride(config) * sizeof(float));
    pinna_filter_bank_place(&busses->bank, arena, config->kernels, config->max_basis_count, config->max_tap_count);
    if (arena->base) memset(busses->busses, 0, bus_count * bus_stride(config) * sizeof(float));
}

void pinna_busses_use(pinna_busses* busses, const pinna_hrtf* hrtf)
{
    busses->hrtf = hrtf;
    pinna_filter_bank_use(&busses->bank, hrtf->basis, hrtf->info.basis_count, hrtf->info.tap_count);
}

void pinna_busses_begin_segment(pinna_busses* busses, pinna_segment segment)
{
    busses->segment = segment;
    busses->segment_fades = busses->segment_sounds = false;
}

static float* bus(const pinna_busses* busses, int ear)
{
    const pinna_path_config* config = &busses->config;
    return busses->busses + (size_t)ear * config->max_basis_count * bus_stride(config) + bus_past(config) +
           busses->position;
}

static float* fading_bus(const pinna_busses* busses, int ear)
{
    return busses->fading_busses + (size_t)ear * busses->config.max_basis_count * tile_stride(&busses->config);
}

/* A group of busses starts a segment empty. */
static void clear(const pinna_busses* busses, float* (*group)(const pinna_busses*, int), size_t stride)
{
    size_t bytes = rounded(busses->segment.frame_count) * sizeof(float);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        for (size_t b = 0; b < busses->hrtf->info.basis_count; b++) memset(group(busses, ear) + b * stride, 0, bytes);
}

static void open_segment(pinna_busses* busses)
{
    if (busses->segment_sounds) return;
    busses->segment_sounds = true;
    clear(busses, bus, bus_stride(&busses->config));
}

static void open_fading(pinna_busses* busses)
{
    if (busses->segment_fades) return;
    busses->segment_fades = true;
    clear(busses, fading_bus, tile_stride(&busses->config));
}

/* Adds rows of the tile to a group of busses. */
static void mix(const pinna_busses* busses, float* (*group)(const pinna_busses*, int), size_t stride,
                const float* gains, size_t first, size_t count)
{
    const pinna_path_config* config = &busses->config;
    size_t basis = busses->hrtf->info.basis_count, gain_row = gain_stride(config), row = tile_stride(config);
    if (count == 0) return;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        config->kernels->bus_mix(group(busses, ear), stride, gains + first * gain_row + (size_t)ear * basis, gain_row,
                                 busses->tile[ear] + first * row, row, basis, count, busses->segment.frame_count);
}

/* Adds the tile's rows to the busses. */
static void flush(pinna_busses* busses)
{
    size_t moving = busses->moving_count, still = busses->still_count, stride = bus_stride(&busses->config);
    if (moving + still == 0) return;
    open_segment(busses);
    if (moving > 0) open_fading(busses);
    if (moving + still == PINNA_BUSSES_ROWS) {
        mix(busses, bus, stride, busses->tile_gains, 0, PINNA_BUSSES_ROWS);
    } else {
        mix(busses, bus, stride, busses->tile_gains, 0, moving);
        mix(busses, bus, stride, busses->tile_gains, PINNA_BUSSES_ROWS - still, still);
    }
    mix(busses, fading_bus, tile_stride(&busses->config), busses->tile_fading, 0, moving);
    busses->moving_count = busses->still_count = 0;
}

void pinna_busses_row(pinna_busses* busses, bool moves, pinna_bus_row* out)
{
    if (busses->moving_count + busses->still_count == PINNA_BUSSES_ROWS) flush(busses);
    size_t row = moves ? busses->moving_count++ : PINNA_BUSSES_ROWS - ++busses->still_count;
    size_t frames = tile_stride(&busses->config), gains = gain_stride(&busses->config);
    busses->audible_frames = (uint32_t)(bus_past(&busses->config) + 2 * frames);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) out->samples[ear] = busses->tile[ear] + row * frames;
    out->gains = busses->tile_gains + row * gains;
    out->fading = moves ? busses->tile_fading + row * gains : NULL;
}

/* What the gains were fades into what they are. */
static void fade(const pinna_busses* busses)
{
    const pinna_path_config* config = &busses->config;
    float step = 1.0f / (float)config->ramp_frames;
    float left = 1.0f - ((float)busses->segment.phase + 1.0f) * step; /* of what they were */
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        for (size_t b = 0; b < busses->hrtf->info.basis_count; b++)
            config->kernels->ramp_add(bus(busses, ear) + b * bus_stride(config),
                                      fading_bus(busses, ear) + b * tile_stride(config), left, -step,
                                      busses->segment.frame_count);
}

static void filter(pinna_busses* busses, float* const out[PINNA_EAR_COUNT])
{
    const float* rows[PINNA_EAR_COUNT] = {bus(busses, PINNA_LEFT), bus(busses, PINNA_RIGHT)};
    if (busses->segment_fades) fade(busses);
    pinna_filter_bank_run(&busses->bank, rows, bus_stride(&busses->config), busses->segment.frame_count, out);
}

static void advance(pinna_busses* busses, uint32_t frame_count)
{
    const pinna_path_config* config = &busses->config;
    busses->audible_frames = busses->audible_frames > frame_count ? busses->audible_frames - frame_count : 0;
    size_t stride = bus_stride(config), past = bus_past(config), rows = gain_stride(config);
    size_t position = busses->position + frame_count;
    if (past + position + tile_stride(config) <= stride) {
        busses->position = (uint32_t)position;
        return;
    }
    for (size_t row = 0; row < rows; row++) {
        float* start = busses->busses + row * stride;
        memmove(start, start + position, past * sizeof *start);
    }
    busses->position = 0;
}

void pinna_busses_end_segment(pinna_busses* busses, float* const out[PINNA_EAR_COUNT])
{
    flush(busses);
    if (busses->audible_frames == 0) return;
    open_segment(busses);
    filter(busses, out);
    advance(busses, busses->segment.frame_count);
}
