/* SPDX-License-Identifier: MIT */
#include "stage.h"
#include "bench.h"
#include "setup.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const char* const heads[] = {NULL, "/usr/share/libmysofa/default.sofa"};

static const char headphones[] = "Preamp: -6 dB\nFilter 1: ON PK Fc 120 Hz Gain 5 dB Q 0.7\nFilter 2: ON PK Fc 900 Hz "
                                 "Gain -4 dB Q 1.4\nFilter 3: ON HSC Fc 6000 Hz Gain 3 dB Q 0.7\n";

stage stage_start(const char* scene, uint32_t ramp_frames)
{
    static pinna_report report;
    static pinna_equalizer equalizer;
    pinna_hrtf* hrtf;
    stage s = {0};
    bool both = true;
    for (size_t i = 0; i < 2; i++) {
        pinna_status status = pinna_setup_load_hrtf(heads[i], STAGE_RATE_HZ, 0, &report, &hrtf);
        if (status && i == 0) cr_skip_test("no default head here");
        both = !status;
        if (!status) pinna_hrtf_release(hrtf);
    }
    cr_assert_eq(pinna_equalizer_parse(headphones, strlen(headphones), "headphones", &report, &equalizer), PINNA_OK);
    const pinna_live_session_config config = {
        .scene = scene,
        .choices = {.sofa_files = heads, .sofa_count = both ? 2 : 1, .equalizer = &equalizer},
        .sound = {.preset = PINNA_LIVE_PRESET_AS_SCENE, .room = PINNA_LIVE_ROOM_AS_PRESET},
        .headphones = "headphones",
        .sample_rate_hz = STAGE_RATE_HZ,
        .period_frames = STAGE_PERIOD,
        .ramp_frames = ramp_frames,
        .seconds = INFINITY,
        .by_hand = true,
        .limiter = true,
        .filter = pinna_head_filter_config_default(),
        .trackers = {.choice = PINNA_LIVE_TRACKER_AUTO},
        .range = {.trial_count = 12, .seed = 1}};
    pinna_status status = pinna_live_session_create(&config, &report, &s.session);
    cr_assert_eq(status, PINNA_OK, "%s", pinna_report_error(&report));
    return s;
}

void stage_stop(stage* s)
{
    pinna_live_session_destroy(s->session);
}

void stage_render(stage* s, float* stereo, size_t period_count)
{
    float unwanted[2 * STAGE_PERIOD];
    for (size_t i = 0; i < period_count; i++) {
        pinna_live_session_render(s->session, stereo ? stereo + 2 * STAGE_PERIOD * i : unwanted);
        pinna_live_session_update(s->session);
    }
}

void stage_settle(stage* s)
{
    for (int i = 0; i < 30000; i++) {
        pinna_live_session_update(s->session);
        if (!pinna_live_session_is_busy(s->session)) return;
        bench_sleep(0.001);
    }
    cr_assert(false, "it loads and loads");
}
