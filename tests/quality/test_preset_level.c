/* SPDX-License-Identifier: MIT */
/* Presets whole, room and all: as loud as each other, none later than another, and changed for another without a click.
 */
#include "spectra.h"
#include "support.h"

#include <pinna/preset.h>

#define PI 3.14159265358979323846
#define RATE_HZ 48000.0

enum { PRESETS = 3, BLOCK = 480, EVEN = 64, CUBE = 26, NOISE = 1 << 19 };

static pinna_preset preset_at(int index)
{
    pinna_preset preset;
    cr_assert_eq(pinna_preset_find(pinna_preset_name((uint32_t)index), &preset), PINNA_OK);
    return preset;
}

static pinna_hrtf* head_for(const set_name* set, const pinna_preset* preset)
{
    pinna_sofa* sofa = need_sofa(set);
    pinna_prepare_config config = pinna_prepare_config_default();
    config.options = preset->hrtf;
    pinna_hrtf* hrtf = NULL;
    cr_assert_eq(pinna_hrtf_prepare(pinna_sofa_measured(sofa), &config, NULL, &hrtf), PINNA_OK);
    pinna_sofa_destroy(sofa);
    return hrtf;
}

/* --- pink noise and BS.1770's meter --- */

/* White noise through P. Kellet's filter: -3 dB an octave within half a dB from 10 Hz on. */
static const float* pink_noise(void)
{
    static float noise[NOISE];
    static const double pole[] = {0.99886, 0.99332, 0.96900, 0.86650, 0.55000, -0.7616};
    static const double share[] = {0.0555179, 0.0750759, 0.1538520, 0.3104856, 0.5329522, -0.0168980};
    double state[6] = {0}, last = 0.0;
    uint32_t seed = 7;
    if (noise[100] != 0.0f) return noise;
    for (int n = -20000; n < NOISE; n++) {
        double white = random_unit(&seed), sum = last + 0.5362 * white;
        for (int i = 0; i < 6; i++) sum += state[i] = pole[i] * state[i] + share[i] * white;
        last = 0.115926 * white;
        if (n >= 0) noise[n] = (float)(0.02 * sum);
    }
    return noise;
}

typedef struct filter {
    double b[3], a[2], z[2];
} filter;

static double run(filter* f, double x)
{
    double y = f->b[0] * x + f->z[0];
    f->z[0] = f->b[1] * x - f->a[0] * y + f->z[1];
    f->z[1] = f->b[2] * x - f->a[1] * y;
    return y;
}

/* ITU-R BS.1770-4, tables 1 and 2, at 48 kHz. */
typedef struct meter {
    filter shelf[2], pass[2];
    double sum;
    size_t count;
} meter;

static meter meter_made(void)
{
    meter m = {.sum = 0.0};
    for (int ear = 0; ear < 2; ear++) {
        m.shelf[ear] = (filter){
            {1.53512485958697, -2.69169618940638, 1.19839281085285}, {-1.69065929318241, 0.73248077421585}, {0}};
        m.pass[ear] = (filter){{1.0, -2.0, 1.0}, {-1.99004745483398, 0.99007225036621}, {0}};
    }
    return m;
}

static void meter_add(meter* m, const float* left, const float* right, size_t count, bool counts)
{
    const float* in[2] = {left, right};
    for (int ear = 0; ear < 2; ear++)
        for (size_t n = 0; n < count; n++) {
            double y = run(&m->pass[ear], run(&m->shelf[ear], (double)in[ear][n]));
            if (counts) m->sum += y * y;
        }
    if (counts) m->count += count;
}

static double loudness(const meter* m)
{
    return -0.691 + 10.0 * log10(m->sum / (double)m->count);
}

/* --- level --- */

typedef struct stage {
    pinna_renderer* renderer;
    pinna_source sources[EVEN];
    pinna_input inputs[EVEN];
    size_t frame;
} stage;

