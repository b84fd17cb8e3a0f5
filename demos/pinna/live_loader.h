/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_LOADER_H
#define PINNA_DEMOS_LIVE_LOADER_H

#include "live_player.h"

/* Loads one player at a time on a thread of its own, so that window and sound go on meanwhile. */
typedef struct pinna_live_loader pinna_live_loader;

typedef struct pinna_live_load {
    pinna_live_player_config player; /**< name and text are copied; like must stay alive until it is taken. */
    uint32_t tag;                    /**< For the caller: given back with the result. */
} pinna_live_load;

typedef struct pinna_live_loaded {
    pinna_live_load load; /**< Its texts are gone. */
    pinna_status status;
    pinna_live_player* player; /**< The caller's. */
    const char* problem;       /**< Where status is not PINNA_OK; valid until the next load. */
} pinna_live_loaded;

PINNA_NODISCARD pinna_status pinna_live_loader_create(pinna_live_loader** out);

/** Waits for what is being loaded and throws it away. NULL is accepted. */
void pinna_live_loader_destroy(pinna_live_loader* loader);

bool pinna_live_loader_is_busy(const pinna_live_loader* loader);

/** False while something else is loaded, or its result has not been taken. */
bool pinna_live_loader_begin(pinna_live_loader* loader, const pinna_live_load* load);

/** True once, when what was begun is there. */
bool pinna_live_loader_take(pinna_live_loader* loader, pinna_live_loaded* out);

#endif
