/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_AMBIX_H
#define PINNA_DEMOS_AMBIX_H

#include "scene.h"

/* A file of ambisonic channels becomes a sound field of a scene, and each channel a source of it. */

typedef struct pinna_ambix_config {
    const char* file;
    pinna_ambisonics_format format;
    bool max_re, head_locked; /**< As in pinna_scene_field. */
    double gain_db;
    double start_s, end_s; /**< end_s INFINITY: until the file ends. */
    bool loop;
} pinna_ambix_config;

/** What `--layout` calls such files. */
extern const char pinna_ambix_layout[];

/** Names of pinna_ambisonics_format; ends with NULL. */
extern const char* const pinna_ambix_formats[];

/** Appends the file's channels; their count tells the order. @param report On failure says what was expected. */
PINNA_NODISCARD pinna_status pinna_ambix_add(const pinna_ambix_config* config, pinna_report* report,
                                             pinna_scene* scene);

/** Which channel of a sound field holds a degree (0 up to the order) and index (-degree to degree), from 0. */
uint32_t pinna_ambix_channel(pinna_ambisonics_format format, uint32_t degree, int index);

#endif
