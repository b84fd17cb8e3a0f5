/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TRACKING_HEAD_MAP_H
#define PINNA_TRACKING_HEAD_MAP_H

#include <pinna/tracking.h>

/* Orthonormal, either hand. */
bool pinna_head_map_is_valid(const pinna_head_map* map);
/* What the tracker calls q, in the head's axes, up to a turn of the world that centring takes away. */
pinna_quat pinna_head_map_apply(const pinna_head_map* map, pinna_quat q);
/* A rate about the tracker's axes while it reports q, about the head's. */
pinna_vec3 pinna_head_map_rate(const pinna_head_map* map, pinna_quat q, pinna_vec3 rate);
/* A position. */
pinna_vec3 pinna_head_map_vector(const pinna_head_map* map, pinna_vec3 v);

#endif
