/* SPDX-License-Identifier: MIT */
/* Room responses: SOFA bytes as a room, and what is read as the response of a convolver. */
#include "as_file.h"
#include "sofa_seed.h"

#include <pinna/convolver.h>
#include <pinna/sofa.h>

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    return sofa_seed_room(index, out, capacity);
}

static void expect_room(const pinna_measured_room* room)
{
    size_t places = (size_t)room->pose_count * room->emitter_count, rows = places * PINNA_EAR_COUNT;
    FUZZ_EXPECT(room->pose_count >= 1 && room->emitter_count >= 1 && room->tap_count >= 1);
    FUZZ_EXPECT(room->sample_rate_hz >= 8000 && room->sample_rate_hz <= 384000);
    for (size_t i = 0; i < rows * room->tap_count; i++) FUZZ_EXPECT(isfinite(room->responses[i]));
    for (size_t i = 0; room->delays_frames && i < rows; i++) FUZZ_EXPECT(room->delays_frames[i] >= 0.0f);
    for (size_t i = 0; i < places; i++) FUZZ_EXPECT(pinna_vec3_is_finite(room->positions_m[i]));
    for (uint32_t i = 0; i < room->pose_count; i++) {
        pinna_quat q = room->heads[i];
        FUZZ_EXPECT(fabsf(q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z - 1.0f) < 1e-3f);
    }
}

static void convolve(const pinna_measured_room* room)
{
    float samples[64] = {0.5f}, ears[PINNA_EAR_COUNT][64];
    pinna_convolver_config config = pinna_convolver_config_default();
    pinna_convolver* convolver;
    pinna_response* response;
    config.max_tap_count = room->tap_count;
    const float* paths[PINNA_EAR_COUNT] = {room->responses, room->responses + room->tap_count};
    if (pinna_convolver_create(&config, &convolver)) return;
    if (!pinna_response_create(&config, paths, room->tap_count, &response)) {
        (void)!pinna_convolver_set_response(convolver, response);
        pinna_response_release(response);
    }
    pinna_convolver_process(convolver, (const float* const[]){samples}, (float* const[]){ears[0], ears[1]}, 64);
    for (int i = 0; i < 64; i++) FUZZ_EXPECT(isfinite(ears[0][i]) && isfinite(ears[1][i]));
    pinna_convolver_destroy(convolver);
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    static pinna_report report;
    pinna_sofa* sofa;
    report = (pinna_report){0};
    fuzz_file file = fuzz_file_make(bytes, byte_count);
    pinna_status status = pinna_sofa_load_room(file.path, &report, &sofa);
    fuzz_file_close(&file);
    FUZZ_EXPECT(status == PINNA_OK || (pinna_report_error(&report) && !sofa));
    if (status) return 0;
    expect_room(pinna_sofa_measured_room(sofa));
    if (byte_count % 8 == 0) convolve(pinna_sofa_measured_room(sofa));
    pinna_sofa_destroy(sofa);
    return 0;
}
