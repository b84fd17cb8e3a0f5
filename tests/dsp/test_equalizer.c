/* SPDX-License-Identifier: MIT */
/* Headphone equalisation: the text, the curve, the filters. */
#include "dsp/equalizer.h"

#include <criterion/criterion.h>

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

static pinna_report report;

static pinna_status parse(const char* text, pinna_equalizer* out)
{
    report = (pinna_report){0};
    return pinna_equalizer_parse(text, strlen(text), "eq.txt", &report, out);
}

static pinna_equalizer parsed(const char* text)
{
    pinna_equalizer eq;
    pinna_status status = parse(text, &eq);
    cr_assert_eq(status, PINNA_OK, "%s", pinna_report_error(&report));
    return eq;
}

/* A file as AutoEq writes it. */
static const char typical[] = "Preamp: -6.4 dB\r\n"
                              "Filter 1: ON LSC Fc 105 Hz Gain 6.1 dB Q 0.70\r\n"
                              "Filter 2: ON PK Fc 2345 Hz Gain -3.25 dB Q 1.41\r\n"
                              "Filter 3: OFF PK Fc 200 Hz Gain 9 dB Q 1\r\n"
                              "Filter 4: ON PK Fc 31 Hz Gain 4.8 dB Q 2.87\r\n"
                              "Filter 5: ON HSC Fc 10000 Hz Gain -4.5 dB Q 0.70\r\n";

/* The cookbook's analogue prototypes, and the bilinear transform: not the formulas the engine uses. */
static double prototype_db(const char* kind, double fc, double gain_db, double q, double hz, double rate)
{
    double complex s = I * tan(PI * hz / rate) / tan(PI * fc / rate), h = 1.0;
    double a = pow(10.0, gain_db / 40.0), r = sqrt(a) / q;
    if (!strcmp(kind, "PK")) h = (s * s + s * (a / q) + 1.0) / (s * s + s / (a * q) + 1.0);
    if (!strcmp(kind, "LSC")) h = a * (s * s + r * s + a) / (a * s * s + r * s + 1.0);
    if (!strcmp(kind, "HSC")) h = a * (a * s * s + r * s + 1.0) / (s * s + r * s + a);
    if (!strcmp(kind, "LP")) h = 1.0 / (s * s + s / q + 1.0);
    if (!strcmp(kind, "HP")) h = s * s / (s * s + s / q + 1.0);
    if (!strcmp(kind, "BP")) h = (s / q) / (s * s + s / q + 1.0);
    if (!strcmp(kind, "NO")) h = (s * s + 1.0) / (s * s + s / q + 1.0);
    return 20.0 * log10(cabs(h));
}

static double typical_db(double hz, double rate)
{
    return -6.4 + prototype_db("LSC", 105, 6.1, 0.7, hz, rate) + prototype_db("PK", 2345, -3.25, 1.41, hz, rate) +
           prototype_db("PK", 31, 4.8, 2.87, hz, rate) + prototype_db("HSC", 10000, -4.5, 0.7, hz, rate);
}

static double level_db(const float* response, size_t count, double hz, double rate)
{
    double complex sum = 0.0;
    for (size_t n = 0; n < count; n++) sum += (double)response[n] * cexp(-2.0 * PI * I * hz * (double)n / rate);
    return 20.0 * log10(cabs(sum));
}

/* The filters' impulse response against the curve. */
static double worst_error_db(const pinna_equalizer* eq, int ear, double rate)
{
    enum { COUNT = 65536 };
    static float left[COUNT], right[COUNT];
    static pinna_equalizer_design design;
    pinna_equalizer_state state = {0};
    memset(left, 0, sizeof left);
    memset(right, 0, sizeof right);
    left[0] = right[0] = 1.0f;
    pinna_equalizer_make(eq, rate, &design);
    pinna_equalizer_process(&design, &state, left, right, COUNT);
    double worst = 0.0;
    for (double hz = 20.0; hz < 0.45 * rate; hz *= 1.12)
        worst = fmax(worst, fabs(level_db(ear ? right : left, COUNT, hz, rate) - typical_db(hz, rate)));
    return worst;
}

