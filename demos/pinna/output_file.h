/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_OUTPUT_FILE_H
#define PINNA_DEMOS_OUTPUT_FILE_H

#include <pinna/base.h>

/*
 * A file that appears under its name only when it is whole. Until then it grows under a temporary name in the same
 * directory, and every way to fail removes that: an error, a full disk, Ctrl-C, a hang-up. Where the name is a device
 * or a pipe it is written directly. A program killed outright leaves its temporary file behind; the next one that
 * writes the same output removes it.
 */
typedef struct pinna_output_file pinna_output_file;

/** How many may be open at once. */
enum { PINNA_OUTPUT_FILE_MAX = 8 };

/** Creates the temporary file. @param report Says on failure what is wrong with the path. @param path Copied. */
PINNA_NODISCARD pinna_status pinna_output_file_create(const char* path, pinna_report* report, pinna_output_file** out);

/** Writes at the current position. False once anything has failed; commit then tells what. */
bool pinna_output_file_write(pinna_output_file* file, const void* bytes, size_t byte_count);

/** Moves the position, as lseek. Returns the new one, or -1. */
int64_t pinna_output_file_seek(pinna_output_file* file, int64_t offset, int whence);

int64_t pinna_output_file_size(pinna_output_file* file);

/** What went wrong so far, or NULL. */
const char* pinna_output_file_problem(const pinna_output_file* file);

/** Puts the bytes on the disk and the name on the file, and frees it in any case. */
PINNA_NODISCARD pinna_status pinna_output_file_commit(pinna_output_file* file, pinna_report* report);

/** Removes the temporary file. NULL is accepted. */
void pinna_output_file_discard(pinna_output_file* file);

/** From here on SIGINT, SIGQUIT, SIGTERM and SIGHUP remove temporary files before they end the program. */
void pinna_output_file_catch_signals(void);

/** Whether both paths lead to one existing file. */
bool pinna_output_file_same(const char* path, const char* other);

#endif
