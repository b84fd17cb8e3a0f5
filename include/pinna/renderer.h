/* SPDX-License-Identifier: MIT */
#ifndef PINNA_RENDERER_H
#define PINNA_RENDERER_H

#include <pinna/base.h>
#include <pinna/equalizer.h>
#include <pinna/geometry.h>
#include <pinna/hrtf.h>
#include <pinna/mix.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * Renders point sources to two ears. One control side sets sources and the listener, one audio side calls process.
 * Both may run at the same time; neither waits for the other. "Control" calls may come from several threads as long as
 * no two of them run at once on one renderer (or, for set calls, on one source).
 */

enum {
    PINNA_RENDERER_MAX_SOURCES = 65536,
    PINNA_RENDERER_MAX_BLOCK_FRAMES = 8192,
    PINNA_RENDERER_RAMP_MAX = 1024, /**< Largest ramp_frames. */
};

/** Sources, a listener and what is heard of them. Opaque. */
typedef struct pinna_renderer pinna_renderer;

/** Which way sources are convolved. */
typedef enum pinna_method {
    PINNA_METHOD_AUTO,  /**< Exact for few or important sources, batch for the rest. The default. */
    PINNA_METHOD_EXACT, /**< Every source has its own interpolated HRIR pair. */
    PINNA_METHOD_BATCH, /**< Sources share a bank of basis filters; cost per source is delays and gains. */
    PINNA_METHOD_COUNT
} pinna_method;

/** What a renderer is built for. Start from pinna_renderer_config_default(). */
typedef struct pinna_renderer_config {
    uint32_t sample_rate_hz;          /**< 8000 to 192000; must be the HRTF set's. Default 48000. */
    uint32_t max_block_frames;        /**< 1 to PINNA_RENDERER_MAX_BLOCK_FRAMES. Default 1024. */
    uint32_t max_source_count;        /**< 1 to PINNA_RENDERER_MAX_SOURCES. Default 64. */
    uint32_t ramp_frames;             /**< 1 to 1024. Default 128. New parameters are taken up on a grid of this many
                                           frames and reached, gliding, at its next point, whatever the block size. */
    uint32_t max_exact_count;         /**< Sources that can be on the exact path at once. Default 32, cut to
                                           max_source_count; with PINNA_METHOD_EXACT always max_source_count. */
    uint32_t max_wide_count;          /**< Sources with an extent whose width is heard at once; further ones are only
                                           blurred. Default 8, cut to max_source_count. */
    pinna_method method;              /**< Default PINNA_METHOD_AUTO. */
    pinna_axes axes;                  /**< Of every position and orientation handed in. Default AES69. */
    bool limiter;                     /**< Safety limiter at 0 dBFS, without look-ahead. Default true. */
    float max_propagation_m;          /**< 0 to 10000, metres. Sources with propagation are delayed at most as if this
                                           far. Default 0: no memory for it, propagation is ignored. Costs 566 bytes per
                                           source and metre at 48 kHz. */
    uint32_t max_tap_count;           /**< Longest filters a set given later may have. Default 0: the first set's. */
    bool room;                        /**< Memory for a room's tail: half a megabyte at 48 kHz. Default true. */
    uint32_t max_reflected_count;     /**< Sources that can have early reflections of their own at once; the others only
                                           send into the tail. Default 4, cut to max_source_count. Costs 0.2 MB each. */
    uint32_t max_room_tap_count;      /**< Longest measured room response. Default 0: no memory for one. */
    pinna_hrtf* hrtf;                 /**< Required. Retained until replaced or destroyed. */
    const pinna_allocator* allocator; /**< NULL (default): malloc. Used by create and destroy only. Copied. */
} pinna_renderer_config;

/** The defaults named above. The set is still missing. Any thread. */
PINNA_API pinna_renderer_config pinna_renderer_config_default(void);

/**
 * Creates a renderer, with all the memory it will ever use.
 *
 * @param config  Copied.
 * @param out     The renderer, or NULL on failure. Free with pinna_renderer_destroy().
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT or PINNA_ERROR_MEMORY.
 *
 * Thread: control.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_renderer_create(const pinna_renderer_config* config, pinna_renderer** out);

/** Destroys a renderer. NULL is accepted. Thread: control, never during process. */
PINNA_API void pinna_renderer_destroy(pinna_renderer* renderer);

/** Names a source. {0} is no source; an id outlives its source and is then refused. */
typedef struct pinna_source {
    uint32_t index1;     /**< Slot + 1. */
    uint32_t generation; /**< Tells this source from earlier ones in the same slot. */
} pinna_source;

/** How level falls with distance. Inverse is the physics of a point source. */
typedef enum pinna_distance_model {
    PINNA_DISTANCE_INVERSE,     /**< reference / (reference + rolloff (d - reference)). The default. */
    PINNA_DISTANCE_LINEAR,      /**< 1 - rolloff (d - reference) / (max - reference). */
    PINNA_DISTANCE_EXPONENTIAL, /**< (d / reference) ^ -rolloff. */
    PINNA_DISTANCE_NONE,        /**< 1. */
    PINNA_DISTANCE_COUNT
} pinna_distance_model;

