/* SPDX-License-Identifier: MIT */
#include "cli.h"
#include "commands.h"
#include "headphones.h"
#include "live_calibration.h"
#include "live_face.h"
#include "live_session.h"
#include "live_stress.h"
#include "progress.h"
#include "setup.h"

#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *scene, *listen, *hid, *recording, *calibration, *osc_prefix, *screenshot, *targets, *answers, *result;
    const char *preset, *room, *headphone_eq;
    pinna_cli_list sets;
    double seconds, volume_db;
    uint32_t rate_hz, period_frames, queue_periods, ramp_frames, stress, trials, seed;
    uint32_t ports[3];
    uint32_t tracker, dialect, on_loss, stale, face;
    bool silent, once, no_limiter, no_prediction, no_calibration, invert[3], osc_xyzw, osc_inverse, quiet;
} options;

static const char* const losses[] = {"silent", "exit", NULL};
static const char* const stales[] = {"hold", "return", NULL};
static const char* const faces[] = {"auto", "window", "text", "none", NULL};
static const char* dialects[PINNA_OSC_DIALECT_COUNT + 1];

static const char notes[] =
    "Head trackers are listened for on this machine alone (127.0.0.1) unless --listen says otherwise: opentrack's UDP\n"
    "output on port 4242, OSC on 9000, FreePIE on 5555, headphones that follow Android's protocol on /dev/hidraw*.\n"
    "Mouse and keys turn the head too; the keys are shown below the picture.\n\n"
    "Sound goes out through OpenAL Soft as plain stereo. ALSOFT_DRIVERS=null is silent, ALSOFT_DRIVERS=wave writes a\n"
    "file where ALSOFT_CONF names one.";

/* What the command line says. */
static options given;

