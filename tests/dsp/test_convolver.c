/* SPDX-License-Identifier: MIT */
#include <pinna/convolver.h>

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, MAX_SPLIT = 4096 };

static uint32_t next_random(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static float* noise(size_t count, uint32_t seed, double decay_frames)
{
    float* x = malloc((count + 1) * sizeof *x);
    for (size_t n = 0; n < count; n++)
        x[n] = ((float)next_random(&seed) / 8388608.0f - 1.0f) * (float)exp(-(double)n / decay_frames);
    return x;
}

/* A room's tail: 60 dB down after its length. */
static float* room(size_t tap_count, uint32_t seed)
{
    return noise(tap_count, seed, (double)tap_count / 6.9);
}

static double direct_frame(const float* in, const float* taps, size_t tap_count, size_t frame)
{
    double sum = 0;
    for (size_t k = 0; k < tap_count && k <= frame; k++) sum += (double)taps[k] * in[frame - k];
    return sum;
}

static double level_db(double error, double peak)
{
    return 20.0 * log10(fmax(error, 1e-300) / peak);
}

/* How the frames are cut into calls: a fixed block, or random ones for 0. */
static void run(pinna_convolver* convolver, const float* const* inputs, uint32_t input_count, float* const* outputs,
                uint32_t output_count, size_t frame_count, size_t block)
{
    uint32_t seed = 99;
    for (size_t done = 0; done < frame_count;) {
        size_t count = block ? block : 1 + next_random(&seed) % (next_random(&seed) % 4 ? 300 : MAX_SPLIT);
        if (count > frame_count - done) count = frame_count - done;
        const float* in[PINNA_CONVOLVER_MAX_CHANNELS];
        float* out[PINNA_CONVOLVER_MAX_CHANNELS];
        for (uint32_t i = 0; i < input_count; i++) in[i] = inputs[i] ? inputs[i] + done : NULL;
        for (uint32_t o = 0; o < output_count; o++) out[o] = outputs[o] + done;
        pinna_convolver_process(convolver, in, out, count);
        done += count;
    }
}

static pinna_convolver_config config_of(uint32_t input_count, uint32_t output_count, uint32_t max_tap_count)
{
    pinna_convolver_config config = pinna_convolver_config_default();
    config.input_count = input_count;
    config.output_count = output_count;
    config.max_tap_count = max_tap_count;
    return config;
}

static pinna_response* response_of(const pinna_convolver_config* config, const float* const* paths, uint32_t tap_count)
{
    pinna_response* response = NULL;
    cr_assert_eq(pinna_response_create(config, paths, tap_count, &response), PINNA_OK);
    return response;
}

static pinna_convolver* convolver_of(const pinna_convolver_config* config, const float* const* paths,
                                     uint32_t tap_count)
{
    pinna_convolver* convolver = NULL;
    pinna_response* response = response_of(config, paths, tap_count);
    cr_assert_eq(pinna_convolver_create(config, &convolver), PINNA_OK);
    cr_assert_eq(pinna_convolver_set_response(convolver, response), PINNA_OK);
    pinna_response_release(response);
    return convolver;
}

/* Largest error at spot frames (all of the onset, then scattered), dB re the reference's peak there. */
static double spot_error_db(const float* in, const float* taps, size_t tap_count, const float* out, size_t frame_count)
{
    double worst = 0, peak = 0;
    uint32_t seed = 5;
    for (size_t spot = 0; spot < 1500; spot++) {
        size_t frame = spot < 300 ? spot * 2 : next_random(&seed) % frame_count;
        if (frame >= frame_count) continue;
        double expected = direct_frame(in, taps, tap_count, frame);
        worst = fmax(worst, fabs(out[frame] - expected));
        peak = fmax(peak, fabs(expected));
    }
    return level_db(worst, peak);
}

/* --- accuracy ----------------------------------------------------------------------------------------------------- */

static void check_brir(uint32_t tap_count, uint32_t max_tap_count, size_t block)
{
    const size_t frame_count = tap_count + 30000;
    float *in = noise(frame_count, 1, 1e12), *left = room(tap_count, 2), *right = room(tap_count, 3);
    float *out_left = malloc(frame_count * sizeof *in), *out_right = malloc(frame_count * sizeof *in);
    const pinna_convolver_config config = config_of(1, 2, max_tap_count);
    pinna_convolver* convolver = convolver_of(&config, (const float* const[]){left, right}, tap_count);
    run(convolver, (const float* const[]){in}, 1, (float* const[]){out_left, out_right}, 2, frame_count, block);
    const double error_left = spot_error_db(in, left, tap_count, out_left, frame_count);
    const double error_right = spot_error_db(in, right, tap_count, out_right, frame_count);
    printf("%u taps, block %zu: %.1f / %.1f dB\n", tap_count, block, error_left, error_right);
    cr_expect_lt(error_left, -110, "%u taps, block %zu: left %.1f dB", tap_count, block, error_left);
    cr_expect_lt(error_right, -110, "%u taps, block %zu: right %.1f dB", tap_count, block, error_right);
    pinna_convolver_destroy(convolver);
    free(in);
    free(left);
    free(right);
    free(out_left);
    free(out_right);
}

Test(convolver, three_second_brir_equals_direct_convolution)
{
    check_brir(3 * RATE, 3 * RATE, 128);
}

Test(convolver, lengths_from_one_tap_to_seconds)
{
    static const uint32_t lengths[] = {1,    2,    17,   511,  512,  513,   767,   768,   769,   2047,
                                       2048, 2049, 5000, 8192, 8193, 32768, 32769, 48000, 72001, 131073};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) check_brir(lengths[i], lengths[i], i % 2 ? 0 : 480);
}

