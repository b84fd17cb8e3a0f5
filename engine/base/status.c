/* SPDX-License-Identifier: MIT */
#include <pinna/base.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char* pinna_version(void)
{
    return PINNA_VERSION_STRING;
}

const char* pinna_status_string(pinna_status status)
{
    static const char* const sentences[PINNA_STATUS_COUNT] = {
        [PINNA_OK] = "No error.",
        [PINNA_ERROR_ARGUMENT] = "An argument is missing, not finite or out of its documented range.",
        [PINNA_ERROR_MEMORY] = "There is not enough memory.",
        [PINNA_ERROR_FILE] = "A file cannot be opened, read or written.",
        [PINNA_ERROR_FORMAT] = "The data are not in the format expected.",
        [PINNA_ERROR_UNSUPPORTED] = "The format is known, but this use of it is not supported.",
        [PINNA_ERROR_DATA] = "The data hold values that cannot be used.",
        [PINNA_ERROR_LIMIT] = "The data exceed a documented limit.",
        [PINNA_ERROR_FULL] = "Every slot is taken; raise the count in the config.",
        [PINNA_ERROR_STALE] = "The id names something that no longer exists.",
    };
    unsigned index = (unsigned)status;
    return index < PINNA_STATUS_COUNT ? sentences[index] : "Unknown status.";
}

/* Bytes of the UTF-8 character that begins with this one. */
static size_t character_bytes(unsigned char first)
{
    return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* Cuts on a character boundary, so that a cut message stays valid UTF-8. */
static void cut_utf8(char* text, size_t capacity, int wanted)
{
    if (wanted < 0 || (size_t)wanted < capacity) return;
    size_t end = capacity - 1, last = end - 1; /* of the characters, the last begins at `last` */
    while (last > 0 && ((unsigned char)text[last] & 0xC0) == 0x80) last--;
    if (last + character_bytes((unsigned char)text[last]) > end) text[last] = '\0';
}

void pinna_report_add(pinna_report* report, pinna_severity severity, const char* name, const char* format, ...)
{
    if (!report) return;
    if (report->count >= PINNA_REPORT_MAX) {
        report->dropped_count++;
        /* An error explains the failure: it takes the last place rather than being lost. */
        if (severity != PINNA_SEVERITY_ERROR) return;
        report->count = PINNA_REPORT_MAX - 1;
    }
    pinna_report_entry* entry = &report->entries[report->count++];
    entry->severity = severity;
    snprintf(entry->name, sizeof entry->name, "%s", name);
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(entry->text, sizeof entry->text, format, arguments);
    va_end(arguments);
    cut_utf8(entry->text, sizeof entry->text, wanted);
}

const char* pinna_report_error(const pinna_report* report)
{
    if (!report) return NULL;
    for (uint32_t i = report->count; i-- > 0;)
        if (report->entries[i].severity == PINNA_SEVERITY_ERROR) return report->entries[i].text;
    return NULL;
}
