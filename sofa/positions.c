/* SPDX-License-Identifier: MIT */
#include "coordinates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the listener: sources are wanted as the head sees them --- */

typedef struct listener {
    pinna_sofa_coordinates position, view, up;
    bool has_position, has_view, has_up;
} listener;

static bool plain_coordinates(const pinna_sofa_array* array, size_t measurement_count, const char* type_of,
                              pinna_sofa_coordinates* c)
{
    bool fits = pinna_sofa_find_rows(array, measurement_count, c);
    bool spherical =
        pinna_sofa_says(array->type, "spherical") || (!array->type[0] && pinna_sofa_says(type_of, "spherical"));
    pinna_sofa_system angles = pinna_sofa_says(array->units, "rad") ? PINNA_SOFA_RADIANS : PINNA_SOFA_DEGREES;
    c->system = spherical ? angles : PINNA_SOFA_CARTESIAN;
    return fits;
}

/* The same of a view: one that is not named and reaches past 2 is no unit vector but angles. */
static bool view_coordinates(const pinna_sofa_array* array, size_t measurement_count, pinna_sofa_coordinates* c)
{
    bool fits = plain_coordinates(array, measurement_count, "", c);
    if (!fits) return false;
    pinna_sofa_find_ranges(c);
    double reach = 0;
    for (size_t i = 0; i < 2; i++) reach = fmax(reach, fmax(fabs(c->columns[i].least), fabs(c->columns[i].most)));
    if (!array->type[0] && c->system == PINNA_SOFA_CARTESIAN && reach > 2) c->system = PINNA_SOFA_DEGREES;
    c->no_radius = pinna_sofa_lacks_radius(c); /* A direction needs no length, and many have none. */
    return true;
}

/* AES69: Up shares View's type. Many a file names the view in angles and leaves Up 0 0 1, which as angles is the front:
   where the view is about level, that is no up. */
static bool up_coordinates(const pinna_sofa_array* array, size_t measurement_count, const pinna_sofa_array* view_array,
                           const pinna_sofa_coordinates* view, pinna_sofa_coordinates* c)
{
    bool fits = plain_coordinates(array, measurement_count, view_array->type, c);
    if (!fits || c->system == PINNA_SOFA_CARTESIAN || array->type[0]) return fits;
    double level = view->system == PINNA_SOFA_RADIANS ? 0.785398 : 45;
    pinna_sofa_find_ranges(c);
    bool is_front = c->columns[0].least == 0 && c->columns[0].most == 0 && c->columns[1].least == 0 &&
                    c->columns[1].most == 0;
    c->no_radius = pinna_sofa_lacks_radius(c);
    if (!is_front || view->columns[1].least <= -level || view->columns[1].most >= level) return true;
    c->system = PINNA_SOFA_CARTESIAN;
    return !c->no_radius;
}

static pinna_vec3 row_of(const pinna_sofa_coordinates* c, uint32_t measurement)
{
    return pinna_sofa_read_row(c, c->row_count > 1 ? measurement : 0);
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
    return most <= 1.01f * least && offset > 0.2f * least;
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
    pinna_sofa_coordinates c;
    size_t count, measurement_step;
    bool usable;
} emitters;

static pinna_vec3 emitter_at(const emitters* e, uint32_t measurement, uint32_t emitter)
{
    size_t step = e->measurement_step ? e->c.array->count / (3 * e->count) : 1,
           at = e->measurement_step ? measurement : 0;
    pinna_sofa_coordinates one = e->c;
    one.row_step = 3 * step, one.column_step = step;
    pinna_sofa_array shifted = *e->c.array;
    shifted.values += at;
    one.array = &shifted;
    return pinna_sofa_read_row(&one, emitter);
}

static emitters read_emitters(const pinna_sofa_fields* fields)
{
    const pinna_sofa_array* a = &fields->emitter_position;
    emitters e = {.count = fields->emitter_count ? fields->emitter_count : 1};
    size_t m = fields->measurement_count;
    e.measurement_step = a->count == 3 * e.count * m && m > 1;
    e.usable = a->count == 3 * e.count || e.measurement_step;
    e.c = (pinna_sofa_coordinates){
        .array = a, .row_count = e.count, .row_step = 3, .column_count = 3, .column_step = 1, .metres = 1};
    if (pinna_sofa_says(a->type, "spherical"))
        e.c.system = pinna_sofa_says(a->units, "rad") ? PINNA_SOFA_RADIANS : PINNA_SOFA_DEGREES;
    else
        e.c.system = PINNA_SOFA_CARTESIAN;
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

/* Adds each emitter's place to its source's. */
static void add_emitters(const pinna_sofa_fields* fields, const emitters* e, pinna_sofa_set* set)
{
    pinna_sofa_coordinates view, up;
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
    bool alone = pinna_sofa_all_zero(&fields->source_position);
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
    pinna_status status = pinna_sofa_place_sources(context, fields, set);
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
