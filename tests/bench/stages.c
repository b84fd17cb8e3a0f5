/* SPDX-License-Identifier: MIT */
#include "stages.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { TILE_ROWS = 64, SHORTEST_SPREAD = 16 };

static size_t odd_lines(size_t floats)
{
    return ((floats + 15) / 16 | 1) * 16; /* rows a power of two apart would share a few cache sets */
}

static void place(bench_stages* s, pinna_arena* arena)
{
    size_t count = s->scene.source_count, pair = PINNA_EAR_COUNT * (size_t)s->hrtf->info.basis_count;
    s->histories = pinna_arena_take(arena, count * s->history_stride, sizeof(float));
    s->tile = pinna_arena_take(arena, PINNA_EAR_COUNT * TILE_ROWS * s->row_stride, sizeof(float));
    s->gains = pinna_arena_take(arena, count * pair, sizeof(float));
    s->fading = pinna_arena_take(arena, count * pair, sizeof(float));
    s->busses = pinna_arena_take(arena, 2 * pair * s->bus_stride, sizeof(float));
    s->out = pinna_arena_take(arena, PINNA_EAR_COUNT * s->row_stride, sizeof(float));
    pinna_filter_bank_place(&s->bank, arena, s->kernels, s->hrtf->info.basis_count, s->hrtf->info.tap_count);
    s->glides = pinna_arena_take(arena, count * PINNA_EAR_COUNT, sizeof *s->glides);
    s->sources = pinna_arena_take(arena, count, sizeof *s->sources);
}

static void create_sources(bench_stages* s, pinna_hrtf* hrtf)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    config.max_source_count = s->scene.source_count;
    config.hrtf = hrtf;
    pinna_status status = pinna_renderer_create(&config, &s->renderer);
    for (uint32_t i = 0; i < s->scene.source_count && !status; i++)
        status = pinna_source_create(s->renderer, &s->sources[i]);
    if (status) bench_fail("bench_profile", pinna_status_string(status));
}

void bench_stages_init(bench_stages* s, pinna_hrtf* hrtf, bench_scene scene)
{
    uint32_t ramp = pinna_renderer_config_default().ramp_frames, block = scene.block_frames;
    pinna_arena arena = {0};
    *s = (bench_stages){.hrtf = hrtf, .kernels = hrtf->kernels, .scene = scene, .ramp_frames = ramp};
    s->segment_frames = block < ramp ? block : ramp;
    s->segment_count = (block + ramp - 1) / ramp;
    s->gliding_count = 1; /* the newest parameters of a block are reached within one ramp */
    s->past = ((size_t)hrtf->info.max_delay_frames + 2 * PINNA_DELAY_TAPS + 15) / 16 * 16;
    s->history_stride = odd_lines(s->past + ramp);
    s->row_stride = odd_lines(ramp);
    s->bus_past = pinna_filter_bank_past(hrtf->info.tap_count);
    s->bus_stride = odd_lines(s->bus_past + ramp);
    place(s, &arena);
    s->memory = calloc(arena.used + PINNA_ALIGNMENT, 1);
    if (!s->memory) bench_fail("bench_profile", "out of memory");
    size_t off = (uintptr_t)s->memory % PINNA_ALIGNMENT;
    arena = (pinna_arena){(unsigned char*)s->memory + (off ? PINNA_ALIGNMENT - off : 0), 0};
    place(s, &arena);
    pinna_delay_table_init(&s->delays, hrtf->kernels, PINNA_DELAY_TAPS, PINNA_DELAY_LEAD, 0.7);
    pinna_filter_bank_use(&s->bank, hrtf->basis, hrtf->info.basis_count, hrtf->info.tap_count);
    create_sources(s, hrtf);
}

void bench_stages_free(bench_stages* s)
{
    pinna_renderer_destroy(s->renderer);
    bench_scene_free(&s->scene);
    free(s->memory);
}

static void set_all(bench_stages* s)
{
    pinna_source_params params = pinna_source_params_default();
    params.gain = s->scene.gain;
    for (uint32_t i = 0; i < s->scene.source_count; i++) {
        params.position = bench_orbit_step(&s->scene.orbits[i]);
        (void)pinna_source_set_params(s->renderer, s->sources[i], &params); /* valid by the scene's making */
    }
}

static void aim_all(bench_stages* s)
{
    size_t pair = PINNA_EAR_COUNT * (size_t)s->hrtf->info.basis_count;
    for (uint32_t i = 0; i < s->scene.source_count; i++) {
        pinna_vec3 position = bench_orbit_step(&s->scene.orbits[i]);
        pinna_target target = {.direction = pinna_vec3_normalize(position), .distance_m = 2.0f};
        pinna_aim aim;
        pinna_hrtf_aim(s->hrtf, &target, &aim);
        pinna_aim_gains(s->hrtf, &aim, s->gains + i * pair);
    }
}

/* Any delays will do: the cost does not depend on them. A glide's arrival is a constant delay. */
static void make_taps(bench_stages* s)
{
    for (uint32_t i = 0; i < s->scene.source_count * PINNA_EAR_COUNT; i++) {
        double middle = PINNA_DELAY_LEAD + (double)(i % 97) / 97.0;
        pinna_delay_glide_filter(&s->delays, middle - 0.1, middle + 0.1, s->glides[i].c[0]);
        if (s->segment_count > s->gliding_count) pinna_delay_fixed(&s->delays, middle + 0.1, s->glides[i].c[0]);
    }
}