Test(equalizer, curve_of_a_file)
{
    pinna_equalizer eq = parsed(typical);
    const double rates[] = {44100.0, 48000.0, 96000.0};
    for (int i = 0; i < 3; i++) {
        double worst = fmax(worst_error_db(&eq, PINNA_LEFT, rates[i]), worst_error_db(&eq, PINNA_RIGHT, rates[i]));
        printf("equaliser at %.0f Hz: within %.4f dB of the cookbook's curve\n", rates[i], worst);
        cr_expect_lt(worst, 0.02);
    }
    for (double hz = 20.0; hz < 20000.0; hz *= 1.3)
        cr_expect_float_eq(pinna_equalizer_response_db(&eq, PINNA_LEFT, hz, 48000.0), typical_db(hz, 48000.0), 1e-4);
}

Test(equalizer, every_kind)
{
    static const struct {
        const char *text, *kind;
        double fc, gain, q;
    } cases[] = {
        {"Filter: ON PK Fc 1000 Hz Gain 12 dB Q 4", "PK", 1000, 12, 4},
        {"Filter 7: ON PEQ Fc 1000.5 Gain -12 Q 0.3", "PK", 1000.5, -12, 0.3},
        {"filter: on modal fc 40Hz gain -9.5dB q 11", "PK", 40, -9.5, 11},
        {"Filter: ON LS Fc 200 Hz Gain 5 dB Q 0.9", "LSC", 200, 5, 0.9},
        {"Filter: ON LSQ Fc 200 Hz Gain -5 dB Q 0.5", "LSC", 200, -5, 0.5},
        {"Filter: ON HS Fc 5e3 Hz Gain 5 dB Q 0.7", "HSC", 5000, 5, 0.7},
        {"Filter: ON HSQ Fc +5000 Hz Gain -.5 dB Q 0.7", "HSC", 5000, -0.5, 0.7},
        {"Filter: ON LP Fc 3000 Hz", "LP", 3000, 0, 0.70710678},
        {"Filter: ON LPQ Fc 3000 Hz Q 2", "LP", 3000, 0, 2},
        {"Filter: ON HP Fc 3000 Hz", "HP", 3000, 0, 0.70710678},
        {"Filter: ON HPQ Fc 30 Hz Q 1.1", "HP", 30, 0, 1.1},
        {"Filter: ON BP Fc 500 Hz Q 3", "BP", 500, 0, 3},
        {"Filter: ON NO Fc 500 Hz", "NO", 500, 0, 30},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_equalizer eq = parsed(cases[i].text);
        for (double hz = 23.0; hz < 20000.0; hz *= 1.7) {
            double wanted = prototype_db(cases[i].kind, cases[i].fc, cases[i].gain, cases[i].q, hz, 48000.0);
            cr_expect_float_eq(pinna_equalizer_response_db(&eq, PINNA_RIGHT, hz, 48000.0), wanted, 1e-3, "%s at %g Hz",
                               cases[i].text, hz);
        }
    }
}

/* 0 dB far below, half the gain at the centre, the gain far above; an all pass is flat. */
Test(equalizer, slopes_and_bandwidths)
{
    pinna_equalizer eq = parsed("Filter: ON HSC 12 dB Fc 1000 Hz Gain 8 dB");
    cr_expect_float_eq(pinna_equalizer_response_db(&eq, 0, 1000.0, 48000.0), 4.0, 0.01);
    cr_expect_float_eq(pinna_equalizer_response_db(&eq, 0, 20.0, 48000.0), 0.0, 0.01);
    cr_expect_float_eq(pinna_equalizer_response_db(&eq, 0, 20000.0, 48000.0), 8.0, 0.01);
    eq = parsed("Filter: ON PK Fc 1000 Hz Gain 8 dB BW Oct 2");
    cr_expect_float_eq(pinna_equalizer_response_db(&eq, 0, 500.0, 96000.0), 4.0, 0.05);
    cr_expect_float_eq(pinna_equalizer_response_db(&eq, 0, 2000.0, 96000.0), 4.0, 0.05);
    eq = parsed("Filter: ON AP Fc 1000 Hz Q 2");
    for (double hz = 20.0; hz < 20000.0; hz *= 2.0)
        cr_expect_float_eq(pinna_equalizer_response_db(&eq, 0, hz, 48000.0), 0.0, 1e-6);
    /* Given by its corner, a shelf is all but over there. */
    eq = parsed("Filter: ON LS 12 dB Fc 1000 Hz Gain 8 dB");
    cr_expect_gt(pinna_equalizer_response_db(&eq, 0, 1000.0, 48000.0), 5.5);
}

