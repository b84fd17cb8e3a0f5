/* SPDX-License-Identifier: MIT */
/*
 * Where the time of many moving sources goes: the whole, then each part alone with the engine's own functions and in
 * the same shapes; what is left over is bookkeeping and waiting for memory. Then how cost grows with sources and taps.
 *
 * Every slice is timed together with a loop of multiply-adds between registers, the processor's peak, and counted in
 * those: a shared machine slows down both alike. Times printed are for the best peak of the run.
 *
 *     bench_profile [SOURCES [BLOCK [FILE.sofa]]]    default 1024 256, MIT KEMAR
 */
#include "peak.h"
#include "peers.h"
#include "stages.h"

#include <math.h>
#include <stdlib.h>

enum { REPETITIONS = 31, PEAK_TIMES = 20, FIT_POINTS = 6 };

#define SLICE_S 0.002

static double best_peak_s = INFINITY;

/* The mean of a few loops: a neighbour's burst that a slice suffers from shall fall upon its peak, too. */
static double peak_now_s(uint32_t lanes)
{
    double sum = 0;
    for (int i = 0; i < PEAK_TIMES; i++) {
        double peak = bench_peak_s(lanes);
        best_peak_s = fmin(best_peak_s, peak);
        sum += peak;
    }
    return sum / PEAK_TIMES;
}

/* Peak multiply-adds that fit into the time a piece of work takes: the median of slices. */
static double measure(void (*work)(void*), void* state, int repetitions)
{
    double macs[64];
    uint32_t lanes = pinna_kernels_select(pinna_cpu_flags())->lanes, times = 1;
    for (int r = -1; r < repetitions; r++) {
        double before = peak_now_s(lanes), start = bench_thread_s();
        for (uint32_t i = 0; i < times; i++) work(state);
        double took = (bench_thread_s() - start) / times;
        if (r < 0) times = (uint32_t)fmin(fmax(SLICE_S / fmax(took, 1e-9), 1), 1e6); /* the first one warms */
        if (r >= 0) macs[r] = 2 * took / (before + peak_now_s(lanes));
    }
    return bench_median(macs, (size_t)repetitions);
}

typedef struct part {
    bench_stages* stages;
    bench_stage stage;
} part;

static void run_part(void* state)
{
    part* p = state;
    bench_stages_run(p->stages, p->stage);
}

typedef struct profile {
    double whole, still, stage[BENCH_STAGE_COUNT], stage_macs[BENCH_STAGE_COUNT]; /* in multiply-adds per block */
} profile;

static double measure_whole(pinna_hrtf* hrtf, uint32_t sources, uint32_t block, bool moving, pinna_method method)
{
    bench_scene scene;
    bench_pinna_options options = {hrtf, method, false};
    bench_scene_init(&scene, sources, block, moving);
    bench_peer peer = bench_peer_pinna(&scene, &options);
    double macs = measure(peer.block, peer.state, REPETITIONS);
    peer.destroy(peer.state);
    bench_scene_free(&scene);
    return macs;
}

static void measure_parts(pinna_hrtf* hrtf, uint32_t sources, uint32_t block, profile* to)
{
    bench_stages stages;
    bench_scene scene;
    bench_scene_init(&scene, sources, block, true);
    bench_stages_init(&stages, hrtf, scene);
    bench_stages_run(&stages, BENCH_STAGE_TAPS);
    for (int i = 0; i < BENCH_STAGE_COUNT; i++) {
        part p = {&stages, (bench_stage)i};
        to->stage[i] = measure(run_part, &p, REPETITIONS);
        to->stage_macs[i] = bench_stages_macs(&stages, (bench_stage)i);
    }
    /* Of several blocks within a ramp only one is taken up. */
    double taken = fmin(1, (double)block / stages.ramp_frames);
    to->stage[BENCH_STAGE_AIM] *= taken;
    to->stage[BENCH_STAGE_TAPS] *= taken;
    /* What having its own memory for every source adds. */
    to->stage[BENCH_STAGE_MEMORY] -= to->stage[BENCH_STAGE_INPUT] + to->stage[BENCH_STAGE_DELAYS];
    bench_stages_free(&stages);
}

static void print_part(const char* name, double work, double macs, double whole, double samples)
{
    printf("  %-34s %8.3f ns %6.1f %%", name, 1e9 * best_peak_s * work / samples, 100 * work / whole);
    if (macs > 0) printf("  %7.2f multiply-adds, %3.0f %% of the peak", macs / samples, 100 * macs / work);
    printf("\n");
}