Test(convolver, response_shorter_than_the_convolver)
{
    static const uint32_t lengths[] = {1, 512, 600, 3000, 40000, 100000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) check_brir(lengths[i], 3 * RATE, 0);
}

Test(convolver, every_partition_size)
{
    check_brir(400000, 400000, 1024);
}

Test(convolver, one_level_of_each_size_alone_is_exact)
{
    /* A response of one tap, moved through all levels: the output is the input, late by that much. */
    static const uint32_t taps_at[] = {0, 511, 512, 800, 2047, 2048, 9000, 33000, 140000, 299999};
    const uint32_t tap_count = 300000;
    const size_t frame_count = 320000;
    const pinna_convolver_config config = config_of(1, 1, tap_count);
    float *in = noise(frame_count, 4, 1e12), *out = malloc(frame_count * sizeof *out);
    for (size_t i = 0; i < sizeof taps_at / sizeof taps_at[0]; i++) {
        float* taps = calloc(tap_count, sizeof *taps);
        taps[taps_at[i]] = 1.0f;
        pinna_convolver* convolver = convolver_of(&config, (const float* const[]){taps}, tap_count);
        run(convolver, (const float* const[]){in}, 1, (float* const[]){out}, 1, frame_count, 512);
        double worst = 0;
        for (size_t n = 0; n < frame_count; n++)
            worst = fmax(worst, fabs((double)out[n] - (n < taps_at[i] ? 0.0f : in[n - taps_at[i]])));
        cr_expect_lt(level_db(worst, 1), -115, "tap %u: %.1f dB", taps_at[i], level_db(worst, 1));
        pinna_convolver_destroy(convolver);
        free(taps);
    }
    free(in);
    free(out);
}

/* --- contract ----------------------------------------------------------------------------------------------------- */

