/* SPDX-License-Identifier: MIT */
#include "job.h"
#include "adm.h"
#include "audio_input.h"
#include "bed.h"
#include "headphones.h"
#include "job_facts.h"
#include "meter.h"
#include "offline.h"
#include "output_file.h"
#include "picture.h"
#include "progress.h"
#include "setup.h"
#include "spool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Input sampled lower than this is rendered at the usual rate: the HRTF has more to say than the file could carry. */
enum { LOWEST_OWN_RATE_HZ = 32000, HIGHEST_RATE_HZ = 192000, USUAL_RATE_HZ = 48000 };

/* Files are read in pieces of this many frames, whatever the renderer's blocks. */
enum { READ_FRAMES = 1024 };

/* Rendered before --from and thrown away, so that what sounded before is heard dying away. */
#define RUN_UP_S 1.0

/* What is made on the way and freed at its end, whatever happens. */
typedef struct job {
    const pinna_job_options* options;
    const char *input, *output_path, *stamp;
    pinna_scene scene;
    pinna_feed** feeds;
    uint32_t rate_hz;
    pinna_preset preset;
    pinna_hrtf* hrtf;
    pinna_brir* brir; /* NULL: loudspeakers stand in no measured room */
    pinna_offline* offline;
    pinna_spool* spool; /* NULL: one pass */
    pinna_audio_output* output;
    pinna_meter* meter;
    pinna_picture* picture;
    uint64_t first_frame, last_frame; /* of the scene; last is UINT64_MAX where it is its end */
    pinna_job_facts facts;
    pinna_report report;
} job;

const char* const pinna_job_sample_formats[] = {
    [PINNA_SAMPLE_PCM16] = "pcm16", [PINNA_SAMPLE_PCM24] = "pcm24", [PINNA_SAMPLE_FLOAT32] = "float32", NULL};

pinna_job_options pinna_job_options_default(void)
{
    return (pinna_job_options){.azimuth_deg = NAN,
                               .elevation_deg = NAN,
                               .distance_m = NAN,
                               .to_s = INFINITY,
                               .loudness_lufs = NAN,
                               .true_peak_dbtp = NAN,
                               .block_frames = 1024,
                               .sample_format = PINNA_SAMPLE_PCM24};
}

bool pinna_job_places_one_source(const pinna_job_options* o)
{
    return !isnan(o->azimuth_deg) || !isnan(o->elevation_deg) || !isnan(o->distance_m) || o->path || o->channel;
}

bool pinna_job_asks_of_adm(const pinna_job_options* o)
{
    return o->programme || o->importance || o->cube;
}

/* --- what is rendered --------------------------------------------------------------------------------------------- */

static double given_or(double value, double fallback)
{
    return isnan(value) ? fallback : value;
}

/* One file on the command line is a scene of one source. */
static pinna_status make_single_scene(job* j)
{
    const pinna_job_options* o = j->options;
    pinna_scene_source* source = pinna_scene_add_sources(&j->scene, 1);
    if (!source) return PINNA_ERROR_MEMORY;
    source->file = strdup(j->input);
    source->channel = o->channel;
    if (!source->file) return PINNA_ERROR_MEMORY;
    if (o->path) return pinna_path_load(o->path, PINNA_PATH_SOURCE, &j->report, &source->path);
    pinna_path_point point = {0,
                              {given_or(o->azimuth_deg, 0), given_or(o->elevation_deg, 0), given_or(o->distance_m, 1)}};
    size_t bad = 0;
    return pinna_path_create(PINNA_PATH_SOURCE, &point, 1, &bad, &source->path);
}

static pinna_status make_bed(job* j)
{
    pinna_bed_config config = pinna_bed_config_default(j->input);
    config.layout = j->options->layout;
    config.order = (pinna_channel_order)j->options->channel_order;
    config.lfe_db = j->options->lfe_db;
    config.format = (pinna_ambisonics_format)j->options->ambisonic_format;
    config.max_re = j->options->max_re;
    return pinna_bed_add(&config, &j->report, &j->scene);
}

static pinna_status make_adm(job* j)
{
    const pinna_job_options* o = j->options;
    pinna_adm_config config = pinna_adm_config_default(j->input);
    config.programme = o->programme;
    config.importance = o->importance;
    config.cube = (pinna_cube)o->cube;
    config.lfe_db = o->lfe_db;
    return pinna_adm_add(&config, &j->report, &j->scene);
}

