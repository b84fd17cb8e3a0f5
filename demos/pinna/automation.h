/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_AUTOMATION_H
#define PINNA_DEMOS_AUTOMATION_H

#include <pinna/base.h>
#include <pinna/geometry.h>

/*
 * What an authored object does over time, by the rules of ADM (ITU-R BS.2076, rendering as in BS.2127): a list of
 * blocks, silence between them. Times are exact fractions until they become frames; gains and the edges of blocks hold
 * to the frame, whatever the block size of the renderer.
 */

/** A time: whole seconds and a fraction of one. */
typedef struct pinna_moment {
    uint32_t seconds;
    uint32_t numerator, denominator; /**< numerator < denominator. */
} pinna_moment;

enum { PINNA_MOMENT_MAX_S = 1000000 };

/** The nearest frame. */
uint64_t pinna_moment_frame(pinna_moment moment, uint32_t sample_rate_hz);

/** The time after both, to a nanosecond where their denominators are strangers to each other. */
pinna_moment pinna_moment_add(pinna_moment a, pinna_moment b);

/** How the room cube of cartesian coordinates is read (automation_cube.c). */
typedef enum pinna_cube {
    PINNA_CUBE_7_1_4,   /**< Corners are those of 7.1.4: a bed channel and an object at one place coincide. Default. */
    PINNA_CUBE_5_1,     /**< BS.2127 section 10, corners of 5.1. */
    PINNA_CUBE_LITERAL, /**< Plain geometry. */
    PINNA_CUBE_COUNT
} pinna_cube;

/** Names of pinna_cube; ends with NULL. */
extern const char* const pinna_cube_names[];

/** From the cube (x right, y front, z up, -1 to 1) to a direction times a distance, AES69 axes. */
pinna_vec3 pinna_cube_place(pinna_cube cube, double x, double y, double z);

/** One block. A film has a million of them: they are kept small. */
typedef struct pinna_automation_block {
    uint64_t start, end;  /**< Frames; end may be UINT64_MAX. */
    uint32_t ramp_frames; /**< From start on, everything glides from the block before, if that ends here. */
    float place[3];       /**< Azimuth, elevation in degrees and distance; or x, y, z of the cube. */
    float gain;           /**< Linear. */
    float extent_deg;     /**< 0 to 360, whole angle. */
    float diffuse;        /**< 0 to 1. */
    bool cartesian : 1;
    bool head_locked : 1; /**< Moves with the head. */
    bool bypass : 1;      /**< No HRTF: panned between the ears. */
    bool cut : 1;         /**< Begins a leg. Found out by start(), as is slot. */
    uint8_t slot;         /**< Of its leg, below PINNA_AUTOMATION_SLOTS. */
} pinna_automation_block;

/*
 * Nothing glides through the air at ten thousand degrees a second: a source moved that fast would change its pitch, and
 * lose what is on its way to the ears. Where an object jumps, or moves faster than PINNA_PATH_MAX_DEG_PER_S, it ends a
 * *leg* and begins another: it is crossfaded from the one to the other over the time the move takes, as loudspeakers do
 * by their gains. A leg is heard in a slot; the next one in the next slot, so that what sounded in the last ones can
 * die away where it was.
 */
enum { PINNA_AUTOMATION_SLOTS = 4 };

/** What holds for all blocks. */
typedef struct pinna_automation_config {
    pinna_cube cube;
    uint64_t from, to; /**< Silent before and from there on, frames. */
    float distance_m;  /**< How far off it is heard, as a room tells; its level is the authored one at any distance. */
    bool scaled;       /**< The blocks' distances are shares of distance_m. */
} pinna_automation_config;

/** The 7.1.4 cube, never silent, at a metre. */
pinna_automation_config pinna_automation_config_default(void);

/** Where an object is at one time. */
typedef struct pinna_pose {
    pinna_vec3 position; /**< AES69 axes, metres. */
    float extent_m;      /**< Radius. */
    bool head_locked, bypass;
} pinna_pose;

typedef struct pinna_automation pinna_automation;

/** Makes an automation. @param blocks One or more, in order of their starts; from malloc, taken over, also on
    failure. */
PINNA_NODISCARD pinna_status pinna_automation_create(pinna_automation_block* blocks, size_t block_count,
                                                     const pinna_automation_config* config, pinna_automation** out);

/** Takes all times from one sampling rate to another, to the nearest frame, and finds the legs. Call once, before what
    is below. */
void pinna_automation_start(pinna_automation* automation, uint32_t from_hz, uint32_t to_hz);

/** Where the object is. Before the first block: where that begins; in gaps: where the block before ended. */
pinna_pose pinna_automation_pose_at(const pinna_automation* automation, uint64_t frame);

/** Multiplies samples, of which the first is at a frame, by the gain there. False where all of that is silence. */
bool pinna_automation_apply(const pinna_automation* automation, uint64_t frame, float* samples, size_t frame_count);

/** Writes samples by the gain of one slot: over all slots these add up to what apply() gives. False where all of it is
    silence. */
bool pinna_automation_apply_slot(const pinna_automation* automation, uint32_t slot, uint64_t frame,
                                 const float* samples, float* out, size_t frame_count);

/** Slots in use, 1 where there is a single leg. */
uint32_t pinna_automation_slot_count(const pinna_automation* automation);

/** Goes through the legs in order of time. */
typedef struct pinna_automation_cursor {
    size_t block, leg; /**< Where it is, and the block that began this leg. */
} pinna_automation_cursor;

pinna_automation_cursor pinna_automation_cursor_at(const pinna_automation* automation, uint64_t frame);

/** Goes on to the next leg that begins before a frame; false where there is none. */
bool pinna_automation_next_leg(const pinna_automation* automation, pinna_automation_cursor* cursor, uint64_t before);

/** The slot of the cursor's leg. */
uint32_t pinna_automation_slot_of(const pinna_automation* automation, const pinna_automation_cursor* cursor);

/** Where the object is on the cursor's leg, which it has not left by this frame; before the leg begins, where it
    begins. */
pinna_pose pinna_automation_pose_on_leg(const pinna_automation* automation, const pinna_automation_cursor* cursor,
                                        uint64_t frame);

/** Whether that is the same at all frames from first to last. */
bool pinna_automation_rests(const pinna_automation* automation, const pinna_automation_cursor* cursor, uint64_t first,
                            uint64_t last);

size_t pinna_automation_block_count(const pinna_automation* automation);
const pinna_automation_block* pinna_automation_blocks(const pinna_automation* automation);

/** Whether it is wider than a point at any time. */
bool pinna_automation_is_wide(const pinna_automation* automation);

/** NULL is accepted. */
void pinna_automation_destroy(pinna_automation* automation);

#endif
