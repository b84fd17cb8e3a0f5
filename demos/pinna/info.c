/* SPDX-License-Identifier: MIT */
#include "brir.h"
#include "cli.h"
#include "commands.h"
#include "info_facts.h"
#include "json_text.h"

#include <pinna/sofa.h>

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 79, INDENT = 16, FOLD_COUNT = 4, MIN_DIRECTIONS_TO_VALIDATE = 16 };

/* All that is found out about one file. What comes after a failed step stays empty. */
typedef struct findings {
    const char* path;
    pinna_report report;
    pinna_status status;
    const pinna_sofa_info* info;         /* NULL: not loaded. */
    const pinna_measured_set* measured;
    const pinna_measured_room* room;     /* NULL: not a room. */
    uint32_t head_count;                 /* Orientations of the head in the room. */
    info_facts facts;
    bool has_hrtf, has_quality;
    pinna_hrtf_info hrtf;
    pinna_hrtf_quality quality;
} findings;

static const char* severity_word(pinna_severity severity)
{
    static const char* const words[] = {"note", "warning", "error"};
    return words[severity];
}

static const char* reason(const findings* f)
{
    const char* error = pinna_report_error(&f->report);
    return error ? error : pinna_status_string(f->status);
}

/* --- finding out --- */

/* Whether a renderer can use it is found out by preparing it as one would, but for what only rendering needs. */
static void examine(findings* f)
{
    pinna_prepare_config config = pinna_prepare_config_default();
    bool is_enough = f->facts.direction_count >= MIN_DIRECTIONS_TO_VALIDATE;
    float* itds_s = malloc(f->measured->measurement_count * sizeof *itds_s);
    f->status = itds_s ? pinna_hrtf_examine(f->measured, &config, FOLD_COUNT, &f->report, &f->hrtf, itds_s,
                                            is_enough ? &f->quality : NULL)
                       : PINNA_ERROR_MEMORY;
    f->has_hrtf = !f->status;
    f->has_quality = f->quality.tested_count > 0;
    if (f->has_hrtf) info_take_itds(f->measured, itds_s, &f->facts);
    else if (!info_estimate_itds(f->measured, &f->facts)) f->status = PINNA_ERROR_MEMORY;
    free(itds_s);
}

static bool has_entry(const pinna_report* report, const char* name)
{
    for (uint32_t i = 0; i < report->count; i++)
        if (strcmp(report->entries[i].name, name) == 0) return true;
    return false;
}

/* A room cannot be a head, but as a room it is usable; then why it is no head is but a note. */
static pinna_sofa* find_out_room(findings* f)
{
    pinna_sofa* sofa = NULL;
    pinna_brir* brir = NULL;
    pinna_report report = {0};
    f->status = pinna_sofa_load_room(f->path, &report, &sofa);
    if (!f->status) {
        f->info = pinna_sofa_get_info(sofa);
        f->room = pinna_sofa_measured_room(sofa);
        f->status = pinna_brir_create(f->path, f->room, (uint32_t)lround(f->room->sample_rate_hz), &report, &brir);
    }
    if (f->status) {
        f->report = report; /* why it is no room, either */
        return sofa;
    }
    f->head_count = pinna_brir_head_count(brir);
    pinna_brir_destroy(brir);
    for (uint32_t i = 0; i < f->report.count; i++)
        if (f->report.entries[i].severity == PINNA_SEVERITY_ERROR) f->report.entries[i].severity = PINNA_SEVERITY_NOTE;
    return sofa;
}

static pinna_sofa* find_out(findings* f)
{
    pinna_sofa* sofa = NULL;
    f->status = pinna_sofa_load(f->path, &f->report, &sofa);
    if (f->status && has_entry(&f->report, "room-responses")) return find_out_room(f);
    if (f->status) return NULL;
    f->info = pinna_sofa_get_info(sofa);
    f->measured = pinna_sofa_measured(sofa);
    if (info_gather_facts(f->measured, &f->facts)) examine(f);
    else f->status = PINNA_ERROR_MEMORY;
    return sofa;
}

/* --- text --- */

/* Prints text after a label, broken at spaces so that it stays within the terminal. */
static void print_wrapped(const char* label, const char* text)
{
    printf("%-*s", INDENT, label);
    size_t column = INDENT;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (column > INDENT && column + 1 + length > WIDTH) {
            printf("\n%*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)length, text);
        column += length;
        text += length + strspn(text + length, " ");
    }
    putchar('\n');
}

static void print_line(const char* label, const char* format, ...) PINNA_PRINTF(2, 3);

static void print_line(const char* label, const char* format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char* c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F) *c = '?'; /* No file name steers the terminal. */
    if (text[0]) print_wrapped(label, text);
}

