/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* How one variable of coordinates is to be read. Colatitude counts from the zenith. */
typedef enum system { DEGREES, RADIANS, CARTESIAN, COLATITUDE } system_kind;

typedef struct range {
    double least, most;
} range;

typedef struct coordinates {
    const pinna_sofa_array* array;
    size_t row_count;
    range columns[3]; /* Of the finite values. */
    system_kind system;
    double metres; /* One unit of length. */
} coordinates;

static bool says(const char* text, const char* word)
{
    size_t length = strlen(word);
    for (; *text; text++) {
        size_t i = 0;
        while (i < length && tolower((unsigned char)text[i]) == word[i]) i++;
        if (i == length) return true;
    }
    return false;
}

static double span(range r)
{
    return r.most - r.least;
}

static void find_ranges(coordinates* c)
{
    for (size_t column = 0; column < 3; column++) {
        range r = {INFINITY, -INFINITY};
        for (size_t row = 0; row < c->row_count; row++) {
            double value = (double)c->array->values[3 * row + column];
            if (!isfinite(value)) continue;
            r.least = fmin(r.least, value);
            r.most = fmax(r.most, value);
        }
        c->columns[column] = r;
    }
}

static system_kind labelled_system(const pinna_sofa_array* array)
{
    if (says(array->type, "cartesian")) return CARTESIAN;
    if (says(array->type, "spherical")) return says(array->units, "rad") ? RADIANS : DEGREES;
    if (says(array->units, "degree")) return DEGREES;
    return says(array->units, "rad") ? RADIANS : CARTESIAN;
}

/* A radius is never negative, and no laboratory puts a loudspeaker 20 m away at constant distance and calls it x. */
static system_kind true_system(const coordinates* c, system_kind labelled)
{
    const range *first = &c->columns[0], *second = &c->columns[1], *third = &c->columns[2];
    bool angles_like_degrees = fmax(fabs(first->least), first->most) > 20 || fmax(fabs(second->least), second->most) > 20;
    if (labelled == CARTESIAN)
        return angles_like_degrees && third->least > 0 && third->most < 20 && second->least >= -90 && second->most <= 360
                   ? DEGREES : CARTESIAN;
    if (third->least < 0) return CARTESIAN;
    if (labelled == RADIANS) return angles_like_degrees ? DEGREES : RADIANS;
    bool full_circle_in_radians = span(*first) > 4.5 && first->most <= 2 * pi + 0.01 && first->least >= -pi - 0.01;
    bool heights_in_radians = second->least >= -pi / 2 - 0.01 && second->most <= pi / 2 + 0.01;
    return full_circle_in_radians && heights_in_radians && c->row_count >= 8 ? RADIANS : DEGREES;
}

/* Elevations above 90 are either angles from the zenith (all around, none negative) or lead over the head and down. */
static system_kind true_elevation(const coordinates* c, system_kind system)
{
    bool from_zenith = system == DEGREES && c->columns[1].least >= 0 && c->columns[1].most > 90 &&
                       c->columns[1].most <= 180 && span(c->columns[0]) > 200;
    return from_zenith ? COLATITUDE : system;
}

static double unit_of_length(const coordinates* c)
{
    const char* units = c->array->units;
    if (says(units, "millimet")) return 1e-3;
    if (says(units, "centimet")) return 1e-2;
    double reach = 0;
    for (size_t column = c->system == CARTESIAN ? 0 : 2; column < 3; column++)
        reach = fmax(reach, fmax(fabs(c->columns[column].least), fabs(c->columns[column].most)));
    /* HRTFs are measured within 20 m: larger numbers are centimetres or millimetres. */
    return reach > 400 ? 1e-3 : reach > 20 ? 1e-2 : 1;
}

