/* SPDX-License-Identifier: MIT */
/*
 * What the control side says and the audio side hears: sources and the listener, through mailboxes. Floor 3.
 */
#ifndef PINNA_SCENE_H
#define PINNA_SCENE_H

#include <pinna/renderer.h>

#include "base/mailbox.h"
#include "base/memory.h"

enum { PINNA_IMPORTANT_PRIORITY = 192 /**< From here on a source stays on the exact path while there is a place. */ };

/** A published snapshot. A jump published before it and not yet heard is kept: the source starts from there. */
typedef struct pinna_source_snapshot {
    _Alignas(PINNA_ALIGNMENT) /* as few cache lines as can be */
    pinna_source_params now;  /**< Position and forward in AES69 axes; all in the host's unit of length, for converting
                                   that would round once more. */
    pinna_vec3 jump_position; /**< Of the newest snapshot that asked to snap. */
    uint32_t jump_serial;       /**< Counts those; 0 when there was none. */
    uint32_t number;            /**< Counts snapshots. */
    bool plain;                 /**< Of what may change at run time, only place, distance and gain have an effect. */
} pinna_source_snapshot;

/** Life of a slot. Control: free -> idle (create), idle -> free and sounding -> dying (destroy). Audio: idle <->
 *  sounding, dying -> free. */
enum { PINNA_SLOT_FREE, PINNA_SLOT_IDLE, PINNA_SLOT_SOUNDING, PINNA_SLOT_DYING };

/** Of a source's parameters, what comes behind its gain: from the distance model on. */
enum { PINNA_SHAPE_WORDS = 8 };

/**
 * Most snapshots differ from the one before in place and gain alone: these are published as a postcard, and all they
 * need lies in two cache lines, of which the audio side looks at the first.
 */
typedef struct pinna_slot {
    _Alignas(PINNA_ALIGNMENT) atomic_uint state;
    atomic_uint generation;
    pinna_mailbox mailbox;
    uint32_t number;     /* control side only, as all behind move; of the newest snapshot in the mailbox */
    pinna_postcard move; /* Place and gain on top of the snapshot with the number in its serial. */
    uint64_t flags;      /* What else was handed in last: the small fields, and */
    uint64_t shape[PINNA_SHAPE_WORDS]; /* the others. */
} pinna_slot;

/** What is needed when more has changed. */
typedef struct pinna_slot_store {
    pinna_source_snapshot snapshots[PINNA_MAILBOX_SLOTS];
    pinna_vec3 jump_position; /* control side only */
    uint32_t jump_serial;     /* control side only */
} pinna_slot_store;

/** What the audio side has taken of a slot; all 0: nothing. */
typedef struct pinna_taken {
    uint64_t move_serial;
    uint32_t number;
} pinna_taken;

/** The listener in AES69 axes and the host's unit of length: where the ears' centre is and how the head is turned. */
typedef struct pinna_listener_state {
    pinna_vec3 position;
    pinna_quat orientation; /**< Head to world: body, then head. */
    pinna_quat body, head;
} pinna_listener_state;

typedef struct pinna_scene {
    pinna_axes axes;
    float metres_per_unit;
    uint32_t slot_count;
    pinna_slot* slots;
    pinna_slot_store* stores; /* [slot] */
    uint32_t* free_slots; /* control side only: a queue, so that a slot rests before it is used again */
    uint32_t free_first, free_count;
    uint32_t* dying_slots; /* control side only */
    uint32_t dying_count;
    pinna_mailbox listener_mailbox;
    pinna_listener_state listener_snapshots[PINNA_MAILBOX_SLOTS];
} pinna_scene;

/** Lays the scene out; with memory (arena->base) also initialises it. */
void pinna_scene_place(pinna_scene* scene, pinna_arena* arena, uint32_t slot_count, pinna_axes axes);

/** The slot of a source, or NULL for {0}, stale or foreign ids. Any side. */
PINNA_REALTIME pinna_slot* pinna_scene_find(pinna_scene* scene, pinna_source source);

/** Control side. */
pinna_status pinna_scene_create_source(pinna_scene* scene, pinna_source* out);
pinna_status pinna_scene_destroy_source(pinna_scene* scene, pinna_source source);
pinna_status pinna_scene_set_source(pinna_scene* scene, pinna_source source, const pinna_source_params* params);
pinna_status pinna_scene_set_listener(pinna_scene* scene, const pinna_listener_params* params);

/** Audio side: whether pinna_scene_take() would find something that is newer. */
static inline bool pinna_slot_has_news(const pinna_slot* slot, const pinna_taken* taken)
{
    return pinna_mailbox_has_news(&slot->mailbox) || pinna_postcard_serial(&slot->move) != taken->move_serial;
}

/** Audio side: takes a slot's newest, if there is something new. Returns the whole snapshot if it did not only move. */
PINNA_REALTIME const pinna_source_snapshot* pinna_scene_take(pinna_scene* scene, uint32_t index, pinna_taken* taken,
                                                             pinna_source_params* params);

/** Audio side: a source begins to sound. False if it was destroyed meanwhile. */
PINNA_REALTIME bool pinna_slot_wake(pinna_slot* slot);
/** Audio side: a source has fallen silent; its slot is free again if it is dying. */
PINNA_REALTIME void pinna_slot_sleep(pinna_slot* slot);

/** Level over distance, linear. */
PINNA_REALTIME float pinna_distance_gain(const pinna_source_params* params, float distance_m);

/** Level of a source's cone towards a listener. @param to_listener  Unit vector in the frame of the forward given. */
PINNA_REALTIME float pinna_cone_gain(const pinna_source_params* params, pinna_vec3 to_listener);

/** Levels per band of what reaches the listener past occluders and through air. */
PINNA_REALTIME void pinna_band_gains(const pinna_source_params* params, float distance_m,
                                     float gains[PINNA_BAND_COUNT]);

#endif
