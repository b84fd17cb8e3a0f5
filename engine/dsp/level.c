/* SPDX-License-Identifier: MIT */
#include "dsp/level.h"

#include <string.h>

enum step_kind {
    STEP_WEIGHT,       /* input ring -> work */
    STEP_FORWARD,      /* a part of a pass */
    STEP_FORWARD_LEAF, /* work -> spectra */
    STEP_PRODUCT,      /* spectra times response, first leaf back -> work */
    STEP_INVERSE,      /* a part of a pass */
    STEP_UNWEIGHT      /* work -> frames */
};

/* Points one step handles: short against a block's share of a long transform, long against a call. */
enum { STEP_POINTS = 1024 };

/* --- the list of steps -------------------------------------------------------------------------------------------- */

/* Appends a step; without a list yet, only counts. Costs are in quarters of a point's weighting. */
static void add_step(pinna_level* level, enum step_kind kind, uint32_t channel, uint32_t pass, uint32_t first,
                     uint32_t count, uint64_t cost)
{
    if (level->steps)
        level->steps[level->step_count] =
            (pinna_level_step){level->cost, first, count, (uint16_t)channel, (uint8_t)kind, (uint8_t)pass};
    level->step_count++;
    level->cost += cost;
}

/* Cuts [0, total) into steps of at most `most`. */
static void add_steps(pinna_level* level, enum step_kind kind, uint32_t channel, uint32_t pass, uint32_t total,
                      uint32_t most, uint64_t unit_cost)
{
    for (uint32_t first = 0; first < total; first += most) {
        uint32_t count = total - first < most ? total - first : most;
        add_step(level, kind, channel, pass, first, count, count * unit_cost);
    }
}

static void add_forward(pinna_level* level, uint32_t input)
{
    const uint32_t points = level->points;
    add_steps(level, STEP_WEIGHT, input, 0, points, STEP_POINTS, 4);
    for (uint32_t pass = 0; pass < pinna_transform_pass_count(level->size_index); pass++)
        add_steps(level, STEP_FORWARD, input, pass, points / 4, STEP_POINTS / 4, 16);
    add_steps(level, STEP_FORWARD_LEAF, input, 0, points / PINNA_GROUP, STEP_POINTS / PINNA_GROUP, 12 * PINNA_GROUP);
}

/* All outputs of a group in turn, while its input spectra are in the cache. */
static void add_products(pinna_level* level)
{
    const uint64_t products = (uint64_t)level->host->input_count * level->partition_count;
    for (uint32_t group = 0; group < level->points / PINNA_GROUP; group++)
        for (uint32_t output = 0; output < level->host->output_count; output++)
            add_step(level, STEP_PRODUCT, output, 0, group, 1, PINNA_GROUP * (12 + 3 * products));
}

static void add_inverse(pinna_level* level, uint32_t output)
{
    for (uint32_t pass = pinna_transform_pass_count(level->size_index); pass-- > 0;)
        add_steps(level, STEP_INVERSE, output, pass, level->points / 4, STEP_POINTS / 4, 16);
    add_steps(level, STEP_UNWEIGHT, output, 0, level->points, STEP_POINTS, 4);
}

