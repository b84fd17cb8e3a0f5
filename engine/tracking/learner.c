/* SPDX-License-Identifier: MIT */
#include "tracking/learner.h"

#include <math.h>
#include <string.h>

enum { N = PINNA_LEARNER_RATES, AXES = PINNA_LEARNER_AXES };

/* Before anything is learnt: keep turning, a little slower. Heads stop. For the shortest and the longest look-ahead. */
#define NEAR_S 0.025
#define FAR_S 0.2
static const double first_weight[2][N] = {{0.9, 0.3, 0.0, 0.0}, {0.4, 0.6, 0.1, -0.2}};

static const double memory_s[PINNA_LEARNER_MEMORIES] = {30, 6};

/* How closely each link of the chain keeps to the one before: one over the square of how far a weight is expected to
   move, up to the factor that refine() explains. */
#define HEADS_TIGHT 2.0
#define AXES_TIGHT 3.0
#define LATELY_TIGHT 20.0
#define LEAST_DEG2 4e-4 /* nobody's errors are smaller */
#define FASTER 1.3      /* however the weights come out, the head is not expected to turn much faster than it does */

static void first_weights(double look_ahead_s, double weight[N])
{
    double far = fmax(0.0, fmin(1.0, log(look_ahead_s / NEAR_S) / log(FAR_S / NEAR_S)));
    for (int i = 0; i < N; i++)
        weight[i] = first_weight[0][i] + far * (first_weight[1][i] - first_weight[0][i]);
}

void pinna_learner_init(pinna_learner* learner, double look_ahead_s)
{
    memset(learner, 0, sizeof *learner);
    learner->look_ahead_s = look_ahead_s;
    for (int axis = 0; axis < AXES; axis++)
        first_weights(look_ahead_s, learner->weight[axis]);
}

double pinna_learner_guess(const pinna_learner* learner, int axis, const double rate[N])
{
    double limit = 0.0, sum = 0.0;
    for (int i = 0; i < N; i++) {
        limit = fmax(limit, FASTER * fabs(rate[i]));
        sum += learner->weight[axis][i] * rate[i];
    }
    return fmax(-limit, fmin(limit, sum));
}

void pinna_learner_learn(pinna_learner* learner, int axis, const double rate[N], double truth, double elapsed_s)
{
    for (int m = 0; m < PINNA_LEARNER_MEMORIES; m++) {
        pinna_evidence* e = &learner->evidence[m][axis];
        double keep = exp(-elapsed_s / memory_s[m]);
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++)
                e->normal[i][j] = e->normal[i][j] * keep + elapsed_s * rate[i] * rate[j];
            e->moment[i] = e->moment[i] * keep + elapsed_s * rate[i] * truth;
        }
        e->square = e->square * keep + elapsed_s * truth * truth;
        e->time_s = e->time_s * keep + elapsed_s;
    }
}

/* Cholesky's method; the ridge keeps the matrix positive definite. */
static void solve_positive(double a[N][N], double b[N])
{
    for (int j = 0; j < N; j++) {
        for (int k = 0; k < j; k++)
            for (int i = j; i < N; i++)
                a[i][j] -= a[i][k] * a[j][k];
        double pivot = sqrt(fmax(a[j][j], 1e-12));
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

/* Mean square of what the weights leave unexplained. */
static double rest_of(const pinna_evidence* e, const double weight[N])
{
    double sum = e->square;
    for (int i = 0; i < N; i++) {
        sum -= 2.0 * weight[i] * e->moment[i];
        for (int j = 0; j < N; j++)
            sum += weight[i] * weight[j] * e->normal[i][j];
    }
    return fmax(sum, 0.0) / fmax(e->time_s, 0.1);
}

/* One link of the chain. The ridge is in proportion to the errors, so that a slow head and a quick one are learnt from
   alike; and to the look-ahead: errors of guesses made within it are nearly one error. */
static void refine(const pinna_evidence* e, double look_ahead_s, double tight, double weight[N])
{
    double a[N][N], b[N];
    double ridge = tight * look_ahead_s * (rest_of(e, weight) + LEAST_DEG2);
    memcpy(a, e->normal, sizeof a);
    for (int i = 0; i < N; i++) {
        b[i] = e->moment[i];
        for (int j = 0; j < N; j++)
            b[i] -= e->normal[i][j] * weight[j];
        a[i][i] += ridge;
    }
    solve_positive(a, b);
    for (int i = 0; i < N; i++)
        weight[i] += b[i];
}

static pinna_evidence pool(const pinna_evidence axis[AXES])
{
    pinna_evidence all = {.square = 0.0};
    for (int k = 0; k < AXES; k++) {
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++)
                all.normal[i][j] += axis[k].normal[i][j];
            all.moment[i] += axis[k].moment[i];
        }
        all.square += axis[k].square;
        all.time_s += axis[k].time_s / AXES;
    }
    return all;
}

void pinna_learner_solve(pinna_learner* learner)
{
    double shared[N];
    pinna_evidence all = pool(learner->evidence[0]);
    first_weights(learner->look_ahead_s, shared);
    refine(&all, learner->look_ahead_s, HEADS_TIGHT, shared);
    for (int k = 0; k < AXES; k++) {
        memcpy(learner->weight[k], shared, sizeof shared);
        refine(&learner->evidence[0][k], learner->look_ahead_s, AXES_TIGHT, learner->weight[k]);
        refine(&learner->evidence[1][k], learner->look_ahead_s, LATELY_TIGHT, learner->weight[k]);
    }
}
