/* SPDX-License-Identifier: MIT */
#include "brir_player.h"

#include <pinna/convolver.h>
#include <stdlib.h>
#include <string.h>

/* The convolver takes up a new response each STEP frames and fades to it within as many: the orientation is the one in
   the middle of that. Responses that were heard lately are kept, up to so many bytes of them: heads go to and fro. */
enum { STEP = 256, KEPT_MAX = 64, KEPT_BYTES = 64 << 20 };

typedef struct kept {
    uint32_t head;
    uint64_t used; /* when */
    pinna_response* response;
} kept;

struct pinna_brir_player {
    const pinna_brir* brir;
    pinna_convolver_config config;
    pinna_convolver* convolver;
    uint32_t frame_count, present;
    pinna_brir_head head;
    void* user;
    bool failed;
    uint64_t clock;
    uint32_t kept_count, kept_max;
    kept kept[KEPT_MAX];
    const float* inputs[PINNA_CONVOLVER_MAX_CHANNELS];
    float* ears[PINNA_EAR_COUNT]; /* [STEP] */
};

/* --- responses ---------------------------------------------------------------------------------------------------- */

static pinna_status make_response(const pinna_brir_player* p, uint32_t head, pinna_response** out)
{
    size_t taps = p->config.max_tap_count, path_count = (size_t)p->config.input_count * PINNA_EAR_COUNT;
    float* all = malloc(path_count * taps * sizeof *all);
    const float* paths[PINNA_CONVOLVER_MAX_CHANNELS * PINNA_EAR_COUNT];
    pinna_status status = all ? PINNA_OK : PINNA_ERROR_MEMORY;
    for (size_t path = 0; path < path_count && !status; path++) {
        paths[path] = all + path * taps;
        status = pinna_brir_response(p->brir, (uint32_t)(path / PINNA_EAR_COUNT), head, path % PINNA_EAR_COUNT,
                                     all + path * taps);
    }
    if (!status) status = pinna_response_create(&p->config, paths, p->config.max_tap_count, out);
    free(all);
    return status;
}

static kept* free_place(pinna_brir_player* p)
{
    if (p->kept_count < p->kept_max) return &p->kept[p->kept_count++];
    kept* oldest = &p->kept[0];
    for (uint32_t i = 1; i < p->kept_count; i++)
        if (p->kept[i].used < oldest->used) oldest = &p->kept[i];
    pinna_response_release(oldest->response);
    return oldest;
}

static pinna_status use_head(pinna_brir_player* p, uint32_t head)
{
    kept* found = NULL;
    for (uint32_t i = 0; i < p->kept_count && !found; i++)
        if (p->kept[i].head == head) found = &p->kept[i];
    if (!found) {
        pinna_response* response = NULL;
        pinna_status status = make_response(p, head, &response);
        if (status) return status;
        found = free_place(p);
        *found = (kept){head, 0, response};
    }
    found->used = ++p->clock;
    p->present = head;
    return pinna_convolver_set_response(p->convolver, found->response);
}

/* --- life --------------------------------------------------------------------------------------------------------- */

/* Spectra take about twice what the taps take. */
static uint32_t choose_kept(const pinna_convolver_config* config)
{
    size_t bytes = (size_t)config->max_tap_count * config->input_count * PINNA_EAR_COUNT * 2 * sizeof(float);
    size_t count = KEPT_BYTES / bytes;
    return count < 2 ? 2 : count > KEPT_MAX ? KEPT_MAX : (uint32_t)count;
}

static pinna_quat head_at(const pinna_brir_player* p, uint64_t frame)
{
    return p->head ? p->head(p->user, frame) : pinna_quat_identity();
}

pinna_status pinna_brir_player_create(const pinna_brir* brir, uint32_t frame_count, uint64_t first_frame,
                                      pinna_brir_head head, void* user, pinna_brir_player** out)
{
    pinna_brir_player* p = *out = calloc(1, sizeof *p);
    if (!p) return PINNA_ERROR_MEMORY;
    p->brir = brir;
    p->frame_count = frame_count;
    p->head = head;
    p->user = user;
    p->config = pinna_convolver_config_default();
    p->config.input_count = pinna_brir_speaker_count(brir);
    p->config.max_tap_count = pinna_brir_tap_count(brir);
    p->kept_max = choose_kept(&p->config);
    pinna_status status = PINNA_OK;
    for (int ear = 0; ear < PINNA_EAR_COUNT && !status; ear++)
        if (!(p->ears[ear] = calloc(STEP, sizeof(float)))) status = PINNA_ERROR_MEMORY;
    if (!status) status = pinna_convolver_create(&p->config, &p->convolver);
    if (!status) status = use_head(p, pinna_brir_nearest_head(brir, head_at(p, first_frame), PINNA_BRIR_NONE));
    if (!status) return PINNA_OK;
    pinna_brir_player_destroy(p);
    *out = NULL;
    return status;
}

bool pinna_brir_player_failed(const pinna_brir_player* player)
{
    return player->failed;
}

/* --- at work ------------------------------------------------------------------------------------------------------ */

void pinna_brir_player_add(pinna_brir_player* p, const pinna_scene_source* source, const float* samples)
{
    p->inputs[source->speaker] = samples;
}

static void follow_head(pinna_brir_player* p, uint64_t frame)
{
    if (!p->head || p->failed || pinna_brir_head_count(p->brir) == 1) return;
    uint32_t head = pinna_brir_nearest_head(p->brir, head_at(p, frame + STEP / 2), p->present);
    if (head != p->present) p->failed = use_head(p, head) != PINNA_OK;
}

void pinna_brir_player_process(pinna_brir_player* p, uint64_t frame, float* left, float* right)
{
    const float* inputs[PINNA_CONVOLVER_MAX_CHANNELS];
    for (uint32_t first = 0; first < p->frame_count; first += STEP) {
        uint32_t rest = p->frame_count - first, count = rest < STEP ? rest : STEP;
        follow_head(p, frame + first);
        for (uint32_t i = 0; i < p->config.input_count; i++)
            inputs[i] = p->inputs[i] ? p->inputs[i] + first : NULL;
        pinna_convolver_process(p->convolver, inputs, p->ears, count);
        for (uint32_t n = 0; n < count; n++) {
            left[first + n] += p->ears[PINNA_LEFT][n];
            right[first + n] += p->ears[PINNA_RIGHT][n];
        }
    }
    memset(p->inputs, 0, sizeof p->inputs);
}

void pinna_brir_player_destroy(pinna_brir_player* p)
{
    if (!p) return;
    pinna_convolver_destroy(p->convolver);
    for (uint32_t i = 0; i < p->kept_count; i++)
        pinna_response_release(p->kept[i].response);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        free(p->ears[ear]);
    free(p);
}
