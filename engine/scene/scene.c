/* SPDX-License-Identifier: MIT */
#include "scene/scene.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

pinna_source_params pinna_source_params_default(void)
{
    return (pinna_source_params){
        .position = {1.0f, 0.0f, 0.0f},
        .priority = 128,
        .gain = 1.0f,
        .distance_model = PINNA_DISTANCE_INVERSE,
        .reference_distance_m = 1.0f,
        .max_distance_m = 1000.0f,
        .rolloff = 1.0f,
        .forward = {1.0f, 0.0f, 0.0f},
        .cone_inner_deg = 360.0f,
        .cone_outer_deg = 360.0f,
    };
}

pinna_listener_params pinna_listener_params_default(void)
{
    return (pinna_listener_params){.orientation = {1.0f, 0.0f, 0.0f, 0.0f},
                                   .head_orientation = {1.0f, 0.0f, 0.0f, 0.0f}};
}

static void init_slots(pinna_scene* scene)
{
    memset(scene->slots, 0, scene->slot_count * sizeof *scene->slots);
    memset(scene->stores, 0, scene->slot_count * sizeof *scene->stores);
    for (uint32_t i = 0; i < scene->slot_count; i++) {
        atomic_init(&scene->slots[i].state, PINNA_SLOT_FREE);
        atomic_init(&scene->slots[i].generation, 0);
        pinna_mailbox_init(&scene->slots[i].mailbox);
        scene->free_slots[i] = i;
    }
    scene->free_count = scene->slot_count;
    pinna_mailbox_init(&scene->listener_mailbox);
    for (int i = 0; i < PINNA_MAILBOX_SLOTS; i++)
        scene->listener_snapshots[i] =
            (pinna_listener_state){{0}, pinna_quat_identity(), pinna_quat_identity(), pinna_quat_identity()};
}

void pinna_scene_place(pinna_scene* scene, pinna_arena* arena, uint32_t slot_count, pinna_axes axes)
{
    *scene = (pinna_scene){.axes = axes, .slot_count = slot_count};
    scene->metres_per_unit = axes == PINNA_AXES_UNREAL ? 0.01f : 1.0f;
    scene->slots = pinna_arena_take(arena, slot_count, sizeof *scene->slots);
    scene->stores = pinna_arena_take(arena, slot_count, sizeof *scene->stores);
    scene->free_slots = pinna_arena_take(arena, slot_count, sizeof *scene->free_slots);
    scene->dying_slots = pinna_arena_take(arena, slot_count, sizeof *scene->dying_slots);
    if (arena->base) init_slots(scene);
}

pinna_slot* pinna_scene_find(pinna_scene* scene, pinna_source source)
{
    uint32_t index = source.index1 - 1; /* {0} wraps to the largest and is refused with the others */
    if (index >= scene->slot_count) return NULL;
    pinna_slot* slot = &scene->slots[index];
    if (atomic_load_explicit(&slot->generation, memory_order_acquire) != source.generation) return NULL;
    unsigned state = atomic_load_explicit(&slot->state, memory_order_acquire);
    return state == PINNA_SLOT_IDLE || state == PINNA_SLOT_SOUNDING ? slot : NULL;
}

static void give_back(pinna_scene* scene, uint32_t index)
{
    scene->free_slots[(scene->free_first + scene->free_count++) % scene->slot_count] = index;
}

/* Slots whose sound the audio side has let die away. */
static void collect_dead(pinna_scene* scene)
{
    for (uint32_t i = 0; i < scene->dying_count;) {
        uint32_t index = scene->dying_slots[i];
        if (atomic_load_explicit(&scene->slots[index].state, memory_order_acquire) != PINNA_SLOT_FREE) {
            i++;
            continue;
        }
        give_back(scene, index);
        scene->dying_slots[i] = scene->dying_slots[--scene->dying_count];
    }
}

/* A place in AES69 axes, its length as the host gave it. */
static pinna_vec3 turned(const pinna_scene* scene, pinna_vec3 v)
{
    return scene->axes == PINNA_AXES_UNREAL ? (pinna_vec3){v.x, -v.y, v.z} : pinna_axes_to_aes69(scene->axes, v);
}

/* Without the call that a change of axes is. */
static pinna_vec3 place_of(const pinna_scene* scene, pinna_vec3 position)
{
    return scene->axes == PINNA_AXES_AES69 ? position : turned(scene, position);
}

static bool is_plain(const pinna_source_params* p)
{
    return !p->bypass && !p->near_field && !p->propagation && p->priority < PINNA_IMPORTANT_PRIORITY &&
           p->cone_inner_deg == 360.0f && p->extent_m == 0.0f && p->occlusion == 0.0f && p->air_absorption == 0.0f;
}

/* The small fields as one number. */
static uint64_t flags_of(const pinna_source_params* p)
{
    unsigned bits = p->head_relative | (unsigned)p->bypass << 1 | (unsigned)p->near_field << 2 |
                    (unsigned)p->propagation << 3 | (unsigned)p->snap << 4 | (unsigned)p->priority << 8;
    return (uint64_t)(unsigned)p->category << 32 | bits;
}

