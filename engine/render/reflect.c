/* SPDX-License-Identifier: MIT */
#include "render/reflect.h"

#include "render/renderer.h"

#include <math.h>
#include <string.h>

/* So far a delay glides in a period; beyond, it jumps. */
#define MAX_GLIDE_FRAMES 24.0f

/* --- sets of images --- */

static pinna_batch* batch_of(pinna_renderer* r, const pinna_images* set)
{
    return &r->banks[set->bank].batch;
}

static void release_set(pinna_renderer* r, pinna_images* set)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (set->images[i].voice != PINNA_BATCH_NONE) pinna_batch_release(batch_of(r, set), set->images[i].voice);
    set->count = 0;
}

static pinna_reflector* reflector_of(pinna_renderer* r, uint32_t slot)
{
    uint32_t index1 = r->space.senders[slot].reflector1;
    return index1 ? &r->space.reflectors[index1 - 1] : NULL;
}

/* The direct sound's direction is the head's; walls stand in the world. */
static pinna_target image_target(const pinna_renderer* r, const pinna_reflection* image)
{
    pinna_vec3 d = image->direction;
    pinna_target target = {.distance_m = image->distance_m};
    target.direction = (pinna_vec3){pinna_vec3_dot(r->head_axes[0], d), pinna_vec3_dot(r->head_axes[1], d),
                                    pinna_vec3_dot(r->head_axes[2], d)};
    return target;
}

/* Images of one order have the same walls before them and about the same air: one filter serves them all, its middle
   band 1, and each image has its own level. Where there are none any more, those that were die away as they are. */
static void aim_bands(pinna_reflector* f, const pinna_reflection* all, uint32_t count, bool at_once)
{
    for (uint32_t order = 0; order < PINNA_SPACE_ORDERS; order++) {
        float energy[PINNA_TONE_BANDS] = {0};
        for (uint32_t i = 0; i < count; i++)
            for (int b = 0; b < PINNA_TONE_BANDS && all[i].order == order + 1; b++)
                energy[b] += all[i].gains[b] * all[i].gains[b];
        for (int b = 0; b < PINNA_TONE_BANDS && energy[1] > 0.0f; b++) {
            float goal = sqrtf(energy[b] / energy[1]);
            f->bands_goal[order][b] = goal;
            if (at_once) f->bands_from[order][b] = f->bands_to[order][b] = goal;
        }
    }
}

/* Walls of another room take their part by and by: a line's past cannot be faded from one to the other. */
static void move_bands(pinna_reflector* f, float share)
{
    memcpy(f->bands_from, f->bands_to, sizeof f->bands_from);
    for (uint32_t order = 0; order < PINNA_SPACE_ORDERS; order++)
        for (int b = 0; b < PINNA_TONE_BANDS; b++) {
            float goal = f->bands_goal[order][b], way = goal - f->bands_to[order][b];
            f->bands_to[order][b] = fabsf(way) > 1e-5f ? f->bands_to[order][b] + share * way : goal;
        }
}

static float level_of(const pinna_space* s, uint32_t slot, const pinna_reflection* image)
{
    float late = ((float)(image->delay_frames / s->sample_rate_hz) - (float)PINNA_REFLECT_FADE_S) /
                 (float)(PINNA_REFLECT_LAST_S - PINNA_REFLECT_FADE_S);
    float share = pinna_soft_step(1.0f - fminf(fmaxf(late, 0.0f), 1.0f));
    return share * s->senders[slot].to * s->room->reflections * image->gains[1];
}

static float delay_of(const pinna_reflection* image, double sample_rate_hz)
{
    float last = (float)(PINNA_REFLECT_LAST_S * sample_rate_hz);
    return fminf(fmaxf(image->delay_frames, (float)PINNA_DELAY_LEAD), last);
}

/* Images of the present room on the present bank. */
static void acquire_set(pinna_renderer* r, uint32_t slot, pinna_images* set, const pinna_reflection* all,
                        uint32_t count)
{
    *set = (pinna_images){.bank = r->bank, .serial = r->space.room->serial, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        pinna_image* image = &set->images[i];
        pinna_target target = image_target(r, &all[i]);
        image->order = all[i].order - 1;
        image->voice = pinna_batch_acquire(batch_of(r, set), &target);
        image->delay_from = image->delay_to = delay_of(&all[i], r->space.sample_rate_hz);
        image->gain_from = image->gain_to = level_of(&r->space, slot, &all[i]);
    }
}

static void settle_set(pinna_images* set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        set->images[i].delay_from = set->images[i].delay_to;
        set->images[i].gain_from = set->images[i].gain_to;
    }
}

