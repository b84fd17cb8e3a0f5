/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_BRIR_H
#define PINNA_DEMOS_BRIR_H

#include "scene.h"

#include <pinna/sofa.h>

/*
 * Measured rooms: for each loudspeaker its responses at both ears (BRIRs), for one or many orientations of the head.
 *
 * From a SOFA file, where loudspeakers are told apart by their directions; or from a folder of stereo files (left ear,
 * right ear), one per loudspeaker and named after it: "M+030.wav" or "L.wav", or
 * R C LFE Ls Rs (110 degrees), Lss Rss (90), Lrs Rrs (135), Lw Rw, Ltf Rtf, Ltm Rtm, Ltr Rtr.
 */
typedef struct pinna_brir pinna_brir;

#define PINNA_BRIR_NONE UINT32_MAX

/** Reads a set, to be used at a sampling rate. @param path A SOFA file or a folder. @param report On failure says what
    is wrong. */
PINNA_NODISCARD pinna_status pinna_brir_load(const char* path, uint32_t sample_rate_hz, pinna_report* report,
                                             pinna_brir** out);

/** Takes a room in memory, which must outlive the set. @param name What messages call it. */
PINNA_NODISCARD pinna_status pinna_brir_create(const char* name, const pinna_measured_room* room,
                                               uint32_t sample_rate_hz, pinna_report* report, pinna_brir** out);

/**
 * Gives each loudspeaker of a scene's beds its responses: its route becomes PINNA_ROUTE_ROOM, its speaker the set's.
 * Low-frequency channels go on to the ears where the set has no responses of their own.
 *
 * @return PINNA_OK, or PINNA_ERROR_DATA where a loudspeaker is missing; the report says which, and which there are.
 */
PINNA_NODISCARD pinna_status pinna_brir_furnish(pinna_brir* brir, pinna_report* report, pinna_scene* scene);

/** Loudspeakers given to a scene. */
uint32_t pinna_brir_speaker_count(const pinna_brir* brir);

/** Orientations of the head. */
uint32_t pinna_brir_head_count(const pinna_brir* brir);

/** The orientation nearest to this one; the present one while there is hardly a nearer. @param present Or NONE. */
uint32_t pinna_brir_nearest_head(const pinna_brir* brir, pinna_quat head, uint32_t present);

/** Taps of every response, at the rate it was loaded for. */
uint32_t pinna_brir_tap_count(const pinna_brir* brir);

/** One response. @param taps pinna_brir_tap_count() of them. */
PINNA_NODISCARD pinna_status pinna_brir_response(const pinna_brir* brir, uint32_t speaker, uint32_t head, int ear,
                                                 float* taps);

/** NULL is accepted. */
void pinna_brir_destroy(pinna_brir* brir);

#endif
