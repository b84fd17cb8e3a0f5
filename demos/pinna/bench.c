/* SPDX-License-Identifier: MIT */
#include "cli.h"
#include "commands.h"
#include "setup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Inputs are shared, so that what is measured is the renderer and not the memory of the inputs. */
enum { NOISE_COUNT = 16, NOISE_FRAMES = 16384, REPETITION_MAX = 100 };

#define PI 3.14159265358979323846

typedef struct options {
    const char* sofa;
    uint32_t source_count, block_frames, rate_hz, ramp_frames, hrir_length, method, repetition_count;
    double seconds;
    bool moving, limiter, json;
} options;

/* A source on its own horizontal circle: where it is, and the turn from one block to the next. */
typedef struct orbit {
    float x, y, z, turn_cos, turn_sin;
} orbit;

typedef struct job {
    options options;
    pinna_hrtf* hrtf;
    pinna_renderer* renderer;
    pinna_source* ids;
    orbit* orbits;
    pinna_source_params params;
    pinna_input* inputs;
    float *left, *right;
    float* noise[NOISE_COUNT]; /* [NOISE_FRAMES + block_frames] */
    uint64_t frame;
    uint32_t random_state;
    double checksum; /* of the output: what is not used may be optimised away */
    pinna_report report;
} job;

static int parse(options* o, int argc, char** argv, int* first_operand)
{
    const pinna_cli_option table[] = {
        {"sofa", 0, PINNA_CLI_TEXT, &o->sofa, "FILE", "the HRTF set; default: MIT KEMAR as installed", 0, 0, NULL},
        {"sources", 0, PINNA_CLI_COUNT, &o->source_count, "N", "default 64", 1, PINNA_RENDERER_MAX_SOURCES, NULL},
        {"moving", 0, PINNA_CLI_FLAG, &o->moving, NULL,
         "each on its own circle, 20 to 200 degrees/s, set before each block", 0, 0, NULL},
        {"block", 0, PINNA_CLI_COUNT, &o->block_frames, "N", "frames per block; default 256", 1,
         PINNA_RENDERER_MAX_BLOCK_FRAMES, NULL},
        {"method", 0, PINNA_CLI_CHOICE, &o->method, "NAME", "default auto", 0, 0, pinna_setup_methods},
        {"rate", 0, PINNA_CLI_COUNT, &o->rate_hz, "HZ", "default 48000", 8000, 192000, NULL},
        {"seconds", 0, PINNA_CLI_NUMBER, &o->seconds, "S", "audio per repetition; default: about 0.2 s of work", 0.001,
         3600, NULL},
        {"repetitions", 0, PINNA_CLI_COUNT, &o->repetition_count, "N", "default 7", 1, REPETITION_MAX, NULL},
        {"ramp", 0, PINNA_CLI_COUNT, &o->ramp_frames, "N", "frames of a parameter ramp; default: the library's", 1,
         1024, NULL},
        {"hrir-length", 0, PINNA_CLI_COUNT, &o->hrir_length, "TAPS", "default 256 at 48 kHz", 16, 8192, NULL},
        {"limiter", 0, PINNA_CLI_FLAG, &o->limiter, NULL, "with the safety limiter", 0, 0, NULL},
        {"json", 0, PINNA_CLI_FLAG, &o->json, NULL, "one JSON object instead of text", 0, 0, NULL},
    };
    const pinna_cli_command command = {
        "bench",
        "[options]",
        "Renders noise from many sources and tells the CPU time of the rendering thread, parameter updates included.",
        table,
        sizeof table / sizeof table[0],
        NULL};
    return pinna_cli_parse(&command, argc, argv, first_operand);
}

