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
    double started_s, silent_due_s;
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

static size_t render(pinna_live_output* o, double delay_s)
{
    size_t count = next_frames(o);
    double now_s = pinna_progress_now_s(), cpu_s = thread_cpu_s();
    pinna_live_engine_render(o->config.engine, now_s, now_s + delay_s, o->stereo, count);
    cpu_s = thread_cpu_s() - cpu_s;
    o->view.longest_render_s = fmax(o->view.longest_render_s, cpu_s);
    if (cpu_s > period_s(o)) o->view.late_count++;
    o->frames += count;
    return count;
}

static void put_period(pinna_live_output* o)
{
    pinna_live_device_delay(o->device, &o->view.queue_s, &o->view.device_s);
    size_t count = render(o, o->view.queue_s + o->view.device_s);
    pinna_live_device_put(o->device, o->stereo, count);
    pinna_live_engine_queued(o->config.engine, pinna_progress_now_s());
}

static bool is_finished(const pinna_live_output* o)
{
    return o->config.frame_limit && o->frames >= o->config.frame_limit;
}

static void lose_device(pinna_live_output* o)
{
    o->view.lost = true;
    o->view.state = o->config.exit_on_loss ? PINNA_LIVE_OUTPUT_ENDED : PINNA_LIVE_OUTPUT_LOST;
    o->view.queue_s = o->view.device_s = 0;
    o->silent_due_s = pinna_progress_now_s();
}

/* A queue that ran dry counts all it is given as played until it plays on, so its room is asked for only once. At the
   end it runs dry rightly. */
static void feed_device(pinna_live_output* o)
{
    bool dry = pinna_live_device_is_dry(o->device), was_finished = is_finished(o);
    for (uint32_t room = pinna_live_device_room(o->device); room && !is_finished(o); room--)
        put_period(o);
    if (pinna_live_device_is_lost(o->device)) {
        lose_device(o);
    } else if (dry && was_finished) {
        o->view.state = PINNA_LIVE_OUTPUT_ENDED;
    } else if (dry) {
        o->view.underrun_count++;
        pinna_live_device_lengthen(o->device);
        pinna_live_device_play_on(o->device);
    }
}

/* A machine that was asleep does not have to catch up. */
static void feed_nobody(pinna_live_output* o)
{
    enum { CATCH_UP_PERIODS = 8 };
    double now_s = pinna_progress_now_s();
    if (now_s - o->silent_due_s > CATCH_UP_PERIODS * period_s(o)) o->silent_due_s = now_s;
    for (; o->silent_due_s <= now_s && !is_finished(o); o->silent_due_s += period_s(o)) {
        render(o, 0);
        pinna_live_engine_queued(o->config.engine, pinna_progress_now_s());
    }
    if (is_finished(o)) o->view.state = PINNA_LIVE_OUTPUT_ENDED;
}

static void sleep_s(double seconds)
{
    struct timespec t = {0, (long)(seconds * 1e9)};
    nanosleep(&t, NULL);
}

static void* run(void* user)
{
    pinna_live_output* o = user;
    struct sched_param priority = {.sched_priority = 10};
    o->view.real_time = !pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
    o->started_s = o->load_since_s = o->silent_due_s = pinna_progress_now_s();
    o->cpu_started_s = o->load_cpu_s = thread_cpu_s();
    /* Often enough to notice a free buffer early, seldom enough to cost nothing. */
    double nap_s = fmin(fmax(period_s(o) / 4, 0.00025), 0.001);
    if (o->device) {
        feed_device(o);
        if (!pinna_live_device_start(o->device)) lose_device(o);
    }
    while (!atomic_load_explicit(&o->stop, memory_order_relaxed) && o->view.state != PINNA_LIVE_OUTPUT_ENDED) {
        if (o->view.state == PINNA_LIVE_OUTPUT_PLAYING)
            feed_device(o);
        else
            feed_nobody(o);
        measure_load(o, pinna_progress_now_s());
        publish(o);
        sleep_s(nap_s);
    }
    pthread_mutex_lock(&o->look); /* the last word must be heard */
    o->shown = o->view;
    pthread_mutex_unlock(&o->look);
    return NULL;
}

static pinna_status open_device(pinna_live_output* o, pinna_report* report)
{
    pinna_live_device_config config = {o->config.sample_rate_hz, o->config.period_frames, o->config.queue_periods};
    pinna_status status = o->config.silent ? PINNA_ERROR_UNSUPPORTED : pinna_live_device_open(&config, report, &o->device);
    snprintf(o->view.device, sizeof o->view.device, "%s", o->device ? pinna_live_device_name(o->device) : "none");
    if (!status) o->view.device_frames = pinna_live_device_frames(o->device);
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
    bool may_go_on = !status || config->silent || (status == PINNA_ERROR_UNSUPPORTED && !config->exit_on_loss);
    if (status && !config->silent)
        pinna_report_add(report, may_go_on ? PINNA_SEVERITY_WARNING : PINNA_SEVERITY_ERROR, "device", "%s%s",
                         pinna_report_error(&problems) ? pinna_report_error(&problems) : pinna_status_string(status),
                         may_go_on ? "; going on silently" : "");
    if (may_go_on) {
        o->shown = o->view;
        status = pthread_create(&o->thread, NULL, run, o) ? PINNA_ERROR_MEMORY : PINNA_OK;
        o->has_thread = !status;
    }
    if (status) {
        pinna_live_output_stop(o);
        return status;
    }
    *out = o;
    return PINNA_OK;
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
