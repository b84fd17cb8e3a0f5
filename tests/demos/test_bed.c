/* SPDX-License-Identifier: MIT */
#include "layout.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, SLOT = 1024, PROBE = 512 };

/* One impulse in each channel, each in a slot of its own. */
static void write_impulses(const char* name, uint32_t channel_count, unsigned mask)
{
    size_t frames = (size_t)SLOT * channel_count;
    float* samples = calloc(frames * channel_count, sizeof *samples);
    cr_assert(samples);
    for (uint32_t c = 0; c < channel_count; c++)
        samples[(size_t)SLOT * c * channel_count + c] = 0.5f;
    write_wav(name, RATE, (int)channel_count, mask, samples, frames);
    free(samples);
}

/* What the renderer's own probe says of each loudspeaker's direction. */
static float* probe(const pinna_layout* layout)
{
    char text[2048] = "azimuth_deg,elevation_deg\n";
    size_t count = 0;
    for (uint32_t c = 0; c < layout->channel_count; c++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%g,%g\n", (double)layout->channels[c].azimuth_deg,
                 (double)layout->channels[c].elevation_deg);
    write_text("d.csv", text);
    check_tool_works("probe --directions d.csv -o probe.wav --length 512 --method exact -q");
    float* frames = read_stereo("probe.wav", &count, NULL);
    cr_assert_eq(count, (size_t)PROBE * layout->channel_count);
    return frames;
}

static void check_low(const pinna_layout* layout, uint32_t c, const float* slot)
{
    cr_expect(slot[0] == 0.5f && slot[1] == 0.5f, "%s: %s: %g %g", layout->name, layout->channels[c].label,
              (double)slot[0], (double)slot[1]);
    for (size_t i = 2; i < 2 * PROBE; i++)
        cr_assert_eq(slot[i], 0, "%s: %s goes nowhere but to the ears", layout->name, layout->channels[c].label);
}

/* How far one ear's response lies from another, RMS of dB at 12 points per octave from 200 Hz to 16 kHz. */
static double distance_db(const float* a, const float* b)
{
    double sum = 0;
    int count = 0;
    for (double hz = 200; hz < 16000; hz *= 1.0594630943593, count++) {
        double parts[4] = {0}, step = 2 * 3.14159265358979 * hz / RATE;
        for (int i = 0; i < PROBE; i++) {
            double c = cos(step * i), s = sin(step * i);
            parts[0] += c * (double)a[2 * i];
            parts[1] += s * (double)a[2 * i];
            parts[2] += c * (double)b[2 * i];
            parts[3] += s * (double)b[2 * i];
        }
        double ratio_db = 20 * log10(hypot(parts[0], parts[1]) / hypot(parts[2], parts[3]));
        sum += ratio_db * ratio_db;
    }
    return sqrt(sum / count);
}

/* The lag at which the ears are most alike, between samples by a parabola. */
static double response_itd_us(const float* frames)
{
    enum { LAGS = 48 };
    double alike[2 * LAGS + 1] = {0};
    int best = LAGS;
    for (int lag = -LAGS; lag <= LAGS; lag++) {
        for (int i = LAGS; i < PROBE - LAGS; i++)
            alike[lag + LAGS] += (double)frames[2 * i] * (double)frames[2 * (i + lag) + 1];
        if (alike[lag + LAGS] > alike[best] && lag > -LAGS && lag < LAGS) best = lag + LAGS;
    }
    double before = alike[best - 1], after = alike[best + 1], bend = before - 2 * alike[best] + after;
    return 1e6 / RATE * (best - LAGS + (bend < 0 ? 0.5 * (before - after) / bend : 0));
}

