/* SPDX-License-Identifier: MIT */
/* The batch basis: how near it is to the exact path and to measurements left out, and what it does with odd sets. */
#include "hrtf/basis.h"
#include "hrtf/hrtf.h"
#include "hrtf/metrics.h"
#include "support/failing.h"

#include <pinna/sofa.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = PINNA_HRTF_BASIS_COUNT, PROBE_COUNT = 400 };

static const char* data_path(const char* name, char path[1024])
{
    const char* root = getenv("PINNA_TEST_DATA");
    snprintf(path, 1024, "%s%s/sofa/%s", root ? root : PINNA_SOURCE_DIR, root ? "" : "/../shared/data", name);
    FILE* file = fopen(path, "rb");
    if (!file) return NULL;
    fclose(file);
    return path;
}

/* NULL where the file is not there. */
static pinna_sofa* load(const char* path)
{
    pinna_sofa* sofa = NULL;
    if (path) cr_assert_eq(pinna_sofa_load(path, NULL, &sofa), PINNA_OK, "%s", path);
    return sofa;
}

static pinna_hrtf* prepare(const pinna_measured_set* measured)
{
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_hrtf* hrtf;
    cr_assert_eq(pinna_hrtf_prepare(measured, &config, NULL, &hrtf), PINNA_OK);
    return hrtf;
}

/* What the batch path renders for a direction: the grid's gains blended, then the filters. */
static void basis_ear(const pinna_hrtf* hrtf, const pinna_blend* blend, size_t ear, float* taps)
{
    size_t tap_count = hrtf->info.tap_count;
    memset(taps, 0, tap_count * sizeof *taps);
    for (size_t b = 0; b < COUNT; b++) {
        float gain = 0.0f;
        for (size_t i = 0; i < 3; i++)
            gain += blend->weights[i] *
                    pinna_hrtf_shell(hrtf)->gains[(blend->vertices[i] * PINNA_EAR_COUNT + ear) * COUNT + b];
        for (size_t tap = 0; tap < tap_count; tap++) taps[tap] += gain * hrtf->basis[b * tap_count + tap];
    }
}

static void basis_pair(const pinna_hrtf* hrtf, pinna_vec3 direction, float* left, float* right)
{
    pinna_blend blend = pinna_sphere_locate(&pinna_hrtf_shell(hrtf)->sphere, direction);
    basis_ear(hrtf, &blend, PINNA_LEFT, left);
    basis_ear(hrtf, &blend, PINNA_RIGHT, right);
}

typedef struct pair {
    float* ears[PINNA_EAR_COUNT];
    float delays_frames[PINNA_EAR_COUNT];
} pair;

typedef struct probe {
    pinna_pool pool;
    pinna_metrics metrics;
    size_t length;
    pair a, b;
    double lsd_db, itd_us, ild_db; /* sums */
    uint32_t count;
} probe;

static void probe_init(probe* p, size_t length)
{
    memset(p, 0, sizeof *p);
    p->length = length;
    pinna_pool_init(&p->pool, pinna_allocator_default());
    cr_assert(pinna_metrics_init(&p->metrics, &p->pool, length, 48000.0));
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        p->a.ears[ear] = pinna_pool_take(&p->pool, length, sizeof(float));
        p->b.ears[ear] = pinna_pool_take(&p->pool, length, sizeof(float));
    }
}

static double pair_itd_us(probe* p, const pair* x)
{
    double itd = pinna_metrics_itd_s(&p->metrics, x->ears[0], x->ears[1], p->length);
    return 1e6 * (itd + (double)(x->delays_frames[1] - x->delays_frames[0]) / 48000.0);
}

static void probe_compare(probe* p)
{
    float levels[2][PINNA_METRICS_POINTS];
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        pinna_metrics_levels_db(&p->metrics, p->a.ears[ear], p->length, levels[0]);
        pinna_metrics_levels_db(&p->metrics, p->b.ears[ear], p->length, levels[1]);
        p->lsd_db += 0.5 * (double)pinna_metrics_lsd_db(levels[0], levels[1]);
    }
    p->itd_us += fabs(pair_itd_us(p, &p->a) - pair_itd_us(p, &p->b));
    p->ild_db += fabs(pinna_metrics_ild_db(p->a.ears[0], p->a.ears[1], p->length) -
                      pinna_metrics_ild_db(p->b.ears[0], p->b.ears[1], p->length));
    p->count++;
}

