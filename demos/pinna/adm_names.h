/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_ADM_NAMES_H
#define PINNA_DEMOS_ADM_NAMES_H

#include <pinna/base.h>

/* Things of one kind for one line of a report: the first few by name, the others counted. */
typedef struct pinna_adm_names {
    size_t count, listed_count;
    char text[240];
} pinna_adm_names;

/** @param id, name  Either may be empty. */
void pinna_adm_names_add(pinna_adm_names* names, const char* id, const char* name);

/** Adds the line where there is anything to say: "PATH: WHAT: a, b and 3 more". */
void pinna_adm_names_tell(const pinna_adm_names* names, pinna_severity severity, const char* entry, const char* path,
                          const char* what, pinna_report* report);

#endif
