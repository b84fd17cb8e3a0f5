/* SPDX-License-Identifier: MIT */
#include "dsp/response.h"

#include "dsp/fft.h"
#include "dsp/kernels.h"

#include <math.h>
#include <string.h>

#define MOST_TAP 1e9f /* samples are cut at 1e6: no sum of products becomes infinite */

pinna_convolver_config pinna_convolver_config_default(void)
{
    return (pinna_convolver_config){.input_count = 1, .output_count = 2, .max_tap_count = 48000, .allocator = NULL};
}

bool pinna_convolver_config_valid(const pinna_convolver_config* config)
{
    return config && config->input_count >= 1 && config->input_count <= PINNA_CONVOLVER_MAX_CHANNELS &&
           config->output_count >= 1 && config->output_count <= PINNA_CONVOLVER_MAX_CHANNELS &&
           config->max_tap_count >= 1 && config->max_tap_count <= PINNA_CONVOLVER_MAX_TAPS;
}

/* --- plan --------------------------------------------------------------------------------------------------------- */

/* Partitions of P frames that cover the taps from 2 P up to end. */
static uint32_t partitions_up_to(uint32_t end, uint32_t size_index)
{
    uint32_t points = pinna_transform_points(size_index);
    return end <= 2 * points ? 0 : (end - 2 * points + points - 1) / points;
}

/* Levels for the sizes whose bits are set; each reaches to where the next begins. */
static pinna_plan plan_of_sizes(uint32_t sizes, uint32_t tap_count)
{
    pinna_plan plan = {0};
    uint32_t end = tap_count;
    for (uint32_t k = PINNA_TRANSFORM_SIZES; k-- > 0;) {
        uint32_t count = sizes >> k & 1 ? partitions_up_to(end, k) : 0;
        if (!count) continue;
        memmove(plan.levels + 1, plan.levels, plan.level_count * sizeof plan.levels[0]);
        plan.levels[0] = (pinna_plan_level){k, count};
        plan.level_count++;
        end = 2 * pinna_transform_points(k);
    }
    return plan;
}

/* Relative time per frame: transforms for every channel, products for every path and partition (these read much memory
   and weigh more than their arithmetic). Weights as measured
   with AVX-512; other widths move both alike. */
static double plan_cost(const pinna_plan* plan, const pinna_convolver_config* config)
{
    const double channels = config->input_count + config->output_count;
    const double paths = (double)config->input_count * config->output_count;
    double cost = 0;
    for (uint32_t l = 0; l < plan->level_count; l++)
        cost += channels * (3.0 + pinna_transform_pass_count(plan->levels[l].size_index)) +
                paths * plan->levels[l].partition_count;
    return cost;
}

pinna_plan pinna_plan_make(const pinna_convolver_config* config)
{
    pinna_plan best = plan_of_sizes(1, config->max_tap_count);
    for (uint32_t sizes = 3; sizes < 1u << PINNA_TRANSFORM_SIZES; sizes += 2) {
        pinna_plan plan = plan_of_sizes(sizes, config->max_tap_count);
        if (plan_cost(&plan, config) < plan_cost(&best, config)) best = plan;
    }
    return best;
}

uint32_t pinna_plan_size_count(const pinna_plan* plan)
{
    return plan->level_count ? plan->levels[plan->level_count - 1].size_index + 1 : 0;
}

/* --- building ----------------------------------------------------------------------------------------------------- */

static void lay_out(pinna_response* response, pinna_arena* arena, const pinna_plan* plan)
{
    const size_t path_count = (size_t)response->input_count * response->output_count;
    response->present = pinna_arena_take(arena, path_count, sizeof(bool));
    response->headed = pinna_arena_take(arena, path_count, sizeof(bool));
    response->head = pinna_arena_take(arena, path_count * response->head_tap_count, sizeof(float));
    if (response->input_count == 1) response->power = pinna_arena_take(arena, PINNA_RESPONSE_BINS, sizeof(float));
    for (uint32_t l = 0; l < plan->level_count; l++) {
        size_t points = pinna_transform_points(plan->levels[l].size_index);
        response->spectra[l] =
            pinna_arena_take(arena, path_count * response->partition_count[l], 2 * points * sizeof(float));
    }
}

/* What building needs and the finished response does not. */
typedef struct builder {
    const pinna_plan* plan;
    const pinna_spectral* spectral;
    pinna_transform_tables tables;
    float *re, *im;
    void *memory, *fft_memory;
    float* window;       /* [PINNA_RESPONSE_WINDOW] */
    pinna_complex* bins; /* [PINNA_RESPONSE_BINS] */
} builder;