static void copy_shape(const pinna_source_params* from, uint64_t shape[PINNA_SHAPE_WORDS])
{
    enum { FIRST = offsetof(pinna_source_params, distance_model) };
    _Static_assert(FIRST + PINNA_SHAPE_WORDS * sizeof *shape == sizeof *from, "nothing is left out");
    memcpy(shape, (const char*)from + FIRST, PINNA_SHAPE_WORDS * sizeof *shape);
}

static void publish(pinna_scene* scene, pinna_slot* slot, const pinna_source_params* params)
{
    pinna_slot_store* store = &scene->stores[slot - scene->slots];
    pinna_source_snapshot* snapshot = &store->snapshots[slot->mailbox.writing];
    snapshot->now = *params;
    snapshot->now.position = place_of(scene, params->position);
    if (params->cone_inner_deg < 360.0f) /* else it is of no account */
        snapshot->now.forward = pinna_vec3_normalize(pinna_axes_to_aes69(scene->axes, params->forward));
    snapshot->plain = is_plain(params);
    if (params->snap) {
        store->jump_position = snapshot->now.position;
        store->jump_serial++;
    }
    snapshot->jump_position = store->jump_position;
    snapshot->jump_serial = store->jump_serial;
    snapshot->number = ++slot->number;
    slot->flags = flags_of(params);
    copy_shape(params, slot->shape);
    pinna_mailbox_publish(&slot->mailbox);
}

/* Place and gain as they go by postcard. */
typedef struct moved {
    pinna_vec3 position;
    float gain;
} moved;

_Static_assert(sizeof(moved) == PINNA_POSTCARD_WORDS * sizeof(uint64_t), "a postcard holds place and gain");

static void publish_move(const pinna_scene* scene, pinna_slot* slot, const pinna_source_params* params)
{
    uint64_t words[PINNA_POSTCARD_WORDS];
    moved to = {place_of(scene, params->position), params->gain};
    memcpy(words, &to, sizeof words);
    pinna_postcard_write(&slot->move, slot->number, words);
}

const pinna_source_snapshot* pinna_scene_take(pinna_scene* scene, uint32_t index, pinna_taken* taken,
                                              pinna_source_params* params)
{
    enum { TRIES = 2 /* a move may follow a snapshot that came after the look into the mailbox */ };
    pinna_slot* slot = &scene->slots[index];
    const pinna_source_snapshot* snapshot = NULL;
    for (int tries = 0; tries < TRIES; tries++) {
        if (pinna_mailbox_take(&slot->mailbox)) {
            snapshot = &scene->stores[index].snapshots[slot->mailbox.reading];
            *params = snapshot->now;
            taken->number = snapshot->number;
        }
        uint64_t words[PINNA_POSTCARD_WORDS], serial;
        if (!pinna_postcard_read(&slot->move, words, &serial)) break;
        int32_t newer = (int32_t)((uint32_t)(serial >> 32) - taken->number);
        if (newer > 0) continue;
        taken->move_serial = serial;
        if (newer < 0) break; /* the snapshot came after it */
        moved to;
        memcpy(&to, words, sizeof to);
        params->position = to.position;
        params->gain = to.gain;
        break;
    }
    return snapshot;
}

pinna_status pinna_scene_create_source(pinna_scene* scene, pinna_source* out)
{
    *out = (pinna_source){0};
    if (scene->free_count == 0) collect_dead(scene);
    if (scene->free_count == 0) return PINNA_ERROR_FULL;
    uint32_t index = scene->free_slots[scene->free_first];
    scene->free_first = (scene->free_first + 1) % scene->slot_count;
    scene->free_count--;
    pinna_slot* slot = &scene->slots[index];
    uint32_t generation = atomic_load_explicit(&slot->generation, memory_order_relaxed) + 1;
    if (generation == 0) generation = 1;
    scene->stores[index].jump_serial = 0;
    pinna_mailbox_init(&slot->mailbox); /* no reader: the audio side does not touch free slots */
    pinna_source_params params = pinna_source_params_default();
    params.position = pinna_axes_from_aes69(scene->axes, (pinna_vec3){1.0f, 0.0f, 0.0f});
    publish(scene, slot, &params);
    atomic_store_explicit(&slot->generation, generation, memory_order_release);
    atomic_store_explicit(&slot->state, PINNA_SLOT_IDLE, memory_order_release);
    *out = (pinna_source){index + 1, generation};
    return PINNA_OK;
}

