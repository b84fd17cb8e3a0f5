/* SPDX-License-Identifier: MIT */
#include "ambix.h"
#include "field.h"
#include "setup.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, FRAMES = 12000 };

static pinna_vec3 direction(double azimuth_deg, double elevation_deg)
{
    return pinna_direction_from_spherical((float)azimuth_deg, (float)elevation_deg);
}

/* Noise from -1 to 1. */
static float* make_noise(size_t count, unsigned seed)
{
    float* noise = malloc(count * sizeof *noise);
    cr_assert(noise);
    srand(seed);
    for (size_t i = 0; i < count; i++)
        noise[i] = 2.0f * (float)rand() / (float)RAND_MAX - 1.0f;
    return noise;
}

/* Furse and Malham's levels from SN3D: W is 3 dB down, of the others none exceeds 1 (Malham 2003). */
static double fuma_gain(uint32_t degree, int index)
{
    static const double of_degree_3[] = {1.0, 1.18585412, 1.34164079, 1.26491106};
    if (degree == 0) return sqrt(0.5);
    if (degree == 3) return of_degree_3[abs(index)];
    return degree == 2 && index ? 2 / sqrt(3.0) : 1.0;
}

static double gain_of(pinna_ambisonics_format format, uint32_t degree, int index)
{
    if (format == PINNA_AMBISONICS_FUMA) return fuma_gain(degree, index);
    return format == PINNA_AMBISONICS_N3D ? sqrt(2.0 * degree + 1) : 1.0;
}

/* A wave whose azimuth goes from one angle on, evenly. [frame][channel] */
static float* encode(uint32_t order, pinna_ambisonics_format format, double azimuth_deg, double deg_per_s,
                     const float* noise, size_t count)
{
    float gains[PINNA_AMBISONICS_MAX_CHANNELS];
    uint32_t channel_count = pinna_ambisonics_channel_count(order);
    float* samples = calloc(count * channel_count, sizeof *samples);
    cr_assert(samples);
    for (size_t i = 0; i < count; i++) {
        if (!i || deg_per_s != 0)
            pinna_ambisonics_encode(order, direction(azimuth_deg + deg_per_s * (double)i / RATE, 10), gains);
        for (uint32_t l = 0; l <= order; l++)
            for (int m = -(int)l; m <= (int)l; m++)
                samples[i * channel_count + pinna_ambix_channel(format, l, m)] =
                    (float)(0.2 * gain_of(format, l, m)) * gains[(int)(l * l + l) + m] * noise[i];
    }
    return samples;
}

static void write_wave(const char* name, uint32_t order, pinna_ambisonics_format format, double azimuth_deg,
                       double deg_per_s, size_t count)
{
    float* noise = make_noise(count, 7);
    float* samples = encode(order, format, azimuth_deg, deg_per_s, noise, count);
    write_wav(name, RATE, (int)pinna_ambisonics_channel_count(order), 0, samples, count);
    free(samples);
    free(noise);
}

static pinna_hrtf* default_head(void)
{
    static pinna_report report;
    pinna_hrtf* hrtf = NULL;
    if (pinna_setup_load_hrtf(NULL, RATE, 0, &report, &hrtf)) cr_skip_test("%s", pinna_report_error(&report));
    return hrtf;
}

