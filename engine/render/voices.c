/* SPDX-License-Identifier: MIT */
#include "render/renderer.h"

#include <string.h>

static void aim(pinna_renderer* r, const pinna_voice_ref* ref, const pinna_target* target, bool jump)
{
    if (ref->path == PINNA_PATH_EXACT) pinna_exact_aim(&r->exact, ref->voice, target, jump);
    if (ref->path == PINNA_PATH_BATCH) pinna_batch_aim(pinna_batch_of(r, ref), ref->voice, target, jump);
}

static void release(pinna_renderer* r, pinna_voice_ref* ref)
{
    if (ref->path == PINNA_PATH_EXACT) pinna_exact_release(&r->exact, ref->voice);
    if (ref->path == PINNA_PATH_BATCH) pinna_batch_release(pinna_batch_of(r, ref), ref->voice);
    ref->path = PINNA_PATH_NONE;
    ref->fade = 0;
}

static bool is_silent(pinna_renderer* r, const pinna_voice_ref* ref)
{
    if (ref->path == PINNA_PATH_EXACT) return pinna_exact_is_silent(&r->exact, ref->voice);
    if (ref->path == PINNA_PATH_BATCH) return pinna_batch_is_silent(pinna_batch_of(r, ref), ref->voice);
    return true;
}

/* A voice on one path; PINNA_PATH_NONE where it has no place. */
static pinna_voice_ref acquire_on(pinna_renderer* r, pinna_path path, const pinna_target* target)
{
    pinna_voice_ref ref = {.path = path, .bank = r->bank};
    if (path == PINNA_PATH_EXACT) {
        ref.voice = pinna_exact_acquire(&r->exact, r->banks[r->bank].hrtf, target);
        if (ref.voice == PINNA_EXACT_NONE) ref.path = PINNA_PATH_NONE;
    } else if (path == PINNA_PATH_BATCH) {
        ref.voice = pinna_batch_acquire(pinna_batch_of(r, &ref), target);
        if (ref.voice == PINNA_BATCH_NONE) ref.path = PINNA_PATH_NONE;
    }
    return ref;
}

/* The wanted path or, where that has no place, the other. */
static pinna_voice_ref acquire(pinna_renderer* r, pinna_path wanted, const pinna_target* target)
{
    pinna_voice_ref ref = acquire_on(r, wanted, target);
    if (ref.path == PINNA_PATH_NONE)
        ref = acquire_on(r, wanted == PINNA_PATH_EXACT ? PINNA_PATH_BATCH : PINNA_PATH_EXACT, target);
    return ref;
}

static pinna_path wanted_path(const pinna_renderer* r, const pinna_voiced_source* source)
{
    if (source->params.bypass) return PINNA_PATH_PLAIN;
    if (r->config.method == PINNA_METHOD_EXACT) return PINNA_PATH_EXACT;
    if (r->config.method == PINNA_METHOD_BATCH) return PINNA_PATH_BATCH;
    bool exact = !r->batch_is_preferred || pinna_mixer_priority(&r->mixer, &source->params) >= PINNA_IMPORTANT_PRIORITY;
    return exact ? PINNA_PATH_EXACT : PINNA_PATH_BATCH;
}

static bool same_target(const pinna_target* a, const pinna_target* b)
{
    bool same = a->direction.x == b->direction.x && a->direction.y == b->direction.y &&
                a->direction.z == b->direction.z && a->extent_rad == b->extent_rad && a->near_field == b->near_field;
    return same && (a->distance_m == b->distance_m || !a->near_field);
}

/* Takes the newest snapshot. Returns true where the source is to jump; *start is then the place it starts from. */
static bool take_snapshot(pinna_renderer* r, uint32_t slot_index, pinna_vec3* start)
{
    pinna_voiced_source* source = &r->sources[slot_index];
    const pinna_source_snapshot* snapshot = pinna_scene_take(&r->scene, slot_index, &source->taken, &source->params);
    if (!snapshot) return false;
    source->plain = snapshot->plain;
    bool jump = snapshot->jump_serial != source->jump_serial;
    source->jump_serial = snapshot->jump_serial;
    if (jump) *start = snapshot->jump_position;
    return jump;
}

