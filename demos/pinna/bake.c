/* SPDX-License-Identifier: MIT */
/* pinna bake: prepares a head into the cache, in a process that can do no harm, for a game to open. */
#include "cli.h"
#include "commands.h"
#include "confine.h"
#include "setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <pinna/load.h>

typedef struct options {
    const char *sofa, *cache, *preset_name;
    pinna_cli_list sets;
    pinna_preset preset; /* of which the head's options count */
    uint32_t rate_hz, hrir_length, memory_mb, cpu_s;
    bool quiet;
} options;

static int parse(options* o, int argc, char** argv, int* first)
{
    const pinna_cli_option table[] = {
        {"cache", 0, PINNA_CLI_TEXT, &o->cache, "FOLDER", "where to keep it; default: the user's cache", 0, 0, NULL},
        {"rate", 'r', PINNA_CLI_COUNT, &o->rate_hz, "HZ", "sampling rate it is prepared for; default 48000", 8000,
         192000, NULL},
        {"hrir-length", 0, PINNA_CLI_COUNT, &o->hrir_length, "TAPS", "taps per filter; default: 5.3 ms at most", 16,
         8192, NULL},
        {"preset", 0, PINNA_CLI_TEXT, &o->preset_name, "NAME", pinna_setup_preset_help, 0, 0, NULL},
        {"set", 0, PINNA_CLI_LIST, &o->sets, "NAME=VALUE", pinna_setup_set_help, 0, 0, NULL},
        {"memory", 0, PINNA_CLI_COUNT, &o->memory_mb, "MB", "memory it may take; default 1024", 64, 65536, NULL},
        {"time", 0, PINNA_CLI_COUNT, &o->cpu_s, "SECONDS", "processor time it may take; default 30", 1, 3600, NULL},
        {"quiet", 'q', PINNA_CLI_FLAG, &o->quiet, NULL, "print errors only", 0, 0, NULL},
    };
    const pinna_cli_command command = {
        .name = "bake",
        .usage = "FILE.sofa [--cache FOLDER] [--rate HZ] [--hrir-length TAPS] [--preset NAME]",
        .about =
            "Prepares a head and keeps it in the cache. The file may be hostile: it is read with limits on memory and\n"
            "time, without network, and on Linux without the right to write anywhere but into the cache.",
        .options = table,
        .option_count = sizeof table / sizeof table[0],
        .notes =
            "A game starts this for a file it does not trust, then calls pinna_load_hrtf() with only_cached, the same\n"
            "folder, rate, length and head options. Of a preset the head's options count (hrtf. in pinna presets):\n"
            "each preset a game offers is baked once.",
    };
    return pinna_cli_parse(&command, argc, argv, first);
}

static bool make_folders(const char* path)
{
    char partial[PINNA_LOAD_PATH_BYTES];
    size_t length = strlen(path);
    bool made = length > 0 && length < sizeof partial;
    for (size_t i = 1; i <= length && made; i++) {
        if (path[i] != '/' && path[i]) continue;
        memcpy(partial, path, i);
        partial[i] = '\0';
        struct stat facts;
        made = mkdir(partial, 0700) == 0 || (stat(partial, &facts) == 0 && S_ISDIR(facts.st_mode));
    }
    return made;
}

enum { LAST_WORDS_BYTES = PINNA_LOAD_PATH_BYTES + 256 };

static void compose(char text[LAST_WORDS_BYTES], const options* o, const char* what)
{
    snprintf(text, LAST_WORDS_BYTES, "pinna bake: %.4000s: %s; nothing was kept\n", o->sofa, what);
    for (char* c = text; *c; c++)
        if (((unsigned char)*c < 0x20 && *c != '\n') || *c == 0x7f || (*c == '\n' && c[1])) *c = '?';
}

static void explain_death(const options* o)
{
    static char crashed[LAST_WORDS_BYTES], slow[LAST_WORDS_BYTES];
    char what[128];
    compose(crashed, o, "reading it crashed, so it is damaged or made to do harm");
    snprintf(what, sizeof what,
             "it took more than %u s of processor time; it is made to do harm, or needs a larger --time", o->cpu_s);
    compose(slow, o, what);
    pinna_confine_explain_death(&(pinna_last_words){crashed, slow});
}

