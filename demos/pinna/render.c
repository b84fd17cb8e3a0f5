/* SPDX-License-Identifier: MIT */
#include "audio_output.h"
#include "cli.h"
#include "commands.h"
#include "headphones.h"
#include "meter.h"
#include "offline.h"
#include "output_file.h"
#include "picture.h"
#include "progress.h"
#include "setup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Input sampled lower than this is rendered at the usual rate: the HRTF has more to say than the file could carry. */
enum { LOWEST_OWN_RATE_HZ = 32000, HIGHEST_RATE_HZ = 192000, USUAL_RATE_HZ = 48000 };

typedef struct options {
    const char *output, *sofa, *preset, *layout, *path, *scene, *head, *picture, *headphone_eq;
    double azimuth_deg, elevation_deg, distance_m, gain_db;
    uint32_t rate_hz, block_frames, hrir_length, ramp_frames, channel;
    uint32_t method, sample_format;
    bool limiter, near_field, quiet;
} options;

/* One render from beginning to end: what is made on the way and freed at its end, whatever happens. */
typedef struct job {
    options options;
    pinna_scene scene;
    pinna_feed** feeds;
    uint32_t rate_hz;
    pinna_hrtf* hrtf;
    pinna_offline* offline;
    pinna_audio_output* output;
    pinna_meter* meter;
    pinna_picture* picture;
    uint64_t frames_done;
    pinna_report report;
} job;

static const char* const sample_formats[] = {
    [PINNA_SAMPLE_PCM16] = "pcm16", [PINNA_SAMPLE_PCM24] = "pcm24", [PINNA_SAMPLE_FLOAT32] = "float32", NULL};

static const char notes[] =
    "CSV files begin with a line that names their columns (any order; others are ignored):\n"
    "  --path   t_s,azimuth_deg,elevation_deg,distance_m   +90 is left, +90 is above, 0 to 180 goes over the top\n"
    "  --head   t_s,yaw_deg,pitch_deg,roll_deg             + is left, up, right ear down\n"
    "Between rows the numbers change evenly (0 to 720 is two turns); two rows at one time are a jump.\n\n"
    "Frame n of the output belongs to frame n of the input: nothing is delayed. The output is longer than the input\n"
    "by the response of the HRTF: its taps, its longest delay, and 64 frames.";

