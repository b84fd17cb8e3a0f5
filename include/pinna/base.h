/* SPDX-License-Identifier: MIT */
#ifndef PINNA_BASE_H
#define PINNA_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * What every other header needs: export macros, the version, status and report, the allocator.
 */

/** @cond */
#ifdef __cplusplus
#define PINNA_BEGIN_DECLS extern "C" {
#define PINNA_END_DECLS }
#else
#define PINNA_BEGIN_DECLS
#define PINNA_END_DECLS
#endif

#if defined(_WIN32) && !defined(PINNA_STATIC)
#ifdef PINNA_BUILD
#define PINNA_API __declspec(dllexport)
#else
#define PINNA_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define PINNA_API __attribute__((visibility("default")))
#else
#define PINNA_API
#endif

#if defined(__GNUC__)
#define PINNA_NODISCARD __attribute__((warn_unused_result))
#define PINNA_PRINTF(format_index, first_index) __attribute__((format(printf, format_index, first_index)))
#else
#define PINNA_NODISCARD
#define PINNA_PRINTF(format_index, first_index)
#endif

/* A function marked PINNA_REALTIME allocates nothing, takes no lock, logs nothing, makes no system call and ends in
   bounded time. Compilers that can check this do (clang's nonblocking); a test traps violations everywhere. */
#if defined(__has_cpp_attribute) && defined(__clang__)
#if __has_cpp_attribute(clang::nonblocking)
#define PINNA_REALTIME [[clang::nonblocking]]
#endif
#endif
#ifndef PINNA_REALTIME
#define PINNA_REALTIME
#endif
/** @endcond */

/* The version of these headers; pinna_version() tells the library's. */
#define PINNA_VERSION_MAJOR 0        /**< Breaks the API; before 1.0, the minor number may. */
#define PINNA_VERSION_MINOR 1        /**< Adds to it. */
#define PINNA_VERSION_PATCH 0        /**< Changes nothing in it. */
#define PINNA_VERSION_STRING "0.1.0" /**< "major.minor.patch". */

PINNA_BEGIN_DECLS

/** The version of the library in use, "major.minor.patch". Any thread. */
PINNA_API const char* pinna_version(void);

/** Ears, in the order of every array indexed by ear. */
enum { PINNA_LEFT = 0, PINNA_RIGHT = 1, PINNA_EAR_COUNT = 2 };

/** Why a call failed. PINNA_OK is zero, so `if (status)` reads as "if it failed". */
typedef enum pinna_status {
    PINNA_OK = 0,
    PINNA_ERROR_ARGUMENT,    /**< A parameter is NULL, not finite or out of its documented range. */
    PINNA_ERROR_MEMORY,      /**< The allocator returned NULL. */
    PINNA_ERROR_FILE,        /**< A file cannot be opened, read or written. */
    PINNA_ERROR_FORMAT,      /**< The bytes are not in the format expected. */
    PINNA_ERROR_UNSUPPORTED, /**< The format is understood, but not this use of it. */
    PINNA_ERROR_DATA,        /**< The format is right; the values in it cannot be used. */
    PINNA_ERROR_LIMIT,       /**< More than a documented limit. */
    PINNA_ERROR_FULL,        /**< Every slot is taken; raise the count in the config. */
    PINNA_ERROR_STALE,       /**< The id names something that no longer exists. */
    PINNA_STATUS_COUNT
} pinna_status;

/** One English sentence for a status. Never NULL. Any thread. */
PINNA_API const char* pinna_status_string(pinna_status status);

/** Where memory comes from. Both functions must be thread-safe if objects are created on several threads. */
typedef struct pinna_allocator {
    void* (*allocate)(void* user, size_t byte_count); /**< At least 16-byte aligned, or NULL. */
    void (*release)(void* user, void* memory);        /**< NULL is never passed. */
    void* user;                                       /**< Handed to both. */
} pinna_allocator;

/** How grave a report entry is. */
typedef enum pinna_severity {
    PINNA_SEVERITY_NOTE,    /**< Unusual but harmless. */
    PINNA_SEVERITY_WARNING, /**< Something was repaired or assumed. */
    PINNA_SEVERITY_ERROR    /**< Why the call failed, and what to do. */
} pinna_severity;

enum { PINNA_REPORT_MAX = 32, PINNA_REPORT_NAME_BYTES = 32, PINNA_REPORT_TEXT_BYTES = 480 };

/** One thing found while loading or preparing. */
typedef struct pinna_report_entry {
    pinna_severity severity;            /**< How grave it is. */
    char name[PINNA_REPORT_NAME_BYTES]; /**< Stable, for programs: "cartesian-positions", "one-ear", ... */
    char text[PINNA_REPORT_TEXT_BYTES]; /**< For people: what, where, what to do. One line, no final full stop
                                             needed. */
} pinna_report_entry;

/** What was found, in order. Start from {0}. Owned by the caller; not thread-safe. */
typedef struct pinna_report {
    uint32_t count;         /**< Entries in use. */
    uint32_t dropped_count; /**< Entries that did not fit. */
    pinna_report_entry entries[PINNA_REPORT_MAX]; /**< Oldest first. */
} pinna_report;

/** Appends an entry (text is cut at PINNA_REPORT_TEXT_BYTES). A NULL report is accepted and ignored.
    Thread: whichever owns the report; not the audio thread. */
PINNA_API void pinna_report_add(pinna_report* report, pinna_severity severity, const char* name, const char* format,
                                ...) PINNA_PRINTF(4, 5);

/** The text of the newest error in the report, or NULL; lives as long as the report. Thread: whichever owns it. */
PINNA_API const char* pinna_report_error(const pinna_report* report);

PINNA_END_DECLS
#endif
