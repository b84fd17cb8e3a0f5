/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tracking/arrival.h"
#include "tracking/head_map.h"
#include "tracking/sample.h"

#define SURE_S 0.3   /* beyond this, samples are missing rather than awaited */
#define UNSURE_S 0.6 /* ... and here the guess has given way to the last pose */
#define MEET_S 0.1   /* time constant of meeting the tracker again */
#define MEET_END_S 0.5

struct pinna_head_filter {
    pinna_head_filter_config config;
    pinna_head_predictor* predictor; /* behind this struct, in the same memory */
    pinna_allocator allocator;       /* of a created filter */
    pinna_arrival arrival;
    pinna_quat raw;    /* as the tracker said */
    pinna_quat mapped; /* in the head's axes */
    pinna_quat centre; /* times mapped is the pose */
    pinna_vec3 raw_position, centre_position;
    pinna_quat still_at;  /* mapped, where the head has rested ... */
    double still_since_s; /* ... from this time on */
    pinna_quat gap;       /* from the tracker to where we were when it came back */
    double gap_s;
    double latest_s;
    uint32_t discontinuity_count;
    bool valid, has_gap;
};

static size_t filter_bytes(void)
{
    size_t unit = PINNA_HEAD_PREDICTOR_ALIGNMENT;
    return (sizeof(pinna_head_filter) + unit - 1) / unit * unit;
}

size_t pinna_head_filter_size(void)
{
    return filter_bytes() + pinna_head_predictor_size();
}

pinna_head_filter_config pinna_head_filter_config_default(void)
{
    return (pinna_head_filter_config){
        .map = pinna_head_map_identity(),
        .predict = true,
        .stale_s = 1.0f,
        .return_s = 1.0f,
        .still_angle_deg = 1.5f,
        .still_s = 1.0f,
    };
}

static float clamp(float value, float low, float high, float otherwise)
{
    if (!isfinite(value)) return otherwise;
    return fminf(fmaxf(value, low), high);
}

static pinna_head_filter_config tidy(const pinna_head_filter_config* wanted)
{
    pinna_head_filter_config usual = pinna_head_filter_config_default();
    if (!wanted) return usual;
    pinna_head_filter_config config = *wanted;
    if (!pinna_head_map_is_valid(&config.map)) config.map = usual.map;
    config.stale_s = clamp(config.stale_s, 0.3f, 60.0f, usual.stale_s);
    config.return_s = clamp(config.return_s, 0.05f, 60.0f, usual.return_s);
    config.still_angle_deg = clamp(config.still_angle_deg, 0.01f, 45.0f, usual.still_angle_deg);
    config.still_s = clamp(config.still_s, 0.1f, 60.0f, usual.still_s);
    config.auto_centre_s = clamp(config.auto_centre_s, 0.0f, 3600.0f, 0.0f);
    return config;
}

pinna_head_filter* pinna_head_filter_place(void* memory, const pinna_head_filter_config* config)
{
    if (!memory) return NULL;
    pinna_head_filter* filter = memory;
    memset(filter, 0, sizeof *filter);
    filter->config = tidy(config);
    filter->predictor = pinna_head_predictor_place((char*)memory + filter_bytes());
    filter->raw = filter->mapped = filter->centre = filter->still_at = filter->gap = pinna_quat_identity();
    return filter;
}

static void* allocate_default(void* user, size_t byte_count)
{
    (void)user;
    return malloc(byte_count);
}

static void release_default(void* user, void* memory)
{
    (void)user;
    free(memory);
}

pinna_status pinna_head_filter_create(const pinna_head_filter_config* config, const pinna_allocator* allocator,
                                      pinna_head_filter** out)
{
    if (!out) return PINNA_ERROR_ARGUMENT;
    *out = NULL;
    const pinna_allocator usual = {allocate_default, release_default, NULL};
    const pinna_allocator chosen = allocator ? *allocator : usual;
    if (!chosen.allocate || !chosen.release) return PINNA_ERROR_ARGUMENT;
    void* memory = chosen.allocate(chosen.user, pinna_head_filter_size());
    if (!memory) return PINNA_ERROR_MEMORY;
    *out = pinna_head_filter_place(memory, config);
    (*out)->allocator = chosen;
    return PINNA_OK;
}

void pinna_head_filter_destroy(pinna_head_filter* filter)
{
    if (!filter || !filter->allocator.release) return;
    pinna_allocator allocator = filter->allocator;
    allocator.release(allocator.user, filter);
}

static pinna_quat invert_angles(const pinna_head_filter_config* config, pinna_quat q)
{
    if (!config->invert_yaw && !config->invert_pitch && !config->invert_roll) return q;
    float yaw, pitch, roll;
    pinna_quat_to_yaw_pitch_roll(q, &yaw, &pitch, &roll);
    return pinna_quat_from_yaw_pitch_roll(config->invert_yaw ? -yaw : yaw, config->invert_pitch ? -pitch : pitch,
                                          config->invert_roll ? -roll : roll);
}

