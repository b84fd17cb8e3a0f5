/* SPDX-License-Identifier: MIT */
#include "render/renderer.h"

#include "base/denormals.h"

#include <math.h>
#include <string.h>

#define REST_S 0.12 /* a host that moves a source less often than eight times a second lets it rest */

pinna_renderer_config pinna_renderer_config_default(void)
{
    return (pinna_renderer_config){
        .sample_rate_hz = 48000,
        .max_block_frames = 1024,
        .max_source_count = 64,
        .ramp_frames = 128,
        .max_exact_count = 32,
        .max_wide_count = 8,
        .method = PINNA_METHOD_AUTO,
        .axes = PINNA_AXES_AES69,
        .limiter = true,
        .room = true,
        .max_reflected_count = 4,
    };
}

static bool config_is_valid(const pinna_renderer_config* c)
{
    return c->hrtf && c->sample_rate_hz == c->hrtf->info.sample_rate_hz && c->max_block_frames >= 1 &&
           c->max_block_frames <= PINNA_RENDERER_MAX_BLOCK_FRAMES && c->max_source_count >= 1 &&
           c->max_source_count <= PINNA_RENDERER_MAX_SOURCES && c->ramp_frames >= 1 &&
           c->ramp_frames <= PINNA_RENDERER_RAMP_MAX && (unsigned)c->method < PINNA_METHOD_COUNT &&
           (unsigned)c->axes < PINNA_AXES_COUNT && c->max_propagation_m >= 0.0f && c->max_propagation_m <= 10000.0f &&
           c->max_tap_count <= PINNA_HRTF_MAX_TAPS && c->max_room_tap_count <= PINNA_CONVOLVER_MAX_TAPS;
}

static uint32_t exact_voice_count(const pinna_renderer_config* config)
{
    if (config->method == PINNA_METHOD_EXACT) return config->max_source_count;
    if (config->method == PINNA_METHOD_BATCH) return 0;
    return config->max_exact_count < config->max_source_count ? config->max_exact_count : config->max_source_count;
}

/* Sets given later may have longer delays than the first: heads differ by some tenths of a millisecond. */
static pinna_path_config path_config(const pinna_renderer* r, const pinna_renderer_config* config)
{
    const pinna_hrtf_info* info = &config->hrtf->info;
    uint32_t spare_frames = config->sample_rate_hz / 2000;
    return (pinna_path_config){
        .ramp_frames = config->ramp_frames,
        .max_tap_count = config->max_tap_count > info->tap_count ? config->max_tap_count : info->tap_count,
        .max_basis_count = info->basis_count,
        .max_delay_frames = (uint32_t)ceilf(info->max_delay_frames) + spare_frames,
        .kernels = config->hrtf->kernels,
        .delays = &r->delays,
        .fine_delays = &r->fine_delays,
    };
}

/* Voices that die away need places beside those that live: as many again on the exact path, where a change of sets may
   need them all at once; on the batch path, which has a bank for each set, an eighth. */
static void place_paths(pinna_renderer* r, pinna_arena* arena, const pinna_renderer_config* config)
{
    uint32_t wide =
        config->max_wide_count < config->max_source_count ? config->max_wide_count : config->max_source_count;
    uint32_t exact = exact_voice_count(config),
             batch = config->method == PINNA_METHOD_EXACT ? 0 : config->max_source_count;
    uint32_t images = 2 * pinna_space_voice_count(config); /* of one room, and of the next */
    if (exact) exact += wide;
    if (batch) batch += wide;
    r->path = path_config(r, config);
    pinna_tone_split_init(&r->path.split, config->sample_rate_hz);
    pinna_exact_place(&r->exact, arena, &r->path, exact ? 2 * exact + 4 : 0);
    for (int i = 0; i < PINNA_BANK_COUNT; i++)
        pinna_batch_place(&r->banks[i].batch, arena, &r->path, (batch ? batch + batch / 8 + 16 : 0) + images);
}

static void place_chains(pinna_renderer* r, pinna_arena* arena, const pinna_renderer_config* config)
{
    r->chain = (pinna_chain_config){.path = &r->path};
    r->edges = pinna_arena_take(arena, config->max_source_count, sizeof *r->edges);
    r->rows = pinna_arena_take(arena, config->max_source_count, config->ramp_frames * sizeof *r->rows);
    if (config->max_propagation_m <= 0.0f) return;
    r->chain.max_delay_frames = config->max_propagation_m / 343.0f * (float)config->sample_rate_hz;
    r->chain.line_frames = (uint32_t)ceilf(r->chain.max_delay_frames) + config->ramp_frames + 2 * PINNA_DELAY_TAPS;
    r->chain.rest_periods = (uint32_t)ceil(REST_S * config->sample_rate_hz / config->ramp_frames);
    r->line_floats = pinna_line_floats(r->chain.line_frames, config->ramp_frames);
    r->lines = pinna_arena_take(arena, config->max_source_count, r->line_floats * sizeof *r->lines);
    if (arena->base) memset(r->lines, 0, config->max_source_count * r->line_floats * sizeof *r->lines);
}

