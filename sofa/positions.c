/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* How one variable of coordinates is to be read. Colatitude counts from the zenith. Lateral: degrees off the median
   plane, and round the axis through the ears. */
typedef enum system { DEGREES, RADIANS, CARTESIAN, COLATITUDE, LATERAL } system_kind;

typedef struct range {
    double least, most;
} range;

typedef struct coordinates {
    const pinna_sofa_array* array;
    size_t row_count, row_step, column_count, column_step;
    range columns[3]; /* Of the finite values. */
    system_kind system;
    double metres; /* One unit of length. */
    bool is_exchanged; /* The first two columns. */
} coordinates;

bool pinna_sofa_says(const char* text, const char* word)
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

static double stored(const coordinates* c, size_t row, size_t column)
{
    if (c->is_exchanged && column < 2) column = 1 - column;
    return column < c->column_count ? (double)c->array->values[row * c->row_step + column * c->column_step] : 0;
}

/* Rows of three, or of two where a file leaves distances away; some files turn the array round. */
static bool find_rows(const pinna_sofa_array* array, size_t measurement_count, coordinates* c)
{
    bool turned = array->rank == 2 && array->sizes[0] == 3 && (array->axes[0] == 'C' || array->sizes[1] != 3);
    bool flat = array->rank == 2 && array->sizes[1] == 2 && array->count == 2 * measurement_count;
    *c = (coordinates){.array = array, .metres = 1, .column_count = flat ? 2 : 3};
    c->row_count = array->count / c->column_count;
    c->row_step = turned ? 1 : c->column_count;
    c->column_step = turned ? c->row_count : 1;
    if (array->count % c->column_count) return false;
    return c->row_count == 1 || (c->row_count > 0 && c->row_count == measurement_count);
}

static void find_ranges(coordinates* c)
{
    for (size_t column = 0; column < 3; column++) {
        range r = {INFINITY, -INFINITY};
        for (size_t row = 0; row < c->row_count; row++) {
            double value = stored(c, row, column);
            if (!isfinite(value)) continue;
            r.least = fmin(r.least, value);
            r.most = fmax(r.most, value);
        }
        c->columns[column] = r;
    }
}

static system_kind labelled_system(const pinna_sofa_array* array)
{
    if (pinna_sofa_says(array->type, "cartesian")) return CARTESIAN;
    if (pinna_sofa_says(array->type, "interaural") || pinna_sofa_says(array->type, "horizontal")) return LATERAL;
    if (pinna_sofa_says(array->type, "spherical")) return pinna_sofa_says(array->units, "rad") ? RADIANS : DEGREES;
    if (pinna_sofa_says(array->units, "degree")) return DEGREES;
    return pinna_sofa_says(array->units, "rad") ? RADIANS : CARTESIAN;
}

/* A full circle, heights up to the poles. */
static bool fits_radians(const coordinates* c)
{
    const range *first = &c->columns[0], *second = &c->columns[1];
    return c->row_count >= 8 && span(*first) > 4.5 && first->most <= 2 * pi + 0.01 && first->least >= -pi - 0.01 &&
           second->least >= -pi / 2 - 0.01 && second->most <= pi / 2 + 0.01;
}

/* Without a name: at one height that is not zero, a grid of x and y is no sphere's, but angles at one distance are. */
static bool are_nameless_radians(const coordinates* c)
{
    const range* third = &c->columns[2];
    return !c->array->type[0] && fits_radians(c) && third->least > 0 && span(*third) <= 0.02 * third->most;
}

