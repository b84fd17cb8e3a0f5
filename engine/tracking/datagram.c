/* SPDX-License-Identifier: MIT */
/* Sources: opentrack's proto-udp, tracker-udp and tracker-freepie-udp. */
#include <math.h>

#include "tracking/bytes.h"
#include "tracking/sample.h"

/* Yaw + right, pitch + up, roll + left, as opentrack has them. */
static pinna_status from_opentrack_angles(double yaw_deg, double pitch_deg, double roll_deg, pinna_quat* out)
{
    double angle_deg[3] = {-yaw_deg, pitch_deg, -roll_deg};
    for (int i = 0; i < 3; i++)
        if (!pinna_head_in_range(angle_deg[i], 360.0)) return PINNA_ERROR_DATA;
    return pinna_head_from_angles(angle_deg, PINNA_TURN_YPR, out);
}

pinna_status pinna_head_read_opentrack(const void* bytes, size_t byte_count, double time_s, pinna_head_sample* out)
{
    if (!bytes || !out || !isfinite(time_s)) return PINNA_ERROR_ARGUMENT;
    if (byte_count != 48) return PINNA_ERROR_FORMAT;
    pinna_bytes cursor = pinna_bytes_make(bytes, byte_count);
    double value[6];
    for (int i = 0; i < 6; i++)
        value[i] = pinna_double_from_bits(pinna_bytes_le(&cursor, 8));
    for (int i = 0; i < 3; i++)
        if (!pinna_head_in_range(value[i], 1e4)) return PINNA_ERROR_DATA; /* 100 m in cm */
    pinna_quat orientation;
    pinna_status status = from_opentrack_angles(value[3], value[4], value[5], &orientation);
    if (status) return status;
    *out = (pinna_head_sample){.time_s = time_s, .orientation = orientation, .has_position = true};
    out->position_m = (pinna_vec3){(float)(value[2] * -0.01), (float)(value[0] * 0.01), (float)(value[1] * 0.01)};
    return PINNA_OK;
}

enum { FREEPIE_RAW = 1, FREEPIE_ORIENTATION = 2, FREEPIE_RAW_FLOATS = 9, FREEPIE_BYTES = 50 };

pinna_status pinna_head_read_freepie(const void* bytes, size_t byte_count, double time_s, pinna_head_sample* out)
{
    if (!bytes || !out || !isfinite(time_s)) return PINNA_ERROR_ARGUMENT;
    if (byte_count < 2 || byte_count > FREEPIE_BYTES) return PINNA_ERROR_FORMAT;
    pinna_bytes cursor = pinna_bytes_make(bytes, byte_count);
    pinna_bytes_take(&cursor, 1);
    unsigned flags = (unsigned)pinna_bytes_le(&cursor, 1);
    if (flags > (FREEPIE_RAW | FREEPIE_ORIENTATION)) return PINNA_ERROR_FORMAT;
    size_t float_count = ((flags & FREEPIE_RAW) ? FREEPIE_RAW_FLOATS : 0u) + ((flags & FREEPIE_ORIENTATION) ? 3u : 0u);
    if (byte_count != FREEPIE_BYTES && byte_count != 2 + 4 * float_count) return PINNA_ERROR_FORMAT;
    if (!(flags & FREEPIE_ORIENTATION)) return PINNA_ERROR_UNSUPPORTED;
    if (flags & FREEPIE_RAW) pinna_bytes_take(&cursor, 4 * FREEPIE_RAW_FLOATS);
    double value[3];
    for (int i = 0; i < 3; i++)
        value[i] = PINNA_RAD_TO_DEG * (double)pinna_float_from_bits((uint32_t)pinna_bytes_le(&cursor, 4));
    pinna_quat orientation;
    pinna_status status = from_opentrack_angles(value[0], value[1], value[2], &orientation);
    if (status) return status;
    *out = (pinna_head_sample){.time_s = time_s, .orientation = orientation};
    return PINNA_OK;
}
