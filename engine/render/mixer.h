/* SPDX-License-Identifier: MIT */
/*
 * What the mix does to sources, on the audio side: levels and tone by category, ducking, what the scene hangs on. The
 * room's part is in space.h.
 */
#ifndef PINNA_RENDER_MIXER_H
#define PINNA_RENDER_MIXER_H

#include <pinna/mix.h>

#include "base/mailbox.h"
#include "dsp/presence.h"
#include "render/glide.h"
#include "scene/scene.h"

typedef struct pinna_placement pinna_placement;

/** A mix made ready: levels linear, time constants as shares per period. */
typedef struct pinna_mix {
    pinna_mix_params params;
    float gain[PINNA_CATEGORY_COUNT];     /**< The mix's included; the direct stereo's without. */
    float presence[PINNA_CATEGORY_COUNT]; /**< As presence.h has it. */
    float room[PINNA_CATEGORY_COUNT];
    float duck_attack, duck_release, recentre;
    float duck_energy; /**< Threshold, mean square. */
    bool ducks;        /**< Some category does, and some is turned down. */
    bool plain;        /**< It changes nothing of any source. */
} pinna_mix;

/** A source as the mix sees it. */
typedef struct pinna_mixed_source {
    pinna_category category;
    pinna_category came_from; /**< Its category at the period's beginning. */
    float presence_from, presence_to;
    float room;      /**< What its category sends into the room, the mix's level included. */
    float nearness;  /**< Share of its near field. */
    bool fresh;      /**< It starts: no way to where it goes. */
    uint32_t since;  /**< The mix's serial when it did. */
    uint32_t period; /**< In which it was placed; in a later one it has arrived. */
    pinna_presence presence;
} pinna_mixed_source;

typedef struct pinna_mixer {
    uint32_t ramp_frames;
    double period_s;
    pinna_mailbox mailbox;
    pinna_mix snapshots[PINNA_MAILBOX_SLOTS];
    const pinna_mix* mix; /**< The one in force. */
    pinna_mix before;     /**< The one its levels come from. */
    pinna_glide glide;
    uint32_t period;      /**< Counts them. */
    pinna_presence_filter presence;
    pinna_mixed_source* sources; /**< [slot] */

    double duck_sum;     /**< Of squares of what ducks, in the period being rendered. */
    double duck_hold_s;  /**< Still to be held. */
    float duck_share;    /**< 0: nothing is turned down, 1: all of it. */
    float duck_from[PINNA_CATEGORY_COUNT], duck_to[PINNA_CATEGORY_COUNT];
    float direct_from, direct_to; /**< Level of the direct stereo. */

    pinna_listener_state heard; /**< The listener as published. */
    float centre_rad;           /**< How far the scene has followed the head's yaw. */
} pinna_mixer;

void pinna_mixer_place(pinna_mixer* mixer, pinna_arena* arena, uint32_t slot_count, uint32_t ramp_frames,
                       double sample_rate_hz);

/** Control side. */
void pinna_mixer_set(pinna_mixer* mixer, const pinna_mix_params* params);

/** The newest mix; true where all sources are to be placed again: it is new, or its levels are on their way. */
PINNA_REALTIME bool pinna_mixer_take(pinna_mixer* mixer);

/** A period begins: ducking goes on. */
PINNA_REALTIME void pinna_mixer_begin_period(pinna_mixer* mixer);

/** A slot's source starts anew. */
PINNA_REALTIME void pinna_mixer_start(pinna_mixer* mixer, uint32_t slot);

/** Where a source has been placed by its own parameters, the mix has its say. */
PINNA_REALTIME void pinna_mixer_aim(pinna_mixer* mixer, uint32_t slot, const pinna_source_params* params,
                                    pinna_placement* place);

/**
 * A source whose nearness comes or goes is moved to where so much of it is heard. After all else has been said of it.
 *
 * @param far_m  From where on there is no nearness.
 */
PINNA_REALTIME void pinna_mixer_bring_near(const pinna_mixer* mixer, uint32_t slot, float far_m,
                                           pinna_placement* place);

/**
 * A segment of a source.
 *
 * @param gain  With which it will be heard.
 * @param row   For the result where it is not the samples themselves; may be the samples.
 */
PINNA_REALTIME const float* pinna_mixer_run(pinna_mixer* mixer, const pinna_kernels* kernels, uint32_t slot,
                                            const float* samples, float gain, pinna_segment segment, float* row);

/** A source's priority, or its category's. */
static inline uint8_t pinna_mixer_priority(const pinna_mixer* mixer, const pinna_source_params* params)
{
    uint8_t least = mixer->mix->params.categories[params->category].priority;
    return params->priority > least ? params->priority : least;
}

/** Takes over a listener as published; the result is how the head is turned against the scene. */
PINNA_REALTIME pinna_listener_state pinna_mixer_listen(pinna_mixer* mixer, const pinna_listener_state* listener);

/** The scene follows the head for one period; true where it has moved and the result differs. */
PINNA_REALTIME bool pinna_mixer_recentre(pinna_mixer* mixer, pinna_listener_state* out);

#endif
