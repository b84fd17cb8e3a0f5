/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_FEED_H
#define PINNA_DEMOS_FEED_H

#include "scene.h"

/* The samples of one source of a scene on the scene's clock: silence until it starts, then its file, with gain, fades
   and loops applied. Streams; memory does not grow with the file. */
typedef struct pinna_feed pinna_feed;

enum { PINNA_FEED_MAX_FRAMES = 8192 };

/** Where a feed ends whose file does not tell its length. */
#define PINNA_FEED_UNKNOWN UINT64_MAX

/** Opens the feeds of all sources of a scene. Those that begin a file at the same time read it together; they must then
    be taken from in step.
    @param feeds One per source, NULL at first; close those that are not NULL, also on failure. */
PINNA_NODISCARD pinna_status pinna_feed_open_all(const pinna_scene* scene, pinna_report* report, pinna_feed** feeds);

/**
 * The same, with all sounds taken into memory, each once however many sources have it: take then needs no disk.
 *
 * @param like        A scene whose sounds are in memory already, or NULL; what this one has of them is shared.
 * @param like_feeds  Its feeds, loaded so; they may be taken from meanwhile, but not be closed.
 */
PINNA_NODISCARD pinna_status pinna_feed_load_all(const pinna_scene* scene, const pinna_scene* like,
                                                 pinna_feed* const* like_feeds, pinna_report* report,
                                                 pinna_feed** feeds);

uint32_t pinna_feed_file_rate_hz(const pinna_feed* feed);

/** Sets the clock. Call once, before take. @param gain_db Added to the source's. @param limit_s Silent from there on.
 */
PINNA_NODISCARD pinna_status pinna_feed_start(pinna_feed* feed, uint32_t sample_rate_hz, double gain_db, double limit_s,
                                              pinna_report* report);

/** Its source's automation is applied by somebody else. Call before take. */
void pinna_feed_leave_automation(pinna_feed* feed);

/** Its gain, the scene's with it, is applied by somebody else, up to most: what lies in memory as it is to sound is
   then not copied. Call after start, before take. @return What is to be applied, linear. */
float pinna_feed_leave_gain(pinna_feed* feed, float most);

/** The first frame after the last sound; becomes known at the end of a stream without a length. */
uint64_t pinna_feed_end_frame(const pinna_feed* feed);

/** The next frames, valid until the next call, or NULL where all are silent. @param frame_count 1 to the maximum. */
const float* pinna_feed_take(pinna_feed* feed, size_t frame_count);

/** Goes on to a later frame of the scene, before the first take. All feeds opened together must go. */
PINNA_NODISCARD pinna_status pinna_feed_skip(pinna_feed* feed, uint64_t frame);

/** Mean square of what was taken since this was last called; 0 the first time, and first after a second or more. */
double pinna_feed_take_power(pinna_feed* feed);

/** Adds what was odd while reading. */
void pinna_feed_remarks(const pinna_feed* feed, pinna_report* report);

/** NULL is accepted. */
void pinna_feed_close(pinna_feed* feed);

#endif