static const pinna_cli_option table[] = {
    {"scene", 0, PINNA_CLI_TEXT, &given.scene, "NAME",
     "helicopter (the default), footsteps, orchestra, range, or a scene file", 0, 0, NULL},
    {"preset", 0, PINNA_CLI_TEXT, &given.preset, "NAME",
     "flat, cinematic or positional; default: the scene's, or flat", 0, 0, NULL},
    {"room", 0, PINNA_CLI_TEXT, &given.room, "NAME", "off, living room, cinema, hall or studio; default: the preset's",
     0, 0, NULL},
    {"set", 0, PINNA_CLI_LIST, &given.sets, "NAME=VALUE", pinna_setup_set_help, 0, 0, NULL},
    {"headphone-eq", 0, PINNA_CLI_TEXT, &given.headphone_eq, "FILE",
     "equalise for these headphones: a file of AutoEq or Equalizer APO", 0, 0, NULL},
    {"seconds", 0, PINNA_CLI_NUMBER, &given.seconds, "S", "end after so long; default: never", 0.01, 1e6, NULL},
    {"once", 0, PINNA_CLI_FLAG, &given.once, NULL, "end with the scene; default: it is played again", 0, 0, NULL},
    {"face", 0, PINNA_CLI_CHOICE, &given.face, "NAME", "auto, window, text or none; default: a window if it can be", 0,
     0, faces},
    {"screenshot", 0, PINNA_CLI_TEXT, &given.screenshot, "FILE.png",
     "draw the last picture into a file; without --seconds, after 5", 0, 0, NULL},
    {"tracker", 0, PINNA_CLI_CHOICE, &given.tracker, "NAME",
     "opentrack, osc, freepie, hid, recording, hand (mouse and keys), auto (the default) or none", 0, 0,
     pinna_live_tracker_names},
    {"listen", 0, PINNA_CLI_TEXT, &given.listen, "ADDRESS", "for trackers; default 127.0.0.1", 0, 0, NULL},
    {"opentrack-port", 0, PINNA_CLI_COUNT, &given.ports[0], "N", "default 4242; 0: not", 0, 65535, NULL},
    {"osc-port", 0, PINNA_CLI_COUNT, &given.ports[1], "N", "default 9000; 0: not", 0, 65535, NULL},
    {"freepie-port", 0, PINNA_CLI_COUNT, &given.ports[2], "N", "default 5555; 0: not", 0, 65535, NULL},
    {"osc-dialect", 0, PINNA_CLI_CHOICE, &given.dialect, "NAME",
     "whose signs: auto (the default), adm, sparta, iem, supperware, ...", 0, 0, dialects},
    {"osc-prefix", 0, PINNA_CLI_TEXT, &given.osc_prefix, "TEXT", "taken off the front of OSC addresses", 0, 0, NULL},
    {"osc-xyzw", 0, PINNA_CLI_FLAG, &given.osc_xyzw, NULL, "quaternions come as x y z w", 0, 0, NULL},
    {"osc-inverse", 0, PINNA_CLI_FLAG, &given.osc_inverse, NULL, "the sender sends the scene's rotation", 0, 0, NULL},
    {"hid", 0, PINNA_CLI_TEXT, &given.hid, "DEVICE", "default: the first head tracker among /dev/hidraw*", 0, 0, NULL},
    {"head", 0, PINNA_CLI_TEXT, &given.recording, "FILE.csv", "a recorded head as the tracker 'recording'", 0, 0,
     NULL},
    {"calibration", 0, PINNA_CLI_TEXT, &given.calibration, "FILE.csv",
     "keeps what three-pose calibrations found, per tracker; default: pinna/calibration.csv in your settings", 0, 0,
     NULL},
    {"no-calibration", 0, PINNA_CLI_FLAG, &given.no_calibration, NULL, "neither use nor keep any", 0, 0, NULL},
    {"invert-yaw", 0, PINNA_CLI_FLAG, &given.invert[0], NULL, "left is right", 0, 0, NULL},
    {"invert-pitch", 0, PINNA_CLI_FLAG, &given.invert[1], NULL, "up is down", 0, 0, NULL},
    {"invert-roll", 0, PINNA_CLI_FLAG, &given.invert[2], NULL, "tilts the other way", 0, 0, NULL},
    {"no-prediction", 0, PINNA_CLI_FLAG, &given.no_prediction, NULL, "the head is where it was, not where it will be",
     0, 0, NULL},
    {"stale", 0, PINNA_CLI_CHOICE, &given.stale, "NAME",
     "when a tracker falls silent: hold (the default) the pose, or return to the front", 0, 0, stales},
    {"volume-db", 0, PINNA_CLI_NUMBER, &given.volume_db, "DB", "default 0", -60, 6, NULL},
    {"rate", 0, PINNA_CLI_COUNT, &given.rate_hz, "HZ", "default 48000", 8000, 192000, NULL},
    {"period", 0, PINNA_CLI_COUNT, &given.period_frames, "N", "frames rendered at a time; default 256", 32,
     PINNA_LIVE_PERIOD_MAX, NULL},
    {"queue", 0, PINNA_CLI_COUNT, &given.queue_periods, "N",
     "periods waiting to be heard; default 4, more where it runs dry; 0.1 s where the device is a file or none", 2,
     64, NULL},
    {"ramp", 0, PINNA_CLI_COUNT, &given.ramp_frames, "N",
     "frames between updates of what moves; default 8, 64 for "
     "scenes of many sources or with a room",
     1, 1024, NULL},
    {"no-limiter", 0, PINNA_CLI_FLAG, &given.no_limiter, NULL, "let peaks pass 0 dBFS", 0, 0, NULL},
    {"silent", 0, PINNA_CLI_FLAG, &given.silent, NULL, "no sound device; render by the clock", 0, 0, NULL},
    {"on-loss", 0, PINNA_CLI_CHOICE, &given.on_loss, "NAME",
     "when there is no device, or it goes: silent (the default: go on) or exit", 0, 0, losses},
    {"trials", 0, PINNA_CLI_COUNT, &given.trials, "N", "targets of the shooting range; default 12", 1,
     PINNA_LISTENING_MAX, NULL},
    {"seed", 0, PINNA_CLI_COUNT, &given.seed, "N", "which targets; default 1", 0, 1000000, NULL},
    {"targets", 0, PINNA_CLI_TEXT, &given.targets, "FILE.csv", "the targets themselves: azimuth_deg,elevation_deg", 0,
     0, NULL},
    {"answers", 0, PINNA_CLI_TEXT, &given.answers, "FILE.csv", "answers instead of a listener's; ends with the last",
     0, 0, NULL},
    {"result", 0, PINNA_CLI_TEXT, &given.result, "NAME", "the range writes NAME.csv and NAME.png; default pinna-range",
     0, 0, NULL},
    {"stress", 0, PINNA_CLI_COUNT, &given.stress, "N", "instead of a scene, N sources that all move", 1, 4096, NULL},
    {"quiet", 'q', PINNA_CLI_FLAG, &given.quiet, NULL, "say nothing but errors", 0, 0, NULL},
};

