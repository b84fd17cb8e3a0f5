/* SPDX-License-Identifier: MIT */
#include "live_output.h"
#include "live_device.h"
#include "progress.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_AGAIN_S 2.0 /* for a device, after one was lost */

struct pinna_live_output {
    pinna_live_output_config config;
    pinna_live_device* device; /* NULL: silent */
    pthread_t thread;
    bool has_thread;
    atomic_bool stop;
    pthread_mutex_t look; /* the audio thread only tries it */
    pinna_live_output_view shown;
    /* The audio thread's: */
    pinna_live_output_view view;
    uint64_t frames;
    double started_s, due_s; /* due_s: when the next period is to be rendered */
    double look_again_s;     /* when a device is to be looked for */
    double heard_s;          /* when the latest period's first frame is heard; 0: not known yet */
    bool held;               /* the next period is due, but the queue is full */
    double since_full_cpu_s, since_full_audio_s; /* rendering since the queue was last full, and what came of it */
    double cpu_started_s, load_cpu_s, load_since_s;
    float stereo[2 * PINNA_LIVE_PERIOD_MAX];
};

static double thread_cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double period_s(const pinna_live_output* o)
{
    return (double)o->config.period_frames / o->config.sample_rate_hz;
}

static void publish(pinna_live_output* o)
{
    if (pthread_mutex_trylock(&o->look)) return;
    o->shown = o->view;
    pthread_mutex_unlock(&o->look);
}

static void measure_load(pinna_live_output* o, double now_s)
{
    double cpu_s = thread_cpu_s(), elapsed_s = now_s - o->load_since_s;
    if (elapsed_s >= 1) {
        o->view.load = (cpu_s - o->load_cpu_s) / elapsed_s;
        o->load_cpu_s = cpu_s;
        o->load_since_s = now_s;
    }
    if (now_s > o->started_s) o->view.average_load = (cpu_s - o->cpu_started_s) / (now_s - o->started_s);
}

static size_t next_frames(const pinna_live_output* o)
{
    uint64_t limit = o->config.frame_limit, most = o->config.period_frames;
    if (!limit || limit - o->frames > most) return (size_t)most;
    return (size_t)(limit - o->frames);
}

static size_t render(pinna_live_output* o, double now_s, double heard_s)
{
    size_t count = next_frames(o);
    double cpu_s = thread_cpu_s();
    pinna_live_engine_render(o->config.engine, now_s, heard_s, o->stereo, count);
    cpu_s = thread_cpu_s() - cpu_s;
    o->view.longest_render_s = fmax(o->view.longest_render_s, cpu_s);
    o->view.period_count++;
    if (cpu_s > period_s(o)) o->view.slow_count++;
    o->since_full_cpu_s += cpu_s;
    o->since_full_audio_s += period_s(o);
    o->frames += count;
    return count;
}

/* The period has gone where it is to go: what a packet of the tracker's has waited until then. */
static void measure_reaction(pinna_live_output* o)
{
    const double allowed_s = 0.002;
    double now_s = pinna_progress_now_s(), reaction_s = pinna_live_engine_queued(o->config.engine, now_s);
    if (!(now_s - reaction_s > o->started_s)) return; /* none, or from before there was a device */
    o->view.longest_reaction_s = fmax(o->view.longest_reaction_s, reaction_s);
    o->view.reaction_count++;
    o->view.reaction_sum_s += reaction_s;
    if (reaction_s <= period_s(o) + allowed_s) o->view.prompt_count++;
}

/* A device says where it is in steps of what it takes at once; sound goes on evenly. */
static double hear_at(pinna_live_output* o, double told_s)
{
    const double slip_s = 0.02, follow = 1.0 / 32;
    double expected_s = o->heard_s + period_s(o);
    o->heard_s = fabs(told_s - expected_s) > slip_s ? told_s : expected_s + follow * (told_s - expected_s);
    return o->heard_s;
}

static void put_period(pinna_live_output* o)
{
    double now_s = pinna_progress_now_s();
    pinna_live_device_delay(o->device, &o->view.queue_s, &o->view.device_s);
    size_t count = render(o, now_s, hear_at(o, now_s + o->view.queue_s + o->view.device_s));
    pinna_live_device_put(o->device, o->stereo, count);
    measure_reaction(o);
}

static bool is_finished(const pinna_live_output* o)
{
    return o->config.frame_limit && o->frames >= o->config.frame_limit;
}

static void describe_device(pinna_live_output* o)
{
    snprintf(o->view.device, sizeof o->view.device, "%s", o->device ? pinna_live_device_name(o->device) : "none");
    o->view.device_frames = o->device ? pinna_live_device_frames(o->device) : 0;
}

