/* SPDX-License-Identifier: MIT */
#include "live_trackers.h"
#include "live_calibration.h"
#include "live_hid.h"
#include "live_recording.h"
#include "live_words.h"
#include "progress.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

const char* const pinna_live_tracker_names[] = {"opentrack", "osc",  "freepie", "hid", "recording",
                                                "hand",      "auto", "none",    NULL};

/* Samples closer together say the same to the head, and a flood of them would only take the audio thread's time. */
#define SPACING_S 0.0005
/* Packets this close are a flood: it is let gather, so that a system call takes many. */
#define FLOOD_S 0.0002
#define GATHER_S 0.0005
#define SILENT_S 1.0     /* a tracker is given up after this */
#define HAND_STEP_S 0.005
#define HAND_TIME_S 0.05 /* the hand's head follows the mouse with this time constant */
#define HID_SEARCH_S 3.0

enum { SOCKETS = 3, PACKET_BYTES = 2048, BATCH = 64, BATCHES_PER_TURN = 8, REPORTS_PER_TURN = 256 };

/* Room for what comes while this thread does not run: 4 ms at 100,000 packets a second is 400 of them, and the kernel
   counts the least of them as some 800 bytes. It may give less. */
enum { RECEIVE_BYTES = 1 << 20 };

typedef struct datagram {
    struct sockaddr_storage sender;
    size_t size; /* as sent; beyond PACKET_BYTES the rest is lost */
    uint8_t bytes[PACKET_BYTES];
} datagram;

struct pinna_live_trackers {
    pinna_live_trackers_config config;
    pthread_t thread;
    bool has_thread;
    int wake[2]; /* a pipe: wakes the thread for its end */
    int sockets[SOCKETS];
    pinna_live_hid hid;
    double hid_search_s;
    pinna_osc_reader osc;
    pinna_live_recording* recording;
    pthread_mutex_t lock; /* of what follows; held for moments */
    pinna_live_trackers_view view;
    pinna_live_calibrations calibrations;
    float hand_deg[3];        /* where mouse and keys want the head */
    /* The thread's: */
    float hand_now_deg[3];
    double hand_step_s;
    double latest_s[PINNA_LIVE_TRACKER_COUNT];
    pinna_head_sample pending;
    bool has_pending, explained;
    double pushed_s, rate_since_s, received_s;
    uint64_t rate_count;
    pinna_quat first_pose;
    datagram batch[BATCH];
    struct sockaddr_storage named; /* whose address named_text is */
    char named_text[64];
};

static pinna_status open_socket(const char* address, uint32_t port, int* out)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    bool is_four = inet_pton(AF_INET, address, &four.sin_addr) == 1;
    if (!is_four && inet_pton(AF_INET6, address, &six.sin6_addr) != 1) return PINNA_ERROR_ARGUMENT;
    *out = socket(is_four ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*out < 0) return PINNA_ERROR_FILE;
    int room = RECEIVE_BYTES;
    (void)setsockopt(*out, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    int bound =
        is_four ? bind(*out, (struct sockaddr*)&four, sizeof four) : bind(*out, (struct sockaddr*)&six, sizeof six);
    if (!bound) return PINNA_OK;
    int reason = errno;
    close(*out);
    *out = -1;
    errno = reason;
    return PINNA_ERROR_FILE;
}

static pinna_status open_sockets(pinna_live_trackers* t, pinna_report* report)
{
    const char* address = t->config.listen ? t->config.listen : "127.0.0.1";
    for (int i = 0; i < SOCKETS; i++) {
        pinna_status status = t->config.ports[i] ? open_socket(address, t->config.ports[i], &t->sockets[i]) : PINNA_OK;
        if (status == PINNA_ERROR_ARGUMENT) {
            pinna_report_add(report, PINNA_SEVERITY_ERROR, "listen",
                             "'%s' is no address to listen on; 127.0.0.1 is this "
                             "machine alone, 0.0.0.0 every network it is in",
                             address);
            return status;
        }
        if (status)
            pinna_report_add(report, PINNA_SEVERITY_WARNING, "port", "%s: cannot listen on %s port %u: %s",
                             pinna_live_tracker_names[i], address, t->config.ports[i], strerror(errno));
    }
    return PINNA_OK;
}

