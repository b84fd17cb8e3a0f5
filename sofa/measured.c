/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FADE_TAPS = 64 };

pinna_status pinna_sofa_refuse(const pinna_sofa_context* context, pinna_status status, const char* entry_name,
                               const char* format, ...)
{
    char sentence[PINNA_REPORT_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    pinna_report_add(context->report, PINNA_SEVERITY_ERROR, entry_name, "%s: %s", context->name, sentence);
    return status;
}

void pinna_sofa_set_free(pinna_sofa_set* set)
{
    free(set->hrirs);
    free(set->delays_frames);
    free(set->positions_m);
    memset(set, 0, sizeof *set);
}

static pinna_status check_responses(const pinna_sofa_context* context, const pinna_sofa_fields* fields)
{
    const char* data_type = fields->info.data_type;
    if (fields->impulse_responses.values) return PINNA_OK;
    if (data_type[0] && strncmp(data_type, "FIR", 3) != 0)
        return pinna_sofa_refuse(context, PINNA_ERROR_UNSUPPORTED, "data-type",
                                 "its data are of type %s, not impulse responses (FIR); use the database's FIR version, "
                                 "or convert it with the SOFA Toolbox", data_type);
    return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "no-responses",
                             "it holds no impulse responses (Data.IR); use a file of measured HRIRs");
}

static void report_convention(const pinna_sofa_context* context, const pinna_sofa_fields* fields)
{
    const char* convention = fields->info.convention;
    if (strcmp(convention, "SimpleFreeFieldHRIR") != 0)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "other-convention",
                         "the convention is %s, not SimpleFreeFieldHRIR; taken as HRIRs of a left and a right ear",
                         convention[0] ? convention : "not named");
}

static pinna_status check_counts(const pinna_sofa_context* context, const pinna_sofa_fields* fields)
{
    uint64_t m = fields->measurement_count, r = fields->receiver_count, n = fields->tap_count;
    if (m == 0 || n == 0)
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "no-samples",
                                 "it holds %llu measurements of %llu samples, so nothing to hear; download it again or "
                                 "use another file", (unsigned long long)m, (unsigned long long)n);
    if (r == 1)
        return pinna_sofa_refuse(context, PINNA_ERROR_UNSUPPORTED, "one-ear",
                                 "it holds one receiver, so one ear or a filter common to both; two are needed, so use "
                                 "the file with both ears");
    if (r != PINNA_EAR_COUNT)
        return pinna_sofa_refuse(context, PINNA_ERROR_UNSUPPORTED, "receivers",
                                 "it holds %llu receivers (a microphone array?); two, the ears, are needed",
                                 (unsigned long long)r);
    if (m > PINNA_HRTF_MAX_MEASUREMENTS)
        return pinna_sofa_refuse(context, PINNA_ERROR_LIMIT, "measurement-limit",
                                 "it holds %llu measurements, more than the %d this program reads; thin it out",
                                 (unsigned long long)m, (int)PINNA_HRTF_MAX_MEASUREMENTS);
    if (m * r > UINT64_MAX / n || fields->impulse_responses.count != m * r * n)
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "array-sizes",
                                 "Data.IR has %zu values where %llu measurements x %llu receivers x %llu samples are "
                                 "declared; the file is damaged or has several emitters, use another copy",
                                 fields->impulse_responses.count, (unsigned long long)m, (unsigned long long)r,
                                 (unsigned long long)n);
    return PINNA_OK;
}

static pinna_status read_rate(const pinna_sofa_context* context, const pinna_sofa_fields* fields, pinna_sofa_set* set)
{
    const pinna_sofa_array* rates = &fields->sampling_rate;
    if (rates->count == 0)
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "no-sampling-rate",
                                 "it does not say its sampling rate (Data.SamplingRate); add it with the SOFA Toolbox");
    for (size_t i = 1; i < rates->count; i++)
        if (!(rates->values[i] == rates->values[0]))
            return pinna_sofa_refuse(context, PINNA_ERROR_UNSUPPORTED, "sampling-rates",
                                     "its measurements have several sampling rates; resample them to one");
    double rate = (double)rates->values[0];
    if (rate >= 8 && rate <= 384) {
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "rate-in-kilohertz",
                         "the sampling rate is given as %g; taken as kilohertz", rate);
        rate *= 1000;
    }
    if (!(rate >= 8000 && rate <= 384000))
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "sampling-rate",
                                 "its sampling rate of %g Hz is impossible; 8000 to 384000 are read", rate);
    set->sample_rate_hz = rate;
    return PINNA_OK;
}

/* A response that is too long ends in a fade, so that cutting it does not click. */
static void fade_out(float* taps, uint32_t tap_count)
{
    for (uint32_t i = 0; i < FADE_TAPS && i < tap_count; i++)
        taps[tap_count - 1 - i] *= 0.5f - 0.5f * cosf(3.14159265f * ((float)i + 0.5f) / FADE_TAPS);
}

static pinna_status read_responses(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                   pinna_sofa_set* set)
{
    uint32_t stored = fields->tap_count, kept = stored;
    if (stored > PINNA_HRTF_MAX_TAPS) {
        kept = PINNA_HRTF_MAX_TAPS;
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "cut-responses",
                         "the responses are %u samples long (a room?); cut to %u with a fade", stored, kept);
    }
    size_t row_count = (size_t)fields->measurement_count * PINNA_EAR_COUNT;
    set->hrirs = malloc(row_count * kept * sizeof *set->hrirs);
    if (!set->hrirs) return PINNA_ERROR_MEMORY;
    for (size_t row = 0; row < row_count; row++) {
        memcpy(set->hrirs + row * kept, fields->impulse_responses.values + row * stored, kept * sizeof(float));
        if (kept < stored) fade_out(set->hrirs + row * kept, kept);
    }
    set->tap_count = kept;
    return PINNA_OK;
}

static pinna_status read_all(const pinna_sofa_context* context, const pinna_sofa_fields* fields, pinna_sofa_set* set)
{
    pinna_status status = check_responses(context, fields);
    if (!status) status = check_counts(context, fields);
    if (!status) status = read_rate(context, fields, set);
    if (status) return status;
    report_convention(context, fields);
    set->measurement_count = fields->measurement_count;
    status = read_responses(context, fields, set);
    if (!status) status = pinna_sofa_read_delays(context, fields, set);
    if (!status) status = pinna_sofa_read_positions(context, fields, set);
    if (!status) status = pinna_sofa_drop_unusable(context, set);
    if (!status) status = pinna_sofa_check_levels(context, set);
    if (!status) pinna_sofa_report_oddities(context, set);
    return status;
}

pinna_status pinna_sofa_measure(const pinna_sofa_context* context, const pinna_sofa_fields* fields, pinna_sofa_set* set)
{
    memset(set, 0, sizeof *set);
    pinna_status status = read_all(context, fields, set);
    if (status == PINNA_ERROR_MEMORY)
        pinna_sofa_refuse(context, status, "memory", "there is not enough memory to read it; close other programs");
    if (status) pinna_sofa_set_free(set);
    return status;
}
