/* SPDX-License-Identifier: MIT */
#include "peers.h"

#include <stdlib.h>

typedef struct pinna_state {
    bench_scene* scene;
    pinna_renderer* renderer;
    pinna_source* sources;
    pinna_input* inputs;
    pinna_source_params params;
    size_t offset;
    float left[BENCH_MAX_BLOCK], right[BENCH_MAX_BLOCK];
} pinna_state;

static void render_block(void* state)
{
    pinna_state* p = state;
    const bench_scene* scene = p->scene;
    for (uint32_t i = 0; i < scene->source_count && scene->moving; i++) {
        p->params.position = bench_orbit_step(&scene->orbits[i]);
        (void)pinna_source_set_params(p->renderer, p->sources[i], &p->params); /* valid by the scene's making */
    }
    for (uint32_t i = 0; i < scene->source_count; i++)
        p->inputs[i].samples = scene->noise[i % BENCH_NOISE_COUNT] + p->offset;
    pinna_renderer_process(p->renderer, p->inputs, scene->source_count, p->left, p->right, scene->block_frames);
    p->offset = (p->offset + scene->block_frames) % BENCH_NOISE_FRAMES;
}

static void destroy(void* state)
{
    pinna_state* p = state;
    pinna_renderer_destroy(p->renderer);
    free(p->sources);
    free(p->inputs);
    free(p);
}

static pinna_status create_renderer(pinna_state* p, const bench_pinna_options* options)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    config.sample_rate_hz = BENCH_RATE_HZ;
    config.max_block_frames = p->scene->block_frames;
    config.max_source_count = p->scene->source_count;
    config.method = options->method;
    config.limiter = options->limiter;
    config.hrtf = options->hrtf;
    return pinna_renderer_create(&config, &p->renderer);
}

static pinna_status create_sources(pinna_state* p)
{
    pinna_status status = PINNA_OK;
    p->params = pinna_source_params_default();
    p->params.gain = p->scene->gain;
    for (uint32_t i = 0; i < p->scene->source_count && !status; i++) {
        const bench_orbit* orbit = &p->scene->orbits[i];
        status = pinna_source_create(p->renderer, &p->sources[i]);
        if (status) return status;
        p->params.position = (pinna_vec3){orbit->x, orbit->y, orbit->z};
        status = pinna_source_set_params(p->renderer, p->sources[i], &p->params);
        p->inputs[i].source = p->sources[i];
    }
    return status;
}

bench_peer bench_peer_pinna(bench_scene* scene, const bench_pinna_options* options)
{
    pinna_state* p = calloc(1, sizeof *p);
    if (!p) bench_fail("Pinna", "out of memory");
    p->scene = scene;
    p->sources = calloc(scene->source_count, sizeof *p->sources);
    p->inputs = calloc(scene->source_count, sizeof *p->inputs);
    if (!p->sources || !p->inputs) bench_fail("Pinna", "out of memory");
    pinna_status status = create_renderer(p, options);
    if (!status) status = create_sources(p);
    if (status) bench_fail("Pinna", pinna_status_string(status));
    return (bench_peer){"Pinna", p, render_block, destroy};
}
