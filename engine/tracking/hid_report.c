/* SPDX-License-Identifier: MIT */
/* Source: Android's head tracker HID protocol. */
#include <math.h>
#include <string.h>

#include "tracking/hid.h"
#include "tracking/sample.h"

static bool is_inside(const pinna_hid_field* field, size_t byte_count, uint32_t index)
{
    if (index >= field->count || field->bit_count < 1 || field->bit_count > 32) return false;
    return field->bit_offset + (uint64_t)field->bit_count * (index + 1u) <= (uint64_t)byte_count * 8;
}

bool pinna_hid_get(const pinna_hid_field* field, const uint8_t* body, size_t byte_count, uint32_t index, int32_t* out)
{
    if (!is_inside(field, byte_count, index)) return false;
    size_t bit = field->bit_offset + (size_t)field->bit_count * index;
    uint32_t value = 0;
    for (uint32_t i = 0; i < field->bit_count; i++, bit++)
        value |= ((uint32_t)body[bit / 8] >> bit % 8 & 1u) << i;
    bool negative = field->logical_min < 0 && value >> (field->bit_count - 1) & 1u;
    if (negative && field->bit_count < 32) value |= ~0u << field->bit_count;
    *out = (int32_t)value;
    return true;
}

bool pinna_hid_set(const pinna_hid_field* field, uint8_t* body, size_t byte_count, uint32_t index, int32_t value)
{
    if (!is_inside(field, byte_count, index)) return false;
    size_t bit = field->bit_offset + (size_t)field->bit_count * index;
    for (uint32_t i = 0; i < field->bit_count; i++, bit++) {
        unsigned mask = 1u << bit % 8;
        body[bit / 8] = (uint8_t)(((uint32_t)value >> i & 1u) ? body[bit / 8] | mask : body[bit / 8] & ~mask);
    }
    return true;
}

/* Moves past the report id. NULL if it is another report's. */
static const uint8_t* body_of(const pinna_hid_field* field, const uint8_t* report, size_t* byte_count)
{
    if (!field->report_id) return report;
    if (*byte_count == 0 || report[0] != field->report_id) return NULL;
    (*byte_count)--;
    return report + 1;
}

int pinna_hid_version(const pinna_hid_tracker* tracker, const void* report, size_t byte_count)
{
    static const char mark[] = "#AndroidHeadTracker#";
    enum { MARK_BYTES = sizeof mark - 1 };
    if (!tracker || !report || tracker->description.bit_count != 8 || tracker->description.bit_offset % 8) return 0;
    const uint8_t* body = body_of(&tracker->description, report, &byte_count);
    size_t start = tracker->description.bit_offset / 8, length = tracker->description.count;
    if (!body || start > byte_count || length > byte_count - start || length < MARK_BYTES + 3) return 0;
    const uint8_t* text = body + start;
    if (memcmp(text, mark, MARK_BYTES) != 0 || text[MARK_BYTES + 1] != '.') return 0;
    return text[MARK_BYTES] >= '1' && text[MARK_BYTES] <= '9' ? text[MARK_BYTES] - '0' : 0;
}

static int32_t interval_value(const pinna_hid_field* field, double interval_s)
{
    double span = field->physical_max - field->physical_min;
    if (!(span > 0.0)) return field->logical_min;
    double share = fmax(0.0, fmin(1.0, (interval_s - field->physical_min) / span));
    return (int32_t)lrint(field->logical_min + share * ((double)field->logical_max - field->logical_min));
}

pinna_status pinna_hid_control(const pinna_hid_tracker* tracker, bool enable, double interval_s, void* report,
                               size_t byte_count)
{
    if (!tracker || !report || !isfinite(interval_s)) return PINNA_ERROR_ARGUMENT;
    const pinna_hid_field *reporting = &tracker->reporting, *power = &tracker->power, *interval = &tracker->interval;
    if (!reporting->count || reporting->usage_index[enable] < 0) return PINNA_ERROR_UNSUPPORTED;
    if (byte_count != tracker->control_bytes) return PINNA_ERROR_FORMAT;
    uint8_t* body = report;
    if (reporting->report_id) {
        body[0] = reporting->report_id;
        body++;
        byte_count--;
    }
    /* All three in one report: some firmware ignores them apart. */
    if (!pinna_hid_set(reporting, body, byte_count, 0, reporting->usage_index[enable])) return PINNA_ERROR_FORMAT;
    if (power->count && power->report_id == reporting->report_id && power->usage_index[enable] >= 0)
        pinna_hid_set(power, body, byte_count, 0, power->usage_index[enable]);
    if (interval->count && interval->report_id == reporting->report_id)
        pinna_hid_set(interval, body, byte_count, 0, interval_value(interval, interval_s));
    return PINNA_OK;
}

static bool is_in_report(const pinna_hid_field* field, const pinna_hid_tracker* tracker)
{
    return field->count && field->report_id == tracker->rotation.report_id;
}

/* Three elements in physical units. The axes are Android's: x right, y front, z up. */
static pinna_status read_vector(const pinna_hid_field* field, const uint8_t* body, size_t byte_count, double limit,
                                pinna_vec3* out)
{
    double value[3], logical_span = (double)field->logical_max - field->logical_min;
    for (uint32_t i = 0; i < 3; i++) {
        int32_t raw;
        if (!pinna_hid_get(field, body, byte_count, i, &raw)) return PINNA_ERROR_FORMAT;
        if (raw < field->logical_min || raw > field->logical_max) return PINNA_ERROR_DATA; /* HID's "no value" */
        double share = ((double)raw - field->logical_min) / logical_span;
        value[i] = field->physical_min + share * (field->physical_max - field->physical_min);
        if (!pinna_head_in_range(value[i], limit)) return PINNA_ERROR_DATA;
    }
    pinna_vec3 v = {(float)value[0], (float)value[1], (float)value[2]};
    *out = pinna_axes_to_aes69(PINNA_AXES_ADM, v);
    return PINNA_OK;
}

pinna_status pinna_hid_read(const pinna_hid_tracker* tracker, const void* report, size_t byte_count, double time_s,
                            pinna_head_sample* out)
{
    if (!tracker || !report || !out || !isfinite(time_s)) return PINNA_ERROR_ARGUMENT;
    if (tracker->rotation.report_id && byte_count && *(const uint8_t*)report != tracker->rotation.report_id)
        return PINNA_ERROR_UNSUPPORTED; /* another of the device's reports */
    if (byte_count != tracker->input_bytes) return PINNA_ERROR_FORMAT;
    const uint8_t* body = body_of(&tracker->rotation, report, &byte_count);
    if (!body) return PINNA_ERROR_FORMAT;
    pinna_head_sample sample = {.time_s = time_s};
    pinna_vec3 turn;
    pinna_status status = read_vector(&tracker->rotation, body, byte_count, 7.0, &turn);
    if (status) return status;
    sample.orientation = pinna_quat_from_turn(turn);
    const pinna_hid_field* rate = &tracker->angular_velocity;
    if (is_in_report(rate, tracker) && rate->count == 3 && rate->logical_max > rate->logical_min)
        sample.has_angular_velocity =
            !read_vector(rate, body, byte_count, PINNA_HEAD_MAX_RATE_RAD_PER_S, &sample.angular_velocity_rad_per_s);
    int32_t counter = 0;
    if (is_in_report(&tracker->discontinuity, tracker) &&
        pinna_hid_get(&tracker->discontinuity, body, byte_count, 0, &counter))
        sample.discontinuity_count = (uint32_t)counter;
    *out = sample;
    return PINNA_OK;
}
