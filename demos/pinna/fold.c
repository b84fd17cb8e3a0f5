/* SPDX-License-Identifier: MIT */
#include "fold.h"

#include <stdlib.h>

struct pinna_fold {
    pinna_convolver* convolver;
};

enum { BLOCK_FRAMES = 256 };

/* One source's response to an impulse, left and right, tail_frames each. */
static pinna_status measure(pinna_renderer* renderer, pinna_source source, const pinna_source_params* params,
                            uint32_t tail_frames, float* const ears[PINNA_EAR_COUNT])
{
    pinna_source_params placed = *params;
    placed.snap = true;
    pinna_status status = pinna_source_set_params(renderer, source, &placed);
    float in[BLOCK_FRAMES] = {1.0f};
    for (uint32_t done = 0; done < tail_frames && !status; done += BLOCK_FRAMES) {
        size_t count = tail_frames - done < BLOCK_FRAMES ? tail_frames - done : BLOCK_FRAMES;
        pinna_renderer_process(renderer, &(pinna_input){source, in}, 1, ears[PINNA_LEFT] + done,
                               ears[PINNA_RIGHT] + done, count);
        in[0] = 0.0f;
    }
    return status;
}

/* Every source through a renderer of its own, so that none hears what another left behind. */
static pinna_status measure_alone(pinna_hrtf* hrtf, uint32_t sample_rate_hz, const pinna_source_params* params,
                                  uint32_t tail_frames, float* const ears[PINNA_EAR_COUNT])
{
    pinna_renderer_config config = pinna_renderer_config_default();
    config.sample_rate_hz = sample_rate_hz;
    config.max_block_frames = BLOCK_FRAMES;
    config.max_source_count = 1;
    config.method = PINNA_METHOD_EXACT;
    config.limiter = false;
    config.hrtf = hrtf;
    pinna_renderer* renderer = NULL;
    pinna_source source;
    pinna_status status = pinna_renderer_create(&config, &renderer);
    if (!status) status = pinna_source_create(renderer, &source);
    if (!status) status = measure(renderer, source, params, tail_frames, ears);
    pinna_renderer_destroy(renderer);
    return status;
}

static pinna_status load_responses(pinna_fold* fold, pinna_convolver_config* config, const float* const* paths)
{
    pinna_response* response = NULL;
    pinna_status status = pinna_response_create(config, paths, config->max_tap_count, &response);
    if (!status) status = pinna_convolver_create(config, &fold->convolver);
    if (!status) status = pinna_convolver_set_response(fold->convolver, response);
    pinna_response_release(response);
    return status;
}

pinna_status pinna_fold_create(pinna_hrtf* hrtf, uint32_t sample_rate_hz, const pinna_source_params* sources,
                               uint32_t source_count, uint32_t tail_frames, pinna_fold** out)
{
    pinna_fold* fold = *out = calloc(1, sizeof *fold);
    size_t length = PINNA_FOLD_DELAY_FRAMES + (size_t)tail_frames, path_count = (size_t)PINNA_EAR_COUNT * source_count;
    float* taps = calloc(path_count, length * sizeof *taps);
    const float** paths = calloc(path_count, sizeof *paths);
    pinna_status status = fold && taps && paths ? PINNA_OK : PINNA_ERROR_MEMORY;
    for (size_t p = 0; p < path_count && !status; p++)
        paths[p] = taps + p * length;
    for (uint32_t i = 0; i < source_count && !status; i++) {
        float* left = taps + (size_t)PINNA_EAR_COUNT * i * length + PINNA_FOLD_DELAY_FRAMES;
        float* const ears[PINNA_EAR_COUNT] = {left, left + length};
        status = measure_alone(hrtf, sample_rate_hz, &sources[i], tail_frames, ears);
    }
    pinna_convolver_config config = pinna_convolver_config_default();
    config.input_count = source_count;
    config.max_tap_count = (uint32_t)length;
    if (!status) status = load_responses(fold, &config, paths);
    free(taps);
    free(paths);
    if (!status) return PINNA_OK;
    pinna_fold_destroy(fold);
    *out = NULL;
    return status;
}

void pinna_fold_process(pinna_fold* fold, const float* const* inputs, float* left, float* right, size_t frame_count)
{
    pinna_convolver_process(fold->convolver, inputs, (float* const[]){left, right}, frame_count);
}

void pinna_fold_destroy(pinna_fold* fold)
{
    if (!fold) return;
    pinna_convolver_destroy(fold->convolver);
    free(fold);
}
