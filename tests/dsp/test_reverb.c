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

/* Sizes from closets to halls, decays from 0.3 s to 2 s in the middle, falling with frequency: none was tuned for. */
Test(reverb, decays_as_asked_in_random_rooms)
{
    enum { ROOMS = 20 };
    uint32_t state = 4242;
    double worst = 0.0;
    for (int i = 0; i < ROOMS; i++) {
        double size = 3.0 * pow(12.0, 0.5 + 0.5 * noise(&state)), middle = 0.3 * pow(7.0, 0.5 + 0.5 * noise(&state));
        double slope = 0.85 + 0.1 * noise(&state);
        pinna_reverb_params params = {.size_m = {(float)size, (float)(0.8 * size), (float)(0.5 * size)}, .level = 1.0f};
        for (int b = 0; b < PINNA_REVERB_BANDS; b++) params.rt60_s[b] = (float)(middle * pow(slope, 0.6 * (b - 3)));
        room r = room_of(&params);
        response x = respond(&r, 1.5 * params.rt60_s[0] + 0.5);
        for (int band = 1; band <= 5; band++) {
            double left = octave_decay_s(x.left, x.count, RATE_HZ, 125.0 * (1 << band)) / params.rt60_s[band] - 1.0;
            double right = octave_decay_s(x.right, x.count, RATE_HZ, 125.0 * (1 << band)) / params.rt60_s[band] - 1.0;
            worst = fmax(worst, fmax(fabs(left), fabs(right)));
        }
        drop(&r, &x);
    }
    fprintf(stderr, "decay: %d random rooms, worst octave of an ear %.1f %%\n", ROOMS, 100.0 * worst);
    cr_expect(worst < 0.1);
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

/* --- behaviour --- */

static double loudest(const float* x, size_t count)
{
    double peak = 0.0;
    for (size_t n = 0; n < count; n++) {
        if (!isfinite(x[n])) return INFINITY;
        peak = fmax(peak, fabs(x[n]));
    }
    return peak;
}

Test(reverb, stays_level_for_ten_minutes_and_then_falls_silent, .timeout = 280)
{
    enum { BLOCK = 480, MINUTE = 48000 * 60 / BLOCK };
    static float in[BLOCK], left[BLOCK], right[BLOCK];
    pinna_reverb_params params = params_named("hall");
    room r = room_of(&params);
    uint32_t state = 7;
    double power[10] = {0}, peak = 0.0;
    for (int minute = 0; minute < 10; minute++) {
        for (int block = 0; block < MINUTE; block++) {
            for (int n = 0; n < BLOCK; n++) in[n] = noise(&state);
            run(&r, in, left, right, BLOCK, BLOCK);
            for (int n = 0; n < BLOCK; n++) power[minute] += (double)left[n] * left[n] + (double)right[n] * right[n];
            peak = fmax(peak, fmax(loudest(left, BLOCK), loudest(right, BLOCK)));
        }
    }
    double growth_db = 10.0 * log10(power[9] / power[1]);
    fprintf(stderr, "stability: peak %.2f, level after ten minutes %+.3f dB\n", peak, growth_db);
    cr_expect(isfinite(peak) && peak < 20.0);
    cr_expect(fabs(growth_db) < 0.1);
    size_t blocks = 0, denormals = 0;
    double last = 1.0;
    for (; blocks < MINUTE && last > 0.0; blocks++) {
        run(&r, NULL, left, right, BLOCK, BLOCK);
        last = fmax(loudest(left, BLOCK), loudest(right, BLOCK));
        for (int n = 0; n < BLOCK; n++) denormals += fpclassify(left[n]) == FP_SUBNORMAL;
    }
    fprintf(stderr, "stability: silent %.1f s later\n", 0.01 * (double)blocks);
    cr_expect(blocks < MINUTE && denormals == 0, "%zu denormals", denormals);
    free(r.memory);
}

/* Some of everything: noise with pauses, new tunings and ears at fixed frames, cut into blocks of a size. */
static void play(const pinna_kernels* kernels, size_t block, float* left, float* right, size_t count)
{
    pinna_reverb_params params = params_named("cinema");
    room r = room_on(&params, RATE_HZ, kernels);
    float* in = malloc(count * sizeof *in);
    uint32_t state = 99;
    for (size_t n = 0; n < count; n++) in[n] = n / 9600 % 3 == 2 ? 0.0f : noise(&state);
    size_t quarter = count / 4;
    pinna_reverb_tuning tuning;
    for (int part = 0; part < 4; part++) {
        params = params_of(&pinna_room_presets[part]);
        pinna_reverb_tune(&params, RATE_HZ, &tuning);
        pinna_reverb_set_tuning(r.reverb, &tuning);
        if (part == 2) pinna_reverb_set_ears(r.reverb, &r.ears);
        size_t at = (size_t)part * quarter;
        run(&r, in + at, left + at, right + at, quarter, block);
    }
    free(in);
    free(r.memory);
}

static double difference_db(const float* a, const float* b, size_t count)
{
    double difference = 0.0;
    for (size_t n = 0; n < count; n++) difference = fmax(difference, fabs((double)a[n] - b[n]));
    return 20.0 * log10(fmax(difference, 1e-12) / loudest(a, count));
}

Test(reverb, does_not_depend_on_blocks_nor_much_on_the_processor)
{
    enum { COUNT = 4 * 24000 };
    static const size_t blocks[] = {1, 17, 64, 100, 1024, COUNT};
    float *left[2], *right[2];
    for (int i = 0; i < 2; i++) {
        left[i] = malloc(COUNT * sizeof(float));
        right[i] = malloc(COUNT * sizeof(float));
    }
    const pinna_kernels* tables[4];
    size_t table_count = pinna_kernels_all(tables);
    play(tables[0], 480, left[0], right[0], COUNT);
    for (size_t t = 0; t < table_count; t++) {
        play(tables[t], 480, left[1], right[1], COUNT);
        double db = fmax(difference_db(left[0], left[1], COUNT), difference_db(right[0], right[1], COUNT));
        fprintf(stderr, "tables: %s differs from scalar by %.0f dB\n", tables[t]->name, db);
        cr_expect(db < -100.0);
    }
    const pinna_kernels* best = tables[table_count - 1];
    play(best, 480, left[0], right[0], COUNT);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        play(best, blocks[i], left[1], right[1], COUNT);
        double db = fmax(difference_db(left[0], left[1], COUNT), difference_db(right[0], right[1], COUNT));
        cr_expect(db < -120.0, "blocks of %zu: %g dB", blocks[i], db);
    }
    for (int i = 0; i < 2; i++) {
        free(left[i]);
        free(right[i]);
    }
}

