/* SPDX-License-Identifier: MIT */
#include "cli.h"
#include "commands.h"
#include "convert_set.h"
#include "output_file.h"
#include "setup.h"

#include <pinna/sofa.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of grown people, in the middle. */
static const double usual_circumference_m = 0.56;

typedef struct options {
    const char *input, *output, *preset_name;
    pinna_cli_list sets;
    pinna_hrtf_options head;
    uint32_t rate_hz, length;
    bool keep_delays, add_itd, quiet;
    double equalisation, low_end_hz, expansion, circumference_m;
} options;

typedef struct job {
    options options;
    pinna_report report;
    pinna_sofa* sofa;
    convert_set set;
    pinna_output_file* file;
    double difference_db;
} job;

static int parse(options* o, int argc, char** argv, int* first)
{
    const pinna_cli_option table[] = {
        {"rate", 'r', PINNA_CLI_COUNT, &o->rate_hz, "HZ", "sampling rate; default: as it is", 8000, 192000, NULL},
        {"length", 0, PINNA_CLI_COUNT, &o->length, "TAPS", "samples per response; default: as it is", 16, 8192, NULL},
        {"preset", 0, PINNA_CLI_TEXT, &o->preset_name, "NAME",
         "what a preset does to the head: flat (the default), cinematic "
         "or positional",
         0, 0, NULL},
        {"set", 0, PINNA_CLI_LIST, &o->sets, "NAME=VALUE",
         "one of a preset's values for the head (hrtf.), again and again", 0, 0, NULL},
        {"equalise", 0, PINNA_CLI_NUMBER, &o->equalisation, "SHARE",
         "take out this share of what all directions have in common", 0, 1, NULL},
        {"low-end", 0, PINNA_CLI_NUMBER, &o->low_end_hz, "HZ", "extend the responses flat below this frequency", 60,
         500, NULL},
        {"expand", 0, PINNA_CLI_NUMBER, &o->expansion, "FACTOR", "exaggerate what differs between directions", 1, 3,
         NULL},
        {"head-circumference", 0, PINNA_CLI_NUMBER, &o->circumference_m, "M", "scale the time differences to this head",
         0.4, 0.8, NULL},
        {"add-itd", 0, PINNA_CLI_FLAG, &o->add_itd, NULL, "add a sphere's time differences to a set that has none", 0,
         0, NULL},
        {"keep-delays", 0, PINNA_CLI_FLAG, &o->keep_delays, NULL, "leave Data.Delay apart from the responses", 0, 0,
         NULL},
        {"quiet", 'q', PINNA_CLI_FLAG, &o->quiet, NULL, "say nothing but errors", 0, 0, NULL},
    };
    const pinna_cli_command command = {
        .name = "convert",
        .usage = "IN.sofa OUT.sofa [options]",
        .about =
            "Writes any SOFA file Pinna reads as a clean SimpleFreeFieldHRIR 1.0 (AES69) that other programs open:\n"
            "repaired, positions in degrees seen by the head, delays within the responses.",
        .options = table,
        .option_count = sizeof table / sizeof table[0],
        .notes = "The file is read back before it gets its name, and compared.",
    };
    return pinna_cli_parse(&command, argc, argv, first);
}

static int check_usage(options* o, int operand_count, char** operands)
{
    if (operand_count < 2)
        return pinna_cli_usage_error(operand_count ? "where to? Name the file to write after the one to read"
                                                   : "which file? Name the .sofa file to read and the one to write");
    if (operand_count > 2)
        return pinna_cli_usage_error("name one file to read and one to write, not %d", operand_count);
    o->input = operands[0], o->output = operands[1];
    if (pinna_output_file_same(o->input, o->output))
        return pinna_cli_usage_error("'%s' is the file to read; write another one", o->output);
    return PINNA_CLI_GO_ON;
}

/* The preset's options for the head, then those named one by one. */
static int choose_head(options* o)
{
    static pinna_report report;
    pinna_preset preset;
    if (pinna_setup_choose_preset(o->preset_name, NULL, &o->sets, &report, &preset))
        return pinna_cli_usage_error("%s", pinna_report_error(&report));
    o->head = preset.hrtf;
    if (o->equalisation > 0) o->head.diffuse_equalization = (float)o->equalisation;
    if (o->low_end_hz > 0) o->head.low_extension_hz = (float)o->low_end_hz;
    if (o->expansion > 0) o->head.cue_expansion = (float)o->expansion;
    if (o->circumference_m > 0 && !o->add_itd) o->head.head_circumference_m = (float)o->circumference_m;
    if (!pinna_hrtf_options_check(&o->head, &report)) return PINNA_CLI_GO_ON;
    return pinna_cli_usage_error("%s", pinna_report_error(&report));
}

