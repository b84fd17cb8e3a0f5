/* SPDX-License-Identifier: MIT */
/* Files beyond 4 GB, where WAV's own sizes end. Those read are holes but for a sound near their end. */
#include "audio_output.h"
#include "support.h"
#include "wave.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RATE = 48000, BURST = 4800, HEADER_BYTES = 80 };

static const uint64_t large_frames = 2600000000; /* of 16 bits: 5.2 GB, 15 hours */

static unsigned char* put(unsigned char* at, uint64_t value, int byte_count)
{
    for (int i = 0; i < byte_count; i++)
        *at++ = (unsigned char)(value >> 8 * i & 0xFF);
    return at;
}

static unsigned char* put_id(unsigned char* at, const char* id)
{
    memcpy(at, id, 4);
    return at + 4;
}

static void fill_burst(int16_t* samples)
{
    for (int i = 0; i < BURST; i++)
        samples[i] = (int16_t)lrint(8000 * sin(0.05 * i) * sin(3.14159 * i / BURST));
}

/* @param kind RF64 or BW64; RIFF: what a program writes to a pipe, that knows no size. False where there is no room for
   holes of that size. */
static bool write_large(const char* name, const char* kind)
{
    unsigned char header[HEADER_BYTES] = {0}, *at = header;
    int16_t burst[BURST];
    uint64_t data_bytes = 2 * large_frames;
    bool has_sizes = strcmp(kind, "RIFF") != 0;
    at = put_id(put(put_id(at, kind), UINT32_MAX, 4), "WAVE");
    at = put(put_id(at, has_sizes ? "ds64" : "JUNK"), 28, 4);
    at = put(put(put(put(at, data_bytes + HEADER_BYTES - 8, 8), data_bytes, 8), large_frames, 8), 0, 4);
    at = put(put(put(put_id(at, "fmt "), 16, 4), 1, 2), 1, 2);
    at = put(put(put(put(at, RATE, 4), 2 * RATE, 4), 2, 2), 16, 2);
    at = put(put_id(at, "data"), UINT32_MAX, 4);
    cr_assert_eq(at - header, HEADER_BYTES);
    fill_burst(burst);
    int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0666);
    off_t burst_at = (off_t)(HEADER_BYTES + data_bytes - 2 * RATE);
    bool written = file >= 0 && pwrite(file, header, HEADER_BYTES, 0) == HEADER_BYTES &&
                   !ftruncate(file, (off_t)(HEADER_BYTES + data_bytes)) &&
                   pwrite(file, burst, sizeof burst, burst_at) == (ssize_t)sizeof burst;
    if (file >= 0) close(file);
    return written;
}

/* The second before the end of the large file, as a file of its own. */
static void write_small(void)
{
    static float samples[RATE];
    int16_t burst[BURST];
    fill_burst(burst);
    for (int i = 0; i < BURST; i++)
        samples[i] = (float)burst[i] / 32768.0f;
    write_wav("small.wav", RATE, 1, 0, samples, RATE);
}

Test(large, inputs_are_read_to_their_end)
{
    static const char* const kinds[] = {"RF64", "BW64", "RIFF"};
    char command[200];
    size_t count = 0, other_count = 0;
    enter_folder();
    write_small();
    outcome result = run_tool("render small.wav -o small-out.wav --azimuth 40 -q --sample-format float32");
    cr_assert_eq(result.exit_code, 0, "%s", result.err);
    float* expected = read_stereo("small-out.wav", &count, NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!write_large("large.wav", kinds[i])) cr_skip_test("this file system has no holes of 5 GB");
        snprintf(command, sizeof command,
                 "render large.wav -o out.wav --azimuth 40 -q --sample-format float32 --from %.9f",
                 (double)(large_frames - RATE) / RATE);
        result = run_tool(command);
        cr_assert_eq(result.exit_code, 0, "%s: %s", kinds[i], result.err);
        float* heard = read_stereo("out.wav", &other_count, NULL);
        cr_assert_eq(count, other_count, "%s: %zu frames, not %zu", kinds[i], other_count, count);
        double error_db = worst_db(expected, heard, 2 * count);
        cr_expect_lt(error_db, -120, "%s: %.1f dB", kinds[i], error_db);
        free(heard);
        remove("large.wav");
    }
    free(expected);
}

/* @param frame_count What the output is told to expect. @param room Whether there is room for RF64's sizes. */
static void check_written(uint64_t frame_count, pinna_sample_format format, bool room)
{
    static pinna_report report;
    static const float left[1000] = {0.5f}, right[1000] = {0.25f};
    float first[2] = {0};
    char start[5] = "";
    pinna_audio_output* output = NULL;
    pinna_wave* wave = NULL;
    pinna_audio_output_config config = {"x.wav", RATE, format, frame_count, NULL};
    cr_assert_eq(pinna_audio_output_create(&config, &report, &output), PINNA_OK, "%s", pinna_report_error(&report));
    cr_assert(pinna_audio_output_write(output, left, right, 1000));
    cr_assert_eq(pinna_audio_output_commit(output, &report), PINNA_OK, "%s", pinna_report_error(&report));
    FILE* file = fopen("x.wav", "rb");
    cr_assert(file && fread(start, 1, 4, file) == 4);
    fclose(file);
    cr_expect_str_eq(start, "RIFF", "%llu frames: %s", (unsigned long long)frame_count, start);
    cr_assert_eq(pinna_wave_open("x.wav", &report, &wave), PINNA_OK, "%s", pinna_report_error(&report));
    cr_expect_eq(pinna_wave_has_chunk(wave, "JUNK"), room, "%llu frames", (unsigned long long)frame_count);
    cr_expect(pinna_wave_frame_count(wave) == 1000 && pinna_wave_promised_count(wave) == 1000);
    cr_expect(pinna_wave_read(wave, first, 1) == 1 && fabsf(first[0] - 0.5f) < 1e-4f &&
              fabsf(first[1] - 0.25f) < 1e-4f);
    pinna_wave_close(wave);
    remove("x.wav");
}

/* What is announced decides whether there is room for large sizes: a header cannot be made longer once sound follows
   it. What stays short after all is plain WAV, which every program reads. */
Test(large, outputs_have_room_for_large_sizes_where_they_may_need_it)
{
    enter_folder();
    check_written(1000, PINNA_SAMPLE_PCM24, false);
    check_written(700000000, PINNA_SAMPLE_PCM24, false);
    check_written(720000000, PINNA_SAMPLE_PCM24, true);
    check_written(540000000, PINNA_SAMPLE_FLOAT32, true);
    check_written(UINT64_MAX, PINNA_SAMPLE_PCM16, true);
}
