/* SPDX-License-Identifier: MIT */
/* Everything that can be switched while a scene plays: nothing clicks, and an hour of it leaves nothing behind. */
#include "demos/support.h"
#include "stage.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

enum { SECOND = 48000 / STAGE_PERIOD /* periods */ };

/* Sines from 100 Hz to 2 kHz, at random: what a click adds lies above. */
static void write_low_noise(const char* name, unsigned seed)
{
    enum { FRAMES = 60 * 48000, SINES = 24, FADE = 4800 };
    float* samples = calloc(FRAMES, sizeof *samples);
    for (int i = 0; i < SINES; i++) {
        seed = seed * 1664525u + 1013904223u;
        double step = 2 * PI * (100 + 1900.0 * (seed >> 8) / (1 << 24)) / 48000, phase = seed % 1000;
        for (int n = 0; n < FRAMES; n++)
            samples[n] += (float)(0.03 * sin(phase + step * n));
    }
    for (int n = 0; n < FADE; n++) {
        samples[n] *= (float)(0.5 - 0.5 * cos(PI * n / FADE));
        samples[FRAMES - 1 - n] *= (float)(0.5 - 0.5 * cos(PI * n / FADE));
    }
    write_wav(name, 48000, 1, 0, samples, FRAMES);
    free(samples);
}

static void write_scenes(void)
{
    write_low_noise("a.wav", 1);
    write_low_noise("b.wav", 2);
    write_text("one.json",
               "{\"version\":1,\"sources\":[{\"file\":\"a.wav\",\"category\":\"cue\",\"position\":{\"azimuth_deg\":40,"
               "\"elevation_deg\":10,\"distance_m\":1.5}},{\"file\":\"b.wav\",\"category\":\"music\",\"keyframes\":["
               "{\"t_s\":0,\"azimuth_deg\":-90,\"elevation_deg\":0,\"distance_m\":2},{\"t_s\":60,\"azimuth_deg\":"
               "990,\"elevation_deg\":0,\"distance_m\":2}]}]}");
    write_text("two.json",
               "{\"version\":1,\"preset\":\"cinematic\",\"sources\":[{\"file\":\"b.wav\",\"category\":\"ambience\","
               "\"position\":{\"azimuth_deg\":-70,\"elevation_deg\":-20,\"distance_m\":1}}]}");
}

/* A Butterworth high pass of order 16 at 4 kHz: 96 dB down at 2 kHz. */
typedef struct high_pass {
    double b[8], a[8][2], z[8][2];
} high_pass;

static high_pass high_pass_made(void)
{
    high_pass f = {0};
    double w = 2 * PI * 4000 / 48000;
    for (int i = 0; i < 8; i++) {
        double alpha = sin(w) * sin(PI * (2 * i + 1) / 32), a0 = 1 + alpha;
        f.b[i] = (1 + cos(w)) / 2 / a0;
        f.a[i][0] = -2 * cos(w) / a0;
        f.a[i][1] = (1 - alpha) / a0;
    }
    return f;
}

static double high_passed(high_pass* f, double x)
{
    for (int i = 0; i < 8; i++) {
        double y = f->b[i] * x + f->z[i][0];
        f->z[i][0] = -2 * f->b[i] * x - f->a[i][0] * y + f->z[i][1];
        f->z[i][1] = f->b[i] * x - f->a[i][1] * y;
        x = y;
    }
    return x;
}

/* The most that any window of 21 ms has above 4 kHz, against the loudest window: dB. */
static double beside_db(const float* stereo, size_t frame_count, int ear)
{
    enum { WINDOW = 1024, SETTLED = 4 * WINDOW }; /* the filter begins amid the sound */
    high_pass f = high_pass_made();
    double loudest = 1e-12, worst = 0;
    for (size_t first = 0; first + WINDOW <= frame_count; first += WINDOW) {
        double all = 0, high = 0;
        for (size_t n = first; n < first + WINDOW; n++) {
            double x = (double)stereo[2 * n + (size_t)ear], y = high_passed(&f, x);
            all += x * x;
            high += y * y;
        }
        loudest = fmax(loudest, all);
        if (first >= SETTLED) worst = fmax(worst, high);
    }
    return 10 * log10(worst / loudest);
}

typedef struct switching {
    const char* name;
    pinna_live_action action; /* PINNA_LIVE_ACTION_COUNT: the other scene */
} switching;

static const switching switchings[] = {{"nothing", PINNA_LIVE_LOOK_UP},
                                       {"preset", PINNA_LIVE_NEXT_PRESET},
                                       {"room", PINNA_LIVE_NEXT_ROOM},
                                       {"HRTF", PINNA_LIVE_NEXT_HEAD},
                                       {"equaliser", PINNA_LIVE_EQUALIZE},
                                       {"tracker", PINNA_LIVE_NEXT_TRACKER},
                                       {"scene", PINNA_LIVE_ACTION_COUNT},
                                       {"from the beginning", PINNA_LIVE_AGAIN},
                                       {"pause", PINNA_LIVE_CONFIRM},
                                       {"volume", PINNA_LIVE_SOFTER},
                                       {"recentre", PINNA_LIVE_RECENTRE}};