static void lose_device(pinna_live_output* o)
{
    o->view.lost = true;
    o->view.loss_count++;
    o->view.state = o->config.exit_on_loss ? PINNA_LIVE_OUTPUT_ENDED : PINNA_LIVE_OUTPUT_LOST;
    o->view.queue_s = o->view.device_s = 0;
    o->due_s = pinna_progress_now_s();
    o->look_again_s = o->due_s + LOOK_AGAIN_S;
}

/* A queue that ran dry counts all it is given as played until it plays on, so its room is asked for only once. */
static void fill_device(pinna_live_output* o)
{
    for (uint32_t room = pinna_live_device_room(o->device); room && !is_finished(o); room--)
        put_period(o);
    o->due_s = pinna_progress_now_s() + period_s(o);
}

/* Where rendering alone has taken longer than what it made lasts, no machine could have kept the queue filled. */
static void play_on(pinna_live_output* o)
{
    o->view.underrun_count++;
    if (o->since_full_cpu_s > o->since_full_audio_s) o->view.engine_underrun_count++;
    o->since_full_cpu_s = o->since_full_audio_s = 0;
    pinna_live_device_lengthen(o->device);
    pinna_live_device_play_on(o->device);
}

/* Periods that the device takes at once. */
static uint32_t gulp(const pinna_live_output* o)
{
    uint32_t period = o->config.period_frames;
    return o->view.device_frames > period ? (o->view.device_frames + period - 1) / period : 1;
}

static bool is_low(const pinna_live_output* o, uint32_t room)
{
    return pinna_live_device_length(o->device) - room <= 1 + gulp(o);
}

/* Many devices take what they need late or several periods at once (OpenAL's null back end looks every half period of
   its own). Rendering whenever there is room would then come in bursts too, and a packet wait for the next. So periods
   are rendered evenly by the clock: held back while the queue is full, hurried while there is more room than the device
   takes at once, and at once where little is left. */
static void top_up(pinna_live_output* o)
{
    uint32_t room = pinna_live_device_room(o->device);
    double now_s = pinna_progress_now_s();
    bool due = now_s >= o->due_s, was_held = o->held;
    if (room <= 1) o->since_full_cpu_s = o->since_full_audio_s = 0;
    o->held = due && !room;
    for (; room && !is_finished(o) && (due || is_low(o, room)); room--) {
        put_period(o);
        double step_s = room > 1 + gulp(o) ? period_s(o) / 2 : period_s(o);
        bool astray = was_held || fabs(o->due_s - now_s) > period_s(o);
        o->due_s = (astray ? now_s : o->due_s) + step_s;
        due = false;
    }
}

/* At the end it runs dry rightly. */
static void feed_device(pinna_live_output* o)
{
    bool dry = pinna_live_device_is_dry(o->device), was_finished = is_finished(o);
    if (dry)
        fill_device(o);
    else
        top_up(o);
    if (pinna_live_device_is_lost(o->device)) {
        lose_device(o);
    } else if (dry && was_finished) {
        o->view.state = PINNA_LIVE_OUTPUT_ENDED;
    } else if (dry) {
        play_on(o);
    }
}

/* A machine that was asleep does not have to catch up. */
static void feed_nobody(pinna_live_output* o)
{
    enum { CATCH_UP_PERIODS = 8 };
    double now_s = pinna_progress_now_s();
    if (now_s - o->due_s > CATCH_UP_PERIODS * period_s(o)) o->due_s = now_s;
    for (; o->due_s <= now_s && !is_finished(o); o->due_s += period_s(o)) {
        render(o, now_s, now_s);
        measure_reaction(o);
    }
    if (is_finished(o)) o->view.state = PINNA_LIVE_OUTPUT_ENDED;
}

static bool start_device(pinna_live_output* o)
{
    fill_device(o);
    bool started = pinna_live_device_start(o->device);
    o->due_s = pinna_progress_now_s();
    return started;
}

/* Headphones are plugged in again, a sound server is back. A file would be begun anew: what it holds is kept. */
static void look_for_device(pinna_live_output* o)
{
    const pinna_live_device_config config = {o->config.sample_rate_hz, o->config.period_frames,
                                             o->config.queue_periods};
    pinna_report problems = {0};
    if (pinna_progress_now_s() < o->look_again_s || (o->device && !pinna_live_device_is_heard(o->device))) return;
    pinna_live_device_close(o->device);
    if (pinna_live_device_open(&config, &problems, &o->device) || !start_device(o)) {
        o->look_again_s = pinna_progress_now_s() + LOOK_AGAIN_S;
        return;
    }
    describe_device(o);
    o->view.lost = false;
    o->view.state = PINNA_LIVE_OUTPUT_PLAYING;
}

