/* SPDX-License-Identifier: MIT */
/*
 * One source is listened to while others, 140 dB below it, come and go by the dozen, so that the renderer moves all of
 * them from the exact path to the batch path and back. The renderings that stay on one path are what it is held
 * against.
 */
#include "support.h"

enum { RATE = 48000, CROWD = 40, PERIOD = 8192, PERIODS = 6, FRAMES = PERIOD * PERIODS, WINDOW = 512 };

typedef struct listening {
    float* ears[2];
} listening;

static void free_listening(listening* l)
{
    free(l->ears[0]);
    free(l->ears[1]);
}

/* Odd periods are crowded. */
static listening listen(pinna_hrtf* hrtf, pinna_method method, pinna_vec3 direction, const float* signal,
                        const float* whisper)
{
    listening out = {{calloc(FRAMES, sizeof(float)), calloc(FRAMES, sizeof(float))}};
    pinna_renderer_config config = plain_config(hrtf, method);
    pinna_renderer* renderer = renderer_of(&config);
    pinna_input inputs[1 + CROWD];
    inputs[0].source = source_at(renderer, direction);
    uint32_t seed = 21;
    for (int i = 1; i <= CROWD; i++)
        inputs[i].source = source_at(renderer, random_direction(&seed));
    for (size_t start = 0; start < FRAMES; start += 256) {
        bool crowded = (start / PERIOD) % 2 == 1;
        inputs[0].samples = signal + start;
        for (int i = 1; i <= CROWD; i++)
            inputs[i].samples = whisper + start;
        pinna_renderer_process(renderer, inputs, crowded ? 1 + CROWD : 1, out.ears[0] + start, out.ears[1] + start,
                               256);
    }
    pinna_renderer_destroy(renderer);
    return out;
}

/* The largest share, over windows away from the signal's own ends, of what lies outside a band; relative to the mean
   level. */
static double worst_outside_db(const float* x, double low_hz, double high_hz)
{
    double *inside = malloc(FRAMES * sizeof *inside), worst = 0.0, mean;
    band_pass(x, inside, FRAMES, low_hz, high_hz, RATE);
    mean = energy_of(x, FRAMES) * WINDOW / FRAMES;
    for (size_t n = 0; n < FRAMES; n++)
        inside[n] = x[n] - inside[n];
    for (size_t start = PERIOD / 2; start < FRAMES - PERIOD / 2; start += WINDOW)
        worst = fmax(worst, energy(inside + start, WINDOW));
    free(inside);
    return ratio_db(worst, mean);
}

enum { SEGMENT = PERIOD / 2, OCTAVES = 7 };

/* Energies of the octaves from 125 Hz to 8 kHz in a Hann-windowed segment. */
static void octave_energies(const float* x, double energies[OCTAVES])
{
    static double re[SEGMENT], im[SEGMENT];
    for (size_t n = 0; n < SEGMENT; n++) {
        double window = sin(3.14159265358979 * ((double)n + 0.5) / SEGMENT);
        re[n] = x[n] * window * window;
        im[n] = 0.0;
    }
    fft(re, im, SEGMENT, false);
    for (int o = 0; o < OCTAVES; o++) {
        double centre = 125.0 * (1 << o) * SEGMENT / RATE;
        energies[o] = 0.0;
        for (size_t k = (size_t)ceil(centre / sqrt(2.0)); (double)k < centre * sqrt(2.0); k++)
            energies[o] += re[k] * re[k] + im[k] * im[k];
    }
}

typedef struct steps {
    double worst_db, worst_hz, sum_db, count;
} steps;

/* Level differences, octave by octave and segment by segment. The fades lie at segments' edges. */
static void note_steps(const float* reference, const float* got, steps* s)
{
    double a[OCTAVES], b[OCTAVES];
    for (size_t start = PERIOD / 2; start + PERIOD <= FRAMES; start += SEGMENT) {
        octave_energies(reference + start, a);
        octave_energies(got + start, b);
        for (int o = 0; o < OCTAVES; o++) {
            double step = fabs(ratio_db(b[o], a[o]));
            s->sum_db += step;
            s->count += 1.0;
            if (step > s->worst_db) s->worst_db = step, s->worst_hz = 125.0 * (1 << o);
        }
    }
}

