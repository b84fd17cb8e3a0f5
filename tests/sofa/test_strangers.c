/* SPDX-License-Identifier: MIT */
/* What no SOFA library writes, but people with other tools do: each file must give the plain one's head. */
#include "variants.h"

#ifdef PINNA_SOFA_NETCDF
#include <math.h>

/* Onsets move into Data.Delay. */
static plan* new_delayed_plan(void)
{
    plan* p = new_plan();
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            double* taps = p->responses[m][ear];
            int onset = 0;
            while (taps[onset] == 0) onset++;
            memmove(taps, taps + onset, (size_t)(TAPS - onset) * sizeof *taps);
            memset(taps + TAPS - onset, 0, (size_t)onset * sizeof *taps);
            p->delays[m][ear] = onset;
        }
    p->delay_axes = "MR";
    return p;
}

static double delay_factor;
static const char* delay_units;

static void scale_delays(plan* p)
{
    int variable = variable_of(p, "Data.Delay");
    change_values(p, "Data.Delay", delay_factor, 0);
    nc_redef(p->file);
    if (delay_units) put_text_of(p, variable, "Units", delay_units);
    else nc_del_att(p->file, variable, "Units");
}

Test(strangers, units_of_delays)
{
    static const struct {
        double per_second;
        const char* units;
    } cases[] = {{1, "second"},       {1, "s"},    {1, NULL},           {1e3, "millisecond"}, {1e3, "ms"},
                 {1e3, NULL},         {1e3, "sample"}, {1e6, "microseconds"}, {1e6, "us"},          {1e6, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        plan* p = new_delayed_plan();
        delay_factor = cases[i].per_second / p->rate_hz, delay_units = cases[i].units;
        p->touch = scale_delays;
        expect_same(p, cases[i].units ? cases[i].units : "no units", "delays-in-seconds");
    }
}

/* Fractions of a sample beside responses that hold the time between the ears are what they are. */
Test(strangers, delays_of_less_than_a_sample)
{
    plan* p = new_plan();
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    p->delay_axes = "MR";
    for (int m = 0; m < COUNT; m++) p->delays[m][0] = m % 4 / 4.0, p->delays[m][1] = m % 3 / 3.0;
    load_plan(p, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert_not(has_entry(&report, "delays-in-seconds"));
    cr_assert_float_eq(pinna_sofa_measured(sofa)->delays_frames[2 * 3], 0.75f, 1e-6f);
    pinna_sofa_destroy(sofa);
    free(p);
}

Test(strangers, delays_turned_round)
{
    for (int nameless = 0; nameless < 2; nameless++) {
        plan* p = new_delayed_plan();
        p->delay_axes = "RM", p->nameless = nameless;
        expect_same(p, "receivers first", "separate-delays");
    }
}

static void pack(plan* p)
{
    static const double factor = 1.0 / 4096, offset = -0.25;
    int variable = variable_of(p, "Data.IR");
    change_values(p, "Data.IR", 1 / factor, -offset / factor);
    nc_redef(p->file);
    nc_put_att_double(p->file, variable, "scale_factor", NC_DOUBLE, 1, &factor);
    nc_put_att_double(p->file, variable, "add_offset", NC_DOUBLE, 1, &offset);
}

Test(strangers, packed_numbers)
{
    plan* p = new_plan();
    p->touch = pack;
    expect_same(p, "scale_factor", NULL);
}

/* MATLAB keeps text as numbers, others as single characters. */
static void spell(plan* p, const char* name, int how)
{
    static const char* const texts[][2] = {{"Type", "spherical"}, {"Units", "radian, radian, metre"}};
    int variable = variable_of(p, name);
    nc_redef(p->file);
    for (int i = 0; i < 2; i++) {
        const char* text = texts[i][1];
        size_t length = strlen(text);
        unsigned short codes[64];
        char letters[64][2] = {{0}};
        const char* pieces[64];
        for (size_t c = 0; c < length; c++)
            codes[c] = (unsigned char)text[c], letters[c][0] = text[c], pieces[c] = letters[c];
        nc_del_att(p->file, variable, texts[i][0]);
        if (how == 0) nc_put_att_ushort(p->file, variable, texts[i][0], NC_USHORT, length, codes);
        else nc_put_att_string(p->file, variable, texts[i][0], length, pieces);
    }
}

static void spell_numbers(plan* p)
{
    spell(p, "SourcePosition", 0);
}

static void spell_letters(plan* p)
{
    spell(p, "SourcePosition", 1);
}

static void spell_not(plan* p)
{
    int variable = variable_of(p, "SourcePosition");
    nc_redef(p->file);
    nc_del_att(p->file, variable, "Type");
    nc_del_att(p->file, variable, "Units");
}

Test(strangers, spelling_of_texts)
{
    static void (*const touches[])(plan*) = {spell_numbers, spell_letters, spell_not};
    for (size_t i = 0; i < sizeof touches / sizeof touches[0]; i++) {
        plan* p = new_plan();
        p->position_units = "radian, radian, metre", p->touch = touches[i];
        expect_same(p, "radians", "radian-positions");
    }
}

static void expect_text(const char* bytes, size_t byte_count, const char* expected)
{
    char* text = pinna_sofa_text_of_bytes(bytes, byte_count);
    cr_assert_str_eq(text, expected);
    free(text);
}

Test(strangers, bytes_of_text)
{
    expect_text("degree", 6, "degree");
    expect_text("", 0, "");
    expect_text("d\0e\0g\0", 6, "deg");
    expect_text("\0d\0e\0g", 6, "deg");
    expect_text("\xFF\xFE" "K\0\xF6\0l\0n\0", 10, "K\xC3\xB6ln");
    expect_text("\xFE\xFF\x20\x14", 4, "\xE2\x80\x94");
    expect_text("\xFF\xFE\x00\xD8", 4, "?"); /* half a pair */
    expect_text("ab\0", 3, "ab");
}

/* The head looks to the left and so was everything turned; its up is that of cartesian coordinates. */
static void look_left(plan* p, bool typed)
{
    static const double view[] = {90, 0, 1};
    double rows[COUNT][3];
    int positions = variable_of(p, "SourcePosition"), variable = variable_of(p, "ListenerView");
    nc_get_var_double(p->file, positions, rows[0]);
    for (int m = 0; m < COUNT; m++) rows[m][0] = fmod(rows[m][0] + 90, 360);
    nc_put_var_double(p->file, positions, rows[0]);
    nc_put_var_double(p->file, variable, view);
    nc_redef(p->file);
    nc_del_att(p->file, variable, "Type");
    nc_del_att(p->file, variable, "Units");
    if (typed) put_text_of(p, variable, "Type", "spherical");
}

static void look_left_typed(plan* p)
{
    look_left(p, true);
}

static void look_left_untyped(plan* p)
{
    look_left(p, false);
}

Test(strangers, views_in_angles)
{
    plan* p = new_plan();
    p->touch = look_left_typed;
    expect_same(p, "up of another kind", "listener-turned");
    p = new_plan();
    p->touch = look_left_untyped;
    expect_same(p, "not named", "listener-turned");
}

static void put_elevation_first(plan* p)
{
    double rows[COUNT][3];
    int variable = variable_of(p, "SourcePosition");
    nc_get_var_double(p->file, variable, rows[0]);
    for (int m = 0; m < COUNT; m++) {
        double azimuth = rows[m][0];
        rows[m][0] = rows[m][1], rows[m][1] = azimuth;
    }
    nc_put_var_double(p->file, variable, rows[0]);
}

Test(strangers, elevation_before_azimuth)
{
    plan* p = new_plan();
    p->touch = put_elevation_first;
    expect_same(p, "elevation, azimuth", "exchanged-angles");
}

Test(strangers, rates_in_texts)
{
    static const struct {
        const char *title, *comment;
        double rate;
    } cases[] = {{"head 44100", "", 44100},         {"KU100 (44.1 kHz)", "", 44100}, {"HRIR_48k_24bit", "", 48000},
                 {"48k", "x-96_kHz", 48000},        {"", "x-96_kHz", 96000},         {"a44100b48000", "", 0},
                 {"148000 1.48000 480001 0.48k 48mm", "", 0}, {"subject 48", "", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_report report = {0};
        pinna_sofa_fields fields = {0};
        snprintf(fields.info.title, sizeof fields.info.title, "%s", cases[i].title);
        snprintf(fields.info.comment, sizeof fields.info.comment, "%s", cases[i].comment);
        pinna_sofa_context context = {.name = "88200.sofa", .report = &report};
        pinna_sofa_set set = {0};
        pinna_status status = pinna_sofa_read_rate(&context, &fields, &set);
        cr_assert_eq(status, cases[i].rate > 0 ? PINNA_OK : PINNA_ERROR_DATA);
        cr_assert_float_eq(set.sample_rate_hz, cases[i].rate, 1e-9, "%s: %g", cases[i].title, set.sample_rate_hz);
        cr_assert_eq(has_entry(&report, "guessed-rate"), status == PINNA_OK);
    }
}

/* One response at 48 kHz, as it comes out of a transform. */
static pinna_sofa_set wrapped_set(uint32_t tap_count)
{
    pinna_sofa_set set = {.sample_rate_hz = 48000, .measurement_count = 1, .tap_count = tap_count};
    set.hrirs = calloc(PINNA_EAR_COUNT * tap_count, sizeof *set.hrirs);
    return set;
}

static uint32_t peak_of(const pinna_sofa_set* set)
{
    uint32_t peak = 0;
    for (uint32_t i = 1; i < set->tap_count; i++)
        if (fabsf(set->hrirs[i]) > fabsf(set->hrirs[peak])) peak = i;
    return peak;
}

/* What rings before an impulse for as long as the response is delays it by 12 ms, not 40; what begins before time zero
   comes whole to the front. */
Test(strangers, wrapped_responses)
{
    enum { LONG = 4096, SHORT = 256, BEFORE = 40 };
    pinna_report report = {0};
    pinna_sofa_context context = {.name = "wrapped", .report = &report};
    pinna_sofa_set set = wrapped_set(LONG);
    for (int i = 0; i < LONG; i++) {
        double t = 0.9 * 3.14159265358979 * (remainder(i - 10.3, LONG));
        set.hrirs[i] = set.hrirs[LONG + i] = (float)(sin(t) / t);
    }
    cr_assert_eq(pinna_sofa_unwrap_responses(&context, &set), PINNA_OK);
    cr_assert(has_entry(&report, "wrapped-responses"));
    cr_assert_leq(peak_of(&set), 10 + 600);
    pinna_sofa_set_free(&set);
    set = wrapped_set(SHORT);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        for (int i = -BEFORE; i <= BEFORE; i++)
            set.hrirs[ear * SHORT + (i + SHORT) % SHORT] = (float)exp(-0.1 * abs(i));
    cr_assert_eq(pinna_sofa_unwrap_responses(&context, &set), PINNA_OK);
    uint32_t peak = peak_of(&set);
    cr_assert_geq(peak, BEFORE);
    for (uint32_t i = 0; i + BEFORE < peak; i++) cr_assert_eq(set.hrirs[i], 0);
    for (uint32_t i = peak + BEFORE + 1; i < SHORT; i++) cr_assert_eq(set.hrirs[i], 0);
    pinna_sofa_set_free(&set);
}

Test(strangers, spare_dimensions)
{
    static const char* const orders[] = {"IMRN", "MIRN", "MRIN", "MRNI", "MRNII", "IIMRN", "IMIRN"};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
        for (int nameless = 0; nameless < 2; nameless++) {
            plan* p = new_plan();
            p->response_axes = orders[i], p->nameless = nameless;
            expect_same(p, orders[i], NULL);
        }
}

static void write_nothing(plan* p)
{
    static const size_t start[] = {5, 0, 0}, sizes[] = {1, 2, TAPS};
    double nothing[PINNA_EAR_COUNT * TAPS];
    for (int i = 0; i < PINNA_EAR_COUNT * TAPS; i++) nothing[i] = NC_FILL_DOUBLE;
    nc_put_vara_double(p->file, variable_of(p, "Data.IR"), start, sizes, nothing);
}

Test(strangers, measurements_never_written)
{
    plan* p = new_plan();
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    p->touch = write_nothing;
    load_plan(p, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&report, "non-finite-samples"));
    cr_assert_not(has_entry(&report, "absurd-level"));
    cr_assert_eq(pinna_sofa_measured(sofa)->measurement_count, COUNT - 1);
    pinna_sofa_destroy(sofa);
    free(p);
}

Test(strangers, groups)
{
    plan* p = new_plan();
    p->in_groups = true;
    expect_same(p, "Obj/Data/IR", NULL);
}

Test(strangers, frequencies_in_another_order)
{
    double backwards[TAPS], twice[TAPS];
    for (int i = 0; i < BINS; i++) backwards[i] = (BINS - 1 - i) * 48000.0 / TAPS;
    for (int i = 0; i < BINS; i++) twice[i] = (i < 20 ? i : i < 40 ? 19 : i - 20) * 48000.0 / TAPS;
    plan* p = new_plan();
    p->spectra = true, p->frequencies = backwards, p->convention = "SimpleFreeFieldHRTF";
    expect_same(p, "falling", "frequency-domain");
    p = new_plan();
    p->spectra = true, p->frequencies = twice, p->convention = "SimpleFreeFieldHRTF", p->error_db = -15;
    p->rate_hz = 48000;
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    load_plan(p, &report, &sofa, &status); /* Ends at 16.5 kHz, so at another rate. */
    cr_assert_eq(status, PINNA_OK);
    pinna_sofa_destroy(sofa);
    free(p);
}

Test(strangers, uneven_frequencies)
{
    double thirds[TAPS], close[TAPS];
    for (int i = 0; i < BINS; i++) close[i] = 24000 * (0.2 * i / (BINS - 1) + 0.8 * pow((double)i / (BINS - 1), 1.5));
    for (int i = 0; i < BINS; i++) thirds[i] = 24000 * pow(2, (i - BINS + 1) / 1.5);
    plan* p = new_plan();
    p->spectra = true, p->frequencies = close, p->convention = "SimpleFreeFieldHRTF", p->error_db = -25;
    expect_same(p, "closer below", "uneven-frequencies");
    p = new_plan();
    p->spectra = true, p->frequencies = thirds, p->convention = "SimpleFreeFieldHRTF";
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "frequencies");
}

static void in_kilohertz(plan* p)
{
    change_values(p, "N", 1e-3, 0);
}

Test(strangers, frequencies_in_kilohertz)
{
    plan* p = new_plan();
    p->spectra = true, p->touch = in_kilohertz;
    expect_same(p, "kilohertz", "frequency-domain");
}

/* What rises as slowly as it falls tells by its sides alone that time runs backwards. */
Test(strangers, backwards_by_the_sides)
{
    plan* p = new_plan();
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            double towards = (double)direction_of(p, m).y * (ear == PINNA_LEFT ? 1 : -1);
            for (int n = 0; n < TAPS; n++)
                p->responses[m][ear][n] = (0.5 + 0.4 * towards) * exp(-0.3 * fabs(n - 48 + 12 * towards));
        }
    p->spectra = true, p->reversed = true, p->error_db = -70;
    expect_same(p, "as slowly as it falls", "reversed-phase");
}

#endif
