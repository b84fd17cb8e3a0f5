/* SPDX-License-Identifier: MIT */
/*
 * Clicks: whatever changes at once, nothing is heard beside the signal. A tone or a narrow noise plays, something
 * changes in the midst of a wave, and what appears above the signal's band around that moment is measured against the
 * signal itself.
 */
#include "dsp/fft.h"
#include "realtime/head.h"

#include <pinna/renderer.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { RATE_HZ = 48000, FRAMES = 24000, WINDOW = 1024, BINS = WINDOW / 2 + 1, HOP = 32, BLOCK = 100,
       FROM = 8400, UNTIL = 16500 /* where things change */ };
#define PI 3.14159265358979323846

/* The signals end below 2 kHz. What a change over a few milliseconds does to their edges, the ear hides under them. */
#define BAND_END_HZ 4000.0
#define LIMIT_DB (-70.0)
/* Steps that are taken as straight ramps, so that steady movement stays steady. */
#define RAMP_LIMIT_DB (-60.0)

typedef enum signal_kind { TONE_1000, TONE_300, NOISE, SIGNAL_COUNT } signal_kind;
static const char* const signal_names[] = {"1 kHz", "300 Hz", "noise"};
static float signals[SIGNAL_COUNT][FRAMES];

/* --- the meter --- */

static double bessel_i0(double x)
{
    double sum = 1.0, term = 1.0;
    for (int k = 1; k < 60; k++) sum += term *= x / (2.0 * k) * (x / (2.0 * k));
    return sum;
}

/* Kaiser's window with side lobes below -115 dB: the meter sees no click that is not there. */
static double kaiser(int n, int count)
{
    double x = 2.0 * ((double)n + 0.5) / count - 1.0;
    return bessel_i0(15.5 * sqrt(1.0 - x * x)) / bessel_i0(15.5);
}

typedef struct meter {
    float window[WINDOW];
    pinna_fft* fft;
    void* memory;
} meter;

static void meter_open(meter* m)
{
    m->memory = malloc(pinna_fft_size(WINDOW));
    m->fft = pinna_fft_place(m->memory, WINDOW);
    for (int n = 0; n < WINDOW; n++) m->window[n] = (float)kaiser(n, WINDOW);
}

/* Energy of the window that starts at x, above a frequency. */
static double energy_above(meter* m, const float* x, double hz)
{
    float windowed[WINDOW];
    pinna_complex bins[BINS];
    double sum = 0.0;
    for (int n = 0; n < WINDOW; n++) windowed[n] = m->window[n] * x[n];
    pinna_fft_forward(m->fft, windowed, bins);
    for (int k = (int)ceil(hz * WINDOW / RATE_HZ); k < BINS; k++)
        sum += (double)bins[k].re * (double)bins[k].re + (double)bins[k].im * (double)bins[k].im;
    return sum;
}

/* The most there ever is above the band, against the signal at its loudest. */
static double click_db(meter* m, const float* ears[PINNA_EAR_COUNT], double hz)
{
    double loudest = 0.0, worst = 0.0;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        for (int n = FROM; n + WINDOW <= UNTIL; n += HOP) {
            loudest = fmax(loudest, energy_above(m, ears[ear] + n, 0.0));
            worst = fmax(worst, energy_above(m, ears[ear] + n, hz));
        }
    }
    return 10.0 * log10(worst / loudest + 1e-30);
}

/* --- the signals --- */

/* Noise below 2 kHz: windowed-sinc filtered, so that nothing above 4 kHz is left. */
static void fill_noise(float* out)
{
    enum { TAPS = 601 };
    static float white[FRAMES + TAPS];
    double taps[TAPS];
    uint32_t state = 9;
    for (int n = 0; n < FRAMES + TAPS; n++) white[n] = next_between(&state, -1.0f, 1.0f);
    for (int k = 0; k < TAPS; k++) {
        double t = k - (TAPS - 1) / 2, x = 2.0 * PI * 1800.0 / RATE_HZ * t;
        taps[k] = (t == 0.0 ? 1.0 : sin(x) / x) * kaiser(k, TAPS) * 2.0 * 1800.0 / RATE_HZ;
    }
    for (int n = 0; n < FRAMES; n++) {
        double sum = 0.0;
        for (int k = 0; k < TAPS; k++) sum += taps[k] * (double)white[n + k];
        out[n] = (float)sum;
    }
}

static void fill_signals(void)
{
    for (int n = 0; n < FRAMES; n++) {
        /* Changes come at 300 Hz's crest, at 1 kHz's flank. */
        signals[TONE_1000][n] = (float)(0.5 * sin(2.0 * PI * 1000.0 * n / RATE_HZ + 0.6));
        signals[TONE_300][n] = (float)(0.5 * cos(2.0 * PI * 300.0 * n / RATE_HZ));
    }
    fill_noise(signals[NOISE]);
}

