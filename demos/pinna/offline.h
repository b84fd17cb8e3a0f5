/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_OFFLINE_H
#define PINNA_DEMOS_OFFLINE_H

#include "brir.h"
#include "feed.h"
#include "scene.h"

#include <pinna/renderer.h>

/*
 * Renders a scene as fast as the machine can, or as fast as it is heard, through the same renderer a game would use.
 *
 * The renderer takes up parameters on a grid of ramp_frames and glides to reach them at the next grid point. At each
 * grid point the parameters of the next one are set, so sound and scene are in step; and no call to process crosses a
 * grid point, so the output does not depend on the block size.
 */
typedef struct pinna_offline pinna_offline;

/** Where a head tracker says the head will be at a frame: sets head_position and head_orientation. Called on the thread
    that renders, for each grid point. */
typedef void (*pinna_offline_head)(void* user, uint64_t frame, pinna_listener_params* params);

typedef struct pinna_offline_config {
    const pinna_scene* scene; /**< Must outlive the renderer. */
    pinna_feed** feeds;       /**< One per source, started. Kept, not owned. */
    pinna_hrtf* hrtf;
    uint32_t sample_rate_hz;
    uint32_t block_frames; /**< Most frames per call to process. */
    uint32_t ramp_frames;
    uint32_t read_frames; /**< Read from files at once, up to PINNA_FEED_MAX_FRAMES; 0: block_frames. */
    uint64_t first_frame; /**< Begins there, or a little before: at pinna_offline_position(). Default 0. */
    bool fold;            /**< May convolve beds that stand still by transforms alone (fold.h). */
    uint32_t tail_frames; /**< Rendered after the last input. */
    pinna_method method;
    bool limiter;
    bool near_field;
    const pinna_preset* preset; /**< Its mix and room; NULL: flat. The head is to be prepared for it. Copied. */
    uint32_t max_tap_count; /**< Longest filters of a set given later; 0: as long as hrtf's. */
    const pinna_brir* brir; /**< The measured room of sources with PINNA_ROUTE_ROOM; must outlive the renderer. */
    pinna_offline_head head; /**< Moves the head on top of what the scene says; may be NULL. */
    void* head_user;
} pinna_offline_config;

/** The ramp_frames to take where nothing is asked for: fine steps while few sources sound, coarser ones for many, and
    in a room, where each has its reflections. */
uint32_t pinna_offline_usual_ramp(const pinna_scene* scene, const pinna_preset* preset);

PINNA_NODISCARD pinna_status pinna_offline_create(const pinna_offline_config* config, pinna_offline** out);

/** Frames of the whole render, or PINNA_FEED_UNKNOWN while a stream's end is not known. */
uint64_t pinna_offline_frame_count(const pinna_offline* offline);

/** Renders the next frames, at most PINNA_RENDERER_MAX_BLOCK_FRAMES. Returns their count; 0 at the end. The samples are
    valid until the next call. Files may be read ahead of what is rendered. */
size_t pinna_offline_next(pinna_offline* offline, const float** left, const float** right);

/** The same, of at most frame_count frames. */
size_t pinna_offline_next_within(pinna_offline* offline, size_t frame_count, const float** left, const float** right);

/** The next frame to be rendered. */
uint64_t pinna_offline_position(const pinna_offline* offline);

/** For giving it another set while it runs. Still owned. */
pinna_renderer* pinna_offline_renderer(pinna_offline* offline);

/** NULL is accepted. */
void pinna_offline_destroy(pinna_offline* offline);

#endif