/* ---- Which tracker counts ---- */

static void say(pinna_live_trackers* t, const char* format, const char* a, const char* b, const char* c)
{
    snprintf(t->view.said, sizeof t->view.said, format, a, b, c);
    t->view.said_count++;
}

static bool counts(pinna_live_trackers* t, pinna_live_tracker who, double now_s)
{
    pinna_live_tracker choice = t->view.choice, active = t->view.active;
    if (choice != PINNA_LIVE_TRACKER_AUTO) return who == choice;
    if (active >= PINNA_LIVE_TRACKER_COUNT || active == who) return true;
    bool silent = now_s - t->latest_s[active] > SILENT_S;
    return silent || (active == PINNA_LIVE_TRACKER_HAND && who != PINNA_LIVE_TRACKER_HAND);
}

static void activate(pinna_live_trackers* t, pinna_live_tracker who, const pinna_head_sample* sample, const char* from)
{
    char words[96];
    t->view.active = who;
    t->view.started_count++;
    /* A calibrated tracker's own axes say nothing about the head's. */
    t->explained = who == PINNA_LIVE_TRACKER_HAND || t->calibrations.of[who].pose_count;
    t->first_pose = sample->orientation;
    t->rate_count = 0;
    t->rate_since_s = sample->time_s;
    t->view.rate_hz = 0;
    snprintf(t->view.from, sizeof t->view.from, "%s", from);
    const pinna_live_head_command restart = {.order = PINNA_LIVE_HEAD_RESTART};
    (void)pinna_live_head_send(t->config.head, &restart);
    const pinna_live_calibration* known = &t->calibrations.of[who];
    if (known->pose_count) {
        const pinna_live_head_command calibrate = pinna_live_calibration_command(known);
        (void)pinna_live_head_send(t->config.head, &calibrate);
        say(t, "%s (%s) is calibrated as it was the last time", pinna_live_tracker_names[who], from, "");
        return;
    }
    pinna_live_words_pose(sample->orientation, words, sizeof words);
    if (who != PINNA_LIVE_TRACKER_HAND)
        say(t, "%s (%s) says you face %s", pinna_live_tracker_names[who], from, words);
}

/* People check a tracker by moving: the first clear movement is named, so that a wrong axis shows at once. */
static void explain(pinna_live_trackers* t, const pinna_head_sample* sample)
{
    char words[48], degrees[16];
    if (t->explained) return;
    float angle_deg = pinna_live_words_turn(t->first_pose, sample->orientation, words, sizeof words);
    if (angle_deg <= 0) return;
    snprintf(degrees, sizeof degrees, "%.0f", (double)angle_deg);
    say(t, "%s: you %s by %s°. If you did not: invert that axis, or calibrate",
        pinna_live_tracker_names[t->view.active], words, degrees);
    t->explained = true;
}

static void flush(pinna_live_trackers* t, double now_s)
{
    if (!t->has_pending || now_s - t->pushed_s < SPACING_S) return;
    (void)pinna_live_head_push(t->config.head, &t->pending);
    t->pushed_s = now_s;
    t->has_pending = false;
}

static void count_rate(pinna_live_trackers* t, double now_s, uint32_t count)
{
    t->rate_count += count;
    double elapsed_s = now_s - t->rate_since_s;
    if (elapsed_s < 1) return;
    t->view.rate_hz = (double)t->rate_count / elapsed_s;
    t->rate_count = 0;
    t->rate_since_s = now_s;
}

/* The latest of count samples that came together. */
static void take(pinna_live_trackers* t, pinna_live_tracker who, const pinna_head_sample* sample, const char* from,
                 uint32_t count)
{
    pthread_mutex_lock(&t->lock);
    t->view.packet_count[who] += count;
    if (counts(t, who, sample->time_s)) {
        if (t->view.active != who) activate(t, who, sample, from);
        count_rate(t, sample->time_s, count);
        explain(t, sample);
        t->pending = *sample;
        t->has_pending = true;
    }
    t->latest_s[who] = sample->time_s;
    pthread_mutex_unlock(&t->lock);
    flush(t, sample->time_s);
}