static void report_system(const pinna_sofa_context* context, const coordinates* c, system_kind labelled)
{
    static const char* const words[] = {"degrees", "radians", "cartesian", "angles from the zenith"};
    pinna_report* report = context->report;
    if (c->system == COLATITUDE)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "colatitude",
                         "elevations run from %g to %g: taken as angles from the zenith, so 0 is above and 180 below",
                         c->columns[1].least, c->columns[1].most);
    else if (c->system != labelled)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "mislabelled-units",
                         "SourcePosition says it is in %s (\"%.40s\"), but its values can only be %s; read as such",
                         words[labelled], c->array->units, words[c->system]);
    else if (c->system == CARTESIAN)
        pinna_report_add(report, PINNA_SEVERITY_NOTE, "cartesian-positions", "positions are stored as x, y, z");
    else if (c->system == RADIANS)
        pinna_report_add(report, PINNA_SEVERITY_NOTE, "radian-positions", "positions are stored in radians");
    if (!c->array->type[0])
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "untyped-positions",
                         "SourcePosition does not name its type; taken as %s", words[c->system]);
    if (c->metres < 1)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "length-unit",
                         "distances are in %s; changed to metres", c->metres < 5e-3 ? "millimetres" : "centimetres");
    if (c->system == DEGREES && (c->columns[1].most > 90.01 || c->columns[1].least < -90.01))
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "wrapped-elevations",
                         "elevations run from %g to %g degrees, beyond the poles; followed over the pole and down the "
                         "other side", c->columns[1].least, c->columns[1].most);
}

/* Reads the row in double: degrees in float alone cost up to 15 micrometres at 1 m. */
static pinna_vec3 read_row(const coordinates* c, size_t row)
{
    const float* v = c->array->values + 3 * row;
    double a = (double)v[0], b = (double)v[1], r = (double)v[2] * c->metres;
    if (c->system == CARTESIAN)
        return (pinna_vec3){(float)(a * c->metres), (float)(b * c->metres), (float)r};
    double scale = c->system == RADIANS ? 1 : pi / 180;
    double elevation = (c->system == COLATITUDE ? 90 - b : b) * scale, azimuth = a * scale;
    return (pinna_vec3){(float)(r * cos(elevation) * cos(azimuth)), (float)(r * cos(elevation) * sin(azimuth)),
                        (float)(r * sin(elevation))};
}

/* A distance of zero leaves only a direction; 1 m stands in for what the file does not say. */
static void fill_radius(const pinna_sofa_context* context, coordinates* c, pinna_sofa_set* set)
{
    if (c->system == CARTESIAN || c->columns[2].most > 0 || c->columns[2].least < 0) return;
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "zero-radius",
                     "all distances are zero; taken as 1 m, so near-field effects cannot be right");
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        size_t row = c->row_count > 1 ? m : 0;
        float at_one_metre[3] = {c->array->values[3 * row], c->array->values[3 * row + 1], 1};
        pinna_sofa_array one = {.values = at_one_metre, .count = 3};
        coordinates unit = {.array = &one, .row_count = 1, .system = c->system, .metres = 1};
        set->positions_m[m] = read_row(&unit, 0);
    }
}

static bool has_rows(const pinna_sofa_array* array, uint32_t measurement_count)
{
    return array->count == 3 || array->count == (size_t)measurement_count * 3;
}

/* --- the listener: sources are wanted as the head sees them --- */

typedef struct listener {
    coordinates position, view, up;
    bool has_position, has_view, has_up;
} listener;

static coordinates plain_coordinates(const pinna_sofa_array* array, const char* type_of)
{
    coordinates c = {.array = array, .row_count = array->count / 3, .metres = 1};
    bool spherical = says(array->type, "spherical") || (!array->type[0] && says(type_of, "spherical"));
    c.system = !spherical ? CARTESIAN : says(array->units, "rad") ? RADIANS : DEGREES;
    return c;
}

static pinna_vec3 row_of(const coordinates* c, uint32_t measurement)
{
    return read_row(c, c->row_count > 1 ? measurement : 0);
}

static listener read_listener(const pinna_sofa_fields* fields)
{
    listener l = {0};
    uint32_t m = fields->measurement_count;
    l.has_position = has_rows(&fields->listener_position, m);
    l.has_view = has_rows(&fields->listener_view, m);
    l.has_up = l.has_view && has_rows(&fields->listener_up, m);
    l.position = plain_coordinates(&fields->listener_position, "");
    l.view = plain_coordinates(&fields->listener_view, "");
    l.up = plain_coordinates(&fields->listener_up, fields->listener_view.type); /* AES69: Up shares View's type. */
    return l;
}

static bool is_finite_and_long(pinna_vec3 v)
{
    return pinna_vec3_is_finite(v) && pinna_vec3_length(v) > 1e-6f;
}

