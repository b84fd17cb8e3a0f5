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

static void place_part(const pinna_busses* busses, pinna_bus_part* part, pinna_arena* arena)
{
    *part = (pinna_bus_part){0};
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        part->tile[ear] = pinna_arena_take(arena, PINNA_BUSSES_ROWS, busses->tile_stride * sizeof(float));
    part->tile_gains = pinna_arena_take(arena, PINNA_BUSSES_ROWS, busses->gain_stride * sizeof(float));
    part->fading_busses = pinna_arena_take(arena, busses->bus_count, busses->tile_stride * sizeof(float));
}

void pinna_busses_place(pinna_busses* busses, pinna_arena* arena, const pinna_path_config* config)
{
    size_t past = rounded(pinna_filter_bank_past(config->max_tap_count)), tile = spread(config->ramp_frames);
    size_t bus_count = PINNA_EAR_COUNT * (size_t)config->max_basis_count;
    *busses = (pinna_busses){.config = *config,
                             .bus_count = bus_count,
                             .tile_stride = tile,
                             .gain_stride = 2 * bus_count,
                             .past = past,
                             .bus_stride = spread(past + PINNA_BUSSES_REACH * tile)};
    for (int i = 0; i < PINNA_BUSSES_PARTS; i++) place_part(busses, &busses->parts[i], arena);
    busses->busses = pinna_arena_take(arena, bus_count, busses->bus_stride * sizeof(float));
    pinna_filter_bank_place(&busses->bank, arena, config->kernels, config->max_basis_count, config->max_tap_count);
    if (arena->base) memset(busses->busses, 0, bus_count * busses->bus_stride * sizeof(float));
}

void pinna_busses_use(pinna_busses* busses, const pinna_hrtf* hrtf)
{
    busses->hrtf = hrtf;
    pinna_filter_bank_use(&busses->bank, hrtf->basis, hrtf->info.basis_count, hrtf->info.tap_count);
}

/* A history that has no room for so many periods more moves back. */
static void make_room(pinna_busses* busses, uint32_t period_count)
{
    size_t stride = busses->bus_stride, past = busses->past, position = busses->position;
    if (past + position + period_count * busses->tile_stride <= stride) return;
    for (size_t row = 0; row < busses->bus_count; row++) {
        float* start = busses->busses + row * stride;
        memmove(start, start + position, past * sizeof *start);
    }
    busses->position = 0;
}

void pinna_busses_begin_segments(pinna_busses* busses, const pinna_segment* segments, uint32_t count)
{
    busses->first_part = 0;
    make_room(busses, count);
    for (uint32_t i = 0; i < count; i++) {
        busses->parts[i].segment = segments[i];
        busses->parts[i].fades = busses->parts[i].sounds = false;
    }
}

static float* bus(const pinna_busses* busses, const pinna_bus_part* part, int ear)
{
    return busses->busses + (size_t)ear * busses->config.max_basis_count * busses->bus_stride + busses->past +
           part->position;
}

static float* fading_bus(const pinna_busses* busses, const pinna_bus_part* part, int ear)
{
    return part->fading_busses + (size_t)ear * busses->config.max_basis_count * busses->tile_stride;
}

typedef float* bus_group(const pinna_busses* busses, const pinna_bus_part* part, int ear);

static void clear(const pinna_busses* busses, const pinna_bus_part* part)
{
    size_t bytes = rounded(part->segment.frame_count) * sizeof(float);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        for (size_t b = 0; b < busses->hrtf->info.basis_count; b++)
            memset(bus(busses, part, ear) + b * busses->bus_stride, 0, bytes);
}

/* In their order, for a part's place is behind that of the one before. @param written  What it holds is written next.
 */
static void open_part(pinna_busses* busses, uint32_t index, bool written)
{
    for (uint32_t i = busses->first_part; i <= index; i++) {
        pinna_bus_part *part = &busses->parts[i], *before = part - 1;
        if (part->sounds) continue;
        part->sounds = true;
        part->position = i == busses->first_part ? busses->position : before->position + before->segment.frame_count;
        if (i < index || !written) clear(busses, part);
    }
}

