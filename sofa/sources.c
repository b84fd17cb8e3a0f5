/* SPDX-License-Identifier: MIT */
#include "coordinates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * What SourcePosition says. Its labels are often wrong, so its numbers have a say: what cannot be angles is not. Where
 * they leave a choice, the ears decide: read rightly, the louder ear is on the source's side.
 */

static const double pi = 3.14159265358979323846;

static pinna_sofa_system labelled_system(const pinna_sofa_array* array)
{
    if (pinna_sofa_says(array->type, "cartesian")) return PINNA_SOFA_CARTESIAN;
    if (pinna_sofa_says(array->type, "interaural") || pinna_sofa_says(array->type, "horizontal"))
        return PINNA_SOFA_LATERAL;
    if (pinna_sofa_says(array->type, "spherical"))
        return pinna_sofa_says(array->units, "rad") ? PINNA_SOFA_RADIANS : PINNA_SOFA_DEGREES;
    if (pinna_sofa_says(array->units, "degree")) return PINNA_SOFA_DEGREES;
    return pinna_sofa_says(array->units, "rad") ? PINNA_SOFA_RADIANS : PINNA_SOFA_CARTESIAN;
}

/* --- what the numbers can be --- */

/* A full circle, heights up to the poles. */
static bool fits_radians(const pinna_sofa_coordinates* c)
{
    const pinna_sofa_range *first = &c->columns[0], *second = &c->columns[1];
    return c->row_count >= 8 && pinna_sofa_span(*first) > 4.5 && first->most <= 2 * pi + 0.01 &&
           first->least >= -pi - 0.01 && second->least >= -pi / 2 - 0.01 && second->most <= pi / 2 + 0.01;
}

/* Without a name: at one height that is not zero, a grid of x and y is no sphere's, but angles at one distance are. */
static bool are_nameless_radians(const pinna_sofa_coordinates* c)
{
    const pinna_sofa_range* third = &c->columns[2];
    return !c->array->type[0] && fits_radians(c) && third->least > 0 && pinna_sofa_span(*third) <= 0.02 * third->most;
}

/* Squares of x, y and z that add up to the same everywhere, though z changes or is zero, leave no doubt. */
static bool lie_on_a_sphere(const pinna_sofa_coordinates* c)
{
    enum { LEAST_ROWS = 8 };
    pinna_sofa_coordinates cartesian = *c;
    cartesian.system = PINNA_SOFA_CARTESIAN;
    double least = INFINITY, most = 0;
    for (size_t row = 0; row < c->row_count; row++) {
        double length = (double)pinna_vec3_length(pinna_sofa_read_row(&cartesian, row));
        if (!isfinite(length)) continue;
        least = fmin(least, length), most = fmax(most, length);
    }
    bool is_flat = c->columns[2].least == 0 && c->columns[2].most == 0;
    return c->row_count >= LEAST_ROWS && most > 0 && most - least <= 1e-3 * most &&
           pinna_sofa_span(c->columns[is_flat ? 0 : 2]) > (is_flat ? 1 : 0.05) * most;
}

/* One distance in front of angles all around, and what stands in its place goes below zero, which no distance does. */
static bool has_distance_first(const pinna_sofa_coordinates* c)
{
    const pinna_sofa_range *first = &c->columns[0], *second = &c->columns[1], *third = &c->columns[2];
    return c->row_count >= 8 && first->least > 0.05 && first->most <= 20 &&
           pinna_sofa_span(*first) <= 0.05 * first->most && pinna_sofa_span(*second) > 90 && second->least >= -360 &&
           second->most <= 360 && third->least >= -90.01 && third->most <= 90.01 && pinna_sofa_span(*third) > 5;
}

/* A radius is never negative, unless all are, and no laboratory puts a loudspeaker 20 m away at constant distance and
   calls it x. */
