/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "tracking/learner.h"
#include "tracking/sample.h"
#include "tracking/trust.h"

enum { AXES = 3, RATES = PINNA_LEARNER_RATES, HORIZONS = 4, MEMORY = 256 };

/* Look-aheads that are learnt; between them the guesses are mixed. */
static const double horizon_s[HORIZONS] = {0.025, 0.05, 0.1, 0.2};
/* Time scales of the smoothed rates: what the head does now, lately, and over a whole movement. */
static const double rate_time_s[RATES] = {0.005, 0.02, 0.05, 0.2};

#define SPACING_S 0.003     /* moments closer than this are not worth remembering one by one */
#define BURST_SHARE 0.2     /* samples closer than this share of the usual were held up on their way: they are one */
#define USUAL_COUNT 16.0    /* the usual: over as many samples */
#define SAME_S 0.00025      /* too close to tell a rate from */
#define GAP_S 0.3           /* after such a silence the motion is unknown */
#define RESTART_S 1.0       /* a clock this far back was started anew */
#define SAME_RAD 1e-5       /* a pose told twice */
#define BACK_SHARE 1.5      /* of what came of late may be undone */
#define GRAIN_RISE 1.02     /* so fast the smallest step is forgotten, per step */
#define PLAY_SHARE 1.5      /* of a tracker's smallest step: two axes may make one at once */
#define GRAIN_MOST_RAD 0.027 /* no tracker rounds to more than 1.5 degrees */
#define LEARN_GAP_S 0.12    /* the path between such samples is too uncertain to learn from */
#define JUMP_RAD 0.35       /* a step larger than this ... */
#define JUMP_RAD_PER_S 26.0 /* ... and faster than any head (1500 degrees/s) is a jump of the tracker */

/* One sample with what was known and guessed at its time, until the truth has come for every look-ahead. */
typedef struct moment {
    double time_s;
    pinna_quat orientation;
    pinna_quat steady;           /* the same less what may be a tracker's rounding: rates are taken from here */
    float rate[RATES][AXES];     /* rad/s */
    float guess[HORIZONS][AXES]; /* mean rate, rad/s, before trust */
} moment;

struct pinna_head_predictor {
    pinna_learner learner[HORIZONS];
    pinna_trust trust[HORIZONS];
    double learnt_s[HORIZONS]; /* time of the latest moment learnt from */
    uint64_t next[HORIZONS];   /* the moment to learn from next */
    uint64_t count;            /* moments so far; moment i lies at i % MEMORY */
    moment base;               /* rates are taken from here ... */
    moment now;                /* ... to the latest sample */
    double usual_s;            /* between samples */
    double grain_rad;          /* smallest step of a tracker that rounds */
    bool repeated;             /* the latest pose was told twice */
    bool valid;                /* there is one */
    uint32_t discontinuity_count;
    moment moments[MEMORY];
};

size_t pinna_head_predictor_size(void)
{
    return sizeof(pinna_head_predictor);
}

pinna_head_predictor* pinna_head_predictor_place(void* memory)
{
    if (!memory) return NULL;
    pinna_head_predictor* p = memory;
    memset(p, 0, sizeof *p);
    for (int h = 0; h < HORIZONS; h++) {
        pinna_trust_init(&p->trust[h], horizon_s[h]);
        pinna_learner_init(&p->learner[h], horizon_s[h]);
    }
    return p;
}

static moment* moment_at(pinna_head_predictor* p, uint64_t index)
{
    return &p->moments[index % MEMORY];
}

void pinna_head_predictor_reset(pinna_head_predictor* p)
{
    if (!p) return;
    for (int h = 0; h < HORIZONS; h++)
        p->next[h] = p->count;
    p->valid = false;
}

static void to_axes(pinna_vec3 v, double scale, double out[AXES])
{
    out[0] = v.x * scale;
    out[1] = v.y * scale;
    out[2] = v.z * scale;
}

/* Each rate goes the share 1 - exp(-dt/T) of the way to the newest one: right for any spacing of the samples. */
static void update_rates(pinna_head_predictor* p, const pinna_head_sample* sample, pinna_vec3 turn, double elapsed_s)
{
    double turned[AXES], measured[AXES];
    to_axes(turn, 1.0 / elapsed_s, turned);
    if (sample->has_angular_velocity) to_axes(sample->angular_velocity_rad_per_s, 1.0, measured);
    for (int r = 0; r < RATES; r++) {
        /* A gyroscope knows what differences of poses only show afterwards; the learner finds its scale. */
        const double* newest = r == 0 && sample->has_angular_velocity ? measured : turned;
        double step = -expm1(-elapsed_s / rate_time_s[r]);
        for (int axis = 0; axis < AXES; axis++) {
            double before = (double)p->base.rate[r][axis];
            p->now.rate[r][axis] = (float)(before + step * (newest[axis] - before));
        }
    }
}

static double length3(const float v[AXES])
{
    return sqrt((double)v[0] * v[0] + (double)v[1] * v[1] + (double)v[2] * v[2]);
}