Test(convolver, impulse_leaves_in_its_own_frame)
{
    const uint32_t tap_count = 100000, onset = 0;
    float* taps = room(tap_count, 8);
    taps[onset] = 0.75f;
    const pinna_convolver_config config = config_of(1, 1, tap_count);
    for (size_t block = 1; block <= 1024; block *= 4) {
        pinna_convolver* convolver = convolver_of(&config, (const float* const[]){taps}, tap_count);
        float in[1024] = {1.0f}, out[1024];
        pinna_convolver_process(convolver, (const float* const[]){in}, (float* const[]){out}, block);
        cr_expect_float_eq(out[0], 0.75f, 1e-7, "block %zu: %g", block, out[0]);
        for (size_t n = 0; n < block; n++)
            cr_expect_float_eq(out[n], taps[n], 1e-6, "block %zu frame %zu", block, n);
        pinna_convolver_destroy(convolver);
    }
    free(taps);
}

Test(convolver, any_split_gives_the_same_output)
{
    static const size_t blocks[] = {1, 7, 64, 255, 256, 257, 1000, 4096, 0};
    const uint32_t tap_count = 50000;
    const size_t frame_count = 70000;
    float *in = noise(frame_count, 1, 1e12), *left = room(tap_count, 2), *right = room(tap_count, 3);
    float *reference[2], *out[2];
    for (int e = 0; e < 2; e++) {
        reference[e] = malloc(frame_count * sizeof *in);
        out[e] = malloc(frame_count * sizeof *in);
    }
    const pinna_convolver_config config = config_of(1, 2, tap_count);
    for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
        pinna_convolver* convolver = convolver_of(&config, (const float* const[]){left, right}, tap_count);
        run(convolver, (const float* const[]){in}, 1, b ? out : reference, 2, frame_count, b ? blocks[b] : 128);
        double worst = 0, peak = 0;
        for (size_t n = 0; b && n < 2 * frame_count; n++) {
            const float *r = reference[n / frame_count], *o = out[n / frame_count];
            worst = fmax(worst, fabs((double)r[n % frame_count] - o[n % frame_count]));
            peak = fmax(peak, fabs(r[n % frame_count]));
        }
        if (b) cr_expect_lt(level_db(worst, peak), -120, "block %zu: %.1f dB", blocks[b], level_db(worst, peak));
        pinna_convolver_destroy(convolver);
    }
    for (int e = 0; e < 2; e++) {
        free(reference[e]);
        free(out[e]);
    }
    free(in);
    free(left);
    free(right);
}

Test(convolver, matrix_of_paths)
{
    enum { INPUTS = 5, OUTPUTS = 3, TAPS = 9000, FRAMES = 30000 };
    float *paths[INPUTS * OUTPUTS], *in[INPUTS], *out[OUTPUTS];
    for (int i = 0; i < INPUTS; i++) in[i] = noise(FRAMES, 20 + (uint32_t)i, 1e12);
    for (int o = 0; o < OUTPUTS; o++) out[o] = malloc(FRAMES * sizeof(float));
    for (int p = 0; p < INPUTS * OUTPUTS; p++) paths[p] = room(TAPS, 50 + (uint32_t)p);
    free(paths[1]); /* The first input misses an output; a whole input is silent; the last output hears one path. */
    paths[1] = NULL;
    for (int i = 1; i < INPUTS; i++) {
        free(paths[i * OUTPUTS + 2]);
        paths[i * OUTPUTS + 2] = NULL;
    }
    float* silent = in[3];
    in[3] = NULL;
    const pinna_convolver_config config = config_of(INPUTS, OUTPUTS, TAPS);
    pinna_convolver* convolver = convolver_of(&config, (const float* const*)paths, TAPS);
    run(convolver, (const float* const*)in, INPUTS, out, OUTPUTS, FRAMES, 0);
    uint32_t seed = 1;
    double worst = 0, peak = 0;
    for (size_t spot = 0; spot < 2000; spot++) {
        size_t frame = spot < 100 ? spot : next_random(&seed) % FRAMES;
        for (int o = 0; o < OUTPUTS; o++) {
            double expected = 0;
            for (int i = 0; i < INPUTS; i++)
                if (in[i] && paths[i * OUTPUTS + o])
                    expected += direct_frame(in[i], paths[i * OUTPUTS + o], TAPS, frame);
            worst = fmax(worst, fabs(out[o][frame] - expected));
            peak = fmax(peak, fabs(expected));
        }
    }
    cr_expect_lt(level_db(worst, peak), -110, "%.1f dB", level_db(worst, peak));
    pinna_convolver_destroy(convolver);
    in[3] = silent;
    for (int i = 0; i < INPUTS; i++) free(in[i]);
    for (int o = 0; o < OUTPUTS; o++) free(out[o]);
    for (int p = 0; p < INPUTS * OUTPUTS; p++) free(paths[p]);
}

