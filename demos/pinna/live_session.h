/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_SESSION_H
#define PINNA_DEMOS_LIVE_SESSION_H

#include "live_keys.h"
#include "live_output.h"
#include "live_range.h"
#include "live_trackers.h"

/*
 * A live session without its face: engine, output, trackers, and what can be chosen while it plays. Window and text
 * mode call the same actions and draw the same view. All calls from one thread, the control thread.
 */
typedef struct pinna_live_session pinna_live_session;

typedef struct pinna_live_session_config {
    const char* scene;             /**< File or built-in name to begin with. */
    const char* text;              /**< JSON text instead of the scene's file; or NULL. */
    pinna_live_choices choices;    /**< At least one head; heads is filled in. */
    pinna_live_sound sound;        /**< To begin with. */
    const char* headphones;        /**< What choices.equalizer is called; NULL: none. */
    uint32_t sample_rate_hz, period_frames, queue_periods, ramp_frames;
    double seconds;                /**< Ends after so long; INFINITY: never. */
    double volume_db;
    bool silent, exit_on_loss, limiter;
    bool by_hand; /**< Rendered by pinna_live_session_render() alone, as fast as it is called. */
    bool once; /**< Ends with the scene instead of playing it again. */
    pinna_head_filter_config filter;
    pinna_live_trackers_config trackers; /**< head is filled in. */
    pinna_live_range_config range;       /**< Of the scene "range", which asks where it was heard. */
    bool end_with_range;                 /**< Ends with the last answer. */
} pinna_live_session_config;

/** Loads the first scene and starts playing it. @param report On failure why. */
PINNA_NODISCARD pinna_status pinna_live_session_create(const pinna_live_session_config* config, pinna_report* report,
                                                       pinna_live_session** out);

/** NULL is accepted. */
void pinna_live_session_destroy(pinna_live_session* session);

/** Renders the next period of a session by hand, interleaved stereo: for tests. From the same thread as all else. */
void pinna_live_session_render(pinna_live_session* session, float* stereo);

/** Whether something asked for is still being loaded. */
bool pinna_live_session_is_busy(const pinna_live_session* session);

/** Does what is due: finishes loading, plays the scene again, frees. Call 10 to 100 times a second. */
void pinna_live_session_update(pinna_live_session* session);

void pinna_live_session_act(pinna_live_session* session, pinna_live_action action);

/** The head as moved by a mouse. Degrees. */
void pinna_live_session_nudge(pinna_live_session* session, float yaw_deg, float pitch_deg, float roll_deg);

/** Where the listener says the target of the shooting range is; degrees from the front of the room. */
void pinna_live_session_answer(pinna_live_session* session, float azimuth_deg, float elevation_deg);

/** Plays a scene, a file's or a built-in's, or text under that name. It is loaded in the background. */
void pinna_live_session_play(pinna_live_session* session, const char* name, const char* text);

typedef struct pinna_live_session_view {
    pinna_live_engine_view engine;
    pinna_live_output_view output;
    pinna_live_trackers_view trackers;
    pinna_live_player* player;
    const char* preset;
    const char* room;
    char head_name[64];     /**< Of the HRTF set. */
    const char* headphones; /**< What is equalised for; NULL: nothing, or off. */
    const pinna_listening_test* range; /**< While one is on or its results are shown; else NULL. */
    bool range_done;
    double volume_db;
    bool paused, loading, done;
    char message[200];   /**< What is to be told; empty after a while. */
    char question[120];  /**< What the listener is asked to do, or empty. */
    uint32_t sample_rate_hz, period_frames;
} pinna_live_session_view;

/** Valid until the next update. */
pinna_live_session_view pinna_live_session_look(pinna_live_session* session);

/** Level of a source's sound as its distance leaves it, dB. */
double pinna_live_session_level_db(const pinna_live_session_view* view, size_t source);

#endif
