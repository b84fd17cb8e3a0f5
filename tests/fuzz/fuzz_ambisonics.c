/* SPDX-License-Identifier: MIT */
/* Ambisonic decoders of every order and format, turned anyhow, fed anything. */
#include "fuzz.h"

#include "realtime/head.h"

#include <pinna/ambisonics.h>

enum { MOST_FRAMES = 300, MAX_CALLS = 40, MOST_ORDER = 3 };

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    enum { BYTES = 300 };
    if (index >= 6 || capacity < BYTES) return 0;
    uint32_t state = 5 * index + 3;
    for (int i = 0; i < BYTES; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = (uint8_t)(state >> 24);
    }
    out[0] = (uint8_t)index;
    return BYTES;
}

static void process(fuzz_input* in, pinna_ambisonics* ambisonics, uint32_t channel_count)
{
    static float samples[PINNA_AMBISONICS_MAX_CHANNELS][MOST_FRAMES], left[MOST_FRAMES], right[MOST_FRAMES];
    const float* channels[PINNA_AMBISONICS_MAX_CHANNELS] = {NULL};
    uint8_t kind = fuzz_byte(in);
    size_t frame_count = (size_t)(fuzz_byte(in) << 1) % (MOST_FRAMES + 1);
    for (uint32_t c = 0; c < channel_count; c++) {
        for (size_t n = 0; n < frame_count; n++) samples[c][n] = (n + c) % 40 ? 0.1f : fuzz_float(in);
        channels[c] = kind & 1 && c % 3 == 1 ? NULL : samples[c];
    }
    pinna_ambisonics_process(ambisonics, channels, left, right, frame_count);
    for (size_t n = 0; n < frame_count; n++) FUZZ_EXPECT(isfinite(left[n]) && isfinite(right[n]));
}

static void encode(fuzz_input* in)
{
    float gains[PINNA_AMBISONICS_MAX_CHANNELS];
    uint32_t order = fuzz_byte(in) % (PINNA_AMBISONICS_MAX_ORDER + 1);
    pinna_vec3 direction = {fuzz_float(in), fuzz_float(in), fuzz_float(in)};
    pinna_ambisonics_encode(order, direction, gains);
    for (uint32_t c = 0; c < pinna_ambisonics_channel_count(order); c++) FUZZ_EXPECT(isfinite(gains[c]));
}

/* Decoders are kept: making one takes longer than all that is done with it. NULL where the config is refused. */
static pinna_ambisonics* decoder(uint32_t order, uint32_t format, bool max_re)
{
    static pinna_ambisonics* decoders[MOST_ORDER + 1][PINNA_AMBISONICS_FORMAT_COUNT + 1][2];
    static pinna_hrtf* head;
    pinna_status status = PINNA_OK;
    if (!head) head = make_head(1, 60, 32, NULL, &status);
    FUZZ_EXPECT(head);
    pinna_ambisonics_config config = pinna_ambisonics_config_default();
    config.hrtf = head;
    config.order = order;
    config.format = (pinna_ambisonics_format)format;
    config.max_re = max_re;
    pinna_ambisonics** kept = &decoders[order][format][max_re];
    if (*kept) pinna_ambisonics_reset(*kept);
    else if (pinna_ambisonics_create(&config, kept)) FUZZ_EXPECT(order == 0 || format == PINNA_AMBISONICS_FORMAT_COUNT);
    return *kept;
}

static void call(fuzz_input* in, pinna_ambisonics* ambisonics, uint32_t order)
{
    pinna_quat turn;
    switch (fuzz_byte(in) % 8) {
    case 0: pinna_ambisonics_reset(ambisonics); break;
    case 1: encode(in); break;
    case 2:
    case 3:
        turn = (pinna_quat){fuzz_float(in), fuzz_float(in), fuzz_float(in), fuzz_float(in)};
        (void)!pinna_ambisonics_set_orientation(ambisonics, turn);
        break;
    default: process(in, ambisonics, pinna_ambisonics_channel_count(order));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    fuzz_input in = {bytes, byte_count};
    uint8_t kind = fuzz_byte(&in);
    uint32_t order = kind % (MOST_ORDER + 1); /* 0 too, which is refused, as is the format behind the last */
    pinna_ambisonics* ambisonics = decoder(order, kind / 8 % (PINNA_AMBISONICS_FORMAT_COUNT + 1), kind & 128);
    for (int i = 0; i < MAX_CALLS && in.left > 0 && ambisonics; i++) call(&in, ambisonics, order);
    return 0;
}
