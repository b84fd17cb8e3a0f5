/* SPDX-License-Identifier: MIT */
#include "tracking/learner.h"

#include <math.h>
#include <string.h>

/* Before anything is learnt: keep turning, a little slower. Heads stop. */
static const double prior[PINNA_LEARNER_RATES] = {0.5, 0.4, 0.0};

#define MEMORY_S 4.0          /* how long the head's manner is remembered */
#define RIDGE_DEG2 10.0       /* as much evidence as this outweighs the prior */
#define TRUST_MEMORY_S 0.5    /* how long guesses of one speed are held for or against us */
#define FIRST_TRUST_COUNT 8.0 /* as many guesses outweigh the first trust ... */
#define NOISE_DEG_PER_S 16.0  /* ... which is a half at this speed: a tracker good to 0.1 degrees shows it at rest */
#define CAUTION_S 0.3         /* at the very start, before any guess could be checked, hold */
#define RECENT_S 0.25         /* memory for a head that has just changed its manner: stopped, say */
#define RECENT_DEG2 0.01      /* errors too small to judge by */
#define RECENT_SLACK 1.4      /* a short look back is a rough judge: it is given some room */

void pinna_learner_init(pinna_learner* learner)
{
    memset(learner, 0, sizeof *learner);
    memcpy(learner->weight, prior, sizeof prior);
}

static double weigh(const double weight[PINNA_LEARNER_RATES], const double rate[PINNA_LEARNER_RATES])
{
    double sum = 0.0;
    for (int i = 0; i < PINNA_LEARNER_RATES; i++)
        sum += weight[i] * rate[i];
    return sum;
}

double pinna_learner_guess(const pinna_learner* learner, const double rate[PINNA_LEARNER_RATES])
{
    /* However the weights come out, the head is not expected to turn much faster than it does. */
    double limit = 0.0;
    for (int i = 0; i < PINNA_LEARNER_RATES; i++)
        limit = fmax(limit, 1.3 * fabs(rate[i]));
    return fmax(-limit, fmin(limit, weigh(learner->weight, rate)));
}

void pinna_learner_learn(pinna_learner* learner, const double rate[PINNA_LEARNER_RATES], double truth, double elapsed_s)
{
    double keep = exp(-elapsed_s / MEMORY_S);
    double rest = truth - weigh(prior, rate);
    for (int i = 0; i < PINNA_LEARNER_RATES; i++) {
        for (int j = 0; j < PINNA_LEARNER_RATES; j++)
            learner->normal[i][j] = learner->normal[i][j] * keep + rate[i] * rate[j];
        learner->moment[i] = learner->moment[i] * keep + rate[i] * rest;
    }
}

/* Cholesky's method; the ridge keeps the matrix positive definite. */
static void solve_positive(double a[PINNA_LEARNER_RATES][PINNA_LEARNER_RATES], double b[PINNA_LEARNER_RATES])
{
    enum { N = PINNA_LEARNER_RATES };
    for (int j = 0; j < N; j++) {
        for (int k = 0; k < j; k++)
            for (int i = j; i < N; i++)
                a[i][j] -= a[i][k] * a[j][k];
        double pivot = sqrt(fmax(a[j][j], 1e-9));
        for (int i = j; i < N; i++)
            a[i][j] /= pivot;
    }
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < i; k++)
            b[i] -= a[i][k] * b[k];
        b[i] /= a[i][i];
    }
    for (int i = N; i-- > 0;) {
        for (int k = i + 1; k < N; k++)
            b[i] -= a[k][i] * b[k];
        b[i] /= a[i][i];
    }
}

void pinna_learner_solve(pinna_learner* learner)
{
    double a[PINNA_LEARNER_RATES][PINNA_LEARNER_RATES], b[PINNA_LEARNER_RATES];
    memcpy(a, learner->normal, sizeof a);
    memcpy(b, learner->moment, sizeof b);
    for (int i = 0; i < PINNA_LEARNER_RATES; i++)
        a[i][i] += RIDGE_DEG2;
    solve_positive(a, b);
    for (int i = 0; i < PINNA_LEARNER_RATES; i++)
        learner->weight[i] = prior[i] + b[i];
}

void pinna_trust_init(pinna_trust* trust, double look_ahead_s)
{
    for (int bin = 0; bin < PINNA_TRUST_BINS; bin++) {
        double speed = exp2(bin), turn = speed * look_ahead_s;
        double share = speed * speed / (speed * speed + NOISE_DEG_PER_S * NOISE_DEG_PER_S);
        trust->guess_square[bin] = FIRST_TRUST_COUNT * turn * turn;
        trust->guess_truth[bin] = trust->guess_square[bin] * share;
    }
    trust->experience_s = trust->recent_square = trust->recent_truth = 0.0;
}

/* Bins are octaves of speed from 1 degree/s; a speed lies between two of them. */
static int bin_of(double speed_deg_per_s, double* upper)
{
    double octave = fmax(0.0, fmin(PINNA_TRUST_BINS - 1.001, log2(fmax(speed_deg_per_s, 1e-3))));
    int bin = (int)octave;
    *upper = octave - bin;
    return bin;
}

/* The multiple of the guesses that would have fitted best: following it, they would have been no worse than holding. */
static double bin_share(const pinna_trust* trust, int bin)
{
    return fmax(0.0, fmin(1.0, trust->guess_truth[bin] / fmax(trust->guess_square[bin], 1e-12)));
}

double pinna_trust_share(const pinna_trust* trust, double speed_deg_per_s)
{
    double upper;
    int bin = bin_of(speed_deg_per_s, &upper);
    double share = (1.0 - upper) * bin_share(trust, bin) + upper * bin_share(trust, bin + 1);
    /* What the last moments said counts at once, whatever has been true of this speed before. */
    double recent = (trust->recent_truth + RECENT_DEG2) / (trust->recent_square + RECENT_DEG2);
    share = fmin(share, fmax(0.0, recent * RECENT_SLACK));
    return share * (1.0 - exp(-trust->experience_s / CAUTION_S));
}

void pinna_trust_learn(pinna_trust* trust, double speed_deg_per_s, double guess_square, double guess_truth,
                       double elapsed_s)
{
    double upper;
    int bin = bin_of(speed_deg_per_s, &upper);
    double keep_recent = exp(-elapsed_s / RECENT_S);
    trust->recent_square = trust->recent_square * keep_recent + guess_square;
    trust->recent_truth = trust->recent_truth * keep_recent + guess_truth;
    trust->experience_s += elapsed_s;
    for (int i = 0; i < 2; i++) {
        double part = i ? upper : 1.0 - upper, keep = exp(-part * elapsed_s / TRUST_MEMORY_S);
        trust->guess_square[bin + i] = trust->guess_square[bin + i] * keep + part * guess_square;
        trust->guess_truth[bin + i] = trust->guess_truth[bin + i] * keep + part * guess_truth;
    }
}
