/* SPDX-License-Identifier: MIT */
/* The late reverberator, measured as a listener's room would be. */
#include "reverb_measure.h"

#include "base/memory.h"
#include "dsp/reverb.h"
#include "hrtf/diffuse.h"
#include "render/room.h"

#include <criterion/criterion.h>
#include <pinna/sofa.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 48000.0

enum { FLAT_BINS = 2 };

typedef struct room {
    void* memory;
    pinna_reverb* reverb;
    pinna_reverb_tuning tuning;
    pinna_reverb_ears ears;
} room;

static void flat_ears(pinna_reverb_ears* ears, double rate_hz)
{
    static const float none[FLAT_BINS] = {0.0f, 0.0f}, unit[FLAT_BINS] = {1.0f, 1.0f};
    const float* power[2] = {unit, unit};
    cr_assert(pinna_reverb_shape_ears(ears, rate_hz, none, power, FLAT_BINS, pinna_allocator_default()));
}

static room room_on(const pinna_reverb_params* params, double rate_hz, const pinna_kernels* kernels)
{
    room r = {0};
    pinna_reverb_config config = {.sample_rate_hz = rate_hz, .input_count = 1, .kernels = kernels};
    pinna_arena arena = {0};
    pinna_reverb_place(&arena, &config, NULL, NULL);
    r.memory = aligned_alloc(PINNA_ALIGNMENT, (arena.used + PINNA_ALIGNMENT - 1) / PINNA_ALIGNMENT * PINNA_ALIGNMENT);
    memset(r.memory, 0xa5, arena.used);
    pinna_reverb_tune(params, rate_hz, &r.tuning);
    flat_ears(&r.ears, rate_hz);
    arena = (pinna_arena){.base = r.memory};
    r.reverb = pinna_reverb_place(&arena, &config, &r.tuning, &r.ears);
    cr_assert_not_null(r.reverb);
    return r;
}

static room room_of(const pinna_reverb_params* params)
{
    return room_on(params, RATE_HZ, pinna_kernels_select(pinna_cpu_flags()));
}

static pinna_reverb_params params_of(const pinna_room_preset* preset)
{
    pinna_reverb_params params = {.level = 1.0f};
    memcpy(params.size_m, preset->size_m, sizeof params.size_m);
    memcpy(params.rt60_s, preset->rt60_s, sizeof params.rt60_s);
    return params;
}

static pinna_reverb_params params_named(const char* name)
{
    return params_of(pinna_room_find_preset(name));
}

static void run(room* r, const float* in, float* left, float* right, size_t count, size_t block)
{
    for (size_t done = 0, part; done < count; done += part) {
        part = count - done < block ? count - done : block;
        const float* at = in ? in + done : NULL;
        pinna_reverb_process(r->reverb, &at, left + done, right + done, part);
    }
}

typedef struct response {
    size_t count;
    float *left, *right;
} response;

static response respond(room* r, double seconds)
{
    response x = {.count = (size_t)(seconds * RATE_HZ)};
    float* in = calloc(x.count, sizeof *in);
    x.left = malloc(x.count * sizeof *in);
    x.right = malloc(x.count * sizeof *in);
    in[0] = 1.0f;
    run(r, in, x.left, x.right, x.count, 480);
    free(in);
    return x;
}

static void drop(room* r, response* x)
{
    free(x->left);
    free(x->right);
    free(r->memory);
}

static float noise(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state / 2147483648.0 - 1.0);
}

/* --- decay --- */

static void expect_decay(const char* name, const pinna_reverb_params* params)
{
    room r = room_of(params);
    response x = respond(&r, 1.5 * params->rt60_s[0] + 0.5);
    for (int band = 1; band <= 5; band++) {
        double centre_hz = 125.0 * (1 << band), wanted = params->rt60_s[band];
        double left = octave_decay_s(x.left, x.count, RATE_HZ, centre_hz);
        double right = octave_decay_s(x.right, x.count, RATE_HZ, centre_hz);
        fprintf(stderr, "decay: %-12s %5.0f Hz asked %.3f s, left %+.1f %%, right %+.1f %%\n", name, centre_hz, wanted,
                100.0 * (left / wanted - 1.0), 100.0 * (right / wanted - 1.0));
        cr_expect(fabs(left / wanted - 1.0) < 0.1 && fabs(right / wanted - 1.0) < 0.1, "%s, %g Hz", name, centre_hz);
    }
    drop(&r, &x);
}