static bool wants_engine(const pinna_hrtf_options* head)
{
    return head->diffuse_equalization > 0 || head->low_extension_hz > 0 || head->cue_expansion > 1 ||
           head->head_circumference_m > 0 || head->head_width_m > 0 || head->balance_db != 0;
}

static pinna_status treat(job* j)
{
    const options* o = &j->options;
    pinna_status status = convert_set_copy(pinna_sofa_measured(j->sofa), &j->set);
    if (!status && o->add_itd)
        status = convert_set_add_itd(&j->set, o->circumference_m > 0 ? o->circumference_m : usual_circumference_m);
    if (!status && o->rate_hz) status = convert_set_resample(&j->set, o->rate_hz, &j->report);
    if (!status && wants_engine(&o->head)) status = convert_set_apply(&j->set, &o->head, &j->report);
    if (!status && !o->keep_delays) status = convert_set_bake_delays(&j->set, &j->report);
    if (!status && o->length) status = convert_set_set_length(&j->set, o->length, &j->report);
    return status;
}

/* What cannot be read back the same is not written. */
static pinna_status read_back(job* j, const void* bytes, size_t byte_count)
{
    static const double bar_db = -90;
    static pinna_report second; /* What it says of the set was said when the set was read. */
    pinna_sofa* sofa;
    memset(&second, 0, sizeof second);
    pinna_status status = pinna_sofa_load_memory(bytes, byte_count, j->options.output, &second, &sofa);
    j->difference_db = status ? INFINITY : convert_set_difference_db(&j->set.measured, pinna_sofa_measured(sofa));
    pinna_sofa_destroy(sofa);
    if (j->difference_db <= bar_db) return PINNA_OK;
    const char* error = pinna_report_error(&second);
    pinna_report_add(&j->report, PINNA_SEVERITY_ERROR, "read-back",
                     "%s: what was to be written reads back differently%s%s; "
                     "nothing was written",
                     j->options.output, error ? ": " : "", error ? error : "");
    return PINNA_ERROR_DATA;
}

/* Whoever fails at it does not know what it is to be called. */
static void name_output(job* j)
{
    char reason[PINNA_REPORT_TEXT_BYTES];
    const char* error = pinna_report_error(&j->report);
    snprintf(reason, sizeof reason, "%s", error ? error : "it cannot be made");
    pinna_report_add(&j->report, PINNA_SEVERITY_ERROR, "output", "%s: %s; nothing was written", j->options.output,
                     reason);
}

static pinna_status write_set(job* j)
{
    void* bytes = NULL;
    size_t byte_count = 0;
    pinna_status status =
        pinna_sofa_encode(&j->set.measured, pinna_sofa_get_info(j->sofa), &j->report, &bytes, &byte_count);
    if (status) name_output(j);
    if (!status) status = read_back(j, bytes, byte_count);
    if (!status) status = pinna_output_file_create(j->options.output, &j->report, &j->file);
    if (!status) {
        pinna_output_file_write(j->file, bytes, byte_count);
        status = pinna_output_file_commit(j->file, &j->report);
        j->file = NULL;
    }
    pinna_sofa_free(bytes);
    return status;
}

static int run_job(job* j)
{
    const options* o = &j->options;
    pinna_status status = pinna_sofa_load(o->input, &j->report, &j->sofa);
    if (!status) status = treat(j);
    if (!status) status = write_set(j);
    if (!status && !o->quiet)
        printf("%s: %u measurements of %u samples at %.0f Hz; read back within %.0f dB\n", o->output,
               j->set.measured.measurement_count, j->set.measured.tap_count, j->set.measured.sample_rate_hz,
               fmax(j->difference_db, -200));
    int code = pinna_cli_finish(status, &j->report, o->quiet);
    convert_set_free(&j->set);
    pinna_sofa_destroy(j->sofa);
    return code;
}

int pinna_command_convert(int argc, char** argv)
{
    static job j; /* static: a report is large for a stack */
    memset(&j, 0, sizeof j);
    int first = argc;
    int code = parse(&j.options, argc, argv, &first);
    if (code == PINNA_CLI_GO_ON) code = check_usage(&j.options, argc - first, argv + first);
    if (code == PINNA_CLI_GO_ON) code = choose_head(&j.options);
    return code == PINNA_CLI_GO_ON ? run_job(&j) : code;
}
