/* SPDX-License-Identifier: MIT */
#include "brir_player.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000 };

#define PI 3.14159265358979323846

static float unit(unsigned* seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / 8388608.0f - 1.0f;
}

/* A room's response: a first arrival at a frame, then noise that dies away by 60 dB. [frame][ear] */
static float* make_response(size_t frames, size_t first, unsigned seed)
{
    float* taps = calloc(2 * frames, sizeof *taps);
    cr_assert(taps);
    for (size_t i = 2 * first; i < 2 * frames; i++)
        taps[i] = unit(&seed) * (float)(0.05 * pow(10, -3.0 * (double)(i / 2) / (double)frames));
    taps[2 * first] = 0.8f;
    taps[2 * first + 1] = 0.4f;
    return taps;
}

static void write_response(const char* name, int rate_hz, size_t frames, size_t first, unsigned seed)
{
    float* taps = make_response(frames, first, seed);
    write_wav(name, rate_hz, 2, 0, taps, frames);
    free(taps);
}

static double convolved(const float* in, size_t in_frames, const float* taps, size_t tap_frames, size_t at, int ear)
{
    double sum = 0;
    size_t from = at + 1 > in_frames ? at + 1 - in_frames : 0, to = at + 1 < tap_frames ? at + 1 : tap_frames;
    for (size_t k = from; k < to; k++)
        sum += (double)taps[2 * k + (size_t)ear] * (double)in[at - k];
    return sum;
}

/* Three seconds of response, every loudspeaker of a 5.1 bed, against the sum that defines convolution, at frames
   picked at random from all of the output; and nothing comes sooner or later than it says. */
Test(brir, three_seconds_equal_direct_convolution, .timeout = 120)
{
    enum { TAPS = 3 * RATE, FRAMES = RATE, CHANNELS = 6, PROBES = 150 };
    static const char* const files[CHANNELS] = {"M+030.wav", "R.wav", "C.wav", "LFE.wav", "Ls.wav", "M-110.wav"};
    static float in[CHANNELS][FRAMES];
    float *taps[CHANNELS], *bed = calloc((size_t)FRAMES * CHANNELS, sizeof *bed);
    unsigned seed = 5;
    size_t count = 0;
    double worst = 0, peak = 0;
    enter_folder();
    for (size_t c = 0; c < CHANNELS; c++) {
        taps[c] = make_response(TAPS, 0, (unsigned)c + 1);
        write_wav(files[c], RATE, 2, 0, taps[c], TAPS);
        for (size_t i = 0; i < FRAMES; i++) bed[i * CHANNELS + c] = in[c][i] = 0.2f * unit(&seed);
    }
    write_wav("bed.wav", RATE, CHANNELS, 0, bed, FRAMES);
    check_tool_works("render bed.wav -o out.wav --layout 5.1 --brir . --sample-format float32 -q");
    float* out = read_stereo("out.wav", &count, NULL);
    cr_assert_geq(count, FRAMES + TAPS - 1);
    for (int i = 0; i < PROBES; i++) {
        size_t at = i < 20 ? (size_t)i : (size_t)((double)(FRAMES + TAPS - 1) * (0.5 + 0.4999 * (double)unit(&seed)));
        for (int ear = 0; ear < 2; ear++) {
            double expected = 0;
            for (size_t c = 0; c < CHANNELS; c++) expected += convolved(in[c], FRAMES, taps[c], TAPS, at, ear);
            peak = fmax(peak, fabs(expected));
            worst = fmax(worst, fabs(expected - (double)out[2 * at + (size_t)ear]));
        }
    }
    double error_db = 20 * log10(worst / peak);
    fprintf(stderr,
            "brir: 6 responses of 3 s against direct convolution: %.1f dB from the first frame on: no latency\n",
            error_db);
    cr_expect_lt(error_db, -110, "%.1f dB", error_db);
    for (size_t c = 0; c < CHANNELS; c++) free(taps[c]);
    free(bed);
    free(out);
}

