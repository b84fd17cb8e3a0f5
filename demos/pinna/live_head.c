/* SPDX-License-Identifier: MIT */
#include "live_head.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 256, COMMANDS = 16, SAMPLES_PER_PERIOD = 64 };

/* Meeting another tracker's pose takes a few of these. */
#define MEET_S 0.12

/* One reader, the audio thread; writers take turns. count_in and count_out only grow. */
typedef struct counters {
    atomic_ulong in, out;
} counters;

struct pinna_live_head {
    pthread_mutex_t writers;
    counters sample_counters, command_counters;
    pinna_head_sample samples[SAMPLES];
    pinna_live_head_command commands[COMMANDS];
    /* The audio thread's: */
    void* memory; /* the filter's */
    pinna_head_filter* filter;
    bool jumped; /* the pose may have changed by no movement of the head's */
    pinna_quat from, to; /* the pose at the period's beginning and end */
    pinna_quat gap;      /* from where it jumped to where it was shown before; it closes gently */
    double gap_s;
    double waiting_since_s; /* arrival of the oldest sample that this period is the first to know of; NAN: none */
    pinna_live_head_view view;
};

pinna_status pinna_live_head_create(pinna_live_head** out)
{
    *out = NULL;
    pinna_live_head* head = calloc(1, sizeof *head);
    if (!head) return PINNA_ERROR_MEMORY;
    pthread_mutex_init(&head->writers, NULL);
    head->from = head->to = head->gap = head->view.raw = pinna_quat_identity();
    head->view.pose.orientation = pinna_quat_identity();
    head->waiting_since_s = NAN;
    head->gap_s = -INFINITY;
    size_t unit = PINNA_HEAD_PREDICTOR_ALIGNMENT;
    head->memory = aligned_alloc(unit, (pinna_head_filter_size() + unit - 1) / unit * unit);
    if (!head->memory) {
        pinna_live_head_destroy(head);
        return PINNA_ERROR_MEMORY;
    }
    pinna_head_filter_config config = pinna_head_filter_config_default();
    head->filter = pinna_head_filter_place(head->memory, &config);
    head->view.config = pinna_head_filter_get_config(head->filter);
    *out = head;
    return PINNA_OK;
}

void pinna_live_head_destroy(pinna_live_head* head)
{
    if (!head) return;
    free(head->memory);
    pthread_mutex_destroy(&head->writers);
    free(head);
}

static bool has_room(counters* c, unsigned long capacity)
{
    return atomic_load_explicit(&c->in, memory_order_relaxed) - atomic_load_explicit(&c->out, memory_order_acquire) <
           capacity;
}

static void publish(counters* c)
{
    atomic_fetch_add_explicit(&c->in, 1, memory_order_release);
}

bool pinna_live_head_push(pinna_live_head* head, const pinna_head_sample* sample)
{
    pthread_mutex_lock(&head->writers);
    bool room = has_room(&head->sample_counters, SAMPLES);
    if (room) {
        head->samples[atomic_load(&head->sample_counters.in) % SAMPLES] = *sample;
        publish(&head->sample_counters);
    }
    pthread_mutex_unlock(&head->writers);
    return room;
}

bool pinna_live_head_send(pinna_live_head* head, const pinna_live_head_command* command)
{
    pthread_mutex_lock(&head->writers);
    bool room = has_room(&head->command_counters, COMMANDS);
    if (room) {
        head->commands[atomic_load(&head->command_counters.in) % COMMANDS] = *command;
        publish(&head->command_counters);
    }
    pthread_mutex_unlock(&head->writers);
    return room;
}

static void calibrate(pinna_live_head* head, const pinna_live_head_command* command)
{
    const pinna_quat* p = command->poses;
    head->view.calibration =
        pinna_head_filter_calibrate(head->filter, p[0], p[1], p[2], command->has_tilted ? &p[3] : NULL);
    head->view.calibration_count++;
}

/* The filter is placed anew in its own memory: centre and motion were the other tracker's. */
static void restart(pinna_live_head* head)
{
    pinna_head_filter_config config = pinna_head_filter_get_config(head->filter);
    config.map = pinna_head_map_identity();
    head->filter = pinna_head_filter_place(head->memory, &config);
}

