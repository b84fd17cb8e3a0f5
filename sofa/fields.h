/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_FIELDS_H
#define PINNA_SOFA_FIELDS_H

#include <pinna/sofa.h>

/*
 * What a SOFA file holds, as plain arrays: the one interface between whoever reads the file and whoever makes a
 * measured set of it. A reader fills it without judging; nothing in it is trusted.
 */

enum { PINNA_SOFA_UNIT_BYTES = 64 };

/** One variable. */
typedef struct pinna_sofa_array {
    const float* values; /**< NULL where the file has none. */
    size_t count;
    char type[PINNA_SOFA_UNIT_BYTES];  /**< "spherical", "cartesian" or empty. */
    char units[PINNA_SOFA_UNIT_BYTES]; /**< "degree, degree, metre" or empty. */
} pinna_sofa_array;

typedef struct pinna_sofa_fields {
    pinna_sofa_info info;
    uint32_t measurement_count, receiver_count, emitter_count, tap_count; /**< AES69's M, R, E, N. */
    pinna_sofa_array impulse_responses; /**< [M][R][N] */
    pinna_sofa_array sampling_rate;     /**< [1] or [M] */
    pinna_sofa_array delays;            /**< [1][R] or [M][R], frames */
    pinna_sofa_array source_position;   /**< [1][3] or [M][3]; so the next three */
    pinna_sofa_array listener_position;
    pinna_sofa_array listener_view;
    pinna_sofa_array listener_up;
    void* owner; /**< Holds the arrays; freed by release. */
    void (*release)(void* owner);
} pinna_sofa_fields;

/**
 * A reader: bytes already found sound by pinna_hdf5_check() in, fields out.
 *
 * @param error  On failure one clause on what is wrong and what to do, without the file's name.
 */
typedef pinna_status pinna_sofa_reader(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error,
                                       size_t error_bytes);

pinna_sofa_reader pinna_sofa_read_mysofa;

/** Frees what a reader filled. Accepts zeroed fields. */
void pinna_sofa_fields_release(pinna_sofa_fields* fields);

/** Copies text as UTF-8, cut to fit: what is not UTF-8 is read as Latin-1, control characters become spaces. NULL gives
    "". */
void pinna_sofa_copy_text(char* out, size_t out_bytes, const char* text);

#endif
