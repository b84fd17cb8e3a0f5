/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_SCENES_BUILTIN_H
#define PINNA_DEMOS_SCENES_BUILTIN_H

#include <stddef.h>

/* Scenes that need no file, made of built-in sounds. */

/** Names of all of them; ends with NULL. */
extern const char* const pinna_scenes_builtin_names[];

/** The JSON text of one, or NULL where there is none of that name. */
const char* pinna_scenes_builtin_text(const char* name);

#endif
