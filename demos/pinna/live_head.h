/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_HEAD_H
#define PINNA_DEMOS_LIVE_HEAD_H

#include <pinna/tracking.h>

/*
 * The listener's head in a live session. Tracker threads push samples, the control thread sends commands; the audio
 * thread owns the pose filter and takes the pose as late as it can: when a period is about to be rendered.
 *
 * Times are seconds of one clock (pinna_progress_now_s, or a virtual one in tests).
 */
typedef struct pinna_live_head pinna_live_head;

PINNA_NODISCARD pinna_status pinna_live_head_create(pinna_live_head** out);
/** NULL is accepted. */
void pinna_live_head_destroy(pinna_live_head* head);

/* ---- Any thread but audio ---- */

/** Hands over a sample; time_s is when it arrived. False where the audio thread has fallen behind: then it is lost. */
bool pinna_live_head_push(pinna_live_head* head, const pinna_head_sample* sample);

typedef enum pinna_live_head_order {
    PINNA_LIVE_HEAD_CENTRE,     /**< Where the head faces now is the front. */
    PINNA_LIVE_HEAD_CENTRE_ALL, /**< The pose now held is neutral. */
    PINNA_LIVE_HEAD_CONFIGURE,  /**< Takes config. */
    PINNA_LIVE_HEAD_CALIBRATE,  /**< Takes poses. */
    PINNA_LIVE_HEAD_RESTART,    /**< Another tracker: forget this one; the pose meets it gently. */
} pinna_live_head_order;

typedef struct pinna_live_head_command {
    pinna_live_head_order order;
    pinna_head_filter_config config;
    pinna_quat poses[4]; /**< Neutral, left, up, tilted right. */
    bool has_tilted;
} pinna_live_head_command;

/** False where too many wait. */
bool pinna_live_head_send(pinna_live_head* head, const pinna_live_head_command* command);

/* ---- Audio thread ---- */

/** Takes what has come in and settles the pose at the end of the period. @param heard_s When that is heard. */
void pinna_live_head_begin(pinna_live_head* head, double now_s, double heard_s);

/** The pose within the period: fraction 0 is its beginning, 1 its end. */
pinna_quat pinna_live_head_at(const pinna_live_head* head, float fraction);
pinna_vec3 pinna_live_head_position(const pinna_live_head* head);

/** The period has been handed to the device's queue. Returns seconds since the arrival of the oldest sample that it is
    the first to know of; NAN where there was none. */
double pinna_live_head_end(pinna_live_head* head, double now_s);

/** What a session shows of its head. */
typedef struct pinna_live_head_view {
    pinna_head_pose pose;
    pinna_quat raw;             /**< As the tracker says. */
    double look_ahead_s;        /**< How far the pose is predicted. */
    double reaction_s; /**< From the latest sample's arrival to the period it first moved entering the queue. */
    double worst_reaction_s;    /**< The longest so far. */
    uint64_t sample_count;      /**< Taken by the filter. */
    uint64_t refused_count;     /**< Refused by it. */
    uint32_t calibration_count; /**< How many calibrations have been tried, ... */
    pinna_status calibration;   /**< ... and what came of the last. */
    pinna_head_filter_config config;
} pinna_live_head_view;

pinna_live_head_view pinna_live_head_look(const pinna_live_head* head);

#endif