/* Switches once a second. The first half second, in which the scene begins, does not count. */
static double switch_and_listen(const switching* what)
{
    enum { TIMES = 5, PERIODS = (TIMES + 1) * SECOND };
    static float stereo[2 * STAGE_PERIOD * PERIODS];
    stage s = stage_start("one.json", 0);
    stage_render(&s, NULL, SECOND / 2);
    stage_render(&s, stereo, SECOND);
    for (int i = 1; i <= TIMES; i++) {
        if (what->action == PINNA_LIVE_ACTION_COUNT)
            pinna_live_session_play(s.session, i % 2 ? "two.json" : "one.json", NULL);
        else
            pinna_live_session_act(s.session, what->action);
        stage_settle(&s);
        stage_render(&s, stereo + 2 * STAGE_PERIOD * SECOND * i, SECOND);
    }
    stage_stop(&s);
    return fmax(beside_db(stereo, PERIODS * STAGE_PERIOD, 0), beside_db(stereo, PERIODS * STAGE_PERIOD, 1));
}

Test(switching, nothing_clicks, .timeout = 240)
{
    enter_folder();
    write_scenes();
    for (size_t i = 0; i < sizeof switchings / sizeof switchings[0]; i++) {
        double db = switch_and_listen(&switchings[i]);
        cr_log_info("%-20s beside the sound %.1f dB", switchings[i].name, db);
        cr_expect_lt(db, -60, "%s: %.1f dB", switchings[i].name, db);
    }
}

/* A cut of the same sound must not pass for a fade. */
Test(switching, a_click_would_be_found, .timeout = 60)
{
    enum { FRAMES = SECOND * STAGE_PERIOD };
    static float stereo[2 * FRAMES];
    enter_folder();
    write_scenes();
    stage s = stage_start("one.json", 0);
    stage_render(&s, NULL, SECOND / 2);
    stage_render(&s, stereo, SECOND);
    stage_stop(&s);
    memset(stereo + FRAMES, 0, FRAMES / 2 * sizeof *stereo);
    cr_expect_gt(beside_db(stereo, FRAMES, 0), -55);
}

/* ---- The soak ---- */

static size_t resident_kb(void)
{
    FILE* file = fopen("/proc/self/statm", "r");
    unsigned long all = 0, resident = 0;
    if (file && fscanf(file, "%lu %lu", &all, &resident) != 2) resident = 0;
    if (file) fclose(file);
    return resident * 4;
}

static uint32_t roll(uint32_t* seed, uint32_t count)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % count;
}

static void act_at_random(stage* s, uint32_t* seed)
{
    static const char* const scenes[] = {"one.json", "two.json", "helicopter", "footsteps", "broken.json", "nix.json"};
    uint32_t what = roll(seed, PINNA_LIVE_ACTION_COUNT + 4);
    if (what >= PINNA_LIVE_ACTION_COUNT)
        pinna_live_session_play(s->session, scenes[roll(seed, 6)], NULL);
    else if (what == PINNA_LIVE_NEXT_SCENE)
        pinna_live_session_answer(s->session, (float)roll(seed, 360), 0);
    else if (what != PINNA_LIVE_CANCEL && what != PINNA_LIVE_QUIT)
        pinna_live_session_act(s->session, (pinna_live_action)what);
}

enum { ROUND_S = 10, ROUND_FRAMES = ROUND_S * SECOND * STAGE_PERIOD };

/* Some switches in quick succession, then ten seconds of audio, now and then before anything has been loaded. */
static void soak_round(stage* s, uint32_t* seed, float* stereo)
{
    for (uint32_t i = roll(seed, 4); i; i--)
        act_at_random(s, seed);
    if (roll(seed, 3)) stage_settle(s);
    stage_render(s, stereo, ROUND_S * SECOND);
    for (size_t i = 0; i < 2u * ROUND_FRAMES; i++)
        if (!isfinite(stereo[i]) || fabsf(stereo[i]) > 2.0f) cr_assert(false, "sample %zu is %g", i, (double)stereo[i]);
}

/* tests/soak runs an hour; memory may not grow after the first quarter. */
Test(switching, soak, .timeout = 0)
{
    enum { SHORT_S = 120, ALLOWED_KB = 4096, TELL_ROUNDS = 30, COARSE = 128 };
    static float stereo[2 * ROUND_FRAMES];
    const char* asked = getenv("PINNA_SOAK_LIVE_S");
    size_t round_count = (size_t)(asked ? atoi(asked) : SHORT_S) / ROUND_S, warm_kb = 0;
    uint32_t seed = 5;
    enter_folder();
    write_scenes();
    write_text("broken.json", "{\"version\":1,\"sources\":[{\"file\":\"nix.wav\"");
    stage s = stage_start("one.json", COARSE);
    for (size_t i = 0; i < round_count; i++) {
        soak_round(&s, &seed, stereo);
        size_t now_kb = resident_kb();
        if (i < round_count / 4 && now_kb > warm_kb) warm_kb = now_kb;
        if (asked && i % TELL_ROUNDS == TELL_ROUNDS - 1)
            fprintf(stderr, "[soak] %zu s of audio, %zu kB\n", (i + 1) * ROUND_S, now_kb);
    }
    size_t end_kb = resident_kb();
    cr_log_info("%zu s of audio with switches: %zu kB after a quarter, %zu kB at the end", round_count * ROUND_S,
                warm_kb, end_kb);
    cr_expect_leq(end_kb, warm_kb + ALLOWED_KB);
    stage_stop(&s);
}
