/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TESTS_SOFA_TEST_H
#define PINNA_TESTS_SOFA_TEST_H

#include <criterion/criterion.h>

#include "../../sofa/measured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Where the larger test data lie: $PINNA_TEST_DATA, or beside the sources. */
static inline const char* data_folder(void)
{
    const char* folder = getenv("PINNA_TEST_DATA");
    return folder && *folder ? folder : PINNA_SOURCE_DIR "/../shared/data";
}

static inline bool data_path(char out[512], const char* name)
{
    struct stat facts;
    snprintf(out, 512, "%s/%s", data_folder(), name);
    return stat(out, &facts) == 0;
}

#define NEED_DATA(path, name) \
    char path[512];           \
    if (!data_path(path, name)) cr_skip_test("%s is not here; set PINNA_TEST_DATA", name)

static inline const char* need_kemar(void)
{
    const char* path = pinna_sofa_default_path();
    if (!path) cr_skip_test("no default set is installed (Debian: libmysofa1)");
    return path;
}

static inline bool has_entry(const pinna_report* report, const char* name)
{
    for (uint32_t i = 0; i < report->count; i++)
        if (strcmp(report->entries[i].name, name) == 0) return true;
    return false;
}

static inline void print_entries(const pinna_report* report)
{
    for (uint32_t i = 0; i < report->count; i++)
        fprintf(stderr, "    %s: %s\n", report->entries[i].name, report->entries[i].text);
}

static inline unsigned char* read_bytes(const char* path, size_t* byte_count)
{
    FILE* file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    fseek(file, 0, SEEK_END);
    *byte_count = (size_t)ftell(file);
    rewind(file);
    unsigned char* bytes = malloc(*byte_count ? *byte_count : 1);
    cr_assert_eq(fread(bytes, 1, *byte_count, file), *byte_count);
    fclose(file);
    return bytes;
}

/* Loads and expects success; prints what was found otherwise. */
static inline pinna_sofa* load_good(const char* path, pinna_report* report)
{
    pinna_sofa* sofa = NULL;
    pinna_status status = pinna_sofa_load(path, report, &sofa);
    if (status) print_entries(report);
    cr_assert_eq(status, PINNA_OK, "%s", path);
    return sofa;
}

/* A failure has no set and one sentence of one line that names the file; a success has a set within its limits. */
static inline void check_outcome(pinna_status status, const pinna_sofa* sofa, const pinna_report* report,
                                 const char* name)
{
    const char* error = pinna_report_error(report);
    if (status) {
        cr_assert_null(sofa);
        cr_assert_not_null(error, "%s: no sentence for status %d", name, (int)status);
        cr_assert_not_null(strstr(error, name), "%s: not named in \"%s\"", name, error);
        cr_assert_null(strchr(error, '\n'));
        return;
    }
    cr_assert_not_null(sofa);
    cr_assert_null(error);
    const pinna_measured_set* set = pinna_sofa_measured(sofa);
    cr_assert(set->measurement_count >= 1 && set->measurement_count <= PINNA_HRTF_MAX_MEASUREMENTS);
    cr_assert(set->tap_count >= 1 && set->tap_count <= PINNA_HRTF_MAX_TAPS);
    size_t rows = (size_t)set->measurement_count * PINNA_EAR_COUNT;
    for (size_t i = 0; i < rows * set->tap_count; i++)
        cr_assert(set->hrirs[i] == set->hrirs[i] && set->hrirs[i] - set->hrirs[i] == 0, "%s: sample %zu", name, i);
    for (uint32_t m = 0; m < set->measurement_count; m++) cr_assert(pinna_vec3_is_finite(set->positions_m[m]));
    for (size_t i = 0; set->delays_frames && i < rows; i++) cr_assert(set->delays_frames[i] >= 0);
}

#endif