/* Marsaglia's xorshift, so that every run renders the same. Uniform from 0 up to 1. */
static double random_unit(job* j)
{
    j->random_state ^= j->random_state << 13;
    j->random_state ^= j->random_state >> 17;
    j->random_state ^= j->random_state << 5;
    return (double)j->random_state / 4294967296.0;
}

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* 20 to 200 degrees/s either way, anywhere on the sphere, 1 to 4 m away. */
static orbit random_orbit(job* j)
{
    double turn = (20 + 180 * random_unit(j)) * (random_unit(j) < 0.5 ? -1 : 1) * PI / 180;
    double azimuth = 2 * PI * random_unit(j), height = 2 * random_unit(j) - 1, distance = 1 + 3 * random_unit(j);
    double radius = distance * sqrt(1 - height * height);
    turn *= (double)j->options.block_frames / j->options.rate_hz;
    return (orbit){(float)(radius * cos(azimuth)), (float)(radius * sin(azimuth)), (float)(height * distance),
                   (float)cos(turn), (float)sin(turn)};
}

/* Each orbit is a horizontal circle turned by a constant angle per block: one complex product, so that what is timed is
   the renderer, not trigonometry. */
static void set_source(job* j, size_t source, bool snap)
{
    orbit* way = &j->orbits[source];
    j->params.position = (pinna_vec3){way->x, way->y, way->z};
    j->params.snap = snap;
    (void)pinna_source_set_params(j->renderer, j->ids[source], &j->params); /* in range by its making */
    float x = way->x * way->turn_cos - way->y * way->turn_sin;
    way->y = way->x * way->turn_sin + way->y * way->turn_cos;
    way->x = x;
}

static void render_block(job* j)
{
    const options* o = &j->options;
    size_t offset = (size_t)(j->frame % NOISE_FRAMES);
    if (o->moving)
        for (size_t i = 0; i < o->source_count; i++)
            set_source(j, i, false);
    for (size_t i = 0; i < o->source_count; i++)
        j->inputs[i].samples = j->noise[i % NOISE_COUNT] + offset;
    pinna_renderer_process(j->renderer, j->inputs, o->source_count, j->left, j->right, o->block_frames);
    j->checksum += (double)j->left[0] + (double)j->right[o->block_frames - 1];
    j->frame += o->block_frames;
}

static double time_blocks(job* j, uint64_t block_count)
{
    double start_s = cpu_s();
    for (uint64_t i = 0; i < block_count; i++)
        render_block(j);
    return cpu_s() - start_s;
}

static bool allocate(job* j)
{
    size_t count = j->options.source_count;
    j->ids = calloc(count, sizeof *j->ids);
    j->orbits = calloc(count, sizeof *j->orbits);
    j->inputs = calloc(count, sizeof *j->inputs);
    j->left = calloc(j->options.block_frames, sizeof(float));
    j->right = calloc(j->options.block_frames, sizeof(float));
    bool whole = j->ids && j->orbits && j->inputs && j->left && j->right;
    for (size_t n = 0; n < NOISE_COUNT; n++) {
        size_t frames = NOISE_FRAMES + j->options.block_frames;
        j->noise[n] = malloc(frames * sizeof(float));
        for (size_t i = 0; j->noise[n] && i < frames; i++)
            j->noise[n][i] = (float)(2 * random_unit(j) - 1);
        whole = whole && j->noise[n];
    }
    return whole;
}

static pinna_status create_renderer(job* j)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    config.sample_rate_hz = j->options.rate_hz;
    config.max_block_frames = j->options.block_frames;
    config.max_source_count = j->options.source_count;
    if (j->options.ramp_frames) config.ramp_frames = j->options.ramp_frames;
    config.method = (pinna_method)j->options.method;
    config.limiter = j->options.limiter;
    config.hrtf = j->hrtf;
    return pinna_renderer_create(&config, &j->renderer);
}

static pinna_status create_sources(job* j)
{
    pinna_status status = PINNA_OK;
    j->params = pinna_source_params_default();
    j->params.gain = 0.25f / sqrtf((float)j->options.source_count);
    for (size_t i = 0; i < j->options.source_count && !status; i++) {
        j->orbits[i] = random_orbit(j);
        status = pinna_source_create(j->renderer, &j->ids[i]);
        j->inputs[i].source = j->ids[i];
        if (!status) set_source(j, i, true);
    }
    return status;
}

