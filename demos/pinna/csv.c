/* SPDX-License-Identifier: MIT */
#include "csv.h"
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 4096, FIELD_MAX = 64, ABSENT = -1 };

typedef struct reader {
    const char* path;
    FILE* file;
    pinna_report* report;
    const pinna_csv_column* columns;
    size_t column_count;
    uint32_t line;
    int field_of[PINNA_CSV_COLUMN_MAX]; /* where each column stands, or ABSENT */
    size_t row_capacity;
    char text[LINE_BYTES];
    char* fields[FIELD_MAX];
    size_t field_count;
} reader;

static pinna_status PINNA_PRINTF(2, 3) refuse(reader* r, const char* format, ...)
{
    char text[320];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pinna_report_add(r->report, PINNA_SEVERITY_ERROR, "csv", "%s line %u: %s", r->path, r->line ? r->line : 1, text);
    return PINNA_ERROR_DATA;
}

static char* trim(char* text)
{
    while (isspace((unsigned char)*text) || *text == '"')
        text++;
    char* end = text + strlen(text);
    while (end > text && (isspace((unsigned char)end[-1]) || end[-1] == '"'))
        *--end = '\0';
    return text;
}

static void split(reader* r, char* text)
{
    r->field_count = 0;
    while (text && r->field_count < FIELD_MAX) {
        char* comma = strchr(text, ',');
        if (comma) *comma = '\0';
        r->fields[r->field_count++] = trim(text);
        text = comma ? comma + 1 : NULL;
    }
}

/* A line without its end, which may be LF, CR LF or CR. False at the end of the file and on failure, then with a
   status. Zero bytes are refused at the first: a device or a hole in a file gives them without end. */
static bool read_line(reader* r, pinna_status* status)
{
    size_t length = 0;
    int c = getc_unlocked(r->file);
    if (c == EOF) return false;
    r->line++;
    for (; c != EOF && c != '\n' && c != '\r'; c = getc_unlocked(r->file)) {
        if (!c) *status = refuse(r, "holds a zero byte; is this a CSV file, as plain text?");
        if (length + 1 == sizeof r->text)
            *status = refuse(r, "is longer than %d bytes; is this a CSV file?", LINE_BYTES - 1);
        if (*status) return false;
        r->text[length++] = (char)c;
    }
    r->text[length] = '\0';
    int next = c == '\r' ? getc_unlocked(r->file) : '\n';
    if (next != '\n' && next != EOF) ungetc(next, r->file);
    return true;
}

/* The next line that says something, split. False at the end of the file and on failure, then with a status. */
static bool next_line(reader* r, pinna_status* status)
{
    *status = PINNA_OK;
    while (read_line(r, status)) {
        char* text = r->text;
        if (r->line == 1 && !strncmp(text, "\xef\xbb\xbf", 3)) text += 3; /* a byte order mark */
        text = trim(text);
        if (!*text || *text == '#') continue;
        split(r, text);
        return true;
    }
    if (!*status && ferror(r->file)) *status = refuse(r, "cannot be read: %s", strerror(errno));
    return false;
}

static void list_columns(const reader* r, char* text, size_t capacity)
{
    size_t used = 0;
    for (size_t i = 0; i < r->column_count && used < capacity; i++)
        used += (size_t)snprintf(text + used, capacity - used, r->columns[i].optional ? "%s[%s]" : "%s%s", i ? "," : "",
                                 r->columns[i].name);
}

static int find_field(const reader* r, const char* name, size_t first)
{
    for (size_t f = first; f < r->field_count; f++)
        if (!strcmp(r->fields[f], name)) return (int)f;
    return ABSENT;
}

static pinna_status read_header(reader* r)
{
    pinna_status status = PINNA_OK;
    char wanted[160] = "";
    list_columns(r, wanted, sizeof wanted);
    if (!next_line(r, &status))
        return status ? status : refuse(r, "the file is empty; a header line %s is needed", wanted);
    for (size_t i = 0; i < r->column_count; i++) {
        const char* name = r->columns[i].name;
        r->field_of[i] = find_field(r, name, 0);
        if (r->field_of[i] != ABSENT && find_field(r, name, (size_t)r->field_of[i] + 1) != ABSENT)
            return refuse(r, "the header line names %s twice", name);
        if (r->field_of[i] != ABSENT || r->columns[i].optional) continue;
        return refuse(r, "the header line has no column %s; needed are %s, separated by commas", name, wanted);
    }
    return PINNA_OK;
}

static pinna_status read_value(reader* r, size_t column, double* out)
{
    const pinna_csv_column* wanted = &r->columns[column];
    *out = wanted->fallback;
    if (r->field_of[column] == ABSENT) return PINNA_OK;
    size_t field = (size_t)r->field_of[column];
    if (field >= r->field_count)
        return refuse(r, "%s is missing: the line ends after %zu values", wanted->name, r->field_count);
    const char* text = r->fields[field];
    if (!pinna_cli_parse_number(text, out)) return refuse(r, "%s: '%.40s' is not a number", wanted->name, text);
    if (*out < wanted->minimum || *out > wanted->maximum)
        return refuse(r, "%s must lie between %.10g and %.10g, not %.40s", wanted->name, wanted->minimum,
                      wanted->maximum, text);
    return PINNA_OK;
}

static pinna_status grow(reader* r, pinna_csv_table* table)
{
    if (table->row_count < r->row_capacity) return PINNA_OK;
    if (table->row_count >= PINNA_CSV_ROW_MAX) return refuse(r, "more than %d rows", PINNA_CSV_ROW_MAX);
    size_t capacity = r->row_capacity ? 2 * r->row_capacity : 256;
    double* values = realloc(table->values, capacity * r->column_count * sizeof *values);
    if (values) table->values = values;
    uint32_t* lines = values ? realloc(table->lines, capacity * sizeof *lines) : NULL;
    if (!lines) return PINNA_ERROR_MEMORY;
    table->lines = lines;
    r->row_capacity = capacity;
    return PINNA_OK;
}

static pinna_status read_row(reader* r, pinna_csv_table* table)
{
    pinna_status status = grow(r, table);
    for (size_t i = 0; i < r->column_count && !status; i++)
        status = read_value(r, i, &table->values[table->row_count * r->column_count + i]);
    if (status) return status;
    table->lines[table->row_count++] = r->line;
    return PINNA_OK;
}

static pinna_status read_table(reader* r, pinna_csv_table* table)
{
    pinna_status status = read_header(r);
    while (!status && next_line(r, &status))
        status = read_row(r, table);
    if (!status && !table->row_count) status = refuse(r, "there is no row below the header");
    return status;
}

pinna_status pinna_csv_read(const char* path, const pinna_csv_column* columns, size_t column_count,
                            pinna_report* report, pinna_csv_table* out)
{
    *out = (pinna_csv_table){.column_count = column_count};
    reader* r = calloc(1, sizeof *r);
    if (!r) return PINNA_ERROR_MEMORY;
    *r = (reader){.path = path, .report = report, .columns = columns, .column_count = column_count};
    r->file = fopen(path, "rb");
    pinna_status status = PINNA_ERROR_FILE;
    if (r->file)
        status = read_table(r, out);
    else
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "csv", "%s: %s", path, strerror(errno));
    if (r->file) fclose(r->file);
    free(r);
    if (status) pinna_csv_release(out);
    return status;
}

void pinna_csv_release(pinna_csv_table* table)
{
    free(table->values);
    free(table->lines);
    *table = (pinna_csv_table){0};
}