/* What the library makes of the same channels, [frame][ear]. */
static float* decode(uint32_t order, bool max_re, double azimuth_deg, size_t count)
{
    uint32_t channel_count = pinna_ambisonics_channel_count(order);
    float *noise = make_noise(count, 7), *ears[2] = {malloc(count * sizeof(float)), malloc(count * sizeof(float))};
    float* frames = encode(order, PINNA_AMBISONICS_AMBIX, azimuth_deg, 0, noise, count);
    float* planes = malloc(count * channel_count * sizeof *planes);
    float* out = malloc(2 * count * sizeof *out);
    const float* channels[PINNA_AMBISONICS_MAX_CHANNELS];
    pinna_ambisonics_config config = pinna_ambisonics_config_default();
    pinna_ambisonics* decoder = NULL;
    pinna_hrtf* hrtf = default_head();
    config.hrtf = hrtf;
    config.order = order;
    config.max_re = max_re;
    cr_assert(planes && out && ears[0] && ears[1]);
    cr_assert_eq(pinna_ambisonics_create(&config, &decoder), PINNA_OK);
    for (uint32_t c = 0; c < channel_count; c++) {
        channels[c] = planes + c * count;
        for (size_t i = 0; i < count; i++)
            planes[c * count + i] = frames[i * channel_count + c];
    }
    pinna_ambisonics_process(decoder, channels, ears[0], ears[1], count);
    for (size_t i = 0; i < 2 * count; i++)
        out[i] = ears[i % 2][i / 2];
    pinna_ambisonics_destroy(decoder);
    pinna_hrtf_release(hrtf);
    free(noise);
    free(frames);
    free(planes);
    free(ears[0]);
    free(ears[1]);
    return out;
}

static void compare(const char* what, const float* expected, const char* name, size_t count, double bar_db)
{
    size_t got = 0;
    float* out = read_stereo(name, &got, NULL);
    cr_assert_geq(got, count, "%s", what);
    double error_db = worst_db(expected, out, 2 * count);
    fprintf(stderr, "%s: %.1f dB\n", what, error_db);
    cr_expect_lt(error_db, bar_db, "%s: %.1f dB", what, error_db);
    free(out);
}

Test(ambix, every_order_is_decoded_as_the_library_does)
{
    enter_folder();
    for (uint32_t order = 1; order <= PINNA_AMBISONICS_MAX_ORDER; order++) {
        char what[64];
        snprintf(what, sizeof what, "ambix, order %u, the tool against the library", order);
        write_wave("in.wav", order, PINNA_AMBISONICS_AMBIX, 50, 0, FRAMES);
        check_tool_works("render in.wav -o out.wav --layout ambix --sample-format float32 -q");
        float* expected = decode(order, false, 50, FRAMES);
        compare(what, expected, "out.wav", FRAMES, -110);
        free(expected);
    }
    write_wave("in.wav", 2, PINNA_AMBISONICS_AMBIX, 50, 0, FRAMES);
    check_tool_works("render in.wav -o out.wav --layout ambix --max-re --sample-format float32 -q");
    float* expected = decode(2, true, 50, FRAMES);
    compare("ambix, order 2 with max-rE", expected, "out.wav", FRAMES, -110);
    free(expected);
}

Test(ambix, formats_tell_the_same_field)
{
    enter_folder();
    for (uint32_t order = 1; order <= 3; order++) {
        char what[64];
        float* expected = decode(order, false, -70, FRAMES);
        write_wave("n3d.wav", order, PINNA_AMBISONICS_N3D, -70, 0, FRAMES);
        write_wave("fuma.wav", order, PINNA_AMBISONICS_FUMA, -70, 0, FRAMES);
        check_tool_works("render n3d.wav -o n.wav --layout ambix --ambisonic-format n3d --sample-format float32 -q");
        check_tool_works("render fuma.wav -o f.wav --layout ambix --ambisonic-format fuma --sample-format float32 -q");
        snprintf(what, sizeof what, "N3D, order %u", order);
        compare(what, expected, "n.wav", FRAMES, -100);
        snprintf(what, sizeof what, "FuMa, order %u", order);
        compare(what, expected, "f.wav", FRAMES, -100);
        free(expected);
    }
}