/** Bands of transmission: below 800 Hz, up to 8 kHz, above. */
enum { PINNA_BAND_COUNT = 3 };

/** A whole snapshot of a source. Start from pinna_source_params_default(). Levels and places glide to a new
    snapshot. */
typedef struct pinna_source_params {
    pinna_vec3 position;                 /**< Host axes and units. Default (1, 0, 0) as it stands. */
    bool head_relative;                  /**< Position is in the head's frame: it moves with the head. Default false. */
    bool snap;                           /**< Jump to this snapshot instead of gliding to it (teleports). Default
                                              false. */
    pinna_category category;             /**< What the mix may do to it. Default PINNA_CATEGORY_EFFECT. */
    bool bypass;                         /**< No HRTF: panned between the ears at equal power. Default false. */
    bool near_field;                     /**< Within a metre, model what nearness does to each ear. Default false. */
    bool propagation;                    /**< Sound takes its time: delay, and Doppler shift of what moves. The delay
                                              follows over twice the time between one change of place and the next,
                                              0.24 s at most, so that hosts that move sources 60 times a second
                                              make one pitch. Default false. Limited by the config's
                                              max_propagation_m. */
    uint8_t priority;                    /**< 0 to 255. From 192 on a source stays on the exact path while there is a
                                              place. Default 128. */
    float gain;                          /**< Linear, 0 to 16. Default 1. */
    pinna_distance_model distance_model; /**< Default inverse. Distance is clamped to reference..max first. */
    float reference_distance_m;          /**< Distance of gain 1, 1e-6 to 1e9. Default 1. */
    float max_distance_m;                /**< No further fall beyond, reference to 1e9. Default 1000. */
    float rolloff;                       /**< 0 to 10. Default 1. */
    float air_absorption;                /**< 0 to 10: multiple of what air takes from high frequencies (0.1 dB/m above
                                              8 kHz; ISO 9613-1 at 20 degrees C, 50 % humidity). Default 0. */
    pinna_vec3 forward;                  /**< Host axes. Axis of the cone. Default ahead; of no account with full
                                              cones. */
    float cone_inner_deg;                /**< 0 to 360, whole angle within which the level is 1. Default 360. */
    float cone_outer_deg;                /**< inner to 360, whole angle beyond which it is cone_outer_gain. Default
                                              360. */
    float cone_outer_gain;               /**< Linear, 0 to 1. Default 0. */
    float extent_m;                      /**< 0 to 1000, radius of the source: it grows with nearness. Default 0. */
    float occlusion;                     /**< 0 (free) to 1 (wholly behind something). Default 0. */
    float transmission[PINNA_BAND_COUNT]; /**< Linear, 0 to 1 per band: what passes where occluded. Default 0. */
} pinna_source_params;

/** The defaults named above: a point source one metre off. Any thread. */
PINNA_API pinna_source_params pinna_source_params_default(void);

/**
 * Creates a source with default parameters.
 *
 * @param out  The id, or {0} on failure.
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT or PINNA_ERROR_FULL.
 *
 * Thread: control. Allocates nothing.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_source_create(pinna_renderer* renderer, pinna_source* out);

/** Destroys a source. @return PINNA_OK, PINNA_ERROR_STALE. Thread: control. */
PINNA_API pinna_status pinna_source_destroy(pinna_renderer* renderer, pinna_source source);

/**
 * Publishes a snapshot; the newest one before a ramp begins wins.
 *
 * @return PINNA_OK, PINNA_ERROR_STALE or PINNA_ERROR_ARGUMENT (not finite, out of range; nothing changes).
 *
 * Thread: control. Never waits.
 */
PINNA_API pinna_status pinna_source_set_params(pinna_renderer* renderer, pinna_source source,
                                               const pinna_source_params* params);

/** The listener. Start from pinna_listener_params_default(). */
typedef struct pinna_listener_params {
    pinna_vec3 position;         /**< Host axes and units. Default the origin. */
    pinna_quat orientation;      /**< Host axes. Of the body or camera. Default the identity. */
    pinna_vec3 head_position;    /**< Host axes and units, in the body's frame. Default 0. */
    pinna_quat head_orientation; /**< Host axes, on top of orientation: the tracker's. Default the identity. */
} pinna_listener_params;

/** The defaults named above: at the origin, not turned. Any thread. */
PINNA_API pinna_listener_params pinna_listener_params_default(void);

/** Publishes the listener. @return PINNA_OK or PINNA_ERROR_ARGUMENT. Thread: control. Never waits. */
PINNA_API pinna_status pinna_renderer_set_listener(pinna_renderer* renderer, const pinna_listener_params* params);

