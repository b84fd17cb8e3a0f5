/* SPDX-License-Identifier: MIT */
#include "render/renderer.h"

#define SPEED_OF_SOUND_M_S 343.0f

static float propagation_frames(const pinna_renderer* r, const pinna_source_params* params, float distance_m)
{
    if (!params->propagation || r->config.max_propagation_m <= 0.0f) return -1.0f;
    return fminf(distance_m, r->config.max_propagation_m) / SPEED_OF_SOUND_M_S * (float)r->config.sample_rate_hz;
}

/* The source's axis is given in the world, or in the head's frame where its position is. */
static float cone_gain(const pinna_renderer* r, const pinna_source_params* params, pinna_vec3 from_source)
{
    if (!params->head_relative) from_source = pinna_quat_rotate(r->listener.orientation, from_source);
    return pinna_cone_gain(params, from_source);
}

void pinna_set_listener(pinna_renderer* r, const pinna_listener_state* listener)
{
    static const pinna_vec3 axes[3] = {{1.0f, 0.0f, 0.0f}, {0.0f, 1.0f, 0.0f}, {0.0f, 0.0f, 1.0f}};
    r->listener = *listener;
    r->listener_count++;
    for (int i = 0; i < 3; i++) r->head_axes[i] = pinna_quat_rotate(listener->orientation, axes[i]);
}

static inline float dot(pinna_vec3 a, pinna_vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

/* Where a source is in the head's frame. */
static pinna_vec3 seen_from_head(const pinna_renderer* r, const pinna_source_params* params)
{
    pinna_vec3 p = params->position, at = r->listener.position;
    if (params->head_relative) return p;
    pinna_vec3 v = {p.x - at.x, p.y - at.y, p.z - at.z};
    return (pinna_vec3){dot(r->head_axes[0], v), dot(r->head_axes[1], v), dot(r->head_axes[2], v)};
}

/* In double where a float would overflow or underflow. */
static float length(pinna_vec3 v)
{
    float square = dot(v, v);
    if (square > 1e-24f && square < 1e36f) return sqrtf(square);
    return (float)sqrt((double)v.x * v.x + (double)v.y * v.y + (double)v.z * v.z);
}

static void set_target(const pinna_renderer* r, const pinna_source_params* params, pinna_vec3 before, pinna_target* out)
{
    pinna_vec3 v = seen_from_head(r, params);
    float distance = length(v), inverse = 1.0f / distance, metres = distance * r->scene.metres_per_unit;
    *out = (pinna_target){before, metres < 1e9f ? metres : 1e9f, 0.0f, params->near_field, false};
    if (distance > 1e-6f && distance < 1e18f)
        out->direction = (pinna_vec3){v.x * inverse, v.y * inverse, v.z * inverse};
    else if (distance >= 1e18f)
        out->direction = pinna_vec3_normalize(v);
}

float pinna_place_plain(const pinna_renderer* r, const pinna_source_params* params, pinna_target* target)
{
    set_target(r, params, target->direction, target);
    return params->gain * pinna_distance_gain(params, target->distance_m);
}

void pinna_place(const pinna_renderer* r, const pinna_source_params* params, pinna_vec3 before, pinna_placement* out)
{
    set_target(r, params, before, &out->target);
    if (params->extent_m > 0.0f) out->target.extent_rad = atan2f(params->extent_m, out->target.distance_m);
    out->gain = params->gain * pinna_distance_gain(params, out->target.distance_m);
    if (params->cone_inner_deg < 360.0f)
        out->gain *= cone_gain(r, params, pinna_vec3_scale(out->target.direction, -1.0f));
    out->pan = pinna_pan_of(out->target.direction);
    pinna_band_gains(params, out->target.distance_m, out->bands);
    out->delay_frames = propagation_frames(r, params, out->target.distance_m);
}
