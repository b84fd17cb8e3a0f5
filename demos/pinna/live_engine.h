/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_ENGINE_H
#define PINNA_DEMOS_LIVE_ENGINE_H

#include "live_head.h"
#include "live_player.h"

/*
 * What a live session plays: one scene at a time, heard by a head that moves. Knows no device and no clock of its own,
 * so that the same engine runs behind OpenAL and, faster than time, in tests.
 *
 * Changing scenes: the new player fades in while the old one fades out; the old one then goes back to the control
 * thread, which frees it. Changing how a scene sounds is the same, with a player that begins where the old one will be:
 * whatever is different, preset, room or head, two whole renders of the same moment are faded over, and nothing clicks.
 */
typedef struct pinna_live_engine pinna_live_engine;

enum { PINNA_LIVE_PERIOD_MAX = 4096 };

PINNA_NODISCARD pinna_status pinna_live_engine_create(uint32_t sample_rate_hz, pinna_live_engine** out);

/** Frees all players. NULL is accepted. Never while the audio thread renders. */
void pinna_live_engine_destroy(pinna_live_engine* engine);

/* ---- Audio thread ---- */

/**
 * Renders a period, interleaved stereo.
 *
 * @param now_s        The clock, now.
 * @param heard_s      When the period's first frame will be heard.
 * @param frame_count  1 to PINNA_LIVE_PERIOD_MAX.
 */
void pinna_live_engine_render(pinna_live_engine* engine, double now_s, double heard_s, float* stereo,
                              size_t frame_count);

/** The period has been handed to the device's queue. As pinna_live_head_end(). */
double pinna_live_engine_queued(pinna_live_engine* engine, double now_s);

/* ---- Control thread ---- */

/** Plays another scene from now on and takes the player over. False where a change is still under way: ask again. */
bool pinna_live_engine_play(pinna_live_engine* engine, pinna_live_player* player);

/** The player asked for last; NULL before the first. Valid until collect. */
pinna_live_player* pinna_live_engine_player(const pinna_live_engine* engine);

/** Frees what is no longer heard. Call now and then. */
void pinna_live_engine_collect(pinna_live_engine* engine);

/** 0 to 2, default 1; glides. */
void pinna_live_engine_set_volume(pinna_live_engine* engine, float volume);
/** Stands still, silent after a short fade. */
void pinna_live_engine_set_paused(pinna_live_engine* engine, bool paused);

/* ---- Any thread ---- */

/** For pushing samples and commands. */
pinna_live_head* pinna_live_engine_head(pinna_live_engine* engine);

/** What can be shown of the engine, of the latest period. */
typedef struct pinna_live_engine_view {
    pinna_live_head_view head;
    float peak_db[2]; /**< Highest of the period, per ear. */
    const pinna_live_player* player; /**< Of it; not necessarily alive any more. */
    bool ended;                      /**< The player has come to its end. */
    uint64_t frames;  /**< Rendered so far. */
} pinna_live_engine_view;

/** Thread: one, the control thread. */
pinna_live_engine_view pinna_live_engine_look(pinna_live_engine* engine);

#endif