static const pinna_cli_command command = {
    "live",
    "[HEAD.sofa ...] [options]",
    "Plays a scene through headphones, follows a head tracker, and shows what is heard. Preset, room, equaliser and\n"
    "HEADs, of which several can be named, are switched between while it plays; the default head is the scene's, your\n"
    "own, or MIT KEMAR as installed.",
    table,
    sizeof table / sizeof table[0],
    notes};

static int find_name(const char* (*name_at)(uint32_t), const char* name)
{
    for (uint32_t i = 0; name && name_at(i); i++)
        if (!strcmp(name, name_at(i))) return (int)i;
    return -1;
}

/* Names have been checked. */
static pinna_live_sound chosen_sound(const options* o)
{
    pinna_live_sound sound = {.room = PINNA_LIVE_ROOM_AS_PRESET, .equalized = true};
    sound.preset = find_name(pinna_preset_name, o->preset);
    if (o->room) sound.room = find_name(pinna_room_name, o->room); /* "off" is none of them */
    return sound;
}

static int check_sound(const options* o)
{
    if (o->room && strcmp(o->room, "off") && find_name(pinna_room_name, o->room) < 0)
        return pinna_cli_usage_error("there is no room '%s'; there are off, living room, cinema, hall and studio",
                                     o->room);
    return pinna_setup_check_set_options(o->preset, &o->sets);
}