static pinna_target side_of(const pinna_target* target)
{
    pinna_target side = *target;
    side.side = true;
    return side;
}

/* The side joins the path its source is on. */
static void start_side(pinna_renderer* r, pinna_voiced_source* source, const pinna_target* from)
{
    pinna_target side = side_of(from);
    source->voices[PINNA_VOICE_SIDE] = acquire(r, source->voices[PINNA_VOICE_MAIN].path, &side);
}

/* A source that was silent starts where its newest jump put it, or else where it is. */
static void start_source(pinna_renderer* r, uint32_t index, const float* samples, size_t frame_count)
{
    pinna_voiced_source* source = &r->sources[index];
    pinna_vec3 start_place;
    bool jump = take_snapshot(r, index, &start_place);
    pinna_source_params start = source->params;
    pinna_placement place;
    if (jump) start.position = start_place;
    pinna_place(r, &start, (pinna_vec3){1.0f, 0.0f, 0.0f}, &place);
    if (r->mixes) pinna_mix_start(r, index, &start, &place);
    source->target = place.target;
    source->gain_before = source->gain_from = source->gain_to = place.gain;
    source->pan_from = source->pan_to = place.pan;
    source->steady_frames = 0;
    memset(r->edges[index].edge, 0, sizeof r->edges->edge); /* what sounded before is none of its past */
    pinna_chain_start(&source->chain, samples, frame_count, !jump, r->period);
    pinna_chain_aim(&source->chain, &r->chain, place.bands, place.delay_frames, false, r->period);
    pinna_chain_settle(&source->chain);
    source->voices[PINNA_VOICE_MAIN] = acquire(r, wanted_path(r, source), &source->target);
    for (int v = PINNA_VOICE_MAIN_OLD; v < PINNA_VOICE_COUNT; v++) source->voices[v].path = PINNA_PATH_NONE;
    source->active = true;
    source->settled = false;
    source->steady_for = 0;
    source->listener_count = r->listener_count - 1; /* it has yet to go from its start to where it is */
    if (pinna_wide_update(r, source)) start_side(r, source, &source->target);
    r->active[r->active_count++] = index;
}

static void wake(pinna_renderer* r, uint32_t index, uint32_t generation, const float* samples, size_t frame_count)
{
    pinna_voiced_source* source = &r->sources[index];
    pinna_slot* slot = &r->scene.slots[index];
    if (!pinna_slot_wake(slot)) return;
    if (atomic_load_explicit(&slot->generation, memory_order_acquire) != generation) {
        pinna_slot_sleep(slot); /* destroyed and created anew since the input was found */
        return;
    }
    if (source->generation != generation) *source = (pinna_voiced_source){.generation = generation};
    start_source(r, index, samples, frame_count);
}

static void take_listener(pinna_renderer* r)
{
    if (!pinna_mailbox_take(&r->scene.listener_mailbox)) return;
    pinna_listener_state listener =
        pinna_mixer_listen(&r->mixer, &r->scene.listener_snapshots[r->scene.listener_mailbox.reading]);
    pinna_set_listener(r, &listener);
}

void pinna_voices_take_inputs(pinna_renderer* r, const pinna_input* inputs, size_t input_count, size_t frame_count)
{
    r->block++;
    r->fed_count = 0;
    if (r->phase == 0) take_listener(r); /* so that what wakes up now starts where it is for the newest listener */
    for (size_t i = 0; i < input_count; i++) {
        if (!inputs[i].samples || !pinna_scene_find(&r->scene, inputs[i].source)) continue;
        uint32_t index = inputs[i].source.index1 - 1;
        pinna_voiced_source* source = &r->sources[index];
        if (!source->active) wake(r, index, inputs[i].source.generation, inputs[i].samples, frame_count);
        source->samples = inputs[i].samples;
        r->fed_count += source->block != r->block;
        source->block = r->block;
    }
}

/* From one voice of a pair to another, in so many periods. */
static void start_fade(pinna_voiced_source* source, int pair, pinna_voice_ref to, uint32_t periods)
{
    pinna_voice_ref* voices = &source->voices[2 * pair];
    voices[1] = voices[0];
    voices[1].fade = -1;
    voices[0] = to;
    voices[0].fade = 1;
    source->fades[pair] = (pinna_fade){0, periods};
}