static pinna_situation situation_of(const moment* m, int h)
{
    double along = 0.0, square = 1e-6;
    for (int axis = 0; axis < AXES; axis++) {
        along += (double)m->rate[0][axis] * (double)m->guess[h][axis];
        square += (double)m->guess[h][axis] * (double)m->guess[h][axis];
    }
    return (pinna_situation){length3(m->guess[h]) * PINNA_RAD_TO_DEG, along / square};
}

/* A head that stops does not turn back, though what was learnt may say so while the slower rates die away. Noise is
   undone: that is no more than came of late. */
static double not_far_back(double guess, const double rate[RATES], double look_ahead_s)
{
    double latest = 0.0;
    for (int r = 0; r + 1 < RATES; r++)
        latest += fabs(rate[r]) * rate_time_s[r];
    double most = BACK_SHARE * latest / look_ahead_s;
    return guess * rate[RATES - 1] < 0.0 && guess * rate[1] <= 0.0 ? fmax(-most, fmin(most, guess)) : guess;
}

static void guess(pinna_head_predictor* p)
{
    for (int axis = 0; axis < AXES; axis++) {
        double rate[RATES];
        for (int r = 0; r < RATES; r++)
            rate[r] = (double)p->now.rate[r][axis];
        for (int h = 0; h < HORIZONS; h++)
            p->now.guess[h][axis] =
                (float)not_far_back(pinna_learner_guess(&p->learner[h], axis, rate), rate, horizon_s[h]);
    }
}

/* From the latest sample on, and it is one to learn from. */
static void settle(pinna_head_predictor* p)
{
    p->base = p->now;
    *moment_at(p, p->count++) = p->now;
    for (int h = 0; h < HORIZONS; h++)
        if (p->count - p->next[h] > MEMORY) p->next[h] = p->count - MEMORY;
}

/* What came of one moment: the pose at the look-ahead lies between the two newest samples. */
static void learn_moment(pinna_head_predictor* p, int h, const moment* then, pinna_quat before, double before_s,
                         const moment* now)
{
    double target_s = then->time_s + horizon_s[h];
    float fraction = (float)((target_s - before_s) / (now->time_s - before_s));
    pinna_quat there = pinna_quat_slerp(before, now->orientation, fraction);
    double truth[AXES];
    to_axes(pinna_turn_from_quat(pinna_quat_multiply(pinna_quat_conjugate(then->orientation), there)), PINNA_RAD_TO_DEG,
            truth);
    double to_deg = horizon_s[h] * PINNA_RAD_TO_DEG;
    double elapsed_s = fmax(0.0, fmin(then->time_s - p->learnt_s[h], GAP_S));
    double guess_square = 0.0, guess_truth = 0.0;
    for (int axis = 0; axis < AXES; axis++) {
        double rate[RATES], guess = then->guess[h][axis] * to_deg;
        for (int r = 0; r < RATES; r++)
            rate[r] = then->rate[r][axis] * to_deg;
        pinna_learner_learn(&p->learner[h], axis, rate, truth[axis], elapsed_s);
        guess_square += guess * guess;
        guess_truth += guess * truth[axis];
    }
    pinna_trust_learn(&p->trust[h], situation_of(then, h), guess_square, guess_truth, elapsed_s);
    p->learnt_s[h] = then->time_s;
}

/* Moments whose future has just arrived, for one look-ahead. Each is visited once in its life. */
static void learn_horizon(pinna_head_predictor* p, int h, const moment* before, const moment* now)
{
    bool learnt = false;
    while (p->next[h] < p->count) {
        const moment* then = moment_at(p, p->next[h]);
        if (then->time_s + horizon_s[h] > now->time_s) break;
        p->next[h]++;
        if (now->time_s - before->time_s > LEARN_GAP_S) continue;
        learn_moment(p, h, then, before->orientation, before->time_s, now);
        learnt = true;
    }
    if (!learnt) return;
    pinna_learner_solve(&p->learner[h]);
}

static bool is_valid(const pinna_head_sample* sample)
{
    const pinna_quat q = sample->orientation;
    double norm = (double)q.w * q.w + (double)q.x * q.x + (double)q.y * q.y + (double)q.z * q.z;
    if (!isfinite(sample->time_s) || !(fabs(norm - 1.0) < 0.01)) return false;
    if (!sample->has_angular_velocity) return true;
    return pinna_head_in_range(pinna_vec3_length(sample->angular_velocity_rad_per_s),
                               PINNA_HEAD_MAX_RATE_RAD_PER_S * 2);
}

static bool is_jump(pinna_vec3 turn, double elapsed_s)
{
    double angle = pinna_vec3_length(turn);
    return angle > JUMP_RAD && angle > JUMP_RAD_PER_S * elapsed_s;
}

static void begin(pinna_head_predictor* p, const pinna_head_sample* sample)
{
    pinna_head_predictor_reset(p);
    p->now = (moment){.time_s = sample->time_s, .orientation = sample->orientation, .steady = sample->orientation};
    p->repeated = false;
    p->valid = true;
    settle(p);
}