static void probe_finish(probe* p, const char* name)
{
    p->lsd_db /= p->count;
    p->itd_us /= p->count;
    p->ild_db /= p->count;
    printf("%s: %u directions, LSD %.3f dB, ITD %.2f us, ILD %.3f dB\n", name, p->count, p->lsd_db, p->itd_us,
           p->ild_db);
    pinna_pool_free(&p->pool);
}

/* Even over the sphere, and between the measurements: a golden spiral. */
static pinna_vec3 spiral(uint32_t index)
{
    double z = 1.0 - (2.0 * index + 1.0) / PROBE_COUNT, angle = 2.399963229728653 * index, r = sqrt(1.0 - z * z);
    return (pinna_vec3){(float)(r * cos(angle)), (float)(r * sin(angle)), (float)z};
}

static probe against_exact(const char* name, const pinna_sofa* sofa)
{
    pinna_hrtf* hrtf = prepare(pinna_sofa_measured(sofa));
    probe p;
    probe_init(&p, hrtf->info.tap_count);
    for (uint32_t i = 0; i < PROBE_COUNT; i++) {
        pinna_hrtf_lookup(hrtf, spiral(i), p.a.ears[0], p.a.ears[1], p.a.delays_frames);
        memcpy(p.b.delays_frames, p.a.delays_frames, sizeof p.b.delays_frames);
        basis_pair(hrtf, spiral(i), p.b.ears[0], p.b.ears[1]);
        probe_compare(&p);
    }
    probe_finish(&p, name);
    pinna_hrtf_release(hrtf);
    return p;
}

/* --- octaves: what changes when a source passes from the exact path to this one --- */

enum { OCTAVE_PROBES = 200, OCTAVES = 7, SPECTRUM = 4096 };

/* Levels of white noise through the taps and octave filters round 250 Hz to 16 kHz, the last up to 20 kHz. */
static void octave_levels_db(pinna_fft* fft, const float* taps, size_t tap_count, double levels_db[OCTAVES])
{
    static float time[SPECTRUM];
    static pinna_complex bins[SPECTRUM / 2 + 1];
    memset(time, 0, sizeof time);
    memcpy(time, taps, tap_count * sizeof *taps);
    pinna_fft_forward(fft, time, bins);
    for (int octave = 0; octave < OCTAVES; octave++) {
        double centre_hz = 250.0 * exp2(octave), sum = 0.0;
        for (size_t bin = 0; bin <= SPECTRUM / 2; bin++) {
            double hz = 48000.0 * (double)bin / SPECTRUM, re = (double)bins[bin].re, im = (double)bins[bin].im;
            if (hz >= centre_hz / sqrt(2.0) && hz < fmin(centre_hz * sqrt(2.0), 20000.0)) sum += re * re + im * im;
        }
        levels_db[octave] = 10.0 * log10(sum);
    }
}

typedef struct octave_errors {
    double max_db[OCTAVES], rms_db[OCTAVES];
    uint32_t count;
} octave_errors;

static void compare_octaves(octave_errors* errors, pinna_fft* fft, const pair* exact, const pair* got, size_t tap_count)
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        double levels_db[2][OCTAVES];
        octave_levels_db(fft, exact->ears[ear], tap_count, levels_db[0]);
        octave_levels_db(fft, got->ears[ear], tap_count, levels_db[1]);
        for (int octave = 0; octave < OCTAVES; octave++) {
            double error_db = fabs(levels_db[1][octave] - levels_db[0][octave]);
            errors->max_db[octave] = fmax(errors->max_db[octave], error_db);
            errors->rms_db[octave] += error_db * error_db;
        }
        errors->count++;
    }
}

static void octaves_finish(octave_errors* errors, const char* name)
{
    printf("%s, octaves from 250 Hz, max (rms) dB:", name);
    for (int octave = 0; octave < OCTAVES; octave++) {
        errors->rms_db[octave] = sqrt(errors->rms_db[octave] / errors->count);
        printf(" %.2f (%.3f)", errors->max_db[octave], errors->rms_db[octave]);
    }
    printf("\n");
}

