/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_NETCDF_FILE_H
#define PINNA_SOFA_NETCDF_FILE_H

#include "fields.h"

/** What bytes in memory are called. HDF5 refuses to open them where a file of that name exists: nothing is in
 * /dev/null. */
#define PINNA_SOFA_NO_PATH "/dev/null/sofa"

/** Whether netCDF-C is built in. */
bool pinna_sofa_has_netcdf(void);

/** Reads in this process and thread: for bytes that are trusted, and for one thread at a time. Only where built in. */
pinna_sofa_reader pinna_sofa_read_netcdf_here;

/** The same past netCDF, for files of a newer HDF5 than netCDF understands. */
pinna_sofa_reader pinna_sofa_read_hdf5_here;

/** lzf.c: has the HDF5 library unpack what h5py packed with LZF. Once or more. */
void pinna_sofa_register_lzf(void);

/**
 * apart.c: runs a reader in a child process, so that nothing the bytes do to it reaches this one. The child may use 0.5 s
 * of processor time and 384 MB, more for larger files, and gets no core file and no standard error.
 *
 * @return the reader's own status, PINNA_ERROR_FORMAT where the child crashed, or PINNA_ERROR_LIMIT where it used up
 * its time.
 */
pinna_status pinna_sofa_read_apart(pinna_sofa_reader* reader, const void* bytes, size_t byte_count,
                                   pinna_sofa_fields* out, char* error, size_t error_bytes);

#endif
