/* SPDX-License-Identifier: MIT */
/* Early reflections of single sources: see space.h. */
#ifndef PINNA_RENDER_REFLECT_H
#define PINNA_RENDER_REFLECT_H

#include "render/space.h"

/** Reflections this late belong to the tail, which is dense by then: a single one would stand out of it as an echo.
 * From the first time to the second they fade. */
#define PINNA_REFLECT_FADE_S 0.035
#define PINNA_REFLECT_LAST_S 0.055

/** Makes a room ready of the parameters set last. Control side; takes some milliseconds. */
void pinna_space_make(const pinna_space* space, pinna_space_room* out);

/** Power of K-weighted pink noise through a measured room, both ears together, over the noise's own. Control side. */
double pinna_space_power_of(const pinna_response* response, double sample_rate_hz);

/** A source has been placed: takes a reflector if there is a free one and it needs it, and aims its images. */
PINNA_REALTIME void pinna_reflect_aim(pinna_renderer* renderer, uint32_t slot, const pinna_target* target, bool jump);

/** A segment of a source that has a reflector, its samples in space->clean. @param sounds  Not all of them are 0. */
PINNA_REALTIME void pinna_reflect_feed(pinna_renderer* renderer, uint32_t slot, bool sounds, pinna_segment segment);

/** A source gives its reflector back. */
PINNA_REALTIME void pinna_reflect_release(pinna_renderer* renderer, uint32_t slot);

#endif
