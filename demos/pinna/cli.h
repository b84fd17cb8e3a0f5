/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_CLI_H
#define PINNA_DEMOS_CLI_H

#include <pinna/base.h>

/*
 * What all subcommands share of a command line: a table of options from which both the parser and the help text are
 * made, and messages of one line on standard error that begin with the subcommand's name.
 */

/** Exit codes. A contract: scripts tell a wrong call from a failed one by them. */
enum { PINNA_EXIT_OK = 0, PINNA_EXIT_FAILURE = 1, PINNA_EXIT_USAGE = 2 };

/** What pinna_cli_parse() returns when the subcommand is to go on. Not an exit code. */
enum { PINNA_CLI_GO_ON = -1 };

typedef enum pinna_cli_kind {
    PINNA_CLI_FLAG,   /**< target: bool*. Takes no value. */
    PINNA_CLI_TEXT,   /**< target: const char**. Points into argv. */
    PINNA_CLI_NUMBER, /**< target: double*. */
    PINNA_CLI_COUNT,  /**< target: uint32_t*. */
    PINNA_CLI_CHOICE, /**< target: uint32_t*, the index into choices. */
    PINNA_CLI_LIST,   /**< target: pinna_cli_list*. May be given again and again. */
} pinna_cli_kind;

enum { PINNA_CLI_LIST_MAX = 128 };

/** What an option was given, in order. Points into argv. */
typedef struct pinna_cli_list {
    const char* items[PINNA_CLI_LIST_MAX];
    size_t count;
} pinna_cli_list;

/** One option. What target holds before parsing is the default. */
typedef struct pinna_cli_option {
    const char* name; /**< Without the dashes. */
    char letter;      /**< Short form, or 0. */
    pinna_cli_kind kind;
    void* target;
    const char* value; /**< The value's name in the help text, "HZ". NULL for flags. */
    const char* help;
    double minimum, maximum;    /**< Of numbers and counts, both allowed. */
    const char* const* choices; /**< Ends with NULL. */
} pinna_cli_option;

typedef struct pinna_cli_command {
    const char* name;  /**< "render". */
    const char* usage; /**< What follows the name in the usage line. */
    const char* about; /**< One or several lines. */
    const pinna_cli_option* options;
    size_t option_count;
    const char* notes; /**< Printed below the options; may be NULL. */
} pinna_cli_command;

/**
 * Parses argv into the options' targets, operands last.
 *
 * @param first_operand  Index in argv of the first operand; argc where there is none.
 * @return PINNA_CLI_GO_ON, or the code to exit with: --help was printed, or an error was.
 */
int pinna_cli_parse(const pinna_cli_command* command, int argc, char** argv, int* first_operand);

/** Whether --no-cache was given, which every command takes. */
bool pinna_cli_no_cache(void);

/** Names the subcommand in messages. NULL: none. Kept, not copied. */
void pinna_cli_set_name(const char* name);

/** One line on standard error, "pinna NAME: TEXT". Control characters are shown as '?'. */
void pinna_cli_error(const char* format, ...) PINNA_PRINTF(1, 2);

/** The same for a call that is wrong in itself; points to --help. Returns PINNA_EXIT_USAGE. */
int pinna_cli_usage_error(const char* format, ...) PINNA_PRINTF(1, 2);

/** Prints a failed call's error, from the report where it has one. Returns PINNA_EXIT_FAILURE. */
int pinna_cli_failure(pinna_status status, const pinna_report* report);

/** Prints a report's warnings and notes, the same text only once. */
void pinna_cli_print_report(const pinna_report* report);

/** How a subcommand ends: after success with its warnings and notes, unless quiet; after failure with one line, the
    error. Returns the exit code. */
int pinna_cli_finish(pinna_status status, const pinna_report* report, bool quiet);

/** The candidate most like a mistyped word, or NULL where none is near. @param candidates Ends with NULL. */
const char* pinna_cli_closest(const char* word, const char* const* candidates);

/** A decimal number and nothing else, finite. */
bool pinna_cli_parse_number(const char* text, double* out);

#endif
