/* SPDX-License-Identifier: MIT */
#include "tracking/sample.h"

#include <math.h>

bool pinna_head_in_range(double value, double limit)
{
    return fabs(value) <= limit; /* false for NaN */
}

pinna_status pinna_head_from_angles(const double angle_deg[3], pinna_turn_order order, pinna_quat* out)
{
    static const uint8_t sequence[4][3] = {
        [PINNA_TURN_YPR] = {0, 1, 2},
        [PINNA_TURN_PYR] = {1, 0, 2},
        [PINNA_TURN_RPY] = {2, 1, 0},
        [PINNA_TURN_PRY] = {1, 2, 0},
    };
    for (int i = 0; i < 3; i++)
        if (!pinna_head_in_range(angle_deg[i], PINNA_HEAD_MAX_ANGLE_DEG)) return PINNA_ERROR_DATA;
    pinna_quat q = pinna_quat_identity();
    for (int i = 0; i < 3; i++) {
        float turn[3] = {0.0f, 0.0f, 0.0f};
        turn[sequence[order][i]] = (float)angle_deg[sequence[order][i]];
        q = pinna_quat_multiply(q, pinna_quat_from_yaw_pitch_roll(turn[0], turn[1], turn[2]));
    }
    *out = pinna_quat_normalize(q);
    return PINNA_OK;
}

pinna_status pinna_head_from_quat(const double wxyz[4], pinna_axes axes, pinna_quat* out)
{
    double square = 0.0;
    for (int i = 0; i < 4; i++) {
        if (!pinna_head_in_range(wxyz[i], 4.0)) return PINNA_ERROR_DATA;
        square += wxyz[i] * wxyz[i];
    }
    if (square < 0.25 || square > 4.0) return PINNA_ERROR_DATA;
    pinna_quat q = {(float)wxyz[0], (float)wxyz[1], (float)wxyz[2], (float)wxyz[3]};
    *out = pinna_quat_normalize(pinna_axes_quat_to_aes69(axes, q));
    return PINNA_OK;
}

pinna_quat pinna_quat_from_turn(pinna_vec3 v)
{
    double angle = sqrt((double)v.x * v.x + (double)v.y * v.y + (double)v.z * v.z);
    double scale = angle > 1e-9 ? sin(0.5 * angle) / angle : 0.5;
    return pinna_quat_normalize(
        (pinna_quat){(float)cos(0.5 * angle), (float)(scale * v.x), (float)(scale * v.y), (float)(scale * v.z)});
}

pinna_vec3 pinna_turn_from_quat(pinna_quat q)
{
    double sine = sqrt((double)q.x * q.x + (double)q.y * q.y + (double)q.z * q.z);
    double cosine = fabs((double)q.w);
    double scale = sine > 1e-12 ? 2.0 * atan2(sine, cosine) / sine : 2.0;
    if (q.w < 0.0f) scale = -scale; /* q and -q are one rotation: the shorter way round */
    return pinna_vec3_scale((pinna_vec3){q.x, q.y, q.z}, (float)scale);
}