static void print_origin(const pinna_sofa_info* info)
{
    print_line("convention", "%s %s%s%s%s", info->convention[0] ? info->convention : "not named",
               info->convention_version, info->data_type[0] ? " (" : "", info->data_type,
               info->data_type[0] ? ")" : "");
    print_line("title", "%s", info->title);
    print_line("database", "%s", info->database);
    print_line("listener", "%s", info->listener);
    print_line("organization", "%s", info->organization);
    print_line("licence", "%s", info->license);
    print_line("author", "%s", info->author);
    print_line("to cite", "%s", info->references);
    print_line("date", "%s", info->date);
    print_line("room", "%s", info->room_type);
    print_line("read by", "%s", info->reader);
}

/* The reverberation time is a room's business; here are the sizes that tell whether it is the file one wanted. */
static void print_room(const findings* f)
{
    const pinna_measured_room* room = f->room;
    double least_m = INFINITY, most_m = 0;
    for (size_t i = 0; i < (size_t)room->pose_count * room->emitter_count; i++) {
        double distance_m = (double)pinna_vec3_length(room->positions_m[i]);
        least_m = fmin(least_m, distance_m), most_m = fmax(most_m, distance_m);
    }
    print_line("loudspeakers", "%u at a time, %.2f to %.2f m from the listener", room->emitter_count, least_m, most_m);
    print_line("measurements", "%u, with %u orientation%s of the head", room->pose_count, f->head_count,
               f->head_count == 1 ? "" : "s");
    print_line("responses", "%u samples at %.0f Hz (%.0f ms)", room->tap_count, room->sample_rate_hz,
               1e3 * room->tap_count / room->sample_rate_hz);
}

static void print_radii(const info_facts* facts)
{
    if (facts->radius_count == 1) {
        print_line("distance", "%.2f m", (double)facts->least_radius_m);
        return;
    }
    char list[256] = "";
    for (uint32_t i = 0; i < facts->radius_count && i < INFO_MAX_LISTED; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%.2f", i ? ", " : "", (double)facts->radii_m[i]);
    }
    print_line("distances", "%u: %s%s m", facts->radius_count, list,
               facts->radius_count > INFO_MAX_LISTED ? ", ..." : "");
}

static void print_grid(const findings* f)
{
    const info_facts* facts = &f->facts;
    print_line("measurements", "%u in the file, %u used, %u direction%s", f->info->measurement_count,
               f->measured->measurement_count, facts->direction_count, facts->direction_count == 1 ? "" : "s");
    if (facts->direction_count == 1) {
        pinna_spherical at = pinna_spherical_from_vec3(f->measured->positions_m[0]);
        print_line("grid", "one direction: azimuth %.1f, elevation %.1f degrees", (double)at.azimuth_deg,
                   (double)at.elevation_deg);
    } else {
        if (facts->ring_count == 1)
            print_line("grid", "one ring at elevation %.1f degrees", (double)facts->lowest_deg);
        else
            print_line("grid", "%s %u elevations, %.1f to %.1f degrees",
                       facts->is_rings ? "rings at" : "scattered over", facts->ring_count, (double)facts->lowest_deg,
                       (double)facts->highest_deg);
        print_line("spacing", "nearest neighbour %.1f degrees in the median, %.1f at most",
                   (double)facts->median_spacing_deg, (double)facts->widest_spacing_deg);
    }
    print_radii(facts);
}

static void print_responses(const findings* f)
{
    const info_facts* facts = &f->facts;
    print_line("responses", "%u samples at %.0f Hz (%.1f ms), peak %.3g", f->info->tap_count, f->info->sample_rate_hz,
               1e3 * f->info->tap_count / f->info->sample_rate_hz, (double)facts->peak);
    if (f->info->has_delays)
        print_line("delays", "stored apart, %.2f to %.2f samples", (double)facts->least_delay_frames,
                   (double)facts->most_delay_frames);
    else
        print_line("delays", "none stored apart from the responses");
    print_line("ITD", "%.0f to %.0f us, + the left ear leads; largest at azimuth %.0f, elevation %.0f degrees",
               1e6 * (double)facts->least_itd_s, 1e6 * (double)facts->most_itd_s,
               (double)facts->largest_itd_azimuth_deg, (double)facts->largest_itd_elevation_deg);
    print_line("ILD", "up to %.1f dB; on average the %s ear is %.1f dB louder than the other",
               (double)facts->largest_ild_db, facts->balance_db >= 0 ? "left" : "right",
               (double)fabsf(facts->balance_db));
}

