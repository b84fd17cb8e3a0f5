/* SPDX-License-Identifier: MIT */
/* The same head with its sampling rate, its names or its spectra written as no convention says. */
#include "variants.h"

#ifdef PINNA_SOFA_NETCDF
#include <math.h>

/* --- the sampling rate --- */

static int how;

/* No variable of that name any more: AES69 does not know what is left. */
static void hide_rate(plan* p)
{
    nc_redef(p->file);
    nc_rename_var(p->file, variable_of(p, "Data.SamplingRate"), "Unused");
}

static void put_rate_elsewhere(plan* p)
{
    static const double rate = 48000;
    static const int whole = 48000;
    const char *text = " 48 kHz", *string = "48000";
    int variable, dimension;
    hide_rate(p);
    int responses = variable_of(p, "Data.IR");
    switch (how) {
    case 0: nc_put_att_double(p->file, NC_GLOBAL, "Data.SamplingRate", NC_DOUBLE, 1, &rate); break;
    case 1: nc_put_att_int(p->file, responses, "SamplingRate", NC_INT, 1, &whole); break;
    case 2: nc_put_att_text(p->file, NC_GLOBAL, "SamplingRate", strlen(text), text); break;
    case 3: nc_put_att_text(p->file, responses, "Fs", 8, "48000 Hz"); break;
    case 4:
        nc_def_dim(p->file, "letters", strlen(text), &dimension);
        nc_def_var(p->file, "Data.SamplingRate", NC_CHAR, 1, &dimension, &variable);
        nc_enddef(p->file);
        nc_put_var_text(p->file, variable, text);
        break;
    default:
        nc_def_var(p->file, "Data.SamplingRate", NC_STRING, 0, NULL, &variable);
        nc_enddef(p->file);
        nc_put_var_string(p->file, variable, &string);
    }
}

Test(spellings, rates_in_other_places)
{
    for (how = 0; how < 6; how++) {
        plan* p = new_plan();
        p->touch = put_rate_elsewhere;
        expect_same(p, how < 4 ? "attribute" : "text", "rate-elsewhere");
    }
}

static void put_nonsense_elsewhere(plan* p)
{
    hide_rate(p);
    nc_put_att_text(p->file, NC_GLOBAL, "SamplingRate", 7, "unknown");
}

Test(spellings, no_rate_is_made_up)
{
    plan* p = new_plan();
    p->touch = put_nonsense_elsewhere;
    expect_refused(p, PINNA_ERROR_DATA, "no-sampling-rate");
}

static double period_factor;
static const char* period_units;

static void put_period(plan* p)
{
    int variable = variable_of(p, "Data.SamplingRate");
    change_values(p, "Data.SamplingRate", 0, period_factor / p->rate_hz);
    nc_redef(p->file);
    put_text_of(p, variable, "Units", period_units);
}

