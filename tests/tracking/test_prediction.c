/* SPDX-License-Identifier: MIT */
/* How well the predictor sees ahead, against holding the last pose: on a recorded trace and on made-up ones. */
#include "tracking_check.h"

enum { MAX_SAMPLES = 40000 };

typedef struct trace {
    double time_s[MAX_SAMPLES];
    pinna_quat seen[MAX_SAMPLES];  /* as the tracker tells it */
    pinna_quat truth[MAX_SAMPLES]; /* where the head was */
    int count;
    double judged_from_s; /* learning before, judging from here */
} trace;

static trace t; /* large; Criterion runs each test in its own process */

typedef struct score {
    double ratio; /* RMS error over that of holding */
    double worst; /* the same over the worst 5 seconds */
} score;

/* The truth at any time, along the shorter arc between samples. `at` only moves forward. */
static pinna_quat truth_at(double time_s, int* at)
{
    while (*at + 2 < t.count && t.time_s[*at + 1] <= time_s)
        (*at)++;
    double span = t.time_s[*at + 1] - t.time_s[*at];
    return pinna_quat_slerp(t.truth[*at], t.truth[*at + 1], (float)((time_s - t.time_s[*at]) / span));
}

/* time_s belongs to the first of the errors. */
static double worst_window(const double* time_s, const double* error, const double* held, int count)
{
    double worst = 0.0, sum = 0.0, sum_held = 0.0;
    int end = 0;
    for (int start = 0; start < count; start++) {
        while (end < count && time_s[end] < time_s[start] + 5.0) {
            sum += error[end];
            sum_held += held[end++];
        }
        if (end == count) break;
        worst = fmax(worst, sqrt(sum / sum_held));
        sum -= error[start];
        sum_held -= held[start];
    }
    return worst;
}

static score measure(double look_ahead_s)
{
    static double error[MAX_SAMPLES], held[MAX_SAMPLES];
    void* memory = aligned_alloc(PINNA_HEAD_PREDICTOR_ALIGNMENT, (pinna_head_predictor_size() + 15) / 16 * 16);
    pinna_head_predictor* predictor = pinna_head_predictor_place(memory);
    double sum = 0.0, sum_held = 0.0;
    int at = 0, count = 0;
    for (int i = 0; i < t.count; i++) {
        pinna_head_sample s = {.time_s = t.time_s[i], .orientation = t.seen[i]};
        cr_assert_eq(pinna_head_predictor_push(predictor, &s), PINNA_OK);
        double then = t.time_s[i] + look_ahead_s;
        if (then > t.time_s[t.count - 1] || t.time_s[i] < t.judged_from_s) continue;
        pinna_quat truth = truth_at(then, &at);
        double off = angle_between_deg(pinna_head_predictor_at(predictor, then), truth);
        double off_held = angle_between_deg(t.seen[i], truth);
        error[count] = off * off;
        held[count] = off_held * off_held;
        sum += error[count];
        sum_held += held[count++];
    }
    free(memory);
    int first = 0;
    while (t.time_s[first] < t.judged_from_s)
        first++;
    return (score){sqrt(sum / sum_held), worst_window(t.time_s + first, error, held, count)};
}

static void load_recording(void)
{
    char path[1024];
    const char* data = getenv("PINNA_TEST_DATA");
    snprintf(path, sizeof path, "%s/head/xmar_user1_60s.csv", data ? data : PINNA_SOURCE_DIR "/../shared/data");
    FILE* file = fopen(path, "r");
    if (!file) cr_skip_test("no recorded head trace at %s", path);
    char line[256];
    while (fgets(line, sizeof line, file) && t.count < MAX_SAMPLES) {
        pinna_head_sample s;
        if (pinna_head_read_csv(line, strlen(line), &s)) continue;
        t.time_s[t.count] = s.time_s;
        t.seen[t.count] = t.truth[t.count] = s.orientation;
        t.count++;
    }
    fclose(file);
    cr_assert(t.count > 3000);
}

static void check(const char* name, double look_ahead_s, double most, double most_worst)
{
    score s = measure(look_ahead_s);
    cr_log_info("%s, %.0f ms ahead: %.3f of holding's error, at worst over 5 s %.3f", name, look_ahead_s * 1e3, s.ratio,
                s.worst);
    printf("%-32s %4.0f ms ahead: %.3f of holding, worst 5 s %.3f\n", name, look_ahead_s * 1e3, s.ratio, s.worst);
    cr_expect(s.ratio <= most, "%s at %g s: %.3f, allowed %.3f", name, look_ahead_s, s.ratio, most);
    cr_expect(s.worst <= most_worst, "%s at %g s: worst 5 s %.3f, allowed %.3f", name, look_ahead_s, s.worst,
              most_worst);
}

