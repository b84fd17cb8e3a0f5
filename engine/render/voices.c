/* SPDX-License-Identifier: MIT */
#include "render/renderer.h"

/*
 * Choice of path. The batch path has a fixed cost of two filters per basis function and a small one per source; the
 * exact path has none and a larger one. They meet near twenty sources; between the two counts nothing changes, so that
 * a source coming and going does not move all others.
 */
enum { BATCH_FROM = 24, EXACT_UNTIL = 12, IMPORTANT_PRIORITY = 192 };

static void aim(pinna_renderer* r, const pinna_voice_ref* ref, pinna_vec3 direction, bool jump)
{
    if (ref->path == PINNA_PATH_EXACT) pinna_exact_aim(&r->exact, ref->voice, direction, jump);
    if (ref->path == PINNA_PATH_BATCH) pinna_batch_aim(&r->batch, ref->voice, direction, jump);
}

static void feed(pinna_renderer* r, const pinna_voice_ref* ref, pinna_feed what)
{
    if (ref->path == PINNA_PATH_EXACT) pinna_exact_feed(&r->exact, ref->voice, what);
    if (ref->path == PINNA_PATH_BATCH) pinna_batch_feed(&r->batch, ref->voice, what);
}

static void release(pinna_renderer* r, pinna_voice_ref* ref)
{
    if (ref->path == PINNA_PATH_EXACT) pinna_exact_release(&r->exact, ref->voice);
    if (ref->path == PINNA_PATH_BATCH) pinna_batch_release(&r->batch, ref->voice);
    ref->path = PINNA_PATH_NONE;
}

static bool is_silent(const pinna_renderer* r, const pinna_voice_ref* ref)
{
    if (ref->path == PINNA_PATH_EXACT) return pinna_exact_is_silent(&r->exact, ref->voice);
    if (ref->path == PINNA_PATH_BATCH) return pinna_batch_is_silent(&r->batch, ref->voice);
    return true;
}

/* A voice on the wanted path, or, where that has no place, on the other. */
static pinna_voice_ref acquire(pinna_renderer* r, pinna_path wanted, pinna_vec3 direction)
{
    pinna_voice_ref ref = {PINNA_PATH_EXACT, PINNA_EXACT_NONE, 1.0f, 1.0f};
    if (wanted == PINNA_PATH_EXACT) ref.voice = pinna_exact_acquire(&r->exact, r->hrtf, direction);
    if (ref.voice != PINNA_EXACT_NONE) return ref;
    ref.path = PINNA_PATH_BATCH;
    ref.voice = pinna_batch_acquire(&r->batch, direction);
    if (ref.voice != PINNA_BATCH_NONE) return ref;
    ref.path = PINNA_PATH_EXACT;
    ref.voice = pinna_exact_acquire(&r->exact, r->hrtf, direction);
    if (ref.voice == PINNA_EXACT_NONE) ref.path = PINNA_PATH_NONE;
    return ref;
}

static pinna_path wanted_path(const pinna_renderer* r, const pinna_voiced_source* source)
{
    if (r->config.method == PINNA_METHOD_EXACT) return PINNA_PATH_EXACT;
    if (r->config.method == PINNA_METHOD_BATCH) return PINNA_PATH_BATCH;
    bool exact = !r->batch_is_preferred || source->state.params.priority >= IMPORTANT_PRIORITY;
    return exact ? PINNA_PATH_EXACT : PINNA_PATH_BATCH;
}

static bool same_direction(pinna_vec3 a, pinna_vec3 b)
{
    return a.x == b.x && a.y == b.y && a.z == b.z;
}

/* Where a state puts the source: direction in the head's frame and level. A source at the head's very centre has no
   direction and keeps the one it had. */
static pinna_vec3 place_source(const pinna_renderer* r, const pinna_source_state* state, pinna_vec3 before, float* gain)
{
    pinna_vec3 v = state->position_m;
    if (!state->params.head_relative) {
        v = pinna_vec3_sub(v, r->listener.position_m);
        v = pinna_quat_rotate(pinna_quat_conjugate(r->listener.orientation), v);
    }
    float distance = pinna_vec3_length(v);
    *gain = state->params.gain * pinna_distance_gain(&state->params, distance);
    return distance > 1e-6f ? pinna_vec3_normalize(v) : before;
}

/* Takes the newest snapshot. Returns true where the source is to jump; *start is then where it starts from. */
static bool take_snapshot(pinna_renderer* r, uint32_t slot_index, pinna_source_state* start)
{
    pinna_slot* slot = &r->scene.slots[slot_index];
    pinna_voiced_source* source = &r->sources[slot_index];
    if (!pinna_mailbox_take(&slot->mailbox)) return false;
    const pinna_source_snapshot* snapshot = &slot->snapshots[slot->mailbox.reading];
    source->state = snapshot->now;
    bool jump = snapshot->jump_serial != source->jump_serial;
    source->jump_serial = snapshot->jump_serial;
    if (jump) *start = snapshot->jump;
    return jump;
}

