/* SPDX-License-Identifier: MIT */
#include "bench.h"
#include "progress.h"
#include "tracking/osc_sayings.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

/* Where the noise stands: beside the front and raised, so that yaw, pitch and roll all move it. */
static const float source_deg[2] = {50, 15};

static double level_difference(bench* b)
{
    double level_db[2];
    bench_levels(b, level_db);
    return level_db[0] - level_db[1];
}

/* The level difference of a noise that stands still where the turned head must hear it. */
static double expected_difference(const bench* live, pinna_quat head)
{
    char text[512];
    pinna_vec3 world = pinna_direction_from_spherical(source_deg[0], source_deg[1]);
    pinna_spherical seen = pinna_spherical_from_vec3(pinna_quat_rotate(pinna_quat_conjugate(head), world));
    bench still = *live;
    bench_scene_text(text, sizeof text, (double)seen.azimuth_deg, (double)seen.elevation_deg);
    cr_assert_eq(pinna_live_engine_create(BENCH_RATE_HZ, &still.engine), PINNA_OK);
    cr_assert(pinna_live_engine_play(still.engine, bench_load(&still, "still", text)));
    double difference = level_difference(&still);
    pinna_live_engine_destroy(still.engine);
    return difference;
}

/* The tracker says a pose; the scene must turn the other way. */
static void check_turn(bench* b, pinna_live_tracker who, const void* bytes, size_t size, pinna_quat head,
                       const char* what)
{
    double expected = expected_difference(b, head);
    cr_expect(bench_until(b, who, bytes, size, head), "%s: the head does not turn there", what);
    double heard = level_difference(b);
    /* Windows of a noise whose level wavers are compared, so not closer than this. */
    cr_expect_float_eq(heard, expected, 0.6, "%s: ears differ by %.2f dB instead of %.2f", what, heard, expected);
}

static bench start(pinna_osc_dialect dialect)
{
    char text[512];
    bench_scene_text(text, sizeof text, (double)source_deg[0], (double)source_deg[1]);
    return bench_start(text, dialect);
}

static pinna_quat pose(int turn, float degrees)
{
    return pinna_quat_from_yaw_pitch_roll(turn == 0 ? degrees : 0, turn == 1 ? degrees : 0, turn == 2 ? degrees : 0);
}

Test(trackers, opentrack_and_freepie_turn_the_scene_the_other_way, .timeout = 120)
{
    bench b = start(PINNA_OSC_AUTO);
    for (int turn = 0; turn < 3; turn++) {
        /* yaw + right, pitch + up, roll + left: 30 degrees left, up, tilted right */
        double values[6] = {0};
        values[3 + turn] = turn == 1 ? 30 : -30;
        check_turn(&b, PINNA_LIVE_TRACKER_OPENTRACK, values, sizeof values, pose(turn, 30), "opentrack");
    }
    pinna_live_trackers_choose(b.trackers, PINNA_LIVE_TRACKER_FREEPIE);
    for (int turn = 0; turn < 3; turn++) {
        uint8_t bytes[50] = {0, 2};
        float radians = (turn == 1 ? 1.0f : -1.0f) * 0.523598776f;
        memcpy(bytes + 2 + 4 * turn, &radians, 4);
        check_turn(&b, PINNA_LIVE_TRACKER_FREEPIE, bytes, sizeof bytes, pose(turn, 30), "freepie");
    }
    bench_stop(&b);
}

static const float saying_deg[3] = {30, 20, 10};

Test(trackers, every_osc_dialect_turns_the_scene_the_other_way, .timeout = 240)
{
    bench b = {0};
    for (size_t i = 0; i < sizeof sayings / sizeof sayings[0]; i++) {
        const saying* w = &sayings[i];
        if (i == 0 || w->dialect != sayings[i - 1].dialect) {
            if (i) bench_stop(&b);
            b = start(w->dialect);
        }
        const double* values[3] = {w->left, w->up, w->right};
        for (int turn = 0; turn < 3; turn++) {
            packet p = message(w->address, w->kinds, values[turn]);
            check_turn(&b, PINNA_LIVE_TRACKER_OSC, p.bytes, p.size, pose(turn, saying_deg[turn]), w->address);
        }
    }
    bench_stop(&b);
}

