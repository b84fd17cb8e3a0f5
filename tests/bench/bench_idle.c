/* SPDX-License-Identifier: MIT */
/*
 * What sources cost that are there but do not sound: many created, few given samples, against the few alone. The silent
 * ones are left out of the list of inputs in one case and listed without samples in the other.
 *
 *     bench_idle [CREATED [SOUNDING [FILE.sofa]]]    default 10000 100
 */
#include "common.h"

#include <pinna/renderer.h>

#include <stdlib.h>

enum { BLOCK = 256, REPETITIONS = 11, MAX_SOURCES = PINNA_RENDERER_MAX_SOURCES };

#define SLICE_S 0.04

typedef enum listing { ALONE, NOT_LISTED, LISTED, LISTING_COUNT } listing;

static const char* const names[LISTING_COUNT] = {"alone", "others not listed", "others listed, no samples"};

typedef struct crowd {
    listing listing;
    bench_scene scene; /* of those that sound */
    pinna_renderer* renderer;
    pinna_source* sounding;
    pinna_input* inputs;
    uint32_t input_count, every; /* each every-th input sounds */
    size_t offset;
} crowd;

static float left[BLOCK], right[BLOCK];

static void set_place(crowd* c, uint32_t i, pinna_vec3 position)
{
    pinna_source_params params = pinna_source_params_default();
    params.position = position;
    params.gain = c->scene.gain;
    if (pinna_source_set_params(c->renderer, c->sounding[i], &params)) bench_fail("bench_idle", "parameters refused");
}

static void add_input(crowd* c, uint32_t number, uint32_t every)
{
    pinna_source source;
    if (pinna_source_create(c->renderer, &source)) bench_fail("bench_idle", "no source");
    bool sounds = number % every == 0 && number / every < c->scene.source_count;
    if (sounds) c->sounding[number / every] = source;
    if (sounds || c->listing == LISTED) c->inputs[c->input_count++].source = source;
}

static void create(crowd* c, pinna_hrtf* hrtf, uint32_t created, uint32_t sounding, listing how, bool moving)
{
    uint32_t every = how == ALONE ? 1 : created / sounding;
    *c = (crowd){.listing = how, .every = how == LISTED ? every : 1};
    bench_scene_init(&c->scene, sounding, BLOCK, moving);
    pinna_renderer_config config = pinna_renderer_config_default();
    config.max_block_frames = BLOCK;
    config.max_source_count = how == ALONE ? sounding : created;
    config.hrtf = hrtf;
    c->sounding = calloc(sounding, sizeof *c->sounding);
    c->inputs = calloc(config.max_source_count, sizeof *c->inputs);
    if (!c->sounding || !c->inputs || pinna_renderer_create(&config, &c->renderer))
        bench_fail("bench_idle", "no renderer");
    for (uint32_t i = 0; i < config.max_source_count; i++) add_input(c, i, every);
    for (uint32_t i = 0; i < sounding; i++) set_place(c, i, bench_orbit_step(&c->scene.orbits[i]));
}

static void render_block(crowd* c)
{
    for (uint32_t i = 0; i < c->scene.source_count; i++) {
        if (c->scene.moving) set_place(c, i, bench_orbit_step(&c->scene.orbits[i]));
        c->inputs[i * c->every].samples = c->scene.noise[i % BENCH_NOISE_COUNT] + c->offset;
    }
    pinna_renderer_process(c->renderer, c->inputs, c->input_count, left, right, BLOCK);
    c->offset = (c->offset + BLOCK) % BENCH_NOISE_FRAMES;
}

/* Seconds per block. */
static double slice(crowd* c)
{
    double start = bench_thread_s(), spent = 0;
    uint32_t done = 0;
    while (spent < SLICE_S) {
        for (int i = 0; i < 16; i++) render_block(c);
        done += 16;
        spent = bench_thread_s() - start;
    }
    return spent / done;
}

static void destroy(crowd* c)
{
    pinna_renderer_destroy(c->renderer);
    bench_scene_free(&c->scene);
    free(c->sounding);
    free(c->inputs);
}

static void compare(pinna_hrtf* hrtf, uint32_t created, uint32_t sounding, bool moving)
{
    crowd crowds[LISTING_COUNT];
    double took[LISTING_COUNT][REPETITIONS], ratios[LISTING_COUNT][REPETITIONS];
    for (int l = 0; l < LISTING_COUNT; l++) create(&crowds[l], hrtf, created, sounding, (listing)l, moving);
    for (int l = 0; l < LISTING_COUNT; l++) (void)slice(&crowds[l]);
    for (int r = 0; r < REPETITIONS; r++) {
        for (int l = 0; l < LISTING_COUNT; l++) {
            took[l][r] = slice(&crowds[l]);
            ratios[l][r] = took[l][r] / took[ALONE][r];
        }
    }
    for (int l = 0; l < LISTING_COUNT; l++) {
        uint32_t there = l == ALONE ? sounding : created;
        printf("%-7s %6u created, %4u sound, %-26s %8.1f us per block, ratio %.2f\n", moving ? "moving" : "static",
               there, sounding, names[l], 1e6 * bench_median(took[l], REPETITIONS),
               bench_median(ratios[l], REPETITIONS));
        destroy(&crowds[l]);
    }
}

int main(int argc, char** argv)
{
    uint32_t counts[2] = {10000, 100};
    for (int i = 1; i < argc && i < 3; i++) (void)bench_parse_list(argv[i], &counts[i - 1], 1, MAX_SOURCES);
    if (counts[1] > counts[0]) bench_fail("bench_idle", "more sources sound than there are");
    pinna_hrtf* hrtf = bench_load_hrtf(argc > 3 ? argv[3] : NULL, 0);
    printf("%s, load %s; block %d, median of %d slices in turns\n", bench_machine(), bench_load(), BLOCK, REPETITIONS);
    compare(hrtf, counts[0], counts[1], false);
    compare(hrtf, counts[0], counts[1], true);
    pinna_hrtf_release(hrtf);
    return 0;
}