Test(brir, an_impulse_comes_out_as_the_response_at_once)
{
    enum { FRAMES = 2000, TAPS = 9000, AT = 777 };
    float* bed = calloc(2 * FRAMES, sizeof *bed);
    size_t count = 0;
    enter_folder();
    float* taps = make_response(TAPS, 30, 9);
    write_wav("L.wav", RATE, 2, 0, taps, TAPS);
    write_response("R.wav", RATE, 500, 0, 2);
    bed[2 * AT] = 1;
    write_wav("bed.wav", RATE, 2, 0, bed, FRAMES);
    outcome said = run_tool("render bed.wav -o out.wav --brir . --sample-format float32");
    cr_expect(strstr(said.err, "2 loudspeaker(s) heard for 0.19 s, 1 orientation(s)") && is_one_line(said.err), "%s",
              said.err);
    float* out = read_stereo("out.wav", &count, NULL);
    for (size_t i = 0; i < 2 * (AT + 30); i++) cr_assert_float_eq(out[i], 0, 1e-6f, "before the response's own onset");
    cr_expect_lt(worst_db(taps, out + 2 * AT, 2 * TAPS), -110);
    free(out);
    check_tool_works("render bed.wav -o late.wav --brir . --from 0.1 --sample-format float32 -q");
    out = read_stereo("late.wav", &count, NULL);
    cr_expect_lt(worst_db(taps + 2 * (4800 - AT), out, 2 * (TAPS + AT - 4800)), -110, "a room rings on into a stretch");
    free(out);
    free(taps);
    free(bed);
}

/* The same room, stored at twice the rate. */
Test(brir, responses_of_another_rate_are_converted)
{
    enum { TAPS = 600 };
    size_t count = 0, slow_count = 0;
    float bed[256] = {0}, *slow = calloc(2 * TAPS, sizeof *slow), *fast = calloc(4 * TAPS, sizeof *fast);
    enter_folder();
    for (int i = 0; i < 2 * TAPS; i++) { /* a smooth pulse, sampled at both rates: the height falls, the sum stays */
        double t = (i - 300) / 40.0, value = exp(-t * t) * cos(2.0 * t);
        fast[2 * i] = fast[2 * i + 1] = (float)(0.5 * value);
        if (i % 2 == 0) slow[i] = slow[i + 1] = (float)value;
    }
    bed[0] = 1;
    write_wav("bed.wav", RATE, 1, 0, bed, 256);
    write_wav("C.wav", RATE, 2, 0, slow, TAPS);
    check_tool_works("render bed.wav -o a.wav --brir . --sample-format float32 -q");
    write_wav("C.wav", 2 * RATE, 2, 0, fast, 2 * TAPS);
    check_tool_works("render bed.wav -o b.wav --brir . --sample-format float32 -q");
    float *a = read_stereo("a.wav", &slow_count, NULL), *b = read_stereo("b.wav", &count, NULL);
    double error_db = worst_db(a, b, 2 * TAPS);
    cr_expect_lt(error_db, -90, "%.1f dB", error_db);
    free(a);
    free(b);
    free(slow);
    free(fast);
}

Test(brir, what_cannot_be_used_is_refused)
{
    enter_folder();
    write_noise("bed.wav", RATE, 6, 100);
    write_noise("field.wav", RATE, 4, 100);
    check_tool_refuses("render bed.wav -o out.wav --layout 5.1 --brir .", "no file in it is named after a loudspeaker");
    write_response("M+030.wav", RATE, 100, 0, 1);
    write_response("M-030.wav", 44100, 100, 0, 1);
    write_response("C.wav", RATE, 100, 0, 1);
    check_tool_refuses("render bed.wav -o out.wav --layout 5.1 --brir .",
                       "has no loudspeaker of its own for M+110 (azimuth +110, elevation +0); it has M");
    write_response("L.wav", RATE, 100, 0, 1);
    check_tool_refuses("render bed.wav -o out.wav --layout 5.1 --brir .", "two files hold the responses of M+030");
    cr_assert_eq(remove("L.wav"), 0);
    write_noise("M+110.wav", RATE, 1, 100);
    check_tool_refuses("render bed.wav -o out.wav --layout 5.1 --brir .", "M+110.wav: has 1 channel(s); a loudsp");
    cr_assert_eq(remove("M+110.wav"), 0);
    check_tool_refuses("render bed.wav -o out.wav --layout 5.1 --brir none.sofa", "none.sofa");
    check_tool_refuses("render bed.wav -o out.wav --layout 5.1 --brir bed.wav", "bed.wav");
    cr_expect_eq(run_tool("render bed.wav -o out.wav --layout 5.1 --brir . --preset cinematic").exit_code, 2);
    cr_expect_eq(run_tool("render field.wav -o out.wav --layout ambix --brir .").exit_code, 2);
    cr_expect_eq(run_tool("render bed.wav -o out.wav --brir . --azimuth 30").exit_code, 2);
}

