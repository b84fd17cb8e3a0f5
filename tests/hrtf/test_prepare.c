/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "heads.h"
#include "hrtf/hrtf.h"
#include "hrtf/metrics.h"
#include "support/failing.h"

#include <pinna/sofa.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A set over a small spiral, for tests that only need one. */
static pinna_measured_set small_set(uint32_t count, uint32_t tap_count)
{
    head h = usual_head();
    h.tap_count = tap_count;
    return head_measure_spiral(&h, count);
}

static pinna_status prepare(const pinna_measured_set* set, uint32_t rate_hz, uint32_t tap_count, pinna_report* report,
                            pinna_hrtf** out)
{
    pinna_prepare_config config = {.sample_rate_hz = rate_hz, .tap_count = tap_count};
    memset(report, 0, sizeof *report);
    return pinna_hrtf_prepare(set, &config, report, out);
}

static double largest_itd_error_s(const head* h, const pinna_hrtf* hrtf, const pinna_vec3* grid, uint32_t count)
{
    double worst = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        double wanted = head_delay_s(h, grid[i], PINNA_RIGHT) - head_delay_s(h, grid[i], PINNA_LEFT);
        float delays[PINNA_EAR_COUNT], taps[2][512];
        pinna_hrtf_lookup(hrtf, grid[i], taps[0], taps[1], delays);
        double got = (double)(delays[PINNA_RIGHT] - delays[PINNA_LEFT]) / pinna_hrtf_get_info(hrtf).sample_rate_hz;
        worst = fmax(worst, fabs(got - wanted));
    }
    return worst;
}

Test(delays, minimum_phase_pairs_give_their_delays_within_a_microsecond)
{
    static const uint32_t rates[] = {44100, 48000, 96000};
    for (size_t r = 0; r < 3; r++) {
        head h = usual_head();
        h.rate_hz = rates[r];
        h.tap_count = 512;
        pinna_vec3* grid = spiral_grid(150);
        pinna_measured_set set = head_measure(&h, grid, 150);
        pinna_hrtf* hrtf = prepare_good(&set, &(pinna_prepare_config){.sample_rate_hz = rates[r], .tap_count = 512});
        double worst = largest_itd_error_s(&h, hrtf, grid, 150);
        fprintf(stderr, "delays: %u Hz, largest ITD error %.2f us\n", rates[r], 1e6 * worst);
        cr_expect(worst < 1e-6, "%.2f us at %u Hz", 1e6 * worst, rates[r]);
        pinna_hrtf_release(hrtf);
        head_free(&set);
        free(grid);
    }
}

/* What is heard, not the delays alone: the reflection makes the minimum-phase version another pulse. */
Test(delays, zeros_outside_the_unit_circle_keep_the_measured_itd)
{
    static const double torsos[] = {0.5, 0.9, 1.2};
    for (size_t t = 0; t < 3; t++) {
        head h = usual_head();
        h.torso = torsos[t];
        pinna_vec3* grid = spiral_grid(200);
        pinna_measured_set set = head_measure(&h, grid, 200);
        pinna_hrtf* hrtf = prepare_good(&set, NULL);
        pinna_pool pool;
        pinna_metrics metrics;
        pinna_pool_init(&pool, pinna_allocator_default());
        cr_assert(pinna_metrics_init(&metrics, &pool, h.tap_count, h.rate_hz));
        double worst = 0.0;
        for (uint32_t i = 0; i < 200; i++) {
            const float* pair = set.hrirs + (size_t)i * 2 * h.tap_count;
            double wanted = pinna_metrics_itd_s(&metrics, pair, pair + h.tap_count, h.tap_count);
            worst = fmax(worst, fabs(lookup_itd_s(hrtf, grid[i]) - wanted));
        }
        fprintf(stderr, "delays: torso reflection %.1f, largest ITD error %.1f us\n", torsos[t], 1e6 * worst);
        cr_expect(worst < 20e-6, "%.1f us with a reflection of %.1f", 1e6 * worst, torsos[t]);
        pinna_pool_free(&pool);
        pinna_hrtf_release(hrtf);
        head_free(&set);
        free(grid);
    }
}

