/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <ctype.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_MAX = 80, WORD_MAX = 63, HELP_COLUMN = 26 };

/* Values getopt_long returns for long options: above every short letter. */
enum { LONG_BASE = 256, HELP_VALUE = LONG_BASE + OPTION_MAX, NO_CACHE_VALUE };

static const char* command_name;
static bool is_cache_off;

void pinna_cli_set_name(const char* name)
{
    command_name = name;
}

bool pinna_cli_no_cache(void)
{
    return is_cache_off;
}

/* File names may hold line breaks or terminal escapes; an error stays one harmless line. */
static void print_line(const char* severity, const char* format, va_list arguments)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, arguments);
    for (char* c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    fprintf(stderr, "pinna%s%s: %s%s\n", command_name ? " " : "", command_name ? command_name : "", severity, text);
}

static void PINNA_PRINTF(2, 3) print_severity(const char* severity, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(severity, format, arguments);
    va_end(arguments);
}

void pinna_cli_error(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line("", format, arguments);
    va_end(arguments);
}

int pinna_cli_usage_error(const char* format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pinna_cli_error("%s (see pinna %s%s--help)", text, command_name ? command_name : "", command_name ? " " : "");
    return PINNA_EXIT_USAGE;
}

int pinna_cli_failure(pinna_status status, const pinna_report* report)
{
    const char* text = pinna_report_error(report);
    pinna_cli_error("%s", text ? text : pinna_status_string(status));
    return PINNA_EXIT_FAILURE;
}

static bool seen_before(const pinna_report* report, uint32_t entry)
{
    for (uint32_t i = 0; i < entry; i++)
        if (!strcmp(report->entries[i].text, report->entries[entry].text)) return true;
    return false;
}

void pinna_cli_print_report(const pinna_report* report)
{
    for (uint32_t i = 0; i < report->count; i++) {
        const pinna_report_entry* entry = &report->entries[i];
        if (entry->severity == PINNA_SEVERITY_ERROR || seen_before(report, i)) continue;
        print_severity(entry->severity == PINNA_SEVERITY_WARNING ? "warning: " : "note: ", "%s", entry->text);
    }
    if (report->dropped_count) print_severity("note: ", "%u more remarks are not shown", report->dropped_count);
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

int pinna_cli_finish(pinna_status status, const pinna_report* report, bool quiet)
{
    if (status) return pinna_cli_failure(status, report);
    if (!quiet) pinna_cli_print_report(report);
    return PINNA_EXIT_OK;
}

/* Levenshtein's distance, one row at a time. */
static size_t edit_distance(const char* a, const char* b)
{
    size_t row[WORD_MAX + 1];
    size_t b_length = strlen(b);
    if (strlen(a) > WORD_MAX || b_length > WORD_MAX) return SIZE_MAX;
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t above = row[j];
            size_t changed = tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]);
            row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + changed);
            diagonal = above;
        }
    }
    return row[b_length];
}

const char* pinna_cli_closest(const char* word, const char* const* candidates)
{
    const char* best = NULL;
    size_t best_distance = strlen(word) / 3 + 2; /* further away is another word, not a slip */
    for (; *candidates; candidates++) {
        size_t distance = edit_distance(word, *candidates);
        bool cut_short = strlen(word) >= 3 && !strncmp(word, *candidates, strlen(word));
        if (cut_short && distance >= best_distance) distance = best_distance - 1;
        if (distance >= best_distance) continue;
        best = *candidates;
        best_distance = distance;
    }
    return best;
}

bool pinna_cli_parse_number(const char* text, double* out)
{
    /* strtod also takes "inf", "nan" and hexadecimal; nobody means those here. */
    if (!*text || text[strspn(text, "0123456789+-.eE")]) return false;
    char* end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value)) return false;
    *out = value;
    return true;
}

static int take_number(const pinna_cli_option* option, const char* text)
{
    double value = 0;
    if (!pinna_cli_parse_number(text, &value))
        return pinna_cli_usage_error("--%s takes a number (%s), not '%s'", option->name, option->value, text);
    if (option->kind == PINNA_CLI_COUNT && value != floor(value))
        return pinna_cli_usage_error("--%s takes a whole number (%s), not '%s'", option->name, option->value, text);
    if (value < option->minimum || value > option->maximum)
        return pinna_cli_usage_error("--%s must lie between %.10g and %.10g, not %s", option->name, option->minimum,
                                     option->maximum, text);
    if (option->kind == PINNA_CLI_COUNT)
        *(uint32_t*)option->target = (uint32_t)value;
    else
        *(double*)option->target = value;
    return PINNA_CLI_GO_ON;
}

static void list_choices(const char* const* choices, char* text, size_t capacity)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; choices[i] && used < capacity; i++)
        used += (size_t)snprintf(text + used, capacity - used, "%s%s", i ? ", " : "", choices[i]);
}

static int take_choice(const pinna_cli_option* option, const char* text)
{
    char list[256];
    for (uint32_t i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], text)) continue;
        *(uint32_t*)option->target = i;
        return PINNA_CLI_GO_ON;
    }
    list_choices(option->choices, list, sizeof list);
    return pinna_cli_usage_error("--%s is one of %s, not '%s'", option->name, list, text);
}

static int take_item(const pinna_cli_option* option, const char* text)
{
    pinna_cli_list* list = option->target;
    if (!*text) return pinna_cli_usage_error("--%s needs a value (%s)", option->name, option->value);
    if (list->count == PINNA_CLI_LIST_MAX)
        return pinna_cli_usage_error("--%s is given more than %d times", option->name, PINNA_CLI_LIST_MAX);
    list->items[list->count++] = text;
    return PINNA_CLI_GO_ON;
}

