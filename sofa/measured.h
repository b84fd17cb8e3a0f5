/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_MEASURED_H
#define PINNA_SOFA_MEASURED_H

#include "fields.h"

#include <errno.h>

/* A measured set that owns its arrays. */
typedef struct pinna_sofa_set {
    double sample_rate_hz;
    uint32_t measurement_count, tap_count; /**< Before anything is dropped, measurement m of the file with emitter e is
                                                m * emitter_count + e. */
    uint32_t ears[PINNA_EAR_COUNT];        /**< Receiver of each ear. */
    bool ears_are_guessed;                 /**< Nothing but the sides' cues can tell. */
    float* hrirs;            /**< [measurement][ear][tap] */
    float* delays_frames;    /**< [measurement][ear] */
    pinna_vec3* positions_m; /**< [measurement] */
    bool has_delays;         /**< Any delay in the file that is not zero. */
} pinna_sofa_set;

/** Where repairs and refusals go; every step below has the same shape. */
typedef struct pinna_sofa_context {
    const char* name; /**< The file, for sentences. */
    pinna_report* report;
} pinna_sofa_context;

/**
 * Reads bytes with whichever reader can, and arranges them.
 *
 * @return as pinna_sofa_load_memory(); on failure the report has the error and the fields are zeroed.
 */
pinna_status pinna_sofa_open_fields(const pinna_sofa_context* context, const void* bytes, size_t byte_count,
                                    pinna_sofa_fields* out);

/** Reads a whole file, or as much of it as shows that it is not HDF5. @param bytes For free(), also on failure. */
pinna_status pinna_sofa_read_file(const pinna_sofa_context* context, unsigned char** bytes, size_t* byte_count);

/**
 * arrange.c: makes impulse_responses what its comment says, whatever the order of dimensions, of spectra (TF) or
 * second-order sections (SOS) where the file holds those; sets the counts.
 */
pinna_status pinna_sofa_arrange(const pinna_sofa_context* context, pinna_sofa_fields* fields);

/** Whether the convention is one of rooms that are meant to be heard. */
bool pinna_sofa_is_room(const pinna_sofa_fields* fields);

/** rooms.c: false where the responses are a room's. */
bool pinna_sofa_may_be_head(const pinna_sofa_fields* fields);

/** rooms.c: false where the convention is a room's and the directions, once they are known, are few. */
bool pinna_sofa_surrounds_head(const pinna_sofa_fields* fields, const pinna_sofa_set* set);

/** rooms.c: what to do with a room instead. */
pinna_status pinna_sofa_refuse_room(const pinna_sofa_context* context, const pinna_sofa_fields* fields);

/** Makes a measured set of what a file holds. `set` is zeroed on failure. */
pinna_status pinna_sofa_measure(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                pinna_sofa_set* set);

/** Frees the arrays. Accepts a zeroed set. */
void pinna_sofa_set_free(pinna_sofa_set* set);

/** Appends the error "NAME: sentence" and returns the status. */
pinna_status pinna_sofa_refuse(const pinna_sofa_context* context, pinna_status status, const char* entry_name,
                               const char* format, ...) PINNA_PRINTF(4, 5);

/** Whether a text holds a word (in small letters) in any case. */
bool pinna_sofa_says(const char* text, const char* word);

/** Where a receiver sits from the middle of the head, in metres; false where the file does not say. */
bool pinna_sofa_receiver_place(const pinna_sofa_fields* fields, uint32_t receiver, pinna_vec3* out);

/** places.c: whether a file is there and may be read. */
bool pinna_sofa_is_readable(const char* path);

/** What to do about the system's number of what is wrong, where no process can be started. */
static inline const char* pinna_sofa_advice_for(int system_error)
{
    bool too_many_files = system_error == EMFILE || system_error == ENFILE;
    return too_many_files ? "close files, or raise the limit of open ones (ulimit -n)" : "close other programs";
}

/* The steps, in the order they run. */

/** receivers.c: which receivers are the ears. */
pinna_status pinna_sofa_find_ears(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                  pinna_sofa_set* set);

pinna_status pinna_sofa_refuse_receivers(const pinna_sofa_context* context, const pinna_sofa_fields* fields);

/** measured.c: counts, rate, and the responses of both ears with their delays. */
pinna_status pinna_sofa_read_ears(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                  uint32_t most_taps, pinna_sofa_set* set);

/** rates.c: the sampling rate, wherever and however the file says it. */
pinna_status pinna_sofa_read_rate(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                  pinna_sofa_set* set);

/** positions.c: positions as seen from where the head is, along the room's axes, and how the head is turned in each of
    the file's measurements (heads may be NULL). */
pinna_status pinna_sofa_read_places(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                    pinna_sofa_set* set, pinna_quat* heads);

/** positions.c: positions as the head sees them, in metres, from whatever coordinates the file uses. */
pinna_status pinna_sofa_read_positions(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                       pinna_sofa_set* set);

/** delays.c: delays in frames, none negative; NaN where the file has no number. */
pinna_status pinna_sofa_read_delays(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                    pinna_sofa_set* set);

/** clean.c: makes silence of what was never written behind the end of a response. */
void pinna_sofa_pad_responses(const pinna_sofa_context* context, pinna_sofa_set* set);

/** clean.c: drops what cannot be used: not finite, silent, twice the same direction. */
pinna_status pinna_sofa_drop_unusable(const pinna_sofa_context* context, pinna_sofa_set* set);

/** times.c: turns responses that wrap round their end. */
pinna_status pinna_sofa_unwrap_responses(const pinna_sofa_context* context, pinna_sofa_set* set);

/** times.c: delays in milliseconds or microseconds that are not called so. */
void pinna_sofa_check_delay_unit(const pinna_sofa_context* context, pinna_sofa_set* set);

/** times.c: mean time between the ears of sources at the side; INFINITY where too few are. */
double pinna_sofa_mean_side_lag_s(const pinna_sofa_set* set);

/** times.c: where a response begins, its delay included. */
double pinna_sofa_onset_frames(const pinna_sofa_set* set, uint32_t measurement, unsigned ear);

/** judge.c: exchanges the ears where time and level both say that they are exchanged. */
pinna_status pinna_sofa_check_sides(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                    pinna_sofa_set* set);

/** judge.c: levels of the two ears; scales where one ear is off by an absurd factor. */
pinna_status pinna_sofa_check_levels(const pinna_sofa_context* context, pinna_sofa_set* set);

/** oddities.c: what is odd but left alone: clipping, noise, a missing low end, coverage. Only reports. */
void pinna_sofa_report_oddities(const pinna_sofa_context* context, const pinna_sofa_set* set);

/** Taps of one response. */
static inline float* pinna_sofa_hrir(const pinna_sofa_set* set, uint32_t measurement, unsigned ear)
{
    return set->hrirs + ((size_t)measurement * PINNA_EAR_COUNT + ear) * set->tap_count;
}

/** loops.c: sum of squares, and the largest absolute value. */
double pinna_sofa_energy(const float* taps, uint32_t tap_count);
float pinna_sofa_peak(const float* taps, uint32_t tap_count);

/** judge.c: how well levels at the ears agree with sides, -1 (mirrored) to +1. 0 where too few directions tell. */
float pinna_sofa_side_agreement(const pinna_sofa_set* set, const pinna_vec3* positions_m);

#endif