static void refuse(pinna_live_trackers* t, pinna_live_tracker who)
{
    pthread_mutex_lock(&t->lock);
    t->view.refused_count[who]++;
    pthread_mutex_unlock(&t->lock);
}

/* ---- Where samples come from ---- */

static pinna_status parse(pinna_live_trackers* t, pinna_live_tracker who, const void* bytes, size_t count, double now_s,
                          pinna_head_sample* out)
{
    if (who == PINNA_LIVE_TRACKER_OPENTRACK) return pinna_head_read_opentrack(bytes, count, now_s, out);
    if (who == PINNA_LIVE_TRACKER_FREEPIE) return pinna_head_read_freepie(bytes, count, now_s, out);
    return pinna_osc_read(&t->osc, bytes, count, now_s, out);
}

static void name_sender(const struct sockaddr_storage* address, char* text, size_t size)
{
    char number[INET6_ADDRSTRLEN] = "?";
    const struct sockaddr_in* four = (const void*)address;
    const struct sockaddr_in6* six = (const void*)address;
    bool is_four = address->ss_family == AF_INET;
    inet_ntop(address->ss_family, is_four ? (const void*)&four->sin_addr : (const void*)&six->sin6_addr, number,
              sizeof number);
    snprintf(text, size, "%s", number);
}

/* One system call takes a batch; MSG_TRUNC makes it tell a packet's true length, so that one too long is not taken for
   its beginning. */
static int receive(pinna_live_trackers* t, int socket)
{
    struct mmsghdr headers[BATCH];
    struct iovec parts[BATCH];
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){t->batch[i].bytes, PACKET_BYTES};
        headers[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &t->batch[i].sender,
                                                  .msg_namelen = sizeof t->batch[i].sender,
                                                  .msg_iov = &parts[i],
                                                  .msg_iovlen = 1}};
    }
    int count = recvmmsg(socket, headers, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
    for (int i = 0; i < count; i++)
        t->batch[i].size = headers[i].msg_len;
    return count;
}

/* Every packet is parsed, because senders of single axes add up and a dialect may show in any; what they say of the
   head is handed over once a batch. */
static void read_batch(pinna_live_trackers* t, pinna_live_tracker who, int count, double now_s)
{
    pinna_head_sample latest;
    const struct sockaddr_storage* sender = NULL;
    uint32_t understood = 0;
    for (int i = 0; i < count; i++) {
        const datagram* d = &t->batch[i];
        pinna_head_sample sample;
        if (d->size > PACKET_BYTES || parse(t, who, d->bytes, d->size, now_s, &sample)) continue;
        latest = sample;
        sender = &d->sender;
        understood++;
    }
    if (sender && memcmp(sender, &t->named, sizeof *sender)) {
        t->named = *sender;
        name_sender(sender, t->named_text, sizeof t->named_text);
    }
    pthread_mutex_lock(&t->lock);
    t->view.refused_count[who] += (uint32_t)count - understood;
    if (who == PINNA_LIVE_TRACKER_OSC) t->view.dialect = t->osc.matched;
    pthread_mutex_unlock(&t->lock);
    if (understood) take(t, who, &latest, t->named_text, understood);
}

static void read_socket(pinna_live_trackers* t, pinna_live_tracker who)
{
    double now_s = pinna_progress_now_s();
    if (now_s - t->received_s < FLOOD_S) nanosleep(&(struct timespec){0, (long)(1e9 * GATHER_S)}, NULL);
    for (int i = 0; i < BATCHES_PER_TURN; i++) {
        int count = receive(t, t->sockets[who]);
        if (count <= 0) return;
        t->received_s = pinna_progress_now_s();
        read_batch(t, who, count, t->received_s);
        if (count < BATCH) return;
    }
}

static void read_hid(pinna_live_trackers* t, double now_s)
{
    pinna_head_sample sample;
    bool gone = false;
    for (int i = 0; i < REPORTS_PER_TURN && !gone; i++) {
        pinna_status status = pinna_live_hid_read(&t->hid, now_s, &sample, &gone);
        if (status == PINNA_ERROR_FILE) break;
        if (status)
            refuse(t, PINNA_LIVE_TRACKER_HID);
        else
            take(t, PINNA_LIVE_TRACKER_HID, &sample, t->hid.name, 1);
    }
    if (gone) pinna_live_hid_close(&t->hid);
}