/* Starting and ending are changes of their own: elsewhere the signal comes and goes slowly. */
static void soften(float* x, int count)
{
    for (int n = 0; n < 2000 && n < count; n++) {
        float gain = (float)(0.5 - 0.5 * cos(PI * (n + 0.5) / 2000.0));
        x[n] *= gain;
        x[count - 1 - n] *= gain;
    }
}

/* --- the stage --- */

typedef struct stage {
    pinna_renderer* renderer;
    pinna_source source;
    pinna_source_params params;
    pinna_hrtf *hrtf, *other;
    pinna_source crowd[40];
    bool is_fed;
    bool crowd_is_fed;
} stage;

typedef void change(stage* s);

static void publish(stage* s)
{
    cr_assert_eq(pinna_source_set_params(s->renderer, s->source, &s->params), PINNA_OK);
}

static void nothing(stage* s)
{
    (void)s;
}

static void bypass_on(stage* s)
{
    s->params.bypass = true;
    publish(s);
}

static void bypass_off(stage* s)
{
    s->params.bypass = false;
    publish(s);
}

static void snap_far(stage* s)
{
    s->params.position = (pinna_vec3){-0.5f, -0.8f, 0.3f};
    s->params.snap = true;
    publish(s);
}

static void glide_far(stage* s)
{
    s->params.position = (pinna_vec3){-0.5f, -0.8f, 0.3f};
    publish(s);
}

static void glide_near(stage* s)
{
    s->params.position = (pinna_vec3){0.6f, 0.9f, 0.0f};
    publish(s);
}

static void swap_set(stage* s)
{
    cr_assert_eq(pinna_renderer_set_hrtf(s->renderer, s->other), PINNA_OK);
}

static void start(stage* s)
{
    s->is_fed = true;
}

static void stop(stage* s)
{
    s->is_fed = false;
}

static void destroy(stage* s)
{
    cr_assert_eq(pinna_source_destroy(s->renderer, s->source), PINNA_OK);
}

static void quieten(stage* s)
{
    s->params.gain = 0.0f;
    publish(s);
}

static void occlude(stage* s)
{
    s->params.occlusion = 1.0f;
    s->params.transmission[0] = 0.3f;
    publish(s);
}

static void propagation_on(stage* s)
{
    s->params.position = pinna_vec3_scale(s->params.position, 8.0f);
    s->params.distance_model = PINNA_DISTANCE_NONE;
    s->params.propagation = true;
    publish(s);
}

static void propagation_off(stage* s)
{
    s->params.propagation = false;
    publish(s);
}

static void near_on(stage* s)
{
    s->params.near_field = true;
    publish(s);
}

static void extent_on(stage* s)
{
    s->params.extent_m = 3.0f;
    publish(s);
}

static void turn_head(stage* s)
{
    pinna_listener_params listener = pinna_listener_params_default();
    listener.head_orientation = pinna_quat_from_yaw_pitch_roll(170.0f, 20.0f, 0.0f);
    cr_assert_eq(pinna_renderer_set_listener(s->renderer, &listener), PINNA_OK);
}

static void crowd_in(stage* s)
{
    s->crowd_is_fed = true;
}

static void crowd_out(stage* s)
{
    s->crowd_is_fed = false;
}

typedef struct scenario {
    const char* name;
    change *before, *first, *second; /* at frames 0, 9,600 and 14,000 */
    bool starts_silent, starts_near, snaps_first, is_ramp;
} scenario;

static const scenario scenarios[] = {
    {"nothing", nothing, nothing, nothing, 0, 0, 0, 0},
    {"bypass on, off", nothing, bypass_on, bypass_off, 0, 0, 0, 0},
    {"snap", nothing, snap_far, nothing, 0, 0, 0, 0},
    {"snap in bypass", bypass_on, snap_far, nothing, 0, 0, 0, 0},
    {"leap without snap", nothing, glide_far, nothing, 0, 0, 0, 1},
    {"step aside", nothing, glide_near, nothing, 0, 0, 0, 1},
    {"set swap", nothing, swap_set, nothing, 0, 0, 0, 0},
    {"head turns", nothing, turn_head, nothing, 0, 0, 0, 1},
    {"birth", nothing, start, nothing, 1, 0, 0, 0},
    {"birth in bypass", bypass_on, start, nothing, 1, 0, 0, 0},
    {"feed stops", nothing, stop, nothing, 0, 0, 0, 0},
    {"feed stops in bypass", bypass_on, stop, nothing, 0, 0, 0, 0},
    {"feed stops, goes on", nothing, stop, start, 0, 0, 0, 0},
    {"death", nothing, destroy, nothing, 0, 0, 0, 0},
    {"death in bypass", bypass_on, destroy, nothing, 0, 0, 0, 0},
    {"gain to 0", nothing, quieten, nothing, 0, 0, 0, 1},
    {"occlusion", nothing, occlude, nothing, 0, 0, 0, 1},
    {"propagation on, off", nothing, propagation_on, propagation_off, 0, 0, 0, 0},
    {"propagation, feed stops", propagation_on, stop, nothing, 0, 0, 0, 0},
    {"near field", nothing, near_on, nothing, 0, 1, 0, 0},
    {"extent", nothing, extent_on, nothing, 0, 0, 0, 0},
};
/* From the exact to the batch path and back. */
static const scenario hand_over = {"crowd comes and goes", nothing, crowd_in, crowd_out, 0, 0, 0, 0};
enum { SCENARIO_COUNT = sizeof scenarios / sizeof scenarios[0] };

