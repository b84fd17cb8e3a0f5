/* SPDX-License-Identifier: MIT */
#include "path.h"
#include "csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pinna_path {
    pinna_path_kind kind;
    size_t point_count;
    bool jumps; /* somewhere a value changes within JUMP_S */
    double (*slopes)[PINNA_PATH_FIELD_COUNT]; /* [point], per second; NULL: straight lines */
    pinna_path_point points[]; /* angles unwrapped */
};

/* A time beyond this leaves too few digits of a double for single samples. */
#define TIME_MAX_S 1e7

/* Jumps are spread over this. */
#define JUMP_S 5e-3

/* Rows nearer than this are no curve but a jump: a slope between them would be without measure. */
#define CURVE_MIN_S 1e-6

static const pinna_path_field source_fields[PINNA_PATH_FIELD_COUNT] = {
    {"azimuth_deg", -1e6, 1e6, false, 0},
    {"elevation_deg", -360, 360, false, 0},
    {"distance_m", 0.001, 1e5, true, 1},
};

static const pinna_path_field head_fields[PINNA_PATH_FIELD_COUNT] = {
    {"yaw_deg", -1e6, 1e6, false, 0},
    {"pitch_deg", -360, 360, false, 0},
    {"roll_deg", -360, 360, false, 0},
};

static const pinna_path_field place_fields[PINNA_PATH_FIELD_COUNT] = {
    {"x_m", -1e5, 1e5, false, 0},
    {"y_m", -1e5, 1e5, false, 0},
    {"z_m", -1e5, 1e5, true, 0},
};

const pinna_path_field* pinna_path_fields(pinna_path_kind kind)
{
    static const pinna_path_field* const fields[] = {
        [PINNA_PATH_SOURCE] = source_fields, [PINNA_PATH_HEAD] = head_fields, [PINNA_PATH_PLACE] = place_fields};
    return fields[kind];
}

/* What is to be added to an angle so that the way to it from the one before it is the one meant. */
static double unwrap_deg(double from_deg, double to_deg, double seconds)
{
    double difference = to_deg - from_deg;
    if (fabs(difference) <= 180 || fabs(difference) <= PINNA_PATH_MAX_DEG_PER_S * seconds) return 0;
    return fabs(difference) <= 360 ? -copysign(360, difference) : 0; /* wrapping never adds more than one turn */
}

/* Of a source only the azimuth wraps; a tracker wraps whatever it turns about. */
static void unwrap(pinna_path* path)
{
    static const size_t angle_counts[] = {
        [PINNA_PATH_SOURCE] = 1, [PINNA_PATH_HEAD] = PINNA_PATH_FIELD_COUNT, [PINNA_PATH_PLACE] = 0};
    size_t angle_count = angle_counts[path->kind];
    pinna_path_point* points = path->points;
    for (size_t f = 0; f < angle_count; f++) {
        double turn = 0;
        for (size_t i = 1; i < path->point_count; i++) {
            double seconds = points[i].t_s - points[i - 1].t_s;
            points[i].value[f] += turn;
            double more = unwrap_deg(points[i - 1].value[f], points[i].value[f], seconds);
            points[i].value[f] += more;
            turn += more;
        }
    }
}

static bool has_jumps(const pinna_path* path)
{
    for (size_t i = 1; i < path->point_count; i++)
        if (path->points[i].t_s - path->points[i - 1].t_s < JUMP_S &&
            memcmp(path->points[i].value, path->points[i - 1].value, sizeof path->points[i].value))
            return true;
    return false;
}

pinna_status pinna_path_create(pinna_path_kind kind, const pinna_path_point* points, size_t point_count,
                               size_t* bad_point, pinna_path** out)
{
    *out = NULL;
    for (size_t i = 1; i < point_count; i++) {
        if (points[i].t_s >= points[i - 1].t_s) continue;
        *bad_point = i;
        return PINNA_ERROR_DATA;
    }
    pinna_path* path = malloc(sizeof *path + point_count * sizeof *points);
    if (!path) return PINNA_ERROR_MEMORY;
    *path = (pinna_path){.kind = kind, .point_count = point_count};
    memcpy(path->points, points, point_count * sizeof *points);
    unwrap(path);
    path->jumps = has_jumps(path);
    *out = path;
    return PINNA_OK;
}

