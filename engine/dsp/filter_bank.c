/* SPDX-License-Identifier: MIT */
#include "dsp/filter_bank.h"

#include <math.h>
#include <string.h>

enum {
    POINTS = PINNA_TRANSFORM_MIN,
    PART = PINNA_FILTER_BANK_PART,
    TILES = POINTS / PINNA_TILE,
    LEAST_FRAMES = 48 /* of fewer, the direct form costs less than the transforms */
};

static uint32_t parts_of(uint32_t tap_count)
{
    return (tap_count + PART - 1) / PART;
}

static void fill_turns(float* turns)
{
    for (uint32_t row = 0; row < PINNA_LEAF; row++) {
        for (uint32_t n = 0; n < PINNA_LEAF; n++) {
            double angle = -2.0 * 3.14159265358979323846 * (double)(pinna_spectral_row_turn(row) * n) / POINTS;
            turns[row * PINNA_LEAF + n] = (float)cos(angle);
            turns[POINTS + row * PINNA_LEAF + n] = (float)sin(angle);
        }
    }
}

void pinna_filter_bank_place(pinna_filter_bank* bank, pinna_arena* arena, const pinna_kernels* kernels,
                             uint32_t filter_capacity, uint32_t tap_capacity)
{
    uint32_t parts = parts_of(tap_capacity);
    *bank = (pinna_filter_bank){.kernels = kernels, .filter_capacity = filter_capacity};
    if (parts > PINNA_FILTER_BANK_PARTS) return;
    bank->part_capacity = parts;
    bank->spectral = pinna_spectral_like(kernels);
    pinna_transform_tables_take(&bank->tables, arena, 1);
    size_t tiles = (size_t)TILES * parts * filter_capacity;
    bank->filters = pinna_arena_take(arena, tiles, PINNA_TILE_FLOATS * sizeof(float));
    bank->windows = pinna_arena_take(arena, tiles, PINNA_TILE_FLOATS * sizeof(float));
    bank->work = pinna_arena_take(arena, 2 * POINTS, sizeof(float));
    bank->turns = pinna_arena_take(arena, 2 * POINTS, sizeof(float));
    if (!arena->base) return;
    pinna_transform_tables_fill(&bank->tables, 1);
    fill_turns(bank->turns);
}

/* Floats from a tile to the next of the same spectrum: those of all filters and parts lie between. */
static size_t tile_stride(const pinna_filter_bank* bank)
{
    return (size_t)bank->part_count * bank->filter_count * PINNA_TILE_FLOATS;
}

/* A partition's taps, with the inverse transform's factor. */
static void transform_taps(const pinna_filter_bank* bank, uint32_t filter, uint32_t part)
{
    const float* taps = bank->taps + (size_t)filter * bank->tap_count + part * PART;
    uint32_t left = bank->tap_count - part * PART, count = left < PART ? left : PART;
    memset(bank->work, 0, 2 * POINTS * sizeof(float));
    for (uint32_t n = 0; n < count; n++) bank->work[n] = taps[n] / POINTS;
    bank->spectral->forward256(bank->filters + ((size_t)part * bank->filter_count + filter) * PINNA_TILE_FLOATS,
                               tile_stride(bank), bank->work, bank->work + POINTS, bank->turns);
}

void pinna_filter_bank_use(pinna_filter_bank* bank, const float* taps, uint32_t filter_count, uint32_t tap_count)
{
    bank->taps = taps;
    bank->filter_count = filter_count;
    bank->tap_count = tap_count;
    bank->part_count = parts_of(tap_count);
    bank->newest = bank->valid = 0;
    for (uint32_t part = 0; part < bank->part_count && bank->part_capacity > 0; part++)
        for (uint32_t f = 0; f < filter_count; f++) transform_taps(bank, f, part);
}

