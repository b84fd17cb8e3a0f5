/* SPDX-License-Identifier: MIT */
/* The renderer from the inside. */
#ifndef PINNA_RENDERER_INTERNAL_H
#define PINNA_RENDERER_INTERNAL_H

#include <pinna/renderer.h>

#include "dsp/limiter.h"
#include "render/batch.h"
#include "render/exact.h"
#include "scene/scene.h"

typedef enum pinna_path { PINNA_PATH_NONE, PINNA_PATH_EXACT, PINNA_PATH_BATCH } pinna_path;

/** A voice on one of the paths, and how much of its source's input it is given. */
typedef struct pinna_voice_ref {
    pinna_path path;
    uint32_t voice;
    float share_from, share_to; /**< Over this period. */
} pinna_voice_ref;

/** The audio side of a source. While it changes paths its input goes to two voices in changing shares. */
typedef struct pinna_voiced_source {
    bool active;
    uint32_t generation;
    pinna_source_state state;
    uint32_t jump_serial;
    pinna_vec3 direction; /**< In the head's frame. */
    float gain_from, gain_to;
    pinna_voice_ref voices[2]; /**< The one that stays, and the one that goes. */
    const float* samples;      /**< This block's. */
    uint32_t block;            /**< The block samples belongs to. */
} pinna_voiced_source;

struct pinna_renderer {
    void* memory;
    pinna_allocator allocator;
    pinna_renderer_config config;
    pinna_hrtf* hrtf;
    const pinna_kernels* kernels;
    pinna_delay_table delays, fine_delays;
    pinna_scene scene;
    pinna_exact exact;
    pinna_batch batch;
    pinna_limiter limiter;
    pinna_listener_state listener;
    bool batch_is_preferred;
    uint32_t phase; /**< Frames of the period already rendered. */
    uint32_t block; /**< Counts calls of process. */
    pinna_voiced_source* sources; /**< [slot] */
    uint32_t* active;             /**< Slots that sound. */
    uint32_t active_count;
};

/* voices.c: which source sounds through which voice. */

/** Finds the sources that are given samples; those that were silent wake up. */
PINNA_REALTIME void pinna_voices_take_inputs(pinna_renderer* renderer, const pinna_input* inputs, size_t input_count);

/** Takes what the control side has published, decides paths, aims voices. */
PINNA_REALTIME void pinna_voices_begin_period(pinna_renderer* renderer);

/** Hands each voice its share of a segment's samples. */
PINNA_REALTIME void pinna_voices_feed(pinna_renderer* renderer, pinna_segment segment, size_t first_frame);

/** Lets sources go that have nothing more to be heard. */
PINNA_REALTIME void pinna_voices_rest(pinna_renderer* renderer);

#endif
