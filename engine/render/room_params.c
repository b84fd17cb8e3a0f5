/* SPDX-License-Identifier: MIT */
/* Rooms as the public header knows them. */
#include "render/room.h"

#include <pinna/mix.h>

#include <math.h>
#include <string.h>

_Static_assert(PINNA_ROOM_OCTAVES == (int)PINNA_REVERB_BANDS, "the octaves are the reverberator's");

#define EAR_HEIGHT_M 1.2f

/* Off the middle, where reflections from opposite walls would come at the same time: further back than front, as one
   sits before a screen. */
static pinna_room_params params_of(const pinna_room_preset* preset)
{
    pinna_room_params p = {.on = true, .reflection_order = 1, .distance_falloff = 1.0f};
    const float* size = preset->size_m;
    memcpy(p.size_m, size, sizeof p.size_m);
    memcpy(p.rt60_s, preset->rt60_s, sizeof p.rt60_s);
    p.listener_m = (pinna_vec3){0.38f * size[0], 0.47f * size[1], fminf(EAR_HEIGHT_M, 0.5f * size[2])};
    return p;
}

pinna_room_params pinna_room_params_default(void)
{
    pinna_room_params p = params_of(&pinna_room_presets[0]);
    p.on = false;
    return p;
}

const char* pinna_room_name(uint32_t index)
{
    return index < PINNA_ROOM_PRESET_COUNT ? pinna_room_presets[index].name : NULL;
}

pinna_status pinna_room_find(const char* name, pinna_room_params* out)
{
    const pinna_room_preset* preset = name && out ? pinna_room_find_preset(name) : NULL;
    if (!preset) return PINNA_ERROR_ARGUMENT;
    *out = params_of(preset);
    return PINNA_OK;
}
