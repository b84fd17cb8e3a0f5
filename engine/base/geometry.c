/* SPDX-License-Identifier: MIT */
#include <pinna/geometry.h>

#include <float.h>
#include <math.h>

#define DEGREES_TO_RADIANS 0.017453292519943295
#define RADIANS_TO_DEGREES 57.29577951308232

pinna_vec3 pinna_direction_from_spherical(float azimuth_deg, float elevation_deg)
{
    /* Reduced in double, so that many turns keep their precision. */
    double azimuth = fmod(azimuth_deg, 360.0) * DEGREES_TO_RADIANS;
    double elevation = fmod(elevation_deg, 360.0) * DEGREES_TO_RADIANS;
    double horizontal = cos(elevation);
    return (pinna_vec3){(float)(horizontal * cos(azimuth)), (float)(horizontal * sin(azimuth)), (float)sin(elevation)};
}

/* In (-180, 180]: rounding and the sign of zero can give -180. */
static float degrees_of_turn(double radians)
{
    float degrees = (float)(radians * RADIANS_TO_DEGREES);
    return degrees <= -180.0f ? 180.0f : degrees;
}

pinna_spherical pinna_spherical_from_vec3(pinna_vec3 v)
{
    float distance = pinna_vec3_length(v);
    if (!(distance > 0.0f)) return (pinna_spherical){0};
    double horizontal = sqrt((double)v.x * v.x + (double)v.y * v.y);
    double azimuth = horizontal > 0.0 ? atan2(v.y, v.x) : 0.0;
    return (pinna_spherical){degrees_of_turn(azimuth), (float)(atan2(v.z, horizontal) * RADIANS_TO_DEGREES), distance};
}

pinna_vec3 pinna_vec3_add(pinna_vec3 a, pinna_vec3 b)
{
    return (pinna_vec3){a.x + b.x, a.y + b.y, a.z + b.z};
}

pinna_vec3 pinna_vec3_sub(pinna_vec3 a, pinna_vec3 b)
{
    return (pinna_vec3){a.x - b.x, a.y - b.y, a.z - b.z};
}

pinna_vec3 pinna_vec3_scale(pinna_vec3 v, float factor)
{
    return (pinna_vec3){v.x * factor, v.y * factor, v.z * factor};
}

