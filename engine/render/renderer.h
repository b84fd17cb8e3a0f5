/* SPDX-License-Identifier: MIT */
/* The renderer from the inside. */
#ifndef PINNA_RENDERER_INTERNAL_H
#define PINNA_RENDERER_INTERNAL_H

#include <pinna/renderer.h>

#include "dsp/decorrelator.h"
#include "dsp/limiter.h"
#include "render/batch.h"
#include "render/chain.h"
#include "render/equalize.h"
#include "render/exact.h"
#include "render/mixer.h"
#include "render/space.h"
#include "scene/scene.h"

typedef enum pinna_path { PINNA_PATH_NONE, PINNA_PATH_PLAIN, PINNA_PATH_EXACT, PINNA_PATH_BATCH } pinna_path;

/** A voice on one of the paths. */
typedef struct pinna_voice_ref {
    pinna_path path;
    uint32_t voice;
    uint32_t bank;    /**< Which bank's set it is rendered with. */
    int fade;         /**< 1: its input fades in, -1: out, 0: it is given all. */
    bool left_behind; /**< By a jump: it dies away with the gain and pan it had. */
    float gain, pan;  /**< Of one left behind. */
} pinna_voice_ref;

/** A change from one voice to another, in periods. */
typedef struct pinna_fade {
    uint32_t done, total;
} pinna_fade;

/** A source's voices: the one that stays and the one that goes, of what both ears share and of what they do not. */
enum { PINNA_VOICE_MAIN, PINNA_VOICE_MAIN_OLD, PINNA_VOICE_SIDE, PINNA_VOICE_SIDE_OLD, PINNA_VOICE_COUNT };

/** What makes a wide source wide. */
typedef struct pinna_wide {
    uint32_t rise_frames; /**< Of a line that begins in the midst of a sound, still to go. */
    float* line; /**< The decorrelator's past, then a segment. */
    float* row;  /**< [ramp_frames] The decorrelated segment. */
} pinna_wide;

/**
 * The audio side of a source. While it changes paths its input goes to two voices in changing shares. In an order that
 * leaves what a steady source needs in three cache lines: the first, and two from params on.
 */
typedef struct pinna_voiced_source {
    _Alignas(PINNA_ALIGNMENT) const float* samples; /**< This block's. */
    pinna_taken taken;
    uint32_t block;          /**< The block samples belongs to. */
    bool active;
    bool settled;            /**< Nothing of it has moved since the last period. */
    bool plain;              /**< The newest snapshot taken is. */
    uint32_t listener_count; /**< The listener it was placed for. */
    uint32_t steady_for;     /**< The choice for which it is steady; 0: none. */
    float gain_before;       /**< At the beginning of the period before. */
    float gain_from, gain_to;
    uint32_t steady_frames;  /**< That its voice has been fed while it was steady, without a break. */
    pinna_chain chain;
    float pan_from, pan_to;  /**< Towards the left, -1 to 1, for the plain path. */
    _Alignas(PINNA_ALIGNMENT) pinna_source_params params; /**< As taken last. */
    pinna_target target;
    pinna_voice_ref voices[PINNA_VOICE_COUNT];
    pinna_fade fades[2]; /**< Main's and side's. */
    uint32_t wide1;      /**< Place among the renderer's wides + 1; 0: none. */
    uint32_t generation, jump_serial;
} pinna_voiced_source;

/** Segments of a host's block that are rendered together: each but the first begins a period. */
typedef struct pinna_stretch {
    pinna_segment segments[PINNA_BUSSES_PARTS];
    uint32_t count;
    size_t first_frame; /**< Of the block, where the first begins. */
} pinna_stretch;

/** A set and the batch path that renders it. Two, so that one can die away while the other takes over. */
typedef struct pinna_bank {
    pinna_hrtf* hrtf; /**< NULL: free. */
    pinna_batch batch;
} pinna_bank;

enum { PINNA_BANK_COUNT = 2, PINNA_RETIRED_COUNT = 4 };

