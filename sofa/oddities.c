/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a listener should know and nobody can repair. */

/* Three equal samples in a row at a response's own peak: the converter had no more room. */
static bool is_clipped(const float* taps, uint32_t tap_count)
{
    float peak = pinna_sofa_peak(taps, tap_count);
    uint32_t run = 0;
    for (uint32_t i = 0; i < tap_count; i++) {
        run = fabsf(taps[i]) == peak ? run + 1 : 0;
        if (run >= 3) return true;
    }
    return false;
}

static void check_clipping(const pinna_sofa_context* context, const pinna_sofa_set* set)
{
    uint32_t count = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++)
        if (is_clipped(pinna_sofa_hrir(set, m, PINNA_LEFT), set->tap_count) ||
            is_clipped(pinna_sofa_hrir(set, m, PINNA_RIGHT), set->tap_count))
            count++;
    if (count)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "clipped-responses",
                         "%u of %u measurements stay at their peak for three samples or more, so they were clipped; "
                         "left as they are", count, set->measurement_count);
}

static int compare_floats(const void* a, const void* b)
{
    float x = *(const float*)a, y = *(const float*)b;
    return x < y ? -1 : x > y;
}

static void check_radii(const pinna_sofa_context* context, const pinna_sofa_set* set)
{
    float* radii = malloc(set->measurement_count * sizeof *radii);
    if (!radii) return; /* Only a note is lost. */
    for (uint32_t m = 0; m < set->measurement_count; m++) radii[m] = pinna_vec3_length(set->positions_m[m]);
    qsort(radii, set->measurement_count, sizeof *radii, compare_floats);
    uint32_t count = 1;
    float last = radii[0];
    for (uint32_t m = 1; m < set->measurement_count; m++)
        if (radii[m] > last * 1.02f + 0.005f) count++, last = radii[m];
    if (count > 1)
        pinna_report_add(context->report, PINNA_SEVERITY_NOTE, "several-radii",
                         "measured at %u distances from %.2f to %.2f m", count, (double)radii[0],
                         (double)radii[set->measurement_count - 1]);
    free(radii);
}

static void check_coverage(const pinna_sofa_context* context, const pinna_sofa_set* set)
{
    if (set->measurement_count == 1) {
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "one-direction",
                         "it holds a single direction, so every source will sound as if it came from there");
        return;
    }
    float lowest = 90, highest = -90;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        float elevation_deg = pinna_spherical_from_vec3(set->positions_m[m]).elevation_deg;
        lowest = fminf(lowest, elevation_deg), highest = fmaxf(highest, elevation_deg);
    }
    if (highest - lowest < 1)
        pinna_report_add(context->report, PINNA_SEVERITY_NOTE, "one-ring",
                         "all directions lie at elevation %.0f degrees; heights above and below are filled in and "
                         "cannot be told apart", (double)lowest);
    else if (lowest > -60 || highest < 60)
        pinna_report_add(context->report, PINNA_SEVERITY_NOTE, "partial-sphere",
                         "directions were measured from %.0f to %.0f degrees of elevation; what lies beyond is filled "
                         "in", (double)lowest, (double)highest);
}

/* The quietest stretch of a response, a sixteenth of it, in dB re its peak: the noise, or less than that. */
static double quietest_db(const float* taps, uint32_t tap_count)
{
    uint32_t length = tap_count / 16;
    double peak = (double)pinna_sofa_peak(taps, tap_count), least = INFINITY;
    for (uint32_t from = 0; from + length <= tap_count; from += length)
        least = fmin(least, pinna_sofa_energy(taps + from, length) / length);
    return 10 * log10(least / fmax(peak * peak, 1e-30) + 1e-30);
}

