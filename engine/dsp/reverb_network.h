/* SPDX-License-Identifier: MIT */
/* What the reverberator's files share. */
#ifndef PINNA_DSP_REVERB_NETWORK_H
#define PINNA_DSP_REVERB_NETWORK_H

#include "dsp/reverb.h"

/** The longest line of any tuning, seconds, rounded up. */
#define PINNA_REVERB_LONGEST_LINE_S 0.125

/** What the shortest line lasts in a room. */
double pinna_reverb_shortest_line_s(const float size_m[3]);

#endif