static void print_quality(const findings* f)
{
    if (!f->has_hrtf) return;
    print_line("prepared", "%u taps at %u Hz, %u directions (%u measured, %u filled in), gain %.1f dB",
               f->hrtf.tap_count, f->hrtf.sample_rate_hz, f->hrtf.direction_count, f->hrtf.measured_count,
               f->hrtf.direction_count - f->hrtf.measured_count, 20 * log10((double)f->hrtf.gain));
    if (f->has_quality)
        print_line("interpolation",
                   "LSD %.2f dB, ITD %.1f us, ILD %.2f dB mean error at %u directions, every %dth left "
                   "out in turn",
                   (double)f->quality.log_spectral_db, 1e6 * (double)f->quality.itd_error_s,
                   (double)f->quality.ild_error_db, f->quality.tested_count, FOLD_COUNT);
    else
        print_line("interpolation", "error unknown: too few directions to leave some out");
}

static void print_report(const pinna_report* report, const char* verdict)
{
    for (uint32_t i = 0; i < report->count; i++) {
        const pinna_report_entry* entry = &report->entries[i];
        if (entry->text == verdict) continue; /* It follows below, as the reason of the verdict. */
        print_line(severity_word(entry->severity), "%s: %s", entry->name, entry->text);
    }
    if (report->dropped_count) print_line("note", "%u more findings are not listed", report->dropped_count);
}

static void print_text(const findings* f)
{
    print_line("file", "%s", f->path);
    if (f->info) {
        print_origin(f->info);
        if (f->room) print_room(f);
    }
    if (f->measured) {
        print_grid(f);
        print_responses(f);
        print_quality(f);
    }
    print_report(&f->report, f->status ? reason(f) : NULL);
    if (f->status) {
        print_line("usable:", "no (%s)", reason(f));
        return;
    }
    if (f->room) {
        print_line("usable:", "as a room: pinna render --brir %s", f->path);
        return;
    }
    uint32_t warning_count = 0;
    for (uint32_t i = 0; i < f->report.count; i++)
        warning_count += f->report.entries[i].severity == PINNA_SEVERITY_WARNING;
    if (warning_count) print_line("usable:", "yes (%u warning%s)", warning_count, warning_count == 1 ? "" : "s");
    else print_line("usable:", "yes");
}

/* --- JSON --- */

static json_t* json_numbers(const float* values, uint32_t count)
{
    json_t* list = json_array();
    for (uint32_t i = 0; i < count; i++) json_array_append_new(list, json_real((double)values[i]));
    return list;
}

/* JSON knows no NaN. */
static json_t* json_number(float value)
{
    return isfinite(value) ? json_real((double)value) : json_null();
}

static json_t* json_report(const pinna_report* report)
{
    json_t* list = json_array();
    for (uint32_t i = 0; i < report->count; i++) {
        const pinna_report_entry* entry = &report->entries[i];
        json_t* item = json_object();
        json_object_set_new(item, "severity", json_string(severity_word(entry->severity)));
        json_object_set_new(item, "name", json_string(entry->name));
        json_object_set_new(item, "text", pinna_json_text(entry->text));
        json_array_append_new(list, item);
    }
    return list;
}

