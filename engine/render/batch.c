/* SPDX-License-Identifier: MIT */
#include "render/batch.h"

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

static size_t history_past(const pinna_path_config* config)
{
    return rounded(config->max_delay_frames + PINNA_DELAY_TAPS);
}

static size_t history_stride(const pinna_path_config* config)
{
    return spread(history_past(config) + config->ramp_frames);
}

static size_t tile_stride(const pinna_path_config* config)
{
    return spread(config->ramp_frames);
}

static size_t bus_past(const pinna_path_config* config)
{
    return rounded(config->max_tap_count - 1);
}

static size_t bus_stride(const pinna_path_config* config)
{
    return spread(bus_past(config) + PINNA_BATCH_REACH * tile_stride(config));
}

static size_t gain_stride(const pinna_path_config* config)
{
    return PINNA_EAR_COUNT * (size_t)config->max_basis_count;
}

static void init_memory(pinna_batch* batch)
{
    for (uint32_t i = 0; i < batch->voice_capacity; i++) batch->free_handles[i] = i;
    memset(batch->busses, 0, gain_stride(&batch->config) * bus_stride(&batch->config) * sizeof *batch->busses);
}

void pinna_batch_place(pinna_batch* batch, pinna_arena* arena, const pinna_path_config* config, uint32_t voice_count)
{
    size_t bus_count = gain_stride(config);
    *batch = (pinna_batch){.config = *config, .voice_capacity = voice_count};
    batch->voices = pinna_arena_take(arena, voice_count, sizeof *batch->voices);
    batch->glides = pinna_arena_take(arena, voice_count, PINNA_EAR_COUNT * sizeof *batch->glides);
    batch->histories = pinna_arena_take(arena, voice_count, history_stride(config) * sizeof(float));
    batch->gains = pinna_arena_take(arena, voice_count, bus_count * sizeof(float));
    batch->fading = pinna_arena_take(arena, voice_count, bus_count * sizeof(float));
    batch->handle_to_voice = pinna_arena_take(arena, voice_count, sizeof(uint32_t));
    batch->free_handles = pinna_arena_take(arena, voice_count, sizeof(uint32_t));
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        batch->tile[ear] = pinna_arena_take(arena, PINNA_BATCH_TILE, tile_stride(config) * sizeof(float));
    batch->busses = pinna_arena_take(arena, bus_count, bus_stride(config) * sizeof(float));
    batch->fading_busses = pinna_arena_take(arena, bus_count, tile_stride(config) * sizeof(float));
    if (arena->base) init_memory(batch);
}

void pinna_batch_use(pinna_batch* batch, const pinna_hrtf* hrtf)
{
    batch->hrtf = hrtf;
}

bool pinna_batch_is_idle(const pinna_batch* batch)
{
    return batch->voice_count == 0 && batch->audible_frames == 0;
}

static float* gains_of(const pinna_batch* batch, float* rows, uint32_t voice)
{
    return rows + voice * gain_stride(&batch->config);
}

static pinna_batch_voice* find(const pinna_batch* batch, uint32_t handle)
{
    return &batch->voices[batch->handle_to_voice[handle]];
}

static void look_up(pinna_batch* batch, uint32_t index, const pinna_target* target, bool at_once)
{
    pinna_aim aim;
    pinna_hrtf_aim(batch->hrtf, target, &aim);
    pinna_aim_gains(batch->hrtf, &aim, gains_of(batch, batch->gains, index));
    memcpy(batch->voices[index].delay_frames, aim.delay_frames, sizeof aim.delay_frames);
    pinna_shade_aim(&batch->voices[index].shade, &aim, at_once);
}

static void hold_delays(pinna_batch* batch, uint32_t index)
{
    pinna_batch_voice* voice = &batch->voices[index];
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        pinna_delay delay = pinna_delay_fixed(batch->config.delays, voice->delay_frames[ear]);
        voice->whole_frames[ear] = delay.whole_frames;
        memcpy(batch->glides[index * PINNA_EAR_COUNT + (uint32_t)ear].c[0], delay.taps,
               sizeof batch->glides->c[0]);
    }
}

