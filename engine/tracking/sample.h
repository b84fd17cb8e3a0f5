/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TRACKING_SAMPLE_H
#define PINNA_TRACKING_SAMPLE_H

#include <pinna/tracking.h>

#define PINNA_RAD_TO_DEG 57.29577951308232
#define PINNA_HEAD_MAX_ANGLE_DEG 3600.0
#define PINNA_HEAD_MAX_POSITION_M 1000.0
#define PINNA_HEAD_MAX_RATE_RAD_PER_S 200.0

/* Finite and no larger than limit. */
bool pinna_head_in_range(double value, double limit);

/* The order in which three turns are made, each about the head's axes as the turns before left them. */
typedef enum pinna_turn_order { PINNA_TURN_YPR, PINNA_TURN_PYR, PINNA_TURN_RPY, PINNA_TURN_PRY } pinna_turn_order;

/* Angles in degrees: yaw (+ left), pitch (+ up), roll (+ right). PINNA_ERROR_DATA beyond the limits. */
pinna_status pinna_head_from_angles(const double angle_deg[3], pinna_turn_order order, pinna_quat* out);

/* w x y z in the given axes. PINNA_ERROR_DATA if not finite or its length is not within 0.5 to 2. */
pinna_status pinna_head_from_quat(const double wxyz[4], pinna_axes axes, pinna_quat* out);

/* A turn by |v| radians about v. */
pinna_quat pinna_quat_from_turn(pinna_vec3 v);
/* Its inverse: the shorter turn, at most pi long. */
pinna_vec3 pinna_turn_from_quat(pinna_quat q);

#endif
