/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"
#include "hrtf/head.h"
#include "hrtf/metrics.h"

#include <math.h>

#define TWO_PI 6.283185307179586
#define SIDEWAYS 0.5 /* sine of the lateral angle from which on directions tell how large a head's ITD is */
enum { SAMPLES = 64 /* directions that are looked at for it */ };

/* The radius whose circumference a head has gives the path round it: on the sets at hand 2 pi times the radius fitted
   to the onsets is 0.52 to 0.58 m, as heads are. By width: Algazi, Avendano and Duda 2001, "Estimation of a
   spherical-head model from anthropometry", with the mean height and depth of their subjects. */
static double wanted_radius_m(const pinna_hrtf_options* options)
{
    if (options->head_circumference_m > 0.0f) return (double)options->head_circumference_m / TWO_PI;
    return 0.51 * 0.5 * (double)options->head_width_m + 0.052;
}

/* Radius of Woodworth's sphere whose ITD is the whole one, by the interaural cross-correlation below 3 kHz: larger than
   the onsets', because low frequencies are delayed more (Kuhn 1977). */
static bool heard_radius_frames(const pinna_build* build, double* radius_frames)
{
    const pinna_grid* grid = &build->grid;
    pinna_metrics metrics;
    if (!pinna_metrics_init(&metrics, build->scratch, build->tap_count, build->sample_rate_hz)) return false;
    double sum = 0.0, squares = 0.0;
    uint32_t step = grid->direction_count / (2 * SAMPLES) + 1;
    for (uint32_t i = 0; i < grid->direction_count; i += step) {
        if (fabs((double)grid->directions[i].y) < SIDEWAYS) continue;
        const float* taps = grid->hrirs + (size_t)i * PINNA_EAR_COUNT * build->tap_count;
        const float* delays = grid->delays_frames + (size_t)i * PINNA_EAR_COUNT;
        pinna_vec3 d = grid->directions[i];
        double path = pinna_head_path(d, PINNA_RIGHT) - pinna_head_path(d, PINNA_LEFT);
        double itd_s = pinna_metrics_itd_s(&metrics, taps, taps + build->tap_count, build->tap_count);
        sum += path * (itd_s * build->sample_rate_hz + (double)delays[PINNA_RIGHT] - (double)delays[PINNA_LEFT]);
        squares += path * path;
    }
    *radius_frames = squares > 0.0 ? sum / squares : 0.0;
    return true;
}

/* The difference of two spheres is added, so that what is the measured head's own stays. */
static pinna_status resize(pinna_build* build)
{
    pinna_grid* grid = &build->grid;
    if (build->growth_frames == 0.0) {
        double heard, radius = pinna_head_fit(build).radius_frames;
        if (!heard_radius_frames(build, &heard)) return PINNA_ERROR_MEMORY;
        double wanted = wanted_radius_m(build->options) * build->sample_rate_hz / PINNA_SPEED_OF_SOUND_M_S;
        build->growth_frames = (wanted / radius - 1.0) * fmin(1.3 * radius, fmax(radius, heard));
    }
    for (uint32_t i = 0; i < grid->direction_count; i++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            grid->delays_frames[i * PINNA_EAR_COUNT + (uint32_t)ear] +=
                (float)(build->growth_frames * pinna_head_path(grid->directions[i], ear));
    return pinna_build_make_room(build, grid->direction_count);
}

static void balance(pinna_build* build)
{
    float gains[PINNA_EAR_COUNT];
    gains[PINNA_LEFT] = powf(10.0f, build->options->balance_db / 40.0f);
    gains[PINNA_RIGHT] = 1.0f / gains[PINNA_LEFT];
    size_t rows = (size_t)build->grid.direction_count * PINNA_EAR_COUNT;
    for (size_t row = 0; row < rows; row++)
        for (uint32_t n = 0; n < build->tap_count; n++)
            build->grid.hrirs[row * build->tap_count + n] *= gains[row % PINNA_EAR_COUNT];
}

pinna_status pinna_build_personalize(pinna_build* build)
{
    const pinna_hrtf_options* options = build->options;
    if (options->balance_db != 0.0f) balance(build);
    if (options->head_circumference_m == 0.0f && options->head_width_m == 0.0f) return PINNA_OK;
    return resize(build);
}
