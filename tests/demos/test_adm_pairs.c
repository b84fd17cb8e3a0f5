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

/* Where objects are wide, above the loudspeakers or a sound field, the file sounds otherwise than five loudspeakers do,
   but as loud; and nothing sounds earlier than first, nor after last and its response. */
static void check_energy(const char* name, size_t first, size_t last, double within_db)
{
    enum { RESPONSE = 400, DECORRELATION = 2048 };
    pair p = render_pair(name, "");
    double difference_db = 10 * log10(energy(p.heard, 0, p.count) / energy(p.expected, 0, p.count));
    size_t end = last + RESPONSE + DECORRELATION;
    printf("%s: energy %+.3f dB\n", name, difference_db);
    cr_expect_leq(fabs(difference_db), within_db, "%s: %.2f dB", name, difference_db);
    cr_expect_eq(energy(p.heard, 0, first), 0, "%s sounds before frame %zu", name, first);
    cr_expect_eq(end < p.count ? energy(p.heard, end, p.count) : 0, 0, "%s sounds after frame %zu", name, end);
    free(p.heard);
    free(p.expected);
}

Test(adm_pairs, diffuse) { check_energy("diffuse", 0, 1801, 0.5); }
Test(adm_pairs, objects_loudspeakers_and_low_frequencies) { check_energy("test_bwf", 0, 12000, 0.5); }

/* The reference has loudspeakers at the height of the ears only: what a sound field brings from above it loses or
   moves. */
Test(adm_pairs, hoa_object_delay) { check_energy("hoa_object_delay", 12, 48, 0.5); }
Test(adm_pairs, hoa_timing_on_object) { check_energy("hoa_timing_on_object", 12, 36, 1.2); }
Test(adm_pairs, hoa_routing) { check_energy("hoa_routing", 0, 31, 1.2); }

Test(adm_pairs, hoa_is_n3d)
{
    char file[PATH_BYTES], reference[PATH_BYTES], command[3 * PATH_BYTES];
    size_t count = 0;
    if (!find_pair("hoa_routing", file, reference, sizeof file)) cr_skip_test("no such test data");
    enter_folder();
    snprintf(command, sizeof command, "render %s -o a.wav --sample-format float32 -q", file);
    check_tool_works(command);
    snprintf(command, sizeof command,
             "render %s -o b.wav --layout ambix --ambisonic-format n3d --sample-format float32 -q", file);
    check_tool_works(command);
    float *a = read_stereo("a.wav", &count, NULL), *b = read_stereo("b.wav", &count, NULL);
    cr_expect_eq(memcmp(a, b, 2 * count * sizeof *a), 0);
    free(a);
    free(b);
}

Test(adm_pairs, channel_routing) { check_same("channel_routing"); }
Test(adm_pairs, silent_before_after) { check_same("silent_before_after"); }
Test(adm_pairs, silent_before_after_loudspeaker) { check_same("silent_before_after_ds"); }
Test(adm_pairs, interpolation_length) { check_same("interpolation_length"); }
Test(adm_pairs, object_delay) { check_same("object_delay"); }
Test(adm_pairs, zero_size) { check_same("zero_size"); }
Test(adm_pairs, timing_on_object) { check_same("timing_on_object"); }