Test(equalizer, ears)
{
    pinna_equalizer eq = parsed("\xef\xbb\xbf# headphones\nPreamp: -3 dB\nChannel: L\nPreamp: -2 dB\n"
                                "Filter: ON PK Fc 100 Hz Gain 3 dB Q 1\nChannel: R\n"
                                "Filter: ON PK Fc 200 Hz Gain 4 dB Q 1\n\nChannel: all\n"
                                "Filter: ON PK Fc 300 Hz Gain 5 dB Q 1\nChannel: 1 2\nPreamp: 1");
    cr_expect_float_eq(eq.ears[PINNA_LEFT].preamp_db, -4.0f, 1e-6);
    cr_expect_float_eq(eq.ears[PINNA_RIGHT].preamp_db, -2.0f, 1e-6);
    cr_expect_eq(eq.ears[PINNA_LEFT].filter_count, 2);
    cr_expect_eq(eq.ears[PINNA_RIGHT].filter_count, 2);
    cr_expect_eq(eq.ears[PINNA_LEFT].filters[0].frequency_hz, 100.0f);
    cr_expect_eq(eq.ears[PINNA_RIGHT].filters[0].frequency_hz, 200.0f);
    cr_expect_eq(eq.ears[PINNA_RIGHT].filters[1].frequency_hz, 300.0f);
}

Test(equalizer, headings_of_room_eq_wizard_are_passed_over)
{
    pinna_equalizer eq =
        parsed("Filter Settings file\n\nRoom EQ V5.20\nDated: 1 Jan 2024\n\nNotes:one\n\n"
               "Equaliser: Generic\nAverage 1\nFilter  1: ON  PK       Fc   47.5 Hz  Gain  -9.1 dB  Q  6.1\n"
               "Filter  2: ON  None\n");
    cr_expect_eq(eq.ears[0].filter_count, 1);
}

Test(equalizer, commas_and_line_ends)
{
    static const char* const texts[] = {"Preamp: -6,2 dB\nFilter 1: ON PK Fc 105,5 Hz Gain 5,5 dB Q 0,70\n",
                                        "Preamp: -6.2 dB\r\nFilter 1: ON PK Fc 105.5 Hz Gain 5.5 dB Q 0.70\r\n",
                                        "\xef\xbb\xbfPreamp: -6.2dB\rFilter 1: ON PK Fc 105.5Hz Gain 5.5dB Q 0.7\r"};
    for (int i = 0; i < 3; i++) {
        pinna_equalizer eq = parsed(texts[i]);
        cr_expect_float_eq(eq.ears[0].preamp_db, -6.2f, 1e-6);
        cr_expect_eq(eq.ears[0].filter_count, 1);
        cr_expect_float_eq(eq.ears[0].filters[0].frequency_hz, 105.5f, 1e-4);
        cr_expect_float_eq(eq.ears[0].filters[0].gain_db, 5.5f, 1e-6);
        cr_expect_float_eq(eq.ears[0].filters[0].width, 0.7f, 1e-6);
    }
}