static const char* file_name(const char* path)
{
    const char* slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static pinna_live_session_config session_config(const options* o, const char* const* sofa_files, size_t sofa_count)
{
    pinna_live_session_config c = {.scene = o->scene ? o->scene : "helicopter",
                                   .choices = {.sofa_files = sofa_files, .sofa_count = sofa_count, .sets = o->sets},
                                   .sound = chosen_sound(o),
                                   .headphones = o->headphone_eq ? file_name(o->headphone_eq) : NULL,
                                   .sample_rate_hz = o->rate_hz,
                                   .period_frames = o->period_frames,
                                   .queue_periods = o->queue_periods,
                                   .ramp_frames = o->ramp_frames,
                                   .seconds = isnan(o->seconds) ? INFINITY : o->seconds,
                                   .volume_db = o->volume_db,
                                   .silent = o->silent,
                                   .exit_on_loss = o->on_loss == 1,
                                   .limiter = !o->no_limiter,
                                   .once = o->once,
                                   .filter = pinna_head_filter_config_default()};
    c.range = (pinna_live_range_config){o->trials, o->seed, o->targets, o->answers, o->result};
    c.end_with_range = o->answers != NULL;
    c.filter.predict = !o->no_prediction;
    c.filter.invert_yaw = o->invert[0];
    c.filter.invert_pitch = o->invert[1];
    c.filter.invert_roll = o->invert[2];
    c.filter.stale = o->stale ? PINNA_HEAD_STALE_RETURN : PINNA_HEAD_STALE_HOLD;
    c.trackers = (pinna_live_trackers_config){.choice = (pinna_live_tracker)o->tracker,
                                              .listen = o->listen,
                                              .ports = {o->ports[0], o->ports[1], o->ports[2]},
                                              .hid = o->hid,
                                              .recording = o->recording,
                                              .calibration = o->calibration};
    c.trackers.osc = (pinna_osc_config){.dialect = (pinna_osc_dialect)o->dialect,
                                        .quaternion_is_xyzw = o->osc_xyzw,
                                        .inverse = o->osc_inverse};
    if (o->osc_prefix) snprintf(c.trackers.osc.prefix, sizeof c.trackers.osc.prefix, "%s", o->osc_prefix);
    if (o->recording && o->tracker == PINNA_LIVE_TRACKER_AUTO) c.trackers.choice = PINNA_LIVE_TRACKER_RECORDING;
    return c;
}

static void print_output(const pinna_live_session_view* v)
{
    const pinna_live_output_view* o = &v->output;
    printf("%.1f s on %s: %llu underrun(s)", (double)v->engine.frames / v->sample_rate_hz, o->device,
           (unsigned long long)o->underrun_count);
    if (o->underrun_count)
        printf(" (%llu the engine's; %llu where the machine did not let it run in time)",
               (unsigned long long)o->engine_underrun_count,
               (unsigned long long)(o->underrun_count - o->engine_underrun_count));
    printf("; audio thread %.1f %% of a core, slowest period %.2f ms of %.2f, %llu of %llu slower than that\n",
           100 * o->average_load, 1e3 * o->longest_render_s, 1e3 * v->period_frames / v->sample_rate_hz,
           (unsigned long long)o->slow_count, (unsigned long long)o->period_count);
}

static void print_tracker(const pinna_live_session_view* v)
{
    const pinna_live_output_view* o = &v->output;
    if (!o->reaction_count) return;
    double count = (double)o->reaction_count, mean_ms = 1e3 * o->reaction_sum_s / count;
    double bound_ms = 1e3 * v->period_frames / v->sample_rate_hz + 2;
    printf("tracker: %llu samples; from a packet to the queue %.2f ms (mean; %.2f at most; %.1f %% within a period and "
           "2 ms, "
           "%.2f), then %.1f in the queue and %.1f in the device: %.1f ms\n",
           (unsigned long long)v->engine.head.sample_count, mean_ms, 1e3 * o->longest_reaction_s,
           100 * (double)o->prompt_count / count, bound_ms, 1e3 * o->queue_s, 1e3 * o->device_s,
           mean_ms + 1e3 * (o->queue_s + o->device_s));
}

static void print_summary(pinna_live_session* session)
{
    pinna_live_session_view v = pinna_live_session_look(session);
    print_output(&v);
    print_tracker(&v);
}

static int run(const options* o, pinna_live_session_config* config)
{
    static pinna_report report;
    static pinna_equalizer equalizer;
    char* text = NULL;
    pinna_live_session* session = NULL;
    pinna_status status = PINNA_OK;
    if (o->stress) {
        status = pinna_live_stress_text(o->stress, &text);
        config->scene = "stress";
        config->text = text;
    }
    if (!status && o->headphone_eq) {
        status = pinna_headphones_load(o->headphone_eq, &report, &equalizer);
        config->choices.equalizer = &equalizer;
    }
    if (!status) status = pinna_live_session_create(config, &report, &session);
    if (!status && !o->quiet) pinna_cli_print_report(&report);
    const pinna_live_face_config face = {session, (pinna_live_face)o->face, o->screenshot};
    if (!status) status = pinna_live_face_run(&face, &report);
    if (!status && !o->quiet) print_summary(session);
    pinna_live_output_view output = session ? pinna_live_session_look(session).output : (pinna_live_output_view){0};
    pinna_live_session_destroy(session);
    free(text);
    if (status) return pinna_cli_failure(status, &report);
    if (output.loss_count > 0)
        pinna_cli_error("the sound device was lost%s", config->exit_on_loss ? ""
                                                       : output.lost      ? "; the rest was silent"
                                                                          : " and came back");
    return output.lost && config->exit_on_loss ? PINNA_EXIT_FAILURE : PINNA_EXIT_OK;
}

int pinna_command_live(int argc, char** argv)
{
    for (int i = 0; i < PINNA_OSC_DIALECT_COUNT; i++)
        dialects[i] = pinna_osc_dialect_name((pinna_osc_dialect)i);
    given = (options){.seconds = NAN,
                      .rate_hz = 48000,
                      .period_frames = 256,
                      .ports = {4242, 9000, 5555},
                      .trials = 12,
                      .seed = 1,
                      .tracker = PINNA_LIVE_TRACKER_AUTO};
    static const char* const usual_head[] = {NULL};
    int first = argc;
    int code = pinna_cli_parse(&command, argc, argv, &first);
    if (code != PINNA_CLI_GO_ON) return code;
    code = check_sound(&given);
    if (code != PINNA_CLI_GO_ON) return code;
    if (given.stress && given.scene)
        return pinna_cli_usage_error("--stress makes a scene of its own; leave --scene out");
    if (given.recording == NULL && given.tracker == PINNA_LIVE_TRACKER_RECORDING)
        return pinna_cli_usage_error("which recording? Give --head FILE.csv");
    if (given.calibration && given.no_calibration)
        return pinna_cli_usage_error("keep calibrations or not? Leave out --calibration or --no-calibration");
    char calibration[4096];
    if (!given.calibration && !given.no_calibration && pinna_live_calibration_path(calibration, sizeof calibration))
        given.calibration = calibration;
    if (given.screenshot && given.face == PINNA_LIVE_FACE_NONE)
        return pinna_cli_usage_error("--screenshot: there is nothing to be drawn with --face none");
    if (given.screenshot && isnan(given.seconds)) given.seconds = 5;
    bool named = first < argc;
    pinna_live_session_config config = session_config(&given, named ? (const char* const*)(argv + first) : usual_head,
                                                      named ? (size_t)(argc - first) : 1);
    return run(&given, &config);
}
