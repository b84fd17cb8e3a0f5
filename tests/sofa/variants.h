/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TESTS_SOFA_VARIANTS_H
#define PINNA_TESTS_SOFA_VARIANTS_H

#include "sofa_test.h"

#ifdef PINNA_SOFA_NETCDF
#include <netcdf.h>

/*
 * One head, written in every way laboratories write SOFA: conventions, units, shapes, number formats, storage. Each
 * file must give the plain one's directions and responses within -80 dB.
 */

enum {
    AZIMUTHS = 24,
    RINGS = 3,
    COUNT = AZIMUTHS * RINGS,
    TAPS = 128,
    MAX_RANK = 5,
    SECTIONS = 2,
    BINS = TAPS / 2 + 1
};

/* Of six microphones, which are the ears: numbers 4 and 3; 1 and 4, in centimetres or degrees; the first two, told by
 * nothing. */
typedef enum aid { AID_BESIDE, AID_APART, AID_SPHERICAL, AID_NOWHERE } aid;

/* What a file is to hold and how. Zeroed, it is a plain SimpleFreeFieldHRIR. */
typedef struct plan plan;
struct plan {
    double rate_hz;
    double responses[COUNT][PINNA_EAR_COUNT][TAPS];
    double positions[COUNT][3]; /* degrees, metres */
    const char *convention, *data_type, *room_type;
    const char *position_type, *position_units;
    const char* response_axes; /* "MRN" */
    const char* delay_axes;    /* "IR"; NULL: none */
    const char* position_axes; /* "MC" */
    double delays[COUNT][PINNA_EAR_COUNT];
    bool emitters;             /* Directions are emitters of one measurement; Data.IR [M=1][R][N][E] or as axes say. */
    bool source_at_origin;     /* EmitterPosition [E=1][3][M] tells the directions. */
    bool turns_listener;       /* SourcePosition is one, ListenerView turns. */
    bool receivers_exchanged, hearing_aid, no_texts, string_texts, empty_texts, rates_per_measurement;
    aid aid;                   /* of a hearing aid */
    bool lateral;              /* Directions as lateral and polar angles. */
    bool far_listener;         /* Stands 1.2 m above the origin, and directions are as he sees them. */
    bool nameless;             /* Dimensions have names that say nothing. */
    bool spectra, no_zero_bin, centred, reversed, both_sides, sections;
    int format;                /* for nc_create */
    nc_type number;
    int endian, shuffle, deflate, checksum, storage;
    size_t chunk;              /* Measurements in one. */
    bool unlimited, lower_case;
    bool in_groups;            /* As MATLAB's structures: Obj/SourcePosition, Obj/Data/IR. */
    const double* frequencies; /* Of spectra, in hertz, instead of even ones. */
    double error_db;           /* 0: -80. */
    void (*touch)(plan* p);    /* Changes what was written. */
    /* While writing: */
    int file, data_group, dimensions[128];
};

pinna_vec3 direction_of(const plan* p, int m);
/** A plain SimpleFreeFieldHRIR, to be changed. */
plan* new_plan(void);
void write_plan(plan* p, const char* path);
/** Number of a variable written. */
int variable_of(const plan* p, const char* name);
void put_text_of(const plan* p, int variable, const char* name, const char* text);
/** Multiplies a variable's values and adds an offset to each. */
void change_values(const plan* p, const char* name, double factor, double offset);
/** Writes a file, reads it and removes it; returns its name. */
char* load_plan(plan* p, pinna_report* report, pinna_sofa** sofa, pinna_status* status);
void expect_responses(const plan* p, const pinna_measured_set* set, const char* what);
void expect_positions(const plan* p, const pinna_measured_set* set, const char* what);
/** Writes, reads and compares; frees the plan. @param entry_name What the report must hold; may be NULL. */
void expect_same(plan* p, const char* what, const char* entry_name);
/** Frees the plan. */
void expect_refused(plan* p, pinna_status expected, const char* entry_name);
/** b0 b1 b2 a0 a1 a2 of a section. */
void section_of(int m, int ear, int section, double out[6]);

#endif
#endif
