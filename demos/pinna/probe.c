/* SPDX-License-Identifier: MIT */
#include "audio_output.h"
#include "cli.h"
#include "commands.h"
#include "csv.h"
#include "headphones.h"
#include "output_file.h"
#include "progress.h"
#include "setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parameters are taken up on this grid; the impulse stands on a grid point. */
enum { BLOCK_FRAMES = 512, RAMP_FRAMES = 32, AZIMUTH = 0, ELEVATION, DISTANCE, COLUMN_COUNT };

typedef struct options {
    const char *output, *directions, *sofa, *preset, *headphone_eq;
    uint32_t rate_hz, length_frames, hrir_length, method;
    bool quiet, near_field;
    pinna_cli_list sets;
} options;

typedef struct job {
    options options;
    pinna_csv_table directions;
    pinna_preset preset;
    pinna_hrtf* hrtf;
    pinna_renderer* renderer;
    pinna_source source;
    pinna_audio_output* output;
    uint32_t settle_frames; /* silence after which nothing is left of an earlier response; a multiple of the grid */
    pinna_report report;
} job;

static int parse(options* o, int argc, char** argv, int* first_operand)
{
    const pinna_cli_option table[] = {
        {"directions", 0, PINNA_CLI_TEXT, &o->directions, "FILE.csv",
         "azimuth_deg,elevation_deg[,distance_m]; required", 0, 0, NULL},
        {"output", 'o', PINNA_CLI_TEXT, &o->output, "FILE.wav",
         "32-bit float stereo, the responses end to end; required", 0, 0, NULL},
        {"length", 0, PINNA_CLI_COUNT, &o->length_frames, "N", "frames of each response; required", 1, 1 << 20, NULL},
        {"sofa", 0, PINNA_CLI_TEXT, &o->sofa, "FILE", "the HRTF set; default: MIT KEMAR as installed", 0, 0, NULL},
        {"preset", 0, PINNA_CLI_TEXT, &o->preset, "NAME", pinna_setup_preset_help, 0, 0, NULL},
        {"set", 0, PINNA_CLI_LIST, &o->sets, "NAME=VALUE", pinna_setup_set_help, 0, 0, NULL},
        {"rate", 0, PINNA_CLI_COUNT, &o->rate_hz, "HZ", "default 48000", 8000, 192000, NULL},
        {"headphone-eq", 0, PINNA_CLI_TEXT, &o->headphone_eq, "FILE",
         "equalise for these headphones: a file of AutoEq or Equalizer APO", 0, 0, NULL},
        {"hrir-length", 0, PINNA_CLI_COUNT, &o->hrir_length, "TAPS", "default 256 at 48 kHz", 16, 8192, NULL},
        {"method", 0, PINNA_CLI_CHOICE, &o->method, "NAME", "default auto", 0, 0, pinna_setup_methods},
        {"near-field", 0, PINNA_CLI_FLAG, &o->near_field, NULL, "what nearness does to each ear, within a metre", 0, 0,
         NULL},
        {"quiet", 'q', PINNA_CLI_FLAG, &o->quiet, NULL, "say nothing but errors", 0, 0, NULL},
    };
    const pinna_cli_command command = {
        "probe",
        "--directions DIRS.csv -o OUT.wav --length N [options]",
        "Sends an impulse of 1 from each direction through the real renderer, without its limiter.\n"
        "Directions are seen from the head; the impulse is each response's first frame.",
        table,
        sizeof table / sizeof table[0],
        NULL};
    return pinna_cli_parse(&command, argc, argv, first_operand);
}

static int check_usage(const options* o, int operand_count)
{
    if (operand_count) return pinna_cli_usage_error("probe takes options only");
    if (!o->directions) return pinna_cli_usage_error("which directions? Give --directions DIRS.csv");
    if (!o->output) return pinna_cli_usage_error("where to? Give -o OUT.wav");
    if (!o->length_frames) return pinna_cli_usage_error("how long is each response? Give --length N");
    return pinna_setup_check_set_options(o->preset, &o->sets);
}

static pinna_status read_directions(job* j)
{
    static const pinna_csv_column columns[COLUMN_COUNT] = {
        [AZIMUTH] = {"azimuth_deg", -1e6, 1e6, false, 0},
        [ELEVATION] = {"elevation_deg", -360, 360, false, 0},
        [DISTANCE] = {"distance_m", 0.001, 1e5, true, 1},
    };
    const options* o = &j->options;
    const char* inputs[] = {o->directions, o->sofa, o->headphone_eq};
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        if (!inputs[i] || !pinna_output_file_same(o->output, inputs[i])) continue;
        pinna_report_add(&j->report, PINNA_SEVERITY_ERROR, "same-file", "%s: is an input; choose another output",
                         o->output);
        return PINNA_ERROR_FILE;
    }
    return pinna_csv_read(o->directions, columns, COLUMN_COUNT, &j->report, &j->directions);
}