static void place_wides(pinna_renderer* r, pinna_arena* arena, const pinna_renderer_config* config)
{
    pinna_decorrelator_init(&r->decorrelator, config->sample_rate_hz);
    r->wide_count =
        config->max_wide_count < config->max_source_count ? config->max_wide_count : config->max_source_count;
    r->wides = pinna_arena_take(arena, r->wide_count, sizeof *r->wides);
    r->free_wides = pinna_arena_take(arena, r->wide_count, sizeof *r->free_wides);
    for (uint32_t i = 0; i < r->wide_count; i++) {
        float* line = pinna_arena_take(arena, r->decorrelator.past_frames + config->ramp_frames, sizeof *line);
        float* row = pinna_arena_take(arena, config->ramp_frames, sizeof *row);
        if (!arena->base) continue;
        r->wides[i] = (pinna_wide){.line = line, .row = row};
        r->free_wides[r->free_wide_count++] = i;
    }
}

static pinna_renderer* place(pinna_arena* arena, const pinna_renderer_config* config)
{
    pinna_renderer unplaced = {0};
    pinna_renderer* memory = pinna_arena_take(arena, 1, sizeof *memory);
    pinna_renderer* r = memory ? memory : &unplaced;
    memset(r, 0, sizeof *r);
    r->config = *config;
    pinna_scene_place(&r->scene, arena, config->max_source_count, config->axes);
    place_paths(r, arena, config);
    place_chains(r, arena, config);
    place_wides(r, arena, config);
    pinna_mixer_place(&r->mixer, arena, config->max_source_count, config->ramp_frames, config->sample_rate_hz);
    pinna_space_place(&r->space, arena, config, &r->path);
    pinna_equalize_place(&r->equalize, arena, config->sample_rate_hz, config->ramp_frames);
    r->sources = pinna_arena_take(arena, config->max_source_count, sizeof *r->sources);
    r->active = pinna_arena_take(arena, config->max_source_count, sizeof *r->active);
    r->ahead = pinna_arena_take(arena, config->max_source_count, sizeof *r->ahead);
    if (memory) memset(r->sources, 0, config->max_source_count * sizeof *r->sources);
    if (memory) memset(r->ahead, 0, config->max_source_count * sizeof *r->ahead);
    return memory;
}

static void init(pinna_renderer* r)
{
    /* Two paths differ by some tenths of a decibel; over 40 ms the change leaves nothing beside the signal's band. */
    r->fade_periods = pinna_glide_periods(r->config.sample_rate_hz, r->config.ramp_frames);
    pinna_space_init(&r->space, r->fade_periods);
    r->kernels = r->path.kernels;
    r->choice = 1;
    pinna_set_listener(r, &r->scene.listener_snapshots[0]);
    pinna_delay_table_init(&r->delays, r->kernels, PINNA_DELAY_TAPS, PINNA_DELAY_LEAD, 0.7);
    pinna_delay_table_init(&r->fine_delays, r->kernels, PINNA_DELAY_MAX_TAPS, (uint32_t)PINNA_HRTF_MIN_DELAY_FRAMES,
                           0.83);
    pinna_limiter_init(&r->limiter, r->config.sample_rate_hz);
    atomic_init(&r->next_hrtf, NULL);
    for (int i = 0; i < PINNA_RETIRED_COUNT; i++) atomic_init(&r->retired[i], NULL);
    r->banks[0].hrtf = pinna_hrtf_retain(r->config.hrtf);
    pinna_batch_use(&r->banks[0].batch, r->banks[0].hrtf);
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
    init(renderer);
    *out = renderer;
    return PINNA_OK;
}