Test(convolver, output_may_be_the_input)
{
    const uint32_t tap_count = 3000;
    const size_t frame_count = 8000;
    float *in = noise(frame_count, 1, 1e12), *taps = room(tap_count, 2), *buffer = malloc(frame_count * sizeof *in);
    memcpy(buffer, in, frame_count * sizeof *in);
    const pinna_convolver_config config = config_of(1, 1, tap_count);
    pinna_convolver* convolver = convolver_of(&config, (const float* const[]){taps}, tap_count);
    run(convolver, (const float* const[]){buffer}, 1, (float* const[]){buffer}, 1, frame_count, 1000);
    cr_expect_lt(spot_error_db(in, taps, tap_count, buffer, frame_count), -110);
    pinna_convolver_destroy(convolver);
    free(in);
    free(taps);
    free(buffer);
}

Test(convolver, not_finite_samples_count_as_silence)
{
    enum { TAPS = 3000, FRAMES = 8000 };
    float *in = noise(FRAMES, 1, 1e12), *taps = room(TAPS, 2), *out = malloc(FRAMES * sizeof *in);
    in[10] = NAN;
    in[700] = INFINITY;
    const pinna_convolver_config config = config_of(1, 1, TAPS);
    pinna_convolver* convolver = convolver_of(&config, (const float* const[]){taps}, TAPS);
    run(convolver, (const float* const[]){in}, 1, (float* const[]){out}, 1, FRAMES, 128);
    in[10] = in[700] = 0;
    cr_expect_lt(spot_error_db(in, taps, TAPS, out, FRAMES), -110);
    pinna_convolver_destroy(convolver);
    free(in);
    free(taps);
    free(out);
}

Test(convolver, reset_forgets_the_past)
{
    enum { TAPS = 40000, FRAMES = 60000 };
    float *in = noise(FRAMES, 1, 1e12), *taps = room(TAPS, 2), *out = malloc(FRAMES * sizeof *in);
    const pinna_convolver_config config = config_of(1, 1, TAPS);
    pinna_convolver* convolver = convolver_of(&config, (const float* const[]){taps}, TAPS);
    run(convolver, (const float* const[]){in}, 1, (float* const[]){out}, 1, 33333, 128);
    pinna_convolver_reset(convolver);
    run(convolver, (const float* const[]){in}, 1, (float* const[]){out}, 1, FRAMES, 128);
    cr_expect_lt(spot_error_db(in, taps, TAPS, out, FRAMES), -110);
    pinna_convolver_destroy(convolver);
    free(in);
    free(taps);
    free(out);
}

/* --- changing responses ------------------------------------------------------------------------------------------- */

Test(convolver, silent_without_a_response)
{
    const pinna_convolver_config config = config_of(1, 2, 5000);
    pinna_convolver* convolver = NULL;
    cr_assert_eq(pinna_convolver_create(&config, &convolver), PINNA_OK);
    float *in = noise(3000, 1, 1e12), left[3000], right[3000];
    pinna_convolver_process(convolver, (const float* const[]){in}, (float* const[]){left, right}, 3000);
    for (int n = 0; n < 3000; n++) cr_assert(left[n] == 0 && right[n] == 0);
    pinna_convolver_destroy(convolver);
    free(in);
}

