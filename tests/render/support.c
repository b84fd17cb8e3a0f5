/* SPDX-License-Identifier: MIT */
#include "support.h"

enum { DIRECTIONS = 110, TAPS = 64 };

/* Points spread evenly on a spiral from pole to pole. */
static pinna_vec3 spiral(int i)
{
    double z = 1.0 - (2.0 * i + 1.0) / DIRECTIONS, turn = 2.399963229728653 * i, r = sqrt(1.0 - z * z);
    return (pinna_vec3){(float)(r * cos(turn)), (float)(r * sin(turn)), (float)z};
}

/* A click behind the way round the head, duller on the far side. */
static void fill_ear(float* taps, double towards)
{
    double delay = 16.0 - 14.0 * towards, level = 0.6 + 0.4 * towards, decay = 0.5 - 0.3 * towards;
    for (int n = 0; n < TAPS; n++) {
        double t = n - delay;
        taps[n] = (float)(t < -4.0 ? 0.0 : level * exp(-0.5 * t * t) + (t > 0.0 ? 0.3 * level * exp(-decay * t) : 0.0));
    }
}

pinna_hrtf* sphere_head(void)
{
    static float hrirs[DIRECTIONS][2][TAPS];
    static pinna_vec3 positions[DIRECTIONS];
    for (int i = 0; i < DIRECTIONS; i++) {
        positions[i] = spiral(i);
        fill_ear(hrirs[i][PINNA_LEFT], positions[i].y);
        fill_ear(hrirs[i][PINNA_RIGHT], -positions[i].y);
    }
    pinna_measured_set set = {48000.0, DIRECTIONS, TAPS, hrirs[0][0], NULL, positions};
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_hrtf* hrtf = NULL;
    cr_assert_eq(pinna_hrtf_prepare(&set, &config, NULL, &hrtf), PINNA_OK);
    return hrtf;
}

pinna_renderer_config sphere_config(pinna_hrtf* hrtf, pinna_method method)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    config.hrtf = hrtf;
    config.method = method;
    config.limiter = false;
    return config;
}

pinna_source source_at(pinna_renderer* renderer, float x, float y, float z)
{
    pinna_source source;
    cr_assert_eq(pinna_source_create(renderer, &source), PINNA_OK);
    pinna_source_params params = pinna_source_params_default();
    params.position = (pinna_vec3){x, y, z};
    params.snap = true;
    cr_assert_eq(pinna_source_set_params(renderer, source, &params), PINNA_OK);
    return source;
}

double loudest(const float* x, size_t count)
{
    double most = 0.0;
    for (size_t n = 0; n < count; n++) {
        if (!isfinite(x[n])) return INFINITY;
        most = fmax(most, fabs((double)x[n]));
    }
    return most;
}
