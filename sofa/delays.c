/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* No head and no room puts more than this between two measurements. */
static const double max_delay_s = 1.0;

/* Data.Delay is [1], [R], [M][R], [M][1], [R][E] or [M][R][E], with ones in between in any place, and sometimes turned
   round. Which, its size tells, and its dimensions' names where the size may be two things. */
typedef struct shape {
    size_t measurement_step, receiver_step, emitter_step;
} shape;

static size_t emitters_of(const pinna_sofa_fields* fields)
{
    return fields->emitter_count ? fields->emitter_count : 1;
}

/* By names: the steps of M, R and E where each dimension is one of them or a single one. */
static bool shape_by_names(const pinna_sofa_array* d, shape* out)
{
    *out = (shape){0};
    size_t step = 1;
    for (uint32_t i = d->rank; i-- > 0; step *= d->sizes[i]) {
        size_t* to = d->axes[i] == 'M' ? &out->measurement_step : d->axes[i] == 'R' ? &out->receiver_step :
                     d->axes[i] == 'E' ? &out->emitter_step : NULL;
        if (!to && d->sizes[i] != 1) return false;
        if (to && *to) return false;
        if (to) *to = step;
    }
    return d->rank > 0 && step == d->count;
}

/* [R][M], whatever ones lie between. */
static bool is_turned(const pinna_sofa_array* d, size_t r, size_t m)
{
    uint32_t at = 0;
    while (at < d->rank && d->sizes[at] == 1) at++;
    return at < d->rank && d->sizes[at] == r && m != r;
}

static bool shape_by_size(const pinna_sofa_fields* fields, shape* out)
{
    size_t count = fields->delays.count, m = fields->measurement_count, r = fields->receiver_count;
    size_t e = emitters_of(fields);
    *out = (shape){0};
    if (count <= 1) return true;
    if (count == r) out->receiver_step = 1;
    else if (count == r * e) out->receiver_step = e, out->emitter_step = 1;
    else if (count == m * r && is_turned(&fields->delays, r, m)) out->measurement_step = 1, out->receiver_step = m;
    else if (count == m * r) out->measurement_step = r, out->receiver_step = 1;
    else if (count == m * r * e) out->measurement_step = r * e, out->receiver_step = e, out->emitter_step = 1;
    else if (count == m) out->measurement_step = 1;
    else return false;
    return true;
}

/* A step of a dimension of one leads nowhere, and one with too few values out of the array. */
static bool find_shape(const pinna_sofa_fields* fields, shape* out)
{
    const pinna_sofa_array* d = &fields->delays;
    if (d->count && shape_by_names(d, out)) {
        size_t last = (size_t)(fields->measurement_count - 1) * out->measurement_step +
                      (size_t)(fields->receiver_count - 1) * out->receiver_step +
                      (emitters_of(fields) - 1) * out->emitter_step;
        if (last == d->count - 1) return true;
    }
    return shape_by_size(fields, out);
}

static float stored_delay(const pinna_sofa_fields* fields, const shape* s, const pinna_sofa_set* set, size_t row)
{
    size_t emitters = emitters_of(fields), measurement = row / PINNA_EAR_COUNT;
    if (fields->delays.count == 0) return 0;
    return fields->delays
        .values[measurement / emitters * s->measurement_step + measurement % emitters * s->emitter_step +
                set->ears[row % PINNA_EAR_COUNT] * s->receiver_step];
}

/* Of one unit, or 0 where the unit is frames. Fractions of a hundredth of a frame carry nothing; numbers that small are
   seconds. Milliseconds without a name pinna_sofa_check_delay_unit() hears. */
static double seconds_of_unit(const char* units, float largest)
{
    if (pinna_sofa_says(units, "milli") || strcmp(units, "ms") == 0) return 1e-3;
    if (pinna_sofa_says(units, "micro") || strcmp(units, "us") == 0 || strcmp(units, "\xC2\xB5s") == 0) return 1e-6;
    if (pinna_sofa_says(units, "sec") || strcmp(units, "s") == 0) return 1;
    return largest > 1e-6f && largest < 0.02f ? 1 : 0;
}

