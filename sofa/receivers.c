/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <math.h>

/*
 * Which of a file's receivers are the ears. Two are, by order; of more, as hearing-aid databases record them, two sit
 * where ears are. Microphone arrays have none.
 */

enum { MOST_RECEIVERS = 16 };

/* [R][3] or [R][3][M]; of several measurements' places, the first. */
bool pinna_sofa_receiver_place(const pinna_sofa_fields* fields, uint32_t receiver, pinna_vec3* out)
{
    const pinna_sofa_array* a = &fields->receiver_position;
    size_t rows = (size_t)fields->receiver_count * 3;
    if (!a->values || a->count % rows) return false;
    size_t step = a->count / rows;
    const float* at = a->values + (size_t)receiver * 3 * step;
    pinna_vec3 p = {at[0], at[step], at[2 * step]};
    if (pinna_sofa_says(a->type, "spherical")) {
        float degrees = pinna_sofa_says(a->units, "rad") ? 57.29577951f : 1.0f;
        p = pinna_vec3_scale(pinna_direction_from_spherical(p.x * degrees, p.y * degrees), p.z);
    }
    float metres = pinna_sofa_says(a->units, "millimet") ? 1e-3f : pinna_sofa_says(a->units, "centimet") ? 1e-2f : 1.0f;
    *out = pinna_vec3_scale(p, metres);
    return pinna_vec3_is_finite(*out);
}

/* How far two receivers are from where ears are, 5 to 13 cm out on either side of the head's middle; INFINITY: not
 * there. */
static float miss_of_ears(const pinna_sofa_fields* fields, uint32_t a, uint32_t b)
{
    pinna_vec3 p, q;
    if (!pinna_sofa_receiver_place(fields, a, &p) || !pinna_sofa_receiver_place(fields, b, &q)) return INFINITY;
    bool opposite = fabsf(p.y + q.y) < 0.005f && fabsf(p.x - q.x) < 0.005f && fabsf(p.z - q.z) < 0.005f;
    if (!opposite || !(fabsf(p.y) > 0.05f && fabsf(p.y) < 0.13f)) return INFINITY;
    return fabsf(p.x) + fabsf(p.z);
}

static bool are_placed(const pinna_sofa_fields* fields)
{
    pinna_vec3 p, first;
    for (uint32_t r = 0; r < fields->receiver_count; r++) {
        if (!pinna_sofa_receiver_place(fields, r, &p)) return false;
        if (r == 0) first = p;
        if (pinna_vec3_length(pinna_vec3_sub(p, first)) > 1e-4f) return true;
    }
    return false;
}

pinna_status pinna_sofa_refuse_receivers(const pinna_sofa_context* context, const pinna_sofa_fields* fields)
{
    return pinna_sofa_refuse(context, PINNA_ERROR_UNSUPPORTED, "receivers",
                             "it holds %u receivers (a microphone array?); two, the ears, are needed",
                             fields->receiver_count);
}

/* Where places are missing, makers put the ears first; whether they did, pinna_sofa_check_sides() hears. */
static pinna_status guess_ears(const pinna_sofa_context* context, const pinna_sofa_fields* fields, pinna_sofa_set* set)
{
    set->ears_are_guessed = true;
    pinna_report_add(
        context->report, PINNA_SEVERITY_WARNING, "more-receivers",
        "it holds %u receivers and does not say where they sit (ReceiverPosition); the first two were taken as "
        "ears, which time and level at them bear out",
        fields->receiver_count);
    return PINNA_OK;
}

static pinna_status find_ears_among(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                    pinna_sofa_set* set)
{
    uint32_t best[2] = {0, 0};
    float least = INFINITY;
    pinna_vec3 place;
    if (fields->receiver_count > MOST_RECEIVERS) return pinna_sofa_refuse_receivers(context, fields);
    if (!are_placed(fields) && !pinna_sofa_is_room(fields)) return guess_ears(context, fields, set);
    for (uint32_t a = 0; a < fields->receiver_count; a++)
        for (uint32_t b = a + 1; b < fields->receiver_count; b++) {
            float miss = miss_of_ears(fields, a, b);
            if (miss < least) least = miss, best[0] = a, best[1] = b;
        }
    if (!(least < INFINITY) || !pinna_sofa_receiver_place(fields, best[0], &place))
        return pinna_sofa_refuse_receivers(context, fields);
    set->ears[PINNA_LEFT] = best[place.y < 0], set->ears[PINNA_RIGHT] = best[place.y > 0];
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "more-receivers",
                     "it holds %u receivers; numbers %u and %u sit where ears are and were taken",
                     fields->receiver_count, set->ears[PINNA_LEFT] + 1, set->ears[PINNA_RIGHT] + 1);
    return PINNA_OK;
}

pinna_status pinna_sofa_find_ears(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                  pinna_sofa_set* set)
{
    set->ears[PINNA_LEFT] = 0, set->ears[PINNA_RIGHT] = 1;
    if (fields->receiver_count == PINNA_EAR_COUNT) return PINNA_OK;
    if (fields->receiver_count != 1) return find_ears_among(context, fields, set);
    return pinna_sofa_refuse(
        context, PINNA_ERROR_UNSUPPORTED, "one-ear",
        "it holds one receiver, so one ear or a filter common to both; two are needed, so use the file "
        "with both ears");
}