/* Every channel is what the probe hears from its loudspeaker's direction, to the last bits. */
static void check_layout(const pinna_layout* layout, const char* options)
{
    char command[160];
    size_t count = 0;
    snprintf(command, sizeof command, "render bed.wav -o out.wav -q --sample-format float32 %s", options);
    check_tool_works(command);
    float *out = read_stereo("out.wav", &count, NULL), *expected = probe(layout);
    double worst_us = 0, worst_lsd_db = 0, worst_error_db = -INFINITY;
    cr_assert_geq(count, (size_t)SLOT * layout->channel_count);
    for (uint32_t c = 0; c < layout->channel_count; c++) {
        float* slot = out + 2 * (size_t)SLOT * c;
        if (layout->channels[c].low) {
            check_low(layout, c, slot);
            continue;
        }
        float* heard = expected + 2 * (size_t)PROBE * c;
        for (size_t i = 0; i < 2 * PROBE; i++)
            heard[i] *= 0.5f;
        double error_db = worst_db(heard, slot, 2 * PROBE);
        worst_error_db = fmax(worst_error_db, error_db);
        worst_us = fmax(worst_us, fabs(response_itd_us(heard) - response_itd_us(slot)));
        for (int ear = 0; ear < 2; ear++) worst_lsd_db = fmax(worst_lsd_db, distance_db(heard + ear, slot + ear));
        cr_expect_lt(error_db, -100, "%s: %s: %.1f dB", layout->name, layout->channels[c].label, error_db);
    }
    fprintf(stderr, "%s: %u channels beside sources probed there: ITD within %.2f us, LSD %.4f dB, %.0f dB apart\n",
            layout->name, layout->channel_count, worst_us, worst_lsd_db, worst_error_db);
    cr_expect(worst_us < 20 && worst_lsd_db < 1.5);
    free(out);
    free(expected);
}

static pinna_layout layout_of(const char* name, pinna_channel_order order, uint32_t channel_count, uint32_t mask)
{
    static pinna_report report;
    pinna_layout layout;
    pinna_layout_file file = {"bed.wav", channel_count, mask, false};
    cr_assert_eq(pinna_layout_of_file(name, order, &file, &report, &layout), PINNA_OK, "%s",
                 pinna_report_error(&report));
    return layout;
}

Test(bed, every_channel_comes_from_its_loudspeaker)
{
    static const struct {
        const char* name;
        uint32_t channel_count;
    } cases[] = {{"mono", 1},   {"stereo", 2}, {"3.0", 3},    {"quad", 4},   {"5.0", 5},    {"5.1", 6},  {"5.1.2", 8},
                 {"5.1.4", 10}, {"7.1", 8},    {"7.1.2", 10}, {"7.1.4", 12}, {"9.1.6", 16}, {"22.2", 24}};
    enter_folder();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char options[32];
        pinna_layout layout = layout_of(cases[i].name, PINNA_ORDER_AUTO, cases[i].channel_count, 0);
        snprintf(options, sizeof options, "--layout %s", cases[i].name);
        write_impulses("bed.wav", cases[i].channel_count, 0);
        check_layout(&layout, options);
    }
}

/* All loudspeakers at once are the sum of each alone. */
Test(bed, loudspeakers_add_up)
{
    enum { FRAMES = 4000, CHANNELS = 8 };
    float *all = NULL, *sum = NULL, *bed = calloc((size_t)FRAMES * CHANNELS, sizeof *bed);
    size_t count = 0;
    enter_folder();
    cr_assert(bed);
    srand(8);
    for (int c = -1; c < CHANNELS; c++) { /* -1: all of them */
        srand(8);
        for (int i = 0; i < FRAMES * CHANNELS; i++) {
            float noise = 0.1f * ((float)rand() / (float)RAND_MAX - 0.5f);
            bed[i] = c < 0 || i % CHANNELS == c ? noise : 0;
        }
        write_wav("bed.wav", RATE, CHANNELS, 0, bed, FRAMES);
        check_tool_works("render bed.wav -o out.wav --layout 7.1 --sample-format float32 -q");
        float* out = read_stereo("out.wav", &count, NULL);
        if (c < 0) {
            all = out;
            sum = calloc(2 * count, sizeof *sum);
            cr_assert(sum);
            continue;
        }
        for (size_t i = 0; i < 2 * count; i++) sum[i] += out[i];
        free(out);
    }
    double error_db = worst_db(all, sum, 2 * count);
    fprintf(stderr, "7.1: all loudspeakers at once are the sum of each alone within %.0f dB\n", error_db);
    cr_expect_lt(error_db, -100);
    free(all);
    free(sum);
    free(bed);
}

