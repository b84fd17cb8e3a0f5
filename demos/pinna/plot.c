/* SPDX-License-Identifier: MIT */
#include "plot.h"
#include "cli.h"
#include "commands.h"
#include "output_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const pinna_plot_kind* const kinds[] = {&pinna_plot_sofa, &pinna_plot_scene};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0], START_BYTES = 64 };

static const pinna_plot_kind* find_kind(const char* path, pinna_report* report)
{
    unsigned char start[START_BYTES];
    errno = 0;
    FILE* file = fopen(path, "rb");
    const char* problem = strerror(errno);
    size_t byte_count = file ? fread(start, 1, sizeof start, file) : 0;
    if (file) fclose(file);
    for (size_t i = 0; i < KIND_COUNT; i++)
        if ((file || kinds[i]->takes_names) && kinds[i]->takes(path, start, byte_count)) return kinds[i];
    if (file) return kinds[0]; /* Who says best what is wrong with it. */
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "file", "%s: it cannot be opened (%s); check the path", path,
                     problem);
    return NULL;
}

static pinna_status plot(const char* input, const char* output, pinna_report* report)
{
    const pinna_plot_kind* kind = find_kind(input, report);
    void* subject = NULL;
    pinna_output_file* file = NULL;
    if (!kind) return PINNA_ERROR_FILE;
    pinna_status status = kind->load(input, report, &subject);
    if (!status) status = pinna_output_file_create(output, report, &file);
    if (!status && !plot_write(plot_format_of(output), kind, subject, file)) {
        pinna_output_file_discard(file);
        file = NULL;
        status = PINNA_ERROR_MEMORY;
    }
    if (file) status = pinna_output_file_commit(file, report);
    kind->release(subject);
    return status;
}

int pinna_command_plot(int argc, char** argv)
{
    static pinna_report report;
    const char* output = NULL;
    bool quiet = false;
    const pinna_cli_option options[] = {
        {"output", 'o', PINNA_CLI_TEXT, &output, "FILE", "the picture: .png, .svg or .pdf", 0, 0, NULL},
        {"quiet", 'q', PINNA_CLI_FLAG, &quiet, NULL, "say nothing but errors", 0, 0, NULL},
    };
    const pinna_cli_command command = {
        .name = "plot",
        .usage = "FILE -o OUT.png|.svg|.pdf",
        .about =
            "Draws FILE. A SOFA file: where it was measured, the time between the ears over azimuth, and the left\n"
            "ear's level over azimuth and over elevation. A scene (.json, or the name of a built-in one), an ADM\n"
            "master or a path (.csv): where everything goes, from above and from the right, how loud it is at the\n"
            "listener, and when.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int operand;
    memset(&report, 0, sizeof report);
    int code = pinna_cli_parse(&command, argc, argv, &operand);
    if (code != PINNA_CLI_GO_ON) return code;
    if (argc - operand != 1)
        return pinna_cli_usage_error(operand == argc ? "what is to be drawn? Name a SOFA file, a scene or a path"
                                                     : "name one file, not %d",
                                     argc - operand);
    if (!output) return pinna_cli_usage_error("where to? Name the picture with -o FILE.png, .svg or .pdf");
    if (plot_format_of(output) == PLOT_NO_FORMAT)
        return pinna_cli_usage_error("'%s' does not end in .png, .svg or .pdf, so its format is not known", output);
    if (pinna_output_file_same(argv[operand], output))
        return pinna_cli_usage_error("'%s' is the file to read; write another one", output);
    return pinna_cli_finish(plot(argv[operand], output, &report), &report, quiet);
}
