/* SPDX-License-Identifier: MIT */
#include <pinna/ambisonics.h>

#include "dsp/fft.h"
#include "realtime/head.h"
#include "support/failing.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { MAX_CHANNELS = PINNA_AMBISONICS_MAX_CHANNELS };

static pinna_hrtf* head(void)
{
    pinna_status status;
    pinna_hrtf* hrtf = make_head(3, 180, 96, NULL, &status);
    cr_assert_eq(status, PINNA_OK);
    return hrtf;
}

static pinna_ambisonics* decoder_of(const pinna_hrtf* hrtf, uint32_t order, pinna_ambisonics_format format)
{
    pinna_ambisonics_config config = pinna_ambisonics_config_default();
    pinna_ambisonics* a = NULL;
    config.hrtf = hrtf;
    config.order = order;
    config.format = format;
    cr_assert_eq(pinna_ambisonics_create(&config, &a), PINNA_OK);
    return a;
}

static pinna_ambisonics* decoder(uint32_t order, pinna_ambisonics_format format)
{
    pinna_hrtf* hrtf = head();
    pinna_ambisonics* a = decoder_of(hrtf, order, format);
    pinna_hrtf_release(hrtf); /* the decoder needs it no more */
    return a;
}

static void turn(pinna_ambisonics* a, float yaw_deg)
{
    cr_assert_eq(pinna_ambisonics_set_orientation(a, pinna_quat_from_yaw_pitch_roll(yaw_deg, 0.0f, 0.0f)), PINNA_OK);
}

/* A field of one wave of noise, or a sine where hz is given; channel after channel. */
typedef struct field {
    uint32_t channel_count;
    size_t frame_count;
    float* samples;
    const float* channels[MAX_CHANNELS];
} field;

static field wave(uint32_t order, pinna_vec3 direction, size_t frame_count, double hz)
{
    field f = {pinna_ambisonics_channel_count(order), frame_count, NULL, {NULL}};
    float gains[MAX_CHANNELS];
    uint32_t seed = 11;
    f.samples = malloc(f.channel_count * frame_count * sizeof *f.samples);
    pinna_ambisonics_encode(order, direction, gains);
    for (size_t n = 0; n < frame_count; n++) {
        float x = hz > 0.0 ? (float)sin(6.283185307 * hz * (double)n / 48000.0) : next_between(&seed, -0.5f, 0.5f);
        for (uint32_t c = 0; c < f.channel_count; c++) f.samples[c * frame_count + n] = gains[c] * x;
    }
    for (uint32_t c = 0; c < f.channel_count; c++) f.channels[c] = f.samples + c * frame_count;
    return f;
}

static void end(pinna_ambisonics* a, field* f)
{
    free(f->samples);
    pinna_ambisonics_destroy(a);
}

static void decode(pinna_ambisonics* a, const field* f, size_t block, float* left, float* right)
{
    uint32_t seed = 5;
    for (size_t done = 0; done < f->frame_count;) {
        const float* now[MAX_CHANNELS];
        size_t count = block ? block : 1 + next_below(&seed, 700);
        if (count > f->frame_count - done) count = f->frame_count - done;
        for (uint32_t c = 0; c < f->channel_count; c++) now[c] = f->channels[c] + done;
        pinna_ambisonics_process(a, now, left + done, right + done, count);
        done += count;
    }
}

static double difference_db(const float* a, const float* b, size_t count)
{
    double error = 0.0, peak = 0.0;
    for (size_t n = 0; n < count; n++) {
        error = fmax(error, fabs((double)a[n] - b[n]));
        peak = fmax(peak, fabs((double)a[n]));
    }
    return 20.0 * log10((error + 1e-12) / (peak + 1e-30));
}

static double energy_of(const float* x, size_t count)
{
    double sum = 0.0;
    for (size_t n = 0; n < count; n++) sum += (double)x[n] * x[n];
    return sum;
}