/* A radius is never negative, and no laboratory puts a loudspeaker 20 m away at constant distance and calls it x. */
static system_kind true_system(const coordinates* c, system_kind labelled)
{
    const range *first = &c->columns[0], *second = &c->columns[1], *third = &c->columns[2];
    bool angles_like_degrees =
        fmax(fabs(first->least), first->most) > 20 || fmax(fabs(second->least), second->most) > 20;
    if (labelled == CARTESIAN && are_nameless_radians(c)) return RADIANS;
    if (labelled == CARTESIAN)
        return angles_like_degrees && third->least > 0 && third->most < 20 && second->least >= -90 &&
                       second->most <= 360
                   ? DEGREES
                   : CARTESIAN;
    if (third->least < 0) return CARTESIAN;
    if (labelled == LATERAL) return LATERAL;
    if (labelled == RADIANS) return angles_like_degrees ? DEGREES : RADIANS;
    return fits_radians(c) ? RADIANS : DEGREES;
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
    if (pinna_sofa_says(units, "millimet")) return 1e-3;
    if (pinna_sofa_says(units, "centimet")) return 1e-2;
    double reach = 0;
    for (size_t column = c->system == CARTESIAN ? 0 : 2; column < 3; column++)
        reach = fmax(reach, fmax(fabs(c->columns[column].least), fabs(c->columns[column].most)));
    /* HRTFs are measured within 20 m: larger numbers are centimetres or millimetres. */
    return reach > 400 ? 1e-3 : reach > 20 ? 1e-2 : 1;
}

static void report_system(const pinna_sofa_context* context, const coordinates* c, system_kind labelled)
{
    static const char* const words[] = {"degrees", "radians", "cartesian", "angles from the zenith", "lateral angles"};
    pinna_report* report = context->report;
    if (c->is_exchanged)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "exchanged-angles",
                         "directions are stored as elevation and azimuth (%g to %g, %g to %g degrees), as the levels "
                         "at the ears show; read as such", c->columns[0].least, c->columns[0].most,
                         c->columns[1].least, c->columns[1].most);
    else if (c->system == COLATITUDE)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "colatitude",
                         "elevations run from %g to %g: taken as angles from the zenith, so 0 is above and 180 below",
                         c->columns[1].least, c->columns[1].most);
    else if (c->system == LATERAL)
        pinna_report_add(
            report, PINNA_SEVERITY_WARNING, "lateral-angles",
            "directions are lateral and polar angles (%g to %g, %g to %g degrees); turned into azimuth and "
            "elevation",
            c->columns[0].least, c->columns[0].most, c->columns[1].least, c->columns[1].most);
    else if (c->system != labelled && (c->array->type[0] || c->array->units[0]))
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
    if (c->system == DEGREES && !c->is_exchanged && (c->columns[1].most > 90.01 || c->columns[1].least < -90.01))
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "wrapped-elevations",
                         "elevations run from %g to %g degrees, beyond the poles; followed over the pole and down the "
                         "other side", c->columns[1].least, c->columns[1].most);
}

/* Reads the row in double: degrees in float alone cost up to 15 micrometres at 1 m. */
static pinna_vec3 read_row(const coordinates* c, size_t row)
{
    double a = stored(c, row, 0), b = stored(c, row, 1), r = stored(c, row, 2) * c->metres;
    if (c->system == CARTESIAN)
        return (pinna_vec3){(float)(a * c->metres), (float)(b * c->metres), (float)r};
    double scale = c->system == RADIANS ? 1 : pi / 180;
    double elevation = (c->system == COLATITUDE ? 90 - b : b) * scale, azimuth = a * scale;
    if (c->system == LATERAL)
        return (pinna_vec3){(float)(r * cos(azimuth) * cos(elevation)), (float)(r * sin(azimuth)),
                            (float)(r * cos(azimuth) * sin(elevation))};
    return (pinna_vec3){(float)(r * cos(elevation) * cos(azimuth)), (float)(r * cos(elevation) * sin(azimuth)),
                        (float)(r * sin(elevation))};
}

/* A distance of zero leaves only a direction; 1 m stands in for what the file does not say. */
static bool lacks_radius(const coordinates* c)
{
    return c->system != CARTESIAN && !(c->columns[2].most > 0) && !(c->columns[2].least < 0);
}

static pinna_vec3 read_direction(const coordinates* c, size_t row)
{
    float at_one_metre[3] = {(float)stored(c, row, 0), (float)stored(c, row, 1), 1};
    pinna_sofa_array one = {.values = at_one_metre, .count = 3};
    coordinates unit = {.array = &one, .row_count = 1, .row_step = 3, .column_count = 3, .column_step = 1,
                        .system = c->system, .metres = 1};
    return read_row(&unit, 0);
}

/* --- the listener: sources are wanted as the head sees them --- */

typedef struct listener {
    coordinates position, view, up;
    bool has_position, has_view, has_up;
} listener;

