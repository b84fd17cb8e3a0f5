/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_BED_H
#define PINNA_DEMOS_BED_H

#include "layout.h"
#include "scene.h"

/* A file of loudspeaker channels becomes sources of a scene: one per loudspeaker, fixed in the room, at a metre. Low-
   frequency channels go to both ears alike. With the layout "ambix" the channels are a sound field's (ambix.h). */

typedef struct pinna_bed_config {
    const char* file;
    const char* layout; /**< NULL: as the file's mask says. */
    pinna_channel_order order;
    pinna_ambisonics_format format; /**< Of layout "ambix", as is max_re. */
    bool max_re;
    double lfe_db; /**< Of low-frequency channels, at each ear; 0: as they are in the file. A cinema's subwoofer plays
                        them 10 dB louder than the others. */
    pinna_scene_source common; /**< Gain, times, fade, loop and category of all its sources; the rest is not read. */
} pinna_bed_config;

/** All as in the file: 0 dB, from the scene's start to the file's end, PINNA_CATEGORY_BED. */
pinna_bed_config pinna_bed_config_default(const char* file);

/** Appends the bed's sources. @param report On failure says what was expected. */
PINNA_NODISCARD pinna_status pinna_bed_add(const pinna_bed_config* config, pinna_report* report, pinna_scene* scene);

#endif
