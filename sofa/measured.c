/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FADE_TAPS = 64, MOST_NAME_BYTES = 240 };

pinna_status pinna_sofa_refuse(const pinna_sofa_context* context, pinna_status status, const char* entry_name,
                               const char* format, ...)
{
    char sentence[PINNA_REPORT_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    /* One line, in UTF-8, and what is wrong must fit behind the name: of a long path the end tells more. */
    char name[2 * MOST_NAME_BYTES + 1];
    const char* end = context->name;
    size_t length = strlen(end), skipped = length > MOST_NAME_BYTES ? length - MOST_NAME_BYTES : 0;
    while (skipped > 0 && ((unsigned char)end[skipped] & 0xC0) == 0x80) skipped++;
    pinna_sofa_copy_text(name, sizeof name, end + skipped);
    pinna_report_add(context->report, PINNA_SEVERITY_ERROR, entry_name, "%s%s: %s", skipped > 0 ? "..." : "", name,
                     sentence);
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
    if (fields->magnitude.values)
        return pinna_sofa_refuse(context, PINNA_ERROR_UNSUPPORTED, "no-phase",
                                 "it holds magnitudes without phases (Data.Mag alone), and with them the times between "
                                 "the ears are lost; use the database's version with phases or impulse responses");
    if (data_type[0] && strncmp(data_type, "FIR", 3) != 0)
        return pinna_sofa_refuse(
            context, PINNA_ERROR_UNSUPPORTED, "data-type",
            "its data are of type %s, which this build cannot make impulse responses of; use a build "
            "with netCDF, or the database's FIR version",
            data_type);
    return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "no-responses",
                             "it holds no impulse responses (Data.IR); use a file of measured HRIRs");
}

static bool is_headphone(const pinna_sofa_fields* fields)
{
    return strncmp(fields->info.convention, "SimpleHeadphone", 15) == 0;
}

static void report_convention(const pinna_sofa_context* context, const pinna_sofa_fields* fields)
{
    static const char* const heads[] = {"SimpleFreeFieldHRIR", "SimpleFreeFieldHRTF", "SimpleFreeFieldHRSOS",
                                        "FreeFieldHRIR", "FreeFieldHRTF"};
    const char *convention = fields->info.convention, *room = fields->info.room_type;
    bool is_head = false;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) is_head = is_head || strcmp(convention, heads[i]) == 0;
    if (pinna_sofa_is_room(fields))
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "room-convention",
                         "the convention is %s, a room's, but there is no room in it: taken as HRIRs of a left and a "
                         "right ear; if it is a room after all, use it as one (pinna render --brir)", convention);
    else if (!is_head)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "other-convention",
                         "the convention is %s, not SimpleFreeFieldHRIR; taken as HRIRs of a left and a right ear",
                         convention[0] ? convention : "not named");
    if (room[0] && strncmp(room, "free", 4) != 0 && strncmp(room, "Free", 4) != 0)
        pinna_report_add(
            context->report, PINNA_SEVERITY_WARNING, "room-type",
            "the file calls its room \"%.60s\", not a free field; if the responses hold a room, every source "
            "will sound as if in it",
            room);
}

static pinna_status check_counts(const pinna_sofa_context* context, const pinna_sofa_fields* fields)
{
    uint64_t m = fields->measurement_count, r = fields->receiver_count, n = fields->tap_count;
    uint64_t e = fields->emitter_count ? fields->emitter_count : 1;
    if (m == 0 || n == 0)
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "no-samples",
                                 "it holds %llu measurements of %llu samples, so nothing to hear; download it again or "
                                 "use another file", (unsigned long long)m, (unsigned long long)n);
    if (m > PINNA_HRTF_MAX_MEASUREMENTS || e > PINNA_HRTF_MAX_MEASUREMENTS || m * e > PINNA_HRTF_MAX_MEASUREMENTS)
        return pinna_sofa_refuse(context, PINNA_ERROR_LIMIT, "measurement-limit",
                                 "it holds %llu measurements, more than the %d this program reads; thin it out",
                                 (unsigned long long)(m * e), (int)PINNA_HRTF_MAX_MEASUREMENTS);
    if (r == 0 || m * e * r > UINT64_MAX / n || fields->impulse_responses.count != m * e * r * n)
        return pinna_sofa_refuse(
            context, PINNA_ERROR_DATA, "array-sizes",
            "Data.IR has %zu values where %llu measurements x %llu receivers x %llu emitters x %llu "
            "samples are declared; the file is damaged, use another copy",
            fields->impulse_responses.count, (unsigned long long)m, (unsigned long long)r, (unsigned long long)e,
            (unsigned long long)n);
    return PINNA_OK;
}