/* Loudest sample of the third difference: what is left of a low tone is tiny, a step stays as large as it is. */
static double roughness(const float* x, size_t count)
{
    double worst = 0.0;
    for (size_t n = 3; n < count; n++)
        worst = fmax(worst, fabs((double)x[n] - 3.0 * x[n - 1] + 3.0 * x[n - 2] - x[n - 3]));
    return worst;
}

Test(reverb, changes_without_a_click)
{
    enum { COUNT = 48000 };
    float *in = malloc(COUNT * sizeof *in), *left = malloc(COUNT * sizeof *in), *right = malloc(COUNT * sizeof *in);
    pinna_reverb_params params = params_named("cinema");
    params.pre_delay_s = 0.1f;
    room r = room_of(&params);
    for (size_t n = 0; n < COUNT; n++)
        in[n] = (float)(sin(2.0 * 3.14159265358979 * 200.0 * (double)n / RATE_HZ) * fmin(1.0, (double)n / 9600.0));
    run(&r, in, left, right, COUNT, 480);
    double still = roughness(left + COUNT / 2, COUNT / 2), level = loudest(left + COUNT / 2, COUNT / 2);
    params = params_named("living room");
    params.pre_delay_s = 0.03f;
    params.level = 2.0f;
    pinna_reverb_tuning tuning;
    pinna_reverb_tune(&params, RATE_HZ, &tuning);
    pinna_reverb_set_tuning(r.reverb, &tuning);
    pinna_reverb_ears* ears = malloc(sizeof *ears);
    static const float same[FLAT_BINS] = {0.5f, 0.5f}, unit[FLAT_BINS] = {2.0f, 0.5f};
    const float* power[2] = {unit, unit};
    cr_assert(pinna_reverb_shape_ears(ears, RATE_HZ, same, power, FLAT_BINS, pinna_allocator_default()));
    pinna_reverb_set_ears(r.reverb, ears);
    /* 240 periods a second: the tone goes on where it was. */
    run(&r, in + COUNT / 2, left, right, COUNT / 2, 480);
    double changing = fmax(roughness(left, COUNT / 2), roughness(right, COUNT / 2));
    double loud = fmax(loudest(left, COUNT / 2), level);
    fprintf(stderr, "change: third difference %.1f dB below the tone, standing still %.1f dB\n",
            20.0 * log10(loud / changing), 20.0 * log10(level / still));
    cr_expect(changing < 1e-3 * loud);
    free(ears);
    free(in);
    free(left);
    free(right);
    free(r.memory);
}

