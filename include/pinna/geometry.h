/* SPDX-License-Identifier: MIT */
#ifndef PINNA_GEOMETRY_H
#define PINNA_GEOMETRY_H

#include <pinna/base.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * Vectors, rotations, axes. The axes are those of AES69 (SOFA): x front, y left, z up, right-handed, metres. Azimuth is
 * counter-clockwise seen from above, +90 degrees is left; elevation is -90 (below) to +90 (above). All functions here
 * are pure and real-time safe, on any thread.
 */

/** A position or direction. */
typedef struct pinna_vec3 {
    float x; /**< Front. */
    float y; /**< Left. */
    float z; /**< Up. */
} pinna_vec3;

/** A rotation. Unit length; (1,0,0,0) turns nothing. Active: it maps head vectors to world vectors. */
typedef struct pinna_quat {
    float w; /**< Cosine of half the angle. */
    float x; /**< Sine of half the angle times the axis, front; */
    float y; /**< left; */
    float z; /**< up. */
} pinna_quat;

/** A direction or position given in degrees and metres. */
typedef struct pinna_spherical {
    float azimuth_deg;   /**< 0 front, +90 left. */
    float elevation_deg; /**< -90 to +90. */
    float distance_m;    /**< Metres, 0 or more. */
} pinna_spherical;

/** Unit vector towards a direction. Any finite angles. */
PINNA_API PINNA_REALTIME pinna_vec3 pinna_direction_from_spherical(float azimuth_deg, float elevation_deg);

/** Azimuth in (-180, 180], elevation and length of a vector. The zero vector gives (0, 0, 0). */
PINNA_API PINNA_REALTIME pinna_spherical pinna_spherical_from_vec3(pinna_vec3 v);

/** a + b. */
PINNA_API PINNA_REALTIME pinna_vec3 pinna_vec3_add(pinna_vec3 a, pinna_vec3 b);
/** a - b. */
PINNA_API PINNA_REALTIME pinna_vec3 pinna_vec3_sub(pinna_vec3 a, pinna_vec3 b);
/** v times a factor. */
PINNA_API PINNA_REALTIME pinna_vec3 pinna_vec3_scale(pinna_vec3 v, float factor);
/** Scalar product. */
PINNA_API PINNA_REALTIME float pinna_vec3_dot(pinna_vec3 a, pinna_vec3 b);
/** Vector product, right-handed. */
PINNA_API PINNA_REALTIME pinna_vec3 pinna_vec3_cross(pinna_vec3 a, pinna_vec3 b);
/** Euclidean length. */
PINNA_API PINNA_REALTIME float pinna_vec3_length(pinna_vec3 v);
/** Unit vector, or straight ahead (1,0,0) for a vector too short to have a direction or not finite. */
PINNA_API PINNA_REALTIME pinna_vec3 pinna_vec3_normalize(pinna_vec3 v);
/** Whether no component is infinite or not a number. */
PINNA_API PINNA_REALTIME bool pinna_vec3_is_finite(pinna_vec3 v);

/** Turns nothing. */
PINNA_API PINNA_REALTIME pinna_quat pinna_quat_identity(void);
/** Hamilton product: first b, then a. */
PINNA_API PINNA_REALTIME pinna_quat pinna_quat_multiply(pinna_quat a, pinna_quat b);
/** The inverse of a unit quaternion. */
PINNA_API PINNA_REALTIME pinna_quat pinna_quat_conjugate(pinna_quat q);
/** Unit quaternion, or the identity for one too short or not finite. */
PINNA_API PINNA_REALTIME pinna_quat pinna_quat_normalize(pinna_quat q);
/** v, rotated by a unit quaternion. */
PINNA_API PINNA_REALTIME pinna_vec3 pinna_quat_rotate(pinna_quat q, pinna_vec3 v);
/**
 * Head rotation from yaw (+ left), pitch (+ up) and roll (+ right ear down), in degrees, applied in that order about
 * the head's own axes.
 */
PINNA_API PINNA_REALTIME pinna_quat pinna_quat_from_yaw_pitch_roll(float yaw_deg, float pitch_deg, float roll_deg);
/** The inverse: yaw and roll in (-180, 180], pitch in [-90, 90]. */
PINNA_API PINNA_REALTIME void pinna_quat_to_yaw_pitch_roll(pinna_quat q, float* yaw_deg, float* pitch_deg,
                                                           float* roll_deg);
/** Spherical interpolation along the shorter arc; fraction 0 gives a, 1 gives b. */
PINNA_API PINNA_REALTIME pinna_quat pinna_quat_slerp(pinna_quat a, pinna_quat b, float fraction);

/** Conventions a host may use. Named once; positions and orientations are converted at the door. */
typedef enum pinna_axes {
    PINNA_AXES_AES69,  /**< x front, y left, z up, metres. The default. */
    PINNA_AXES_OPENGL, /**< x right, y up, z back, metres. Also OpenAL, OpenXR, Godot, Steam Audio, Web Audio. */
    PINNA_AXES_UNITY,  /**< x right, y up, z front, left-handed, metres. Also FMOD and Wwise. */
    PINNA_AXES_UNREAL, /**< x front, y right, z up, left-handed, centimetres. */
    PINNA_AXES_ADM,    /**< x right, y front, z up. Also Android's head tracker. */
    PINNA_AXES_COUNT
} pinna_axes;

/** Converts a position or direction from the host's axes to AES69's. */
PINNA_API PINNA_REALTIME pinna_vec3 pinna_axes_to_aes69(pinna_axes axes, pinna_vec3 v);
/** Converts back. */
PINNA_API PINNA_REALTIME pinna_vec3 pinna_axes_from_aes69(pinna_axes axes, pinna_vec3 v);
/** Converts a rotation from the host's axes to AES69's. */
PINNA_API PINNA_REALTIME pinna_quat pinna_axes_quat_to_aes69(pinna_axes axes, pinna_quat q);
/** Converts back. */
PINNA_API PINNA_REALTIME pinna_quat pinna_axes_quat_from_aes69(pinna_axes axes, pinna_quat q);

PINNA_END_DECLS
#endif
