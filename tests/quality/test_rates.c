/* SPDX-License-Identifier: MIT */
/* The same head at different sampling rates. */
#include "support.h"

enum { COUNT = 240, LENGTH = 1024, RATES = 3 };

static void measure_itds(const pinna_measured_set* set, uint32_t rate_hz, const pinna_vec3* directions, double* itds_s)
{
    pinna_hrtf* hrtf = prepare(set, rate_hz, 0);
    float* got = probe(hrtf, PINNA_METHOD_EXACT, directions, COUNT, LENGTH);
    for (int i = 0; i < COUNT; i++)
        itds_s[i] = itd_s(got + (size_t)i * 2 * LENGTH, got + ((size_t)i * 2 + 1) * LENGTH, LENGTH, rate_hz);
    free(got);
    pinna_hrtf_release(hrtf);
}

static int by_value(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

/* At a few directions of human sets the cross-correlation has two peaks of one height some 300 us apart; which of them
   is the higher is chance. Hence the bar on 99 of 100 directions. */
SetsTest(rates, same_itd, all_set_count)
{
    static const uint32_t rates_hz[RATES] = {44100, 48000, 96000};
    static double itds_s[RATES][COUNT];
    pinna_sofa* sofa = need_sofa(name);
    const pinna_measured_set* set = pinna_sofa_measured(sofa);
    pinna_vec3 directions[COUNT];
    for (uint32_t i = 0; i < COUNT; i++)
        directions[i] = set->positions_m[(size_t)i * set->measurement_count / COUNT];
    for (int r = 0; r < RATES; r++)
        measure_itds(set, rates_hz[r], directions, itds_s[r]);
    double spreads_us[COUNT], mean_us = 0.0;
    for (int i = 0; i < COUNT; i++) {
        double low = fmin(itds_s[0][i], fmin(itds_s[1][i], itds_s[2][i]));
        spreads_us[i] = 1e6 * (fmax(itds_s[0][i], fmax(itds_s[1][i], itds_s[2][i])) - low);
        mean_us += spreads_us[i] / COUNT;
    }
    qsort(spreads_us, COUNT, sizeof spreads_us[0], by_value);
    say(name->label,
        "ITD at 44.1, 48 and 96 kHz, %d directions: differs by %.2f us mean, %.2f us in 99 %%, %.2f us at most (bars 3 "
        "/ 3 / -)",
        COUNT, mean_us, spreads_us[COUNT * 99 / 100], spreads_us[COUNT - 1]);
    cr_expect_lt(mean_us, 3.0);
    cr_expect_lt(spreads_us[COUNT * 99 / 100], 3.0);
    pinna_sofa_destroy(sofa);
}