static int take_option(const pinna_cli_option* option, const char* text)
{
    switch (option->kind) {
    case PINNA_CLI_FLAG:
        *(bool*)option->target = true;
        return PINNA_CLI_GO_ON;
    case PINNA_CLI_TEXT:
        if (!*text) return pinna_cli_usage_error("--%s needs a value (%s)", option->name, option->value);
        *(const char**)option->target = text;
        return PINNA_CLI_GO_ON;
    case PINNA_CLI_CHOICE:
        return take_choice(option, text);
    case PINNA_CLI_LIST:
        return take_item(option, text);
    case PINNA_CLI_NUMBER:
    case PINNA_CLI_COUNT:
        break;
    }
    return take_number(option, text);
}

static void print_option(const pinna_cli_option* option)
{
    char head[128], list[256] = "";
    snprintf(head, sizeof head, "%c%c%s --%s %s", option->letter ? '-' : ' ', option->letter ? option->letter : ' ',
             option->letter ? "," : " ", option->name, option->value ? option->value : "");
    if (option->choices) list_choices(option->choices, list, sizeof list);
    bool fits = strlen(head) < HELP_COLUMN;
    printf("  %-*s%s", HELP_COLUMN, head, fits ? "" : "\n");
    printf("%*s%s%s%s\n", fits ? 0 : HELP_COLUMN + 2, "", option->help, list[0] ? ": " : "", list);
}

static void print_help(const pinna_cli_command* command)
{
    printf("Usage: pinna %s %s\n\n%s\n\nOptions:\n", command->name, command->usage, command->about);
    for (size_t i = 0; i < command->option_count; i++)
        print_option(&command->options[i]);
    printf("  %-*s%s\n", HELP_COLUMN, "    --no-cache", "prepare heads anew rather than keep them in the cache");
    printf("  %-*s%s\n", HELP_COLUMN, "-h, --help", "this text");
    if (command->notes) printf("\n%s\n", command->notes);
}

/* getopt's tables, made from ours. The leading colon tells a missing value from an unknown option. */
static void make_tables(const pinna_cli_command* command, struct option* longs, char* shorts)
{
    char* letter = shorts;
    *letter++ = ':';
    *letter++ = 'h';
    for (size_t i = 0; i < command->option_count; i++) {
        const pinna_cli_option* option = &command->options[i];
        bool takes_value = option->kind != PINNA_CLI_FLAG;
        longs[i] =
            (struct option){option->name, takes_value ? required_argument : no_argument, NULL, LONG_BASE + (int)i};
        if (option->letter) *letter++ = option->letter;
        if (option->letter && takes_value) *letter++ = ':';
    }
    *letter = '\0';
    longs[command->option_count] = (struct option){"help", no_argument, NULL, HELP_VALUE};
    longs[command->option_count + 1] = (struct option){"no-cache", no_argument, NULL, NO_CACHE_VALUE};
    longs[command->option_count + 2] = (struct option){0};
}

static int unknown_option(const pinna_cli_command* command, const char* text)
{
    const char* names[OPTION_MAX + 3] = {"help", "no-cache"};
    char word[WORD_MAX + 1];
    for (size_t i = 0; i < command->option_count; i++)
        names[i + 2] = command->options[i].name;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(text, "="), text);
    const char* closest = strncmp(word, "--", 2) ? NULL : pinna_cli_closest(word + 2, names);
    if (closest) return pinna_cli_usage_error("there is no option %s; did you mean --%s?", word, closest);
    return pinna_cli_usage_error("there is no option %s", word);
}

static int refuse(const pinna_cli_command* command, int code, char** argv)
{
    const char* text = argv[optind - 1];
    if (code == ':') return pinna_cli_usage_error("%s needs a value after it", text);
    if (optopt >= LONG_BASE) return pinna_cli_usage_error("%s takes no value", text);
    if (optopt && strncmp(text, "--", 2)) return pinna_cli_usage_error("there is no option -%c", optopt);
    return unknown_option(command, text);
}

static const pinna_cli_option* find_option(const pinna_cli_command* command, int code)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (code == LONG_BASE + (int)i || (code == command->options[i].letter && code)) return &command->options[i];
    return NULL;
}

int pinna_cli_parse(const pinna_cli_command* command, int argc, char** argv, int* first_operand)
{
    struct option longs[OPTION_MAX + 3];
    char shorts[2 * OPTION_MAX + 3];
    if (command->option_count > OPTION_MAX) abort(); /* a mistake in this program, seen at its first run */
    pinna_cli_set_name(command->name);
    is_cache_off = false;
    make_tables(command, longs, shorts);
    opterr = 0;
    optind = 0; /* 0, not 1: glibc also forgets what it permuted for an earlier command line */
    for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (code == 'h' || code == HELP_VALUE) {
            print_help(command);
            return PINNA_EXIT_OK;
        }
        if (code == NO_CACHE_VALUE) {
            is_cache_off = true;
            continue;
        }
        const pinna_cli_option* option = find_option(command, code);
        int result = option ? take_option(option, optarg ? optarg : "") : refuse(command, code, argv);
        if (result != PINNA_CLI_GO_ON) return result;
    }
    *first_operand = optind;
    for (int i = optind; i < argc; i++)
        if (!*argv[i]) return pinna_cli_usage_error("an argument is empty; a name was meant to stand there");
    return PINNA_CLI_GO_ON;
}
