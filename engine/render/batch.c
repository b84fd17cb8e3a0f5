/* SPDX-License-Identifier: MIT */
#include "render/batch.h"

#include <string.h>

/* So far eight taps can follow a delay. */
#define MAX_GLIDE_FRAMES 2.0

static pinna_batch_voice* voice_at(const pinna_batch* batch, uint32_t index)
{
    return (pinna_batch_voice*)(void*)(batch->records + index * batch->record_bytes);
}

/* What is used in every segment comes first. Returns how much that is. */
static size_t lay_out_record(pinna_arena* arena, const pinna_path_config* config, uint32_t past_frames)
{
    size_t gain_count = PINNA_EAR_COUNT * (size_t)config->max_basis_count;
    pinna_batch_voice unplaced, *memory = pinna_arena_take(arena, 1, sizeof *memory);
    pinna_batch_voice* voice = memory ? memory : &unplaced;
    voice->glides = pinna_arena_take(arena, PINNA_EAR_COUNT, sizeof *voice->glides);
    for (int i = 0; i < 2; i++) voice->gains[i] = pinna_arena_take(arena, gain_count, sizeof(float));
    voice->past = pinna_arena_take(arena, past_frames, sizeof(float));
    size_t hot_bytes = arena->used;
    voice->shade = pinna_arena_take(arena, 1, sizeof *voice->shade);
    return hot_bytes;
}

static void place_records(pinna_batch* batch, pinna_arena* arena)
{
    pinna_arena record = {0};
    batch->hot_bytes = lay_out_record(&record, &batch->config, batch->past_frames);
    batch->record_bytes = (record.used + PINNA_ALIGNMENT - 1) / PINNA_ALIGNMENT * PINNA_ALIGNMENT;
    batch->records = pinna_arena_take(arena, batch->voice_count, batch->record_bytes);
    for (uint32_t i = 0; arena->base && i < batch->voice_count; i++) {
        record = (pinna_arena){batch->records + i * batch->record_bytes, 0};
        lay_out_record(&record, &batch->config, batch->past_frames);
    }
}

void pinna_batch_place(pinna_batch* batch, pinna_arena* arena, const pinna_path_config* config, uint32_t voice_count)
{
    *batch = (pinna_batch){.config = *config, .voice_count = voice_count, .free_count = voice_count};
    if (voice_count == 0) return;
    batch->past_frames = (config->max_delay_frames + PINNA_DELAY_TAPS + 15) & ~15u;
    batch->free_voices = pinna_arena_take(arena, voice_count, sizeof *batch->free_voices);
    batch->released = pinna_arena_take(arena, voice_count, sizeof *batch->released);
    batch->input = pinna_arena_take(arena, batch->past_frames + config->ramp_frames, sizeof(float));
    place_records(batch, arena);
    pinna_busses_place(&batch->busses, arena, config);
    for (uint32_t i = 0; arena->base && i < voice_count; i++) batch->free_voices[i] = voice_count - 1 - i;
}

void pinna_batch_use(pinna_batch* batch, const pinna_hrtf* hrtf)
{
    batch->hrtf = hrtf;
    if (batch->voice_count > 0) pinna_busses_use(&batch->busses, hrtf);
}

bool pinna_batch_is_idle(const pinna_batch* batch)
{
    return batch->free_count == batch->voice_count && batch->busses.audible_frames == 0;
}

/* --- where a voice goes --- */

static void hold_delays(const pinna_batch* batch, pinna_batch_voice* voice)
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        voice->whole_frames[ear] =
            pinna_delay_fixed(batch->config.delays, voice->delay_frames[ear], voice->glides[ear].c[0]);
}

static void glide_delays(const pinna_batch* batch, pinna_batch_voice* voice)
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        double from = voice->from_frames[ear], to = voice->delay_frames[ear];
        uint32_t whole = pinna_delay_whole(batch->config.delays, 0.5 * (from + to));
        voice->whole_frames[ear] = whole;
        pinna_delay_glide_short(batch->config.delays, from - whole, to - whole, &voice->glides[ear]);
    }
}

