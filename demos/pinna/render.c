/* SPDX-License-Identifier: MIT */
#include "ambix.h"
#include "cli.h"
#include "commands.h"
#include "job.h"
#include "jobs.h"
#include "setup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HIGHEST_RATE_HZ = 192000 };

typedef struct call {
    pinna_job_options job;
    pinna_jobs_options jobs;
    const char* output;
} call;

static const char notes[] =
    "INPUT with several channels is a bed: each channel a loudspeaker that stays in the room when the head turns.\n"
    "Which loudspeakers is taken from the file's channel mask, or from --layout: mono, stereo, 3.0, quad, 5.0, 5.1,\n"
    "5.1.2, 5.1.4, 7.1, 7.1.2, 7.1.4, 9.1.6, 22.2 (names, angles and order of ITU-R BS.2051, a mask's order where\n"
    "the file has one); direct is stereo meant for headphones, that goes to the ears as it is. Low-frequency\n"
    "channels go to both ears as they are, without the 10 dB a cinema adds (--lfe-db 10 does).\n\n"
    "With --layout ambix INPUT is a sound field of 4, 9, 16, 25, 36, 49 or 64 channels, order 1 to 7, that stays in\n"
    "the room when the head turns: AmbiX (ACN, SN3D) unless --ambisonic-format says otherwise.\n\n"
    "--brir SET lets the loudspeakers of INPUT sound in a measured room, at full length, instead of around a head\n"
    "from --sofa. SET is a SOFA file of binaural room responses (MultiSpeakerBRIR, SingleRoomDRIR...; with --head\n"
    "the nearest orientation is heard), or a folder of stereo files, left ear and right ear, one per loudspeaker:\n"
    "M+030.wav, M-030.wav, M+000.wav..., or L R C LFE Ls Rs Lss Rss Lrs Rrs Lw Rw Ltf Rtf Ltm Rtm Ltr Rtr. Levels\n"
    "are as measured.\n\n"
    "CSV files begin with a line that names their columns (any order; others are ignored):\n"
    "  --path   t_s,azimuth_deg,elevation_deg,distance_m   +90 is left, +90 is above, 0 to 180 goes over the top\n"
    "  --head   t_s,yaw_deg,pitch_deg,roll_deg             + is left, up, right ear down\n"
    "Between rows the numbers change evenly (0 to 720 is two turns); two rows at one time are a jump.\n\n"
    "Frame n of the output belongs to frame n of the input: nothing is delayed. The output is longer than the input\n"
    "by the response of the HRTF (its taps, its longest delay, and 64 frames) and, where there is one, of the room.\n\n"
    "With --out-dir, an output that is already there and was made from the same input with the same options is\n"
    "kept; so a call that was interrupted goes on where it was when it is repeated.";

/* What the command line says. */
static call given;

