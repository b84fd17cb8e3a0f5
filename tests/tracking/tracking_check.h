/* SPDX-License-Identifier: MIT */
#ifndef TRACKING_CHECK_H
#define TRACKING_CHECK_H

#include "dice.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pinna/tracking.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline double angle_between_deg(pinna_quat a, pinna_quat b)
{
    pinna_quat d = pinna_quat_multiply(pinna_quat_conjugate(a), b);
    double sine = sqrt((double)d.x * d.x + (double)d.y * d.y + (double)d.z * d.z);
    return 2.0 * atan2(sine, fabs((double)d.w)) * 57.29577951308232;
}

/* Yaw + left, pitch + up, roll + right. */
#define CHECK_POSE(q, yaw, pitch, roll)                                                                                \
    do {                                                                                                               \
        double off_ = angle_between_deg((q), pinna_quat_from_yaw_pitch_roll((yaw), (pitch), (roll)));                  \
        cr_assert(off_ < 0.2, "%.3f degrees from (%g, %g, %g)", off_, (double)(yaw), (double)(pitch), (double)(roll)); \
    } while (0)

#endif
