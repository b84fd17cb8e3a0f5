/* SPDX-License-Identifier: MIT */
/* From a room's parameters to what the audio side needs: slow, on the control side. */
#include "dsp/response.h"
#include "hrtf/power.h"
#include "render/reflect.h"
#include "render/space.h"

#include <math.h>
#include <string.h>

#define RADIANS 0.01745329251994
#define WALL_MARGIN_M 0.1f

static float from_db(float db)
{
    return powf(10.0f, 0.05f * db);
}

/* Pink noise's power through BS.1770's weighting by octave, 125 Hz to 8 kHz; the outermost have what lies beyond. */
static const float loudness_weights[PINNA_REVERB_BANDS] = {0.112f, 0.070f, 0.073f, 0.088f,
                                                              0.144f, 0.179f, 0.334f};

/* Mean over the tail of what decays make of it: a band's energy goes with its decay. */
static float tail_energy(const pinna_room_params* p, float level)
{
    float sum = 0.0f;
    for (int b = 0; b < PINNA_REVERB_BANDS; b++) sum += loudness_weights[b] * p->rt60_s[b] / p->rt60_s[3];
    return level * level * sum;
}

/* Energy of the images of a source one metre ahead. */
static float images_energy(const pinna_space_room* room, uint32_t order, double sample_rate_hz)
{
    pinna_reflection all[PINNA_ROOM_MAX_REFLECTIONS];
    float sum = 0.0f;
    if (order == 0) return 0.0f;
    uint32_t count = pinna_room_reflect(&room->box, (pinna_vec3){1.0f, 0.0f, 0.0f}, order, sample_rate_hz, all);
    for (uint32_t i = 0; i < count; i++)
        if (all[i].delay_frames < PINNA_REFLECT_LAST_S * sample_rate_hz) sum += all[i].gains[1] * all[i].gains[1];
    return sum * room->reflections * room->reflections;
}

/* From the listener to the corner furthest off. */
static float farthest_m(const pinna_room* box)
{
    float at[3] = {box->listener_m.x, box->listener_m.y, box->listener_m.z}, sum = 0.0f;
    for (int axis = 0; axis < 3; axis++) {
        float way = fmaxf(at[axis], box->size_m[axis] - at[axis]);
        sum += way * way;
    }
    return sqrtf(sum);
}

static pinna_room box_of(const pinna_room_params* p)
{
    double half = 0.5 * RADIANS * (double)p->yaw_deg;
    pinna_room box = {.listener_m = p->listener_m, .orientation = {(float)cos(half), 0.0f, 0.0f, (float)sin(half)}};
    memcpy(box.size_m, p->size_m, sizeof box.size_m);
    box.listener_m.x = fminf(fmaxf(p->listener_m.x, WALL_MARGIN_M), p->size_m[0] - WALL_MARGIN_M);
    box.listener_m.y = fminf(fmaxf(p->listener_m.y, WALL_MARGIN_M), p->size_m[1] - WALL_MARGIN_M);
    box.listener_m.z = fminf(fmaxf(p->listener_m.z, WALL_MARGIN_M), p->size_m[2] - WALL_MARGIN_M);
    pinna_room_absorb_evenly(&box, p->rt60_s);
    return box;
}

static float tune(const pinna_space* s, pinna_space_room* out)
{
    const pinna_room_params* p = &s->params;
    pinna_reverb_params reverb = {.pre_delay_s = p->pre_delay_s, .level = 1.0f};
    memcpy(reverb.size_m, p->size_m, sizeof reverb.size_m);
    memcpy(reverb.rt60_s, p->rt60_s, sizeof reverb.rt60_s);
    pinna_reverb_tune(&reverb, s->sample_rate_hz, &out->tuning);
    float onset_s = (float)(out->tuning.onset_frames / s->sample_rate_hz);
    float level = from_db(p->level_db) * pinna_room_tail_level(p->size_m, p->rt60_s, onset_s);
    out->tuning.gain *= level;
    return level;
}

double pinna_space_power_of(const pinna_response* response, double sample_rate_hz)
{
    float weights[PINNA_RESPONSE_BINS];
    double sum = 0.0;
    pinna_power_pink(weights, PINNA_RESPONSE_WINDOW, sample_rate_hz);
    for (uint32_t k = 0; k < PINNA_RESPONSE_BINS; k++) sum += (double)weights[k] * (double)response->power[k];
    return sum;
}

/* A measured room is heard at the level that the model would have, whatever level it was stored at. */
static float send_of(const pinna_space* s, float room_energy)
{
    if (!s->has_response) return 1.0f;
    return s->response_power > 1e-25 ? (float)sqrt((double)room_energy / s->response_power) : 0.0f;
}

void pinna_space_make(const pinna_space* s, pinna_space_room* out)
{
    const pinna_room_params* p = &s->params;
    *out = (pinna_space_room){.on = p->on, .serial = s->serial, .box = box_of(p), .has_response = s->has_response};
    out->levels = (pinna_space_levels){p->distance_falloff, farthest_m(&out->box), 1.0f, 0.0f};
    if (!p->on) return;
    out->order = s->has_response ? 0 : p->reflection_order;
    out->reflections = from_db(p->level_db + p->reflections_db);
    float energy = tail_energy(p, tune(s, out)) + images_energy(out, p->reflection_order, s->sample_rate_hz);
    out->levels.send = send_of(s, energy);
    out->levels.loudness = 1.0f / sqrtf(1.0f + energy);
}
