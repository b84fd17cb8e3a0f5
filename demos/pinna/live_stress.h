/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_STRESS_H
#define PINNA_DEMOS_LIVE_STRESS_H

#include <pinna/base.h>

/** JSON text of a scene whose sources all move, each on its own way, for an hour. @param out Free with free(). */
PINNA_NODISCARD pinna_status pinna_live_stress_text(uint32_t source_count, char** out);

#endif