static void lay_out_builder(builder* b, pinna_arena* arena)
{
    uint32_t size_count = pinna_plan_size_count(b->plan);
    size_t points = size_count ? pinna_transform_points(size_count - 1) : 0;
    pinna_transform_tables_take(&b->tables, arena, size_count);
    b->re = pinna_arena_take(arena, points, sizeof(float));
    b->im = pinna_arena_take(arena, points, sizeof(float));
    b->fft_memory = pinna_arena_take(arena, 1, pinna_fft_size(PINNA_RESPONSE_WINDOW));
    b->window = pinna_arena_take(arena, PINNA_RESPONSE_WINDOW, sizeof *b->window);
    b->bins = pinna_arena_take(arena, PINNA_RESPONSE_BINS, sizeof *b->bins);
}

static void* allocate_aligned(const pinna_allocator* allocator, size_t bytes, unsigned char** base)
{
    if (bytes > SIZE_MAX - PINNA_ALIGNMENT) return NULL;
    unsigned char* memory = allocator->allocate(allocator->user, bytes + PINNA_ALIGNMENT);
    if (memory) *base = memory + (PINNA_ALIGNMENT - (uintptr_t)memory % PINNA_ALIGNMENT) % PINNA_ALIGNMENT;
    return memory;
}

static bool builder_open(builder* b, const pinna_plan* plan, const pinna_allocator* allocator)
{
    *b = (builder){.plan = plan, .spectral = pinna_spectral_select(pinna_cpu_flags())};
    pinna_arena arena = {0};
    lay_out_builder(b, &arena);
    b->memory = allocate_aligned(allocator, arena.used, &arena.base);
    if (!b->memory) return false;
    arena.used = 0;
    lay_out_builder(b, &arena);
    pinna_transform_tables_fill(&b->tables, pinna_plan_size_count(plan));
    return true;
}

/* The transform of one partition: its taps fill the first half of the window, the second half is silence. The inverse
   transform's factor 1/P is taken here, once. */
static void transform_partition(builder* b, uint32_t size_index, const float* taps, size_t tap_count, float* tiles,
                                size_t tile_stride)
{
    const size_t points = pinna_transform_points(size_index);
    const float *cosine = b->tables.cosine[size_index], *sine = b->tables.sine[size_index];
    const float scale = 1.0f / (float)points;
    for (size_t n = 0; n < points; n++) {
        float tap = n < tap_count ? taps[n] * scale : 0.0f;
        b->re[n] = tap * cosine[n];
        b->im[n] = tap * sine[n];
    }
    for (uint32_t pass = 0; pass < pinna_transform_pass_count(size_index); pass++)
        b->spectral->forward4(b->re, b->im, pinna_transform_pass_length(size_index, pass),
                              pinna_transform_pass_twiddles(&b->tables, size_index, pass), 0, points / 4);
    for (size_t n = 0; n < points; n += PINNA_GROUP)
        b->spectral->forward_leaf(tiles + n / PINNA_TILE * tile_stride, tile_stride, b->re + n, b->im + n);
}

static void build_level(pinna_response* response, builder* b, uint32_t level, size_t path, const float* taps,
                        size_t tap_count)
{
    const uint32_t size_index = b->plan->levels[level].size_index, count = response->partition_count[level];
    const size_t points = pinna_transform_points(size_index);
    const size_t tile_stride = (size_t)count * PINNA_TILE_FLOATS;
    float* tiles = response->spectra[level] + path * (points / PINNA_TILE) * tile_stride;
    for (uint32_t j = 0; j < count; j++) {
        size_t first = (2 + (size_t)j) * points, left = tap_count - first;
        transform_partition(b, size_index, taps + first, left < points ? left : points, tiles + j * PINNA_TILE_FLOATS,
                            tile_stride);
    }
}

static void build_path(pinna_response* response, builder* b, size_t path, const float* taps, size_t tap_count)
{
    response->present[path] = taps != NULL;
    response->headed[path] = false;
    if (!taps) return;
    for (size_t n = 0; n < response->head_tap_count && !response->headed[path]; n++)
        response->headed[path] = taps[n] != 0.0f;
    memcpy(response->head + path * response->head_tap_count, taps, response->head_tap_count * sizeof *taps);
    for (uint32_t l = 0; l < b->plan->level_count; l++) build_level(response, b, l, path, taps, tap_count);
}

/* Adds a path's power, in windows that overlap by half and whose squares add up to 1: what lies in different windows
   adds up as noise does. */
