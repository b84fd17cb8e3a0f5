/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_JOBS_H
#define PINNA_DEMOS_JOBS_H

#include "job.h"

/* Many renders, several at once, each in a process of its own: one that fails or is killed harms no other. */

typedef struct pinna_jobs_options {
    const char* folder;  /**< Where the outputs go; made where it is missing. */
    uint32_t job_count;  /**< At once; 0: one per core. */
    bool force;          /**< Also what is there already. */
} pinna_jobs_options;

/**
 * Renders every input into the folder, under its own name ending in .wav.
 *
 * An output is stamped with a digest of its input and of the command line; one with the same stamp is left as it is.
 * options->report, if given, names a folder's worth of reports: each is written beside its output as NAME.json.
 *
 * @param argc, argv  The command line, for the digest.
 * @return PINNA_EXIT_OK, or PINNA_EXIT_FAILURE where any failed; each has said why.
 */
int pinna_jobs_run(const pinna_job_options* options, const pinna_jobs_options* jobs, char* const* inputs,
                   size_t input_count, int argc, char* const* argv);

#endif
