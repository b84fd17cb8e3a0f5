/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* EBU's files, each with what their renderer makes of it for five loudspeakers. That, heard through a bed of the same
   loudspeakers, is what the file itself must sound like wherever its objects stand at loudspeakers. */

static bool find_pair(const char* name, char* file, char* reference, size_t size)
{
    const char* data = getenv("PINNA_TEST_DATA");
    char folder[400];
    snprintf(folder, sizeof folder, "%s%s/adm", data ? data : PINNA_SOURCE_DIR, data ? "" : "/../shared/data");
    snprintf(file, size, "%s/%s.wav", folder, name);
    snprintf(reference, size, "%s/%s_0_5_0.wav", folder, name);
    return !access(file, R_OK) && !access(reference, R_OK);
}

typedef struct pair {
    float *heard, *expected;
    size_t count;
} pair;

static pair render_pair(const char* name, const char* options)
{
    char file[PATH_BYTES], reference[PATH_BYTES], command[3 * PATH_BYTES];
    pair p;
    size_t expected_count = 0;
    if (!find_pair(name, file, reference, sizeof file)) cr_skip_test("%s: no such test data", name);
    enter_folder();
    snprintf(command, sizeof command, "render %s -o heard.wav --sample-format float32 -q %s", file, options);
    check_tool_works(command);
    snprintf(command, sizeof command, "render %s -o expected.wav --layout 5.1 --sample-format float32 -q", reference);
    check_tool_works(command);
    p.heard = read_stereo("heard.wav", &p.count, NULL);
    p.expected = read_stereo("expected.wav", &expected_count, NULL);
    cr_expect_eq(p.count, expected_count, "%s: %zu frames of %zu", name, p.count, expected_count);
    return p;
}

static double energy(const float* samples, size_t first, size_t last)
{
    double sum = 0;
    for (size_t i = 2 * first; i < 2 * last; i++) sum += (double)samples[i] * (double)samples[i];
    return sum;
}

static void check_same(const char* name)
{
    pair p = render_pair(name, "");
    double error_db = worst_db(p.expected, p.heard, 2 * p.count);
    printf("%s: %.1f dB from the reference, energy %+.3f dB\n", name, error_db,
           10 * log10(energy(p.heard, 0, p.count) / energy(p.expected, 0, p.count)));
    cr_expect_lt(error_db, -120, "%s: %.1f dB", name, error_db);
    free(p.heard);
    free(p.expected);
}

Test(adm_pairs, channel_routing) { check_same("channel_routing"); }
Test(adm_pairs, silent_before_after) { check_same("silent_before_after"); }
Test(adm_pairs, silent_before_after_loudspeaker) { check_same("silent_before_after_ds"); }
Test(adm_pairs, interpolation_length) { check_same("interpolation_length"); }
Test(adm_pairs, object_delay) { check_same("object_delay"); }
Test(adm_pairs, zero_size) { check_same("zero_size"); }
Test(adm_pairs, timing_on_object) { check_same("timing_on_object"); }
