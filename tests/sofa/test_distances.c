/* SPDX-License-Identifier: MIT */
/* Loudspeakers at distances of their own. */
#include "variants.h"

#ifdef PINNA_SOFA_NETCDF
#include <math.h>
#include <unistd.h>

/* Rings at 1, 1.3 and 2 m: a file of a dome. Far sources hear every direction, each as measured. */
Test(distances, a_dome_is_one_sphere)
{
    static const double distances_m[RINGS] = {1.0, 1.3, 2.0};
    pinna_prepare_config config = pinna_prepare_config_default();
    pinna_hrtf* sets[2];
    for (int uneven = 0; uneven < 2; uneven++) {
        plan* p = new_plan();
        pinna_report report;
        pinna_sofa* sofa;
        pinna_status status;
        for (int m = 0; uneven && m < COUNT; m++) p->positions[m][2] = distances_m[m / AZIMUTHS];
        load_plan(p, &report, &sofa, &status);
        cr_assert_eq(status, PINNA_OK);
        cr_assert_eq(pinna_hrtf_prepare(pinna_sofa_measured(sofa), &config, &report, &sets[uneven]), PINNA_OK);
        cr_assert_eq(has_entry(&report, "several-radii"), uneven);
        pinna_sofa_destroy(sofa);
        free(p);
    }
    cr_assert_eq(pinna_hrtf_get_info(sets[1]).measured_count, COUNT);
    cr_assert_eq(pinna_hrtf_get_info(sets[1]).radius_count, 1);
    uint32_t taps = pinna_hrtf_get_info(sets[1]).tap_count;
    plan* p = new_plan();
    for (int m = 0; m < COUNT; m++) {
        float heard[2][2][256], delays[2][2];
        double error = 0, total = 0;
        cr_assert_leq(taps, 256);
        for (int i = 0; i < 2; i++)
            pinna_hrtf_lookup(sets[i], direction_of(p, m), heard[i][0], heard[i][1], delays[i]);
        for (uint32_t n = 0; n < taps; n++) {
            double is = (double)heard[1][0][n], should_be = (double)heard[0][0][n];
            error += (is - should_be) * (is - should_be), total += should_be * should_be;
        }
        cr_assert_leq(error, 1e-8 * total, "direction %d: %.1f dB", m, 10 * log10(error / total));
        cr_assert_float_eq(delays[1][1] - delays[1][0], delays[0][1] - delays[0][0], 1e-3f, "direction %d", m);
    }
    free(p);
    for (int i = 0; i < 2; i++) pinna_hrtf_release(sets[i]);
}

#endif
