/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_ADM_MODEL_H
#define PINNA_DEMOS_ADM_MODEL_H

#include "automation.h"

#include <pinna/base.h>

/*
 * The Audio Definition Model (ITU-R BS.2076) as far as rendering needs it: elements with an id, and what they refer to.
 * Built from chna by adm_chna.c, from XML by adm_parse.c, from the common definitions (BS.2094) by adm_common.c.
 */

typedef enum pinna_adm_kind {
    PINNA_ADM_PROGRAMME,
    PINNA_ADM_CONTENT,
    PINNA_ADM_OBJECT,
    PINNA_ADM_PACK,
    PINNA_ADM_CHANNEL,
    PINNA_ADM_STREAM,
    PINNA_ADM_TRACK,
    PINNA_ADM_UID,
    PINNA_ADM_KIND_COUNT
} pinna_adm_kind;

/** The typeLabel, which is also the yyyy of an id. */
typedef enum pinna_adm_type {
    PINNA_ADM_UNTYPED,
    PINNA_ADM_SPEAKERS,
    PINNA_ADM_MATRIX,
    PINNA_ADM_OBJECTS,
    PINNA_ADM_HOA,
    PINNA_ADM_BINAURAL,
    PINNA_ADM_TYPE_COUNT
} pinna_adm_type;

typedef enum pinna_adm_normalization { PINNA_ADM_SN3D, PINNA_ADM_N3D, PINNA_ADM_FUMA } pinna_adm_normalization;

/* Of hostile files; no film comes near. A block takes 48 bytes. */
enum {
    PINNA_ADM_ID_BYTES = 20,
    PINNA_ADM_NAME_BYTES = 60,
    PINNA_ADM_ELEMENT_MAX = 200000,
    PINNA_ADM_REFERENCE_MAX = 500000,
    PINNA_ADM_BLOCK_MAX = 3000000,
};

typedef struct pinna_adm_reference {
    char id[PINNA_ADM_ID_BYTES];
    bool complementary; /**< To an alternative of the object that names it. */
} pinna_adm_reference;

/** Of one kind each; only what belongs to it is set. */
typedef struct pinna_adm_element {
    pinna_adm_kind kind;
    char id[PINNA_ADM_ID_BYTES];
    char name[PINNA_ADM_NAME_BYTES];
    size_t reference_count, reference_capacity;
    pinna_adm_reference* references;
    /* objects */
    uint64_t start, end; /* frames; end UINT64_MAX: none given */
    double gain;
    bool mute, head_locked;
    uint32_t importance; /* 0 to 10; of packs, too */
    uint32_t visits;     /* the resolver's */
    /* packs and channels */
    pinna_adm_type type;
    pinna_adm_normalization normalization;
    bool has_normalization;
    double absolute_distance_m; /* of distance 1; 0: not given */
    /* channels */
    size_t block_count, block_capacity;
    pinna_automation_block* blocks; /* counted from the object's start */
    uint32_t use_count;             /* items of the resolver that need the blocks */
    bool low;                       /* low-frequency effects: by label, or a low-pass below 200 Hz */
    bool has_position;
    int order, degree; /* HOA; degree from -order to order */
    char label[PINNA_ADM_NAME_BYTES]; /* of the loudspeaker, the first one given */
    /* track UIDs */
    uint32_t track; /* from 1; 0: none */
} pinna_adm_element;

/** What is read and has no effect, or another one; counted for the report. */
typedef enum pinna_adm_ignored {
    PINNA_ADM_CHANNEL_LOCK,
    PINNA_ADM_DIVERGENCE,
    PINNA_ADM_ZONE_EXCLUSION,
    PINNA_ADM_SCREEN_REF,
    PINNA_ADM_SCREEN_EDGE_LOCK,
    PINNA_ADM_DRR,
    PINNA_ADM_NFC,
    PINNA_ADM_ONE_RADIUS,
    PINNA_ADM_LONG_RAMP,
    PINNA_ADM_BLOCK_ORDER,
    PINNA_ADM_POSITION_OFFSET,
    PINNA_ADM_BLOCK_IMPORTANCE,
    PINNA_ADM_IGNORED_COUNT
} pinna_adm_ignored;

typedef struct pinna_adm_model {
    uint32_t sample_rate_hz;
    size_t count, capacity;
    pinna_adm_element* elements;
    size_t reference_total, block_total;
    size_t* sorted; /* indices by id, for finding; made by pinna_adm_model_sort() */
    size_t ignored[PINNA_ADM_IGNORED_COUNT];
} pinna_adm_model;

/** Appends an element, zeroed but for kind, id, gain, importance and end. NULL without memory or beyond the limit. */
pinna_adm_element* pinna_adm_model_add(pinna_adm_model* model, pinna_adm_kind kind, const char* id);

/** Appends a reference to an element. False without memory or beyond the limit. */
bool pinna_adm_model_refer(pinna_adm_model* model, pinna_adm_element* element, const char* id, bool complementary);

/** Appends a block to a channel, its end and ramp fitted to its neighbours'. False without memory or beyond the
    limit. */
bool pinna_adm_model_add_block(pinna_adm_model* model, pinna_adm_element* channel,
                               const pinna_automation_block* block);

/** Makes find() work; call when all elements are there. False without memory. */
bool pinna_adm_model_sort(pinna_adm_model* model);

/** The element of an id, upper or lower case, or NULL. Of several the first that was added. */
pinna_adm_element* pinna_adm_model_find(const pinna_adm_model* model, const char* id);

/** The first reference that begins with a prefix like "AP_", or NULL. */
const char* pinna_adm_model_reference(const pinna_adm_element* element, const char* prefix);

/** Copies text and cuts it where it is too long, not within a character of UTF-8. */
void pinna_adm_copy_text(char* out, size_t capacity, const char* text);

void pinna_adm_model_release(pinna_adm_model* model);

/** Adds the common definitions' channels, behind what the file defines itself. */
PINNA_NODISCARD pinna_status pinna_adm_add_common(pinna_adm_model* model);

/**
 * Adds the track UIDs of a chna chunk.
 *
 * @param track_count  Channels the file has; rows of others are refused.
 * @param report       On failure says what is wrong.
 */
PINNA_NODISCARD pinna_status pinna_adm_add_chna(pinna_adm_model* model, const char* path, const unsigned char* bytes,
                                                size_t size, uint32_t track_count, pinna_report* report);

/** "hh:mm:ss.zzzzz", "hh:mm:ss.nnnnnSfffff" (n of f parts) or plain seconds. False where it is none of these. */
bool pinna_adm_parse_time(const char* text, pinna_moment* out);

#endif
