/* SPDX-License-Identifier: MIT */
/*
 * Finds a head tracker in a HID report descriptor. Sources: USB HID 1.11, section 6.2.2; HID Usage Tables, page 0x20
 * (sensors); Android's head tracker HID protocol.
 */
#include <math.h>

#include "tracking/bytes.h"
#include "tracking/hid.h"

enum { MAX_DEPTH = 16, MAX_STACK = 4, MAX_USAGES = 32, MAX_REPORTS = 32, MAX_DESCRIPTOR = 4096 };
enum { MAX_REPORT_BITS = 8 * 4096 };

enum { /* usages, with their page above */
       HEAD_TRACKER = 0x2000E1,
       DESCRIPTION = 0x200308,
       UNIQUE_ID = 0x200302,
       REPORTING = 0x200316,
       POWER = 0x200319,
       INTERVAL = 0x20030E,
       ROTATION = 0x200544,
       ANGULAR_VELOCITY = 0x200545,
       DISCONTINUITY = 0x200546,
       NO_EVENTS = 0x200840,
       ALL_EVENTS = 0x200841,
       POWER_FULL = 0x200851,
       POWER_OFF = 0x200855,
};

enum { INPUT, OUTPUT, FEATURE, KINDS };

typedef struct globals {
    uint32_t page, report_id, report_size, report_count;
    int32_t logical_min, logical_max, physical_min, physical_max;
    uint32_t logical_max_bits; /* as written, in case it was meant unsigned */
    int32_t exponent;
} globals;

typedef struct report_length {
    uint8_t report_id;
    uint32_t bits[KINDS];
} report_length;

typedef struct parser {
    globals now, stack[MAX_STACK];
    int stack_depth;
    uint32_t usage[MAX_USAGES], usage_min;
    int usage_count;
    uint32_t collection[MAX_DEPTH]; /* usage of each open collection */
    int depth, tracker_depth;       /* tracker_depth 0: outside of the head tracker's collection */
    report_length report[MAX_REPORTS];
    int report_count;
    pinna_hid_tracker found;
} parser;

static report_length* report_for(parser* p, uint32_t id)
{
    for (int i = 0; i < p->report_count; i++)
        if (p->report[i].report_id == id) return &p->report[i];
    if (p->report_count == MAX_REPORTS) return NULL;
    p->report[p->report_count] = (report_length){.report_id = (uint8_t)id};
    return &p->report[p->report_count++];
}

static pinna_hid_field* field_for(parser* p, uint32_t usage, int kind)
{
    pinna_hid_tracker* found = &p->found;
    if (kind == INPUT) {
        if (usage == ROTATION) return &found->rotation;
        if (usage == ANGULAR_VELOCITY) return &found->angular_velocity;
        if (usage == DISCONTINUITY) return &found->discontinuity;
    } else if (kind == FEATURE) {
        if (usage == DESCRIPTION) return &found->description;
        if (usage == UNIQUE_ID) return &found->unique_id;
        if (usage == REPORTING) return &found->reporting;
        if (usage == POWER) return &found->power;
        if (usage == INTERVAL) return &found->interval;
    }
    return NULL;
}

/* Selector values count from the logical minimum in the order of the usages listed. */
static void note_choices(const parser* p, pinna_hid_field* field)
{
    field->usage_index[0] = field->usage_index[1] = -1;
    for (int i = 0; i < p->usage_count; i++) {
        int32_t value = field->logical_min + i;
        if (p->usage[i] == NO_EVENTS || p->usage[i] == POWER_OFF) field->usage_index[0] = value;
        if (p->usage[i] == ALL_EVENTS || p->usage[i] == POWER_FULL) field->usage_index[1] = value;
    }
}