static pinna_status from_table(const char* file, pinna_path_kind kind, const pinna_csv_table* table,
                               pinna_report* report, pinna_path** out)
{
    size_t bad = 0;
    /* A row of the table is t_s and three values: a point. */
    pinna_path_point* points = malloc(table->row_count * sizeof *points);
    if (!points) return PINNA_ERROR_MEMORY;
    for (size_t i = 0; i < table->row_count; i++) {
        const double* row = table->values + i * table->column_count;
        points[i] = (pinna_path_point){row[0], {row[1], row[2], row[3]}};
    }
    pinna_status status = pinna_path_create(kind, points, table->row_count, &bad, out);
    if (status == PINNA_ERROR_DATA)
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "path",
                         "%s line %u: t_s is %g, earlier than the row before it (%g)", file, table->lines[bad],
                         points[bad].t_s, points[bad - 1].t_s);
    free(points);
    return status;
}

pinna_status pinna_path_load(const char* file, pinna_path_kind kind, pinna_report* report, pinna_path** out)
{
    *out = NULL;
    const pinna_path_field* fields = pinna_path_fields(kind);
    pinna_csv_column columns[1 + PINNA_PATH_FIELD_COUNT] = {{"t_s", -TIME_MAX_S, TIME_MAX_S, false, 0}};
    for (size_t f = 0; f < PINNA_PATH_FIELD_COUNT; f++)
        columns[f + 1] = (pinna_csv_column){fields[f].name, fields[f].minimum, fields[f].maximum, fields[f].optional,
                                            fields[f].fallback};
    pinna_csv_table table;
    pinna_status status = pinna_csv_read(file, columns, 1 + PINNA_PATH_FIELD_COUNT, report, &table);
    if (!status) status = from_table(file, kind, &table, report, out);
    pinna_csv_release(&table);
    return status;
}

/* --- splines ------------------------------------------------------------------------------------------------------ */

typedef struct slope {
    double seconds, rise; /* of one stretch between two rows, rise per second */
} slope;

static slope slope_after(const pinna_path* path, size_t point, size_t field)
{
    const pinna_path_point* p = &path->points[point];
    double seconds = p[1].t_s - p->t_s;
    return (slope){seconds, (p[1].value[field] - p->value[field]) / seconds};
}

/* A harmonic mean, weighted by how near either side is: 0 at a peak, and never so steep that the curve overshoots. */
static double slope_between(slope a, slope b)
{
    if (a.rise * b.rise <= 0) return 0;
    double before = 2 * b.seconds + a.seconds, after = b.seconds + 2 * a.seconds;
    return (before + after) / (before / a.rise + after / b.rise);
}

/* At an end: that of a parabola through the last three rows, as long as it stays monotone. */
static double slope_at_end(slope last, slope next)
{
    double at =
        ((2 * last.seconds + next.seconds) * last.rise - last.seconds * next.rise) / (last.seconds + next.seconds);
    if (at * last.rise <= 0) return 0;
    return last.rise * next.rise <= 0 && fabs(at) > 3 * fabs(last.rise) ? 3 * last.rise : at;
}

/* Of the rows from first to last, among which none jumps. */
static void find_slopes(pinna_path* path, size_t first, size_t last, size_t f)
{
    if (first == last) return;
    slope begin = slope_after(path, first, f), end = slope_after(path, last - 1, f);
    bool straight = last == first + 1;
    path->slopes[first][f] = straight ? begin.rise : slope_at_end(begin, slope_after(path, first + 1, f));
    path->slopes[last][f] = straight ? end.rise : slope_at_end(end, slope_after(path, last - 2, f));
    for (size_t i = first + 1; i < last; i++)
        path->slopes[i][f] = slope_between(slope_after(path, i - 1, f), slope_after(path, i, f));
}

pinna_status pinna_path_smooth(pinna_path* path)
{
    if (path->slopes) return PINNA_OK;
    path->slopes = calloc(path->point_count, sizeof *path->slopes);
    if (!path->slopes) return PINNA_ERROR_MEMORY;
    for (size_t first = 0, last; first < path->point_count; first = last + 1) {
        for (last = first; last + 1 < path->point_count; last++)
            if (path->points[last + 1].t_s - path->points[last].t_s < CURVE_MIN_S) break;
        for (size_t f = 0; f < PINNA_PATH_FIELD_COUNT; f++)
            find_slopes(path, first, last, f);
    }
    return PINNA_OK;
}