static bool plain_coordinates(const pinna_sofa_array* array, size_t measurement_count, const char* type_of,
                              coordinates* c)
{
    bool fits = find_rows(array, measurement_count, c);
    bool spherical =
        pinna_sofa_says(array->type, "spherical") || (!array->type[0] && pinna_sofa_says(type_of, "spherical"));
    c->system = !spherical ? CARTESIAN : pinna_sofa_says(array->units, "rad") ? RADIANS : DEGREES;
    return fits;
}

/* The same of a view: one that is not named and reaches past 2 is no unit vector but angles. */
static bool view_coordinates(const pinna_sofa_array* array, size_t measurement_count, coordinates* c)
{
    bool fits = plain_coordinates(array, measurement_count, "", c);
    if (!fits) return false;
    find_ranges(c);
    double reach = 0;
    for (size_t i = 0; i < 2; i++) reach = fmax(reach, fmax(fabs(c->columns[i].least), fabs(c->columns[i].most)));
    if (!array->type[0] && c->system == CARTESIAN && reach > 2) c->system = DEGREES;
    return true;
}

/* AES69: Up shares View's type. Many a file names the view in angles and leaves Up 0 0 1, which as angles is the front:
   where the view is about level, that is no up. */
static bool up_coordinates(const pinna_sofa_array* array, size_t measurement_count, const pinna_sofa_array* view_array,
                           const coordinates* view, coordinates* c)
{
    bool fits = plain_coordinates(array, measurement_count, view_array->type, c);
    if (!fits || c->system == CARTESIAN || array->type[0]) return fits;
    double level = view->system == RADIANS ? pi / 4 : 45;
    find_ranges(c);
    bool is_front = c->columns[0].least == 0 && c->columns[0].most == 0 && c->columns[1].least == 0 &&
                    c->columns[1].most == 0;
    if (is_front && view->columns[1].least > -level && view->columns[1].most < level) c->system = CARTESIAN;
    return true;
}

static pinna_vec3 row_of(const coordinates* c, uint32_t measurement)
{
    return read_row(c, c->row_count > 1 ? measurement : 0);
}

static listener read_listener(const pinna_sofa_fields* fields)
{
    listener l = {0};
    size_t m = fields->measurement_count;
    l.has_position = plain_coordinates(&fields->listener_position, m, "", &l.position);
    l.has_view = view_coordinates(&fields->listener_view, m, &l.view);
    l.has_up = l.has_view && up_coordinates(&fields->listener_up, m, &fields->listener_view, &l.view, &l.up);
    return l;
}

static bool is_finite_and_long(pinna_vec3 v)
{
    return pinna_vec3_is_finite(v) && pinna_vec3_length(v) > 1e-6f;
}

/* The axes a view and an up span; false where they span none. */
static bool span_axes(pinna_vec3 view, pinna_vec3 up, pinna_vec3 axes[3])
{
    if (!is_finite_and_long(view) || !is_finite_and_long(up)) return false;
    axes[0] = pinna_vec3_normalize(view);
    pinna_vec3 left = pinna_vec3_cross(pinna_vec3_normalize(up), axes[0]);
    if (pinna_vec3_length(left) < 1e-3f) return false;
    axes[1] = pinna_vec3_normalize(left);
    axes[2] = pinna_vec3_cross(axes[0], axes[1]);
    return true;
}

static bool head_axes(const listener* l, uint32_t measurement, pinna_vec3 axes[3])
{
    pinna_vec3 up = l->has_up ? row_of(&l->up, measurement) : (pinna_vec3){0, 0, 1};
    return span_axes(row_of(&l->view, measurement), up, axes);
}

static bool is_usual(const pinna_vec3 axes[3])
{
    return axes[0].x > 0.99999f && axes[2].z > 0.99999f;
}

/* All at one distance from the origin and seen from a place far off it: angles from the head were meant, and the place
   is the laboratory's. Nobody measures a sphere from so far beside its middle. */
static bool is_seen_from_head(const listener* l, const pinna_sofa_fields* fields, const pinna_sofa_set* set)
{
    if (l->position.row_count != 1 || set->measurement_count < 8 ||
        !pinna_sofa_says(fields->source_position.type, "spherical"))
        return false;
    float least = INFINITY, most = 0, offset = pinna_vec3_length(row_of(&l->position, 0));
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        float radius = pinna_vec3_length(set->positions_m[m]);
        least = fminf(least, radius), most = fmaxf(most, radius);
    }
    return most <= 1.01f * least && offset > 0.3f * least;
}