static void advance_fades(pinna_renderer* r, pinna_voiced_source* source)
{
    for (int pair = 0; pair < 2; pair++) {
        pinna_voice_ref* voices = &source->voices[2 * pair];
        if (voices[0].fade == 0 && voices[1].path == PINNA_PATH_NONE) continue;
        if (++source->fades[pair].done < source->fades[pair].total) continue;
        if (voices[1].path != PINNA_PATH_NONE) release(r, &voices[1]);
        voices[0].fade = 0;
    }
}

/* Moves a voice to the path, and the set, it should be on, if it is not on the way between two already. */
static void change_path(pinna_renderer* r, pinna_voiced_source* source, int pair, pinna_path wanted,
                        const pinna_target* target)
{
    const pinna_voice_ref* now = &source->voices[2 * pair];
    if (now[1].path != PINNA_PATH_NONE) return;
    if (now->path == wanted && (now->bank == r->bank || wanted == PINNA_PATH_PLAIN)) return;
    pinna_voice_ref ref = acquire_on(r, wanted, target);
    if (ref.path == PINNA_PATH_NONE && now->bank != r->bank) ref = acquire(r, wanted, target);
    if (ref.path != PINNA_PATH_NONE) start_fade(source, pair, ref, r->fade_periods);
}

/* A source that jumps leaves its voice behind where it was, and fades within a period to a new one where it is. False
   where there is no place for that; a wide source's voices, and one that is changing paths, jump themselves. */
static bool leave_behind(pinna_renderer* r, pinna_voiced_source* source, pinna_path wanted,
                         const pinna_placement* place)
{
    if (source->wide1 || source->voices[PINNA_VOICE_MAIN_OLD].path != PINNA_PATH_NONE) return false;
    pinna_voice_ref ref = acquire_on(r, wanted, &place->target);
    if (ref.path == PINNA_PATH_NONE) return false;
    start_fade(source, 0, ref, 1);
    pinna_voice_ref* old = &source->voices[PINNA_VOICE_MAIN_OLD];
    old->left_behind = true;
    old->gain = source->gain_to;
    old->pan = source->pan_to;
    source->gain_to = place->gain;
    source->pan_to = place->pan;
    return true;
}

/* The side of a source that grows wide starts from no width; that of one no longer wide has faded to none. */
static void update_side(pinna_renderer* r, pinna_voiced_source* source, pinna_path wanted, const pinna_target* before)
{
    pinna_voice_ref* side = &source->voices[PINNA_VOICE_SIDE];
    if (side->path != PINNA_PATH_NONE && before->extent_rad == 0.0f) release(r, side);
    if (pinna_wide_update(r, source) && side->path == PINNA_PATH_NONE) start_side(r, source, before);
    pinna_target target = side_of(before);
    if (side->path != PINNA_PATH_NONE && wanted != PINNA_PATH_PLAIN) change_path(r, source, 1, wanted, &target);
}

static bool is_fading(const pinna_voiced_source* source)
{
    for (int v = 0; v < PINNA_VOICE_COUNT; v++)
        if (source->voices[v].fade) return true;
    return false;
}

static void note_steady(const pinna_renderer* r, pinna_voiced_source* source)
{
    const pinna_voice_ref* voices = source->voices;
    bool steady = voices[0].path == PINNA_PATH_BATCH && voices[0].bank == r->bank && !is_fading(source) && !r->mixes &&
                  wanted_path(r, source) == PINNA_PATH_BATCH && pinna_chain_is_plain(&source->chain) &&
                  !source->wide1 && source->target.extent_rad == 0.0f;
    for (int v = PINNA_VOICE_MAIN + 1; v < PINNA_VOICE_COUNT; v++) steady = steady && voices[v].path == PINNA_PATH_NONE;
    source->steady_for = steady ? r->choice : 0;
}

