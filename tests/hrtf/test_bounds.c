/* SPDX-License-Identifier: MIT */
/* Whatever is measured, preparing takes bounded time and loses nothing that is heard. */
#include <criterion/criterion.h>

#include "heads.h"
#include "hrtf/hrtf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SHORT = 256, LONG = PINNA_HRTF_MAX_TAPS, DIRECTIONS = 60 };

static pinna_measured_set head_of(uint32_t tap_count, double onset_s)
{
    head h = usual_head();
    h.tap_count = tap_count;
    h.onset_s = onset_s;
    pinna_vec3* grid = spiral_grid(DIRECTIONS);
    pinna_measured_set set = head_measure(&h, grid, DIRECTIONS);
    free(grid);
    return set;
}

static double difference_db(const float* a, const float* b, size_t count)
{
    double error = 0.0, power = 0.0;
    for (size_t n = 0; n < count; n++) {
        error += (double)(a[n] - b[n]) * (double)(a[n] - b[n]);
        power += (double)b[n] * (double)b[n];
    }
    return 10.0 * log10(error / power + 1e-30);
}

/* The same head in responses of 8192 samples that begin late: the same filters, later by as much. */
Test(bounds, long_responses_lose_nothing_but_their_rest)
{
    static const double late_frames = 3000.0;
    pinna_measured_set plain = head_of(SHORT, usual_head().onset_s);
    pinna_measured_set late = head_of(LONG, usual_head().onset_s + late_frames / usual_head().rate_hz);
    pinna_prepare_config config = {.sample_rate_hz = (uint32_t)usual_head().rate_hz, .tap_count = SHORT};
    pinna_hrtf *a = prepare_good(&plain, &config), *b = prepare_good(&late, &config);
    const pinna_shell *from = pinna_hrtf_shell(a), *to = pinna_hrtf_shell(b);
    double db = difference_db(to->hrirs, from->hrirs, (size_t)DIRECTIONS * PINNA_EAR_COUNT * SHORT);
    cr_expect(db < -60.0, "%.1f dB", db);
    for (int i = 0; i < DIRECTIONS * PINNA_EAR_COUNT; i++)
        cr_expect_float_eq(to->delays_frames[i] - from->delays_frames[i], (float)late_frames, 0.05f);
    pinna_hrtf_release(a);
    pinna_hrtf_release(b);
    head_free(&plain);
    head_free(&late);
}

/* What an early and a late measurement have between them is all kept, and then it is too much for the highest rate. */
Test(bounds, responses_too_far_apart_are_refused)
{
    static pinna_report report;
    pinna_measured_set set = head_of(LONG, 0.001);
    float* last = (float*)(uintptr_t)set.hrirs + (size_t)LONG * (DIRECTIONS * PINNA_EAR_COUNT - 1);
    memset(last, 0, LONG * sizeof *last);
    last[LONG - 1] = 1.0f;
    set.sample_rate_hz = 8000; /* a second: 196608 samples at 192 kHz */
    pinna_hrtf* hrtf;
    cr_expect_eq(pinna_hrtf_prepare(&set, &(pinna_prepare_config){.sample_rate_hz = 192000}, &report, &hrtf),
                 PINNA_ERROR_LIMIT);
    cr_expect(report_has(&report, "too-large"));
    cr_expect_null(hrtf);
    last[LONG - 1] = 0.0f, last[40] = 1.0f;
    hrtf = prepare_good(&set, &(pinna_prepare_config){.sample_rate_hz = 192000});
    pinna_hrtf_release(hrtf);
    head_free(&set);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { IS_SLOW = 1 /* a sanitizer takes fifteen times as long */ };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { IS_SLOW = 1 };
#else
enum { IS_SLOW = 0 };
#endif
#else
enum { IS_SLOW = 0 };
#endif

/* The grid of 2 degrees all around is whole, and within seconds. */
Test(bounds, the_finest_grid_passes_whole)
{
    head h = usual_head();
    uint32_t count;
    h.tap_count = 64;
    pinna_vec3* grid = ring_grid(IS_SLOW ? 6.0 : 2.0, -90.0, &count);
    pinna_measured_set set = head_measure(&h, grid, count);
    clock_t begin = clock();
    pinna_hrtf* hrtf = prepare_good(&set, NULL);
    double s = (double)(clock() - begin) / CLOCKS_PER_SEC;
    fprintf(stderr, "bounds: %u directions of 64 taps in %.2f s\n", count, s);
    cr_expect(s < 20.0);
    cr_expect_eq(pinna_hrtf_get_info(hrtf).measured_count, count);
    pinna_hrtf_release(hrtf);
    head_free(&set);
    free(grid);
}

/* Of more, as many are left out as it takes, evenly: every direction still has a measured one near it. */
Test(bounds, more_directions_are_thinned_out)
{
    static pinna_report report;
    enum { MANY = 40000, LEFT = 18000 };
    head h = usual_head();
    h.tap_count = 32;
    pinna_vec3* grid = random_grid(MANY, 1);
    pinna_measured_set set = head_measure(&h, grid, MANY);
    pinna_hrtf* hrtf;
    cr_assert_eq(pinna_hrtf_prepare_for(PINNA_PURPOSE_COMPARE, &set, &(pinna_prepare_config){.sample_rate_hz = 48000},
                                        NULL, NULL, &hrtf),
                 PINNA_OK);
    pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
    cr_expect(info.measured_count > LEFT / 3 && info.measured_count <= LEFT, "%u", info.measured_count);
    for (int i = 0; i < 100; i++) {
        float nearest = 0.0f;
        for (uint32_t m = 0; m < info.measured_count; m++)
            nearest = fmaxf(nearest, pinna_vec3_dot(grid[i], pinna_hrtf_get_direction(hrtf, m)));
        cr_expect(nearest > cosf(0.035f), "%g", (double)nearest);
    }
    pinna_hrtf_release(hrtf);
    set.measurement_count = 300; /* told only where it is so */
    hrtf = NULL;
    cr_assert_eq(pinna_hrtf_prepare(&set, &(pinna_prepare_config){.sample_rate_hz = 48000}, &report, &hrtf), PINNA_OK);
    cr_expect(!report_has(&report, "duplicate-directions"));
    pinna_hrtf_release(hrtf);
    head_free(&set);
    free(grid);
}