static void move_set(pinna_renderer* r, uint32_t slot, pinna_images* set, const pinna_reflection* all, bool jump)
{
    for (uint32_t i = 0; i < set->count; i++) {
        pinna_image* image = &set->images[i];
        pinna_target target = image_target(r, &all[i]);
        if (image->voice != PINNA_BATCH_NONE) pinna_batch_aim(batch_of(r, set), image->voice, &target, jump);
        image->delay_from = image->delay_to;
        image->delay_to = delay_of(&all[i], r->space.sample_rate_hz);
        image->gain_from = image->gain_to;
        image->gain_to = level_of(&r->space, slot, &all[i]);
    }
}

/* --- which source has reflections --- */

static void take_reflector(pinna_renderer* r, uint32_t slot)
{
    pinna_space* s = &r->space;
    if (s->free_count == 0) return;
    uint32_t index = s->free_reflectors[--s->free_count];
    pinna_reflector* f = &s->reflectors[index];
    for (int order = 0; order < PINNA_SPACE_ORDERS; order++) {
        memset(f->lines[order].samples, 0, pinna_line_floats(s->line_frames, s->path.ramp_frames) * sizeof(float));
        f->tones[order] = (pinna_tone){0};
    }
    f->sets[0].count = f->sets[1].count = 0;
    f->order_count = 0;
    f->fade_total = 0;
    f->heard = false;
    f->periods_to_rest = f->quiet_periods = s->line_frames / s->path.ramp_frames + 1;
    memset(f->bands_to, 0, sizeof f->bands_to);
    memset(f->bands_goal, 0, sizeof f->bands_goal);
    f->sets[f->now].serial = s->room->serial - 1; /* of no room: what comes first is there at once */
    s->senders[slot].reflector1 = index + 1;
}

void pinna_reflect_release(pinna_renderer* r, uint32_t slot)
{
    pinna_reflector* f = reflector_of(r, slot);
    if (!f) return;
    for (int i = 0; i < 2; i++) release_set(r, &f->sets[i]);
    r->space.free_reflectors[r->space.free_count++] = r->space.senders[slot].reflector1 - 1;
    r->space.senders[slot].reflector1 = 0;
}

/* --- aiming --- */

static pinna_vec3 in_world(const pinna_renderer* r, const pinna_target* target)
{
    float metres = fminf(target->distance_m, 1e4f);
    return pinna_vec3_scale(pinna_quat_rotate(r->listener.orientation, target->direction), metres);
}

static void begin_fade(pinna_renderer* r, pinna_reflector* f, uint32_t periods)
{
    settle_set(&f->sets[f->now]);
    f->now ^= 1;
    f->fade_done = 0;
    f->fade_total = periods;
    f->fade_period = r->space.period;
}

/* A line is read with delays of up to PINNA_REFLECT_LAST_S: where its beginning is no sound's own, it is heard. */
static void open_lines(const pinna_space* s, pinna_reflector* f, bool fresh)
{
    for (; f->order_count < s->room->order; f->order_count++) {
        f->opened[f->order_count] = s->period;
        f->rises[f->order_count] = !fresh;
    }
}

void pinna_reflect_aim(pinna_renderer* r, uint32_t slot, const pinna_target* target, bool jump)
{
    pinna_space* s = &r->space;
    pinna_reflection all[PINNA_ROOM_MAX_REFLECTIONS];
    bool sends = s->senders[slot].to > 0.0f || s->senders[slot].reflector1, wanted = s->room->order > 0 && sends;
    bool fresh = false;
    if (wanted && !s->senders[slot].reflector1) {
        take_reflector(r, slot);
        fresh = s->senders[slot].fresh;
    }
    pinna_reflector* f = reflector_of(r, slot);
    if (!f) return;
    pinna_images* now = &f->sets[f->now];
    uint32_t count = 0;
    if (wanted) open_lines(s, f, fresh);
    if (wanted) count = pinna_room_reflect(&s->room->box, in_world(r, target), s->room->order, s->sample_rate_hz, all);
    bool stays = now->serial == s->room->serial && now->bank == r->bank && now->count == count;
    aim_bands(f, all, count, fresh || !pinna_reflector_sounds(f));
    f->period = s->period;
    if (!fresh && f->fade_total > 0) { /* on the way from one set to another; the next waits for its end */
        if (stays) move_set(r, slot, now, all, jump);
        else settle_set(now);
        return;
    }
    if (stays && !jump) {
        move_set(r, slot, now, all, false);
        return;
    }
    if (!fresh) begin_fade(r, f, jump ? 1 : s->fade_periods);
    acquire_set(r, slot, &f->sets[f->now], all, count);
}

/* --- sound --- */