static pinna_status create_renderer(job* j)
{
    pinna_renderer_config config = pinna_setup_single_source(j->hrtf, j->options.rate_hz, BLOCK_FRAMES);
    config.ramp_frames = RAMP_FRAMES;
    config.method = (pinna_method)j->options.method;
    pinna_status status = pinna_renderer_create(&config, &j->renderer);
    if (!status) status = pinna_source_create(j->renderer, &j->source);
    if (!status) status = pinna_renderer_set_preset(j->renderer, &j->preset, NULL);
    if (!status) status = pinna_headphones_equalize(j->renderer, j->options.headphone_eq, &j->report);
    /* Twice the decay: what is left of one response in the next is 120 dB down. */
    uint32_t tail = 2 * pinna_setup_tail_frames_for(j->hrtf, &j->preset);
    j->settle_frames = (tail + RAMP_FRAMES - 1) / RAMP_FRAMES * RAMP_FRAMES;
    return status;
}

/* Renders frame_count frames in blocks; the first holds the impulse if there is one. */
static bool process(job* j, bool impulse, uint32_t frame_count, bool keep)
{
    float input[BLOCK_FRAMES] = {0}, left[BLOCK_FRAMES], right[BLOCK_FRAMES];
    bool written = true;
    input[0] = impulse ? 1.0f : 0.0f;
    for (uint32_t done = 0; done < frame_count && written;) {
        uint32_t count = frame_count - done < BLOCK_FRAMES ? frame_count - done : BLOCK_FRAMES;
        pinna_input one = {j->source, input};
        pinna_renderer_process(j->renderer, &one, 1, left, right, count);
        if (keep) written = pinna_audio_output_write(j->output, left, right, count);
        input[0] = 0.0f;
        done += count;
    }
    return written;
}

/* The source jumps, silence flushes what it said elsewhere, and then it speaks. What follows the kept frames brings the
   renderer back onto its grid. */
static bool probe_direction(job* j, const double* row)
{
    pinna_source_params params = pinna_source_params_default();
    pinna_vec3 direction = pinna_direction_from_spherical((float)row[AZIMUTH], (float)row[ELEVATION]);
    params.position = pinna_vec3_scale(direction, (float)row[DISTANCE]);
    params.head_relative = true;
    params.near_field = j->options.near_field;
    params.snap = true;
    (void)pinna_source_set_params(j->renderer, j->source, &params); /* in range, as the table was checked */
    uint32_t length = j->options.length_frames;
    uint32_t to_grid = (RAMP_FRAMES - length % RAMP_FRAMES) % RAMP_FRAMES;
    return process(j, false, j->settle_frames, false) && process(j, true, length, true) &&
           process(j, false, to_grid, false);
}

static pinna_status run(job* j)
{
    const options* o = &j->options;
    uint64_t total = (uint64_t)j->directions.row_count * o->length_frames;
    pinna_audio_output_config config = {o->output, o->rate_hz, PINNA_SAMPLE_FLOAT32, total, NULL};
    pinna_status status = pinna_audio_output_create(&config, &j->report, &j->output);
    if (status) return status;
    pinna_progress progress = pinna_progress_start(total, o->rate_hz, o->quiet);
    bool written = true;
    for (size_t i = 0; i < j->directions.row_count && written; i++) {
        written = probe_direction(j, j->directions.values + i * COLUMN_COUNT);
        pinna_progress_update(&progress, (uint64_t)(i + 1) * o->length_frames);
    }
    pinna_progress_end(&progress);
    status = pinna_audio_output_commit(j->output, &j->report); /* reports what kept it from being written */
    j->output = NULL;
    if (!status && !o->quiet)
        printf("%s: %zu responses of %u frames, %u Hz\n", o->output, j->directions.row_count, o->length_frames,
               o->rate_hz);
    return status;
}

static int run_job(job* j)
{
    const options* o = &j->options;
    pinna_status status = read_directions(j);
    if (!status) status = pinna_setup_choose_preset(o->preset, NULL, &o->sets, &j->report, &j->preset);
    if (!status)
        status = pinna_setup_load_hrtf_for(&j->preset, o->sofa, o->rate_hz, o->hrir_length, &j->report, &j->hrtf);
    if (!status) status = create_renderer(j);
    if (!status) status = run(j);
    int code = pinna_cli_finish(status, &j->report, o->quiet);
    pinna_audio_output_discard(j->output);
    pinna_renderer_destroy(j->renderer);
    pinna_hrtf_release(j->hrtf);
    pinna_csv_release(&j->directions);
    return code;
}

int pinna_command_probe(int argc, char** argv)
{
    static job j; /* static: a report is large for a stack */
    j.options = (options){.rate_hz = 48000};
    int first = argc;
    int code = parse(&j.options, argc, argv, &first);
    if (code == PINNA_CLI_GO_ON) code = check_usage(&j.options, argc - first);
    return code == PINNA_CLI_GO_ON ? run_job(&j) : code;
}
