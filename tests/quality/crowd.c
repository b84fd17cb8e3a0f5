/* SPDX-License-Identifier: MIT */
#include "crowd.h"

/* Sources heard in each period: few enough for the exact path, then enough for the batch path, then few again. */
static const size_t heard[CROWD_PERIODS] = {6, 10, 28, 30, 30, 9, 5, 26};

static void move_all(pinna_renderer* renderer, const pinna_source* sources, size_t period)
{
    for (size_t i = 0; i < CROWD_SOURCES; i++) {
        float azimuth = 31.0f * (float)i + 7.0f * (float)period * (i % 2 ? 1.0f : -1.0f);
        pinna_source_params params =
            at_position(pinna_direction_from_spherical(azimuth, 5.0f * (float)(i % 13) - 30.0f));
        params.gain = 0.3f + 0.02f * (float)((i + 3 * period) % 10);
        params.priority = i == 2 ? 200 : 128;
        /* A block of one frame cannot tell a sound cut in from an impulse; those that begin now snap, and so start hard
           in blocks of any size. */
        bool begins = i < heard[period] && (period == 0 || i >= heard[period - 1]);
        params.snap = begins || (i == 4 && period % 3 == 1);
        cr_assert_eq(pinna_source_set_params(renderer, sources[i], &params), PINNA_OK);
    }
    pinna_listener_params listener = pinna_listener_params_default();
    listener.orientation = pinna_quat_from_yaw_pitch_roll(11.0f * (float)period, 4.0f * (float)period, 0.0f);
    cr_assert_eq(pinna_renderer_set_listener(renderer, &listener), PINNA_OK);
}

static void render_period(pinna_renderer* renderer, const pinna_source* sources, float* const* signals, size_t period,
                          size_t block_frames, float* left, float* right)
{
    pinna_input inputs[CROWD_SOURCES];
    for (size_t done = 0; done < CROWD_PERIOD;) {
        size_t count = CROWD_PERIOD - done < block_frames ? CROWD_PERIOD - done : block_frames;
        size_t start = period * CROWD_PERIOD + done;
        for (size_t i = 0; i < heard[period]; i++)
            inputs[i] = (pinna_input){sources[i], signals[i] + start};
        pinna_renderer_process(renderer, inputs, heard[period], left + start, right + start, count);
        done += count;
    }
}

float* crowd_render(pinna_hrtf* hrtf, pinna_method method, size_t block_frames)
{
    pinna_renderer_config config = plain_config(hrtf, method);
    config.max_block_frames = 4096;
    pinna_renderer* renderer = renderer_of(&config);
    pinna_source sources[CROWD_SOURCES];
    float *signals[CROWD_SOURCES], *out = calloc(2 * CROWD_FRAMES, sizeof *out);
    for (uint32_t i = 0; i < CROWD_SOURCES; i++) {
        sources[i] = source_at(renderer, (pinna_vec3){1.0f, 0.0f, 0.0f});
        signals[i] = band_noise(CROWD_FRAMES, 100.0, 18000.0, 48000.0, 100 + i);
    }
    for (size_t period = 0; period < CROWD_PERIODS; period++) {
        move_all(renderer, sources, period);
        render_period(renderer, sources, signals, period, block_frames, out, out + CROWD_FRAMES);
    }
    for (size_t i = 0; i < CROWD_SOURCES; i++)
        free(signals[i]);
    pinna_renderer_destroy(renderer);
    return out;
}