static void stage_open(stage* s, const scenario* what, pinna_method method, pinna_hrtf* hrtf, pinna_hrtf* other)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    config.method = method;
    config.hrtf = hrtf;
    config.max_propagation_m = 20.0f;
    *s = (stage){.hrtf = hrtf, .other = other, .params = pinna_source_params_default(), .is_fed = !what->starts_silent};
    cr_assert_eq(pinna_renderer_create(&config, &s->renderer), PINNA_OK);
    cr_assert_eq(pinna_source_create(s->renderer, &s->source), PINNA_OK);
    for (int i = 0; i < 40; i++) cr_assert_eq(pinna_source_create(s->renderer, &s->crowd[i]), PINNA_OK);
    s->params.position = what->starts_near ? (pinna_vec3){0.1f, 0.2f, 0.0f} : (pinna_vec3){0.7f, 0.7f, 0.1f};
    s->params.snap = what->snaps_first;
    publish(s);
    s->params.snap = false;
    what->before(s);
}

static void render(stage* s, const scenario* what, const float* in, float* left, float* right)
{
    static float hush[BLOCK]; /* too quiet to be heard, loud enough to keep the crowd awake */
    for (int n = 0; n < BLOCK; n++) hush[n] = 1e-12f;
    for (int done = 0, block = 0; done + BLOCK <= FRAMES; done += BLOCK, block++) {
        if (block == 96) what->first(s);
        if (block == 140) what->second(s);
        pinna_input inputs[41] = {{s->source, s->is_fed ? in + done : NULL}};
        for (int i = 0; i < 40; i++) inputs[i + 1] = (pinna_input){s->crowd[i], hush};
        pinna_renderer_process(s->renderer, inputs, s->crowd_is_fed ? 41 : 1, left + done, right + done, BLOCK);
    }
}

static double measure(meter* m, const scenario* what, signal_kind kind, pinna_method method, pinna_hrtf* hrtf,
                      pinna_hrtf* other, double band_end_hz)
{
    static float in[FRAMES], left[FRAMES], right[FRAMES];
    stage s;
    stage_open(&s, what, method, hrtf, other);
    memcpy(in, signals[kind], sizeof in);
    soften(in, FRAMES);
    render(&s, what, in, left, right);
    pinna_renderer_destroy(s.renderer);
    return click_db(m, (const float*[]){left, right}, band_end_hz);
}

/* Returns how many signals the change adds a click to. */
static int judge(meter* m, const scenario* what, pinna_method method, const char* label, pinna_hrtf* hrtf,
                 pinna_hrtf* other)
{
    int failed_count = 0;
    char line[200];
    double limit_db = what->is_ramp ? RAMP_LIMIT_DB : LIMIT_DB;
    int length = snprintf(line, sizeof line, "[clicks, %s] %-24s", label, what->name);
    for (signal_kind kind = 0; kind < SIGNAL_COUNT; kind++) {
        double db = measure(m, what, kind, method, hrtf, other, BAND_END_HZ);
        failed_count += !(db <= limit_db);
        length += snprintf(line + length, sizeof line - (size_t)length, "  %s %6.1f dB%s", signal_names[kind], db,
                           db <= limit_db ? "   " : " !!");
    }
    fprintf(stderr, "%s\n", line);
    return failed_count;
}

static void judge_all(pinna_method method, const char* label)
{
    pinna_status status;
    meter m;
    pinna_hrtf *hrtf = make_head(1, 200, 128, NULL, &status), *other = make_head(2, 200, 128, NULL, &status);
    cr_assert(hrtf && other);
    meter_open(&m);
    fill_signals();
    int failed_count = method == PINNA_METHOD_EXACT ? judge(&m, &hand_over, PINNA_METHOD_AUTO, "auto", hrtf, other) : 0;
    for (int i = 0; i < SCENARIO_COUNT; i++) failed_count += judge(&m, &scenarios[i], method, label, hrtf, other);
    free(m.memory);
    pinna_hrtf_release(other);
    pinna_hrtf_release(hrtf);
    cr_assert_eq(failed_count, 0, "%d of the changes click", failed_count);
}

Test(clicks, exact)
{
    judge_all(PINNA_METHOD_EXACT, "exact");
}

Test(clicks, batch)
{
    judge_all(PINNA_METHOD_BATCH, "batch");
}
