/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_DIRECTIONS_TO_JUDGE = 8 };

static double level_db(const pinna_sofa_set* set, uint32_t measurement, unsigned ear)
{
    return 10 * log10(pinna_sofa_energy(pinna_sofa_hrir(set, measurement, ear), set->tap_count) + 1e-60);
}

/* --- correlation, one pair at a time --- */

typedef struct correlation {
    double count, x, y, xx, yy, xy;
} correlation;

static void correlate(correlation* c, double x, double y)
{
    if (!isfinite(x) || !isfinite(y)) return;
    c->count++;
    c->x += x, c->y += y;
    c->xx += x * x, c->yy += y * y, c->xy += x * y;
}

static double coefficient(const correlation* c)
{
    if (c->count < MIN_DIRECTIONS_TO_JUDGE) return 0;
    double vx = c->xx - c->x * c->x / c->count, vy = c->yy - c->y * c->y / c->count;
    double covariance = c->xy - c->x * c->y / c->count;
    return vx > 1e-9 && vy > 1e-9 ? covariance / sqrt(vx * vy) : 0;
}

float pinna_sofa_side_agreement(const pinna_sofa_set* set, const pinna_vec3* positions_m)
{
    correlation c = {0};
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        double ild_db = level_db(set, m, PINNA_LEFT) - level_db(set, m, PINNA_RIGHT);
        correlate(&c, ild_db, (double)pinna_vec3_normalize(positions_m[m]).y);
    }
    return (float)coefficient(&c);
}

/* What the ears say about sides, each from -1 (mirrored) to +1, 0 where it cannot be told. */
typedef struct side_cues {
    double level, time, largest_s, largest_db;
    bool told; /* Enough directions on both sides. */
} side_cues;

static side_cues find_side_cues(const pinna_sofa_set* set)
{
    correlation time = {0};
    double least = 1, most = -1;
    side_cues cues = {0};
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        double side = (double)pinna_vec3_normalize(set->positions_m[m]).y;
        double later_s = (pinna_sofa_onset_frames(set, m, PINNA_RIGHT) - pinna_sofa_onset_frames(set, m, PINNA_LEFT)) /
                         set->sample_rate_hz;
        correlate(&time, later_s, side);
        least = fmin(least, side), most = fmax(most, side), cues.largest_s = fmax(cues.largest_s, fabs(later_s));
        cues.largest_db = fmax(cues.largest_db, fabs(level_db(set, m, PINNA_LEFT) - level_db(set, m, PINNA_RIGHT)));
    }
    cues.told = set->measurement_count >= MIN_DIRECTIONS_TO_JUDGE && most - least >= 0.5;
    cues.level = (double)pinna_sofa_side_agreement(set, set->positions_m);
    cues.time = coefficient(&time);
    return cues;
}

static void exchange_ears(pinna_sofa_set* set)
{
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        float *left = pinna_sofa_hrir(set, m, PINNA_LEFT), *right = pinna_sofa_hrir(set, m, PINNA_RIGHT);
        for (uint32_t i = 0; i < set->tap_count; i++) {
            float kept = left[i];
            left[i] = right[i], right[i] = kept;
        }
        float* delays = set->delays_frames + (size_t)m * PINNA_EAR_COUNT;
        float kept = delays[PINNA_LEFT];
        delays[PINNA_LEFT] = delays[PINNA_RIGHT], delays[PINNA_RIGHT] = kept;
    }
}

/* ReceiverPosition alone proves nothing: many sound files have its signs reversed. No head, though, hears what is on
   its left louder and earlier at its right ear. */
static void repair_sides(const pinna_sofa_context* context, const pinna_sofa_fields* fields, bool by_time,
                         pinna_sofa_set* set)
{
    pinna_vec3 first;
    bool says_so = pinna_sofa_receiver_place(fields, 0, &first) && first.y < -0.01f;
    exchange_ears(set);
    if (says_so)
        pinna_report_add(
            context->report, PINNA_SEVERITY_WARNING, "exchanged-receivers",
            "the first receiver is the right ear (ReceiverPosition says so, and time and level at the ears "
            "agree); the ears were put in order");
    else
        pinna_report_add(
            context->report, PINNA_SEVERITY_WARNING, "mirrored-sides",
            "sources on the left are louder%s at the right ear, which no head does: left and right "
            "are exchanged in the file; the ears were exchanged, so that left sounds left. Tell its maker",
            by_time ? " and earlier" : "");
}

pinna_status pinna_sofa_check_sides(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                    pinna_sofa_set* set)
{
    side_cues cues = find_side_cues(set);
    bool follow = cues.told && fabs(cues.level) > 0.5 && fabs(cues.time) > 0.5;
    if (set->ears_are_guessed && !follow) return pinna_sofa_refuse_receivers(context, fields);
    if (!cues.told) return PINNA_OK;
    double lag_s = pinna_sofa_mean_side_lag_s(set);
    bool is_timeless = lag_s < 1.5e-4 && cues.largest_db > 6;
    if (is_timeless && cues.level < -0.7) repair_sides(context, fields, false, set);
    if (is_timeless)
        pinna_report_add(
            context->report, PINNA_SEVERITY_WARNING, "no-time-differences",
            "sounds from the side reach both ears at the same time (within %.0f us), so the file keeps levels only "
            "and sides will be weak; add a sphere's delays with pinna convert --add-itd",
            1e6 * lag_s);
    else if (cues.level < -0.5 && cues.time < -0.5)
        repair_sides(context, fields, true, set);
    else if ((cues.level < -0.5 && cues.time > 0.5) || (cues.level > 0.5 && cues.time < -0.5))
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "contradicting-cues",
                         "time and level at the ears point to opposite sides, so directions will be hard to hear; the "
                         "delays may be exchanged: nothing was changed, so use another copy");
    else if (fabs(cues.level) < 0.3 && fabs(cues.time) < 0.3)
        pinna_report_add(
            context->report, PINNA_SEVERITY_WARNING, "no-side-cues",
            "neither time nor level at the ears follows the side of the source; these may not be HRIRs, or "
            "their directions are wrong: use another file");
    if (cues.largest_s > 1.5e-3)
        pinna_report_add(
            context->report, PINNA_SEVERITY_WARNING, "large-itd",
            "the ears are up to %.1f ms apart, twice what a head can do; some responses may be noisy, or the "
            "sampling rate wrong: compare with the maker's description",
            1e3 * cues.largest_s);
    return PINNA_OK;
}

