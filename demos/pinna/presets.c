/* SPDX-License-Identifier: MIT */
#include "cli.h"
#include "commands.h"

#include <pinna/preset.h>

#include <stdio.h>
#include <string.h>

enum { PRESETS_MAX = 8, VALUE_BYTES = 32 };

typedef struct options {
    bool all, markdown;
} options;

/* A value in each preset, and whether they differ. */
typedef struct row {
    pinna_preset_value value;
    char texts[PRESETS_MAX][VALUE_BYTES];
    bool differs;
} row;

static uint32_t find_presets(pinna_preset presets[PRESETS_MAX])
{
    uint32_t count = 0;
    while (count < PRESETS_MAX && pinna_preset_name(count) &&
           !pinna_preset_find(pinna_preset_name(count), &presets[count]))
        count++;
    return count;
}

static bool fill_row(uint32_t index, const pinna_preset* presets, uint32_t count, row* out)
{
    *out = (row){0};
    if (pinna_preset_describe(index, &out->value)) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (pinna_preset_get(&presets[i], out->value.name, out->texts[i], VALUE_BYTES)) return false;
        out->differs = out->differs || strcmp(out->texts[i], out->texts[0]);
    }
    return true;
}

static void print_range(const pinna_preset_value* v)
{
    if (v->is_switch) {
        printf("on, off");
        return;
    }
    for (int i = 0; v->choices && v->choices[i]; i++) printf("%s%s", i ? ", " : "", v->choices[i]);
    if (!v->choices) printf("%s%g to %g", v->zero_too && v->minimum > 0.0 ? "0, " : "", v->minimum, v->maximum);
}

static void print_head(uint32_t count, const options* o)
{
    const char* bar = o->markdown ? " | " : "  ";
    printf("%s%-26s", o->markdown ? "| " : "", "value");
    for (uint32_t i = 0; i < count; i++) printf("%s%-10s", bar, pinna_preset_name(i));
    printf("%s%s\n", bar, o->markdown ? "|" : "range: what it is");
    if (!o->markdown) return;
    for (uint32_t i = 0; i < count + 2; i++) printf("|---");
    printf("|\n");
}

static void print_row(const row* r, uint32_t count, const options* o)
{
    const char* bar = o->markdown ? " | " : "  ";
    char name[64];
    snprintf(name, sizeof name, o->markdown ? "`%s`" : "%s", r->value.name);
    printf("%s%-26s", o->markdown ? "| " : "", name);
    for (uint32_t i = 0; i < count; i++) printf("%s%-10s", bar, r->texts[i]);
    printf("%s", bar);
    if (!o->markdown) print_range(&r->value);
    printf("%s%s%s\n", o->markdown ? "" : ": ", r->value.about, o->markdown ? " |" : "");
}

static void print_rooms(void)
{
    printf("\nroom=off, or a room made up beforehand:");
    for (uint32_t i = 0; pinna_room_name(i); i++) printf("%s %s", i ? "," : "", pinna_room_name(i));
    printf(" (sets size, decay and listener)\n");
}

int pinna_command_presets(int argc, char** argv)
{
    options o = {0};
    const pinna_cli_option table[] = {
        {"all", 0, PINNA_CLI_FLAG, &o.all, NULL, "also what is the same in all presets", 0, 0, NULL},
        {"markdown", 0, PINNA_CLI_FLAG, &o.markdown, NULL, "as a table for documents", 0, 0, NULL},
    };
    const pinna_cli_command command = {
        "presets",
        "[options]",
        "Lists what the presets set. Any of it is changed by --set NAME=VALUE of render and probe, by \"set\" in a\n"
        "scene, and by pinna_preset_set() in a program.",
        table,
        sizeof table / sizeof table[0],
        NULL};
    int first = argc;
    int code = pinna_cli_parse(&command, argc, argv, &first);
    if (code != PINNA_CLI_GO_ON) return code;
    if (first < argc) return pinna_cli_usage_error("presets takes options only");
    pinna_preset presets[PRESETS_MAX];
    uint32_t count = find_presets(presets);
    row r;
    print_head(count, &o);
    for (uint32_t i = 0; fill_row(i, presets, count, &r); i++)
        if (o.all || r.differs) print_row(&r, count, &o);
    if (!o.markdown) print_rooms();
    return PINNA_EXIT_OK;
}
