/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_JOB_H
#define PINNA_DEMOS_JOB_H

#include "audio_output.h"
#include "cli.h"
#include "layout.h"

#include <pinna/renderer.h>

/* One render from beginning to end: inputs to one output file. */

/** As on the command line; NULL and NAN where nothing was given. */
typedef struct pinna_job_options {
    const char *sofa, *brir, *preset, *layout, *path, *scene, *head, *picture, *headphone_eq, *report;
    const char* programme; /**< Of an ADM file. */
    double azimuth_deg, elevation_deg, distance_m, gain_db, lfe_db;
    double from_s, to_s;                   /**< to_s INFINITY: to the end. */
    double loudness_lufs, true_peak_dbtp;  /**< NAN: the level is kept. */
    uint32_t rate_hz, block_frames, hrir_length, channel;
    uint32_t ramp_frames; /**< 0: the usual one for the count of sources. */
    uint32_t method, sample_format, channel_order, cube, importance;
    uint32_t ambisonic_format; /**< pinna_ambisonics_format. */
    bool max_re, limiter, near_field, quiet;
    pinna_cli_list sets; /**< "name=value" of the preset. */
} pinna_job_options;

pinna_job_options pinna_job_options_default(void);

/** Whether the options place a single source. */
bool pinna_job_places_one_source(const pinna_job_options* options);

/** Whether the options are of ADM files only. */
bool pinna_job_asks_of_adm(const pinna_job_options* options);

/** Names of pinna_sample_format; ends with NULL. */
extern const char* const pinna_job_sample_formats[];

/**
 * Renders.
 *
 * @param input  NULL with options->scene.
 * @param stamp  Written into the output as a comment; NULL: none.
 * @return An exit code of cli.h; what is to be said has been printed.
 */
int pinna_job_run(const pinna_job_options* options, const char* input, const char* output, const char* stamp);

#endif