struct pinna_renderer {
    void* memory;
    pinna_allocator allocator;
    pinna_renderer_config config;
    const pinna_kernels* kernels;
    pinna_path_config path;
    pinna_delay_table delays, fine_delays;
    pinna_chain_config chain;
    pinna_scene scene;
    pinna_exact exact;
    pinna_bank banks[PINNA_BANK_COUNT];
    uint32_t bank; /**< The one in use. */
    _Atomic(pinna_hrtf*) next_hrtf;                          /**< Control to audio. */
    _Atomic(pinna_hrtf*) retired[PINNA_RETIRED_COUNT];       /**< Audio to control. */
    bool
        mixes; /**< There has been a mix that does something to sources, or a room: from then on both have their say. */
    pinna_mixer mixer;
    pinna_space space;
    pinna_equalize equalize;
    pinna_limiter limiter;
    pinna_listener_state listener;
    uint32_t listener_count; /**< Counts listeners taken. */
    pinna_vec3 head_axes[3]; /**< The head's front, left and up in the world: a rotation as three dot products. */
    bool batch_is_preferred;
    uint32_t choice;       /**< Counts choices of path, set and mix. */
    uint32_t fade_periods; /**< A change of path takes so many. */
    uint32_t period; /**< Counts periods. */
    uint32_t phase; /**< Frames of the period already rendered. */
    uint32_t block; /**< Counts calls of process. */
    uint32_t fed_count; /**< Sources that are given samples in this one. */
    pinna_voiced_source* sources; /**< [slot] */
    uint32_t* active;             /**< Slots that sound. */
    uint32_t active_count;
    bool* ahead;                  /**< [slot] Its next segment is rendered already. */
    pinna_decorrelator decorrelator;
    uint32_t wide_count, free_wide_count;
    pinna_wide* wides;
    uint32_t* free_wides;
    pinna_chain_edges* edges; /**< [slot] */
    float* rows;  /**< [slot][ramp_frames] a source's own signal where it is not the host's samples. */
    size_t line_floats;
    float* lines; /**< [slot][line_floats] of propagation */
};

static inline pinna_batch* pinna_batch_of(pinna_renderer* renderer, const pinna_voice_ref* ref)
{
    return &renderer->banks[ref->bank].batch;
}

/* voices.c: which source sounds through which voice. */

/*
 * Choice of path. The batch path has a fixed cost of two filters per basis function and a small one per source; the
 * exact path has none and a larger one. They meet at some nine sources that move; between the two counts nothing
 * changes, so that a source coming and going does not move all others.
 */
enum { PINNA_BATCH_FROM = 11, PINNA_EXACT_UNTIL = 8 };

/**
 * By far the most sources are steady: one voice, on the batch path and with the set that they should be on, whose sound
 * goes through as it is. As long as no other choice is made, what can be new for one is in its mailbox, or it is the
 * listener.
 */
static inline bool pinna_source_is_steady(const pinna_renderer* renderer, const pinna_voiced_source* source)
{
    return source->steady_for == renderer->choice;
}

/** Whether the period to come would bring a source anything new. */
PINNA_REALTIME bool pinna_source_has_news(const pinna_renderer* renderer, uint32_t slot);

/** It has brought nothing new: the source has come to rest where it was going. */
PINNA_REALTIME void pinna_source_settle(const pinna_renderer* renderer, pinna_voiced_source* source);

/** A period begins for a source: its gain comes from where it was going. */
static inline void pinna_source_turn_gain(pinna_voiced_source* source, float to)
{
    source->gain_before = source->gain_from;
    source->gain_from = source->gain_to;
    source->gain_to = to;
}

/** Finds the sources that are given samples; those that were silent wake up. */
PINNA_REALTIME void pinna_voices_take_inputs(pinna_renderer* renderer, const pinna_input* inputs, size_t input_count,
                                             size_t frame_count);

