/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_SPOOL_H
#define PINNA_DEMOS_SPOOL_H

#include <pinna/base.h>

/* Stereo kept on disk between two passes, as 32-bit floats in a file without a name: whatever happens, nothing is left
   of it. */
typedef struct pinna_spool pinna_spool;

enum { PINNA_SPOOL_READ_FRAMES = 4096 };

/** @param beside  The file is made in this file's folder, where there is room for the output too. */
PINNA_NODISCARD pinna_status pinna_spool_create(const char* beside, pinna_report* report, pinna_spool** out);

/** Appends frames. @return False when the disk is full or gone; problem() tells. */
bool pinna_spool_write(pinna_spool* spool, const float* left, const float* right, size_t frame_count);

/** The next frames from the beginning, up to PINNA_SPOOL_READ_FRAMES; 0 at the end. Write nothing after the first
    read. */
size_t pinna_spool_read(pinna_spool* spool, float* left, float* right);

/** What went wrong, or NULL. */
const char* pinna_spool_problem(const pinna_spool* spool);

/** NULL is accepted. */
void pinna_spool_destroy(pinna_spool* spool);

#endif