/* Warms caches and tells how many blocks make up the time asked for. */
static uint64_t choose_block_count(job* j)
{
    const options* o = &j->options;
    double block_s = (double)o->block_frames / o->rate_hz;
    uint64_t warm = (uint64_t)ceil(0.05 / block_s);
    time_blocks(j, warm);
    if (o->seconds > 0) return (uint64_t)ceil(o->seconds / block_s);
    double per_block_s = time_blocks(j, warm) / (double)warm;
    return (uint64_t)ceil(fmin(fmax(0.2 / fmax(per_block_s, 1e-9), 8), 1e7));
}

static int compare(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

static void print_result(const job* j, const double* ns, uint64_t block_count)
{
    const options* o = &j->options;
    double median = ns[o->repetition_count / 2], best = ns[0];
    double per_core = 1e9 / (median * o->rate_hz);
    pinna_hrtf_info info = pinna_hrtf_get_info(j->hrtf);
    const char* mode = pinna_setup_methods[o->method];
    if (o->json) {
        printf("{\"ns_per_source_sample\": %.4f, \"best_ns_per_source_sample\": %.4f, "
               "\"realtime_sources_per_core\": %.1f, \"mode\": \"%s\", \"moving\": %s, \"sources\": %u, \"block\": %u, "
               "\"rate_hz\": %u, \"taps\": %u, \"repetitions\": %u, \"blocks\": %llu, \"output_checksum\": %.6g}\n",
               median, best, per_core, mode, o->moving ? "true" : "false", o->source_count, o->block_frames, o->rate_hz,
               info.tap_count, o->repetition_count, (unsigned long long)block_count, j->checksum);
        return;
    }
    printf("%u %s source%s, block %u, %u Hz, %u taps, method %s\n", o->source_count, o->moving ? "moving" : "static",
           o->source_count == 1 ? "" : "s", o->block_frames, o->rate_hz, info.tap_count, mode);
    printf("%.3f ns per source per sample (median of %u; best %.3f)\n", median, o->repetition_count, best);
    printf("%.0f sources in real time on one core\n", per_core);
}

static pinna_status run(job* j)
{
    const options* o = &j->options;
    double ns[REPETITION_MAX];
    uint64_t block_count = choose_block_count(j);
    for (uint32_t r = 0; r < o->repetition_count; r++)
        ns[r] = 1e9 * time_blocks(j, block_count) / ((double)block_count * o->block_frames * o->source_count);
    qsort(ns, o->repetition_count, sizeof ns[0], compare);
    print_result(j, ns, block_count);
    return PINNA_OK;
}

static void release(job* j)
{
    pinna_renderer_destroy(j->renderer);
    pinna_hrtf_release(j->hrtf);
    for (size_t n = 0; n < NOISE_COUNT; n++)
        free(j->noise[n]);
    free(j->ids);
    free(j->orbits);
    free(j->inputs);
    free(j->left);
    free(j->right);
}

int pinna_command_bench(int argc, char** argv)
{
    static job j; /* static: a report is large for a stack */
    j.random_state = 1;
    options* o = &j.options;
    *o = (options){.source_count = 64, .block_frames = 256, .rate_hz = 48000, .repetition_count = 7};
    int first = argc;
    int code = parse(o, argc, argv, &first);
    if (code != PINNA_CLI_GO_ON) return code;
    if (first < argc) return pinna_cli_usage_error("bench takes options only");
    pinna_status status = pinna_setup_load_hrtf(o->sofa, o->rate_hz, o->hrir_length, &j.report, &j.hrtf);
    if (!status && !allocate(&j)) status = PINNA_ERROR_MEMORY;
    if (!status) status = create_renderer(&j);
    if (!status) status = create_sources(&j);
    if (!status) status = run(&j);
    code = pinna_cli_finish(status, &j.report, false);
    release(&j);
    return code;
}
