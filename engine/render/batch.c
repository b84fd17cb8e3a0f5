/* SPDX-License-Identifier: MIT */
#include "render/batch.h"

#include "render/chain.h"

#include <string.h>

/* So far eight taps can follow a delay. */
#define MAX_GLIDE ((pinna_fixed_delay)2 << 32)

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
    voice->gains = pinna_arena_take(arena, 2 * gain_count, sizeof(float));
    voice->past = pinna_arena_take(arena, past_frames, sizeof(float));
    size_t hot_bytes = arena->used;
    voice->glides = pinna_arena_take(arena, PINNA_EAR_COUNT, sizeof *voice->glides);
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
    *batch = (pinna_batch){.config = *config, .step = 1.0f / (float)config->ramp_frames, .voice_count = voice_count,
                            .free_count = voice_count};
    if (voice_count == 0) return;
    uint32_t reach = config->max_delay_frames + PINNA_DELAY_TAPS;
    batch->past_frames = ((reach > PINNA_CHAIN_EDGE ? reach : PINNA_CHAIN_EDGE) + 15) & ~15u;
    batch->free_voices = pinna_arena_take(arena, voice_count, sizeof *batch->free_voices);
    batch->released = pinna_arena_take(arena, voice_count, sizeof *batch->released);
    batch->input = pinna_arena_take(arena, batch->past_frames + PINNA_BUSSES_PARTS * config->ramp_frames,
                                    sizeof(float));
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

static size_t gain_count_of(const pinna_batch* batch)
{
    return PINNA_EAR_COUNT * (size_t)batch->hrtf->info.basis_count;
}

static void set_delays(pinna_batch_voice* voice, const double frames[PINNA_EAR_COUNT])
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) voice->delay[ear] = pinna_delay_to_fixed(frames[ear]);
}

/* Where only the model or a mean tells the gains, they are told at once. */
static void look_up_near(const pinna_batch* batch, pinna_batch_voice* voice, const pinna_target* target, bool at_once)
{
    pinna_aim aim;
    float gains[PINNA_EAR_COUNT * PINNA_HRTF_MAX_BASIS];
    const float* const rows[3] = {gains, gains, gains};
    static const float weights[3] = {1.0f, 0.0f, 0.0f};
    size_t count = gain_count_of(batch);
    pinna_hrtf_aim(batch->hrtf, target, &aim);
    pinna_aim_gains(batch->hrtf, &aim, gains);
    batch->config.kernels->blend3_change(voice->gains, voice->gains + count, rows, weights, count);
    set_delays(voice, aim.delay_frames);
    pinna_shade_aim(voice->shade, &aim, at_once);
    voice->shaded = voice->shade->on;
}

/* Delays now; gains when they are wanted, for they have to come from afar: meanwhile other voices are aimed. */
static void look_up(const pinna_batch* batch, pinna_batch_voice* voice, const pinna_target* target, bool at_once)
{
    voice->aimed = pinna_target_is_far(batch->hrtf, target) && (at_once || !voice->shaded);
    if (!voice->aimed) {
        look_up_near(batch, voice, target, at_once);
        return;
    }
    double frames[PINNA_EAR_COUNT];
    voice->blend = pinna_hrtf_aim_far(batch->hrtf, target->direction, &voice->triangle, frames);
    set_delays(voice, frames);
    pinna_blend_prefetch(batch->hrtf, &voice->blend);
}

/* On its way to where it is aimed. */
static void set_out(const pinna_batch* batch, pinna_batch_voice* voice)
{
    voice->aimed = false;
    pinna_blend_change(batch->hrtf, &voice->blend, voice->gains, voice->gains + gain_count_of(batch));
}

static void settle_shade(pinna_batch_voice* voice)
{
    if (!voice->shaded) return;
    pinna_shade_settle(voice->shade);
    voice->shaded = voice->shade->on;
}

/* A motion of an earlier period has arrived. Done when the voice is next looked at, its data being at hand then. */
static void arrive(pinna_batch_voice* voice)
{
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
    voice->shaded = false;
    *voice->shade = (pinna_shade){0};
    memset(voice->past, 0, batch->past_frames * sizeof *voice->past);
    memset(voice->gains, 0, 2 * gain_count_of(batch) * sizeof *voice->gains);
    look_up(batch, voice, target, true);
    return index;
}

static pinna_motion motion_of(const pinna_batch_voice* voice, bool jump)
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        pinna_fixed_delay way = voice->delay[ear] - voice->from[ear];
        jump = jump || way > MAX_GLIDE || way < -MAX_GLIDE;
    }
    return jump ? PINNA_MOTION_JUMP : PINNA_MOTION_GLIDE;
}