Test(prediction, recorded_head)
{
    load_recording();
    check("recorded", 0.020, 0.35, 1.10);
    check("recorded", 0.050, 0.35, 1.10);
    check("recorded", 0.075, 0.40, 1.10);
    check("recorded", 0.100, 0.42, 1.10);
    check("recorded", 0.150, 0.50, 1.10);
    check("recorded", 0.200, 0.60, 1.10);
}

Test(prediction, recorded_head_at_half_the_rate)
{
    load_recording();
    for (int i = 0; i < t.count / 2; i++) {
        t.time_s[i] = t.time_s[2 * i];
        t.seen[i] = t.seen[2 * i];
        t.truth[i] = t.truth[2 * i];
    }
    t.count /= 2;
    check("recorded, 30 Hz", 0.050, 0.35, 1.10);
    check("recorded, 30 Hz", 0.100, 0.42, 1.10);
}

Test(prediction, recorded_head_backwards)
{
    load_recording();
    /* Another head, as it were: stops become starts. */
    double end = t.time_s[t.count - 1];
    for (int i = 0, j = t.count - 1; i <= j; i++, j--) {
        double time_s = end - t.time_s[i];
        pinna_quat q = t.seen[i];
        t.time_s[i] = end - t.time_s[j];
        t.seen[i] = t.truth[i] = t.seen[j];
        t.time_s[j] = time_s;
        t.seen[j] = t.truth[j] = q;
    }
    check("recorded, backwards", 0.050, 0.35, 1.10);
    check("recorded, backwards", 0.100, 0.42, 1.10);
}

typedef pinna_quat motion(double time_s);

static pinna_quat swaying(double time_s)
{
    return pinna_quat_from_yaw_pitch_roll((float)(40 * sin(3.1 * time_s)), (float)(10 * sin(5 * time_s + 1)),
                                          (float)(5 * sin(1.9 * time_s)));
}

static pinna_quat still(double time_s)
{
    (void)time_s;
    return pinna_quat_from_yaw_pitch_roll(20, 10, 5);
}

static pinna_quat stopping(double time_s)
{
    double phase = fmod(time_s, 4.0), way = phase < 0.5   ? phase / 0.5
                                            : phase < 2.0 ? 1.0
                                            : phase < 2.5 ? 1 - (phase - 2) / 0.5
                                                          : 0;
    return pinna_quat_from_yaw_pitch_roll((float)(60 * way), 0, 0);
}

static pinna_quat glancing(double time_s)
{
    /* Minimum-jerk turns of 0.4 s: how heads and hands reach (Flash and Hogan 1985). */
    double s = fmin(fmod(time_s, 2.0) / 0.4, 1.0), way = s * s * s * (10 - 15 * s + 6 * s * s);
    return pinna_quat_from_yaw_pitch_roll((float)(50 * (fmod(time_s, 4.0) < 2.0 ? way : 1 - way)), 0, 0);
}

static pinna_quat wrapping(double time_s)
{
    return pinna_quat_from_yaw_pitch_roll((float)(170 + 90 * sin(1.9 * time_s)), (float)(20 * sin(3.1 * time_s)), 0);
}

static void make(motion* move, double rate_hz, double noise_deg)
{
    dice d = {(uint64_t)rate_hz};
    t.count = (int)(60 * rate_hz);
    for (int i = 0; i < t.count; i++) {
        t.time_s[i] = i / rate_hz;
        t.truth[i] = move(t.time_s[i]);
        pinna_quat noise =
            pinna_quat_from_yaw_pitch_roll((float)(noise_deg * roll_normal(&d)), (float)(noise_deg * roll_normal(&d)),
                                           (float)(noise_deg * roll_normal(&d)));
        t.seen[i] = pinna_quat_normalize(pinna_quat_multiply(t.truth[i], noise));
    }
}

static const double rates_hz[] = {25, 60, 250};
enum { RATES = sizeof rates_hz / sizeof *rates_hz };

static void check_motion(const char* what, motion* move, double noise_deg, double most, double most_worst)
{
    for (int i = 0; i < RATES; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s, %.0f Hz", what, rates_hz[i]);
        make(move, rates_hz[i], noise_deg);
        check(name, 0.050, most, most_worst);
        check(name, 0.100, most, most_worst);
    }
}

Test(prediction, swaying_head)
{
    check_motion("swaying", swaying, 0.1, 0.25, 0.5);
}

Test(prediction, still_head_is_left_alone)
{
    check_motion("still, 0.1 deg of noise", still, 0.1, 1.10, 1.10);
    check_motion("still, 0.5 deg of noise", still, 0.5, 1.10, 1.10);
}

Test(prediction, sudden_stops)
{
    check_motion("stopping", stopping, 0.05, 0.6, 1.10);
}

Test(prediction, glances)
{
    check_motion("glancing", glancing, 0.05, 0.6, 1.10);
}

