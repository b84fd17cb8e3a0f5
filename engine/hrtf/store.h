/* SPDX-License-Identifier: MIT */
/* How stored bytes are laid out, and the check of what they claim. */
#ifndef PINNA_HRTF_STORE_H
#define PINNA_HRTF_STORE_H

#include <pinna/store.h>

#include "base/checksum.h"
#include "hrtf/build.h"
#include "hrtf/hrtf.h"

enum { PINNA_STORE_REVISION_BYTES = 33 };

/** Hexadecimal digest of every source file that has a say in how a set comes out; made by the build. */
extern const char pinna_store_revision[PINNA_STORE_REVISION_BYTES];

typedef struct pinna_store_shell {
    float radius_m;
    uint32_t direction_count, measured_count, triangle_count;
} pinna_store_shell;

/** What stored bytes begin with. The checksum covers all that follows it. */
typedef struct pinna_store_header {
    char magic[8];
    pinna_checksum checksum;
    uint64_t byte_count;
    uint32_t byte_order;
    char revision[PINNA_STORE_REVISION_BYTES];
    pinna_store_key key;
    uint32_t entry_count, shell_count, reference_shell;
    pinna_hrtf_info info;
    pinna_nearfield nearfield;
    pinna_store_shell shells[PINNA_BUILD_MAX_SHELLS];
} pinna_store_header;

/** The arrays that follow, as they are in use. */
typedef struct pinna_store_arrays {
    const pinna_report_entry* entries;
    const float* basis;
    const pinna_reverb_ears* ears;
    pinna_shell shells[PINNA_BUILD_MAX_SHELLS];
} pinna_store_arrays;

/** Whether the header's numbers are in their ranges and agree; arrays may be laid out by them then. */
bool pinna_store_check_header(const pinna_store_header* header);

/** Whether every number in the arrays is in its range. The header must have passed. */
bool pinna_store_check_arrays(const pinna_store_header* header, const pinna_store_arrays* arrays);

#endif