Test(delays, an_onset_at_the_first_sample_is_given_room)
{
    float hrirs[4 * 2 * 64] = {0};
    for (int row = 0; row < 8; row++) hrirs[row * 64] = 1.0f;
    pinna_vec3 positions[4];
    for (int i = 0; i < 4; i++) positions[i] = pinna_direction_from_spherical(90.0f * (float)i, 0);
    pinna_measured_set set = {48000, 4, 64, hrirs, NULL, positions};
    pinna_report report;
    pinna_hrtf* hrtf;
    cr_assert_eq(prepare(&set, 48000, 64, &report, &hrtf), PINNA_OK);
    float left[64], right[64], delays[2];
    pinna_hrtf_lookup(hrtf, positions[0], left, right, delays);
    cr_expect(delays[0] >= 8.0f && fabsf(delays[0] - delays[1]) < 1e-3f);
    cr_expect(report_has(&report, "early-onset"));
    for (int n = 1; n < 64; n++) cr_expect(fabsf(left[n]) < 1e-4f * left[0], "a pulse stays one: tap %d", n);
    pinna_hrtf_release(hrtf);
}

Test(delays, data_delay_is_added_at_the_new_rate)
{
    pinna_measured_set set = small_set(60, 256);
    float* extra = calloc(120, sizeof *extra);
    for (uint32_t i = 0; i < 60; i++) {
        extra[2 * i] = 30.0f;
        extra[2 * i + 1] = 42.5f;
    }
    pinna_hrtf* plain = prepare_good(&set, &(pinna_prepare_config){.sample_rate_hz = 96000});
    set.delays_frames = extra;
    pinna_hrtf* delayed = prepare_good(&set, &(pinna_prepare_config){.sample_rate_hz = 96000});
    for (uint32_t i = 0; i < 60; i++) {
        const float *a = pinna_hrtf_shell(plain)->delays_frames + 2 * i,
                    *b = pinna_hrtf_shell(delayed)->delays_frames + 2 * i;
        cr_expect_float_eq(b[0] - a[0], 60.0f, 0.01f);
        cr_expect_float_eq(b[1] - a[1], 85.0f, 0.01f);
    }
    pinna_hrtf_release(plain);
    pinna_hrtf_release(delayed);
    free(extra);
    head_free(&set);
}

Test(delays, a_silent_ear_harms_nothing)
{
    pinna_measured_set set = small_set(60, 128);
    for (uint32_t i = 0; i < 60; i++)
        memset((float*)(uintptr_t)set.hrirs + ((size_t)i * 2 + 1) * 128, 0, 128 * sizeof(float));
    pinna_hrtf* hrtf = prepare_good(&set, NULL);
    pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
    float* taps = malloc(2 * info.tap_count * sizeof *taps);
    for (uint32_t i = 0; i < info.direction_count; i++) {
        float delays[2];
        pinna_hrtf_lookup(hrtf, pinna_hrtf_get_direction(hrtf, i), taps, taps + info.tap_count, delays);
        for (uint32_t n = 0; n < info.tap_count; n++) {
            cr_assert(isfinite(taps[n]));
            cr_assert_eq(taps[info.tap_count + n], 0.0f);
        }
        cr_assert(delays[0] >= 0 && delays[1] >= 0 && delays[0] < 1000 && delays[1] < 1000);
    }
    free(taps);
    pinna_hrtf_release(hrtf);
    head_free(&set);
}

Test(lookup, measured_directions_are_exact)
{
    pinna_measured_set set = small_set(100, 128);
    pinna_hrtf* hrtf = prepare_good(&set, NULL);
    const pinna_shell* shell = pinna_hrtf_shell(hrtf);
    uint32_t taps = pinna_hrtf_get_info(hrtf).tap_count;
    float* got = malloc(2 * taps * sizeof *got);
    for (uint32_t i = 0; i < 100; i++) {
        float delays[2];
        pinna_hrtf_lookup(hrtf, set.positions_m[i], got, got + taps, delays);
        for (uint32_t n = 0; n < 2 * taps; n++)
            cr_assert_float_eq(got[n], shell->hrirs[(size_t)i * 2 * taps + n], 2e-5f);
        cr_assert_float_eq(delays[0], shell->delays_frames[2 * i], 1e-3f);
    }
    free(got);
    pinna_hrtf_release(hrtf);
    head_free(&set);
}

