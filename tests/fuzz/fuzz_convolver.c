/* SPDX-License-Identifier: MIT */
/* Convolvers of any size, responses that come and go, blocks of any length and samples of any kind. */
#include "fuzz.h"

#include <pinna/convolver.h>

enum { MOST_CHANNELS = 3, MOST_TAPS = 6000, MOST_FRAMES = 700, MAX_CALLS = 60, RESPONSES = 3 };

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    enum { BYTES = 400 };
    if (index >= 5 || capacity < BYTES) return 0;
    uint32_t state = 31 * index + 7;
    for (int i = 0; i < BYTES; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = (uint8_t)(state >> 24);
    }
    return BYTES;
}

static uint32_t between(fuzz_input* in, uint32_t low, uint32_t high)
{
    uint32_t drawn = fuzz_byte(in) * 256u;
    return low + (drawn + fuzz_byte(in)) % (high - low + 1);
}

/* Taps at a few places; some paths are silent, and some hold what no response may. */
static pinna_response* make_response(fuzz_input* in, const pinna_convolver_config* config)
{
    static float taps[MOST_CHANNELS * MOST_CHANNELS][MOST_TAPS];
    const float* paths[MOST_CHANNELS * MOST_CHANNELS];
    pinna_response* response = NULL;
    uint32_t tap_count = between(in, 0, MOST_TAPS), path_count = config->input_count * config->output_count;
    for (uint32_t p = 0; p < path_count; p++) {
        uint8_t kind = fuzz_byte(in);
        paths[p] = kind % 4 ? taps[p] : NULL;
        memset(taps[p], 0, sizeof taps[p]);
        for (int i = 0; i < 1 + kind % 5 && tap_count; i++) taps[p][between(in, 0, tap_count - 1)] = fuzz_float(in);
    }
    pinna_status status = pinna_response_create(config, paths, tap_count, &response);
    FUZZ_EXPECT((status == PINNA_OK) == (response != NULL));
    return response;
}

static void process(fuzz_input* in, pinna_convolver* convolver, const pinna_convolver_config* config)
{
    static float in_samples[MOST_CHANNELS][MOST_FRAMES], out_samples[MOST_CHANNELS][MOST_FRAMES];
    const float* inputs[MOST_CHANNELS];
    float* outputs[MOST_CHANNELS];
    uint8_t kind = fuzz_byte(in);
    uint32_t frame_count = between(in, 0, MOST_FRAMES);
    for (uint32_t c = 0; c < MOST_CHANNELS; c++) {
        for (uint32_t n = 0; n < frame_count; n++) in_samples[c][n] = n % 50 ? 0.0f : fuzz_float(in);
        inputs[c] = (kind >> c & 1) && c < config->input_count ? NULL : in_samples[c];
        outputs[c] = out_samples[c];
    }
    pinna_convolver_process(convolver, inputs, outputs, frame_count);
    for (uint32_t c = 0; c < config->output_count; c++)
        for (uint32_t n = 0; n < frame_count; n++) FUZZ_EXPECT(isfinite(out_samples[c][n]));
}

static void call(fuzz_input* in, pinna_convolver* convolver, const pinna_convolver_config* config,
                 pinna_response* responses[RESPONSES])
{
    pinna_response** slot = &responses[fuzz_byte(in) % RESPONSES];
    switch (fuzz_byte(in) % 8) {
    case 0:
        pinna_response_release(*slot);
        *slot = make_response(in, config);
        break;
    case 1: (void)!pinna_convolver_set_response(convolver, *slot); break;
    case 2: pinna_convolver_collect(convolver); break;
    case 3: pinna_convolver_reset(convolver); break;
    default: process(in, convolver, config);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    fuzz_input in = {bytes, byte_count};
    pinna_response* responses[RESPONSES] = {NULL};
    pinna_convolver* convolver;
    pinna_convolver_config config = pinna_convolver_config_default();
    config.input_count = between(&in, 0, MOST_CHANNELS);
    config.output_count = between(&in, 0, MOST_CHANNELS);
    config.max_tap_count = between(&in, 0, MOST_TAPS);
    if (pinna_convolver_create(&config, &convolver)) return 0;
    responses[0] = make_response(&in, &config);
    (void)!pinna_convolver_set_response(convolver, responses[0]);
    for (int i = 0; i < MAX_CALLS && in.left > 0; i++) call(&in, convolver, &config, responses);
    process(&in, convolver, &config);
    for (int i = 0; i < RESPONSES; i++) pinna_response_release(responses[i]);
    pinna_convolver_destroy(convolver);
    return 0;
}
