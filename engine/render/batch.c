/* SPDX-License-Identifier: MIT */
#include "render/batch.h"

#include <string.h>

/* So far eight taps can follow a delay. */
#define MAX_GLIDE_FRAMES 2.0

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
    batch->tile_gains = pinna_arena_take(arena, PINNA_BATCH_TILE, bus_count * sizeof(float));
    batch->tile_fading = pinna_arena_take(arena, PINNA_BATCH_TILE, bus_count * sizeof(float));
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

static pinna_delay_glide* glide_of(const pinna_batch* batch, uint32_t index, int ear)
{
    return &batch->glides[index * PINNA_EAR_COUNT + (uint32_t)ear];
}

static void hold_delays(pinna_batch* batch, uint32_t index)
{
    pinna_batch_voice* voice = &batch->voices[index];
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        voice->whole_frames[ear] =
            pinna_delay_fixed(batch->config.delays, voice->delay_frames[ear], glide_of(batch, index, ear)->c[0]);
}

uint32_t pinna_batch_acquire(pinna_batch* batch, const pinna_target* target)
{
    if (batch->voice_count == batch->voice_capacity) return PINNA_BATCH_NONE;
    uint32_t index = batch->voice_count;
    uint32_t handle = batch->free_handles[index]; /* as many are free as there are places */
    batch->voice_count++;
    batch->handle_to_voice[handle] = index;
    batch->voices[index] = (pinna_batch_voice){.handle = handle, .period = batch->period};
    memset(batch->histories + index * history_stride(&batch->config), 0, history_past(&batch->config) * sizeof(float));
    look_up(batch, index, target, true);
    hold_delays(batch, index);
    return handle;
}

static void glide_delays(pinna_batch* batch, uint32_t index)
{
    pinna_batch_voice* voice = &batch->voices[index];
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        double from = voice->from_frames[ear], to = voice->delay_frames[ear];
        uint32_t whole = pinna_delay_whole(batch->config.delays, 0.5 * (from + to));
        voice->whole_frames[ear] = whole;
        pinna_delay_glide_filter(batch->config.delays, from - whole, to - whole, glide_of(batch, index, ear)->c[0],
                                 PINNA_DELAY_TAPS);
    }
}

/* A motion of an earlier period has arrived. Done when the voice is next looked at, its data being at hand then. */
static void settle(pinna_batch* batch, uint32_t index)
{
    pinna_batch_voice* voice = &batch->voices[index];
    if (voice->period == batch->period) return;
    voice->period = batch->period;
    if (voice->motion == PINNA_MOTION_GLIDE) hold_delays(batch, index);
    voice->motion = PINNA_MOTION_NONE;
    pinna_shade_settle(&voice->shade);
}

void pinna_batch_aim(pinna_batch* batch, uint32_t handle, const pinna_target* target, bool jump)
{
    uint32_t index = batch->handle_to_voice[handle];
    pinna_batch_voice* voice = &batch->voices[index];
    size_t count = PINNA_EAR_COUNT * (size_t)batch->hrtf->info.basis_count;
    float *gains = gains_of(batch, batch->gains, index), *fading = gains_of(batch, batch->fading, index);
    voice->motion = PINNA_MOTION_NONE; /* what it was is over, and its delays are made anew below */
    settle(batch, index);
    voice->period = batch->period;
    memcpy(fading, gains, count * sizeof *fading);
    memcpy(voice->from_frames, voice->delay_frames, sizeof voice->from_frames);
    look_up(batch, index, target, false);
    batch->config.kernels->ramp_add(fading, gains, -1.0f, 0.0f, count);
    voice->motion = pinna_motion_between(voice->from_frames, voice->delay_frames, MAX_GLIDE_FRAMES, jump);
    if (voice->motion == PINNA_MOTION_GLIDE)
        glide_delays(batch, index);
    else
        hold_delays(batch, index);
}

void pinna_batch_begin_period(pinna_batch* batch)
{
    batch->period++;
}