Test(prepare, each_allocation_failing)
{
    pinna_measured_set set = small_set(60, 128);
    static pinna_report report;
    size_t calls = 0;
    for (int once = 0; once < 2; once++) {
        for (size_t good = 0;; good++) {
            failing_allocator failing = failing_after(good);
            failing.once = once;
            pinna_allocator allocator = counted_allocator(&failing);
            pinna_prepare_config config = {.sample_rate_hz = 48000, .allocator = &allocator};
            pinna_hrtf* hrtf = (pinna_hrtf*)&set;
            memset(&report, 0, sizeof report);
            pinna_status status = pinna_hrtf_prepare(&set, &config, &report, &hrtf);
            if (!status) {
                cr_expect(failing.taken <= good, "a failure was overlooked at call %zu", good);
                pinna_hrtf_release(hrtf);
                cr_expect_eq(failing.live, 0);
                calls = failing.taken;
                break;
            }
            cr_assert_eq(status, PINNA_ERROR_MEMORY, "call %zu: %s", good, pinna_status_string(status));
            cr_assert_null(hrtf);
            cr_assert_eq(failing.live, 0, "%zu blocks leak when call %zu fails", failing.live, good);
            cr_assert_not_null(pinna_report_error(&report));
        }
    }
    fprintf(stderr, "prepare: %zu allocations, each failed in turn\n", calls);
    head_free(&set);
}

Test(prepare, keeps_no_room_for_directions_that_do_not_exist)
{
    pinna_measured_set set = small_set(200, 128);
    pinna_hrtf* hrtf = prepare_good(&set, NULL);
    cr_expect_eq(pinna_hrtf_get_info(hrtf).direction_count, 200);
    pinna_hrtf_release(hrtf);
    head_free(&set);
}

Test(prepare, refuses_bad_arguments)
{
    pinna_measured_set set = small_set(20, 64);
    static pinna_report report;
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_hrtf* hrtf = (pinna_hrtf*)&set;
    cr_expect_eq(pinna_hrtf_prepare(NULL, &config, &report, &hrtf), PINNA_ERROR_ARGUMENT);
    cr_expect_null(hrtf);
    cr_expect_eq(pinna_hrtf_prepare(&set, NULL, &report, &hrtf), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_hrtf_prepare(&set, &config, &report, NULL), PINNA_ERROR_ARGUMENT);
    static const uint32_t bad_rates[] = {0, 7999, 192001}, bad_taps[] = {1, 15, 8193, UINT32_MAX};
    for (int i = 0; i < 3; i++) cr_expect_eq(prepare(&set, bad_rates[i], 0, &report, &hrtf), PINNA_ERROR_ARGUMENT);
    for (int i = 0; i < 4; i++) cr_expect_eq(prepare(&set, 48000, bad_taps[i], &report, &hrtf), PINNA_ERROR_ARGUMENT);
    head_free(&set);
}

/* Each bad set: what is changed, and what must be said. */
static void expect_refused(const pinna_measured_set* set, pinna_status status, const char* name)
{
    static pinna_report report;
    pinna_hrtf* hrtf = NULL;
    cr_expect_eq(prepare(set, 48000, 0, &report, &hrtf), status, "%s", name);
    cr_expect_null(hrtf);
    const char* sentence = pinna_report_error(&report);
    cr_expect(sentence && strlen(sentence) > 20, "%s has no sentence", name);
    cr_expect(report_has(&report, name), "no entry \"%s\"", name);
    if (hrtf) pinna_hrtf_release(hrtf);
}

