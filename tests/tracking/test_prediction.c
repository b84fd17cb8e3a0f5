/* SPDX-License-Identifier: MIT */
/* How well the predictor sees ahead, against holding the last pose: on a recorded trace and on made-up ones. */
#include "head_traces.h"
#include "tracking_check.h"

/* What the worst five seconds may be where holding is the best that can be done; windows begin anywhere, even in the
   middle of a movement whose better half lies before them. */
#define WORST 1.10

static void check(const char* name, const head_trace* trace, double look_ahead_s, double most, double worst)
{
    head_score s = head_score_of(trace, look_ahead_s, false);
    cr_log_info("%s, %.0f ms ahead: %.3f of holding's error, at worst over 5 s %.3f", name, 1e3 * look_ahead_s, s.ratio,
                s.worst);
    cr_expect_leq(s.ratio, most, "%s at %g s: %.3f, allowed %.3f", name, look_ahead_s, s.ratio, most);
    cr_expect_leq(s.worst, worst, "%s at %g s: worst 5 s %.3f, allowed %.3f", name, look_ahead_s, s.worst, worst);
}

static head_path load_recording(void)
{
    char path[1024];
    const char* data = getenv("PINNA_TEST_DATA");
    snprintf(path, sizeof path, "%s/head/xmar_user1_60s.csv", data ? data : PINNA_SOURCE_DIR "/../shared/data");
    head_path recording = head_path_load(path);
    if (!recording.count) cr_skip_test("no recorded head trace at %s", path);
    cr_assert_gt(recording.count, 3000);
    return recording;
}

Test(prediction, recorded_head_at_any_look_ahead)
{
    head_path recording = load_recording();
    head_trace trace = head_trace_watch(&recording, &(head_sensor){.noise_deg = 0}, 1);
    check("recorded", &trace, 0.020, 0.32, WORST);
    check("recorded", &trace, 0.050, 0.32, WORST);
    check("recorded", &trace, 0.075, 0.35, WORST);
    check("recorded", &trace, 0.100, 0.37, WORST);
    check("recorded", &trace, 0.150, 0.45, WORST);
    check("recorded", &trace, 0.200, 0.50, WORST);
    head_trace_free(&trace);
    head_path_free(&recording);
}

/* Another head, as it were: slower, quicker, stops become starts; and worse trackers. */
Test(prediction, recorded_head_bent)
{
    head_path recording = load_recording();
    for (int i = 0; i < head_variant_count; i++) {
        const head_variant* v = &head_variants[i];
        head_path bent = head_path_bend(&recording, v);
        head_trace trace = head_trace_watch(&bent, &v->sensor, 3);
        check(v->name, &trace, 0.050, v->most_50_ms, WORST);
        check(v->name, &trace, 0.100, v->most_100_ms, WORST);
        head_trace_free(&trace);
        head_path_free(&bent);
    }
    head_path_free(&recording);
}

static void check_kinds(bool held_out)
{
    for (int i = 0; i < head_kind_count; i++) {
        const head_kind* kind = &head_kinds[i];
        if (kind->held_out != held_out) continue;
        head_path path = head_path_make(kind);
        head_trace trace = head_trace_watch(&path, &kind->sensor, 3);
        check(kind->name, &trace, 0.050, kind->most_50_ms, kind->worst);
        check(kind->name, &trace, 0.100, kind->most_100_ms, kind->worst);
        head_trace_free(&trace);
        head_path_free(&path);
    }
}

Test(prediction, made_up_heads, .timeout = 120)
{
    check_kinds(false);
}

Test(prediction, made_up_heads_held_out, .timeout = 120)
{
    check_kinds(true);
}

/* Motions and trackers crossed at random. What no guess can be right about stays in: a hard stop before a long rest, a
   jump; a window that begins just there has nothing else in it. So windows worse than holding are counted. */
static void check_many(const head_path* recording, double look_ahead_s, double most, double most_bad_share,
                       double worst)
{
    enum { COUNT = 40 };
    double log_ratio = 0, bad_share = 0;
    for (int i = 0; i < COUNT; i++) {
        char name[HEAD_NAME];
        head_trace trace = head_trace_of_many(i, recording, name);
        head_score s = head_score_of(&trace, look_ahead_s, false);
        cr_expect_leq(s.ratio, 1.05, "%s at %g s: %.3f", name, look_ahead_s, s.ratio);
        cr_expect_leq(s.worst, worst, "%s at %g s: worst 5 s %.3f, allowed %.3f", name, look_ahead_s, s.worst, worst);
        log_ratio += log(fmax(s.ratio, 1e-3)) / COUNT;
        bad_share += s.bad_share / COUNT;
        head_trace_free(&trace);
    }
    cr_log_info("%g s: %.3f in the mean, %.3f %% of windows above 1.1", look_ahead_s, exp(log_ratio), 100 * bad_share);
    cr_expect_leq(exp(log_ratio), most, "%g s: %.3f, allowed %.3f", look_ahead_s, exp(log_ratio), most);
    cr_expect_leq(bad_share, most_bad_share, "%g s: %.4f of windows above 1.1, allowed %.4f", look_ahead_s, bad_share,
                  most_bad_share);
}