static pinna_sofa_system true_system(const pinna_sofa_coordinates* c, pinna_sofa_system labelled)
{
    const pinna_sofa_range *second = &c->columns[1], *third = &c->columns[2];
    bool like_degrees = pinna_sofa_spans_degrees(c);
    if (labelled == PINNA_SOFA_CARTESIAN && are_nameless_radians(c)) return PINNA_SOFA_RADIANS;
    if (labelled == PINNA_SOFA_CARTESIAN)
        return like_degrees && third->least > 0 && third->most < 20 && second->least >= -90 && second->most <= 360
                   ? PINNA_SOFA_DEGREES
                   : PINNA_SOFA_CARTESIAN;
    bool one_distance = third->most < 0 && pinna_sofa_span(*third) <= -0.05 * third->least;
    if ((third->least < 0 && !one_distance) || lie_on_a_sphere(c)) return PINNA_SOFA_CARTESIAN;
    if (labelled == PINNA_SOFA_LATERAL) return PINNA_SOFA_LATERAL;
    if (labelled == PINNA_SOFA_RADIANS) return like_degrees ? PINNA_SOFA_DEGREES : PINNA_SOFA_RADIANS;
    return PINNA_SOFA_DEGREES;
}

/* Elevations above 90 are either angles from the zenith (all around, none negative) or lead over the head and down. */
static bool are_from_zenith(const pinna_sofa_coordinates* c)
{
    return c->system == PINNA_SOFA_DEGREES && c->columns[1].least >= 0 && c->columns[1].most > 90 &&
           c->columns[1].most <= 180 && pinna_sofa_span(c->columns[0]) > 200;
}

static double unit_of_length(const pinna_sofa_coordinates* c)
{
    const char* units = c->array->units;
    if (pinna_sofa_says(units, "millimet")) return 1e-3;
    if (pinna_sofa_says(units, "centimet")) return 1e-2;
    double reach = 0;
    for (size_t column = c->system == PINNA_SOFA_CARTESIAN ? 0 : 2; column < 3; column++)
        reach = fmax(reach, fmax(fabs(c->columns[column].least), fabs(c->columns[column].most)));
    /* HRTFs are measured within 20 m: larger numbers are centimetres or millimetres. */
    return reach > 400 ? 1e-3 : reach > 20 ? 1e-2 : 1;
}

/* --- what the ears say --- */

static void read_rows(const pinna_sofa_coordinates* c, uint32_t emitter_count, pinna_sofa_set* set)
{
    for (uint32_t m = 0; m < set->measurement_count; m++)
        set->positions_m[m] = pinna_sofa_read_row(c, c->row_count > 1 ? m / emitter_count : 0);
}

/* Half a circle of azimuths with elevations that go over the pole may be a hoop turned about the vertical, lateral and
   polar angles that are called spherical (CIPIC's own count to the right), or elevation before azimuth. */
static bool may_be_no_hoop(const pinna_sofa_coordinates* c)
{
    return c->system == PINNA_SOFA_DEGREES && c->columns[1].most > 90.5 && c->columns[0].least >= -90 &&
           c->columns[0].most <= 90;
}

/* Many "directions" straight up that differ in azimuth are level, and the angles count from the zenith. */
static bool may_be_from_zenith(const pinna_sofa_coordinates* c)
{
    enum { LEAST_ROWS = 4 };
    size_t count = 0;
    const pinna_sofa_range* second = &c->columns[1];
    if (c->system != PINNA_SOFA_DEGREES || second->least < 0 || fabs(second->most - 90) > 0.01) return false;
    for (size_t row = 0; row < c->row_count; row++) {
        pinna_vec3 p = pinna_sofa_read_row(c, row);
        count += fabsf(p.x) < 1e-4f * p.z && fabsf(p.y) < 1e-4f * p.z;
    }
    return count >= LEAST_ROWS && pinna_sofa_span(c->columns[0]) > 200;
}

enum { MOST_READINGS = 4 };