static double click_db(pinna_hrtf* hrtf, pinna_vec3 direction, const float* signal, const float* whisper, double low_hz,
                       double high_hz)
{
    listening got = listen(hrtf, PINNA_METHOD_AUTO, direction, signal, whisper);
    double worst = fmax(worst_outside_db(got.ears[0], low_hz, high_hz), worst_outside_db(got.ears[1], low_hz, high_hz));
    free_listening(&got);
    return worst;
}

static void whisper_below_signal(float* whisper)
{
    for (size_t n = 0; n < FRAMES; n++)
        whisper[n] *= 1e-7f;
}

Test(hand_over, no_click)
{
    static const double tones_hz[] = {250.0, 1000.0, 4000.0};
    pinna_hrtf* hrtf = need_hrtf(KEMAR);
    float* whisper = band_noise(FRAMES, 200.0, 10000.0, RATE, 8);
    whisper_below_signal(whisper);
    uint32_t seed = 5;
    for (int i = 0; i < 4; i++) {
        pinna_vec3 direction = random_direction(&seed);
        double worst_tone = -INFINITY, worst_hz = 0.0;
        for (size_t t = 0; t < sizeof tones_hz / sizeof tones_hz[0]; t++) {
            float* tone = sine(FRAMES, tones_hz[t], RATE);
            double click = click_db(hrtf, direction, tone, whisper, 0.5 * tones_hz[t], 2.0 * tones_hz[t]);
            if (click > worst_tone) worst_tone = click, worst_hz = tones_hz[t];
            free(tone);
        }
        float* noise = band_noise(FRAMES, 500.0, 4000.0, RATE, 9);
        double worst_noise = click_db(hrtf, direction, noise, whisper, 250.0, 5000.0);
        say("KEMAR",
            "hand-over %d: worst 10 ms: %.1f dB an octave beside a sine (%.0f Hz), %.1f dB beside noise of 0.5-4 kHz "
            "(bar -70)",
            i, worst_tone, worst_hz, worst_noise);
        cr_expect_leq(worst_tone, -70.0);
        cr_expect_leq(worst_noise, -70.0);
        free(noise);
    }
    free(whisper);
    pinna_hrtf_release(hrtf);
}

Test(hand_over, same_levels)
{
    enum { DIRECTIONS = 12 };
    pinna_hrtf* hrtf = need_hrtf(KEMAR);
    float *whisper = band_noise(FRAMES, 200.0, 10000.0, RATE, 8), *noise = band_noise(FRAMES, 50.0, 18000.0, RATE, 10);
    whisper_below_signal(whisper);
    uint32_t seed = 6;
    steps s = {0};
    for (int i = 0; i < DIRECTIONS; i++) {
        pinna_vec3 direction = random_direction(&seed);
        listening exact = listen(hrtf, PINNA_METHOD_EXACT, direction, noise, whisper);
        listening got = listen(hrtf, PINNA_METHOD_AUTO, direction, noise, whisper);
        for (int ear = 0; ear < 2; ear++)
            note_steps(exact.ears[ear], got.ears[ear], &s);
        free_listening(&exact);
        free_listening(&got);
    }
    say("KEMAR", "hand-over: octave levels change by %.2f dB mean, %.2f dB at most (at %.0f Hz) (bar 0.5)",
        s.sum_db / s.count, s.worst_db, s.worst_hz);
    cr_expect_gt(s.worst_db, 0.0, "the path did not change");
    cr_expect_leq(s.worst_db, 0.5);
    free(noise);
    free(whisper);
    pinna_hrtf_release(hrtf);
}
