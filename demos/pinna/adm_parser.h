/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_ADM_PARSER_H
#define PINNA_DEMOS_ADM_PARSER_H

#include "adm_model.h"

/* XML (the axml chunk) into a model, in pieces; memory is the model's alone. */
typedef struct pinna_adm_parser pinna_adm_parser;

typedef struct pinna_adm_parser_config {
    const char* path;    /**< For messages. Kept, not copied. */
    uint32_t importance; /**< Blocks of less are silent. */
} pinna_adm_parser_config;

PINNA_NODISCARD pinna_status pinna_adm_parser_create(const pinna_adm_parser_config* config, pinna_adm_model* model,
                                                     pinna_report* report, pinna_adm_parser** out);

/** The next bytes. @param size Up to PINNA_ADM_PIECE_BYTES. @param last No more follow. The report says what is
    wrong. */
PINNA_NODISCARD pinna_status pinna_adm_parser_take(pinna_adm_parser* parser, const char* text, size_t size, bool last);

enum { PINNA_ADM_PIECE_BYTES = 1 << 16 };

/** NULL is accepted. */
void pinna_adm_parser_destroy(pinna_adm_parser* parser);

/* --- adm_parse.c and adm_block.c share these ---------------------------------------------------------------------- */

enum { PINNA_ADM_TEXT_MAX = 255 };

/* What the open audioBlockFormat says; sorted out at its end, since its parts come in any order. */
typedef struct pinna_adm_block_text {
    bool has_start, has_duration, polar, cube, cartesian_flag, jumps, has_interpolation;
    pinna_moment start, duration, interpolation;
    double polar_place[3], cube_place[3], gain, size[3], diffuse;
    uint32_t importance;
    bool head_locked, bypass;
} pinna_adm_block_text;

struct pinna_adm_parser {
    void* xml; /* expat's */
    pinna_adm_parser_config config;
    pinna_adm_model* model;
    pinna_report* report;
    pinna_status status;
    uint64_t taken_bytes;
    size_t depth;
    size_t element; /* index + 1 of the open element; 0: none */
    size_t element_depth, block_depth;
    bool in_block;
    pinna_adm_block_text block;
    char text[PINNA_ADM_TEXT_MAX + 1]; /* of the innermost element */
    size_t text_length;
    char coordinate[16], unit[16]; /* its attributes */
    bool bound;                    /* of a position: a limit, not the place itself */
};

/** The first error ends parsing. */
void pinna_adm_stop(pinna_adm_parser* parser, pinna_status status, const char* format, ...) PINNA_PRINTF(3, 4);

/** The element that is open. Valid until another is added. */
pinna_adm_element* pinna_adm_open_element(pinna_adm_parser* parser);

/** An attribute's value, or NULL. */
const char* pinna_adm_attribute(const char** attributes, const char* name);

/** The text as a number; stops where it is none or beyond. */
double pinna_adm_number(pinna_adm_parser* parser, const char* what, double low, double high);

/** The text as a gain, linear or in dB as its attribute says. */
double pinna_adm_gain(pinna_adm_parser* parser);

bool pinna_adm_is_true(const char* text);
pinna_moment pinna_adm_time(pinna_adm_parser* parser, const char* what, const char* text);
uint64_t pinna_adm_frame(const pinna_adm_parser* parser, pinna_moment moment);
pinna_adm_normalization pinna_adm_normalization_of(const char* text);
bool pinna_adm_label_is_low(const char* label);

void pinna_adm_begin_block(pinna_adm_parser* parser, const char** attributes);
void pinna_adm_begin_in_block(pinna_adm_parser* parser, const char* name, const char** attributes);
void pinna_adm_end_in_block(pinna_adm_parser* parser, const char* name);
void pinna_adm_end_block(pinna_adm_parser* parser);

#endif