static const pinna_cli_option options[] = {
    {"output", 'o', PINNA_CLI_TEXT, &given.output, "FILE", "where to write, .wav or .flac; required", 0, 0, NULL},
    {"out-dir", 0, PINNA_CLI_TEXT, &given.jobs.folder, "FOLDER",
     "instead of -o: one output for each INPUT, of its name", 0, 0, NULL},
    {"jobs", 0, PINNA_CLI_COUNT, &given.jobs.job_count, "N", "with --out-dir, so many at once; default: one per core",
     1, 256, NULL},
    {"force", 0, PINNA_CLI_FLAG, &given.jobs.force, NULL, "with --out-dir, render also what is already there", 0, 0,
     NULL},
    {"sofa", 0, PINNA_CLI_TEXT, &given.job.sofa, "FILE", "the HRTF set; default: MIT KEMAR as installed", 0, 0, NULL},
    {"preset", 0, PINNA_CLI_TEXT, &given.job.preset, "NAME", pinna_setup_preset_help, 0, 0, NULL},
    {"set", 0, PINNA_CLI_LIST, &given.job.sets, "NAME=VALUE", pinna_setup_set_help, 0, 0, NULL},
    {"layout", 0, PINNA_CLI_TEXT, &given.job.layout, "NAME", "INPUT's channels are these loudspeakers; see below", 0, 0,
     NULL},
    {"brir", 0, PINNA_CLI_TEXT, &given.job.brir, "SET",
     "loudspeakers in a measured room: a SOFA file, or a folder of stereo files; see below", 0, 0, NULL},
    {"channel-order", 0, PINNA_CLI_CHOICE, &given.job.channel_order, "NAME",
     "itu: sides before backs, wav: backs before sides; default: as the file says, else itu", 0, 0,
     pinna_layout_order_names},
    {"ambisonic-format", 0, PINNA_CLI_CHOICE, &given.job.ambisonic_format, "NAME",
     "with --layout ambix: sn3d (AmbiX), n3d (ACN too), fuma (W X Y Z..., to order 3); default sn3d", 0, 0,
     pinna_ambix_formats},
    {"max-re", 0, PINNA_CLI_FLAG, &given.job.max_re, NULL,
     "with --layout ambix: sharper directions of high sounds, at the price of timbre", 0, 0, NULL},
    {"lfe-db", 0, PINNA_CLI_NUMBER, &given.job.lfe_db, "DB", "louder low-frequency channels; default 0", -200, 20,
     NULL},
    {"programme", 0, PINNA_CLI_TEXT, &given.job.programme, "NAME", "of an ADM file, or its id; default: the lowest id",
     0, 0, NULL},
    {"importance", 0, PINNA_CLI_COUNT, &given.job.importance, "N", "leave out of an ADM file what is marked as less", 0,
     10, NULL},
    {"cartesian", 0, PINNA_CLI_CHOICE, &given.job.cube, "NAME",
     "what an ADM file's cube means: corners of 7.1.4 (default), of 5.1 (BS.2127), or plain geometry", 0, 0,
     pinna_cube_names},
    {"azimuth", 0, PINNA_CLI_NUMBER, &given.job.azimuth_deg, "DEG", "one fixed source: 0 front, 90 left; default 0",
     -360, 360, NULL},
    {"elevation", 0, PINNA_CLI_NUMBER, &given.job.elevation_deg, "DEG",
     "-90 below, 90 above; beyond is over the top; default 0", -360, 360, NULL},
    {"distance", 0, PINNA_CLI_NUMBER, &given.job.distance_m, "M", "metres; default 1, where the level is the input's",
     0.001, 1e5, NULL},
    {"path", 0, PINNA_CLI_TEXT, &given.job.path, "FILE.csv", "one moving source", 0, 0, NULL},
    {"channel", 0, PINNA_CLI_COUNT, &given.job.channel, "N",
     "one source: take this channel of INPUT; default: the mean of all", 1, 1024, NULL},
    {"scene", 0, PINNA_CLI_TEXT, &given.job.scene, "FILE.json", "many sources, as the scene file says", 0, 0, NULL},
    {"head", 0, PINNA_CLI_TEXT, &given.job.head, "FILE.csv", "how the head turns", 0, 0, NULL},
    {"from", 0, PINNA_CLI_NUMBER, &given.job.from_s, "S", "begin there", 0, 1e6, NULL},
    {"to", 0, PINNA_CLI_NUMBER, &given.job.to_s, "S", "end there", 0, 1e6, NULL},
    {"gain-db", 0, PINNA_CLI_NUMBER, &given.job.gain_db, "DB", "louder or softer; default 0", -200, 60, NULL},
    {"loudness", 0, PINNA_CLI_NUMBER, &given.job.loudness_lufs, "LUFS",
     "bring the whole to this loudness (BS.1770), in two passes; default: the level is kept", -70, 0, NULL},
    {"true-peak", 0, PINNA_CLI_NUMBER, &given.job.true_peak_dbtp, "DBTP",
     "softer, where peaks would go beyond; default with --loudness: -1", -40, 20, NULL},
    {"rate", 0, PINNA_CLI_COUNT, &given.job.rate_hz, "HZ",
     "of the output; default: the input's (48000 below 32000; scenes: 48000)", 8000, HIGHEST_RATE_HZ, NULL},
    {"sample-format", 0, PINNA_CLI_CHOICE, &given.job.sample_format, "NAME", "default pcm24; pcm16 is dithered", 0, 0,
     pinna_job_sample_formats},
    {"limiter", 0, PINNA_CLI_FLAG, &given.job.limiter, NULL,
     "hold peaks at 0 dBFS; default: the level is kept, clipping is told", 0, 0, NULL},
    {"near-field", 0, PINNA_CLI_FLAG, &given.job.near_field, NULL, "what nearness does to each ear, within a metre", 0,
     0, NULL},
    {"headphone-eq", 0, PINNA_CLI_TEXT, &given.job.headphone_eq, "FILE",
     "equalise for these headphones: a file of AutoEq or Equalizer APO", 0, 0, NULL},
    {"hrir-length", 0, PINNA_CLI_COUNT, &given.job.hrir_length, "TAPS", "default 256 at 48 kHz", 16, 8192, NULL},
    {"method", 0, PINNA_CLI_CHOICE, &given.job.method, "NAME", "how sources are convolved; default auto", 0, 0,
     pinna_setup_methods},
    {"block", 0, PINNA_CLI_COUNT, &given.job.block_frames, "N",
     "frames per call of the renderer; changes nothing to hear", 1, PINNA_RENDERER_MAX_BLOCK_FRAMES, NULL},
    {"ramp", 0, PINNA_CLI_COUNT, &given.job.ramp_frames, "N",
     "frames between updates of what moves; default 8, 64 to 256 with many sources", 1, 1024, NULL},
    {"picture", 0, PINNA_CLI_TEXT, &given.job.picture, "FILE.png", "draw ITD and level over time", 0, 0, NULL},
    {"report", 0, PINNA_CLI_TEXT, &given.job.report, "FILE.json",
     "write what was rendered, what was ignored, levels, clipping", 0, 0, NULL},
    {"quiet", 'q', PINNA_CLI_FLAG, &given.job.quiet, NULL, "say nothing but errors", 0, 0, NULL},
};

