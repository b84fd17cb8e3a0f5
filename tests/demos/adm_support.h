/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TESTS_DEMOS_ADM_SUPPORT_H
#define PINNA_TESTS_DEMOS_ADM_SUPPORT_H

#include "adm_make.h"

#include "scene.h"

/* What the tests of ADM files share. All files have 48 kHz. */

enum { ADM_RATE = 48000 };

/* Noise, the same each time: [frame][channel]. Free it. */
float* adm_noise(size_t frame_count, unsigned channel_count);

/* Writes a file of noise with these rows and axml into the folder. dbmd's modes may be NULL. */
void adm_write(const char* name, unsigned channel_count, size_t frame_count, const adm_row* rows, size_t row_count,
               const char* axml, const unsigned char* modes);

/* The same of one track and one object. */
void adm_write_one(const char* name, const char* type, size_t frame_count, const char* axml);

/* What it becomes as a scene; fails the test where it does not. Release it. */
pinna_scene adm_scene(const char* name, pinna_report* report);

/* Both rendered alike: bits, or within a level. */
void adm_expect_same(const char* command_a, const char* command_b, double within_db);

/* Whether a report has a line of a name with a text in it. */
bool adm_says(const pinna_report* report, const char* name, const char* text);

#endif