/** A period begins: the listener, paths and sets for it. */
PINNA_REALTIME void pinna_voices_begin_period(pinna_renderer* renderer);

/**
 * One source after the other, while its data are at hand: takes what the control side has published if a period begins,
 * gives its voices their share of a segment's samples, and lets it go if nothing more is to be heard.
 *
 * @param part  The segment. What is sure to bring a source nothing new after it is rendered at once.
 */
PINNA_REALTIME void pinna_voices_run(pinna_renderer* renderer, const pinna_stretch* stretch, uint32_t part,
                                     float* const out[PINNA_EAR_COUNT]);

/* feed.c: what a source sounds like goes to its voices. */

/** A segment of a source; of one that is sure to bring nothing new, the next as well: then renderer->ahead says so. */
PINNA_REALTIME void pinna_feed_source(pinna_renderer* renderer, uint32_t slot, const pinna_stretch* stretch,
                                      uint32_t part, size_t first_frame, float* const out[PINNA_EAR_COUNT]);

/**
 * The samples of a steady source are not written down a second time for an end they hardly ever come to: they are in
 * its voice's past. Call before anything but steady feeding is done to a source; gets them from there.
 *
 * @param frames  Of the period that gain_from and gain_to are of, already fed.
 */
PINNA_REALTIME void pinna_source_end_steady(pinna_renderer* renderer, uint32_t slot, uint32_t frames);

/* place.c: where a source is and what that does to it. */

/** What a source's state comes to for the listener as he is. */
struct pinna_placement {
    pinna_target target;
    float gain, pan;
    float distance_gain; /**< Part of gain. */
    float bands[PINNA_BAND_COUNT];
    float delay_frames; /**< Of propagation; below 0: none. */
};

/** Equal power as seen from the front: left where the source is left, in the middle ahead, above and behind. */
static inline float pinna_pan_of(pinna_vec3 direction)
{
    return direction.y;
}

/** The listener from now on. */
PINNA_REALTIME void pinna_set_listener(pinna_renderer* renderer, const pinna_listener_state* listener);

/** @param before  The direction kept by a source at the head's very centre. */
PINNA_REALTIME void pinna_place(const pinna_renderer* renderer, const pinna_source_params* params, pinna_vec3 before,
                                pinna_placement* out);

/** The same for a source whose snapshot is plain and was before. Returns its gain; a target at the head's centre keeps
 * its direction. */
PINNA_REALTIME float pinna_place_plain(const pinna_renderer* renderer, const pinna_source_params* params,
                                       pinna_target* target);

/* wide.c: the part of a wide source that differs between the ears. */

/** Takes or gives back what a source needs for its width; true while it has one. */
PINNA_REALTIME bool pinna_wide_update(pinna_renderer* renderer, pinna_voiced_source* source);

/** The decorrelated segment of a source that has a width. @param samples  NULL: silence. */
PINNA_REALTIME const float* pinna_wide_run(pinna_renderer* renderer, const pinna_voiced_source* source,
                                           const float* samples, uint32_t frame_count);

/* mixer.c: the mix and the room have their say in what a source is. */

/** A source starts where it has been placed. */
PINNA_REALTIME void pinna_mix_start(pinna_renderer* renderer, uint32_t slot, const pinna_source_params* params,
                                    pinna_placement* place);
/** It goes where it has been placed. */
PINNA_REALTIME void pinna_mix_aim(pinna_renderer* renderer, uint32_t slot, const pinna_source_params* params,
                                  pinna_placement* place, bool jump);
/** A segment of its samples, NULL for silence; what is to be heard of them instead. */
PINNA_REALTIME const float* pinna_mix_feed(pinna_renderer* renderer, uint32_t slot, const float* samples,
                                           pinna_segment segment);

/* swap.c: one set for another at run time. */

/** Takes over a set the control side has given, if the last change has died away. */
PINNA_REALTIME void pinna_swap_begin_period(pinna_renderer* renderer);

#endif
