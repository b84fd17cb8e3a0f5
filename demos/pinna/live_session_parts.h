/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_SESSION_PARTS_H
#define PINNA_DEMOS_LIVE_SESSION_PARTS_H

#include "live_loader.h"
#include "live_session.h"

/* What the files of a session share: live_session.c, which keeps it going, and live_actions.c. */

#define PINNA_LIVE_RANGE "range" /* the built-in scene that asks */

enum { PINNA_LIVE_CALIBRATION_POSES = 4 };

struct pinna_live_session {
    pinna_live_session_config config;
    pinna_live_engine* engine;
    pinna_live_output* output;
    pinna_live_trackers* trackers;
    pinna_live_loader* loader;
    pinna_live_player* ready; /* loaded, to be played as soon as the engine takes it */
    pinna_live_player* again; /* loaded, to be played when the present one ends */
    pinna_live_sound sound;   /* wanted */
    double lead_s;            /* from asking for another sound to its beginning */
    bool lending; /* what plays shares its sounds with what is being loaded, and must stay until that is there */
    bool outdated;            /* what is being loaded belongs to a scene that is over */
    char* name;               /* of the scene asked for last, and its text where it has no file */
    char* text;
    bool wanted;              /* name is still to be loaded */
    bool cannot_repeat;       /* it could not be loaded once more */
    double volume_db;
    bool paused, done;
    char message[200];
    double message_s;
    uint32_t said_count, calibration_count;
    pinna_live_range* range;
    bool in_range;
    pinna_report range_report;
    int calibrating; /* 0: not; else the pose asked for */
    pinna_quat poses[PINNA_LIVE_CALIBRATION_POSES];
};

/** Shows a message for a while. */
void PINNA_PRINTF(2, 3) pinna_live_tell(pinna_live_session* session, const char* format, ...);

void pinna_live_send(pinna_live_session* session, const pinna_live_head_command* command);

void pinna_live_begin_range(pinna_live_session* session);

/** Where the nose points is the answer. */
void pinna_live_answer_by_head(pinna_live_session* session);

#endif
