/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_HEADS_H
#define PINNA_DEMOS_LIVE_HEADS_H

#include <pinna/preset.h>

/* Heads prepared lately, each for the options of a preset, so that going back to one takes no time. One thread at a
   time. */
typedef struct pinna_live_heads pinna_live_heads;

PINNA_NODISCARD pinna_status pinna_live_heads_create(uint32_t sample_rate_hz, pinna_live_heads** out);

/** NULL is accepted. */
void pinna_live_heads_destroy(pinna_live_heads* heads);

/** A head as a preset wants it. @param sofa NULL: the user's own, or the default one. @param out The caller's, too. */
PINNA_NODISCARD pinna_status pinna_live_heads_get(pinna_live_heads* heads, const char* sofa, const pinna_preset* preset,
                                                  pinna_report* report, pinna_hrtf** out);

#endif
