/* SPDX-License-Identifier: MIT */
#include "bench.h"
#include "progress.h"
#include "setup.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void bench_sleep(double seconds)
{
    nanosleep(&(struct timespec){(time_t)seconds, (long)(1e9 * fmod(seconds, 1))}, NULL);
}

void bench_scene_text(char* text, size_t size, double azimuth_deg, double elevation_deg)
{
    snprintf(text, size,
             "{\"version\":1,\"duration_s\":3600,\"sources\":[{\"file\":\"builtin:wind\",\"loop\":true,\"position\":"
             "{\"azimuth_deg\":%.4f,\"elevation_deg\":%.4f,\"distance_m\":1}}]}",
             azimuth_deg, elevation_deg);
}

/* A port nobody has just now. */
static uint32_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    cr_assert_eq(bind(s, (struct sockaddr*)&address, sizeof address), 0);
    cr_assert_eq(getsockname(s, (struct sockaddr*)&address, &size), 0);
    close(s);
    return ntohs(address.sin_port);
}

pinna_live_player* bench_load(const bench* b, const char* name, const char* text)
{
    static pinna_report report;
    pinna_live_player* player;
    pinna_live_player_config config = {
        .name = name,
        .text = text,
        .choices = b->choices,
        .sound = {.preset = PINNA_LIVE_PRESET_AS_SCENE, .room = PINNA_LIVE_ROOM_AS_PRESET},
        .sample_rate_hz = BENCH_RATE_HZ,
        .period_frames = BENCH_PERIOD};
    cr_assert_eq(pinna_live_player_create(&config, &report, &player), PINNA_OK, "%s", pinna_report_error(&report));
    return player;
}

bench bench_start(const char* scene_text, pinna_osc_dialect dialect)
{
    return bench_start_keeping(scene_text, dialect, NULL);
}

bench bench_start_keeping(const char* scene_text, pinna_osc_dialect dialect, const char* calibration)
{
    static pinna_report report;
    bench b = {0};
    pinna_hrtf* hrtf;
    static const char* const usual_head[] = {NULL};
    static pinna_live_choices choices;
    b.choices = &choices;
    choices = (pinna_live_choices){.sofa_files = usual_head, .sofa_count = 1};
    cr_assert_eq(pinna_live_heads_create(BENCH_RATE_HZ, &choices.heads), PINNA_OK);
    if (pinna_setup_load_hrtf(NULL, BENCH_RATE_HZ, 0, &report, &hrtf)) cr_skip_test("no default head here");
    pinna_hrtf_release(hrtf);
    cr_assert_eq(pinna_live_engine_create(BENCH_RATE_HZ, &b.engine), PINNA_OK);
    cr_assert(pinna_live_engine_play(b.engine, bench_load(&b, "test", scene_text)));
    for (int i = 0; i < 3; i++)
        b.ports[i] = free_port();
    pinna_live_trackers_config config = {.head = pinna_live_engine_head(b.engine),
                                         .choice = PINNA_LIVE_TRACKER_AUTO,
                                         .ports = {b.ports[0], b.ports[1], b.ports[2]},
                                         .osc.dialect = dialect,
                                         .calibration = calibration};
    cr_assert_eq(pinna_live_trackers_create(&config, &report, &b.trackers), PINNA_OK);
    b.socket = socket(AF_INET, SOCK_DGRAM, 0);
    return b;
}

void bench_stop(bench* b)
{
    close(b->socket);
    pinna_live_trackers_destroy(b->trackers);
    pinna_live_engine_destroy(b->engine);
    pinna_live_heads_destroy(b->choices->heads);
}

void bench_send(const bench* b, pinna_live_tracker who, const void* bytes, size_t size)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)b->ports[who])};
    (void)!sendto(b->socket, bytes, size, 0, (struct sockaddr*)&to, sizeof to);
}

uint32_t bench_send_all(const bench* b, const bench_packet* packets, int count)
{
    struct sockaddr_in to[64];
    struct iovec parts[64];
    struct mmsghdr headers[64];
    for (int i = 0; i < count; i++) {
        to[i] = (struct sockaddr_in){.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                     .sin_port = htons((uint16_t)b->ports[packets[i].who])};
        parts[i] = (struct iovec){(void*)(uintptr_t)packets[i].bytes, packets[i].size};
        headers[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &to[i],
                                                  .msg_namelen = sizeof to[i],
                                                  .msg_iov = &parts[i],
                                                  .msg_iovlen = 1}};
    }
    int sent = sendmmsg(b->socket, headers, (unsigned)count, 0);
    return sent > 0 ? (uint32_t)sent : 0;
}

void bench_render(bench* b, float stereo[2 * BENCH_PERIOD])
{
    double now_s = pinna_progress_now_s();
    pinna_live_engine_render(b->engine, now_s, now_s + 0.01, stereo, BENCH_PERIOD);
    pinna_live_engine_queued(b->engine, pinna_progress_now_s());
}

bool bench_until(bench* b, pinna_live_tracker who, const void* bytes, size_t size, pinna_quat wanted)
{
    float stereo[2 * BENCH_PERIOD];
    for (double end_s = pinna_progress_now_s() + 3; pinna_progress_now_s() < end_s;) {
        bench_send(b, who, bytes, size);
        bench_sleep(0.002);
        bench_render(b, stereo);
        pinna_quat q = pinna_live_engine_look(b->engine).head.pose.orientation;
        double cosine = fabs((double)(q.w * wanted.w + q.x * wanted.x + q.y * wanted.y + q.z * wanted.z));
        if (cosine > cos(0.5 * 3.14159265 / 180)) return true; /* half of a degree */
    }
    return false;
}

void bench_levels(bench* b, double level_db[2])
{
    enum { PERIODS = 75 };
    float stereo[2 * BENCH_PERIOD];
    double energy[2] = {0, 0};
    for (int p = 0; p < PERIODS; p++) {
        bench_render(b, stereo);
        for (int i = 0; i < 2 * BENCH_PERIOD; i++)
            energy[i % 2] += (double)(stereo[i] * stereo[i]);
    }
    for (int ear = 0; ear < 2; ear++)
        level_db[ear] = 10 * log10(energy[ear] / PERIODS / BENCH_PERIOD + 1e-12);
}
