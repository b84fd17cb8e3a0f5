/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_SOUND_H
#define PINNA_DEMOS_LIVE_SOUND_H

#include "cli.h"
#include "live_heads.h"
#include "scene.h"

#include <pinna/equalizer.h>

/* What can be chosen of how a scene sounds, while it plays: preset, room, head, equalisation. */

enum { PINNA_LIVE_PRESET_AS_SCENE = -1 };                          /* else an index of pinna_preset_name() */
enum { PINNA_LIVE_ROOM_AS_PRESET = -2, PINNA_LIVE_ROOM_OFF = -1 }; /* else an index of pinna_room_name() */

typedef struct pinna_live_sound {
    int preset;
    int room;
    uint32_t head;  /**< Among the choices' files. */
    bool equalized; /**< For the headphones. */
} pinna_live_sound;

/** What there is to choose from; the same for all of a session. */
typedef struct pinna_live_choices {
    const char* const* sofa_files; /**< Heads; NULL stands for the scene's, the user's own or the default one. */
    size_t sofa_count;
    pinna_cli_list sets;              /**< "name=value" each: on top of every preset. */
    const pinna_equalizer* equalizer; /**< NULL: none. */
    pinna_live_heads* heads;
} pinna_live_choices;

bool pinna_live_sound_equal(const pinna_live_sound* a, const pinna_live_sound* b);

/** All values of a sound with a scene. @param report On failure says why. */
PINNA_NODISCARD pinna_status pinna_live_sound_preset(const pinna_live_choices* choices, const pinna_live_sound* sound,
                                                     const pinna_scene* scene, pinna_report* report, pinna_preset* out);

/** The file of a sound's head with a scene; NULL: the user's own or the default one. */
const char* pinna_live_sound_sofa(const pinna_live_choices* choices, const pinna_live_sound* sound,
                                  const pinna_scene* scene);

/** The index of its preset, whether chosen or the scene's. */
int pinna_live_sound_preset_index(const pinna_live_sound* sound, const pinna_scene* scene);

/** The next one, round and round: a preset; a room, the preset's own, none and those with names. */
int pinna_live_sound_next_preset(const pinna_live_sound* sound, const pinna_scene* scene);
int pinna_live_sound_next_room(const pinna_live_sound* sound);

/** Its room for people. @param preset As pinna_live_sound_preset() gave it. */
const char* pinna_live_sound_room_name(const pinna_live_sound* sound, const pinna_preset* preset);

/** Its head for people: the file's name without ".sofa". @param size Of text. */
void pinna_live_sound_head_name(const pinna_live_choices* choices, const pinna_live_sound* sound,
                                const pinna_scene* scene, char* text, size_t size);

#endif