void pinna_batch_release(pinna_batch* batch, uint32_t handle)
{
    find(batch, handle)->released = true;
    batch->released_count++;
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
static void delay_jumping(const pinna_batch* batch, uint32_t index, int ear, const float* in, float* out)
{
    const pinna_kernels* k = batch->config.kernels;
    const pinna_batch_voice* voice = &batch->voices[index];
    pinna_segment segment = batch->segment;
    float old[PINNA_RENDERER_RAMP_MAX], taps[PINNA_DELAY_TAPS], step = 1.0f / (float)batch->config.ramp_frames;
    uint32_t whole = pinna_delay_fixed(batch->config.delays, voice->from_frames[ear], taps);
    k->delay_fixed(old, in - whole, taps, segment.frame_count);
    k->delay_fixed(out, in - voice->whole_frames[ear], glide_of(batch, index, ear)->c[0], segment.frame_count);
    for (uint32_t n = 0; n < segment.frame_count; n++)
        out[n] = old[n] + (out[n] - old[n]) * pinna_soft_step((float)(segment.phase + n + 1) * step);
}

static void delay_ears(pinna_batch* batch, uint32_t index, const float* in, size_t row)
{
    pinna_segment segment = batch->segment;
    const pinna_kernels* k = batch->config.kernels;
    pinna_batch_voice* voice = &batch->voices[index];
    float step = 1.0f / (float)batch->config.ramp_frames;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        const pinna_delay_glide* glide = glide_of(batch, index, ear);
        float* out = batch->tile[ear] + row * tile_stride(&batch->config);
        const float* delayed = in - voice->whole_frames[ear];
        switch (voice->motion) {
        case PINNA_MOTION_NONE: k->delay_fixed(out, delayed, glide->c[0], segment.frame_count); break;
        case PINNA_MOTION_GLIDE:
            k->delay_glide(out, delayed, glide, ((float)segment.phase + 1.0f) * step - 0.5f, step, segment.frame_count);
            break;
        case PINNA_MOTION_JUMP: delay_jumping(batch, index, ear, in, out); break;
        }
        if (voice->shade.on) pinna_shade_run(&voice->shade, &batch->config, ear, out, segment);
    }
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

/* The segment's first voice that sounds finds empty busses. */
static void open_segment(pinna_batch* batch)
{
    const pinna_path_config* config = &batch->config;
    size_t bytes = rounded(batch->segment.frame_count) * sizeof(float);
    if (batch->segment_sounds) return;
    batch->segment_sounds = true;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        for (size_t b = 0; b < batch->hrtf->info.basis_count; b++) {
            memset(bus(batch, ear) + b * bus_stride(config), 0, bytes);
            memset(fading_bus(batch, ear) + b * tile_stride(config), 0, bytes);
        }
    }
}

/* Adds the tile's voices to the busses. */
static void flush_tile(pinna_batch* batch)
{
    const pinna_path_config* config = &batch->config;
    size_t basis = batch->hrtf->info.basis_count, stride = gain_stride(config);
    if (batch->row_count == 0) return;
    for (size_t ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        config->kernels->bus_mix(bus(batch, (int)ear), bus_stride(config), batch->tile_gains + ear * basis, stride,
                                 batch->tile[ear], tile_stride(config), basis, batch->row_count,
                                 batch->segment.frame_count);
        if (batch->row_moves)
            config->kernels->bus_mix(fading_bus(batch, (int)ear), tile_stride(config), batch->tile_fading + ear * basis,
                                     stride, batch->tile[ear], tile_stride(config), basis, batch->row_count,
                                     batch->segment.frame_count);
    }
    batch->segment_moves = batch->segment_moves || batch->row_moves;
    batch->row_count = 0;
    batch->row_moves = false;
}

