/* SPDX-License-Identifier: MIT */
#include "fold.h"
#include "setup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_FRAMES = 256 };

/* By then the last early reflection has passed through the longest head's filters. */
#define EARLY_S 0.07

struct pinna_fold {
    uint32_t source_count;
    pinna_convolver* convolver; /* all of the responses, or their early part */
    pinna_convolver* tail;      /* of what all sources send together; NULL: each has its own */
    float tail_levels[PINNA_FOLD_MAX_SOURCES];
};

/* What was measured, PINNA_FOLD_DELAY_FRAMES of silence first. */
typedef struct responses {
    uint32_t source_count;
    size_t length, early;
    float* taps;         /* [source][ear][length] */
    const float** paths; /* [source][ear], into taps */
} responses;

static float* taps_of(const responses* r, uint32_t source, uint32_t ear)
{
    return r->taps + ((size_t)source * PINNA_EAR_COUNT + ear) * r->length;
}

static bool allocate(responses* r)
{
    size_t path_count = (size_t)PINNA_EAR_COUNT * r->source_count;
    r->taps = calloc(path_count, r->length * sizeof *r->taps);
    r->paths = calloc(path_count, sizeof *r->paths);
    for (size_t p = 0; p < path_count && r->taps && r->paths; p++)
        r->paths[p] = r->taps + p * r->length;
    return r->taps && r->paths;
}

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
static pinna_status measure_alone(pinna_hrtf* hrtf, uint32_t sample_rate_hz, const pinna_preset* preset,
                                  const pinna_source_params* params, uint32_t tail_frames,
                                  float* const ears[PINNA_EAR_COUNT])
{
    pinna_renderer_config config = pinna_setup_single_source(hrtf, sample_rate_hz, BLOCK_FRAMES);
    pinna_renderer* renderer = NULL;
    pinna_source source;
    pinna_status status = pinna_renderer_create(&config, &renderer);
    if (!status && preset) status = pinna_renderer_set_preset(renderer, preset, NULL);
    if (!status) status = pinna_source_create(renderer, &source);
    if (!status) status = measure(renderer, source, params, tail_frames, ears);
    pinna_renderer_destroy(renderer);
    return status;
}

static pinna_status load(const pinna_convolver_config* config, const float* const* paths, pinna_convolver** out)
{
    pinna_response* response = NULL;
    pinna_status status = pinna_response_create(config, paths, config->max_tap_count, &response);
    if (!status) status = pinna_convolver_create(config, out);
    if (!status) status = pinna_convolver_set_response(*out, response);
    pinna_response_release(response);
    return status;
}

/* --- one tail for all --- */

