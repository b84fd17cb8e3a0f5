/* SPDX-License-Identifier: MIT */
#include "hrtf/build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A position without a distance (0) counts as one metre: only its absence is known. */
float pinna_build_radius(const pinna_measured_set* measured, uint32_t measurement)
{
    float radius = pinna_vec3_length(measured->positions_m[measurement]);
    return radius > 0.0f ? radius : 1.0f;
}

/* --- bands: measurements at one distance --- */

typedef struct placed {
    float radius_m;
    uint32_t measurement;
    pinna_vec3 direction;
} placed;

/* The farthest first, and in the file's order where they are alike. */
static int compare_placed(const void* a, const void* b)
{
    const placed *x = a, *y = b;
    if (x->radius_m != y->radius_m) return x->radius_m > y->radius_m ? -1 : 1;
    return x->measurement < y->measurement ? -1 : 1;
}

/* Measurements in a row of those in order. */
typedef struct band {
    const placed* members;
    uint32_t count;
} band;

/* A gap of more than 5 % and 1 cm ends a band. */
static uint32_t band_length(const placed* from, uint32_t most)
{
    uint32_t count = 1;
    while (count < most && from[count - 1].radius_m <= from[count].radius_m * 1.05f + 0.01f) count++;
    return count;
}

/* --- whether two bands are two grids, or parts of one --- */

/* Few samples tell; steps of the golden ratio fall in with no grid's own. */
enum { SAMPLES = 64 };

static uint32_t sample_of(uint32_t count, uint32_t sample)
{
    if (count <= SAMPLES) return sample;
    double turns = 0.6180339887498949 * (sample + 1);
    return (uint32_t)((turns - floor(turns)) * count);
}

/* Angle from a direction to the nearest of a band; the band's own member of that place does not count. */
static double nearest_angle(const band* b, pinna_vec3 d, const placed* self)
{
    float most = -2.0f;
    for (uint32_t i = 0; i < b->count; i++)
        if (&b->members[i] != self) most = fmaxf(most, pinna_vec3_dot(d, b->members[i].direction));
    return most < -1.5f ? 3.14159265358979 : acos(fmin(1.0, (double)most));
}

