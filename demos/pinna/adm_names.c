/* SPDX-License-Identifier: MIT */
#include "adm_names.h"

#include <stdio.h>
#include <string.h>

void pinna_adm_names_add(pinna_adm_names* names, const char* id, const char* name)
{
    enum { LISTED_MAX = 6 };
    char item[96];
    names->count++;
    snprintf(item, sizeof item, "%s%s%s%s%s%s", names->count > 1 ? ", " : "", id, *id && *name ? " (" : "",
             name, *id && *name ? ")" : "", *id || *name ? "" : "(without a name)");
    size_t used = strlen(names->text), length = strlen(item);
    if (names->listed_count >= LISTED_MAX || names->listed_count + 1 < names->count) return;
    if (used + length >= sizeof names->text) return;
    memcpy(names->text + used, item, length + 1);
    names->listed_count++;
}

void pinna_adm_names_tell(const pinna_adm_names* names, pinna_severity severity, const char* entry, const char* path,
                          const char* what, pinna_report* report)
{
    char more[32] = "";
    if (!names->count) return;
    if (names->count > names->listed_count)
        snprintf(more, sizeof more, " and %zu more", names->count - names->listed_count);
    pinna_report_add(report, severity, entry, "%s: %s: %s%s", path, what, names->text, more);
}