Test(reverb, takes_what_is_not_a_number_for_silence)
{
    enum { COUNT = 9600 };
    static float in[COUNT], left[COUNT], right[COUNT];
    pinna_reverb_params params = params_named("studio");
    room r = room_of(&params);
    for (int n = 0; n < COUNT; n++) in[n] = n % 3 ? NAN : n % 2 ? INFINITY : -INFINITY;
    run(&r, in, left, right, COUNT, 100);
    cr_expect(loudest(left, COUNT) == 0.0 && loudest(right, COUNT) == 0.0);
    params = (pinna_reverb_params){{NAN, -1.0f, 1e9f}, {NAN, -1.0f, 0.0f, 1e9f, INFINITY, 1.0f, 1.0f}, NAN, 1.0f};
    pinna_reverb_tune(&params, RATE_HZ, &r.tuning);
    pinna_reverb_set_tuning(r.reverb, &r.tuning);
    for (int n = 0; n < COUNT; n++) in[n] = n % 100 ? 0.0f : 1.0f;
    for (int i = 0; i < 10; i++) run(&r, in, left, right, COUNT, 100);
    cr_expect(loudest(left, COUNT) < 1e4);
    free(r.memory);
}

/* Level of a line's filters at a frequency, radians per frame. */
static double line_level_db(const pinna_reverb_tuning* t, int line, double w)
{
    double power = 1.0;
    for (int k = 0; k < PINNA_REVERB_BANDS; k++) {
        double q[5];
        for (int i = 0; i < 5; i++) q[i] = (double)t->sections[k][i][line];
        double above_re = q[0] + q[1] * cos(w) + q[2] * cos(2.0 * w), above_im = q[1] * sin(w) + q[2] * sin(2.0 * w);
        double below_re = 1.0 + q[3] * cos(w) + q[4] * cos(2.0 * w), below_im = q[3] * sin(w) + q[4] * sin(2.0 * w);
        power *= (above_re * above_re + above_im * above_im) / (below_re * below_re + below_im * below_im);
    }
    return 10.0 * log10(power);
}

/* The matrix keeps energy: what every line damps at every frequency dies away, however absurd the decays asked for. */
Test(reverb, never_grows)
{
    static const double rates_hz[] = {8000.0, 16000.0, 22050.0, 44100.0, 48000.0, 96000.0, 192000.0};
    uint32_t state = 77;
    double least = -INFINITY;
    for (int i = 0; i < 350; i++) {
        double rate_hz = rates_hz[i % 7];
        pinna_reverb_params params = {.level = 1.0f};
        pinna_reverb_tuning tuning;
        for (int a = 0; a < 3; a++) params.size_m[a] = 100.5f + 99.5f * noise(&state);
        for (int b = 0; b < PINNA_REVERB_BANDS; b++)
            params.rt60_s[b] = i % 3                  ? (float)(1.4 * pow(14.0, (double)noise(&state)))
                               : noise(&state) > 0.0f ? 0.1f
                                                      : 20.0f;
        pinna_reverb_tune(&params, rate_hz, &tuning);
        for (int line = 0; line < PINNA_REVERB_LINES; line += 5)
            for (double w = 1e-5; w < 3.14; w *= 1.05)
                least = fmax(least, line_level_db(&tuning, line, w) / tuning.line_frames[line] * rate_hz);
    }
    fprintf(stderr, "350 random rooms: damped by at least %.2f dB/s anywhere\n", -least);
    cr_expect_lt(least, -0.1);
}

Test(reverb, works_at_every_rate)
{
    static const double rates_hz[] = {8000.0, 22050.0, 44100.0, 96000.0, 192000.0};
    for (size_t i = 0; i < sizeof rates_hz / sizeof *rates_hz; i++) {
        double rate_hz = rates_hz[i];
        pinna_reverb_params params = params_named("cinema");
        room r = room_on(&params, rate_hz, pinna_kernels_select(pinna_cpu_flags()));
        size_t count = (size_t)(1.5 * rate_hz);
        float *in = calloc(count, sizeof *in), *left = malloc(count * sizeof *in), *right = malloc(count * sizeof *in);
        in[0] = 1.0f;
        run(&r, in, left, right, count, 333);
        double decay_s = octave_decay_s(left, count, rate_hz, 1000.0);
        double asked_s = params.rt60_s[3];
        fprintf(stderr, "rates: %6.0f Hz, 1 kHz decays in %.3f s of %.3f\n", rate_hz, decay_s, asked_s);
        cr_expect(fabs(decay_s / asked_s - 1.0) < 0.1);
        free(in);
        free(left);
        free(right);
        free(r.memory);
    }
}