static void move_to_listener(const pinna_sofa_context* context, const pinna_sofa_fields* fields, const listener* l,
                             pinna_sofa_set* set)
{
    uint32_t emitters = fields->emitter_count ? fields->emitter_count : 1;
    if (!l->has_position) return;
    if (!pinna_sofa_is_room(fields) && is_seen_from_head(l, fields, set)) {
        pinna_report_add(
            context->report, PINNA_SEVERITY_WARNING, "listener-position-ignored",
            "ListenerPosition is %.3g m from the origin, round which all sources stand at one distance; they were "
            "taken as seen from the head",
            (double)pinna_vec3_length(row_of(&l->position, 0)));
        return;
    }
    float farthest = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        pinna_vec3 at = row_of(&l->position, m / emitters);
        if (!pinna_vec3_is_finite(at)) continue;
        farthest = fmaxf(farthest, pinna_vec3_length(at));
        set->positions_m[m] = pinna_vec3_sub(set->positions_m[m], at);
    }
    if (farthest > 1e-6f)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "listener-moved",
                         "the listener is up to %.3g m from the origin (ListenerPosition); sources were moved to be "
                         "seen from there", (double)farthest);
}

static bool turn_to_listener(const listener* l, uint32_t emitters, const pinna_sofa_set* set, pinna_vec3* turned,
                             bool* usual)
{
    *usual = true;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        pinna_vec3 axes[3], p = set->positions_m[m];
        if (!head_axes(l, m / emitters, axes)) return false;
        *usual = *usual && is_usual(axes);
        turned[m] = (pinna_vec3){pinna_vec3_dot(p, axes[0]), pinna_vec3_dot(p, axes[1]), pinna_vec3_dot(p, axes[2])};
    }
    return true;
}