static void note_field(const parser* p, pinna_hid_field* field, uint32_t bit_offset)
{
    const globals* now = &p->now;
    double scale = pow(10.0, now->exponent);
    *field = (pinna_hid_field){.report_id = (uint8_t)now->report_id, .bit_offset = bit_offset};
    field->bit_count = now->report_size;
    field->count = now->report_count;
    field->logical_min = now->logical_min;
    field->logical_max = now->logical_max;
    /* 0x25 0xFF beside a minimum of 0 is meant as 255, whatever the standard says of its sign. */
    if (now->logical_max < now->logical_min && now->logical_max_bits <= INT32_MAX)
        field->logical_max = (int32_t)now->logical_max_bits;
    bool given = now->physical_min != 0 || now->physical_max != 0;
    field->physical_min = (given ? now->physical_min : field->logical_min) * scale;
    field->physical_max = (given ? now->physical_max : field->logical_max) * scale;
    note_choices(p, field);
}

/* A choice is a list of selectors within a collection that carries the property's usage. */
static uint32_t property_of(const parser* p)
{
    bool selector = p->usage_count && p->usage[0] >= 0x200800 && p->usage[0] < 0x201000;
    if (selector || !p->usage_count) return p->depth ? p->collection[p->depth - 1] : 0;
    return p->usage[0];
}

/* Flags tell nothing we need: the description is "constant" and yet not padding, which is what has no usage. */
static pinna_status main_item(parser* p, int kind)
{
    report_length* report = report_for(p, p->now.report_id);
    if (!report) return PINNA_ERROR_LIMIT;
    uint64_t bits = (uint64_t)p->now.report_size * p->now.report_count;
    if (bits > MAX_REPORT_BITS || report->bits[kind] + bits > MAX_REPORT_BITS) return PINNA_ERROR_LIMIT;
    pinna_hid_field* field = p->tracker_depth ? field_for(p, property_of(p), kind) : NULL;
    bool usable = p->now.report_size >= 1 && p->now.report_size <= 32 && p->now.report_count >= 1;
    if (field && !field->count && usable) note_field(p, field, report->bits[kind]);
    report->bits[kind] += (uint32_t)bits;
    return PINNA_OK;
}

static pinna_status open_collection(parser* p)
{
    if (p->depth == MAX_DEPTH) return PINNA_ERROR_LIMIT;
    uint32_t usage = p->usage_count ? p->usage[0] : 0;
    p->collection[p->depth++] = usage;
    if (usage == HEAD_TRACKER && !p->tracker_depth) p->tracker_depth = p->depth;
    return PINNA_OK;
}

static pinna_status close_collection(parser* p)
{
    if (p->depth == 0) return PINNA_ERROR_FORMAT;
    if (p->depth == p->tracker_depth) p->tracker_depth = 0;
    p->depth--;
    return PINNA_OK;
}

static pinna_status take_main(parser* p, unsigned tag)
{
    pinna_status status = PINNA_OK;
    switch (tag) {
    case 0x8:
        status = main_item(p, INPUT);
        break;
    case 0x9:
        status = main_item(p, OUTPUT);
        break;
    case 0xB:
        status = main_item(p, FEATURE);
        break;
    case 0xA:
        status = open_collection(p);
        break;
    case 0xC:
        status = close_collection(p);
        break;
    default:
        break;
    }
    p->usage_count = 0; /* local items hold for one main item */
    p->usage_min = 0;
    return status;
}

static pinna_status push_pop(parser* p, bool push)
{
    if (push ? p->stack_depth == MAX_STACK : p->stack_depth == 0) return PINNA_ERROR_FORMAT;
    if (push)
        p->stack[p->stack_depth++] = p->now;
    else
        p->now = p->stack[--p->stack_depth];
    return PINNA_OK;
}