Test(reverb, decays_per_octave_as_asked)
{
    for (int i = 0; i < PINNA_ROOM_PRESET_COUNT; i++) {
        pinna_reverb_params params = params_of(&pinna_room_presets[i]);
        expect_decay(pinna_room_presets[i].name, &params);
    }
}

Test(reverb, decays_as_asked_where_bands_differ)
{
    pinna_reverb_params params = params_named("cinema");
    pinna_reverb_spread_bands(1.2f, 0.8f, 0.5f, params.rt60_s);
    expect_decay("three bands", &params);
    static const float rising[PINNA_REVERB_BANDS] = {0.5f, 0.6f, 0.8f, 1.0f, 1.2f, 1.1f, 0.8f};
    memcpy(params.rt60_s, rising, sizeof rising);
    expect_decay("rising", &params);
    pinna_reverb_spread_bands(0.3f, 0.3f, 0.3f, params.rt60_s);
    expect_decay("short", &params);
}

Test(reverb, has_the_energy_and_onset_it_promises)
{
    for (int i = 0; i < PINNA_ROOM_PRESET_COUNT; i++) {
        pinna_reverb_params params = params_of(&pinna_room_presets[i]);
        pinna_reverb_spread_bands(params.rt60_s[3], params.rt60_s[3], params.rt60_s[3], params.rt60_s);
        params.pre_delay_s = 0.1f;
        params.level = 0.5f;
        room r = room_of(&params);
        response x = respond(&r, 2.0 * params.rt60_s[3] + 0.5);
        double energy[2] = {0.0, 0.0};
        for (size_t n = 0; n < x.count; n++) {
            energy[0] += (double)x.left[n] * x.left[n];
            energy[1] += (double)x.right[n] * x.right[n];
        }
        size_t first = 0;
        while (first < x.count && fabsf(x.left[first]) < 1e-4f) first++;
        fprintf(stderr, "level: %-12s %+.2f and %+.2f dB of asked, onset at %zu of %u frames\n",
                pinna_room_presets[i].name, 10.0 * log10(energy[0] / 0.25), 10.0 * log10(energy[1] / 0.25), first,
                r.tuning.onset_frames);
        cr_expect_eq(r.tuning.onset_frames, 4800);
        cr_expect(first >= 4800 && first < 4800 + 48);
        cr_expect(fabs(10.0 * log10(energy[0] / 0.25)) < 1.0 && fabs(10.0 * log10(energy[1] / 0.25)) < 1.0);
        drop(&r, &x);
    }
}

/* --- texture --- */

Test(reverb, is_dense_by_80_ms)
{
    for (int i = 0; i < PINNA_ROOM_PRESET_COUNT; i++) {
        pinna_reverb_params params = params_of(&pinna_room_presets[i]);
        room r = room_of(&params);
        response x = respond(&r, 0.4);
        double reached_s = 1.0, mean = 0.0;
        int count = 0;
        for (double t = 0.005; t < 0.2; t += 0.001) {
            double density = echo_density(x.left, x.count, RATE_HZ, (size_t)(t * RATE_HZ));
            if (density >= 1.0 && reached_s == 1.0) reached_s = t;
            if (t >= 0.08) mean += density, count++;
        }
        fprintf(stderr, "echo density: %-12s reaches 1 after %.0f ms; mean from 80 to 200 ms %.2f\n",
                pinna_room_presets[i].name, 1e3 * reached_s, mean / count);
        cr_expect(reached_s <= 0.08, "%s", pinna_room_presets[i].name);
        cr_expect(mean / count > 0.9, "%s", pinna_room_presets[i].name);
        drop(&r, &x);
    }
}