Test(spellings, periods_instead_of_rates)
{
    static const struct {
        double factor;
        const char* units;
    } cases[] = {{1, "hertz"}, {1, "second"}, {1, "s"}, {1e3, "millisecond"}, {1e6, "microseconds"}, {1e6, "us"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        plan* p = new_plan();
        p->touch = put_period, p->rate_hz = 44100;
        period_factor = cases[i].factor, period_units = cases[i].units;
        expect_same(p, cases[i].units, "sampling-period");
    }
}

/* --- names --- */

static const char* const (*renames)[2];

static void rename_all(plan* p)
{
    nc_redef(p->file);
    for (int i = 0; renames[i][0]; i++) nc_rename_var(p->file, variable_of(p, renames[i][0]), renames[i][1]);
}

Test(spellings, other_names)
{
    static const char* const cases[][4][2] = {
        {{"Data.IR", "Data_IR"}, {"Data.SamplingRate", "Data_SamplingRate"}, {NULL, NULL}},
        {{"Data.IR", "IR"}, {"Data.SamplingRate", "SamplingRate"}, {NULL, NULL}},
        {{"Data.SamplingRate", "Data.Fs"}, {NULL, NULL}},
        {{"Data.SamplingRate", "fs"}, {NULL, NULL}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        plan* p = new_plan();
        renames = cases[i], p->touch = rename_all;
        expect_same(p, cases[i][0][1], NULL);
    }
}

/* What has the name of AES69 goes before what has another. */
static void add_other(plan* p)
{
    static const double other = 8000;
    int variable;
    rename_all(p);
    nc_def_var(p->file, "Data.SamplingRate", NC_DOUBLE, 0, NULL, &variable);
    nc_enddef(p->file);
    nc_put_var_double(p->file, variable, &p->rate_hz);
    change_values(p, "SamplingRate", 0, other);
}

Test(spellings, the_right_name_goes_first)
{
    static const char* const to[][2] = {{"Data.SamplingRate", "SamplingRate"}, {NULL, NULL}};
    plan* p = new_plan();
    renames = to, p->touch = add_other;
    expect_same(p, "two rates", NULL);
}

/* --- magnitude and phase --- */

static const char *phase_units, *magnitude_units;
static double phase_per_radian;
static bool in_decibels, runs_on;

static void put_polar(plan* p)
{
    enum { VALUES = COUNT * PINNA_EAR_COUNT * BINS };
    static double re[VALUES], im[VALUES];
    int first = variable_of(p, "Data.Real"), second = variable_of(p, "Data.Imag");
    nc_get_var_double(p->file, first, re);
    nc_get_var_double(p->file, second, im);
    for (int i = 0; i < VALUES; i++) {
        double magnitude = hypot(re[i], im[i]);
        double phase = atan2(im[i], re[i]) - (runs_on ? 6.283185307179586 * (i % 20) : 0);
        re[i] = in_decibels ? 20 * log10(magnitude + 1e-12) : magnitude, im[i] = phase * phase_per_radian;
    }
    nc_put_var_double(p->file, first, re);
    nc_put_var_double(p->file, second, im);
    nc_redef(p->file);
    nc_rename_var(p->file, first, "Data.Mag");
    nc_rename_var(p->file, second, "Data.Phase");
    if (magnitude_units) put_text_of(p, first, "Units", magnitude_units);
    if (phase_units) put_text_of(p, second, "Units", phase_units);
}

static plan* new_polar_plan(double per_radian, const char* units, bool decibels, bool on)
{
    plan* p = new_plan();
    p->spectra = true, p->convention = "SimpleFreeFieldHRTF", p->touch = put_polar;
    phase_per_radian = per_radian, phase_units = units, in_decibels = decibels, runs_on = on, magnitude_units = NULL;
    return p;
}

Test(spellings, magnitude_and_phase)
{
    static const double degrees = 57.29577951308232;
    expect_same(new_polar_plan(1, "radian", false, false), "radians", "polar-spectra");
    expect_same(new_polar_plan(1, NULL, false, false), "radians, no units", "polar-spectra");
    expect_same(new_polar_plan(degrees, "degree", false, true), "degrees that run on", "polar-spectra");
    expect_same(new_polar_plan(degrees, NULL, true, false), "degrees, no units, dB", "polar-spectra");
    plan* p = new_polar_plan(1, "rad", true, true);
    magnitude_units = "decibel";
    expect_same(p, "radians that run on, dB", "polar-spectra");
    expect_refused(new_polar_plan(1, NULL, false, true), PINNA_ERROR_DATA, "phase-unit");
}

static void put_magnitude_alone(plan* p)
{
    put_polar(p);
    nc_rename_var(p->file, variable_of(p, "Data.Phase"), "Unused");
}

Test(spellings, magnitude_alone_is_no_head)
{
    plan* p = new_polar_plan(1, NULL, false, false);
    p->touch = put_magnitude_alone;
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "no-phase");
}

/* --- frequencies that are not there --- */

static bool keep_numbers;

static void spoil_frequencies(plan* p)
{
    static const double rate = 48000;
    int variable = variable_of(p, "N"), number;
    double bins[BINS];
    for (int i = 0; i < BINS; i++) bins[i] = i;
    nc_put_var_double(p->file, variable, bins);
    nc_redef(p->file);
    if (!keep_numbers) nc_rename_var(p->file, variable, "Unused");
    nc_def_var(p->file, "Data.SamplingRate", NC_DOUBLE, 0, NULL, &number);
    nc_enddef(p->file);
    nc_put_var_double(p->file, number, &rate);
}

Test(spellings, bins_without_frequencies)
{
    for (int i = 0; i < 2; i++) {
        plan* p = new_plan();
        p->spectra = true, p->convention = "SimpleFreeFieldHRTF", p->touch = spoil_frequencies, keep_numbers = i;
        expect_same(p, i ? "numbers" : "none", "guessed-frequencies");
    }
}

static void leave_numbers(plan* p)
{
    double bins[BINS];
    for (int i = 0; i < BINS; i++) bins[i] = i;
    nc_put_var_double(p->file, variable_of(p, "N"), bins);
}

Test(spellings, bins_numbers_without_a_rate_are_refused)
{
    plan* p = new_plan();
    p->spectra = true, p->convention = "SimpleFreeFieldHRTF", p->touch = leave_numbers;
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "frequencies");
}

/* --- responses of several lengths --- */

/* Where it is silent. */
static void write_not_a_number(plan* p)
{
    static double taps[COUNT][PINNA_EAR_COUNT][TAPS];
    int variable = variable_of(p, "Data.IR");
    memcpy(taps, p->responses, sizeof taps);
    for (int m = 0; m < COUNT; m++)
        for (int n = TAPS - 4 + m % 3; n < TAPS && m % 2; n++) taps[m][m % PINNA_EAR_COUNT][n] = NAN;
    nc_put_var_double(p->file, variable, taps[0][0]);
}

Test(spellings, ends_that_are_not_numbers_are_silence)
{
    plan* p = new_plan();
    p->touch = write_not_a_number;
    expect_same(p, "padded", "padded-responses");
}

/* --- delays of responses that are cut at their onset, but rise more slowly at the farther ear --- */

static void put_milliseconds(plan* p)
{
    change_values(p, "Data.Delay", 1e3 / p->rate_hz, 0);
    nc_redef(p->file);
    nc_del_att(p->file, variable_of(p, "Data.Delay"), "Units");
}

Test(spellings, delays_of_cut_responses)
{
    plan* p = new_plan();
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            double towards = (double)direction_of(p, m).y * (ear == PINNA_LEFT ? 1 : -1), rise = 8 - 6 * towards;
            for (int n = 0; n < TAPS; n++)
                p->responses[m][ear][n] = (0.5 + 0.4 * towards) * (n < 4 ? 0 : 0.2 + 0.8 * fmin(1, (n - 4) / rise)) *
                                          exp(-0.1 * n) * (n < TAPS - 4);
            p->delays[m][ear] = rint(14 - 12 * towards);
        }
    p->delay_axes = "MR", p->touch = put_milliseconds;
    expect_same(p, "cut", "delays-in-seconds");
}

#endif
