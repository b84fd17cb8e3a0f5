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

/* Positions as wanted, and an entry that says what was made of them. Frees both plans. */
static void expect_read_as(plan* written, plan* wanted, const char* entry, const char* variant)
{
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    load_plan(written, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&report, entry));
    expect_positions(wanted, pinna_sofa_measured(sofa), variant);
    pinna_sofa_destroy(sofa);
    free(written);
    free(wanted);
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
    expect_read_as(written, p, "wrapped-elevations", "hoop");
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

/* --- what the numbers or the ears tell of directions --- */

static void (*change)(double row[3]);

static void change_rows(plan* p)
{
    double rows[COUNT][3];
    int variable = variable_of(p, "SourcePosition");
    nc_get_var_double(p->file, variable, rows[0]);
    for (int m = 0; m < COUNT; m++) change(rows[m]);
    nc_put_var_double(p->file, variable, rows[0]);
}

static void expect_told(void (*how)(double row[3]), const char* entry_name)
{
    plan* p = new_plan();
    change = how, p->touch = change_rows;
    expect_same(p, entry_name, entry_name);
}

static void negate_distance(double row[3])
{
    row[2] = -row[2];
}

static void put_distance_first(double row[3])
{
    double distance = row[2];
    row[2] = row[1], row[1] = row[0], row[0] = distance;
}

Test(quirks, negative_distances)
{
    expect_told(negate_distance, "negative-distances");
}

/* Through the origin to the other side, as a negative length is in mathematics: then the ears say so. */
Test(quirks, negative_distances_that_point_to_the_other_side)
{
    plan* p = new_plan();
    p->touch = change_rows, change = negate_distance;
    for (int m = 0; m < COUNT; m++) {
        p->positions[m][0] = fmod(p->positions[m][0] + 180, 360), p->positions[m][1] *= -1;
    }
    plan* wanted = new_plan();
    expect_read_as(p, wanted, "negative-distances", "opposite");
}

Test(quirks, distance_before_angles)
{
    expect_told(put_distance_first, "distance-first");
}

/* CIPIC's own lateral angles count to the right. */
Test(quirks, lateral_angles_to_the_right)
{
    plan* p = new_plan();
    p->lateral = true;
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    for (int m = 0; m < COUNT; m++) p->positions[m][0] = fmod(360 - p->positions[m][0], 360); /* written mirrored */
    load_plan(p, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&report, "lateral-angles") && !has_entry(&report, "mirrored-sides"));
    plan* wanted = new_plan();
    expect_positions(wanted, pinna_sofa_measured(sofa), "to the right");
    expect_responses(wanted, pinna_sofa_measured(sofa), "to the right");
    pinna_sofa_destroy(sofa);
    free(wanted);
    free(p);
}

/* Sources above the head only. @param angle_of  The level and higher ring's elevation as it is written. */
static plan* new_dome(double (*angle_of)(double elevation))
{
    plan *p = new_plan(), *level = new_plan();
    for (int m = 0; m < COUNT; m++) {
        double elevation = m / AZIMUTHS * 30;
        p->positions[m][1] = angle_of(elevation);
        int from = m % AZIMUTHS + AZIMUTHS; /* as from the ring at the ears' height, and quieter at the side above */
        memcpy(p->responses[m], level->responses[from], sizeof p->responses[m]);
        for (int n = 0; n < TAPS; n++)
            for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) p->responses[m][ear][n] *= 1 + 0.01 * m;
    }
    free(level);
    return p;
}

static double as_it_is(double elevation)
{
    return elevation;
}

static double from_above(double elevation)
{
    return 90 - elevation;
}

Test(quirks, angles_from_the_zenith_above_the_ears_only)
{
    plan *p = new_dome(from_above), *wanted = new_dome(as_it_is);
    expect_read_as(p, wanted, "colatitude", "dome");
}

static void spherical_to_cartesian(double row[3])
{
    double a = row[0] * 0.017453292519943295, b = row[1] * 0.017453292519943295, r = row[2];
    row[0] = r * cos(b) * cos(a), row[1] = r * cos(b) * sin(a), row[2] = r * sin(b);
}

Test(quirks, cartesian_coordinates_above_the_ears_that_are_called_spherical)
{
    plan* p = new_dome(as_it_is);
    p->touch = change_rows, change = spherical_to_cartesian;
    expect_same(p, "dome", "mislabelled-units");
}

/* Where two things are wrong, each is found: the ears follow the sides as closely if they are exchanged. */
static void spherical_to_radians(double row[3])
{
    row[0] *= 0.017453292519943295, row[1] *= 0.017453292519943295;
}

static void exchange_responses(plan* p)
{
    for (int m = 0; m < COUNT; m++) {
        double kept[TAPS];
        memcpy(kept, p->responses[m][PINNA_LEFT], sizeof kept);
        memcpy(p->responses[m][PINNA_LEFT], p->responses[m][PINNA_RIGHT], sizeof kept);
        memcpy(p->responses[m][PINNA_RIGHT], kept, sizeof kept);
    }
}

static void expect_exchanged(plan* p, const plan* wanted)
{
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    exchange_responses(p);
    load_plan(p, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&report, "mirrored-sides") && has_entry(&report, "mislabelled-units"));
    expect_positions(wanted, pinna_sofa_measured(sofa), "two faults");
    expect_responses(wanted, pinna_sofa_measured(sofa), "two faults");
    pinna_sofa_destroy(sofa);
    free(p);
}

