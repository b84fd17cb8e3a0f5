/* SPDX-License-Identifier: MIT */
#include "automation.h"

#include <math.h>

/*
 * Cartesian coordinates of ADM are a room's cube, not geometry: (-1, 1) means the left loudspeaker, wherever that is.
 * BS.2127 section 10 gives a way from the cube to directions, by corners whose directions are known: within a sector
 * between two of them the share of each corner is turned into an angle between theirs. With the corners of 5.1 that is
 * the standard's conversion; with those of 7.1.4 a bed channel and an object at the same coordinates come from the same
 * direction.
 */
typedef struct corner {
    double azimuth_deg; /* where it is heard: + left */
    double x, y;        /* in the cube */
} corner;

static const corner corners_5_1[] = {{0, 0, 1}, {30, -1, 1}, {110, -1, -1}, {-110, 1, -1}, {-30, 1, 1}};
static const corner corners_7_1_4[] = {{0, 0, 1},    {30, -1, 1}, {90, -1, 0}, {135, -1, -1},
                                       {180, 0, -1}, {-135, 1, -1}, {-90, 1, 0}, {-30, 1, 1}};

static const double degree = 3.14159265358979323846 / 180;

/* Heights: up to 45 degrees in the cube stand for up to 30 heard, the rest for the rest. */
#define CUBE_SLOPE_DEG 45.0
#define HEARD_SLOPE_DEG 30.0

/* (x, y) = left share * left corner + right share * right corner; false where a share would be negative. */
static bool shares(const corner* left, const corner* right, double x, double y, double share[2])
{
    double determinant = left->x * right->y - left->y * right->x;
    share[0] = (x * right->y - y * right->x) / determinant;
    share[1] = (left->x * y - left->y * x) / determinant;
    return share[0] >= -1e-9 && share[1] >= -1e-9;
}

/* Counter-clockwise from right to left. */
static double span_deg(const corner* left, const corner* right)
{
    double span = left->azimuth_deg - right->azimuth_deg;
    return span < 0 ? span + 360 : span;
}

static double azimuth_between(const corner* left, const corner* right, const double share[2])
{
    double t = fmax(share[1], 0) / (share[0] + share[1]);
    double gain_left = cos(t * 90 * degree), gain_right = sin(t * 90 * degree);
    double g = gain_right / (gain_left + gain_right), half = span_deg(left, right) / 2;
    double middle = left->azimuth_deg - half;
    return middle - atan(2 * (g - 0.5) * tan(half * degree)) / degree;
}

static pinna_vec3 by_corners(const corner* corners, size_t count, double x, double y, double z)
{
    double share[2] = {0, 0}, azimuth_deg = 0;
    for (size_t i = 0; i < count; i++) {
        const corner *right = &corners[i], *left = &corners[(i + 1) % count];
        if (!shares(left, right, x, y, share)) continue;
        azimuth_deg = azimuth_between(left, right, share);
        break;
    }
    double radius = fmax(share[0] + share[1], 0), slope_deg = atan2(z, radius) / degree, distance = radius;
    double elevation_deg = slope_deg * HEARD_SLOPE_DEG / CUBE_SLOPE_DEG;
    if (fabs(slope_deg) > CUBE_SLOPE_DEG) {
        double beyond = (fabs(slope_deg) - CUBE_SLOPE_DEG) / (90 - CUBE_SLOPE_DEG);
        elevation_deg = copysign(HEARD_SLOPE_DEG + (90 - HEARD_SLOPE_DEG) * beyond, slope_deg);
        distance = fabs(z);
    }
    return pinna_vec3_scale(pinna_direction_from_spherical((float)azimuth_deg, (float)elevation_deg), (float)distance);
}

const char* const pinna_cube_names[] = {
    [PINNA_CUBE_7_1_4] = "7.1.4", [PINNA_CUBE_5_1] = "5.1", [PINNA_CUBE_LITERAL] = "literal", NULL};

pinna_vec3 pinna_cube_place(pinna_cube cube, double x, double y, double z)
{
    if (cube == PINNA_CUBE_LITERAL) return (pinna_vec3){(float)y, (float)-x, (float)z};
    if (x * x + y * y < 1e-12) return (pinna_vec3){0, 0, (float)z};
    bool five = cube == PINNA_CUBE_5_1;
    return by_corners(five ? corners_5_1 : corners_7_1_4,
                      five ? sizeof corners_5_1 / sizeof *corners_5_1 : sizeof corners_7_1_4 / sizeof *corners_7_1_4, x,
                      y, z);
}