static double product(const float* a, const float* b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Both ears' taps of one source from the tail's beginning on, against another's. */
static double tail_product(const responses* r, uint32_t a, uint32_t b)
{
    double sum = 0;
    for (uint32_t ear = 0; ear < PINNA_EAR_COUNT; ear++)
        sum += product(taps_of(r, a, ear) + r->early, taps_of(r, b, ear) + r->early, r->length - r->early);
    return sum;
}

/* A room's tail is the same for all that sound in it, but for its level. Checked: what is left of a source's tail
   when the loudest one's is taken away, at the level that suits best, is 80 dB below that. */
static bool find_tail(const responses* r, uint32_t* loudest, float* levels)
{
    double most = 0;
    *loudest = 0;
    for (uint32_t i = 0; i < r->source_count; i++) {
        double energy = tail_product(r, i, i);
        if (energy > most) *loudest = i;
        most = fmax(most, energy);
    }
    for (uint32_t i = 0; i < r->source_count && most > 0; i++) {
        double shared = tail_product(r, i, *loudest);
        levels[i] = (float)(shared / most);
        if (tail_product(r, i, i) - shared * shared / most > 1e-8 * most) return false;
    }
    return most > 0;
}

/* The early part of each, and one tail of what all send together. */
static pinna_status load_apart(pinna_fold* fold, responses* r, uint32_t loudest)
{
    pinna_convolver_config config = pinna_convolver_config_default();
    const float* tails[PINNA_EAR_COUNT] = {taps_of(r, loudest, PINNA_LEFT), taps_of(r, loudest, PINNA_RIGHT)};
    float* padded = calloc(PINNA_EAR_COUNT, r->length * sizeof *padded);
    if (!padded) return PINNA_ERROR_MEMORY;
    for (uint32_t ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        float* tail = padded + ear * r->length;
        memcpy(tail + r->early, tails[ear] + r->early, (r->length - r->early) * sizeof *tail);
        tails[ear] = tail;
    }
    config.max_tap_count = (uint32_t)r->length;
    pinna_status status = load(&config, tails, &fold->tail);
    free(padded);
    config.input_count = r->source_count;
    config.max_tap_count = (uint32_t)r->early;
    return status ? status : load(&config, r->paths, &fold->convolver);
}

static pinna_status load_whole(pinna_fold* fold, const responses* r)
{
    pinna_convolver_config config = pinna_convolver_config_default();
    config.input_count = r->source_count;
    config.max_tap_count = (uint32_t)r->length;
    return load(&config, r->paths, &fold->convolver);
}

/* What is folded joins what goes to the ears as it is. */
bool pinna_fold_allows(const pinna_preset* preset, pinna_category category)
{
    if (!preset) return true;
    const pinna_category_params *own = &preset->mix.categories[category],
                                *direct = &preset->mix.categories[PINNA_CATEGORY_DIRECT];
    return !own->ducks && own->duck_db == 0 && direct->duck_db == 0 && direct->gain_db == 0;
}

pinna_status pinna_fold_create(pinna_hrtf* hrtf, uint32_t sample_rate_hz, const pinna_preset* preset,
                               const pinna_source_params* sources, uint32_t source_count, uint32_t tail_frames,
                               pinna_fold** out)
{
    pinna_fold* fold = *out = calloc(1, sizeof *fold);
    responses r = {.source_count = source_count, .length = PINNA_FOLD_DELAY_FRAMES + (size_t)tail_frames};
    uint32_t loudest = 0;
    pinna_status status = fold && allocate(&r) ? PINNA_OK : PINNA_ERROR_MEMORY;
    for (uint32_t i = 0; i < source_count && !status; i++) {
        float* const ears[PINNA_EAR_COUNT] = {taps_of(&r, i, PINNA_LEFT) + PINNA_FOLD_DELAY_FRAMES,
                                              taps_of(&r, i, PINNA_RIGHT) + PINNA_FOLD_DELAY_FRAMES};
        status = measure_alone(hrtf, sample_rate_hz, preset, &sources[i], tail_frames, ears);
    }
    if (!status) {
        r.early = PINNA_FOLD_DELAY_FRAMES + (size_t)(EARLY_S * sample_rate_hz);
        fold->source_count = source_count;
        bool apart = source_count > 1 && r.length > 2 * r.early && find_tail(&r, &loudest, fold->tail_levels);
        status = apart ? load_apart(fold, &r, loudest) : load_whole(fold, &r);
    }
    free(r.taps);
    free(r.paths);
    if (!status) return PINNA_OK;
    pinna_fold_destroy(fold);
    *out = NULL;
    return status;
}

static void add_tail(pinna_fold* fold, const float* const* inputs, float* left, float* right, size_t first,
                     size_t count)
{
    float sent[BLOCK_FRAMES] = {0}, ears[PINNA_EAR_COUNT][BLOCK_FRAMES];
    for (uint32_t i = 0; i < fold->source_count; i++)
        for (size_t n = 0; n < count && inputs[i]; n++)
            sent[n] += fold->tail_levels[i] * inputs[i][first + n];
    pinna_convolver_process(fold->tail, (const float* const[]){sent},
                            (float* const[]){ears[PINNA_LEFT], ears[PINNA_RIGHT]}, count);
    for (size_t n = 0; n < count; n++) {
        left[first + n] += ears[PINNA_LEFT][n];
        right[first + n] += ears[PINNA_RIGHT][n];
    }
}

void pinna_fold_process(pinna_fold* fold, const float* const* inputs, float* left, float* right, size_t frame_count)
{
    pinna_convolver_process(fold->convolver, inputs, (float* const[]){left, right}, frame_count);
    for (size_t first = 0; first < frame_count && fold->tail; first += BLOCK_FRAMES) {
        size_t rest = frame_count - first;
        add_tail(fold, inputs, left, right, first, rest < BLOCK_FRAMES ? rest : BLOCK_FRAMES);
    }
}

void pinna_fold_destroy(pinna_fold* fold)
{
    if (!fold) return;
    pinna_convolver_destroy(fold->convolver);
    pinna_convolver_destroy(fold->tail);
    free(fold);
}
