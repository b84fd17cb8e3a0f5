/* SPDX-License-Identifier: MIT */
#include "arrange.h"

#include <stdlib.h>
#include <string.h>

static int axis_of(char letter)
{
    const char* found = letter ? strchr("MREN", letter) : NULL;
    return found ? (int)(found - "MREN") : -1;
}

/* Writers that think in columns turn arrays round. The dimension of two is the ears', and directions tell which is M.
 */
static const char* axes_of_three(const pinna_sofa_fields* fields, const pinna_sofa_array* a)
{
    static const char* const orders[] = {"MRN", "RMN", "MNR", "NRM", "RNM", "NMR"};
    size_t measurement_count = fields->source_position.count / 3;
    for (int by_directions = 1; by_directions >= 0; by_directions--)
        for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
            size_t r = (size_t)(strchr(orders[i], 'R') - orders[i]), m = (size_t)(strchr(orders[i], 'M') - orders[i]);
            if (a->sizes[r] != PINNA_EAR_COUNT) continue;
            if (!by_directions || a->sizes[m] == measurement_count) return orders[i];
        }
    return orders[0];
}

/* Dimensions of one are left away from the end on, until three remain. */
static pinna_sofa_array without_ones(const pinna_sofa_array* a)
{
    pinna_sofa_array less = *a;
    for (uint32_t d = a->rank; d-- > 0 && less.rank > 3;)
        if (a->sizes[d] == 1) {
            less.rank--;
            for (uint32_t i = d; i < less.rank; i++) less.sizes[i] = less.sizes[i + 1], less.axes[i] = less.axes[i + 1];
        }
    return less;
}

/* FIRE, of MultiSpeakerBRIR in AES69-2015, is [M][R][E][N]; FIR-E and TF-E of AES69-2020 are [M][R][N][E]. */
static const char* usual_axes(const pinna_sofa_fields* fields, const pinna_sofa_array* a)
{
    switch (a->rank) {
    case 4: return strcmp(fields->info.data_type, "FIRE") == 0 ? "MREN" : "MRNE";
    case 3: return axes_of_three(fields, a);
    case 2: return "RN";
    case 1: return "N";
    default: return "";
    }
}

/* Of more dimensions than the data type has without names, those of one are nobody's. */
static bool has_spare_ones(const pinna_sofa_fields* fields, const pinna_sofa_array* a)
{
    return a->rank > 4 || (a->rank == 4 && !pinna_sofa_says(fields->info.data_type, "-e") &&
                           !pinna_sofa_says(fields->info.data_type, "fire"));
}

/* Names count only where all are known and none comes twice; singleton dimensions (I) carry nothing. */
static bool names_are_whole(const pinna_sofa_array* a)
{
    unsigned seen = 0;
    for (uint32_t d = 0; d < a->rank; d++) {
        int axis = axis_of(a->axes[d]);
        if (axis < 0 && a->axes[d] != 'I') return false;
        if (axis >= 0 && seen & 1u << axis) return false;
        if (axis >= 0) seen |= 1u << axis;
    }
    return seen & 1u << AXIS_N;
}

bool pinna_sofa_find_layout(const pinna_sofa_fields* fields, const pinna_sofa_array* a, pinna_sofa_layout* out)
{
    *out = (pinna_sofa_layout){.sizes = {1, 1, 1, 1}};
    if (a->rank == 0) { /* As the reader counted them. */
        size_t sizes[AXIS_COUNT] = {fields->measurement_count, fields->receiver_count, 1, fields->tap_count},
               product = 1;
        if (fields->emitter_count) sizes[AXIS_E] = fields->emitter_count;
        for (int axis = AXIS_COUNT; axis-- > 0;) {
            out->sizes[axis] = sizes[axis], out->strides[axis] = product;
            if (sizes[axis] && product > SIZE_MAX / sizes[axis]) return false;
            product *= sizes[axis];
        }
        return product == a->count;
    }
    pinna_sofa_array less = *a;
    if (!names_are_whole(a) && has_spare_ones(fields, a)) less = without_ones(a), a = &less;
    const char* axes = names_are_whole(a) ? a->axes : usual_axes(fields, a);
    if (strlen(axes) < a->rank) return false;
    size_t stride = 1;
    for (uint32_t d = a->rank; d-- > 0; stride *= a->sizes[d]) {
        int axis = axis_of(axes[d]);
        if (axis < 0) continue;
        out->sizes[axis] = a->sizes[d];
        out->strides[axis] = stride;
    }
    return stride == a->count;
}