/* At measured directions, or between them. */
static octave_errors octaves_against_exact(const char* name, const pinna_hrtf* hrtf, bool measured)
{
    const pinna_shell* shell = pinna_hrtf_shell(hrtf);
    octave_errors errors = {0};
    probe p;
    probe_init(&p, hrtf->info.tap_count);
    pinna_fft* fft = pinna_fft_place(pinna_pool_take(&p.pool, pinna_fft_size(SPECTRUM), 1), SPECTRUM);
    for (uint32_t i = 0; i < OCTAVE_PROBES; i++) {
        pinna_vec3 direction = spiral(i * PROBE_COUNT / OCTAVE_PROBES);
        if (measured) direction = shell->directions[(size_t)i * shell->measured_count / OCTAVE_PROBES];
        pinna_hrtf_lookup(hrtf, direction, p.a.ears[0], p.a.ears[1], p.a.delays_frames);
        basis_pair(hrtf, direction, p.b.ears[0], p.b.ears[1]);
        compare_octaves(&errors, fft, &p.a, &p.b, hrtf->info.tap_count);
    }
    octaves_finish(&errors, name);
    pinna_pool_free(&p.pool);
    return errors;
}

Test(basis, has_kemars_octave_levels)
{
    pinna_sofa* sofa = load(pinna_sofa_default_path());
    if (!sofa) cr_skip_test("the default set is not installed");
    pinna_hrtf* hrtf = prepare(pinna_sofa_measured(sofa));
    octave_errors at = octaves_against_exact("KEMAR, measured", hrtf, true);
    octave_errors between = octaves_against_exact("KEMAR, between", hrtf, false);
    for (int octave = 0; octave < OCTAVES; octave++) {
        cr_expect_leq(at.max_db[octave], 0.4, "octave %d: %g dB", octave, at.max_db[octave]);
        cr_expect_leq(at.rms_db[octave], 0.06, "octave %d: %g dB", octave, at.rms_db[octave]);
        cr_expect_leq(between.max_db[octave], 0.5, "octave %d: %g dB", octave, between.max_db[octave]);
        cr_expect_leq(between.rms_db[octave], 0.08, "octave %d: %g dB", octave, between.rms_db[octave]);
    }
    pinna_hrtf_release(hrtf);
    pinna_sofa_destroy(sofa);
}

/* --- leaving measurements out --- */

/* Marks count measurements, each the farthest from those before it. */
static void keep_spread(const pinna_measured_set* all, uint32_t count, bool* keep)
{
    float* nearest = malloc(all->measurement_count * sizeof *nearest);
    for (uint32_t m = 0; m < all->measurement_count; m++) nearest[m] = -2.0f;
    for (uint32_t k = 0, current = 0; k < count; k++) {
        keep[current] = true;
        pinna_vec3 here = pinna_vec3_normalize(all->positions_m[current]);
        uint32_t next = 0;
        for (uint32_t m = 0; m < all->measurement_count; m++) {
            nearest[m] = fmaxf(nearest[m], pinna_vec3_dot(here, pinna_vec3_normalize(all->positions_m[m])));
            if (nearest[m] < nearest[next]) next = m;
        }
        current = next;
    }
    free(nearest);
}

static pinna_hrtf* prepare_kept(const pinna_measured_set* all, const bool* keep)
{
    size_t row = (size_t)all->tap_count * PINNA_EAR_COUNT;
    float* hrirs = malloc(all->measurement_count * row * sizeof *hrirs);
    pinna_vec3* positions = malloc(all->measurement_count * sizeof *positions);
    float* delays = calloc(all->measurement_count, PINNA_EAR_COUNT * sizeof *delays);
    pinna_measured_set kept = *all;
    kept.measurement_count = 0;
    for (uint32_t m = 0; m < all->measurement_count; m++) {
        if (!keep[m]) continue;
        uint32_t k = kept.measurement_count++;
        memcpy(hrirs + k * row, all->hrirs + m * row, row * sizeof *hrirs);
        if (all->delays_frames) memcpy(delays + 2 * k, all->delays_frames + 2 * m, 2 * sizeof *delays);
        positions[k] = all->positions_m[m];
    }
    kept.hrirs = hrirs;
    kept.positions_m = positions;
    kept.delays_frames = delays;
    pinna_hrtf* hrtf = prepare(&kept);
    free(hrirs);
    free(positions);
    free(delays);
    return hrtf;
}