static stage stage_for(pinna_hrtf* hrtf, const pinna_preset* preset, size_t source_count)
{
    stage s = {0};
    pinna_renderer_config config = plain_config(hrtf, PINNA_METHOD_AUTO);
    s.renderer = renderer_of(&config);
    cr_assert_eq(pinna_renderer_set_preset(s.renderer, preset, NULL), PINNA_OK);
    for (size_t i = 0; i < source_count; i++) s.sources[i] = source_at(s.renderer, (pinna_vec3){1, 0, 0});
    return s;
}

/* Noises of different sources lie far apart on the tape. */
static void render(stage* s, size_t source_count, float gain, size_t count, meter* m, size_t first_heard)
{
    const float* noise = pink_noise();
    static float in[EVEN][BLOCK], left[BLOCK], right[BLOCK];
    for (size_t done = 0; done < count; done += BLOCK, s->frame += BLOCK) {
        for (size_t i = 0; i < source_count; i++) {
            for (size_t n = 0; n < BLOCK; n++) in[i][n] = gain * noise[(s->frame + n + i * 4001) % NOISE];
            s->inputs[i] = (pinna_input){s->sources[i], in[i]};
        }
        pinna_renderer_process(s->renderer, s->inputs, source_count, left, right, BLOCK);
        meter_add(m, left, right, BLOCK, done >= first_heard);
    }
}

static void place(stage* s, size_t source, pinna_vec3 direction)
{
    pinna_source_params params = pinna_source_params_default();
    params.position = direction;
    params.snap = true;
    cr_assert_eq(pinna_source_set_params(s->renderer, s->sources[source], &params), PINNA_OK);
}

enum { FRONT, DIRECTIONS, DIFFUSE, MEASURES };

static void measure(pinna_hrtf* hrtf, const pinna_preset* preset, double levels[MEASURES])
{
    pinna_vec3 even[EVEN];
    even_directions(even, EVEN);
    stage one = stage_for(hrtf, preset, 1), many = stage_for(hrtf, preset, EVEN);
    meter front = meter_made(), cube = meter_made(), diffuse = meter_made();
    place(&one, 0, (pinna_vec3){1, 0, 0});
    render(&one, 1, 1.0f, 4 * 48000, &front, 48000);
    for (int i = 0; i < 27; i++) {
        if (i == 13) continue;
        place(&one, 0,
              pinna_vec3_normalize((pinna_vec3){(float)(i % 3 - 1), (float)(i / 3 % 3 - 1), (float)(i / 9 - 1)}));
        render(&one, 1, 1.0f, 48000, &cube, 24000);
    }
    for (size_t i = 0; i < EVEN; i++) place(&many, i, even[i]);
    render(&many, EVEN, 1.0f / sqrtf(EVEN), 3 * 48000, &diffuse, 48000);
    levels[FRONT] = loudness(&front);
    levels[DIRECTIONS] = loudness(&cube);
    levels[DIFFUSE] = loudness(&diffuse);
    pinna_renderer_destroy(one.renderer);
    pinna_renderer_destroy(many.renderer);
}

ParameterizedTestParameters(preset_level, presets_are_equally_loud)
{
    return cr_make_param_array(set_name, all_sets, all_set_count);
}

ParameterizedTest(const set_name* set, preset_level, presets_are_equally_loud)
{
    double levels[PRESETS][MEASURES], worst = 0.0;
    for (int p = 0; p < PRESETS; p++) {
        pinna_preset preset = preset_at(p);
        pinna_hrtf* hrtf = head_for(set, &preset);
        measure(hrtf, &preset, levels[p]);
        pinna_hrtf_release(hrtf);
    }
    for (int p = 1; p < PRESETS; p++) {
        say(set->label, "%-10s against flat: front %+.2f, 26 directions %+.2f, diffuse %+.2f LU",
            pinna_preset_name((uint32_t)p), levels[p][FRONT] - levels[0][FRONT],
            levels[p][DIRECTIONS] - levels[0][DIRECTIONS], levels[p][DIFFUSE] - levels[0][DIFFUSE]);
        for (int q = 0; q < p; q++)
            for (int m = 0; m < MEASURES; m++) worst = fmax(worst, fabs(levels[p][m] - levels[q][m]));
    }
    say(set->label, "whole presets: within %.2f dB of each other (bar 1)", worst);
    cr_expect_lt(worst, 1.0);
}