bool pinna_source_has_news(const pinna_renderer* r, uint32_t index)
{
    const pinna_voiced_source* source = &r->sources[index];
    const pinna_voice_ref* now = &source->voices[PINNA_VOICE_MAIN];
    if (source->listener_count != r->listener_count || pinna_slot_has_news(&r->scene.slots[index], &source->taken))
        return true;
    return !pinna_source_is_steady(r, source) && (is_fading(source) || now->path != wanted_path(r, source) ||
                                                  (now->bank != r->bank && now->path != PINNA_PATH_PLAIN) ||
                                                  source->target.extent_rad > 0.0f || source->wide1);
}

void pinna_source_settle(const pinna_renderer* r, pinna_voiced_source* source)
{
    if (source->settled) return;
    pinna_source_turn_gain(source, source->gain_to);
    source->settled = source->gain_before == source->gain_to;
    source->pan_from = source->pan_to;
    if (pinna_source_is_steady(r, source)) return;
    source->settled = pinna_chain_settle(&source->chain) && source->settled;
    note_steady(r, source);
}

/* Nothing changes but where the source is and how loud. */
static void move(pinna_renderer* r, pinna_voiced_source* source)
{
    pinna_vec3 before = source->target.direction, *now = &source->target.direction;
    source->pan_from = source->pan_to;
    pinna_source_turn_gain(source, pinna_place_plain(r, &source->params, &source->target));
    source->pan_to = pinna_pan_of(*now);
    if (now->x == before.x && now->y == before.y && now->z == before.z) return;
    pinna_batch_aim(pinna_batch_of(r, &source->voices[PINNA_VOICE_MAIN]), source->voices[PINNA_VOICE_MAIN].voice,
                    &source->target, false);
}

/* Anything may change. */
static void change(pinna_renderer* r, uint32_t index, bool jump)
{
    pinna_voiced_source* source = &r->sources[index];
    pinna_target before = source->target;
    pinna_placement place;
    pinna_source_end_steady(r, index, r->config.ramp_frames);
    pinna_place(r, &source->params, before.direction, &place);
    if (r->mixes) pinna_mix_aim(r, index, &source->params, &place, jump);
    pinna_path wanted = wanted_path(r, source);
    advance_fades(r, source);
    bool left = jump && leave_behind(r, source, wanted, &place);
    if (!left) change_path(r, source, 0, wanted, &before);
    pinna_source_turn_gain(source, place.gain);
    source->pan_from = source->pan_to;
    source->pan_to = place.pan;
    source->target = place.target;
    pinna_chain_aim(&source->chain, &r->chain, place.bands, place.delay_frames, jump, r->period);
    if (source->wide1 || place.target.extent_rad > 0.0f) update_side(r, source, wanted, &before);
    note_steady(r, source);
    if (same_target(&place.target, &before)) return;
    pinna_target side = side_of(&source->target);
    for (int v = left ? PINNA_VOICE_SIDE : PINNA_VOICE_MAIN; v < PINNA_VOICE_COUNT; v++)
        aim(r, &source->voices[v], v < PINNA_VOICE_SIDE ? &source->target : &side, jump);
}

static void update_source(pinna_renderer* r, uint32_t index)
{
    pinna_voiced_source* source = &r->sources[index];
    pinna_vec3 start;
    if (!pinna_source_has_news(r, index)) {
        pinna_source_settle(r, source);
        return;
    }
    bool was_plain = source->plain;
    source->settled = false;
    source->listener_count = r->listener_count;
    bool jump = take_snapshot(r, index, &start);
    if (pinna_source_is_steady(r, source) && was_plain && source->plain && !jump) move(r, source);
    else change(r, index, jump);
}

static void choose_paths(pinna_renderer* r)
{
    bool before = r->batch_is_preferred;
    if (r->active_count >= PINNA_BATCH_FROM || r->active_count > r->config.max_exact_count)
        r->batch_is_preferred = true;
    if (r->active_count <= PINNA_EXACT_UNTIL && r->active_count <= r->config.max_exact_count)
        r->batch_is_preferred = false;
    if (r->batch_is_preferred != before) r->choice++;
}

void pinna_voices_begin_period(pinna_renderer* r)
{
    r->period++;
    take_listener(r);
    choose_paths(r);
    pinna_swap_begin_period(r);
    pinna_exact_begin_period(&r->exact);
}

/* No samples any more, and nothing left in the chain or in the voices. A source that is given silence stays: where it
   would be when it sounds again must not depend on how the host cuts its blocks. */