static void check_labels(const pinna_layout* layout, const char* const* labels)
{
    for (uint32_t c = 0; c < layout->channel_count; c++)
        cr_expect_str_eq(layout->channels[c].label, labels[c], "%s, channel %u", layout->name, c + 1);
}

Test(bed, orders_of_channels)
{
    const char* const itu[] = {"M+030", "M-030", "M+000", "LFE1", "M+090", "M-090", "M+135", "M-135",
                               "U+045", "U-045", "U+135", "U-135"};
    const char* const wav[] = {"M+030", "M-030", "M+000", "LFE1", "M+135", "M-135", "M+090", "M-090",
                               "U+045", "U-045", "U+135", "U-135"};
    const char* const surround[] = {"M+030", "M-030", "M+000", "LFE1", "M+110", "M-110"};
    pinna_layout layout = layout_of("7.1", PINNA_ORDER_AUTO, 8, 0);
    check_labels(&layout, itu);
    cr_expect(layout.order_assumed);
    layout = layout_of("7.1", PINNA_ORDER_WAV, 8, 0);
    check_labels(&layout, wav);
    layout = layout_of(NULL, PINNA_ORDER_AUTO, 8, 0x63F);
    check_labels(&layout, wav);
    cr_expect(!strcmp(layout.name, "7.1") && !layout.order_assumed);
    layout = layout_of(NULL, PINNA_ORDER_AUTO, 12, 0x2D63F);
    check_labels(&layout, wav);
    layout = layout_of("7.1.4", PINNA_ORDER_ITU, 12, 0x2D63F);
    check_labels(&layout, itu);
    layout = layout_of(NULL, PINNA_ORDER_AUTO, 6, 0x3F); /* surrounds as backs, */
    check_labels(&layout, surround);
    layout = layout_of(NULL, PINNA_ORDER_AUTO, 6, 0x60F); /* as sides */
    check_labels(&layout, surround);
    layout = layout_of(NULL, PINNA_ORDER_AUTO, 3, 0x103);
    cr_expect_str_eq(layout.channels[2].label, "M+180");
}

Test(bed, a_mask_is_rendered_in_its_order)
{
    enter_folder();
    write_impulses("bed.wav", 8, 0x63F);
    pinna_layout layout = layout_of("7.1", PINNA_ORDER_WAV, 8, 0);
    check_layout(&layout, "");
    check_layout(&layout, "--layout 7.1");
}

Test(bed, direct_is_untouched)
{
    size_t count = 0;
    enter_folder();
    write_noise("bed.wav", RATE, 2, 3000);
    check_tool_works("render bed.wav -o out.wav --layout direct --sample-format float32 -q");
    float *out = read_stereo("out.wav", &count, NULL), *in = read_stereo("bed.wav", &count, NULL);
    for (size_t i = 0; i < 2 * count; i++)
        cr_assert_eq(out[i], in[i]);
    free(out);
    free(in);
}

Test(bed, wrong_counts_are_refused_with_what_was_expected)
{
    enter_folder();
    write_noise("six.wav", RATE, 6, 100);
    write_impulses("mask.wav", 6, 0x3F);
    write_impulses("odd.wav", 3, 0x3F);
    check_tool_refuses("render six.wav -o out.wav --layout 7.1",
                  "six.wav: has 6 channel(s); 7.1 needs 8: M+030 M-030 M+000 LFE1 M+090 M-090 M+135 M-135");
    check_tool_refuses("render six.wav -o out.wav", "six.wav: has 6 channels and no channel mask");
    check_tool_refuses("render six.wav -o out.wav --layout direct", "direct needs 2");
    check_tool_refuses("render six.wav -o out.wav --layout 5.1.3", "no layout '5.1.3'; did you mean '5.1");
    check_tool_refuses("render odd.wav -o out.wav", "its channel mask (0x3f) does not fit its 3 channels");
    outcome result = run_tool("render six.wav -o x.wav --layout 5.1 --azimuth 3");
    cr_expect_eq(result.exit_code, 2);
    check_tool_works("render six.wav -o x.wav --layout 5.1 -q");
    check_tool_works("render six.wav -o x.wav --azimuth 3 -q");
    check_tool_works("render mask.wav -o x.wav -q");
}