/* The head's axes; false where view and up do not span any. */
static bool head_axes(const listener* l, uint32_t measurement, pinna_vec3 axes[3])
{
    pinna_vec3 view = row_of(&l->view, measurement), up = {0, 0, 1};
    if (l->has_up) up = row_of(&l->up, measurement);
    if (!is_finite_and_long(view) || !is_finite_and_long(up)) return false;
    axes[0] = pinna_vec3_normalize(view);
    pinna_vec3 left = pinna_vec3_cross(pinna_vec3_normalize(up), axes[0]);
    if (pinna_vec3_length(left) < 1e-3f) return false;
    axes[1] = pinna_vec3_normalize(left);
    axes[2] = pinna_vec3_cross(axes[0], axes[1]);
    return true;
}

static bool is_usual(const pinna_vec3 axes[3])
{
    return axes[0].x > 0.99999f && axes[2].z > 0.99999f;
}

static void move_to_listener(const pinna_sofa_context* context, const listener* l, pinna_sofa_set* set)
{
    if (!l->has_position) return;
    float farthest = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        pinna_vec3 at = row_of(&l->position, m);
        if (!pinna_vec3_is_finite(at)) continue;
        farthest = fmaxf(farthest, pinna_vec3_length(at));
        set->positions_m[m] = pinna_vec3_sub(set->positions_m[m], at);
    }
    if (farthest > 1e-6f)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "listener-moved",
                         "the listener is up to %.3g m from the origin (ListenerPosition); sources were moved to be "
                         "seen from there", (double)farthest);
}

static bool turn_to_listener(const listener* l, const pinna_sofa_set* set, pinna_vec3* turned, bool* usual)
{
    *usual = true;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        pinna_vec3 axes[3], p = set->positions_m[m];
        if (!head_axes(l, m, axes)) return false;
        *usual = *usual && is_usual(axes);
        turned[m] = (pinna_vec3){pinna_vec3_dot(p, axes[0]), pinna_vec3_dot(p, axes[1]), pinna_vec3_dot(p, axes[2])};
    }
    return true;
}

/* Some files name a view their positions do not follow. The louder ear tells which reading is right. */
static pinna_status apply_view(const pinna_sofa_context* context, const listener* l, pinna_sofa_set* set)
{
    if (!l->has_view) return PINNA_OK;
    pinna_vec3* turned = malloc(set->measurement_count * sizeof *turned);
    if (!turned) return PINNA_ERROR_MEMORY;
    bool usual;
    if (!turn_to_listener(l, set, turned, &usual)) {
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "listener-view-ignored",
                         "ListenerView and ListenerUp span no axes; taken as looking along +x with +z up");
    } else if (!usual) {
        float with = pinna_sofa_side_agreement(set, turned), without = pinna_sofa_side_agreement(set, set->positions_m);
        if (without > with + 0.3f) {
            pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "listener-view-ignored",
                             "ListenerView is not along +x, but the levels at the ears fit the positions as they stand; "
                             "the view was ignored");
        } else {
            memcpy(set->positions_m, turned, set->measurement_count * sizeof *turned);
            pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "listener-turned",
                             "ListenerView or ListenerUp is not the usual (+x, +z up); sources were turned to be seen "
                             "by the head");
        }
    }
    free(turned);
    return PINNA_OK;
}

pinna_status pinna_sofa_read_positions(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                       pinna_sofa_set* set)
{
    const pinna_sofa_array* array = &fields->source_position;
    if (array->count == 0 || !has_rows(array, fields->measurement_count))
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "positions",
                                 "SourcePosition has %zu values where 3 for each of %u measurements belong; without "
                                 "directions the responses cannot be used, so use another copy", array->count,
                                 fields->measurement_count);
    set->positions_m = malloc(set->measurement_count * sizeof *set->positions_m);
    if (!set->positions_m) return PINNA_ERROR_MEMORY;
    coordinates c = {.array = array, .row_count = array->count / 3};
    find_ranges(&c);
    system_kind labelled = labelled_system(array), likely = true_system(&c, labelled);
    c.system = true_elevation(&c, likely);
    c.metres = unit_of_length(&c);
    report_system(context, &c, labelled);
    for (uint32_t m = 0; m < set->measurement_count; m++) set->positions_m[m] = row_of(&c, m);
    fill_radius(context, &c, set);
    listener l = read_listener(fields);
    move_to_listener(context, &l, set);
    return apply_view(context, &l, set);
}
