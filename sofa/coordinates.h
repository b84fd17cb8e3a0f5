/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_COORDINATES_H
#define PINNA_SOFA_COORDINATES_H

#include "measured.h"

/** How one variable of coordinates is to be read. Colatitude counts from the zenith. Lateral: degrees off the median
    plane, and round the axis through the ears. */
typedef enum pinna_sofa_system {
    PINNA_SOFA_DEGREES,
    PINNA_SOFA_RADIANS,
    PINNA_SOFA_CARTESIAN,
    PINNA_SOFA_COLATITUDE,
    PINNA_SOFA_LATERAL,
} pinna_sofa_system;

/** In which order the three numbers of a row stand. */
typedef enum pinna_sofa_order {
    PINNA_SOFA_AS_USUAL,
    PINNA_SOFA_ELEVATION_FIRST,
    PINNA_SOFA_DISTANCE_FIRST, /**< Then azimuth and elevation. */
} pinna_sofa_order;

typedef struct pinna_sofa_range {
    double least, most;
} pinna_sofa_range;

typedef struct pinna_sofa_coordinates {
    const pinna_sofa_array* array;
    size_t row_count, row_step, column_count, column_step;
    pinna_sofa_system system;
    pinna_sofa_order order;
    pinna_sofa_range columns[3]; /**< Of the finite values, in the usual order. */
    double metres;               /**< One unit of length. */
    bool no_radius;              /**< Distances are missing: 1 each. */
    bool absolute_radius;        /**< Distances are negative by mistake. */
    bool is_mirrored;            /**< Lateral angles count to the right. */
} pinna_sofa_coordinates;

/** Rows of three, of two where a file leaves distances away, of four of which the last says nothing; some files turn
    the array round. False where the count is neither one nor that of the measurements. Sets all but the columns. */
bool pinna_sofa_find_rows(const pinna_sofa_array* array, size_t measurement_count, pinna_sofa_coordinates* c);

/** Sets the columns, which depend on the order. */
void pinna_sofa_find_ranges(pinna_sofa_coordinates* c);

/** What a row says, in metres. */
pinna_vec3 pinna_sofa_read_row(const pinna_sofa_coordinates* c, size_t row);

/** Of any system but cartesian: no distance is other than zero. */
bool pinna_sofa_lacks_radius(const pinna_sofa_coordinates* c);

/** Whether a column's value may be an angle of degrees only. */
bool pinna_sofa_spans_degrees(const pinna_sofa_coordinates* c);

/** Whether every value is zero. */
bool pinna_sofa_all_zero(const pinna_sofa_array* array);

static inline double pinna_sofa_span(pinna_sofa_range r)
{
    return r.most - r.least;
}

/** sources.c: SourcePosition as places, whatever it is labelled, with what was assumed in the report. */
pinna_status pinna_sofa_place_sources(const pinna_sofa_context* context, const pinna_sofa_fields* fields,
                                      pinna_sofa_set* set);

#endif
