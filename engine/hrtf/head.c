/* SPDX-License-Identifier: MIT */
#include "hrtf/head.h"

#include <math.h>

#define PI 3.14159265358979323846

double pinna_head_path(pinna_vec3 d, int ear)
{
    double cosine = fmin(1.0, fmax(-1.0, ear == PINNA_LEFT ? (double)d.y : -(double)d.y));
    return cosine >= 0.0 ? -cosine : acos(cosine) - 0.5 * PI;
}

pinna_head pinna_head_fit(const pinna_build* build)
{
    const pinna_grid* grid = &build->grid;
    double n = 0.0, sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0;
    for (uint32_t i = 0; i < grid->measured_count; i++) {
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            double x = pinna_head_path(grid->directions[i], ear);
            double y = grid->delays_frames[i * PINNA_EAR_COUNT + (uint32_t)ear];
            n += 1.0;
            sx += x;
            sy += y;
            sxx += x * x;
            sxy += x * y;
        }
    }
    double frames_per_m = build->sample_rate_hz / PINNA_SPEED_OF_SOUND_M_S;
    double variance = sxx / n - (sx / n) * (sx / n), radius_m = 0.0875;
    if (variance > 1e-3) radius_m = (sxy / n - sx / n * (sy / n)) / variance / frames_per_m;
    radius_m = fmin(0.12, fmax(0.06, radius_m));
    pinna_head head = {0.0, radius_m * frames_per_m};
    head.offset_frames = sy / n - head.radius_frames * sx / n;
    return head;
}
