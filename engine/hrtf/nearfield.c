/* SPDX-License-Identifier: MIT */
#include "hrtf/nearfield.h"

#include <math.h>

#define PI 3.14159265358979323846
#define SPEED_OF_SOUND_M_S 343.0

typedef struct complex_number {
    double re, im;
} complex_number;

static complex_number divide(complex_number a, complex_number b)
{
    double norm = b.re * b.re + b.im * b.im;
    return (complex_number){(a.re * b.re + a.im * b.im) / norm, (a.im * b.re - a.re * b.im) / norm};
}

/* Spherical Hankel functions of successive orders by their recurrence. */
typedef struct hankel {
    double x;
    complex_number here, before; /* orders m and m - 1 */
} hankel;

static hankel hankel_start(double x)
{
    /* h_0 = -i exp(ix) / x, and by the recurrence h_-1 = exp(ix) / x */
    return (hankel){x, {sin(x) / x, -cos(x) / x}, {cos(x) / x, sin(x) / x}};
}

static void hankel_next(hankel* h, int order)
{
    complex_number next = {(2 * order + 1) / h->x * h->here.re - h->before.re,
                           (2 * order + 1) / h->x * h->here.im - h->before.im};
    h->before = h->here;
    h->here = next;
}

/* h_m' = h_(m-1) - (m + 1) / x h_m */
static complex_number hankel_slope(const hankel* h, int order)
{
    double factor = (order + 1) / h->x;
    return (complex_number){h->before.re - factor * h->here.re, h->before.im - factor * h->here.im};
}

/* Pressure on the sphere at an angle from a source at so many radii, over the free field at the centre:
   |rho / mu sum over m of (2m + 1) P_m(cos) h_m(mu rho) / h_m'(mu)|. */
static double sphere_level_db(double radii, double mu, double angle)
{
    enum { MAX_ORDER = 150 };
    double cosine = cos(angle), legendre = 1.0, legendre_before = 0.0;
    hankel far = hankel_start(mu * radii), near = hankel_start(mu);
    complex_number sum = {0.0, 0.0};
    int small = 0;
    for (int m = 0; m < MAX_ORDER && small < 3; m++) {
        complex_number ratio = divide(far.here, hankel_slope(&near, m));
        double weight = (2 * m + 1) * legendre;
        sum.re += weight * ratio.re;
        sum.im += weight * ratio.im;
        double size = (2 * m + 1) * hypot(ratio.re, ratio.im);
        small = size < 1e-5 * hypot(sum.re, sum.im) ? small + 1 : 0;
        double legendre_next = ((2 * m + 1) * cosine * legendre - m * legendre_before) / (m + 1);
        legendre_before = legendre;
        legendre = legendre_next;
        hankel_next(&far, m);
        hankel_next(&near, m);
        if (hypot(near.here.re, near.here.im) > 1e140) break;
    }
    return 20.0 * log10(radii / mu * hypot(sum.re, sum.im) + 1e-6);
}

static double band_level_db(double radii, double radius_m, double angle, const double frequencies_hz[4])
{
    double sum = 0.0;
    for (int i = 0; i < 4; i++)
        sum += sphere_level_db(radii, 2.0 * PI * frequencies_hz[i] / SPEED_OF_SOUND_M_S * radius_m, angle);
    return sum / 4.0;
}

/* Distances are even in the logarithm: near the head everything changes faster. */
static double grid_radii(const pinna_nearfield* model, int index)
{
    double nearest = (double)PINNA_NEARFIELD_MIN_RADII, furthest = fmax(model->max_distance_m / model->radius_m, 2.0);
    return nearest * pow(furthest / nearest, index / (PINNA_NEARFIELD_DISTANCES - 1.0));
}