/* Some files name a view their positions do not follow. The louder ear tells which reading is right. */
static pinna_status apply_view(const pinna_sofa_context* context, const listener* l, uint32_t emitters,
                               pinna_sofa_set* set)
{
    if (!l->has_view) return PINNA_OK;
    pinna_vec3* turned = malloc(set->measurement_count * sizeof *turned);
    if (!turned) return PINNA_ERROR_MEMORY;
    bool usual;
    if (!turn_to_listener(l, emitters, set, turned, &usual)) {
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "listener-view-ignored",
                         "ListenerView and ListenerUp span no axes; taken as looking along +x with +z up");
    } else if (!usual) {
        float with = pinna_sofa_side_agreement(set, turned), without = pinna_sofa_side_agreement(set, set->positions_m);
        if (without > with + 0.3f) {
            pinna_report_add(
                context->report, PINNA_SEVERITY_WARNING, "listener-view-ignored",
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

/* --- the source, and what of it sounds --- */

/* EmitterPosition is [E][3] or [E][3][M]: emitters are seen from the source, along its view. */
typedef struct emitters {
    coordinates c;
    size_t count, measurement_step;
    bool usable;
} emitters;

static pinna_vec3 emitter_at(const emitters* e, uint32_t measurement, uint32_t emitter)
{
    size_t step = e->measurement_step ? e->c.array->count / (3 * e->count) : 1,
           at = e->measurement_step ? measurement : 0;
    coordinates one = e->c;
    one.row_step = 3 * step, one.column_step = step;
    pinna_sofa_array shifted = *e->c.array;
    shifted.values += at;
    one.array = &shifted;
    return read_row(&one, emitter);
}

static emitters read_emitters(const pinna_sofa_fields* fields)
{
    const pinna_sofa_array* a = &fields->emitter_position;
    emitters e = {.count = fields->emitter_count ? fields->emitter_count : 1};
    size_t m = fields->measurement_count;
    e.measurement_step = a->count == 3 * e.count * m && m > 1;
    e.usable = a->count == 3 * e.count || e.measurement_step;
    e.c = (coordinates){
        .array = a, .row_count = e.count, .row_step = 3, .column_count = 3, .column_step = 1, .metres = 1};
    bool spherical = pinna_sofa_says(a->type, "spherical");
    e.c.system = !spherical ? CARTESIAN : pinna_sofa_says(a->units, "rad") ? RADIANS : DEGREES;
    if (pinna_sofa_says(a->type, "harmonics")) e.usable = false;
    return e;
}

static bool any_emitter_apart(const emitters* e, uint32_t measurement_count)
{
    for (uint32_t m = 0; e->usable && m < (e->measurement_step ? measurement_count : 1); m++)
        for (uint32_t i = 0; i < e->count; i++)
            if (pinna_vec3_length(emitter_at(e, m, i)) > 1e-6f) return true;
    return false;
}

static bool all_at_origin(const pinna_sofa_array* a)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->values[i] != 0) return false;
    return true;
}

/* Adds each emitter's place to its source's. */
static void add_emitters(const pinna_sofa_fields* fields, const emitters* e, pinna_sofa_set* set)
{
    coordinates view, up;
    size_t count = fields->measurement_count;
    bool has_view = view_coordinates(&fields->source_view, count, &view);
    bool has_up = has_view && up_coordinates(&fields->source_up, count, &fields->source_view, &view, &up);
    for (uint32_t i = 0; i < set->measurement_count; i++) {
        uint32_t m = i / (uint32_t)e->count;
        pinna_vec3 at = emitter_at(e, m, i % (uint32_t)e->count), axes[3];
        bool turned = has_view && span_axes(row_of(&view, m), has_up ? row_of(&up, m) : (pinna_vec3){0, 0, 1}, axes);
        if (turned)
            for (int axis = 0; axis < 3; axis++) {
                float along = axis == 0 ? at.x : axis == 1 ? at.y : at.z;
                set->positions_m[i] = pinna_vec3_add(set->positions_m[i], pinna_vec3_scale(axes[axis], along));
            }
        else
            set->positions_m[i] = pinna_vec3_add(set->positions_m[i], at);
    }
}

/* Where a laboratory's loudspeakers are one source's emitters, each is a direction; and some files leave the source at
   the origin and place its emitter alone. */
static pinna_status place_emitters(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                   pinna_sofa_set* set)
{
    emitters e = read_emitters(fields);
    bool alone = all_at_origin(&fields->source_position);
    if (e.count == 1 && !alone) return PINNA_OK; /* The parts of one loudspeaker are no matter. */
    if (!any_emitter_apart(&e, fields->measurement_count)) {
        if (e.count == 1 && fields->source_position.count) return PINNA_OK;
        if (e.count == 1)
            return pinna_sofa_refuse(
                context, PINNA_ERROR_DATA, "positions",
                "it does not say where sources were (SourcePosition); without directions the responses cannot be used, "
                "so use another copy");
        const char* harmonics =
            pinna_sofa_says(fields->emitter_position.type, "harmonics") ? "are spherical harmonics" : "have no places";
        return pinna_sofa_refuse(
            context, PINNA_ERROR_UNSUPPORTED, "emitters",
            "its %zu emitters %s (EmitterPosition), so the directions are not known; use a version "
            "with one measurement per direction",
            e.count, harmonics);
    }
    add_emitters(fields, &e, set);
    pinna_report_add(context->report, PINNA_SEVERITY_NOTE, "emitter-positions",
                     "directions are those of %zu emitter%s (EmitterPosition)", e.count, e.count == 1 ? "" : "s");
    return PINNA_OK;
}

static void read_rows(const coordinates* c, bool no_radius, uint32_t emitter_count, pinna_sofa_set* set)
{
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        size_t row = c->row_count > 1 ? m / emitter_count : 0;
        set->positions_m[m] = no_radius ? read_direction(c, row) : read_row(c, row);
    }
}

/* Half a circle of azimuths with elevations that go over the pole is one of three: a hoop turned about the vertical,
   lateral and polar angles that are called spherical, or elevation before azimuth. In one of them the louder ear is on
   the source's side. */