/* Until the next period is due; but a full queue is looked at again soon, and so is a low one. */
static void nap(const pinna_live_output* o)
{
    double wait_s = fmin(fmax(o->due_s - pinna_progress_now_s(), 0), period_s(o));
    bool watch = o->view.state == PINNA_LIVE_OUTPUT_PLAYING && (o->held || is_finished(o));
    if (watch) wait_s = fmin(fmax(period_s(o) / 4, 0.00025), 0.001);
    nanosleep(&(struct timespec){0, (long)(wait_s * 1e9)}, NULL);
}

static void* run(void* user)
{
    pinna_live_output* o = user;
    struct sched_param priority = {.sched_priority = 10};
    o->view.real_time = !pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
    o->started_s = o->load_since_s = o->due_s = pinna_progress_now_s();
    o->cpu_started_s = o->load_cpu_s = thread_cpu_s();
    if (o->device) {
        if (!start_device(o)) lose_device(o);
        o->started_s = o->load_since_s = o->due_s;
    }
    while (!atomic_load_explicit(&o->stop, memory_order_relaxed) && o->view.state != PINNA_LIVE_OUTPUT_ENDED) {
        if (o->view.state == PINNA_LIVE_OUTPUT_LOST) look_for_device(o);
        if (o->view.state == PINNA_LIVE_OUTPUT_PLAYING)
            feed_device(o);
        else
            feed_nobody(o);
        measure_load(o, pinna_progress_now_s());
        publish(o);
        nap(o);
    }
    pthread_mutex_lock(&o->look); /* the last word must be heard */
    o->shown = o->view;
    pthread_mutex_unlock(&o->look);
    return NULL;
}

static pinna_status open_device(pinna_live_output* o, pinna_report* report)
{
    pinna_live_device_config config = {o->config.sample_rate_hz, o->config.period_frames, o->config.queue_periods};
    pinna_status status = o->config.silent || o->config.by_hand ? PINNA_ERROR_UNSUPPORTED
                                                                : pinna_live_device_open(&config, report, &o->device);
    describe_device(o);
    if (status) o->view.state = PINNA_LIVE_OUTPUT_SILENT;
    return status;
}

pinna_status pinna_live_output_start(const pinna_live_output_config* config, pinna_report* report,
                                     pinna_live_output** out)
{
    *out = NULL;
    pinna_live_output* o = calloc(1, sizeof *o);
    if (!o) return PINNA_ERROR_MEMORY;
    o->config = *config;
    pthread_mutex_init(&o->look, NULL);
    pinna_report problems = {0};
    pinna_status status = open_device(o, &problems);
    bool silent = config->silent || config->by_hand;
    bool may_go_on = !status || silent || (status == PINNA_ERROR_UNSUPPORTED && !config->exit_on_loss);
    if (status && !silent)
        pinna_report_add(report, may_go_on ? PINNA_SEVERITY_WARNING : PINNA_SEVERITY_ERROR, "device", "%s%s",
                         pinna_report_error(&problems) ? pinna_report_error(&problems) : pinna_status_string(status),
                         may_go_on ? "; going on silently" : "");
    if (may_go_on) {
        o->shown = o->view;
        status = !config->by_hand && pthread_create(&o->thread, NULL, run, o) ? PINNA_ERROR_MEMORY : PINNA_OK;
        o->has_thread = !status && !config->by_hand;
    }
    if (status) {
        pinna_live_output_stop(o);
        return status;
    }
    *out = o;
    return PINNA_OK;
}

void pinna_live_output_render(pinna_live_output* o, float* stereo)
{
    double now_s = pinna_progress_now_s();
    size_t count = render(o, now_s, now_s);
    memcpy(stereo, o->stereo, 2 * count * sizeof *stereo);
    measure_reaction(o);
    if (is_finished(o)) o->view.state = PINNA_LIVE_OUTPUT_ENDED;
    publish(o);
}

void pinna_live_output_stop(pinna_live_output* o)
{
    if (!o) return;
    atomic_store(&o->stop, true);
    if (o->has_thread) pthread_join(o->thread, NULL);
    pinna_live_device_close(o->device);
    pthread_mutex_destroy(&o->look);
    free(o);
}

pinna_live_output_view pinna_live_output_look(pinna_live_output* o)
{
    pthread_mutex_lock(&o->look);
    pinna_live_output_view view = o->shown;
    pthread_mutex_unlock(&o->look);
    return view;
}

bool pinna_live_output_is_built(void)
{
    return pinna_live_device_is_built();
}