/* Delays now; gains when they are wanted, for they have to come from afar: meanwhile other voices are aimed. */
static void look_up(const pinna_batch* batch, pinna_batch_voice* voice, const pinna_target* target, bool at_once)
{
    voice->aimed = true;
    voice->is_far = pinna_target_is_far(batch->hrtf, target) && (at_once || !voice->shaded);
    if (voice->is_far) {
        voice->blend = pinna_hrtf_aim_far(batch->hrtf, target->direction, &voice->triangle, voice->delay_frames);
        pinna_blend_prefetch(batch->hrtf, &voice->blend);
        return;
    }
    pinna_aim aim;
    pinna_hrtf_aim(batch->hrtf, target, &aim);
    pinna_aim_gains(batch->hrtf, &aim, voice->gains[voice->now ^ 1]);
    memcpy(voice->delay_frames, aim.delay_frames, sizeof aim.delay_frames);
    pinna_shade_aim(voice->shade, &aim, at_once);
    voice->shaded = voice->shade->on;
}

static void set_out(const pinna_batch* batch, pinna_batch_voice* voice)
{
    voice->aimed = false;
    voice->now ^= 1;
    if (voice->is_far) pinna_blend_gains(batch->hrtf, &voice->blend, voice->gains[voice->now]);
    if (voice->motion == PINNA_MOTION_GLIDE) glide_delays(batch, voice);
    else hold_delays(batch, voice);
}

static void settle_shade(pinna_batch_voice* voice)
{
    if (!voice->shaded) return;
    pinna_shade_settle(voice->shade);
    voice->shaded = voice->shade->on;
}

/* A motion of an earlier period has arrived. Done when the voice is next looked at, its data being at hand then. */
static void arrive(const pinna_batch* batch, pinna_batch_voice* voice)
{
    if (voice->motion == PINNA_MOTION_GLIDE) hold_delays(batch, voice);
    voice->motion = PINNA_MOTION_NONE;
    settle_shade(voice);
}

uint32_t pinna_batch_acquire(pinna_batch* batch, const pinna_target* target)
{
    if (batch->free_count == 0) return PINNA_BATCH_NONE;
    uint32_t index = batch->free_voices[--batch->free_count];
    pinna_batch_voice* voice = voice_at(batch, index);
    voice->period = batch->period;
    voice->motion = PINNA_MOTION_NONE;
    voice->released = false;
    voice->audible_frames = 0;
    voice->triangle = pinna_sphere_start(&pinna_hrtf_shell(batch->hrtf)->sphere, target->direction);
    voice->now = 0;
    voice->shaded = false;
    *voice->shade = (pinna_shade){0};
    memset(voice->past, 0, batch->past_frames * sizeof *voice->past);
    look_up(batch, voice, target, true);
    return index;
}

void pinna_batch_aim(pinna_batch* batch, uint32_t index, const pinna_target* target, bool jump)
{
    pinna_batch_voice* voice = voice_at(batch, index);
    if (voice->aimed) set_out(batch, voice);
    if (voice->period != batch->period) settle_shade(voice);
    voice->period = batch->period;
    memcpy(voice->from_frames, voice->delay_frames, sizeof voice->from_frames);
    look_up(batch, voice, target, false);
    voice->motion = pinna_motion_between(voice->from_frames, voice->delay_frames, MAX_GLIDE_FRAMES, jump);
}

void pinna_batch_release(pinna_batch* batch, uint32_t index)
{
    voice_at(batch, index)->released = true;
    batch->released[batch->released_count++] = index;
}

bool pinna_batch_is_silent(const pinna_batch* batch, uint32_t index)
{
    return voice_at(batch, index)->audible_frames == 0;
}

void pinna_batch_fetch(const pinna_batch* batch, uint32_t index)
{
    pinna_prefetch(voice_at(batch, index), batch->hot_bytes);
}

void pinna_batch_fetch_place(const pinna_batch* batch, uint32_t index)
{
    __builtin_prefetch(&pinna_hrtf_shell(batch->hrtf)->sphere.triangles[voice_at(batch, index)->triangle]);
}

/* --- a segment --- */

/* A delay too far to glide: the old one fades into the new one. */
static void delay_jumping(const pinna_batch* batch, const pinna_batch_voice* voice, int ear, const float* in, float* out)
{
    const pinna_kernels* k = batch->config.kernels;
    pinna_segment segment = batch->segment;
    float old[PINNA_RENDERER_RAMP_MAX], taps[PINNA_DELAY_TAPS], step = 1.0f / (float)batch->config.ramp_frames;
    uint32_t whole = pinna_delay_fixed(batch->config.delays, voice->from_frames[ear], taps);
    k->delay_fixed(old, in - whole, taps, segment.frame_count);
    k->delay_fixed(out, in - voice->whole_frames[ear], voice->glides[ear].c[0], segment.frame_count);
    for (uint32_t n = 0; n < segment.frame_count; n++)
        out[n] = old[n] + (out[n] - old[n]) * pinna_soft_step((float)(segment.phase + n + 1) * step);
}

