/* SPDX-License-Identifier: MIT */
#include "tracking/trust.h"

#include <math.h>
#include <string.h>

#define TRUST_MEMORY_S 0.5     /* how long guesses of one kind are held for or against us */
#define FIRST_TRUST_S 0.04      /* so long a time of guesses outweighs the first trust ... */
#define NOISE_DEG_PER_S 16.0   /* ... which is a half at this speed: a tracker good to 0.1 degrees shows it at rest */
#define CAUTION_S 0.5          /* at the very start, before any guess could be checked, hold */
#define RECENT_S 0.25          /* memory for a head that has just changed its manner: stopped, say */
#define RECENT_DEG2_S 2e-4     /* errors too small to judge by */
#define RECENT_TURN_S 0.016    /* of a guess as large as the present one: what it takes to speak against that */
#define RECENT_SLACK 1.5       /* a short look back is a rough judge: it is given some room */
#define PHASES_PER_ONE 3.0

/* Of the first trust: nothing where the head has just stopped, most of it where it goes on; a little less where it has
   just begun, because the first quick turn may be a short one. */
static const double first_phase_share[PINNA_TRUST_PHASES] = {0.0, 0.3, 0.65, 0.85, 0.8};

void pinna_trust_init(pinna_trust* trust, double look_ahead_s)
{
    memset(trust, 0, sizeof *trust);
    trust->look_ahead_s = look_ahead_s;
    for (int i = 0; i < PINNA_TRUST_SPEEDS; i++)
        for (int j = 0; j < PINNA_TRUST_PHASES; j++) {
            double speed = exp2(i), turn = speed * look_ahead_s;
            double share = speed * speed / (speed * speed + NOISE_DEG_PER_S * NOISE_DEG_PER_S);
            trust->guess_square[i][j] = FIRST_TRUST_S * turn * turn;
            trust->guess_truth[i][j] = trust->guess_square[i][j] * share * first_phase_share[j];
        }
}

/* The four kinds of guess round a situation, and how near it is to each: octaves of speed from 1 degree/s, thirds of
   phase from 0. */
typedef struct corner {
    int speed, phase;
    double part;
} corner;

/* Values lie between two of count marks; upper is how near to the second. */
static int between(double value, int count, double* upper)
{
    value = fmax(0.0, fmin(count - 1.001, value));
    int at = (int)value;
    *upper = value - at;
    return at;
}

static void corners_of(pinna_situation s, corner out[4])
{
    double up, along;
    int speed = between(log2(fmax(s.speed_deg_per_s, 1e-3)), PINNA_TRUST_SPEEDS, &up);
    int phase = between(PHASES_PER_ONE * s.phase, PINNA_TRUST_PHASES, &along);
    for (int i = 0; i < 4; i++)
        out[i] = (corner){speed + i / 2, phase + i % 2, (i / 2 ? up : 1.0 - up) * (i % 2 ? along : 1.0 - along)};
}

double pinna_trust_share(const pinna_trust* trust, pinna_situation situation)
{
    corner corners[4];
    double share = 0.0;
    corners_of(situation, corners);
    for (int i = 0; i < 4; i++) {
        /* The multiple that would have fitted best: following it, guesses would have been no worse than holding. */
        double square = trust->guess_square[corners[i].speed][corners[i].phase];
        double fit = trust->guess_truth[corners[i].speed][corners[i].phase] / fmax(square, 1e-12);
        share += corners[i].part * fmax(0.0, fmin(1.0, fit));
    }
    /* What the last moments said counts at once, whatever has been true of this situation before; but small guesses
       that failed, at rest, say little about a large one. */
    double turn = situation.speed_deg_per_s * trust->look_ahead_s, room = RECENT_DEG2_S + turn * turn * RECENT_TURN_S;
    double recent = (trust->recent_truth + room) / (trust->recent_square + room);
    share = fmin(share, fmax(0.0, recent * RECENT_SLACK));
    return share * (1.0 - exp(-trust->experience_s / CAUTION_S));
}

void pinna_trust_learn(pinna_trust* trust, pinna_situation situation, double guess_square, double guess_truth,
                       double elapsed_s)
{
    corner corners[4];
    corners_of(situation, corners);
    guess_square *= elapsed_s; /* sums over time: a tracker that sends more often knows no more */
    guess_truth *= elapsed_s;
    double keep_recent = exp(-elapsed_s / RECENT_S);
    trust->recent_square = trust->recent_square * keep_recent + guess_square;
    trust->recent_truth = trust->recent_truth * keep_recent + guess_truth;
    trust->experience_s += elapsed_s;
    for (int i = 0; i < 4; i++) {
        double part = corners[i].part, keep = exp(-part * elapsed_s / TRUST_MEMORY_S);
        double* square = &trust->guess_square[corners[i].speed][corners[i].phase];
        double* truth = &trust->guess_truth[corners[i].speed][corners[i].phase];
        *square = *square * keep + part * guess_square;
        *truth = *truth * keep + part * guess_truth;
    }
}
