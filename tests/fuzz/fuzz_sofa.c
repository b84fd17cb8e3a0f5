/* SPDX-License-Identifier: MIT */
/* SOFA files through the front door: HDF5 checks, both readers, repairs, preparation. */
#include "sofa_seed.h"

#include <pinna/sofa.h>

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    return sofa_seed(index, out, capacity);
}

static void expect_set(const pinna_measured_set* set)
{
    size_t rows = (size_t)set->measurement_count * PINNA_EAR_COUNT;
    FUZZ_EXPECT(set->measurement_count >= 1 && set->tap_count >= 1);
    for (size_t i = 0; i < rows * set->tap_count; i++) FUZZ_EXPECT(isfinite(set->hrirs[i]));
    for (size_t i = 0; set->delays_frames && i < rows; i++) FUZZ_EXPECT(set->delays_frames[i] >= 0.0f);
    for (uint32_t m = 0; m < set->measurement_count; m++) FUZZ_EXPECT(pinna_vec3_is_finite(set->positions_m[m]));
}

static pinna_prepare_config short_taps(void)
{
    pinna_prepare_config config = pinna_prepare_config_default();
    config.tap_count = 32;
    return config;
}

/* As `pinna info` does: all but what the batch path renders with. */
static void expect_examined(const pinna_measured_set* set)
{
    pinna_report report = {0};
    pinna_hrtf_info info;
    const pinna_prepare_config config = short_taps();
    float* itds_s = malloc(set->measurement_count * sizeof *itds_s);
    pinna_status status = pinna_hrtf_examine(set, &config, 2, &report, &info, itds_s, NULL);
    for (uint32_t m = 0; !status && m < set->measurement_count; m++) FUZZ_EXPECT(isfinite(itds_s[m]));
    free(itds_s);
}

static void expect_prepared(const pinna_measured_set* set)
{
    float taps[2][256], delays[2];
    pinna_hrtf* hrtf;
    const pinna_prepare_config config = short_taps();
    if (pinna_hrtf_prepare(set, &config, NULL, &hrtf)) return;
    pinna_hrtf_lookup(hrtf, (pinna_vec3){0.6f, 0.8f, 0.0f}, taps[0], taps[1], delays);
    for (int i = 0; i < 32; i++) FUZZ_EXPECT(isfinite(taps[0][i]) && isfinite(taps[1][i]));
    pinna_hrtf_release(hrtf);
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    static pinna_report report;
    pinna_sofa* sofa;
    report = (pinna_report){0};
    pinna_status status = pinna_sofa_load_memory(bytes, byte_count, "fuzz.sofa", &report, &sofa);
    FUZZ_EXPECT(status == PINNA_OK || (pinna_report_error(&report) && !sofa));
    if (status) return 0;
    expect_set(pinna_sofa_measured(sofa));
    /* These take a hundred and a thousand times as long; more of it takes long and meets nothing new. */
    const pinna_measured_set* set = pinna_sofa_measured(sofa);
    bool is_small = (size_t)set->measurement_count * set->tap_count <= 1 << 12;
    if (is_small && byte_count % 32 == 0) expect_examined(set);
    if (is_small && byte_count % 512 == 0) expect_prepared(set);
    pinna_sofa_destroy(sofa);
    return 0;
}