Test(quirks, exchanged_ears_beside_a_wrong_label)
{
    plan *p = new_plan(), *wanted = new_plan();
    p->touch = change_rows, change = spherical_to_radians;
    expect_exchanged(p, wanted);
    free(wanted);
}

Test(quirks, exchanged_ears_and_a_pole_measured_often)
{
    plan* p = new_plan();
    for (int m = 0; m < COUNT; m++) {
        p->positions[m][1] = m / AZIMUTHS * 45;
        pinna_vec3 d = direction_of(p, m);
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            double towards = (double)d.y * (ear == PINNA_LEFT ? 1 : -1);
            int onset = 24 - (int)lrint(12 * towards);
            for (int n = 0; n < TAPS; n++)
                p->responses[m][ear][n] = n < onset ? 0 : (0.5 + 0.4 * towards) * exp(-0.1 * (n - onset));
        }
    }
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    exchange_responses(p);
    load_plan(p, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&report, "mirrored-sides") && !has_entry(&report, "colatitude"));
    pinna_sofa_destroy(sofa);
    free(p);
}

/* A ring of x, y and 0. */
Test(quirks, a_cartesian_ring_that_is_called_spherical)
{
    plan* p = new_plan();
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    for (int m = 0; m < COUNT; m++) p->positions[m][0] = m * 360.0 / COUNT, p->positions[m][1] = 0;
    p->touch = change_rows, change = spherical_to_cartesian;
    load_plan(p, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&report, "mislabelled-units"));
    expect_positions(p, pinna_sofa_measured(sofa), "ring");
    pinna_sofa_destroy(sofa);
    free(p);
}

/* Steps of a quarter degree in front might be radians all around, by their size alone. */
Test(quirks, degrees_in_a_narrow_range_are_degrees)
{
    plan* p = new_plan();
    for (int m = 0; m < COUNT; m++) {
        p->positions[m][0] = (m % AZIMUTHS - 11.5) * 0.25, p->positions[m][1] = (m / AZIMUTHS - 1) * 0.5;
        double side = p->positions[m][0] / 3;
        for (int n = 0; n < TAPS; n++) {
            p->responses[m][PINNA_LEFT][n] = (1 + 0.1 * side) * exp(-0.2 * n) * (n >= 20) * cos(n + m);
            p->responses[m][PINNA_RIGHT][n] = (1 - 0.1 * side) * exp(-0.2 * n) * (n >= 20) * cos(n + m);
        }
    }
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    load_plan(p, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert_not(has_entry(&report, "mislabelled-units"));
    expect_positions(p, pinna_sofa_measured(sofa), "narrow");
    pinna_sofa_destroy(sofa);
    free(p);
}

/* A view is a direction and needs no length. */
static void turn_without_length(plan* p)
{
    static const double view[] = {90, 0, 0}, up[] = {0, 0, 0};
    double rows[COUNT][3];
    int positions = variable_of(p, "SourcePosition"), variable = variable_of(p, "ListenerView");
    nc_get_var_double(p->file, positions, rows[0]);
    for (int m = 0; m < COUNT; m++) rows[m][0] = fmod(rows[m][0] + 90, 360);
    nc_put_var_double(p->file, positions, rows[0]);
    nc_put_var_double(p->file, variable, view);
    nc_put_var_double(p->file, variable_of(p, "ListenerUp"), up);
    nc_redef(p->file);
    nc_del_att(p->file, variable, "Type");
    put_text_of(p, variable, "Type", "spherical");
}

Test(quirks, views_without_length)
{
    plan* p = new_plan();
    p->touch = turn_without_length;
    expect_same(p, "no length", "listener-turned");
}

/* Without times the levels alone tell that left and right are exchanged. */
Test(quirks, exchanged_ears_without_times)
{
    plan* p = new_plan();
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            double towards = (double)direction_of(p, m).y * (ear == PINNA_RIGHT ? 1 : -1);
            for (int n = 0; n < TAPS; n++) p->responses[m][ear][n] = n < 9 ? 0 : (0.5 + 0.4 * towards) * exp(9 - n);
        }
    load_plan(p, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&report, "no-time-differences") && has_entry(&report, "mirrored-sides"));
    const float* taps = pinna_sofa_measured(sofa)->hrirs + (size_t)(AZIMUTHS + AZIMUTHS / 4) * PINNA_EAR_COUNT * TAPS;
    cr_assert_gt(taps[9], 5 * taps[TAPS + 9]); /* from the left, louder at the left ear */
    pinna_sofa_destroy(sofa);
    free(p);
}

/* --- a fourth column --- */

static void add_column(plan* p)
{
    double rows[COUNT][4], old[COUNT][3];
    int variable = variable_of(p, "SourcePosition"), dimensions[2];
    nc_get_var_double(p->file, variable, old[0]);
    for (int m = 0; m < COUNT; m++) memcpy(rows[m], old[m], sizeof old[m]), rows[m][3] = m;
    nc_redef(p->file);
    nc_rename_var(p->file, variable, "OldPosition");
    nc_inq_vardimid(p->file, variable, dimensions);
    nc_def_dim(p->file, "K", 4, &dimensions[1]);
    nc_def_var(p->file, "SourcePosition", NC_DOUBLE, 2, dimensions, &variable);
    put_text_of(p, variable, "Type", "spherical");
    put_text_of(p, variable, "Units", "degree, degree, metre");
    nc_enddef(p->file);
    nc_put_var_double(p->file, variable, rows[0]);
}

Test(quirks, a_fourth_column_says_nothing)
{
    plan* p = new_plan();
    p->touch = add_column;
    expect_same(p, "four columns", NULL);
}

#endif