/* For sets measured at 48 kHz. */
static probe held_out(const char* name, const pinna_measured_set* all, uint32_t kept_count)
{
    bool* keep = calloc(all->measurement_count, sizeof *keep);
    keep_spread(all, kept_count, keep);
    pinna_hrtf* hrtf = prepare_kept(all, keep);
    probe p;
    probe_init(&p, all->tap_count > hrtf->info.tap_count ? all->tap_count : hrtf->info.tap_count);
    for (uint32_t m = 0; m < all->measurement_count; m++) {
        if (keep[m]) continue;
        pinna_vec3 direction = pinna_vec3_normalize(all->positions_m[m]);
        pinna_hrtf_lookup(hrtf, direction, p.b.ears[0], p.b.ears[1], p.b.delays_frames);
        basis_pair(hrtf, direction, p.b.ears[0], p.b.ears[1]);
        for (uint32_t ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            const float* measured = all->hrirs + ((size_t)m * PINNA_EAR_COUNT + ear) * all->tap_count;
            for (uint32_t tap = 0; tap < all->tap_count; tap++) p.a.ears[ear][tap] = hrtf->info.gain * measured[tap];
            p.a.delays_frames[ear] = all->delays_frames ? all->delays_frames[2 * m + ear] : 0.0f;
        }
        probe_compare(&p);
    }
    probe_finish(&p, name);
    pinna_hrtf_release(hrtf);
    free(keep);
    return p;
}

Test(basis, near_the_exact_path_between_kemars_measurements)
{
    pinna_sofa* sofa = load(pinna_sofa_default_path());
    if (!sofa) cr_skip_test("the default set is not installed");
    probe p = against_exact("KEMAR against exact", sofa);
    cr_assert_leq(p.lsd_db, 0.45);
    cr_assert_leq(p.itd_us, 5.0);
    cr_assert_leq(p.ild_db, 0.1);
    pinna_sofa_destroy(sofa);
}

Test(basis, near_the_exact_path_of_other_heads)
{
    /* A little above what is measured: leaving out the step on the log magnitude or the common levels exceeds one. */
    static const struct {
        const char* name;
        double lsd_db;
    } sets[] = {
        {"FHK_HRIR_L2354_v0.4.sofa", 0.64}, {"HUTUBS_pp91_measured.sofa", 0.755},
        {"FABIAN_hrirs_358_pyfar.sofa", 0.31}, {"ARI_hrtf_c_nh906.sofa", 0.62},
        {"SONICOM_example1_48k.sofa", 0.64},
    };
    uint32_t found = 0;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        char path[1024];
        pinna_sofa* sofa = load(data_path(sets[i].name, path));
        if (!sofa) continue;
        probe p = against_exact(sets[i].name, sofa);
        cr_expect_leq(p.lsd_db, sets[i].lsd_db, "%s: %g dB", sets[i].name, p.lsd_db);
        cr_expect_leq(p.ild_db, 0.1, "%s: %g dB", sets[i].name, p.ild_db);
        pinna_sofa_destroy(sofa);
        found++;
    }
    if (!found) cr_skip_test("the measured sets are not there");
}

Test(basis, near_ku100_measurements_left_out)
{
    char path[1024];
    pinna_sofa* sofa = load(data_path("FHK_HRIR_L2354_v0.4.sofa", path));
    if (!sofa) cr_skip_test("the KU100 set is not there");
    probe p = held_out("KU100, 588 kept", pinna_sofa_measured(sofa), 588);
    cr_assert_leq(p.lsd_db, 1.26);
    cr_assert_leq(p.itd_us, 5.5);
    cr_assert_leq(p.ild_db, 0.18);
    pinna_sofa_destroy(sofa);
}

/* --- by hand --- */

typedef struct fixture {
    pinna_pool pool, scratch;
    pinna_build build;
    const float *basis, *gains;
} fixture;

static void fixture_init(fixture* f, uint32_t direction_count, uint32_t tap_count)
{
    memset(f, 0, sizeof *f);
    pinna_pool_init(&f->pool, pinna_allocator_default());
    pinna_pool_init(&f->scratch, pinna_allocator_default());
    f->build.sample_rate_hz = 48000;
    f->build.tap_count = tap_count;
    f->build.kernels = pinna_kernels_select(pinna_cpu_flags());
    f->build.grid.direction_count = direction_count;
    size_t rows = (size_t)direction_count * PINNA_EAR_COUNT;
    f->build.grid.hrirs = pinna_pool_take(&f->pool, rows * tap_count, sizeof(float));
}

static void fixture_free(fixture* f)
{
    pinna_pool_free(&f->pool);
    pinna_pool_free(&f->scratch);
}

static float* fixture_row(const fixture* f, size_t row)
{
    return f->build.grid.hrirs + row * f->build.tap_count;
}