Test(prediction, across_the_seam)
{
    check_motion("wrapping", wrapping, 0.05, 0.25, 0.5);
}

Test(prediction, dropouts)
{
    /* Every second a hole of 0.05 to 0.5 s, and single samples lost. */
    dice d = {31};
    make(swaying, 100, 0.1);
    int kept = 0;
    double hole_until = 0.0;
    for (int i = 0; i < t.count; i++) {
        if (i % 100 == 50) hole_until = t.time_s[i] + 0.05 + 0.45 * roll_unit(&d);
        if (t.time_s[i] < hole_until || roll_unit(&d) < 0.1) continue;
        t.time_s[kept] = t.time_s[i];
        t.seen[kept] = t.seen[i];
        t.truth[kept++] = swaying(t.time_s[i]);
    }
    t.count = kept;
    check("dropouts", 0.050, 0.5, 1.10);
    check("dropouts", 0.100, 0.5, 1.10);
}

Test(prediction, from_quick_back_to_still)
{
    /* What was learnt while turning must not shake a head at rest. */
    make(swaying, 60, 0.1);
    dice d = {32};
    for (int i = t.count / 2; i < t.count; i++) {
        t.truth[i] = t.truth[t.count / 2];
        pinna_quat noise =
            pinna_quat_from_yaw_pitch_roll((float)(0.1 * roll_normal(&d)), (float)(0.1 * roll_normal(&d)), 0);
        t.seen[i] = pinna_quat_normalize(pinna_quat_multiply(t.truth[i], noise));
    }
    t.judged_from_s = t.time_s[t.count / 2] + 1.0;
    check("turning, then still", 0.050, 1.10, 1.10);
    check("turning, then still", 0.100, 1.10, 1.10);
}

static pinna_head_predictor* predictor_after_turn(void* memory, double* last_s)
{
    pinna_head_predictor* p = pinna_head_predictor_place(memory);
    for (int i = 0; i < 300; i++) {
        pinna_head_sample s = {.time_s = i * 0.016, .orientation = swaying(i * 0.016)};
        cr_assert_eq(pinna_head_predictor_push(p, &s), PINNA_OK);
        *last_s = s.time_s;
    }
    return p;
}

Test(prediction, any_look_ahead_is_continuous)
{
    void* memory = aligned_alloc(PINNA_HEAD_PREDICTOR_ALIGNMENT, (pinna_head_predictor_size() + 15) / 16 * 16);
    double last_s = 0.0;
    pinna_head_predictor* p = predictor_after_turn(memory, &last_s);
    cr_assert(angle_between_deg(pinna_head_predictor_at(p, last_s), swaying(last_s)) < 0.01);
    cr_assert(angle_between_deg(pinna_head_predictor_at(p, last_s - 1.0), swaying(last_s)) < 0.01);
    cr_assert(angle_between_deg(pinna_head_predictor_at(p, NAN), swaying(last_s)) < 0.01);
    for (int i = 0; i < 1000; i++) {
        double a = last_s + i * 0.001, b = a + 0.001;
        cr_assert(angle_between_deg(pinna_head_predictor_at(p, a), pinna_head_predictor_at(p, b)) < 0.4, "at %d ms", i);
    }
    free(memory);
}

Test(prediction, is_deterministic_and_needs_no_clean_memory)
{
    size_t size = (pinna_head_predictor_size() + 15) / 16 * 16;
    void* a = aligned_alloc(16, size);
    void* b = aligned_alloc(16, size);
    memset(a, 0xA5, size);
    memset(b, 0x5A, size);
    double last_s = 0.0;
    pinna_head_predictor *pa = predictor_after_turn(a, &last_s), *pb = predictor_after_turn(b, &last_s);
    pinna_quat qa = pinna_head_predictor_at(pa, last_s + 0.07), qb = pinna_head_predictor_at(pb, last_s + 0.07);
    cr_assert_eq(memcmp(&qa, &qb, sizeof qa), 0);
    free(a);
    free(b);
}

Test(prediction, bursts_and_repeats_do_no_harm)
{
    /* Three copies of each sample within a millisecond, as a stalled network delivers them. */
    make(swaying, 60, 0.1);
    score once = measure(0.05);
    make(swaying, 60, 0.1);
    for (int i = t.count / 2 - 1; i >= 0; i--)
        for (int k = 0; k < 2; k++) {
            t.time_s[2 * i + k] = t.time_s[i] + 0.0005 * k;
            t.seen[2 * i + k] = t.seen[i];
            t.truth[2 * i + k] = t.truth[i];
        }
    score twice = measure(0.05);
    cr_assert(twice.ratio < 1.3 * once.ratio + 0.05, "%.3f, without repeats %.3f", twice.ratio, once.ratio);
}