/* A head's response fades: within a few milliseconds by 40 dB or more, at the farther ear by less. */
static void check_noise(const pinna_sofa_context* context, const pinna_sofa_set* set)
{
    enum { SHORTEST = 128 };
    static const double noisy_db = -22;
    uint32_t count = 0, row_count = set->measurement_count * PINNA_EAR_COUNT;
    if (set->tap_count < SHORTEST) return;
    for (uint32_t row = 0; row < row_count; row++)
        count += quietest_db(set->hrirs + (size_t)row * set->tap_count, set->tap_count) > noisy_db;
    if (count > row_count / 8)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "noisy-responses",
                         "%u of %u responses never fall %.0f dB below their peak, so they hold noise or a room; use a "
                         "cleaner measurement, or shorten them (pinna convert --length)", count, row_count, -noisy_db);
}

enum { FREQUENCIES = 6 };

/* Power of a response at each of some frequencies (Goertzel's recurrences, side by side). */
static void powers_at(const float* taps, uint32_t tap_count, const double radians_per_frame[FREQUENCIES],
                      double powers[FREQUENCIES])
{
    double c[FREQUENCIES], s1[FREQUENCIES] = {0}, s2[FREQUENCIES] = {0};
    for (int f = 0; f < FREQUENCIES; f++) c[f] = 2 * cos(radians_per_frame[f]);
    for (uint32_t i = 0; i < tap_count; i++)
        for (int f = 0; f < FREQUENCIES; f++) {
            double s0 = (double)taps[i] + c[f] * s1[f] - s2[f];
            s2[f] = s1[f], s1[f] = s0;
        }
    for (int f = 0; f < FREQUENCIES; f++) powers[f] = s1[f] * s1[f] + s2[f] * s2[f] - c[f] * s1[f] * s2[f];
}

/* Long waves pass a head as if it were not there, so what reaches the ears below 500 Hz has one level down to 0 Hz.
   What falls is the loudspeaker. */
static void check_low_end(const pinna_sofa_context* context, const pinna_sofa_set* set)
{
    static const double hz[FREQUENCIES] = {80, 100, 125, 400, 500, 630};
    enum { LOW = 3, MIDDLE = 6, SAMPLES = 500 };
    double low = 1e-60, middle = 1e-60, radians[FREQUENCIES], powers[FREQUENCIES];
    for (int f = 0; f < FREQUENCIES; f++) radians[f] = 2 * 3.14159265358979323846 * hz[f] / set->sample_rate_hz;
    uint32_t step = set->measurement_count / SAMPLES + 1;
    for (uint32_t m = 0; m < set->measurement_count; m += step)
        for (unsigned ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            powers_at(pinna_sofa_hrir(set, m, ear), set->tap_count, radians, powers);
            for (int f = 0; f < MIDDLE; f++) *(f < LOW ? &low : &middle) += powers[f];
        }
    double fall_db = 10 * log10(middle / low);
    if (fall_db > 6)
        pinna_report_add(
            context->report, fall_db > 15 ? PINNA_SEVERITY_WARNING : PINNA_SEVERITY_NOTE, "missing-low-end",
            "the responses fall by %.0f dB from 500 to 100 Hz, as the loudspeaker that measured them did; it "
            "may sound thin: extend it (pinna convert --low-end 150) or use an equalised version",
            fall_db);
}

/* Measurements in every direction but the same response: a stand-in, or a common transfer function. */
static void check_variety(const pinna_sofa_context* context, const pinna_sofa_set* set)
{
    size_t bytes = (size_t)PINNA_EAR_COUNT * set->tap_count * sizeof(float);
    uint32_t same = 0;
    for (uint32_t m = 1; m < set->measurement_count; m++)
        same += memcmp(pinna_sofa_hrir(set, m, 0), pinna_sofa_hrir(set, m - 1, 0), bytes) == 0;
    if (set->measurement_count > 1 && same > set->measurement_count / 10)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "repeated-responses",
                         "%u of %u measurements repeat the one before them in another direction, so those directions "
                         "cannot be told apart; use another copy", same, set->measurement_count);
}

void pinna_sofa_report_oddities(const pinna_sofa_context* context, const pinna_sofa_set* set)
{
    check_clipping(context, set);
    check_noise(context, set);
    check_low_end(context, set);
    check_variety(context, set);
    check_radii(context, set);
    check_coverage(context, set);
}
