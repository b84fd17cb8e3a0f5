/* SPDX-License-Identifier: MIT */
#include "live_sound.h"
#include "setup.h"

#include <pinna/load.h>

#include <stdio.h>
#include <string.h>

bool pinna_live_sound_equal(const pinna_live_sound* a, const pinna_live_sound* b)
{
    return a->preset == b->preset && a->room == b->room && a->head == b->head && a->equalized == b->equalized;
}

pinna_status pinna_live_sound_preset(const pinna_live_choices* choices, const pinna_live_sound* sound,
                                     const pinna_scene* scene, pinna_report* report, pinna_preset* out)
{
    const char* name = sound->preset >= 0 ? pinna_preset_name((uint32_t)sound->preset) : NULL;
    const char* room = sound->room >= 0 ? pinna_room_name((uint32_t)sound->room) : "off";
    pinna_status status = pinna_setup_choose_preset(name, scene, &choices->sets, report, out);
    if (status || sound->room == PINNA_LIVE_ROOM_AS_PRESET) return status;
    return pinna_preset_set(out, "room", room, report);
}

const char* pinna_live_sound_sofa(const pinna_live_choices* choices, const pinna_live_sound* sound,
                                  const pinna_scene* scene)
{
    const char* chosen = choices->sofa_files[sound->head];
    return chosen ? chosen : scene->sofa;
}

int pinna_live_sound_preset_index(const pinna_live_sound* sound, const pinna_scene* scene)
{
    if (sound->preset >= 0) return sound->preset;
    for (uint32_t i = 0; scene->preset && pinna_preset_name(i); i++)
        if (!strcmp(scene->preset, pinna_preset_name(i))) return (int)i;
    return 0;
}

int pinna_live_sound_next_preset(const pinna_live_sound* sound, const pinna_scene* scene)
{
    int next = pinna_live_sound_preset_index(sound, scene) + 1;
    return pinna_preset_name((uint32_t)next) ? next : 0;
}

int pinna_live_sound_next_room(const pinna_live_sound* sound)
{
    int next = sound->room + 1;
    return next < 0 || pinna_room_name((uint32_t)next) ? next : PINNA_LIVE_ROOM_AS_PRESET;
}

/* A preset's room may be any box; it goes by a name where it is one of those made up beforehand. */
static const char* name_of_room(const pinna_room_params* room)
{
    pinna_room_params known;
    for (uint32_t i = 0; pinna_room_name(i) && !pinna_room_find(pinna_room_name(i), &known); i++)
        if (!memcmp(known.size_m, room->size_m, sizeof known.size_m) &&
            !memcmp(known.rt60_s, room->rt60_s, sizeof known.rt60_s))
            return pinna_room_name(i);
    return "on";
}

const char* pinna_live_sound_room_name(const pinna_live_sound* sound, const pinna_preset* preset)
{
    if (sound->room >= 0) return pinna_room_name((uint32_t)sound->room);
    return preset->room.on ? name_of_room(&preset->room) : "no room";
}

void pinna_live_sound_head_name(const pinna_live_choices* choices, const pinna_live_sound* sound,
                                const pinna_scene* scene, char* text, size_t size)
{
    char own[PINNA_LOAD_PATH_BYTES];
    const char* file = pinna_live_sound_sofa(choices, sound, scene);
    if (!file && pinna_load_personal_path(own, sizeof own)) file = own;
    const char* slash = file ? strrchr(file, '/') : NULL;
    snprintf(text, size, "%s", slash ? slash + 1 : file ? file : "MIT KEMAR");
    char* ending = strstr(text, ".sofa");
    if (ending) *ending = '\0';
}