static void warn_unconfined(pinna_confined got, pinna_report* report)
{
    if (!got.no_network || !got.no_writing)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "confinement",
                         "this system offers no way to keep the process from%s%s%s; only memory and time are limited",
                         got.no_network ? "" : " the network", got.no_network || got.no_writing ? "" : " and from",
                         got.no_writing ? "" : " writing files");
}

/* The set that is loaded must be the one that was kept: a cache that failed is a failure here. */
static pinna_status check_kept(const pinna_report* report)
{
    for (uint32_t i = 0; i < report->count; i++)
        if (!strcmp(report->entries[i].name, "cache")) return PINNA_ERROR_FILE;
    return PINNA_OK;
}

static pinna_status bake(const options* o, pinna_report* report)
{
    pinna_load_config config = pinna_load_config_default();
    pinna_loaded loaded;
    pinna_hrtf* hrtf;
    config.path = o->sofa;
    config.forbid_personal = true;
    config.cache_folder = o->cache;
    config.prepare.sample_rate_hz = o->rate_hz;
    config.prepare.tap_count = o->hrir_length;
    config.prepare.options = o->preset.hrtf;
    pinna_status status = pinna_load_hrtf(&config, report, &loaded, &hrtf);
    if (status) return status;
    status = check_kept(report);
    pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
    if (!status && !o->quiet)
        printf("%s: %u directions, %u Hz, %u taps, %s %s\n", o->sofa, info.direction_count, info.sample_rate_hz,
               info.tap_count, loaded.from_cache ? "was already in" : "now in", o->cache);
    pinna_hrtf_release(hrtf);
    return status;
}

static int run(options* o)
{
    static pinna_report report; /* large for a stack */
    static char folder[PINNA_LOAD_PATH_BYTES];
    report = (pinna_report){0};
    pinna_status chosen = pinna_setup_choose_preset(o->preset_name, NULL, &o->sets, &report, &o->preset);
    if (chosen) return pinna_cli_finish(chosen, &report, o->quiet);
    if (!o->cache && pinna_load_cache_folder(folder, sizeof folder)) o->cache = folder;
    if (!o->cache) return pinna_cli_usage_error("there is no home for the cache; name a folder with --cache");
    if (!make_folders(o->cache)) {
        pinna_cli_error("%s: the cache cannot be made (%s); name another folder with --cache", o->cache,
                        strerror(errno));
        return PINNA_EXIT_FAILURE;
    }
    pinna_confinement limits = {(size_t)o->memory_mb << 20, o->cpu_s, o->cache};
    explain_death(o);
    warn_unconfined(pinna_confine(&limits), &report);
    pinna_status status = bake(o, &report);
    if (status == PINNA_ERROR_MEMORY)
        pinna_report_add(&report, PINNA_SEVERITY_ERROR, "memory",
                         "%s: it takes more than %u MB of memory; it is made to do harm, or needs a larger --memory",
                         o->sofa, o->memory_mb);
    if (!status || pinna_report_error(&report)) return pinna_cli_finish(status, &report, o->quiet);
    pinna_cli_print_report(&report);
    pinna_cli_error("%s: it was prepared, but could not be kept", o->sofa);
    return PINNA_EXIT_FAILURE;
}

int pinna_command_bake(int argc, char** argv)
{
    static options o; /* static: a list is large for a stack */
    o = (options){.rate_hz = 48000, .memory_mb = 1024, .cpu_s = 30};
    int first = argc;
    int code = parse(&o, argc, argv, &first);
    if (code != PINNA_CLI_GO_ON) return code;
    code = pinna_setup_check_set_options(o.preset_name, &o.sets);
    if (code != PINNA_CLI_GO_ON) return code;
    if (argc - first != 1) return pinna_cli_usage_error("which SOFA file? It takes exactly one");
    if (pinna_cli_no_cache()) return pinna_cli_usage_error("--no-cache and bake contradict each other");
    o.sofa = argv[first];
    return run(&o);
}
