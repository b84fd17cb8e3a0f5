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

ParameterizedTestParameters(rates, same_itd)
{
    return cr_make_param_array(set_name, all_sets, all_set_count);
}

ParameterizedTest(const set_name* name, rates, same_itd)
{
    static const uint32_t rates_hz[RATES] = {44100, 48000, 96000};
    static double itds_s[RATES][COUNT];
    pinna_sofa* sofa = need_sofa(name);
    const pinna_measured_set* set = pinna_sofa_measured(sofa);
    pinna_vec3 directions[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) directions[i] = set->positions_m[(size_t)i * set->measurement_count / COUNT];
    for (int r = 0; r < RATES; r++) measure_itds(set, rates_hz[r], directions, itds_s[r]);
    double worst_us = 0.0, mean_us = 0.0;
    int worst = 0;
    for (int i = 0; i < COUNT; i++) {
        double low = fmin(itds_s[0][i], fmin(itds_s[1][i], itds_s[2][i]));
        double spread_us = 1e6 * (fmax(itds_s[0][i], fmax(itds_s[1][i], itds_s[2][i])) - low);
        mean_us += spread_us / COUNT;
        if (spread_us > worst_us) worst_us = spread_us, worst = i;
    }
    pinna_spherical at = pinna_spherical_from_vec3(directions[worst]);
    say(name->label, "ITD at 44.1, 48 and 96 kHz, %d directions: differs by %.2f us mean, %.2f us at most, at %.0f/%.0f (bar 3)",
        COUNT, mean_us, worst_us, (double)at.azimuth_deg, (double)at.elevation_deg);
    cr_expect_lt(worst_us, 3.0);
    pinna_sofa_destroy(sofa);
}
