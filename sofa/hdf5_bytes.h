/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_HDF5_BYTES_H
#define PINNA_SOFA_HDF5_BYTES_H

#include <pinna/base.h>

/** A bounded window on bytes. A read beyond its end gives zero and sets `failed`, which stays set. */
typedef struct pinna_hdf5_bytes {
    const unsigned char* bytes;
    uint64_t at, end; /**< Offsets into bytes; end never exceeds what is there. */
    bool failed;
} pinna_hdf5_bytes;

/** Reads a little-endian number of 0 to 8 bytes. */
uint64_t pinna_hdf5_read(pinna_hdf5_bytes* cursor, unsigned byte_count);

void pinna_hdf5_skip(pinna_hdf5_bytes* cursor, uint64_t byte_count);

/** Whether the next four bytes are this signature; passes over them. */
bool pinna_hdf5_signature(pinna_hdf5_bytes* cursor, const char* signature);

/** HDF5's metadata checksum: Bob Jenkins' lookup3 "hashlittle" with a zero start. */
uint32_t pinna_hdf5_checksum(const unsigned char* bytes, size_t byte_count);

#endif
