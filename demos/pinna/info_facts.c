/* SPDX-License-Identifier: MIT */
#include "info_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Radii nearer to each other than this are one distance measured with a tape. */
static const float same_radius_ratio = 1.02f, same_radius_m = 0.005f;
static const float same_direction = 1e-3f; /* Chord: 0.06 degrees. */
static const double degrees = 57.29577951308232;

static int compare_floats(const void* a, const void* b)
{
    float x = *(const float*)a, y = *(const float*)b;
    return x < y ? -1 : x > y;
}

static void find_radii(const pinna_measured_set* set, float* scratch, info_facts* out)
{
    for (uint32_t m = 0; m < set->measurement_count; m++) scratch[m] = pinna_vec3_length(set->positions_m[m]);
    qsort(scratch, set->measurement_count, sizeof *scratch, compare_floats);
    out->least_radius_m = scratch[0];
    out->most_radius_m = scratch[set->measurement_count - 1];
    float last = -1;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        if (last >= 0 && scratch[m] <= last * same_radius_ratio + same_radius_m) continue;
        last = scratch[m];
        if (out->radius_count < INFO_MAX_LISTED) out->radii_m[out->radius_count] = last;
        out->radius_count++;
    }
}

static void find_elevations(const pinna_measured_set* set, float* scratch, info_facts* out)
{
    for (uint32_t m = 0; m < set->measurement_count; m++)
        scratch[m] = pinna_spherical_from_vec3(set->positions_m[m]).elevation_deg;
    qsort(scratch, set->measurement_count, sizeof *scratch, compare_floats);
    out->lowest_deg = scratch[0];
    out->highest_deg = scratch[set->measurement_count - 1];
    out->ring_count = 1;
    for (uint32_t m = 1; m < set->measurement_count; m++)
        if (scratch[m] - scratch[m - 1] > 0.1f) out->ring_count++;
}

static int compare_x(const void* a, const void* b)
{
    float x = ((const pinna_vec3*)a)->x, y = ((const pinna_vec3*)b)->x;
    return x < y ? -1 : x > y;
}

/* Chord from one direction to the nearest of the others; they are sorted by x, so the search ends where x alone is
   farther than the best so far. */
static float nearest_chord(const pinna_vec3* sorted, uint32_t count, uint32_t from)
{
    float best = 3;
    for (uint32_t i = from; i-- > 0 && sorted[from].x - sorted[i].x < best;)
        best = fminf(best, pinna_vec3_length(pinna_vec3_sub(sorted[from], sorted[i])));
    for (uint32_t i = from + 1; i < count && sorted[i].x - sorted[from].x < best; i++)
        best = fminf(best, pinna_vec3_length(pinna_vec3_sub(sorted[from], sorted[i])));
    return best;
}

/* One direction of several radii counts once. */
static uint32_t keep_distinct(pinna_vec3* sorted, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool is_new = true;
        for (uint32_t j = kept; j-- > 0 && sorted[i].x - sorted[j].x <= same_direction && is_new;)
            is_new = pinna_vec3_length(pinna_vec3_sub(sorted[i], sorted[j])) > same_direction;
        if (is_new) sorted[kept++] = sorted[i];
    }
    return kept;
}

static void find_spacing(pinna_vec3* directions, uint32_t count, float* scratch, info_facts* out)
{
    qsort(directions, count, sizeof *directions, compare_x);
    count = keep_distinct(directions, count);
    out->direction_count = count;
    /* A grid of n rings has some n * 2n points; scattered points nearly all have their own elevation. */
    out->is_rings = count >= 2 && (double)out->ring_count <= 2 * sqrt(count);
    out->median_spacing_deg = out->widest_spacing_deg = NAN;
    if (count < 2) return;
    for (uint32_t i = 0; i < count; i++)
        scratch[i] = (float)(2 * asin(fmin(1, (double)nearest_chord(directions, count, i) / 2)) * degrees);
    qsort(scratch, count, sizeof *scratch, compare_floats);
    out->median_spacing_deg = scratch[count / 2];
    out->widest_spacing_deg = scratch[count - 1];
}

/* --- the ears --- */

/* Two second-order Butterworth sections at 3 kHz: above, the ears' own resonances blur the onset. The onset at -30 dB
   of the low-passed response is what listeners' judgements follow best (Andreopoulou and Katz, JASA 2017). */
typedef struct lowpass {
    double b0, b1, b2, a1, a2;
} lowpass;

static lowpass design_lowpass(double sample_rate_hz, double q)
{
    double w = 2 * 3.14159265358979323846 * fmin(3000, 0.45 * sample_rate_hz) / sample_rate_hz;
    double alpha = sin(w) / (2 * q), a0 = 1 + alpha, c = cos(w);
    return (lowpass){(1 - c) / 2 / a0, (1 - c) / a0, (1 - c) / 2 / a0, -2 * c / a0, (1 - alpha) / a0};
}

static void filter(const lowpass* f, float* samples, uint32_t count)
{
    double s1 = 0, s2 = 0;
    for (uint32_t i = 0; i < count; i++) {
        double x = (double)samples[i], y = f->b0 * x + s1;
        s1 = f->b1 * x - f->a1 * y + s2;
        s2 = f->b2 * x - f->a2 * y;
        samples[i] = (float)y;
    }
}

