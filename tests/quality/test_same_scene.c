/* SPDX-License-Identifier: MIT */
/* One scene renders the same whatever the block size, and on every instruction set. */
#include "crowd.h"

static const char* const method_names[PINNA_METHOD_COUNT] = {"auto", "exact", "batch"};

Test(same_scene, any_block)
{
    static const size_t blocks[] = {1, 64, 257};
    pinna_hrtf* hrtf = need_hrtf(KEMAR);
    for (int method = 0; method < PINNA_METHOD_COUNT; method++) {
        float* whole = crowd_render(hrtf, (pinna_method)method, 4096);
        cr_expect_gt(energy_of(whole, 2 * CROWD_FRAMES), 1.0);
        for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
            float* split = crowd_render(hrtf, (pinna_method)method, blocks[b]);
            double worst = peak_residual_db(whole, split, 2 * CROWD_FRAMES);
            say("KEMAR", "%d moving sources, %s: blocks of %zu against 4096: %.1f dB (bar -120)", CROWD_SOURCES,
                method_names[method], blocks[b], worst);
            cr_expect_leq(worst, -120.0, "%s, block %zu", method_names[method], blocks[b]);
            free(split);
        }
        free(whole);
    }
    pinna_hrtf_release(hrtf);
}

enum { GLIDE_PERIOD = 128, GLIDE_PERIODS = 96, GLIDE_FRAMES = GLIDE_PERIOD * GLIDE_PERIODS };

/* A source that goes round, rests for some periods and goes on; in blocks cut where it is moved. */
static float* glide_render(pinna_hrtf* hrtf, const float* input, size_t block_frames)
{
    pinna_renderer_config config = plain_config(hrtf, PINNA_METHOD_EXACT);
    pinna_renderer* renderer = renderer_of(&config);
    pinna_source source = source_at(renderer, pinna_direction_from_spherical(0.0f, 10.0f));
    float* out = calloc(2 * GLIDE_FRAMES, sizeof *out);
    for (size_t frame = 0; frame < GLIDE_FRAMES;) {
        size_t period = frame / GLIDE_PERIOD, left = GLIDE_PERIOD - frame % GLIDE_PERIOD;
        size_t count = left < block_frames ? left : block_frames;
        if (frame % GLIDE_PERIOD == 0 && period % 48 < 24)
            move_source(renderer, source, pinna_direction_from_spherical(1.7f * (float)period, 10.0f));
        process_one(renderer, source, input + frame, out + frame, out + GLIDE_FRAMES + frame, count);
        frame += count;
    }
    pinna_renderer_destroy(renderer);
    return out;
}

/* Whole periods go through transforms, parts of them through sums of products. */
Test(same_scene, a_glide_in_any_block)
{
    static const size_t blocks[] = {1, 50, 64};
    const set_name* sets[] = {KEMAR, KU100};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        pinna_hrtf* hrtf = need_hrtf(sets[i]);
        float* input = band_noise(GLIDE_FRAMES, 100.0, 20000.0, 48000.0, 7);
        float* whole = glide_render(hrtf, input, GLIDE_PERIOD);
        cr_expect_gt(energy_of(whole, 2 * GLIDE_FRAMES), 1.0);
        for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
            float* split = glide_render(hrtf, input, blocks[b]);
            double worst = peak_residual_db(whole, split, 2 * GLIDE_FRAMES);
            say(sets[i]->label, "a glide, exact: blocks of %zu against %d: %.1f dB (bar -120)", blocks[b], GLIDE_PERIOD,
                worst);
            cr_expect_leq(worst, -120.0, "%s, block %zu", sets[i]->label, blocks[b]);
            free(split);
        }
        free(whole);
        free(input);
        pinna_hrtf_release(hrtf);
    }
}

/* Periods that are no whole vectors, more sources than one tile of the busses holds, blocks of more than one period. */
Test(same_scene, many_sources_in_odd_periods)
{
    enum { COUNT = 120, FRAMES = 2400, RAMPS = 3 };
    static const uint32_t ramps[RAMPS] = {8, 25, 100};
    static float out[2][2 * FRAMES];
    static pinna_source sources[COUNT];
    pinna_hrtf* hrtf = need_hrtf(KEMAR);
    float* noise = band_noise(FRAMES, 100.0, 10000.0, 48000.0, 5);
    for (int i = 0; i < RAMPS; i++) {
        for (size_t whole = 0; whole < 2; whole++) {
            size_t block = whole ? 240 : 1;
            pinna_renderer_config config = plain_config(hrtf, PINNA_METHOD_BATCH);
            config.ramp_frames = ramps[i];
            config.max_source_count = COUNT;
            pinna_renderer* renderer = renderer_of(&config);
            pinna_input inputs[COUNT];
            for (int s = 0; s < COUNT; s++)
                sources[s] = source_at(renderer, pinna_direction_from_spherical(47.0f * (float)s, (float)(s % 60)));
            for (size_t done = 0; done < FRAMES; done += block) {
                for (int s = 0; s < COUNT; s++) inputs[s] = (pinna_input){sources[s], noise + done};
                pinna_renderer_process(renderer, inputs, COUNT, out[whole] + done, out[whole] + FRAMES + done, block);
            }
            pinna_renderer_destroy(renderer);
        }
        double worst = peak_residual_db(out[0], out[1], 2 * FRAMES);
        say("KEMAR", "%d sources, ramp %u, blocks of 240 against 1: %.1f dB (bar -120)", COUNT, ramps[i], worst);
        cr_expect_leq(worst, -120.0);
    }
    free(noise);
    pinna_hrtf_release(hrtf);
}

/* A width the processor lacks falls back to the next one, which is then compared twice. */
Test(same_scene, any_kernels)
{
    static const char* const widths[] = {"sse", "avx2", "avx512"};
    pinna_sofa* sofa = need_sofa(KEMAR);
    setenv("PINNA_CPU", "scalar", 1);
    pinna_hrtf* scalar = prepare(pinna_sofa_measured(sofa), 48000, 0);
    for (int method = PINNA_METHOD_EXACT; method < PINNA_METHOD_COUNT; method++) {
        float* golden = crowd_render(scalar, (pinna_method)method, 512);
        for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
            setenv("PINNA_CPU", widths[w], 1);
            pinna_hrtf* hrtf = prepare(pinna_sofa_measured(sofa), 48000, 0);
            float* got = crowd_render(hrtf, (pinna_method)method, 512);
            double worst = peak_residual_db(golden, got, 2 * CROWD_FRAMES);
            say("KEMAR", "%s kernels against scalar, %s: %.1f dB (bar -100)", widths[w], method_names[method], worst);
            cr_expect_leq(worst, -100.0, "%s, %s", widths[w], method_names[method]);
            free(got);
            pinna_hrtf_release(hrtf);
        }
        free(golden);
    }
    unsetenv("PINNA_CPU");
    pinna_hrtf_release(scalar);
    pinna_sofa_destroy(sofa);
}