/* Whoever takes the tracks of an ADM file as plain channels learns what is then not heard. */
static void tell_of_adm(job* j)
{
    const pinna_job_options* o = j->options;
    const char* with = o->layout ? "--layout" : o->brir ? "--brir" : "--channel or a place";
    if (!pinna_adm_is(j->input)) return;
    pinna_report_add(
        &j->report, o->brir ? PINNA_SEVERITY_WARNING : PINNA_SEVERITY_NOTE, "adm-not-heard",
        "%s: an ADM file: with %s its tracks are plain channels; without, its objects, sound fields, gains "
        "and times are heard",
        j->input, with);
}

/* What the options say a file is goes before its ADM; a file of several channels of which nothing is said is a bed. */
static pinna_status make_scene(job* j)
{
    pinna_audio_input_info info = {0};
    bool bed = j->options->layout || j->options->brir, single = pinna_job_places_one_source(j->options);
    j->scene.duration_s = INFINITY;
    if (bed || single) tell_of_adm(j);
    if (bed) return make_bed(j);
    if (single) return make_single_scene(j);
    pinna_status status = pinna_adm_is(j->input) ? make_adm(j) : PINNA_ERROR_UNSUPPORTED;
    if (status != PINNA_ERROR_UNSUPPORTED) return status;
    if (pinna_job_asks_of_adm(j->options))
        pinna_report_add(&j->report, PINNA_SEVERITY_WARNING, "no-adm",
                         "%s: not an ADM file: --programme, --importance and --cartesian change nothing", j->input);
    status = pinna_audio_input_inspect(j->input, &j->report, &info);
    if (status) return status;
    return info.channel_count > 1 ? make_bed(j) : make_single_scene(j);
}

