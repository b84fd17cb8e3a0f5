/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_CONFINE_H
#define PINNA_DEMOS_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

/* Takes from this process what reading a file does not need, for good: a parser that is taken over by what it reads can
   then do little. */

typedef struct pinna_confinement {
    size_t memory_bytes; /**< Address space. */
    unsigned cpu_seconds;
    const char* writable_folder; /**< The only one, with all in it, that may be written to. It exists. */
} pinna_confinement;

/** What the system granted. Limits on memory and time are always had. */
typedef struct pinna_confined {
    bool no_network; /**< No socket can be made and no program started. */
    bool no_writing; /**< Nothing outside the folder can be created, written or removed. */
} pinna_confined;

/** Lines that end with a line feed. */
typedef struct pinna_last_words {
    const char* crashed;
    const char* slow; /**< The limit of time was reached. */
} pinna_last_words;

/** A crash, the limit of time and the like then end the process with status 1 and one line: one of these texts.
    @param words The texts themselves are kept, not copied. */
void pinna_confine_explain_death(const pinna_last_words* words);

pinna_confined pinna_confine(const pinna_confinement* confinement);

#endif