/* Other ways to read than the likeliest; returns how many there are. */
static size_t list_others(const pinna_sofa_coordinates* c, pinna_sofa_coordinates others[MOST_READINGS])
{
    size_t count = 0;
    if (may_be_no_hoop(c)) {
        others[count] = *c, others[count++].system = PINNA_SOFA_LATERAL;
        others[count] = *c, others[count++].order = PINNA_SOFA_ELEVATION_FIRST;
    }
    if (may_be_from_zenith(c)) others[count] = *c, others[count++].system = PINNA_SOFA_COLATITUDE;
    if (c->system == PINNA_SOFA_DEGREES && fits_radians(c))
        others[count] = *c, others[count++].system = PINNA_SOFA_RADIANS;
    return count;
}

/* How well the ears follow a reading's sides, or, exchanged in the file, their opposites: that is for
   pinna_sofa_check_sides() to find. Leaves set as the reading says. */
static float sides_of(const pinna_sofa_coordinates* c, pinna_sofa_set* set)
{
    read_rows(c, 1, set);
    return pinna_sofa_side_agreement(set, set->positions_m);
}

/* The label stands unless another reading is far better. Radians called degrees reach all round the head, where the
   ears follow closely; degrees called so may be few and anywhere. */
static bool is_better(const pinna_sofa_coordinates* other, float agreement, float best)
{
    agreement = fabsf(agreement), best = fabsf(best);
    if (other->system == PINNA_SOFA_RADIANS) return agreement > 0.5f && agreement > best + 0.05f;
    return agreement > best + (agreement > 0.85f ? 0.15f : 0.3f);
}

static void ask_ears(pinna_sofa_coordinates* c, pinna_sofa_set* set)
{
    pinna_sofa_coordinates others[MOST_READINGS];
    if (c->row_count != set->measurement_count) return;
    size_t count = list_others(c, others);
    if (count == 0 && !c->absolute_radius) return;
    float best = sides_of(c, set);
    for (size_t i = 0; i < count; i++) {
        float agreement = sides_of(&others[i], set);
        if (is_better(&others[i], agreement, best)) best = agreement, *c = others[i];
    }
    c->is_mirrored = c->system == PINNA_SOFA_LATERAL && best < -0.3f; /* CIPIC's own, rather than exchanged ears */
    if (c->absolute_radius && best < -0.3f) c->absolute_radius = false;
    read_rows(c, 1, set);
    pinna_sofa_find_ranges(c);
}

/* --- what is told --- */

static void report_angles(const pinna_sofa_context* context, const pinna_sofa_coordinates* c)
{
    const pinna_sofa_range *first = &c->columns[0], *second = &c->columns[1];
    pinna_report* report = context->report;
    if (c->order == PINNA_SOFA_ELEVATION_FIRST)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "exchanged-angles",
                         "directions are stored as elevation and azimuth (%g to %g, %g to %g degrees), as the levels "
                         "at the ears show; read as such", second->least, second->most, first->least, first->most);
    else if (c->order == PINNA_SOFA_DISTANCE_FIRST)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "distance-first",
                         "positions are stored as distance, azimuth and elevation (%g to %g, %g to %g, %g to %g): no "
                         "distance is below zero; read as such", c->columns[2].least, c->columns[2].most, first->least,
                         first->most, second->least, second->most);
    else if (c->system == PINNA_SOFA_COLATITUDE)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "colatitude",
                         "elevations run from %g to %g: taken as angles from the zenith, so 0 is above and 180 below",
                         second->least, second->most);
    else
        pinna_report_add(
            report, PINNA_SEVERITY_WARNING, "lateral-angles",
            "directions are lateral and polar angles (%g to %g, %g to %g degrees%s); turned into azimuth and "
            "elevation",
            first->least, first->most, second->least, second->most,
            c->is_mirrored ? ", lateral ones to the right, as the levels at the ears show" : "");
}