/* A response that is too long ends in a fade, so that cutting it does not click. */
static void fade_out(float* taps, uint32_t tap_count)
{
    for (uint32_t i = 0; i < FADE_TAPS && i < tap_count; i++)
        taps[tap_count - 1 - i] *= 0.5f - 0.5f * cosf(3.14159265f * ((float)i + 0.5f) / FADE_TAPS);
}

static const float* stored_response(const pinna_sofa_fields* fields, const pinna_sofa_set* set, size_t row)
{
    size_t emitters = fields->emitter_count ? fields->emitter_count : 1;
    size_t m = row / PINNA_EAR_COUNT / emitters, e = row / PINNA_EAR_COUNT % emitters;
    size_t receiver = set->ears[row % PINNA_EAR_COUNT];
    return fields->impulse_responses.values +
           ((m * fields->receiver_count + receiver) * emitters + e) * fields->tap_count;
}

static pinna_status read_responses(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                   uint32_t most_taps, pinna_sofa_set* set)
{
    uint32_t stored = fields->tap_count, kept = stored;
    if (stored > most_taps) {
        kept = most_taps;
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "cut-responses",
                         "the responses are %u samples long (a room?); cut to %u with a fade", stored, kept);
    }
    size_t row_count = (size_t)set->measurement_count * PINNA_EAR_COUNT;
    set->hrirs = malloc(row_count * kept * sizeof *set->hrirs);
    if (!set->hrirs) return PINNA_ERROR_MEMORY;
    for (size_t row = 0; row < row_count; row++) {
        memcpy(set->hrirs + row * kept, stored_response(fields, set, row), kept * sizeof(float));
        if (kept < stored) fade_out(set->hrirs + row * kept, kept);
    }
    set->tap_count = kept;
    return PINNA_OK;
}

pinna_status pinna_sofa_read_ears(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                  uint32_t most_taps, pinna_sofa_set* set)
{
    pinna_status status = check_responses(context, fields);
    if (!status) status = check_counts(context, fields);
    if (!status) status = pinna_sofa_find_ears(context, fields, set);
    if (!status) status = pinna_sofa_read_rate(context, fields, set);
    if (status) return status;
    set->measurement_count = fields->measurement_count * (fields->emitter_count ? fields->emitter_count : 1);
    status = read_responses(context, fields, most_taps, set);
    if (!status) pinna_sofa_pad_responses(context, set);
    return status ? status : pinna_sofa_read_delays(context, fields, set);
}

static pinna_status read_all(const pinna_sofa_context* context, const pinna_sofa_fields* fields, pinna_sofa_set* set)
{
    if (fields->impulse_responses.values && !pinna_sofa_may_be_head(fields))
        return pinna_sofa_refuse_room(context, fields);
    if (is_headphone(fields))
        return pinna_sofa_refuse(
            context, PINNA_ERROR_UNSUPPORTED, "headphone-responses",
            "it holds the responses of headphones (%s), not of a head; use an HRTF set as the head, and "
            "an equaliser's settings (AutoEq) for headphones",
            fields->info.convention);
    pinna_status status = pinna_sofa_read_ears(context, fields, PINNA_HRTF_MAX_TAPS, set);
    if (status) return status;
    status = pinna_sofa_read_positions(context, fields, set);
    if (!status && !pinna_sofa_surrounds_head(fields, set)) return pinna_sofa_refuse_room(context, fields);
    report_convention(context, fields);
    if (!status) status = pinna_sofa_drop_unusable(context, set);
    if (!status) status = pinna_sofa_unwrap_responses(context, set);
    if (!status) pinna_sofa_check_delay_unit(context, set);
    if (!status) status = pinna_sofa_check_sides(context, fields, set);
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