Test(decoder, refuses_what_it_cannot_do)
{
    pinna_hrtf* hrtf = head();
    pinna_ambisonics* a = (pinna_ambisonics*)hrtf;
    pinna_ambisonics_config good = pinna_ambisonics_config_default(), bad;
    good.hrtf = hrtf;
    cr_expect_eq(pinna_ambisonics_create(NULL, &a), PINNA_ERROR_ARGUMENT);
    cr_expect_null(a);
    cr_expect_eq(pinna_ambisonics_create(&good, NULL), PINNA_ERROR_ARGUMENT);
    const uint32_t orders[] = {0, 8, UINT32_MAX};
    for (int i = 0; i < 3; i++) {
        bad = good;
        bad.order = orders[i];
        cr_expect_eq(pinna_ambisonics_create(&bad, &a), PINNA_ERROR_ARGUMENT);
    }
    bad = good;
    bad.hrtf = NULL;
    cr_expect_eq(pinna_ambisonics_create(&bad, &a), PINNA_ERROR_ARGUMENT);
    bad = good;
    bad.format = PINNA_AMBISONICS_FORMAT_COUNT;
    cr_expect_eq(pinna_ambisonics_create(&bad, &a), PINNA_ERROR_ARGUMENT);
    bad.format = PINNA_AMBISONICS_FUMA;
    bad.order = 4;
    cr_expect_eq(pinna_ambisonics_create(&bad, &a), PINNA_ERROR_ARGUMENT);
    cr_expect_null(a);
    pinna_ambisonics_destroy(NULL);
    pinna_hrtf_release(hrtf);
}

Test(decoder, refuses_orientations_that_are_none)
{
    pinna_ambisonics* a = decoder(1, PINNA_AMBISONICS_AMBIX);
    cr_expect_eq(pinna_ambisonics_set_orientation(NULL, pinna_quat_identity()), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_ambisonics_set_orientation(a, (pinna_quat){0, 0, 0, 0}), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_ambisonics_set_orientation(a, (pinna_quat){NAN, 0, 0, 1}), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_ambisonics_set_orientation(a, (pinna_quat){1, INFINITY, 0, 0}), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_ambisonics_set_orientation(a, (pinna_quat){2, 0, 0, 0}), PINNA_OK);
    pinna_ambisonics_destroy(a);
}

Test(decoder, every_allocation_may_fail)
{
    pinna_hrtf* hrtf = head();
    pinna_ambisonics_config config = pinna_ambisonics_config_default();
    config.hrtf = hrtf;
    size_t fail = 0;
    for (pinna_status status = PINNA_ERROR_MEMORY; status; fail++) {
        failing_allocator count = failing_after(fail);
        pinna_allocator allocator = counted_allocator(&count);
        pinna_ambisonics* a = NULL;
        config.allocator = &allocator;
        status = pinna_ambisonics_create(&config, &a);
        cr_assert(status == PINNA_ERROR_MEMORY || status == PINNA_OK);
        cr_assert_eq(a == NULL, status != PINNA_OK);
        pinna_ambisonics_destroy(a);
        cr_assert_eq(count.live, 0, "allocation %zu failed and %zu blocks were lost", fail, count.live);
    }
    cr_expect_gt(fail, 8);
    pinna_hrtf_release(hrtf);
}

Test(decoder, sound_comes_from_its_side)
{
    enum { COUNT = 4800 };
    static float out[2][COUNT];
    for (uint32_t order = 1; order <= 7; order += 2) {
        pinna_ambisonics* a = decoder(order, PINNA_AMBISONICS_AMBIX);
        field left = wave(order, (pinna_vec3){0.0f, 1.0f, 0.0f}, COUNT, 0.0);
        decode(a, &left, 0, out[0], out[1]);
        cr_expect_gt(energy_of(out[0], COUNT), 1.5 * energy_of(out[1], COUNT), "order %u", order);
        end(a, &left);
    }
}