Test(prediction, recorded_head_before_any_tracker, .timeout = 120)
{
    head_path recording = load_recording();
    check_many(&recording, 0.050, 0.43, 0, WORST);
    check_many(&recording, 0.100, 0.45, 0.0005, 1.20);
    head_path_free(&recording);
}

Test(prediction, any_head_before_any_tracker, .timeout = 120)
{
    check_many(NULL, 0.050, 0.52, 0.002, 2.5);
    check_many(NULL, 0.100, 0.59, 0.008, 3.0);
}

static pinna_quat swaying(double time_s)
{
    return pinna_quat_from_yaw_pitch_roll((float)(40 * sin(3.1 * time_s)), (float)(10 * sin(5 * time_s + 1)),
                                          (float)(5 * sin(1.9 * time_s)));
}

/* Sways for half of the time, then rests; a tracker good to 0.1 degrees looks on. */
static head_trace make_swaying(double rate_hz, int count, int moving_count)
{
    dice d = {(uint64_t)rate_hz};
    head_trace t = {count, malloc((size_t)count * sizeof(double)), malloc((size_t)count * sizeof(pinna_quat)),
                    malloc((size_t)count * sizeof(pinna_quat))};
    for (int i = 0; i < count; i++) {
        float noise[3];
        for (int axis = 0; axis < 3; axis++)
            noise[axis] = (float)(0.1 * roll_normal(&d));
        t.time_s[i] = i / rate_hz;
        t.truth[i] = swaying((i < moving_count ? i : moving_count) / rate_hz);
        t.seen[i] = pinna_quat_normalize(
            pinna_quat_multiply(t.truth[i], pinna_quat_from_yaw_pitch_roll(noise[0], noise[1], noise[2])));
    }
    return t;
}

/* What was learnt while turning must not shake a head at rest. */
Test(prediction, from_quick_back_to_still)
{
    enum { COUNT = 3600 };
    head_trace t = make_swaying(60, COUNT, COUNT / 2);
    void* memory = aligned_alloc(PINNA_HEAD_PREDICTOR_ALIGNMENT, (pinna_head_predictor_size() + 15) / 16 * 16);
    pinna_head_predictor* p = pinna_head_predictor_place(memory);
    double square = 0, square_held = 0;
    for (int i = 0; i < COUNT - 6; i++) {
        pinna_head_sample s = {.time_s = t.time_s[i], .orientation = t.seen[i]};
        cr_assert_eq(pinna_head_predictor_push(p, &s), PINNA_OK);
        if (i < COUNT / 2 + 60) continue;
        double off = angle_between_deg(pinna_head_predictor_at(p, t.time_s[i + 6]), t.seen[i + 6]);
        double off_held = angle_between_deg(t.seen[i], t.seen[i + 6]);
        square += off * off;
        square_held += off_held * off_held;
    }
    cr_expect_leq(sqrt(square / square_held), 1.05, "%.3f of holding", sqrt(square / square_held));
    free(memory);
    head_trace_free(&t);
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

/* Three samples at nearly one time, as a stalled link delivers them: two of them are old news, which costs, but nothing
   is thrown. */
Test(prediction, bursts_do_no_harm)
{
    enum { COUNT = 6000 };
    head_trace even = make_swaying(100, COUNT, COUNT), burst = make_swaying(100, COUNT, COUNT);
    for (int i = 0; i < COUNT; i++)
        burst.time_s[i] = even.time_s[i - i % 3] + 0.02 + 0.0002 * (i % 3);
    head_score once = head_score_of(&even, 0.05, false), thrice = head_score_of(&burst, 0.05, false);
    cr_log_info("even %.3f, in bursts of three %.3f", once.ratio, thrice.ratio);
    cr_expect_leq(thrice.ratio, 0.6, "%.3f, in bursts %.3f", once.ratio, thrice.ratio);
    cr_expect_leq(thrice.worst, 1.0);
    head_trace_free(&even);
    head_trace_free(&burst);
}