/* A 100 Hz tone through all levels: a click would stand out in the second difference. Exact before and after. */
Test(convolver, change_is_smooth_and_complete)
{
    enum { TAPS = 70000, FRAMES = 300000, CHANGE = 100003 };
    float *in = malloc(FRAMES * sizeof *in), *out = malloc(FRAMES * sizeof *in);
    float *before = calloc(TAPS, sizeof *before), *after = calloc(TAPS, sizeof *after);
    static const uint32_t at[] = {3, 900, 5000, 12000, 30000, 60000};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        before[at[i]] = 0.3f;
        after[at[i] + 100] = -0.25f;
    }
    for (size_t n = 0; n < FRAMES; n++) in[n] = (float)sin(2.0 * 3.14159265358979323846 * 100.0 * (double)n / RATE);
    const pinna_convolver_config config = config_of(1, 1, TAPS);
    pinna_convolver* convolver = convolver_of(&config, (const float* const[]){before}, TAPS);
    pinna_response* second = response_of(&config, (const float* const[]){after}, TAPS);
    run(convolver, (const float* const[]){in}, 1, (float* const[]){out}, 1, CHANGE, 128);
    cr_assert_eq(pinna_convolver_set_response(convolver, second), PINNA_OK);
    pinna_response_release(second);
    run(convolver, (const float* const[]){in + CHANGE}, 1, (float* const[]){out + CHANGE}, 1, FRAMES - CHANGE, 128);
    double steady = 0, changing = 0;
    for (size_t n = 70000; n < FRAMES; n++) {
        double bend = fabs((double)out[n] - 2.0 * out[n - 1] + out[n - 2]);
        if (n < CHANGE) steady = fmax(steady, bend);
        else changing = fmax(changing, bend);
    }
    /* Six taps of 0.3 in phase bend by at most this; a fade of 256 frames adds a little at its ends. */
    const double most = 6 * 0.3 * pow(2.0 * 3.14159265358979323846 * 100.0 / RATE, 2);
    cr_expect_lt(steady, most * 1.01);
    cr_expect_lt(changing, 6 * most, "bend %g against %g when steady", changing, steady);
    for (size_t n = CHANGE - 500; n < CHANGE; n += 7)
        cr_expect_float_eq(out[n], direct_frame(in, before, TAPS, n), 2e-5);
    for (size_t n = CHANGE + 3 * 65536; n < FRAMES; n += 7)
        cr_expect_float_eq(out[n], direct_frame(in, after, TAPS, n), 2e-5);
    pinna_convolver_destroy(convolver);
    free(in);
    free(out);
    free(before);
    free(after);
}

typedef struct counting_allocator {
    int live, calls, fail_at; /* fail_at: the call that fails, 0 for none. */
} counting_allocator;

static void* counting_allocate(void* user, size_t byte_count)
{
    counting_allocator* a = user;
    if (++a->calls == a->fail_at) return NULL;
    a->live++;
    return malloc(byte_count);
}

static void counting_release(void* user, void* memory)
{
    ((counting_allocator*)user)->live--;
    free(memory);
}