static void obey(pinna_live_head* head, const pinna_live_head_command* command)
{
    head->jumped = true;
    switch (command->order) {
    case PINNA_LIVE_HEAD_CENTRE: pinna_head_filter_centre_yaw(head->filter); break;
    case PINNA_LIVE_HEAD_CENTRE_ALL: pinna_head_filter_centre(head->filter); break;
    case PINNA_LIVE_HEAD_CONFIGURE: pinna_head_filter_configure(head->filter, &command->config); break;
    case PINNA_LIVE_HEAD_CALIBRATE: calibrate(head, command); break;
    case PINNA_LIVE_HEAD_RESTART: restart(head); break;
    }
    head->view.config = pinna_head_filter_get_config(head->filter);
}

static void take_commands(pinna_live_head* head)
{
    counters* c = &head->command_counters;
    unsigned long in = atomic_load_explicit(&c->in, memory_order_acquire);
    for (unsigned long at = atomic_load_explicit(&c->out, memory_order_relaxed); at != in; at++) {
        obey(head, &head->commands[at % COMMANDS]);
        atomic_store_explicit(&c->out, at + 1, memory_order_release);
    }
}

/* A flood must not cost the audio thread its period: only the newest are looked at. */
static void take_samples(pinna_live_head* head)
{
    counters* c = &head->sample_counters;
    unsigned long in = atomic_load_explicit(&c->in, memory_order_acquire);
    unsigned long at = atomic_load_explicit(&c->out, memory_order_relaxed);
    if (in - at > SAMPLES_PER_PERIOD) at = in - SAMPLES_PER_PERIOD;
    head->waiting_since_s = in != at ? head->samples[at % SAMPLES].time_s : NAN;
    bool was_valid = head->view.pose.valid;
    for (; at != in; at++) {
        if (pinna_head_filter_push(head->filter, &head->samples[at % SAMPLES]))
            head->view.refused_count++;
        else
            head->view.sample_count++;
        if (!was_valid) head->jumped = true;
    }
    atomic_store_explicit(&c->out, in, memory_order_release);
}

static pinna_quat meet(pinna_live_head* head, pinna_quat pose, double now_s)
{
    if (head->jumped) {
        head->gap = pinna_quat_normalize(pinna_quat_multiply(pinna_quat_conjugate(pose), head->to));
        head->gap_s = now_s;
        head->jumped = false;
    }
    double since_s = now_s - head->gap_s;
    if (!(since_s < 8 * MEET_S)) return pose;
    float rest = (float)exp(-fmax(0, since_s) / MEET_S);
    return pinna_quat_normalize(
        pinna_quat_multiply(pose, pinna_quat_slerp(pinna_quat_identity(), head->gap, rest)));
}

void pinna_live_head_begin(pinna_live_head* head, double now_s, double heard_s)
{
    take_commands(head);
    take_samples(head);
    head->view.pose = pinna_head_filter_pose(head->filter, heard_s);
    head->view.raw = pinna_head_filter_raw(head->filter);
    head->view.look_ahead_s = head->view.pose.valid ? head->view.pose.age_s : 0;
    head->from = head->to;
    head->to = meet(head, head->view.pose.orientation, now_s);
    head->view.pose.orientation = head->to;
}

pinna_quat pinna_live_head_at(const pinna_live_head* head, float fraction)
{
    return pinna_quat_slerp(head->from, head->to, fraction);
}

pinna_vec3 pinna_live_head_position(const pinna_live_head* head)
{
    return head->view.pose.position_m;
}

double pinna_live_head_end(pinna_live_head* head, double now_s)
{
    if (!isfinite(head->waiting_since_s)) return NAN;
    head->view.reaction_s = now_s - head->waiting_since_s;
    head->view.worst_reaction_s = fmax(head->view.worst_reaction_s, head->view.reaction_s);
    return head->view.reaction_s;
}

pinna_live_head_view pinna_live_head_look(const pinna_live_head* head)
{
    return head->view;
}
