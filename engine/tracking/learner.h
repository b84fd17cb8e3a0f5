/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TRACKING_LEARNER_H
#define PINNA_TRACKING_LEARNER_H

#include <pinna/tracking.h>

enum { PINNA_LEARNER_AXES = 3, PINNA_LEARNER_RATES = 4, PINNA_LEARNER_MEMORIES = 2 };

/* What was known, weighted by what came of it: sums over time, decayed. */
typedef struct pinna_evidence {
    double normal[PINNA_LEARNER_RATES][PINNA_LEARNER_RATES]; /* of rate x rate */
    double moment[PINNA_LEARNER_RATES];                      /* of rate x truth */
    double square;                                           /* of truth x truth */
    double time_s;                                           /* of one */
} pinna_evidence;

/*
 * One look-ahead: how do the smoothed rates of turn add up to the mean rate over the time to come? Ridge regression in
 * a chain, each link around the one before: what heads do in general; what this head does, all axes alike; what it does
 * about each axis; and what it has been doing lately.
 */
typedef struct pinna_learner {
    double look_ahead_s;
    pinna_evidence evidence[PINNA_LEARNER_MEMORIES][PINNA_LEARNER_AXES];
    double weight[PINNA_LEARNER_AXES][PINNA_LEARNER_RATES];
} pinna_learner;

void pinna_learner_init(pinna_learner* learner, double look_ahead_s);
/* The guess for the mean rate about one axis. */
double pinna_learner_guess(const pinna_learner* learner, int axis, const double rate[PINNA_LEARNER_RATES]);
/* One pair of what was known and what came, both as turns over the look-ahead in degrees. elapsed_s since the last. */
void pinna_learner_learn(pinna_learner* learner, int axis, const double rate[PINNA_LEARNER_RATES], double truth,
                         double elapsed_s);
/* Brings the weights up to date after learning. */
void pinna_learner_solve(pinna_learner* learner);

#endif