static int parse(options* o, int argc, char** argv, int* first_operand)
{
    const pinna_cli_option table[] = {
        {"output", 'o', PINNA_CLI_TEXT, &o->output, "FILE", "where to write, .wav or .flac; required", 0, 0, NULL},
        {"sofa", 0, PINNA_CLI_TEXT, &o->sofa, "FILE", "the HRTF set; default: MIT KEMAR as installed", 0, 0, NULL},
        {"preset", 0, PINNA_CLI_TEXT, &o->preset, "NAME", "flat (the default): the measured HRTF and nothing else", 0,
         0, NULL},
        {"azimuth", 0, PINNA_CLI_NUMBER, &o->azimuth_deg, "DEG", "one fixed source: 0 front, 90 left; default 0", -360,
         360, NULL},
        {"elevation", 0, PINNA_CLI_NUMBER, &o->elevation_deg, "DEG",
         "-90 below, 90 above; beyond is over the top; default 0", -360, 360, NULL},
        {"distance", 0, PINNA_CLI_NUMBER, &o->distance_m, "M", "metres; default 1, where the level is the input's",
         0.001, 1e5, NULL},
        {"path", 0, PINNA_CLI_TEXT, &o->path, "FILE.csv", "one moving source", 0, 0, NULL},
        {"scene", 0, PINNA_CLI_TEXT, &o->scene, "FILE.json", "many sources, as the scene file says", 0, 0, NULL},
        {"head", 0, PINNA_CLI_TEXT, &o->head, "FILE.csv", "how the head turns", 0, 0, NULL},
        {"layout", 0, PINNA_CLI_TEXT, &o->layout, "NAME", "beds: not in this version", 0, 0, NULL},
        {"channel", 0, PINNA_CLI_COUNT, &o->channel, "N", "take this channel of INPUT; default: the mean of all", 1,
         1024, NULL},
        {"gain-db", 0, PINNA_CLI_NUMBER, &o->gain_db, "DB", "louder or softer; default 0", -200, 60, NULL},
        {"rate", 0, PINNA_CLI_COUNT, &o->rate_hz, "HZ",
         "of the output; default: the input's (48000 below 32000; scenes: 48000)", 8000, HIGHEST_RATE_HZ, NULL},
        {"sample-format", 0, PINNA_CLI_CHOICE, &o->sample_format, "NAME", "default pcm24", 0, 0, sample_formats},
        {"limiter", 0, PINNA_CLI_FLAG, &o->limiter, NULL,
         "hold peaks at 0 dBFS; default: the level is kept, clipping is told", 0, 0, NULL},
        {"near-field", 0, PINNA_CLI_FLAG, &o->near_field, NULL, "what nearness does to each ear, within a metre", 0, 0,
         NULL},
        {"headphone-eq", 0, PINNA_CLI_TEXT, &o->headphone_eq, "FILE",
         "equalise for these headphones: a file of AutoEq or Equalizer APO", 0, 0, NULL},
        {"hrir-length", 0, PINNA_CLI_COUNT, &o->hrir_length, "TAPS", "default 256 at 48 kHz", 16, 8192, NULL},
        {"method", 0, PINNA_CLI_CHOICE, &o->method, "NAME", "how sources are convolved; default auto", 0, 0,
         pinna_setup_methods},
        {"block", 0, PINNA_CLI_COUNT, &o->block_frames, "N", "frames per call of the renderer; changes nothing to hear",
         1, PINNA_RENDERER_MAX_BLOCK_FRAMES, NULL},
        {"ramp", 0, PINNA_CLI_COUNT, &o->ramp_frames, "N", "frames between updates of what moves; default 8", 1, 1024,
         NULL},
        {"picture", 0, PINNA_CLI_TEXT, &o->picture, "FILE.png", "draw ITD and level over time", 0, 0, NULL},
        {"quiet", 'q', PINNA_CLI_FLAG, &o->quiet, NULL, "say nothing but errors", 0, 0, NULL},
    };
    const pinna_cli_command command = {
        "render",
        "INPUT -o OUTPUT [options]\n       pinna render --scene SCENE.json -o OUTPUT [options]",
        "Places sound around the head and writes a stereo file for headphones. INPUT is WAV, FLAC or OGG at any rate.",
        table,
        sizeof table / sizeof table[0],
        notes};
    return pinna_cli_parse(&command, argc, argv, first_operand);
}

static bool places_one_source(const options* o)
{
    return !isnan(o->azimuth_deg) || !isnan(o->elevation_deg) || !isnan(o->distance_m);
}

static int check_usage(const options* o, int input_count)
{
    if (o->layout)
        return pinna_cli_usage_error("--layout: beds are not in this version; place channels with --channel");
    if (!o->scene && !input_count) return pinna_cli_usage_error("give an INPUT, or a --scene");
    if (o->scene && input_count) return pinna_cli_usage_error("give an INPUT or a --scene, not both");
    if (input_count > 1)
        return pinna_cli_usage_error("%d inputs given; several sources go into a --scene", input_count);
    if (!o->output) return pinna_cli_usage_error("where to? Give -o OUTPUT");
    if (o->path && places_one_source(o))
        return pinna_cli_usage_error("--path says where the source is; --azimuth, --elevation and --distance do too");
    if (o->scene && (o->path || places_one_source(o) || o->channel))
        return pinna_cli_usage_error("the --scene says where its sources are; --path, --azimuth, --elevation, "
                                     "--distance and --channel are for a single INPUT");
    return pinna_setup_check_preset_option(o->preset);
}

static double given_or(double value, double fallback)
{
    return isnan(value) ? fallback : value;
}

/* One file on the command line is a scene of one source. */
static pinna_status make_single_scene(job* j, const char* input)
{
    const options* o = &j->options;
    j->scene.duration_s = INFINITY;
    j->scene.sources = calloc(1, sizeof *j->scene.sources);
    if (!j->scene.sources) return PINNA_ERROR_MEMORY;
    j->scene.source_count = 1;
    pinna_scene_source* source = j->scene.sources;
    source->file = strdup(input);
    source->channel = o->channel;
    source->end_s = INFINITY;
    if (!source->file) return PINNA_ERROR_MEMORY;
    if (o->path) return pinna_path_load(o->path, PINNA_PATH_SOURCE, &j->report, &source->path);
    pinna_path_point point = {0,
                              {given_or(o->azimuth_deg, 0), given_or(o->elevation_deg, 0), given_or(o->distance_m, 1)}};
    size_t bad = 0;
    return pinna_path_create(PINNA_PATH_SOURCE, &point, 1, &bad, &source->path);
}