static void tell_hoops_apart(coordinates* c, bool no_radius, pinna_sofa_set* set)
{
    bool may_be_other =
        c->system == DEGREES && c->columns[1].most > 90.5 && c->columns[0].least >= -90 && c->columns[0].most <= 90;
    if (!may_be_other || c->row_count != set->measurement_count) return;
    float as_written = pinna_sofa_side_agreement(set, set->positions_m);
    c->system = LATERAL;
    read_rows(c, no_radius, 1, set);
    float as_lateral = pinna_sofa_side_agreement(set, set->positions_m);
    c->system = DEGREES, c->is_exchanged = true;
    read_rows(c, no_radius, 1, set);
    float as_exchanged = pinna_sofa_side_agreement(set, set->positions_m);
    if (as_exchanged > fmaxf(as_written, as_lateral) + 0.3f) return;
    c->is_exchanged = false;
    if (as_lateral > as_written + 0.3f) c->system = LATERAL;
    read_rows(c, no_radius, 1, set);
}

static pinna_status place_sources(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                  pinna_sofa_set* set)
{
    const pinna_sofa_array* array = &fields->source_position;
    uint32_t emitter_count = fields->emitter_count ? fields->emitter_count : 1;
    coordinates c;
    if (array->count == 0 && fields->emitter_position.count) return PINNA_OK; /* All zero: the emitters tell. */
    if (!find_rows(array, fields->measurement_count, &c))
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "positions",
                                 "SourcePosition has %zu values where 3 for each of %u measurements belong; without "
                                 "directions the responses cannot be used, so use another copy", array->count,
                                 fields->measurement_count);
    find_ranges(&c);
    system_kind labelled = labelled_system(array), likely = true_system(&c, labelled);
    c.system = true_elevation(&c, likely);
    c.metres = unit_of_length(&c);
    bool no_radius = lacks_radius(&c) && emitter_count == 1 && !(all_at_origin(array) && fields->measurement_count > 1);
    if (no_radius)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "zero-radius",
                         "all distances are zero; taken as 1 m, so near-field effects cannot be right");
    read_rows(&c, no_radius, emitter_count, set);
    tell_hoops_apart(&c, no_radius, set);
    report_system(context, &c, labelled);
    return PINNA_OK;
}

/* The rotation whose columns are these axes, from the largest of its components (Shepperd 1978). */
static pinna_quat quat_of(const pinna_vec3 a[3])
{
    float trace = a[0].x + a[1].y + a[2].z;
    float w = 1 + trace, x = 1 + 2 * a[0].x - trace, y = 1 + 2 * a[1].y - trace, z = 1 + 2 * a[2].z - trace;
    pinna_quat q = {w, a[1].z - a[2].y, a[2].x - a[0].z, a[0].y - a[1].x};
    if (x > w && x >= y && x >= z) q = (pinna_quat){q.x, x, a[0].y + a[1].x, a[2].x + a[0].z};
    else if (y > w && y >= z) q = (pinna_quat){q.y, a[0].y + a[1].x, y, a[1].z + a[2].y};
    else if (z > w) q = (pinna_quat){q.z, a[2].x + a[0].z, a[1].z + a[2].y, z};
    return pinna_quat_normalize(q);
}

static void read_heads(const listener* l, uint32_t count, pinna_quat* heads)
{
    for (uint32_t m = 0; m < count; m++) {
        pinna_vec3 axes[3];
        heads[m] = l->has_view && head_axes(l, m, axes) ? quat_of(axes) : pinna_quat_identity();
    }
}

static pinna_status place_all(const pinna_sofa_context* context, const pinna_sofa_fields* fields, const listener* l,
                              pinna_sofa_set* set)
{
    set->positions_m = calloc(set->measurement_count, sizeof *set->positions_m);
    if (!set->positions_m) return PINNA_ERROR_MEMORY;
    pinna_status status = place_sources(context, fields, set);
    if (!status) status = place_emitters(context, fields, set);
    if (!status) move_to_listener(context, fields, l, set);
    return status;
}

pinna_status pinna_sofa_read_places(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                    pinna_sofa_set* set, pinna_quat* heads)
{
    listener l = read_listener(fields);
    if (heads) read_heads(&l, fields->measurement_count, heads);
    return place_all(context, fields, &l, set);
}

pinna_status pinna_sofa_read_positions(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                       pinna_sofa_set* set)
{
    listener l = read_listener(fields);
    pinna_status status = place_all(context, fields, &l, set);
    return status ? status : apply_view(context, &l, fields->emitter_count ? fields->emitter_count : 1, set);
}
