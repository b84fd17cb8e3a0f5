/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_RANGE_H
#define PINNA_DEMOS_LIVE_RANGE_H

#include "listening_test.h"

/* The shooting range: a listening test within a live session. Each trial is a scene of one target. */
typedef struct pinna_live_range pinna_live_range;

typedef struct pinna_live_range_config {
    size_t trial_count; /**< Where there is no file of targets. */
    uint32_t seed;
    const char* targets; /**< CSV, or NULL: around the listener, shuffled by the seed. */
    const char* answers; /**< CSV of answers given without a listener, or NULL. */
    const char* result;  /**< RESULT.csv and RESULT.png are written at the end. NULL: pinna-range. */
} pinna_live_range_config;

PINNA_NODISCARD pinna_status pinna_live_range_create(const pinna_live_range_config* config, pinna_report* report,
                                                     pinna_live_range** out);

/** NULL is accepted. */
void pinna_live_range_destroy(pinna_live_range* range);

/** Begins again, with other targets unless they came from a file. */
void pinna_live_range_begin(pinna_live_range* range, double now_s);

/** JSON text of the present trial. False where all are done. */
bool pinna_live_range_scene(const pinna_live_range* range, char* text, size_t size);

/** Answers; false where nothing is asked. After the last answer CSV and plot are written. @param report Failure to. */
bool pinna_live_range_answer(pinna_live_range* range, pinna_listening_direction answer, double now_s,
                             pinna_report* report);

/** The answer that the script has for the present trial, once its sound has been heard for a moment. */
bool pinna_live_range_scripted(const pinna_live_range* range, double now_s, pinna_listening_direction* out);

/** Whether all are answered. */
bool pinna_live_range_is_done(const pinna_live_range* range);

const pinna_listening_test* pinna_live_range_test(const pinna_live_range* range);

/** What to tell the listener now. */
void pinna_live_range_words(const pinna_live_range* range, char* text, size_t size);

#endif
