/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two measurements this near to each other cannot be told apart: 0.006 degrees at 1 m. */
static const float same_place_m = 1e-4f;

/* What was never written reads as netCDF's fill value, 9.97e36. */
static const float unwritten = 9e36f;

enum { KEEP, NOT_FINITE, NO_POSITION, SILENT, HALF_SILENT, DUPLICATE, FATE_COUNT };

static unsigned fate_of_samples(const pinna_sofa_set* set, uint32_t measurement)
{
    bool heard[PINNA_EAR_COUNT] = {false, false};
    for (unsigned ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        if (!isfinite(set->delays_frames[(size_t)measurement * PINNA_EAR_COUNT + ear])) return NOT_FINITE;
        const float* taps = pinna_sofa_hrir(set, measurement, ear);
        for (uint32_t i = 0; i < set->tap_count; i++) {
            if (!(fabsf(taps[i]) < unwritten)) return NOT_FINITE;
            heard[ear] = heard[ear] || taps[i] != 0;
        }
    }
    if (!heard[PINNA_LEFT] && !heard[PINNA_RIGHT]) return SILENT;
    return heard[PINNA_LEFT] && heard[PINNA_RIGHT] ? KEEP : HALF_SILENT;
}

/* Samples from the first of those at the end that were never written. */
static uint32_t written_taps(const float* taps, uint32_t tap_count)
{
    while (tap_count > 0 && !(fabsf(taps[tap_count - 1]) < unwritten)) tap_count--;
    return tap_count;
}

/* Responses of several lengths in one array: MATLAB's writers fill it with NaN first. */
void pinna_sofa_pad_responses(const pinna_sofa_context* context, pinna_sofa_set* set)
{
    uint32_t padded = 0, rows = set->measurement_count * PINNA_EAR_COUNT;
    for (uint32_t row = 0; row < rows; row++) {
        float* taps = set->hrirs + (size_t)row * set->tap_count;
        uint32_t written = written_taps(taps, set->tap_count);
        if (written == 0 || written == set->tap_count) continue;
        for (uint32_t i = written; i < set->tap_count; i++) taps[i] = 0;
        padded++;
    }
    if (padded)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "padded-responses",
                         "%u of %u responses end in samples that are not numbers; taken as silence behind their end",
                         padded, rows);
}

typedef struct place {
    pinna_vec3 position;
    uint32_t measurement;
} place;

static int compare_places(const void* left, const void* right)
{
    const place *a = left, *b = right;
    if (a->position.x != b->position.x) return a->position.x < b->position.x ? -1 : 1;
    return a->measurement < b->measurement ? -1 : a->measurement > b->measurement;
}

static bool same_place(pinna_vec3 a, pinna_vec3 b)
{
    return fabsf(a.x - b.x) <= same_place_m && fabsf(a.y - b.y) <= same_place_m && fabsf(a.z - b.z) <= same_place_m;
}

/* Marks all but the first measurement of each place. Sorted by x, only near neighbours need comparing; the bound on
   their number keeps a hostile file (all in one plane) from taking quadratic time. */
static pinna_status mark_duplicates(const pinna_sofa_set* set, unsigned char* fates)
{
    enum { NEIGHBOURS = 2000 };
    place* places = malloc(set->measurement_count * sizeof *places);
    if (!places) return PINNA_ERROR_MEMORY;
    uint32_t count = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++)
        if (fates[m] == KEEP) places[count++] = (place){set->positions_m[m], m};
    qsort(places, count, sizeof *places, compare_places);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i + 1; j < count && j - i < NEIGHBOURS; j++) {
            if (places[j].position.x - places[i].position.x > same_place_m) break;
            uint32_t a = places[i].measurement, b = places[j].measurement;
            if (fates[a] != KEEP || !same_place(places[i].position, places[j].position)) continue;
            fates[a > b ? a : b] = DUPLICATE;
        }
    }
    free(places);
    return PINNA_OK;
}

static void keep_usable(pinna_sofa_set* set, const unsigned char* fates)
{
    uint32_t to = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        if (fates[m] != KEEP) continue;
        memmove(pinna_sofa_hrir(set, to, 0), pinna_sofa_hrir(set, m, 0),
                PINNA_EAR_COUNT * set->tap_count * sizeof(float));
        memmove(set->delays_frames + to * PINNA_EAR_COUNT, set->delays_frames + m * PINNA_EAR_COUNT,
                PINNA_EAR_COUNT * sizeof(float));
        set->positions_m[to++] = set->positions_m[m];
    }
    set->measurement_count = to;
}

static void report_dropped(const pinna_sofa_context* context, const uint32_t counts[FATE_COUNT], uint32_t total)
{
    static const struct {
        const char *name, *what;
        pinna_severity severity;
    } entries[FATE_COUNT] = {
        [NOT_FINITE] = {"non-finite-samples", "hold samples or delays that are not numbers", PINNA_SEVERITY_WARNING},
        [NO_POSITION] = {"non-finite-positions", "have no usable position", PINNA_SEVERITY_WARNING},
        [SILENT] = {"silent-measurements", "are silent", PINNA_SEVERITY_WARNING},
        [HALF_SILENT] = {"silent-ear-measurements", "are silent at one ear", PINNA_SEVERITY_WARNING},
        [DUPLICATE] = {"duplicate-measurements", "repeat a position already measured", PINNA_SEVERITY_NOTE},
    };
    for (unsigned fate = KEEP + 1; fate < FATE_COUNT; fate++)
        if (counts[fate])
            pinna_report_add(context->report, entries[fate].severity, entries[fate].name,
                             "%u of %u measurements %s; they were left out", counts[fate], total, entries[fate].what);
}

static pinna_status refuse_empty(const pinna_sofa_context* context, const uint32_t counts[FATE_COUNT])
{
    if (counts[HALF_SILENT] > counts[NOT_FINITE] && counts[HALF_SILENT] > counts[SILENT])
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "silent-ear",
                                 "one ear is silent in every measurement; use a file with both ears");
    return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "nothing-usable",
                             "no measurement in it can be used (%u not numbers, %u without position, %u silent); use "
                             "another copy", counts[NOT_FINITE], counts[NO_POSITION],
                             counts[SILENT] + counts[HALF_SILENT]);
}

pinna_status pinna_sofa_drop_unusable(const pinna_sofa_context* context, pinna_sofa_set* set)
{
    uint32_t counts[FATE_COUNT] = {0}, total = set->measurement_count;
    unsigned char* fates = calloc(total, 1);
    if (!fates) return PINNA_ERROR_MEMORY;
    for (uint32_t m = 0; m < total; m++) {
        bool placed = pinna_vec3_is_finite(set->positions_m[m]) && pinna_vec3_length(set->positions_m[m]) > 0;
        fates[m] = (unsigned char)(placed ? fate_of_samples(set, m) : NO_POSITION);
    }
    pinna_status status = mark_duplicates(set, fates);
    if (!status) {
        for (uint32_t m = 0; m < total; m++) counts[fates[m]]++;
        keep_usable(set, fates);
        status = counts[KEEP] ? PINNA_OK : refuse_empty(context, counts);
        if (!status) report_dropped(context, counts, total);
    }
    free(fates);
    return status;
}
