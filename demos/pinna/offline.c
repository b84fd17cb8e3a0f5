/* SPDX-License-Identifier: MIT */
#include "offline.h"

#include <math.h>
#include <stdlib.h>

struct pinna_offline {
    pinna_offline_config config;
    pinna_renderer* renderer;
    pinna_source* ids;   /* [source] */
    bool* moves;         /* [source] */
    pinna_input* inputs; /* [source] */
    bool anything_moves;
    uint64_t frame;
    float left[PINNA_RENDERER_MAX_BLOCK_FRAMES], right[PINNA_RENDERER_MAX_BLOCK_FRAMES];
};

static double seconds(const pinna_offline* o, uint64_t frame)
{
    return (double)frame / o->config.sample_rate_hz;
}

static pinna_status set_source(pinna_offline* o, size_t source, uint64_t frame, bool snap)
{
    pinna_source_params params = pinna_source_params_default();
    params.position = pinna_path_position_at(o->config.scene->sources[source].path, seconds(o, frame));
    params.snap = snap;
    params.near_field = o->config.near_field;
    return pinna_source_set_params(o->renderer, o->ids[source], &params);
}

static pinna_status set_head(pinna_offline* o, uint64_t frame)
{
    const pinna_path* head = o->config.scene->head;
    if (!head && !o->config.head) return PINNA_OK;
    pinna_listener_params params = pinna_listener_params_default();
    if (head) params.orientation = pinna_path_rotation_at(head, seconds(o, frame));
    if (o->config.head) o->config.head(o->config.head_user, frame, &params);
    return pinna_renderer_set_listener(o->renderer, &params);
}

static pinna_status create_sources(pinna_offline* o)
{
    const pinna_scene* scene = o->config.scene;
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < scene->source_count && !status; i++) {
        o->moves[i] = pinna_path_moves(scene->sources[i].path);
        o->anything_moves |= o->moves[i];
        status = pinna_source_create(o->renderer, &o->ids[i]);
        if (!status) status = set_source(o, i, 0, true);
    }
    o->anything_moves |= o->config.head || (scene->head && pinna_path_moves(scene->head));
    return status ? status : set_head(o, 0);
}

static pinna_status create_renderer(pinna_offline* o)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    config.sample_rate_hz = o->config.sample_rate_hz;
    config.max_block_frames = o->config.block_frames;
    config.max_source_count = (uint32_t)o->config.scene->source_count;
    config.ramp_frames = o->config.ramp_frames;
    config.method = o->config.method;
    config.limiter = o->config.limiter;
    config.max_tap_count = o->config.max_tap_count;
    config.hrtf = o->config.hrtf;
    return pinna_renderer_create(&config, &o->renderer);
}

pinna_status pinna_offline_create(const pinna_offline_config* config, pinna_offline** out)
{
    *out = NULL;
    size_t count = config->scene->source_count;
    pinna_offline* o = calloc(1, sizeof *o);
    if (!o) return PINNA_ERROR_MEMORY;
    o->config = *config;
    o->ids = calloc(count, sizeof *o->ids);
    o->moves = calloc(count, sizeof *o->moves);
    o->inputs = calloc(count, sizeof *o->inputs);
    pinna_status status = o->ids && o->moves && o->inputs ? create_renderer(o) : PINNA_ERROR_MEMORY;
    if (!status) status = create_sources(o);
    if (status) {
        pinna_offline_destroy(o);
        return status;
    }
    *out = o;
    return PINNA_OK;
}

uint64_t pinna_offline_frame_count(const pinna_offline* o)
{
    const pinna_scene* scene = o->config.scene;
    uint64_t end = 0;
    if (!isinf(scene->duration_s)) end = (uint64_t)llround(scene->duration_s * o->config.sample_rate_hz);
    for (size_t i = 0; i < scene->source_count && isinf(scene->duration_s); i++) {
        uint64_t source_end = pinna_feed_end_frame(o->config.feeds[i]);
        if (source_end == PINNA_FEED_UNKNOWN) return PINNA_FEED_UNKNOWN;
        if (source_end > end) end = source_end;
    }
    return end + o->config.tail_frames;
}

/* At a grid point: where everything is to be at the next. A path is finite and in range by its making, so set_params
   cannot refuse it. */
static void set_next_point(pinna_offline* o)
{
    uint64_t next = o->frame + o->config.ramp_frames;
    for (size_t i = 0; i < o->config.scene->source_count; i++)
        if (o->moves[i]) (void)set_source(o, i, next, false);
    /* The listener has no snap: what was set for frame 0 must reach the first period alone. */
    if (o->frame) (void)set_head(o, next);
}

static size_t chunk_frames(const pinna_offline* o)
{
    uint64_t count = o->config.block_frames, total = pinna_offline_frame_count(o);
    uint64_t to_grid_point = o->config.ramp_frames - o->frame % o->config.ramp_frames;
    if (o->anything_moves && to_grid_point < count) count = to_grid_point;
    if (total - o->frame < count) count = total - o->frame;
    return (size_t)count;
}

/* A source that is silent now is given silence: left out, it would wake up wherever a block happens to begin, and its
   last sample would be taken for a sound cut short. What ended a while ago is left out. */
static size_t collect_inputs(pinna_offline* o, size_t frame_count)
{
    enum { SILENT_AFTER_FRAMES = 16384 };
    static const float silence[PINNA_FEED_MAX_FRAMES];
    size_t input_count = 0;
    for (size_t i = 0; i < o->config.scene->source_count; i++) {
        const float* samples = pinna_feed_take(o->config.feeds[i], frame_count);
        uint64_t end = pinna_feed_end_frame(o->config.feeds[i]);
        if (!samples && end != PINNA_FEED_UNKNOWN && o->frame > end + SILENT_AFTER_FRAMES) continue;
        o->inputs[input_count++] = (pinna_input){o->ids[i], samples ? samples : silence};
    }
    return input_count;
}

size_t pinna_offline_next_within(pinna_offline* o, size_t most, const float** left, const float** right)
{
    size_t frame_count = o->frame < pinna_offline_frame_count(o) ? chunk_frames(o) : 0;
    if (frame_count > most) frame_count = most;
    if (!frame_count) return 0;
    if (o->anything_moves && o->frame % o->config.ramp_frames == 0) set_next_point(o);
    size_t input_count = collect_inputs(o, frame_count);
    pinna_renderer_process(o->renderer, o->inputs, input_count, o->left, o->right, frame_count);
    *left = o->left;
    *right = o->right;
    o->frame += frame_count;
    /* A stream that has just ended may end the render within this block. */
    uint64_t total = pinna_offline_frame_count(o);
    return o->frame > total ? frame_count - (size_t)(o->frame - total) : frame_count;
}

size_t pinna_offline_next(pinna_offline* o, const float** left, const float** right)
{
    return pinna_offline_next_within(o, SIZE_MAX, left, right);
}

uint64_t pinna_offline_position(const pinna_offline* o)
{
    return o->frame;
}

pinna_renderer* pinna_offline_renderer(pinna_offline* o)
{
    return o->renderer;
}

void pinna_offline_destroy(pinna_offline* o)
{
    if (!o) return;
    pinna_renderer_destroy(o->renderer);
    free(o->ids);
    free(o->moves);
    free(o->inputs);
    free(o);
}
