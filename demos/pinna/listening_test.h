/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LISTENING_TEST_H
#define PINNA_DEMOS_LISTENING_TEST_H

#include <pinna/base.h>
#include <pinna/geometry.h>

/* A localisation test: a sound comes from a direction, the listener points where it was heard. Directions are degrees,
   azimuth + left, elevation + up. */

enum { PINNA_LISTENING_MAX = 64 };

typedef struct pinna_listening_direction {
    float azimuth_deg, elevation_deg;
} pinna_listening_direction;

typedef struct pinna_listening_trial {
    pinna_listening_direction target, answer;
    double seconds; /**< From the sound's beginning to the answer. */
} pinna_listening_trial;

typedef struct pinna_listening_test {
    size_t trial_count, answered_count;
    pinna_listening_trial trials[PINNA_LISTENING_MAX];
} pinna_listening_test;

/** Targets all around, from 30 degrees below to 60 above, spread evenly and shuffled.
    The same seed gives the same order. @param trial_count 1 to the maximum. */
pinna_listening_test pinna_listening_make(size_t trial_count, uint32_t seed);

/** Directions from a CSV file: azimuth_deg,elevation_deg. @param count How many there are, at most the maximum. */
PINNA_NODISCARD pinna_status pinna_listening_read(const char* path, pinna_report* report,
                                                  pinna_listening_direction out[PINNA_LISTENING_MAX], size_t* count);

/** Answers the present trial. Ignored after the last. */
void pinna_listening_answer(pinna_listening_test* test, pinna_listening_direction answer, double seconds);

/** Whether the answer lies in the other half, front or back, and nearer to the target's mirror image than to the
    target. */
bool pinna_listening_is_front_back(const pinna_listening_trial* trial);

typedef struct pinna_listening_result {
    double mean_error_deg;     /**< Of the angle between target and answer. */
    double lateral_error_deg;  /**< Root mean square, of the angle from the median plane. */
    double elevation_error_deg;/**< Root mean square. */
    double elevation_bias_deg; /**< Mean; + is heard too high. */
    size_t front_back_count;
    double mean_seconds;
} pinna_listening_result;

/** Of the answered trials; zeros where there are none. */
pinna_listening_result pinna_listening_evaluate(const pinna_listening_test* test);

/** One row per answered trial: trial,target_azimuth_deg,target_elevation_deg,answer_azimuth_deg,answer_elevation_deg,
    error_deg,front_back,seconds. */
PINNA_NODISCARD pinna_status pinna_listening_write_csv(const pinna_listening_test* test, const char* path,
                                                       pinna_report* report);

/** A sentence on how it went. */
void pinna_listening_words(const pinna_listening_test* test, char* text, size_t size);

#endif