/* A head that turns to the left at 60 degrees a second: the left loudspeaker of a stereo bed, which stays in the room,
   is heard where a source would be that stands at 30 degrees less the head's. */
Test(bed, loudspeakers_stay_in_the_room)
{
    enum { COUNT = 2 * RATE };
    enter_folder();
    float* samples = calloc(2 * COUNT, sizeof *samples);
    cr_assert(samples);
    srand(3);
    for (size_t i = 0; i < COUNT; i++)
        samples[2 * i] = 0.3f * ((float)rand() / (float)RAND_MAX - 0.5f);
    write_wav("bed.wav", RATE, 2, 0, samples, COUNT);
    free(samples);
    write_text("h.csv", "t_s,yaw_deg,pitch_deg,roll_deg\n0,0,0,0\n2,120,0,0\n");
    check_tool_works("render bed.wav -o out.wav --layout stereo --head h.csv --sample-format float32 -q");
    double worst_us = 0;
    for (double t_s = 0.2; t_s < 1.5; t_s += 0.3) {
        char command[128];
        snprintf(command, sizeof command, "render bed.wav -o still.wav --channel 1 --azimuth %g -q", 30 - 60 * t_s);
        check_tool_works(command);
        double heard_us = 1e6 * itd_at("out.wav", t_s), expected_us = 1e6 * itd_at("still.wav", t_s);
        worst_us = fmax(worst_us, fabs(heard_us - expected_us));
        cr_expect_float_eq(heard_us, expected_us, 20, "at %.1f s: %.1f us, a source there %.1f us", t_s, heard_us,
                           expected_us);
    }
    fprintf(stderr, "bed, head turning by 60 degrees/s: ITD of a loudspeaker within %.1f us of geometry\n", worst_us);
}

/* A bed that stands still in a room is convolved with what an impulse tells of renderer and room, all loudspeakers with
   one tail; --method exact has it rendered block by block. Both sound the same. */
Test(bed, a_room_is_the_same_folded, .timeout = 120)
{
    enum { FRAMES = RATE };
    size_t count = 0, other_count = 0;
    enter_folder();
    write_noise("bed.wav", RATE, 6, FRAMES);
    check_tool_works("render bed.wav -o a.wav --layout 5.1 --preset cinematic --set room=cinema -q "
                     "--sample-format float32");
    check_tool_works("render bed.wav -o b.wav --layout 5.1 --preset cinematic --set room=cinema -q "
                     "--sample-format float32 --method exact");
    float *folded = read_stereo("a.wav", &count, NULL), *rendered = read_stereo("b.wav", &other_count, NULL);
    cr_assert_eq(count, other_count);
    double error_db = worst_db(rendered, folded, 2 * count);
    fprintf(stderr, "bed in a cinema, folded: within %.1f dB of rendered\n", error_db);
    cr_expect_lt(error_db, -90, "%.1f dB", error_db);
    free(folded);
    free(rendered);
}

/* Ducking is no matter of impulses: such a bed goes through the renderer. */
Test(bed, what_ducks_is_not_folded)
{
    size_t count = 0, other_count = 0;
    enter_folder();
    write_noise("bed.wav", RATE, 2, 20000);
    check_tool_works("render bed.wav -o a.wav --preset positional --sample-format float32 --ramp 64 -q");
    check_tool_works("render bed.wav -o b.wav --preset positional --sample-format float32 --ramp 64 --method exact -q");
    float *a = read_stereo("a.wav", &count, NULL), *b = read_stereo("b.wav", &other_count, NULL);
    cr_assert_eq(count, other_count);
    cr_expect_arr_eq(a, b, 2 * count * sizeof *a);
    free(a);
    free(b);
}
