/* SPDX-License-Identifier: MIT */
/* Heads made of formulas, whose delays and levels are known. */
#ifndef PINNA_TESTS_HEADS_H
#define PINNA_TESTS_HEADS_H

#include <pinna/hrtf.h>

/** Grids of directions. The caller frees the array. */
pinna_vec3* spiral_grid(uint32_t count);
/** Rings every step_deg, each with points every step_deg, from the lowest elevation up; each pole is one point. */
pinna_vec3* ring_grid(double step_deg, double lowest_deg, uint32_t* count);
/** Uniformly random, always the same for a seed. */
pinna_vec3* random_grid(uint32_t count, unsigned seed);

typedef struct head {
    double rate_hz;
    uint32_t tap_count;
    double onset_s;  /**< Delay at the head's centre. */
    double radius_m; /**< Of the sphere whose delays the ears have. */
    double torso;    /**< Share of a reflection 0.6 ms later; above 1 its zeros lie outside the unit circle. */
    float gain;
} head;

head usual_head(void);

/** Delay of an ear, seconds, by Woodworth's sphere. */
double head_delay_s(const head* h, pinna_vec3 direction, int ear);

/** The set; positions are copied. Free with head_free(). */
pinna_measured_set head_measure(const head* h, const pinna_vec3* positions, uint32_t count);

/** The same on a spiral from pole to pole. */
pinna_measured_set head_measure_spiral(const head* h, uint32_t count);

void head_free(pinna_measured_set* set);

/** Prepares and expects success; prints the report otherwise. */
pinna_hrtf* prepare_good(const pinna_measured_set* set, const pinna_prepare_config* config);

/** ITD of a lookup by delays and cross-correlation of the taps, seconds, + where left leads. */
double lookup_itd_s(const pinna_hrtf* hrtf, pinna_vec3 direction);

bool report_has(const pinna_report* report, const char* name);

#endif