Test(equalizer, a_broken_line_is_named)
{
    static const struct {
        const char *text, *says;
        pinna_status status;
    } cases[] = {
        {"Preamp: -6 dB\nFilter 1: ON PK Fc 100 Hz Gain 3 dB Q 1\nFilter 2: ON PK Fc Hz Gain 3 dB Q 1\n",
         "eq.txt:3: Fc should be a number, not 'Hz'", PINNA_ERROR_FORMAT},
        {"Preamp: loud\n", "eq.txt:1: the preamp should be a number, not 'loud'", PINNA_ERROR_FORMAT},
        {"\n\nPreamp:", "eq.txt:3: the line ends where the preamp should be", PINNA_ERROR_FORMAT},
        {"Filter 1: ON XX Fc 100 Hz", "eq.txt:1: there is no kind of filter 'XX'", PINNA_ERROR_FORMAT},
        {"Filter 1: PK Fc 100 Hz", "eq.txt:1: a filter is ON or OFF, not 'PK'", PINNA_ERROR_FORMAT},
        {"Filter 1: ON PK Fc 100 Hz Gain 3 dB", "eq.txt:1: PK needs a Q at its end", PINNA_ERROR_FORMAT},
        {"Filter 1: ON PK Gain 3 dB Q 1", "eq.txt:1: the frequency is missing", PINNA_ERROR_FORMAT},
        {"Filter 1: ON PK Fc 100 Hz Q 1", "eq.txt:1: the gain is missing", PINNA_ERROR_FORMAT},
        {"Filter 1: ON PK Fc 100 Hz Gain 3 dB Q 1 now", "eq.txt:1: 'now' is not expected here", PINNA_ERROR_FORMAT},
        {"Filter 1: ON PK Fc 0 Hz Gain 3 dB Q 1", "eq.txt:1: Fc must lie between 1 and 200000, not 0",
         PINNA_ERROR_DATA},
        {"Filter 1: ON PK Fc 100 Hz Gain 300 dB Q 1", "eq.txt:1: Gain must lie between -60 and 60", PINNA_ERROR_DATA},
        {"Filter 1: ON PK Fc 100 Hz Gain 3 dB Q 0", "eq.txt:1: Q must lie between", PINNA_ERROR_DATA},
        {"Filter 1: ON PK Fc nan Hz Gain 3 dB Q 1", "eq.txt:1: Fc should be a number", PINNA_ERROR_FORMAT},
        {"Filter 1: ON PK Fc 1,000 Hz Gain 3 dB Q 1", "eq.txt:1: Fc should be a number, not '1,000'",
         PINNA_ERROR_FORMAT},
        {"Filter 1: ON PK Fc 1e999 Hz Gain 3 dB Q 1", "eq.txt:1: Fc should be a number", PINNA_ERROR_FORMAT},
        {"Filter 1: ON PK Fc 1.5 kHz Gain 3 dB Q 1", "eq.txt:1: Fc is given in Hz, not in kHz", PINNA_ERROR_FORMAT},
        {"\xff\xfeP", "eq.txt: is UTF-16; save it as UTF-8", PINNA_ERROR_FORMAT},
        {"Preamp: -1\r\rPreamp: loud\r", "eq.txt:3: the preamp should be a number", PINNA_ERROR_FORMAT},
        {"Preamp: -1\r\n\r\nPreamp: loud\r\n", "eq.txt:3: the preamp should be a number", PINNA_ERROR_FORMAT},
        {"Channel: C\n", "eq.txt:1: channels are L, R and all, not 'C'", PINNA_ERROR_FORMAT},
        {"Channel:\n", "eq.txt:1: the line ends where a channel should be", PINNA_ERROR_FORMAT},
        {"GraphicEQ: 20 -1; 30 0", "eq.txt:1: GraphicEQ is not supported", PINNA_ERROR_UNSUPPORTED},
        {"Fliter 1: ON PK Fc 100 Hz Gain 3 dB Q 1", "eq.txt:1: 'Fliter' begins no line known", PINNA_ERROR_FORMAT},
        {"", "eq.txt: holds no filter and no preamp", PINNA_ERROR_DATA},
        {"# only words\n", "eq.txt: holds no filter and no preamp", PINNA_ERROR_DATA},
        {"Preamp: 40\nPreamp: 40", "eq.txt:2: the preamps add up", PINNA_ERROR_DATA},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_equalizer eq = {.ears = {{.preamp_db = 7.0f}}};
        cr_expect_eq(parse(cases[i].text, &eq), cases[i].status, "%s", cases[i].text);
        const char* said = pinna_report_error(&report);
        cr_expect(said && !strncmp(said, cases[i].says, strlen(cases[i].says)), "\"%s\" says \"%s\"", cases[i].text,
                  said ? said : "nothing");
        cr_expect_eq(eq.ears[0].preamp_db, 7.0f, "out was touched");
    }
}