static void wake(pinna_renderer* r, uint32_t index, uint32_t generation)
{
    pinna_voiced_source* source = &r->sources[index];
    pinna_slot* slot = &r->scene.slots[index];
    if (!pinna_slot_wake(slot)) return;
    if (atomic_load_explicit(&slot->generation, memory_order_acquire) != generation) {
        pinna_slot_sleep(slot); /* destroyed and created anew since the input was found */
        return;
    }
    if (source->generation != generation) *source = (pinna_voiced_source){.generation = generation};
    pinna_source_state start;
    if (!take_snapshot(r, index, &start)) start = source->state;
    source->direction = place_source(r, &start, (pinna_vec3){1.0f, 0.0f, 0.0f}, &source->gain_to);
    source->gain_from = source->gain_to;
    source->voices[0] = acquire(r, wanted_path(r, source), source->direction);
    source->voices[1].path = PINNA_PATH_NONE;
    source->active = true;
    r->active[r->active_count++] = index;
}

void pinna_voices_take_inputs(pinna_renderer* r, const pinna_input* inputs, size_t input_count)
{
    r->block++;
    for (size_t i = 0; i < input_count; i++) {
        if (!inputs[i].samples || !pinna_scene_find(&r->scene, inputs[i].source)) continue;
        uint32_t index = inputs[i].source.index1 - 1;
        pinna_voiced_source* source = &r->sources[index];
        if (!source->active) wake(r, index, inputs[i].source.generation);
        source->samples = inputs[i].samples;
        source->block = r->block;
    }
}

/* Moves a source to the path it should be on: its input fades from the old voice to a new one. Only when the last such
   change is over, and only if there is a place. */
static void change_path(pinna_renderer* r, pinna_voiced_source* source)
{
    pinna_path wanted = wanted_path(r, source);
    if (source->voices[0].path == wanted || source->voices[1].path != PINNA_PATH_NONE) return;
    pinna_voice_ref ref = acquire(r, wanted, source->direction);
    if (ref.path != wanted) {
        if (ref.path != PINNA_PATH_NONE) release(r, &ref);
        return;
    }
    source->voices[1] = source->voices[0];
    source->voices[1].share_from = 1.0f;
    source->voices[1].share_to = 0.0f;
    source->voices[0] = ref;
    source->voices[0].share_from = source->voices[1].path == PINNA_PATH_NONE ? 1.0f : 0.0f;
}

static void end_period(pinna_renderer* r, pinna_voiced_source* source)
{
    source->gain_from = source->gain_to;
    source->voices[0].share_from = source->voices[0].share_to;
    if (source->voices[1].path != PINNA_PATH_NONE) release(r, &source->voices[1]);
}

static void update_source(pinna_renderer* r, uint32_t index)
{
    pinna_voiced_source* source = &r->sources[index];
    end_period(r, source);
    pinna_source_state start;
    bool jump = take_snapshot(r, index, &start);
    change_path(r, source);
    pinna_vec3 direction = place_source(r, &source->state, source->direction, &source->gain_to);
    if (same_direction(direction, source->direction)) return;
    source->direction = direction;
    for (int i = 0; i < 2; i++) aim(r, &source->voices[i], direction, jump);
}

static void choose_paths(pinna_renderer* r)
{
    if (r->active_count >= BATCH_FROM || r->active_count > r->config.max_exact_count) r->batch_is_preferred = true;
    if (r->active_count <= EXACT_UNTIL && r->active_count <= r->config.max_exact_count) r->batch_is_preferred = false;
}

void pinna_voices_begin_period(pinna_renderer* r)
{
    if (pinna_mailbox_take(&r->scene.listener_mailbox))
        r->listener = r->scene.listener_snapshots[r->scene.listener_mailbox.reading];
    choose_paths(r);
    pinna_exact_begin_period(&r->exact);
    pinna_batch_begin_period(&r->batch);
    for (uint32_t i = 0; i < r->active_count; i++) update_source(r, r->active[i]);
}

void pinna_voices_feed(pinna_renderer* r, pinna_segment segment, size_t first_frame)
{
    float step = 1.0f / (float)r->config.ramp_frames;
    float w0 = (float)segment.phase * step, w1 = (float)(segment.phase + segment.frame_count) * step;
    for (uint32_t i = 0; i < r->active_count; i++) {
        const pinna_voiced_source* source = &r->sources[r->active[i]];
        if (source->block != r->block) continue; /* no samples in this block: silence */
        float g0 = source->gain_from + (source->gain_to - source->gain_from) * w0;
        float g1 = source->gain_from + (source->gain_to - source->gain_from) * w1;
        for (int v = 0; v < 2; v++) {
            const pinna_voice_ref* ref = &source->voices[v];
            if (ref->path == PINNA_PATH_NONE) continue;
            float s0 = ref->share_from + (ref->share_to - ref->share_from) * w0;
            float s1 = ref->share_from + (ref->share_to - ref->share_from) * w1;
            feed(r, ref, (pinna_feed){source->samples + first_frame, g0 * s0, g1 * s1});
        }
    }
}

void pinna_voices_rest(pinna_renderer* r)
{
    for (uint32_t i = 0; i < r->active_count;) {
        uint32_t index = r->active[i];
        pinna_voiced_source* source = &r->sources[index];
        bool silent = is_silent(r, &source->voices[0]) && is_silent(r, &source->voices[1]);
        bool dying = atomic_load_explicit(&r->scene.slots[index].state, memory_order_relaxed) == PINNA_SLOT_DYING;
        if (!silent && !dying) {
            i++;
            continue;
        }
        release(r, &source->voices[0]);
        release(r, &source->voices[1]);
        source->active = false;
        r->active[i] = r->active[--r->active_count];
        pinna_slot_sleep(&r->scene.slots[index]);
    }
}