/* What the command line says goes before what the scene says. */
static pinna_status read_scene(job* j, const char* input)
{
    const options* o = &j->options;
    pinna_status status = o->scene ? pinna_scene_load(o->scene, &j->report, &j->scene) : make_single_scene(j, input);
    if (!status) status = pinna_setup_check_preset(o->preset ? o->preset : j->scene.preset, &j->report);
    if (status || !o->head) return status;
    pinna_path_destroy(j->scene.head);
    j->scene.head = NULL;
    return pinna_path_load(o->head, PINNA_PATH_HEAD, &j->report, &j->scene.head);
}

static pinna_status refuse_same(job* j, const char* output, const char* input)
{
    if (!output || !input || !pinna_output_file_same(output, input)) return PINNA_OK;
    pinna_report_add(&j->report, PINNA_SEVERITY_ERROR, "same-file", "%s: is an input; choose another output", output);
    return PINNA_ERROR_FILE;
}

static pinna_status protect_inputs(job* j)
{
    const options* o = &j->options;
    const char* inputs[] = {o->sofa, j->scene.sofa, o->path, o->head, j->scene.head_file, o->scene, o->headphone_eq};
    const char* outputs[] = {o->output, o->picture};
    pinna_status status = PINNA_OK;
    for (size_t out = 0; out < 2 && !status; out++) {
        for (size_t i = 0; i < sizeof inputs / sizeof inputs[0] && !status; i++)
            status = refuse_same(j, outputs[out], inputs[i]);
        for (size_t i = 0; i < j->scene.source_count && !status; i++)
            status = refuse_same(j, outputs[out], j->scene.sources[i].file);
    }
    if (!status && o->picture && !strcmp(o->output, o->picture)) {
        pinna_report_add(&j->report, PINNA_SEVERITY_ERROR, "same-file", "%s: is both --output and --picture",
                         o->output);
        status = PINNA_ERROR_FILE;
    }
    return status;
}

static pinna_status open_feeds(job* j)
{
    j->feeds = calloc(j->scene.source_count, sizeof(pinna_feed*));
    if (!j->feeds) return PINNA_ERROR_MEMORY;
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < j->scene.source_count && !status; i++)
        status = pinna_feed_open(&j->scene.sources[i], &j->report, &j->feeds[i]);
    return status;
}

static uint32_t choose_rate(const job* j)
{
    if (j->options.rate_hz) return j->options.rate_hz;
    if (j->scene.sample_rate_hz) return j->scene.sample_rate_hz;
    if (j->options.scene) return USUAL_RATE_HZ;
    uint32_t own = pinna_feed_file_rate_hz(j->feeds[0]);
    return own >= LOWEST_OWN_RATE_HZ && own <= HIGHEST_RATE_HZ ? own : USUAL_RATE_HZ;
}

static pinna_status start_feeds(job* j)
{
    double gain_db = j->options.gain_db + j->scene.gain_db;
    pinna_status status = PINNA_OK;
    j->rate_hz = choose_rate(j);
    for (size_t i = 0; i < j->scene.source_count && !status; i++)
        status = pinna_feed_start(j->feeds[i], j->rate_hz, gain_db, j->scene.duration_s, &j->report);
    return status;
}

static pinna_status create_offline(job* j)
{
    const options* o = &j->options;
    pinna_status status =
        pinna_setup_load_hrtf(o->sofa ? o->sofa : j->scene.sofa, j->rate_hz, o->hrir_length, &j->report, &j->hrtf);
    if (status) return status;
    pinna_offline_config config = {
        .scene = &j->scene,
        .feeds = j->feeds,
        .hrtf = j->hrtf,
        .sample_rate_hz = j->rate_hz,
        .block_frames = o->block_frames,
        .ramp_frames = o->ramp_frames,
        .tail_frames = pinna_setup_tail_frames(j->hrtf),
        .method = (pinna_method)o->method,
        .limiter = o->limiter,
                                   .near_field = o->near_field,
    };
    status = pinna_offline_create(&config, &j->offline);
    return status ? status : pinna_headphones_equalize(pinna_offline_renderer(j->offline), o->headphone_eq, &j->report);
}