/* --- measured rooms --- */

/* Noise that decays and is dulled by a one-pole filter, from 20 ms on. */
static pinna_response* measured_room(double decay_s, double pole, float scale)
{
    enum { TAPS = 60000 };
    static float taps[2][TAPS];
    uint32_t seed = 11;
    pinna_convolver_config config = pinna_convolver_config_default();
    pinna_response* response = NULL;
    config.max_tap_count = TAPS;
    for (int ear = 0; ear < 2; ear++) {
        double last = 0.0;
        for (int n = 960; n < TAPS; n++) {
            last = pole * last + random_unit(&seed) * exp(-6.9 * n / (48000.0 * decay_s));
            taps[ear][n] = scale * (float)last;
        }
    }
    cr_assert_eq(pinna_response_create(&config, (const float* const[]){taps[0], taps[1]}, TAPS, &response), PINNA_OK);
    return response;
}

/* A source four metres off in a room that is louder than it: what it is heard at is the room's level. */
static double loudness_in_room(pinna_hrtf* hrtf, const pinna_preset* preset, pinna_response* response)
{
    pinna_renderer_config config = plain_config(hrtf, PINNA_METHOD_AUTO);
    config.max_room_tap_count = 60000;
    stage s = {.renderer = renderer_of(&config)};
    meter m = meter_made();
    cr_assert_eq(pinna_renderer_set_preset(s.renderer, preset, NULL), PINNA_OK);
    cr_assert_eq(pinna_renderer_set_room_response(s.renderer, response), PINNA_OK);
    s.sources[0] = source_at(s.renderer, (pinna_vec3){4.0f, 0.0f, 0.0f});
    render(&s, 1, 1.0f, 5 * 48000, &m, 2 * 48000);
    pinna_renderer_destroy(s.renderer);
    return loudness(&m);
}

Test(preset_level, measured_rooms_are_as_loud_as_the_model)
{
    static const struct {
        double decay_s, pole;
        float scale;
    } rooms[] = {{0.4, 0.0, 1.0f}, {2.0, 0.0, 1e-3f}, {0.1, 0.6, 0.1f}, {1.0, 0.95, 10.0f}, {0.6, -0.3, 0.01f}};
    pinna_preset preset = preset_at(1);
    pinna_hrtf* hrtf = head_for(KEMAR, &preset);
    preset.room.level_db = 6.0f;
    preset.room.reflections_db = -3.0f;
    double model = loudness_in_room(hrtf, &preset, NULL);
    for (int i = 0; i < 5; i++) {
        pinna_response* response = measured_room(rooms[i].decay_s, rooms[i].pole, rooms[i].scale);
        double off = loudness_in_room(hrtf, &preset, response) - model;
        say("KEMAR", "measured room, %.1f s, pole %+.2f, scale %g: %+.2f LU against the model (bar 1)",
            rooms[i].decay_s, rooms[i].pole, (double)rooms[i].scale, off);
        cr_expect_lt(fabs(off), 1.0);
        pinna_response_release(response);
    }
    pinna_hrtf_release(hrtf);
}

/* --- latency --- */

/* An impulse's first sound, with room and all, against flat's. */
Test(preset_level, no_preset_adds_latency)
{
    enum { COUNT = 256 };
    static float in[COUNT], left[PRESETS][COUNT], right[PRESETS][COUNT];
    double onset[PRESETS];
    in[0] = 1.0f;
    for (int p = 0; p < PRESETS; p++) {
        pinna_preset preset = preset_at(p);
        pinna_hrtf* hrtf = head_for(KU100, &preset);
        stage s = stage_for(hrtf, &preset, 1);
        place(&s, 0, (pinna_vec3){1, 0, 0});
        process_one(s.renderer, s.sources[0], in, left[p], right[p], COUNT);
        onset[p] = onset_frames(left[p], COUNT);
        pinna_renderer_destroy(s.renderer);
        pinna_hrtf_release(hrtf);
    }
    say("KU100", "first sound of an impulse: flat %.1f, cinematic %.1f, positional %.1f frames", onset[0], onset[1],
        onset[2]);
    cr_expect_float_eq(onset[1], onset[0], 1.0);
    cr_expect_float_eq(onset[2], onset[0], 1.0);
}