static void search_hid(pinna_live_trackers* t, double now_s)
{
    char why[128];
    if (t->hid.fd >= 0 || now_s < t->hid_search_s) return;
    t->hid_search_s = now_s + HID_SEARCH_S;
    if (pinna_live_hid_open(t->config.hid, &t->hid, why, sizeof why) || !*why || t->config.hid == NULL) return;
    pthread_mutex_lock(&t->lock);
    if (strcmp(t->view.said, why)) say(t, "%s%s%s", why, "", "");
    pthread_mutex_unlock(&t->lock);
}

/* The hand's head glides to where mouse or keys want it, and goes on sending for as long as it is the one that counts.
 */
static void move_hand(pinna_live_trackers* t, double now_s)
{
    if (now_s - t->hand_step_s < HAND_STEP_S) return;
    double share = 1 - exp(-(now_s - t->hand_step_s) / HAND_TIME_S);
    t->hand_step_s = now_s;
    pthread_mutex_lock(&t->lock);
    bool wanted = t->view.active == PINNA_LIVE_TRACKER_HAND;
    for (int i = 0; i < 3; i++) {
        if (fabsf(t->hand_deg[i] - t->hand_now_deg[i]) > 0.01f) wanted = true;
        t->hand_now_deg[i] += (float)share * (t->hand_deg[i] - t->hand_now_deg[i]);
    }
    pthread_mutex_unlock(&t->lock);
    if (!wanted) return;
    pinna_head_sample sample = {.time_s = now_s};
    sample.orientation = pinna_quat_from_yaw_pitch_roll(t->hand_now_deg[0], t->hand_now_deg[1], t->hand_now_deg[2]);
    take(t, PINNA_LIVE_TRACKER_HAND, &sample, "mouse and keys", 1);
}

static void play_recording(pinna_live_trackers* t, double now_s)
{
    pinna_head_sample sample;
    if (t->recording && pinna_live_recording_next(t->recording, now_s, &sample))
        take(t, PINNA_LIVE_TRACKER_RECORDING, &sample, "a file", 1);
}

/* ---- The thread ---- */

static void* run(void* user)
{
    pinna_live_trackers* t = user;
    for (;;) {
        struct pollfd polled[2 + SOCKETS] = {{t->wake[0], POLLIN, 0}, {t->hid.fd, POLLIN, 0}};
        for (int i = 0; i < SOCKETS; i++)
            polled[2 + i] = (struct pollfd){t->sockets[i], POLLIN, 0};
        poll(polled, 2 + SOCKETS, t->has_pending ? 1 : (int)(1000 * HAND_STEP_S));
        if (polled[0].revents) return NULL;
        double now_s = pinna_progress_now_s();
        for (int i = 0; i < SOCKETS; i++)
            if (polled[2 + i].revents) read_socket(t, (pinna_live_tracker)i);
        if (polled[1].revents) read_hid(t, now_s);
        search_hid(t, now_s);
        play_recording(t, now_s);
        move_hand(t, now_s);
        flush(t, now_s);
    }
}

static pinna_status start_thread(pinna_live_trackers* t)
{
    if (pipe2(t->wake, O_CLOEXEC)) return PINNA_ERROR_MEMORY;
    t->has_thread = !pthread_create(&t->thread, NULL, run, t);
    return t->has_thread ? PINNA_OK : PINNA_ERROR_MEMORY;
}