static float* history(const bench_stages* s, uint32_t source, bool own)
{
    return s->histories + (own ? source : source % SHORTEST_SPREAD) * s->history_stride;
}

static void take_input(bench_stages* s, uint32_t source, bool own)
{
    float* to = history(s, source, own);
    memmove(to, to + s->segment_frames, s->past * sizeof *to);
    s->kernels->ramp_copy(to + s->past, s->scene.noise[source % BENCH_NOISE_COUNT], 0.5f, 0.0f, s->segment_frames);
}

static void delay(bench_stages* s, uint32_t source, bool own, bool glides)
{
    const float* in = history(s, source, own) + s->past;
    float du = 1.0f / (float)s->ramp_frames;
    for (uint32_t ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        const pinna_delay_glide* glide = &s->glides[source * PINNA_EAR_COUNT + ear];
        size_t whole = (source * 7 + ear * 3) % (s->past - PINNA_DELAY_TAPS);
        float* out = s->tile + (ear * TILE_ROWS + source % TILE_ROWS) * s->row_stride;
        if (glides) s->kernels->delay_glide(out, in - whole, glide, du - 0.5f, du, s->segment_frames);
        else s->kernels->delay_fixed(out, in - whole, glide->c[0], s->segment_frames);
    }
}

/* Segments outside, sources inside, as in the renderer: a source's memory is left for all the others' in between. */
static void pass(bench_stages* s, bool inputs, bool delays, bool own)
{
    for (uint32_t segment = 0; segment < s->segment_count; segment++) {
        for (uint32_t i = 0; i < s->scene.source_count; i++) {
            if (inputs) take_input(s, i, own);
            if (delays) delay(s, i, own, segment < s->gliding_count);
        }
    }
}

static void mix(bench_stages* s)
{
    size_t basis = s->hrtf->info.basis_count, pair = PINNA_EAR_COUNT * basis;
    uint32_t count = s->scene.source_count;
    memset(s->busses, 0, 2 * pair * s->bus_stride * sizeof *s->busses);
    for (uint32_t segment = 0; segment < s->segment_count; segment++) {
        for (uint32_t first = 0; first < count; first += TILE_ROWS) {
            uint32_t rows = count - first < TILE_ROWS ? count - first : TILE_ROWS;
            for (size_t bank = 0; bank < 2 * PINNA_EAR_COUNT; bank++) {
                size_t ear = bank % PINNA_EAR_COUNT;
                if (bank >= PINNA_EAR_COUNT && segment >= s->gliding_count) break;
                const float* gains = (bank < PINNA_EAR_COUNT ? s->gains : s->fading) + first * pair + ear * basis;
                s->kernels->bus_mix(s->busses + bank * basis * s->bus_stride, s->bus_stride, gains, pair,
                                    s->tile + ear * TILE_ROWS * s->row_stride, s->row_stride, basis, rows,
                                    s->segment_frames);
            }
        }
    }
}

static void run_filters(bench_stages* s)
{
    const float* left = s->busses + s->bus_past;
    const float* rows[PINNA_EAR_COUNT] = {left, left + s->hrtf->info.basis_count * s->bus_stride};
    float* const out[PINNA_EAR_COUNT] = {s->out, s->out + s->row_stride};
    memset(s->out, 0, PINNA_EAR_COUNT * s->row_stride * sizeof *s->out);
    for (uint32_t segment = 0; segment < s->segment_count; segment++)
        pinna_filter_bank_run(&s->bank, rows, s->bus_stride, s->segment_frames, out);
}

void bench_stages_run(bench_stages* s, bench_stage stage)
{
    switch (stage) {
    case BENCH_STAGE_SET: set_all(s); break;
    case BENCH_STAGE_AIM: aim_all(s); break;
    case BENCH_STAGE_TAPS: make_taps(s); break;
    case BENCH_STAGE_INPUT: pass(s, true, false, false); break;
    case BENCH_STAGE_DELAYS: pass(s, false, true, false); break;
    case BENCH_STAGE_MIX: mix(s); break;
    case BENCH_STAGE_FILTERS: run_filters(s); break;
    case BENCH_STAGE_MEMORY: pass(s, true, true, true); break;
    case BENCH_STAGE_COUNT: break;
    }
}

double bench_stages_macs(const bench_stages* s, bench_stage stage)
{
    double sources = s->scene.source_count, frames = s->segment_frames, basis = s->hrtf->info.basis_count;
    double still = s->segment_count - s->gliding_count, gliding = s->gliding_count, ears = PINNA_EAR_COUNT;
    switch (stage) {
    case BENCH_STAGE_DELAYS:
        return sources * frames * ears * (gliding * (3 * PINNA_DELAY_TAPS + 2) + still * PINNA_DELAY_TAPS);
    case BENCH_STAGE_MIX: return sources * frames * ears * basis * (2 * gliding + still);
    default: return 0;
    }
}