Test(convolver, many_changes_end_at_the_newest_and_leak_nothing)
{
    enum { TAPS = 40000, BLOCK = 192, CHANGES = 400 };
    counting_allocator counter = {0};
    const pinna_allocator allocator = {counting_allocate, counting_release, &counter};
    pinna_convolver_config config = config_of(1, 1, TAPS);
    config.allocator = &allocator;
    float *taps = room(TAPS, 1), *in = noise(BLOCK, 2, 1e12), out[BLOCK];
    pinna_convolver* convolver = convolver_of(&config, (const float* const[]){taps}, TAPS);
    uint32_t seed = 3;
    int most_live = 0;
    for (int i = 0; i < CHANGES; i++) {
        taps[0] = (float)i;
        const uint32_t tap_count = 1 + next_random(&seed) % TAPS;
        pinna_response* response = i % 50 ? response_of(&config, (const float* const[]){taps}, tap_count) : NULL;
        cr_assert_eq(pinna_convolver_set_response(convolver, response), PINNA_OK);
        pinna_response_release(response);
        for (uint32_t b = 0; b < next_random(&seed) % 4; b++)
            pinna_convolver_process(convolver, (const float* const[]){in}, (float* const[]){out}, BLOCK);
        if (counter.live > most_live) most_live = counter.live;
    }
    cr_expect_leq(most_live, 17, "%d blocks held", most_live);
    for (size_t n = 0; n < 4 * 65536; n += BLOCK)
        pinna_convolver_process(convolver, (const float* const[]){in}, (float* const[]){out}, BLOCK);
    pinna_convolver_collect(convolver);
    cr_expect_eq(counter.live, 2, "the convolver and its last response, not %d", counter.live);
    float impulse[BLOCK] = {1.0f};
    pinna_convolver_reset(convolver);
    pinna_convolver_process(convolver, (const float* const[]){impulse}, (float* const[]){out}, BLOCK);
    cr_expect_float_eq(out[0], CHANGES - 1, 1e-3);
    pinna_convolver_destroy(convolver);
    cr_expect_eq(counter.live, 0);
    free(taps);
    free(in);
}

typedef struct audio_thread {
    pinna_convolver* convolver;
    atomic_bool stop;
    bool finite;
} audio_thread;

static void* process_until_stopped(void* user)
{
    audio_thread* audio = user;
    float in[100], out[100];
    for (int n = 0; n < 100; n++) in[n] = (float)(n % 7) - 3.0f;
    while (!atomic_load(&audio->stop)) {
        pinna_convolver_process(audio->convolver, (const float* const[]){in}, (float* const[]){out}, 100);
        for (int n = 0; n < 100; n++) audio->finite = audio->finite && isfinite(out[n]);
    }
    return NULL;
}

/* For the thread and address sanitizers above all: responses change and are freed while another thread plays them. */
Test(convolver, changes_while_another_thread_processes)
{
    enum { TAPS = 9000, CHANGES = 300 };
    counting_allocator counter = {0};
    const pinna_allocator allocator = {counting_allocate, counting_release, &counter};
    pinna_convolver_config config = config_of(1, 1, TAPS);
    config.allocator = &allocator;
    float* taps = room(TAPS, 1);
    audio_thread audio = {.convolver = convolver_of(&config, (const float* const[]){taps}, TAPS), .finite = true};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, process_until_stopped, &audio), 0);
    for (int i = 0; i < CHANGES; i++) {
        pinna_response* response = response_of(&config, (const float* const[]){taps}, TAPS - (uint32_t)i);
        cr_expect_eq(pinna_convolver_set_response(audio.convolver, response), PINNA_OK);
        pinna_response_release(response);
    }
    atomic_store(&audio.stop, true);
    pthread_join(thread, NULL);
    cr_expect(audio.finite);
    pinna_convolver_destroy(audio.convolver);
    cr_expect_eq(counter.live, 0);
    free(taps);
}

/* --- creation ----------------------------------------------------------------------------------------------------- */

Test(convolver, every_failing_allocation_is_reported)
{
    enum { TAPS = 3000 };
    float* taps = room(TAPS, 1);
    for (int fail_at = 1;; fail_at++) {
        counting_allocator counter = {.fail_at = fail_at};
        const pinna_allocator allocator = {counting_allocate, counting_release, &counter};
        pinna_convolver_config config = config_of(1, 1, TAPS);
        config.allocator = &allocator;
        pinna_response* response = NULL;
        pinna_convolver* convolver = NULL;
        pinna_status status = pinna_response_create(&config, (const float* const[]){taps}, TAPS, &response);
        if (!status) status = pinna_convolver_create(&config, &convolver);
        if (counter.calls >= fail_at) cr_expect_eq(status, PINNA_ERROR_MEMORY);
        else cr_expect_eq(status, PINNA_OK);
        cr_expect(status == PINNA_OK || convolver == NULL);
        pinna_convolver_destroy(convolver);
        pinna_response_release(response);
        cr_expect_eq(counter.live, 0);
        if (counter.calls < fail_at) break;
    }
    free(taps);
}

