/* SPDX-License-Identifier: MIT */
/* Nothing is later than the head made it. */
#include "support.h"

enum { LENGTH = 1024 };

/* How much later a response begins than the file's, over all directions and ears. */
static void check_onsets(const set_name* name, pinna_method method, const char* path)
{
    pinna_sofa* sofa = need_sofa(name);
    const pinna_measured_set* set = pinna_sofa_measured(sofa);
    pinna_hrtf* hrtf = prepare(set, 48000, 0);
    float *got = probe(hrtf, method, set->positions_m, set->measurement_count, LENGTH), measured[LENGTH];
    double mean = 0.0, worst = 0.0;
    size_t row_count = 2 * (size_t)set->measurement_count;
    for (size_t row = 0; row < row_count; row++) {
        resample_response(set->hrirs + row * set->tap_count, set->tap_count, set->sample_rate_hz,
                          set->delays_frames ? set->delays_frames[row] : 0.0, measured, LENGTH, 48000.0);
        double later = onset_frames(got + row * LENGTH, LENGTH) - onset_frames(measured, LENGTH);
        mean += later / (double)row_count;
        worst = fmax(worst, later);
    }
    say(name->label, "latency, %s: an impulse arrives %.3f frames after the measured onset, at most %.2f (bars 2 / 8)",
        path, mean, worst);
    cr_expect_leq(fabs(mean), 2.0);
    cr_expect_leq(worst, 8.0);
    free(got);
    pinna_hrtf_release(hrtf);
    pinna_sofa_destroy(sofa);
}

SetsTest(latency, onset, all_set_count)
{
    check_onsets(name, PINNA_METHOD_EXACT, "exact");
    check_onsets(name, PINNA_METHOD_BATCH, "batch");
}

/* An impulse anywhere in a block, in blocks of any size, leaves as one at frame 0 does. */
static void check_impulse_at(pinna_hrtf* hrtf, pinna_method method, size_t frame, size_t block, const float* at_zero)
{
    enum { FRAMES = 4096 };
    static float input[FRAMES], left[FRAMES], right[FRAMES];
    memset(input, 0, sizeof input);
    input[frame] = 1.0f;
    pinna_renderer_config config = plain_config(hrtf, method);
    config.max_block_frames = FRAMES;
    pinna_renderer* renderer = renderer_of(&config);
    pinna_source source = source_at(renderer, (pinna_vec3){0.5f, 0.7f, 0.1f});
    for (size_t done = 0; done < FRAMES; done += block) {
        size_t count = FRAMES - done < block ? FRAMES - done : block;
        process_one(renderer, source, input + done, left + done, right + done, count);
    }
    double l = peak_residual_db(at_zero, left + frame, LENGTH),
           r = peak_residual_db(at_zero + LENGTH, right + frame, LENGTH);
    double before = sqrt(energy_of(left, frame) + energy_of(right, frame));
    cr_expect_leq(fmax(l, r), -100.0, "impulse at %zu, block %zu, method %d: %.1f, %.1f dB", frame, block, (int)method,
                  l, r);
    cr_expect_leq(before, 1e-6, "sound before the impulse at %zu, block %zu, method %d", frame, block, (int)method);
    pinna_renderer_destroy(renderer);
}

Test(latency, impulse_at_any_frame)
{
    static const size_t frames[] = {0, 1, 127, 128, 500, 1000, 3000}, blocks[] = {1, 64, 257, 1024, 4096};
    pinna_hrtf* hrtf = need_hrtf(KEMAR);
    pinna_vec3 direction = {0.5f, 0.7f, 0.1f};
    for (int method = PINNA_METHOD_AUTO; method < PINNA_METHOD_COUNT; method++) {
        float* at_zero = probe(hrtf, (pinna_method)method, &direction, 1, LENGTH);
        for (size_t f = 0; f < sizeof frames / sizeof frames[0]; f++)
            for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++)
                check_impulse_at(hrtf, (pinna_method)method, frames[f], blocks[b], at_zero);
        free(at_zero);
    }
    pinna_hrtf_release(hrtf);
}