static int compare_doubles(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

/* Median angle between neighbours. */
static double spacing_of(const band* b)
{
    double angles[SAMPLES];
    uint32_t count = b->count < SAMPLES ? b->count : SAMPLES;
    for (uint32_t i = 0; i < count; i++) {
        const placed* at = &b->members[sample_of(b->count, i)];
        angles[i] = nearest_angle(b, at->direction, at);
    }
    qsort(angles, count, sizeof *angles, compare_doubles);
    return angles[count / 2];
}

/* What an ear hears of a direction changes with the distance, most of all by how far it is beside the head's middle. */
static bool sound_alike(float far_m, float near_m)
{
    static const float ear_m = 0.0875f, heard_rad = 0.06f;
    return ear_m / near_m - ear_m / far_m < heard_rad;
}

/* Layers repeat each other's directions; the rings of a dome, or the walls of a room, complement each other, and are
   one sphere however uneven. A direction is repeated where the other band has one beside it: within a third of the
   spacing; or, where the distances sound so different that one does not stand in for the other, where it has its like
   all around, and no point of an even grid is farther from the next than 0.71 spacings. */
static bool repeat_each_other(const band* far, const band* near)
{
    static const double least_rad = 0.0175, beside = 1.0 / 3.0, around = 0.75;
    const band *fewer = far->count < near->count ? far : near, *more = fewer == far ? near : far;
    bool alike = sound_alike(far->members[0].radius_m, near->members[near->count - 1].radius_m);
    double spacing = fmin(spacing_of(far), spacing_of(near));
    double reach = fmax(least_rad, (alike ? beside : around) * spacing);
    uint32_t count = fewer->count < SAMPLES ? fewer->count : SAMPLES, repeated = 0;
    for (uint32_t i = 0; i < count; i++) {
        const placed* at = &fewer->members[sample_of(fewer->count, i)];
        repeated += nearest_angle(more, at->direction, NULL) < reach;
    }
    return 2 * repeated >= count;
}

/* --- shells: bands that complement each other --- */

static bool is_better(pinna_shell_range a, pinna_shell_range b)
{
    if (a.count != b.count) return a.count > b.count;
    return fabsf(logf(a.radius_m)) < fabsf(logf(b.radius_m)); /* nearer to 1 m */
}

/* Puts a band's rows behind those of a shell; what lies between moves on. */
static void append(placed* order, pinna_shells* shells, uint32_t shell, placed* rows, uint32_t count, placed* spare)
{
    pinna_shell_range* to = &shells->ranges[shell];
    placed* end = order + to->first + to->count;
    memcpy(spare, rows, count * sizeof *rows);
    memmove(end + count, end, (size_t)(rows - end) * sizeof *rows);
    memcpy(end, spare, count * sizeof *rows);
    to->count += count;
    for (uint32_t s = shell + 1; s < shells->count; s++) shells->ranges[s].first += count;
}

/* Every band goes to the farthest shell that it complements, or begins one. Of more than there is room for, the last
   one found gives way: sets with that many distances have them by accident. The order becomes the shells'.
   @return how many bands there are. */
static uint32_t group(placed* order, placed* spare, uint32_t count, pinna_shells* shells)
{
    enum { MOST_BANDS = 100 };
    uint32_t band_count = 0, kept = 0;
    shells->count = 0;
    for (uint32_t at = 0, length; at < count && band_count < MOST_BANDS; at += length, band_count++) {
        band next = {order + at, length = band_length(order + at, count - at)};
        uint32_t shell = 0;
        for (; shell < shells->count; shell++) {
            const pinna_shell_range* range = &shells->ranges[shell];
            if (!repeat_each_other(&(band){order + range->first, range->count}, &next)) break;
        }
        if (shell == PINNA_BUILD_MAX_SHELLS) kept = shells->ranges[--shell].first, shells->count--;
        if (shell == shells->count) shells->ranges[shells->count++] = (pinna_shell_range){.first = kept};
        append(order, shells, shell, order + at, length, spare);
        kept += length;
    }
    return band_count;
}

static int compare_ranges(const void* a, const void* b)
{
    const pinna_shell_range *x = a, *y = b;
    return (x->radius_m > y->radius_m) - (x->radius_m < y->radius_m);
}

/* From near to far. A shell's radius is its members' mean. */
static void settle(const placed* order, pinna_shells* shells)
{
    for (uint32_t i = 0; i < shells->count; i++) {
        pinna_shell_range* range = &shells->ranges[i];
        double sum = 0.0;
        for (uint32_t k = 0; k < range->count; k++) sum += (double)order[range->first + k].radius_m;
        range->radius_m = (float)(sum / range->count);
    }
    qsort(shells->ranges, shells->count, sizeof *shells->ranges, compare_ranges);
}

/* Beside the fullest shell, those stay that have at least half as many measurements (a stray one is no grid) and
   another distance than the one before. */
static void keep_full_ones(pinna_shells* shells)
{
    pinna_shell_range best = shells->ranges[0];
    uint32_t kept = 0;
    for (uint32_t i = 1; i < shells->count; i++)
        if (is_better(shells->ranges[i], best)) best = shells->ranges[i];
    for (uint32_t i = 0; i < shells->count; i++) {
        pinna_shell_range range = shells->ranges[i];
        bool same = kept && range.radius_m <= shells->ranges[kept - 1].radius_m * 1.02f;
        if (2 * range.count < best.count || (same && range.first != best.first)) continue;
        if (same) kept--;
        if (range.first == best.first) shells->reference = kept;
        shells->ranges[kept++] = range;
    }
    shells->count = kept;
}

/* Directions nearer than this are one; far below any positioning accuracy, far above float rounding. */
static const float same_direction_rad = 6e-4f;

/* Preparing time and memory grow with the directions. The finest laboratories' grids (2 degrees all around: 16,022)
   pass whole; of more, as many are left out as it takes. Discs half a spacing wide cover at most 0.907 of the sphere
   (Fejes Toth 1943), which bounds how many have a place at all. */
static float spacing_for(const pinna_shells* shells)
{
    enum { MOST_DIRECTIONS = 18000 };
    uint32_t count = 0;
    for (uint32_t i = 0; i < shells->count; i++) count += shells->ranges[i].count;
    return count <= MOST_DIRECTIONS ? same_direction_rad : sqrtf(14.51f * (float)shells->count / MOST_DIRECTIONS);
}

static void report_shells(const pinna_build* build, const pinna_shells* shells, uint32_t band_count, uint32_t found)
{
    const pinna_shell_range* reference = &shells->ranges[shells->reference];
    uint32_t count = build->measured->measurement_count;
    if (band_count == found)
        pinna_report_add(build->report, PINNA_SEVERITY_NOTE, "several-radii",
                         "measured at %u distances, of which %u have a grid of their own; far sources use the one at "
                         "%.2f m with %u of %u measurements", found, shells->count, (double)reference->radius_m,
                         reference->count, count);
    else
        pinna_report_add(build->report, PINNA_SEVERITY_NOTE, "several-radii",
                         "measured at %u distances whose directions complement each other, so they make %u grid%s; far "
                         "sources use the one at %.2f m on average with %u of %u measurements", band_count,
                         shells->count, shells->count == 1 ? "" : "s", (double)reference->radius_m, reference->count,
                         count);
}

pinna_status pinna_build_find_shells(const pinna_build* build, pinna_shells* shells)
{
    uint32_t count = build->measured->measurement_count;
    placed* order = pinna_pool_take(build->scratch, count, sizeof *order);
    placed* spare = pinna_pool_take(build->scratch, count, sizeof *spare);
    shells->members = pinna_pool_take(build->scratch, count, sizeof *shells->members);
    if (!order || !spare || !shells->members) return PINNA_ERROR_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        order[i] = (placed){pinna_build_radius(build->measured, i), i,
                            pinna_vec3_normalize(build->measured->positions_m[i])};
    qsort(order, count, sizeof *order, compare_placed);
    uint32_t band_count = group(order, spare, count, shells), found = shells->count;
    settle(order, shells);
    keep_full_ones(shells);
    memset(shells->members, PINNA_BUILD_MAX_SHELLS, count * sizeof *shells->members);
    for (uint32_t s = 0; s < shells->count; s++)
        for (uint32_t i = 0; i < shells->ranges[s].count; i++)
            shells->members[order[shells->ranges[s].first + i].measurement] = (uint8_t)s;
    shells->spacing_rad = spacing_for(shells);
    if (band_count > 1) report_shells(build, shells, band_count, found);
    return PINNA_OK;
}