/* The head turns to the left, and the wave with it: nothing may be heard of either. */
Test(ambix, the_head_is_followed_without_a_lag)
{
    enum { COUNT = 2 * RATE };
    size_t count = 0;
    enter_folder();
    write_text("h.csv", "t_s,yaw_deg,pitch_deg,roll_deg\n0,0,0,0\n3,360,0,0\n");
    write_wave("still.wav", 3, PINNA_AMBISONICS_AMBIX, 40, 0, COUNT);
    write_wave("turns.wav", 3, PINNA_AMBISONICS_AMBIX, 40, 120, COUNT);
    check_tool_works("render still.wav -o a.wav --layout ambix --sample-format float32 -q");
    check_tool_works("render turns.wav -o b.wav --layout ambix --head h.csv --sample-format float32 -q");
    float *still = read_stereo("a.wav", &count, NULL), *turned = read_stereo("b.wav", &count, NULL);
    size_t settled = RATE / 5;
    double error_db = worst_db(still + 2 * settled, turned + 2 * settled, 2 * (COUNT - settled));
    fprintf(stderr, "ambix, head and wave turn alike by 120 degrees/s: %.1f dB beside one at rest\n", error_db);
    cr_expect_lt(error_db, -90, "%.1f dB", error_db);
    free(still);
    free(turned);
}

/* Against geometry: a bed loudspeaker and a wave from the same direction are heard from the same place while the head
   goes to and fro. */
Test(ambix, the_field_stays_in_the_room)
{
    enum { COUNT = 2 * RATE };
    enter_folder();
    write_text("h.csv", "t_s,yaw_deg,pitch_deg,roll_deg\n0,0,0,0\n0.5,60,0,0\n1,-60,0,0\n2,120,0,0\n");
    write_wave("field.wav", 7, PINNA_AMBISONICS_AMBIX, 20, 0, COUNT);
    float* noise = make_noise(COUNT, 7);
    write_wav("mono.wav", RATE, 1, 0, noise, COUNT);
    free(noise);
    check_tool_works("render field.wav -o a.wav --layout ambix --head h.csv --sample-format float32 -q");
    check_tool_works("render mono.wav -o b.wav --azimuth 20 --elevation 10 --head h.csv --gain-db -13.979 "
                     "--sample-format float32 -q");
    double worst_us = 0;
    for (double t_s = 0.1; t_s < 1.9; t_s += 0.15)
        worst_us = fmax(worst_us, 1e6 * fabs(itd_at("a.wav", t_s) - itd_at("b.wav", t_s)));
    fprintf(stderr, "ambix, order 7, head to and fro: ITD within %.1f us of a source there\n", worst_us);
    cr_expect_lt(worst_us, 64, "%.1f us", worst_us);
}

Test(ambix, stretches_rates_and_reports)
{
    size_t count = 0;
    int rate_hz = 0;
    enter_folder();
    write_wave("in.wav", 1, PINNA_AMBISONICS_AMBIX, 50, 0, 3 * RATE);
    check_tool_works("render in.wav -o all.wav --layout ambix --sample-format float32 -q --report r.json");
    check_tool_works("render in.wav -o part.wav --layout ambix --from 1.5 --to 2 --sample-format float32 -q");
    float *all = read_stereo("all.wav", &count, NULL), *part = read_stereo("part.wav", &count, NULL);
    cr_assert_eq(count, RATE / 2);
    cr_expect_lt(worst_db(all + 2 * 3 * RATE / 2, part, 2 * count), -110);
    free(all);
    free(part);
    check_tool_works("render in.wav -o slow.wav --layout ambix --rate 44100 --loudness -23 --to 1 -q");
    free(read_stereo("slow.wav", &count, &rate_hz));
    cr_expect_eq(rate_hz, 44100);
    char text[4096] = "";
    FILE* file = fopen("r.json", "rb");
    cr_assert(file && fread(text, 1, sizeof text - 1, file));
    fclose(file);
    cr_expect(strstr(text, "\"ACN 3\"") && strstr(text, "\"ambisonics\""), "%s", text);
}