static const pinna_cli_command command = {
    .name = "render",
    .usage = "INPUT -o OUTPUT [options]\n       pinna render INPUT... --out-dir FOLDER [options]\n"
             "       pinna render --scene SCENE.json -o OUTPUT [options]",
    .about =
        "Places sound around the head and writes a stereo file for headphones. INPUT is WAV (RF64 and BW64 too), FLAC\n"
        "or OGG at any rate.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .notes = notes,
};

static int check_many(const call* c, int input_count)
{
    if (c->output) return pinna_cli_usage_error("-o names one output, --out-dir a folder for many; give one of them");
    if (!input_count) return pinna_cli_usage_error("--out-dir: give the INPUTs to render");
    if (c->job.scene || c->job.picture)
        return pinna_cli_usage_error("--scene and --picture are for a single output, with -o");
    return PINNA_CLI_GO_ON;
}

static int check_one(const call* c, int input_count)
{
    const pinna_job_options* o = &c->job;
    if (!o->scene && !input_count) return pinna_cli_usage_error("give an INPUT, or a --scene");
    if (o->scene && input_count) return pinna_cli_usage_error("give an INPUT or a --scene, not both");
    if (input_count > 1)
        return pinna_cli_usage_error("%d inputs given; several sources go into a --scene, several outputs into an "
                                     "--out-dir",
                                     input_count);
    if (!c->output) return pinna_cli_usage_error("where to? Give -o OUTPUT");
    if (c->jobs.job_count || c->jobs.force) return pinna_cli_usage_error("--jobs and --force go with --out-dir");
    return PINNA_CLI_GO_ON;
}

static int check_layout(const pinna_job_options* o)
{
    bool field = o->layout && !strcmp(o->layout, pinna_ambix_layout);
    if (!field && (o->ambisonic_format || o->max_re))
        return pinna_cli_usage_error("--ambisonic-format and --max-re go with --layout ambix");
    if (o->brir && (field || (o->layout && !strcmp(o->layout, "direct")) || o->scene || pinna_job_places_one_source(o)))
        return pinna_cli_usage_error("--brir is for INPUTs whose channels are loudspeakers");
    if (o->brir && (o->sofa || o->preset || o->sets.count || o->near_field))
        return pinna_cli_usage_error("--brir is a head in a room already; --sofa, --preset, --set and --near-field are "
                                     "of no account with it");
    if (pinna_job_asks_of_adm(o) && (o->layout || o->brir || o->scene || pinna_job_places_one_source(o)))
        return pinna_cli_usage_error("--programme, --importance and --cartesian are for ADM files; --layout, --brir, "
                                     "--channel, a place or a --scene go before what the file says");
    if (field && (o->channel_order || o->lfe_db != 0))
        return pinna_cli_usage_error("--channel-order and --lfe-db are for loudspeakers, not for --layout ambix");
    return PINNA_CLI_GO_ON;
}

static int check_usage(const call* c, int input_count)
{
    const pinna_job_options* o = &c->job;
    bool spherical = !isnan(o->azimuth_deg) || !isnan(o->elevation_deg) || !isnan(o->distance_m);
    int code = c->jobs.folder ? check_many(c, input_count) : check_one(c, input_count);
    if (code != PINNA_CLI_GO_ON) return code;
    if (o->path && spherical)
        return pinna_cli_usage_error("--path says where the source is; --azimuth, --elevation and --distance do too");
    if (o->scene && (pinna_job_places_one_source(o) || o->layout))
        return pinna_cli_usage_error("the --scene says where its sources are; --path, --azimuth, --elevation, "
                                     "--distance, --channel and --layout are for a single INPUT");
    if (o->layout && pinna_job_places_one_source(o))
        return pinna_cli_usage_error("--layout places every channel; --path, --azimuth, --elevation, --distance and "
                                     "--channel place one source");
    if ((code = check_layout(o)) != PINNA_CLI_GO_ON) return code;
    if (o->to_s <= o->from_s) return pinna_cli_usage_error("--to must come after --from");
    return pinna_setup_check_set_options(o->preset, &o->sets);
}

int pinna_command_render(int argc, char** argv)
{
    int first = argc;
    given = (call){.job = pinna_job_options_default()};
    int code = pinna_cli_parse(&command, argc, argv, &first);
    if (code == PINNA_CLI_GO_ON) code = check_usage(&given, argc - first);
    if (code != PINNA_CLI_GO_ON) return code;
    if (given.jobs.folder)
        return pinna_jobs_run(&given.job, &given.jobs, argv + first, (size_t)(argc - first), argc, argv);
    return pinna_job_run(&given.job, first < argc ? argv[first] : NULL, given.output, NULL);
}