uint32_t pinna_batch_acquire(pinna_batch* batch, const pinna_target* target)
{
    if (batch->voice_count == batch->voice_capacity) return PINNA_BATCH_NONE;
    uint32_t index = batch->voice_count;
    uint32_t handle = batch->free_handles[index]; /* as many are free as there are places */
    batch->voice_count++;
    batch->handle_to_voice[handle] = index;
    batch->voices[index] = (pinna_batch_voice){.handle = handle};
    memset(batch->histories + index * history_stride(&batch->config), 0, history_past(&batch->config) * sizeof(float));
    look_up(batch, index, target, true);
    hold_delays(batch, index);
    return handle;
}

static void glide_delays(pinna_batch* batch, uint32_t index)
{
    pinna_batch_voice* voice = &batch->voices[index];
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        float from = voice->from_frames[ear], to = voice->delay_frames[ear];
        uint32_t whole = pinna_delay_whole(0.5f * (from + to));
        voice->whole_frames[ear] = whole;
        pinna_delay_glide_between(batch->config.delays, from - (float)whole, to - (float)whole,
                                  &batch->glides[index * PINNA_EAR_COUNT + (uint32_t)ear]);
    }
}

void pinna_batch_aim(pinna_batch* batch, uint32_t handle, const pinna_target* target, bool jump)
{
    uint32_t index = batch->handle_to_voice[handle];
    pinna_batch_voice* voice = &batch->voices[index];
    size_t count = PINNA_EAR_COUNT * (size_t)batch->hrtf->info.basis_count;
    float *gains = gains_of(batch, batch->gains, index), *fading = gains_of(batch, batch->fading, index);
    memcpy(fading, gains, count * sizeof *fading);
    memcpy(voice->from_frames, voice->delay_frames, sizeof voice->from_frames);
    voice->fading_is_zero = false;
    look_up(batch, index, target, false);
    for (size_t i = 0; i < count; i++) fading[i] -= gains[i];
    voice->motion = pinna_motion_between(voice->from_frames, voice->delay_frames, jump);
    if (voice->motion == PINNA_MOTION_GLIDE)
        glide_delays(batch, index);
    else
        hold_delays(batch, index);
}

void pinna_batch_begin_period(pinna_batch* batch)
{
    for (uint32_t i = 0; i < batch->voice_count; i++) {
        if (batch->voices[i].motion == PINNA_MOTION_NONE) continue;
        if (batch->voices[i].motion == PINNA_MOTION_GLIDE) hold_delays(batch, i);
        batch->voices[i].motion = PINNA_MOTION_NONE;
        pinna_shade_settle(&batch->voices[i].shade);
    }
}

void pinna_batch_feed(pinna_batch* batch, uint32_t handle, pinna_feed feed)
{
    find(batch, handle)->feed = feed;
}

void pinna_batch_release(pinna_batch* batch, uint32_t handle)
{
    find(batch, handle)->released = true;
}

bool pinna_batch_is_silent(const pinna_batch* batch, uint32_t handle)
{
    return find(batch, handle)->audible_frames == 0;
}

static void remove_voice(pinna_batch* batch, uint32_t index)
{
    uint32_t last = --batch->voice_count;
    uint32_t handle = batch->voices[index].handle;
    batch->free_handles[last] = handle;
    if (index == last) return;
    const pinna_path_config* config = &batch->config;
    size_t gain_bytes = gain_stride(config) * sizeof(float);
    batch->voices[index] = batch->voices[last];
    batch->handle_to_voice[batch->voices[index].handle] = index;
    memcpy(&batch->glides[index * PINNA_EAR_COUNT], &batch->glides[last * PINNA_EAR_COUNT],
           PINNA_EAR_COUNT * sizeof *batch->glides);
    memcpy(batch->histories + index * history_stride(config), batch->histories + last * history_stride(config),
           history_past(config) * sizeof(float));
    memcpy(gains_of(batch, batch->gains, index), gains_of(batch, batch->gains, last), gain_bytes);
    memcpy(gains_of(batch, batch->fading, index), gains_of(batch, batch->fading, last), gain_bytes);
}