Test(reverb, rings_nowhere)
{
    for (int i = 0; i < PINNA_ROOM_PRESET_COUNT; i++) {
        pinna_reverb_params params = params_of(&pinna_room_presets[i]);
        room r = room_of(&params);
        response x = respond(&r, 2.0 * params.rt60_s[0] + 0.5);
        tail_spectra s = tail_spectra_of(x.left, x.right, x.count, (size_t)(0.2 * RATE_HZ), 2048);
        double at_hz = 0.0, worst = worst_mode_db(&s, RATE_HZ, 150.0, 10000.0, &at_hz);
        fprintf(stderr, "modes: %-12s highest %.1f dB above its neighbours, at %.0f Hz (%zu windows)\n",
                pinna_room_presets[i].name, worst, at_hz, s.window_count);
        cr_expect(worst < 6.0, "%s", pinna_room_presets[i].name);
        tail_spectra_free(&s);
        drop(&r, &x);
    }
}

/* RMS over third octaves of measured less wanted coherence. */
static double coherence_error(const tail_spectra* s, const pinna_diffuse_field* field)
{
    double sum = 0.0;
    int count = 0;
    for (double centre = 100.0; centre < 8100.0; centre *= pow(2.0, 1.0 / 3.0), count++) {
        double step_hz = 0.5 * RATE_HZ / (s->bin_count - 1), cross = 0.0, left = 0.0, right = 0.0, wanted = 0.0;
        for (uint32_t k = 1; k < s->bin_count; k++) {
            if (fabs(log2(k * step_hz / centre)) > 1.0 / 6.0) continue;
            double position = (double)k * (PINNA_DIFFUSE_BINS - 1) / (s->bin_count - 1), below = floor(position);
            size_t at = (size_t)below;
            double target = field->coherence[at];
            if (at + 1 < PINNA_DIFFUSE_BINS) target += (position - below) * (field->coherence[at + 1] - target);
            cross += s->cross_re[k];
            left += s->power[0][k];
            right += s->power[1][k];
            wanted += target * sqrt(s->power[0][k] * s->power[1][k]);
        }
        double both = sqrt(left * right), error = (cross - wanted) / both;
        sum += error * error;
    }
    return sqrt(sum / count);
}

Test(reverb, is_as_coherent_as_the_set_in_a_diffuse_field)
{
    if (!pinna_sofa_default_path()) cr_skip_test("no default set is installed (Debian: libmysofa1)");
    pinna_hrtf* hrtf;
    pinna_diffuse_field field;
    pinna_prepare_config config = pinna_prepare_config_default();
    cr_assert_eq(pinna_sofa_load_hrtf(NULL, &config, NULL, &hrtf), PINNA_OK);
    cr_assert(pinna_hrtf_diffuse_field(hrtf, pinna_allocator_default(), &field));
    cr_expect(field.coherence[2] > 0.9f, "100 Hz is nearly the same at both ears: %g", (double)field.coherence[2]);
    const float* power[2] = {field.power[0], field.power[1]};
    for (int i = 0; i < PINNA_ROOM_PRESET_COUNT; i++) {
        pinna_reverb_params params = params_of(&pinna_room_presets[i]);
        room r = room_of(&params);
        cr_assert(pinna_reverb_shape_ears(&r.ears, RATE_HZ, field.coherence, power, PINNA_DIFFUSE_BINS,
                                          pinna_allocator_default()));
        pinna_reverb_set_ears(r.reverb, &r.ears);
        response x = respond(&r, 2.0 * params.rt60_s[0] + 0.5);
        tail_spectra s = tail_spectra_of(x.left, x.right, x.count, (size_t)(0.08 * RATE_HZ), 2048);
        double error = coherence_error(&s, &field);
        fprintf(stderr, "coherence: %-12s %.3f RMS off the KEMAR set's diffuse field\n", pinna_room_presets[i].name,
                error);
        cr_expect(error < 0.1, "%s", pinna_room_presets[i].name);
        tail_spectra_free(&s);
        drop(&r, &x);
    }
    pinna_hrtf_release(hrtf);
}
