/* SPDX-License-Identifier: MIT */
#include "coordinates.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

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

/* Stored column of azimuth, elevation and distance, by order. */
static const unsigned char stored_columns[][3] = {
    [PINNA_SOFA_AS_USUAL] = {0, 1, 2},
    [PINNA_SOFA_ELEVATION_FIRST] = {1, 0, 2},
    [PINNA_SOFA_DISTANCE_FIRST] = {1, 2, 0},
};

static double stored(const pinna_sofa_coordinates* c, size_t row, size_t column)
{
    column = stored_columns[c->order][column];
    return column < c->column_count ? (double)c->array->values[row * c->row_step + column * c->column_step] : 0;
}

bool pinna_sofa_find_rows(const pinna_sofa_array* array, size_t measurement_count, pinna_sofa_coordinates* c)
{
    bool turned = array->rank == 2 && array->sizes[0] == 3 && (array->axes[0] == 'C' || array->sizes[1] != 3);
    bool odd = array->rank == 2 && (array->sizes[1] == 2 || array->sizes[1] == 4) &&
               array->count == array->sizes[1] * measurement_count && !turned;
    *c = (pinna_sofa_coordinates){.array = array, .metres = 1, .column_count = odd ? array->sizes[1] : 3};
    c->row_count = array->count / c->column_count;
    c->row_step = turned ? 1 : c->column_count;
    c->column_step = turned ? c->row_count : 1;
    if (array->count % c->column_count) return false;
    return c->row_count == 1 || (c->row_count > 0 && c->row_count == measurement_count);
}

void pinna_sofa_find_ranges(pinna_sofa_coordinates* c)
{
    for (size_t column = 0; column < 3; column++) {
        pinna_sofa_range r = {INFINITY, -INFINITY};
        for (size_t row = 0; row < c->row_count; row++) {
            double value = stored(c, row, column);
            if (!isfinite(value)) continue;
            r.least = fmin(r.least, value);
            r.most = fmax(r.most, value);
        }
        c->columns[column] = r;
    }
}

/* Reads the row in double: degrees in float alone cost up to 15 micrometres at 1 m. */
pinna_vec3 pinna_sofa_read_row(const pinna_sofa_coordinates* c, size_t row)
{
    double a = stored(c, row, 0), b = stored(c, row, 1), r = c->no_radius ? 1 : stored(c, row, 2) * c->metres;
    if (c->system == PINNA_SOFA_CARTESIAN)
        return (pinna_vec3){(float)(a * c->metres), (float)(b * c->metres), (float)r};
    if (c->absolute_radius) r = fabs(r);
    double scale = c->system == PINNA_SOFA_RADIANS ? 1 : pi / 180;
    double elevation = (c->system == PINNA_SOFA_COLATITUDE ? 90 - b : b) * scale;
    double azimuth = (c->is_mirrored ? -a : a) * scale;
    if (c->system == PINNA_SOFA_LATERAL)
        return (pinna_vec3){(float)(r * cos(azimuth) * cos(elevation)), (float)(r * sin(azimuth)),
                            (float)(r * cos(azimuth) * sin(elevation))};
    return (pinna_vec3){(float)(r * cos(elevation) * cos(azimuth)), (float)(r * cos(elevation) * sin(azimuth)),
                        (float)(r * sin(elevation))};
}

bool pinna_sofa_lacks_radius(const pinna_sofa_coordinates* c)
{
    return c->system != PINNA_SOFA_CARTESIAN && !(c->columns[2].most > 0) && !(c->columns[2].least < 0);
}

bool pinna_sofa_spans_degrees(const pinna_sofa_coordinates* c)
{
    const pinna_sofa_range *first = &c->columns[0], *second = &c->columns[1];
    return fmax(fabs(first->least), first->most) > 20 || fmax(fabs(second->least), second->most) > 20;
}

bool pinna_sofa_all_zero(const pinna_sofa_array* array)
{
    for (size_t i = 0; i < array->count; i++)
        if (array->values[i] != 0) return false;
    return true;
}