/* --- orientations of the head ------------------------------------------------------------------------------------- */

enum { HEADS = 37, HEAD_STEP_DEG = 5, TAPS = 400 };

/* A sphere of 8.75 cm in an open field, Woodworth's arrival times, one loudspeaker 30 degrees to the left. */
static double arrival_frames(double azimuth_deg, int ear)
{
    double to_ear = fabs(remainder(azimuth_deg - (ear ? -90 : 90), 360)) * PI / 180;
    double path = to_ear < PI / 2 ? -cos(to_ear) : to_ear - PI / 2;
    return 40 + 0.0875 / 343 * RATE * path;
}

typedef struct test_room {
    pinna_measured_room room;
    float responses[HEADS * 2 * TAPS], delays[HEADS * 2];
    pinna_vec3 positions[HEADS];
    pinna_quat heads[HEADS];
} test_room;

static void make_room(test_room* r, bool all_alike)
{
    memset(r, 0, sizeof *r);
    r->room = (pinna_measured_room){RATE, HEADS, 1, TAPS, r->responses, r->delays, r->positions, r->heads};
    for (int h = 0; h < HEADS; h++) {
        double yaw_deg = HEAD_STEP_DEG * (h - HEADS / 2);
        r->heads[h] = pinna_quat_from_yaw_pitch_roll((float)yaw_deg, 0, 0);
        r->positions[h] = pinna_direction_from_spherical(30, 0);
        for (int ear = 0; ear < 2; ear++) {
            r->responses[(2 * h + ear) * TAPS] = 0.5f;
            r->delays[2 * h + ear] = (float)arrival_frames(30 - (all_alike ? 0 : yaw_deg), ear);
        }
    }
}

static double yaw_at(uint64_t frame)
{
    return 60 * sin(2 * PI * 0.5 * (double)frame / RATE);
}

static pinna_quat swaying(void* user, uint64_t frame)
{
    (void)user;
    return pinna_quat_from_yaw_pitch_roll((float)yaw_at(frame), 0, 0);
}

/* Noise, or a sine, through the room. */
static void play(const test_room* r, pinna_brir_head head, const float* in, float* const ears[2], size_t frames)
{
    enum { AT_ONCE = 1024 };
    static pinna_report report;
    size_t bad;
    pinna_brir* brir = NULL;
    pinna_brir_player* player = NULL;
    pinna_scene scene = {0};
    pinna_scene_source* source = pinna_scene_add_sources(&scene, 1);
    pinna_path_point point = {0, {30, 0, 1}};
    source->bed = true;
    source->name = strdup("M+030");
    cr_assert_eq(pinna_path_create(PINNA_PATH_SOURCE, &point, 1, &bad, &source->path), PINNA_OK);
    cr_assert_eq(pinna_brir_create("room", &r->room, RATE, &report, &brir), PINNA_OK);
    cr_assert_eq(pinna_brir_furnish(brir, &report, &scene), PINNA_OK, "%s", pinna_report_error(&report));
    cr_assert_eq(pinna_brir_head_count(brir), HEADS);
    cr_assert_eq(pinna_brir_player_create(brir, AT_ONCE, 0, head, NULL, &player), PINNA_OK);
    for (size_t done = 0; done + AT_ONCE <= frames; done += AT_ONCE) {
        pinna_brir_player_add(player, source, in + done);
        pinna_brir_player_process(player, done, ears[0] + done, ears[1] + done);
    }
    cr_expect(!pinna_brir_player_failed(player));
    pinna_brir_player_destroy(player);
    pinna_brir_destroy(brir);
    pinna_scene_release(&scene);
}

