/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TRACKING_LEARNER_H
#define PINNA_TRACKING_LEARNER_H

#include <pinna/tracking.h>

enum { PINNA_LEARNER_RATES = 3 };

/*
 * One axis of the head, one look-ahead: how do the three smoothed rates of turn add up to the mean rate over the time
 * to come? Ridge regression around a prior, with forgetting.
 */
typedef struct pinna_learner {
    double normal[PINNA_LEARNER_RATES][PINNA_LEARNER_RATES]; /* sum of rate x rate, decayed */
    double moment[PINNA_LEARNER_RATES];                      /* sum of rate x (truth - prior's guess), decayed */
    double weight[PINNA_LEARNER_RATES];
} pinna_learner;

void pinna_learner_init(pinna_learner* learner);
/* The guess for the mean rate. */
double pinna_learner_guess(const pinna_learner* learner, const double rate[PINNA_LEARNER_RATES]);
/* One pair of what was known and what came, both as turns over the look-ahead in degrees. elapsed_s since the last. */
void pinna_learner_learn(pinna_learner* learner, const double rate[PINNA_LEARNER_RATES], double truth,
                         double elapsed_s);
/* Brings the weights up to date after learning. */
void pinna_learner_solve(pinna_learner* learner);

enum { PINNA_TRUST_BINS = 10 };

/*
 * How far to follow the guesses for one look-ahead: from 0 (hold the last pose) to 1, from how the guesses actually
 * made compare with what came. Kept apart by guessed speed, because what looks like a slow turn is often the tracker's
 * noise, and what looks like a fast one never is.
 */
typedef struct pinna_trust {
    double guess_square[PINNA_TRUST_BINS]; /* decayed sums, degrees squared */
    double guess_truth[PINNA_TRUST_BINS];
    double recent_square, recent_truth; /* the same over the last moments, whatever the speed */
    double experience_s;                /* motion learnt from so far */
} pinna_trust;

/* The look-ahead sets how much evidence the first trust is worth. */
void pinna_trust_init(pinna_trust* trust, double look_ahead_s);
double pinna_trust_share(const pinna_trust* trust, double speed_deg_per_s);
/* The guess made, squared, and its product with what came; in degrees over the look-ahead. */
void pinna_trust_learn(pinna_trust* trust, double speed_deg_per_s, double guess_square, double guess_truth,
                       double elapsed_s);

#endif