Test(equalizer, too_many_filters)
{
    static char text[70 * 40];
    size_t used = 0;
    for (int i = 0; i < 65; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "Filter: ON PK Fc %d Gain 1 Q 1\n", 100 + i);
    pinna_equalizer eq;
    cr_expect_eq(parse(text, &eq), PINNA_ERROR_LIMIT);
    cr_expect_str_eq(pinna_report_error(&report), "eq.txt:65: more than 64 filters for one ear");
}

/* Any bytes: an answer, and nothing read outside them (run under a sanitizer). */
Test(equalizer, hostile_bytes)
{
    uint32_t state = 5;
    for (int round = 0; round < 20000; round++) {
        size_t count = sizeof typical - 1;
        char* text = malloc(count);
        memcpy(text, typical, count);
        for (int change = 0; change < 1 + round % 5; change++) {
            state = state * 1664525u + 1013904223u;
            text[state / 7 % count] = (char)(state >> 24);
        }
        state = state * 1664525u + 1013904223u;
        pinna_equalizer eq;
        if (!pinna_equalizer_parse(text, state % (count + 1), NULL, NULL, &eq))
            cr_assert(pinna_equalizer_is_valid(&eq));
        free(text);
    }
    cr_expect_eq(pinna_equalizer_parse(NULL, 3, NULL, NULL, NULL), PINNA_ERROR_ARGUMENT);
}

Test(equalizer, what_is_out_of_range_is_known)
{
    pinna_equalizer eq = parsed(typical);
    cr_expect(pinna_equalizer_is_valid(&eq));
    eq.ears[1].filters[0].width = 0.0f;
    cr_expect_not(pinna_equalizer_is_valid(&eq));
    eq = parsed(typical);
    eq.ears[0].filter_count = 65;
    cr_expect_not(pinna_equalizer_is_valid(&eq));
    eq = parsed(typical);
    eq.ears[0].preamp_db = NAN;
    cr_expect_not(pinna_equalizer_is_valid(&eq));
    cr_expect_not(pinna_equalizer_is_valid(NULL));
}

Test(equalizer, of_what_there_is_not_the_level_is_0_db)
{
    pinna_equalizer eq = parsed(typical);
    cr_expect_neq(pinna_equalizer_response_db(&eq, PINNA_RIGHT, 100.0, 48000.0), 0.0);
    cr_expect_eq(pinna_equalizer_response_db(&eq, PINNA_EAR_COUNT, 100.0, 48000.0), 0.0);
    cr_expect_eq(pinna_equalizer_response_db(&eq, -1, 100.0, 48000.0), 0.0);
    cr_expect_eq(pinna_equalizer_response_db(NULL, PINNA_LEFT, 100.0, 48000.0), 0.0);
    eq.ears[PINNA_LEFT].filter_count = UINT32_MAX;
    cr_expect_eq(pinna_equalizer_response_db(&eq, PINNA_LEFT, 100.0, 48000.0), 0.0);
}

Test(equalizer, beyond_half_the_rate_nothing_changes)
{
    pinna_equalizer eq = parsed("Filter: ON PK Fc 15000 Hz Gain 12 dB Q 1\nFilter: ON HSC Fc 8000 Hz Gain 12 dB Q 1");
    cr_expect_float_eq(pinna_equalizer_response_db(&eq, 0, 1000.0, 16000.0), 0.0, 1e-9);
}