pinna_status pinna_scene_destroy_source(pinna_scene* scene, pinna_source source)
{
    pinna_slot* slot = pinna_scene_find(scene, source);
    if (!slot) return PINNA_ERROR_STALE;
    uint32_t index = source.index1 - 1;
    for (;;) {
        unsigned idle = PINNA_SLOT_IDLE, sounding = PINNA_SLOT_SOUNDING;
        if (atomic_compare_exchange_strong(&slot->state, &idle, PINNA_SLOT_FREE)) {
            give_back(scene, index);
            return PINNA_OK;
        }
        if (atomic_compare_exchange_strong(&slot->state, &sounding, PINNA_SLOT_DYING)) {
            scene->dying_slots[scene->dying_count++] = index;
            return PINNA_OK;
        }
        /* The audio side changed it between the two; at most once per block. */
    }
}

static bool in_range(float value, float low, float high)
{
    return value >= low && value <= high; /* false for NaN */
}

static bool cone_is_valid(const pinna_source_params* p)
{
    return pinna_vec3_is_finite(p->forward) && in_range(p->cone_inner_deg, 0.0f, 360.0f) &&
           in_range(p->cone_outer_deg, p->cone_inner_deg, 360.0f) && in_range(p->cone_outer_gain, 0.0f, 1.0f);
}

static bool move_is_valid(const pinna_source_params* p)
{
    pinna_vec3 at = p->position;
    float nothing = (at.x - at.x) + (at.y - at.y) + (at.z - at.z); /* or not a number: cheaper than three tests */
    return nothing == 0.0f && in_range(p->gain, 0.0f, 16.0f);
}

static bool source_params_are_valid(const pinna_source_params* p)
{
    return move_is_valid(p) && (unsigned)p->distance_model < PINNA_DISTANCE_COUNT && in_range(p->reference_distance_m, 1e-6f, 1e9f) &&
           in_range(p->max_distance_m, p->reference_distance_m, 1e9f) && in_range(p->rolloff, 0.0f, 10.0f) &&
           in_range(p->air_absorption, 0.0f, 10.0f) && cone_is_valid(p) && in_range(p->extent_m, 0.0f, 1000.0f) &&
           (unsigned)p->category < PINNA_CATEGORY_COUNT &&
           in_range(p->occlusion, 0.0f, 1.0f) && in_range(p->transmission[0], 0.0f, 1.0f) &&
           in_range(p->transmission[1], 0.0f, 1.0f) && in_range(p->transmission[2], 0.0f, 1.0f);
}

/* All but place and gain is as it was, bit by bit: what was in range then still is. */
static bool only_moves(const pinna_slot* slot, const pinna_source_params* to)
{
    uint64_t shape[PINNA_SHAPE_WORDS], differ = (flags_of(to) ^ slot->flags) | to->snap;
    copy_shape(to, shape);
    for (int i = 0; i < PINNA_SHAPE_WORDS; i++) differ |= shape[i] ^ slot->shape[i];
    return differ == 0;
}

pinna_status pinna_scene_set_source(pinna_scene* scene, pinna_source source, const pinna_source_params* params)
{
    pinna_slot* slot = pinna_scene_find(scene, source);
    if (!slot) return PINNA_ERROR_STALE;
    if (only_moves(slot, params)) {
        if (!move_is_valid(params)) return PINNA_ERROR_ARGUMENT;
        publish_move(scene, slot, params);
        return PINNA_OK;
    }
    if (!source_params_are_valid(params)) return PINNA_ERROR_ARGUMENT;
    publish(scene, slot, params);
    return PINNA_OK;
}

static bool quat_is_usable(pinna_quat q)
{
    float norm = q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z;
    return isfinite(norm) && norm > 1e-12f;
}

pinna_status pinna_scene_set_listener(pinna_scene* scene, const pinna_listener_params* params)
{
    if (!pinna_vec3_is_finite(params->position) || !pinna_vec3_is_finite(params->head_position) ||
        !quat_is_usable(params->orientation) || !quat_is_usable(params->head_orientation))
        return PINNA_ERROR_ARGUMENT;
    pinna_quat body = pinna_quat_normalize(pinna_axes_quat_to_aes69(scene->axes, params->orientation));
    pinna_quat head = pinna_quat_normalize(pinna_axes_quat_to_aes69(scene->axes, params->head_orientation));
    pinna_vec3 offset = pinna_quat_rotate(body, turned(scene, params->head_position));
    scene->listener_snapshots[scene->listener_mailbox.writing] = (pinna_listener_state){
        pinna_vec3_add(turned(scene, params->position), offset), pinna_quat_normalize(pinna_quat_multiply(body, head)),
        body, head};
    pinna_mailbox_publish(&scene->listener_mailbox);
    return PINNA_OK;
}

bool pinna_slot_wake(pinna_slot* slot)
{
    unsigned idle = PINNA_SLOT_IDLE;
    return atomic_compare_exchange_strong(&slot->state, &idle, PINNA_SLOT_SOUNDING);
}

void pinna_slot_sleep(pinna_slot* slot)
{
    unsigned sounding = PINNA_SLOT_SOUNDING;
    if (!atomic_compare_exchange_strong(&slot->state, &sounding, PINNA_SLOT_IDLE))
        atomic_store_explicit(&slot->state, PINNA_SLOT_FREE, memory_order_release);
}