static void report_system(const pinna_sofa_context* context, const pinna_sofa_coordinates* c,
                          pinna_sofa_system labelled)
{
    static const char* const words[] = {"degrees", "radians", "cartesian", "angles from the zenith", "lateral angles"};
    pinna_report* report = context->report;
    if (c->order != PINNA_SOFA_AS_USUAL || c->system >= PINNA_SOFA_COLATITUDE) report_angles(context, c);
    else if (c->system != labelled && (c->array->type[0] || c->array->units[0]))
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "mislabelled-units",
                         "SourcePosition says it is in %s (\"%.40s\"), but its values can only be %s; read as such",
                         words[labelled], c->array->units, words[c->system]);
    else if (c->system == PINNA_SOFA_CARTESIAN)
        pinna_report_add(report, PINNA_SEVERITY_NOTE, "cartesian-positions", "positions are stored as x, y, z");
    else if (c->system == PINNA_SOFA_RADIANS)
        pinna_report_add(report, PINNA_SEVERITY_NOTE, "radian-positions", "positions are stored in radians");
    if (!c->array->type[0])
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "untyped-positions",
                         "SourcePosition does not name its type; taken as %s", words[c->system]);
    if (c->metres < 1)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "length-unit",
                         "distances are in %s; changed to metres", c->metres < 5e-3 ? "millimetres" : "centimetres");
    if (c->columns[2].most < 0 && c->system != PINNA_SOFA_CARTESIAN)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "negative-distances",
                         "all distances are negative (%g to %g); %s", c->columns[2].least, c->columns[2].most,
                         c->absolute_radius ? "taken without the sign"
                                            : "taken as the opposite direction, as the levels at the ears show");
    bool beyond = c->columns[1].most > 90.01 || c->columns[1].least < -90.01;
    if (c->system == PINNA_SOFA_DEGREES && c->order == PINNA_SOFA_AS_USUAL && beyond)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "wrapped-elevations",
                         "elevations run from %g to %g degrees, beyond the poles; followed over the pole and down the "
                         "other side", c->columns[1].least, c->columns[1].most);
}

/* --- the whole --- */

/* The likeliest reading by labels and numbers. */
static void choose_reading(pinna_sofa_coordinates* c, pinna_sofa_system labelled)
{
    pinna_sofa_find_ranges(c);
    if (labelled != PINNA_SOFA_CARTESIAN && !lie_on_a_sphere(c) && has_distance_first(c)) {
        c->order = PINNA_SOFA_DISTANCE_FIRST;
        pinna_sofa_find_ranges(c);
    }
    c->system = true_system(c, labelled);
    if (are_from_zenith(c)) c->system = PINNA_SOFA_COLATITUDE;
    c->metres = unit_of_length(c);
    c->absolute_radius = c->system != PINNA_SOFA_CARTESIAN && c->columns[2].most < 0;
}

pinna_status pinna_sofa_place_sources(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                      pinna_sofa_set* set)
{
    const pinna_sofa_array* array = &fields->source_position;
    uint32_t emitter_count = fields->emitter_count ? fields->emitter_count : 1;
    pinna_sofa_coordinates c;
    if (array->count == 0 && fields->emitter_position.count) return PINNA_OK; /* All zero: the emitters tell. */
    if (!pinna_sofa_find_rows(array, fields->measurement_count, &c))
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "positions",
                                 "SourcePosition has %zu values where 3 for each of %u measurements belong; without "
                                 "directions the responses cannot be used, so use another copy", array->count,
                                 fields->measurement_count);
    pinna_sofa_system labelled = labelled_system(array);
    choose_reading(&c, labelled);
    c.no_radius = pinna_sofa_lacks_radius(&c) && emitter_count == 1 &&
                  !(pinna_sofa_all_zero(array) && fields->measurement_count > 1);
    if (c.no_radius)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "zero-radius",
                         "all distances are zero; taken as 1 m, so near-field effects cannot be right");
    read_rows(&c, emitter_count, set);
    ask_ears(&c, set);
    report_system(context, &c, labelled);
    return PINNA_OK;
}
