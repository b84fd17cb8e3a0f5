/* SPDX-License-Identifier: MIT */
/*
 * Eight slow bars for an orchestra, one part per sound, all of one length so that they loop together. Bowed and blown
 * instruments are sums of harmonics shaped by the instrument's body, played by several players who differ a little in
 * pitch, vibrato and entry; plucked and struck ones are sums of dying waves.
 */
#include "synth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE ((double)PINNA_SOUNDS_RATE_HZ)
#define BEAT_S 1.0

enum { TABLE = 1024, HARMONICS = 40, CONTROL = 32 };

/* A resonance of the body: harmonics near it are louder. */
typedef struct formant {
    double centre_hz, width_octaves, gain;
} formant;

typedef struct instrument {
    double slope_db;          /* per octave of harmonic number */
    double even;              /* level of even harmonics */
    formant body[3];
    double attack_s, release_s;
    double vibrato_hz, vibrato_cents;
    double detune_cents;      /* among the players */
    double breath;            /* noise beside the tone */
    int players;
} instrument;

static const instrument strings = {
    -7, 1, {{280, 0.6, 0.6}, {480, 0.5, 0.8}, {2600, 1.0, 1.2}}, 0.16, 0.35, 5.6, 14, 7, 0.02, 5};
static const instrument low_strings = {
    -7.5, 1, {{110, 0.6, 0.8}, {220, 0.6, 0.9}, {1500, 1.0, 0.7}}, 0.2, 0.4, 5.0, 10, 6, 0.02, 4};
static const instrument flute = {-13, 0.7, {{800, 1.0, 0.6}, {0, 1, 0}, {0, 1, 0}}, 0.07, 0.15, 5.2, 12, 0, 0.06, 1};
static const instrument oboe = {-5,   0.9, {{1100, 0.5, 1.6}, {2700, 0.5, 1.2}, {0, 1, 0}}, 0.05, 0.12, 5.5, 10, 0,
                                0.01, 1};
static const instrument horn = {-9, 1, {{340, 0.7, 1.2}, {700, 0.7, 0.6}, {0, 1, 0}}, 0.12, 0.3, 4.5, 4, 5, 0.01, 3};

/* "F#4:2" is two beats of F sharp above middle C; "-:1" is a rest. */
typedef struct note {
    double frequency_hz; /* 0: a rest */
    double beats;
} note;

static const char* read_note(const char* text, note* out)
{
    static const int semitones[] = {9, 11, 0, 2, 4, 5, 7}; /* A to G above C */
    char letter = *text++;
    int pitch = letter == '-' ? 0 : semitones[letter - 'A'];
    if (*text == '#') pitch++, text++;
    int octave = letter == '-' ? 4 : *text++ - '0';
    char* end;
    out->beats = strtod(text + 1, &end); /* behind the colon */
    out->frequency_hz = letter == '-' ? 0 : 440 * exp2((pitch - 9 + 12 * (octave - 4)) / 12.0);
    while (*end == ' ')
        end++;
    return end;
}

static double body_gain(const instrument* who, double frequency_hz)
{
    double gain = 1;
    for (int f = 0; f < 3; f++) {
        if (who->body[f].centre_hz <= 0) continue;
        double away = log2(frequency_hz / who->body[f].centre_hz) / who->body[f].width_octaves;
        gain += who->body[f].gain * exp(-away * away);
    }
    return gain;
}

/* One wave of the tone at this pitch. Harmonics end below 16 kHz, so that vibrato does not fold any back. */
static void make_wave(const instrument* who, double frequency_hz, float wave[TABLE + 1])
{
    memset(wave, 0, sizeof(float) * (TABLE + 1));
    double power = 0;
    for (int h = 1; h <= HARMONICS && h * frequency_hz < 16000; h++) {
        double level = pow(10, who->slope_db / 20 * log2(h)) * body_gain(who, h * frequency_hz);
        if (h % 2 == 0) level *= who->even;
        power += level * level;
        for (int i = 0; i <= TABLE; i++)
            wave[i] += (float)(level * sin(2 * PINNA_SYNTH_PI * (double)(h * i % TABLE) / TABLE + 0.7 * h * h));
    }
    for (int i = 0; i <= TABLE; i++)
        wave[i] *= (float)(1 / sqrt(power));
}