/* The head turned left hears a wave from the front as the head at rest hears one from the right. */
Test(decoder, turned_head_hears_a_turned_field)
{
    enum { COUNT = 4000 };
    static float turned[2][COUNT], rest[2][COUNT];
    uint32_t seed = 21;
    for (uint32_t order = 1; order <= 7; order += 2) {
        pinna_ambisonics* a = decoder(order, PINNA_AMBISONICS_AMBIX);
        pinna_quat q = pinna_quat_from_yaw_pitch_roll(next_between(&seed, -180.0f, 180.0f), 33.0f, -70.0f);
        pinna_vec3 d = {0.6f, -0.48f, 0.64f};
        field world = wave(order, d, COUNT, 0.0);
        field seen = wave(order, pinna_quat_rotate(pinna_quat_conjugate(q), d), COUNT, 0.0);
        cr_assert_eq(pinna_ambisonics_set_orientation(a, q), PINNA_OK);
        decode(a, &world, 0, turned[0], turned[1]);
        cr_assert_eq(pinna_ambisonics_set_orientation(a, pinna_quat_identity()), PINNA_OK);
        pinna_ambisonics_reset(a);
        decode(a, &seen, 0, rest[0], rest[1]);
        for (int ear = 0; ear < 2; ear++) cr_expect_lt(difference_db(rest[ear], turned[ear], COUNT), -95.0);
        free(world.samples);
        free(seen.samples);
        pinna_ambisonics_destroy(a);
    }
}

/* Left and right by name, so that no sign can be wrong twice. */
Test(decoder, head_turned_left_hears_the_front_on_the_right)
{
    enum { COUNT = 4000 };
    static float out[2][COUNT];
    pinna_ambisonics* a = decoder(3, PINNA_AMBISONICS_AMBIX);
    field front = wave(3, (pinna_vec3){1.0f, 0.0f, 0.0f}, COUNT, 0.0);
    turn(a, 90.0f);
    decode(a, &front, 0, out[0], out[1]);
    cr_expect_gt(energy_of(out[1], COUNT), 1.5 * energy_of(out[0], COUNT));
    end(a, &front);
}

Test(decoder, blocks_do_not_matter)
{
    enum { COUNT = 6000 };
    static float whole[2][COUNT], split[2][COUNT];
    const size_t blocks[] = {1, 64, 257, 0};
    pinna_ambisonics* a = decoder(3, PINNA_AMBISONICS_AMBIX);
    field f = wave(3, (pinna_vec3){0.0f, 0.6f, 0.8f}, COUNT, 0.0);
    turn(a, 50.0f);
    decode(a, &f, COUNT, whole[0], whole[1]);
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        pinna_ambisonics_reset(a);
        decode(a, &f, blocks[i], split[0], split[1]);
        for (int ear = 0; ear < 2; ear++) cr_expect_lt(difference_db(whole[ear], split[ear], COUNT), -120.0);
    }
    end(a, &f);
}

Test(decoder, output_may_be_an_input)
{
    enum { COUNT = 3000 };
    static float out[2][COUNT];
    pinna_ambisonics* a = decoder(1, PINNA_AMBISONICS_AMBIX);
    field f = wave(1, (pinna_vec3){0.0f, 0.6f, 0.8f}, COUNT, 0.0);
    decode(a, &f, COUNT, out[0], out[1]);
    pinna_ambisonics_reset(a);
    pinna_ambisonics_process(a, f.channels, f.samples, f.samples + COUNT, COUNT);
    cr_expect_arr_eq(out[0], f.samples, sizeof out[0]);
    cr_expect_arr_eq(out[1], f.samples + COUNT, sizeof out[1]);
    end(a, &f);
}