static void shift_negative(const pinna_sofa_context* context, pinna_sofa_set* set, float smallest)
{
    if (!(smallest < 0)) return;
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "negative-delays",
                     "Data.Delay goes down to %g samples; all delays were raised by as much, which moves the whole set "
                     "but no ear against the other", (double)smallest);
    for (size_t i = 0; i < (size_t)set->measurement_count * PINNA_EAR_COUNT; i++) set->delays_frames[i] -= smallest;
}

static pinna_status check_span(const pinna_sofa_context* context, pinna_sofa_set* set, float smallest, float largest)
{
    double span_s = ((double)largest - (double)smallest) / set->sample_rate_hz;
    if (span_s > max_delay_s || (double)largest > max_delay_s * set->sample_rate_hz)
        return pinna_sofa_refuse(
            context, PINNA_ERROR_DATA, "delays",
            "Data.Delay reaches %g samples, more than a second; the delays are damaged, use another "
            "copy",
            (double)largest);
    set->has_delays = smallest < 0 || largest > 0;
    if (set->has_delays && largest > smallest)
        pinna_report_add(context->report, PINNA_SEVERITY_NOTE, "separate-delays",
                         "delays of %g to %g samples are kept apart from the responses (Data.Delay); they are added",
                         (double)smallest, (double)largest);
    shift_negative(context, set, smallest);
    return PINNA_OK;
}

/* One value everywhere says nothing about the time between the ears. Writers that never set the variable leave such a
   one: not a number, or netCDF's 1e37. */
static bool are_unset(const float* delays, size_t count, double rate_hz)
{
    float first = delays[0];
    if (isfinite(first) && fabs((double)first) <= max_delay_s * rate_hz) return false;
    for (size_t i = 1; i < count; i++)
        if (memcmp(&delays[i], &first, sizeof first) != 0) return false;
    return true;
}

static bool any_whole_pair(const pinna_sofa_set* set)
{
    for (uint32_t m = 0; m < set->measurement_count; m++)
        if (isfinite(set->delays_frames[(size_t)m * PINNA_EAR_COUNT]) &&
            isfinite(set->delays_frames[(size_t)m * PINNA_EAR_COUNT + 1])) return true;
    return false;
}

static void forget(const pinna_sofa_context* context, pinna_sofa_set* set, size_t count)
{
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "delays-ignored",
                     "Data.Delay is %g everywhere, which is no delay; ignored", (double)set->delays_frames[0]);
    memset(set->delays_frames, 0, count * sizeof *set->delays_frames);
}

pinna_status pinna_sofa_read_delays(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                    pinna_sofa_set* set)
{
    shape layout;
    if (!find_shape(fields, &layout))
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "delay-shape",
                                 "Data.Delay has %zu values where 2 or 2 per measurement belong; without them the time "
                                 "between the ears is unknown, so use another copy", fields->delays.count);
    size_t count = (size_t)set->measurement_count * PINNA_EAR_COUNT;
    set->delays_frames = malloc(count * sizeof *set->delays_frames);
    if (!set->delays_frames) return PINNA_ERROR_MEMORY;
    float smallest = INFINITY, largest = -INFINITY, extreme = 0;
    for (size_t i = 0; i < count; i++) {
        float delay = stored_delay(fields, &layout, set, i);
        set->delays_frames[i] = isfinite(delay) ? delay : NAN;
    }
    if (are_unset(set->delays_frames, count, set->sample_rate_hz)) forget(context, set, count);
    if (!any_whole_pair(set))
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "delays",
                                 "Data.Delay holds values that are not numbers; use another copy");
    for (size_t i = 0; i < count; i++)
        extreme = fmaxf(extreme, fabsf(set->delays_frames[i])); /* fmaxf passes NaN over */
    double unit_s = seconds_of_unit(fields->delays.units, extreme);
    if (unit_s > 0 && extreme > 0)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "delays-in-seconds",
                         "Data.Delay is in %sseconds (at most %g); changed to samples",
                         unit_s < 1e-5 ? "micro" : unit_s < 1 ? "milli" : "", (double)extreme);
    for (size_t i = 0; i < count; i++) {
        if (unit_s > 0) set->delays_frames[i] *= (float)(unit_s * set->sample_rate_hz);
        smallest = fminf(smallest, set->delays_frames[i]);
        largest = fmaxf(largest, set->delays_frames[i]);
    }
    return check_span(context, set, smallest, largest);
}