Test(ambix, wrong_counts_are_refused_with_what_was_expected)
{
    enter_folder();
    write_noise("five.wav", RATE, 5, 100);
    write_noise("six.wav", RATE, 6, 100);
    write_noise("eight.wav", RATE, 8, 100);
    write_noise("second.wav", RATE, 9, 100);
    write_noise("fifth.wav", RATE, 36, 100);
    check_tool_refuses("render eight.wav -o out.wav --layout ambix",
                       "eight.wav: has 8 channel(s); ambix needs 4, 9, 16, 25, 36, 49 or 64 (order 1 to 7)");
    check_tool_refuses("render five.wav -o out.wav --layout ambix", "a horizontal sound field of order 2 has as many");
    check_tool_refuses("render six.wav -o out.wav --layout ambix", "order 1 with stereo beside it has as many");
    check_tool_refuses("render fifth.wav -o out.wav --layout ambix --ambisonic-format fuma", "needs 4, 9 or 16");
    check_tool_refuses("render second.wav -o out.wav", "or ambix");
    cr_expect_eq(run_tool("render second.wav -o out.wav --layout 5.1 --max-re").exit_code, 2);
    cr_expect_eq(run_tool("render second.wav -o out.wav --layout ambix --lfe-db 10").exit_code, 2);
    cr_expect_eq(run_tool("render second.wav -o out.wav --layout ambix --ambisonic-format maxn").exit_code, 2);
}

static pinna_quat to_the_left(void* user, uint64_t frame)
{
    (void)user;
    (void)frame;
    return pinna_quat_from_yaw_pitch_roll(90, 0, 0);
}

/* A wave from the left, first order, channel by channel; two halves of each add up. */
static void run_field(bool head_locked, pinna_fields_head head, float* left, float* right, uint32_t frame_count)
{
    float gains[4];
    pinna_scene scene = {0};
    pinna_scene_field field = {.order = 1, .head_locked = head_locked};
    pinna_scene_source source = {.route = PINNA_ROUTE_FIELD};
    pinna_fields* fields = NULL;
    pinna_hrtf* hrtf = default_head();
    size_t again = 9;
    cr_assert_eq(pinna_scene_find_field(&scene, &field, &source.field), PINNA_OK);
    cr_assert_eq(pinna_scene_find_field(&scene, &field, &again), PINNA_OK);
    cr_assert(source.field == 0 && again == 0 && scene.field_count == 1, "equal fields are one");
    cr_assert_eq(pinna_fields_create(&scene, hrtf, frame_count, head, NULL, &fields), PINNA_OK);
    pinna_ambisonics_encode(1, direction(90, 0), gains);
    float* samples = calloc(frame_count, sizeof *samples);
    for (source.field_channel = 0; source.field_channel < 8; source.field_channel++) {
        samples[0] = 0.5f * gains[source.field_channel % 4];
        pinna_scene_source half = source;
        half.field_channel %= 4;
        pinna_fields_add(fields, &half, samples);
    }
    pinna_fields_process(fields, 0, left, right);
    pinna_fields_destroy(fields);
    pinna_scene_release(&scene);
    pinna_hrtf_release(hrtf);
    free(samples);
}

static double energy(const float* samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sum;
}

Test(ambix, a_locked_field_turns_with_the_head)
{
    enum { COUNT = 512 };
    float ears[3][2][COUNT] = {{{0}}};
    run_field(false, NULL, ears[0][0], ears[0][1], COUNT);
    run_field(true, to_the_left, ears[1][0], ears[1][1], COUNT);
    run_field(false, to_the_left, ears[2][0], ears[2][1], COUNT);
    cr_expect_gt(energy(ears[0][0], COUNT), 4 * energy(ears[0][1], COUNT), "it comes from the left");
    cr_expect_arr_eq(ears[0], ears[1], sizeof ears[0]);
    double ratio = energy(ears[2][0], COUNT) / energy(ears[2][1], COUNT);
    cr_expect(ratio > 0.8 && ratio < 1.25, "facing it, it is in front: %g", ratio);
}