static double envelope(const instrument* who, double t_s, double held_s)
{
    double rise = fmin(1, t_s / who->attack_s);
    rise = rise * rise * (3 - 2 * rise);
    double swell = 0.86 + 0.14 * sin(PINNA_SYNTH_PI * fmin(1, t_s / held_s));
    double fall = fmax(0, fmin(1, (held_s + who->release_s - t_s) / who->release_s));
    return rise * swell * fall * fall;
}

static void play_player(pinna_synth_ring* ring, const instrument* who, const float* wave, const note* what,
                        double start_s, uint32_t seed)
{
    pinna_synth_noise noise = {seed * 747796405u + 12345};
    double dice[4];
    for (int i = 0; i < 8; i++)
        dice[i % 4] = (double)pinna_synth_noise_next(&noise);
    double held_s = what->beats * BEAT_S, base = what->frequency_hz * exp2(who->detune_cents * dice[0] / 1200);
    double late_s = who->players > 1 ? 0.012 * (1 + dice[1]) : 0;
    double vibrato_hz = who->vibrato_hz * (1 + 0.1 * dice[2]), vibrato_phase = PINNA_SYNTH_PI * dice[3];
    double phase = (dice[0] + 1) * TABLE / 2, step = 0, level = 0, level_step = 0;
    size_t start = (size_t)((start_s + late_s) * RATE), count = (size_t)((held_s + who->release_s) * RATE);
    for (size_t i = 0; i < count; i++) {
        if (i % CONTROL == 0) {
            double t = (double)i / RATE, onset = fmin(1, t / 0.4);
            double bend = onset * who->vibrato_cents * sin(2 * PINNA_SYNTH_PI * vibrato_hz * t + vibrato_phase);
            step = base * exp2(bend / 1200) * TABLE / RATE;
            level_step = (envelope(who, t + CONTROL / RATE, held_s) - level) / CONTROL;
        }
        level += level_step;
        size_t at = (size_t)phase;
        double fraction = phase - (double)at;
        double tone = (double)wave[at] + fraction * (double)(wave[at + 1] - wave[at]);
        pinna_synth_add(ring, start + i, level * (tone + who->breath * (double)pinna_synth_noise_next(&noise)));
        phase += step;
        if (phase >= TABLE) phase -= TABLE;
    }
}

static void play(pinna_synth_ring* ring, const instrument* who, const char* part)
{
    float wave[TABLE + 1];
    double start_s = 0;
    for (uint32_t number = 0; *part; number++) {
        note what;
        part = read_note(part, &what);
        if (what.frequency_hz > 0) {
            make_wave(who, what.frequency_hz, wave);
            for (int player = 0; player < who->players; player++)
                play_player(ring, who, wave, &what, start_s, number * 16 + (uint32_t)player);
        }
        start_s += what.beats * BEAT_S;
    }
}

/* A dying wave, by turning a pointer. */
static void add_dying(pinna_synth_ring* ring, double at_s, double gain, double frequency_hz, double decay_s)
{
    double angle = 2 * PINNA_SYNTH_PI * frequency_hz / RATE, shrink = exp(-6.9078 / (decay_s * RATE));
    double c = shrink * cos(angle), s = shrink * sin(angle), x = gain, y = 0;
    size_t start = (size_t)(at_s * RATE), count = (size_t)(decay_s * 1.2 * RATE);
    for (size_t i = 0; i < count; i++) {
        pinna_synth_add(ring, start + i, y);
        double turned = c * x - s * y;
        y = s * x + c * y;
        x = turned;
    }
}

static void pluck(pinna_synth_ring* ring, double at_s, double frequency_hz)
{
    for (int h = 1; h <= 8 && h * frequency_hz < 16000; h++)
        add_dying(ring, at_s, 0.5 * sin(0.9 * h) / h, h * frequency_hz * (1 + 0.0002 * h * h), 2.4 / sqrt(h));
    pinna_synth_add_burst(ring, &(pinna_synth_burst){at_s, 0.1, 0.0005, 0.02, 3000, 0.6, (uint32_t)frequency_hz});
}