static void delay_ear(const pinna_batch* batch, const pinna_batch_voice* voice, int ear, const float* in, float* out)
{
    const pinna_kernels* k = batch->config.kernels;
    const pinna_delay_glide* glide = &voice->glides[ear];
    const float* delayed = in - voice->whole_frames[ear];
    pinna_segment segment = batch->segment;
    float step = 1.0f / (float)batch->config.ramp_frames;
    switch (voice->motion) {
    case PINNA_MOTION_NONE: k->delay_fixed(out, delayed, glide->c[0], segment.frame_count); break;
    case PINNA_MOTION_GLIDE:
        k->delay_glide(out, delayed, glide, ((float)segment.phase + 1.0f) * step - 0.5f, step, segment.frame_count);
        break;
    case PINNA_MOTION_JUMP: delay_jumping(batch, voice, ear, in, out); break;
    }
}

/* The voice's row on the busses. @param in  Its segment, with its past before it. */
static void put_row(pinna_batch* batch, const pinna_batch_voice* voice, const float* in)
{
    size_t count = PINNA_EAR_COUNT * (size_t)batch->hrtf->info.basis_count;
    const float *now = voice->gains[voice->now], *before = voice->gains[voice->now ^ 1];
    pinna_bus_row row;
    pinna_busses_row(&batch->busses, voice->motion != PINNA_MOTION_NONE, &row);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        delay_ear(batch, voice, ear, in, row.samples[ear]);
        if (voice->shaded) pinna_shade_run(voice->shade, &batch->config, ear, row.samples[ear], batch->segment);
    }
    batch->config.kernels->copy(row.gains, now, count);
    if (row.fading) batch->config.kernels->blend3(row.fading, before, now, now, 1.0f, -1.0f, 0.0f, count);
}

void pinna_batch_begin_segments(pinna_batch* batch, const pinna_segment* segments, uint32_t count)
{
    if (batch->voice_count == 0) return;
    if (segments[0].phase == 0) batch->period++;
    for (uint32_t i = 0; i < count; i++) batch->segments[i] = segments[i];
    batch->segment = segments[0];
    pinna_busses_begin_segments(&batch->busses, segments, count);
}

void pinna_batch_turn_to(pinna_batch* batch, uint32_t part)
{
    batch->period += part - batch->busses.part;
    batch->segment = batch->segments[part];
    pinna_busses_turn_to(&batch->busses, part);
}

void pinna_batch_feed(pinna_batch* batch, uint32_t index, const pinna_feed* feed)
{
    pinna_batch_voice* voice = voice_at(batch, index);
    uint32_t past = batch->past_frames, frames = batch->segment.frame_count;
    if (voice->period != batch->period) {
        voice->period = batch->period;
        arrive(batch, voice);
    }
    if (voice->aimed) set_out(batch, voice);
    if (!feed->samples && voice->audible_frames == 0) return;
    batch->config.kernels->copy(batch->input, voice->past, past);
    if (pinna_feed_copy(batch->config.kernels, feed, batch->input + past, frames) > 0.0f)
        voice->audible_frames = past + frames;
    if (voice->audible_frames == 0) return;
    put_row(batch, voice, batch->input + past);
    batch->config.kernels->copy(voice->past, batch->input + frames, past);
    voice->audible_frames = voice->audible_frames > frames ? voice->audible_frames - frames : 0;
}

/* Released voices get nothing more and go when they are silent. */
static void drain(pinna_batch* batch)
{
    static const pinna_feed nothing = {0};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < batch->released_count; i++) {
        uint32_t index = batch->released[i];
        pinna_batch_feed(batch, index, &nothing);
        if (voice_at(batch, index)->audible_frames > 0) batch->released[kept++] = index;
        else batch->free_voices[batch->free_count++] = index;
    }
    batch->released_count = kept;
}

void pinna_batch_end_segment(pinna_batch* batch, float* const out[PINNA_EAR_COUNT])
{
    if (batch->voice_count == 0) return;
    drain(batch);
    pinna_busses_end_segment(&batch->busses, out);
}