Test(prepare, refuses_bad_sets_and_says_why)
{
    pinna_measured_set good = small_set(20, 64), set;
    float* hrirs = (float*)(uintptr_t)good.hrirs;
    pinna_vec3* positions = (pinna_vec3*)(uintptr_t)good.positions_m;
    float delays[40] = {0};
    set = good, set.measurement_count = 0;
    expect_refused(&set, PINNA_ERROR_DATA, "empty");
    set = good, set.tap_count = 0;
    expect_refused(&set, PINNA_ERROR_DATA, "empty");
    set = good, set.tap_count = PINNA_HRTF_MAX_TAPS + 1;
    expect_refused(&set, PINNA_ERROR_LIMIT, "too-large");
    set = good, set.measurement_count = PINNA_HRTF_MAX_MEASUREMENTS + 1;
    expect_refused(&set, PINNA_ERROR_LIMIT, "too-large");
    static const double rates[] = {0, -48000, NAN, INFINITY, 7999, 384001};
    for (int i = 0; i < 6; i++) {
        set = good, set.sample_rate_hz = rates[i];
        expect_refused(&set, PINNA_ERROR_DATA, "sample-rate");
    }
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        float kept = hrirs[1000];
        hrirs[1000] = bad[i];
        expect_refused(&good, PINNA_ERROR_DATA, "not-finite");
        hrirs[1000] = kept;
        pinna_vec3 position = positions[7];
        positions[7].y = bad[i];
        expect_refused(&good, PINNA_ERROR_DATA, "position");
        positions[7] = position;
        delays[39] = bad[i];
        set = good, set.delays_frames = delays;
        expect_refused(&set, PINNA_ERROR_DATA, "delay");
    }
    delays[39] = 60000.0f;
    expect_refused(&set, PINNA_ERROR_LIMIT, "delay");
    memset(hrirs, 0, 20 * 2 * 64 * sizeof *hrirs);
    expect_refused(&good, PINNA_ERROR_DATA, "silent");
    hrirs[5] = 1e-20f;
    expect_refused(&good, PINNA_ERROR_DATA, "silent");
    head_free(&good);
}

Test(prepare, absurd_levels_come_out_as_usual_ones)
{
    static const float scales[] = {1e-12f, 1e-6f, 1e6f, 1e15f, 1e30f};
    pinna_measured_set set = small_set(60, 128);
    pinna_hrtf* usual = prepare_good(&set, NULL);
    uint32_t rows = 60 * 2 * 128;
    for (int i = 0; i < 5; i++) {
        float* scaled = malloc(rows * sizeof *scaled);
        for (uint32_t n = 0; n < rows; n++) scaled[n] = set.hrirs[n] * scales[i];
        pinna_measured_set other = set;
        other.hrirs = scaled;
        pinna_hrtf* hrtf = prepare_good(&other, NULL);
        cr_expect_float_eq(pinna_hrtf_get_info(hrtf).gain * scales[i] / pinna_hrtf_get_info(usual).gain, 1.0f, 1e-4f);
        for (uint32_t n = 0; n < rows; n++)
            cr_assert_float_eq(pinna_hrtf_shell(hrtf)->hrirs[n], pinna_hrtf_shell(usual)->hrirs[n], 1e-4f, "scale %g",
                               (double)scales[i]);
        pinna_hrtf_release(hrtf);
        free(scaled);
    }
    pinna_hrtf_release(usual);
    head_free(&set);
}

Test(prepare, rates_and_lengths)
{
    static const uint32_t rates[] = {8000, 11025, 32000, 44100, 88200, 192000}, lengths[] = {0, 16, 17, 1000, 8192};
    pinna_measured_set set = small_set(40, 128);
    for (int r = 0; r < 6; r++) {
        for (int l = 0; l < 5; l++) {
            if (lengths[l] == 8192 && r % 5 != 0) continue;
            pinna_hrtf* hrtf =
                prepare_good(&set, &(pinna_prepare_config){.sample_rate_hz = rates[r], .tap_count = lengths[l]});
            pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
            cr_expect_eq(info.sample_rate_hz, rates[r]);
            if (lengths[l]) cr_expect_eq(info.tap_count, (lengths[l] + 15) / 16 * 16);
            else
                cr_expect(info.tap_count >= 16 && info.tap_count % 16 == 0 &&
                          info.tap_count <= 128.0 * rates[r] / 48000 + 16);
            for (size_t n = 0; n < (size_t)info.direction_count * 2 * info.tap_count; n++)
                cr_assert(isfinite(pinna_hrtf_shell(hrtf)->hrirs[n]));
            cr_expect(info.max_delay_frames < 0.01f * (float)rates[r]);
            pinna_hrtf_release(hrtf);
        }
    }
    head_free(&set);
}

Test(prepare, the_longest_responses_at_the_highest_rate)
{
    pinna_measured_set set = small_set(6, PINNA_HRTF_MAX_TAPS);
    pinna_hrtf* hrtf = prepare_good(&set, &(pinna_prepare_config){.sample_rate_hz = 192000, .tap_count = 8192});
    pinna_hrtf_release(hrtf);
    head_free(&set);
}

