/* SPDX-License-Identifier: MIT */
#include "setup.h"
#include "wide_level.h"

#include <math.h>
#include <stdlib.h>

#include <pinna/renderer.h>

enum { DIRECTION_COUNT = 256, BLOCK_FRAMES = 512, RESPONSE_FRAMES = 16384 };

#define WIDEST_M 1000.0f

/* Even over the sphere: a spiral that turns by the golden angle. */
static pinna_vec3 direction_of(int index)
{
    const double golden_rad = 2.399963229728653;
    double z = 1 - (2 * index + 1) / (double)DIRECTION_COUNT, r = sqrt(1 - z * z);
    return (pinna_vec3){(float)(r * cos(golden_rad * index)), (float)(r * sin(golden_rad * index)), (float)z};
}

static double energy_of(const float* samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sum;
}

/* Of an impulse from everywhere, at both ears. */
static double diffuse_energy(const pinna_hrtf* hrtf, float* taps, uint32_t tap_count)
{
    float delays[PINNA_EAR_COUNT];
    double sum = 0;
    for (int i = 0; i < DIRECTION_COUNT; i++) {
        pinna_hrtf_lookup(hrtf, direction_of(i), taps, taps + tap_count, delays);
        sum += energy_of(taps, (size_t)PINNA_EAR_COUNT * tap_count);
    }
    return sum / DIRECTION_COUNT;
}

/* Of an impulse from the widest source, at both ears. */
static double render_wide(pinna_renderer* renderer, pinna_source source)
{
    float left[BLOCK_FRAMES], right[BLOCK_FRAMES], in[BLOCK_FRAMES] = {1.0f};
    double sum = 0;
    for (int done = 0; done < RESPONSE_FRAMES; done += BLOCK_FRAMES) {
        pinna_renderer_process(renderer, &(pinna_input){source, in}, 1, left, right, BLOCK_FRAMES);
        sum += energy_of(left, BLOCK_FRAMES) + energy_of(right, BLOCK_FRAMES);
        in[0] = 0.0f;
    }
    return sum;
}

static pinna_status wide_energy(pinna_hrtf* hrtf, uint32_t sample_rate_hz, double* energy)
{
    pinna_renderer_config config = pinna_setup_single_source(hrtf, sample_rate_hz, BLOCK_FRAMES);
    pinna_source_params params = pinna_source_params_default();
    pinna_renderer* renderer = NULL;
    pinna_source source;
    params.extent_m = WIDEST_M;
    params.snap = true;
    pinna_status status = pinna_renderer_create(&config, &renderer);
    if (!status) status = pinna_source_create(renderer, &source);
    if (!status) status = pinna_source_set_params(renderer, source, &params);
    if (!status) *energy = render_wide(renderer, source);
    pinna_renderer_destroy(renderer);
    return status;
}

pinna_status pinna_wide_level_find(pinna_hrtf* hrtf, uint32_t sample_rate_hz, float* gain)
{
    uint32_t tap_count = pinna_hrtf_get_info(hrtf).tap_count;
    float* taps = malloc(PINNA_EAR_COUNT * tap_count * sizeof *taps);
    double wide = 0;
    *gain = 1;
    pinna_status status = taps ? wide_energy(hrtf, sample_rate_hz, &wide) : PINNA_ERROR_MEMORY;
    if (!status && wide > 0) *gain = (float)sqrt(diffuse_energy(hrtf, taps, tap_count) / wide);
    free(taps);
    return status;
}