/* A delay too far to glide: the old one fades into the new one. */
static void delay_jumping(const pinna_batch* batch, uint32_t index, int ear, const float* in, pinna_segment segment,
                          float* out)
{
    const pinna_kernels* k = batch->config.kernels;
    const pinna_batch_voice* voice = &batch->voices[index];
    float old[PINNA_RENDERER_RAMP_MAX], step = 1.0f / (float)batch->config.ramp_frames;
    pinna_delay from = pinna_delay_fixed(batch->config.delays, voice->from_frames[ear]);
    k->delay_fixed(old, in - from.whole_frames, from.taps, segment.frame_count);
    k->delay_fixed(out, in - voice->whole_frames[ear], batch->glides[index * PINNA_EAR_COUNT + (uint32_t)ear].c[0],
                   segment.frame_count);
    for (uint32_t n = 0; n < segment.frame_count; n++)
        out[n] = old[n] + (out[n] - old[n]) * (float)(segment.phase + n + 1) * step;
}

static void delay_ears(pinna_batch* batch, uint32_t index, const float* in, pinna_segment segment, size_t row)
{
    const pinna_kernels* k = batch->config.kernels;
    pinna_batch_voice* voice = &batch->voices[index];
    float step = 1.0f / (float)batch->config.ramp_frames;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        const pinna_delay_glide* glide = &batch->glides[index * PINNA_EAR_COUNT + (uint32_t)ear];
        float* out = batch->tile[ear] + row * tile_stride(&batch->config);
        const float* delayed = in - voice->whole_frames[ear];
        switch (voice->motion) {
        case PINNA_MOTION_NONE: k->delay_fixed(out, delayed, glide->c[0], segment.frame_count); break;
        case PINNA_MOTION_GLIDE:
            k->delay_glide(out, delayed, glide, ((float)segment.phase + 1.0f) * step - 0.5f, step, segment.frame_count);
            break;
        case PINNA_MOTION_JUMP: delay_jumping(batch, index, ear, in, segment, out); break;
        }
        if (voice->shade.on) pinna_shade_run(&voice->shade, &batch->config, ear, out, segment);
    }
}

/* One voice's input becomes a row of the tile for each ear; a silent voice leaves zeros. */
static void fill_row(pinna_batch* batch, uint32_t index, pinna_segment segment, size_t row)
{
    const pinna_path_config* config = &batch->config;
    pinna_batch_voice* voice = &batch->voices[index];
    size_t past = history_past(config);
    float* history = batch->histories + index * history_stride(config);
    float peak = pinna_feed_copy(config->kernels, &voice->feed, history + past, segment.frame_count);
    voice->feed = (pinna_feed){0};
    if (peak > 0.0f) voice->audible_frames = (uint32_t)past + segment.frame_count;
    if (voice->audible_frames == 0) {
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            memset(batch->tile[ear] + row * tile_stride(config), 0, segment.frame_count * sizeof(float));
        return;
    }
    delay_ears(batch, index, history + past, segment, row);
    memmove(history, history + segment.frame_count, past * sizeof *history);
    voice->audible_frames = voice->audible_frames > segment.frame_count ? voice->audible_frames - segment.frame_count : 0;
    batch->audible_frames = (uint32_t)(bus_past(config) + 2 * tile_stride(config));
}

static float* bus(const pinna_batch* batch, int ear)
{
    const pinna_path_config* config = &batch->config;
    return batch->busses + (size_t)ear * config->max_basis_count * bus_stride(config) + bus_past(config) +
           batch->bus_position;
}

static float* fading_bus(const pinna_batch* batch, int ear)
{
    return batch->fading_busses + (size_t)ear * batch->config.max_basis_count * tile_stride(&batch->config);
}

/* A voice that stands still among moving ones takes part in the fading group with gains of zero. */
static void clear_fading(pinna_batch* batch, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        if (batch->voices[i].motion != PINNA_MOTION_NONE || batch->voices[i].fading_is_zero) continue;
        memset(gains_of(batch, batch->fading, i), 0, gain_stride(&batch->config) * sizeof(float));
        batch->voices[i].fading_is_zero = true;
    }
}

