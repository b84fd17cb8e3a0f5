/* SPDX-License-Identifier: MIT */
#include "cli.h"
#include "commands.h"
#include "output_file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
    const char* name;
    int (*run)(int argc, char** argv);
    const char* help;
} commands[] = {
    {"info", pinna_command_info, "what is in a SOFA file, what was repaired, is it usable"},
    {"convert", pinna_command_convert, "any SOFA file as one that other programs open"},
    {"plot", pinna_command_plot, "a picture of a SOFA file, a scene or a path"},
    {"render", pinna_command_render, "place sounds around the head, into a stereo file for headphones"},
    {"live", pinna_command_live, "hear a scene now, with a head tracker, and see it"},
    {"probe", pinna_command_probe, "impulse responses of the renderer, for measuring it"},
    {"presets", pinna_command_presets, "what the presets set, and what can be set"},
    {"bench", pinna_command_bench, "how fast sources are rendered on this machine"},
    {"bake", pinna_command_bake, "prepare a head that is not trusted into the cache, confined"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(void)
{
    printf("Usage: pinna COMMAND ...\n\nBinaural rendering with measured HRTFs (SOFA files).\n\nCommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-8s %s\n", commands[i].name, commands[i].help);
    printf("\n  pinna COMMAND --help   the options of a command\n  pinna --version        the version\n\n"
           "Exit status: 0 all is well, 1 it failed, 2 the call was wrong.\n");
}

/* NULL ends the names. */
static void list_names(const char* names[COMMAND_COUNT + 3])
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    names[COMMAND_COUNT] = "--help";
    names[COMMAND_COUNT + 1] = "--version";
    names[COMMAND_COUNT + 2] = NULL;
}

static int no_command(void)
{
    char list[128] = "";
    for (size_t i = 0, used = 0; i < COMMAND_COUNT && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", commands[i].name);
    return pinna_cli_usage_error("which command? One of %s", list);
}

static int unknown_command(const char* name)
{
    const char* names[COMMAND_COUNT + 3];
    list_names(names);
    const char* closest = pinna_cli_closest(name, names);
    const char* kind = name[0] == '-' ? "option" : "command";
    if (closest) return pinna_cli_usage_error("there is no %s '%s'; did you mean '%s'?", kind, name, closest);
    return pinna_cli_usage_error("there is no %s '%s'", kind, name);
}

static int dispatch(int argc, char** argv)
{
    if (argc < 2) return no_command();
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        print_help();
        return PINNA_EXIT_OK;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("pinna %s\n", pinna_version());
        return PINNA_EXIT_OK;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (!strcmp(argv[1], commands[i].name)) return commands[i].run(argc - 1, argv + 1);
    return unknown_command(argv[1]);
}

/* A reader that stops listening (`pinna info f.sofa | head -1`) has what it wants: no error. A full disk is one. */
static int close_output(int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    if (errno == EPIPE) return code;
    pinna_cli_error("cannot write to standard output: %s", strerror(errno ? errno : EIO));
    return code ? code : PINNA_EXIT_FAILURE;
}

/* Every source of a scene keeps its file open; the usual soft limit of 1024 is lower than need be. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char** argv)
{
    signal(SIGPIPE, SIG_IGN); /* writing then fails with EPIPE, which is handled like any failed write */
    signal(SIGXFSZ, SIG_IGN); /* likewise EFBIG */
    pinna_output_file_catch_signals();
    raise_file_limit();
    return close_output(dispatch(argc, argv));
}
