/* SPDX-License-Identifier: MIT */
/*
 * The same scene through Pinna and through OpenAL Soft (a loopback device, HRTF on), in turns, in one run: CPU time of
 * the rendering thread per source and sample, parameter updates included (once a block for each source that moves).
 * Shared machines run fast and slow by turns: the ratio is the median of ratios of neighbouring slices.
 *
 *     bench_peers --help
 */
#include "chart.h"
#include "peers.h"

#include "options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REPETITIONS = 64, MAX_RESULTS = 2 * BENCH_LIST_MAX * BENCH_LIST_MAX };

typedef struct result {
    uint32_t source_count, block_frames;
    bool moving;
    double pinna_ns, openal_ns, ratio; /* openal_ns 0: not measured */
    char why[128];                     /* it was not */
} result;

typedef struct run {
    bench_peers_options options;
    bench_pinna_options pinna;
    uint32_t tap_count;
    double openal_thread_s, openal_process_s;
    size_t count;
    result results[MAX_RESULTS];
} run;

static double time_blocks(bench_peer* peer, uint32_t block_count)
{
    double start = bench_thread_s();
    for (uint32_t i = 0; i < block_count; i++) peer->block(peer->state);
    return bench_thread_s() - start;
}

/* Fills caches and tells how many blocks make up a slice. */
static uint32_t warm(bench_peer* peer, double slice_s)
{
    double spent = 0;
    uint32_t done = 0;
    time_blocks(peer, 2);
    for (uint32_t count = 1; spent < 0.25 * slice_s && count <= 1u << 20; count *= 2) {
        spent += time_blocks(peer, count);
        done += count;
    }
    double blocks = ceil(slice_s * done / fmax(spent, 1e-9));
    return blocks < 1e6 ? (uint32_t)fmax(blocks, 1) : 1000000u;
}

static void measure(run* r, bench_peer* pinna, bench_peer* openal, result* to)
{
    double ours[MAX_REPETITIONS], theirs[MAX_REPETITIONS], ratios[MAX_REPETITIONS];
    double samples = (double)to->source_count * to->block_frames;
    uint32_t repetitions = r->options.repetitions, our_blocks = warm(pinna, r->options.slice_s);
    uint32_t their_blocks = openal->state ? warm(openal, r->options.slice_s) : 0;
    for (uint32_t i = 0; i < repetitions; i++) {
        ours[i] = 1e9 * time_blocks(pinna, our_blocks) / (our_blocks * samples);
        if (!their_blocks) continue;
        double before = bench_process_s(), took = time_blocks(openal, their_blocks);
        r->openal_process_s += bench_process_s() - before;
        r->openal_thread_s += took;
        theirs[i] = 1e9 * took / (their_blocks * samples);
        ratios[i] = theirs[i] / ours[i];
    }
    to->pinna_ns = bench_median(ours, repetitions);
    if (!their_blocks) return;
    to->openal_ns = bench_median(theirs, repetitions);
    to->ratio = bench_median(ratios, repetitions);
}

static void run_case(run* r, result* to)
{
    bench_scene ours, theirs;
    bench_peer openal = {.state = NULL};
    bench_scene_init(&ours, to->source_count, to->block_frames, to->moving);
    bench_scene_init(&theirs, to->source_count, to->block_frames, to->moving);
    bench_peer pinna = bench_peer_pinna(&ours, &r->pinna);
    if (to->source_count > r->options.openal_up_to)
        snprintf(to->why, sizeof to->why, "not asked for");
    else
        openal = bench_peer_openal(&theirs, r->options.limiter, to->why);
    measure(r, &pinna, &openal, to);
    pinna.destroy(pinna.state);
    if (openal.state) openal.destroy(openal.state);
    bench_scene_free(&ours);
    bench_scene_free(&theirs);
}

/* --- telling --- */

static void print_header(const run* r)
{
    const bench_peers_options* o = &r->options;
    if (o->json || o->csv) return;
    printf("%s, load %s\n%s, %u taps, %s; OpenAL Soft as built by the system; 48 kHz, limiters %s\n", bench_machine(),
           bench_load(), o->sofa ? o->sofa : "default set", r->tap_count, "Pinna " PINNA_VERSION_STRING,
           o->limiter ? "on" : "off");
    printf("median of %u slices of %.0f ms each, in turns; ns per source and sample, CPU time of the thread\n\n",
           o->repetitions, 1e3 * o->slice_s);
    printf("%-7s %5s %7s %10s %12s %8s %12s\n", "scene", "block", "sources", "Pinna", "OpenAL Soft", "ratio",
           "Pinna: core");
}

static const char* scene_name(const result* x)
{
    return x->moving ? "moving" : "static";
}

static double core_percent(const result* x)
{
    return x->pinna_ns * x->source_count * BENCH_RATE_HZ * 1e-7;
}

