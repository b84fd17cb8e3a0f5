/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* No head and no room puts more than this between two measurements. */
static const double max_delay_s = 1.0;

/* The delay of one measurement and ear in whichever shape the file stores them; NaN where the shape fits none. */
static float stored_delay(const pinna_sofa_fields* fields, size_t measurement, size_t ear)
{
    const pinna_sofa_array* d = &fields->delays;
    if (d->count == 0) return 0;
    if (d->count == 1) return d->values[0];
    if (d->count == PINNA_EAR_COUNT) return d->values[ear];
    return d->values[measurement * PINNA_EAR_COUNT + ear];
}

static bool shape_fits(const pinna_sofa_fields* fields)
{
    size_t count = fields->delays.count;
    return count <= PINNA_EAR_COUNT || count == (size_t)fields->measurement_count * PINNA_EAR_COUNT;
}

/* Fractions of a hundredth of a frame carry nothing; numbers that small are seconds. */
static bool are_seconds(const pinna_sofa_fields* fields, float largest)
{
    if (strstr(fields->delays.units, "second")) return true;
    return largest > 1e-6f && largest < 0.02f;
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
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "delays",
                                 "Data.Delay reaches %g samples, more than a second; the delays are damaged, use another "
                                 "copy", (double)largest);
    set->has_delays = smallest < 0 || largest > 0;
    if (set->has_delays && largest > smallest)
        pinna_report_add(context->report, PINNA_SEVERITY_NOTE, "separate-delays",
                         "delays of %g to %g samples are kept apart from the responses (Data.Delay); they are added",
                         (double)smallest, (double)largest);
    shift_negative(context, set, smallest);
    return PINNA_OK;
}

pinna_status pinna_sofa_read_delays(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                    pinna_sofa_set* set)
{
    if (!shape_fits(fields))
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "delay-shape",
                                 "Data.Delay has %zu values where 2 or 2 per measurement belong; without them the time "
                                 "between the ears is unknown, so use another copy", fields->delays.count);
    size_t count = (size_t)set->measurement_count * PINNA_EAR_COUNT;
    set->delays_frames = malloc(count * sizeof *set->delays_frames);
    if (!set->delays_frames) return PINNA_ERROR_MEMORY;
    float smallest = INFINITY, largest = -INFINITY, extreme = 0;
    for (size_t i = 0; i < count; i++) {
        float delay = stored_delay(fields, i / PINNA_EAR_COUNT, i % PINNA_EAR_COUNT);
        if (!isfinite(delay))
            return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "delays",
                                     "Data.Delay holds values that are not numbers; use another copy");
        set->delays_frames[i] = delay;
        extreme = fmaxf(extreme, fabsf(delay));
    }
    bool seconds = are_seconds(fields, extreme);
    if (seconds && extreme > 0)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "delays-in-seconds",
                         "Data.Delay is in seconds (at most %g); changed to samples", (double)extreme);
    for (size_t i = 0; i < count; i++) {
        if (seconds) set->delays_frames[i] *= (float)set->sample_rate_hz;
        smallest = fminf(smallest, set->delays_frames[i]);
        largest = fmaxf(largest, set->delays_frames[i]);
    }
    return check_span(context, set, smallest, largest);
}