static void set_counts(pinna_sofa_fields* fields, const pinna_sofa_layout* l, size_t tap_count)
{
    fields->measurement_count = (uint32_t)l->sizes[AXIS_M];
    fields->receiver_count = (uint32_t)l->sizes[AXIS_R];
    fields->emitter_count = (uint32_t)l->sizes[AXIS_E];
    fields->tap_count = (uint32_t)tap_count;
}

float* pinna_sofa_make_responses(const pinna_sofa_context* context, pinna_sofa_fields* fields,
                                 const pinna_sofa_layout* l, size_t tap_count, double sample_rate_hz,
                                 pinna_status* status)
{
    size_t count = tap_count;
    for (int axis = AXIS_M; axis <= AXIS_E; axis++) {
        if (l->sizes[axis] && count > PINNA_SOFA_MAX_SAMPLES / l->sizes[axis]) {
            *status = pinna_sofa_refuse(context, PINNA_ERROR_LIMIT, "sample-limit",
                                        "its responses take more than %d samples; thin it out", PINNA_SOFA_MAX_SAMPLES);
            return NULL;
        }
        count *= l->sizes[axis];
    }
    float* made = calloc(count + 1, sizeof *made);
    if (!made) {
        *status = PINNA_ERROR_MEMORY;
        return NULL;
    }
    *status = PINNA_OK;
    fields->made = made;
    fields->impulse_responses = (pinna_sofa_array){.values = made, .count = count};
    if (sample_rate_hz > 0) {
        made[count] = (float)sample_rate_hz;
        fields->sampling_rate = (pinna_sofa_array){.values = made + count, .count = 1};
    }
    set_counts(fields, l, tap_count);
    return made;
}

static bool is_arranged(const pinna_sofa_layout* l)
{
    size_t stride = 1;
    for (int axis = AXIS_COUNT; axis-- > 0; stride *= l->sizes[axis])
        if (l->sizes[axis] > 1 && l->strides[axis] != stride) return false;
    return true;
}

static pinna_status arrange_responses(const pinna_sofa_context* context, pinna_sofa_fields* fields)
{
    pinna_sofa_layout l;
    pinna_sofa_array given = fields->impulse_responses;
    if (!pinna_sofa_find_layout(fields, &given, &l)) return PINNA_OK; /* Whoever uses them says what is wrong. */
    if (is_arranged(&l)) {
        set_counts(fields, &l, l.sizes[AXIS_N]);
        return PINNA_OK;
    }
    pinna_status status;
    float* to = pinna_sofa_make_responses(context, fields, &l, l.sizes[AXIS_N], 0, &status);
    if (!to) return status;
    for (size_t m = 0; m < l.sizes[AXIS_M]; m++)
        for (size_t r = 0; r < l.sizes[AXIS_R]; r++)
            for (size_t e = 0; e < l.sizes[AXIS_E]; e++)
                for (size_t n = 0; n < l.sizes[AXIS_N]; n++)
                    *to++ = given.values[pinna_sofa_index(&l, m, r, e) + n * l.strides[AXIS_N]];
    return PINNA_OK;
}

pinna_status pinna_sofa_arrange(const pinna_sofa_context* context, pinna_sofa_fields* fields)
{
    pinna_status status = PINNA_OK;
    if (fields->impulse_responses.values) status = arrange_responses(context, fields);
    else if (fields->real.values && fields->imaginary.values) status = pinna_sofa_make_from_spectra(context, fields);
    else if (fields->magnitude.values && fields->phase.values) status = pinna_sofa_make_from_polar(context, fields);
    else if (fields->sections.exact) status = pinna_sofa_make_from_sections(context, fields);
    if (status == PINNA_ERROR_MEMORY)
        pinna_sofa_refuse(context, status, "memory", "there is not enough memory to read it; close other programs");
    return status;
}

bool pinna_sofa_is_room(const pinna_sofa_fields* fields)
{
    static const char* const conventions[] = {"MultiSpeakerBRIR", "SingleRoom"};
    for (size_t i = 0; i < sizeof conventions / sizeof conventions[0]; i++)
        if (strncmp(fields->info.convention, conventions[i], strlen(conventions[i])) == 0) return true;
    return false;
}