/* Mixes rows of the tile into a group of busses. @param add  To what is there; else instead of it. */
static void mix(const pinna_busses* busses, const pinna_bus_part* part, bus_group* group, size_t stride,
                const float* gains, size_t first, size_t count, bool add)
{
    const pinna_kernels* kernels = busses->config.kernels;
    size_t basis = busses->hrtf->info.basis_count, gain_row = busses->gain_stride, row = busses->tile_stride;
    if (count == 0) return;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        (add ? kernels->bus_mix : kernels->bus_set)(
            group(busses, part, ear), stride, gains + first * gain_row + (size_t)ear * basis, gain_row,
            part->tile[ear] + first * row, row, basis, count, part->segment.frame_count);
}

/* Kernels take whole vectors: what lies behind the rows' ends is added to the busses behind this part's, which may have
   been written already for the next one. */
static void clear_ends(const pinna_busses* busses, const pinna_bus_part* part)
{
    size_t frames = part->segment.frame_count, bytes = (rounded(frames) - frames) * sizeof(float);
    for (int ear = 0; ear < PINNA_EAR_COUNT && bytes > 0; ear++)
        for (size_t row = 0; row < PINNA_BUSSES_ROWS; row++)
            memset(part->tile[ear] + row * busses->tile_stride + frames, 0, bytes);
}

/* The tile's rows go to the busses. The first to come are all that is in them. */
static void flush(pinna_busses* busses, uint32_t index)
{
    pinna_bus_part* part = &busses->parts[index];
    size_t moving = part->moving_count, still = part->still_count, stride = busses->bus_stride;
    bool add = part->sounds;
    if (moving + still == 0) return;
    const float* fading_gains = part->tile_gains + PINNA_EAR_COUNT * (size_t)busses->hrtf->info.basis_count;
    open_part(busses, index, true);
    clear_ends(busses, part);
    if (moving + still == PINNA_BUSSES_ROWS) {
        mix(busses, part, bus, stride, part->tile_gains, 0, PINNA_BUSSES_ROWS, add);
    } else {
        mix(busses, part, bus, stride, part->tile_gains, 0, moving, add);
        mix(busses, part, bus, stride, part->tile_gains, PINNA_BUSSES_ROWS - still, still, add || moving > 0);
    }
    mix(busses, part, fading_bus, busses->tile_stride, fading_gains, 0, moving, part->fades);
    part->fades = part->fades || moving > 0;
    part->moving_count = part->still_count = 0;
}

void pinna_busses_row(pinna_busses* busses, uint32_t index, bool moves, pinna_bus_row* out)
{
    pinna_bus_part* part = &busses->parts[index];
    if (part->moving_count + part->still_count == PINNA_BUSSES_ROWS) flush(busses, index);
    size_t row = moves ? part->moving_count++ : PINNA_BUSSES_ROWS - ++part->still_count;
    size_t frames = busses->tile_stride;
    busses->audible_frames = (uint32_t)(busses->past + 2 * PINNA_BUSSES_PARTS * frames);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) out->samples[ear] = part->tile[ear] + row * frames;
    out->gains = part->tile_gains + row * busses->gain_stride;
}

/* What the gains were fades into what they are. */
static void fade(const pinna_busses* busses, const pinna_bus_part* part)
{
    const pinna_path_config* config = &busses->config;
    float step = 1.0f / (float)config->ramp_frames;
    float left = 1.0f - ((float)part->segment.phase + 1.0f) * step; /* of what they were */
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        for (size_t b = 0; b < busses->hrtf->info.basis_count; b++)
            config->kernels->ramp_add(bus(busses, part, ear) + b * busses->bus_stride,
                                      fading_bus(busses, part, ear) + b * busses->tile_stride, left, -step,
                                      part->segment.frame_count);
}

static void filter(pinna_busses* busses, const pinna_bus_part* part, float* const out[PINNA_EAR_COUNT])
{
    const float* rows[PINNA_EAR_COUNT] = {bus(busses, part, PINNA_LEFT), bus(busses, part, PINNA_RIGHT)};
    if (part->fades) fade(busses, part);
    pinna_filter_bank_run(&busses->bank, rows, busses->bus_stride, part->segment.frame_count, out);
}

void pinna_busses_end_segment(pinna_busses* busses, float* const out[PINNA_EAR_COUNT])
{
    uint32_t index = busses->first_part, frame_count = busses->parts[index].segment.frame_count;
    flush(busses, index);
    if (busses->audible_frames > 0) {
        open_part(busses, index, false);
        filter(busses, &busses->parts[index], out);
        busses->audible_frames = busses->audible_frames > frame_count ? busses->audible_frames - frame_count : 0;
        busses->position += frame_count;
    }
    busses->first_part++;
}
