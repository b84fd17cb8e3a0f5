/* SPDX-License-Identifier: MIT */
#include "live_face.h"
#include "live_text.h"
#include "live_window.h"

#include <signal.h>
#include <time.h>

static volatile sig_atomic_t ended;

static void end(int number)
{
    (void)number;
    ended = 1;
}

static pinna_status run_without(pinna_live_session* session)
{
    while (!ended && !pinna_live_session_look(session).done) {
        pinna_live_session_update(session);
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    return PINNA_OK;
}

pinna_status pinna_live_face_run(const pinna_live_face_config* config, pinna_report* report)
{
    ended = 0;
    signal(SIGINT, end);
    signal(SIGTERM, end);
    signal(SIGHUP, end);
    pinna_live_face face = config->face;
    if (face == PINNA_LIVE_FACE_AUTO)
        face = pinna_live_window_is_possible() ? PINNA_LIVE_FACE_WINDOW : PINNA_LIVE_FACE_TEXT;
    if (face == PINNA_LIVE_FACE_WINDOW) return pinna_live_window_run(config, &ended, report);
    if (face == PINNA_LIVE_FACE_TEXT) return pinna_live_text_run(config, &ended, report);
    return run_without(config->session);
}
