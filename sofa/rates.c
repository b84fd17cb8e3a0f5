/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sampling rate, which a few files leave out and their texts tell: "KU100, 48k". The file's own name does not
   count: the same bytes are the same head, whatever they are called, and are kept in the cache as such. */

static const double usual_rates[] = {8000,  11025, 16000, 22050, 24000,  32000,  44100,
                                     48000, 64000, 88200, 96000, 176400, 192000, 384000};

static bool is_number(char c)
{
    return isdigit((unsigned char)c) || c == '.';
}

/* Whether a text holds a number by itself, not as a part of another. @param after_k  Followed by "k". */
static bool holds_number(const char* text, const char* number, bool after_k)
{
    size_t length = strlen(number);
    for (const char* at = strstr(text, number); at; at = strstr(at + 1, number)) {
        const char* rest = at + length;
        if (at > text && is_number(at[-1])) continue;
        if (!after_k && !isdigit((unsigned char)*rest)) return true;
        while (after_k && (*rest == ' ' || *rest == '_' || *rest == '-')) rest++;
        if (after_k && (*rest == 'k' || *rest == 'K')) return true;
    }
    return false;
}

/* The one usual rate that a text names; 0 where it names none or several. */
static double rate_in(const char* text)
{
    double found = 0;
    for (size_t i = 0; i < sizeof usual_rates / sizeof usual_rates[0]; i++) {
        char hertz[16], kilohertz[16];
        snprintf(hertz, sizeof hertz, "%.0f", usual_rates[i]);
        snprintf(kilohertz, sizeof kilohertz, "%g", usual_rates[i] / 1000);
        if (!holds_number(text, hertz, false) && !holds_number(text, kilohertz, true)) continue;
        if (found > 0) return 0;
        found = usual_rates[i];
    }
    return found;
}

static double guess_rate(const pinna_sofa_context* context, const pinna_sofa_fields* fields)
{
    const struct {
        const char *what, *text;
    } sources[] = {{"title", fields->info.title},
                   {"comment", fields->info.comment},
                   {"database's name", fields->info.database}};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        double rate = rate_in(sources[i].text);
        if (rate <= 0) continue;
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "guessed-rate",
                         "it does not say its sampling rate (Data.SamplingRate), but its %s speaks of %g Hz, which was "
                         "taken; if that is wrong, so are pitches and times between the ears",
                         sources[i].what, rate);
        return rate;
    }
    return 0;
}

/* A number, and "kHz" or nothing of weight behind it; 0 where it is none. */
static double stated_rate(const pinna_sofa_context* context, const pinna_sofa_fields* fields)
{
    char* end;
    double rate = strtod(fields->rate_text, &end);
    while (*end == ' ') end++;
    if (end == fields->rate_text || !(rate > 0 && rate < 1e6)) return 0;
    if (*end == 'k' || *end == 'K') rate *= 1000;
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "rate-elsewhere",
                     "the sampling rate is no number in Data.SamplingRate; \"%s\" was taken from %s", fields->rate_text,
                     fields->rate_place);
    return rate;
}

/* Seconds of one unit, where units are of time; 0 where they are not. */
static double seconds_of(const char* units)
{
    if (pinna_sofa_says(units, "micros") || strcmp(units, "us") == 0) return 1e-6;
    if (pinna_sofa_says(units, "millis") || strcmp(units, "ms") == 0) return 1e-3;
    return pinna_sofa_says(units, "sec") || strcmp(units, "s") == 0 ? 1 : 0;
}

/* The time from sample to sample instead of their number a second. Stored as float, its inverse misses by parts of a
   hertz. */
static double rate_of_period(const pinna_sofa_context* context, const pinna_sofa_array* rates, double period)
{
    double unit_s = seconds_of(rates->units), rate = 1 / (period * (unit_s > 0 ? unit_s : 1));
    if (fabs(rate - round(rate)) < 1e-6 * rate) rate = round(rate);
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "sampling-period",
                     "Data.SamplingRate is %g, the time from sample to sample; taken as %g Hz", period, rate);
    return rate;
}

static double in_hertz(const pinna_sofa_context* context, const pinna_sofa_array* rates, double rate)
{
    bool is_usual_period = rate >= 0.999 / 384000 && rate <= 1.001 / 8000;
    bool is_time = seconds_of(rates->units) > 0 && rate > 0 && rate < 1000;
    if (rates->count > 0 && (is_usual_period || is_time)) return rate_of_period(context, rates, rate);
    if (!(rate >= 8 && rate <= 384)) return rate;
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "rate-in-kilohertz",
                     "the sampling rate is given as %g; taken as kilohertz", rate);
    return rate * 1000;
}

pinna_status pinna_sofa_read_rate(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                  pinna_sofa_set* set)
{
    const pinna_sofa_array* rates = &fields->sampling_rate;
    double rate = rates->count > 0 ? (double)rates->values[0] : stated_rate(context, fields);
    if (rates->count == 0 && rate <= 0) rate = guess_rate(context, fields);
    if (rates->count == 0 && rate <= 0)
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "no-sampling-rate",
                                 "it does not say its sampling rate (Data.SamplingRate); add it with the SOFA Toolbox");
    for (size_t i = 1; i < rates->count; i++)
        if (!(rates->values[i] == rates->values[0]))
            return pinna_sofa_refuse(context, PINNA_ERROR_UNSUPPORTED, "sampling-rates",
                                     "its measurements have several sampling rates; resample them to one");
    rate = in_hertz(context, rates, rate);
    if (!(rate >= 8000 && rate <= 384000))
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "sampling-rate",
                                 "its sampling rate of %g Hz is impossible; 8000 to 384000 are read", rate);
    set->sample_rate_hz = rate;
    return PINNA_OK;
}