/* Whether the motion up to the latest sample is to be told apart from that up to the next. */
static bool is_settled(pinna_head_predictor* p, double next_s)
{
    double step_s = next_s - p->now.time_s;
    p->usual_s += (fmin(step_s, LEARN_GAP_S) - p->usual_s) / USUAL_COUNT;
    return p->now.time_s - p->base.time_s >= SPACING_S && step_s >= BURST_SHARE * p->usual_s;
}

static pinna_vec3 turn_between(pinna_quat from, pinna_quat to)
{
    return pinna_turn_from_quat(pinna_quat_multiply(pinna_quat_conjugate(from), to));
}

/* A tracker that tells one pose again and again, then another one, knows no smaller step than the one between. */
static void watch_grain(pinna_head_predictor* p, const pinna_head_sample* sample)
{
    double step = (double)pinna_vec3_length(turn_between(p->now.orientation, sample->orientation));
    bool same = step < SAME_RAD;
    if (!same && p->repeated) p->grain_rad = p->grain_rad > 0.0 ? GRAIN_RISE * p->grain_rad : step;
    if (!same) p->grain_rad = fmin(p->grain_rad, step);
    p->repeated = same;
}

/* As play in a gear: a step forth and back is none, and a turn begins with the second step. */
static pinna_quat steadied(const pinna_head_predictor* p, pinna_quat orientation)
{
    double play = p->grain_rad < GRAIN_MOST_RAD ? PLAY_SHARE * p->grain_rad : 0.0;
    pinna_vec3 way = turn_between(p->now.steady, orientation);
    double length = (double)pinna_vec3_length(way);
    if (play <= 0.0) return orientation;
    if (length <= play) return p->now.steady;
    pinna_quat step = pinna_quat_from_turn(pinna_vec3_scale(way, (float)(1.0 - play / length)));
    return pinna_quat_normalize(pinna_quat_multiply(p->now.steady, step));
}

static void take(pinna_head_predictor* p, const pinna_head_sample* sample)
{
    watch_grain(p, sample);
    if (is_settled(p, sample->time_s)) settle(p);
    moment before = p->now;
    double elapsed_s = sample->time_s - p->base.time_s;
    if (elapsed_s > GAP_S || is_jump(turn_between(p->base.orientation, sample->orientation), elapsed_s)) {
        begin(p, sample);
        return;
    }
    p->now.time_s = sample->time_s;
    p->now.orientation = sample->orientation;
    p->now.steady = steadied(p, sample->orientation);
    if (elapsed_s < SAME_S) return;
    update_rates(p, sample, turn_between(p->base.steady, p->now.steady), elapsed_s);
    if (p->now.time_s > before.time_s)
        for (int h = 0; h < HORIZONS; h++)
            learn_horizon(p, h, &before, &p->now);
    guess(p);
}

pinna_status pinna_head_predictor_push(pinna_head_predictor* p, const pinna_head_sample* sample)
{
    if (!p || !sample || !is_valid(sample)) return PINNA_ERROR_ARGUMENT;
    double elapsed_s = sample->time_s - p->now.time_s;
    bool reset = p->valid && sample->discontinuity_count != p->discontinuity_count;
    if (p->valid && !reset && elapsed_s < 0.0 && elapsed_s > -RESTART_S) return PINNA_ERROR_DATA;
    p->discontinuity_count = sample->discontinuity_count;
    if (!p->valid || reset || elapsed_s < 0.0)
        begin(p, sample);
    else
        take(p, sample);
    return PINNA_OK;
}

/* The mean rate over the look-ahead, as one look-ahead's learners say. */
static void rate_for(const pinna_head_predictor* p, const moment* last, int h, float out[AXES])
{
    double share = pinna_trust_share(&p->trust[h], situation_of(last, h));
    for (int axis = 0; axis < AXES; axis++)
        out[axis] = last->guess[h][axis] * (float)share;
}

pinna_quat pinna_head_predictor_at(const pinna_head_predictor* p, double time_s)
{
    if (!p || !p->valid) return pinna_quat_identity();
    const moment* last = &p->now;
    double ahead_s = time_s - last->time_s;
    if (!(ahead_s > 0.0)) return last->orientation; /* NaN too */
    ahead_s = fmin(ahead_s, PINNA_HEAD_MAX_LOOK_AHEAD_S);
    int h = 0;
    while (h + 2 < HORIZONS && ahead_s > horizon_s[h + 1])
        h++;
    double mix = fmax(0.0, fmin(1.0, (ahead_s - horizon_s[h]) / (horizon_s[h + 1] - horizon_s[h])));
    float near[AXES], far[AXES];
    rate_for(p, last, h, near);
    rate_for(p, last, h + 1, far);
    double turn[AXES];
    for (int axis = 0; axis < AXES; axis++)
        turn[axis] = ahead_s * (near[axis] + mix * (far[axis] - near[axis]));
    pinna_vec3 v = {(float)turn[0], (float)turn[1], (float)turn[2]};
    return pinna_quat_normalize(pinna_quat_multiply(last->orientation, pinna_quat_from_turn(v)));
}