/* First crossing of -30 dB, between samples by straight line. */
static double onset_frames(const float* samples, uint32_t count)
{
    float peak = 0;
    for (uint32_t i = 0; i < count; i++) peak = fmaxf(peak, fabsf(samples[i]));
    float threshold = peak * 0.0316f;
    uint32_t i = 0;
    while (i < count && fabsf(samples[i]) < threshold) i++;
    if (i == 0 || i == count) return i;
    double below = (double)fabsf(samples[i - 1]), above = (double)fabsf(samples[i]);
    return (double)i - 1 + ((double)threshold - below) / (above - below);
}

static double onset_of(const pinna_measured_set* set, size_t row, const lowpass sections[2], float* scratch)
{
    memcpy(scratch, set->hrirs + row * set->tap_count, set->tap_count * sizeof *scratch);
    filter(&sections[0], scratch, set->tap_count);
    filter(&sections[1], scratch, set->tap_count);
    double delay = set->delays_frames ? (double)set->delays_frames[row] : 0;
    return onset_frames(scratch, set->tap_count) + delay;
}

static void note_itd(const pinna_measured_set* set, uint32_t measurement, float itd_s, info_facts* out)
{
    out->least_itd_s = fminf(out->least_itd_s, itd_s);
    out->most_itd_s = fmaxf(out->most_itd_s, itd_s);
    if (fabsf(itd_s) <= out->largest_itd_s) return;
    pinna_spherical at = pinna_spherical_from_vec3(set->positions_m[measurement]);
    out->largest_itd_s = fabsf(itd_s);
    out->largest_itd_azimuth_deg = at.azimuth_deg;
    out->largest_itd_elevation_deg = at.elevation_deg;
}

bool info_estimate_itds(const pinna_measured_set* set, info_facts* out)
{
    /* The two section qualities of a fourth-order Butterworth. */
    const lowpass sections[2] = {design_lowpass(set->sample_rate_hz, 0.541196),
                                 design_lowpass(set->sample_rate_hz, 1.306563)};
    float* scratch = malloc(set->tap_count * sizeof *scratch);
    if (!scratch) return false;
    out->largest_itd_s = out->least_itd_s = out->most_itd_s = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        size_t row = (size_t)m * PINNA_EAR_COUNT;
        double left = onset_of(set, row, sections, scratch), right = onset_of(set, row + 1, sections, scratch);
        note_itd(set, m, (float)((right - left) / set->sample_rate_hz), out);
    }
    free(scratch);
    return true;
}

/* Level of a response in dB; raises peak to its largest sample. */
static double level_of(const float* taps, uint32_t count, float* peak)
{
    double energy = 1e-60;
    for (uint32_t i = 0; i < count; i++) {
        energy += (double)taps[i] * (double)taps[i];
        if (fabsf(taps[i]) > *peak) *peak = fabsf(taps[i]);
    }
    return 10 * log10(energy);
}

static void find_levels(const pinna_measured_set* set, info_facts* out)
{
    double balance = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        const float* taps = set->hrirs + (size_t)m * PINNA_EAR_COUNT * set->tap_count;
        double left_db = level_of(taps, set->tap_count, &out->peak);
        double right_db = level_of(taps + set->tap_count, set->tap_count, &out->peak);
        out->largest_ild_db = fmaxf(out->largest_ild_db, (float)fabs(left_db - right_db));
        balance += (left_db - right_db) / set->measurement_count;
    }
    out->balance_db = (float)balance;
}

void info_take_itds(const pinna_measured_set* set, const float* itds_s, info_facts* out)
{
    out->largest_itd_s = out->least_itd_s = out->most_itd_s = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++) note_itd(set, m, itds_s[m], out);
}

static void find_delays(const pinna_measured_set* set, info_facts* out)
{
    if (!set->delays_frames) return;
    out->least_delay_frames = out->most_delay_frames = set->delays_frames[0];
    for (size_t i = 0; i < (size_t)set->measurement_count * PINNA_EAR_COUNT; i++) {
        out->least_delay_frames = fminf(out->least_delay_frames, set->delays_frames[i]);
        out->most_delay_frames = fmaxf(out->most_delay_frames, set->delays_frames[i]);
    }
}

bool info_gather_facts(const pinna_measured_set* set, info_facts* out)
{
    memset(out, 0, sizeof *out);
    uint32_t count = set->measurement_count;
    float* scratch = malloc(count * sizeof *scratch);
    pinna_vec3* directions = malloc(count * sizeof *directions);
    bool ready = scratch && directions;
    if (ready) {
        find_radii(set, scratch, out);
        find_elevations(set, scratch, out);
        for (uint32_t m = 0; m < count; m++) directions[m] = pinna_vec3_normalize(set->positions_m[m]);
        find_spacing(directions, count, scratch, out);
        find_levels(set, out);
        find_delays(set, out);
    }
    free(directions);
    free(scratch);
    return ready;
}