/* The windows of so many frames that end `age` parts before `end`, of all rows. */
static void take_windows(const pinna_filter_bank* bank, const float* const rows[2], size_t stride, size_t end,
                         uint32_t age)
{
    uint32_t slot = (bank->newest + age) % bank->part_count;
    ptrdiff_t first = (ptrdiff_t)end - POINTS - (ptrdiff_t)age * PART;
    float* tiles = bank->windows + (size_t)slot * bank->filter_count * PINNA_TILE_FLOATS;
    for (uint32_t f = 0; f < bank->filter_count; f++)
        bank->spectral->forward256(tiles + (size_t)f * PINNA_TILE_FLOATS, tile_stride(bank),
                                   rows[0] + f * stride + first, rows[1] + f * stride + first, bank->turns);
}

/* Windows of segments just before are still there; where segments were of other lengths they are made anew. */
static void update_windows(pinna_filter_bank* bank, const float* const rows[2], size_t stride, size_t frame_count)
{
    bank->newest = (bank->newest + bank->part_count - 1) % bank->part_count;
    take_windows(bank, rows, stride, frame_count, 0);
    for (uint32_t age = 1 + bank->valid; age < bank->part_count; age++)
        take_windows(bank, rows, stride, frame_count, age);
    bank->valid = frame_count == PART ? bank->part_count - 1 : 0;
}

/* Ring and filters run from the newest window to the oldest; the ring's end comes between. */
static void multiply(const pinna_filter_bank* bank, float* sums)
{
    size_t to_end = (size_t)(bank->part_count - bank->newest) * bank->filter_count;
    size_t all = (size_t)bank->part_count * bank->filter_count;
    for (size_t tile = 0; tile < TILES; tile++) {
        const float *x = bank->windows + tile * tile_stride(bank), *h = bank->filters + tile * tile_stride(bank);
        bank->spectral->mac(sums + tile * PINNA_TILE_FLOATS, x + (all - to_end) * PINNA_TILE_FLOATS, h, to_end);
        bank->spectral->mac(sums + tile * PINNA_TILE_FLOATS, x, h + to_end * PINNA_TILE_FLOATS, all - to_end);
    }
}

static void run_whole(pinna_filter_bank* bank, const float* const rows[2], size_t stride, size_t frame_count,
                      float* const out[2])
{
    _Alignas(PINNA_ALIGNMENT) float sums[TILES * PINNA_TILE_FLOATS] = {0};
    float *re = bank->work, *im = bank->work + POINTS;
    update_windows(bank, rows, stride, frame_count);
    multiply(bank, sums);
    bank->spectral->inverse_leaf(re, im, sums);
    for (uint32_t pass = pinna_transform_pass_count(0); pass-- > 0;)
        bank->spectral->inverse4(re, im, pinna_transform_pass_length(0, pass),
                                 pinna_transform_pass_twiddles(&bank->tables, 0, pass), 0, POINTS / 4);
    for (int c = 0; c < 2; c++)
        bank->kernels->ramp_add(out[c], bank->work + (size_t)(c + 1) * POINTS - frame_count, 1.0f, 0.0f, frame_count);
}

static void run_directly(pinna_filter_bank* bank, const float* const rows[2], size_t stride, size_t frame_count,
                         float* const out[2])
{
    bank->valid = 0;
    for (int c = 0; c < 2; c++)
        for (uint32_t f = 0; f < bank->filter_count; f++)
            bank->kernels->fir_add(out[c], rows[c] + f * stride, bank->taps + (size_t)f * bank->tap_count,
                                   bank->tap_count, frame_count);
}

/* One partition reaches over any segment that leaves its window as many frames of past as it has taps. */
static bool fits(const pinna_filter_bank* bank, size_t frame_count)
{
    if (bank->part_capacity == 0 || frame_count < LEAST_FRAMES) return false;
    if (bank->part_count == 1) return frame_count + bank->tap_count <= POINTS + 1;
    return frame_count == PART;
}

void pinna_filter_bank_run(pinna_filter_bank* bank, const float* const rows[2], size_t stride, size_t frame_count,
                           float* const out[2])
{
    for (size_t done = 0; done < frame_count;) {
        size_t left = frame_count - done, count = left < PART ? left : PART;
        const float* in[2] = {rows[0] + done, rows[1] + done};
        float* to[2] = {out[0] + done, out[1] + done};
        if (fits(bank, count)) run_whole(bank, in, stride, count, to);
        else run_directly(bank, in, stride, count, to);
        done += count;
    }
}
