/* SPDX-License-Identifier: MIT */
/* The one table of what a preset holds: names, ranges and words, for checks, the tool, scenes and documents. Floor 4.
 */
#ifndef PINNA_RENDER_VALUES_H
#define PINNA_RENDER_VALUES_H

#include <pinna/preset.h>

typedef enum pinna_value_kind {
    PINNA_VALUE_FLOAT,
    PINNA_VALUE_SWITCH, /**< bool */
    PINNA_VALUE_BYTE,   /**< uint8_t */
    PINNA_VALUE_COUNT,  /**< uint32_t */
    PINNA_VALUE_ANCHOR  /**< pinna_anchor */
} pinna_value_kind;

typedef struct pinna_value {
    const char* name;
    pinna_value_kind kind;
    size_t offset; /**< In its group's struct. */
    double low, high;
    bool zero_too;
    const char* about;
} pinna_value;

/** Values that lie in one struct. */
typedef struct pinna_value_group {
    const char* name; /**< Before the dot. */
    size_t offset;    /**< In pinna_preset. */
    const pinna_value* values;
    uint32_t count;
} pinna_value_group;

extern const pinna_value_group pinna_value_groups[];
extern const uint32_t pinna_value_group_count;
extern const char* const pinna_anchor_names[];

/** Groups of pinna_mix_params, and of pinna_room_params. */
bool pinna_value_group_is_mix(const pinna_value_group* group);
bool pinna_value_group_is_room(const pinna_value_group* group);

/** A value in a preset as a number. */
double pinna_value_read(const pinna_preset* preset, const pinna_value_group* group, const pinna_value* value);

/** In range, and whole where it must be. */
bool pinna_value_allows(const pinna_value* value, double number);

#endif