Test(level, sets_of_different_gain_come_out_equal)
{
    head h = usual_head();
    pinna_vec3* grid = spiral_grid(80);
    pinna_measured_set one = head_measure(&h, grid, 80);
    h.gain = 0.03f;
    pinna_measured_set other = head_measure(&h, grid, 80);
    pinna_hrtf *a = prepare_good(&one, NULL), *b = prepare_good(&other, NULL);
    cr_expect_float_eq(pinna_hrtf_get_info(a).gain / pinna_hrtf_get_info(b).gain, 0.03f, 1e-5f);
    for (size_t n = 0; n < 80 * 2 * 256; n++)
        cr_assert_float_eq(pinna_hrtf_shell(a)->hrirs[n], pinna_hrtf_shell(b)->hrirs[n], 1e-4f);
    pinna_hrtf_release(a);
    pinna_hrtf_release(b);
    head_free(&one);
    head_free(&other);
    free(grid);
}

/* A head that changes nothing at all is as loud as the source, half the power to each ear, and half a decibel more: it
   has no more in front than elsewhere, where real heads have one more, and shares the difference. */
Test(level, pulses_keep_the_sources_loudness)
{
    float* hrirs = calloc(100 * 2 * 64, sizeof *hrirs);
    pinna_vec3* grid = spiral_grid(100);
    for (int row = 0; row < 200; row++) hrirs[row * 64 + 20] = 0.125f;
    pinna_measured_set set = {48000, 100, 64, hrirs, NULL, grid};
    for (uint32_t rate = 32000; rate <= 96000; rate += 16000) {
        pinna_hrtf* hrtf = prepare_good(&set, &(pinna_prepare_config){.sample_rate_hz = rate});
        cr_expect_float_eq(pinna_hrtf_get_info(hrtf).gain, 8.0f * sqrtf(0.5f) * 1.0593f, 0.1f, "at %u Hz: %g", rate,
                           (double)pinna_hrtf_get_info(hrtf).gain);
        pinna_hrtf_release(hrtf);
    }
    free(grid);
    free(hrirs);
}

Test(sharing, the_last_release_frees)
{
    pinna_measured_set set = small_set(20, 64);
    failing_allocator counted = failing_after(SIZE_MAX);
    pinna_allocator allocator = counted_allocator(&counted);
    pinna_hrtf* hrtf = prepare_good(&set, &(pinna_prepare_config){.sample_rate_hz = 48000, .allocator = &allocator});
    cr_expect_eq(pinna_hrtf_retain(hrtf), hrtf);
    pinna_hrtf_release(hrtf);
    cr_expect(counted.live > 0);
    pinna_hrtf_release(hrtf);
    cr_expect_eq(counted.live, 0);
    pinna_hrtf_release(NULL);
    head_free(&set);
}

/* Debian's KEMAR, real data: one head at three rates. */
Test(rates, an_itd_is_the_same_at_every_rate)
{
    static pinna_report report;
    pinna_sofa* sofa;
    const char* path = pinna_sofa_default_path();
    if (!path) cr_skip_test("no default set is installed (Debian: libmysofa1)");
    cr_assert_eq(pinna_sofa_load(path, &report, &sofa), PINNA_OK);
    static const uint32_t rates[] = {48000, 44100, 96000};
    pinna_hrtf* sets[3];
    for (int r = 0; r < 3; r++)
        sets[r] = prepare_good(pinna_sofa_measured(sofa), &(pinna_prepare_config){.sample_rate_hz = rates[r]});
    for (int r = 1; r < 3; r++) {
        double worst = 0.0;
        for (uint32_t i = 0; i < pinna_hrtf_get_info(sets[0]).measured_count; i++) {
            pinna_vec3 d = pinna_hrtf_get_direction(sets[0], i);
            worst = fmax(worst, fabs(lookup_itd_s(sets[r], d) - lookup_itd_s(sets[0], d)));
        }
        fprintf(stderr, "rates: KEMAR's ITD at %u Hz differs by at most %.2f us from 48000 Hz\n", rates[r],
                1e6 * worst);
        cr_expect(worst < 3e-6, "%.2f us at %u Hz", 1e6 * worst, rates[r]);
    }
    for (int r = 0; r < 3; r++) pinna_hrtf_release(sets[r]);
    pinna_sofa_destroy(sofa);
}
