/* SPDX-License-Identifier: MIT */
#include "audio_input.h"
#include "audio_output.h"
#include "interaural.h"
#include "meter.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

#define TWO_PI 6.28318530717958647693

static void write_mono(const char* name, int rate_hz, const float* samples, size_t count)
{
    SF_INFO info = {.samplerate = rate_hz, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE* file = sf_open(name, SFM_WRITE, &info);
    cr_assert(file);
    cr_assert_eq(sf_writef_float(file, samples, (sf_count_t)count), (sf_count_t)count);
    sf_close(file);
}

static pinna_audio_input* open_input(const pinna_audio_input_config* config, uint32_t rate_hz)
{
    static pinna_report report;
    pinna_audio_input* input = NULL;
    cr_assert_eq(pinna_audio_input_open(config, &report, &input), PINNA_OK, "%s", pinna_report_error(&report));
    cr_assert_eq(pinna_audio_input_start(input, rate_hz, &report), PINNA_OK);
    return input;
}

/* A sine fading in and out, so that the file's ends say nothing of their own. */
static double burst(double t_s, double hz, double length_s)
{
    double window = sin(TWO_PI / 2 * t_s / length_s);
    return window * window * sin(TWO_PI * hz * t_s);
}

static double resampling_error_db(int from_hz, uint32_t to_hz, double hz)
{
    enum { LENGTH_S = 1 };
    size_t count = (size_t)from_hz * LENGTH_S;
    float* samples = malloc(count * sizeof *samples);
    for (size_t i = 0; i < count; i++)
        samples[i] = (float)burst((double)i / from_hz, hz, LENGTH_S);
    write_mono("in.wav", from_hz, samples, count);
    free(samples);
    pinna_audio_input* input = open_input(&(pinna_audio_input_config){.path = "in.wav"}, to_hz);
    float out[700];
    double worst = 0;
    size_t total = 0;
    for (size_t got; (got = pinna_audio_input_read(input, out, 700)) > 0; total += got)
        for (size_t i = 0; i < got; i++)
            worst = fmax(worst, fabs((double)out[i] - burst((double)(total + i) / to_hz, hz, LENGTH_S)));
    cr_expect_eq(total, to_hz * LENGTH_S);
    cr_expect_eq(pinna_audio_input_frame_count(input), total);
    pinna_audio_input_close(input);
    return 20 * log10(worst);
}

Test(audio, resampling_is_aligned_and_clean)
{
    static const struct {
        int from_hz;
        uint32_t to_hz;
        double hz;
    } cases[] = {
        {44100, 48000, 1000}, {44100, 48000, 20000}, {96000, 44100, 18000}, {8000, 48000, 3000}, {48000, 48000, 9000}};
    enter_folder();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double error_db = resampling_error_db(cases[i].from_hz, cases[i].to_hz, cases[i].hz);
        cr_expect_lt(error_db, -100, "%d to %u Hz at %g Hz: %.1f dB", cases[i].from_hz, cases[i].to_hz, cases[i].hz,
                     error_db);
    }
}