/* Hermite's cubic: what it adds to the straight line between two rows. */
static double bend(const pinna_path* path, size_t point, size_t field, double fraction)
{
    slope chord = slope_after(path, point, field);
    double left = path->slopes[point][field] - chord.rise, right = path->slopes[point + 1][field] - chord.rise;
    double u = fraction, v = 1 - fraction;
    return chord.seconds * u * v * (v * left - u * right);
}

/* --- values ------------------------------------------------------------------------------------------------------- */

/* How many points are at or before a time. */
static size_t count_until(const pinna_path* path, double t_s)
{
    size_t low = 0, high = path->point_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (path->points[middle].t_s <= t_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void pinna_path_at(const pinna_path* path, double t_s, double value[PINNA_PATH_FIELD_COUNT])
{
    size_t next = count_until(path, t_s);
    const pinna_path_point* before = &path->points[next ? next - 1 : 0];
    const pinna_path_point* after = &path->points[next < path->point_count ? next : path->point_count - 1];
    double span = after->t_s - before->t_s;
    double fraction = span > 0 ? (t_s - before->t_s) / span : 0;
    for (size_t f = 0; f < PINNA_PATH_FIELD_COUNT; f++) {
        value[f] = before->value[f] + fraction * (after->value[f] - before->value[f]);
        if (path->slopes && span >= CURVE_MIN_S) value[f] += bend(path, next - 1, f, fraction);
    }
}

/* A jump is spread over some milliseconds around its time, so that no step is heard beside the sound. The mean over a
   window around each time leaves everything else of a path as it is, but for corners. */
static void smoothed_at(const pinna_path* path, double t_s, double value[PINNA_PATH_FIELD_COUNT])
{
    enum { SAMPLES = 16 };
    double sample[PINNA_PATH_FIELD_COUNT];
    if (!path->jumps) {
        pinna_path_at(path, t_s, value);
        return;
    }
    for (size_t f = 0; f < PINNA_PATH_FIELD_COUNT; f++) value[f] = 0;
    for (int i = 0; i < SAMPLES; i++) {
        pinna_path_at(path, t_s + JUMP_S * ((i + 0.5) / SAMPLES - 0.5), sample);
        for (size_t f = 0; f < PINNA_PATH_FIELD_COUNT; f++) value[f] += sample[f] / SAMPLES;
    }
}

/* Turns are taken off in double precision, so that the hundredth is as exact as the first. */
static float whole_turns_off(double degrees)
{
    return (float)remainder(degrees, 360.0);
}

pinna_vec3 pinna_path_position_at(const pinna_path* path, double t_s)
{
    double value[PINNA_PATH_FIELD_COUNT];
    smoothed_at(path, t_s, value);
    if (path->kind == PINNA_PATH_PLACE) return (pinna_vec3){(float)value[0], (float)value[1], (float)value[2]};
    return pinna_vec3_scale(pinna_direction_from_spherical(whole_turns_off(value[0]), (float)value[1]),
                            (float)value[2]);
}

pinna_quat pinna_path_rotation_at(const pinna_path* path, double t_s)
{
    double value[PINNA_PATH_FIELD_COUNT];
    smoothed_at(path, t_s, value);
    return pinna_quat_from_yaw_pitch_roll(whole_turns_off(value[0]), whole_turns_off(value[1]),
                                          whole_turns_off(value[2]));
}

void pinna_path_span(const pinna_path* path, double* first_s, double* last_s)
{
    *first_s = path->points[0].t_s;
    *last_s = path->points[path->point_count - 1].t_s;
}

bool pinna_path_moves(const pinna_path* path)
{
    for (size_t i = 1; i < path->point_count; i++)
        if (memcmp(path->points[i].value, path->points[0].value, sizeof path->points[0].value)) return true;
    return false;
}

void pinna_path_destroy(pinna_path* path)
{
    if (path) free(path->slopes);
    free(path);
}