/* By the time since the line began, written or not: so it does not matter how the host cuts its blocks. */
static void rise(const pinna_space* s, pinna_reflector* f, uint32_t order, float* samples, pinna_segment segment)
{
    uint64_t age = (uint64_t)(s->period - f->opened[order]) * s->path.ramp_frames + segment.phase;
    f->rises[order] = age < s->rise_frames;
    for (uint32_t n = 0; n < segment.frame_count && age + n < s->rise_frames; n++)
        samples[n] *= pinna_soft_step((float)(age + n + 1) / (float)s->rise_frames);
}

static void write_line(pinna_space* s, pinna_reflector* f, uint32_t order, const float* samples, pinna_segment segment)
{
    float* walled = s->delayed;
    pinna_tone_process(s->path.kernels, &f->tones[order], &s->path.split, samples, walled, f->bands_from[order],
                       f->bands_to[order], (pinna_tone_way){segment.phase, s->path.ramp_frames}, segment.frame_count);
    if (f->rises[order]) rise(s, f, order, walled, segment);
    pinna_line_write(&s->path, &f->lines[order], s->line_position + segment.phase, walled, segment.frame_count);
}

static void read_image(const pinna_space* s, const pinna_reflector* f, const pinna_image* image, pinna_segment segment,
                       float* out)
{
    const pinna_line* line = &f->lines[image->order];
    uint32_t at = s->line_position + segment.phase;
    if (fabsf(image->delay_to - image->delay_from) <= MAX_GLIDE_FRAMES) {
        pinna_line_glide(&s->path, line, at, image->delay_from, image->delay_to, segment, out);
        return;
    }
    float to[PINNA_RENDERER_RAMP_MAX];
    pinna_line_rest(&s->path, line, at, image->delay_from, segment.frame_count, out);
    pinna_line_rest(&s->path, line, at, image->delay_to, segment.frame_count, to);
    pinna_soft_cross(out, to, segment, 1.0f / (float)s->path.ramp_frames);
}

static void feed_set(pinna_renderer* r, pinna_reflector* f, pinna_images* set, int fade, pinna_segment segment)
{
    pinna_space* s = &r->space;
    float step = 1.0f / (float)s->path.ramp_frames, before = (float)segment.phase * step;
    float last = (float)(segment.phase + segment.frame_count) * step;
    for (uint32_t i = 0; i < set->count; i++) {
        const pinna_image* image = &set->images[i];
        float way = image->gain_to - image->gain_from;
        pinna_feed feed = {.gain_from = image->gain_from + way * before, .gain_to = image->gain_from + way * last};
        if (image->voice == PINNA_BATCH_NONE) continue;
        if (pinna_reflector_sounds(f) && (feed.gain_from != 0.0f || feed.gain_to != 0.0f)) {
            read_image(s, f, image, segment, s->delayed);
            feed.samples = s->delayed;
        }
        feed.fade = fade;
        if (fade) {
            feed.way_before = ((float)f->fade_done + before) / (float)f->fade_total;
            feed.way_last = ((float)f->fade_done + last) / (float)f->fade_total;
        }
        pinna_batch_feed(batch_of(r, set), image->voice, &feed);
    }
}

/* A period begins: a fade goes on; images that have not been aimed for it have arrived. A source that rests is not
   aimed when the room or the head changes: then it is done here. */
static void begin_period(pinna_renderer* r, uint32_t slot, pinna_reflector* f)
{
    pinna_space* s = &r->space;
    /* Silence goes over all of a line before it rests: what was left in it would be heard with the next sound. */
    f->quiet_periods = f->heard ? 0 : f->quiet_periods < f->periods_to_rest ? f->quiet_periods + 1 : f->quiet_periods;
    f->heard = false;
    move_bands(f, s->band_share);
    if (f->fade_total > 0 && f->fade_period != s->period && ++f->fade_done >= f->fade_total) {
        release_set(r, &f->sets[f->now ^ 1]);
        f->fade_total = 0;
    }
    if (f->period == s->period) return;
    for (int i = 0; i < 2; i++) settle_set(&f->sets[i]);
    const pinna_images* now = &f->sets[f->now];
    if (f->fade_total == 0 && (now->serial != s->room->serial || now->bank != r->bank))
        pinna_reflect_aim(r, slot, &r->sources[slot].target, false);
}

void pinna_reflect_feed(pinna_renderer* r, uint32_t slot, bool sounds, pinna_segment segment)
{
    pinna_space* s = &r->space;
    pinna_reflector* f = reflector_of(r, slot);
    if (segment.phase == 0) begin_period(r, slot, f);
    f->heard = f->heard || sounds;
    if (pinna_reflector_sounds(f))
        for (uint32_t order = 0; order < f->order_count; order++) write_line(s, f, order, s->clean, segment);
    feed_set(r, f, &f->sets[f->now], f->fade_total > 0 ? 1 : 0, segment);
    if (f->fade_total > 0) feed_set(r, f, &f->sets[f->now ^ 1], -1, segment);
}