/* Modes of a kettledrum's skin in the kettle are nearly 1 : 1.5 : 2 : 2.44 (Rossing, The Physics of Kettledrums). */
static void strike(pinna_synth_ring* ring, double at_s, double gain, double frequency_hz)
{
    static const double modes[][2] = {{1, 1}, {1.5, 0.6}, {1.99, 0.4}, {2.44, 0.25}};
    for (int i = 0; i < 4; i++)
        add_dying(ring, at_s, gain * modes[i][1], frequency_hz * modes[i][0], 1.6 / (1 + 0.3 * i));
    pinna_synth_add_burst(ring, &(pinna_synth_burst){at_s, 0.6 * gain, 0.001, 0.06, 350, 0.5, 301});
}

static void play_harp(pinna_synth_ring* ring)
{
    static const char chords[8][4][4] = {
        {"D3", "A3", "D4", "F#4"}, {"C#3", "A3", "C#4", "E4"}, {"B2", "F#3", "B3", "D4"}, {"A2", "F#3", "A3", "C#4"},
        {"G2", "D3", "B3", "D4"},  {"F#2", "D3", "A3", "D4"},  {"E2", "B2", "G3", "B3"},  {"A2", "E3", "C#4", "G4"}};
    for (int eighth = 0; eighth < 64; eighth++) {
        static const int order[] = {0, 1, 2, 3, 2, 3, 2, 1};
        char text[8];
        note what;
        size_t length = strlen(chords[eighth / 8][order[eighth % 8]]);
        memcpy(text, chords[eighth / 8][order[eighth % 8]], length);
        memcpy(text + length, ":1", 3);
        read_note(text, &what);
        pluck(ring, eighth * 0.5 * BEAT_S + (eighth % 8 == 0 ? 0.02 : 0), what.frequency_hz);
    }
}

static void play_timpani(pinna_synth_ring* ring)
{
    static const double strokes[][3] = {{0, 1, 73.4}, {15.5, 0.5, 110}, {16, 0.9, 98}, {30, 0.7, 110}};
    for (size_t i = 0; i < sizeof strokes / sizeof strokes[0]; i++)
        strike(ring, strokes[i][0] * BEAT_S, strokes[i][1], strokes[i][2]);
    for (int roll = 0; roll < 22; roll++) /* towards the repeat */
        strike(ring, 30.2 + roll * 0.08, 0.08 + 0.02 * roll, 110);
}

static const struct {
    const char* name;
    const instrument* who;
    const char* notes;
} parts[] = {
    {"violins", &strings,
     "F#5:3 G5:1 E5:3 F#5:1 D5:2 B4:2 C#5:3 A4:1 B4:2 D5:1 G5:1 F#5:3 E5:1 G5:2 B5:1 A5:1 A5:2 G5:1 E5:1 "},
    {"second-violins", &strings, "D5:4 C#5:4 B4:2 F#4:2 A4:4 G4:2 B4:2 A4:3 A4:1 B4:2 G4:2 C#5:4 "},
    {"violas", &strings, "A4:4 A4:2 E4:2 F#4:4 F#4:2 C#4:2 D4:4 D4:2 F#4:2 E4:4 E4:2 G4:2 "},
    {"cellos", &low_strings,
     "D3:2 A3:2 C#3:2 A3:2 B2:2 F#3:2 A2:2 F#3:2 G2:2 D3:2 F#2:2 D3:2 E2:2 B2:2 A2:2 E3:2 "},
    {"basses", &low_strings, "D2:4 C#2:4 B1:4 A1:4 G1:4 F#1:4 E1:4 A1:4 "},
    {"flute", &flute,
     "-:4 -:4 -:2 F#6:1 E6:1 C#6:2 A5:2 D6:1 B5:1 G5:2 -:2 A5:1 D6:1 E6:1 D6:1 B5:2 -:2 C#6:1 E6:1 "},
    {"oboe", &oboe, "-:3 A5:1 G5:1 F#5:1 E5:2 -:4 -:2 F#5:1 E5:1 D5:3 C#5:1 D5:4 -:4 E5:2 C#5:2 "},
    {"horns", &horn, "D4:3 -:1 E4:3 -:1 D4:4 C#4:4 B3:4 -:1 D4:2 F#4:1 G4:4 E4:3 -:1 "},
};

void pinna_synth_orchestra(pinna_synth_ring* ring, const char* part)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strcmp(parts[i].name, part)) play(ring, parts[i].who, parts[i].notes);
    if (!strcmp(part, "harp")) play_harp(ring);
    if (!strcmp(part, "timpani")) play_timpani(ring);
}