static void fixture_run(fixture* f)
{
    f->build.pool = &f->pool;
    f->build.scratch = &f->scratch;
    cr_assert_eq(pinna_build_basis(&f->build, COUNT, &f->basis, &f->gains), PINNA_OK);
    for (size_t i = 0; i < (size_t)COUNT * f->build.tap_count; i++) cr_assert(isfinite(f->basis[i]));
    for (size_t i = 0; i < (size_t)f->build.grid.direction_count * PINNA_EAR_COUNT * COUNT; i++)
        cr_assert(isfinite(f->gains[i]));
}

/* A decaying noise behind its first arrival: minimum-phase enough. */
static void noise_row(float* row, uint32_t tap_count, uint32_t seed)
{
    uint32_t random = seed * 747796405u + 1u;
    for (uint32_t tap = 0; tap < tap_count; tap++) {
        random = random * 1664525u + 1013904223u;
        row[tap] = (float)((double)(int32_t)random / 2147483648.0 * 0.5 * exp(-(double)tap / 6.0));
    }
    row[0] = 1.0f;
}

/* Every row with noise of its own. */
static void fill_with_noise(fixture* f, uint32_t seed)
{
    for (uint32_t row = 0; row < f->build.grid.direction_count * PINNA_EAR_COUNT; row++)
        noise_row(fixture_row(f, row), f->build.tap_count, row + seed);
}

static double energy_of(const float* taps, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) sum += (double)taps[i] * (double)taps[i];
    return sum;
}

static void approximate(const fixture* f, size_t row, float* taps)
{
    memset(taps, 0, f->build.tap_count * sizeof *taps);
    for (size_t b = 0; b < COUNT; b++)
        for (size_t tap = 0; tap < f->build.tap_count; tap++)
            taps[tap] += f->gains[row * COUNT + b] * f->basis[b * f->build.tap_count + tap];
}

/* Energies of all rows, and the largest difference relative to the row. */
static void check_rows(const fixture* f, double most_energy_error, double most_error)
{
    float* taps = malloc(f->build.tap_count * sizeof *taps);
    for (size_t row = 0; row < (size_t)f->build.grid.direction_count * PINNA_EAR_COUNT; row++) {
        const float* exact = fixture_row(f, row);
        double energy = energy_of(exact, f->build.tap_count);
        approximate(f, row, taps);
        double got = energy_of(taps, f->build.tap_count);
        cr_assert_leq(fabs(got - energy), most_energy_error * energy, "row %zu: %g for %g", row, got, energy);
        for (size_t tap = 0; tap < f->build.tap_count; tap++) taps[tap] -= exact[tap];
        double error = energy_of(taps, f->build.tap_count);
        cr_assert_leq(error, most_error * most_error * energy, "row %zu: %g of %g", row, error, energy);
    }
    free(taps);
}

Test(basis, keeps_the_energy_of_every_row)
{
    pinna_sofa* sofa = load(pinna_sofa_default_path());
    if (!sofa) cr_skip_test("the default set is not installed");
    pinna_hrtf* hrtf = prepare(pinna_sofa_measured(sofa));
    const pinna_shell* shell = pinna_hrtf_shell(hrtf);
    fixture f;
    fixture_init(&f, shell->direction_count, hrtf->info.tap_count);
    memcpy(f.build.grid.hrirs, shell->hrirs,
           (size_t)shell->direction_count * PINNA_EAR_COUNT * hrtf->info.tap_count * sizeof(float));
    fixture_run(&f);
    check_rows(&f, 1e-4, 0.5);
    fixture_free(&f);
    pinna_hrtf_release(hrtf);
    pinna_sofa_destroy(sofa);
}

Test(basis, is_the_same_every_time_and_follows_the_level)
{
    enum { DIRECTIONS = 60, TAPS = 64 };
    fixture a, b, quiet;
    fixture* all[] = {&a, &b, &quiet};
    for (size_t i = 0; i < 3; i++) {
        fixture_init(all[i], DIRECTIONS, TAPS);
        for (uint32_t row = 0; row < DIRECTIONS * 2; row++) {
            noise_row(fixture_row(all[i], row), TAPS, row);
            for (size_t tap = 0; tap < TAPS && i == 2; tap++) fixture_row(all[i], row)[tap] *= 0x1p-24f;
        }
        fixture_run(all[i]);
    }
    cr_assert_eq(memcmp(a.basis, b.basis, COUNT * TAPS * sizeof(float)), 0);
    cr_assert_eq(memcmp(a.gains, b.gains, DIRECTIONS * 2 * COUNT * sizeof(float)), 0);
    float loud_taps[TAPS], quiet_taps[TAPS];
    for (size_t row = 0; row < DIRECTIONS * 2; row++) {
        approximate(&a, row, loud_taps);
        approximate(&quiet, row, quiet_taps);
        for (size_t tap = 0; tap < TAPS; tap++) cr_assert_float_eq(loud_taps[tap], 0x1p24f * quiet_taps[tap], 1e-3);
    }
    for (size_t i = 0; i < 3; i++) fixture_free(all[i]);
}