static pinna_status create_outputs(job* j)
{
    const options* o = &j->options;
    pinna_audio_output_config config = {o->output, j->rate_hz, (pinna_sample_format)o->sample_format,
                                        pinna_offline_frame_count(j->offline)};
    pinna_status status = pinna_audio_output_create(&config, &j->report, &j->output);
    if (!status) status = pinna_meter_create(j->rate_hz, &j->meter);
    if (!status && o->picture)
        status = pinna_picture_create(o->picture, j->rate_hz, &j->scene, &j->report, &j->picture);
    return status;
}

static pinna_status run(job* j)
{
    pinna_progress progress = pinna_progress_start(pinna_offline_frame_count(j->offline), j->rate_hz, j->options.quiet);
    const float *left, *right;
    bool written = true;
    for (size_t count; written && (count = pinna_offline_next(j->offline, &left, &right)) > 0;) {
        written = pinna_audio_output_write(j->output, left, right, count);
        pinna_meter_write(j->meter, left, right, count);
        if (j->picture) pinna_picture_write(j->picture, left, right, count);
        j->frames_done += count;
        pinna_progress_update(&progress, j->frames_done);
    }
    pinna_progress_end(&progress);
    for (size_t i = 0; i < j->scene.source_count; i++)
        pinna_feed_remarks(j->feeds[i], &j->report);
    return PINNA_OK;
}

static void print_level(const char* what, double value, const char* unit)
{
    if (isfinite(value))
        printf(", %s %.1f %s", what, value, unit);
    else
        printf(", %s none", what);
}

static void note_clipping(job* j, uint64_t clipped, double peak_dbfs)
{
    if (clipped)
        pinna_report_add(&j->report, PINNA_SEVERITY_WARNING, "clipped",
                         "%llu samples above full scale were clipped; --gain-db %.1f, --limiter or --sample-format "
                         "float32 avoids that",
                         (unsigned long long)clipped, floor(10 * (j->options.gain_db - peak_dbfs)) / 10);
}

static pinna_status finish(job* j)
{
    uint64_t clipped = pinna_audio_output_clipped_count(j->output);
    pinna_meter_reading reading = pinna_meter_read(j->meter);
    pinna_status status = pinna_audio_output_commit(j->output, &j->report);
    j->output = NULL;
    if (!status && j->picture) {
        status = pinna_picture_commit(j->picture, &j->report);
        j->picture = NULL;
    }
    if (status || j->options.quiet) return status;
    printf("%s: %.2f s, %u Hz, %s", j->options.output, (double)j->frames_done / j->rate_hz, j->rate_hz,
           sample_formats[j->options.sample_format]);
    print_level("peak", reading.peak_dbfs, "dBFS");
    print_level("loudness", reading.loudness_lufs, "LUFS");
    printf(", clipped %llu\n", (unsigned long long)clipped);
    note_clipping(j, clipped, reading.peak_dbfs);
    return status;
}

static void release(job* j)
{
    pinna_audio_output_discard(j->output);
    pinna_picture_discard(j->picture);
    pinna_meter_destroy(j->meter);
    pinna_offline_destroy(j->offline);
    pinna_hrtf_release(j->hrtf);
    for (size_t i = 0; j->feeds && i < j->scene.source_count; i++)
        pinna_feed_close(j->feeds[i]);
    free(j->feeds);
    pinna_scene_release(&j->scene);
}

static int run_job(job* j, const char* input)
{
    pinna_status status = read_scene(j, input);
    if (!status) status = protect_inputs(j);
    if (!status) status = open_feeds(j);
    if (!status) status = start_feeds(j);
    if (!status) status = create_offline(j);
    if (!status) status = create_outputs(j);
    if (!status) status = run(j);
    if (!status) status = finish(j);
    int code = pinna_cli_finish(status, &j->report, j->options.quiet);
    release(j);
    return code;
}

int pinna_command_render(int argc, char** argv)
{
    static job j; /* static: a report is large for a stack */
    j.options = (options){.azimuth_deg = NAN,
                          .elevation_deg = NAN,
                          .distance_m = NAN,
                          .block_frames = 1024,
                          .ramp_frames = 8,
                          .sample_format = PINNA_SAMPLE_PCM24};
    int first = argc;
    int code = parse(&j.options, argc, argv, &first);
    if (code == PINNA_CLI_GO_ON) code = check_usage(&j.options, argc - first);
    return code == PINNA_CLI_GO_ON ? run_job(&j, argv[first]) : code;
}
