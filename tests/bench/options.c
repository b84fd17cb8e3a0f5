/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "common.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: bench_peers [options]\n"
    "  --counts LIST       sources, e.g. 1,64,1024; default 1 to 65536\n"
    "  --blocks LIST       frames per block; default 64,256,1024\n"
    "  --motion NAME       static, moving or both; default both\n"
    "  --sofa FILE         Pinna's set; default MIT KEMAR as installed\n"
    "  --hrir-length TAPS  default 256 at 48 kHz\n"
    "  --method NAME       auto, exact or batch; default auto\n"
    "  --openal-up-to N    OpenAL Soft renders no more sources than these; default 16384, 0: none\n"
    "  --limiter           both renderers' limiters on; default off\n"
    "  --repetitions N     slices of each renderer; default 7\n"
    "  --slice MS          CPU time of a slice; default 60\n"
    "  --quick             blocks of 256 only, fewer and shorter slices: less than a minute\n"
    "  --json, --csv       for machines\n"
    "  --picture FILE.png  cost over count, blocks of 256 or the first size given\n";

static _Noreturn void stop(const char* wrong)
{
    if (wrong) fprintf(stderr, "bench_peers: %s\n", wrong);
    fputs(usage, wrong ? stderr : stdout);
    exit(wrong ? 2 : 0);
}

static uint32_t number(const char* text, uint32_t highest)
{
    uint32_t value;
    (void)bench_parse_list(text, &value, 1, highest);
    return value;
}

static pinna_method method_named(const char* name)
{
    if (!strcmp(name, "auto")) return PINNA_METHOD_AUTO;
    if (!strcmp(name, "exact")) return PINNA_METHOD_EXACT;
    if (!strcmp(name, "batch")) return PINNA_METHOD_BATCH;
    stop("--method is auto, exact or batch");
}

static void set_motion(bench_peers_options* o, const char* name)
{
    if (strcmp(name, "static") && strcmp(name, "moving") && strcmp(name, "both"))
        stop("--motion is static, moving or both");
    o->still = strcmp(name, "moving");
    o->moving = strcmp(name, "static");
}

static void make_quick(bench_peers_options* o)
{
    o->blocks[0] = 256;
    o->block_count = 1;
    o->repetitions = 3;
    o->slice_s = 0.02;
}

static void set_option(bench_peers_options* o, int option)
{
    switch (option) {
    case 'c': o->count_count = bench_parse_list(optarg, o->counts, BENCH_LIST_MAX, PINNA_RENDERER_MAX_SOURCES); break;
    case 'b': o->block_count = bench_parse_list(optarg, o->blocks, BENCH_LIST_MAX, BENCH_MAX_BLOCK); break;
    case 'm': set_motion(o, optarg); break;
    case 's': o->sofa = optarg; break;
    case 't': o->tap_count = number(optarg, PINNA_HRTF_MAX_TAPS); break;
    case 'M': o->method = method_named(optarg); break;
    case 'o': o->openal_up_to = strcmp(optarg, "0") ? number(optarg, PINNA_RENDERER_MAX_SOURCES) : 0; break;
    case 'l': o->limiter = true; break;
    case 'r': o->repetitions = number(optarg, 64); break;
    case 'S': o->slice_s = 1e-3 * number(optarg, 10000); break;
    case 'q': make_quick(o); break;
    case 'j': o->json = true; break;
    case 'C': o->csv = true; break;
    case 'p': o->picture = optarg; break;
    case 'h': stop(NULL);
    default: stop("see the options");
    }
}

bench_peers_options bench_peers_parse(int argc, char** argv)
{
    static const struct option names[] = {
        {"counts", required_argument, NULL, 'c'},      {"blocks", required_argument, NULL, 'b'},
        {"motion", required_argument, NULL, 'm'},      {"sofa", required_argument, NULL, 's'},
        {"hrir-length", required_argument, NULL, 't'}, {"method", required_argument, NULL, 'M'},
        {"openal-up-to", required_argument, NULL, 'o'}, {"limiter", no_argument, NULL, 'l'},
        {"repetitions", required_argument, NULL, 'r'}, {"slice", required_argument, NULL, 'S'},
        {"quick", no_argument, NULL, 'q'},             {"json", no_argument, NULL, 'j'},
        {"csv", no_argument, NULL, 'C'},               {"picture", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},              {NULL, 0, NULL, 0}};
    bench_peers_options o = {.counts = {1, 4, 16, 64, 256, 1024, 4096, 10000, 16384, 65536},
                             .count_count = 10,
                             .blocks = {64, 256, 1024},
                             .block_count = 3,
                             .repetitions = 7,
                             .openal_up_to = 16384,
                             .slice_s = 0.06,
                             .still = true,
                             .moving = true};
    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) set_option(&o, option);
    if (optind < argc) stop("options only");
    return o;
}
