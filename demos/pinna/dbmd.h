/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_DBMD_H
#define PINNA_DEMOS_DBMD_H

#include <pinna/base.h>

/* The dbmd chunk of Dolby's ADM files, as far as it says how each element is meant for headphones. */

typedef enum pinna_dbmd_mode {
    PINNA_DBMD_OFF, /**< No HRTF. */
    PINNA_DBMD_NEAR,
    PINNA_DBMD_FAR,
    PINNA_DBMD_MID,
    PINNA_DBMD_NOT_INDICATED,
    PINNA_DBMD_MODE_COUNT
} pinna_dbmd_mode;

enum { PINNA_DBMD_ELEMENT_MAX = 1024 };

typedef struct pinna_dbmd {
    uint32_t element_count; /**< 0: the chunk says nothing of headphones. */
    unsigned char modes[PINNA_DBMD_ELEMENT_MAX]; /**< pinna_dbmd_mode, in the order of tracks. */
} pinna_dbmd;

/** Reads the chunk. False where it is damaged; then nothing in it is to be trusted, and out is empty. */
bool pinna_dbmd_parse(const unsigned char* bytes, size_t size, pinna_dbmd* out);

#endif