static void add_power(builder* b, const float* taps, size_t tap_count, float* power)
{
    enum { WINDOW = PINNA_RESPONSE_WINDOW, HALF = WINDOW / 2 };
    pinna_fft* fft = pinna_fft_place(b->fft_memory, WINDOW);
    for (size_t end = HALF; end < tap_count + WINDOW; end += HALF) {
        for (size_t n = 0; n < WINDOW; n++) {
            size_t at = end + n; /* WINDOW further than the tap */
            bool inside = at >= WINDOW && at - WINDOW < tap_count;
            b->window[n] = inside ? taps[at - WINDOW] * sinf(3.14159265f * ((float)n + 0.5f) / WINDOW) : 0.0f;
        }
        pinna_fft_forward(fft, b->window, b->bins);
        for (size_t k = 0; k < PINNA_RESPONSE_BINS; k++)
            power[k] += b->bins[k].re * b->bins[k].re + b->bins[k].im * b->bins[k].im;
    }
}

static void measure_power(pinna_response* response, builder* b, const float* const* paths, size_t tap_count)
{
    if (!response->power) return;
    memset(response->power, 0, PINNA_RESPONSE_BINS * sizeof *response->power);
    for (uint32_t output = 0; output < response->output_count; output++)
        if (paths[output]) add_power(b, paths[output], tap_count, response->power);
}

static bool taps_usable(const float* taps, uint32_t tap_count)
{
    for (uint32_t n = 0; taps && n < tap_count; n++)
        if (!(fabsf(taps[n]) <= MOST_TAP)) return false;
    return true;
}

/* The plan is the convolver's; a shorter response has fewer partitions at its end. */
static pinna_response measure(const pinna_convolver_config* config, const pinna_plan* plan, uint32_t tap_count)
{
    pinna_response response = {.allocator = pinna_allocator_or_default(config->allocator),
                               .input_count = config->input_count,
                               .output_count = config->output_count,
                               .max_tap_count = config->max_tap_count,
                               .head_tap_count = tap_count < PINNA_HEAD_TAPS ? tap_count : PINNA_HEAD_TAPS};
    for (uint32_t l = 0; l < plan->level_count; l++) {
        uint32_t needed = partitions_up_to(tap_count, plan->levels[l].size_index);
        uint32_t most = plan->levels[l].partition_count;
        response.partition_count[l] = needed < most ? needed : most;
    }
    return response;
}

/* The response, laid out in memory of its own, or NULL. */
static pinna_response* allocate_response(pinna_response measured, const pinna_plan* plan)
{
    pinna_arena arena = {0};
    pinna_arena_take(&arena, 1, sizeof(pinna_response));
    lay_out(&measured, &arena, plan);
    measured.memory = allocate_aligned(&measured.allocator, arena.used, &arena.base);
    if (!measured.memory) return NULL;
    arena.used = 0;
    pinna_response* response = pinna_arena_take(&arena, 1, sizeof(pinna_response));
    *response = measured;
    lay_out(response, &arena, plan);
    atomic_init(&response->reference_count, 1);
    return response;
}

pinna_status pinna_response_create(const pinna_convolver_config* config, const float* const* paths, uint32_t tap_count,
                                   pinna_response** out)
{
    if (!out) return PINNA_ERROR_ARGUMENT;
    *out = NULL;
    if (!pinna_convolver_config_valid(config) || !paths || !tap_count) return PINNA_ERROR_ARGUMENT;
    if (tap_count > config->max_tap_count) return PINNA_ERROR_LIMIT;
    const size_t path_count = (size_t)config->input_count * config->output_count;
    for (size_t path = 0; path < path_count; path++)
        if (!taps_usable(paths[path], tap_count)) return PINNA_ERROR_DATA;

    const pinna_plan plan = pinna_plan_make(config);
    pinna_response* response = allocate_response(measure(config, &plan, tap_count), &plan);
    if (!response) return PINNA_ERROR_MEMORY;
    builder b;
    if (!builder_open(&b, &plan, &response->allocator)) {
        pinna_response_release(response);
        return PINNA_ERROR_MEMORY;
    }
    for (size_t path = 0; path < path_count; path++) build_path(response, &b, path, paths[path], tap_count);
    measure_power(response, &b, paths, tap_count);
    response->allocator.release(response->allocator.user, b.memory);
    *out = response;
    return PINNA_OK;
}

pinna_response* pinna_response_retain(pinna_response* response)
{
    if (response) atomic_fetch_add_explicit(&response->reference_count, 1, memory_order_relaxed);
    return response;
}

void pinna_response_release(pinna_response* response)
{
    if (!response || atomic_fetch_sub_explicit(&response->reference_count, 1, memory_order_acq_rel) != 1) return;
    pinna_allocator allocator = response->allocator;
    allocator.release(allocator.user, response->memory);
}