Test(basis, of_few_rows_holds_them_all)
{
    static const uint32_t direction_counts[] = {1, 2, 5};
    static const uint32_t tap_counts[] = {16, 48, 256};
    for (size_t d = 0; d < 3; d++) {
        for (size_t t = 0; t < 3; t++) {
            fixture f;
            fixture_init(&f, direction_counts[d], tap_counts[t]);
            fill_with_noise(&f, 7);
            fixture_run(&f);
            check_rows(&f, 1e-4, 0.02);
            fixture_free(&f);
        }
    }
}

/* Fewer taps than filters. */
Test(basis, of_sixteen_taps_holds_any_number_of_rows)
{
    fixture f;
    fixture_init(&f, 200, 16);
    fill_with_noise(&f, 3);
    fixture_run(&f);
    check_rows(&f, 1e-4, 0.1);
    fixture_free(&f);
}

Test(basis, of_identical_rows_is_that_row)
{
    fixture f;
    fixture_init(&f, 100, 128);
    for (uint32_t row = 0; row < 200; row++) noise_row(fixture_row(&f, row), 128, 11);
    fixture_run(&f);
    check_rows(&f, 1e-4, 1e-3);
    uint32_t filters = 0;
    for (size_t b = 0; b < COUNT; b++) filters += energy_of(f.basis + b * 128, 128) > 0.0;
    cr_assert_eq(filters, 1, "%u filters for one row", filters);
    fixture_free(&f);
}

Test(basis, gives_silent_ears_silence)
{
    fixture f;
    fixture_init(&f, 40, 64);
    fixture_run(&f); /* nothing but silence */
    check_rows(&f, 0.0, 0.0);
    fixture_free(&f);
    fixture_init(&f, 40, 64);
    for (uint32_t row = 0; row < 80; row += 2) noise_row(fixture_row(&f, row), 64, row);
    fixture_run(&f);
    for (size_t row = 1; row < 80; row += 2)
        for (size_t b = 0; b < COUNT; b++) cr_assert_eq(f.gains[row * COUNT + b], 0.0f);
    check_rows(&f, 1e-4, 0.7);
    fixture_free(&f);
}

/* More directions than the filters are learned from, and more taps than points. */
Test(basis, of_large_sets)
{
    fixture f;
    fixture_init(&f, 3000, 32);
    for (uint32_t row = 0; row < 6000; row++) noise_row(fixture_row(&f, row), 32, row % 20);
    fixture_run(&f);
    check_rows(&f, 1e-4, 0.02);
    fixture_free(&f);
    fixture_init(&f, 6, 8192);
    fill_with_noise(&f, 0);
    fixture_run(&f);
    check_rows(&f, 1e-4, 0.02);
    fixture_free(&f);
}

/* --- no memory --- */

/* Every block in turn is the one that cannot be had. */
Test(basis, says_when_there_is_no_memory)
{
    fixture f;
    fixture_init(&f, 20, 64);
    fill_with_noise(&f, 0);
    pinna_status status = PINNA_ERROR_MEMORY;
    uint32_t refused = 0;
    for (; status && refused < 200; refused++) {
        failing_allocator left = failing_after(refused);
        pinna_pool pool;
        pinna_pool_init(&pool, counted_allocator(&left));
        f.build.pool = f.build.scratch = &pool;
        f.basis = NULL; /* the last round's is gone with its pool */
        status = pinna_build_basis(&f.build, COUNT, &f.basis, &f.gains);
        if (status) cr_assert_eq(status, PINNA_ERROR_MEMORY);
        pinna_pool_free(&pool);
        cr_assert_eq(left.live, 0);
    }
    cr_assert_eq(status, PINNA_OK);
    cr_assert_gt(refused, 20);
    fixture_free(&f);
}
