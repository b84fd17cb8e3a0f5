/* SPDX-License-Identifier: MIT */
#include "spool.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pinna_spool {
    FILE* file;
    bool reading;
    int first_errno;
    float frames[PINNA_SPOOL_READ_FRAMES * PINNA_EAR_COUNT];
};

pinna_status pinna_spool_create(const char* beside, pinna_report* report, pinna_spool** out)
{
    char path[PATH_MAX];
    const char* slash = strrchr(beside, '/');
    pinna_spool* spool = *out = calloc(1, sizeof *spool);
    if (!spool) return PINNA_ERROR_MEMORY;
    snprintf(path, sizeof path, "%.*s.pinna.XXXXXX", slash ? (int)(slash + 1 - beside) : 0, beside);
    int descriptor = mkstemp(path);
    if (descriptor >= 0) {
        unlink(path);
        spool->file = fdopen(descriptor, "w+b");
    }
    if (spool->file) return PINNA_OK;
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "output", "%s: no room can be had beside it for a first pass: %s",
                     beside, strerror(errno));
    if (descriptor >= 0) close(descriptor);
    free(spool);
    *out = NULL;
    return PINNA_ERROR_FILE;
}

bool pinna_spool_write(pinna_spool* spool, const float* left, const float* right, size_t frame_count)
{
    for (size_t done = 0; done < frame_count && !spool->first_errno;) {
        size_t count = frame_count - done;
        if (count > PINNA_SPOOL_READ_FRAMES) count = PINNA_SPOOL_READ_FRAMES;
        for (size_t i = 0; i < count; i++) {
            spool->frames[2 * i] = left[done + i];
            spool->frames[2 * i + 1] = right[done + i];
        }
        errno = 0;
        if (fwrite(spool->frames, 2 * sizeof(float), count, spool->file) != count)
            spool->first_errno = errno ? errno : EIO;
        done += count;
    }
    return !spool->first_errno;
}

size_t pinna_spool_read(pinna_spool* spool, float* left, float* right)
{
    errno = 0;
    if (!spool->reading && (fflush(spool->file) || fseek(spool->file, 0, SEEK_SET)))
        spool->first_errno = errno ? errno : EIO;
    spool->reading = true;
    if (spool->first_errno) return 0;
    size_t count = fread(spool->frames, 2 * sizeof(float), PINNA_SPOOL_READ_FRAMES, spool->file);
    for (size_t i = 0; i < count; i++) {
        left[i] = spool->frames[2 * i];
        right[i] = spool->frames[2 * i + 1];
    }
    if (ferror(spool->file)) spool->first_errno = errno ? errno : EIO;
    return count;
}

const char* pinna_spool_problem(const pinna_spool* spool)
{
    return spool->first_errno ? strerror(spool->first_errno) : NULL;
}

void pinna_spool_destroy(pinna_spool* spool)
{
    if (!spool) return;
    fclose(spool->file);
    free(spool);
}
