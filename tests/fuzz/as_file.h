/* SPDX-License-Identifier: MIT */
/* Bytes as a file with a path, for readers that take paths. */
#ifndef PINNA_TESTS_FUZZ_AS_FILE_H
#define PINNA_TESTS_FUZZ_AS_FILE_H

#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

typedef struct fuzz_file {
    int file;
    char path[64];
} fuzz_file;

static inline fuzz_file fuzz_file_make(const uint8_t* bytes, size_t byte_count)
{
    fuzz_file f = {.file = memfd_create("fuzz", MFD_CLOEXEC)};
    FUZZ_EXPECT(f.file >= 0 && write(f.file, bytes, byte_count) == (ssize_t)byte_count);
    snprintf(f.path, sizeof f.path, "/proc/self/fd/%d", f.file);
    return f;
}

static inline void fuzz_file_close(fuzz_file* f)
{
    close(f->file);
}

#endif