/* Hedrot and NoiseMakers send one message per axis. */
Test(trackers, single_axes_turn_the_scene_too, .timeout = 60)
{
    static const struct {
        pinna_osc_dialect dialect;
        const char* address[3];
        double value[3];
    } rows[] = {
        {PINNA_OSC_HEDROT, {"/hedrot/yaw", "/hedrot/pitch", "/hedrot/roll"}, {-30, 20, -10}},
        {PINNA_OSC_NOISEMAKERS, {"/yaw", "/pitch", "/roll"}, {0.5 - 30.0 / 360, 0.5 + 20.0 / 360, 0.5 - 10.0 / 360}}};
    for (size_t i = 0; i < 2; i++) {
        bench b = start(rows[i].dialect);
        for (int axis = 2; axis > 0; axis--) {
            packet p = message(rows[i].address[axis], "f", &rows[i].value[axis]);
            bench_send(&b, PINNA_LIVE_TRACKER_OSC, p.bytes, p.size);
        }
        packet p = message(rows[i].address[0], "f", &rows[i].value[0]);
        check_turn(&b, PINNA_LIVE_TRACKER_OSC, p.bytes, p.size, pinna_quat_from_yaw_pitch_roll(30, 20, 10),
                   pinna_osc_dialect_name(rows[i].dialect));
        bench_stop(&b);
    }
}

Test(trackers, words_say_what_was_done, .timeout = 30)
{
    bench b = start(PINNA_OSC_AUTO);
    double values[6] = {0, 0, 0, -4, 0, 0};
    cr_expect(bench_until(&b, PINNA_LIVE_TRACKER_OPENTRACK, values, sizeof values, pose(0, 4)));
    pinna_live_trackers_view view = pinna_live_trackers_look(b.trackers);
    cr_expect(strstr(view.said, "opentrack (127.0.0.1)") && strstr(view.said, "4° left"), "%s", view.said);
    values[3] = -30;
    cr_expect(bench_until(&b, PINNA_LIVE_TRACKER_OPENTRACK, values, sizeof values, pose(0, 30)));
    view = pinna_live_trackers_look(b.trackers);
    cr_expect(strstr(view.said, "you turned left by 26°"), "%s", view.said);
    cr_expect_eq(view.active, PINNA_LIVE_TRACKER_OPENTRACK);
    bench_stop(&b);
}

/* ---- Hostile senders ---- */

/* Every kind of packet that is none, to all three ports in turn. */
static size_t make_rubbish(uint32_t number, uint8_t* bytes, pinna_live_tracker* who)
{
    static const size_t sizes[] = {0, 1, 12, 47, 48, 49, 50, 200, 2048, 2049, 9000};
    size_t size = sizes[number % (sizeof sizes / sizeof sizes[0])];
    *who = (pinna_live_tracker)(number % 3);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(number * 2654435761u >> (i % 24));
    double bad[] = {NAN, INFINITY, 1e300};
    if (size >= 48 && number % 2) memcpy(bytes + 24, &bad[number % 3], 8);
    if (number % 5 == 0 && size >= 12) memcpy(bytes, "/ypr\0\0\0\0,fff", 12);
    if (number % 7 == 0 && size >= 16) memcpy(bytes, "#bundle\0\0\0\0\0\0\0\0\1", 16);
    return size;
}

typedef struct flood {
    const bench* b;
    atomic_bool stop;
    atomic_uint sent;
    double rate_hz;
} flood;

/* Packets are made beforehand and go out in batches: the sender must not be what limits the flood. Every other one is
   honest, and faces 30 degrees left. */
static void* run_flood(void* user)
{
    enum { BATCH = 50, KINDS = 330 };
    static uint8_t rubbish[KINDS][9000];
    static bench_packet kinds[KINDS];
    flood* f = user;
    const double left[6] = {0, 0, 0, -30, 0, 0};
    for (uint32_t k = 0; k < KINDS; k++) {
        kinds[k] = (bench_packet){.bytes = rubbish[k]};
        kinds[k].size = make_rubbish(k, rubbish[k], &kinds[k].who);
    }
    double began_s = pinna_progress_now_s();
    for (uint32_t i = 0; !atomic_load(&f->stop);) {
        bench_packet batch[BATCH];
        for (int k = 0; k < BATCH; k++, i++)
            batch[k] = i % 2 ? (bench_packet){PINNA_LIVE_TRACKER_OPENTRACK, left, sizeof left} : kinds[i / 2 % KINDS];
        atomic_fetch_add(&f->sent, bench_send_all(f->b, batch, BATCH));
        while (pinna_progress_now_s() - began_s < i / f->rate_hz && !atomic_load(&f->stop))
            bench_sleep(0.0002);
    }
    return NULL;
}

