/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_SOUNDS_H
#define PINNA_DEMOS_SOUNDS_H

#include <pinna/base.h>

/* Sounds made by calculation, so that scenes can be heard where there are no files. Wherever a scene names a file, the
   name "builtin:rotor" stands for the sound "rotor". The same name always gives the same samples. */

#define PINNA_SOUNDS_PREFIX "builtin:"
enum { PINNA_SOUNDS_RATE_HZ = 48000 };

/** Names of all sounds, without the prefix; ends with NULL. */
extern const char* const pinna_sounds_names[];

/** The name behind the prefix, or NULL where a file name is a file's. */
const char* pinna_sounds_builtin_name(const char* file);

/**
 * Makes a sound at PINNA_SOUNDS_RATE_HZ, peak at most 1. Loops have no seam.
 *
 * @param out  frame_count samples. Free with free().
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT (no such sound) or PINNA_ERROR_MEMORY.
 */
PINNA_NODISCARD pinna_status pinna_sounds_make(const char* name, float** out, size_t* frame_count);

#endif
