/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_FACE_H
#define PINNA_DEMOS_LIVE_FACE_H

#include "live_session.h"

/* What a session looks like: a window, text in a terminal, or nothing. */
typedef enum pinna_live_face {
    PINNA_LIVE_FACE_AUTO, /**< A window where there is a display, else text. */
    PINNA_LIVE_FACE_WINDOW,
    PINNA_LIVE_FACE_TEXT,
    PINNA_LIVE_FACE_NONE,
} pinna_live_face;

typedef struct pinna_live_face_config {
    pinna_live_session* session;
    pinna_live_face face;
    const char* screenshot; /**< PNG of the last picture; NULL: none. */
} pinna_live_face_config;

/** Shows the session and obeys keys and mouse until it is done or a signal ends it. */
PINNA_NODISCARD pinna_status pinna_live_face_run(const pinna_live_face_config* config, pinna_report* report);

#endif