static void list_steps(pinna_level* level)
{
    level->step_count = 0;
    level->cost = 0;
    for (uint32_t input = 0; input < level->host->input_count; input++) add_forward(level, input);
    add_products(level);
    for (uint32_t output = 0; output < level->host->output_count; output++) add_inverse(level, output);
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

static size_t spectra_floats(const pinna_level* level)
{
    return (size_t)level->host->input_count * level->partition_count * 2 * level->points;
}

void pinna_level_lay_out(pinna_level* level, pinna_arena* arena, const pinna_level_host* host,
                         const pinna_plan_level* plan, uint32_t index)
{
    const uint32_t points = pinna_transform_points(plan->size_index);
    *level = (pinna_level){.host = host,
                           .index = index,
                           .size_index = plan->size_index,
                           .points = points,
                           .partition_count = plan->partition_count};
    list_steps(level);
    level->steps = pinna_arena_take(arena, level->step_count, sizeof *level->steps);
    level->spectra = pinna_arena_take(arena, spectra_floats(level), sizeof(float));
    for (int i = 0; i < 2; i++) {
        level->work[i] = pinna_arena_take(arena, (size_t)host->output_count * 2 * points, sizeof(float));
        level->frames[i] = pinna_arena_take(arena, (size_t)host->output_count * points, sizeof(float));
    }
    if (!arena->base) return;
    list_steps(level);
    pinna_level_clear(level);
}

void pinna_level_clear(pinna_level* level)
{
    memset(level->spectra, 0, spectra_floats(level) * sizeof(float));
    for (int i = 0; i < 2; i++)
        memset(level->frames[i], 0, (size_t)level->host->output_count * level->points * sizeof(float));
    level->step = level->step_count;
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

static void weight(pinna_level* level, const pinna_level_step* step)
{
    const pinna_level_host* host = level->host;
    const float* ring = host->rings + step->channel * host->ring_stride + PINNA_HEAD_TAPS + step->first;
    const size_t mask = host->ring_frames - 1;
    const float* low = ring + ((size_t)(level->window_end - 2 * (uint64_t)level->points) & mask);
    const float* high = ring + ((size_t)(level->window_end - level->points) & mask);
    float* re = level->work[0] + step->first;
    host->spectral->weight(re, re + level->points, low, high, host->tables.cosine[level->size_index] + step->first,
                           host->tables.sine[level->size_index] + step->first, step->count);
}

static void forward(pinna_level* level, const pinna_level_step* step)
{
    level->host->spectral->forward4(level->work[0], level->work[0] + level->points,
                                    pinna_transform_pass_length(level->size_index, step->pass),
                                    pinna_transform_pass_twiddles(&level->host->tables, level->size_index, step->pass),
                                    step->first, step->count);
}

static float* input_tiles(const pinna_level* level, uint32_t input, uint32_t group)
{
    size_t tile = (size_t)input * (level->points / PINNA_TILE) + (size_t)group * PINNA_GROUP_TILES;
    return level->spectra + tile * level->partition_count * PINNA_TILE_FLOATS;
}

static void forward_leaf(pinna_level* level, const pinna_level_step* step)
{
    const size_t stride = (size_t)level->partition_count * PINNA_TILE_FLOATS;
    for (uint32_t group = step->first; group < step->first + step->count; group++) {
        const float* re = level->work[0] + (size_t)group * PINNA_GROUP;
        float* tiles = input_tiles(level, step->channel, group) + (size_t)level->newest * PINNA_TILE_FLOATS;
        level->host->spectral->forward_leaf(tiles, stride, re, re + level->points);
    }
}

/* Adds one path to a group's sums. Slots run from the newest window to the oldest, around the end of the ring. */
static void add_path(const pinna_level* level, const pinna_response* response, uint32_t input, uint32_t output,
                     uint32_t group, float* sums)
{
    const size_t path = (size_t)input * level->host->output_count + output;
    const uint32_t count = response->partition_count[level->index];
    if (!response->present[path] || !count) return;
    const uint32_t to_end = level->partition_count - level->newest, first = count < to_end ? count : to_end;
    const float* x = input_tiles(level, input, group);
    const float* h =
        pinna_response_tiles(response, level->index, level->size_index, path, (size_t)group * PINNA_GROUP_TILES);
    for (size_t tile = 0; tile < PINNA_GROUP_TILES; tile++) {
        level->host->spectral->mac(sums, x + (size_t)level->newest * PINNA_TILE_FLOATS, h, first);
        level->host->spectral->mac(sums, x, h + (size_t)first * PINNA_TILE_FLOATS, count - first);
        sums += PINNA_TILE_FLOATS;
        x += (size_t)level->partition_count * PINNA_TILE_FLOATS;
        h += (size_t)count * PINNA_TILE_FLOATS;
    }
}

static void product(pinna_level* level, const pinna_response* response, const pinna_level_step* step, float* work)
{
    _Alignas(PINNA_ALIGNMENT) float sums[PINNA_GROUP_TILES * PINNA_TILE_FLOATS] = {0};
    for (uint32_t input = 0; response && input < level->host->input_count; input++)
        add_path(level, response, input, step->channel, step->first, sums);
    float* re = work + (size_t)step->channel * 2 * level->points + (size_t)step->first * PINNA_GROUP;
    level->host->spectral->inverse_leaf(re, re + level->points, sums);
}

static void inverse(pinna_level* level, const pinna_level_step* step, float* work)
{
    float* re = work + (size_t)step->channel * 2 * level->points;
    level->host->spectral->inverse4(re, re + level->points, pinna_transform_pass_length(level->size_index, step->pass),
                                    pinna_transform_pass_twiddles(&level->host->tables, level->size_index, step->pass),
                                    step->first, step->count);
}

static void unweight(pinna_level* level, const pinna_level_step* step, const float* work, float* out)
{
    const pinna_level_host* host = level->host;
    const float* re = work + (size_t)step->channel * 2 * level->points + step->first;
    host->spectral->unweight(out, re, re + level->points, host->tables.cosine[level->size_index] + step->first,
                             host->tables.sine[level->size_index] + step->first, step->count);
}

/* The whole period is one linear fade. */
static void fade(const pinna_level* level, const pinna_level_step* step, float* out, const float* to)
{
    const float slope = 1.0f / (float)level->points;
    for (uint32_t n = 0; n < step->count; n++) out[n] += (to[n] - out[n]) * ((float)(step->first + n) * slope);
}

static void unweight_to_frames(pinna_level* level, const pinna_level_step* step)
{
    float* out = level->frames[!level->heard] + (size_t)step->channel * level->points + step->first;
    unweight(level, step, level->work[0], out);
    if (!level->fading) return;
    float to[STEP_POINTS];
    unweight(level, step, level->work[1], to);
    fade(level, step, out, to);
}

static void run_step(pinna_level* level, const pinna_level_step* step)
{
    switch ((enum step_kind)step->kind) {
    case STEP_WEIGHT:
        weight(level, step);
        break;
    case STEP_FORWARD:
        forward(level, step);
        break;
    case STEP_FORWARD_LEAF:
        forward_leaf(level, step);
        break;
    case STEP_PRODUCT:
        product(level, level->response, step, level->work[0]);
        if (level->fading) product(level, level->next, step, level->work[1]);
        break;
    case STEP_INVERSE:
        inverse(level, step, level->work[0]);
        if (level->fading) inverse(level, step, level->work[1]);
        break;
    case STEP_UNWEIGHT:
        unweight_to_frames(level, step);
        break;
    }
}

void pinna_level_turn(pinna_level* level, uint64_t position)
{
    level->heard = !level->heard;
    level->newest = (level->newest ? level->newest : level->partition_count) - 1;
    level->window_end = position;
    level->step = 0;
}

void pinna_level_run(pinna_level* level, uint32_t elapsed)
{
    const uint64_t due = level->cost * elapsed / level->points;
    while (level->step < level->step_count && level->steps[level->step].start < due)
        run_step(level, &level->steps[level->step++]);
}
