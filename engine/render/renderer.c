/* SPDX-License-Identifier: MIT */
#include "render/renderer.h"

#include "base/denormals.h"

#include <math.h>
#include <string.h>

pinna_renderer_config pinna_renderer_config_default(void)
{
    return (pinna_renderer_config){
        .sample_rate_hz = 48000,
        .max_block_frames = 1024,
        .max_source_count = 64,
        .ramp_frames = 128,
        .max_exact_count = 32,
        .method = PINNA_METHOD_AUTO,
        .axes = PINNA_AXES_AES69,
        .limiter = true,
    };
}

static bool config_is_valid(const pinna_renderer_config* c)
{
    return c->hrtf && c->sample_rate_hz == c->hrtf->info.sample_rate_hz && c->max_block_frames >= 1 &&
           c->max_block_frames <= PINNA_RENDERER_MAX_BLOCK_FRAMES && c->max_source_count >= 1 &&
           c->max_source_count <= PINNA_RENDERER_MAX_SOURCES && c->ramp_frames >= 1 &&
           c->ramp_frames <= PINNA_RENDERER_RAMP_MAX && (unsigned)c->method < PINNA_METHOD_COUNT &&
           (unsigned)c->axes < PINNA_AXES_COUNT;
}

static uint32_t exact_voice_count(const pinna_renderer_config* config)
{
    if (config->method == PINNA_METHOD_EXACT) return config->max_source_count;
    if (config->method == PINNA_METHOD_BATCH) return 0;
    return config->max_exact_count < config->max_source_count ? config->max_exact_count : config->max_source_count;
}

/* Voices that die away need places beside those that live: as many again on the exact path, an eighth on the other. */
static void place_paths(pinna_renderer* r, pinna_arena* arena, const pinna_renderer_config* config)
{
    const pinna_hrtf_info* info = &config->hrtf->info;
    pinna_path_config path = {
        .ramp_frames = config->ramp_frames,
        .max_tap_count = info->tap_count,
        .max_basis_count = info->basis_count,
        .max_delay_frames = (uint32_t)ceilf(info->max_delay_frames) + 1,
        .kernels = config->hrtf->kernels,
        .delays = &r->delays,
        .fine_delays = &r->fine_delays,
    };
    uint32_t exact = exact_voice_count(config), batch = config->method == PINNA_METHOD_EXACT ? 0 : config->max_source_count;
    pinna_exact_place(&r->exact, arena, &path, exact ? exact + exact / 2 + 4 : 0);
    pinna_batch_place(&r->batch, arena, &path, batch ? batch + batch / 8 + 16 : 0);
}

static pinna_renderer* place(pinna_arena* arena, const pinna_renderer_config* config)
{
    pinna_renderer unplaced = {0};
    pinna_renderer* memory = pinna_arena_take(arena, 1, sizeof *memory);
    pinna_renderer* r = memory ? memory : &unplaced;
    *r = unplaced;
    r->config = *config;
    pinna_scene_place(&r->scene, arena, config->max_source_count, config->axes);
    place_paths(r, arena, config);
    r->sources = pinna_arena_take(arena, config->max_source_count, sizeof *r->sources);
    r->active = pinna_arena_take(arena, config->max_source_count, sizeof *r->active);
    if (memory) memset(r->sources, 0, config->max_source_count * sizeof *r->sources);
    return memory;
}

