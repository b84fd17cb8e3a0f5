/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_PATH_H
#define PINNA_DEMOS_PATH_H

#include <pinna/base.h>
#include <pinna/geometry.h>

/*
 * Three numbers over time: where a source is (azimuth, elevation in degrees, distance in metres), how a head is turned
 * (yaw, pitch, roll in degrees), or a place (metres).
 *
 * Between two rows the numbers change in a straight line, or along a spline; before the first and after the last they
 * stay. Two rows at one time are a jump. Azimuth and yaw are taken as written, so that 0 to 720 is two turns to the
 * left; only where that would be faster than PINNA_PATH_MAX_DEG_PER_S (a trace that wraps at 360 or 180 degrees) the
 * shorter way is meant.
 */
typedef struct pinna_path pinna_path;

typedef enum pinna_path_kind {
    PINNA_PATH_SOURCE, /**< t_s, azimuth_deg, elevation_deg, distance_m (optional, 1). */
    PINNA_PATH_HEAD,   /**< t_s, yaw_deg, pitch_deg, roll_deg. */
    PINNA_PATH_PLACE,  /**< t_s, x_m, y_m, z_m: front, left, up. */
} pinna_path_kind;

#define PINNA_PATH_MAX_DEG_PER_S 1000.0

/** One row. */
typedef struct pinna_path_point {
    double t_s;
    double value[3];
} pinna_path_point;

/** Limits of a value and what it is called, for messages. */
typedef struct pinna_path_field {
    const char* name;
    double minimum, maximum;
    bool optional;
    double fallback;
} pinna_path_field;

/** The three fields of a kind, without t_s. */
const pinna_path_field* pinna_path_fields(pinna_path_kind kind);

enum { PINNA_PATH_FIELD_COUNT = 3 };

/** Reads a CSV file. @param report On failure tells the line. */
PINNA_NODISCARD pinna_status pinna_path_load(const char* file, pinna_path_kind kind, pinna_report* report,
                                             pinna_path** out);

/**
 * Makes a path of points, copied.
 *
 * @param points     Times must not decrease. Not checked against the fields' limits.
 * @param bad_point  Where PINNA_ERROR_DATA is returned, the index of the first point earlier than the one before it.
 */
PINNA_NODISCARD pinna_status pinna_path_create(pinna_path_kind kind, const pinna_path_point* points, size_t point_count,
                                               size_t* bad_point, pinna_path** out);

/**
 * From now on the numbers follow a spline: the monotone piecewise cubic of Fritsch and Butland (SIAM J. Sci. Stat.
 * Comput. 5, 1984), each number by itself. It meets every row at its time, its speed never jumps, it never swings
 * beyond a row and its neighbour, and where two rows are alike it stands still. Jumps stay jumps.
 */
PINNA_NODISCARD pinna_status pinna_path_smooth(pinna_path* path);

/** The values at a time. At a jump: those after it. */
void pinna_path_at(const pinna_path* path, double t_s, double value[PINNA_PATH_FIELD_COUNT]);

/** As a position, of PINNA_PATH_SOURCE and PINNA_PATH_PLACE, AES69 axes. */
pinna_vec3 pinna_path_position_at(const pinna_path* path, double t_s);

/** As a rotation, of PINNA_PATH_HEAD, AES69 axes. */
pinna_quat pinna_path_rotation_at(const pinna_path* path, double t_s);

/** The times of the first and the last row. */
void pinna_path_span(const pinna_path* path, double* first_s, double* last_s);

/** Whether the values ever change. */
bool pinna_path_moves(const pinna_path* path);

/** NULL is accepted. */
void pinna_path_destroy(pinna_path* path);

#endif