/* --- changing presets while they sound --- */

enum { SWITCHES = 6, HOLD = 48000, TOTAL = (SWITCHES + 1) * HOLD };

static const int order[SWITCHES + 1] = {0, 1, 2, 0, 2, 1, 0};

/* Renders a tape from a place, changing the preset each second. */
static void render_switching(pinna_hrtf* heads[PRESETS], const float* tape, pinna_vec3 where, float* left, float* right)
{
    pinna_preset preset = preset_at(order[0]);
    stage s = stage_for(heads[0], &preset, 1);
    place(&s, 0, where);
    for (size_t done = 0; done < TOTAL; done += BLOCK) {
        if (done && done % HOLD == 0) {
            int next = order[done / HOLD];
            preset = preset_at(next);
            cr_assert_eq(pinna_renderer_set_preset(s.renderer, &preset, heads[next]), PINNA_OK);
        }
        process_one(s.renderer, s.sources[0], tape + done, left + done, right + done, BLOCK);
        pinna_renderer_collect(s.renderer);
    }
    pinna_renderer_destroy(s.renderer);
}

/* What lies above 4 kHz around the switches against all, for a sound that ends at 2 kHz. */
static double beside_db(const float* x)
{
    static double high[TOTAL];
    double loudest = 0.0, worst = 0.0;
    band_pass(x, high, TOTAL, 4000.0, 20000.0, RATE_HZ);
    for (size_t first = HOLD / 2; first + 1024 < TOTAL - HOLD / 2; first += 128) {
        loudest = fmax(loudest, energy_of(x + first, 1024));
        worst = fmax(worst, energy(high + first, 1024));
    }
    return 10.0 * log10(worst / loudest);
}

Test(preset_level, switching_presets)
{
    static float left[TOTAL], right[TOTAL];
    pinna_hrtf* heads[PRESETS];
    for (int p = 0; p < PRESETS; p++) {
        pinna_preset preset = preset_at(p);
        heads[p] = head_for(KEMAR, &preset);
    }
    float *low = band_noise(TOTAL, 100.0, 2000.0, RATE_HZ, 3), *tone = sine(TOTAL, 500.0, RATE_HZ);
    const pinna_vec3 where = {0.8f, 0.5f, 0.1f};
    double click = -300.0, step = 0.0;
    const float* tapes[] = {low, tone};
    for (int i = 0; i < 2; i++) {
        render_switching(heads, tapes[i], where, left, right);
        click = fmax(click, fmax(beside_db(left), beside_db(right)));
    }
    render_switching(heads, pink_noise(), where, left, right);
    double levels[SWITCHES + 1];
    for (int i = 0; i <= SWITCHES; i++) {
        meter m = meter_made();
        for (size_t n = (size_t)i * HOLD; n < (size_t)(i + 1) * HOLD; n += BLOCK)
            meter_add(&m, left + n, right + n, BLOCK, n >= (size_t)i * HOLD + HOLD / 3);
        levels[i] = loudness(&m);
        if (i) step = fmax(step, fabs(levels[i] - levels[i - 1]));
    }
    say("KEMAR", "presets changed while sounding: beside the sound %.1f dB (bar -60), largest step %.2f LU (bar 1)",
        click, step);
    cr_expect_lt(click, -60.0);
    cr_expect_lt(step, 1.0);
    free(low);
    free(tone);
    for (int p = 0; p < PRESETS; p++) pinna_hrtf_release(heads[p]);
}
