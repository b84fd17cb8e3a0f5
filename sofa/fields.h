/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_FIELDS_H
#define PINNA_SOFA_FIELDS_H

#include "hdf5_check.h"

#include <pinna/sofa.h>

/*
 * What a SOFA file holds, as plain arrays: the one interface between whoever reads the file and whoever makes
 * something of it, a head (measured.h) or a room. A reader fills it without judging; nothing in it is trusted.
 */

enum {
    PINNA_SOFA_UNIT_BYTES = 64,
    PINNA_SOFA_MAX_RANK = 8,
    PINNA_SOFA_FIELD_COUNT = 19, /* pinna_sofa_field_of() */
};

/** One variable. */
typedef struct pinna_sofa_array {
    const float* values; /**< NULL where the file has none. */
    size_t count;
    char type[PINNA_SOFA_UNIT_BYTES];  /**< "spherical", "cartesian" or empty. */
    char units[PINNA_SOFA_UNIT_BYTES]; /**< "degree, degree, metre" or empty. */
    const double* exact;               /**< Instead of values, where float would not do: N and Data.SOS. */
    uint32_t rank;                     /**< 0: not known. */
    size_t sizes[PINNA_SOFA_MAX_RANK];
    char axes[PINNA_SOFA_MAX_RANK + 1]; /**< AES69's letter of each dimension, '?' where none: "MRN". */
} pinna_sofa_array;

typedef struct pinna_sofa_fields {
    pinna_sofa_info info;
    /* AES69's M, R, E, N as the reader found them; pinna_sofa_arrange() sets them by the data. */
    uint32_t measurement_count, receiver_count, emitter_count, tap_count;
    pinna_sofa_array impulse_responses; /**< Data.IR. Arranged: [M][R][E][N]. */
    pinna_sofa_array real, imaginary;   /**< Data.Real, Data.Imag. */
    pinna_sofa_array magnitude, phase;  /**< What some makers write instead: Data.Mag, Data.Phase. */
    pinna_sofa_array frequencies;       /**< N, exact. */
    pinna_sofa_array sections;          /**< Data.SOS, exact. */
    pinna_sofa_array sampling_rate;     /**< [1] or [M] */
    char rate_text[PINNA_SOFA_UNIT_BYTES]; /**< The rate where it stands elsewhere, "48000 Hz", or empty; and where: */
    char rate_place[PINNA_SOFA_UNIT_BYTES];
    pinna_sofa_array delays;            /**< Frames: [1], [R], [M][R], [R][E] or [M][R][E] with any ones between. */
    pinna_sofa_array source_position;   /**< [1][3] or [M][3]; so the next five. */
    pinna_sofa_array source_view;
    pinna_sofa_array source_up;
    pinna_sofa_array listener_position;
    pinna_sofa_array listener_view;
    pinna_sofa_array listener_up;
    pinna_sofa_array emitter_position;  /**< [E][3] or [E][3][M], seen from the source; so the next two. */
    pinna_sofa_array emitter_view;
    pinna_sofa_array emitter_up;
    pinna_sofa_array receiver_position; /**< [R][3] or [R][3][M], seen from the head. */
    void* owner; /**< Holds the arrays; freed by release. */
    void (*release)(void* owner);
    void* made; /**< What arranging made; freed with the fields. */
} pinna_sofa_fields;

/**
 * A reader: bytes already found sound by pinna_hdf5_check() in, fields out.
 *
 * @param error  On failure one clause on what is wrong and what to do, without the file's name.
 */
typedef pinna_status pinna_sofa_reader(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error,
                                       size_t error_bytes);

pinna_sofa_reader pinna_sofa_read_mysofa;

/** The same with responses that are unpacked without libmysofa, where they can be: hdf5_chunks.h. */
pinna_status pinna_sofa_read_mysofa_unpacked(const void* bytes, size_t byte_count, const pinna_hdf5_chunked* responses,
                                             pinna_sofa_fields* out, char* error, size_t error_bytes);

/** Through netCDF-C, which reads every HDF5 layout, and in a process of its own, because it is not made for hostile
    files. UNSUPPORTED where it is not built in. */
pinna_sofa_reader pinna_sofa_read_netcdf;

/** Frees what a reader filled. Accepts zeroed fields. */
void pinna_sofa_fields_release(pinna_sofa_fields* fields);

/** Index of the field that holds the variable of this name (any case, '_' for '.', other usual names), or -1. */
int pinna_sofa_field_find(const char* variable_name);

/** Variable name of a field, 0 to PINNA_SOFA_FIELD_COUNT - 1. */
const char* pinna_sofa_field_name(int field);

/** The number-th name under which makers hang the sampling rate on the file or its responses; NULL behind the last. */
const char* pinna_sofa_rate_name(int number);

/** Keeps what stands under such a name, unless something is kept. */
void pinna_sofa_keep_rate(pinna_sofa_fields* fields, const char* place, const char* text);

/** Whether its values belong in `exact`. */
bool pinna_sofa_field_is_exact(int field);

pinna_sofa_array* pinna_sofa_field_of(pinna_sofa_fields* fields, int field);

/** Where a global attribute's text belongs, PINNA_SOFA_TEXT_BYTES long, or NULL. */
char* pinna_sofa_text_of(pinna_sofa_info* info, const char* attribute_name);

/** The names pinna_sofa_text_of() knows, by number; NULL behind the last. */
const char* pinna_sofa_text_name(int text);

/** The letter of a dimension's name, '?' where it has none. */
char pinna_sofa_axis(const char* dimension_name);

/** Copies text as UTF-8, cut to fit: what is not UTF-8 is read as Latin-1, control characters become spaces. NULL gives
    "". */
void pinna_sofa_copy_text(char* out, size_t out_bytes, const char* text);

/**
 * Text that a file holds as numbers (MATLAB keeps it so) or bytes, in UTF-8 and in memory to be freed; NULL without
 * memory. Bytes may be UTF-16, which a mark or zeros in every other byte tell.
 */
char* pinna_sofa_text_of_codes(const long long* codes, size_t count);
char* pinna_sofa_text_of_bytes(const char* bytes, size_t byte_count);

#endif