/* The other formats carry the same field: N3D by its scale, FuMa by its order and by maxima of 1 (W: 0.707). */
Test(decoder, formats_agree)
{
    enum { COUNT = 3000 };
    static const uint8_t fuma_acn[16] = {0, 3, 1, 2, 6, 7, 5, 8, 4, 12, 13, 11, 14, 10, 15, 9};
    static float ambix[2][COUNT], other[2][COUNT];
    float largest[16] = {0};
    uint32_t seed = 9;
    for (int i = 0; i < 200000; i++) {
        float gains[16], z = next_between(&seed, -1.0f, 1.0f), turn = next_between(&seed, 0.0f, 6.2831853f);
        pinna_ambisonics_encode(3, (pinna_vec3){sqrtf(1 - z * z) * cosf(turn), sqrtf(1 - z * z) * sinf(turn), z},
                                gains);
        for (int c = 0; c < 16; c++) largest[c] = fmaxf(largest[c], fabsf(gains[c]));
    }
    largest[0] = sqrtf(2.0f);
    field f = wave(3, (pinna_vec3){0.48f, 0.6f, 0.64f}, COUNT, 0.0);
    pinna_ambisonics* a = decoder(3, PINNA_AMBISONICS_AMBIX);
    decode(a, &f, 0, ambix[0], ambix[1]);
    for (int format = PINNA_AMBISONICS_N3D; format <= PINNA_AMBISONICS_FUMA; format++) {
        pinna_ambisonics* b = decoder(3, (pinna_ambisonics_format)format);
        field g = wave(3, (pinna_vec3){0.48f, 0.6f, 0.64f}, COUNT, 0.0);
        for (uint32_t c = 0; c < 16; c++) {
            uint32_t acn = format == PINNA_AMBISONICS_FUMA ? fuma_acn[c] : c;
            float gain = 1.0f / largest[acn];
            if (format == PINNA_AMBISONICS_N3D) gain = sqrtf(2.0f * floorf(sqrtf((float)c)) + 1.0f);
            for (size_t n = 0; n < COUNT; n++) g.samples[c * COUNT + n] = gain * f.channels[acn][n];
        }
        decode(b, &g, 0, other[0], other[1]);
        for (int ear = 0; ear < 2; ear++) cr_expect_lt(difference_db(ambix[ear], other[ear], COUNT), -60.0);
        free(g.samples);
        pinna_ambisonics_destroy(b);
    }
    end(a, &f);
}

/* The loudest bin from an octave above a frequency on, below the bin at that frequency, dB. Blackman-Harris window. */
static double beside_db(const float* x, uint32_t count, double hz)
{
    float* time = malloc(count * sizeof *time);
    pinna_complex* bins = malloc((count / 2 + 1) * sizeof *bins);
    void* memory = malloc(pinna_fft_size(count));
    double at = 0.0, beside = 0.0;
    for (uint32_t n = 0; n < count; n++) {
        double u = 6.283185307179586 * n / count;
        time[n] = x[n] * (float)(0.35875 - 0.48829 * cos(u) + 0.14128 * cos(2.0 * u) - 0.01168 * cos(3.0 * u));
    }
    pinna_fft_forward(pinna_fft_place(memory, count), time, bins);
    for (uint32_t k = 0; k <= count / 2; k++) {
        double size = hypot((double)bins[k].re, (double)bins[k].im);
        if (k * 48000.0 / count < 2.0 * hz) at = fmax(at, size);
        else beside = fmax(beside, size);
    }
    free(time);
    free(bins);
    free(memory);
    return 20.0 * log10(beside / at);
}

/* Beside a sine, what a turning head leaves from an octave above on: clicks would fill the band. */
Test(decoder, turning_does_not_click)
{
    enum { COUNT = 32768, BLOCK = 512 };
    static float out[2][COUNT];
    const double hz = 1000.0;
    for (uint32_t order = 1; order <= 7; order += 3) {
        pinna_ambisonics* a = decoder(order, PINNA_AMBISONICS_AMBIX);
        field f = wave(order, (pinna_vec3){1.0f, 0.0f, 0.0f}, COUNT, hz);
        for (size_t done = 0; done < COUNT; done += BLOCK) {
            const float* now[MAX_CHANNELS];
            float yaw = 180.0f * (float)done / 48000.0f; /* 1.9 degrees a step */
            turn(a, yaw);
            for (uint32_t c = 0; c < f.channel_count; c++) now[c] = f.channels[c] + done;
            pinna_ambisonics_process(a, now, out[0] + done, out[1] + done, BLOCK);
        }
        double beside = beside_db(out[0], COUNT, hz);
        fprintf(stderr, "[turning] order %u: %.1f dB beside a sine\n", order, beside);
        cr_expect_lt(beside, -80.0);
        end(a, &f);
    }
}