static void print_profile(const profile* p, uint32_t sources, uint32_t block)
{
    static const char* const names[BENCH_STAGE_COUNT] = {
        "parameters set",      "triangles, delays, gains found", "delay filters made",        "input copied, checked",
        "delays (in cache)",   "gains: sources into busses",     "filters: busses into ears",
        "memory of inputs and delays"};
    double samples = (double)sources * block, rest = p->whole, macs = 0;
    for (int i = 0; i < BENCH_STAGE_COUNT; i++) rest -= p->stage[i], macs += p->stage_macs[i];
    printf("\n%u moving sources, block %u, batch path; per source and sample:\n", sources, block);
    for (int i = 0; i < BENCH_STAGE_COUNT; i++) print_part(names[i], p->stage[i], p->stage_macs[i], p->whole, samples);
    print_part("the rest: bookkeeping, its memory", rest, 0, p->whole, samples);
    print_part("the whole", p->whole, macs, p->whole, samples);
    print_part("the whole, sources at rest", p->still, 0, p->whole, samples);
}

static void print_fit(const char* what, const char* unit, const double* x, const double* macs, const double* samples)
{
    double ns[FIT_POINTS];
    printf("\n%s:", what);
    for (int i = 0; i < FIT_POINTS; i++) {
        ns[i] = 1e9 * best_peak_s * macs[i] / samples[i];
        printf("  %g: %.1f", x[i], ns[i]);
    }
    bench_fit fit = bench_fit_line(x, ns, FIT_POINTS);
    printf("\n  fit: %.2f ns + %.4f ns per %s, R^2 %.4f\n", fit.intercept, fit.slope, unit, fit.r_squared);
}

static void fit_sources(pinna_hrtf* hrtf, uint32_t block)
{
    static const double counts[FIT_POINTS] = {64, 256, 512, 1024, 4096, 10000};
    double macs[FIT_POINTS], samples[FIT_POINTS];
    for (int i = 0; i < FIT_POINTS; i++) {
        macs[i] = measure_whole(hrtf, (uint32_t)counts[i], block, true, PINNA_METHOD_BATCH);
        samples[i] = block;
    }
    print_fit("ns per sample over moving sources, batch path", "source", counts, macs, samples);
}

static void fit_taps(const char* sofa, uint32_t block, pinna_method method, uint32_t sources)
{
    static const double taps[FIT_POINTS] = {32, 64, 96, 128, 192, 256};
    double macs[FIT_POINTS], samples[FIT_POINTS], got[FIT_POINTS];
    char what[96];
    for (int i = 0; i < FIT_POINTS; i++) {
        pinna_hrtf* hrtf = bench_load_hrtf(sofa, (uint32_t)taps[i]);
        got[i] = pinna_hrtf_get_info(hrtf).tap_count; /* a short set has no more */
        macs[i] = measure_whole(hrtf, sources, block, true, method);
        samples[i] = (double)block * sources;
        pinna_hrtf_release(hrtf);
    }
    snprintf(what, sizeof what, "ns per source and sample over taps, %u moving sources, %s path", sources,
             method == PINNA_METHOD_EXACT ? "exact" : "batch");
    print_fit(what, "tap", got, macs, samples);
}

int main(int argc, char** argv)
{
    uint32_t sources = 1024, block = 256;
    const char* sofa = argc > 3 ? argv[3] : NULL;
    if (argc > 1) (void)bench_parse_list(argv[1], &sources, 1, PINNA_RENDERER_MAX_SOURCES);
    if (argc > 2) (void)bench_parse_list(argv[2], &block, 1, BENCH_MAX_BLOCK);
    profile p;
    pinna_hrtf* hrtf = bench_load_hrtf(sofa, 0);
    printf("%s, load %s, kernels %s, %u taps, %u basis filters\n", bench_machine(), bench_load(), hrtf->kernels->name,
           hrtf->info.tap_count, hrtf->info.basis_count);
    p.whole = measure_whole(hrtf, sources, block, true, PINNA_METHOD_BATCH);
    p.still = measure_whole(hrtf, sources, block, false, PINNA_METHOD_BATCH);
    measure_parts(hrtf, sources, block, &p);
    printf("peak of multiply-adds between registers: %.1f G/s\n", 1e-9 / best_peak_s);
    print_profile(&p, sources, block);
    fit_sources(hrtf, block);
    fit_taps(sofa, block, PINNA_METHOD_EXACT, 8);
    fit_taps(sofa, block, PINNA_METHOD_BATCH, 256);
    pinna_hrtf_release(hrtf);
    return 0;
}