static void json_add_origin(json_t* root, const findings* f)
{
    const pinna_sofa_info* info = f->info;
    const struct {
        const char *key, *text;
    } texts[] = {
        {"convention", info->convention}, {"convention_version", info->convention_version},
        {"data_type", info->data_type},   {"title", info->title},
        {"database", info->database},     {"listener", info->listener},
        {"organization", info->organization}, {"license", info->license},
        {"date", info->date},                 {"author", info->author},
        {"references", info->references},     {"room_type", info->room_type},
        {"reader", info->reader},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        json_object_set_new(root, texts[i].key, json_string(texts[i].text));
    json_object_set_new(root, "sample_rate_hz", json_real(info->sample_rate_hz));
    json_object_set_new(root, "tap_count", json_integer(info->tap_count));
    json_object_set_new(root, "stored_measurement_count", json_integer(info->measurement_count));
    json_object_set_new(root, "receiver_count", json_integer(info->receiver_count));
    json_object_set_new(root, "emitter_count", json_integer(info->emitter_count));
    json_object_set_new(root, "is_room", json_boolean(f->room != NULL));
    if (f->room) json_object_set_new(root, "pose_count", json_integer(f->room->pose_count));
    if (f->room) json_object_set_new(root, "orientation_count", json_integer(f->head_count));
    if (f->measured) json_object_set_new(root, "measurement_count", json_integer(f->measured->measurement_count));
    json_object_set_new(root, "has_delays", json_boolean(info->has_delays));
}

static void json_add_facts(json_t* root, const info_facts* facts)
{
    json_t* grid = json_object();
    json_object_set_new(grid, "kind", json_string(facts->direction_count == 1 ? "single"
                                                  : facts->is_rings ? "rings" : "scattered"));
    json_object_set_new(grid, "elevation_count", json_integer(facts->ring_count));
    json_object_set_new(grid, "lowest_deg", json_number(facts->lowest_deg));
    json_object_set_new(grid, "highest_deg", json_number(facts->highest_deg));
    json_object_set_new(grid, "median_spacing_deg", json_number(facts->median_spacing_deg));
    json_object_set_new(grid, "widest_spacing_deg", json_number(facts->widest_spacing_deg));
    json_object_set_new(root, "direction_count", json_integer(facts->direction_count));
    json_object_set_new(root, "grid", grid);
    uint32_t listed = facts->radius_count < INFO_MAX_LISTED ? facts->radius_count : INFO_MAX_LISTED;
    json_object_set_new(root, "radius_count", json_integer(facts->radius_count));
    json_object_set_new(root, "radii_m", json_numbers(facts->radii_m, listed));
    json_object_set_new(root, "largest_itd_us", json_real(1e6 * (double)facts->largest_itd_s));
    json_object_set_new(root, "least_itd_us", json_real(1e6 * (double)facts->least_itd_s));
    json_object_set_new(root, "most_itd_us", json_real(1e6 * (double)facts->most_itd_s));
    json_object_set_new(root, "largest_ild_db", json_number(facts->largest_ild_db));
    json_object_set_new(root, "balance_db", json_number(facts->balance_db));
    json_object_set_new(root, "peak", json_number(facts->peak));
    json_object_set_new(root, "least_delay_frames", json_number(facts->least_delay_frames));
    json_object_set_new(root, "most_delay_frames", json_number(facts->most_delay_frames));
}

static void json_add_quality(json_t* root, const findings* f)
{
    if (f->has_hrtf) {
        json_t* prepared = json_object();
        json_object_set_new(prepared, "sample_rate_hz", json_integer(f->hrtf.sample_rate_hz));
        json_object_set_new(prepared, "tap_count", json_integer(f->hrtf.tap_count));
        json_object_set_new(prepared, "direction_count", json_integer(f->hrtf.direction_count));
        json_object_set_new(prepared, "measured_count", json_integer(f->hrtf.measured_count));
        json_object_set_new(prepared, "gain", json_number(f->hrtf.gain));
        json_object_set_new(root, "prepared", prepared);
    }
    if (!f->has_quality) return;
    json_t* error = json_object();
    json_object_set_new(error, "tested_count", json_integer(f->quality.tested_count));
    json_object_set_new(error, "lsd_db", json_number(f->quality.log_spectral_db));
    json_object_set_new(error, "itd_us", json_real(1e6 * (double)f->quality.itd_error_s));
    json_object_set_new(error, "ild_db", json_number(f->quality.ild_error_db));
    json_object_set_new(root, "interpolation_error", error);
}

static int print_json(const findings* f)
{
    json_t* root = json_object();
    json_object_set_new(root, "file", pinna_json_text(f->path));
    json_object_set_new(root, "usable", json_boolean(!f->status));
    if (!f->status) json_object_set_new(root, "usable_as", json_string(f->room ? "room" : "head"));
    if (f->info) {
        json_add_origin(root, f);
        if (f->facts.direction_count) json_add_facts(root, &f->facts);
        json_add_quality(root, f);
    }
    json_object_set_new(root, "report", json_report(&f->report));
    if (f->status) json_object_set_new(root, "error", pinna_json_text(reason(f)));
    char* text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    json_decref(root);
    if (!text) return -1;
    puts(text);
    free(text);
    return 0;
}

/* --- the command --- */

int pinna_command_info(int argc, char** argv)
{
    bool json = false;
    const pinna_cli_option options[] = {
        {"json", 0, PINNA_CLI_FLAG, &json, NULL, "one JSON object instead of text", 0, 0, NULL},
    };
    const pinna_cli_command command = {
        .name = "info",
        .usage = "FILE.sofa [--json]",
        .about = "Tells what is in a SOFA file, what was repaired and whether it is usable.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .notes = "Exit status: 0 usable (as a head, or as a room with --brir), 1 not usable, 2 the call was wrong.",
    };
    int operand;
    int code = pinna_cli_parse(&command, argc, argv, &operand);
    if (code != PINNA_CLI_GO_ON) return code;
    if (argc - operand != 1)
        return pinna_cli_usage_error(operand == argc ? "which file? Name a .sofa file" : "name one file, not %d",
                                     argc - operand);
    findings* f = calloc(1, sizeof *f);
    if (!f) return pinna_cli_failure(PINNA_ERROR_MEMORY, NULL);
    f->path = argv[operand];
    pinna_sofa* sofa = find_out(f);
    bool printed = true;
    if (json) printed = print_json(f) == 0;
    else print_text(f);
    if (!printed) f->status = PINNA_ERROR_MEMORY;
    code = f->status ? pinna_cli_failure(f->status, &f->report) : PINNA_EXIT_OK;
    pinna_sofa_destroy(sofa);
    free(f);
    return code;
}
