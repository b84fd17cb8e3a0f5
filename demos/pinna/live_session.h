/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_SESSION_H
#define PINNA_DEMOS_LIVE_SESSION_H

#include "live_output.h"
#include "live_range.h"
#include "live_trackers.h"

/*
 * A live session without its face: engine, output, trackers, and what can be chosen while it plays. Window and text
 * mode call the same actions and draw the same view. All calls from one thread, the control thread.
 */
typedef struct pinna_live_session pinna_live_session;

enum { PINNA_LIVE_HEAD_MAX = 16 };

typedef struct pinna_live_session_config {
    const char* scene;             /**< File or built-in name to begin with. */
    const char* text;              /**< JSON text instead of the scene's file; or NULL. */
    const char* const* sofa_files; /**< Heads to choose from; NULL stands for the default one. */
    size_t sofa_count;             /**< 1 to PINNA_LIVE_HEAD_MAX. */
    uint32_t sample_rate_hz, period_frames, queue_periods, ramp_frames;
    double seconds;                /**< Ends after so long; INFINITY: never. */
    double volume_db;
    bool silent, exit_on_loss, limiter;
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

/** Does what is due: finishes loading, plays the scene again, frees. Call 10 to 100 times a second. */
void pinna_live_session_update(pinna_live_session* session);

typedef enum pinna_live_action {
    PINNA_LIVE_PAUSE,
    PINNA_LIVE_NEXT_SCENE,
    PINNA_LIVE_AGAIN,
    PINNA_LIVE_NEXT_HEAD,
    PINNA_LIVE_NEXT_TRACKER,
    PINNA_LIVE_RECENTRE,
    PINNA_LIVE_CALIBRATE,
    PINNA_LIVE_INVERT_YAW,
    PINNA_LIVE_INVERT_PITCH,
    PINNA_LIVE_INVERT_ROLL,
    PINNA_LIVE_PREDICT,
    PINNA_LIVE_LOUDER,
    PINNA_LIVE_SOFTER,
    PINNA_LIVE_TURN_LEFT,
    PINNA_LIVE_TURN_RIGHT,
    PINNA_LIVE_LOOK_UP,
    PINNA_LIVE_LOOK_DOWN,
    PINNA_LIVE_TILT_LEFT,
    PINNA_LIVE_TILT_RIGHT,
    PINNA_LIVE_CONFIRM, /**< The next step of a calibration or listening test; otherwise pauses. */
    PINNA_LIVE_CANCEL,  /**< Ends a calibration or listening test; otherwise the session. */
    PINNA_LIVE_QUIT,
    PINNA_LIVE_ACTION_COUNT
} pinna_live_action;

/** How an action is called by key: a letter, or one of the names "left", "right", "up", "down", "space", "escape". */
typedef struct pinna_live_key {
    const char* key;
    pinna_live_action action;
    const char* label; /**< For people: "next scene". */
} pinna_live_key;

/** In the order to show them; ends with a NULL key. */
extern const pinna_live_key pinna_live_keys[];

/** The action of a key, or PINNA_LIVE_ACTION_COUNT. */
pinna_live_action pinna_live_action_of_key(const char* key);

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
    const pinna_live_player* player;
    const char* preset;
    const char* head_name; /**< Of the HRTF set. */
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