/* Gains go with the row. One that stands still among moving ones fades from nothing. */
static void put_gains(pinna_batch* batch, uint32_t index, uint32_t row)
{
    size_t stride = gain_stride(&batch->config), bytes = stride * sizeof(float);
    bool moves = batch->voices[index].motion != PINNA_MOTION_NONE;
    memcpy(batch->tile_gains + row * stride, gains_of(batch, batch->gains, index), bytes);
    if (moves && !batch->row_moves) memset(batch->tile_fading, 0, row * bytes);
    batch->row_moves = batch->row_moves || moves;
    if (moves)
        memcpy(batch->tile_fading + row * stride, gains_of(batch, batch->fading, index), bytes);
    else if (batch->row_moves)
        memset(batch->tile_fading + row * stride, 0, bytes);
}

/* The voice's next row: its history, delayed for either ear. */
static void put_row(pinna_batch* batch, uint32_t index)
{
    const pinna_path_config* config = &batch->config;
    pinna_batch_voice* voice = &batch->voices[index];
    uint32_t row = batch->row_count, frames = batch->segment.frame_count;
    size_t past = history_past(config);
    float* history = batch->histories + index * history_stride(config);
    open_segment(batch);
    delay_ears(batch, index, history + past, row);
    put_gains(batch, index, row);
    memmove(history, history + frames, past * sizeof *history);
    voice->audible_frames = voice->audible_frames > frames ? voice->audible_frames - frames : 0;
    batch->audible_frames = (uint32_t)(bus_past(config) + 2 * tile_stride(config));
    if (++batch->row_count == PINNA_BATCH_TILE) flush_tile(batch);
}

void pinna_batch_begin_segment(pinna_batch* batch, pinna_segment segment)
{
    batch->segment = segment;
    batch->segment_moves = batch->segment_sounds = false;
}

static void feed_voice(pinna_batch* batch, uint32_t index, pinna_feed feed)
{
    pinna_batch_voice* voice = &batch->voices[index];
    size_t past = history_past(&batch->config);
    float* history = batch->histories + index * history_stride(&batch->config);
    settle(batch, index);
    float peak = 0.0f;
    if (feed.samples || voice->audible_frames > 0)
        peak = pinna_feed_copy(batch->config.kernels, &feed, history + past, batch->segment.frame_count);
    if (peak > 0.0f) voice->audible_frames = (uint32_t)past + batch->segment.frame_count;
    if (voice->audible_frames > 0) put_row(batch, index);
}

void pinna_batch_feed(pinna_batch* batch, uint32_t handle, pinna_feed feed)
{
    feed_voice(batch, batch->handle_to_voice[handle], feed);
}

static void filter_busses(const pinna_batch* batch, float* const out[PINNA_EAR_COUNT])
{
    pinna_segment segment = batch->segment;
    const pinna_path_config* config = &batch->config;
    const pinna_hrtf* hrtf = batch->hrtf;
    float step = 1.0f / (float)config->ramp_frames;
    float left = 1.0f - ((float)segment.phase + 1.0f) * step; /* of what the voices were */
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        for (size_t b = 0; b < hrtf->info.basis_count; b++) {
            float* row = bus(batch, ear) + b * bus_stride(config);
            if (batch->segment_moves)
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

/* Released voices get nothing more and go when they are silent. */
static void drain(pinna_batch* batch)
{
    for (uint32_t i = 0; i < batch->voice_count && batch->released_count > 0;) {
        if (batch->voices[i].released) feed_voice(batch, i, (pinna_feed){0});
        if (batch->voices[i].released && batch->voices[i].audible_frames == 0) {
            remove_voice(batch, i);
            batch->released_count--;
        } else {
            i++;
        }
    }
}

void pinna_batch_end_segment(pinna_batch* batch, float* const out[PINNA_EAR_COUNT])
{
    if (pinna_batch_is_idle(batch)) return;
    drain(batch);
    flush_tile(batch);
    if (batch->audible_frames == 0) return;
    open_segment(batch);
    filter_busses(batch, out);
    advance_busses(batch, batch->segment.frame_count);
}
