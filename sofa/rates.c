/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <ctype.h>
#include <stdio.h>
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

double pinna_sofa_guess_rate(const pinna_sofa_context* context, const pinna_sofa_fields* fields)
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