Test(decoder, bad_samples_do_not_spread)
{
    enum { COUNT = 4096 };
    static float out[2][COUNT];
    pinna_ambisonics* a = decoder(2, PINNA_AMBISONICS_AMBIX);
    field f = wave(2, (pinna_vec3){0.0f, 1.0f, 0.0f}, COUNT, 0.0);
    for (size_t n = 100; n < 200; n++) {
        f.samples[n] = NAN;
        f.samples[3 * COUNT + n] = n % 2 ? INFINITY : -INFINITY;
        f.samples[4 * COUNT + n] = 1e38f;
    }
    f.channels[5] = NULL;
    pinna_ambisonics_process(a, f.channels, out[0], out[1], COUNT);
    for (size_t n = 0; n < COUNT; n++) cr_assert(isfinite(out[0][n]) && isfinite(out[1][n]));
    const float* silence[MAX_CHANNELS] = {NULL};
    pinna_ambisonics_process(a, silence, out[0], out[1], COUNT);
    cr_expect_eq(energy_of(out[0] + 1000, COUNT - 1000), 0.0, "silence follows");
    pinna_ambisonics_process(a, silence, out[0], out[1], 0);
    end(a, &f);
}

/* --- orientations from another thread --- */

static atomic_bool stop;

static void* keep_turning(void* decoder_to_turn)
{
    float yaw = 0.0f;
    while (!atomic_load(&stop)) {
        yaw = yaw > 179.0f ? -180.0f : yaw + 1.0f;
        if (pinna_ambisonics_set_orientation(decoder_to_turn, pinna_quat_from_yaw_pitch_roll(yaw, 0.0f, 0.0f))) break;
    }
    return NULL;
}

Test(decoder, may_be_turned_while_it_runs)
{
    enum { COUNT = 24000 };
    static float out[2][COUNT];
    pthread_t thread;
    pinna_ambisonics* a = decoder(3, PINNA_AMBISONICS_AMBIX);
    field f = wave(3, (pinna_vec3){1.0f, 0.0f, 0.0f}, COUNT, 0.0);
    cr_assert_eq(pthread_create(&thread, NULL, keep_turning, a), 0);
    decode(a, &f, 0, out[0], out[1]);
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    for (size_t n = 0; n < COUNT; n++) cr_assert(isfinite(out[0][n]) && fabsf(out[0][n]) < 20.0f);
    end(a, &f);
}

/* Prepared at other rates, the fit holds: longer transforms, other bins. */
Test(decoder, rates)
{
    enum { TAPS = 64, DIRECTIONS = 100, COUNT = 8000 };
    const uint32_t rates[] = {8000, 44100, 96000};
    static float hrirs[DIRECTIONS * 2 * TAPS], out[2][COUNT];
    static pinna_vec3 positions[DIRECTIONS];
    for (uint32_t i = 0; i < DIRECTIONS; i++) {
        positions[i] = spiral_direction(i, DIRECTIONS);
        fill_hrir(hrirs + i * 2 * TAPS, TAPS, positions[i].y, positions[i].z, 1);
        fill_hrir(hrirs + (i * 2 + 1) * TAPS, TAPS, -positions[i].y, positions[i].z, 1);
    }
    for (size_t r = 0; r < 3; r++) {
        pinna_measured_set measured = {48000.0, DIRECTIONS, TAPS, hrirs, NULL, positions};
        pinna_prepare_config config = pinna_prepare_config_default();
        pinna_hrtf* hrtf = NULL;
        config.sample_rate_hz = rates[r];
        cr_assert_eq(pinna_hrtf_prepare(&measured, &config, NULL, &hrtf), PINNA_OK);
        pinna_ambisonics* a = decoder_of(hrtf, 4, PINNA_AMBISONICS_AMBIX);
        field f = wave(4, (pinna_vec3){0.0f, -1.0f, 0.0f}, COUNT, 0.0);
        decode(a, &f, 0, out[0], out[1]);
        cr_expect_gt(energy_of(out[1], COUNT), 1.2 * energy_of(out[0], COUNT), "%u Hz", rates[r]);
        end(a, &f);
        pinna_hrtf_release(hrtf);
    }
}