/* What the command line says goes before what the scene says. */
static pinna_status read_scene(job* j)
{
    const pinna_job_options* o = j->options;
    pinna_status status = o->scene ? pinna_scene_load(o->scene, &j->report, &j->scene) : make_scene(j);
    if (!status) status = pinna_setup_choose_preset(o->preset, &j->scene, &o->sets, &j->report, &j->preset);
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

static pinna_status refuse_twins(job* j, const char* const* outputs, size_t count)
{
    static const char* const names[] = {"--output", "--picture", "--report"};
    for (size_t a = 0; a < count; a++)
        for (size_t b = a + 1; b < count; b++) {
            if (!outputs[a] || !outputs[b] || strcmp(outputs[a], outputs[b])) continue;
            pinna_report_add(&j->report, PINNA_SEVERITY_ERROR, "same-file", "%s: is both %s and %s", outputs[a],
                             names[a], names[b]);
            return PINNA_ERROR_FILE;
        }
    return PINNA_OK;
}

static pinna_status protect_inputs(job* j)
{
    const pinna_job_options* o = j->options;
    const char* inputs[] = {o->sofa, o->brir, j->scene.sofa, o->path, o->head, j->scene.head_file, o->scene,
                            o->headphone_eq, j->scene.headphone_eq, j->scene.brir};
    const char* outputs[] = {j->output_path, o->picture, o->report};
    enum { OUTPUT_COUNT = sizeof outputs / sizeof outputs[0] };
    pinna_status status = refuse_twins(j, outputs, OUTPUT_COUNT);
    for (size_t out = 0; out < OUTPUT_COUNT && !status; out++) {
        for (size_t i = 0; i < sizeof inputs / sizeof inputs[0] && !status; i++)
            status = refuse_same(j, outputs[out], inputs[i]);
        for (size_t i = 0; i < j->scene.source_count && !status; i++)
            status = refuse_same(j, outputs[out], j->scene.sources[i].file);
    }
    return status;
}

/* --- what renders it ---------------------------------------------------------------------------------------------- */

static pinna_status open_feeds(job* j)
{
    j->feeds = calloc(j->scene.source_count, sizeof(pinna_feed*));
    return j->feeds ? pinna_feed_open_all(&j->scene, &j->report, j->feeds) : PINNA_ERROR_MEMORY;
}

static uint32_t choose_rate(const job* j)
{
    if (j->options->rate_hz) return j->options->rate_hz;
    if (j->scene.sample_rate_hz) return j->scene.sample_rate_hz;
    if (j->options->scene) return USUAL_RATE_HZ;
    uint32_t own = pinna_feed_file_rate_hz(j->feeds[0]);
    return own >= LOWEST_OWN_RATE_HZ && own <= HIGHEST_RATE_HZ ? own : USUAL_RATE_HZ;
}

static pinna_status start_feeds(job* j)
{
    const pinna_job_options* o = j->options;
    double gain_db = o->gain_db + j->scene.gain_db;
    pinna_status status = PINNA_OK;
    j->rate_hz = choose_rate(j);
    for (size_t i = 0; i < j->scene.source_count && !status; i++)
        status = pinna_feed_start(j->feeds[i], j->rate_hz, gain_db, j->scene.duration_s, &j->report);
    j->first_frame = (uint64_t)llround(o->from_s * j->rate_hz);
    j->last_frame = isinf(o->to_s) ? UINT64_MAX : (uint64_t)llround(o->to_s * j->rate_hz);
    return status;
}

static pinna_status check_stretch(job* j)
{
    uint64_t total = pinna_offline_frame_count(j->offline);
    if (total == PINNA_FEED_UNKNOWN || j->first_frame < total) return PINNA_OK;
    pinna_report_add(&j->report, PINNA_SEVERITY_ERROR, "from", "--from %g: there are only %.2f s", j->options->from_s,
                     (double)total / j->rate_hz);
    return PINNA_ERROR_ARGUMENT;
}

static const char* brir_of(const job* j)
{
    return j->options->brir ? j->options->brir : j->scene.brir;
}

static pinna_status load_room(job* j)
{
    const char* path = brir_of(j);
    if (!path) return PINNA_OK;
    pinna_status status = pinna_brir_load(path, j->rate_hz, &j->report, &j->brir);
    if (!status) status = pinna_brir_furnish(j->brir, &j->report, &j->scene);
    if (status) return status;
    uint32_t heads = pinna_brir_head_count(j->brir);
    pinna_report_add(&j->report, PINNA_SEVERITY_NOTE, "measured-room",
                     "%s: %u loudspeaker(s) heard for %.2f s, %u orientation(s) of the head%s%s", path,
                     pinna_brir_speaker_count(j->brir), (double)pinna_brir_tap_count(j->brir) / j->rate_hz, heads,
                     heads == 1 && j->scene.head ? "; so the room turns with the head" : "",
                     j->preset.room.on ? "; the preset's room is for the other sources alone" : "");
    return PINNA_OK;
}

static uint32_t tail_frames(const job* j)
{
    uint32_t tail = pinna_setup_tail_frames_for(j->hrtf, &j->preset);
    uint32_t room = j->brir ? pinna_brir_tap_count(j->brir) : 0;
    return room > tail ? room : tail;
}

/* Nobody hears it where loudspeakers stand in a measured room: what is odd about it is of no account then. */
static pinna_status load_head(job* j)
{
    static pinna_report unheard;
    const pinna_job_options* o = j->options;
    pinna_report* report = j->brir ? &unheard : &j->report;
    pinna_status status = pinna_setup_load_hrtf_for(&j->preset, o->sofa ? o->sofa : j->scene.sofa, j->rate_hz,
                                                    o->hrir_length, report, &j->hrtf);
    if (status && j->brir)
        pinna_report_add(&j->report, PINNA_SEVERITY_ERROR, "head", "%s", pinna_report_error(&unheard));
    return status;
}

static pinna_status create_offline(job* j)
{
    const pinna_job_options* o = j->options;
    pinna_status status = load_head(j);
    if (status) return status;
    uint64_t run_up = (uint64_t)(RUN_UP_S * j->rate_hz);
    if (run_up < tail_frames(j)) run_up = tail_frames(j);
    pinna_offline_config config = {
        .scene = &j->scene,
        .feeds = j->feeds,
        .hrtf = j->hrtf,
        .sample_rate_hz = j->rate_hz,
        .block_frames = o->block_frames,
        .read_frames = o->block_frames > READ_FRAMES ? o->block_frames : READ_FRAMES,
        .ramp_frames = o->ramp_frames ? o->ramp_frames : pinna_offline_usual_ramp(&j->scene, &j->preset),
        .first_frame = j->first_frame > run_up ? j->first_frame - run_up : 0,
        .tail_frames = tail_frames(j),
        .brir = j->brir,
        .preset = &j->preset,
        .fold = o->method == PINNA_METHOD_AUTO,
        .method = (pinna_method)o->method,
        .limiter = o->limiter,
        .near_field = o->near_field,
    };
    status = pinna_offline_create(&config, &j->offline);
    if (!status) status = check_stretch(j);
    const char* headphone_eq = o->headphone_eq ? o->headphone_eq : j->scene.headphone_eq;
    return status ? status : pinna_headphones_equalize(pinna_offline_renderer(j->offline), headphone_eq, &j->report);
}

static uint64_t frames_to_write(const job* j)
{
    uint64_t total = pinna_offline_frame_count(j->offline);
    uint64_t end = total < j->last_frame ? total : j->last_frame;
    return end == UINT64_MAX ? UINT64_MAX : end - j->first_frame;
}

static bool two_passes(const pinna_job_options* o)
{
    return !isnan(o->loudness_lufs) || !isnan(o->true_peak_dbtp);
}

static pinna_status create_outputs(job* j)
{
    const pinna_job_options* o = j->options;
    pinna_audio_output_config config = {j->output_path, j->rate_hz, (pinna_sample_format)o->sample_format,
                                        frames_to_write(j), j->stamp};
    pinna_status status = pinna_audio_output_create(&config, &j->report, &j->output);
    if (!status) status = pinna_meter_create(j->rate_hz, two_passes(o) || o->report, &j->meter);
    if (!status && two_passes(o)) status = pinna_spool_create(j->output_path, &j->report, &j->spool);
    if (!status && o->picture)
        status = pinna_picture_create(o->picture, j->rate_hz, &j->scene, &j->report, &j->picture);
    return status;
}

/* --- passes ------------------------------------------------------------------------------------------------------- */

static bool write_frames(job* j, const float* left, const float* right, size_t count)
{
    pinna_meter_write(j->meter, left, right, count);
    if (j->picture) pinna_picture_write(j->picture, left, right, count);
    j->facts.frame_count += count;
    return j->spool ? pinna_spool_write(j->spool, left, right, count)
                    : pinna_audio_output_write(j->output, left, right, count);
}

/* The part of these frames, the first of which is the scene's `frame`, that lies between --from and --to. */
static bool write_stretch(job* j, uint64_t frame, const float* left, const float* right, size_t count)
{
    uint64_t end = frame + count;
    uint64_t first = frame > j->first_frame ? frame : j->first_frame, last = end < j->last_frame ? end : j->last_frame;
    if (first >= last) return true;
    return write_frames(j, left + (first - frame), right + (first - frame), (size_t)(last - first));
}

static pinna_status run(job* j)
{
    pinna_progress progress = pinna_progress_start(frames_to_write(j), j->rate_hz, j->options->quiet);
    const float *left, *right;
    bool written = true;
    while (written && pinna_offline_position(j->offline) < j->last_frame) {
        uint64_t frame = pinna_offline_position(j->offline);
        size_t count = pinna_offline_next(j->offline, &left, &right);
        if (!count) break;
        written = write_stretch(j, frame, left, right, count);
        pinna_progress_update(&progress, j->facts.frame_count);
    }
    pinna_progress_end(&progress);
    for (size_t i = 0; i < j->scene.source_count; i++)
        pinna_feed_remarks(j->feeds[i], &j->report);
    return PINNA_OK;
}

/* The gain that brings the loudness to its target, or as near as the peaks allow. */
static double gain_for_target_db(job* j, pinna_meter_reading reading)
{
    const pinna_job_options* o = j->options;
    double gain_db = 0, ceiling_dbtp = given_or(o->true_peak_dbtp, -1);
    if (!isfinite(reading.true_peak_dbtp)) return 0;
    if (!isnan(o->loudness_lufs) && isfinite(reading.loudness_lufs)) gain_db = o->loudness_lufs - reading.loudness_lufs;
    if (reading.true_peak_dbtp + gain_db <= ceiling_dbtp) return gain_db;
    double allowed_db = ceiling_dbtp - reading.true_peak_dbtp;
    if (!isnan(o->loudness_lufs))
        pinna_report_add(&j->report, PINNA_SEVERITY_WARNING, "true-peak",
                         "peaks may reach %.1f dBTP, so the loudness is %.1f LUFS, not %.1f (--true-peak raises the "
                         "ceiling)",
                         ceiling_dbtp, reading.loudness_lufs + allowed_db, o->loudness_lufs);
    return allowed_db;
}

/* The second pass: what was spooled, by one gain. */
static pinna_status scale_spooled(job* j)
{
    static float left[PINNA_SPOOL_READ_FRAMES], right[PINNA_SPOOL_READ_FRAMES];
    j->facts.target_gain_db = gain_for_target_db(j, pinna_meter_read(j->meter));
    float gain = (float)pow(10, j->facts.target_gain_db / 20);
    pinna_meter_destroy(j->meter);
    pinna_status status = pinna_meter_create(j->rate_hz, true, &j->meter);
    bool written = true;
    for (size_t count; !status && written && (count = pinna_spool_read(j->spool, left, right)) > 0;) {
        for (size_t i = 0; i < count; i++) {
            left[i] *= gain;
            right[i] *= gain;
        }
        pinna_meter_write(j->meter, left, right, count);
        written = pinna_audio_output_write(j->output, left, right, count);
    }
    const char* problem = pinna_spool_problem(j->spool);
    if (!problem) return status;
    pinna_report_add(&j->report, PINNA_SEVERITY_ERROR, "output", "%s: the first pass cannot be kept beside it: %s",
                     j->output_path, problem);
    return PINNA_ERROR_FILE;
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static void print_level(const char* what, double value, const char* unit)
{
    if (isfinite(value))
        printf(", %s %.1f %s", what, value, unit);
    else
        printf(", %s none", what);
}

static void print_outcome(const job* j)
{
    const pinna_job_facts* f = &j->facts;
    printf("%s: %.2f s, %u Hz, %s", j->output_path, (double)f->frame_count / j->rate_hz, j->rate_hz, f->sample_format);
    print_level("peak", f->reading.peak_dbfs, "dBFS");
    print_level("loudness", f->reading.loudness_lufs, "LUFS");
    if (two_passes(j->options)) print_level("true peak", f->reading.true_peak_dbtp, "dBTP");
    printf(", clipped %llu\n", (unsigned long long)f->clipped_count);
}

static void gather_facts(job* j)
{
    pinna_job_facts* f = &j->facts;
    f->input = j->options->scene ? j->options->scene : j->input;
    f->output = j->output_path;
    f->sofa = brir_of(j) ? brir_of(j) : j->options->sofa ? j->options->sofa : j->scene.sofa;
    f->sample_format = pinna_job_sample_formats[j->options->sample_format];
    f->sample_rate_hz = j->rate_hz;
    f->first_frame = j->first_frame;
    f->clipped_count = pinna_audio_output_clipped_count(j->output);
    f->reading = pinna_meter_read(j->meter);
    if (f->clipped_count)
        pinna_report_add(&j->report, PINNA_SEVERITY_WARNING, "clipped",
                         "%llu samples above full scale were clipped; --gain-db %.1f, --limiter, --true-peak -1 or "
                         "--sample-format float32 avoids that",
                         (unsigned long long)f->clipped_count,
                         floor(10 * (j->options->gain_db - f->reading.peak_dbfs)) / 10);
}

static pinna_status finish(job* j)
{
    gather_facts(j);
    pinna_status status = pinna_audio_output_commit(j->output, &j->report);
    j->output = NULL;
    if (!status && j->picture) {
        status = pinna_picture_commit(j->picture, &j->report);
        j->picture = NULL;
    }
    if (!status && j->options->report)
        status = pinna_job_facts_write(j->options->report, &j->facts, &j->scene, &j->report);
    if (!status && !j->options->quiet) print_outcome(j);
    return status;
}

static void release(job* j)
{
    pinna_audio_output_discard(j->output);
    pinna_picture_discard(j->picture);
    pinna_spool_destroy(j->spool);
    pinna_meter_destroy(j->meter);
    pinna_offline_destroy(j->offline);
    pinna_hrtf_release(j->hrtf);
    pinna_brir_destroy(j->brir);
    for (size_t i = 0; j->feeds && i < j->scene.source_count; i++)
        pinna_feed_close(j->feeds[i]);
    free(j->feeds);
    pinna_scene_release(&j->scene);
}

int pinna_job_run(const pinna_job_options* options, const char* input, const char* output, const char* stamp)
{
    static job j; /* static: a report is large for a stack */
    j = (job){.options = options, .input = input, .output_path = output, .stamp = stamp};
    pinna_status status = read_scene(&j);
    if (!status) status = protect_inputs(&j);
    if (!status) status = open_feeds(&j);
    if (!status) status = start_feeds(&j);
    if (!status) status = load_room(&j);
    if (!status) status = create_offline(&j);
    if (!status) status = create_outputs(&j);
    if (!status) status = run(&j);
    if (!status && j.spool) status = scale_spooled(&j);
    if (!status) status = finish(&j);
    int code = pinna_cli_finish(status, &j.report, options->quiet);
    release(&j);
    return code;
}
