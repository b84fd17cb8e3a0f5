/* SPDX-License-Identifier: MIT */
/*
 * A tracker reports m = W h C: the head's turn h, between an unknown world W and an unknown mount C. Renaming the axes
 * by the rotation C gives C W h, and centring takes C W away. A tracker that reports the inverse, h turned the other
 * way round, is no rotation of axes away; it is marked by a mirrored map and inverted first.
 */
#include "tracking/head_map.h"

#include <math.h>

#include "tracking/sample.h"

pinna_head_map pinna_head_map_identity(void)
{
    return (pinna_head_map){{{1.0f, 0.0f, 0.0f}, {0.0f, 1.0f, 0.0f}, {0.0f, 0.0f, 1.0f}}};
}

static pinna_vec3 row_of(const pinna_head_map* map, int row)
{
    return (pinna_vec3){map->row[row][0], map->row[row][1], map->row[row][2]};
}

static bool is_mirror(const pinna_head_map* map)
{
    return pinna_vec3_dot(pinna_vec3_cross(row_of(map, 0), row_of(map, 1)), row_of(map, 2)) < 0.0f;
}

bool pinna_head_map_is_valid(const pinna_head_map* map)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j <= i; j++) {
            float wanted = i == j ? 1.0f : 0.0f;
            if (!(fabsf(pinna_vec3_dot(row_of(map, i), row_of(map, j)) - wanted) < 1e-3f)) return false;
        }
    return true;
}

pinna_vec3 pinna_head_map_vector(const pinna_head_map* map, pinna_vec3 v)
{
    return (pinna_vec3){pinna_vec3_dot(row_of(map, 0), v), pinna_vec3_dot(row_of(map, 1), v),
                        pinna_vec3_dot(row_of(map, 2), v)};
}

pinna_quat pinna_head_map_apply(const pinna_head_map* map, pinna_quat q)
{
    /* A mirror is minus a rotation; minus twice, once in the axis and once in the inverse, leaves the vector part. */
    pinna_vec3 u = pinna_head_map_vector(map, (pinna_vec3){q.x, q.y, q.z});
    return pinna_quat_normalize((pinna_quat){q.w, u.x, u.y, u.z});
}

pinna_vec3 pinna_head_map_rate(const pinna_head_map* map, pinna_quat q, pinna_vec3 rate)
{
    /* The inverse turns about its own axes as the tracker turned about the world's, the other way round. */
    if (is_mirror(map)) rate = pinna_quat_rotate(q, rate);
    return pinna_head_map_vector(map, rate);
}

enum { SMALLEST_DEG = 8, LARGEST_DEG = 110 };

/* Axis of the turn from one pose to another; false if it is no clear turn. */
static bool clear_turn(pinna_quat from, pinna_quat to, bool inverse, pinna_vec3* axis)
{
    pinna_quat between = inverse ? pinna_quat_multiply(from, pinna_quat_conjugate(to))
                                 : pinna_quat_multiply(pinna_quat_conjugate(from), to);
    pinna_vec3 turn = pinna_turn_from_quat(between);
    double angle_deg = (double)pinna_vec3_length(turn) * PINNA_RAD_TO_DEG;
    *axis = pinna_vec3_normalize(turn);
    return angle_deg >= SMALLEST_DEG && angle_deg <= LARGEST_DEG;
}

/* The rotation that names the axes of these turns z (left) and minus y (up), sharing out what is not square. */
static bool square_axes(pinna_vec3 left, pinna_vec3 up, pinna_vec3 axes[3])
{
    float overlap = pinna_vec3_dot(left, up);
    if (fabsf(overlap) > 0.64f) return false; /* closer than 50 degrees to one another */
    pinna_vec3 down = pinna_vec3_scale(up, -1.0f);
    pinna_vec3 sum = pinna_vec3_normalize(pinna_vec3_add(left, down));
    pinna_vec3 difference = pinna_vec3_normalize(pinna_vec3_sub(left, down));
    axes[2] = pinna_vec3_normalize(pinna_vec3_add(sum, difference));
    axes[1] = pinna_vec3_normalize(pinna_vec3_sub(sum, difference));
    axes[0] = pinna_vec3_cross(axes[1], axes[2]);
    return true;
}

static bool find_axes(pinna_quat neutral, pinna_quat left, pinna_quat up, bool inverse, pinna_vec3 axes[3])
{
    pinna_vec3 left_axis, up_axis;
    bool clear = clear_turn(neutral, left, inverse, &left_axis) && clear_turn(neutral, up, inverse, &up_axis);
    return clear && square_axes(left_axis, up_axis, axes);
}

static bool is_unit(pinna_quat q)
{
    double norm = (double)q.w * q.w + (double)q.x * q.x + (double)q.y * q.y + (double)q.z * q.z;
    return fabs(norm - 1.0) < 0.01;
}

pinna_status pinna_head_calibrate(pinna_quat neutral, pinna_quat left, pinna_quat up, const pinna_quat* tilted,
                                  pinna_head_map* out)
{
    if (!out || !is_unit(neutral) || !is_unit(left) || !is_unit(up) || (tilted && !is_unit(*tilted)))
        return PINNA_ERROR_ARGUMENT;
    pinna_vec3 axes[3];
    if (!find_axes(neutral, left, up, false, axes)) return PINNA_ERROR_DATA;
    bool mirrored = false;
    if (tilted) {
        pinna_vec3 tilt;
        if (!clear_turn(neutral, *tilted, false, &tilt)) return PINNA_ERROR_DATA;
        float along = pinna_vec3_dot(axes[0], tilt);
        if (fabsf(along) < 0.64f) return PINNA_ERROR_DATA;
        mirrored = along < 0.0f;
    }
    if (mirrored && !find_axes(neutral, left, up, true, axes)) return PINNA_ERROR_DATA;
    float sign = mirrored ? -1.0f : 1.0f;
    for (int row = 0; row < 3; row++) {
        out->row[row][0] = sign * axes[row].x;
        out->row[row][1] = sign * axes[row].y;
        out->row[row][2] = sign * axes[row].z;
    }
    return PINNA_OK;
}
