/* SPDX-License-Identifier: MIT */
#include "scene/scene.h"

#include <math.h>

float pinna_distance_gain(const pinna_source_params* params, float distance_m)
{
    float reference = params->reference_distance_m, max = params->max_distance_m, rolloff = params->rolloff;
    float d = fminf(fmaxf(distance_m, reference), max);
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
