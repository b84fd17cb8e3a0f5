/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_KEYS_H
#define PINNA_DEMOS_LIVE_KEYS_H

/* What can be done in a live session, and by which key; a window draws each key as a button too. */

typedef enum pinna_live_action {
    PINNA_LIVE_PAUSE,
    PINNA_LIVE_NEXT_SCENE,
    PINNA_LIVE_AGAIN,
    PINNA_LIVE_NEXT_PRESET,
    PINNA_LIVE_NEXT_ROOM,
    PINNA_LIVE_NEXT_HEAD,
    PINNA_LIVE_EQUALIZE,
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
    const char* label; /**< For people: "next scene". Empty: it shares that of the key after it. */
} pinna_live_key;

/** In the order to show them; ends with a NULL key. */
extern const pinna_live_key pinna_live_keys[];

/** The action of a key, or PINNA_LIVE_ACTION_COUNT. */
pinna_live_action pinna_live_action_of_key(const char* key);

#endif