/* Adds a tile of voices to the busses. Returns whether any of them moves. */
static bool mix_tile(pinna_batch* batch, uint32_t first, uint32_t count, pinna_segment segment)
{
    const pinna_path_config* config = &batch->config;
    size_t basis = batch->hrtf->info.basis_count, stride = gain_stride(config);
    bool moves = false;
    for (uint32_t i = 0; i < count; i++) {
        fill_row(batch, first + i, segment, i);
        moves = moves || batch->voices[first + i].motion != PINNA_MOTION_NONE;
    }
    if (moves) clear_fading(batch, first, count);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        const float* gains = gains_of(batch, batch->gains, first) + (size_t)ear * basis;
        const float* fading = gains_of(batch, batch->fading, first) + (size_t)ear * basis;
        config->kernels->bus_mix(bus(batch, ear), bus_stride(config), gains, stride, batch->tile[ear],
                                 tile_stride(config), basis, count, segment.frame_count);
        if (moves)
            config->kernels->bus_mix(fading_bus(batch, ear), tile_stride(config), fading, stride, batch->tile[ear],
                                     tile_stride(config), basis, count, segment.frame_count);
    }
    return moves;
}

static void clear_segment(const pinna_batch* batch, uint32_t frame_count)
{
    const pinna_path_config* config = &batch->config;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        for (size_t b = 0; b < batch->hrtf->info.basis_count; b++) {
            memset(bus(batch, ear) + b * bus_stride(config), 0, rounded(frame_count) * sizeof(float));
            memset(fading_bus(batch, ear) + b * tile_stride(config), 0, rounded(frame_count) * sizeof(float));
        }
    }
}

static void filter_busses(const pinna_batch* batch, pinna_segment segment, bool moves, float* const out[PINNA_EAR_COUNT])
{
    const pinna_path_config* config = &batch->config;
    const pinna_hrtf* hrtf = batch->hrtf;
    float step = 1.0f / (float)config->ramp_frames;
    float left = 1.0f - ((float)segment.phase + 1.0f) * step; /* of what the voices were */
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        for (size_t b = 0; b < hrtf->info.basis_count; b++) {
            float* row = bus(batch, ear) + b * bus_stride(config);
            if (moves)
                config->kernels->ramp_add(row, fading_bus(batch, ear) + b * tile_stride(config), left, -step,
                                          segment.frame_count);
            config->kernels->fir_add(out[ear], row, hrtf->basis + b * hrtf->info.tap_count, hrtf->info.tap_count,
                                     segment.frame_count);
        }
    }
}

static void advance_busses(pinna_batch* batch, uint32_t frame_count)
{
    const pinna_path_config* config = &batch->config;
    batch->audible_frames = batch->audible_frames > frame_count ? batch->audible_frames - frame_count : 0;
    size_t stride = bus_stride(config), past = bus_past(config), rows = gain_stride(config);
    size_t position = batch->bus_position + frame_count;
    if (past + position + tile_stride(config) <= stride) {
        batch->bus_position = (uint32_t)position;
        return;
    }
    for (size_t row = 0; row < rows; row++) {
        float* start = batch->busses + row * stride;
        memmove(start, start + position, past * sizeof *start);
    }
    batch->bus_position = 0;
}

static void remove_finished(pinna_batch* batch)
{
    for (uint32_t i = 0; i < batch->voice_count;) {
        if (batch->voices[i].released && batch->voices[i].audible_frames == 0)
            remove_voice(batch, i);
        else
            i++;
    }
}

void pinna_batch_render(pinna_batch* batch, pinna_segment segment, float* const out[PINNA_EAR_COUNT])
{
    if (pinna_batch_is_idle(batch)) return;
    bool moves = false;
    clear_segment(batch, segment.frame_count);
    for (uint32_t first = 0; first < batch->voice_count; first += PINNA_BATCH_TILE) {
        uint32_t count = batch->voice_count - first < PINNA_BATCH_TILE ? batch->voice_count - first : PINNA_BATCH_TILE;
        moves = mix_tile(batch, first, count, segment) || moves;
    }
    if (batch->audible_frames > 0) filter_busses(batch, segment, moves, out);
    advance_busses(batch, segment.frame_count);
    remove_finished(batch);
}
