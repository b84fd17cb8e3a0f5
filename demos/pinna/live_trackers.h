/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_TRACKERS_H
#define PINNA_DEMOS_LIVE_TRACKERS_H

#include "live_head.h"

/*
 * All trackers at once: a thread listens on their ports and devices and hands the samples of the one that counts to the
 * session's head. Which one counts is chosen, or left to AUTO: the first that sends, until it has been silent for a
 * second and another sends; mouse and keys only while no tracker does.
 *
 * The packets come from strangers: the parsers refuse what is malformed, and however many come, the audio thread is
 * handed no more than it can use.
 */
typedef struct pinna_live_trackers pinna_live_trackers;

typedef enum pinna_live_tracker {
    PINNA_LIVE_TRACKER_OPENTRACK,
    PINNA_LIVE_TRACKER_OSC,
    PINNA_LIVE_TRACKER_FREEPIE,
    PINNA_LIVE_TRACKER_HID,
    PINNA_LIVE_TRACKER_RECORDING,
    PINNA_LIVE_TRACKER_HAND, /**< Mouse and keys. */
    PINNA_LIVE_TRACKER_COUNT,
    PINNA_LIVE_TRACKER_AUTO = PINNA_LIVE_TRACKER_COUNT,
    PINNA_LIVE_TRACKER_NONE,
    PINNA_LIVE_TRACKER_CHOICES
} pinna_live_tracker;

/** By pinna_live_tracker, "auto" and "none" included; ends with NULL. */
extern const char* const pinna_live_tracker_names[];

typedef struct pinna_live_trackers_config {
    pinna_live_head* head;     /**< Must outlive the trackers. */
    pinna_live_tracker choice;
    const char* listen;        /**< Address to listen on. NULL: 127.0.0.1, this machine alone. */
    uint32_t ports[3];         /**< opentrack, OSC, FreePIE; 0: not. */
    pinna_osc_config osc;
    const char* hid;           /**< Device; NULL: the first found. */
    const char* recording;     /**< CSV file, played round and round; NULL: none. */
    const char* calibration;   /**< File that keeps calibrations (live_calibration.h); NULL: they are not kept. */
} pinna_live_trackers_config;

/** Opens what can be opened. Ports that are taken are warned of in the report; a recording that cannot be read, or an
    address that is none, is an error. */
PINNA_NODISCARD pinna_status pinna_live_trackers_create(const pinna_live_trackers_config* config, pinna_report* report,
                                                        pinna_live_trackers** out);

/** NULL is accepted. */
void pinna_live_trackers_destroy(pinna_live_trackers* trackers);

void pinna_live_trackers_choose(pinna_live_trackers* trackers, pinna_live_tracker choice);

/**
 * The active tracker has been calibrated from these poses: they are kept, and used whenever it is the active one again.
 * Poses that tell no axes are not kept. Thread: control; writes a file.
 */
void pinna_live_trackers_calibrated(pinna_live_trackers* trackers, const pinna_live_head_command* command);

/** Mouse and keys turn the head by so much, degrees + left, + up, + right ear down. */
void pinna_live_trackers_nudge(pinna_live_trackers* trackers, float yaw_deg, float pitch_deg, float roll_deg);

/** Mouse and keys face the front again. */
void pinna_live_trackers_nudge_home(pinna_live_trackers* trackers);

typedef struct pinna_live_trackers_view {
    pinna_live_tracker choice;
    pinna_live_tracker active;   /**< Whose samples are taken; NONE before any came. */
    bool sending;                /**< The active one has sent within the last second. */
    double rate_hz;              /**< Of the active one, over the last second. */
    uint64_t packet_count[PINNA_LIVE_TRACKER_COUNT];  /**< Understood. */
    uint64_t refused_count[PINNA_LIVE_TRACKER_COUNT]; /**< Not understood. */
    uint32_t started_count;      /**< How often another tracker has become the active one. */
    char from[64];               /**< Where the active one's packets come from. */
    pinna_osc_dialect dialect;   /**< Of the latest OSC message. */
    char said[160];              /**< The first packet, or the first turn after it, in words. */
    uint32_t said_count;         /**< A new number: said is new. */
} pinna_live_trackers_view;

pinna_live_trackers_view pinna_live_trackers_look(pinna_live_trackers* trackers);

#endif
