/* SPDX-License-Identifier: MIT */
#include "render/renderer.h"

#define SPEED_OF_SOUND_M_S 343.0f

/* Equal power as seen from the front: left where the source is left, in the middle ahead, above and behind. */
static float pan_of(pinna_vec3 direction)
{
    return direction.y;
}

static float propagation_frames(const pinna_renderer* r, const pinna_source_state* state, float distance_m)
{
    if (!state->params.propagation || r->config.max_propagation_m <= 0.0f) return -1.0f;
    return fminf(distance_m, r->config.max_propagation_m) / SPEED_OF_SOUND_M_S * (float)r->config.sample_rate_hz;
}

/* The source's axis is given in the world, or in the head's frame where its position is. */
static float cone_gain(const pinna_renderer* r, const pinna_source_state* state, pinna_vec3 from_source)
{
    if (!state->params.head_relative) from_source = pinna_quat_rotate(r->listener.orientation, from_source);
    return pinna_cone_gain(state, from_source);
}

pinna_placement pinna_place(const pinna_renderer* r, const pinna_source_state* state, pinna_vec3 before)
{
    const pinna_source_params* params = &state->params;
    pinna_placement p = {0};
    pinna_vec3 v = state->position_m;
    if (!params->head_relative) {
        v = pinna_vec3_sub(v, r->listener.position_m);
        v = pinna_quat_rotate(pinna_quat_conjugate(r->listener.orientation), v);
    }
    float distance = pinna_vec3_length(v);
    p.target.distance_m = fminf(distance, 1e9f);
    p.target.direction = distance > 1e-6f ? pinna_vec3_normalize(v) : before;
    p.target.near_field = params->near_field;
    p.target.extent_rad = params->extent_m > 0.0f ? atan2f(params->extent_m, distance) : 0.0f;
    p.gain = params->gain * pinna_distance_gain(params, p.target.distance_m) *
             cone_gain(r, state, pinna_vec3_scale(p.target.direction, -1.0f));
    p.pan = pan_of(p.target.direction);
    pinna_band_gains(params, p.target.distance_m, p.bands);
    p.delay_frames = propagation_frames(r, state, p.target.distance_m);
    return p;
}