/** One source's mono input for one block. */
typedef struct pinna_input {
    pinna_source source;  /**< Whose. */
    const float* samples; /**< frame_count samples, nominally -1 to +1. Not kept. NULL: silence. */
} pinna_input;

/** Stereo that goes to the ears as it is: music, user interface, voice chat, sidetone. */
typedef struct pinna_direct {
    const float* left;  /**< frame_count samples. Not kept. */
    const float* right; /**< Likewise; may be the same as left. */
} pinna_direct;

/**
 * Renders one block, overwriting both outputs. Outputs must not alias inputs. Sources not listed, and those whose
 * samples are NULL, are silent; of a source listed twice the last entry counts. Stale ids are skipped. Samples that are
 * not finite are taken as 0.
 *
 * A sound that is cut out in the midst of a wave, or cut in (in a block of two frames or more, by a source that has not
 * just snapped), is faded over 2 ms, so that it does not click. A sound that starts from silence starts as it is.
 *
 * @param renderer     The renderer.
 * @param inputs       What sounds, in any order.
 * @param input_count  Entries of inputs.
 * @param left         frame_count samples of the left ear.
 * @param right        frame_count samples of the right ear.
 * @param frame_count  1 to max_block_frames; anything else renders nothing (outputs are cleared as far as allowed).
 *
 * Thread: audio. Real-time safe. Adds no latency.
 */
PINNA_API PINNA_REALTIME void pinna_renderer_process(pinna_renderer* renderer, const pinna_input* inputs,
                                                     size_t input_count, float* left, float* right, size_t frame_count);

/** The same, with stereo added that no HRTF touches; direct may be NULL. Thread: audio. Real-time safe. */
PINNA_API PINNA_REALTIME void pinna_renderer_process_with(pinna_renderer* renderer, const pinna_input* inputs,
                                                          size_t input_count, const pinna_direct* direct, float* left,
                                                          float* right, size_t frame_count);

/**
 * Gives the renderer another set. Every source changes over to it within one ramp, without a gap.
 *
 * @param hrtf  Retained. The set it replaces is given back by pinna_renderer_collect() once it has died away.
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT (another sampling rate) or PINNA_ERROR_LIMIT (filters longer than the config's
 *         max_tap_count, or delays beyond what the renderer has memory for).
 *
 * Thread: control. Never waits.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_renderer_set_hrtf(pinna_renderer* renderer, pinna_hrtf* hrtf);

/** Gives back sets that are no longer heard. Call now and then after pinna_renderer_set_hrtf(). Thread: control. */
PINNA_API void pinna_renderer_collect(pinna_renderer* renderer);

/**
 * Publishes the mix. Levels, presence, ducking, air, nearness and extent by category go to it over 40 ms (in whole
 * periods of ramp_frames), whatever ramp_frames is; a newer one waits until then, the newest wins. What begins to sound
 * after it was set, and all before the first block, starts there.
 *
 * @return PINNA_OK or PINNA_ERROR_ARGUMENT (a value out of range, see pinna_mix_check(); nothing changes).
 *         Thread: control. Never waits.
 */
PINNA_API pinna_status pinna_renderer_set_mix(pinna_renderer* renderer, const pinna_mix_params* mix);

/**
 * Publishes the room. Another room is crossfaded to over 45 ms; one that is switched off dies away. Sources become
 * softer by what the room adds to one at a metre, so that a room is as loud as none.
 *
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT (a value out of range, see pinna_room_check(); nothing changes) or
 *         PINNA_ERROR_UNSUPPORTED (the config asked for no room). Thread: control. Never waits; takes two milliseconds.
 */
PINNA_API pinna_status pinna_renderer_set_room(pinna_renderer* renderer, const pinna_room_params* room);

/**
 * A measured room in the place of reflections and tail, while a room is on. It is as loud (pink noise, BS.1770, both
 * ears) as the reflections and the tail of the room's parameters would be, whatever level it was stored at: level_db
 * changes that, and distance_falloff counts as ever. The response should not hold the direct sound, which sources bring
 * themselves.
 *
 * @param response  Created for a convolver of one input, two outputs and the config's max_room_tap_count. Retained
 *                  until replaced. NULL: back to the model.
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT (made for another config) or PINNA_ERROR_UNSUPPORTED (max_room_tap_count is
 *         0). Thread: control. Never waits.
 */
PINNA_API pinna_status pinna_renderer_set_room_response(pinna_renderer* renderer, pinna_response* response);

/**
 * Equalises all that is heard, direct stereo included, for the headphones worn; the limiter comes behind. A change is
 * faded to over 40 ms; before the first block it is there at once. Set before process, or while it runs.
 *
 * @param equalizer  Copied. NULL: none.
 * @return PINNA_OK or PINNA_ERROR_ARGUMENT (a value out of range; nothing changes). Thread: control. Never waits.
 */
PINNA_API pinna_status pinna_renderer_set_equalizer(pinna_renderer* renderer, const pinna_equalizer* equalizer);

PINNA_END_DECLS
#endif