void pinna_renderer_destroy(pinna_renderer* renderer)
{
    if (!renderer) return;
    pinna_renderer_collect(renderer);
    pinna_hrtf_release(atomic_load_explicit(&renderer->next_hrtf, memory_order_acquire));
    for (int i = 0; i < PINNA_BANK_COUNT; i++) pinna_hrtf_release(renderer->banks[i].hrtf);
    pinna_space_release(&renderer->space);
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

pinna_status pinna_renderer_set_mix(pinna_renderer* renderer, const pinna_mix_params* mix)
{
    if (!renderer || pinna_mix_check(mix, NULL)) return PINNA_ERROR_ARGUMENT;
    pinna_mixer_set(&renderer->mixer, mix);
    return PINNA_OK;
}

pinna_status pinna_renderer_set_room(pinna_renderer* renderer, const pinna_room_params* room)
{
    if (!renderer || pinna_room_check(room, NULL)) return PINNA_ERROR_ARGUMENT;
    if (!renderer->space.placed) return room->on ? PINNA_ERROR_UNSUPPORTED : PINNA_OK;
    pinna_space_set_room(&renderer->space, room);
    return PINNA_OK;
}

pinna_status pinna_renderer_set_room_response(pinna_renderer* renderer, pinna_response* response)
{
    return renderer ? pinna_space_set_response(&renderer->space, response) : PINNA_ERROR_ARGUMENT;
}

pinna_status pinna_renderer_set_equalizer(pinna_renderer* renderer, const pinna_equalizer* equalizer)
{
    if (!renderer || (equalizer && !pinna_equalizer_is_valid(equalizer))) return PINNA_ERROR_ARGUMENT;
    pinna_equalize_set(&renderer->equalize, equalizer);
    return PINNA_OK;
}

/* What is set for the next period. A change of mix or room concerns every source. */
static void take_news(pinna_renderer* r)
{
    bool mix = pinna_mixer_take(&r->mixer), room = pinna_space_take(&r->space);
    if (!mix && !room) return;
    r->listener_count++;
    r->choice++;
    r->mixes = r->mixes || !r->mixer.mix->plain || (r->space.placed && r->space.room->on);
}

static void begin_period(pinna_renderer* r)
{
    pinna_listener_state listener;
    take_news(r);
    pinna_mixer_begin_period(&r->mixer);
    pinna_space_begin_period(&r->space);
    pinna_voices_begin_period(r);
    if (pinna_mixer_recentre(&r->mixer, &listener)) pinna_set_listener(r, &listener);
}

static void add_direct(pinna_renderer* r, const pinna_direct* direct, size_t first_frame, pinna_segment segment,
                       float* const out[PINNA_EAR_COUNT])
{
    const float* in[PINNA_EAR_COUNT] = {direct->left, direct->right};
    float* clean = r->exact.work[0];
    float step = (r->mixer.direct_to - r->mixer.direct_from) / (float)r->config.ramp_frames;
    float gain = r->mixer.direct_from + step * (float)(segment.phase + 1);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        if (!in[ear]) continue;
        r->kernels->ramp_copy(clean, in[ear] + first_frame, 1.0f, 0.0f, segment.frame_count);
        r->kernels->ramp_add(out[ear], clean, gain, step, segment.frame_count);
    }
}

static void render_segment(pinna_renderer* r, const pinna_stretch* stretch, uint32_t part,
                           float* const out[PINNA_EAR_COUNT])
{
    pinna_segment segment = stretch->segments[part];
    for (int i = 0; i < PINNA_BANK_COUNT; i++) pinna_batch_turn_to(&r->banks[i].batch, part);
    if (segment.phase == 0) begin_period(r);
    if (r->mixes) pinna_space_begin_segment(&r->space, segment);
    pinna_voices_run(r, stretch, part, out);
    pinna_exact_render(&r->exact, segment, out);
    for (int i = 0; i < PINNA_BANK_COUNT; i++) pinna_batch_end_segment(&r->banks[i].batch, out);
    if (r->mixes) pinna_space_end_segment(&r->space, segment, out);
}

/* Segments end where a period or the block does. */
static pinna_stretch cut(const pinna_renderer* r, size_t first_frame, size_t frame_count)
{
    uint32_t phase = r->phase;
    size_t rest = frame_count - first_frame;
    pinna_stretch stretch = {.first_frame = first_frame};
    while (rest > 0 && stretch.count < PINNA_BUSSES_PARTS) {
        size_t period = r->config.ramp_frames - phase;
        uint32_t frames = (uint32_t)(rest < period ? rest : period);
        stretch.segments[stretch.count++] = (pinna_segment){phase, frames};
        rest -= frames;
        phase = 0;
    }
    return stretch;
}

/* The order of work of a block. */
void pinna_renderer_process_with(pinna_renderer* renderer, const pinna_input* inputs, size_t input_count,
                                 const pinna_direct* direct, float* left, float* right, size_t frame_count)
{
    size_t max_frames = renderer->config.max_block_frames,
           allowed = frame_count < max_frames ? frame_count : max_frames;
    memset(left, 0, allowed * sizeof *left);
    memset(right, 0, allowed * sizeof *right);
    if (frame_count == 0 || frame_count > max_frames) return;
    pinna_denormals before = pinna_denormals_off();
    if (renderer->phase == 0) take_news(renderer); /* so that what wakes up now starts in the newest room */
    pinna_voices_take_inputs(renderer, inputs, input_count, frame_count);
    for (size_t done = 0; done < frame_count;) {
        pinna_stretch stretch = cut(renderer, done, frame_count);
        for (int i = 0; i < PINNA_BANK_COUNT; i++)
            pinna_batch_begin_segments(&renderer->banks[i].batch, stretch.segments, stretch.count);
        for (uint32_t part = 0; part < stretch.count; part++) {
            pinna_segment segment = stretch.segments[part];
            float* out[PINNA_EAR_COUNT] = {left + done, right + done};
            render_segment(renderer, &stretch, part, out);
            if (direct) add_direct(renderer, direct, done, segment, out);
            done += segment.frame_count;
            renderer->phase = (renderer->phase + segment.frame_count) % renderer->config.ramp_frames;
        }
    }
    pinna_equalize_process(&renderer->equalize, left, right, frame_count);
    if (renderer->config.limiter) pinna_limiter_process(&renderer->limiter, left, right, frame_count);
    pinna_denormals_restore(before);
}

void pinna_renderer_process(pinna_renderer* renderer, const pinna_input* inputs, size_t input_count, float* left,
                            float* right, size_t frame_count)
{
    pinna_renderer_process_with(renderer, inputs, input_count, NULL, left, right, frame_count);
}
