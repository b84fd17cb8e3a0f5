/* SPDX-License-Identifier: MIT */
/*
 * bench_prediction [TRACE.csv...]: how far the head predictor errs, as a share of holding the latest pose, and over the
 * worst five seconds. Recordings (t_s,yaw_deg,pitch_deg,roll_deg) are judged as they are and bent; without any, and
 * before them, the made-up traces of the tests; both, last, as trackers of any kind would tell them. --truth first:
 * judged against where the made-up head is, not against what its tracker will have said.
 */
#include "tracking/head_traces.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double look_ahead_s[] = {0.025, 0.05, 0.1};
enum { LOOK_AHEADS = sizeof look_ahead_s / sizeof *look_ahead_s };

typedef struct sums {
    double log_ratio[LOOK_AHEADS], worst[LOOK_AHEADS];
    int count, bad_windows;
} sums;

static void show(const char* name, const head_trace* trace, bool against_truth, sums* all)
{
    printf("%-34s %7.2f", name, head_score_of(trace, 0.05, against_truth).held_deg);
    for (int i = 0; i < LOOK_AHEADS; i++) {
        head_score s = head_score_of(trace, look_ahead_s[i], against_truth);
        printf("   %5.3f %5.2f%s", s.ratio, s.worst, s.worst > 1.1 ? "!" : " ");
        all->log_ratio[i] += log(fmax(s.ratio, 1e-3));
        all->worst[i] = fmax(all->worst[i], s.worst);
        all->bad_windows += s.worst > 1.1;
    }
    all->count++;
    putchar('\n');
}

static void head_line(const char* what)
{
    printf("%-34s %7s", what, "held");
    for (int i = 0; i < LOOK_AHEADS; i++)
        printf("   %3.0f ms  worst", 1e3 * look_ahead_s[i]);
    putchar('\n');
}

static void show_sums(const sums* all)
{
    printf("%-34s %7s", "(geometric mean, worst)", "");
    for (int i = 0; i < LOOK_AHEADS; i++)
        printf("   %5.3f %5.2f ", exp(all->log_ratio[i] / all->count), all->worst[i]);
    printf("\n%d figures above 1.10 in the worst 5 s\n\n", all->bad_windows);
}

static void show_made_up(bool held_out, bool against_truth)
{
    sums all = {0};
    head_line(held_out ? "made up, held out" : "made up");
    for (int i = 0; i < head_kind_count; i++) {
        if (head_kinds[i].held_out != held_out) continue;
        head_path path = head_path_make(&head_kinds[i]);
        head_trace trace = head_trace_watch(&path, &head_kinds[i].sensor, 3);
        show(head_kinds[i].name, &trace, against_truth, &all);
        head_trace_free(&trace);
        head_path_free(&path);
    }
    show_sums(&all);
}

/* Any motion before any tracker: the sums, and where it went worst. */
static void show_many(const head_path* recording, bool against_truth)
{
    enum { COUNT = 100 };
    static const double at_s[] = {0.05, 0.1};
    printf("%d %s before trackers of any kind\n", COUNT, recording ? "bent recordings" : "made-up heads");
    for (size_t k = 0; k < sizeof at_s / sizeof *at_s; k++) {
        char name[HEAD_NAME], worst_name[HEAD_NAME] = "";
        double log_ratio = 0, worst = 0, bad_share = 0;
        int above = 0;
        for (int i = 0; i < COUNT; i++) {
            head_trace trace = head_trace_of_many(i, recording, name);
            head_score s = head_score_of(&trace, at_s[k], against_truth);
            log_ratio += log(fmax(s.ratio, 1e-3)) / COUNT;
            bad_share += s.bad_share / COUNT;
            above += s.worst > 1.1;
            if (s.worst > worst) memcpy(worst_name, name, sizeof name);
            worst = fmax(worst, s.worst);
            head_trace_free(&trace);
        }
        printf("%3.0f ms: %.3f (geometric mean); %.2f %% of all windows, in %d traces, above 1.10; worst %.2f: %s\n",
               1e3 * at_s[k], exp(log_ratio), 100 * bad_share, above, worst, worst_name);
    }
    putchar('\n');
}

static int show_recording(const char* file, bool against_truth)
{
    head_path path = head_path_load(file);
    if (path.count < 100) {
        fprintf(stderr, "bench_prediction: %s: no recording of 100 lines t_s,yaw_deg,pitch_deg,roll_deg\n", file);
        head_path_free(&path);
        return 1;
    }
    sums all = {0};
    head_line(file);
    for (int i = 0; i < head_variant_count; i++) {
        head_path bent = head_path_bend(&path, &head_variants[i]);
        head_trace trace = head_trace_watch(&bent, &head_variants[i].sensor, 3);
        show(head_variants[i].name, &trace, against_truth, &all);
        head_trace_free(&trace);
        head_path_free(&bent);
    }
    show_sums(&all);
    show_many(&path, against_truth);
    head_path_free(&path);
    return 0;
}

int main(int argc, char** argv)
{
    bool against_truth = argc > 1 && !strcmp(argv[1], "--truth"), bad = false;
    int first = against_truth ? 2 : 1;
    puts("Error of prediction over that of holding the latest pose: RMS, and RMS over the worst 5 s (holding counted\n"
         "as 0.1 degrees at least). held: RMS error of holding at 50 ms, degrees.\n");
    show_made_up(false, against_truth);
    show_made_up(true, against_truth);
    show_many(NULL, against_truth);
    for (int i = first; i < argc; i++)
        bad |= show_recording(argv[i], against_truth) != 0;
    return bad;
}
