/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_JOB_FACTS_H
#define PINNA_DEMOS_JOB_FACTS_H

#include "meter.h"
#include "scene.h"

/* What came out of a render, and `--report`: the same as JSON, for programs. */
typedef struct pinna_job_facts {
    const char *input, *output, *sofa; /**< sofa: the head, or the measured room; NULL: the user's
                                                own or the default head. */
    const char* sample_format;
    uint32_t sample_rate_hz;
    uint64_t first_frame, frame_count;
    uint64_t clipped_count;
    double target_gain_db; /**< What --loudness and --true-peak changed. */
    pinna_meter_reading reading;
} pinna_job_facts;

/**
 * Writes the report file:
 *
 *     {"version": 1, "input": "...", "output": {"file", "sample_rate_hz", "frames", "duration_s", "from_s", "format",
 *      "peak_dbfs", "true_peak_dbtp", "loudness_lufs", "gain_db", "clipped_samples"}, "sofa": "...",
 *      "sources": [{"name", "file", "channel", "kind", "gain_db"}],
 *      "ignored": ["..."], "remarks": [{"severity", "name", "text"}]}
 *
 * Levels of silence are null.
 *
 * @param remarks  Of the render; those named "ignored" make up the list. On failure says what is wrong.
 */
PINNA_NODISCARD pinna_status pinna_job_facts_write(const char* path, const pinna_job_facts* facts,
                                                   const pinna_scene* scene, pinna_report* remarks);

#endif