/* The head stands still once it is there, whatever else arrives, and the sound has no step in it. */
Test(trackers, a_flood_of_packets_changes_nothing, .timeout = 60)
{
    enum { PERIODS = 1125 };
    bench b = start(PINNA_OSC_AUTO);
    const double left[6] = {0, 0, 0, -30, 0, 0};
    cr_assert(bench_until(&b, PINNA_LIVE_TRACKER_OPENTRACK, left, sizeof left, pose(0, 30)));
    flood f = {.b = &b, .rate_hz = 110000};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, run_flood, &f), 0);
    float stereo[2 * BENCH_PERIOD];
    double slowest_s = 0, began_s = pinna_progress_now_s();
    struct timespec before, after;
    for (int p = 0; p < PERIODS; p++) {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
        bench_render(&b, stereo);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
        double took_s = (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
        slowest_s = fmax(slowest_s, took_s);
        for (int i = 0; i < 2 * BENCH_PERIOD; i++)
            cr_assert(isfinite(stereo[i]) && fabsf(stereo[i]) <= 1.0f);
        double ahead_s = (p + 1) * (double)BENCH_PERIOD / BENCH_RATE_HZ - (pinna_progress_now_s() - began_s);
        if (ahead_s > 0) bench_sleep(ahead_s);
    }
    double elapsed_s = pinna_progress_now_s() - began_s;
    atomic_store(&f.stop, true);
    pthread_join(thread, NULL);
    pinna_live_trackers_view view = pinna_live_trackers_look(b.trackers);
    uint64_t refused = view.refused_count[0] + view.refused_count[1] + view.refused_count[2];
    double received = (double)(view.packet_count[0] + refused);
    cr_log_info("%.0f packets/s sent, %.0f read (%llu as opentrack, %llu refused); slowest period %.2f ms of CPU",
                atomic_load(&f.sent) / elapsed_s, received / elapsed_s, (unsigned long long)view.packet_count[0],
                (unsigned long long)refused, 1e3 * slowest_s);
    /* A busy machine may lose some; what is lost is the kernel's to drop, never the sound's. */
    cr_expect_gt(received, 0.5 * atomic_load(&f.sent), "%.0f of %u", received, atomic_load(&f.sent));
    float yaw, pitch, roll;
    pinna_quat_to_yaw_pitch_roll(pinna_live_engine_look(b.engine).head.pose.orientation, &yaw, &pitch, &roll);
    cr_expect(fabsf(yaw - 30) < 0.5f && fabsf(pitch) < 0.5f && fabsf(roll) < 0.5f, "%g %g %g", (double)yaw,
              (double)pitch, (double)roll);
    cr_expect(view.refused_count[0] && view.refused_count[1] && view.refused_count[2]);
    cr_expect_gt(view.packet_count[0], 10000);
    cr_expect_lt(slowest_s, (double)BENCH_PERIOD / BENCH_RATE_HZ);
    bench_stop(&b);
}

/* From packet to queue: the wait for the next period, and its rendering. */
Test(trackers, a_packet_is_in_the_queue_within_a_period_and_2_ms, .timeout = 60)
{
    static pinna_report report;
    bench b = start(PINNA_OSC_AUTO);
    pinna_live_output* output;
    pinna_live_output_config config = {
        .engine = b.engine, .sample_rate_hz = BENCH_RATE_HZ, .period_frames = BENCH_PERIOD, .silent = true};
    cr_assert_eq(pinna_live_output_start(&config, &report, &output), PINNA_OK);
    enum { PACKETS = 500 };
    const double bound_s = (double)BENCH_PERIOD / BENCH_RATE_HZ + 0.002;
    int within = 0;
    double worst_s = 0;
    for (int i = 0; i < PACKETS; i++) {
        double values[6] = {0, 0, 0, 0.02 * i, 0, 0};
        bench_send(&b, PINNA_LIVE_TRACKER_OPENTRACK, values, sizeof values);
        bench_sleep(0.0071);
        double reaction_s = pinna_live_engine_look(b.engine).head.reaction_s;
        within += reaction_s <= bound_s;
        worst_s = fmax(worst_s, reaction_s);
    }
    pinna_live_output_stop(output);
    cr_log_info("%d of %d packets in the queue within %.2f ms; the slowest took %.2f", within, PACKETS, 1e3 * bound_s,
                1e3 * worst_s);
    /* What a busy machine's scheduler holds back is not ours. */
    cr_expect_geq(within, PACKETS * 97 / 100);
    bench_stop(&b);
}
