/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_H
#define PINNA_SOFA_H

#include <pinna/base.h>
#include <pinna/hrtf.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * Reads SOFA (AES69) files into measured sets. Lenient where the data are usable: every repair is a named warning in
 * the report. A set is never replaced by another behind your back.
 */

/** Largest file accepted, in bytes. */
#define PINNA_SOFA_MAX_BYTES ((size_t)1 << 30)

enum { PINNA_SOFA_TEXT_BYTES = 256 };

/** What a SOFA file says of itself. Empty strings where it says nothing. UTF-8. */
typedef struct pinna_sofa_info {
    char convention[PINNA_SOFA_TEXT_BYTES]; /**< "SimpleFreeFieldHRIR", ... */
    char convention_version[PINNA_SOFA_TEXT_BYTES]; /**< "1.0", ... */
    char data_type[PINNA_SOFA_TEXT_BYTES]; /**< "FIR", ... */
    char title[PINNA_SOFA_TEXT_BYTES];        /**< Of the file. */
    char database[PINNA_SOFA_TEXT_BYTES];     /**< The collection it belongs to. */
    char listener[PINNA_SOFA_TEXT_BYTES];     /**< Whose head it is. */
    char organization[PINNA_SOFA_TEXT_BYTES]; /**< Who measured it. */
    char license[PINNA_SOFA_TEXT_BYTES];      /**< As worded in the file. */
    char author[PINNA_SOFA_TEXT_BYTES];       /**< Whom to ask (AuthorContact). */
    char references[PINNA_SOFA_TEXT_BYTES];   /**< What to cite. */
    char comment[PINNA_SOFA_TEXT_BYTES];      /**< Anything. */
    char date[PINNA_SOFA_TEXT_BYTES];         /**< When it was made or last changed. */
    char room_type[PINNA_SOFA_TEXT_BYTES];    /**< "free field", "reverberant", ... */
    char reader[16];            /**< The library that read it: "libmysofa" or "netCDF". */
    uint32_t measurement_count; /**< As stored, before repairs. */
    uint32_t receiver_count;    /**< Ears, or microphones. */
    uint32_t emitter_count;     /**< Loudspeakers measured at once. */
    uint32_t tap_count;         /**< Of each response. */
    double sample_rate_hz;      /**< Of the responses. */
    bool has_delays;            /**< Any Data.Delay that is not zero. */
} pinna_sofa_info;

/** A SOFA file in memory: the measured set and what the file says of itself. */
typedef struct pinna_sofa pinna_sofa;

/**
 * Reads a file.
 *
 * @param path    UTF-8.
 * @param report  Every repair and oddity, and on failure one error that names the file, what is wrong and what to do.
 *                May be NULL.
 * @param out     The file, or NULL on failure. Free with pinna_sofa_destroy().
 * @return PINNA_OK, PINNA_ERROR_FILE, PINNA_ERROR_FORMAT, PINNA_ERROR_UNSUPPORTED, PINNA_ERROR_DATA, PINNA_ERROR_LIMIT,
 *         PINNA_ERROR_MEMORY or PINNA_ERROR_ARGUMENT.
 *
 * Thread: any but the audio thread.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_sofa_load(const char* path, pinna_report* report, pinna_sofa** out);

/** Reads a file already in memory. The name is used in messages. Otherwise as pinna_sofa_load(). */
PINNA_API PINNA_NODISCARD pinna_status pinna_sofa_load_memory(const void* bytes, size_t byte_count, const char* name,
                                                              pinna_report* report, pinna_sofa** out);

/** A room as heard at one place: the responses from each loudspeaker to both ears, for each pose of the head. */
typedef struct pinna_measured_room {
    double sample_rate_hz;         /**< 8000 to 384000. */
    uint32_t pose_count;           /**< Measurements: turns of the head, or places of the source. 1 or more. */
    uint32_t emitter_count;        /**< Loudspeakers. 1 or more. */
    uint32_t tap_count;            /**< Of each response; any length. */
    const float* responses;        /**< [pose][emitter][ear][tap], linear pressure. */
    const float* delays_frames;    /**< [pose][emitter][ear] to be added. NULL: none. */
    const pinna_vec3* positions_m; /**< [pose][emitter], seen from the listener's place along the room's axes. */
    const pinna_quat* heads;       /**< [pose] how the head was turned in the room. */
} pinna_measured_room;

/**
 * Reads the binaural responses of a room (MultiSpeakerBRIR, SingleRoomDRIR, SingleRoomMIMOSRIR, or any other file of
 * two-ear responses), which pinna_sofa_load() refuses where the file says that it is a room. Otherwise as that.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_sofa_load_room(const char* path, pinna_report* report, pinna_sofa** out);

/** The room of a file loaded with pinna_sofa_load_room(), NULL otherwise; lives as long as the file.
    Any thread. */
PINNA_API const pinna_measured_room* pinna_sofa_measured_room(const pinna_sofa* sofa);

/** Frees a file. NULL is accepted. Thread: any but the audio thread. */
PINNA_API void pinna_sofa_destroy(pinna_sofa* sofa);

/** The measured set; lives as long as the file. NULL for a file loaded as a room. Any thread. */
PINNA_API const pinna_measured_set* pinna_sofa_measured(const pinna_sofa* sofa);

/** What the file says of itself; lives as long as the file. Any thread. */
PINNA_API const pinna_sofa_info* pinna_sofa_get_info(const pinna_sofa* sofa);

/**
 * Writes a set as SimpleFreeFieldHRIR 1.0 (AES69), so that other programs read it. Texts come from info; its numbers do
 * not matter.
 *
 * @param info    What the file shall say of itself. May be NULL.
 * @param report  Receives one error on failure. May be NULL.
 * @param bytes   The file, or NULL on failure. Free with pinna_sofa_free().
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT, PINNA_ERROR_MEMORY, PINNA_ERROR_FILE, or PINNA_ERROR_UNSUPPORTED where
 *         netCDF-C is not built in. Thread: any but the audio thread, one at a time in the whole program.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_sofa_encode(const pinna_measured_set* set, const pinna_sofa_info* info,
                                                         pinna_report* report, void** bytes, size_t* byte_count);

/** Frees what pinna_sofa_encode() gave. NULL is accepted. Any thread. */
PINNA_API void pinna_sofa_free(void* bytes);

/**
 * Loads and prepares in one call.
 *
 * @param path    NULL: the default set (MIT KEMAR, as Debian's libmysofa installs it).
 * @param config  Copied.
 * @param report  As for pinna_sofa_load(). May be NULL.
 * @param out     The set with one reference, or NULL on failure. Give back with pinna_hrtf_release().
 * @return as pinna_sofa_load() and pinna_hrtf_prepare(). Thread: any but the audio thread.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_sofa_load_hrtf(const char* path, const pinna_prepare_config* config,
                                                            pinna_report* report, pinna_hrtf** out);

/** Path of the default set, or NULL where none is installed. Thread: any but the audio thread. */
PINNA_API const char* pinna_sofa_default_path(void);

PINNA_END_DECLS
#endif
