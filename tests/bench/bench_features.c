/* SPDX-License-Identifier: MIT */
/*
 * What each feature of a source costs: 256 sources, all moving, one feature on at a time, on the batch and on the exact
 * path. A markdown table of nanoseconds per source and sample; each figure is the best of several runs, taken in turns,
 * for neighbours disturb.
 *
 *     bench_features [ROUNDS]    default 7
 */
#include <pinna/renderer.h>
#include <pinna/sofa.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SOURCES = 256, FRAMES = 256, BLOCKS = 24, WARM_BLOCKS = 8 };

typedef struct bench {
    pinna_renderer* renderer;
    pinna_source sources[SOURCES];
    pinna_input inputs[SOURCES];
    float samples[SOURCES][FRAMES];
    float left[FRAMES], right[FRAMES];
    bool direct;
} bench;

typedef void change(pinna_source_params* params);

static void none(pinna_source_params* p)
{
    (void)p;
}

static void near_field(pinna_source_params* p)
{
    p->near_field = true;
    p->position = (pinna_vec3){0.2f * p->position.x, 0.2f * p->position.y, 0.2f * p->position.z};
}

static void extent(pinna_source_params* p)
{
    p->extent_m = 1.0f;
}

static void cone(pinna_source_params* p)
{
    p->cone_inner_deg = 60.0f;
    p->cone_outer_deg = 180.0f;
    p->cone_outer_gain = 0.2f;
}

static void occlusion(pinna_source_params* p)
{
    p->occlusion = 0.6f;
    p->transmission[0] = 0.5f;
}

static void air(pinna_source_params* p)
{
    p->air_absorption = 5.0f;
}

static void propagation(pinna_source_params* p)
{
    p->propagation = true;
}

static void bypass(pinna_source_params* p)
{
    p->bypass = true;
}

static void everything(pinna_source_params* p)
{
    near_field(p);
    extent(p);
    cone(p);
    occlusion(p);
    air(p);
    propagation(p);
}

typedef struct feature {
    const char* name;
    change* change;
    bool still, direct;
    double best_ns[2]; /* batch, exact */
} feature;

static feature features[] = {
    {"none, standing still", none, true, false, {1e9, 1e9}},
    {"none, moving", none, false, false, {1e9, 1e9}},
    {"near field", near_field, false, false, {1e9, 1e9}},
    {"extent", extent, false, false, {1e9, 1e9}},
    {"cone", cone, false, false, {1e9, 1e9}},
    {"occlusion", occlusion, false, false, {1e9, 1e9}},
    {"air absorption", air, false, false, {1e9, 1e9}},
    {"propagation with Doppler", propagation, false, false, {1e9, 1e9}},
    {"bypass", bypass, false, false, {1e9, 1e9}},
    {"direct input", none, false, true, {1e9, 1e9}},
    {"all but bypass", everything, false, true, {1e9, 1e9}},
};
enum { FEATURE_COUNT = sizeof features / sizeof features[0], MOVING = 1 };

static double cpu_time_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static pinna_renderer* create(pinna_hrtf* hrtf, pinna_method method)
{
    pinna_renderer* renderer = NULL;
    pinna_renderer_config config = pinna_renderer_config_default();
    config.hrtf = hrtf;
    config.method = method;
    config.max_source_count = SOURCES;
    config.max_block_frames = FRAMES;
    config.max_propagation_m = 20.0f;
    if (pinna_renderer_create(&config, &renderer) == PINNA_OK) return renderer;
    fprintf(stderr, "bench_features: no memory\n");
    exit(1);
}

/* Each source walks round the head at its own height, a quarter turn a second. */
static void place(bench* b, const feature* f, int block)
{
    for (int i = 0; i < SOURCES; i++) {
        pinna_source_params params = pinna_source_params_default();
        float turn = 360.0f * (float)i / SOURCES + (f->still ? 0.0f : 90.0f * (float)(block * FRAMES) / 48000.0f);
        pinna_vec3 d = pinna_direction_from_spherical(turn, (float)(i % 13) * 10.0f - 60.0f);
        params.position = (pinna_vec3){2.0f * d.x, 2.0f * d.y, 2.0f * d.z};
        f->change(&params);
        if (pinna_source_set_params(b->renderer, b->sources[i], &params) != PINNA_OK) exit(1);
    }
}

static void open_bench(bench* b, pinna_hrtf* hrtf, pinna_method method)
{
    b->renderer = create(hrtf, method);
    uint32_t state = 1;
    for (int i = 0; i < SOURCES; i++) {
        if (pinna_source_create(b->renderer, &b->sources[i]) != PINNA_OK) exit(1);
        b->inputs[i] = (pinna_input){b->sources[i], b->samples[i]};
        for (int n = 0; n < FRAMES; n++) {
            state = state * 1664525u + 1013904223u;
            b->samples[i][n] = 1e-3f * ((float)(state >> 8) / 8388608.0f - 1.0f);
        }
    }
}

/* Nanoseconds of process alone per source and sample. */
static double run(pinna_hrtf* hrtf, const feature* f, pinna_method method)
{
    static bench b;
    double spent = 0.0;
    open_bench(&b, hrtf, method);
    pinna_direct direct = {b.samples[0], b.samples[1]};
    for (int block = 0; block < WARM_BLOCKS + BLOCKS; block++) {
        if (block == 0 || !f->still) place(&b, f, block);
        double start = cpu_time_s();
        pinna_renderer_process_with(b.renderer, b.inputs, SOURCES, f->direct ? &direct : NULL, b.left, b.right, FRAMES);
        if (block >= WARM_BLOCKS) spent += cpu_time_s() - start;
    }
    pinna_renderer_destroy(b.renderer);
    return 1e9 * spent / ((double)BLOCKS * FRAMES * SOURCES);
}

static void print_table(const pinna_hrtf* hrtf)
{
    printf("ns per source and sample; %d sources, blocks of %d, %u taps. In brackets: more than moving alone.\n\n",
           SOURCES, FRAMES, pinna_hrtf_get_info(hrtf).tap_count);
    printf("| feature | batch | exact |\n|---|---|---|\n");
    for (int i = 0; i < FEATURE_COUNT; i++) {
        printf("| %s |", features[i].name);
        for (int path = 0; path < 2; path++) {
            double ns = features[i].best_ns[path], more = ns - features[MOVING].best_ns[path];
            if (i <= MOVING) printf(" %.2f |", ns);
            else printf(" %.2f (%+.2f) |", ns, more);
        }
        printf("\n");
    }
}

int main(int argc, char** argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 7;
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_hrtf* hrtf = NULL;
    if (pinna_sofa_load_hrtf(NULL, &config, NULL, &hrtf) != PINNA_OK) {
        fprintf(stderr, "bench_features: the default set is not installed (Debian: libmysofa1)\n");
        return 1;
    }
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < FEATURE_COUNT; i++) {
            features[i].best_ns[0] = fmin(features[i].best_ns[0], run(hrtf, &features[i], PINNA_METHOD_BATCH));
            features[i].best_ns[1] = fmin(features[i].best_ns[1], run(hrtf, &features[i], PINNA_METHOD_EXACT));
        }
    }
    print_table(hrtf);
    pinna_hrtf_release(hrtf);
    return 0;
}
