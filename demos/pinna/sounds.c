/* SPDX-License-Identifier: MIT */
#include "sounds.h"
#include "synth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A two-bladed rotor: each blade slaps the air as it comes forward, the low thud first, then the slap's hiss. */
static void make_rotor(pinna_synth_ring* ring)
{
    enum { BLADES = 44 };
    double period_s = (double)ring->count / BLADES / PINNA_SOUNDS_RATE_HZ;
    for (uint32_t blade = 0; blade < BLADES; blade++) {
        double at = blade * period_s, weight = blade % 2 ? 0.86 : 1.0;
        pinna_synth_add_thump(ring, &(pinna_synth_thump){at, 0.9 * weight, 130, 42, 0.13});
        pinna_synth_add_burst(ring, &(pinna_synth_burst){at, 0.8 * weight, 0.006, 0.09, 420, 0.6, 7 + blade});
        pinna_synth_add_burst(ring, &(pinna_synth_burst){at + 0.004, 0.5 * weight, 0.01, 0.12, 2400, 0.5, 97 + blade});
        pinna_synth_add_burst(ring, &(pinna_synth_burst){at + 0.01, 0.22 * weight, 0.02, 0.11, 7500, 0.6, 197 + blade});
    }
    pinna_synth_add_noise(ring, 0.06, pinna_synth_low_pass(900, 0.7), 5);
}

static void make_turbine(pinna_synth_ring* ring)
{
    static const double tones[][2] = {{1380, 0.10}, {1397, 0.05}, {2760, 0.05}, {4140, 0.04}, {6890, 0.022}};
    for (size_t i = 0; i < sizeof tones / sizeof tones[0]; i++)
        pinna_synth_add_sine(ring, tones[i][1], tones[i][0]);
    for (int harmonic = 1; harmonic <= 8; harmonic++) /* the tail rotor's buzz */
        pinna_synth_add_sine(ring, 0.16 / harmonic, 57.5 * harmonic);
    pinna_synth_add_noise(ring, 0.25, pinna_synth_band_pass(5200, 0.5), 11);
    pinna_synth_add_noise(ring, 0.16, pinna_synth_band_pass(1300, 0.6), 12);
    pinna_synth_tremble(ring, 0.2, 11.0);
    pinna_synth_tremble(ring, 0.1, 0.5);
}

static void make_wind(pinna_synth_ring* ring)
{
    pinna_synth_add_noise(ring, 1.0, pinna_synth_band_pass(320, 0.8), 21);
    pinna_synth_add_noise(ring, 0.25, pinna_synth_band_pass(1400, 0.9), 22);
    pinna_synth_tremble(ring, 0.45, 0.13);
    pinna_synth_tremble(ring, 0.3, 0.31);
}

/* One step: the heel's knock, the sole rolling off, the toe. No two alike. */
static void add_step(pinna_synth_ring* ring, double at_s, uint32_t seed, double grit)
{
    pinna_synth_noise noise = {seed * 2654435761u + 1};
    for (int i = 0; i < 4; i++)
        pinna_synth_noise_next(&noise);
    double vary = 1 + 0.12 * (double)pinna_synth_noise_next(&noise);
    double weight = 1 + 0.15 * (double)pinna_synth_noise_next(&noise);
    pinna_synth_add_thump(ring, &(pinna_synth_thump){at_s, 0.5 * weight, 190 * vary, 72, 0.09});
    pinna_synth_add_burst(ring, &(pinna_synth_burst){at_s, 1.4 * weight, 0.0008, 0.035, 1900 * vary, 0.8, seed});
    pinna_synth_add_burst(ring, &(pinna_synth_burst){at_s, 0.9 * weight, 0.0005, 0.02, 5600 * vary, 0.7, seed + 50});
    pinna_synth_add_burst(ring, &(pinna_synth_burst){at_s + 0.03, 0.22, 0.03, 0.1, 3800 * vary, 0.5, seed + 100});
    pinna_synth_add_burst(ring, &(pinna_synth_burst){at_s + 0.12, 0.55, 0.004, 0.05, 1200 / vary, 0.7, seed + 150});
    for (int i = 0; i < 14 && grit > 0; i++) {
        double when = at_s + 0.02 + 0.16 * fabs((double)pinna_synth_noise_next(&noise));
        double centre = 4000 + 2500 * (double)pinna_synth_noise_next(&noise);
        pinna_synth_add_burst(ring,
                              &(pinna_synth_burst){when, grit, 0.0005, 0.012, centre, 1.5, seed + 200 + (uint32_t)i});
    }
}

