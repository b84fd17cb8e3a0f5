/* SPDX-License-Identifier: MIT */
/*
 * A program that knows the engine only, and no SOFA: a head made of plain arrays, a source to the left, one second of
 * stereo floats on standard output. `consumer --version` prints the library's version.
 */
#include <pinna/renderer.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DIRECTION_COUNT = 200, TAP_COUNT = 32, RATE_HZ = 48000, BLOCK_FRAMES = 480 };

/* A rigid sphere, roughly: Woodworth's delay, and a level that falls by 6 dB to the far side. */
static pinna_hrtf* make_head(void)
{
    static float hrirs[DIRECTION_COUNT][PINNA_EAR_COUNT][TAP_COUNT], delays[DIRECTION_COUNT][PINNA_EAR_COUNT];
    static pinna_vec3 positions[DIRECTION_COUNT];
    for (int d = 0; d < DIRECTION_COUNT; d++) {
        float up = 1.0f - (2.0f * (float)d + 1.0f) / DIRECTION_COUNT, around = 2.3999632f * (float)d;
        float radius = sqrtf(1.0f - up * up);
        positions[d] = (pinna_vec3){radius * cosf(around), radius * sinf(around), up};
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            float to_ear = asinf(ear == PINNA_LEFT ? positions[d].y : -positions[d].y);
            delays[d][ear] = 20.0f - 0.0875f / 343.0f * RATE_HZ * 0.5f * (to_ear + sinf(to_ear));
            hrirs[d][ear][4] = 0.75f + 0.25f * sinf(to_ear);
        }
    }
    pinna_measured_set set = {.sample_rate_hz = RATE_HZ, .measurement_count = DIRECTION_COUNT, .tap_count = TAP_COUNT,
                              .hrirs = hrirs[0][0], .delays_frames = delays[0], .positions_m = positions};
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_hrtf* hrtf;
    pinna_status status = pinna_hrtf_prepare(&set, &config, NULL, &hrtf);
    if (status) fprintf(stderr, "%s\n", pinna_status_string(status));
    return hrtf;
}

int main(int argc, char** argv)
{
    if (argc > 1 && !strcmp(argv[1], "--version")) return puts(pinna_version()) < 0;
    pinna_renderer_config config = pinna_renderer_config_default();
    config.hrtf = make_head();
    pinna_renderer* renderer;
    pinna_source source;
    if (!config.hrtf || pinna_renderer_create(&config, &renderer) || pinna_source_create(renderer, &source)) return 1;
    pinna_source_params params = pinna_source_params_default();
    params.position = (pinna_vec3){0.0f, 1.0f, 0.0f};
    if (pinna_source_set_params(renderer, source, &params)) return 1;
    for (int frame = 0; frame < RATE_HZ; frame += BLOCK_FRAMES) {
        float in[BLOCK_FRAMES], left[BLOCK_FRAMES], right[BLOCK_FRAMES];
        for (int i = 0; i < BLOCK_FRAMES; i++) in[i] = 0.3f * sinf(0.1f * (float)(frame + i));
        pinna_renderer_process(renderer, &(pinna_input){source, in}, 1, left, right, BLOCK_FRAMES);
        for (int i = 0; i < BLOCK_FRAMES; i++) fwrite((float[]){left[i], right[i]}, sizeof(float), 2, stdout);
    }
    pinna_renderer_destroy(renderer);
    pinna_hrtf_release(config.hrtf);
    return fflush(stdout) != 0;
}
