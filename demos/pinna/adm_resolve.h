/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_ADM_RESOLVE_H
#define PINNA_DEMOS_ADM_RESOLVE_H

#include "adm_model.h"

/* Follows a model's references from the programme down to tracks: what is to be heard, from when to when, how loud. */

enum { PINNA_ADM_ITEM_MAX = 1024 };

/** One track as one object uses it. Pointers into the model. */
typedef struct pinna_adm_item {
    const pinna_adm_element* object; /**< NULL in a file without objects. */
    pinna_adm_element* channel;
    const pinna_adm_element* pack; /**< NULL: none, or one of the common definitions. */
    char pack_id[PINNA_ADM_ID_BYTES];
    uint32_t track;    /**< From 1. */
    uint64_t start;    /**< Of the object, frames: its channels' blocks count from there. */
    uint64_t from, to; /**< Silent outside: the object's time and its parents'. */
    double gain;       /**< Of the object and its parents. */
    bool head_locked;
} pinna_adm_item;

typedef struct pinna_adm_choice {
    const char* path;      /**< For messages. */
    const char* programme; /**< Id or name; NULL: the one with the lowest id. */
    uint32_t importance;   /**< Objects and packs of less are left out. */
} pinna_adm_choice;

typedef struct pinna_adm_items {
    size_t count;
    pinna_adm_item items[PINNA_ADM_ITEM_MAX];
} pinna_adm_items;

/** Resolves a sorted model; channels' use_count becomes that of their items. @param report What was left out, and on
    failure what is wrong. */
PINNA_NODISCARD pinna_status pinna_adm_resolve(pinna_adm_model* model, const pinna_adm_choice* choice,
                                               pinna_report* report, pinna_adm_items* out);

#endif
