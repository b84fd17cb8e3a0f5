/* SPDX-License-Identifier: MIT */
#ifndef PINNA_LOAD_H
#define PINNA_LOAD_H

#include <pinna/hrtf.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * The front door for a game: which head is loaded (the game's, or the one its player has measured), from the cache
 * where it was prepared before. A head is never replaced by another behind your back: what was asked for is loaded, or
 * the call fails with a sentence and you decide.
 */

enum { PINNA_LOAD_PATH_BYTES = 4096 };

/** What is loaded, and how. Start from pinna_load_config_default(). */
typedef struct pinna_load_config {
    const char* path;          /**< UTF-8, a SOFA file. NULL (default): the default set, see
                                    pinna_sofa_default_path(). */
    bool forbid_personal;      /**< Do not look for the player's own head. Default false: it goes before path. */
    const char* cache_folder;  /**< Where prepared sets are kept; made if it is not there. NULL (default): nowhere. */
    uint64_t cache_max_bytes;  /**< Least recently used sets are removed from the folder beyond this. Default 256
                                    MiB. */
    bool only_cached;          /**< Parse no file: PINNA_ERROR_STALE unless the set is in the cache. Default false. */
    pinna_prepare_config prepare; /**< Default pinna_prepare_config_default(). */
} pinna_load_config;

/** Where a path came from. */
typedef enum pinna_load_origin {
    PINNA_LOAD_GIVEN,    /**< The config's path. */
    PINNA_LOAD_DEFAULT,  /**< pinna_sofa_default_path(). */
    PINNA_LOAD_PERSONAL, /**< pinna_load_personal_path(). */
} pinna_load_origin;

/** What was loaded, or was to be. */
typedef struct pinna_loaded {
    pinna_load_origin origin;         /**< Whose head it is. */
    bool from_cache;                  /**< Nothing was parsed. */
    char path[PINNA_LOAD_PATH_BYTES]; /**< The file. Empty where there is none. */
} pinna_loaded;

/** The default set or the player's own, no cache. Any thread. */
PINNA_API pinna_load_config pinna_load_config_default(void);

/**
 * Loads a prepared set: the player's own if he has one and it is not forbidden, else the config's.
 *
 * A set in the cache is used if it was made of the same bytes, with the same options, by the same version; if it is
 * damaged or stale, it is made again. A cache that cannot be written is a warning, not a failure. Several processes may
 * share a folder.
 *
 * @param report  As for pinna_sofa_load(): what is odd about the set, the first time and each time. A note tells that
 *                the player's own head is used. May be NULL.
 * @param loaded  Filled in on failure too: where origin is PINNA_LOAD_PERSONAL, the player's own head cannot be used;
 *                tell him (the report has the sentence), then call again with forbid_personal. May be NULL.
 * @param out     The set with one reference, or NULL on failure. Give back with pinna_hrtf_release().
 * @return as pinna_sofa_load() and pinna_hrtf_prepare(), and PINNA_ERROR_STALE for only_cached.
 *
 * Thread: any but the audio thread. Milliseconds from the cache, tenths of a second otherwise.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_load_hrtf(const pinna_load_config* config, pinna_report* report,
                                                       pinna_loaded* loaded, pinna_hrtf** out);

/**
 * The player's own head: the environment variable PINNA_HRTF (a path; empty: none), else the file pinna/hrtf.sofa in
 * XDG_CONFIG_HOME or ~/.config (on Windows: APPDATA), if there is one.
 *
 * @return false where there is none, or path is too short; path is then empty. Not while another thread sets variables.
 */
PINNA_API bool pinna_load_personal_path(char* path, size_t capacity);

/**
 * The folder programs of this user may share as a cache: pinna in XDG_CACHE_HOME or ~/.cache (on Windows:
 * LOCALAPPDATA). Not created.
 *
 * @return false where there is none, or path is too short; path is then empty. Not while another thread sets variables.
 */
PINNA_API bool pinna_load_cache_folder(char* path, size_t capacity);

PINNA_END_DECLS
#endif
