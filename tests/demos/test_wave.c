/* SPDX-License-Identifier: MIT */
#include "support.h"
#include "wave.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Files are written here byte by byte, so that headers can lie. */
typedef struct writer {
    unsigned char bytes[4096];
    size_t count;
} writer;

static void put(writer* w, unsigned long long value, int byte_count)
{
    for (int i = 0; i < byte_count; i++)
        w->bytes[w->count++] = (unsigned char)(value >> 8 * i & 0xFF);
}

static void put_id(writer* w, const char* id)
{
    memcpy(w->bytes + w->count, id, 4);
    w->count += 4;
}

static void begin(writer* w, const char* kind, unsigned size)
{
    w->count = 0;
    put_id(w, kind);
    put(w, size, 4);
    put_id(w, "WAVE");
}

static void put_format(writer* w, unsigned tag, unsigned channels, unsigned bits)
{
    put_id(w, "fmt ");
    put(w, 16, 4);
    put(w, tag, 2);
    put(w, channels, 2);
    put(w, 48000, 4);
    put(w, 48000 * channels * bits / 8, 4);
    put(w, channels * bits / 8, 2);
    put(w, bits, 2);
}

static pinna_status open_written(const writer* w, size_t byte_count, pinna_wave** out)
{
    static pinna_report report;
    report.count = 0;
    write_bytes("w.wav", w->bytes, byte_count);
    return pinna_wave_open("w.wav", &report, out);
}

static void check_samples(pinna_wave* wave, const float* expected, size_t count)
{
    float out[16];
    cr_assert_eq(pinna_wave_frame_count(wave), count);
    cr_assert_eq(pinna_wave_read(wave, out, 16), count);
    for (size_t i = 0; i < count; i++)
        cr_expect_float_eq(out[i], expected[i], 1e-7f, "%zu: %g", i, (double)out[i]);
    cr_expect(pinna_wave_seek(wave, 1) && !pinna_wave_seek(wave, count + 1));
    cr_expect_eq(pinna_wave_read(wave, out, 16), count - 1);
    cr_expect_float_eq(out[0], expected[1], 1e-7f);
}

Test(wave, all_sizes_of_samples)
{
    static const struct {
        unsigned tag, bits;
        unsigned long long samples[3];
    } cases[] = {
        {1, 8, {0xC0, 0x40, 0x80}},
        {1, 16, {0x4000, 0xC000, 0}},
        {1, 24, {0x400000, 0xC00000, 0}},
        {1, 32, {0x40000000, 0xC0000000, 0}},
        {3, 32, {0x3F000000, 0xBF000000, 0}},
        {3, 64, {0x3FE0000000000000, 0xBFE0000000000000, 0}},
    };
    const float expected[] = {0.5f, -0.5f, 0.0f};
    enter_folder();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        writer w;
        pinna_wave* wave = NULL;
        begin(&w, "RIFF", 0);
        put_format(&w, cases[i].tag, 1, cases[i].bits);
        put_id(&w, "data");
        put(&w, 3 * cases[i].bits / 8, 4);
        for (size_t s = 0; s < 3; s++)
            put(&w, cases[i].samples[s], (int)cases[i].bits / 8);
        cr_assert_eq(open_written(&w, w.count, &wave), PINNA_OK, "%u bits", cases[i].bits);
        check_samples(wave, expected, 3);
        pinna_wave_close(wave);
    }
}

/* Chunks after the data, before the format, with odd lengths, and sizes in ds64. */
Test(wave, chunks_in_any_order)
{
    static const char* const kinds[] = {"RF64", "BW64"};
    const float expected[] = {0.5f, -0.5f};
    enter_folder();
    for (size_t i = 0; i < 2; i++) {
        writer w;
        pinna_wave* wave = NULL;
        pinna_report report = {0};
        begin(&w, kinds[i], 0xFFFFFFFF);
        put_id(&w, "ds64");
        put(&w, 40, 4);
        put(&w, 0, 8);
        put(&w, 4, 8);
        put(&w, 2, 8);
        put(&w, 1, 4);
        put_id(&w, "axml");
        put(&w, 3, 8);
        put_id(&w, "data");
        put(&w, 0xFFFFFFFF, 4);
        put(&w, 0xC0004000, 4);
        put_id(&w, "axml");
        put(&w, 0xFFFFFFFF, 4);
        put(&w, 0x00414243, 4); /* three bytes and their pad */
        put_format(&w, 1, 1, 16);
        cr_assert_eq(open_written(&w, w.count, &wave), PINNA_OK);
        check_samples(wave, expected, 2);
        unsigned char* axml = NULL;
        size_t size = 0;
        cr_expect_eq(pinna_wave_read_chunk(wave, "axml", 100, &report, &axml, &size), PINNA_OK);
        cr_expect(size == 3 && !strcmp((char*)axml, "CBA"));
        free(axml);
        cr_expect_eq(pinna_wave_read_chunk(wave, "axml", 2, &report, &axml, &size), PINNA_ERROR_LIMIT);
        cr_expect_eq(pinna_wave_read_chunk(wave, "none", 2, &report, &axml, &size), PINNA_OK);
        cr_expect_null(axml);
        pinna_wave_close(wave);
    }
}

static void begin_without_frames(writer* w, unsigned tag, unsigned channels, unsigned bits)
{
    begin(w, "RIFF", 99);
    put_format(w, tag, channels, bits);
    put_id(w, "data");
    put(w, 0, 4);
}

Test(wave, lies_are_refused_or_cut)
{
    writer w;
    pinna_wave* wave = NULL;
    enter_folder();
    begin(&w, "RIFF", 99);
    put_format(&w, 1, 2, 16);
    cr_expect_eq(open_written(&w, w.count, &wave), PINNA_ERROR_FORMAT, "no data");
    put_id(&w, "data");
    put(&w, 0xFFFFFFF0, 4); /* far beyond the end */
    put(&w, 0x40004000, 4);
    put(&w, 0x4000, 2); /* half a frame */
    cr_assert_eq(open_written(&w, w.count, &wave), PINNA_OK);
    cr_expect_eq(pinna_wave_frame_count(wave), 1);
    cr_expect_gt(pinna_wave_promised_count(wave), 1);
    pinna_wave_close(wave);
    for (size_t count = 0; count < w.count; count++) /* cut anywhere */
        if (!open_written(&w, count, &wave)) pinna_wave_close(wave);
    begin_without_frames(&w, 1, 0, 16);
    cr_expect_eq(open_written(&w, w.count, &wave), PINNA_ERROR_DATA, "no channels");
    begin_without_frames(&w, 1, 3, 20);
    cr_expect_eq(open_written(&w, w.count, &wave), PINNA_ERROR_DATA, "a frame of other size");
    begin_without_frames(&w, 2, 1, 4);
    cr_expect_eq(open_written(&w, w.count, &wave), PINNA_ERROR_UNSUPPORTED, "ADPCM is left to libsndfile");
    begin(&w, "RIFF", 99);
    for (int i = 0; i < 300; i++) {
        put_id(&w, "JUNK");
        put(&w, 0, 4);
    }
    cr_expect_eq(open_written(&w, w.count, &wave), PINNA_ERROR_FORMAT, "nothing but junk");
}