pinna_status pinna_live_trackers_create(const pinna_live_trackers_config* config, pinna_report* report,
                                        pinna_live_trackers** out)
{
    *out = NULL;
    pinna_live_trackers* t = calloc(1, sizeof *t);
    if (!t) return PINNA_ERROR_MEMORY;
    t->config = *config;
    t->wake[0] = t->wake[1] = t->hid.fd = -1;
    for (int i = 0; i < SOCKETS; i++)
        t->sockets[i] = -1;
    pthread_mutex_init(&t->lock, NULL);
    t->osc = pinna_osc_reader_make(&config->osc);
    t->view.choice = config->choice;
    t->view.active = PINNA_LIVE_TRACKER_NONE;
    t->hand_step_s = pinna_progress_now_s();
    if (config->calibration) t->calibrations = pinna_live_calibration_load(config->calibration, report);
    pinna_status status = open_sockets(t, report);
    if (!status && config->recording) status = pinna_live_recording_load(config->recording, report, &t->recording);
    if (!status) status = start_thread(t);
    if (status) {
        pinna_live_trackers_destroy(t);
        return status;
    }
    *out = t;
    return PINNA_OK;
}

void pinna_live_trackers_destroy(pinna_live_trackers* t)
{
    if (!t) return;
    if (t->has_thread && write(t->wake[1], "", 1) == 1) pthread_join(t->thread, NULL);
    for (int i = 0; i < SOCKETS; i++)
        if (t->sockets[i] >= 0) close(t->sockets[i]);
    for (int i = 0; i < 2; i++)
        if (t->wake[i] >= 0) close(t->wake[i]);
    pinna_live_hid_close(&t->hid);
    pinna_live_recording_destroy(t->recording);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

void pinna_live_trackers_choose(pinna_live_trackers* t, pinna_live_tracker choice)
{
    pthread_mutex_lock(&t->lock);
    if (choice != t->view.choice) t->view.active = PINNA_LIVE_TRACKER_NONE;
    t->view.choice = choice;
    pthread_mutex_unlock(&t->lock);
    const pinna_live_head_command restart = {.order = PINNA_LIVE_HEAD_RESTART};
    (void)pinna_live_head_send(t->config.head, &restart);
}

void pinna_live_trackers_calibrated(pinna_live_trackers* t, const pinna_live_head_command* command)
{
    pinna_live_calibration calibration = {.pose_count = command->has_tilted ? 4 : 3};
    memcpy(calibration.poses, command->poses, sizeof calibration.poses);
    if (!t->config.calibration || !pinna_live_calibration_is_sound(&calibration)) return;
    pthread_mutex_lock(&t->lock);
    pinna_live_tracker who = t->view.active;
    bool kept = who < PINNA_LIVE_TRACKER_RECORDING; /* the next recording is another tracker's */
    if (kept) t->calibrations.of[who] = calibration;
    pinna_live_calibrations all = t->calibrations;
    pthread_mutex_unlock(&t->lock);
    if (!kept || !pinna_live_calibration_save(t->config.calibration, &all)) return;
    const char* reason = strerror(errno);
    pthread_mutex_lock(&t->lock);
    say(t, "The calibration holds for now, but cannot be kept in %s: %s%s", t->config.calibration, reason, "");
    pthread_mutex_unlock(&t->lock);
}

void pinna_live_trackers_nudge(pinna_live_trackers* t, float yaw_deg, float pitch_deg, float roll_deg)
{
    pthread_mutex_lock(&t->lock);
    t->hand_deg[0] += yaw_deg;
    t->hand_deg[1] = fminf(fmaxf(t->hand_deg[1] + pitch_deg, -85), 85);
    t->hand_deg[2] = fminf(fmaxf(t->hand_deg[2] + roll_deg, -85), 85);
    pthread_mutex_unlock(&t->lock);
}

void pinna_live_trackers_nudge_home(pinna_live_trackers* t)
{
    pthread_mutex_lock(&t->lock);
    t->hand_deg[0] = 360 * roundf(t->hand_deg[0] / 360);
    t->hand_deg[1] = t->hand_deg[2] = 0;
    pthread_mutex_unlock(&t->lock);
}

pinna_live_trackers_view pinna_live_trackers_look(pinna_live_trackers* t)
{
    pthread_mutex_lock(&t->lock);
    pinna_live_trackers_view view = t->view;
    view.sending =
        view.active < PINNA_LIVE_TRACKER_COUNT && pinna_progress_now_s() - t->latest_s[view.active] < SILENT_S;
    pthread_mutex_unlock(&t->lock);
    return view;
}
