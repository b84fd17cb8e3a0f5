/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TRACKING_TRUST_H
#define PINNA_TRACKING_TRUST_H

enum { PINNA_TRUST_SPEEDS = 10, PINNA_TRUST_PHASES = 5 };

/* What is known beforehand about how good a guess will be. */
typedef struct pinna_situation {
    double speed_deg_per_s; /* as guessed */
    double phase;           /* the newest rate, as a share of the guess: 0 the head has stopped, 1 it goes on */
} pinna_situation;

/*
 * How far to follow the guesses for one look-ahead: from 0 (hold the last pose) to 1, from how the guesses actually
 * made compare with what came. Kept apart by guessed speed, because what looks like a slow turn is often the tracker's
 * noise, and what looks like a fast one never is; and by whether the head is starting, going on or stopping.
 */
typedef struct pinna_trust {
    double look_ahead_s;
    double guess_square[PINNA_TRUST_SPEEDS][PINNA_TRUST_PHASES]; /* decayed sums over time, degrees squared times s */
    double guess_truth[PINNA_TRUST_SPEEDS][PINNA_TRUST_PHASES];
    double recent_square, recent_truth; /* the same over the last moments, whatever the situation */
    double experience_s;                /* motion learnt from so far */
} pinna_trust;

/* The look-ahead sets how much evidence the first trust is worth. */
void pinna_trust_init(pinna_trust* trust, double look_ahead_s);
double pinna_trust_share(const pinna_trust* trust, pinna_situation situation);
/* The guess made, squared, and its product with what came; in degrees over the look-ahead. */
void pinna_trust_learn(pinna_trust* trust, pinna_situation situation, double guess_square, double guess_truth,
                       double elapsed_s);

#endif