Test(convolver, arguments_are_checked)
{
    float taps[4] = {1, 0, 0, 0}, bad[4] = {1, NAN, 0, 0}, huge[4] = {1, 0, -2e9f, 0};
    const float* const paths[] = {taps, taps};
    pinna_convolver* convolver = NULL;
    pinna_response *response = NULL, *other = NULL;
    pinna_convolver_config config = config_of(1, 2, 4);
    cr_expect_eq(pinna_response_create(NULL, paths, 4, &response), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_response_create(&config, NULL, 4, &response), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_response_create(&config, paths, 4, NULL), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_response_create(&config, paths, 0, &response), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_response_create(&config, paths, 5, &response), PINNA_ERROR_LIMIT);
    cr_expect_eq(pinna_response_create(&config, (const float* const[]){taps, bad}, 4, &response), PINNA_ERROR_DATA);
    cr_expect_eq(pinna_response_create(&config, (const float* const[]){taps, huge}, 4, &response), PINNA_ERROR_DATA);
    cr_expect_null(response);
    cr_expect_eq(pinna_convolver_create(NULL, &convolver), PINNA_ERROR_ARGUMENT);
    static const uint32_t bad_configs[][3] = {{0, 2, 4}, {65, 2, 4}, {1, 0, 4}, {1, 65, 4}, {1, 2, 0},
                                              {1, 2, PINNA_CONVOLVER_MAX_TAPS + 1}};
    for (size_t i = 0; i < sizeof bad_configs / sizeof bad_configs[0]; i++) {
        pinna_convolver_config c = config_of(bad_configs[i][0], bad_configs[i][1], bad_configs[i][2]);
        cr_expect_eq(pinna_convolver_create(&c, &convolver), PINNA_ERROR_ARGUMENT);
        cr_expect_eq(pinna_convolver_size(&c), 0);
        cr_expect_null(convolver);
    }
    cr_assert_eq(pinna_convolver_create(&config, &convolver), PINNA_OK);
    config.max_tap_count = 5;
    cr_assert_eq(pinna_response_create(&config, paths, 4, &other), PINNA_OK);
    cr_expect_eq(pinna_convolver_set_response(convolver, other), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_convolver_set_response(NULL, other), PINNA_ERROR_ARGUMENT);
    pinna_response_release(other);
    pinna_response_release(NULL);
    pinna_convolver_destroy(convolver);
    pinna_convolver_destroy(NULL);
}

Test(convolver, place_takes_exactly_its_size_at_any_alignment)
{
    const uint32_t tap_count = 9000;
    const pinna_convolver_config config = config_of(1, 1, tap_count);
    const size_t bytes = pinna_convolver_size(&config), guard = 64;
    float *taps = room(tap_count, 1), *in = noise(20000, 2, 1e12), *out = malloc(20000 * sizeof *out);
    pinna_response* response = response_of(&config, (const float* const[]){taps}, tap_count);
    for (size_t shift = 0; shift < 64; shift += 21) {
        unsigned char* memory = malloc(bytes + shift + guard);
        memset(memory, 0xA5, bytes + shift + guard);
        pinna_convolver* convolver = pinna_convolver_place(memory + shift, &config);
        cr_assert_not_null(convolver);
        cr_assert_eq(pinna_convolver_set_response(convolver, response), PINNA_OK);
        run(convolver, (const float* const[]){in}, 1, (float* const[]){out}, 1, 20000, 128);
        cr_expect_lt(spot_error_db(in, taps, tap_count, out, 20000), -110);
        pinna_convolver_destroy(convolver);
        for (size_t n = 0; n < shift; n++) cr_assert_eq(memory[n], 0xA5);
        for (size_t n = 0; n < guard; n++) cr_assert_eq(memory[shift + bytes + n], 0xA5);
        free(memory);
    }
    pinna_response_release(response);
    free(taps);
    free(in);
    free(out);
}