static void make_steps(pinna_synth_ring* ring)
{
    enum { STEPS = 8 };
    double pace_s = (double)ring->count / STEPS / PINNA_SOUNDS_RATE_HZ;
    for (uint32_t step = 0; step < STEPS; step++)
        add_step(ring, step * pace_s + (step % 2 ? 0.012 : 0), 31 + step, 0);
}

static void make_gravel(pinna_synth_ring* ring)
{
    enum { STEPS = 8 };
    double pace_s = (double)ring->count / STEPS / PINNA_SOUNDS_RATE_HZ;
    for (uint32_t step = 0; step < STEPS; step++)
        add_step(ring, step * pace_s + (step % 2 ? 0 : 0.02), 531 + step, 1.1);
}

/* Water falling into water: a bubble's tone rises as it shrinks. */
static void make_drip(pinna_synth_ring* ring)
{
    static const double drops[][2] = {{0.2, 1150}, {1.5, 1320}, {1.72, 1700}, {3.1, 1010}};
    for (size_t i = 0; i < sizeof drops / sizeof drops[0]; i++) {
        pinna_synth_add_burst(ring, &(pinna_synth_burst){drops[i][0], 0.25, 0.0004, 0.012, 6500, 0.7, 61});
        pinna_synth_add_thump(ring,
                              &(pinna_synth_thump){drops[i][0] + 0.018, 0.5, drops[i][1], drops[i][1] * 1.6, 0.13});
    }
}

static void make_hum(pinna_synth_ring* ring)
{
    for (int harmonic = 1; harmonic <= 12; harmonic++)
        pinna_synth_add_sine(ring, 0.4 / harmonic, 50.0 * harmonic);
    pinna_synth_add_noise(ring, 0.35, pinna_synth_band_pass(750, 0.5), 41);
    pinna_synth_add_noise(ring, 0.15, pinna_synth_band_pass(4200, 0.5), 42);
}

/* What is to be found in the shooting range: three knocks on a steel plate. Broad-band, because the ear needs the
   octaves around 8 kHz to tell above from below and front from back. */
static void make_target(pinna_synth_ring* ring)
{
    static const double plate_hz[] = {870, 1493, 2411, 3667, 5210, 7950};
    for (uint32_t knock = 0; knock < 3; knock++) {
        double at = 0.01 + 0.17 * knock;
        pinna_synth_add_burst(ring, &(pinna_synth_burst){at, 1.0, 0.0004, 0.11, 3200, 0.25, 71 + knock});
        pinna_synth_add_burst(ring, &(pinna_synth_burst){at, 1.1, 0.0004, 0.09, 9000, 0.4, 81 + knock});
        for (size_t i = 0; i < sizeof plate_hz / sizeof plate_hz[0]; i++)
            pinna_synth_add_thump(ring, &(pinna_synth_thump){at, 0.09, plate_hz[i], plate_hz[i], 0.25});
    }
}

static void make_shot(pinna_synth_ring* ring)
{
    pinna_synth_add_thump(ring, &(pinna_synth_thump){0.005, 0.9, 240, 45, 0.3});
    pinna_synth_add_burst(ring, &(pinna_synth_burst){0.005, 2.2, 0.0003, 0.16, 900, 0.3, 91});
    pinna_synth_add_burst(ring, &(pinna_synth_burst){0.005, 1.6, 0.0002, 0.05, 5000, 0.3, 92});
    pinna_synth_add_burst(ring, &(pinna_synth_burst){0.06, 0.2, 0.04, 0.7, 600, 0.4, 93});
}