float pinna_vec3_dot(pinna_vec3 a, pinna_vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

pinna_vec3 pinna_vec3_cross(pinna_vec3 a, pinna_vec3 b)
{
    return (pinna_vec3){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

float pinna_vec3_length(pinna_vec3 v)
{
    /* In double: no overflow or underflow for any float. */
    return (float)sqrt((double)v.x * v.x + (double)v.y * v.y + (double)v.z * v.z);
}

pinna_vec3 pinna_vec3_normalize(pinna_vec3 v)
{
    double length = sqrt((double)v.x * v.x + (double)v.y * v.y + (double)v.z * v.z);
    if (!(length > 1e-30) || !isfinite(length)) return (pinna_vec3){1.0f, 0.0f, 0.0f};
    return (pinna_vec3){(float)(v.x / length), (float)(v.y / length), (float)(v.z / length)};
}

bool pinna_vec3_is_finite(pinna_vec3 v)
{
    return isfinite(v.x) && isfinite(v.y) && isfinite(v.z);
}

pinna_quat pinna_quat_identity(void)
{
    return (pinna_quat){1.0f, 0.0f, 0.0f, 0.0f};
}

pinna_quat pinna_quat_multiply(pinna_quat a, pinna_quat b)
{
    return (pinna_quat){
        a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z,
        a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
        a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
        a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w,
    };
}

pinna_quat pinna_quat_conjugate(pinna_quat q)
{
    return (pinna_quat){q.w, -q.x, -q.y, -q.z};
}

pinna_quat pinna_quat_normalize(pinna_quat q)
{
    double norm = sqrt((double)q.w * q.w + (double)q.x * q.x + (double)q.y * q.y + (double)q.z * q.z);
    if (!(norm > 1e-30) || !isfinite(norm)) return pinna_quat_identity();
    return (pinna_quat){(float)(q.w / norm), (float)(q.x / norm), (float)(q.y / norm), (float)(q.z / norm)};
}

pinna_vec3 pinna_quat_rotate(pinna_quat q, pinna_vec3 v)
{
    /* v + 2w (u x v) + 2 u x (u x v), with u the vector part. */
    pinna_vec3 u = {q.x, q.y, q.z};
    pinna_vec3 t = pinna_vec3_scale(pinna_vec3_cross(u, v), 2.0f);
    return pinna_vec3_add(pinna_vec3_add(v, pinna_vec3_scale(t, q.w)), pinna_vec3_cross(u, t));
}

static pinna_quat about_axis(double angle_deg, double x, double y, double z)
{
    double half = 0.5 * angle_deg * DEGREES_TO_RADIANS;
    double s = sin(half);
    return (pinna_quat){(float)cos(half), (float)(s * x), (float)(s * y), (float)(s * z)};
}

pinna_quat pinna_quat_from_yaw_pitch_roll(float yaw_deg, float pitch_deg, float roll_deg)
{
    /* About z counter-clockwise is left; about y (left) positive turns the nose down, hence the minus; about x (front)
       positive lifts the left ear, which is the right ear down. */
    pinna_quat yaw = about_axis(fmod(yaw_deg, 720.0), 0.0, 0.0, 1.0);
    pinna_quat pitch = about_axis(-fmod(pitch_deg, 720.0), 0.0, 1.0, 0.0);
    pinna_quat roll = about_axis(fmod(roll_deg, 720.0), 1.0, 0.0, 0.0);
    return pinna_quat_normalize(pinna_quat_multiply(pinna_quat_multiply(yaw, pitch), roll));
}

void pinna_quat_to_yaw_pitch_roll(pinna_quat q, float* yaw_deg, float* pitch_deg, float* roll_deg)
{
    double w = q.w, x = q.x, y = q.y, z = q.z;
    double sine = 2.0 * (w * y - z * x); /* of the rotation about y, which is minus the pitch */
    if (fabs(sine) > 0.9999995) {
        /* Looking straight up or down: yaw and roll turn about one axis; call it all yaw. */
        *yaw_deg = (float)(-2.0 * copysign(1.0, sine) * atan2(x, w) * RADIANS_TO_DEGREES);
        *pitch_deg = (float)copysign(90.0, -sine);
        *roll_deg = 0.0f;
        if (*yaw_deg > 180.0f) *yaw_deg -= 360.0f;
        if (*yaw_deg <= -180.0f) *yaw_deg += 360.0f;
        return;
    }
    *yaw_deg = degrees_of_turn(atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z)));
    *pitch_deg = (float)(-asin(sine) * RADIANS_TO_DEGREES);
    *roll_deg = degrees_of_turn(atan2(2.0 * (w * x + y * z), 1.0 - 2.0 * (x * x + y * y)));
}

pinna_quat pinna_quat_slerp(pinna_quat a, pinna_quat b, float fraction)
{
    double dot = (double)a.w * b.w + (double)a.x * b.x + (double)a.y * b.y + (double)a.z * b.z;
    double sign = dot < 0.0 ? -1.0 : 1.0; /* q and -q are one rotation: take the nearer */
    dot = fmin(dot * sign, 1.0);
    double from = 1.0 - fraction, to = fraction;
    if (dot < 0.9999) {
        double angle = acos(dot), sine = sin(angle);
        from = sin(from * angle) / sine;
        to = sin(to * angle) / sine;
    }
    to *= sign;
    return pinna_quat_normalize((pinna_quat){(float)(from * a.w + to * b.w), (float)(from * a.x + to * b.x),
                                             (float)(from * a.y + to * b.y), (float)(from * a.z + to * b.z)});
}

pinna_vec3 pinna_axes_to_aes69(pinna_axes axes, pinna_vec3 v)
{
    switch (axes) {
    case PINNA_AXES_OPENGL: return (pinna_vec3){-v.z, -v.x, v.y};
    case PINNA_AXES_UNITY: return (pinna_vec3){v.z, -v.x, v.y};
    case PINNA_AXES_UNREAL: return (pinna_vec3){v.x / 100.0f, v.y / -100.0f, v.z / 100.0f};
    case PINNA_AXES_ADM: return (pinna_vec3){v.y, -v.x, v.z};
    case PINNA_AXES_AES69:
    case PINNA_AXES_COUNT: break;
    }
    return v;
}

pinna_vec3 pinna_axes_from_aes69(pinna_axes axes, pinna_vec3 v)
{
    switch (axes) {
    case PINNA_AXES_OPENGL: return (pinna_vec3){-v.y, v.z, -v.x};
    case PINNA_AXES_UNITY: return (pinna_vec3){-v.y, v.z, v.x};
    case PINNA_AXES_UNREAL: return (pinna_vec3){v.x * 100.0f, v.y * -100.0f, v.z * 100.0f};
    case PINNA_AXES_ADM: return (pinna_vec3){-v.y, v.x, v.z};
    case PINNA_AXES_AES69:
    case PINNA_AXES_COUNT: break;
    }
    return v;
}

/* A rotation's axis converts like a vector, times the determinant of the change of axes: a left-handed host turns the
   other way about the same axis. */
static pinna_quat with_vector_part(pinna_quat q, pinna_vec3 u)
{
    return (pinna_quat){q.w, u.x, u.y, u.z};
}

pinna_quat pinna_axes_quat_to_aes69(pinna_axes axes, pinna_quat q)
{
    switch (axes) {
    case PINNA_AXES_OPENGL: return with_vector_part(q, (pinna_vec3){-q.z, -q.x, q.y});
    case PINNA_AXES_UNITY: return with_vector_part(q, (pinna_vec3){-q.z, q.x, -q.y});
    case PINNA_AXES_UNREAL: return with_vector_part(q, (pinna_vec3){-q.x, q.y, -q.z});
    case PINNA_AXES_ADM: return with_vector_part(q, (pinna_vec3){q.y, -q.x, q.z});
    case PINNA_AXES_AES69:
    case PINNA_AXES_COUNT: break;
    }
    return q;
}

pinna_quat pinna_axes_quat_from_aes69(pinna_axes axes, pinna_quat q)
{
    switch (axes) {
    case PINNA_AXES_OPENGL: return with_vector_part(q, (pinna_vec3){-q.y, q.z, -q.x});
    case PINNA_AXES_UNITY: return with_vector_part(q, (pinna_vec3){q.y, -q.z, -q.x});
    case PINNA_AXES_UNREAL: return with_vector_part(q, (pinna_vec3){-q.x, q.y, -q.z});
    case PINNA_AXES_ADM: return with_vector_part(q, (pinna_vec3){-q.y, q.x, q.z});
    case PINNA_AXES_AES69:
    case PINNA_AXES_COUNT: break;
    }
    return q;
}