static bool is_over(pinna_renderer* r, uint32_t index)
{
    const pinna_voiced_source* source = &r->sources[index];
    if (source->block == r->block || !pinna_chain_is_silent(&source->chain)) return false;
    if (r->mixes && !pinna_space_is_silent(&r->space, index)) return false;
    for (int v = 0; v < PINNA_VOICE_COUNT; v++)
        if (!is_silent(r, &source->voices[v])) return false;
    return true;
}

static void let_go(pinna_renderer* r, uint32_t index)
{
    pinna_voiced_source* source = &r->sources[index];
    for (int v = 0; v < PINNA_VOICE_COUNT; v++) release(r, &source->voices[v]);
    source->active = false;
    if (r->mixes) pinna_space_stop(r, index);
    pinna_wide_update(r, source);
    pinna_slot_sleep(&r->scene.slots[index]);
}

/*
 * Hundreds of sources do not fit the nearest caches, and what belongs to one lies in several places. So it is asked for
 * ahead: what a source is two groups before its turn, what its voice is a group before.
 */
enum { GROUP = 8 };

static void fetch_source(const pinna_renderer* r, uint32_t i)
{
    if (i >= r->active_count || r->ahead[r->active[i]]) return;
    const pinna_voiced_source* source = &r->sources[r->active[i]];
    __builtin_prefetch(source);
    __builtin_prefetch(&source->params);
    __builtin_prefetch(source->voices);
    __builtin_prefetch(&r->scene.slots[r->active[i]]);
}

static void fetch_voice(const pinna_renderer* r, uint32_t i, size_t first_frame)
{
    if (i >= r->active_count || r->ahead[r->active[i]]) return;
    const pinna_voiced_source* source = &r->sources[r->active[i]];
    const pinna_voice_ref* voice = &source->voices[PINNA_VOICE_MAIN];
    if (source->block == r->block) pinna_prefetch(source->samples + first_frame, 4 * PINNA_ALIGNMENT);
    if (voice->path == PINNA_PATH_BATCH) pinna_batch_fetch(&r->banks[voice->bank].batch, voice->voice);
}

static void update_group(pinna_renderer* r, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        const pinna_voice_ref* voice = &r->sources[r->active[i]].voices[PINNA_VOICE_MAIN];
        if (!r->ahead[r->active[i]] && voice->path == PINNA_PATH_BATCH)
            pinna_batch_fetch_place(pinna_batch_of(r, voice), voice->voice);
    }
    for (uint32_t i = first; i < end; i++)
        if (!r->ahead[r->active[i]]) update_source(r, r->active[i]);
}

static void run_source(pinna_renderer* r, uint32_t index, const pinna_stretch* stretch, uint32_t part,
                       size_t first_frame, float* const out[PINNA_EAR_COUNT])
{
    if (r->ahead[index]) r->ahead[index] = false;
    else pinna_feed_source(r, index, stretch, part, first_frame, out);
}

/* A group's sources are all updated before they are fed: what they look up in the set arrives meanwhile. */
void pinna_voices_run(pinna_renderer* r, const pinna_stretch* stretch, uint32_t part, float* const out[PINNA_EAR_COUNT])
{
    uint32_t kept = 0;
    size_t first_frame = stretch->first_frame;
    for (uint32_t before = 0; before < part; before++) first_frame += stretch->segments[before].frame_count;
    for (uint32_t i = 0; i < 2 * GROUP; i++) fetch_source(r, i);
    for (uint32_t i = 0; i < GROUP; i++) fetch_voice(r, i, first_frame);
    for (uint32_t first = 0; first < r->active_count; first += GROUP) {
        uint32_t end = r->active_count - first < GROUP ? r->active_count : first + GROUP;
        if (stretch->segments[part].phase == 0) update_group(r, first, end);
        for (uint32_t i = first; i < end; i++) {
            uint32_t index = r->active[i];
            fetch_source(r, i + 2 * GROUP);
            fetch_voice(r, i + GROUP, first_frame);
            run_source(r, index, stretch, part, first_frame, out);
            if (is_over(r, index)) let_go(r, index);
            else r->active[kept++] = index;
        }
    }
    r->active_count = kept;
}