Test(audio, channels_are_averaged_or_chosen)
{
    static pinna_report report;
    enter_folder();
    SF_INFO info = {.samplerate = 48000, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE* file = sf_open("st.wav", SFM_WRITE, &info);
    const float frames[] = {1.0f, 0.5f, -0.5f, 0.25f};
    sf_writef_float(file, frames, 2);
    sf_close(file);
    float out[4];
    pinna_audio_input* input = open_input(&(pinna_audio_input_config){.path = "st.wav"}, 48000);
    cr_expect_eq(pinna_audio_input_read(input, out, 4), 2);
    cr_expect(out[0] == 0.75f && out[1] == -0.125f);
    pinna_audio_input_close(input);
    input = open_input(&(pinna_audio_input_config){.path = "st.wav", .channel = 2}, 48000);
    cr_expect_eq(pinna_audio_input_read(input, out, 4), 2);
    cr_expect(out[0] == 0.5f && out[1] == 0.25f);
    pinna_audio_input_close(input);
    cr_expect_eq(pinna_audio_input_open(&(pinna_audio_input_config){.path = "st.wav", .channel = 3}, &report, &input),
                 PINNA_ERROR_DATA);
    cr_expect(strstr(pinna_report_error(&report), "there is no channel 3"));
}

Test(audio, a_loop_has_no_gap)
{
    const float samples[] = {0.1f, 0.2f, 0.3f};
    float out[8];
    enter_folder();
    write_mono("l.wav", 48000, samples, 3);
    pinna_audio_input* input = open_input(&(pinna_audio_input_config){.path = "l.wav", .loop = true}, 48000);
    cr_assert_eq(pinna_audio_input_read(input, out, 8), 8);
    for (size_t i = 0; i < 8; i++)
        cr_expect_eq(out[i], samples[i % 3]);
    pinna_audio_input_close(input);
}

Test(audio, samples_that_are_no_numbers_become_silence)
{
    static pinna_report report;
    const float samples[] = {0.1f, NAN, INFINITY, 0.2f};
    float out[4];
    enter_folder();
    write_mono("n.wav", 48000, samples, 4);
    pinna_audio_input* input = open_input(&(pinna_audio_input_config){.path = "n.wav"}, 48000);
    cr_assert_eq(pinna_audio_input_read(input, out, 4), 4);
    cr_expect(out[0] == 0.1f && out[1] == 0 && out[2] == 0 && out[3] == 0.2f);
    pinna_audio_input_remarks(input, &report);
    cr_assert_eq(report.count, 1);
    cr_expect(strstr(report.entries[0].text, "2 frames are not finite"));
    pinna_audio_input_close(input);
}

static pinna_audio_output* create_output(const char* path, pinna_sample_format format)
{
    static pinna_report report;
    pinna_audio_output* output = NULL;
    pinna_audio_output_config config = {path, 48000, format, 1000, NULL};
    cr_assert_eq(pinna_audio_output_create(&config, &report, &output), PINNA_OK, "%s", pinna_report_error(&report));
    return output;
}

Test(audio, appears_only_when_whole)
{
    static pinna_report report;
    const float left[] = {0.5f, -2.0f}, right[] = {1.5f, 0.25f};
    enter_folder();
    pinna_audio_output* output = create_output("o.wav", PINNA_SAMPLE_PCM24);
    cr_expect(pinna_audio_output_write(output, left, right, 2));
    cr_expect_eq(count_files("o.wav"), 1);
    cr_expect_eq(count_files(".part"), 1, "it grows under another name");
    cr_expect_eq(pinna_audio_output_clipped_count(output), 2);
    cr_assert_eq(pinna_audio_output_commit(output, &report), PINNA_OK);
    cr_expect_eq(count_files(".part"), 0);
    size_t count = 0;
    float* back = read_stereo("o.wav", &count, NULL);
    cr_assert_eq(count, 2);
    cr_expect_float_eq(back[0], 0.5f, 1e-6);
    cr_expect_float_eq(back[1], 1.0f, 1e-6);
    cr_expect_float_eq(back[2], -1.0f, 1e-6);
    cr_expect_float_eq(back[3], 0.25f, 1e-6);
    free(back);
    output = create_output("p.wav", PINNA_SAMPLE_FLOAT32);
    pinna_audio_output_discard(output);
    cr_expect_eq(count_files("p.wav"), 0);
}

/* What dither is for: a tone below the last bit is still there after 16 bits, where rounding would leave silence. */
Test(audio, sixteen_bits_keep_what_is_below_the_last_one)
{
    static pinna_report report;
    enum { COUNT = 48000 };
    float* tone = malloc(COUNT * sizeof *tone);
    enter_folder();
    for (size_t i = 0; i < COUNT; i++)
        tone[i] = 0.3f / 32768.0f * (float)sin(TWO_PI * 1000.0 * (double)i / 48000);
    pinna_audio_output* output = create_output("o.wav", PINNA_SAMPLE_PCM16);
    cr_expect(pinna_audio_output_write(output, tone, tone, COUNT));
    cr_assert_eq(pinna_audio_output_commit(output, &report), PINNA_OK);
    size_t count = 0;
    float* back = read_stereo("o.wav", &count, NULL);
    double in_phase = 0, power = 0;
    for (size_t i = 0; i < COUNT; i++) {
        in_phase += (double)back[2 * i] * (double)tone[i];
        power += (double)tone[i] * (double)tone[i];
    }
    cr_expect_float_eq(in_phase / power, 1.0, 0.1, "gain of the tone: %g", in_phase / power);
    free(back);
    free(tone);
}

Test(audio, the_meter_reads_a_known_tone)
{
    enum { COUNT = 96000 };
    pinna_meter* meter = NULL;
    float left[480], silence[480] = {0};
    cr_assert_eq(pinna_meter_create(48000, false, &meter), PINNA_OK);
    for (size_t start = 0; start < COUNT; start += 480) {
        for (size_t i = 0; i < 480; i++)
            left[i] = (float)sin(TWO_PI * 997.0 * (double)(start + i) / 48000);
        pinna_meter_write(meter, left, silence, 480);
    }
    pinna_meter_reading reading = pinna_meter_read(meter);
    /* BS.1770-4: a 997 Hz sine at 0 dBFS in one channel reads -3.01 LKFS. */
    cr_expect_float_eq(reading.loudness_lufs, -3.01, 0.05, "%g LUFS", reading.loudness_lufs);
    cr_expect_float_eq(reading.peak_dbfs, 0.0, 0.01);
    pinna_meter_destroy(meter);
}

Test(audio, the_interaural_trace_measures_a_known_delay)
{
    enum { COUNT = 24000, DELAY = 20 };
    pinna_interaural* trace = NULL;
    float *left = malloc(COUNT * sizeof *left), *right = malloc(COUNT * sizeof *right);
    srand(2);
    for (size_t i = 0; i < COUNT; i++) {
        left[i] = (float)rand() / (float)RAND_MAX - 0.5f;
        right[i] = i >= DELAY ? 0.5f * left[i - DELAY] : 0;
    }
    cr_assert_eq(pinna_interaural_create(48000, &trace), PINNA_OK);
    cr_expect(pinna_interaural_write(trace, left, right, COUNT));
    size_t count = 0;
    const pinna_interaural_window* windows = pinna_interaural_windows(trace, &count);
    cr_assert_eq(count, 19);
    for (size_t i = 0; i < count; i++) {
        cr_expect_float_eq(windows[i].itd_s, (float)DELAY / 48000, 2e-6f);
        cr_expect_float_eq(windows[i].level_db[0] - windows[i].level_db[1], 6.02f, 0.1f);
    }
    pinna_interaural_destroy(trace);
    free(left);
    free(right);
}
