/* SPDX-License-Identifier: MIT */
/*
 * What cinematic's room costs beside the same scene without: ns per output sample, its tail alone and with reflections,
 * and how many moving sources that is worth. 48 kHz, the default head. Neighbours disturb: the best of many short
 * slices.
 *
 *     bench_room [ROUNDS]    default 20
 */
#include <pinna/preset.h>
#include <pinna/renderer.h>
#include <pinna/sofa.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FRAMES = 480, BLOCKS = 20, MOST_SOURCES = 16 };

static double cpu_time_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct stage {
    pinna_renderer* renderer;
    pinna_source sources[MOST_SOURCES];
    size_t count, turn;
} stage;

/* order -1: no room. */
static bool stage_open(stage* s, pinna_hrtf* hrtf, size_t count, int order)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    pinna_preset preset;
    config.hrtf = hrtf;
    *s = (stage){.count = count};
    if (pinna_preset_find("cinematic", &preset) || pinna_renderer_create(&config, &s->renderer)) return false;
    preset.room.on = order >= 0;
    preset.room.reflection_order = order > 0 ? (uint32_t)order : 0;
    bool good = pinna_renderer_set_preset(s->renderer, &preset, NULL) == PINNA_OK;
    for (size_t i = 0; good && i < count; i++) good = pinna_source_create(s->renderer, &s->sources[i]) == PINNA_OK;
    return good;
}

/* ns per output sample of a slice in which every source moves. */
static double slice_ns(stage* s)
{
    static float in[FRAMES], left[FRAMES], right[FRAMES];
    pinna_input inputs[MOST_SOURCES];
    for (int n = 0; n < FRAMES; n++) in[n] = (float)((n * 7919) % 1000) / 1000.0f - 0.5f;
    double start = cpu_time_s();
    for (int block = 0; block < BLOCKS; block++, s->turn++) {
        for (size_t i = 0; i < s->count; i++) {
            pinna_source_params params = pinna_source_params_default();
            params.position = pinna_direction_from_spherical(fmodf((float)(s->turn + 20 * i), 360.0f), 0.0f);
            if (pinna_source_set_params(s->renderer, s->sources[i], &params)) return NAN;
            inputs[i] = (pinna_input){s->sources[i], in};
        }
        pinna_renderer_process(s->renderer, inputs, s->count, left, right, FRAMES);
    }
    return 1e9 * (cpu_time_s() - start) / (FRAMES * BLOCKS);
}

static bool compare(pinna_hrtf* hrtf, size_t count, int rounds)
{
    stage stages[3];
    double best[3] = {INFINITY, INFINITY, INFINITY};
    bool good = true;
    for (int i = 0; i < 3; i++) good = stage_open(&stages[i], hrtf, count, i - 1) && good;
    for (int round = 0; good && round <= rounds; round++)
        for (int i = 0; i < 3; i++) {
            double ns = slice_ns(&stages[i]);
            if (round) best[i] = fmin(best[i], ns);
        }
    for (int i = 0; i < 3; i++) pinna_renderer_destroy(stages[i].renderer);
    printf(
        "%2zu sources: none %7.1f ns per output sample, tail %+6.1f, reflections %+7.1f; the tail is worth %.1f "
        "sources\n",
        count, best[0], best[1] - best[0], best[2] - best[1], (best[1] - best[0]) / (best[0] / (double)count));
    return good;
}

int main(int argc, char** argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 20;
    pinna_prepare_config prepare = pinna_prepare_config_default();
    pinna_hrtf* hrtf;
    if (pinna_sofa_load_hrtf(NULL, &prepare, NULL, &hrtf)) return 77;
    bool good = compare(hrtf, 1, rounds) && compare(hrtf, MOST_SOURCES, rounds);
    pinna_hrtf_release(hrtf);
    return good ? 0 : 1;
}
