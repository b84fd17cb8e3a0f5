/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_ADM_H
#define PINNA_DEMOS_ADM_H

#include "automation.h"
#include "scene.h"

/*
 * WAV files that carry an Audio Definition Model (ITU-R BS.2076): the chunks chna (which track is what) and axml (what
 * that means), or chna alone where it names common definitions (BS.2094). They become sources of a scene.
 */

typedef struct pinna_adm_config {
    const char* file;
    const char* programme; /**< Id or name; NULL: the one with the lowest id. */
    uint32_t importance;   /**< 0 to 10: what is marked as less is left out. */
    pinna_cube cube;
    double lfe_db; /**< Of low-frequency channels, as in bed.h. */
} pinna_adm_config;

/** The first programme, all of it, cube of 7.1.4. */
pinna_adm_config pinna_adm_config_default(const char* file);

/** Whether a file has a chna chunk. */
bool pinna_adm_is(const char* path);

/**
 * Appends a file's objects, loudspeakers and so on as sources, on the file's own clock.
 *
 * @param report  What was ignored; on failure what is wrong.
 * @return PINNA_OK; PINNA_ERROR_UNSUPPORTED where chna is all there is and tells nothing (a note says so): the file is
 *         a plain one then; or why not.
 */
PINNA_NODISCARD pinna_status pinna_adm_add(const pinna_adm_config* config, pinna_report* report, pinna_scene* scene);

#endif