pinna_status pinna_renderer_create(const pinna_renderer_config* config, pinna_renderer** out)
{
    if (!out) return PINNA_ERROR_ARGUMENT;
    *out = NULL;
    if (!config || !config_is_valid(config)) return PINNA_ERROR_ARGUMENT;
    pinna_allocator allocator = pinna_allocator_or_default(config->allocator);
    pinna_arena arena = {0};
    place(&arena, config);
    if (arena.used >= SIZE_MAX - PINNA_ALIGNMENT) return PINNA_ERROR_MEMORY;
    void* memory = allocator.allocate(allocator.user, arena.used + PINNA_ALIGNMENT);
    if (!memory) return PINNA_ERROR_MEMORY;
    size_t misaligned = (uintptr_t)memory % PINNA_ALIGNMENT;
    arena = (pinna_arena){(unsigned char*)memory + (misaligned ? PINNA_ALIGNMENT - misaligned : 0), 0};
    pinna_renderer* renderer = place(&arena, config);
    renderer->memory = memory;
    renderer->allocator = allocator;
    renderer->kernels = config->hrtf->kernels;
    renderer->hrtf = pinna_hrtf_retain(config->hrtf);
    renderer->listener = renderer->scene.listener_snapshots[0];
    pinna_delay_table_init(&renderer->delays, PINNA_DELAY_TAPS, 0.7);
    pinna_delay_table_init(&renderer->fine_delays, PINNA_DELAY_MAX_TAPS, 0.77);
    pinna_batch_use(&renderer->batch, renderer->hrtf);
    pinna_limiter_init(&renderer->limiter, config->sample_rate_hz);
    *out = renderer;
    return PINNA_OK;
}

void pinna_renderer_destroy(pinna_renderer* renderer)
{
    if (!renderer) return;
    pinna_hrtf_release(renderer->hrtf);
    pinna_allocator allocator = renderer->allocator;
    allocator.release(allocator.user, renderer->memory);
}

pinna_status pinna_source_create(pinna_renderer* renderer, pinna_source* out)
{
    if (!out) return PINNA_ERROR_ARGUMENT;
    *out = (pinna_source){0};
    return renderer ? pinna_scene_create_source(&renderer->scene, out) : PINNA_ERROR_ARGUMENT;
}

pinna_status pinna_source_destroy(pinna_renderer* renderer, pinna_source source)
{
    return renderer ? pinna_scene_destroy_source(&renderer->scene, source) : PINNA_ERROR_ARGUMENT;
}

pinna_status pinna_source_set_params(pinna_renderer* renderer, pinna_source source, const pinna_source_params* params)
{
    if (!renderer || !params) return PINNA_ERROR_ARGUMENT;
    return pinna_scene_set_source(&renderer->scene, source, params);
}

pinna_status pinna_renderer_set_listener(pinna_renderer* renderer, const pinna_listener_params* params)
{
    if (!renderer || !params) return PINNA_ERROR_ARGUMENT;
    return pinna_scene_set_listener(&renderer->scene, params);
}

/* Outputs are rendered in segments that end where a period or the block does. */
void pinna_renderer_process(pinna_renderer* renderer, const pinna_input* inputs, size_t input_count, float* left,
                            float* right, size_t frame_count)
{
    uint32_t max_frames = renderer->config.max_block_frames;
    size_t allowed = frame_count < max_frames ? frame_count : max_frames;
    memset(left, 0, allowed * sizeof *left);
    memset(right, 0, allowed * sizeof *right);
    if (frame_count == 0 || frame_count > max_frames) return;
    pinna_denormals before = pinna_denormals_off();
    pinna_voices_take_inputs(renderer, inputs, input_count);
    for (uint32_t done = 0; done < frame_count;) {
        if (renderer->phase == 0) pinna_voices_begin_period(renderer);
        uint32_t rest = (uint32_t)frame_count - done, period = renderer->config.ramp_frames - renderer->phase;
        pinna_segment segment = {renderer->phase, rest < period ? rest : period};
        float* out[PINNA_EAR_COUNT] = {left + done, right + done};
        pinna_voices_feed(renderer, segment, done);
        pinna_exact_render(&renderer->exact, segment, out);
        pinna_batch_render(&renderer->batch, segment, out);
        pinna_voices_rest(renderer);
        done += segment.frame_count;
        renderer->phase = (renderer->phase + segment.frame_count) % renderer->config.ramp_frames;
    }
    if (renderer->config.limiter) pinna_limiter_process(&renderer->limiter, left, right, frame_count);
    pinna_denormals_restore(before);
}