/* Soft enough to listen to for long, with something in every band: for loads and soaks. */
static void make_chirps(pinna_synth_ring* ring)
{
    static const double notes_hz[] = {523.3, 659.3, 784.0, 987.8, 1174.7};
    for (uint32_t i = 0; i < 5; i++) {
        pinna_synth_add_thump(ring, &(pinna_synth_thump){0.4 * i, 0.4, notes_hz[i], notes_hz[i], 0.5});
        pinna_synth_add_burst(ring, &(pinna_synth_burst){0.4 * i, 0.3, 0.001, 0.05, 6000, 0.5, 111 + i});
    }
}

static const struct {
    const char* name;
    double seconds;
    void (*make)(pinna_synth_ring* ring); /* NULL: a part of the orchestra */
} sounds[] = {
    {"rotor", 4.0, make_rotor},
    {"turbine", 4.0, make_turbine},
    {"wind", 15.0, make_wind},
    {"steps", 4.4, make_steps},
    {"gravel", 4.8, make_gravel},
    {"drip", 4.0, make_drip},
    {"hum", 4.0, make_hum},
    {"target", 0.7, make_target},
    {"shot", 1.2, make_shot},
    {"chirps", 2.0, make_chirps},
    {"violins", PINNA_ORCHESTRA_SECONDS, NULL},
    {"second-violins", PINNA_ORCHESTRA_SECONDS, NULL},
    {"violas", PINNA_ORCHESTRA_SECONDS, NULL},
    {"cellos", PINNA_ORCHESTRA_SECONDS, NULL},
    {"basses", PINNA_ORCHESTRA_SECONDS, NULL},
    {"flute", PINNA_ORCHESTRA_SECONDS, NULL},
    {"oboe", PINNA_ORCHESTRA_SECONDS, NULL},
    {"horns", PINNA_ORCHESTRA_SECONDS, NULL},
    {"harp", PINNA_ORCHESTRA_SECONDS, NULL},
    {"timpani", PINNA_ORCHESTRA_SECONDS, NULL},
};

enum { SOUND_COUNT = sizeof sounds / sizeof sounds[0] };

const char* const pinna_sounds_names[SOUND_COUNT + 1] = {
    "rotor",  "turbine",        "wind",   "steps",  "gravel", "drip",  "hum",  "target", "shot", "chirps",  "violins",
    "second-violins", "violas", "cellos", "basses", "flute",  "oboe",  "horns", "harp",  "timpani", NULL};

const char* pinna_sounds_builtin_name(const char* file)
{
    size_t length = strlen(PINNA_SOUNDS_PREFIX);
    return strncmp(file, PINNA_SOUNDS_PREFIX, length) ? NULL : file + length;
}

static void normalize(pinna_synth_ring* ring)
{
    float peak = 1e-9f;
    for (size_t i = 0; i < ring->count; i++)
        peak = fmaxf(peak, fabsf(ring->samples[i]));
    for (size_t i = 0; i < ring->count; i++)
        ring->samples[i] *= 0.9f / peak;
}

pinna_status pinna_sounds_make(const char* name, float** out, size_t* frame_count)
{
    *out = NULL;
    size_t sound = 0;
    while (sound < SOUND_COUNT && strcmp(name, sounds[sound].name))
        sound++;
    if (sound == SOUND_COUNT) return PINNA_ERROR_ARGUMENT;
    pinna_synth_ring ring = {.count = (size_t)llround(sounds[sound].seconds * PINNA_SOUNDS_RATE_HZ)};
    ring.samples = calloc(ring.count, sizeof *ring.samples);
    if (!ring.samples) return PINNA_ERROR_MEMORY;
    if (sounds[sound].make) sounds[sound].make(&ring);
    else pinna_synth_orchestra(&ring, name);
    normalize(&ring);
    *out = ring.samples;
    *frame_count = ring.count;
    return PINNA_OK;
}