/* --- the levels of the two ears --- */

static double mean_level_db(const pinna_sofa_set* set, unsigned ear)
{
    double sum = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++) sum += level_db(set, m, ear);
    return sum / set->measurement_count;
}

static uint32_t nearest(const pinna_sofa_set* set, pinna_vec3 position)
{
    uint32_t best = 0;
    float least = INFINITY;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        float distance = pinna_vec3_length(pinna_vec3_sub(set->positions_m[m], position));
        if (distance < least) least = distance, best = m;
    }
    return best;
}

/* Heads are nearly symmetric: the left ear's levels should match the right ear's on the mirrored side. */
static double mirror_agreement(const pinna_sofa_set* set)
{
    enum { SAMPLES = 300 };
    uint32_t step = set->measurement_count / SAMPLES + 1;
    correlation c = {0};
    for (uint32_t m = 0; m < set->measurement_count; m += step) {
        pinna_vec3 mirrored = set->positions_m[m];
        mirrored.y = -mirrored.y;
        correlate(&c, level_db(set, m, PINNA_LEFT), level_db(set, nearest(set, mirrored), PINNA_RIGHT));
    }
    return coefficient(&c);
}

static void scale_ear(pinna_sofa_set* set, unsigned ear, double gain_db)
{
    float gain = (float)pow(10, gain_db / 20);
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        float* taps = set->hrirs + ((size_t)m * PINNA_EAR_COUNT + ear) * set->tap_count;
        for (uint32_t i = 0; i < set->tap_count; i++) taps[i] *= gain;
    }
}

static float peak_of(const pinna_sofa_set* set)
{
    float peak = 0;
    for (size_t row = 0; row < (size_t)set->measurement_count * PINNA_EAR_COUNT; row++)
        peak = fmaxf(peak, pinna_sofa_peak(set->hrirs + row * set->tap_count, set->tap_count));
    return peak;
}

static void scale_to_sane_peak(const pinna_sofa_context* context, pinna_sofa_set* set)
{
    float peak = peak_of(set);
    if (peak > 1e-6f && peak < 1e3f) return;
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "absurd-level",
                     "the responses peak at %.2g; both ears were scaled to a peak of 1", (double)peak);
    double gain_db = -20 * log10((double)peak);
    scale_ear(set, PINNA_LEFT, gain_db);
    scale_ear(set, PINNA_RIGHT, gain_db);
}

static pinna_status repair_balance(const pinna_sofa_context* context, pinna_sofa_set* set, double excess_db)
{
    unsigned loud = excess_db > 0 ? 0u : 1u;
    const char* ear = loud == PINNA_LEFT ? "left" : "right";
    if (mirror_agreement(set) < 0.6)
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "ear-level",
                                 "the %s ear is %.0f dB louder than the other and its pattern does not match it, so it "
                                 "is not a response of that ear; use another file", ear, fabs(excess_db));
    /* The quiet ear is kept where its own level is sane, the loud one where the quiet one is lost in the noise. */
    unsigned scaled = mean_level_db(set, loud) > 20 ? loud : 1 - loud;
    scale_ear(set, scaled, scaled == loud ? -fabs(excess_db) : fabs(excess_db));
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "ear-level-repaired",
                     "the %s ear is %.0f dB louder than the other in every direction; the levels were made equal", ear,
                     fabs(excess_db));
    return PINNA_OK;
}

pinna_status pinna_sofa_check_levels(const pinna_sofa_context* context, pinna_sofa_set* set)
{
    double left_db = mean_level_db(set, PINNA_LEFT), right_db = mean_level_db(set, PINNA_RIGHT);
    double sides = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++)
        sides += (double)pinna_vec3_normalize(set->positions_m[m]).y / set->measurement_count;
    pinna_status status = PINNA_OK;
    double excess_db = left_db - right_db;
    bool even_sides = fabs(sides) < 0.2;
    /* One-sided sets are louder at one ear by nature; 30 dB on average no head brings about. */
    if (fabs(excess_db) > 30 && set->measurement_count >= MIN_DIRECTIONS_TO_JUDGE)
        status = repair_balance(context, set, excess_db);
    else if (fabs(excess_db) > 60)
        status = pinna_sofa_refuse(context, PINNA_ERROR_DATA, "ear-level",
                                   "one ear is %.0f dB louder than the other; use another file", fabs(excess_db));
    else if (fabs(excess_db) > 3 && even_sides && set->measurement_count >= MIN_DIRECTIONS_TO_JUDGE)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "ear-balance",
                         "the %s ear is %.1f dB louder on average over all directions; left as it is, but sounds may "
                         "lean to that side", excess_db > 0 ? "left" : "right", fabs(excess_db));
    if (!status) scale_to_sane_peak(context, set);
    return status;
}