void pinna_batch_aim(pinna_batch* batch, uint32_t index, const pinna_target* target, bool jump)
{
    pinna_batch_voice* voice = voice_at(batch, index);
    if (voice->aimed) set_out(batch, voice);
    if (voice->period != batch->period) settle_shade(voice);
    voice->period = batch->period;
    memcpy(voice->from, voice->delay, sizeof voice->from);
    voice->has_glides = false;
    look_up(batch, voice, target, false);
    voice->motion = motion_of(voice, jump);
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

const float* pinna_batch_newest(const pinna_batch* batch, uint32_t index, uint32_t frame_count)
{
    return voice_at(batch, index)->past + batch->past_frames - frame_count;
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

static void delay_resting(const pinna_batch* batch, pinna_fixed_delay delay, const float* in, float* out,
                          uint32_t frame_count)
{
    const pinna_delay_table* table = batch->config.delays;
    uint32_t whole = pinna_fixed_delay_whole(table, delay);
    batch->config.kernels->delay_at(out, in - whole, table->taps, pinna_fixed_delay_place(table, delay, whole),
                                    frame_count);
}

/* What is cut into segments keeps its filters for the next. */
static void delay_gliding(const pinna_batch* batch, pinna_batch_voice* voice, int ear, const float* in, float* out,
                          pinna_segment segment)
{
    const pinna_delay_table* table = batch->config.delays;
    const pinna_kernels* kernels = batch->config.kernels;
    pinna_fixed_delay from = voice->from[ear], to = voice->delay[ear], middle = (from + to) >> 1;
    uint32_t whole = pinna_fixed_delay_whole(table, middle);
    pinna_delay_glide once, *glide = segment.frame_count < batch->config.ramp_frames ? &voice->glides[ear] : &once;
    if (glide == &once || !voice->has_glides) {
        const pinna_table_place places[3] = {pinna_fixed_delay_place(table, from, whole),
                                             pinna_fixed_delay_place(table, middle, whole),
                                             pinna_fixed_delay_place(table, to, whole)};
        kernels->glide_taps(glide->c[0], table->taps, places, PINNA_DELAY_TAPS);
    }
    kernels->delay_glide(out, in - whole, glide, ((float)segment.phase + 1.0f) * batch->step - 0.5f, batch->step,
                         segment.frame_count);
}

/* A delay too far to glide: the old one fades into the new one. */
static void delay_jumping(const pinna_batch* batch, pinna_fixed_delay from, pinna_fixed_delay to, const float* in,
                          float* out, pinna_segment segment)
{
    float new[PINNA_RENDERER_RAMP_MAX];
    delay_resting(batch, from, in, out, segment.frame_count);
    delay_resting(batch, to, in, new, segment.frame_count);
    pinna_soft_cross(out, new, segment, batch->step);
}

static void delay_ear(const pinna_batch* batch, pinna_batch_voice* voice, int ear, const float* in, float* out,
                      pinna_segment segment)
{
    pinna_fixed_delay from = voice->from[ear], to = voice->delay[ear];
    switch (voice->motion) {
    case PINNA_MOTION_NONE: delay_resting(batch, to, in, out, segment.frame_count); break;
    case PINNA_MOTION_GLIDE: delay_gliding(batch, voice, ear, in, out, segment); break;
    case PINNA_MOTION_JUMP: delay_jumping(batch, from, to, in, out, segment); break;
    }
}

/* The voice's row on the busses. @param in  Its segment, with its past before it. */
static void put_row(pinna_batch* batch, pinna_batch_voice* voice, const float* in, uint32_t part)
{
    bool moves = voice->motion != PINNA_MOTION_NONE;
    pinna_bus_row row;
    pinna_busses_row(&batch->busses, part, moves, &row);
    batch->config.kernels->copy(row.gains, voice->gains, (moves ? 2 : 1) * gain_count_of(batch));
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        delay_ear(batch, voice, ear, in, row.samples[ear], batch->segments[part]);
        if (voice->shaded)
            pinna_shade_run(voice->shade, &batch->config, ear, row.samples[ear], batch->segments[part]);
    }
    voice->has_glides = voice->motion == PINNA_MOTION_GLIDE;
}

void pinna_batch_begin_segments(pinna_batch* batch, const pinna_segment* segments, uint32_t count)
{
    if (batch->voice_count == 0) return;
    if (segments[0].phase == 0) batch->period++;
    for (uint32_t i = 0; i < count; i++) batch->segments[i] = segments[i];
    batch->part = 0;
    pinna_busses_begin_segments(&batch->busses, segments, count);
}

void pinna_batch_turn_to(pinna_batch* batch, uint32_t part)
{
    batch->period += part - batch->part;
    batch->part = part;
}

/* Appends a voice's input to its past; returns the peak. */
static float take_input(const pinna_batch* batch, const pinna_batch_voice* voice, const pinna_feed* feed,
                        uint32_t first_frames, uint32_t frames)
{
    const pinna_kernels* k = batch->config.kernels;
    float* input = batch->input + batch->past_frames;
    k->copy(batch->input, voice->past, batch->past_frames);
    if (!feed->fade && feed->gain_from == feed->gain_to) return pinna_feed_copy(k, feed, input, frames);
    float peak = pinna_feed_copy(k, feed, input, first_frames);
    if (!feed->ahead) return peak;
    pinna_feed rest = {.samples = feed->samples + first_frames, .gain_from = feed->gain_to, .gain_to = feed->gain_to};
    return fmaxf(peak, pinna_feed_copy(k, &rest, input + first_frames, frames - first_frames));
}

void pinna_batch_feed(pinna_batch* batch, uint32_t index, const pinna_feed* feed)
{
    pinna_batch_voice* voice = voice_at(batch, index);
    uint32_t past = batch->past_frames, part = batch->part, first_frames = batch->segments[part].frame_count;
    uint32_t frames = first_frames + (feed->ahead ? batch->segments[part + 1].frame_count : 0);
    if (voice->period != batch->period) arrive(voice);
    voice->period = batch->period + feed->ahead;
    bool silent = !feed->samples && voice->audible_frames == 0;
    if (!silent && take_input(batch, voice, feed, first_frames, frames) > 0.0f) voice->audible_frames = past + frames;
    if (voice->aimed) set_out(batch, voice);
    if (voice->audible_frames == 0) return;
    put_row(batch, voice, batch->input + past, part);
    if (feed->ahead) {
        arrive(voice);
        put_row(batch, voice, batch->input + past + first_frames, part + 1);
    }
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
