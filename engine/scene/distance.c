/* SPDX-License-Identifier: MIT */
#include "scene/scene.h"

#include <math.h>

#define RADIANS_TO_DEGREES 57.2957795f

/* What air takes above 8 kHz, in dB per metre: ISO 9613-1 at 10 kHz, 20 degrees C, 50 % relative humidity, rounded. Of
   what it takes below 8 kHz (0.02 dB/m at 4 kHz) a fifth is a fair mean over the middle band. */
#define AIR_HIGH_DB_PER_M 0.1f
#define AIR_MIDDLE_DB_PER_M 0.005f

float pinna_distance_gain(const pinna_source_params* params, float distance_m)
{
    float reference = params->reference_distance_m, max = params->max_distance_m, rolloff = params->rolloff;
    float d = distance_m > reference ? distance_m : reference;
    d = d < max ? d : max;
    switch (params->distance_model) {
    case PINNA_DISTANCE_INVERSE: return reference / (reference + rolloff * (d - reference));
    case PINNA_DISTANCE_LINEAR:
        return max > reference ? fmaxf(0.0f, 1.0f - rolloff * (d - reference) / (max - reference)) : 1.0f;
    case PINNA_DISTANCE_EXPONENTIAL: return powf(d / reference, -rolloff);
    case PINNA_DISTANCE_NONE:
    case PINNA_DISTANCE_COUNT: break;
    }
    return 1.0f;
}

float pinna_cone_gain(const pinna_source_params* p, pinna_vec3 to_listener)
{
    if (p->cone_inner_deg >= 360.0f) return 1.0f;
    float cosine = fminf(fmaxf(pinna_vec3_dot(p->forward, to_listener), -1.0f), 1.0f);
    float angle_deg = 2.0f * acosf(cosine) * RADIANS_TO_DEGREES; /* whole angle, as the cone's */
    if (angle_deg <= p->cone_inner_deg) return 1.0f;
    if (angle_deg >= p->cone_outer_deg) return p->cone_outer_gain;
    float part = (angle_deg - p->cone_inner_deg) / (p->cone_outer_deg - p->cone_inner_deg);
    return 1.0f + part * (p->cone_outer_gain - 1.0f);
}

void pinna_band_gains(const pinna_source_params* params, float distance_m, float gains[PINNA_BAND_COUNT])
{
    for (int b = 0; b < PINNA_BAND_COUNT; b++)
        gains[b] = 1.0f + params->occlusion * (params->transmission[b] - 1.0f);
    if (params->air_absorption <= 0.0f) return;
    float metres = params->air_absorption * fminf(distance_m, 10000.0f);
    gains[1] *= powf(10.0f, -0.05f * AIR_MIDDLE_DB_PER_M * metres);
    gains[2] *= powf(10.0f, -0.05f * AIR_HIGH_DB_PER_M * metres);
}
