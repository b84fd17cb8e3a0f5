/* SPDX-License-Identifier: MIT */
#include "adm_support.h"
#include "adm.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

float* adm_noise(size_t frame_count, unsigned channel_count)
{
    uint32_t state = 7;
    float* samples = malloc(frame_count * channel_count * sizeof *samples);
    cr_assert(samples);
    for (size_t i = 0; i < frame_count * channel_count; i++) {
        state = state * 1664525u + 1013904223u;
        samples[i] = 0.25f * ((float)(state >> 8) / (float)(1 << 23) - 1.0f);
    }
    return samples;
}

void adm_write(const char* name, unsigned channel_count, size_t frame_count, const adm_row* rows, size_t row_count,
               const char* axml, const unsigned char* modes)
{
    unsigned char dbmd[4096];
    float* samples = adm_noise(frame_count, channel_count);
    size_t dbmd_size = modes ? adm_make_dbmd(modes, channel_count, dbmd) : 0;
    size_t capacity = 4096 + sizeof dbmd + frame_count * channel_count * 4 + row_count * 40 + (axml ? strlen(axml) : 0);
    unsigned char* bytes = malloc(capacity);
    cr_assert(bytes);
    adm_make_config config = {.riff = "BW64",
                              .channel_count = channel_count,
                              .sample_rate_hz = ADM_RATE,
                              .samples = samples,
                              .frame_count = frame_count,
                              .rows = rows,
                              .row_count = row_count,
                              .axml = axml,
                              .dbmd = modes ? dbmd : NULL,
                              .dbmd_size = dbmd_size,
                              .data_first = frame_count % 2};
    size_t size = adm_make(&config, bytes, capacity);
    cr_assert(size);
    write_bytes(name, bytes, size);
    free(bytes);
    free(samples);
}

void adm_write_one(const char* name, const char* type, size_t frame_count, const char* axml)
{
    char format[16], pack[16];
    snprintf(format, sizeof format, "AC_%s1001_00", type);
    snprintf(pack, sizeof pack, "AP_%s1001", type);
    adm_row row = {1, "ATU_00000001", format, pack};
    adm_write(name, 1, frame_count, &row, 1, axml, NULL);
}

pinna_scene adm_scene(const char* name, pinna_report* report)
{
    pinna_scene scene = {.duration_s = INFINITY};
    pinna_adm_config config = pinna_adm_config_default(name);
    *report = (pinna_report){0};
    cr_assert_eq(pinna_adm_add(&config, report, &scene), PINNA_OK, "%s", pinna_report_error(report));
    return scene;
}

void adm_expect_same(const char* command_a, const char* command_b, double within_db)
{
    char command[512];
    size_t count_a = 0, count_b = 0;
    snprintf(command, sizeof command, "render %s -o same-a.wav --sample-format float32 -q", command_a);
    check_tool_works(command);
    snprintf(command, sizeof command, "render %s -o same-b.wav --sample-format float32 -q", command_b);
    check_tool_works(command);
    float *a = read_stereo("same-a.wav", &count_a, NULL), *b = read_stereo("same-b.wav", &count_b, NULL);
    cr_expect_eq(count_a, count_b, "%s: %zu frames, %s: %zu", command_a, count_a, command_b, count_b);
    double error_db = worst_db(b, a, 2 * (count_a < count_b ? count_a : count_b));
    cr_expect_leq(error_db, within_db, "%s and %s: %.1f dB", command_a, command_b, error_db);
    free(a);
    free(b);
}

bool adm_says(const pinna_report* report, const char* name, const char* text)
{
    for (uint32_t i = 0; i < report->count; i++)
        if (!strcmp(report->entries[i].name, name) && strstr(report->entries[i].text, text)) return true;
    return false;
}
