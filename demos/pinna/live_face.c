/* SPDX-License-Identifier: MIT */
#include "live_face.h"

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
    (void)report;
    ended = 0;
    signal(SIGINT, end);
    signal(SIGTERM, end);
    signal(SIGHUP, end);
    return run_without(config->session);
}