static void print_row(const run* r, const result* x)
{
    if (r->options.json) return;
    if (r->options.csv) {
        if (x == r->results) printf("scene,block,sources,pinna_ns,openal_ns,ratio,note\n");
        printf("%s,%u,%u,%.4f,", scene_name(x), x->block_frames, x->source_count, x->pinna_ns);
        if (x->openal_ns > 0) printf("%.4f,%.3f,\n", x->openal_ns, x->ratio);
        else printf(",,%s\n", x->why);
        return;
    }
    printf("%-7s %5u %7u %10.3f ", scene_name(x), x->block_frames, x->source_count, x->pinna_ns);
    if (x->openal_ns > 0) printf("%12.3f %8.2f %10.1f %%\n", x->openal_ns, x->ratio, core_percent(x));
    else printf("%21s %10.1f %%   OpenAL Soft: %s\n", "-", core_percent(x), x->why);
    fflush(stdout);
}

static double same_thread_share(const run* r)
{
    return r->openal_process_s > 0 ? r->openal_thread_s / r->openal_process_s : 1;
}

static void print_summary(const run* r)
{
    const result* lowest = NULL;
    for (size_t i = 0; i < r->count; i++) {
        const result* x = &r->results[i];
        if (x->openal_ns > 0 && (!lowest || x->ratio < lowest->ratio)) lowest = x;
    }
    if (r->options.json || r->options.csv || !lowest) return;
    printf("\n%s; of its process's CPU time %.1f %% was the calling thread's\n", bench_openal_facts(),
           100 * same_thread_share(r));
    printf("lowest ratio %.2f (%u %s sources, block %u); load now %s\n", lowest->ratio, lowest->source_count,
           scene_name(lowest), lowest->block_frames, bench_load());
}

static void print_json(const run* r)
{
    printf("{\"machine\": \"%s\", \"load\": \"%s\", \"taps\": %u, \"openal\": \"%s\",\n"
           " \"openal_calling_thread\": %.4f, \"unit\": \"ns per source and sample\", \"results\": [",
           bench_machine(), bench_load(), r->tap_count, bench_openal_facts(), same_thread_share(r));
    for (size_t i = 0; i < r->count; i++) {
        const result* x = &r->results[i];
        printf("%s\n  {\"moving\": %s, \"block\": %u, \"sources\": %u, \"pinna_ns\": %.4f, ", i ? "," : "",
               x->moving ? "true" : "false", x->block_frames, x->source_count, x->pinna_ns);
        if (x->openal_ns > 0) printf("\"openal_ns\": %.4f, \"ratio\": %.3f}", x->openal_ns, x->ratio);
        else printf("\"openal_ns\": null, \"why\": \"%s\"}", x->why);
    }
    printf("\n]}\n");
}

/* --- the picture: one block size, four lines --- */

static void collect(const run* r, uint32_t block_frames, bool moving, bool openal, bench_series* to)
{
    for (size_t i = 0; i < r->count && to->count < BENCH_SERIES_POINTS; i++) {
        const result* x = &r->results[i];
        double ns = openal ? x->openal_ns : x->pinna_ns;
        if (x->moving != moving || x->block_frames != block_frames || !(ns > 0)) continue;
        to->sources[to->count] = x->source_count;
        to->ns[to->count++] = ns;
    }
    snprintf(to->name, sizeof to->name, "%s, %s", openal ? "OpenAL Soft" : "Pinna", moving ? "moving" : "static");
}

static void draw(const run* r)
{
    const bench_peers_options* o = &r->options;
    uint32_t block = o->blocks[0];
    char subtitle[256];
    bench_series series[4] = {{.red = 0.10, .green = 0.38, .blue = 0.72},
                              {.red = 0.10, .green = 0.38, .blue = 0.72, .dashed = true},
                              {.red = 0.82, .green = 0.36, .blue = 0.14},
                              {.red = 0.82, .green = 0.36, .blue = 0.14, .dashed = true}};
    for (size_t i = 0; i < o->block_count; i++)
        if (o->blocks[i] == 256) block = 256;
    for (int i = 0; i < 4; i++) collect(r, block, i % 2 == 0, i / 2 == 1, &series[i]);
    snprintf(subtitle, sizeof subtitle, "%s, one core, 48 kHz, blocks of %u, %u taps; load %s", bench_machine(), block,
             r->tap_count, bench_load());
    if (!bench_chart_draw(o->picture, "What a source costs", subtitle, series, 4, BENCH_RATE_HZ))
        bench_fail(o->picture, "cannot be written");
}

static void run_all(run* r)
{
    const bench_peers_options* o = &r->options;
    for (int moving = 0; moving < 2; moving++) {
        if (moving ? !o->moving : !o->still) continue;
        for (size_t b = 0; b < o->block_count; b++) {
            for (size_t c = 0; c < o->count_count; c++) {
                result* to = &r->results[r->count++];
                *to = (result){.source_count = o->counts[c], .block_frames = o->blocks[b], .moving = moving};
                run_case(r, to);
                print_row(r, to);
            }
        }
    }
}

int main(int argc, char** argv)
{
    static run r;
    r.options = bench_peers_parse(argc, argv);
    bench_openal_configure(r.options.openal_up_to);
    r.pinna = (bench_pinna_options){bench_load_hrtf(r.options.sofa, r.options.tap_count), r.options.method,
                                    r.options.limiter};
    r.tap_count = pinna_hrtf_get_info(r.pinna.hrtf).tap_count;
    print_header(&r);
    run_all(&r);
    print_summary(&r);
    if (r.options.json) print_json(&r);
    if (r.options.picture) draw(&r);
    pinna_hrtf_release(r.pinna.hrtf);
    return 0;
}
