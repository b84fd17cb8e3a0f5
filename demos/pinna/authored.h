/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_AUTHORED_H
#define PINNA_DEMOS_AUTHORED_H

#include "automation.h"

#include <pinna/renderer.h>

/* An authored object in a renderer: one source of the renderer for each slot of its automation (automation.h), each
   with the samples of the legs heard there. All frames are the scene's. */
typedef struct pinna_authored pinna_authored;

/** How a pose becomes a source's parameters at a frame. */
typedef pinna_source_params (*pinna_authored_place)(void* user, size_t source, pinna_pose pose, uint64_t frame);

typedef struct pinna_authored_config {
    const pinna_automation* automation; /**< Started; must outlive the object. */
    pinna_renderer* renderer;           /**< With room for pinna_automation_slot_count() more sources. */
    size_t source;                      /**< For place. */
    pinna_authored_place place;
    void* user;
    uint64_t start_frame;   /**< Where the automation's time begins. */
    uint32_t travel_frames; /**< That the set delays sound from the front; see pinna_authored_set_next(). */
    uint32_t window_frames;
    bool unrest;            /**< Its place depends on more than its automation: it is set at every point. */
} pinna_authored_config;

/** Creates it, at the place it has at a frame. */
PINNA_NODISCARD pinna_status pinna_authored_create(const pinna_authored_config* config, uint64_t frame,
                                                   pinna_authored** out);

/** Overwrites the windows' last frames. @param samples Of which the first is at frame, the automation not applied;
    NULL: silence. */
void pinna_authored_read(pinna_authored* authored, const float* samples, uint64_t frame, size_t frame_count);

/** Moves the windows' content to their beginning, but for the first frame_count frames. */
void pinna_authored_shift(pinna_authored* authored, size_t frame_count);

/**
 * At a point of the renderer's grid: where everything is to be at the next. A filter that is changed changes what is on
 * its way to the ears, too: what leaves there now was heard at the source travel_frames earlier, and is to come from
 * where the object was then.
 */
void pinna_authored_set_next(pinna_authored* authored, uint64_t now, uint64_t next);

/** Lists the slots that sound, or did so a while ago. @param at Index of frame in the windows. @return How many. */
size_t pinna_authored_collect(pinna_authored* authored, uint64_t frame, size_t at, pinna_input* inputs);

/** NULL is accepted. Its sources go with the renderer. */
void pinna_authored_destroy(pinna_authored* authored);

#endif
