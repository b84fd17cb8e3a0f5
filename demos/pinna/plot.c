/* SPDX-License-Identifier: MIT */
#include "plot.h"
#include "cli.h"
#include "commands.h"
#include "output_file.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const pinna_plot_kind* const kinds[] = {&pinna_plot_sofa, &pinna_plot_scene};

/* PNG has two pixels to the point, so that it is sharp on dense screens. */
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0], PIXELS_PER_POINT = 2, START_BYTES = 64 };

typedef enum picture_format { NO_FORMAT, PNG, SVG, PDF } picture_format;

static picture_format format_of(const char* path)
{
    const char* dot = strrchr(path, '.');
    if (dot && !strcasecmp(dot, ".png")) return PNG;
    if (dot && !strcasecmp(dot, ".svg")) return SVG;
    return dot && !strcasecmp(dot, ".pdf") ? PDF : NO_FORMAT;
}

static cairo_status_t write_bytes(void* file, const unsigned char* bytes, unsigned count)
{
    return pinna_output_file_write(file, bytes, count) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_surface_t* create_surface(picture_format format, double width, double height, pinna_output_file* file)
{
    if (format == SVG) return cairo_svg_surface_create_for_stream(write_bytes, file, width, height);
    if (format == PDF) return cairo_pdf_surface_create_for_stream(write_bytes, file, width, height);
    return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(PIXELS_PER_POINT * width),
                                      (int)(PIXELS_PER_POINT * height));
}

static bool draw(picture_format format, const pinna_plot_kind* kind, const void* subject, pinna_output_file* file)
{
    double height = kind->height_of ? kind->height_of(subject) : kind->height;
    cairo_surface_t* surface = create_surface(format, kind->width, height, file);
    cairo_t* page = cairo_create(surface);
    if (format == PNG) cairo_scale(page, PIXELS_PER_POINT, PIXELS_PER_POINT);
    cairo_set_source_rgb(page, 1, 1, 1);
    cairo_paint(page);
    cairo_select_font_face(page, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    kind->draw(page, subject);
    cairo_status_t status = cairo_status(page);
    cairo_destroy(page);
    if (format == PNG && !status) status = cairo_surface_write_to_png_stream(surface, write_bytes, file);
    cairo_surface_finish(surface);
    if (!status) status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return !status || status == CAIRO_STATUS_WRITE_ERROR; /* The file's own commit tells that in better words. */
}

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
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "file", "%s: it cannot be opened (%s); check the path", path, problem);
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
    if (!status && !draw(format_of(output), kind, subject, file)) {
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
        .about = "Draws FILE. A SOFA file: where it was measured, the time between the ears over azimuth, and the left ear's\n"
                 "level over azimuth and over elevation. A scene (.json, or the name of a built-in one) or a path (.csv):\n"
                 "where everything goes, from above and from the right, how loud it is at the listener, and when.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int operand;
    memset(&report, 0, sizeof report);
    int code = pinna_cli_parse(&command, argc, argv, &operand);
    if (code != PINNA_CLI_GO_ON) return code;
    if (argc - operand != 1)
        return pinna_cli_usage_error(operand == argc ? "what is to be drawn? Name a SOFA file, a scene or a path" : "name one file, not %d",
                                     argc - operand);
    if (!output) return pinna_cli_usage_error("where to? Name the picture with -o FILE.png, .svg or .pdf");
    if (format_of(output) == NO_FORMAT)
        return pinna_cli_usage_error("'%s' does not end in .png, .svg or .pdf, so its format is not known", output);
    if (pinna_output_file_same(argv[operand], output))
        return pinna_cli_usage_error("'%s' is the file to read; write another one", output);
    return pinna_cli_finish(plot(argv[operand], output, &report), &report, quiet);
}