static pinna_quat map_pose(const pinna_head_filter_config* config, pinna_quat raw)
{
    return invert_angles(config, pinna_head_map_apply(&config->map, raw));
}

static pinna_quat about_z(float yaw_deg)
{
    return pinna_quat_from_yaw_pitch_roll(yaw_deg, 0.0f, 0.0f);
}

static void turn_front(pinna_head_filter* filter, double share)
{
    float yaw, pitch, roll;
    pinna_quat_to_yaw_pitch_roll(pinna_quat_multiply(filter->centre, filter->mapped), &yaw, &pitch, &roll);
    pinna_quat back = about_z((float)(-yaw * share));
    filter->centre = pinna_quat_normalize(pinna_quat_multiply(back, filter->centre));
}

void pinna_head_filter_centre_yaw(pinna_head_filter* filter)
{
    if (!filter || !filter->valid) return;
    turn_front(filter, 1.0);
    filter->has_gap = false;
}

void pinna_head_filter_centre(pinna_head_filter* filter)
{
    if (!filter || !filter->valid) return;
    filter->centre = pinna_quat_conjugate(filter->mapped);
    filter->centre_position = filter->raw_position;
    filter->has_gap = false;
}

void pinna_head_filter_configure(pinna_head_filter* filter, const pinna_head_filter_config* config)
{
    if (!filter) return;
    filter->config = tidy(config);
    filter->mapped = filter->still_at = map_pose(&filter->config, filter->raw);
    filter->still_since_s = filter->latest_s;
    filter->has_gap = false;
    pinna_head_predictor_reset(filter->predictor);
    /* The predictor goes on from where the head is, in the new axes. */
    pinna_head_sample here = {.time_s = filter->latest_s, .orientation = filter->mapped};
    here.discontinuity_count = filter->discontinuity_count;
    if (filter->valid) (void)!pinna_head_predictor_push(filter->predictor, &here);
}

pinna_head_filter_config pinna_head_filter_get_config(const pinna_head_filter* filter)
{
    return filter ? filter->config : pinna_head_filter_config_default();
}

pinna_status pinna_head_filter_calibrate(pinna_head_filter* filter, pinna_quat neutral, pinna_quat left, pinna_quat up,
                                         const pinna_quat* tilted)
{
    if (!filter) return PINNA_ERROR_ARGUMENT;
    pinna_head_filter_config config = filter->config;
    pinna_status status = pinna_head_calibrate(neutral, left, up, tilted, &config.map);
    if (status) return status;
    config.invert_yaw = config.invert_pitch = config.invert_roll = false; /* the map says it all */
    pinna_head_filter_configure(filter, &config);
    filter->centre = pinna_quat_conjugate(map_pose(&filter->config, neutral));
    return PINNA_OK;
}

pinna_quat pinna_head_filter_raw(const pinna_head_filter* filter)
{
    return filter ? filter->raw : pinna_quat_identity();
}

static void watch_stillness(pinna_head_filter* filter, double elapsed_s)
{
    pinna_quat away = pinna_quat_multiply(pinna_quat_conjugate(filter->still_at), filter->mapped);
    double angle_deg = (double)pinna_vec3_length(pinna_turn_from_quat(away)) * PINNA_RAD_TO_DEG;
    if (angle_deg > (double)filter->config.still_angle_deg) {
        filter->still_at = filter->mapped;
        filter->still_since_s = filter->latest_s;
    }
    double wait_s = (double)filter->config.auto_centre_s;
    if (wait_s > 0.0 && filter->latest_s - filter->still_since_s >= wait_s)
        turn_front(filter, 1.0 - exp(-elapsed_s / (double)filter->config.return_s));
}

static void meet_reset(pinna_head_filter* filter)
{
    filter->has_gap = false;
    filter->still_at = filter->mapped;
    filter->still_since_s = filter->latest_s;
    if (filter->config.on_reset == PINNA_HEAD_RESET_YAW) pinna_head_filter_centre_yaw(filter);
    if (filter->config.on_reset == PINNA_HEAD_RESET_FULL) pinna_head_filter_centre(filter);
}

static pinna_head_sample for_predictor(const pinna_head_filter_config* config, const pinna_head_sample* sample)
{
    pinna_head_sample mapped = *sample;
    mapped.orientation = map_pose(config, sample->orientation);
    mapped.angular_velocity_rad_per_s =
        pinna_head_map_rate(&config->map, sample->orientation, sample->angular_velocity_rad_per_s);
    if (config->invert_yaw || config->invert_pitch || config->invert_roll) mapped.has_angular_velocity = false;
    return mapped;
}

