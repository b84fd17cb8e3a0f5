/* SPDX-License-Identifier: MIT */
/* The rigid sphere a set's delays come nearest to. */
#ifndef PINNA_HRTF_HEAD_H
#define PINNA_HRTF_HEAD_H

#include "hrtf/build.h"

#define PINNA_SPEED_OF_SOUND_M_S 343.0

typedef struct pinna_head {
    double offset_frames, radius_frames; /**< delay = offset + radius * path */
} pinna_head;

/** Woodworth's rigid sphere: extra path to an ear whose direction makes an angle with the source's, over the radius. */
double pinna_head_path(pinna_vec3 direction, int ear);

/** Least squares over the delays of the measured directions. The radius is kept within human heads' and a margin. */
pinna_head pinna_head_fit(const pinna_build* build);

#endif