static pinna_status take_global(parser* p, unsigned tag, uint32_t value, int32_t signed_value)
{
    switch (tag) {
    case 0x0:
        p->now.page = value & 0xFFFF;
        break;
    case 0x1:
        p->now.logical_min = signed_value;
        break;
    case 0x2:
        p->now.logical_max = signed_value;
        p->now.logical_max_bits = value;
        break;
    case 0x3:
        p->now.physical_min = signed_value;
        break;
    case 0x4:
        p->now.physical_max = signed_value;
        break;
    case 0x5:
        p->now.exponent = (int32_t)(value & 0xF) - ((value & 0x8) ? 16 : 0);
        break;
    case 0x7:
        p->now.report_size = value;
        break;
    case 0x8:
        if (value == 0 || value > 255) return PINNA_ERROR_FORMAT;
        p->now.report_id = value;
        break;
    case 0x9:
        p->now.report_count = value;
        break;
    case 0xA:
        return push_pop(p, true);
    case 0xB:
        return push_pop(p, false);
    default:
        break;
    }
    return PINNA_OK;
}

static void add_usage(parser* p, uint32_t usage)
{
    if (p->usage_count < MAX_USAGES) p->usage[p->usage_count++] = usage;
}

static void take_local(parser* p, unsigned tag, uint32_t value, size_t byte_count)
{
    uint32_t usage = byte_count == 4 ? value : p->now.page << 16 | value; /* four bytes bring their own page */
    if (tag == 0x0) add_usage(p, usage);
    if (tag == 0x1) p->usage_min = usage;
    if (tag == 0x2 && p->usage_min && usage >= p->usage_min)
        for (uint32_t u = p->usage_min; u <= usage && p->usage_count < MAX_USAGES; u++)
            add_usage(p, u);
}

static int32_t sign_extend(uint32_t value, size_t byte_count)
{
    if (byte_count == 1) return (int8_t)(uint8_t)value;
    if (byte_count == 2) return (int16_t)(uint16_t)value;
    return (int32_t)value;
}

static pinna_status take_item(parser* p, pinna_bytes* cursor)
{
    static const size_t sizes[4] = {0, 1, 2, 4};
    unsigned prefix = (unsigned)pinna_bytes_le(cursor, 1);
    if (prefix == 0xFE) { /* a long item: none is defined, pass over it */
        size_t size = (size_t)pinna_bytes_le(cursor, 1);
        pinna_bytes_take(cursor, 1 + size);
        return cursor->overrun ? PINNA_ERROR_FORMAT : PINNA_OK;
    }
    size_t byte_count = sizes[prefix & 3];
    uint32_t value = (uint32_t)pinna_bytes_le(cursor, byte_count);
    if (cursor->overrun) return PINNA_ERROR_FORMAT;
    unsigned tag = prefix >> 4;
    switch (prefix >> 2 & 3) {
    case 0:
        return take_main(p, tag);
    case 1:
        return take_global(p, tag, value, sign_extend(value, byte_count));
    case 2:
        take_local(p, tag, value, byte_count);
        return PINNA_OK;
    default:
        return PINNA_OK;
    }
}

static uint32_t report_bytes(parser* p, const pinna_hid_field* field, int kind)
{
    if (!field->count) return 0;
    report_length* report = report_for(p, field->report_id);
    return report ? (report->bits[kind] + 7) / 8 + (field->report_id ? 1 : 0) : 0;
}

pinna_status pinna_hid_parse_descriptor(const void* bytes, size_t byte_count, pinna_hid_tracker* out)
{
    if (!bytes || !out) return PINNA_ERROR_ARGUMENT;
    if (byte_count > MAX_DESCRIPTOR) return PINNA_ERROR_LIMIT;
    parser p = {0};
    pinna_bytes cursor = pinna_bytes_make(bytes, byte_count);
    while (pinna_bytes_left(&cursor)) {
        pinna_status status = take_item(&p, &cursor);
        if (status) return status;
    }
    if (p.depth) return PINNA_ERROR_FORMAT;
    const pinna_hid_field* rotation = &p.found.rotation;
    if (rotation->count != 3 || rotation->logical_max <= rotation->logical_min) return PINNA_ERROR_UNSUPPORTED;
    p.found.input_bytes = report_bytes(&p, rotation, INPUT);
    p.found.control_bytes = report_bytes(&p, &p.found.reporting, FEATURE);
    p.found.description_bytes = report_bytes(&p, &p.found.description, FEATURE);
    *out = p.found;
    return PINNA_OK;
}