/* The tracker was away: what the listener hears now, seen from where the tracker says the head is. */
static void note_gap(pinna_head_filter* filter, pinna_quat shown, double time_s)
{
    pinna_quat there = pinna_quat_multiply(filter->centre, filter->mapped);
    filter->gap = pinna_quat_normalize(pinna_quat_multiply(pinna_quat_conjugate(there), shown));
    filter->gap_s = time_s;
    filter->has_gap = true;
}

static void take(pinna_head_filter* filter, const pinna_head_sample* sample, const pinna_head_sample* mapped)
{
    filter->raw = sample->orientation;
    filter->mapped = mapped->orientation;
    if (sample->has_position) filter->raw_position = sample->position_m;
    filter->latest_s = mapped->time_s;
}

/* Far beyond any tracker's reach; differences of places stay finite. */
static bool is_place(pinna_vec3 p)
{
    const float most_m = 1e6f;
    return fabsf(p.x) <= most_m && fabsf(p.y) <= most_m && fabsf(p.z) <= most_m;
}

pinna_status pinna_head_filter_push(pinna_head_filter* filter, const pinna_head_sample* sample)
{
    if (!filter || !sample || !isfinite(sample->time_s)) return PINNA_ERROR_ARGUMENT;
    if (sample->has_position && !is_place(sample->position_m)) return PINNA_ERROR_ARGUMENT;
    pinna_head_sample mapped = for_predictor(&filter->config, sample);
    pinna_arrival arrival = filter->arrival;
    if (filter->config.smooth_time) mapped.time_s = pinna_arrival_smooth(&arrival, sample->time_s);
    double elapsed_s = mapped.time_s - filter->latest_s;
    pinna_head_pose before = pinna_head_filter_pose(filter, mapped.time_s);
    pinna_status status = pinna_head_predictor_push(filter->predictor, &mapped);
    if (status) return status;
    bool first = !filter->valid || elapsed_s < 0.0; /* or the sender's clock was started anew */
    filter->arrival = arrival;
    filter->valid = true;
    take(filter, sample, &mapped);
    bool reset = !first && sample->discontinuity_count != filter->discontinuity_count;
    filter->discontinuity_count = sample->discontinuity_count;
    if (first) {
        filter->has_gap = false;
        filter->still_at = filter->mapped;
        filter->still_since_s = filter->latest_s;
    } else if (reset) {
        meet_reset(filter);
    } else {
        if (before.stale) note_gap(filter, before.orientation, mapped.time_s);
        watch_stillness(filter, elapsed_s);
    }
    return PINNA_OK;
}

static pinna_quat expected(const pinna_head_filter* filter, double time_s, double age_s)
{
    if (!filter->config.predict) return filter->mapped;
    pinna_quat guess = pinna_head_predictor_at(filter->predictor, time_s);
    if (age_s <= SURE_S) return guess;
    double share = fmin(1.0, (age_s - SURE_S) / (UNSURE_S - SURE_S));
    return pinna_quat_slerp(guess, filter->mapped, (float)(share * share * (3.0 - 2.0 * share)));
}

static pinna_quat close_gap(const pinna_head_filter* filter, pinna_quat pose, double time_s)
{
    double since_s = time_s - filter->gap_s;
    if (!filter->has_gap || since_s >= MEET_END_S) return pose;
    float rest = (float)exp(-fmax(0.0, since_s) / MEET_S);
    return pinna_quat_multiply(pose, pinna_quat_slerp(pinna_quat_identity(), filter->gap, rest));
}

pinna_head_pose pinna_head_filter_pose(const pinna_head_filter* filter, double time_s)
{
    pinna_head_pose pose = {.orientation = pinna_quat_identity()};
    if (!filter || !filter->valid) return pose;
    pose.valid = true;
    pose.age_s = isfinite(time_s) ? fmax(0.0, time_s - filter->latest_s) : 0.0;
    double silent_s = pose.age_s - (double)filter->config.stale_s;
    pose.stale = silent_s > 0.0;
    pose.still = !pose.stale && filter->latest_s - filter->still_since_s >= (double)filter->config.still_s;
    pinna_quat q = pinna_quat_multiply(filter->centre, expected(filter, time_s, pose.age_s));
    q = close_gap(filter, q, time_s);
    if (pose.stale && filter->config.stale == PINNA_HEAD_STALE_RETURN) {
        float share = (float)(1.0 - exp(-silent_s / (double)filter->config.return_s));
        q = pinna_quat_slerp(q, pinna_quat_identity(), share);
    }
    pose.orientation = pinna_quat_normalize(q);
    pinna_vec3 moved = pinna_vec3_sub(filter->raw_position, filter->centre_position);
    pose.position_m = pinna_quat_rotate(filter->centre, pinna_head_map_vector(&filter->config.map, moved));
    return pose;
}
