/* SPDX-License-Identifier: MIT */
/* What only some makers do: each file must give the plain one's head. */
#include "variants.h"

#ifdef PINNA_SOFA_NETCDF
#include <math.h>
#include <unistd.h>

Test(quirks, ears_among_other_microphones)
{
    for (aid kind = AID_BESIDE; kind <= AID_NOWHERE; kind++) {
        plan* p = new_plan();
        p->hearing_aid = true, p->aid = kind;
        expect_same(p, "six microphones", "more-receivers");
    }
    plan* p = new_plan(); /* nothing says where they are, and the first two are no ears */
    p->hearing_aid = true, p->aid = AID_NOWHERE;
    for (int m = 0; m < COUNT; m++)
        memcpy(p->responses[m][PINNA_RIGHT], p->responses[0][PINNA_LEFT], sizeof p->responses[0][0]);
    for (int m = 0; m < COUNT; m++)
        memcpy(p->responses[m][PINNA_LEFT], p->responses[0][PINNA_LEFT], sizeof p->responses[0][0]);
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "receivers");
}

Test(quirks, delays_that_were_never_set)
{
    static const double nothing[] = {NAN, INFINITY, 9.969209968386869e36, 70000};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        for (int shape = 0; shape < 2; shape++) {
            plan* p = new_plan();
            pinna_report report;
            pinna_sofa* sofa;
            pinna_status status;
            p->delay_axes = shape ? "MR" : "IR";
            for (int m = 0; m < COUNT; m++) p->delays[m][0] = p->delays[m][1] = nothing[i];
            load_plan(p, &report, &sofa, &status);
            cr_assert_eq(status, PINNA_OK);
            cr_assert(has_entry(&report, "delays-ignored"), "%g", nothing[i]);
            cr_assert_null(pinna_sofa_measured(sofa)->delays_frames);
            pinna_sofa_destroy(sofa);
            free(p);
        }
}

/* One measurement without a delay is left out; delays that differ and are too large stay what they are: wrong. */
Test(quirks, delays_that_are_wrong_in_part)
{
    plan* p = new_plan();
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    p->delay_axes = "MR";
    for (int m = 0; m < COUNT; m++) p->delays[m][0] = p->delays[m][1] = 3;
    p->delays[5][1] = NAN;
    load_plan(p, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&report, "non-finite-samples"));
    cr_assert_eq(pinna_sofa_measured(sofa)->measurement_count, COUNT - 1);
    pinna_sofa_destroy(sofa);
    p->delays[5][1] = 70000;
    expect_refused(p, PINNA_ERROR_DATA, "delays");
}

Test(quirks, lateral_and_polar_angles)
{
    static const char* const types[] = {"interaural", "horizontal-polar", "spherical"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        plan* p = new_plan();
        p->lateral = true, p->position_type = types[i];
        expect_same(p, types[i], "lateral-angles");
    }
}

/* Called spherical, half a circle wide and over the pole: here it is a hoop. */
Test(quirks, hoops_over_the_pole)
{
    plan *p = new_plan(), *written = new_plan();
    for (int m = 0; m < COUNT; m++) {
        bool behind = p->positions[m][0] > 90 && p->positions[m][0] < 270;
        double azimuth = fmod(p->positions[m][0] + (behind ? 180 : 0), 360);
        written->positions[m][0] = azimuth > 180 ? azimuth - 360 : azimuth;
        if (behind) written->positions[m][1] = 180 - p->positions[m][1];
    }
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    load_plan(written, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&report, "wrapped-elevations"));
    expect_positions(p, pinna_sofa_measured(sofa), "hoop");
    pinna_sofa_destroy(sofa);
    free(written);
    free(p);
}

Test(quirks, a_listener_high_above_the_origin)
{
    plan* p = new_plan();
    p->far_listener = true;
    expect_same(p, "sphere round the head", "listener-position-ignored");
}

/* Arrays turned round whose dimensions' names say nothing: directions tell. */
Test(quirks, order_of_nameless_dimensions)
{
    static const char* const orders[] = {"MRN", "RMN", "MNR", "NRM", "RNM", "NMR"};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        plan* p = new_plan();
        p->response_axes = orders[i], p->nameless = true;
        expect_same(p, orders[i], NULL);
    }
    for (int is_fire = 0; is_fire < 2; is_fire++) {
        plan* p = new_plan();
        p->convention = is_fire ? "GeneralFIRE" : "GeneralFIR-E", p->data_type = is_fire ? "FIRE" : "FIR-E";
        p->response_axes = is_fire ? "MREN" : "MRNE", p->emitters = true, p->nameless = true;
        expect_same(p, p->convention, "emitter-positions");
    }
}

Test(quirks, spectra_of_both_sides)
{
    plan* p = new_plan();
    p->spectra = true, p->both_sides = true, p->convention = "SimpleFreeFieldHRTF";
    expect_same(p, "both sides", "frequency-domain");
}

#endif