static float* zeros(size_t count)
{
    float* samples = calloc(count, sizeof *samples);
    cr_assert(samples);
    return samples;
}

/* The loudspeaker stays where it is: its ITD is that of geometry, but for half a step of the grid. */
Test(brir, the_head_is_followed)
{
    enum { FRAMES = 4 * RATE };
    static test_room room;
    unsigned seed = 3;
    float *in = zeros(FRAMES), *ears[2] = {zeros(FRAMES), zeros(FRAMES)}, *both = zeros(2 * FRAMES);
    for (size_t i = 0; i < FRAMES; i++) in[i] = 0.3f * unit(&seed);
    make_room(&room, false);
    play(&room, swaying, in, ears, FRAMES);
    for (size_t i = 0; i < 2 * (size_t)FRAMES; i++) both[i] = ears[i % 2][i / 2];
    enter_folder();
    write_wav("out.wav", RATE, 2, 0, both, FRAMES);
    double worst_us = 0;
    for (double t_s = 0.1; t_s < 3.9; t_s += 0.1) {
        double seen_deg = 30 - yaw_at((uint64_t)(t_s * RATE));
        double expected_us = 1e6 / RATE * (arrival_frames(seen_deg, 1) - arrival_frames(seen_deg, 0));
        worst_us = fmax(worst_us, fabs(1e6 * itd_at("out.wav", t_s) - expected_us));
    }
    /* Half a step, and a quarter more before it is left: 5 degrees are 44 us in front. */
    fprintf(stderr, "brir: heads each 5 degrees, swaying by 60: ITD within %.1f us of geometry\n", worst_us);
    cr_expect_lt(worst_us, 44, "%.1f us", worst_us);
    free(in);
    free(ears[0]);
    free(ears[1]);
    free(both);
}

/* Fourth differences fall by 24 dB per octave towards low tones: of a sine of 500 Hz little is left, of a click all. */
static double clicks_db(const float* samples, size_t frames)
{
    double peak = 0, click = 0;
    for (size_t i = 4; i < frames; i++) {
        double d = (double)samples[i] - 4.0 * (double)samples[i - 1] + 6.0 * (double)samples[i - 2] -
                   4.0 * (double)samples[i - 3] + (double)samples[i - 4];
        click = fmax(click, fabs(d));
        peak = fmax(peak, fabs((double)samples[i]));
    }
    return 20 * log10(click / peak);
}

Test(brir, changes_of_orientation_do_not_click)
{
    enum { FRAMES = 2 * RATE };
    static test_room room;
    float *in = zeros(FRAMES), *ears[2] = {zeros(FRAMES), zeros(FRAMES)}, *still[2] = {zeros(FRAMES), zeros(FRAMES)};
    for (size_t i = 0; i < FRAMES; i++) in[i] = 0.5f * (float)sin(2 * PI * 500 * (double)i / RATE);
    make_room(&room, true);
    play(&room, swaying, in, ears, FRAMES);
    play(&room, NULL, in, still, FRAMES);
    cr_expect_lt(worst_db(still[0], ears[0], FRAMES - 1024), -100, "heads that hear the same");
    make_room(&room, false);
    memset(ears[0], 0, FRAMES * sizeof(float));
    play(&room, swaying, in, ears, FRAMES);
    size_t from = RATE / 10;
    double turning_db = clicks_db(ears[0] + from, FRAMES - from - 1024);
    fprintf(stderr, "brir: sine while the head turns: clicks %.1f dB, at rest %.1f dB\n", turning_db,
            clicks_db(still[0] + from, FRAMES - from - 1024));
    cr_expect_lt(turning_db, -55, "%.1f dB; a hard change would be above -10", turning_db);
    free(in);
    for (int ear = 0; ear < 2; ear++) {
        free(ears[ear]);
        free(still[ear]);
    }
}
