/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <math.h>
#include <string.h>

/*
 * A room's convention may hold a room or, since writers keep the name they began with, plain HRIRs. A room has one or
 * few loudspeakers, a head that turns, or responses that go on; plain HRIRs are those of many directions round one
 * head and die away, or the file says that there was no room.
 */

static bool says_free_field(const pinna_sofa_fields* fields)
{
    return pinna_sofa_says(fields->info.room_type, "free") || pinna_sofa_says(fields->info.room_type, "anechoic");
}

static bool varies(const pinna_sofa_array* rows, uint32_t measurement_count)
{
    if (measurement_count < 2 || rows->count != 3 * (size_t)measurement_count) return false;
    for (size_t i = 3; i < rows->count; i++)
        if (fabsf(rows->values[i] - rows->values[i % 3]) > 1e-3f) return true;
    return false;
}

static bool head_moves(const pinna_sofa_fields* fields)
{
    uint32_t count = fields->measurement_count;
    return varies(&fields->listener_view, count) || varies(&fields->listener_up, count) ||
           varies(&fields->listener_position, count);
}

/* Share of a response's energy that comes more than 20 ms behind its peak; a head, its torso and the loudspeaker are
   done by then but for noise. */
static double late_share(const float* taps, uint32_t tap_count, uint32_t late_frames)
{
    uint32_t peak = 0;
    double all = 1e-60, late = 0;
    for (uint32_t i = 0; i < tap_count; i++)
        if (fabsf(taps[i]) > fabsf(taps[peak])) peak = i;
    for (uint32_t i = 0; i < tap_count; i++) {
        double energy = (double)taps[i] * (double)taps[i];
        all += energy;
        if (i > peak && i - peak > late_frames) late += energy;
    }
    return late / all;
}

/* Told by the mean of some responses spread over the file; what is not a number counts as nothing. */
static bool is_reverberant(const pinna_sofa_fields* fields)
{
    enum { SAMPLES = 64 };
    static const double late_s = 0.02, least_share = 3e-3;
    const pinna_sofa_array* a = &fields->impulse_responses;
    double rate = fields->sampling_rate.count ? (double)fields->sampling_rate.values[0] : 48000, sum = 0;
    if (rate < 1000) rate *= 1000; /* kilohertz */
    if (!(rate > 1000 && rate < 1e6) || !fields->tap_count || fields->tap_count <= late_s * rate) return false;
    size_t row_count = a->count / fields->tap_count, step = row_count / SAMPLES + 1;
    uint32_t count = 0;
    for (size_t row = 0; row < row_count; row += step, count++) {
        double share = late_share(a->values + row * fields->tap_count, fields->tap_count, (uint32_t)(late_s * rate));
        if (isfinite(share)) sum += share;
    }
    return sum > least_share * count;
}

bool pinna_sofa_may_be_head(const pinna_sofa_fields* fields)
{
    return !pinna_sofa_is_room(fields) || says_free_field(fields) || (!head_moves(fields) && !is_reverberant(fields));
}

bool pinna_sofa_surrounds_head(const pinna_sofa_fields* fields, const pinna_sofa_set* set)
{
    enum { LEAST_DIRECTIONS = 8 };
    static const float same_rad = 0.01f;
    pinna_vec3 found[LEAST_DIRECTIONS];
    int count = 0;
    if (!pinna_sofa_is_room(fields) || says_free_field(fields)) return true;
    for (uint32_t m = 0; m < set->measurement_count && count < LEAST_DIRECTIONS; m++) {
        pinna_vec3 d = pinna_vec3_normalize(set->positions_m[m]);
        bool is_new = pinna_vec3_is_finite(d);
        for (int i = 0; i < count && is_new; i++) is_new = pinna_vec3_length(pinna_vec3_sub(found[i], d)) > same_rad;
        if (is_new) found[count++] = d;
    }
    return count == LEAST_DIRECTIONS;
}

pinna_status pinna_sofa_refuse_room(const pinna_sofa_context* context, const pinna_sofa_fields* fields)
{
    uint32_t emitters = fields->emitter_count ? fields->emitter_count : 1;
    return pinna_sofa_refuse(
        context, PINNA_ERROR_UNSUPPORTED, "room-responses",
        "it holds the responses of a room (%s: %u measurement%s of %u loudspeaker%s at a time), not of a head alone; "
        "use it as a room (pinna render --brir), and a free-field set (SimpleFreeFieldHRIR) as the head",
        fields->info.convention, fields->measurement_count, fields->measurement_count == 1 ? "" : "s", emitters,
        emitters == 1 ? "" : "s");
}
