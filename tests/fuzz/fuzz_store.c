/* SPDX-License-Identifier: MIT */
/* Stored sets, under a checksum that always fits: what opens is rendered with. */
#include "fuzz.h"

#include "hrtf/store.h"
#include "realtime/head.h"

#include <pinna/renderer.h>

static size_t save(uint32_t seed, uint8_t* out, size_t capacity)
{
    pinna_status status;
    pinna_hrtf* hrtf = make_head(seed + 1, 6 + 5 * seed, 16, NULL, &status);
    pinna_report report = {0};
    pinna_store_key key = pinna_store_make_key(&seed, sizeof seed, NULL);
    for (uint32_t i = 0; i < seed; i++) pinna_report_add(&report, PINNA_SEVERITY_NOTE, "note", "number %u", i);
    size_t byte_count = pinna_store_save(hrtf, &key, &report, out, capacity);
    pinna_hrtf_release(hrtf);
    return byte_count <= capacity ? byte_count : 0;
}

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    return index < 3 ? save(index, out, capacity) : 0;
}

static void render(pinna_hrtf* hrtf)
{
    float samples[64], left[64], right[64];
    pinna_renderer_config config = pinna_renderer_config_default();
    pinna_renderer* renderer;
    config.hrtf = hrtf;
    config.sample_rate_hz = pinna_hrtf_get_info(hrtf).sample_rate_hz;
    config.max_source_count = 2;
    config.max_block_frames = 64;
    if (pinna_renderer_create(&config, &renderer)) return;
    pinna_source source;
    pinna_source_params params = pinna_source_params_default();
    FUZZ_EXPECT(pinna_source_create(renderer, &source) == PINNA_OK);
    for (int i = 0; i < 64; i++) samples[i] = i % 7 ? 0.1f : -0.6f;
    for (int block = 0; block < 6; block++) {
        params.position = (pinna_vec3){0.3f, (float)block - 2.5f, 0.2f * (float)block};
        params.near_field = block % 2;
        FUZZ_EXPECT(pinna_source_set_params(renderer, source, &params) == PINNA_OK);
        pinna_renderer_process(renderer, &(pinna_input){source, samples}, 1, left, right, 64);
        for (int i = 0; i < 64; i++) FUZZ_EXPECT(fabsf(left[i]) <= 1.0f && fabsf(right[i]) <= 1.0f);
    }
    pinna_renderer_destroy(renderer);
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    const size_t from = offsetof(pinna_store_header, byte_count);
    uint8_t* sealed = malloc(byte_count + 1);
    pinna_hrtf* hrtf;
    FUZZ_EXPECT(sealed);
    memcpy(sealed, bytes, byte_count);
    if (byte_count >= sizeof(pinna_store_header)) {
        pinna_checksum sum = pinna_checksum_of(sealed + from, byte_count - from);
        memcpy(sealed + offsetof(pinna_store_header, checksum), &sum, sizeof sum);
        memcpy(sealed + offsetof(pinna_store_header, revision), pinna_store_revision, PINNA_STORE_REVISION_BYTES);
    }
    if (!pinna_store_open(sealed, byte_count, NULL, NULL, NULL, &hrtf)) {
        render(hrtf);
        pinna_hrtf_release(hrtf);
    }
    free(sealed);
    return 0;
}