void pinna_nearfield_init(pinna_nearfield* model, float head_radius_m, float max_distance_m)
{
    static const double frequencies_hz[PINNA_TONE_BANDS][4] = {
        {150.0, 250.0, 400.0, 600.0}, {1500.0, 2500.0, 3500.0, 5000.0}, {8000.0, 9500.0, 11000.0, 13000.0}};
    model->radius_m = head_radius_m;
    model->max_distance_m = max_distance_m;
    for (int d = 0; d < PINNA_NEARFIELD_DISTANCES; d++) {
        double radii = grid_radii(model, d);
        for (int a = 0; a < PINNA_NEARFIELD_ANGLES; a++) {
            double angle = PI * a / (PINNA_NEARFIELD_ANGLES - 1.0);
            for (int b = 0; b < PINNA_TONE_BANDS; b++)
                model->levels_db[b][d][a] = (float)band_level_db(radii, head_radius_m, angle, frequencies_hz[b]);
        }
    }
}

static float level_db(const pinna_nearfield* model, int band, float radii, float angle)
{
    float nearest = PINNA_NEARFIELD_MIN_RADII, furthest = fmaxf(model->max_distance_m / model->radius_m, 2.0f);
    float place = logf(radii / nearest) / logf(furthest / nearest) * (PINNA_NEARFIELD_DISTANCES - 1);
    float turn = angle / (float)PI * (PINNA_NEARFIELD_ANGLES - 1);
    place = fminf(fmaxf(place, 0.0f), PINNA_NEARFIELD_DISTANCES - 1.001f);
    turn = fminf(fmaxf(turn, 0.0f), PINNA_NEARFIELD_ANGLES - 1.001f);
    int d = (int)place, a = (int)turn;
    float u = place - (float)d, v = turn - (float)a;
    const float *near = model->levels_db[band][d], *far = model->levels_db[band][d + 1];
    return (1.0f - u) * (near[a] + v * (near[a + 1] - near[a])) + u * (far[a] + v * (far[a + 1] - far[a]));
}

/* Way from a source around the sphere to a point on it, less the way to the centre, in radii. */
static float path_radii(float radii, float angle)
{
    float horizon = acosf(fminf(1.0f / radii, 1.0f));
    if (angle <= horizon) return sqrtf(radii * radii + 1.0f - 2.0f * radii * cosf(angle)) - radii;
    return sqrtf(fmaxf(radii * radii - 1.0f, 0.0f)) + angle - horizon - radii;
}

static float angle_to_ear(pinna_vec3 direction, int ear)
{
    return acosf(fminf(fmaxf(ear == PINNA_LEFT ? direction.y : -direction.y, -1.0f), 1.0f));
}

/* The line from the ear through the source meets the measurement sphere where the ear sees the source. */
static pinna_vec3 seen_from_ear(const pinna_nearfield* model, pinna_vec3 position, float measured_m, int ear)
{
    pinna_vec3 at = {0.0f, ear == PINNA_LEFT ? model->radius_m : -model->radius_m, 0.0f};
    pinna_vec3 way = pinna_vec3_normalize(pinna_vec3_sub(position, at));
    float along = pinna_vec3_dot(at, way);
    float reach = measured_m * measured_m - model->radius_m * model->radius_m + along * along;
    return pinna_vec3_normalize(pinna_vec3_add(at, pinna_vec3_scale(way, sqrtf(fmaxf(reach, 0.0f)) - along)));
}

void pinna_nearfield_at(const pinna_nearfield* model, pinna_vec3 direction, float distance_m, float measured_m, int ear,
                        pinna_nearfield_ear* out)
{
    float radii = fmaxf(distance_m / model->radius_m, PINNA_NEARFIELD_MIN_RADII),
          measured = measured_m / model->radius_m;
    pinna_vec3 position = pinna_vec3_scale(direction, radii * model->radius_m);
    out->direction = seen_from_ear(model, position, measured_m, ear);
    float angle = angle_to_ear(direction, ear), seen = angle_to_ear(out->direction, ear);
    for (int b = 0; b < PINNA_TONE_BANDS; b++) {
        float db = level_db(model, b, radii, angle) - level_db(model, b, measured, seen);
        out->gains[b] = powf(10.0f, 0.05f * db);
    }
    out->delay_s =
        (path_radii(radii, angle) - path_radii(measured, seen)) * model->radius_m / (float)SPEED_OF_SOUND_M_S;
}
