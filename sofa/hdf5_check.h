/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_HDF5_CHECK_H
#define PINNA_SOFA_HDF5_CHECK_H

#include <pinna/base.h>

/*
 * Walks the structure of an HDF5 file before any third-party reader sees it: every address lies inside the file, every
 * checksum matches, every size is within limits and no structure leads in circles. A reader that trusts the file then
 * finds nothing to stumble over. Only the subset that SOFA files use is walked; what lies outside becomes a hint.
 */

enum { PINNA_HDF5_TEXT_BYTES = 224 };

/** Responses in chunks of deflated and shuffled doubles, as netCDF writes them; see hdf5_chunks.h. */
typedef struct pinna_hdf5_chunked {
    bool present;
    unsigned offset_bytes;
    uint64_t tree; /**< Address of the chunks' index, checked. */
    uint64_t sizes[3], chunk[3];
} pinna_hdf5_chunked;

typedef struct pinna_hdf5_finding {
    size_t byte_count;                /**< Where the file says it ends; never beyond the bytes given. */
    char text[PINNA_HDF5_TEXT_BYTES]; /**< On failure: what is wrong and where. One clause, no file name. */
    char hint[PINNA_HDF5_TEXT_BYTES]; /**< A lawful feature that small readers do not decode, or empty. */
    bool hint_is_fatal;               /**< The reader would misread it without a word, so it must not try. */
    pinna_hdf5_chunked responses;     /**< Data.IR. */
} pinna_hdf5_finding;

/** Checks a whole file. @return PINNA_OK, PINNA_ERROR_FORMAT or PINNA_ERROR_LIMIT. */
pinna_status pinna_hdf5_check(const void* bytes, size_t byte_count, pinna_hdf5_finding* finding);

#endif
